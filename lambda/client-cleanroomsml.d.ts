/**
 * The part of AWS's own client that the handlers use. The Lambda runtime provides the package; nothing needs it to
 * compile or test, so its types are declared here.
 */
declare module '@aws-sdk/client-cleanroomsml' {
  export class CleanRoomsMLClient {
    constructor(config?: object);
    send<Input, Output>(command: Command<Input, Output>, options?: { readonly abortSignal?: AbortSignal }): Promise<Output>;
  }

  export abstract class Command<Input, Output> {
    constructor(input: Input);
    readonly input: Input;
    protected readonly output?: Output;
  }

  type Creation<Properties> = Properties & { readonly name: string; readonly description?: string; readonly tags?: Record<string, string> };
  type Described<Properties> = Properties & { readonly name: string; readonly description?: string; readonly createTime: Date; readonly updateTime: Date };
  type ListRequest = { readonly nextToken?: string; readonly maxResults?: number };
  type Listed<Key extends string, Summary> = { readonly nextToken?: string } & Record<Key, Summary[]>;

  // Training datasets

  type TrainingDatasetArn = { readonly trainingDatasetArn: string };
  type DataSource = { readonly glueDataSource: { readonly tableName: string; readonly databaseName: string; readonly catalogId?: string } };
  type Schema = { readonly columnName: string; readonly columnTypes: string[] }[];
  type Dataset = { readonly type: string; readonly inputConfig: { readonly schema: Schema; readonly dataSource: DataSource } };
  type TrainingDatasetProperties = { readonly roleArn: string; readonly trainingData: Dataset[] };
  type TrainingDatasetSummary = Described<TrainingDatasetArn & { readonly status: 'ACTIVE' }>;

  export class CreateTrainingDatasetCommand extends Command<Creation<TrainingDatasetProperties>, TrainingDatasetArn> {}
  export class GetTrainingDatasetCommand extends Command<TrainingDatasetArn, TrainingDatasetSummary & TrainingDatasetProperties> {}
  export class ListTrainingDatasetsCommand extends Command<ListRequest, Listed<'trainingDatasets', TrainingDatasetSummary>> {}
  export class DeleteTrainingDatasetCommand extends Command<TrainingDatasetArn, object> {}

  // Audience models

  type AudienceModelStatus =
    'CREATE_PENDING' | 'CREATE_IN_PROGRESS' | 'CREATE_FAILED' | 'ACTIVE' | 'DELETE_PENDING' | 'DELETE_IN_PROGRESS' | 'DELETE_FAILED';
  type AudienceModelArn = { readonly audienceModelArn: string };
  type AudienceModelProperties = { readonly trainingDataStartTime?: Date; readonly trainingDataEndTime?: Date; readonly kmsKeyArn?: string };
  type AudienceModelSummary = Described<AudienceModelArn & TrainingDatasetArn & { readonly status: AudienceModelStatus }>;
  export type StatusDetails = { readonly statusCode?: string; readonly message?: string };

  export class CreateAudienceModelCommand extends Command<Creation<TrainingDatasetArn & AudienceModelProperties>, AudienceModelArn> {}
  export class GetAudienceModelCommand
    extends Command<AudienceModelArn, AudienceModelSummary & AudienceModelProperties & { readonly statusDetails?: StatusDetails }> {}
  export class ListAudienceModelsCommand extends Command<ListRequest, Listed<'audienceModels', AudienceModelSummary>> {}
  export class DeleteAudienceModelCommand extends Command<AudienceModelArn, object> {}

  // Configured audience models

  type ConfiguredAudienceModelArn = { readonly configuredAudienceModelArn: string };
  type OutputConfig = { readonly destination: { readonly s3Destination: { readonly s3Uri: string } }; readonly roleArn: string };
  type Changeable = AudienceModelArn & {
    readonly outputConfig: OutputConfig;
    readonly sharedAudienceMetrics: string[];
    readonly minMatchingSeedSize?: number;
    readonly audienceSizeConfig?: { readonly audienceSizeType: string; readonly audienceSizeBins: number[] };
  };
  type ConfiguredAudienceModelProperties = Changeable & { readonly childResourceTagOnCreatePolicy?: string };
  type ConfiguredAudienceModelSummary =
    Described<ConfiguredAudienceModelArn & AudienceModelArn & { readonly outputConfig: OutputConfig; readonly status: 'ACTIVE' }>;

  export class CreateConfiguredAudienceModelCommand extends Command<Creation<ConfiguredAudienceModelProperties>, ConfiguredAudienceModelArn> {}
  export class GetConfiguredAudienceModelCommand
    extends Command<ConfiguredAudienceModelArn, ConfiguredAudienceModelSummary & ConfiguredAudienceModelProperties> {}
  export class ListConfiguredAudienceModelsCommand extends Command<ListRequest, Listed<'configuredAudienceModels', ConfiguredAudienceModelSummary>> {}
  export class UpdateConfiguredAudienceModelCommand
    extends Command<ConfiguredAudienceModelArn & Partial<Changeable> & { readonly description?: string }, ConfiguredAudienceModelArn> {}
  export class DeleteConfiguredAudienceModelCommand extends Command<ConfiguredAudienceModelArn, object> {}

  // Policies of configured audience models

  type Policy = { readonly configuredAudienceModelPolicy: string };
  type Condition = { readonly previousPolicyHash?: string; readonly policyExistenceCondition?: 'POLICY_MUST_EXIST' | 'POLICY_MUST_NOT_EXIST' };

  export class GetConfiguredAudienceModelPolicyCommand
    extends Command<ConfiguredAudienceModelArn, ConfiguredAudienceModelArn & Policy & { readonly policyHash: string }> {}
  export class PutConfiguredAudienceModelPolicyCommand extends Command<ConfiguredAudienceModelArn & Policy & Condition, object> {}
  export class DeleteConfiguredAudienceModelPolicyCommand extends Command<ConfiguredAudienceModelArn, object> {}

  // Tags

  export class ListTagsForResourceCommand extends Command<{ resourceArn: string }, { tags: Record<string, string> }> {}
  export class TagResourceCommand extends Command<{ resourceArn: string; tags: Record<string, string> }, object> {}
  export class UntagResourceCommand extends Command<{ resourceArn: string; tagKeys: string[] }, object> {}
}
