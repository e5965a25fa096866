import type { Summary } from './service';

/** A call that failed, as the service put it. */
export class ServiceError extends Error {
  constructor(
    readonly operation: string,
    /** The service's error code, for example `ConflictException`. */
    readonly code: string,
    /** The service's own message. */
    readonly detail: string,
    /** The HTTP status; none where no answer arrived. */
    readonly status?: number,
  ) {
    super(`${operation}: ${code}: ${detail}`);
    this.name = 'ServiceError';
  }
}

/** Nothing is wrong, but the work is not over: repeat the step later. */
export class NotYet extends Error {
  override readonly name = 'NotYet';

  /** @param training the audience model that is waited for, if it is that */
  constructor(message: string, readonly training?: Summary) {
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

/** For so long an answer may only mean that IAM, or the service itself, does not yet know what was created before. */
const GRACE = 60_000;

/** What a ValidationException says about a role or principal that IAM has not made known everywhere. */
const NOT_ASSUMABLE = /\b(role|assum\w*|principal)\b/i;

export function inGrace(elapsed: number): boolean {
  return elapsed < GRACE;
}

/** Whether the same step may succeed later although this call failed. */
export function isTransient(error: ServiceError, elapsed: number): boolean {
  const { code, status } = error;
  if (status === undefined || status >= 500 || status === 429 || status === 408) return true;
  if (/^(Throttling|TooManyRequests|RequestLimitExceeded|ExecutionLimitExceeded|ServiceQuotaExceeded|Conflict)/.test(code)) return true;
  if (status === 403 || code.startsWith('AccessDenied') || code === 'ResourceNotFoundException') return inGrace(elapsed);
  return code === 'ValidationException' && NOT_ASSUMABLE.test(error.detail) && inGrace(elapsed);
}
