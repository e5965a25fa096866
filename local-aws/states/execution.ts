import type { Clock } from '../clock';
import { StateError } from './errors';
import { Interpreter } from './interpreter';
import type { Json } from './json';
import { Random } from './random';
import type { StateMachine } from './state-machine';

const MAX_HISTORY_EVENTS = 25_000;
const MAX_SECONDS = 365 * 24 * 3600;

const LAST_EVENT = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

export type ExecutionStatus = 'RUNNING' | keyof typeof LAST_EVENT;

export interface HistoryEvent {
  readonly timestamp: number;
  readonly type: string;
  readonly stateName?: string;
}

interface ExecutionProps {
  readonly arn: string;
  readonly name: string;
  readonly input: string;
  readonly stateMachine: StateMachine;
  readonly clock: Clock;
  /** Of what is random in the execution. */
  readonly seed: string;
  isDeleting(): boolean;
  task(resource: string, parameters: Json): Promise<Json>;
}

/** One run of a state machine, from beginning to end. */
export class Execution {
  readonly arn: string;
  readonly name: string;
  /** As it was given, JSON. */
  readonly input: string;
  readonly stateMachineArn: string;
  readonly startDate: number;
  readonly history: HistoryEvent[] = [];
  /** Resolves when the execution has ended, however. */
  readonly ended: Promise<void>;
  status: ExecutionStatus = 'RUNNING';
  stopDate?: number;
  /** JSON. */
  output?: string;
  error?: string;
  cause?: string;
  private readonly ending = new AbortController();
  private resolveEnded?: () => void;

  constructor(private readonly props: ExecutionProps) {
    this.arn = props.arn;
    this.name = props.name;
    this.input = props.input;
    this.stateMachineArn = props.stateMachine.arn;
    this.startDate = props.clock.now();
    this.ended = new Promise((resolve) => { this.resolveEnded = resolve; });
  }

  /** The status it had at a time that is not before its start. */
  statusAt(time: number): ExecutionStatus {
    return this.stopDate !== undefined && this.stopDate > time ? 'RUNNING' : this.status;
  }

  async run(input: Json): Promise<void> {
    const { clock, seed, stateMachine: { machine, name, roleArn }, task } = this.props;
    this.note('ExecutionStarted');
    void this.limit(Math.min(machine.TimeoutSeconds ?? MAX_SECONDS, MAX_SECONDS));
    const context = {
      Execution: { Id: this.arn, Input: input, Name: this.name, RoleArn: roleArn, StartTime: clock.iso(), RedriveCount: 0 },
      StateMachine: { Id: this.stateMachineArn, Name: name },
    };
    const random = new Random(seed);
    const interpreter = new Interpreter({ clock, random, task, record: (type, stateName) => this.record(type, stateName) }, machine.QueryLanguage);
    try {
      const output = await interpreter.run(machine, input, context, this.ending.signal);
      this.end('SUCCEEDED', { output: JSON.stringify(output) });
    } catch (error) {
      if (error instanceof StateError) this.end('FAILED', { error: error.error, cause: error.cause });
      else this.end('FAILED', { error: 'States.Runtime', cause: String(error) });
    }
  }

  stop(error?: string, cause?: string): void {
    this.end('ABORTED', { error, cause });
  }

  private async limit(seconds: number): Promise<void> {
    await this.props.clock.sleep(seconds * 1000, this.ending.signal);
    this.end('TIMED_OUT', {});
  }

  private record(type: string, stateName: string): number {
    if (this.props.isDeleting()) {
      this.end('FAILED', { error: 'States.Runtime', cause: `State machine ${this.props.stateMachine.name} has been deleted.` });
    }
    // One event must be left to say how the execution ended.
    if (this.history.length >= MAX_HISTORY_EVENTS - 1) {
      this.end('FAILED', { error: 'States.Runtime', cause: `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).` });
    }
    this.ending.signal.throwIfAborted();
    return this.note(type, stateName);
  }

  /** The first end counts. Whatever is being waited for or done learns it from the signal. */
  private end(status: keyof typeof LAST_EVENT, { output, error, cause }: { output?: string; error?: string; cause?: string }): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = this.props.clock.now();
    this.output = output;
    this.error = error;
    this.cause = cause;
    this.note(LAST_EVENT[status]);
    this.ending.abort();
    this.resolveEnded?.();
  }

  /** The number that AWS would give to the event. */
  private note(type: string, stateName?: string): number {
    return this.history.push({ timestamp: this.props.clock.now(), type, ...(stateName !== undefined && { stateName }) });
  }
}
