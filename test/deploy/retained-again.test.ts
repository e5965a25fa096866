import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { strike } from './requests';
import { failing, Retail, RetailProps } from './retail';
import { dropEvents, expectNothingLeft, failingAfter, HOUR, MINUTE, trainingOf } from './trainings';
import { STACK, World, WorldOptions } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, AudienceModelProps, ChildResourceTagOnCreatePolicy, TrainingWait } from '../../src';
import { OwnershipTag, ResourceType } from '../../src/private/contract';

/* What CloudFormation had left behind, and an update took up, is left behind again if that update fails. */

const functions = new InProcessFunctions();

let world: World;
afterEach(async () => world.close());
afterAll(async () => functions.close());

const LEFT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
const POLICIES = [LEFT, RemovalPolicy.DESTROY, RemovalPolicy.RETAIN];
const DATASET = { removalPolicy: RemovalPolicy.RETAIN };

/** Fails when all else is there. */
const late = (retail: Retail) => failing(retail, retail.configured, retail.configured?.policy, retail.dataset, retail.model);

async function deployed(props: RetailProps): Promise<void> {
  const outcome = await world.deploy(props);
  expect(world.reasons(outcome)).toBe('');
  await world.clock.sleep(MINUTE);
}

async function failed(props: RetailProps): Promise<void> {
  expect((await world.deploy(props)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
}

const models = () => world.service.audienceModels().map(({ arn }) => arn);

test.each(POLICIES)('a configured audience model that comes back with %s', async (removalPolicy) => {
  world = await World.start({}, functions);
  await deployed({ configured: { removalPolicy: LEFT } });
  const [before] = world.service.configuredAudienceModels();
  await deployed({ configured: false });
  await failed({ configured: { removalPolicy }, more: late });
  expect(world.service.configuredAudienceModels().map(({ arn }) => arn)).toEqual([before.arn]);
});

test.each(POLICIES)('a model that was trained and comes back with %s, and nothing else that is removed later takes it along', async (removalPolicy) => {
  world = await World.start({}, functions);
  await deployed({ configured: false, dataset: DATASET, model: { removalPolicy: LEFT } });
  const before = models();
  const another = ({ stack, dataset }: { stack: Stack; dataset: AudienceModelProps['trainingDataset'] }) => {
    new AudienceModel(stack, 'Another', { trainingDataset: dataset });
  };
  await deployed({ dataset: DATASET, model: false, more: another });
  await failed({ configured: false, dataset: DATASET, model: { removalPolicy }, more: (retail) => { another(retail); late(retail); } });
  await deployed({ dataset: DATASET, model: false });
  expect(models()).toEqual(before);
});

test.each(POLICIES)('a model in training that comes back with %s, whether or not it is waited for', async (removalPolicy) => {
  for (const [wait, more] of [[{ trainingWait: TrainingWait.none() }, late], [{}, failingAfter(30)]] as const) {
    if (world) await world.close();
    world = await World.start(trainingOf(10 * HOUR), functions);
    await deployed({ configured: false, dataset: DATASET, model: { trainingWait: TrainingWait.none(), removalPolicy: LEFT } });
    const before = models();
    await deployed({ dataset: DATASET, model: false });
    await failed({ configured: false, dataset: DATASET, model: { ...wait, removalPolicy }, more });
    expect(models()).toEqual(before);
  }
});

test.each(POLICIES)('a generation that was replaced, and comes back with %s; and the next replacement leaves it, too', async (removalPolicy) => {
  world = await World.start({}, functions);
  const model = { removalPolicy: LEFT };
  await deployed({ configured: false, dataset: DATASET, model });
  const [first] = models();
  await deployed({ configured: false, dataset: DATASET, model: { ...model, generation: '2' } });
  await deployed({ configured: false, dataset: DATASET, model: { removalPolicy, generation: '2' } });
  await failed({ configured: false, dataset: DATASET, model: { removalPolicy }, more: late });
  await deployed({ configured: false, dataset: DATASET, model: { removalPolicy, generation: '3' } });
  expect(models()).toContain(first);
});

test.each(POLICIES)('a configured audience model that is refused as soon as its request arrives (%s)', async (removalPolicy) => {
  world = await World.start({}, functions);
  await deployed({ configured: { removalPolicy: LEFT } });
  const [before] = world.service.configuredAudienceModels();
  await deployed({ configured: false });
  const outcome = await world.deploy({ configured: { removalPolicy } }, ({ Resources }) => {
    const broken = Object.values(Resources).find(({ Type }) => Type === ResourceType.CONFIGURED_AUDIENCE_MODEL);
    broken!.Properties!.MinMatchingSeedSize = 1;
  });
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.service.configuredAudienceModels().map(({ arn }) => arn)).toEqual([before.arn]);
});

test('with rollback disabled, also after a change in place', async () => {
  world = await World.start({}, functions);
  await deployed({ configured: { removalPolicy: LEFT } });
  const [before] = world.service.configuredAudienceModels();
  await deployed({ configured: false });
  for (const configured of [{}, { tags: { team: 'ads' } }]) {
    expect((await world.deploy({ configured, more: late }, undefined, { rollback: false })).status).toMatch('_FAILED');
  }
  expect((await world.aws.cloudFormation.rollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.service.configuredAudienceModels().map(({ arn }) => arn)).toEqual([before.arn]);
});

test('with rollback disabled, also where something else is to take its place, and to leave it behind', async () => {
  world = await World.start({}, functions);
  const generation = async (value: string | undefined, removalPolicy?: RemovalPolicy, more?: RetailProps['more']) =>
    world.deploy(
      { configured: false, dataset: DATASET, model: { generation: value, removalPolicy }, more }, undefined, { rollback: more === undefined },
    );
  await generation(undefined, LEFT);
  const [first] = models();
  await generation('2', LEFT);
  await generation('2');
  for (const [value, removalPolicy] of [[undefined, RemovalPolicy.DESTROY], ['3', RemovalPolicy.RETAIN]] as const) {
    expect((await generation(value, removalPolicy, late)).status).toBe('UPDATE_FAILED');
  }
  expect((await world.aws.cloudFormation.rollback(STACK, { retainExceptOnCreate: true })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(models()).toEqual([first]);
});

test.each([LEFT, RemovalPolicy.RETAIN])('a model with %s whose return is refused', async (removalPolicy) => {
  world = await World.start({}, functions);
  await deployed({ configured: false, dataset: DATASET, model: { removalPolicy } });
  const before = models();
  await deployed({ dataset: DATASET, model: false });
  await failed({ configured: false, dataset: DATASET, model: { removalPolicy, description: 'another' } });
  expect(models()).toEqual(before);
  expect(world.service.audienceModels()[0].tags[OwnershipTag.IDENTITY]).toMatch(/^retained:/);
});

describe('where the update succeeds, and the template no longer retains it,', () => {
  const CHANGED = { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE };

  async function back(settings: WorldOptions['cloudFormationSettings'] = {}): Promise<void> {
    world = await World.start({}, functions, { cloudFormationSettings: settings });
    await deployed({ configured: { removalPolicy: LEFT } });
    await deployed({ configured: false });
    await deployed({});
  }

  async function end(): Promise<void> {
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  }

  test('it goes like all others', async () => {
    await back();
    await deployed({ configured: false });
    expect(world.service.configuredAudienceModels()).toEqual([]);
    await end();
  });

  test('it goes with the stack where its deletion was lost', async () => {
    await back();
    let lost = 0;
    dropEvents(world, ({ RequestType, ResourceType: type }) => RequestType === 'Delete' && type === ResourceType.CONFIGURED_AUDIENCE_MODEL && lost++ < 3);
    expect((await world.deploy({ configured: CHANGED })).status).toBe('UPDATE_COMPLETE');
    expect(world.service.configuredAudienceModels()).toHaveLength(2);
    await end();
  });

  test.each([[false], [true]])('it goes with the stack where an update had replaced it that failed, with rollback disabled (CloudFormation forgets it: %s)',
    async (deletionForgetsReplaced) => {
      await back({ deletionForgetsReplaced });
      expect((await world.deploy({ configured: CHANGED, more: late }, undefined, { rollback: false })).status).toBe('UPDATE_FAILED');
      await end();
    });
});

test('a creation that is repeated in its own deployment has taken up nothing, and goes with its rollback', async () => {
  world = await World.start({}, functions);
  await deployed({ configured: false });
  strike(functions, 'STEP', 'CreateConfiguredAudienceModel', 'killed-after');
  await failed({ configured: { removalPolicy: LEFT }, more: late });
  expect(world.service.configuredAudienceModels()).toEqual([]);
});

test('what an update replaced, and left behind, does not go for the creation before it, of which CloudFormation never learnt the name', async () => {
  world = await World.start(trainingOf(2 * HOUR), functions, { cloudFormationSettings: { failedCreation: 'deleted last', cancelWithoutRollback: 'stops' } });
  const model = { removalPolicy: RemovalPolicy.RETAIN };
  const deploy = async (props: RetailProps) => world.deploy({ configured: false, dataset: DATASET, ...props }, undefined, { rollback: false });
  await deploy({ model: false });
  strike(functions, 'STEP', 'CreateAudienceModel', 'killed-after');
  const first = deploy({ model });
  await world.until(() => world.trainings > 0);
  world.aws.cloudFormation.cancelUpdate(STACK);
  expect((await first).status).toBe('UPDATE_FAILED');
  const before = models();
  await world.clock.sleep(MINUTE);
  expect((await deploy({ model, more: late })).status).toBe('UPDATE_FAILED');
  expect((await deploy({ model: { ...model, generation: '2' } })).status).toBe('UPDATE_COMPLETE');
  expect(models()).toEqual([...before, expect.any(String)]);
});
