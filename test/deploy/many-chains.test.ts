import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { NOTHING, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, ColumnSchema, ConfiguredAudienceModel, Dataset, GlueDataSource, SharedAudienceMetrics, TrainingDataset } from '../../src';
import { data } from '../histories/data';

/* As many chains as a stack may hold, with the quota of trainings raised. */

const CHAINS = 45;
const KEYS = 20;

function chains(stack: Stack, keys: number): void {
  const { bucket, table } = data(stack);
  for (let index = 0; index < CHAINS; index++) {
    const scope = new Construct(stack, `Chain${index + 1}`);
    const encryptionKey = index < keys ? new kms.Key(scope, 'Key', { removalPolicy: RemovalPolicy.DESTROY }) : undefined;
    const trainingDataset = new TrainingDataset(scope, 'Dataset', {
      dataset: Dataset.interactions({
        source: GlueDataSource.fromTable({ databaseName: 'retail', tableName: 'clicks', bucket, prefix: 'clicks/' }),
        schema: [ColumnSchema.userId('user_id'), ColumnSchema.itemId('item_id'), ColumnSchema.timestamp('ts')],
      }),
    });
    trainingDataset.node.addDependency(table);
    const audienceModel = new AudienceModel(scope, 'Model', { trainingDataset, encryptionKey });
    new ConfiguredAudienceModel(scope, 'Configured', { audienceModel, outputBucket: bucket, sharedAudienceMetrics: SharedAudienceMetrics.ALL });
  }
}

const functions = new InProcessFunctions();
afterAll(async () => functions.close());

test.each([0, KEYS])('45 chains, of which %i have keys of their own, are created and deleted', async (keys) => {
  const world = await World.start({}, functions);
  world.service.settings.quotas.audienceModelsInTraining = CHAINS;
  try {
    const created = await world.deployTemplate(await world.synthesize((stack) => chains(stack, keys)));
    expect(world.reasons(created)).toBe('');
    expect(created.status).toBe('CREATE_COMPLETE');
    expect(world.service.configuredAudienceModels()).toHaveLength(CHAINS);
    expect(world.trainings).toBe(CHAINS);
    expect(world.service.audienceModels().filter(({ request }) => request.kmsKeyArn)).toHaveLength(keys);

    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expect(world.held()).toEqual(NOTHING);
  } finally {
    await world.close();
  }
});
