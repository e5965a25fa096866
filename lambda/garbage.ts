import { Detail, isBeingDeleted, Summary, Tags } from './detail';
import { isOfThisOperation } from './operation';
import { isEndOfStack, isRollback, Request } from './request';
import { hasFate, isOfLogicalId, isOfStack, isTakenUp, retainedBy } from './tags';
import { Fate } from '../src/private/contract';

/*
 * What may be deleted, and when. Nothing goes that CloudFormation may go back to, and nothing that is trained goes because something
 * else failed.
 */

export type Verdict = 'STAYS' | 'IS_KEPT' | 'IS_LEFT' | 'GOES' | 'GOES_UNLESS_TRAINED' | 'GOES_UNLESS_NEEDED';

interface Suspect extends Pick<Summary, 'createTime'> {
  readonly tags: Tags;
}

interface Remnant extends Pick<Summary, 'status'> {
  readonly tags: Tags;
}

/** Whether a Delete is for good: its stack has gone on without the resource, or goes itself. */
export function isForGood(request: Request): boolean {
  const { requestType, operation } = request;
  return isEndOfStack(request) || (requestType === 'Delete' && operation.StackStatus.includes('CLEANUP') && !isRollback(operation));
}

/** What becomes of that which a Delete is for. A deployment deletes what could not be created before it creates it again. */
export function verdictOnOwn({ tags }: Pick<Suspect, 'tags'>, request: Request): Verdict {
  // What is meant is a creation before the one that took it up, and CloudFormation has left it behind since.
  const isOfLater = request.physicalId !== request.identity.name && hasFate(tags, Fate.RETAINED);
  // CloudFormation left it behind before, and what is rolled back was only to take it up.
  if (isTakenUp(tags) && (isOfLater || !isForGood(request))) return 'IS_LEFT';
  return isForGood(request) ? 'GOES' : 'GOES_UNLESS_TRAINED';
}

/** What becomes of that which an update made and CloudFormation never learnt of. */
export function verdictOnUnlearnt({ tags, createTime }: Suspect, request: Request): Verdict {
  // CloudFormation left it behind before, and the update was only to take it up: whether it has come to that, or has said so, or not.
  if (isTakenUp(tags)) return 'IS_LEFT';
  if (hasFate(tags, Fate.RETAINED) && !hasFate(tags, retainedBy(request)) && !isOfThisOperation(request, createTime)) return 'STAYS';
  // While a deployment is under way the stack may yet be rolled back to it.
  return isRollback(request.operation) ? 'GOES_UNLESS_TRAINED' : 'IS_KEPT';
}

/** What the update that is rolled back made and CloudFormation, which may not know of it, does not delete by itself. */
export function isUnlearnt({ name, createTime }: Summary, request: Request): boolean {
  const { identity, physicalId } = request;
  return name !== identity.name && name !== physicalId && isOfThisOperation(request, createTime);
}

/** What becomes of anything else that is found by a Delete that is for good. */
export function verdictOnOther({ tags, status }: Remnant, request: Request): Verdict {
  if (!isOfStack(request, tags) || hasFate(tags, Fate.RETAINED)) return 'STAYS';
  const isEnding = isEndOfStack(request) && (isOfLogicalId(request, tags) || isBeingDeleted(status));
  return isLeft({ tags, status }) || isEnding ? 'GOES_UNLESS_NEEDED' : 'STAYS';
}

/** Whether it was kept, or could not be deleted: CloudFormation asks for that three times, and forgets it. */
export function isLeft({ tags, status }: Remnant): boolean {
  return hasFate(tags, Fate.KEPT) || (status === 'DELETE_FAILED' && !hasFate(tags, Fate.RETAINED));
}

/** Whether the service has tried to delete it in this very operation, and failed. */
export function isInVain({ status, updateTime }: Pick<Detail, 'status' | 'updateTime'>, request: Request): boolean {
  return status === 'DELETE_FAILED' && isOfThisOperation(request, updateTime);
}
