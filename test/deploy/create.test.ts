import { RemovalPolicy } from 'aws-cdk-lib';
import { failing, failingLater } from './retail';
import { NOTHING, World } from './world';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

test('a stack is created, a second deployment changes nothing, and its deletion leaves nothing', async () => {
  const created = await world.deploy();

  expect(world.reasons(created)).toBe('');
  expect(created.status).toBe('CREATE_COMPLETE');
  expect(world.held()).toEqual({
    trainingDatasets: [expect.stringMatching(/^Interactions.*-[0-9a-f]{16}$/)],
    audienceModels: [expect.stringMatching(/^Model.*-[0-9a-f]{16} ACTIVE$/)],
    configuredAudienceModels: [expect.stringMatching(/^Configured.*-[0-9a-f]{16}$/)],
    policies: [expect.stringContaining(':configured-audience-model/')],
  });
  const calls = world.service.calls.length;
  expect(await world.deploy()).toMatchObject({ changed: false });
  expect(world.service.calls).toHaveLength(calls);

  const deleted = await world.delete();
  expect(world.reasons(deleted)).toBe('');
  expect(deleted.status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
  expect(world.trainings).toBe(1);
});

test('no log line holds a pre-signed URL', async () => {
  await world.deploy();
  await world.delete();

  expect(world.logs()).toContain('Custom::CleanRoomsMLAudienceModel');
  // The SDK itself may warn of an old Node.js, with a link.
  expect(world.logs().replace(/https:\/\/a\.co\/\S+/g, '').match(/.*(https?:\/\/|X-Amz-Signature).*/gi)).toBeNull();
});

test('every resource is tagged with whose it is and with the tags of the template', async () => {
  const { stackId } = await world.deploy({ dataset: { tags: { team: 'growth' } } });

  const [dataset] = world.service.trainingDatasets();
  expect(dataset.tags).toEqual({
    'team': 'growth',
    'cdk-cleanrooms-ml:stack-id': stackId,
    'cdk-cleanrooms-ml:logical-id': expect.stringMatching(/^Interactions/),
    'cdk-cleanrooms-ml:identity': expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test('what is to be retained stays when the stack goes, and is taken up again when the same stack asks for it again', async () => {
  const retained = { model: { removalPolicy: RemovalPolicy.RETAIN }, dataset: { removalPolicy: RemovalPolicy.RETAIN } };
  await world.deploy(retained);
  const before = world.held();

  // Out of the template, and in again: the stack is the same one.
  expect((await world.deploy({ ...retained, model: false })).status).toBe('UPDATE_COMPLETE');
  expect(world.held()).toEqual({ ...before, configuredAudienceModels: [], policies: [] });
  expect((await world.deploy(retained)).status).toBe('UPDATE_COMPLETE');
  expect(world.held()).toMatchObject({ trainingDatasets: before.trainingDatasets, audienceModels: before.audienceModels });
  expect(world.trainings).toBe(1);

  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual({ ...before, configuredAudienceModels: [], policies: [] });
});

test('a create that fails behind everything else is rolled back, leaves nothing, and a corrected deployment works', async () => {
  const failed = await world.deploy({ more: (retail) => failing(retail, retail.configured) });

  expect(failed.status).toBe('ROLLBACK_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
  await world.delete();
  expect((await world.deploy()).status).toBe('CREATE_COMPLETE');
});

test('a create that is cancelled in the middle of a training is cleaned up', async () => {
  const failed = await world.deploy({ more: failingLater(world) });

  expect(failed.status).toBe('ROLLBACK_COMPLETE');
  expect(world.trainings).toBe(1);
  expect(world.reasons(failed)).toContain('Resource creation cancelled');
  expect(world.held()).toEqual(NOTHING);
});

test('a create that is cancelled while it waits for a free place never starts a training', async () => {
  const { quotas } = world.service.settings;
  world.service.settings.quotas = { ...quotas, audienceModelsInTraining: 0 };
  const failed = await world.deploy({ more: failingLater(world) });
  expect(failed.status).toBe('ROLLBACK_COMPLETE');
  expect(world.reasons(failed)).toContain('Resource creation cancelled');

  // Now there is a place, and the state machine of the cancelled create is still polling.
  world.service.settings.quotas = quotas;
  await world.clock.sleep(2 * 60 * 60_000);
  expect(world.trainings).toBe(0);
  expect(world.held()).toEqual(NOTHING);
});

test('deleting a stack in the middle of a training leaves nothing', async () => {
  const deployment = world.deploy();
  await world.until(() => world.trainings > 0);

  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  await deployment;
  expect(world.held()).toEqual(NOTHING);
});
