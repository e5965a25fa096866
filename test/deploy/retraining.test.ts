import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { retail, RetailProps } from './retail';
import { at, expectNothingLeft, goingOn, HOUR, MINUTE, trainingOf, windows } from './trainings';
import { World } from './world';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { TrainingWait } from '../../src';

/* Which changes wait for a training, and which do not. */

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => {
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

const PATIENT: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.days(5)) } };

interface Change {
  readonly outcome: StackOutcome;
  /** How long the deployment took. */
  readonly took: number;
  readonly trainings: number;
  /** How many executions went on with a training once they had answered. */
  readonly executions: number;
  /** How many of the wait conditions are other ones. */
  readonly newWindows: number;
}

function training(): number {
  return world.executions().filter(({ history }) => history.some(({ stateName }) => stateName === 'Train')).length;
}

/** A deployment after which a training takes 20 hours. */
async function change(deploy: () => Promise<StackOutcome>): Promise<Change> {
  Object.assign(world.service.settings, trainingOf(20 * HOUR));
  const before = { windows: windows(world), trainings: world.trainings, executions: training(), at: world.clock.now() };
  const outcome = await deploy();
  return {
    outcome,
    took: at(world.events(), /^Retail$/, outcome.status) - before.at,
    trainings: world.trainings - before.trainings,
    executions: training() - before.executions,
    newWindows: windows(world).filter((window) => !before.windows.includes(window)).length,
  };
}

function expectOneModel(): void {
  expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.stringMatching(/ ACTIVE$/)] });
  const [model] = world.service.audienceModels();
  const [configured] = world.service.configuredAudienceModels();
  expect(configured.audienceModelArn).toBe(model.arn);
  expect(model.request.trainingDatasetArn).toBe(world.service.trainingDatasets()[0].arn);
}

test.each<[string, RetailProps]>([
  ['the generation', { model: { ...PATIENT.model, generation: '2' } }],
  ['the training window', { model: { ...PATIENT.model, trainingDataStartTime: new Date('2026-01-01T00:00:00Z') } }],
  ['the training dataset', { ...PATIENT, features: ['country'] }],
  ['the training dataset, for its name together with its data', { ...PATIENT, features: ['country'], dataset: { trainingDatasetName: 'clicks' } }],
])('a change of %s waits again, in new windows', async (_, props) => {
  await world.deploy(PATIENT);

  const changed = await change(async () => world.deploy(props));

  expect(world.reasons(changed.outcome)).toBe('');
  expect(changed).toMatchObject({ trainings: 1, executions: 1, newWindows: 11 });
  expect(changed.took).toBeGreaterThan(20 * HOUR);
  expectOneModel();
});

test.each<[string, RetailProps]>([
  ['its tags', { model: { ...PATIENT.model, tags: { a: '1' } } }],
  ['the tags of the dataset', { ...PATIENT, dataset: { tags: { a: '1' } } }],
  ['what uses it', { ...PATIENT, configured: { minMatchingSeedSize: 1_000 }, collaborations: [] }],
])('a change of %s does not wait', async (_, props) => {
  await world.deploy(PATIENT);

  const changed = await change(async () => world.deploy(props));

  expect(world.reasons(changed.outcome)).toBe('');
  expect(changed).toMatchObject({ trainings: 0, executions: 0, newWindows: 0 });
  expect(changed.took).toBeLessThan(2 * MINUTE);
  expectOneModel();
});

describe('a change of the wait alone trains nothing and passes', () => {
  test.each([
    ['a longer one', TrainingWait.upTo(Duration.days(5)), 11],
    ['a shorter one', TrainingWait.upTo(Duration.hours(1)), 1],
    ['one as long that does not wait for the end', TrainingWait.none(), 0],
  ])('%s', async (_, trainingWait, newWindows) => {
    await world.deploy();

    const changed = await change(async () => world.deploy({ model: { trainingWait } }));

    expect(world.reasons(changed.outcome)).toBe('');
    expect(changed).toMatchObject({ trainings: 0, newWindows });
    expect(changed.took).toBeLessThan(2 * MINUTE);
    expectOneModel();
  });
});

describe('where only a value has changed that is not known at synthesis', () => {
  /** A dataset whose role has a name that is a parameter. */
  async function deploy(roleName: string, props: RetailProps = PATIENT): Promise<StackOutcome> {
    const assembly = await world.synthesize((stack: Stack) => {
      const role = new iam.Role(stack, 'DataRole', {
        roleName: new CfnParameter(stack, 'RoleName').valueAsString,
        assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com'),
      });
      retail(stack, { ...props, dataset: { role } });
    });
    return world.deployTemplate(assembly, undefined, { parameters: { RoleName: roleName } });
  }

  test('the training is refused at once, and the message says what to do', async () => {
    await deploy('first');
    const before = world.held();

    const changed = await change(async () => deploy('second'));

    expect(world.reasons(changed.outcome)).toMatch(/^Model\w{8}: .*the deployment would not wait for the training: .*change generation in the same deployment/);
    expect(changed.outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(changed).toMatchObject({ trainings: 0, newWindows: 0 });
    expect(world.held()).toEqual(before);
    expect(await goingOn(world)).toEqual([]);
  });

  test('a wait that passes in the gate has room for a training of 50 minutes', async () => {
    const short: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.minutes(55)) } };
    Object.assign(world.service.settings, trainingOf(50 * MINUTE));
    expect(world.reasons(await deploy('first', short))).toBe('');

    const changed = await change(async () => {
      Object.assign(world.service.settings, trainingOf(50 * MINUTE));
      return deploy('second', short);
    });

    expect(world.reasons(changed.outcome)).toBe('');
    expect(changed).toMatchObject({ trainings: 1, executions: 1, newWindows: 0 });
    expect(changed.took).toBeGreaterThan(50 * MINUTE);
    expectOneModel();
  });

  test('it is waited for as long as it takes where the generation changes too, as the message says', async () => {
    await deploy('first');

    const changed = await change(async () => deploy('second', { model: { ...PATIENT.model, generation: '2' } }));

    expect(world.reasons(changed.outcome)).toBe('');
    expect(changed.took).toBeGreaterThan(20 * HOUR);
    expectOneModel();
  });
});
