import type { Principal } from './aws';

/** One call, as the log keeps it. */
export interface Call<O extends string = string> {
  readonly operation: O;
  readonly principal: Principal;
  readonly input: unknown;
  readonly time: Date;
  /** `pending`, `ok`, or the name of the error. A lost answer of a call that went well is still `ok`. */
  outcome: string;
}

/**
 * Runs at the boundary of every call and breaks it by throwing: an `AwsError` is answered as it is, a
 * `ConnectionReset` closes the connection without an answer. It must not wait for the clock, which stands still.
 */
export type Hook<O extends string = string> = (call: Call<O>) => void | Promise<void>;

/** Leaves `handle` as it is: whoever owns the socket destroys it. */
export class ConnectionReset extends Error {
  constructor() {
    super('The connection was reset');
    this.name = 'ConnectionReset';
  }
}
