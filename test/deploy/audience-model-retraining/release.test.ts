import { RemovalPolicy } from 'aws-cdk-lib';
import { DAY, deployed, functions, HOUR, inUse, models, retrained, run, TAGS_JOBS, weekly, weeklyWorld } from './weekly';
import { AudienceModel, AudienceModelRetraining, ConfiguredAudienceModel, SharedAudienceMetrics } from '../../../src';
import type { RetailProps } from '../retail';
import { expectNothingLeft } from '../trainings';
import type { World } from '../world';

/* What becomes of the model that the template names with `releaseInitialModel`, and which deployments cannot do without it. */

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => {
  await world.aws.clock.sleep(HOUR);
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

const RELEASING = { releaseInitialModel: true };

describe('once another model is in use, the model that the template names', () => {
  test('is deleted', async () => {
    const { generation } = await retrained(world, weekly(RELEASING));
    expect(models(world)).toEqual([generation]);
    expect(await run(world, { goBack: true })).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/there is nothing to go back to/) });
  });

  test('stays where it is to be retained', async () => {
    const { initial, generation } = await retrained(world, weekly(RELEASING, { model: { removalPolicy: RemovalPolicy.RETAIN } }));
    expect(models(world)).toEqual([initial, generation]);
    // So that the stack's end takes it along.
    await deployed(world, weekly(RELEASING));
  });

  test('is deleted where it was retained, came back, and is not to be retained any more', async () => {
    const dataset = { removalPolicy: RemovalPolicy.RETAIN };
    await deployed(world, { configured: false, dataset, model: { removalPolicy: RemovalPolicy.RETAIN } });
    await deployed(world, { model: false, dataset });
    const { generation } = await retrained(world, weekly(RELEASING));
    expect(world.trainings).toBe(2);
    expect(models(world)).toEqual([generation]);
  });

  test('stays where it is not this stack\'s', async () => {
    await deployed(world, { model: false });
    const { audienceModelArn: theirs } = await world.service.createAudienceModel(world.otherHands, {
      name: 'theirs', trainingDatasetArn: world.service.trainingDatasets()[0].arn,
    });
    await world.clock.sleep(2 * DAY);
    await retrained(world, {
      model: false,
      more: ({ stack, bucket, dataset }) => {
        const configuredAudienceModel = new ConfiguredAudienceModel(stack, 'Configured', {
          audienceModel: AudienceModel.fromAudienceModelArn(stack, 'Theirs', theirs), outputBucket: bucket, sharedAudienceMetrics: SharedAudienceMetrics.NONE,
        });
        new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset: dataset, ...RELEASING });
      },
    });
    expect(models(world)).toContain('theirs');
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: theirs });
  });
});

describe('once it was released,', () => {
  test('a deployment that needs it fails, and says that it is gone', async () => {
    await retrained(world, weekly(RELEASING));
    const outcome = await world.deploy(weekly(RELEASING, { model: { tags: { team: 'ads' } } }));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.reasons(outcome)).toMatch(/^Model0301700E: .*audience model Model0301700E-[0-9a-f]{16} is gone or DELETE_FAILED and nothing was changed that trains another/);
  });

  test.each<[string, RetailProps]>([
    ['replaces the configured audience model', { configured: TAGS_JOBS }],
    ['adds a configured audience model', {
      more: ({ stack, model, bucket }) => {
        new ConfiguredAudienceModel(stack, 'Other', { audienceModel: model!, outputBucket: bucket, sharedAudienceMetrics: SharedAudienceMetrics.NONE });
      },
    }],
  ])('one that %s fails, says so, and leaves the generation in use', async (_, change) => {
    const { generation } = await retrained(world, weekly(RELEASING));
    const outcome = await world.deploy(weekly(RELEASING, change));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.reasons(outcome)).toMatch(/CreateConfiguredAudienceModel: ResourceNotFoundException: .*audience-model\/\S+ does not exist/);
    expect(inUse(world)).toBe(generation);
  });

  test('one that does not, works, and so does one with another generation', async () => {
    const { generation } = await retrained(world, weekly(RELEASING));
    await deployed(world, weekly(RELEASING, { configured: { tags: { team: 'ads' } } }));
    expect(inUse(world)).toBe(generation);
    await deployed(world, weekly(RELEASING, { model: { generation: '2' } }));
    expect(inUse(world)).toMatch(/^Model/);
  });
});
