import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { applyUpdateReplacePolicy, COLUMNS, data, failing, removalPolicyOf } from './data';
import type { StackPlan } from './plan';
import {
  AudienceModel, AudienceSizeConfig, ChildResourceTagOnCreatePolicy, ColumnSchema, ConfiguredAudienceModel, Dataset, GlueDataSource,
  SharedAudienceMetrics, TrainingDataset, TrainingWait,
} from '../../src';

const COLLABORATIONS = ['a1b2c3d4-5678-90ab-cdef-1234567890ab', 'b1b2c3d4-5678-90ab-cdef-1234567890ab'];

const tags = (tag: number) => (tag === 0 ? undefined : { team: `team-${tag}` });

/** The stack that a plan describes. */
export function build(stack: Stack, plan: StackPlan): void {
  const removalPolicy = removalPolicyOf(plan);
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
  for (const construct of [dataset, ...models, configured]) applyUpdateReplacePolicy(construct, plan);
  if (plan.fails) failing(stack).node.addDependency(configured?.policy ?? configured ?? models[0]);
}
