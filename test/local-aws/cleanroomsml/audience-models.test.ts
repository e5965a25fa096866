import { createConfigured, createService, createTrained, DATASET, HOUR, KEY_ARN, MINUTE, OUTPUT, ROLE_ARN, ROOT, START, withDataset } from './fixture';
import { DEFAULT_SETTINGS } from '../../../local-aws/cleanroomsml/settings';

type Others = ReturnType<typeof createService>['others'];
const MODEL = { name: 'model' };
const statusOf = ({ service }: Pick<ReturnType<typeof createService>, 'service'>) => service.audienceModels().map(({ status }) => status);

describe('the training', () => {
  test('passes through CREATE_PENDING and CREATE_IN_PROGRESS to ACTIVE, each at its time', async () => {
    const fixture = createService({ trainingQueueTime: 5 * MINUTE, trainingTime: 24 * HOUR });
    const { service, clock } = fixture;
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    const { audienceModelArn } = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
    const seen: [number, string][] = [];
    const look = async (milliseconds: number) => {
      await clock.sleep(milliseconds);
      seen.push([clock.now() - START, statusOf(fixture)[0]]);
    };
    await look(5 * MINUTE - 1);
    await look(2);
    await look(24 * HOUR - 2);
    await look(2);
    expect(seen).toEqual([
      [5 * MINUTE - 1, 'CREATE_PENDING'],
      [5 * MINUTE + 1, 'CREATE_IN_PROGRESS'],
      [24 * HOUR + 5 * MINUTE - 1, 'CREATE_IN_PROGRESS'],
      [24 * HOUR + 5 * MINUTE + 1, 'ACTIVE'],
    ]);
    const model = await service.getAudienceModel(ROOT, { audienceModelArn });
    expect(model).toMatchObject({ createTime: new Date(START), updateTime: new Date(START + 24 * HOUR + 5 * MINUTE) });
    expect(model.statusDetails).toBeUndefined();
  });

  test('takes as long as the request decides', async () => {
    const { service, clock } = createService({ trainingQueueTime: 0, trainingTime: ({ name }) => (name === 'long' ? 48 * HOUR : HOUR) });
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    await service.createAudienceModel(ROOT, { name: 'long', trainingDatasetArn });
    await service.createAudienceModel(ROOT, { name: 'short', trainingDatasetArn });
    await clock.sleep(2 * HOUR);
    expect(statusOf({ service })).toEqual(['CREATE_IN_PROGRESS', 'ACTIVE']);
  });

  test('fails when a test says so, until it says otherwise', async () => {
    const { service, clock } = createService();
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    const heal = service.failTraining('model', { statusCode: 'TOO_FEW_USERS', message: 'At least 100,000 users are needed' });
    const { audienceModelArn } = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
    await clock.sleep(25 * HOUR);
    expect(await service.getAudienceModel(ROOT, { audienceModelArn })).toMatchObject({
      status: 'CREATE_FAILED', statusDetails: { statusCode: 'TOO_FEW_USERS', message: 'At least 100,000 users are needed' },
    });
    heal();
    await service.deleteAudienceModel(ROOT, { audienceModelArn });
    await clock.sleep(HOUR);
    await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
    await clock.sleep(25 * HOUR);
    expect(statusOf({ service })).toEqual(['ACTIVE']);
  });

  test('is logged with its inputs, once, whatever becomes of it', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const input = { ...MODEL, trainingDatasetArn, trainingDataStartTime: new Date(0), trainingDataEndTime: new Date(1) };
      const { audienceModelArn } = await service.createAudienceModel(ROOT, input);
      await expect(service.createAudienceModel(ROOT, input)).rejects.toMatchObject({ name: 'ConflictException' });
      await service.deleteAudienceModel(ROOT, { audienceModelArn });
      expect(service.trainingsStarted).toEqual([{ audienceModelArn, input, time: new Date(START) }]);
    });
  });

  test.each<[string, number, number, boolean]>([
    ['starts before it ends', 0, 1, true],
    ['starts when it ends', 1, 1, false],
    ['starts after it ended', 2, 1, false],
  ])('with a window that %s', async (_case, start, end, accepted) => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const created = service.createAudienceModel(ROOT, {
        ...MODEL, trainingDatasetArn, trainingDataStartTime: new Date(start), trainingDataEndTime: new Date(end),
      });
      if (accepted) await expect(created).resolves.toBeDefined();
      else await expect(created).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  test('of a dataset that does not exist', async () => {
    const { service } = createService();
    const trainingDatasetArn = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/none';
    await expect(service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('what stands in the way of reading the data', () => {
  const trainOn = async (prepare: (fixture: ReturnType<typeof createService>) => void, kmsKeyArn?: string) => {
    const fixture = createService();
    const { service, clock } = fixture;
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn, kmsKeyArn });
    prepare(fixture);
    await clock.sleep(25 * HOUR);
    const [{ status, statusDetails, updateTime }] = service.audienceModels();
    return { status, ...statusDetails, updateTime };
  };
  test.each<[string, (others: Others) => void, string, string]>([
    ['a role that does not trust the service', (others) => others.untrusting.add(ROLE_ARN), 'ROLE_NOT_ASSUMABLE', `The role ${ROLE_ARN} cannot be assumed`],
    ['a role that may not read objects', (others) => others.denied.add('s3:GetObject'), 'ACCESS_DENIED', 's3:GetObject on resource: arn:aws:s3:::data/clicks/part-00000'],
    ['no table', (others) => { others.tableExists = false; }, 'GLUE_TABLE_NOT_FOUND', 'retail.clicks does not exist'],
    ['a table without a column', (others) => { others.columns = others.columns.slice(1); }, 'SCHEMA_MISMATCH', "no column 'user_id'"],
    ['a column of the wrong type', (others) => { others.columns[4] = { name: 'price', type: 'string' }; }, 'SCHEMA_MISMATCH', "The column 'price' of type string cannot be a NUMERICAL_FEATURE"],
    ['no bucket', (others) => others.buckets.delete('data'), 'BUCKET_NOT_FOUND', 'data does not exist'],
    ['a bucket in another Region', (others) => others.buckets.set('data', { region: 'eu-west-1' }), 'BUCKET_IN_OTHER_REGION', 'in eu-west-1, not in us-east-1'],
    ['no default database and no right to create one', (others) => {
      others.databases = ['retail'];
      others.denied.add('glue:CreateDatabase');
    }, 'ACCESS_DENIED', 'glue:CreateDatabase on resource: arn:aws:glue:us-east-1:111122223333:database/default'],
    ['a bucket key the role may not use', (others) => {
      others.buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN } });
      others.denied.add('kms:Decrypt');
    }, 'ACCESS_DENIED', `kms:Decrypt on resource: ${KEY_ARN}`],
  ])('%s', async (_case, prepare, statusCode, message) => {
    const failed = await trainOn(({ others }) => { prepare(others); });
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode, message: expect.stringContaining(message) });
    expect(failed.updateTime).toEqual(new Date(START + 5 * MINUTE));
  });

  test('nothing of that: a default database makes the right to create one unnecessary, and so does a bucket without a key', async () => {
    const { status } = await trainOn(({ others }) => {
      others.denied.add('glue:CreateDatabase').add('kms:Decrypt');
    });
    expect(status).toBe('ACTIVE');
  });

  test('the role is assumed on behalf of the dataset, and its requests carry the documented condition keys', async () => {
    const fixture = createService();
    const { service, clock, others } = fixture;
    others.buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN } });
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
    await clock.sleep(HOUR);
    expect(others.assumed).toEqual([{ roleArn: ROLE_ARN, sourceArn: trainingDatasetArn, sourceAccount: '111122223333' }]);
    const contextOf = (action: string) => others.asked.find((request) => request.action === action)?.context;
    expect(contextOf('s3:ListBucket')).toEqual({ 's3:ResourceAccount': '111122223333' });
    expect(contextOf('kms:Decrypt')).toEqual({
      'kms:ViaService': 's3.us-east-1.amazonaws.com', 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data/clicks/part-00000',
    });
  });

  test.each([[false, 'arn:aws:s3:::data/clicks/part-00000'], [true, 'arn:aws:s3:::data']])(
    'a bucket whose BucketKeyEnabled is %s is decrypted with the encryption context %s', async (bucketKeyEnabled, expected) => {
      let asked: Others['asked'] = [];
      await trainOn(({ others }) => {
        others.buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN, bucketKeyEnabled } });
        ({ asked } = others);
      });
      expect(asked.find(({ action }) => action === 'kms:Decrypt')?.context['kms:EncryptionContext:aws:s3:arn']).toBe(expected);
    });

  test('a key that the service itself may not use', async () => {
    const failed = await trainOn(({ others }) => { others.denied.add('kms:GenerateDataKey'); }, KEY_ARN);
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode: 'ACCESS_DENIED', message: expect.stringContaining('User: cleanrooms-ml.amazonaws.com') });
  });
});

describe('a key of the customer', () => {
  test.each<[string, number, (others: Others) => void, object]>([
    ['is disabled meanwhile', HOUR, ({ disabledKeys }) => disabledKeys.add(KEY_ARN), {
      status: 'CREATE_FAILED', statusDetails: { statusCode: 'KMS_KEY_UNUSABLE', message: `${KEY_ARN} is disabled.` },
    }],
    ['allows nothing any more, which grants outlive', HOUR, ({ denied }) => {
      for (const action of ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:CreateGrant']) denied.add(action);
    }, { status: 'ACTIVE' }],
    ['is disabled when the training is over', 25 * HOUR, ({ disabledKeys }) => disabledKeys.add(KEY_ARN), { status: 'ACTIVE' }],
  ])('%s', async (_case, after, change, expected) => {
    const { service, clock, others } = createService({ trainingQueueTime: 0, trainingTime: 24 * HOUR });
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn, kmsKeyArn: KEY_ARN });
    await clock.sleep(after);
    change(others);
    await clock.sleep(26 * HOUR);
    expect(service.audienceModels()).toMatchObject([expected]);
  });

  test.each(['kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Decrypt', 'kms:CreateGrant'])('needs %s of the caller, via the service', async (action) => {
    await withDataset(async ({ service, others, trainingDatasetArn }) => {
      others.denied.add(action);
      await expect(service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn, kmsKeyArn: KEY_ARN })).rejects.toMatchObject({
        name: 'AccessDeniedException', message: expect.stringContaining(`${action} on resource: ${KEY_ARN}`),
      });
      expect(others.asked.at(-1)?.context['kms:ViaService']).toBe('cleanrooms-ml.us-east-1.amazonaws.com');
      expect(service.audienceModels()).toEqual([]);
    });
  });

  test.each<['callerAndService' | 'caller' | 'service', string[]]>([
    ['callerAndService', [ROOT.arn, 'cleanrooms-ml.amazonaws.com']],
    ['caller', [ROOT.arn]],
    ['service', ['cleanrooms-ml.amazonaws.com']],
  ])('with the switch on %s is used by them', async (keyPermissions, expected) => {
    const { service, clock, others } = createService({ keyPermissions });
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn, kmsKeyArn: KEY_ARN });
    await clock.sleep(HOUR);
    const users = others.asked.filter(({ resource }) => resource === KEY_ARN).map(({ principal }) => principal);
    expect([...new Set(users)]).toEqual(expected);
  });
});

describe('quotas', () => {
  test('a third model has to wait until one of two is trained', async () => {
    const { service, clock } = createService();
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    const create = (name: string) => service.createAudienceModel(ROOT, { name, trainingDatasetArn });
    await clock.busy(async () => {
      await create('one');
      await create('two');
      await expect(create('three')).rejects.toMatchObject({
        name: 'ServiceQuotaExceededException', status: 402, fields: { quotaName: 'Pending/in-progress audience models', quotaValue: 2 },
      });
    });
    await clock.sleep(25 * HOUR);
    await expect(create('three')).resolves.toBeDefined();
    expect(service.trainingsStarted).toHaveLength(3);
  });

  test('calls at the same time do not slip through together', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => service.createAudienceModel(ROOT, { name, trainingDatasetArn })));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    });
  });

  test('active models are limited, too', async () => {
    const { service, trainingDatasetArn } = await createTrained({
      quotas: { ...DEFAULT_SETTINGS.quotas, audienceModels: 1 },
    });
    await expect(service.createAudienceModel(ROOT, { name: 'second', trainingDatasetArn })).rejects.toMatchObject({
      fields: { quotaName: 'Active audience models', quotaValue: 1 },
    });
  });
});

describe('names', () => {
  test.each([[true, 'rejected'], [false, 'fulfilled']])('where unique is %s, a second create of a name is %s', async (namesUnique, outcome) => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
      const [{ status }] = await Promise.allSettled([service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn })]);
      expect(status).toBe(outcome);
    }, { namesUnique });
  });

  test.each([true, false])('a repeated create can get the ARN of the first one, unique names or not (%s)', async (namesUnique) => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const first = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
      expect(await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn })).toEqual(first);
      expect(service.trainingsStarted).toHaveLength(1);
    }, { repeatedCreate: 'sameArn', namesUnique });
  });

  test('a model that is being deleted still holds its name, and no repeated create gets it', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const first = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
      await service.deleteAudienceModel(ROOT, first);
      await expect(service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn })).rejects.toMatchObject({ name: 'ConflictException' });
    }, { repeatedCreate: 'sameArn' });
  });
});

describe('the deletion', () => {
  test('of a model in training ends the training and gives its place in the quota back', async () => {
    const { service, clock } = createService();
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    await clock.busy(async () => {
      const first = await service.createAudienceModel(ROOT, { name: 'one', trainingDatasetArn });
      await service.createAudienceModel(ROOT, { name: 'two', trainingDatasetArn });
      await service.deleteAudienceModel(ROOT, first);
      await expect(service.createAudienceModel(ROOT, { name: 'three', trainingDatasetArn })).resolves.toBeDefined();
    });
    await clock.sleep(48 * HOUR);
    expect(statusOf({ service })).toEqual(['ACTIVE', 'ACTIVE']);
  });

  test('of a model in training takes its time, and the model does not come to be trained meanwhile', async () => {
    const { service, clock } = createService({ trainingQueueTime: MINUTE, trainingTime: MINUTE, deletionQueueTime: HOUR, deletionTime: HOUR });
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    const model = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
    await service.deleteAudienceModel(ROOT, model);
    await clock.sleep(10 * MINUTE);
    expect(statusOf({ service })).toEqual(['DELETE_PENDING']);
    await clock.sleep(HOUR);
    expect(statusOf({ service })).toEqual(['DELETE_IN_PROGRESS']);
  });

  test.each(['ConflictException', 'ValidationException'] as const)('of a model in training can be refused with a %s', async (deleteDuringTraining) => {
    const { service, clock } = createService({ deleteDuringTraining });
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, DATASET);
    const model = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
    await clock.sleep(HOUR);
    await expect(service.deleteAudienceModel(ROOT, model)).rejects.toMatchObject({ name: deleteDuringTraining });
    await clock.sleep(24 * HOUR);
    expect(statusOf({ service })).toEqual(['ACTIVE']);
    await service.deleteAudienceModel(ROOT, model);
  });

  test.each(['accepted', 'ConflictException', 'ValidationException'] as const)('of a model in deletion is %s', async (deleteDuringDeletion) => {
    const { service, clock, audienceModelArn } = await createTrained({ deleteDuringDeletion });
    await clock.busy(async () => {
      await service.deleteAudienceModel(ROOT, { audienceModelArn });
      const second = service.deleteAudienceModel(ROOT, { audienceModelArn });
      if (deleteDuringDeletion === 'accepted') await second;
      else await expect(second).rejects.toMatchObject({ name: deleteDuringDeletion });
    });
    await clock.sleep(HOUR);
    expect(service.audienceModels()).toEqual([]);
  });
});

describe('the use of a model that is not ACTIVE', () => {
  const configure = { name: 'configured', outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] } as const;

  test.each(['accepted', 'ConflictException', 'ValidationException'] as const)('while it trains is %s', async (inactiveAudienceModel) => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const { audienceModelArn } = await service.createAudienceModel(ROOT, { ...MODEL, trainingDatasetArn });
      const created = service.createConfiguredAudienceModel(ROOT, { ...configure, audienceModelArn });
      if (inactiveAudienceModel === 'accepted') await expect(created).resolves.toBeDefined();
      else await expect(created).rejects.toMatchObject({ name: inactiveAudienceModel, message: expect.stringContaining('CREATE_PENDING, not ACTIVE') });
    }, { inactiveAudienceModel });
  });

  test('while it is being deleted is refused whatever the switch says, also for an update', async () => {
    const { service, clock, trainingDatasetArn, configuredAudienceModelArn } = await createConfigured({ inactiveAudienceModel: 'accepted' });
    await clock.busy(async () => {
      const { audienceModelArn } = await service.createAudienceModel(ROOT, { name: 'next', trainingDatasetArn });
      await service.deleteAudienceModel(ROOT, { audienceModelArn });
      const refused = { name: 'ValidationException', message: expect.stringContaining('DELETE_PENDING') };
      await expect(service.createConfiguredAudienceModel(ROOT, { ...configure, name: 'other', audienceModelArn })).rejects.toMatchObject(refused);
      await expect(service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, audienceModelArn })).rejects.toMatchObject(refused);
    });
  });
});
