import { NOTHING, World } from './world';
import { AwsError } from '../../local-aws/aws';
import { Call, ConnectionReset, Hook } from '../../local-aws/faults';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => {
  world.service.beforeCall = undefined;
  world.service.afterCall = undefined;
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

/** Breaks the first calls of each operation. */
function firstOfEach(error: () => Error, times = 1): Hook {
  const seen = new Map<string, number>();
  return ({ operation }: Call) => {
    const count = seen.get(operation) ?? 0;
    seen.set(operation, count + 1);
    if (count < times) throw error();
  };
}

async function expectOneOfEach() {
  expect(world.held()).toMatchObject({
    trainingDatasets: [expect.any(String)],
    audienceModels: [expect.stringMatching(/ ACTIVE$/)],
    configuredAudienceModels: [expect.any(String)],
    policies: [expect.any(String)],
  });
  expect(world.trainings).toBe(1);
}

test.each<[string, 'beforeCall' | 'afterCall', () => Error]>([
  ['throttled', 'beforeCall', () => new AwsError('ThrottlingException', 'Rate exceeded', 429)],
  ['answered with an internal error', 'beforeCall', () => new AwsError('InternalServerException', 'Something broke', 500)],
  ['reset before the service acted', 'beforeCall', () => new ConnectionReset()],
  ['reset after the service acted', 'afterCall', () => new ConnectionReset()],
])('calls that are %s are made again, and nothing is made twice', async (_, when, error) => {
  world.service[when] = firstOfEach(error, 4);

  const created = await world.deploy();

  expect(world.reasons(created)).toBe('');
  await expectOneOfEach();
  expect((await world.deploy({ configured: { minMatchingSeedSize: 1_000 }, model: { tags: { a: '1' } } })).status).toBe('UPDATE_COMPLETE');
  await expectOneOfEach();
});

test('a create whose answer is lost finds what it made, also where names are not unique and lists lag', async () => {
  world.service.settings.namesUnique = false;
  world.service.settings.listLag = 20_000;
  world.service.afterCall = ({ operation }) => {
    if (operation === 'CreateAudienceModel' && world.trainings === 1) {
      world.service.afterCall = undefined;
      throw new ConnectionReset();
    }
  };

  expect(world.reasons(await world.deploy())).toBe('');
  await expectOneOfEach();
});

test('an event that is delivered twice makes nothing twice', async () => {
  const { lambda } = world.aws;
  const invokeAsync = lambda.invokeAsync.bind(lambda);
  lambda.invokeAsync = (...event) => {
    invokeAsync(...event);
    invokeAsync(...event);
  };

  expect(world.reasons(await world.deploy())).toBe('');
  await expectOneOfEach();
  expect((await world.deploy({ model: { generation: '2' } })).status).toBe('UPDATE_COMPLETE');
  expect(world.trainings).toBe(2);
  expect(world.held().audienceModels).toHaveLength(1);
});

test('an event that is delivered again an hour later does no harm', async () => {
  const { lambda } = world.aws;
  const invokeAsync = lambda.invokeAsync.bind(lambda);
  lambda.invokeAsync = (...event) => {
    invokeAsync(...event);
    void world.clock.sleep(60 * 60_000).then(() => { if (lambda.arnOf(event[0]) !== '' && exists(event[0])) invokeAsync(...event); });
  };
  const exists = (arn: string) => { try { return lambda.getFunction(arn) !== undefined; } catch { return false; } };

  await world.deploy();
  expect((await world.deploy({ model: { generation: '2' } })).status).toBe('UPDATE_COMPLETE');
  const held = world.held();
  await world.clock.sleep(3 * 60 * 60_000);
  expect(world.held()).toEqual(held);
  expect(world.trainings).toBe(2);
});

test('a full training quota means waiting', async () => {
  const { quotas } = world.service.settings;
  world.service.settings.quotas = { ...quotas, audienceModelsInTraining: 0 };
  const deployment = world.deploy();
  await world.clock.sleep(20 * 60_000);
  expect(world.trainings).toBe(0);
  world.service.settings.quotas = quotas;

  expect(world.reasons(await deployment)).toBe('');
  await expectOneOfEach();
});

test('a training that fails fails the deployment with the status code and message of the service, and leaves nothing', async () => {
  const mend = world.service.failTraining(() => true, { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' });

  const failed = await world.deploy();

  expect(world.reasons(failed)).toMatch(/Model.*: .*audience model Model\S+ failed: INSUFFICIENT_DATA: fewer than 100,000 users/);
  expect(failed.status).toBe('ROLLBACK_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
  mend();
  await world.delete();
  expect((await world.deploy()).status).toBe('CREATE_COMPLETE');
});

test('a name that is taken by somebody else fails the deployment and touches nothing', async () => {
  const dataset = await world.deploy({ model: false }).then(() => world.service.trainingDatasets()[0]);
  const foreign = await world.service.createAudienceModel(world.otherHands, { name: 'buyers', trainingDatasetArn: dataset.arn });
  const before = structuredClone(world.service.audienceModels().map(({ arn, tags }) => ({ arn, tags })));

  const failed = await world.deploy({ model: { audienceModelName: 'buyers' } });

  expect(world.reasons(failed)).toMatch(/audience model buyers exists already and is not this stack's/);
  expect(failed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.service.audienceModels().map(({ arn, tags }) => ({ arn, tags }))).toEqual(before);
  await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: foreign.audienceModelArn });
  await world.clock.sleep(60 * 60_000);
});
