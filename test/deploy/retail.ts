import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IConstruct } from 'constructs';
import type { World } from './world';
import { AwsError } from '../../local-aws/aws';
import {
  AudienceModel, AudienceModelProps, ColumnSchema, ConfiguredAudienceModel, ConfiguredAudienceModelProps, Dataset, GlueDataSource,
  SharedAudienceMetrics, TrainingDataset, TrainingDatasetProps,
} from '../../src';

// The CDK's own validation of templates takes seconds for each one; the examples are validated.
process.env.CDK_VALIDATION = 'false';

export interface RetailProps {
  /** The feature columns beside the three that must be. */
  readonly features?: string[];
  readonly dataset?: Partial<TrainingDatasetProps>;
  /** `false`: no model, and nothing behind it. */
  readonly model?: Partial<AudienceModelProps> | false;
  readonly configured?: Partial<ConfiguredAudienceModelProps> | false;
  /** One statement of the resource policy each. */
  readonly collaborations?: string[];
  /** Whether there is a KMS key, for the bucket and the model. */
  readonly encrypted?: boolean;
  /** Whether there is an S3 Bucket Key, too. */
  readonly bucketKeyEnabled?: boolean;
  /** What else is in the stack. */
  readonly more?: (retail: Retail) => void;
}

export interface Retail {
  readonly stack: Stack;
  readonly dataset: TrainingDataset;
  readonly model?: AudienceModel;
  readonly configured?: ConfiguredAudienceModel;
  readonly bucket: s3.Bucket;
}

export const COLLABORATION = 'a1b2c3d4-5678-90ab-cdef-1234567890ab';
export const OTHER_COLLABORATION = 'b1b2c3d4-5678-90ab-cdef-1234567890ab';

/** A stack with one of everything. */
export function retail(stack: Stack, props: RetailProps): void {
  const encryptionKey = props.encrypted ? new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY }) : undefined;
  const bucket = new s3.Bucket(stack, 'Bucket', {
    bucketName: `${nameOf(stack)}-data`, encryptionKey, bucketKeyEnabled: props.bucketKeyEnabled, removalPolicy: RemovalPolicy.DESTROY,
  });
  const dataset = trainingDataset(stack, bucket, props);
  const model = props.model === false ? undefined : new AudienceModel(stack, 'Model', { trainingDataset: dataset, encryptionKey, ...props.model });
  const configured = !model || props.configured === false ? undefined : new ConfiguredAudienceModel(stack, 'Configured', {
    audienceModel: model,
    outputBucket: bucket,
    outputPrefix: 'audiences/',
    sharedAudienceMetrics: SharedAudienceMetrics.ALL,
    ...props.configured,
  });
  for (const collaborationId of props.collaborations ?? [COLLABORATION]) {
    configured?.grants.startAudienceGenerationJob(new iam.AccountPrincipal('444455556666'), { collaborationId });
  }
  props.more?.({ stack, dataset, model, configured, bucket });
}

/** For what is there once in an account, or in the world. */
function nameOf({ stackName, nestedStackParent, node }: Stack): string {
  return (nestedStackParent ? node.id : stackName).toLowerCase();
}

function trainingDataset(stack: Stack, bucket: s3.Bucket, { features = ['device'], dataset = {} }: RetailProps): TrainingDataset {
  const database = new glue.CfnDatabase(stack, 'Database', { catalogId: stack.account, databaseInput: { name: nameOf(stack) } });
  const table = new glue.CfnTable(stack, 'Clicks', {
    catalogId: stack.account,
    databaseName: nameOf(stack),
    tableInput: {
      name: 'clicks',
      storageDescriptor: {
        location: bucket.s3UrlForObject('clicks/'),
        columns: [
          { name: 'user_id', type: 'string' },
          { name: 'item_id', type: 'string' },
          { name: 'ts', type: 'bigint' },
          { name: 'device', type: 'string' },
          { name: 'country', type: 'string' },
        ],
      },
    },
  });
  table.addDependency(database);
  const result = new TrainingDataset(stack, 'Interactions', {
    dataset: Dataset.interactions({
      source: GlueDataSource.fromTable({ databaseName: nameOf(stack), tableName: 'clicks', bucket, prefix: 'clicks/' }),
      schema: [
        ColumnSchema.userId('user_id'),
        ColumnSchema.itemId('item_id'),
        ColumnSchema.timestamp('ts'),
        ...features.map((feature) => ColumnSchema.categoricalFeature(feature)),
      ],
    }),
    ...dataset,
  });
  result.node.addDependency(table);
  return result;
}

/** A resource that cannot be created: there is a role of that name already. */
export function failing({ stack }: Pick<Retail, 'stack'>, ...after: (IConstruct | undefined)[]): void {
  const resource = new CfnResource(stack, 'Failing', {
    type: 'AWS::IAM::Role',
    properties: {
      RoleName: `cdk-hnb659fds-deploy-role-${stack.account}-${stack.region}`,
      AssumeRolePolicyDocument: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new iam.ServicePrincipal('lambda.amazonaws.com')] })],
      }),
    },
  });
  for (const construct of after) if (construct) resource.node.addDependency(construct);
}

/** A second model that the service refuses only after five minutes, when the first one is in training or waits for a place. */
export function failingLater({ service, clock }: World): RetailProps['more'] {
  const refused = clock.now() + 5 * 60_000;
  service.settings.trainingTime = 10 * 60_000;
  service.beforeCall = ({ operation, input }) => {
    if (operation !== 'CreateAudienceModel' || (input as { name: string }).name !== 'doomed') return;
    if (clock.now() < refused) throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
    throw new AwsError('ValidationException', 'refused, as the test asked');
  };
  return ({ stack, dataset }) => new AudienceModel(stack, 'Doomed', { trainingDataset: dataset, audienceModelName: 'doomed' });
}
