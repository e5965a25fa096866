import { FakeService } from './fake-service';
import { ServiceError } from '../../lambda/errors';

/* The embedded AWS Clean Rooms ML behind the handlers' port. */

async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService(behaviour);
  const trainingDatasetArn = await service.createTrainingDataset({ name: 'dataset' });
  const arn = await service.createAudienceModel({ name: 'model', trainingDatasetArn });
  const status = async () => (await service.call('GetAudienceModel', { audienceModelArn: arn })).status;
  return { service, trainingDatasetArn, arn, status };
}

test('a training and a deletion go on with the time that a test sets', async () => {
  const { service, arn, status } = await setUp({ training: 40_000, deletion: 20_000 });
  const began = service.now;
  const seen: [number, string][] = [];
  for (const at of [0, 9_999, 10_000, 39_999, 40_000]) {
    service.now = began + at;
    seen.push([at, await status()]);
  }
  await service.deleteAudienceModel(arn);
  for (const at of [40_000, 49_999, 50_000, 59_999]) {
    service.now = began + at;
    seen.push([at, await status()]);
  }
  expect(seen).toEqual([
    [0, 'CREATE_PENDING'], [9_999, 'CREATE_PENDING'], [10_000, 'CREATE_IN_PROGRESS'], [39_999, 'CREATE_IN_PROGRESS'], [40_000, 'ACTIVE'],
    [40_000, 'DELETE_PENDING'], [49_999, 'DELETE_PENDING'], [50_000, 'DELETE_IN_PROGRESS'], [59_999, 'DELETE_IN_PROGRESS'],
  ]);
  expect(service.models).toEqual([]);
  service.now = began + 60_000;
  await expect(status()).rejects.toMatchObject({ code: 'ResourceNotFoundException', status: 404 });
});

test('what takes no time is over at once', async () => {
  const { service, arn, status } = await setUp({ training: 0, deletion: 0 });
  expect(await status()).toBe('ACTIVE');
  await service.deleteAudienceModel(arn);
  expect(await service.listAudienceModels()).toEqual([]);
});

test('a training fails where the behaviour at its beginning says so', async () => {
  const { service, trainingDatasetArn, arn } = await setUp({ trainingFails: true });
  service.behaviour.trainingFails = false;
  const other = await service.createAudienceModel({ name: 'other', trainingDatasetArn });
  service.now += 120_000;
  expect(await service.call('GetAudienceModel', { audienceModelArn: arn })).toMatchObject({
    status: 'CREATE_FAILED', statusDetails: { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' }, updateTime: new Date(service.now),
  });
  expect(await service.call('GetAudienceModel', { audienceModelArn: other })).toMatchObject({ status: 'ACTIVE' });
});

test('an error of the service is one of the port', async () => {
  const { service } = await setUp();
  const error: unknown = await service.createTrainingDataset({ name: ' ' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ServiceError);
  expect(error).toMatchObject({
    operation: 'CreateTrainingDataset', code: 'ValidationException', status: 400, detail: expect.stringMatching(/^1 validation error detected: Value ' ' at 'name'/),
  });
});

test('tags show late, and then all of them', async () => {
  const { service, trainingDatasetArn } = await setUp({ tagLag: 10_000 });
  const resourceArn = await service.createTrainingDataset({ name: 'tagged', tags: { a: '1' } });
  service.now += 9_999;
  expect(await service.call('ListTagsForResource', { resourceArn })).toEqual({ tags: {} });
  service.now += 1;
  expect(await service.call('ListTagsForResource', { resourceArn })).toEqual({ tags: { a: '1' } });
  expect(await service.call('ListTagsForResource', { resourceArn: trainingDatasetArn })).toEqual({ tags: {} });
});

test('what other hands do is no call of the handlers, and no fault hits it', async () => {
  const { service, trainingDatasetArn } = await setUp();
  const calls = [...service.calls];
  service.fault = () => 'throttled';
  await service.byOtherHands('CreateAudienceModel', { name: 'theirs', trainingDatasetArn });
  expect(service.calls).toEqual(calls);
  expect(service.trainings).toMatchObject([{ name: 'model' }]);
  expect(service.names).toEqual(['dataset', 'model', 'theirs']);
});

test('a test that changes what it is shown changes nothing', async () => {
  const { service } = await setUp();
  service.datasets[0].tags.theirs = 'x';
  service.datasets.pop();
  expect(service.datasets).toMatchObject([{ tags: {} }]);
  expect(service.datasets[0].tags).toEqual({});
});
