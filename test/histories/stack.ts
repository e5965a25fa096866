import { CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { StackPlan } from './plan';
import {
  AudienceModel, AudienceSizeConfig, ChildResourceTagOnCreatePolicy, ColumnSchema, ConfiguredAudienceModel, Dataset, GlueDataSource,
  SharedAudienceMetrics, TrainingDataset, TrainingWait,
} from '../../src';

process.env.CDK_VALIDATION = 'false';

const COLUMNS = ['device', 'country'];
const COLLABORATIONS = ['a1b2c3d4-5678-90ab-cdef-1234567890ab', 'b1b2c3d4-5678-90ab-cdef-1234567890ab'];

const tags = (tag: number) => (tag === 0 ? undefined : { team: `team-${tag}` });

/** The stack that a plan describes. */
export function build(stack: Stack, plan: StackPlan, retain: boolean): void {
  const removalPolicy = retain ? RemovalPolicy.RETAIN : undefined;
  const { bucket, table } = data(stack);
  const dataset = new TrainingDataset(stack, 'Dataset', {
    dataset: Dataset.interactions({
      source: GlueDataSource.fromTable({ databaseName: 'retail', tableName: 'clicks', bucket, prefix: 'clicks/' }),
      schema: [ColumnSchema.userId('user_id'), ColumnSchema.itemId('item_id'), ColumnSchema.timestamp('ts'), ColumnSchema.categoricalFeature(COLUMNS[plan.column])],
    }),
    trainingDatasetName: plan.datasetNamed ? `dataset-${plan.column}` : undefined,
    tags: tags(plan.datasetTag),
    removalPolicy,
  });
  dataset.node.addDependency(table);

  const models = plan.models.map(({ generation, tag, waits, named }, index) => new AudienceModel(stack, `Model${index}`, {
    trainingDataset: dataset,
    generation: String(generation),
    audienceModelName: named ? `model-${index}` : undefined,
    tags: tags(tag),
    trainingWait: waits ? TrainingWait.upTo(Duration.hours(69)) : TrainingWait.none(),
    removalPolicy,
  }));
  const configured = plan.configured && new ConfiguredAudienceModel(stack, 'Configured', {
    audienceModel: models[0],
    outputBucket: bucket,
    outputPrefix: 'audiences/',
    sharedAudienceMetrics: SharedAudienceMetrics.ALL,
    minMatchingSeedSize: 500 + plan.configured.seed,
    audienceSizeConfig: plan.configured.bins === undefined ? undefined : AudienceSizeConfig.percentage(1 + plan.configured.bins),
    childResourceTagOnCreatePolicy: plan.configured.tagsJobs ? ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE : undefined,
    configuredAudienceModelName: plan.configured.named ? 'configured' : undefined,
    tags: tags(plan.configured.tag),
    removalPolicy,
  });
  for (const collaborationId of COLLABORATIONS.slice(0, plan.configured?.collaborations)) {
    configured?.grants.startAudienceGenerationJob(new iam.AccountPrincipal('444455556666'), { collaborationId });
  }
  if (plan.fails) failing(stack).node.addDependency(configured?.policy ?? configured ?? models[0]);
}

function data(stack: Stack) {
  const bucket = new s3.Bucket(stack, 'Bucket', { bucketName: 'retail-data', removalPolicy: RemovalPolicy.DESTROY });
  const database = new glue.CfnDatabase(stack, 'Database', { catalogId: stack.account, databaseInput: { name: 'retail' } });
  const table = new glue.CfnTable(stack, 'Clicks', {
    catalogId: stack.account,
    databaseName: 'retail',
    tableInput: {
      name: 'clicks',
      storageDescriptor: {
        location: bucket.s3UrlForObject('clicks/'),
        columns: [['user_id', 'string'], ['item_id', 'string'], ['ts', 'bigint'], ...COLUMNS.map((column) => [column, 'string'])].map(([name, type]) => ({ name, type })),
      },
    },
  });
  table.addDependency(database);
  return { bucket, table };
}

/** There is a role of that name already. */
function failing(stack: Stack): CfnResource {
  return new CfnResource(stack, 'Failing', {
    type: 'AWS::IAM::Role',
    properties: {
      RoleName: `cdk-hnb659fds-deploy-role-${stack.account}-${stack.region}`,
      AssumeRolePolicyDocument: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new iam.ServicePrincipal('lambda.amazonaws.com')] })],
      }),
    },
  });
}
