import { OTHER_COLLABORATION } from './retail';
import { NOTHING, World } from './world';

/* What others do between two deployments stays. */

let world: World;
beforeEach(async () => {
  world = await World.start();
  await world.deploy();
});
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

const configured = () => world.service.configuredAudienceModels()[0];

test('a tag added by hand survives updates of tags and of everything else', async () => {
  for (const { arn } of [world.service.trainingDatasets()[0], world.service.audienceModels()[0], configured()]) {
    await world.service.tagResource(world.otherHands, { resourceArn: arn, tags: { byHand: 'yes' } });
  }

  const tags = { ours: '1' };
  await world.deploy({ dataset: { tags }, model: { tags }, configured: { tags, minMatchingSeedSize: 1_000 } });

  for (const resource of [world.service.trainingDatasets()[0], world.service.audienceModels()[0], configured()]) {
    expect(resource.tags).toMatchObject({ byHand: 'yes', ours: '1' });
  }
});

test('ownership tags removed by hand do not make a generated name somebody else\'s, and come back', async () => {
  const { arn, tags } = configured();
  await world.service.untagResource(world.otherHands, { resourceArn: arn, tagKeys: Object.keys(tags) });

  expect((await world.deploy({ configured: { minMatchingSeedSize: 1_000 } })).status).toBe('UPDATE_COMPLETE');
  expect(configured()).toMatchObject({ arn, minMatchingSeedSize: 1_000, tags });
});

test('a configured model that a retraining job repointed stays so while the template says nothing else', async () => {
  const [dataset] = world.service.trainingDatasets();
  const { audienceModelArn } = await world.service.createAudienceModel(world.otherHands, { name: 'weekly', trainingDatasetArn: dataset.arn });
  await world.clock.sleep(60 * 60_000);
  await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: configured().arn, audienceModelArn });

  expect((await world.deploy({ configured: { minMatchingSeedSize: 1_000 } })).status).toBe('UPDATE_COMPLETE');
  expect(configured()).toMatchObject({ audienceModelArn, minMatchingSeedSize: 1_000 });
});

test('a policy statement by another author survives updates, and the deletion of ours', async () => {
  const { arn } = configured();
  const current = await world.service.getConfiguredAudienceModelPolicy(world.otherHands, { configuredAudienceModelArn: arn });
  const document = JSON.parse(current.configuredAudienceModelPolicy);
  document.Statement.push({ ...document.Statement[0], Sid: 'Clean-Rooms-CAMA-1' });
  await world.service.putConfiguredAudienceModelPolicy(world.otherHands, {
    configuredAudienceModelArn: arn, configuredAudienceModelPolicy: JSON.stringify(document), previousPolicyHash: current.policyHash,
  });
  const sids = () => JSON.parse(world.service.policies()[arn]).Statement.map(({ Sid }: { Sid: string }) => Sid);

  await world.deploy({ collaborations: [OTHER_COLLABORATION] });
  expect(sids()).toEqual(['Clean-Rooms-CAMA-1', expect.stringMatching(/^Cdk[0-9a-f]{16}N0$/)]);
  expect(world.service.policies()[arn]).toContain(OTHER_COLLABORATION);

  await world.deploy({ collaborations: [] });
  expect(sids()).toEqual(['Clean-Rooms-CAMA-1']);
});

test('a resource that somebody deleted does not stop the deletion of the stack', async () => {
  await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: configured().arn });

  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
});

test('a change in place of a model that somebody deleted fails, and the rollback has nothing to take back', async () => {
  await world.deploy({ configured: false });
  await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: world.service.audienceModels()[0].arn });
  await world.clock.sleep(60 * 60_000);
  const outcome = await world.deploy({ configured: false, model: { tags: { team: 'ads' } } });
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.reasons(outcome)).toMatch(/^Model\w{8}: .* is gone or DELETE_FAILED and nothing was changed that trains another/);
  expect(world.logs()).toMatch(/audience model Model\S+ is gone or DELETE_FAILED; change generation to have it trained again/);
  expect(world.trainings).toBe(1);
  expect((await world.deploy({ configured: false, model: { generation: '2' } })).status).toBe('UPDATE_COMPLETE');
});

test('a model that somebody else still uses blocks the deletion of the stack with the reason; a second deletion finishes it', async () => {
  const [model] = world.service.audienceModels();
  const { outputConfig, request } = configured();
  const { configuredAudienceModelArn } = await world.service.createConfiguredAudienceModel(world.otherHands, {
    name: 'theirs', audienceModelArn: model.arn, outputConfig, sharedAudienceMetrics: request.sharedAudienceMetrics,
  });

  const blocked = await world.delete();
  expect(blocked.status).toBe('DELETE_FAILED');
  expect(world.reasons(blocked)).toMatch(/gave up after 55 minutes: .*depends on/);

  await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expect(world.held()).toEqual(NOTHING);
});
