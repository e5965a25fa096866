import type { ResourceType } from '../src/private/contract';

export type ResourceTypeName = typeof ResourceType[keyof typeof ResourceType];

/** Properties as CloudFormation passes them on: scalars are strings. */
export type RawProperties = Readonly<Record<string, unknown>>;

/** A custom resource request as the provider framework passes it on. */
export interface OnEventRequest {
  /** The same in every copy of the request. */
  readonly RequestId: string;
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceType: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  /** None in a Create. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: RawProperties;
  /** In an Update only. */
  readonly OldResourceProperties?: RawProperties;
}

/** The circumstances of a request when it arrived, by which later steps tell whether it still stands. */
export interface Operation {
  readonly StackStatus: string;
  /** When the stack operation that makes this request began. ISO 8601. */
  readonly LastUpdatedTime: string;
  /** When the request arrived. ISO 8601. */
  readonly StartedAt: string;
  /** Of an Update: the physical id before it. */
  readonly PreviousPhysicalResourceId?: string;
}

export interface OnEventResponse {
  readonly PhysicalResourceId: string;
  readonly Operation: Operation;
}

/** The framework hands `isComplete` the request together with what `onEvent` answered. */
export type IsCompleteRequest = OnEventRequest & OnEventResponse;

export interface IsCompleteResponse {
  readonly IsComplete: boolean;
  readonly Data?: Readonly<Record<string, string>>;
}
