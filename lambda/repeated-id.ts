import type { CustomResourceEvent, Operation } from './events';
import { isUnderWay, signedAt } from './lateness';
import type { StackResourceState } from './stack';
import { LIST_LAG } from './times';

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

const PAUSE = 2_000;

/** What a time that is cut to the second may lack. */
const CUT = 1_000;

/** A deletion, or a rollback, may have the time of the operation before, and its requests the ids of those. */
export function mayBeReused({ event: { RequestType }, operation }: Pick<Doubtful, 'event' | 'operation'>): boolean {
  return RequestType === 'Delete' || operation.StackStatus.includes('ROLLBACK');
}

export function isInOrder({ status }: Former): boolean {
  return status === 'RUNNING' || status === 'SUCCEEDED';
}

/** The execution that bears the name. If it may have failed, that may show only later. */
export async function formerOf(name: string, doubtful: Doubtful): Promise<Former> {
  const { event, describeExecution, now, sleep } = doubtful;
  const first = await describeExecution(name);
  // Of an update that runs its beginning says enough.
  const mayHaveFailed = first.status === 'RUNNING' && mayBeReused(doubtful) && event.RequestType !== 'Update' && isMadeAfter(first.startDate, event);
  for (const until = now() + LIST_LAG; mayHaveFailed && now() < until;) {
    await sleep(PAUSE);
    const later = await describeExecution(name);
    // What has come to a good end meanwhile is what this is a copy of.
    if (later.status !== 'RUNNING') return later.status === 'SUCCEEDED' ? first : later;
  }
  return first;
}

/** Whether a request is another one, and not a copy of what the execution before was for. */
export async function isAnother(former: Former, doubtful: Doubtful): Promise<boolean> {
  const { event: { RequestType } } = doubtful;
  // An update's may train on after its answer.
  const end = former.stopDate ?? (RequestType === 'Update' ? former.startDate : undefined);
  if (end === undefined || !mayBeReused(doubtful) || isOfUpdate(former, doubtful)) return false;
  return isMadeSince(end, isInOrder(former), doubtful);
}

/** Whether it was begun in the update that is rolled back, whose requests the rollback does not make again: what it asks for is the opposite. */
function isOfUpdate({ input = '{}' }: Former, { event: { RequestType } }: Doubtful): boolean {
  const { Operation: operation } = JSON.parse(input) as { readonly Operation?: Operation };
  return RequestType === 'Update' && operation !== undefined && !operation.StackStatus.includes('ROLLBACK');
}

/** Whether a request may have been made after an execution began, whose end may not show yet. */
function isMadeAfter(began: Date | undefined, { ResponseURL }: CustomResourceEvent): boolean {
  const signed = signedAt(ResponseURL);
  return signed === undefined || began === undefined || signed > began.getTime();
}

/**
 * Whether a request was made after that time. What is in order is not done again for a copy that was only signed anew, so there the resource
 * must say that it waits again.
 */
async function isMadeSince(end: Date, inOrder: boolean, { event: { RequestType, ResponseURL }, describeResource }: Doubtful): Promise<boolean> {
  const signed = inOrder ? undefined : signedAt(ResponseURL);
  if (signed !== undefined) return signed > end.getTime() - CUT;
  const resource = await describeResource();
  if (resource === undefined || (inOrder && !isUnderWay(RequestType, resource.status))) return false;
  return resource.updateTime.getTime() > end.getTime() - (inOrder ? 0 : CUT);
}
