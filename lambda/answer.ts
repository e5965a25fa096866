import { ServiceError } from './errors';
import { Answer, CustomResourceEvent, ExecutionData, State, STATE_VERSION } from './events';
import { identityOf } from './identity';
import { Log, logged } from './log';
import { isKnown, typeOf } from './request';
import type { Service } from './service';
import { describeStackResource } from './stack';

/** Puts a body to a URL, and tells the HTTP status. Neither is in what it throws. */
export type Put = (url: string, body: string) => Promise<number>;

export interface AnswerEnvironment {
  readonly service: Service;
  readonly put: Put;
  readonly log: Log;
  /** Of this very run of the function. */
  readonly logStream: string;
}

/** CloudFormation takes 4,096 bytes in all; the ids and the attributes may take the rest. */
const MAX_REASON_BYTES = 1_500;

export function failed(error: unknown, physicalId: string, logStream: string): Answer {
  const message = error instanceof Error ? error.message : String(error);
  return { Status: 'FAILED', PhysicalResourceId: physicalId, Reason: reasonOf(message, logStream) };
}

/** The id of a resource of which nobody knows what its request did: the one it had, or the one that it was to have. */
export function idOf(event: CustomResourceEvent): string {
  const { PhysicalResourceId, RequestId, StackId, LogicalResourceId, ResourceProperties } = event;
  if (PhysicalResourceId !== undefined) return PhysicalResourceId;
  return isKnown(event) ? identityOf(typeOf(event), StackId, LogicalResourceId, ResourceProperties).name : RequestId;
}

/** The id of a resource whose request changed nothing. What bears its explicit name is not it, and must not be deleted for it. */
export function untouchedId(event: CustomResourceEvent): string {
  const { RequestType, RequestId, ResourceProperties: { Name } } = event;
  return RequestType === 'Create' && Name === idOf(event) ? RequestId : idOf(event);
}

/** One sentence, and where to read more: in a form that the CLI knows. */
function reasonOf(message: string, logStream: string): string {
  return `${cut(message, MAX_REASON_BYTES)} (See the details in CloudWatch Log Stream: ${logStream})`;
}

/** As much of a text as takes so many bytes in JSON, where some characters take six. */
function cut(text: string, bytes: number): string {
  const size = (part: string) => Buffer.byteLength(JSON.stringify(part).slice(1, -1));
  if (size(text) <= bytes) return text;
  const left = bytes - size('…');
  let end = Math.min(text.length, left);
  for (let excess = size(text.slice(0, end)) - left; excess > 0; excess = size(text.slice(0, end)) - left) end -= Math.ceil(excess / 6);
  return `${text.slice(0, end)}…`;
}

/** Sends an answer. Throws where it did not arrive. */
export async function send({ ResponseURL, StackId, RequestId, LogicalResourceId }: CustomResourceEvent, content: Answer, put: Put): Promise<void> {
  if (ResponseURL === undefined) return;
  const status = await put(ResponseURL, JSON.stringify({ ...content, StackId, RequestId, LogicalResourceId }));
  if (status >= 300) throw new ServiceError('PutAnswer', `HTTP ${status}`, 'CloudFormation does not take the answer', status);
}

/** Whether CloudFormation, which may take no second answer, has had this one already: whoever sent it may have died then. */
async function hasArrived({ StackId, LogicalResourceId }: CustomResourceEvent, { PhysicalResourceId }: Answer, service: Service): Promise<boolean> {
  const resource = await describeStackResource(service, StackId, LogicalResourceId);
  return resource !== undefined && /^(CREATE|UPDATE)_COMPLETE$/.test(resource.status) && resource.physicalId === PhysicalResourceId;
}

/** The state machine's task that answers. From here on the URL is known no more. */
export async function answer(data: ExecutionData, { service, put, log, logStream }: AnswerEnvironment): Promise<ExecutionData> {
  const { Event, Operation, State: state, Failure } = data;
  return logged(Event, log, async (line) => {
    const given = Failure === undefined ? state?.Answer : undefined;
    const sent = given ?? failed(new Error(`the handler could not be run (${Failure?.Error ?? 'no answer'})`), (state?.Memory.Touched ? idOf : untouchedId)(Event), logStream);
    Object.assign(line, { Answer: sent });
    await send(Event, sent, put).catch(async (error: unknown) => {
      if (!(error instanceof ServiceError) || error.status !== 403 || !await hasArrived(Event, sent, service)) throw error;
    });
    const { ResponseURL: _, ...event } = Event;
    const { Answer: __, Then: next = 'FAIL', ...others }: State = given && state ? state : { Version: STATE_VERSION, Next: 'ANSWER', Memory: {} };
    return { Event: event, Operation, State: { ...others, Next: next, Cause: others.Cause ?? sent.Reason } };
  });
}
