/** AWS's REST-JSON protocol, as far as the model's operations need it: from HTTP to typed values and back. */
import * as crypto from 'node:crypto';
import { AwsError, AwsRequest, AwsResponse } from '../aws';
import { OPERATION_NAMES, OperationName, OPERATIONS } from './model';
import { Members, Shape } from './shapes';
import { parseDateTime } from '../iso-8601';

export interface Received {
  readonly operation: OperationName;
  /** Decoded, but not yet validated. */
  readonly input: Record<string, unknown>;
}

export function decodeRequest(request: Pick<AwsRequest, 'method' | 'path' | 'query' | 'body'>): Received {
  for (const operation of OPERATION_NAMES) {
    const { method, uri, input } = OPERATIONS[operation];
    const labels = method === request.method ? labelsOf(uri, request.path) : undefined;
    if (!labels) continue;
    const body = fromJson({ kind: 'structure', members: input.members }, bodyOf(request.body)) as object;
    return { operation, input: { ...body, ...labels, ...queryOf(input.members, request.query) } };
  }
  throw new AwsError('UnknownOperationException', `${request.method} ${request.path} is no operation of this API`, 404);
}

export function encodeOutput(output: unknown): AwsResponse {
  // A Date turns into ISO 8601 by itself.
  return answer(200, JSON.stringify(output ?? {}));
}

export function encodeError(error: AwsError): AwsResponse {
  return answer(error.status, JSON.stringify({ message: error.message, ...error.fields }), { 'x-amzn-errortype': error.code });
}

function answer(status: number, body: string, headers: Record<string, string> = {}): AwsResponse {
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-requestid': crypto.randomUUID(), ...headers }, body };
}

/** What stands in the place of each label; a slash in a value has to be percent-encoded, as SDKs do. */
function labelsOf(uri: string, path: string): Record<string, string> | undefined {
  const expected = uri.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    if (part.startsWith('{')) labels[part.slice(1, -1)] = decodePart(actual[index]);
    else if (part !== actual[index]) return undefined;
  }
  return labels;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError('SerializationException', `'${part}' is not percent-encoded`);
  }
}

function queryOf(members: Members, query: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => {
    const given = query.getAll(name);
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    const kind = member?.location === 'querystring' ? member.shape.kind : undefined;
    if (kind === 'list') return [name, given];
    return [name, kind === 'integer' ? Number(given[0]) : given[0]];
  }));
}

function bodyOf(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON');
  }
}

/** Turns what is a timestamp into a `Date`, a member that is null into none, and leaves what does not fit for the validation to refuse. */
function fromJson(shape: Shape, value: unknown): unknown {
  if (shape.kind === 'timestamp') {
    const time = parseDateTime(value);
    return time === undefined ? value : new Date(time);
  }
  if (shape.kind === 'list' && Array.isArray(value)) return value.map((item) => fromJson(shape.member, item));
  if (shape.kind === 'structure' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).flatMap(([name, item]) => {
      const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
      if (!member || member.location) return [[name, item]];
      return item === null ? [] : [[name, fromJson(member.shape, item)]];
    }));
  }
  return value;
}
