import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import * as library from '../src';
import { data } from '../test/histories/data';
import { Plain } from '../test/histories/plain-stack';
import type { ModelPlan } from '../test/histories/plan';

/*
 * Stacks with many chains of a training dataset, an audience model and a configured one, by this library and as people write them by
 * hand: with AwsCustomResource, which is what the CDK has for it, and one role for the service.
 */

/** What is changed from one deployment to the next. */
export interface Change {
  /** Changed in place. */
  readonly seed?: number;
  /** Another one is another model. */
  readonly generation?: number;
}

export type Build = (stack: Stack, chains: number, change?: Change) => void;

export const STACKS: Readonly<Record<string, Build>> = {
  'this library': (stack, chains, { seed = 0, generation = 0 } = {}) => {
    const { bucket, table } = data(stack);
    for (const scope of scopes(stack, chains)) {
      const trainingDataset = new library.TrainingDataset(scope, 'Dataset', {
        dataset: library.Dataset.interactions({
          source: library.GlueDataSource.fromTable({ databaseName: 'retail', tableName: 'clicks', bucket, prefix: 'clicks/' }),
          schema: [library.ColumnSchema.userId('user_id'), library.ColumnSchema.itemId('item_id'), library.ColumnSchema.timestamp('ts')],
        }),
      });
      trainingDataset.node.addDependency(table);
      const audienceModel = new library.AudienceModel(scope, 'Model', { trainingDataset, generation: `${generation}` });
      new library.ConfiguredAudienceModel(scope, 'Configured', {
        audienceModel, outputBucket: bucket, sharedAudienceMetrics: library.SharedAudienceMetrics.ALL, minMatchingSeedSize: 500 + seed,
      });
    }
  },
  'by hand': (stack, chains, { seed = 0, generation = 0 } = {}) => {
    const { bucket, table } = data(stack);
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
    role.addToPolicy(new iam.PolicyStatement({ actions: ['glue:*', 's3:*'], resources: ['*'] }));
    const model: ModelPlan = { generation, tag: 0, waits: false, named: false };
    for (const [index, scope] of scopes(stack, chains).entries()) {
      const plain = new Plain(scope, role);
      const dataset = plain.dataset(0, `dataset-${index}`);
      dataset.node.addDependency(table, role);
      const trained = plain.model(`model-${index}`, 0, model, dataset);
      plain.configured({ seed, tagsJobs: false, tag: 0, named: true, collaborations: 0 }, trained, bucket.s3UrlForObject('audiences/'), `configured-${index}`);
    }
  },
};

function scopes(stack: Stack, chains: number): Construct[] {
  return Array.from({ length: chains }, (_, index) => new Construct(stack, `Chain${index + 1}`));
}
