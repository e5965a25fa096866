import type * as http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { XMLBuilder } from 'fast-xml-parser';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService } from './aws';
import type { Clock } from './clock';
import { ConnectionReset } from './faults';
import type { Iam } from './iam/iam';
import type { CustomResourceResponses } from './s3/custom-resource-responses';
import { claimOf, verifySignature } from './signature';

export interface FrontDoorProps {
  readonly clock: Clock;
  readonly iam: Iam;
  /** By the name that requests are signed for. */
  readonly services: Readonly<Record<string, AwsService>>;
  /** Where custom resources leave their answers: found by its host name, and opened by a pre-signed URL. */
  readonly responses: CustomResourceResponses;
}

/** Services whose errors are XML. */
const XML_SERVICES = ['cloudformation', 'iam', 's3', 'sts'];

/** The one endpoint of all services: finds out who calls, and which service is meant. */
export class FrontDoor {
  constructor(private readonly props: FrontDoorProps) {}

  readonly listener: http.RequestListener = (request, response) => {
    void this.props.clock.busy(async () => {
      const { status, headers, body } = await this.answer(await read(request));
      response.writeHead(status, { ...headers }).end(body);
    }).catch((error: Error) => {
      // A fault that a test asked for, or the caller hung up, or this program is wrong. Only the last is worth a word.
      if (!(error instanceof ConnectionReset) && (!request.destroyed || request.complete)) console.error(error);
      response.destroy();
    });
  };

  private async answer(request: Omit<AwsRequest, 'principal'>): Promise<AwsResponse> {
    if (request.headers.host === this.props.responses.host) return this.customResourceAnswer(request);
    const claim = claimOf(request.headers);
    try {
      if (claim === undefined) throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
      const key = this.props.iam.authenticate(claim.accessKeyId);
      await verifySignature(request, claim, key);
      return await this.call(claim.service, { ...request, principal: key.principal });
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, claim?.service);
      throw error;
    }
  }

  /** A call by somebody who need not prove who it is: a function in this very process. */
  async call(service: string, request: AwsRequest): Promise<AwsResponse> {
    try {
      return await this.serviceNamed(service).handle(request);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, service);
      if (error instanceof ConnectionReset) throw error;
      console.error(error);
      return errorAnswer(new AwsError('InternalFailure', `The embedded AWS failed: ${String(error)}`, 500), service);
    }
  }

  serviceNamed(name: string): AwsService {
    const { services } = this.props;
    if (Object.hasOwn(services, name)) return services[name];
    throw new AwsError('UnknownService', `The embedded AWS has no service "${name}". It has: ${Object.keys(services).sort().join(', ')}.`);
  }

  /** The PUT of a custom resource's answer. */
  customResourceAnswer({ method, path, query, headers, body }: Omit<AwsRequest, 'principal'>): AwsResponse {
    try {
      if (method !== 'PUT') throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
      this.props.responses.put(path, query, body, headers['content-type']);
      return { status: 200 };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return errorAnswer(error, 's3');
    }
  }
}

async function read(request: http.IncomingMessage): Promise<Omit<AwsRequest, 'principal'>> {
  const [path, query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')])),
    body: await buffer(request),
  };
}

function errorAnswer({ code, message, status }: AwsError, service = ''): AwsResponse {
  if (!XML_SERVICES.includes(service)) {
    return { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': code }, body: JSON.stringify({ __type: code, message }) };
  }
  const error = { Error: { Code: code, Message: message } };
  return { status, headers: { 'content-type': 'text/xml' }, body: new XMLBuilder().build(service === 's3' ? error : { ErrorResponse: error }) };
}
