import type { AwsResponse } from '../../aws';
import type { Invocation } from '../sandbox';

/** A call that a function is about to make, or has just made. */
export interface FunctionCall {
  /** What the function works at. */
  readonly invocation: Invocation;
  /** As requests to it are signed; `answer` for the answer of a custom resource. */
  readonly service: string;
  readonly operation: string;
}

/** What happens at the boundary of a call. */
export type CallFault =
  /** The service refuses for now. */
  | 'throttled' | 'unavailable' | 'denied'
  /** The connection breaks, before or after the service has acted. */
  | 'reset-before' | 'reset-after'
  /** The service has acted and says so, and the connection breaks before it has said all. */
  | 'cut-after'
  /** The function dies, before or after the service has acted. */
  | 'killed-before' | 'killed-after';

/** One invocation of a function; a dead one gets no further. */
export interface Run {
  readonly invocation: Invocation;
  dead: boolean;
  kill(): void;
}

/** What a function finds around it instead of a network, a clock and timers. */
export class Surroundings {
  constructor(private readonly current: () => Run | undefined, private readonly faultOf: (call: FunctionCall) => CallFault | undefined) {}

  get invocation(): Invocation {
    const run = this.current();
    if (run === undefined) throw new Error('There is nothing to do');
    return run.invocation;
  }

  /** Makes a call, with what befalls it. */
  async call<T>(
    service: string, operation: string, act: (invocation: Invocation) => Promise<T>, refuse: (status: number, code: string) => T,
  ): Promise<T> {
    const run = this.current();
    if (run === undefined || run.dead) return never();
    const fault = this.faultOf({ invocation: run.invocation, service, operation });
    if (fault === 'throttled') return refuse(429, 'ThrottlingException');
    if (fault === 'unavailable') return refuse(503, 'ServiceUnavailable');
    if (fault === 'denied') return refuse(403, 'AccessDeniedException');
    if (fault === 'reset-before') throw reset();
    if (fault === 'killed-before') return die(run);
    const response = await act(run.invocation);
    if (run.dead) return never();
    if (fault === 'reset-after') throw reset();
    if (fault === 'cut-after') throw Object.assign(reset(), { $metadata: { httpStatusCode: 200 } });
    if (fault === 'killed-after') return die(run);
    return response;
  }

  readonly now = (): number => this.invocation.now();
  readonly pause = async (milliseconds: number): Promise<void> => {
    const run = this.current();
    await this.invocation.pause(milliseconds);
    if (run?.dead) return never();
  };

  readonly log = (...values: unknown[]): void => this.invocation.log(values.map(String).join(' '));
}

async function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function die(run: Run): Promise<never> {
  run.kill();
  return never();
}

export function reset(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** An answer of a service that refuses for now. */
export function refusal(service: string, status: number, code: string): AwsResponse {
  if (service === 's3') return { status };
  return ['cloudformation', 'iam'].includes(service)
    ? { status, headers: { 'content-type': 'text/xml' }, body: `<ErrorResponse><Error><Code>${code}</Code><Message>injected</Message></Error></ErrorResponse>` }
    : { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': code }, body: `{"__type":"${code}","message":"injected"}` };
}
