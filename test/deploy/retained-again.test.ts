import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { failing, Retail, RetailProps } from './retail';
import { HOUR, MINUTE, trainingOf } from './trainings';
import { World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, AudienceModelProps, TrainingWait } from '../../src';

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

test('a model in training', async () => {
  world = await World.start(trainingOf(10 * HOUR), functions);
  const model = { trainingWait: TrainingWait.none(), removalPolicy: LEFT };
  await deployed({ configured: false, dataset: DATASET, model });
  const before = models();
  await deployed({ dataset: DATASET, model: false });
  await failed({ configured: false, dataset: DATASET, model, more: late });
  expect(models()).toEqual(before);
});

test.each([LEFT, RemovalPolicy.RETAIN])('a model with %s whose return is refused, before anything is done', async (removalPolicy) => {
  world = await World.start({}, functions);
  await deployed({ configured: false, dataset: DATASET, model: { removalPolicy } });
  const marked = () => world.service.audienceModels().map(({ arn, tags }) => ({ arn, ...tags }));
  const before = marked();
  await deployed({ dataset: DATASET, model: false });
  await failed({ configured: false, dataset: DATASET, model: { removalPolicy, description: 'another' } });
  expect(marked()).toEqual(before);
});

test('and where the update succeeds, it goes like all others once the template no longer retains it', async () => {
  world = await World.start({}, functions);
  await deployed({ configured: { removalPolicy: LEFT } });
  await deployed({ configured: false });
  await deployed({});
  await deployed({ configured: false });
  expect(world.service.configuredAudienceModels()).toEqual([]);
});
