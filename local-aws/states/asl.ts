import type { Json, JsonObject } from './json';

/** The Amazon States Language, as far as the embedded AWS runs it. Field names are the language's own. */

export type QueryLanguage = 'JSONPath' | 'JSONata';

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface TopLevelMachine extends Machine {
  readonly TimeoutSeconds?: number;
  readonly QueryLanguage?: QueryLanguage;
}

/** A state has the fields of its own query language only. */
interface Common {
  /** Default: the one of the whole state machine, inside Map and Parallel states too. */
  readonly QueryLanguage?: QueryLanguage;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  readonly Output?: Json;
}

interface Continuing extends Common {
  readonly Assign?: JsonObject;
  readonly Next?: string;
  readonly End?: true;
}

interface Working extends Continuing {
  readonly Parameters?: Json;
  readonly Arguments?: Json;
  readonly ResultSelector?: JsonObject;
  readonly ResultPath?: string | null;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'NONE' | 'FULL';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string | null;
  readonly Output?: Json;
  readonly Assign?: JsonObject;
  readonly Next: string;
}

export interface TaskState extends Working {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly TimeoutSeconds?: number | string;
  readonly HeartbeatSeconds?: number | string;
}

export interface PassState extends Continuing {
  readonly Type: 'Pass';
  readonly Result?: Json;
  readonly Parameters?: Json;
  readonly ResultPath?: string | null;
}

export interface WaitState extends Continuing {
  readonly Type: 'Wait';
  /** JSONata may also have an expression. */
  readonly Seconds?: number | string;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface ChoiceRule {
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly Variable?: string;
  readonly Condition?: boolean | string;
  readonly Output?: Json;
  readonly Assign?: JsonObject;
  readonly Next?: string;
  /** The one comparison, for example `StringEquals`. */
  readonly [comparison: string]: unknown;
}

export interface ChoiceState extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
  /** Of the default; each rule has its own. */
  readonly Assign?: JsonObject;
}

export interface SucceedState extends Common {
  readonly Type: 'Succeed';
}

export interface FailState {
  readonly Type: 'Fail';
  readonly QueryLanguage?: QueryLanguage;
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export interface ParallelState extends Working {
  readonly Type: 'Parallel';
  readonly Branches: readonly Machine[];
}

export interface Processor extends Machine {
  readonly ProcessorConfig?: { readonly Mode?: 'INLINE' | 'DISTRIBUTED' };
}

export interface MapState extends Working {
  readonly Type: 'Map';
  readonly ItemsPath?: string;
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly ItemProcessor?: Processor;
  /** The older name of `ItemProcessor`. */
  readonly Iterator?: Processor;
  readonly MaxConcurrency?: number | string;
}

export type WorkingState = TaskState | ParallelState | MapState;
export type State = WorkingState | PassState | WaitState | ChoiceState | SucceedState | FailState;
