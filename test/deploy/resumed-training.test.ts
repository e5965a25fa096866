import { Duration } from 'aws-cdk-lib';
import type { RetailProps } from './retail';
import { DAY, goingOn, HOUR, MINUTE, trainingOf } from './trainings';
import { cancelled, deploy, expectEnd, expectMended, expectOneOfEach, FAILED, SECOND } from './without-rollback';
import { World } from './world';
import { AwsError } from '../../local-aws/aws';
import type { Settings } from '../../local-aws/cloudformation/settings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { TrainingWait } from '../../src';

/* What becomes of a training whose deployment has failed, or was cancelled, with rollback disabled. */

const TRAINING = 2 * HOUR;
/** Longer than a window. */
const LONG = 20 * HOUR;
const functions = new InProcessFunctions();

let world: World;
afterEach(async () => expectEnd(world));
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

async function start(cloudFormationSettings: Partial<Settings> = {}, training = TRAINING): Promise<void> {
  world = await World.start(trainingOf(training), functions, { cloudFormationSettings });
}

describe('a training that fails', () => {

  test('in a first deployment is reported at once by the next, which waits for no window; another generation mends it', async () => {
    await start();
    const heal = world.service.failTraining(() => true, FAILED);
    const failed = await deploy(world);
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
    heal();

    const again = await deploy(world);
    expect(again.status).toBe('UPDATE_FAILED');
    expect(world.reasons(again)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
    expect(again.took).toBeLessThan(2 * MINUTE);
    expect(world.trainings).toBe(1);

    const mended = await deploy(world, SECOND);
    expect(world.reasons(mended)).toBe('');
    expect(mended.took).toBeGreaterThan(TRAINING);
    expect(world.trainings).toBe(2);
    expectOneOfEach(world);
  });

  test('in an update is reported at once by the next; what was before goes on to be used, and comes back', async () => {
    await start();
    await deploy(world);
    const [old] = world.service.audienceModels();
    const heal = world.service.failTraining(() => true, FAILED);
    expect((await deploy(world, SECOND)).status).toBe('UPDATE_FAILED');
    heal();

    const again = await deploy(world, SECOND);
    expect(again.status).toBe('UPDATE_FAILED');
    expect(world.reasons(again)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
    expect(again.took).toBeLessThan(2 * MINUTE);
    expect(world.service.configuredAudienceModels()).toMatchObject([{ audienceModelArn: old.arn }]);

    expectMended(world, await deploy(world), 2);
    expect(world.service.audienceModels()).toMatchObject([{ arn: old.arn }]);
  });

  test('for want of time is over when its deployment is tried again, which then goes on at once', async () => {
    await start();
    const impatient: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.minutes(90)) } };
    const failed = await deploy(world, impatient);
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^ModelGate\w+: .*gave up after 90 minutes/);
    await world.clock.sleep(HOUR);

    expectMended(world, await deploy(world, impatient), 1);
  });
});

test('a failed training is reported at once by the retried gate', async () => {
  await start({}, LONG);
  const heal = world.service.failTraining(() => true, FAILED);
  expect((await deploy(world)).status).toBe('CREATE_FAILED');
  heal();

  const again = await deploy(world);
  expect(world.reasons(again)).toMatch(/^ModelGate\w+: .*INSUFFICIENT_DATA: fewer than 100,000 users/);
  expect(again.took).toBeLessThan(2 * MINUTE);
});

describe('an update that is cancelled in the middle of its training', () => {
  test('and rolled back is cleaned up', async () => {
    await start({ cancelWithoutRollback: 'rolls back' });
    await deploy(world);
    expect((await cancelled(world)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expectOneOfEach(world);
    expect(await goingOn(world)).toEqual([]);
  });

  test('and stops there is mended by what was before', async () => {
    await start({ cancelWithoutRollback: 'stops' });
    await deploy(world);
    expect((await cancelled(world)).status).toBe('UPDATE_FAILED');

    // The last call of the cancelled request may be under way for a while.
    expectMended(world, await deploy(world), 2, 2 * MINUTE);
    expect(await goingOn(world)).toEqual([]);
  });
});

describe('the windows of a training that goes on are signalled in the next deployment, too', () => {
  test('after an update that was cancelled, where CloudFormation stops it', async () => {
    await start({ cancelWithoutRollback: 'stops' }, LONG);
    await deploy(world);
    expect((await cancelled(world)).status).toBe('UPDATE_FAILED');

    const again = await deploy(world, SECOND);
    expect(world.reasons(again)).toBe('');
    expect(again.took).toBeLessThan(20 * HOUR);
    expect(world.trainings).toBe(2);
    expectOneOfEach(world);
  });

  test('after an update that was cancelled, and when the training is over by then', async () => {
    await start({ cancelWithoutRollback: 'stops' }, LONG);
    await deploy(world);
    expect((await cancelled(world)).status).toBe('UPDATE_FAILED');
    await world.clock.sleep(30 * HOUR);

    expectMended(world, await deploy(world, SECOND), 2, 6 * MINUTE);
  });

  test('and after more than five days no more, but those that another wait makes are, and nothing is trained', async () => {
    await start({ cancelWithoutRollback: 'stops' }, LONG);
    await deploy(world);
    expect((await cancelled(world)).status).toBe('UPDATE_FAILED');
    await world.clock.sleep(6 * DAY);
    expect(await goingOn(world)).toEqual([]);

    const trainingWait = TrainingWait.upTo(Duration.hours(47));
    expectMended(world, await deploy(world, { model: { generation: '2', trainingWait } }), 2, 2 * MINUTE);
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
    const failed = await deploy(world);
    expect(failed.status).toBe('CREATE_FAILED');
    expect(world.reasons(failed)).toMatch(/^Model\w+Window\w+: Failed to receive/);
    await world.clock.sleep(30 * HOUR);

    expectMended(world, await deploy(world), 1, 6 * MINUTE);
  });
});
