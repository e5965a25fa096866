import type { ResourceType } from '../src/private/contract';

export type ResourceTypeName = typeof ResourceType[keyof typeof ResourceType];

/** Properties as CloudFormation passes them on: scalars are strings. */
export type RawProperties = Readonly<Record<string, unknown>>;

/** A custom resource request, as CloudFormation sends it. */
export interface CustomResourceEvent {
  /** The same in every copy of the request; a deployment that is retried may use it again. */
  readonly RequestId: string;
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Where the answer goes: a secret, and gone from the state once it is answered. */
  readonly ResponseURL?: string;
  readonly ResourceType: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  /** None in a Create. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: RawProperties;
  /** In an Update only. */
  readonly OldResourceProperties?: RawProperties;
}

/** The stack operation that a request is part of, as it was when the request arrived. */
export interface Operation {
  readonly StackStatus: string;
  /** When the operation began. ISO 8601. */
  readonly LastUpdatedTime: string;
}

/** The data of an execution. */
export interface ExecutionData {
  readonly Event: CustomResourceEvent;
  readonly Operation: Operation;
  /** None before the first step. */
  readonly State?: State;
  /** Every try of the last step failed, and its error. */
  readonly Failure?: { readonly Error?: string };
}

/** What one step leaves for the next. */
export interface State {
  readonly Version: typeof STATE_VERSION;
  /** What the state machine does now. */
  readonly Next: 'WAIT' | 'ANSWER' | 'TRAIN' | 'SUCCEED' | 'FAIL';
  /** How long it waits. */
  readonly Seconds?: number;
  readonly Answer?: Answer;
  /** What it does once it has answered. */
  readonly Then?: 'TRAIN' | 'SUCCEED' | 'FAIL';
  /** Why it fails. */
  readonly Cause?: string;
  readonly Memory: Memory;
  readonly Training?: TrainingState;
}

/** A step that does not know the version of a state does nothing: in a rollback the function goes back before the resources do. */
export const STATE_VERSION = 1;

/** The answer to CloudFormation, as it is fixed before it is sent. */
export interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** What a request has to remember of what it did. */
export interface Memory {
  /** It may have changed something. */
  Touched?: true;
  /** What it created, which a list may not show yet. */
  CreatedArn?: string;
  /** When it created that. Milliseconds. */
  CreatedAt?: number;
  /** What it found and deletes: when that is gone, it is gone, and not only not listed yet. */
  Removing?: string;
  /** What whoever deploys should know. */
  Said?: string;
  /** The ends of the ARNs of what it has looked at, and is not to delete. */
  Passed?: string[];
  /**
   * A call or a step failed, and what it did is not known: it may have created another. Until then a list need not show it, and nothing
   * may be created. Milliseconds.
   */
  UnsureUntil?: number;
  /** Since when each step was refused what may only not be known everywhere yet. Milliseconds. */
  RefusedSince?: number;
  /** When it last looked for executions. Milliseconds. */
  ListedAt?: number;
  /** It has looked at what the training is for, and is not to do so again. */
  Foreseen?: true;
  /** When it stopped executions whose last call may still be under way. Milliseconds. */
  StoppedAt?: number;
}

/** How the training for a request stands. */
export interface TrainingState {
  /** How it ended: what is left to do then is to let the deployment go on. */
  readonly Outcome?: 'SUCCEED' | 'FAIL';
  /** Why it failed. */
  readonly Cause?: string;
  /** The model in training. If it is gone, others have deleted it. */
  readonly AudienceModelArn?: string;
  /** Whether a list has shown that it is the only one of its name. From then on it is all there is to look at. */
  readonly HasNoCopy?: boolean;
  /** What is waited for. Once the wait is over the service is not asked to train again, and so does not say again why it does not. */
  readonly WaitingFor?: string;
  /** How many windows the deployment has passed. */
  readonly WindowsPassed: number;
}

/** What the state machine hands to the function. */
export interface Task {
  readonly Do: 'STEP' | 'ANSWER' | 'TRAIN';
  /** What the execution is called. */
  readonly Execution: string;
  /** When it began. ISO 8601. */
  readonly StartedAt: string;
  /** How often this very task was tried before. */
  readonly RetryCount: number;
  readonly Data: ExecutionData;
}
