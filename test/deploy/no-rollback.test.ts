import { failing, RetailProps } from './retail';
import { at, dropEvents, expectNothingLeft, HOUR, MINUTE, trainingOf } from './trainings';
import { deploy, expectEnd, expectMended, expectOneOfEach, FAILED, SECOND } from './without-rollback';
import { STACK, World } from './world';
import type { Settings } from '../../local-aws/cloudformation/settings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { ChildResourceTagOnCreatePolicy, TrainingWait } from '../../src';
import { ResourceType } from '../../src/private/contract';

/* A deployment that fails with rollback disabled stays as it is, and is mended, or rolled back, later. */

const TRAINING = 2 * HOUR;
const functions = new InProcessFunctions();

let world: World;
afterEach(async () => expectEnd(world));
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

async function start(cloudFormationSettings: Partial<Settings> = {}): Promise<void> {
  world = await World.start(trainingOf(TRAINING), functions, { cloudFormationSettings });
}

/** Fails when all else is there. */
const LATE: RetailProps = { more: (retail) => failing(retail, retail.configured, retail.configured?.policy) };

describe('a first deployment', () => {
  test.each<Settings['failedCreation']>(['deleted first', 'deleted last', 'forgotten'])(
    'that fails late, and fails again when it is mended, and is mended again, trains once (what failed is %s)', async (failedCreation) => {
      await start({ failedCreation });
      const failed = await deploy(world, LATE);
      expect(failed.status).toBe('CREATE_FAILED');
      expect(failed.took).toBeGreaterThan(TRAINING);
      expectOneOfEach(world);

      const again = await deploy(world, { ...LATE, configured: { minMatchingSeedSize: 1_000 } });
      expect(again.status).toBe('UPDATE_FAILED');
      expect(again.took).toBeLessThan(MINUTE);

      expectMended(world, await deploy(world, { configured: { minMatchingSeedSize: 1_000 } }), 1);
      expect(world.service.configuredAudienceModels()).toMatchObject([{ minMatchingSeedSize: 1_000 }]);
    });

  test.each([
    ResourceType.TRAINING_DATASET, ResourceType.AUDIENCE_MODEL, ResourceType.AUDIENCE_MODEL_GATE,
    ResourceType.CONFIGURED_AUDIENCE_MODEL, ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY,
  ])('of which a request is lost, and which is deployed again, keeps what was made then, though CloudFormation deletes what had failed (%s)', async (type) => {
    await start({ failedCreation: 'deleted last' });
    let lost = 0;
    dropEvents(world, (event) => event.ResourceType === type && lost++ === 0);
    expect((await deploy(world)).status).toBe('CREATE_FAILED');
    expectMended(world, await deploy(world), 1, TRAINING + 10 * MINUTE);
    expect(world.aws.states.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  });

  test('whose configured audience model the service refuses, for want of a permission that comes later, is mended without a training', async () => {
    await start();
    const grant = world.refuse('CreateConfiguredAudienceModel');
    const failed = await deploy(world);
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^Configured\w{8}: .*refused, as the test asked/);
    grant();

    expectMended(world, await deploy(world), 1);
  });

  test('with a resource that fails while the model trains goes on with the training, and is mended without another', async () => {
    await start();
    const failed = await deploy(world, { more: failing });
    expect(failed.status).toBe('CREATE_FAILED');
    expect(at(world.events(), /^Failing$/, 'CREATE_FAILED')).toBeLessThan(at(world.events(), /^Retail$/, 'CREATE_FAILED') - TRAINING);
    expectOneOfEach(world);

    expectMended(world, await deploy(world), 1);
  });

  test('that is given up in the middle of its training is deleted, and leaves nothing', async () => {
    await start();
    const deployment = deploy(world, { more: failing });
    await world.until(() => world.trainings > 0);
    await world.clock.sleep(HOUR);

    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    await deployment.catch(() => undefined);
    await world.clock.sleep(TRAINING);
    expectNothingLeft(world);
  });

  test.each<[Settings['rollbackOfCreation'], string]>([['keeps the stack', 'ROLLBACK_COMPLETE'], ['deletes the stack', 'DELETE_COMPLETE']])(
    'that is rolled back (which %s) leaves nothing', async (rollbackOfCreation, status) => {
      await start({ rollbackOfCreation });
      await deploy(world, LATE);

      expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe(status);
      expectNothingLeft(world);
    });
});

describe('an update', () => {
  test.each<[string, Partial<Settings>]>([
    ['', {}],
    [', though the list of resources lags', { resourceListLag: 10_000 }],
    [', though what failed is forgotten', { failedCreation: 'forgotten' }],
  ])('that trains and fails late is mended within a minute, and nothing is trained again%s', async (_, settings) => {
    await start(settings);
    await deploy(world);
    const [old] = world.service.audienceModels();
    expect((await deploy(world, { ...SECOND, ...LATE })).status).toBe('UPDATE_FAILED');
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/), expect.stringMatching(/ ACTIVE$/)]);

    expectMended(world, await deploy(world, SECOND), 2);
    expect(world.service.audienceModels()[0].arn).not.toBe(old.arn);
  });

  test.each<Settings['failedUpdate']>(['updated back', 'assumed back'])(
    'that trains, and whose configured audience model the service refuses (%s), is mended within a minute', async (failedUpdate) => {
      await start({ failedUpdate });
      await deploy(world);
      const grant = world.refuse('UpdateConfiguredAudienceModel');
      const failed = await deploy(world, SECOND);
      expect(failed.status).toBe('UPDATE_FAILED');
      expect(world.reasons(failed)).toMatch(/^Configured\w{8}: .*refused, as the test asked/);
      grant();

      expectMended(world, await deploy(world, SECOND), 2);
    });

  test('that trains goes on while another resource fails, and is mended within a minute', async () => {
    await start();
    await deploy(world);
    const failed = await deploy(world, { ...SECOND, more: failing });
    expect(failed.status).toBe('UPDATE_FAILED');
    expect(failed.took).toBeGreaterThan(TRAINING);

    expectMended(world, await deploy(world, SECOND), 2);
  });

  test.each([[false], [true]])('that trains and fails late, and is mended by what was before, deletes what it trained, and nothing else '
    + '(CloudFormation would: %s)', async (deletesWhatReturned) => {
    await start({ deletesWhatReturned });
    await deploy(world);
    const before = [...world.service.audienceModels(), ...world.service.configuredAudienceModels()].map(({ arn }) => arn);
    await deploy(world, { ...SECOND, configured: { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE }, ...LATE });

    expectMended(world, await deploy(world), 2);
    expect([...world.service.audienceModels(), ...world.service.configuredAudienceModels()].map(({ arn }) => arn)).toEqual(before);
  });

  test('that trains, fails late, and is followed by one that trains another, leaves only the last', async () => {
    await start();
    await deploy(world);
    await deploy(world, { ...SECOND, ...LATE });

    const third = await deploy(world, { model: { generation: '3' } });
    expect(world.reasons(third)).toBe('');
    expect(third.took).toBeGreaterThan(TRAINING);
    expect(world.trainings).toBe(3);
    expectOneOfEach(world);
  });

  test('that trains and fails late, and is mended by one without a model, leaves none', async () => {
    await start();
    await deploy(world);
    await deploy(world, { ...SECOND, ...LATE });

    const mended = await deploy(world, { model: false });
    expect(world.reasons(mended)).toBe('');
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [], configuredAudienceModels: [], policies: [] });
  });

  test.each([[false], [true]])('that trains and fails late is deleted with all that was before (which CloudFormation forgets: %s)', async (deletionForgetsReplaced) => {
    await start({ deletionForgetsReplaced });
    await deploy(world);
    await deploy(world, { features: ['country'], ...LATE });
    expect(world.held().audienceModels).toHaveLength(2);

    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  });

  test('that CloudFormation refuses while the list does not show yet what it has made is made again at once, with one training', async () => {
    await start({ newIdWithoutRollback: 'refused' });
    world.service.settings.listLag = 20 * MINUTE / 60;
    const none = { trainingWait: TrainingWait.none() };
    await deploy(world, { configured: false, model: none });
    const again = { configured: false, model: { ...none, generation: '2' } } as const;
    await deploy(world, again);
    await deploy(world, again);
    expect(world.trainings).toBe(2);
  });

  test('that fails for the dataset it brings is mended with one training', async () => {
    await start();
    await deploy(world);
    await deploy(world, { features: ['country'], ...LATE });

    expectMended(world, await deploy(world, { features: ['country'] }), 2);
  });
});

test('an update whose configured audience model the service refuses, and CloudFormation leaves as the failed update wanted it, is mended within a minute', async () => {
  await start({ failedUpdate: 'left' });
  await deploy(world);
  const grant = world.refuse('UpdateConfiguredAudienceModel');
  expect((await deploy(world, SECOND)).status).toBe('UPDATE_FAILED');
  grant();

  expectMended(world, await deploy(world, SECOND), 2);
});

describe.each<Settings['failedCreation']>(['deleted first', 'deleted last', 'forgotten'])('what a failed creation had made, and the next one was refused (what failed is %s),', (failedCreation) => {
  async function rolledBack(): Promise<void> {
    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  }

  test('goes with the stack: a configured audience model', async () => {
    await start({ failedCreation });
    await deploy(world, { configured: false });
    const grant = world.refuse('GetConfiguredAudienceModel');
    for (let attempt = 0; attempt < 2; attempt++) {
      expect((await deploy(world, LATE)).status).toBe('UPDATE_FAILED');
      await world.clock.sleep(5 * MINUTE);
    }
    grant();
    await rolledBack();
  });

  test('goes with the stack: a model in training', async () => {
    await start({ failedCreation });
    await deploy(world, { model: false });
    const model = { trainingWait: TrainingWait.none() };
    const grant = world.refuse('GetAudienceModel');
    expect((await deploy(world, { configured: false, model })).status).toBe('UPDATE_FAILED');
    grant();
    await world.clock.sleep(5 * MINUTE);
    await deploy(world, { configured: false, model: { ...model, description: 'another' } });
    if (world.aws.cloudFormation.describe(STACK).status === 'UPDATE_FAILED') await rolledBack();
  });
});

describe('RollbackStack from UPDATE_FAILED', () => {
  test('goes back without a training, and keeps what was trained, which the next deployment takes up', async () => {
    await start();
    await deploy(world);
    const [old] = world.service.audienceModels();
    await deploy(world, { ...SECOND, ...LATE });

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.trainings).toBe(2);
    expect(world.service.configuredAudienceModels()).toMatchObject([{ audienceModelArn: old.arn }]);
    expect(world.kept()).toHaveLength(1);

    expectMended(world, await deploy(world, SECOND), 2);
  });

  test('over two failed updates keeps what either has trained, until the next success', async () => {
    await start();
    await deploy(world);
    await deploy(world, { ...SECOND, ...LATE });
    await deploy(world, { model: { generation: '3' }, ...LATE });
    expect(world.trainings).toBe(3);

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.kept()).toHaveLength(2);

    expectMended(world, await deploy(world, SECOND), 3);
  });

  test('of a training that failed leaves nothing of it', async () => {
    await start();
    await deploy(world);
    world.service.failTraining(() => true, FAILED);
    await deploy(world, SECOND);

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expectOneOfEach(world);
    expect(world.trainings).toBe(2);
  });
});

describe('where CloudFormation refuses the new id of a replacement', () => {
  test.each<[Settings['failedUpdate'], Settings['replacementWithoutRollback']]>([
    ['updated back', 'allowed'], ['assumed back', 'allowed'], ['left', 'allowed'], ['updated back', 'refused'],
  ])('the model goes on to train (%s, replacements of others %s), and after a rollback the change is made with what was begun', async (failedUpdate, replacementWithoutRollback) => {
    await start({ newIdWithoutRollback: 'refused', failedUpdate, replacementWithoutRollback });
    await deploy(world);
    const refused = await deploy(world, SECOND);
    expect(refused.status).toBe('UPDATE_FAILED');
    expect(refused.took).toBeLessThan(MINUTE);
    expect(world.reasons(refused)).toMatch(/^Model\w{8}: Replacement type updates not supported on stack with disable-rollback/m);
    expect(world.trainings).toBe(2);
    await world.clock.sleep(TRAINING);

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const replaced = await world.deploy(SECOND);
    expect(world.reasons(replaced)).toBe('');
    expect(world.trainings).toBe(2);
    expectOneOfEach(world);
  });

  test.each<Settings['failedUpdate']>(['updated back', 'assumed back'])(
    'the same change again is refused again, and costs nothing (%s)', async (failedUpdate) => {
      await start({ newIdWithoutRollback: 'refused', failedUpdate });
      await deploy(world);
      expect((await deploy(world, SECOND)).status).toBe('UPDATE_FAILED');
      await world.clock.sleep(TRAINING);

      const again = await deploy(world, SECOND);
      expect(again.status).toBe('UPDATE_FAILED');
      expect(again.took).toBeLessThan(2 * MINUTE);
      expect(world.trainings).toBe(2);
    });
});

test('a replacement that CloudFormation refuses, and leaves as it was wanted, is not waited for when it is deployed again', async () => {
  await start({ newIdWithoutRollback: 'refused', failedUpdate: 'left' });
  await deploy(world);
  expect((await deploy(world, SECOND)).status).toBe('UPDATE_FAILED');
  await world.clock.sleep(20 * HOUR);

  const again = await deploy(world, SECOND);
  // Now it is the gate's new id.
  expect(world.reasons(again)).toBe('ModelGate5CCD7912: Replacement type updates not supported on stack with disable-rollback.');
  expect(again.took).toBeLessThan(5 * MINUTE);
  expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.trainings).toBe(2);
  expect(world.kept()).toHaveLength(1);
});
