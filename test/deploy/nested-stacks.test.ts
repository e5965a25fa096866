import { NestedStack, Stack } from 'aws-cdk-lib';
import { failing, Retail, retail, RetailProps } from './retail';
import { HOUR, MINUTE } from './trainings';
import { NOTHING, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, AudienceModelProps } from '../../src';

/* Each stack has its own provider, and what is nested goes on and back with the stack around it. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({ trainingTime: 20 * HOUR }, functions); });
afterEach(async () => {
  if (world.aws.cloudFormation.findStack('Retail')) expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
  expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

const deploy = async (build: (stack: Stack) => void) => world.deployTemplate(await world.synthesize(build));

async function deployed(build: (stack: Stack) => void): Promise<void> {
  const outcome = await deploy(build);
  expect(world.reasons(outcome)).toBe('');
  expect(outcome).toMatchObject({ status: expect.stringMatching(/^(CREATE|UPDATE)_COMPLETE$/), changed: true });
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const began = world.clock.now();
  return [await work, world.clock.now() - began];
}

describe('a dataset in a nested stack, and its model in the one around it:', () => {
  const withModel = (dataset: RetailProps = {}, model: Partial<AudienceModelProps> = {}) => (stack: Stack) => retail(new NestedStack(stack, 'Data'), {
    ...dataset, model: false, more: (inner) => void new AudienceModel(stack, 'Model', { trainingDataset: inner.dataset, ...model }),
  });

  test('a change of the dataset, which the template of the model does not show, is refused at once', async () => {
    await deployed(withModel());
    const before = world.held();
    const [outcome, took] = await timed(deploy(withModel({ features: ['country'] })));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.reasons(outcome)).toContain('the deployment would not wait for the training');
    expect(took).toBeLessThan(5 * MINUTE);
    expect(world.trainings).toBe(1);
    expect(world.held()).toEqual(before);
  });

  test('with another generation it is waited for as long as it takes, and the old dataset goes after its model', async () => {
    await deployed(withModel());
    const [, took] = await timed(deployed(withModel({ features: ['country'] }, { generation: '2' })));
    expect(took).toBeGreaterThan(20 * HOUR);
    expect(world.trainings).toBe(2);
    expect(world.held()).toEqual({ ...NOTHING, trainingDatasets: [expect.any(String)], audienceModels: [expect.stringMatching(/ ACTIVE$/)] });
  });
});

describe('a chain in a nested stack', () => {
  /** What fails comes after the nested stack, in the one around it. */
  const nested = (props: RetailProps, fails = false) => (stack: Stack) => {
    const inner = new NestedStack(stack, 'Audiences');
    retail(inner, props);
    if (fails) failing({ stack } as Retail, inner);
  };

  test('is created and replaced in windows of its own', async () => {
    const [, took] = await timed(deployed(nested({})));
    expect(took).toBeGreaterThan(20 * HOUR);
    await deployed(nested({ features: ['country'] }));
    expect(world.trainings).toBe(2);
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
  });

  test('keeps what it trained where the stack around it fails after that, and takes it up', async () => {
    await deployed(nested({}));
    const before = world.held();
    const outcome = await deploy(nested({ features: ['country'] }, true));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.reasons(outcome)).toMatch(/^Failing: /);
    expect(world.held({ butForKept: true })).toEqual(before);
    expect(world.kept()).toHaveLength(2);

    const [, took] = await timed(deployed(nested({ features: ['country'] })));
    expect(took).toBeLessThan(10 * MINUTE);
    expect(world.trainings).toBe(2);
    expect(world.kept()).toEqual([]);
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
  });

  test('that an update added goes with its rollback', async () => {
    await deployed(nested({}));
    const before = world.held();
    const outcome = await deploy((stack) => {
      nested({})(stack);
      const added = new NestedStack(stack, 'Added');
      retail(added, {});
      failing({ stack }, added);
    });
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.trainings).toBe(2);
    expect(world.held()).toEqual(before);
  });

  test('goes where the stack around it could not be created', async () => {
    const outcome = await deploy(nested({}, true));
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expect(world.held()).toEqual(NOTHING);
  });
});
