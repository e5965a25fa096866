/**
 * The part of AWS's own client that the handlers use. The Lambda runtime provides the package; nothing needs it to
 * compile or test, so its types are declared here.
 */
declare module '@aws-sdk/client-cleanroomsml' {
  export interface CleanRoomsMLClientConfig {
    readonly region?: string;
    readonly maxAttempts?: number;
    readonly requestHandler?: {
      readonly connectionTimeout?: number;
      readonly requestTimeout?: number;
      readonly throwOnRequestTimeout?: boolean;
      readonly socketTimeout?: number;
    };
  }

  export abstract class Command<Input, Output> {
    constructor(input: Input);
    readonly input: Input;
    protected readonly output?: Output;
  }

  export class CleanRoomsMLClient {
    constructor(config?: CleanRoomsMLClientConfig);
    send<Input, Output>(command: Command<Input, Output>, options?: { readonly abortSignal?: AbortSignal }): Promise<Output>;
  }

  export type AudienceModelStatus =
    'CREATE_PENDING' | 'CREATE_IN_PROGRESS' | 'CREATE_FAILED' | 'ACTIVE' | 'DELETE_PENDING' | 'DELETE_IN_PROGRESS' | 'DELETE_FAILED';

  export interface StatusDetails {
    readonly statusCode?: string;
    readonly message?: string;
  }

  export interface ListRequest {
    readonly nextToken?: string;
    readonly maxResults?: number;
  }

  /** What all summaries and details have. */
  interface Described {
    readonly createTime: Date;
    readonly updateTime: Date;
    readonly name: string;
    readonly description?: string;
  }

  /** What all creates take. */
  interface Creation {
    readonly name: string;
    readonly description?: string;
    readonly tags?: Record<string, string>;
  }

  // Training datasets

  interface TrainingDatasetArn {
    readonly trainingDatasetArn: string;
  }

  export interface ColumnSchema {
    readonly columnName: string;
    readonly columnTypes: string[];
  }

  export interface Dataset {
    readonly type: string;
    readonly inputConfig: {
      readonly schema: ColumnSchema[];
      readonly dataSource: { readonly glueDataSource: { readonly tableName: string; readonly databaseName: string; readonly catalogId?: string } };
    };
  }

  interface TrainingDatasetProperties {
    readonly roleArn: string;
    readonly trainingData: Dataset[];
  }

  export interface CreateTrainingDatasetRequest extends Creation, TrainingDatasetProperties {}
  export interface TrainingDatasetSummary extends Described, TrainingDatasetArn {
    readonly status: 'ACTIVE';
  }
  export interface GetTrainingDatasetResponse extends TrainingDatasetSummary, TrainingDatasetProperties {}

  export class CreateTrainingDatasetCommand extends Command<CreateTrainingDatasetRequest, TrainingDatasetArn> {}
  export class GetTrainingDatasetCommand extends Command<TrainingDatasetArn, GetTrainingDatasetResponse> {}
  export class ListTrainingDatasetsCommand extends Command<ListRequest, { nextToken?: string; trainingDatasets: TrainingDatasetSummary[] }> {}
  export class DeleteTrainingDatasetCommand extends Command<TrainingDatasetArn, object> {}

  // Audience models

  interface AudienceModelArn {
    readonly audienceModelArn: string;
  }

  interface AudienceModelProperties extends TrainingDatasetArn {
    readonly trainingDataStartTime?: Date;
    readonly trainingDataEndTime?: Date;
    readonly kmsKeyArn?: string;
  }

  export interface CreateAudienceModelRequest extends Creation, AudienceModelProperties {}
  export interface AudienceModelSummary extends Described, AudienceModelArn, TrainingDatasetArn {
    readonly status: AudienceModelStatus;
  }
  export interface GetAudienceModelResponse extends AudienceModelSummary, AudienceModelProperties {
    readonly statusDetails?: StatusDetails;
  }

  export class CreateAudienceModelCommand extends Command<CreateAudienceModelRequest, AudienceModelArn> {}
  export class GetAudienceModelCommand extends Command<AudienceModelArn, GetAudienceModelResponse> {}
  export class ListAudienceModelsCommand extends Command<ListRequest, { nextToken?: string; audienceModels: AudienceModelSummary[] }> {}
  export class DeleteAudienceModelCommand extends Command<AudienceModelArn, object> {}

  // Configured audience models

  interface ConfiguredAudienceModelArn {
    readonly configuredAudienceModelArn: string;
  }

  export interface ConfiguredAudienceModelOutputConfig {
    readonly destination: { readonly s3Destination: { readonly s3Uri: string } };
    readonly roleArn: string;
  }

  export interface AudienceSizeConfig {
    readonly audienceSizeType: string;
    readonly audienceSizeBins: number[];
  }

  interface ConfiguredAudienceModelProperties extends AudienceModelArn {
    readonly outputConfig: ConfiguredAudienceModelOutputConfig;
    readonly sharedAudienceMetrics: string[];
    readonly minMatchingSeedSize?: number;
    readonly audienceSizeConfig?: AudienceSizeConfig;
  }

  export interface CreateConfiguredAudienceModelRequest extends Creation, ConfiguredAudienceModelProperties {
    readonly childResourceTagOnCreatePolicy?: string;
  }
  export interface UpdateConfiguredAudienceModelRequest extends ConfiguredAudienceModelArn, Partial<ConfiguredAudienceModelProperties> {
    readonly description?: string;
  }
  export interface ConfiguredAudienceModelSummary extends Described, ConfiguredAudienceModelArn, AudienceModelArn {
    readonly outputConfig: ConfiguredAudienceModelOutputConfig;
    readonly status: 'ACTIVE';
  }
  export interface GetConfiguredAudienceModelResponse extends ConfiguredAudienceModelSummary, ConfiguredAudienceModelProperties {
    readonly childResourceTagOnCreatePolicy?: string;
  }

  export class CreateConfiguredAudienceModelCommand extends Command<CreateConfiguredAudienceModelRequest, ConfiguredAudienceModelArn> {}
  export class GetConfiguredAudienceModelCommand extends Command<ConfiguredAudienceModelArn, GetConfiguredAudienceModelResponse> {}
  export class ListConfiguredAudienceModelsCommand
    extends Command<ListRequest, { nextToken?: string; configuredAudienceModels: ConfiguredAudienceModelSummary[] }> {}
  export class UpdateConfiguredAudienceModelCommand extends Command<UpdateConfiguredAudienceModelRequest, ConfiguredAudienceModelArn> {}
  export class DeleteConfiguredAudienceModelCommand extends Command<ConfiguredAudienceModelArn, object> {}

  // Policies of configured audience models

  export interface PutConfiguredAudienceModelPolicyRequest extends ConfiguredAudienceModelArn {
    readonly configuredAudienceModelPolicy: string;
    readonly previousPolicyHash?: string;
    readonly policyExistenceCondition?: 'POLICY_MUST_EXIST' | 'POLICY_MUST_NOT_EXIST';
  }

  export interface GetConfiguredAudienceModelPolicyResponse extends ConfiguredAudienceModelArn {
    readonly configuredAudienceModelPolicy: string;
    readonly policyHash: string;
  }

  export class GetConfiguredAudienceModelPolicyCommand extends Command<ConfiguredAudienceModelArn, GetConfiguredAudienceModelPolicyResponse> {}
  export class PutConfiguredAudienceModelPolicyCommand extends Command<PutConfiguredAudienceModelPolicyRequest, object> {}
  export class DeleteConfiguredAudienceModelPolicyCommand extends Command<ConfiguredAudienceModelArn, object> {}

  // Tags

  export class ListTagsForResourceCommand extends Command<{ resourceArn: string }, { tags: Record<string, string> }> {}
  export class TagResourceCommand extends Command<{ resourceArn: string; tags: Record<string, string> }, object> {}
  export class UntagResourceCommand extends Command<{ resourceArn: string; tagKeys: string[] }, object> {}
}
