import { Duration } from 'aws-cdk-lib';
import { failing, RetailProps } from './retail';
import { at, expectNothingLeft, goingOn, HOUR, MINUTE, trainingOf } from './trainings';
import { STACK, World } from './world';
import { AwsError } from '../../local-aws/aws';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import type { Settings } from '../../local-aws/cloudformation/settings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { TrainingWait } from '../../src';

/* What happens to trainings where rollback is disabled: a deployment that fails stays as it is, and is mended, or rolled back, later. */

const TRAINING = 2 * HOUR;
/** Longer than a window. */
const LONG = 20 * HOUR;
const functions = new InProcessFunctions();

let world: World;
afterEach(async () => {
  if (world.aws.cloudFormation.findStack(STACK)) expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

async function start(cloudFormationSettings: Partial<Settings> = {}, training = TRAINING): Promise<void> {
  world = await World.start(trainingOf(training), functions, { cloudFormationSettings });
}

interface Deployed extends StackOutcome {
  readonly took: number;
}

/** A deployment with rollback disabled, and how long it takes, without its clean-up. */
async function deploy(props: RetailProps = {}): Promise<Deployed> {
  const began = world.clock.now();
  const outcome = await world.deploy(props, undefined, { rollback: false });
  const done = outcome.status === 'UPDATE_COMPLETE' ? 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' : outcome.status;
  return { ...outcome, took: at(world.events(), /^Retail$/, done) - began };
}

/** Nothing was trained for it, nor waited for. */
function expectMended(mended: Deployed, trainings: number, within: number = MINUTE): void {
  expect(world.reasons(mended)).toBe('');
  expect(mended).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
  expect(mended.took).toBeLessThan(within);
  expect(world.trainings).toBe(trainings);
  expectOneOfEach();
}

function expectOneOfEach(): void {
  expect(world.held()).toEqual({
    trainingDatasets: [expect.any(String)],
    audienceModels: [expect.stringMatching(/ ACTIVE$/)],
    configuredAudienceModels: [expect.any(String)],
    policies: [expect.any(String)],
  });
  expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(world.service.audienceModels()[0].arn);
}

/** Fails when all else is there. */
const LATE: RetailProps = { more: (retail) => failing(retail, retail.configured, retail.configured?.policy) };
const SECOND: RetailProps = { model: { generation: '2' } };
const FAILED = { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' };

describe('a first deployment', () => {
  test.each<Settings['failedCreation']>(['deleted first', 'deleted last', 'forgotten'])(
    'that fails late, and fails again when it is mended, and is mended again, trains once (what failed is %s)', async (failedCreation) => {
      await start({ failedCreation });
      const failed = await deploy(LATE);
      expect(failed.status).toBe('CREATE_FAILED');
      expect(failed.took).toBeGreaterThan(TRAINING);
      expectOneOfEach();

      const again = await deploy({ ...LATE, configured: { minMatchingSeedSize: 1_000 } });
      expect(again.status).toBe('UPDATE_FAILED');
      expect(again.took).toBeLessThan(MINUTE);

      expectMended(await deploy({ configured: { minMatchingSeedSize: 1_000 } }), 1);
      expect(world.service.configuredAudienceModels()).toMatchObject([{ minMatchingSeedSize: 1_000 }]);
    });

  test('whose configured audience model the service refuses, for want of a permission that comes later, is mended without a training', async () => {
    await start();
    const grant = refuse('CreateConfiguredAudienceModel');
    const failed = await deploy();
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^Configured\w{8}: .*refused, as the test asked/);
    grant();

    expectMended(await deploy(), 1);
  });

  test('with a resource that fails while the model trains goes on with the training, and is mended without another', async () => {
    await start();
    const failed = await deploy({ more: failing });
    expect(failed.status).toBe('CREATE_FAILED');
    expect(at(world.events(), /^Failing$/, 'CREATE_FAILED')).toBeLessThan(at(world.events(), /^Retail$/, 'CREATE_FAILED') - TRAINING);
    expectOneOfEach();

    expectMended(await deploy(), 1);
  });

  test('that is given up in the middle of its training is deleted, and leaves nothing', async () => {
    await start();
    const deployment = deploy({ more: failing });
    while (world.trainings === 0) await world.clock.sleep(1_000);
    await world.clock.sleep(HOUR);

    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    await deployment.catch(() => undefined);
    await world.clock.sleep(TRAINING);
    expectNothingLeft(world);
  });

  test.each<[Settings['rollbackOfCreation'], string]>([['keeps the stack', 'ROLLBACK_COMPLETE'], ['deletes the stack', 'DELETE_COMPLETE']])(
    'that is rolled back (which %s) leaves nothing', async (rollbackOfCreation, status) => {
      await start({ rollbackOfCreation });
      await deploy(LATE);

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
    await deploy();
    const [old] = world.service.audienceModels();
    expect((await deploy({ ...SECOND, ...LATE })).status).toBe('UPDATE_FAILED');
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/), expect.stringMatching(/ ACTIVE$/)]);

    expectMended(await deploy(SECOND), 2);
    expect(world.service.audienceModels()[0].arn).not.toBe(old.arn);
  });

  test.each<Settings['failedUpdate']>(['updated back', 'assumed back'])(
    'that trains, and whose configured audience model the service refuses (%s), is mended within a minute', async (failedUpdate) => {
      await start({ failedUpdate });
      await deploy();
      const grant = refuse('UpdateConfiguredAudienceModel');
      const failed = await deploy(SECOND);
      expect(failed.status).toBe('UPDATE_FAILED');
      expect(world.reasons(failed)).toMatch(/^Configured\w{8}: .*refused, as the test asked/);
      grant();

      expectMended(await deploy(SECOND), 2);
    });

  test('that trains goes on while another resource fails, and is mended within a minute', async () => {
    await start();
    await deploy();
    const failed = await deploy({ ...SECOND, more: failing });
    expect(failed.status).toBe('UPDATE_FAILED');
    expect(failed.took).toBeGreaterThan(TRAINING);

    expectMended(await deploy(SECOND), 2);
  });

  test('that trains and fails late, and is mended by what was before, deletes what it trained', async () => {
    await start();
    await deploy();
    const [old] = world.service.audienceModels();
    await deploy({ ...SECOND, ...LATE });

    expectMended(await deploy(), 2);
    expect(world.service.audienceModels()).toMatchObject([{ arn: old.arn }]);
  });

  test('that trains, fails late, and is followed by one that trains another, leaves only the last', async () => {
    await start();
    await deploy();
    await deploy({ ...SECOND, ...LATE });

    const third = await deploy({ model: { generation: '3' } });
    expect(world.reasons(third)).toBe('');
    expect(third.took).toBeGreaterThan(TRAINING);
    expect(world.trainings).toBe(3);
    expectOneOfEach();
  });

  test('that trains and fails late, and is mended by one without a model, leaves none', async () => {
    await start();
    await deploy();
    await deploy({ ...SECOND, ...LATE });

    const mended = await deploy({ model: false });
    expect(world.reasons(mended)).toBe('');
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [], configuredAudienceModels: [], policies: [] });
  });

  test.each([[false], [true]])('that trains and fails late is deleted with all that was before (which CloudFormation forgets: %s)', async (deletionForgetsReplaced) => {
    await start({ deletionForgetsReplaced });
    await deploy();
    await deploy({ features: ['country'], ...LATE });
    expect(world.held().audienceModels).toHaveLength(2);

    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  });

  test('that fails for the dataset it brings is mended with one training', async () => {
    await start();
    await deploy();
    await deploy({ features: ['country'], ...LATE });

    expectMended(await deploy({ features: ['country'] }), 2);
  });
});

describe('a training that fails', () => {

  test('in a first deployment is reported at once by the next, which waits for no window; another generation mends it', async () => {
    await start();
    const heal = world.service.failTraining(() => true, FAILED);
    const failed = await deploy();
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
    heal();

    const again = await deploy();
    expect(again.status).toBe('UPDATE_FAILED');
    expect(world.reasons(again)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
    expect(again.took).toBeLessThan(2 * MINUTE);
    expect(world.trainings).toBe(1);

    const mended = await deploy(SECOND);
    expect(world.reasons(mended)).toBe('');
    expect(mended.took).toBeGreaterThan(TRAINING);
    expect(world.trainings).toBe(2);
    expectOneOfEach();
  });

  test('in an update is reported at once by the next; what was before goes on to be used, and comes back', async () => {
    await start();
    await deploy();
    const [old] = world.service.audienceModels();
    const heal = world.service.failTraining(() => true, FAILED);
    expect((await deploy(SECOND)).status).toBe('UPDATE_FAILED');
    heal();

    const again = await deploy(SECOND);
    expect(again.status).toBe('UPDATE_FAILED');
    expect(world.reasons(again)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
    expect(again.took).toBeLessThan(2 * MINUTE);
    expect(world.service.configuredAudienceModels()).toMatchObject([{ audienceModelArn: old.arn }]);

    expectMended(await deploy(), 2);
    expect(world.service.audienceModels()).toMatchObject([{ arn: old.arn }]);
  });

  test('for want of time is over when its deployment is tried again, which then goes on at once', async () => {
    await start();
    const impatient: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.minutes(90)) } };
    const failed = await deploy(impatient);
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^ModelGate\w+: .*gave up after 90 minutes/);
    await world.clock.sleep(HOUR);

    expectMended(await deploy(impatient), 1);
  });
});

describe('an update that is cancelled in the middle of its training', () => {
  async function cancelled(): Promise<Deployed> {
    const update = deploy(SECOND);
    while (world.trainings < 2) await world.clock.sleep(1_000);
    await world.clock.sleep(HOUR);
    world.aws.cloudFormation.cancelUpdate(STACK);
    return update;
  }

  test('and rolled back is cleaned up', async () => {
    await start({ cancelWithoutRollback: 'rolls back' });
    await deploy();
    expect((await cancelled()).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expectOneOfEach();
    expect(await goingOn(world)).toEqual([]);
  });

  test('and stops there is mended by what was before', async () => {
    await start({ cancelWithoutRollback: 'stops' });
    await deploy();
    expect((await cancelled()).status).toBe('UPDATE_FAILED');

    // The last call of the cancelled request may be under way for a while.
    expectMended(await deploy(), 2, 2 * MINUTE);
    expect(await goingOn(world)).toEqual([]);
  });
});

describe('RollbackStack from UPDATE_FAILED', () => {
  test('goes back without a training, and keeps what was trained, which the next deployment takes up', async () => {
    await start();
    await deploy();
    const [old] = world.service.audienceModels();
    await deploy({ ...SECOND, ...LATE });

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.trainings).toBe(2);
    expect(world.service.configuredAudienceModels()).toMatchObject([{ audienceModelArn: old.arn }]);
    expect(world.kept()).toHaveLength(1);

    expectMended(await deploy(SECOND), 2);
  });

  test('over two failed updates keeps what either has trained, until the next success', async () => {
    await start();
    await deploy();
    await deploy({ ...SECOND, ...LATE });
    await deploy({ model: { generation: '3' }, ...LATE });
    expect(world.trainings).toBe(3);

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.kept()).toHaveLength(2);

    expectMended(await deploy(SECOND), 3);
  });

  test('of a training that failed leaves nothing of it', async () => {
    await start();
    await deploy();
    world.service.failTraining(() => true, FAILED);
    await deploy(SECOND);

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expectOneOfEach();
    expect(world.trainings).toBe(2);
  });
});

describe('where CloudFormation refuses the new id of a replacement', () => {
  test.each<[Settings['failedUpdate'], Settings['replacementWithoutRollback']]>([
    ['updated back', 'allowed'], ['assumed back', 'allowed'], ['left', 'allowed'], ['updated back', 'refused'],
  ])('the model goes on to train (%s, replacements of others %s), and after a rollback the change is made with what was begun', async (failedUpdate, replacementWithoutRollback) => {
    await start({ newIdWithoutRollback: 'refused', failedUpdate, replacementWithoutRollback });
    await deploy();
    const refused = await deploy(SECOND);
    expect(refused.status).toBe('UPDATE_FAILED');
    expect(refused.took).toBeLessThan(MINUTE);
    expect(world.reasons(refused)).toMatch(/^Model\w{8}: Replacement type updates not supported on stack with disable-rollback/m);
    expect(world.trainings).toBe(2);
    await world.clock.sleep(TRAINING);

    expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const replaced = await world.deploy(SECOND);
    expect(world.reasons(replaced)).toBe('');
    expect(world.trainings).toBe(2);
    expectOneOfEach();
  });

  test.each<Settings['failedUpdate']>(['updated back', 'assumed back'])(
    'the same change again is refused again, and costs nothing (%s)', async (failedUpdate) => {
      await start({ newIdWithoutRollback: 'refused', failedUpdate });
      await deploy();
      expect((await deploy(SECOND)).status).toBe('UPDATE_FAILED');
      await world.clock.sleep(TRAINING);

      const again = await deploy(SECOND);
      expect(again.status).toBe('UPDATE_FAILED');
      expect(again.took).toBeLessThan(2 * MINUTE);
      expect(world.trainings).toBe(2);
    });
});

test('an update whose configured audience model the service refuses, and CloudFormation leaves as the failed update wanted it, is mended within a minute', async () => {
  await start({ failedUpdate: 'left' }, LONG);
  await deploy();
  const grant = refuse('UpdateConfiguredAudienceModel');
  expect((await deploy(SECOND)).status).toBe('UPDATE_FAILED');
  grant();

  expectMended(await deploy(SECOND), 2);
});

test('a failed training is reported at once by the retried gate', async () => {
  await start({}, LONG);
  const heal = world.service.failTraining(() => true, FAILED);
  expect((await deploy()).status).toBe('CREATE_FAILED');
  heal();

  const again = await deploy();
  expect(world.reasons(again)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
  expect(again.took).toBeLessThan(2 * MINUTE);
});

describe('the windows of a training that goes on are signalled in the next deployment, too', () => {
  async function cancelled(): Promise<Deployed> {
    const update = deploy(SECOND);
    while (world.trainings < 2) await world.clock.sleep(1_000);
    await world.clock.sleep(HOUR);
    world.aws.cloudFormation.cancelUpdate(STACK);
    return update;
  }

  test('after an update that was cancelled, where CloudFormation stops it', async () => {
    await start({ cancelWithoutRollback: 'stops' }, LONG);
    await deploy();
    expect((await cancelled()).status).toBe('UPDATE_FAILED');

    const again = await deploy(SECOND);
    expect(world.reasons(again)).toBe('');
    expect(again.took).toBeLessThan(20 * HOUR);
    expect(world.trainings).toBe(2);
    expectOneOfEach();
  });

  test('after an update that was cancelled, and when the training is over by then', async () => {
    await start({ cancelWithoutRollback: 'stops' }, LONG);
    await deploy();
    expect((await cancelled()).status).toBe('UPDATE_FAILED');
    await world.clock.sleep(30 * HOUR);

    expectMended(await deploy(SECOND), 2, 6 * MINUTE);
  });

  test('after Lambda was out of order when a window was over', async () => {
    await start({}, LONG);
    const { lambda } = world.aws;
    const invoke = lambda.invoke.bind(lambda);
    const began = world.clock.now();
    lambda.invoke = async (name, payload) => {
      const since = world.clock.now() - began;
      if (since > 11 * HOUR && since < 14 * HOUR) throw new AwsError('ServiceException', 'out of order', 503);
      return invoke(name, payload);
    };
    const failed = await deploy();
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^Model\w+Window\w+: Failed to receive/);
    await world.clock.sleep(30 * HOUR);

    expectMended(await deploy(), 1, 6 * MINUTE);
  });
});

test('a replacement that CloudFormation refuses, and leaves as it was wanted, is not waited for when it is deployed again', async () => {
  await start({ newIdWithoutRollback: 'refused', failedUpdate: 'left' }, LONG);
  await deploy();
  expect((await deploy(SECOND)).status).toBe('UPDATE_FAILED');
  await world.clock.sleep(20 * HOUR);

  const again = await deploy(SECOND);
  // Now it is the gate's new id.
  expect(world.reasons(again)).toBe('ModelGate5CCD7912: Replacement type updates not supported on stack with disable-rollback.');
  expect(again.took).toBeLessThan(5 * MINUTE);
  expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.trainings).toBe(2);
  expect(world.kept()).toHaveLength(1);
});

/** The service refuses an operation until it is taken back. */
function refuse(refused: string): () => void {
  world.service.beforeCall = ({ operation }) => {
    if (operation === refused) throw new AwsError('ValidationException', 'refused, as the test asked');
  };
  return () => { world.service.beforeCall = undefined; };
}
