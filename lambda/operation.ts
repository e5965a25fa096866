import type { CustomResourceEvent } from './events';
import { isRollback, Request } from './request';
import type { StackState } from './stack';
import { DRAIN } from './times';

/** Which stack operations make which requests. */
export const MAKES: Record<CustomResourceEvent['RequestType'], RegExp> = {
  Create: /^(CREATE|UPDATE)_IN_PROGRESS$/,
  Update: /^UPDATE_(ROLLBACK_)?IN_PROGRESS$/,
  Delete: /_IN_PROGRESS$/,
};

/** Why the stack no longer waits for this request, if that is so. */
export function supersededBy(request: Request, stack: StackState): string | undefined {
  const { StackStatus, LastUpdatedTime } = request.operation;
  // A stack that is deleted takes over the deletions that a clean-up has begun.
  const sameStatus = stack.status === StackStatus || (request.requestType === 'Delete' && stack.status === 'DELETE_IN_PROGRESS');
  // It is created once, whatever moves the time.
  const sameTime = stack.lastUpdatedTime === LastUpdatedTime || StackStatus === 'CREATE_IN_PROGRESS';
  if (sameStatus && sameTime && MAKES[request.requestType].test(stack.status)) return undefined;
  // What is shown as it was before the operation says nothing of that.
  if (Date.parse(stack.lastUpdatedTime) < Date.parse(LastUpdatedTime)) return undefined;
  return `the ${request.requestType} of ${request.logicalId} was made in ${StackStatus} (${LastUpdatedTime}) and the stack is now in `
    + `${stack.status} (${stack.lastUpdatedTime})`;
}

/** Whether a list shows by now what was created then, and what was created at the same time. */
export function isListed(createTime: Date, now: number): boolean {
  return now - createTime.getTime() >= DRAIN;
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
  const { previous, identity, physicalId, operation } = request;
  return isRollback(operation) && previous !== undefined && previous.identity.name !== identity.name && physicalId !== identity.name;
}
