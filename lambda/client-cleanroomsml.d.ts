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

  // Training datasets

  export interface ColumnSchema {
    readonly columnName: string;
    readonly columnTypes: string[];
  }

  export interface Dataset {
    readonly type: string;
    readonly inputConfig: {
      readonly schema: ColumnSchema[];
      readonly dataSource: {
        readonly glueDataSource: {
          readonly tableName: string;
          readonly databaseName: string;
          readonly catalogId?: string;
        };
      };
    };
  }

  export interface CreateTrainingDatasetRequest {
    readonly name: string;
    readonly roleArn: string;
    readonly trainingData: Dataset[];
    readonly tags?: Record<string, string>;
    readonly description?: string;
  }

  export interface TrainingDatasetSummary {
    readonly createTime: Date;
    readonly updateTime: Date;
    readonly trainingDatasetArn: string;
    readonly name: string;
    readonly status: 'ACTIVE';
    readonly description?: string;
  }

  export interface GetTrainingDatasetResponse extends TrainingDatasetSummary {
    readonly trainingData: Dataset[];
    readonly roleArn: string;
    readonly tags?: Record<string, string>;
  }

  export class CreateTrainingDatasetCommand extends Command<CreateTrainingDatasetRequest, { trainingDatasetArn: string }> {}
  export class GetTrainingDatasetCommand extends Command<{ trainingDatasetArn: string }, GetTrainingDatasetResponse> {}
  export class ListTrainingDatasetsCommand extends Command<ListRequest, { nextToken?: string; trainingDatasets: TrainingDatasetSummary[] }> {}
  export class DeleteTrainingDatasetCommand extends Command<{ trainingDatasetArn: string }, object> {}

  // Audience models

  export interface CreateAudienceModelRequest {
    readonly name: string;
    readonly trainingDatasetArn: string;
    readonly trainingDataStartTime?: Date;
    readonly trainingDataEndTime?: Date;
    readonly kmsKeyArn?: string;
    readonly tags?: Record<string, string>;
    readonly description?: string;
  }

  export interface AudienceModelSummary {
    readonly createTime: Date;
    readonly updateTime: Date;
    readonly audienceModelArn: string;
    readonly name: string;
    readonly trainingDatasetArn: string;
    readonly status: AudienceModelStatus;
    readonly description?: string;
  }

  export interface GetAudienceModelResponse extends AudienceModelSummary {
    readonly trainingDataStartTime?: Date;
    readonly trainingDataEndTime?: Date;
    readonly statusDetails?: StatusDetails;
    readonly kmsKeyArn?: string;
    readonly tags?: Record<string, string>;
  }

  export class CreateAudienceModelCommand extends Command<CreateAudienceModelRequest, { audienceModelArn: string }> {}
  export class GetAudienceModelCommand extends Command<{ audienceModelArn: string }, GetAudienceModelResponse> {}
  export class ListAudienceModelsCommand extends Command<ListRequest, { nextToken?: string; audienceModels: AudienceModelSummary[] }> {}
  export class DeleteAudienceModelCommand extends Command<{ audienceModelArn: string }, object> {}

  // Configured audience models

  export interface ConfiguredAudienceModelOutputConfig {
    readonly destination: { readonly s3Destination: { readonly s3Uri: string } };
    readonly roleArn: string;
  }

  export interface AudienceSizeConfig {
    readonly audienceSizeType: string;
    readonly audienceSizeBins: number[];
  }

  export interface CreateConfiguredAudienceModelRequest {
    readonly name: string;
    readonly audienceModelArn: string;
    readonly outputConfig: ConfiguredAudienceModelOutputConfig;
    readonly description?: string;
    readonly sharedAudienceMetrics: string[];
    readonly minMatchingSeedSize?: number;
    readonly audienceSizeConfig?: AudienceSizeConfig;
    readonly childResourceTagOnCreatePolicy?: string;
    readonly tags?: Record<string, string>;
  }

  export interface UpdateConfiguredAudienceModelRequest {
    readonly configuredAudienceModelArn: string;
    readonly audienceModelArn?: string;
    readonly outputConfig?: ConfiguredAudienceModelOutputConfig;
    readonly description?: string;
    readonly sharedAudienceMetrics?: string[];
    readonly minMatchingSeedSize?: number;
    readonly audienceSizeConfig?: AudienceSizeConfig;
  }

  export interface ConfiguredAudienceModelSummary {
    readonly createTime: Date;
    readonly updateTime: Date;
    readonly name: string;
    readonly audienceModelArn: string;
    readonly outputConfig: ConfiguredAudienceModelOutputConfig;
    readonly description?: string;
    readonly configuredAudienceModelArn: string;
    readonly status: 'ACTIVE';
  }

  export interface GetConfiguredAudienceModelResponse extends ConfiguredAudienceModelSummary {
    readonly sharedAudienceMetrics: string[];
    readonly minMatchingSeedSize?: number;
    readonly audienceSizeConfig?: AudienceSizeConfig;
    readonly childResourceTagOnCreatePolicy?: string;
    readonly tags?: Record<string, string>;
  }

  interface ConfiguredAudienceModelArn {
    readonly configuredAudienceModelArn: string;
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
  export class PutConfiguredAudienceModelPolicyCommand
    extends Command<PutConfiguredAudienceModelPolicyRequest, { configuredAudienceModelPolicy: string; policyHash: string }> {}
  export class DeleteConfiguredAudienceModelPolicyCommand extends Command<ConfiguredAudienceModelArn, object> {}

  // Tags

  export class ListTagsForResourceCommand extends Command<{ resourceArn: string }, { tags: Record<string, string> }> {}
  export class TagResourceCommand extends Command<{ resourceArn: string; tags: Record<string, string> }, object> {}
  export class UntagResourceCommand extends Command<{ resourceArn: string; tagKeys: string[] }, object> {}
}
