import type { Json, JsonObject } from './json';

/** The Amazon States Language, as far as the embedded AWS runs it. Field names are the language's own. */

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface TopLevelMachine extends Machine {
  readonly TimeoutSeconds?: number;
}

interface Common {
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
}

interface Continuing extends Common {
  readonly Next?: string;
  readonly End?: true;
}

interface Working extends Continuing {
  readonly Parameters?: Json;
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
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string | null;
  readonly Next: string;
}

export interface TaskState extends Working {
  readonly Type: 'Task';
  readonly Resource: string;
}

export interface PassState extends Continuing {
  readonly Type: 'Pass';
  readonly Result?: Json;
  readonly Parameters?: Json;
  readonly ResultPath?: string | null;
}

export interface WaitState extends Continuing {
  readonly Type: 'Wait';
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface ChoiceRule {
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly Variable?: string;
  readonly Next?: string;
  /** The one comparison, for example `StringEquals`. */
  readonly [comparison: string]: unknown;
}

export interface ChoiceState extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface SucceedState extends Common {
  readonly Type: 'Succeed';
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export interface ParallelState extends Working {
  readonly Type: 'Parallel';
  readonly Branches: readonly Machine[];
}

export interface MapState extends Working {
  readonly Type: 'Map';
  readonly ItemsPath?: string;
  readonly ItemSelector?: JsonObject;
  readonly ItemProcessor?: Machine;
  /** The older name of `ItemProcessor`. */
  readonly Iterator?: Machine;
  readonly MaxConcurrency?: number;
}

export type WorkingState = TaskState | ParallelState | MapState;
export type State = WorkingState | PassState | WaitState | ChoiceState | SucceedState | FailState;
