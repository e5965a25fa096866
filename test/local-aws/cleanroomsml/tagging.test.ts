import { createConfigured, createGenerated, DATASET, OUTPUT, ROOT, SEED, withDataset } from './fixture';
import { Clock } from '../../../local-aws/clock';
import { LocalAws } from '../../../local-aws/local-aws';

const tags = (count: number, prefix = 'k') => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'v']));

test('every kind of resource can be tagged, untagged and asked', async () => {
  const { service, trainingDatasetArn, audienceModelArn, configuredAudienceModelArn, audienceGenerationJobArn } = await createGenerated();
  for (const resourceArn of [trainingDatasetArn, audienceModelArn, configuredAudienceModelArn, audienceGenerationJobArn]) {
    await service.tagResource(ROOT, { resourceArn, tags: { a: '1', b: '2' } });
    await service.tagResource(ROOT, { resourceArn, tags: { b: '3' } });
    await service.untagResource(ROOT, { resourceArn, tagKeys: ['a', 'unknown'] });
    expect(await service.listTagsForResource(ROOT, { resourceArn })).toEqual({ tags: { b: '3' } });
  }
  expect(await service.getAudienceModel(ROOT, { audienceModelArn })).toMatchObject({ tags: { b: '3' } });
  expect(await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).toMatchObject({ tags: { b: '3' } });
});

test('a resource can have 50 tags in total, and a refused call adds none', async () => {
  await withDataset(async ({ service, trainingDatasetArn: resourceArn }) => {
    await service.tagResource(ROOT, { resourceArn, tags: tags(49) });
    await expect(service.tagResource(ROOT, { resourceArn, tags: tags(2, 'more') })).rejects.toMatchObject({
      name: 'ValidationException', message: 'A resource can have at most 50 tags, but it would have 51',
    });
    await service.tagResource(ROOT, { resourceArn, tags: { k0: 'changed', last: 'v' } });
    expect(Object.keys((await service.listTagsForResource(ROOT, { resourceArn })).tags)).toHaveLength(50);
  });
});

test('keys that begin with aws: are reserved', async () => {
  await withDataset(async ({ service, trainingDatasetArn: resourceArn }) => {
    const refused = { name: 'ValidationException', message: expect.stringContaining("begins with 'aws:'") };
    await expect(service.tagResource(ROOT, { resourceArn, tags: { 'aws:team': 'v' } })).rejects.toMatchObject(refused);
    await expect(service.untagResource(ROOT, { resourceArn, tagKeys: ['AWS:team'] })).rejects.toMatchObject(refused);
  });
});

test('nothing is created with tags that it could not be given', async () => {
  const { service, trainingDatasetArn, audienceModelArn, configuredAudienceModelArn } = await createConfigured();
  for (const [refused, message] of [[{ 'AWS:team': 'v' }, "begins with 'aws:'"], [tags(51), 'it would have 51']] as const) {
    const creations = [
      async () => service.createTrainingDataset(ROOT, { ...DATASET, name: 'tagged', tags: refused }),
      async () => service.createAudienceModel(ROOT, { name: 'tagged', trainingDatasetArn, tags: refused }),
      async () => service.createConfiguredAudienceModel(ROOT, {
        name: 'tagged', audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'], tags: refused,
      }),
      async () => service.startAudienceGenerationJob(ROOT, { name: 'tagged', configuredAudienceModelArn, seedAudience: SEED, tags: refused }),
    ];
    for (const create of creations) await expect(create()).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(message) });
  }
  const held = [service.trainingDatasets(), service.audienceModels(), service.configuredAudienceModels(), service.audienceGenerationJobs()];
  expect(held.map(({ length }) => length)).toEqual([1, 1, 1, 0]);
});

test('a resource that does not exist', async () => {
  await withDataset(async ({ service, trainingDatasetArn }) => {
    const resourceArn = `${trainingDatasetArn}x`;
    const missing = { name: 'ResourceNotFoundException' };
    await expect(service.tagResource(ROOT, { resourceArn, tags: {} })).rejects.toMatchObject(missing);
    await expect(service.untagResource(ROOT, { resourceArn, tagKeys: [] })).rejects.toMatchObject(missing);
    await expect(service.listTagsForResource(ROOT, { resourceArn })).rejects.toMatchObject(missing);
  });
});

describe('resources of custom modelling, which can be tagged as well, are not there', () => {
  let aws: LocalAws;
  beforeAll(async () => { aws = await LocalAws.start({ clock: Clock.frozen() }); });
  afterAll(async () => aws.close());

  const membership = 'membership/01234567-89ab-4def-8123-456789abcdef';
  test.each([
    'configured-model-algorithm', `${membership}/configured-model-algorithm-association`, `${membership}/trained-model`,
    `${membership}/trained-model-inference-job`, `${membership}/ml-input-channel`,
  ])('%s', async (type) => {
    const { principal } = aws.iam.developer;
    const resourceArn = `arn:aws:cleanrooms-ml:us-east-1:${principal.accountId}:${type}/01234567-89ab-4def-8123-456789abcdef`;
    const missing = { name: 'ResourceNotFoundException' };
    await expect(aws.cleanRoomsMl.tagResource(principal, { resourceArn, tags: { a: '1' } })).rejects.toMatchObject(missing);
    await expect(aws.cleanRoomsMl.untagResource(principal, { resourceArn, tagKeys: ['a'] })).rejects.toMatchObject(missing);
    await expect(aws.cleanRoomsMl.listTagsForResource(principal, { resourceArn })).rejects.toMatchObject(missing);
  });
});
