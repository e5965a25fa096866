import { isObject, Value, Values } from './values';

export const MAX_ANSWER_BYTES = 4096;
const MAX_PHYSICAL_ID_BYTES = 1024;

export interface ExpectedAnswer {
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

/** What a custom resource answered, or what is wrong with its answer. */
export type CustomAnswer =
  | { readonly status: 'SUCCESS' | 'FAILED'; readonly reason?: string; readonly physicalId: string; readonly data: Values }
  | { readonly fault: string };

/** Reads what was put to the response URL, as strictly as CloudFormation does. */
export function parseAnswer(body: Buffer | string, expected: ExpectedAnswer, source: string): CustomAnswer {
  if (Buffer.byteLength(body) > MAX_ANSWER_BYTES) return { fault: 'Response object is too long.' };
  const answer = parseJson(body.toString());
  if (!isObject(answer)) return { fault: `Response is not a JSON object: ${source}` };
  const { Status: status, Reason: reason, PhysicalResourceId: physicalId, Data: data } = answer;
  if (status !== 'SUCCESS' && status !== 'FAILED') return { fault: `Invalid Status in response object ${source}` };
  for (const [field, value] of Object.entries(expected)) {
    if (answer[field] !== value) return { fault: `Invalid ${field} in response object ${source}` };
  }
  if (typeof physicalId !== 'string' || physicalId === '' || Buffer.byteLength(physicalId) > MAX_PHYSICAL_ID_BYTES) {
    return { fault: 'Invalid PhysicalResourceId' };
  }
  return { status, physicalId, data: isObject(data) ? data : {}, ...(typeof reason === 'string' ? { reason } : {}) };
}

function parseJson(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
}
