import type { Summary } from './detail';
import { GRACE } from './times';

/** A call that failed, as the service put it. */
export class ServiceError extends Error {
  constructor(
    readonly operation: string,
    /** The service's error code, for example `ConflictException`. */
    readonly code: string,
    /** The service's own message. */
    readonly detail: string,
    /** The HTTP status; none where no answer arrived, or not the whole. */
    readonly status?: number,
  ) {
    super(`${operation}: ${code}: ${detail}`);
    this.name = 'ServiceError';
  }
}

/** Nothing is wrong, but the work is not over: repeat the step later. */
export class NotYet extends Error {
  override readonly name = 'NotYet';

  constructor(message: string, readonly details: {
    /** The audience model that is waited for, if it is that. */
    readonly training?: Summary;
    /** What the service has begun already and is about to end. */
    readonly isLast?: boolean;
    /** Not sooner than after so many milliseconds. */
    readonly pause?: number;
  } = {}) {
    super(message);
  }
}

/** The deployment cannot succeed as it is; the message says what to do about it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** CloudFormation has given this request up: nobody waits for its answer and nothing may be done in its name. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** What a ValidationException says about a role or principal that IAM has not made known everywhere. */
const NOT_ASSUMABLE = /\b(role|assum\w*|principal)\b/i;

export function inGrace(elapsed: number): boolean {
  return elapsed < GRACE;
}

/** Whether the same step may succeed later although this call failed. */
export function isTransient(error: ServiceError, elapsed: number): boolean {
  const { code, status } = error;
  if (status === undefined || status >= 500 || status === 429 || status === 408) return true;
  if (/^(Throttling|TooManyRequests|RequestLimitExceeded|ExecutionLimitExceeded|ExecutionDoesNotExist|ServiceQuotaExceeded|Conflict|StateMachineDeleting)/.test(code)) return true;
  if (status === 403 || code.startsWith('AccessDenied') || code === 'ResourceNotFoundException') return inGrace(elapsed);
  return code === 'ValidationException' && NOT_ASSUMABLE.test(error.detail) && inGrace(elapsed);
}

/** Whether a call may have done what it was to do although it failed. */
export function isUnknown(error: unknown): boolean {
  return error instanceof ServiceError && (error.status === undefined || error.status >= 500 || error.status === 408);
}
