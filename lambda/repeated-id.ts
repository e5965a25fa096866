import type { CustomResourceEvent, Operation } from './events';
import { isUnderWay, signedAt } from './lateness';
import type { StackResourceState } from './stack';
import { LIST_LAG, PAUSE } from './times';
import { REQUEST_FAILED } from '../src/private/contract';

/* Tells a request that CloudFormation makes under an id that it has used before from a copy of the one before. */

/** The execution that bears the name of a request. */
export interface Former {
  readonly status?: string;
  readonly startDate?: Date;
  readonly stopDate?: Date;
  readonly error?: string;
  readonly input?: string;
}

/** A request whose name is taken, and what is asked about it. */
export interface Doubtful {
  readonly event: CustomResourceEvent;
  readonly operation: Operation;
  readonly describeExecution: (name: string) => Promise<Former>;
  readonly describeResource: () => Promise<StackResourceState | undefined>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What a time that is cut to the second may lack. */
const CUT = 1_000;

/** A deletion, or a rollback, may have the time of the operation before, and its requests the ids of those. */
function mayBeReused({ event: { RequestType }, operation }: Pick<Doubtful, 'event' | 'operation'>): boolean {
  return RequestType === 'Delete' || operation.StackStatus.includes('ROLLBACK');
}

/** What a request is whose name is taken: one for what CloudFormation asks again, a copy of the one before, or that one when it is over. */
export type Repeat = 'another' | 'a copy' | 'over';

/** Tells what the request is, and what became of the execution that bears its name. */
export async function repeatOf(name: string, doubtful: Doubtful): Promise<{ readonly repeat: Repeat; readonly status?: string }> {
  const first = await doubtful.describeExecution(name);
  const former = mayHaveEnded(first, doubtful) ? await ended(name, first, doubtful) : first;
  const { status, error } = former;
  const isSeenToEnd = first.status === 'RUNNING' && status === 'SUCCEEDED';
  if (await isAnother(former, isSeenToEnd, doubtful)) return { repeat: 'another', status };
  // What failed by itself has said so, and another answer might take the place of its reason.
  return { repeat: isInOrder(former) || (error === REQUEST_FAILED && !mayBeReused(doubtful)) ? 'a copy' : 'over', status };
}

/** Whether what is shown to run may have ended before the request was made. Of an update that runs its beginning says enough. */
function mayHaveEnded({ status, startDate }: Former, doubtful: Doubtful): boolean {
  const { event } = doubtful;
  return status === 'RUNNING' && mayBeReused(doubtful) && event.RequestType !== 'Update' && isMadeAfter(startDate, event);
}

/** The execution when its end shows, or as it is when it would. */
async function ended(name: string, former: Former, { describeExecution, now, sleep }: Doubtful): Promise<Former> {
  let seen = former;
  for (const until = now() + LIST_LAG; seen.status === 'RUNNING' && now() < until;) {
    await sleep(PAUSE);
    seen = await describeExecution(name);
  }
  return seen;
}

/** Whether a request is another one, and not a copy of what the execution before was for. */
async function isAnother(former: Former, isSeenToEnd: boolean, doubtful: Doubtful): Promise<boolean> {
  const { event } = doubtful;
  // An update's may train on after its answer.
  const end = former.stopDate ?? (event.RequestType === 'Update' ? former.startDate : undefined);
  if (end === undefined || !mayBeReused(doubtful) || isOfUpdate(former, doubtful)) return false;
  if (!isInOrder(former)) return isMadeSince(end, doubtful);
  // What comes to a good end while it is looked at is what this is a copy of, unless it was clearly made after that.
  return (!isSeenToEnd || isMadeAfter(end, event)) && isAwaitedSince(end, isSeenToEnd ? CUT : 0, doubtful);
}

function isInOrder({ status }: Former): boolean {
  return status === 'RUNNING' || status === 'SUCCEEDED';
}

/** Whether it was begun in the update that is rolled back, whose requests the rollback does not make again: what it asks for is the opposite. */
function isOfUpdate({ input = '{}' }: Former, { event: { RequestType } }: Doubtful): boolean {
  const { Operation: operation } = JSON.parse(input) as { readonly Operation?: Operation };
  return RequestType === 'Update' && operation !== undefined && !operation.StackStatus.includes('ROLLBACK');
}

/** Whether a request may have been made after that moment. */
function isMadeAfter(moment: Date | undefined, { ResponseURL }: CustomResourceEvent): boolean {
  const signed = signedAt(ResponseURL);
  return signed === undefined || moment === undefined || signed > moment.getTime();
}

/** Whether a request was made after what failed had ended. */
async function isMadeSince(end: Date, { event: { ResponseURL }, describeResource }: Doubtful): Promise<boolean> {
  const made = signedAt(ResponseURL) ?? (await describeResource())?.updateTime.getTime();
  return made !== undefined && made > end.getTime() - CUT;
}

/** Whether the resource says that it waits again: what is in order is not done again for a copy that was only signed anew. */
async function isAwaitedSince(end: Date, margin: number, { event: { RequestType }, describeResource }: Doubtful): Promise<boolean> {
  const resource = await describeResource();
  return resource !== undefined && isUnderWay(RequestType, resource.status) && resource.updateTime.getTime() > end.getTime() + margin;
}
