import { AwsError } from '../aws';
import type { Clock } from '../clock';
import { StateError } from './errors';
import { Interpreter, Position } from './interpreter';
import type { Json } from './json';
import { Random } from './random';
import type { StateMachine } from './state-machine';

const MAX_HISTORY_EVENTS = 25_000;
const MAX_SECONDS = 365 * 24 * 3600;
const REDRIVABLE_FOR = 14 * 24 * 3_600_000;

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
  ended: Promise<void>;
  status: ExecutionStatus = 'RUNNING';
  stopDate?: number;
  /** JSON. */
  output?: string;
  error?: string;
  cause?: string;
  private readonly random: Random;
  private ending = new AbortController();
  private resolveEnded?: () => void;
  private position?: Position;
  private redriveCount = 0;

  constructor(private readonly props: ExecutionProps) {
    this.arn = props.arn;
    this.name = props.name;
    this.input = props.input;
    this.stateMachineArn = props.stateMachine.arn;
    this.startDate = props.clock.now();
    this.random = new Random(props.seed);
    this.ended = new Promise((resolve) => { this.resolveEnded = resolve; });
  }

  /** The status it had at a time that is not before its start. */
  statusAt(time: number): ExecutionStatus {
    return this.stopDate !== undefined && this.stopDate > time ? 'RUNNING' : this.status;
  }

  async run(input: Json): Promise<void> {
    this.note('ExecutionStarted');
    return this.runFrom({ state: this.props.stateMachine.machine.StartAt, input, variables: {} });
  }

  /** Goes on with the state that it did not get past. A Parallel or Map state begins anew as a whole; AWS goes on with the branches that failed. */
  redrive(): void {
    const { position, stopDate, status } = this;
    const isLate = stopDate === undefined || this.props.clock.now() - stopDate > REDRIVABLE_FOR;
    if (status === 'RUNNING' || status === 'SUCCEEDED' || isLate || position === undefined) {
      throw new AwsError('ExecutionNotRedrivable', `Execution '${this.arn}' is not redrivable: its status is ${status}`);
    }
    this.status = 'RUNNING';
    this.stopDate = this.error = this.cause = undefined;
    this.ending = new AbortController();
    this.ended = new Promise((resolve) => { this.resolveEnded = resolve; });
    this.redriveCount++;
    this.note('ExecutionRedriven');
    void this.runFrom(position);
  }

  private async runFrom(position: Position): Promise<void> {
    const { props: { clock, stateMachine: { machine, name, roleArn }, task }, random, ending: { signal } } = this;
    void this.limit(Math.min(machine.TimeoutSeconds ?? MAX_SECONDS, MAX_SECONDS), signal);
    const context = {
      Execution: {
        Id: this.arn,
        Input: JSON.parse(this.input) as Json,
        Name: this.name,
        RoleArn: roleArn,
        StartTime: new Date(this.startDate).toISOString(),
        RedriveCount: this.redriveCount,
      },
      StateMachine: { Id: this.stateMachineArn, Name: name },
    };
    const record = (type: string, stateName: string) => this.record(type, stateName, signal);
    const interpreter = new Interpreter({ clock, random, task, record }, machine.QueryLanguage);
    try {
      const output = await interpreter.runFrom(machine, position, context, signal, (reached) => {
        if (!signal.aborted) this.position = reached;
      });
      this.end('SUCCEEDED', { output: JSON.stringify(output) });
    } catch (error) {
      // What ended it may have been followed by a redrive.
      if (signal.aborted) return;
      if (error instanceof StateError) this.end('FAILED', { error: error.error, cause: error.cause });
      else this.end('FAILED', { error: 'States.Runtime', cause: String(error) });
    }
  }

  stop(error?: string, cause?: string): void {
    this.end('ABORTED', { error, cause });
  }

  private async limit(seconds: number, signal: AbortSignal): Promise<void> {
    await this.props.clock.sleep(seconds * 1000, signal);
    if (!signal.aborted) this.end('TIMED_OUT', {});
  }

  private record(type: string, stateName: string, signal: AbortSignal): number {
    signal.throwIfAborted();
    if (this.props.isDeleting()) {
      this.end('FAILED', { error: 'States.Runtime', cause: `State machine ${this.props.stateMachine.name} has been deleted.` });
    }
    // One event must be left to say how the execution ended.
    if (this.history.length >= MAX_HISTORY_EVENTS - 1) {
      this.end('FAILED', { error: 'States.Runtime', cause: `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).` });
    }
    signal.throwIfAborted();
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
