import type {
  AudienceModelSummary, CreateAudienceModelRequest, CreateConfiguredAudienceModelRequest, CreateTrainingDatasetRequest,
  GetAudienceModelResponse, GetConfiguredAudienceModelPolicyResponse, GetConfiguredAudienceModelResponse, GetTrainingDatasetResponse,
  PutConfiguredAudienceModelPolicyRequest, StatusDetails, UpdateConfiguredAudienceModelRequest,
} from '@aws-sdk/client-cleanroomsml';

export type Tags = Readonly<Record<string, string>>;

/** What the resources have in common, whatever their own API calls it. */
export interface Summary {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly createTime: Date;
}

export interface Detail extends Summary {
  /** When its status changed, or somebody changed it. */
  readonly updateTime: Date;
  readonly description?: string;
  readonly statusDetails?: StatusDetails;
}

export type TrainingDatasetDetail = Detail & GetTrainingDatasetResponse;
export type AudienceModelDetail = Detail & GetAudienceModelResponse;
export type ConfiguredAudienceModelDetail = Detail & GetConfiguredAudienceModelResponse;

export interface StackState {
  readonly status: string;
  /** When its last update began, or its creation if it was never updated: tells one operation from the next. ISO 8601. */
  readonly lastUpdatedTime: string;
}

/** An execution of the state machine that trains. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly startTime: Date;
}

/**
 * What the handlers need of AWS. Every method makes one call (a list as many as it has pages) and throws a
 * `ServiceError` where the call fails; to get what does not exist answers `undefined`, to delete it succeeds.
 */
export interface Service {
  describeStack(stackId: string): Promise<StackState>;
  /** The status of one of its resources; undefined where it has come to none yet. */
  resourceStatus(stackId: string, logicalId: string): Promise<string | undefined>;
  signalResource(stackId: string, logicalId: string): Promise<void>;

  /** Succeeds where there has been an execution of that name already. */
  startExecution(stateMachineArn: string, name: string, input: object): Promise<void>;
  /** The newest first; those with one status. */
  listExecutions(stateMachineArn: string, status: 'RUNNING' | 'FAILED'): Promise<Execution[]>;
  stopExecution(executionArn: string, cause: string): Promise<void>;
  /** Why it failed. */
  executionCause(executionArn: string): Promise<string | undefined>;

  listTrainingDatasets(): Promise<Summary[]>;
  getTrainingDataset(arn: string): Promise<TrainingDatasetDetail | undefined>;
  createTrainingDataset(request: CreateTrainingDatasetRequest): Promise<string>;
  deleteTrainingDataset(arn: string): Promise<void>;

  listAudienceModels(): Promise<(Summary & AudienceModelSummary)[]>;
  getAudienceModel(arn: string): Promise<AudienceModelDetail | undefined>;
  createAudienceModel(request: CreateAudienceModelRequest): Promise<string>;
  deleteAudienceModel(arn: string): Promise<void>;

  listConfiguredAudienceModels(): Promise<Summary[]>;
  getConfiguredAudienceModel(arn: string): Promise<ConfiguredAudienceModelDetail | undefined>;
  createConfiguredAudienceModel(request: CreateConfiguredAudienceModelRequest): Promise<string>;
  updateConfiguredAudienceModel(request: UpdateConfiguredAudienceModelRequest): Promise<void>;
  deleteConfiguredAudienceModel(arn: string): Promise<void>;

  getConfiguredAudienceModelPolicy(arn: string): Promise<GetConfiguredAudienceModelPolicyResponse | undefined>;
  putConfiguredAudienceModelPolicy(request: PutConfiguredAudienceModelPolicyRequest): Promise<void>;
  deleteConfiguredAudienceModelPolicy(arn: string): Promise<void>;

  listTags(arn: string): Promise<Tags | undefined>;
  tag(arn: string, tags: Tags): Promise<void>;
  untag(arn: string, tagKeys: string[]): Promise<void>;
}
