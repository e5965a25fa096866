import type { RetailProps } from './retail';
import { at, expectNothingLeft, HOUR, MINUTE, trainingOf } from './trainings';
import { STACK, World } from './world';
import { AwsError } from '../../local-aws/aws';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import type { Settings } from '../../local-aws/cloudformation/settings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* A deployment that failed with rollback disabled goes on with what was made, and with trainings that are under way. */

const functions = new InProcessFunctions();

let world: World;
afterEach(async () => {
  if (world.aws.cloudFormation.findStack(STACK)) expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

async function start(cloudFormationSettings: Partial<Settings> = {}): Promise<void> {
  world = await World.start(trainingOf(20 * HOUR), functions, { cloudFormationSettings });
}

interface Deployed extends StackOutcome {
  readonly took: number;
}

/** A deployment with rollback disabled. */
async function deploy(props: RetailProps = {}): Promise<Deployed> {
  const began = world.clock.now();
  const outcome = await world.deploy(props, undefined, { rollback: false });
  return { ...outcome, took: at(world.events(), /^Retail$/, outcome.status) - began };
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

const SECOND: RetailProps = { model: { generation: '2' } };
const FAILED = { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' };

test('an update whose configured audience model the service refuses, and CloudFormation leaves as the failed update wanted it, is mended within a minute', async () => {
  await start({ failedUpdate: 'left' });
  await deploy();
  const grant = refuse('UpdateConfiguredAudienceModel');
  expect((await deploy(SECOND)).status).toBe('UPDATE_FAILED');
  grant();

  expectMended(await deploy(SECOND), 2);
});

test('a failed training is reported at once by the retried gate', async () => {
  await start();
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
    await start({ cancelWithoutRollback: 'stops' });
    await deploy();
    expect((await cancelled()).status).toBe('UPDATE_FAILED');

    const again = await deploy(SECOND);
    expect(world.reasons(again)).toBe('');
    expect(again.took).toBeLessThan(20 * HOUR);
    expect(world.trainings).toBe(2);
    expectOneOfEach();
  });

  test('after an update that was cancelled, and when the training is over by then', async () => {
    await start({ cancelWithoutRollback: 'stops' });
    await deploy();
    expect((await cancelled()).status).toBe('UPDATE_FAILED');
    await world.clock.sleep(30 * HOUR);

    expectMended(await deploy(SECOND), 2, 6 * MINUTE);
  });

  test('after Lambda was out of order when a window was over', async () => {
    await start();
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
  await start({ newIdWithoutRollback: 'refused', failedUpdate: 'left' });
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
