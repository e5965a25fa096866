import { AwsError } from '../aws';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** What a parameter of a request violates. */
export function constraint(value: string, field: string, rule: string): AwsError {
  return validationError(`1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${rule}`);
}

/** Why a resource could not be created, updated or deleted, as its event will say it. */
export class ResourceFailure extends Error {
  constructor(
    message: string,
    /** Set where something may exist that a later Delete has to name. */
    readonly physicalId?: string,
  ) {
    super(message);
    this.name = 'ResourceFailure';
  }
}

/** The stack gave up on a resource before it was done. */
export class Cancellation extends ResourceFailure {}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
