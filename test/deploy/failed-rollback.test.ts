import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Assembly } from './assembly';
import { failing } from './retail';
import { NOTHING, World } from './world';
import type { Task } from '../../lambda/events';
import { AudienceModel, ConfiguredAudienceModel, SharedAudienceMetrics } from '../../src';

/* A rollback that fails because the function dies, and then goes on. */

const BASE = 'Base';

let world: World;
beforeEach(async () => { world = await World.start(); });
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

/** A stack with nothing but a configured model, of a model that another stack trained. */
async function configured(audienceModelArn: string, minMatchingSeedSize: number, fails: boolean): Promise<Assembly> {
  return world.synthesize((stack: Stack) => {
    const model = new ConfiguredAudienceModel(stack, 'Configured', {
      audienceModel: AudienceModel.fromAudienceModelArn(stack, 'Model', audienceModelArn),
      outputBucket: s3.Bucket.fromBucketName(stack, 'Bucket', `${BASE.toLowerCase()}-data`),
      sharedAudienceMetrics: SharedAudienceMetrics.ALL,
      minMatchingSeedSize,
    });
    if (fails) failing({ stack }, model);
  });
}

/** From now on the function dies in rollbacks, at these tasks. */
function killInRollback(...tasks: Task['Do'][]): () => void {
  const { lambda, cloudFormation } = world.aws;
  const invoke = lambda.invoke.bind(lambda);
  lambda.invoke = async (name, payload) => {
    const dies = tasks.includes((payload as Task).Do) && cloudFormation.allStacks().some(({ status }) => status === 'UPDATE_ROLLBACK_IN_PROGRESS');
    return dies ? { payload: '{"errorType":"Runtime.ExitError","errorMessage":"killed"}', functionError: 'Unhandled' } : invoke(name, payload);
  };
  return () => { lambda.invoke = invoke; };
}

test.each<[string, Task['Do'][], RegExp]>([
  ['works', ['STEP'], /the handler could not be run \(Runtime\.ExitError\)/],
  ['works, or answers', ['STEP', 'ANSWER'], /CloudFormation did not receive a response/],
])('which %s: takes back what the update changed, and leaves alone what others changed before', async (_, tasks, reason) => {
  await world.deploy({ configured: false, more: ({ stack, dataset }) => new AudienceModel(stack, 'Theirs', { trainingDataset: dataset }) }, undefined, { stackName: BASE });
  const [{ arn: first }, { arn: theirs }] = world.service.audienceModels();
  await world.deployTemplate(await configured(first, 500, false));
  const [{ arn }] = world.service.configuredAudienceModels();
  await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn, audienceModelArn: theirs });
  await world.clock.sleep(60_000);

  const heal = killInRollback(...tasks);
  const failed = await world.deployTemplate(await configured(first, 1_000, true));
  expect(failed.status).toBe('UPDATE_ROLLBACK_FAILED');
  expect(world.reasons(failed)).toMatch(reason);
  expect(world.service.configuredAudienceModels()).toMatchObject([{ minMatchingSeedSize: 1_000 }]);
  heal();
  const done = await world.aws.cloudFormation.continueUpdateRollback('Retail');

  expect(world.reasons(done)).toBe('');
  expect(done.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.service.configuredAudienceModels()).toMatchObject([{ arn, minMatchingSeedSize: 500, audienceModelArn: theirs }]);
  expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);

  await world.delete();
  expect((await world.delete(BASE)).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
});
