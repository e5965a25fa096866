/* All times of one budget, in milliseconds: what a call may take, what a list takes to show it, and what must wait for both. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** One try of a call. */
export const REQUEST_TIMEOUT = 4 * SECOND;

/** How long a call may take with all its retries. */
export const READ_TIMEOUT = 15 * SECOND;
/** A call that writes is never retried. */
export const WRITE_TIMEOUT = 8 * SECOND;

/** A step ends itself before Lambda would end it. */
export const STEP_TIMEOUT = 45 * SECOND;

/** Between two tries, or looks, before a request is begun. */
export const PAUSE = 2 * SECOND;

/** For so long a list may not show what was created. */
export const LIST_LAG = 20 * SECOND;

/**
 * After so long a list shows all that a request did which is given up by now, and whatever a call did whose answer was lost: it asked
 * for the stack's status right before it wrote. The rest is for what lies between.
 */
export const DRAIN = REQUEST_TIMEOUT + WRITE_TIMEOUT + LIST_LAG + 8 * SECOND;

/** For so long an answer may only mean that IAM, or the service itself, does not yet know what was created before. */
export const GRACE = MINUTE;

/** CloudFormation gives a custom resource an hour. A request that is not done by then gives up with a reason. */
export const PATIENCE = 55 * MINUTE;
/** What is about to succeed has a little more: a deletion that the service has begun, and a gate, in which the last of the wait passes. */
export const LAST_PATIENCE = 58 * MINUTE;

/** Between two looks of a request at what it waits for: often at first, as most is over soon. */
export function lookInterval(elapsed: number): number {
  return Math.min(Math.max(Math.floor(elapsed / 4), 2 * SECOND), 10 * SECOND);
}
