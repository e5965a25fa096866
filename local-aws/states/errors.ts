import type { JsonObject } from './json';

/** A failure that a state machine can see, retry and catch. */
export class StateError extends Error {
  constructor(
    /** For example `States.Timeout`, or what a Lambda function called its error. */
    readonly error: string,
    override readonly cause: string,
  ) {
    super(`${error}: ${cause}`);
    this.name = 'StateError';
  }

  /** What a catcher receives. */
  output(): JsonObject {
    return { Error: this.error, Cause: this.cause };
  }
}

/** The machine itself went wrong: a path that leads nowhere, a template that cannot be filled. */
export function runtimeError(cause: string): StateError {
  return new StateError('States.Runtime', cause);
}

export function noChoiceMatched(): StateError {
  return new StateError('States.NoChoiceMatched', 'Failed to transition out of the state. The state does not point to a next state.');
}

/** Nothing retries or catches these, not even by their names. */
const TERMINAL = ['States.Runtime', 'States.DataLimitExceeded'];

/** Whether a retrier or catcher that lists `errorEquals` means this error. */
export function matches(errorEquals: readonly string[], error: string): boolean {
  if (TERMINAL.includes(error)) return false;
  return errorEquals.some((name) => name === error || name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout'));
}
