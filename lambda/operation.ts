import { ServiceError } from './errors';
import { isRollback, Request } from './request';
import type { StackState } from './service';

/** CloudFormation gives a custom resource an hour and the provider a little less; a step that is later than this gives up with a reason. */
const DEADLINE = 55 * 60_000;

/** Tries to create are so far apart. */
const CREATE_INTERVAL = 40_000;

/** The time for a try begins early and is shorter than from one step to the next, because the clocks of two steps differ a little. */
const CREATE_WINDOW = 9_000;
const CLOCK_SKEW = 1_000;

/** No call of a cancelled request is under way for longer: it checks the stack's status right before, and takes 10 s at most. */
const DRAIN = 30_000;

/** Which stack operations make which requests. */
const MAKES = {
  Create: /^(CREATE|UPDATE)_IN_PROGRESS$/,
  Update: /^UPDATE_(ROLLBACK_)?IN_PROGRESS$/,
  Delete: /_IN_PROGRESS$/,
};

/** Why the stack no longer waits for this request, if that is so. */
export function supersededBy(request: Request, stack: StackState): string | undefined {
  const { StackStatus, LastUpdatedTime } = request.operation;
  // A stack that is deleted takes over the deletions that a clean-up has begun.
  const sameStatus = stack.status === StackStatus || (request.requestType === 'Delete' && stack.status === 'DELETE_IN_PROGRESS');
  if (sameStatus && stack.lastUpdatedTime === LastUpdatedTime && MAKES[request.requestType].test(stack.status)) return undefined;
  return `the ${request.requestType} of ${request.logicalId} was made in ${StackStatus} (${LastUpdatedTime}) and the stack is now in `
    + `${stack.status} (${stack.lastUpdatedTime})`;
}

export function elapsed(request: Request, now: number): number {
  return now - Date.parse(request.operation.StartedAt);
}

/** Whether what is observed now is all that the cancelled request before this one has done. */
export function isDrained(request: Request, now: number): boolean {
  return !request.afterCancellation || elapsed(request, now) >= DRAIN;
}

/** Whether what is not listed is not there. What was created a moment before the request may not be listed yet. */
export function isAbsenceCertain(request: Request, now: number): boolean {
  return elapsed(request, now) >= DRAIN;
}

/** Whether a list shows by now what was created then, and what was created at the same time. */
export function isListed(createTime: Date, now: number): boolean {
  return now - createTime.getTime() >= DRAIN;
}

/**
 * Whether this step may try to create. The API has no idempotency token, so the list must have had the time to show what a try whose
 * answer was lost has created. Steps come every 10 s, hence at most one of four may try.
 */
export function mayTryToCreate(request: Request, now: number): boolean {
  const since = elapsed(request, now);
  return since < DEADLINE && (since + CLOCK_SKEW) % CREATE_INTERVAL < CREATE_WINDOW;
}

/** Whether a step that could not finish, for this reason, is the last. */
export function isOver(request: Request, now: number, reason: Error): boolean {
  // After this try to create none is left, and only this one knows why.
  const lastTry = reason instanceof ServiceError && reason.operation.startsWith('Create');
  return elapsed(request, now) >= (lastTry ? DEADLINE - CREATE_INTERVAL : DEADLINE);
}

/** Whether a resource was made by the stack operation that this request is part of. Either time may be cut to the second. */
export function isOfThisOperation(request: Request, createTime: Date): boolean {
  return createTime.getTime() + 1_000 > Date.parse(request.operation.LastUpdatedTime);
}

/**
 * Whether a resource that is not there must not be created either. Under a rollback an Update to another name either finds what it
 * goes back to, or it is the cancelled Update itself, delivered late.
 */
export function mustNotCreate(request: Request): boolean {
  const { previous, identity, abandoned, operation } = request;
  return isRollback(operation) && previous !== undefined && previous.identity.name !== identity.name && abandoned === undefined;
}
