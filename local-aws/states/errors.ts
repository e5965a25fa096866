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

/** Neither `States.ALL` nor `States.TaskFailed` covers these. */
const TERMINAL = ['States.Runtime', 'States.DataLimitExceeded'];

/** Whether a retrier or catcher that lists `errorEquals` means this error. */
export function matches(errorEquals: readonly string[], error: string): boolean {
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return !TERMINAL.includes(error);
    if (name === 'States.TaskFailed') return !TERMINAL.includes(error) && error !== 'States.Timeout';
    return name === error;
  });
}
