import { ACCOUNT, createConfigured, createService, createTrained, DATASET, HOUR, ROLE_ARN, ROOT, START, TRAINING_DATA, withDataset } from './fixture';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { DEFAULT_SETTINGS } from '../../../local-aws/cleanroomsml/settings';

type Schema = Input<'CreateTrainingDataset'>['trainingData'][number]['inputConfig']['schema'];
const [{ inputConfig }] = TRAINING_DATA;
const withSchema = (schema: Schema): Input<'CreateTrainingDataset'> => ({ ...DATASET, trainingData: [{ type: 'INTERACTIONS', inputConfig: { ...inputConfig, schema } }] });
const features = (count: number): Schema => [
  ...inputConfig.schema.slice(0, 3),
  ...Array.from({ length: count }, (_, index) => ({ columnName: `f${index}`, columnTypes: ['NUMERICAL_FEATURE'] as const })),
];

test('a training dataset is ACTIVE at once and shows what it was made of', async () => {
  const { service } = createService();
  const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, { ...DATASET, description: 'clicks', tags: { team: 'ads' } });
  expect(trainingDatasetArn).toMatch(/^arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset\/[-0-9a-f]{36}$/);
  expect(await service.getTrainingDataset(ROOT, { trainingDatasetArn })).toEqual({
    trainingDatasetArn,
    name: 'dataset',
    description: 'clicks',
    status: 'ACTIVE',
    roleArn: ROLE_ARN,
    trainingData: TRAINING_DATA,
    tags: { team: 'ads' },
    createTime: new Date(START),
    updateTime: new Date(START),
  });
});

test('the same run makes the same ARNs', async () => {
  const create = () => createService().service.createTrainingDataset(ROOT, DATASET);
  expect(await create()).toEqual(await create());
});

test.each<[string, Schema, string | undefined]>([
  ['10 features', features(10), undefined],
  ['11 features', features(11), 'must not contain more than 10 feature columns, but it contains 11'],
  ['no USER_ID', inputConfig.schema.slice(1), 'exactly one column of type USER_ID, but it contains 0'],
  ['no ITEM_ID', [inputConfig.schema[0], inputConfig.schema[2]], 'exactly one column of type ITEM_ID, but it contains 0'],
  ['two TIMESTAMPs', [...inputConfig.schema, { columnName: 'ts2', columnTypes: ['TIMESTAMP'] }], 'exactly one column of type TIMESTAMP, but it contains 2'],
  ['a column twice', [...inputConfig.schema, { columnName: 'price', columnTypes: ['NUMERICAL_FEATURE'] }], "contains the column 'price' more than once"],
])('a schema with %s', async (_case, schema, expected) => {
  const created = createService().service.createTrainingDataset(ROOT, withSchema(schema));
  if (expected) await expect(created).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(expected) });
  else await expect(created).resolves.toHaveProperty('trainingDatasetArn');
});

test.each<[string, Record<string, string>, boolean]>([
  ['50 tags', Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'v'])), true],
  ['51 tags', Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])), false],
  ['a reserved key in any case', { 'AwS:team': 'v' }, false],
  ['a value that begins like a reserved key', { team: 'aws:v' }, true],
])('%s', async (_case, tags, accepted) => {
  const created = createService().service.createTrainingDataset(ROOT, { ...DATASET, tags });
  if (accepted) await expect(created).resolves.toHaveProperty('trainingDatasetArn');
  else await expect(created).rejects.toMatchObject({ name: 'ValidationException' });
});

test('names are unique, and free again after a delete', async () => {
  await withDataset(async ({ service, trainingDatasetArn }) => {
    await expect(service.createTrainingDataset(ROOT, DATASET)).rejects.toMatchObject({ name: 'ConflictException', status: 409 });
    await service.deleteTrainingDataset(ROOT, { trainingDatasetArn });
    await expect(service.createTrainingDataset(ROOT, DATASET)).resolves.not.toEqual({ trainingDatasetArn });
  });
});

test('a repeated create can get the ARN of the first one, but only if it asks for the same', async () => {
  await withDataset(async ({ service, trainingDatasetArn }) => {
    expect(await service.createTrainingDataset(ROOT, structuredClone(DATASET))).toEqual({ trainingDatasetArn });
    await expect(service.createTrainingDataset(ROOT, { ...DATASET, description: 'other' })).rejects.toMatchObject({ name: 'ConflictException' });
    expect(service.trainingDatasets()).toHaveLength(1);
  }, { repeatedCreate: 'sameArn' });
});

test('a role of another account is refused whoever asks', async () => {
  const roleArn = 'arn:aws:iam::444455556666:role/reader';
  await expect(createService().service.createTrainingDataset(ROOT, { ...DATASET, roleArn })).rejects.toMatchObject({
    name: 'AccessDeniedException', message: `Cross-account pass role is not allowed: ${roleArn}`,
  });
});

test('a dataset cannot go before its audience models, and neither can a model before its configured ones', async () => {
  const { service, clock, trainingDatasetArn, audienceModelArn, configuredAudienceModelArn } = await createConfigured();
  const conflict = { name: 'ConflictException', status: 409 };
  await expect(service.deleteTrainingDataset(ROOT, { trainingDatasetArn })).rejects.toMatchObject(conflict);
  await expect(service.deleteAudienceModel(ROOT, { audienceModelArn })).rejects.toMatchObject(conflict);
  await service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
  await clock.busy(async () => {
    await service.deleteAudienceModel(ROOT, { audienceModelArn });
    await expect(service.deleteTrainingDataset(ROOT, { trainingDatasetArn })).rejects.toMatchObject(conflict);
  });
  await clock.sleep(HOUR);
  await service.deleteTrainingDataset(ROOT, { trainingDatasetArn });
  await expect(service.getTrainingDataset(ROOT, { trainingDatasetArn })).rejects.toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
});

test('the quota of active datasets', async () => {
  const { service } = createService({ quotas: { ...DEFAULT_SETTINGS.quotas, trainingDatasets: 1 } });
  await service.createTrainingDataset(ROOT, DATASET);
  await expect(service.createTrainingDataset(ROOT, { ...DATASET, name: 'second' })).rejects.toMatchObject({
    name: 'ServiceQuotaExceededException', status: 402, fields: { quotaName: 'Active training datasets', quotaValue: 1 },
  });
});

describe('when the dataset is looked at', () => {
  const broken = { name: 'ValidationException', message: expect.stringContaining('cannot be assumed') };

  test('only when the training reads it, by default', async () => {
    const { service, others } = createService();
    others.untrusting.add(ROLE_ARN);
    await expect(service.createTrainingDataset(ROOT, DATASET)).resolves.toBeDefined();
    expect(others.assumed).toEqual([]);
  });

  test('when it is created', async () => {
    const { service, others } = createService({ datasetValidatedAt: 'createTrainingDataset' });
    others.untrusting.add(ROLE_ARN);
    await expect(service.createTrainingDataset(ROOT, DATASET)).rejects.toMatchObject(broken);
    expect(others.assumed).toEqual([{
      roleArn: ROLE_ARN, sourceAccount: ACCOUNT.accountId, sourceArn: expect.stringContaining(':training-dataset/'),
    }]);
    expect(service.trainingDatasets()).toEqual([]);
  });

  test('when a model is created on it', async () => {
    await withDataset(async ({ service, others, trainingDatasetArn }) => {
      others.untrusting.add(ROLE_ARN);
      await expect(service.createAudienceModel(ROOT, { name: 'model', trainingDatasetArn })).rejects.toMatchObject(broken);
      expect(service.trainingsStarted).toEqual([]);
    }, { datasetValidatedAt: 'createAudienceModel' });
  });

  test('the error can be an AccessDeniedException, too', async () => {
    const { service, others } = createService({ datasetValidatedAt: 'createTrainingDataset', roleError: 'AccessDeniedException' });
    others.denied.add('s3:GetObject');
    await expect(service.createTrainingDataset(ROOT, DATASET)).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('s3:GetObject on resource: arn:aws:s3:::data/clicks/part-00000'),
    });
  });

  test('a role that the service just met cannot be assumed until a delay is over', async () => {
    const { service, clock } = createService({ datasetValidatedAt: 'createTrainingDataset', newRoleDelay: 10_000 });
    await expect(service.createTrainingDataset(ROOT, DATASET)).rejects.toMatchObject(broken);
    await clock.sleep(9_999);
    await expect(service.createTrainingDataset(ROOT, DATASET)).rejects.toMatchObject(broken);
    await clock.sleep(1);
    await expect(service.createTrainingDataset(ROOT, DATASET)).resolves.toBeDefined();
  });
});

test('what a trained model depends on stays readable', async () => {
  const { service, trainingDatasetArn, audienceModelArn } = await createTrained();
  expect(await service.getAudienceModel(ROOT, { audienceModelArn })).toMatchObject({ trainingDatasetArn, status: 'ACTIVE' });
});
