import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  AudienceModel, AudienceModelProps, ColumnSchema, ConfiguredAudienceModel, ConfiguredAudienceModelProps, Dataset, GlueDataSource, GlueTableOptions,
  IConfiguredAudienceModel, SharedAudienceMetrics, TrainingDataset, TrainingDatasetProps, TrainingWait,
} from '../src';

// The CDK's own validation of templates takes seconds for each one; the examples are validated.
process.env.CDK_VALIDATION = 'false';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const REGION = 'us-east-1';
export const COLLABORATION_ID = 'a1b2c3d4-5678-90ab-cdef-1234567890ab';
export const TRAINING_DATASET_ARN = `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:training-dataset/abc`;
export const AUDIENCE_MODEL_ARN = `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:audience-model/abc`;
export const CONFIGURED_AUDIENCE_MODEL_ARN = `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:configured-audience-model/abc`;

/** A stack whose account and Region are known. */
export function testStack(region = REGION): Stack {
  return new Stack(new App(), 'Retail', { env: { account: ACCOUNT, region } });
}

export const COLUMNS = [ColumnSchema.userId('user_id'), ColumnSchema.itemId('item_id'), ColumnSchema.timestamp('ts')];

export function testBucket(scope: Construct, attributes: Partial<s3.BucketAttributes> = {}): s3.IBucket {
  return s3.Bucket.fromBucketAttributes(scope, 'Bucket', { bucketName: 'retail-data', ...attributes });
}

export interface TestDatasetProps extends Partial<TrainingDatasetProps> {
  readonly source?: Partial<GlueTableOptions>;
  readonly schema?: ColumnSchema[];
}

export function testDataset(scope: Construct, props: TestDatasetProps = {}): TrainingDataset {
  const { source, schema, ...others } = props;
  return new TrainingDataset(scope, 'Interactions', {
    dataset: Dataset.interactions({
      source: GlueDataSource.fromTable({
        databaseName: 'retail',
        tableName: 'clicks',
        bucket: source?.bucket ?? testBucket(scope),
        prefix: 'clicks/',
        ...source,
      }),
      schema: schema ?? COLUMNS,
    }),
    ...others,
  });
}

export function testModel(scope: Construct, props: Partial<AudienceModelProps> = {}): AudienceModel {
  return new AudienceModel(scope, 'Model', {
    trainingDataset: props.trainingDataset ?? TrainingDataset.fromTrainingDatasetArn(scope, 'Dataset', TRAINING_DATASET_ARN),
    ...props,
  });
}

export function testConfigured(scope: Construct, props: Partial<ConfiguredAudienceModelProps> = {}): ConfiguredAudienceModel {
  return new ConfiguredAudienceModel(scope, 'Configured', {
    audienceModel: props.audienceModel ?? AudienceModel.fromAudienceModelArn(scope, 'Model', AUDIENCE_MODEL_ARN),
    outputBucket: props.outputBucket ?? testBucket(scope),
    outputPrefix: 'audiences/',
    sharedAudienceMetrics: SharedAudienceMetrics.ALL,
    ...props,
  });
}

export interface ChainProps {
  readonly bucket?: s3.IBucket;
  readonly key?: kms.IKey;
  readonly trainingWait?: TrainingWait;
}

/** A dataset, a model and a configured model. The bucket, and the key of the model, are the user's. */
export function testChain(scope: Construct, { bucket = testBucket(scope), key, trainingWait }: ChainProps = {}): ConfiguredAudienceModel {
  const trainingDataset = testDataset(scope, { source: { bucket } });
  return testConfigured(scope, { audienceModel: testModel(scope, { trainingDataset, encryptionKey: key, trainingWait }), outputBucket: bucket });
}

export function encryptedBucket(scope: Construct, encryptionKey: kms.IKey): s3.Bucket {
  return new s3.Bucket(scope, 'Data', { encryptionKey });
}

export function testImportedConfigured(scope: Construct): IConfiguredAudienceModel {
  return ConfiguredAudienceModel.fromConfiguredAudienceModelArn(scope, 'Imported', CONFIGURED_AUDIENCE_MODEL_ARN);
}

/** A template without what differs from one version of the CDK to the next: assets and runtimes. */
export function stableTemplate(stack: Stack): unknown {
  const { Resources: resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, unknown> };
  return JSON.parse(JSON.stringify(resources, (key, value: unknown) => {
    if (key === 'S3Key') return '[asset]';
    if (key === 'Runtime') return '[runtime]';
    return value;
  }));
}

/** Logical ids of the provider: contracts, since the ServiceToken of a deployed custom resource cannot change. */
export const HANDLER = 'CleanRoomsMLProviderHandler85E65238';
export const STATE_MACHINE = 'CleanRoomsMLProviderStateMachine47E06EFF';
export const HANDLER_ROLE = 'CleanRoomsMLProviderHandlerServiceRole67A8DE13';
export const HANDLER_POLICY = 'CleanRoomsMLProviderPolicy10D46DA7';

/** The path of the roles that the stack of `testStack` creates for the service. */
export const ROLE_PATH = `/cleanrooms-ml/${REGION}/Retail/`;
