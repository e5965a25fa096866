import {
  COLLABORATION_ID, createConfigured, createGenerated, HOUR, KEY_ARN, MINUTE, OUTPUT, QUERY, ROOT, SEED, seedOf, START,
} from './fixture';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { DEFAULT_SETTINGS, MEMBERSHIP_ID, Settings } from '../../../local-aws/cleanroomsml/settings';

type Fixture = Awaited<ReturnType<typeof createConfigured>>;
type Request = Input<'StartAudienceGenerationJob'>;

const start = ({ service, configuredAudienceModelArn }: Fixture, changes: Partial<Request> = {}) =>
  service.startAudienceGenerationJob(ROOT, { name: 'job', configuredAudienceModelArn, seedAudience: SEED, ...changes });
const statusOf = ({ service }: Pick<Fixture, 'service'>) => service.audienceGenerationJobs().map(({ status }) => status);

/** Starts a job in surroundings of the test's choice, and waits until it is over. */
const generate = async (
  prepare: (fixture: Fixture) => void = () => undefined, changes: Partial<Request> = {}, settings: Partial<Settings> = {},
  model: Partial<Input<'CreateConfiguredAudienceModel'>> = {},
) => {
  const fixture = await createConfigured(settings, model);
  fixture.others.assumed.length = 0;
  fixture.others.asked.length = 0;
  prepare(fixture);
  const startTime = fixture.clock.now();
  const { audienceGenerationJobArn } = await start(fixture, changes);
  await fixture.clock.sleep(30 * HOUR);
  const [{ status, statusDetails, updateTime }] = fixture.service.audienceGenerationJobs();
  return { ...fixture, audienceGenerationJobArn, status, ...statusDetails, duration: updateTime.getTime() - startTime };
};

describe('a generation', () => {
  test('passes through CREATE_PENDING and CREATE_IN_PROGRESS to ACTIVE, each at its time', async () => {
    const fixture = await createConfigured({ generationQueueTime: 5 * MINUTE, generationTime: 10 * HOUR });
    const { service, clock } = fixture;
    const startTime = clock.now();
    const { audienceGenerationJobArn } = await start(fixture);
    const seen: string[] = [];
    const look = async (milliseconds: number) => {
      await clock.sleep(milliseconds);
      seen.push(statusOf(fixture)[0]);
    };
    await look(5 * MINUTE - 1);
    await look(2);
    await look(10 * HOUR - 2);
    await look(2);
    expect(seen).toEqual(['CREATE_PENDING', 'CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'ACTIVE']);
    const job = await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    expect(job).toMatchObject({ createTime: new Date(startTime), updateTime: new Date(startTime + 10 * HOUR + 5 * MINUTE) });
    expect(job.statusDetails).toBeUndefined();
  });

  test('takes as long as the job decides, and longer by the query of its seed', async () => {
    const generationTime: Settings['generationTime'] = ({ name }) => (name === 'job' ? 2 * HOUR : HOUR);
    expect(await generate(undefined, {}, { generationTime, generationQueueTime: MINUTE })).toMatchObject({ status: 'ACTIVE', duration: 2 * HOUR + MINUTE });
    expect(await generate(undefined, { seedAudience: QUERY }, { generationTime, generationQueueTime: 0, seedQueryTime: 12 * HOUR })).toMatchObject({
      status: 'ACTIVE', duration: 14 * HOUR,
    });
  });

  test('shows what it was made of', async () => {
    const fixture = await createConfigured();
    const { service, clock, configuredAudienceModelArn } = fixture;
    service.collaborate(COLLABORATION_ID);
    const input = { collaborationId: COLLABORATION_ID, description: 'd', includeSeedInOutput: true, tags: { team: 'ads' } };
    const { audienceGenerationJobArn } = await clock.busy(() => start(fixture, input));
    expect(audienceGenerationJobArn).toMatch(/^arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-generation-job\/[-0-9a-f]{36}$/);
    expect(await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).toMatchObject({
      audienceGenerationJobArn, name: 'job', configuredAudienceModelArn, seedAudience: SEED, startedBy: '111122223333', ...input,
    });
  });

  test('fails when a test says so, until it says otherwise', async () => {
    const fixture = await createConfigured();
    const { service, clock } = fixture;
    const details = { statusCode: 'INTERNAL_ERROR', message: 'try again' };
    const heal = service.failGeneration('job', details);
    const { audienceGenerationJobArn } = await start(fixture);
    await clock.sleep(11 * HOUR);
    const failed = await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusDetails: details });
    expect(failed.metrics).toBeUndefined();
    heal();
    await start(fixture, { name: 'again' });
    await clock.sleep(11 * HOUR);
    expect(statusOf(fixture)).toEqual(['CREATE_FAILED', 'ACTIVE']);
  });

  test('is logged with its input, once, whatever becomes of it', async () => {
    const fixture = await createConfigured();
    const { service, clock, configuredAudienceModelArn } = fixture;
    const { audienceGenerationJobArn } = await start(fixture);
    await expect(start(fixture)).rejects.toMatchObject({ name: 'ConflictException' });
    expect(service.generationsStarted).toEqual([
      { audienceGenerationJobArn, input: { name: 'job', configuredAudienceModelArn, seedAudience: SEED }, time: new Date(START + 25 * HOUR) },
    ]);
    expect(clock.now()).toBe(START + 25 * HOUR);
  });

  test('of a configured audience model that does not exist', async () => {
    const fixture = await createConfigured();
    await expect(start(fixture, { configuredAudienceModelArn: `${fixture.configuredAudienceModelArn}x` })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('of a model that is not trained yet', async () => {
    const fixture = await createConfigured({ inactiveAudienceModel: 'accepted' });
    const { service, trainingDatasetArn } = fixture;
    await fixture.clock.busy(async () => {
      const { audienceModelArn } = await service.createAudienceModel(ROOT, { name: 'next', trainingDatasetArn });
      const { configuredAudienceModelArn } = await service.createConfiguredAudienceModel(ROOT, {
        name: 'early', audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'],
      });
      await expect(start(fixture, { configuredAudienceModelArn })).rejects.toMatchObject({
        name: 'ValidationException', message: expect.stringContaining('CREATE_PENDING, not ACTIVE'),
      });
    });
  });

  test('goes on as it started when the configured audience model changes', async () => {
    const fixture = await createConfigured({}, { audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [5] } });
    const { service, clock, configuredAudienceModelArn } = fixture;
    const { audienceGenerationJobArn } = await clock.busy(async () => {
      const job = await start(fixture);
      await service.updateConfiguredAudienceModel(ROOT, {
        configuredAudienceModelArn, minMatchingSeedSize: 501, audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [10] },
      });
      return job;
    });
    await clock.sleep(11 * HOUR);
    const { status, metrics } = await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    expect({ status, sizes: metrics?.relevanceMetrics.map(({ audienceSize }) => audienceSize.value) }).toEqual({ status: 'ACTIVE', sizes: [5] });
    await start(fixture, { name: 'next' });
    await clock.sleep(11 * HOUR);
    expect(statusOf(fixture)).toEqual(['ACTIVE', 'CREATE_FAILED']);
  });
});

describe('a seed', () => {
  const { dataSource } = SEED;
  const { sqlParameters } = QUERY;
  const template = 'arn:aws:cleanrooms:us-east-1:111122223333:membership/m/analysistemplate/t';
  const worker = { worker: { type: 'CR.1X', number: 16 } } as const;

  test.each<[string, Partial<Request['seedAudience']>, string | undefined]>([
    ['from Amazon S3', { dataSource }, undefined],
    ['from a query', { sqlParameters }, undefined],
    ['from a query with workers', { sqlParameters, sqlComputeConfiguration: worker }, undefined],
    ['from an analysis template', { sqlParameters: { analysisTemplateArn: template } }, undefined],
    ['from nowhere', {}, 'exactly one of dataSource and sqlParameters'],
    ['from two places', { dataSource, sqlParameters }, 'exactly one of dataSource and sqlParameters'],
    ['from no query', { sqlParameters: {} }, 'exactly one of queryString and analysisTemplateArn'],
    ['from two queries', { sqlParameters: { queryString: 'q', analysisTemplateArn: template } }, 'exactly one of queryString and analysisTemplateArn'],
    ['from Amazon S3 with workers', { dataSource, sqlComputeConfiguration: worker }, 'is for sqlParameters only'],
  ])('%s', async (_case, seed, expected) => {
    const started = start(await createConfigured(), { seedAudience: { roleArn: SEED.roleArn, ...seed } });
    if (expected) await expect(started).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(expected) });
    else await expect(started).resolves.toHaveProperty('audienceGenerationJobArn');
  });

  test('needs a role of this account', async () => {
    const roleArn = 'arn:aws:iam::444455556666:role/seed';
    await expect(start(await createConfigured(), { seedAudience: { ...SEED, roleArn } })).rejects.toMatchObject({
      name: 'AccessDeniedException', message: `Cross-account pass role is not allowed: ${roleArn}`,
    });
  });

  test.each<[string, (others: Fixture['others']) => void, string, string]>([
    ['a role that does not trust the service', (others) => others.untrusting.add(SEED.roleArn), 'ROLE_NOT_ASSUMABLE', 'cannot be assumed'],
    ['a role that may not list the bucket', (others) => others.denied.add('s3:ListBucket'), 'ACCESS_DENIED', 's3:ListBucket on resource: arn:aws:s3:::data'],
    ['a role that may not read an object', (others) => others.denied.add('s3:GetObject'), 'ACCESS_DENIED', 's3:GetObject on resource: arn:aws:s3:::data/seed/users.jsonl'],
    ['no bucket', (others) => others.buckets.delete('data'), 'BUCKET_NOT_FOUND', 'data does not exist'],
    ['a bucket in another Region', (others) => others.buckets.set('data', { region: 'eu-west-1' }), 'BUCKET_IN_OTHER_REGION', 'in eu-west-1, not in us-east-1'],
    ...['kms:Decrypt', 'kms:DescribeKey'].map((action): [string, (others: Fixture['others']) => void, string, string] => [
      `a bucket with a key but no ${action}`, (others) => {
        others.buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN } });
        others.denied.add(action);
      }, 'ACCESS_DENIED', `${action} on resource: ${KEY_ARN}`,
    ]),
    ['no object', (others) => others.objects.clear(), 'SEED_NOT_FOUND', 'There is no object at s3://data/seed/'],
    ['an object beside the folder', (others) => {
      others.objects.clear();
      others.objects.set('data/seeds.jsonl', seedOf(500));
    }, 'SEED_NOT_FOUND', 'no object'],
    ['a line that is no JSON', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('{"user_id": "1"}\nuser 2')), 'MALFORMED_SEED', 'Line 2 of seed/users.jsonl'],
    ['a line without a user', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('{"user": "1"}')), 'MALFORMED_SEED', 'Line 1'],
    ['a user that is a number', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('{"user_id": 1}')), 'MALFORMED_SEED', 'Line 1'],
    ['a line that is null', (others) => others.objects.set('data/seed/users.jsonl', Buffer.from('null')), 'MALFORMED_SEED', 'Line 1'],
    ['499 users', (others) => others.objects.set('data/seed/users.jsonl', seedOf(499)), 'INSUFFICIENT_MATCHING_SEED', '499 users in the training data, but at least 500'],
    ['500,001 users', (others) => others.objects.set('data/seed/users.jsonl', seedOf(500_001)), 'SEED_TOO_LARGE', 'at most 500000'],
  ])('fails with %s', async (_case, prepare, statusCode, message) => {
    const failed = await generate(({ others }) => prepare(others));
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode, message: expect.stringContaining(message), duration: 5 * MINUTE });
  });

  test.each<[string, string, Record<string, Buffer>, 'ACTIVE' | 'CREATE_FAILED']>([
    ['one object', 's3://data/a.jsonl', { 'a.jsonl': seedOf(500) }, 'ACTIVE'],
    ['all objects in a folder', 's3://data/a', { 'a/1': seedOf(300), 'a/b/2': Buffer.concat([seedOf(250), Buffer.from('\n'), Buffer.from('{"user_id": "x"}')]) }, 'CREATE_FAILED'],
    ['different users in two of them', 's3://data/a', { 'a/1': seedOf(499), 'a/b/2': Buffer.from('{"user_id": "x"}') }, 'ACTIVE'],
    ['the same user twice', 's3://data/a/', { 'a/1': seedOf(499), 'a/2': seedOf(499) }, 'CREATE_FAILED'],
    ['500,000 users', 's3://data/a/', { 'a/1': seedOf(500_000) }, 'ACTIVE'],
    ['a whole bucket', 's3://data', { 'a/1': seedOf(500) }, 'ACTIVE'],
  ])('is read from %s', async (_case, s3Uri, objects, expected) => {
    const { status } = await generate(({ others }) => {
      others.objects.clear();
      for (const [key, body] of Object.entries(objects)) others.objects.set(`data/${key}`, body);
    }, { seedAudience: { roleArn: SEED.roleArn, dataSource: { s3Uri } } });
    expect(status).toBe(expected);
  });

  test.each<[number, 'ACTIVE' | 'CREATE_FAILED']>([[500, 'ACTIVE'], [501, 'CREATE_FAILED']])('has to reach the least size of the model, %i', async (minMatchingSeedSize, expected) => {
    expect(await generate(undefined, {}, {}, { minMatchingSeedSize })).toMatchObject({ status: expected });
  });

  test('is read on behalf of the job, with the documented condition keys', async () => {
    const { others, audienceGenerationJobArn } = await generate(({ others: { buckets } }) => { buckets.set('data', { encryption: { kmsKeyArn: KEY_ARN } }); });
    expect(others.assumed).toEqual([{ roleArn: SEED.roleArn, sourceArn: audienceGenerationJobArn, sourceAccount: '111122223333' }]);
    const contextOf = (action: string) => others.asked.find((request) => request.action === action)?.context;
    expect(contextOf('s3:ListBucket')).toEqual({ 's3:ResourceAccount': '111122223333' });
    expect(contextOf('kms:Decrypt')).toEqual({
      'kms:ViaService': 's3.us-east-1.amazonaws.com', 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::data/seed/users.jsonl',
    });
  });
});

describe('the query of a seed', () => {
  const ACTIONS = [
    'cleanrooms:GetCollaborationAnalysisTemplate', 'cleanrooms:GetSchema', 'cleanrooms:StartProtectedQuery', 'cleanrooms:GetProtectedQuery',
    'cleanrooms:UpdateProtectedQuery',
  ];

  test.each(ACTIONS)('needs %s of the role', async (action) => {
    const failed = await generate(({ others }) => { others.denied.add(action); }, { seedAudience: QUERY });
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode: 'ACCESS_DENIED', message: expect.stringContaining(action), duration: 5 * MINUTE });
  });

  test('asks about the collaboration and the membership, on behalf of the job', async () => {
    const { others, audienceGenerationJobArn } = await generate(
      ({ service }) => service.collaborate(COLLABORATION_ID), { seedAudience: QUERY, collaborationId: COLLABORATION_ID },
    );
    const arn = (resource: string) => `arn:aws:cleanrooms:us-east-1:111122223333:${resource}`;
    expect(others.assumed).toEqual([{ roleArn: SEED.roleArn, sourceArn: audienceGenerationJobArn, sourceAccount: '111122223333' }]);
    expect(others.asked.filter(({ action }) => ACTIONS.includes(action)).map(({ resource }) => resource)).toEqual([
      arn(`collaboration/${COLLABORATION_ID}`), arn(`collaboration/${COLLABORATION_ID}`), ...[1, 2, 3].map(() => arn(`membership/${MEMBERSHIP_ID}`)),
    ]);
  });

  test('asks about the analysis template, and the memberships that the setting names', async () => {
    const analysisTemplateArn = 'arn:aws:cleanrooms:us-east-1:111122223333:membership/m/analysistemplate/t';
    const { others } = await generate(undefined, { seedAudience: { roleArn: SEED.roleArn, sqlParameters: { analysisTemplateArn } } }, { memberships: ['m'] });
    const resourceOf = (action: string) => others.asked.filter((request) => request.action === action).map(({ resource }) => resource);
    expect(resourceOf(ACTIONS[0])).toEqual([analysisTemplateArn]);
    expect(resourceOf(ACTIONS[4])).toEqual(['arn:aws:cleanrooms:us-east-1:111122223333:membership/m']);
  });

  test('has an id, which a seed from Amazon S3 has not', async () => {
    const { service, audienceGenerationJobArn } = await generate(undefined, { seedAudience: QUERY });
    expect((await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).protectedQueryIdentifier).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { service: other, audienceGenerationJobArn: arn } = await createGenerated();
    expect((await other.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn: arn })).protectedQueryIdentifier).toBeUndefined();
  });

  test.each<[Settings['seedQueryUsers'], 'ACTIVE' | 'CREATE_FAILED']>([
    [500, 'ACTIVE'], [499, 'CREATE_FAILED'], [({ name }) => (name === 'job' ? 25 : 10_000), 'CREATE_FAILED'],
  ])('yields as many users as the setting says: %p', async (seedQueryUsers, expected) => {
    const { status, duration } = await generate(undefined, { seedAudience: QUERY }, { seedQueryUsers });
    expect(status).toBe(expected);
    if (expected === 'CREATE_FAILED') expect(duration).toBe(12 * HOUR + 5 * MINUTE);
  });
});

describe('metrics', () => {
  const metricsWith = async (settings: Partial<Settings>, model: Partial<Input<'CreateConfiguredAudienceModel'>> = {}) => {
    const { service, audienceGenerationJobArn } = await createGenerated(settings, model);
    return (await service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).metrics;
  };

  test('are there for each size of the model', async () => {
    const audienceQuality: Settings['audienceQuality'] = ({ name }) => ({ recall: name === 'job' ? 0.7 : 0, relevance: ({ value }) => 1 - value / 1_000_000 });
    expect(await metricsWith({ audienceQuality }, { audienceSizeConfig: { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [10_000, 200_000] } })).toEqual({
      recallMetric: 0.7,
      relevanceMetrics: [
        { audienceSize: { type: 'ABSOLUTE', value: 10_000 }, score: 0.99 }, { audienceSize: { type: 'ABSOLUTE', value: 200_000 }, score: 0.8 },
      ],
    });
  });

  test.each<Partial<Input<'CreateConfiguredAudienceModel'>>>([
    {}, { audienceSizeConfig: { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [10_000, 50_000, 100_000, 20_000_000] } },
  ])('say that a larger audience is less relevant, unless a setting says otherwise (%p)', async (model) => {
    const scores = (await metricsWith({}, model))?.relevanceMetrics.map(({ score = -1 }) => score) ?? [];
    expect(scores).toHaveLength(4);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    for (const score of scores) expect(score > 0 && score < 1).toBe(true);
  });

  test('are not there before the job is ACTIVE', async () => {
    const fixture = await createConfigured();
    const job = await start(fixture);
    await fixture.clock.sleep(HOUR);
    expect((await fixture.service.getAudienceGenerationJob(ROOT, job)).metrics).toBeUndefined();
  });

  test('are for the owner of the model, shared or not', async () => {
    expect(await metricsWith({}, { sharedAudienceMetrics: ['NONE'] })).toBeDefined();
  });
});

describe('names', () => {
  test('are unique, and taken until the job is gone', async () => {
    const fixture = await createGenerated();
    const { service, clock, audienceGenerationJobArn } = fixture;
    const conflict = { name: 'ConflictException', status: 409 };
    await expect(start(fixture)).rejects.toMatchObject(conflict);
    await clock.busy(async () => {
      await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
      await expect(start(fixture)).rejects.toMatchObject(conflict);
    });
    await clock.sleep(HOUR);
    await expect(start(fixture)).resolves.toBeDefined();
  });

  test('a repeated start can get the ARN of the first one, but only if it asks for the same and the job is not in deletion', async () => {
    const fixture = await createGenerated({ repeatedCreate: 'sameArn' });
    const { service, clock, audienceGenerationJobArn } = fixture;
    expect(await start(fixture)).toEqual({ audienceGenerationJobArn });
    await expect(start(fixture, { description: 'other' })).rejects.toMatchObject({ name: 'ConflictException' });
    await clock.busy(async () => {
      await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
      await expect(start(fixture)).rejects.toMatchObject({ name: 'ConflictException' });
    });
    expect(service.generationsStarted).toHaveLength(1);
  });
});

describe('quotas', () => {
  test('an eleventh job has to wait until one of ten is done', async () => {
    const fixture = await createConfigured();
    const { clock } = fixture;
    await clock.busy(async () => {
      for (let job = 1; job <= 10; job++) await start(fixture, { name: `job ${job}` });
      await expect(start(fixture)).rejects.toMatchObject({
        name: 'ServiceQuotaExceededException', status: 402, fields: { quotaName: 'Pending/in-progress audience generation jobs', quotaValue: 10 },
      });
    });
    await clock.sleep(11 * HOUR);
    await expect(start(fixture)).resolves.toBeDefined();
  });

  test('calls at the same time do not slip through together', async () => {
    const fixture = await createConfigured({ quotas: { ...DEFAULT_SETTINGS.quotas, audienceGenerationJobsInProgress: 1 } });
    const results = await fixture.clock.busy(() => Promise.allSettled(['a', 'b'].map((name) => start(fixture, { name }))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('tags', () => {
  test.each<['FROM_PARENT_RESOURCE' | 'NONE', Record<string, string>]>([
    ['FROM_PARENT_RESOURCE', { team: 'ads', cost: '1', stage: 'prod' }], ['NONE', { cost: '1', team: 'ads' }],
  ])('come from the model if it says %s, and those of the job win', async (childResourceTagOnCreatePolicy, expected) => {
    const fixture = await createConfigured({}, { childResourceTagOnCreatePolicy, tags: { team: 'models', stage: 'prod' } });
    const { audienceGenerationJobArn } = await start(fixture, { tags: { cost: '1', team: 'ads' } });
    expect((await fixture.service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).tags).toEqual(expected);
  });

  test('together are no more than 50', async () => {
    const tags = (prefix: string, count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'v']));
    const fixture = await createConfigured({}, { childResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE', tags: tags('model', 30) });
    await expect(start(fixture, { tags: tags('job', 21) })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(start(fixture, { tags: tags('job', 20) })).resolves.toBeDefined();
  });
});

describe('the list', () => {
  test('is filtered by model and collaboration, in pages', async () => {
    const fixture = await createConfigured();
    const { service, audienceModelArn, configuredAudienceModelArn } = fixture;
    service.collaborate(COLLABORATION_ID);
    const other = await service.createConfiguredAudienceModel(ROOT, { name: 'other', audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] });
    await start(fixture, { name: 'a' });
    await start(fixture, { name: 'b', ...other });
    await start(fixture, { name: 'c', collaborationId: COLLABORATION_ID });
    const namesOf = async (input: Input<'ListAudienceGenerationJobs'>) =>
      (await service.listAudienceGenerationJobs(ROOT, input)).audienceGenerationJobs.map(({ name }) => name);
    expect(await namesOf({})).toEqual(['a', 'b', 'c']);
    expect(await namesOf({ configuredAudienceModelArn })).toEqual(['a', 'c']);
    expect(await namesOf({ collaborationId: COLLABORATION_ID })).toEqual(['c']);
    expect(await namesOf({ ...other, collaborationId: COLLABORATION_ID })).toEqual([]);
    const { nextToken, audienceGenerationJobs } = await service.listAudienceGenerationJobs(ROOT, { configuredAudienceModelArn, maxResults: 1 });
    expect(audienceGenerationJobs).toMatchObject([{ name: 'a', status: 'CREATE_PENDING', startedBy: '111122223333' }]);
    expect(await namesOf({ configuredAudienceModelArn, nextToken })).toEqual(['c']);
  });

  test('can take its time to show a new job', async () => {
    const fixture = await createConfigured({ listLag: 5000 });
    await start(fixture);
    const { audienceGenerationJobs } = await fixture.service.listAudienceGenerationJobs(ROOT, {});
    expect(audienceGenerationJobs).toEqual([]);
    await fixture.clock.sleep(5000);
    expect((await fixture.service.listAudienceGenerationJobs(ROOT, {})).audienceGenerationJobs).toHaveLength(1);
  });
});

describe('the deletion', () => {
  test('passes through DELETE_PENDING and DELETE_IN_PROGRESS to nothing', async () => {
    const fixture = await createGenerated({ deletionQueueTime: MINUTE, deletionTime: 5 * MINUTE });
    const { service, clock, audienceGenerationJobArn } = fixture;
    const seen: unknown[] = [];
    await clock.busy(async () => {
      await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
      seen.push(statusOf(fixture));
    });
    await clock.sleep(MINUTE + 1);
    seen.push(statusOf(fixture));
    await clock.sleep(5 * MINUTE);
    seen.push(statusOf(fixture));
    expect(seen).toEqual([['DELETE_PENDING'], ['DELETE_IN_PROGRESS'], []]);
    await expect(service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('can end in DELETE_FAILED and be tried again', async () => {
    const fixture = await createGenerated();
    const { service, clock, audienceGenerationJobArn } = fixture;
    const heal = service.failJobDeletion('job', { statusCode: 'INTERNAL_ERROR', message: 'try again' });
    await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    await clock.sleep(HOUR);
    expect(service.audienceGenerationJobs()).toMatchObject([{ status: 'DELETE_FAILED', statusDetails: { statusCode: 'INTERNAL_ERROR' } }]);
    heal();
    await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    await clock.sleep(HOUR);
    expect(statusOf(fixture)).toEqual([]);
  });

  test.each(['ConflictException', 'ValidationException'] as const)('of a job in progress is refused with a %s', async (deleteDuringGeneration) => {
    const fixture = await createConfigured({ deleteDuringGeneration });
    const { service, clock } = fixture;
    const job = await start(fixture);
    for (const status of ['CREATE_PENDING', 'CREATE_IN_PROGRESS']) {
      await clock.busy(async () => {
        expect(statusOf(fixture)).toEqual([status]);
        await expect(service.deleteAudienceGenerationJob(ROOT, job)).rejects.toMatchObject({ name: deleteDuringGeneration });
      });
      await clock.sleep(HOUR);
    }
    await clock.sleep(11 * HOUR);
    await expect(service.deleteAudienceGenerationJob(ROOT, job)).resolves.toBeUndefined();
  });

  test('of a job that failed is accepted', async () => {
    const { service, clock, audienceGenerationJobArn } = await generate(({ others }) => others.objects.clear());
    await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    await clock.sleep(HOUR);
    expect(service.audienceGenerationJobs()).toEqual([]);
  });

  test.each(['accepted', 'ConflictException', 'ValidationException'] as const)('of a job in deletion is %s', async (deleteDuringDeletion) => {
    const { service, clock, audienceGenerationJobArn } = await createGenerated({ deleteDuringDeletion });
    await clock.busy(async () => {
      await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
      const second = service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
      if (deleteDuringDeletion === 'accepted') await second;
      else await expect(second).rejects.toMatchObject({ name: deleteDuringDeletion });
    });
    await clock.sleep(HOUR);
    expect(service.audienceGenerationJobs()).toEqual([]);
  });

  test('of a job that does not exist', async () => {
    const { service, audienceGenerationJobArn } = await createGenerated();
    await expect(service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn: `${audienceGenerationJobArn}x` })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('the configured audience model', () => {
  test.each(['accepted', 'ConflictException'] as const)('can go while a job of it is in progress: %s', async (deleteModelWithJobs) => {
    const fixture = await createConfigured({ deleteModelWithJobs });
    const { service, clock, configuredAudienceModelArn } = fixture;
    await start(fixture);
    await clock.sleep(HOUR);
    const deleted = service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
    if (deleteModelWithJobs === 'accepted') await expect(deleted).resolves.toBeUndefined();
    else await expect(deleted).rejects.toMatchObject({ name: 'ConflictException', status: 409 });
    await clock.sleep(11 * HOUR);
    expect(statusOf(fixture)).toEqual(['ACTIVE']);
  });

  test('can go before its finished jobs', async () => {
    const { service, configuredAudienceModelArn, audienceGenerationJobArn } = await createGenerated();
    await service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
    await expect(service.getAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).resolves.toMatchObject({ status: 'ACTIVE' });
  });
});

describe('a collaboration', () => {
  test('has to exist', async () => {
    await expect(start(await createConfigured(), { collaborationId: COLLABORATION_ID })).rejects.toMatchObject({
      name: 'ValidationException', message: `The account 111122223333 is not an active member of the collaboration ${COLLABORATION_ID}`,
    });
  });

  test('can have this account alone', async () => {
    const fixture = await createConfigured();
    fixture.service.collaborate(COLLABORATION_ID);
    await expect(start(fixture, { collaborationId: COLLABORATION_ID })).resolves.toBeDefined();
  });

  test('is looked up in the name of the caller, who has to be allowed to', async () => {
    const fixture = await createConfigured();
    fixture.service.collaborate(COLLABORATION_ID);
    fixture.others.denied.add('cleanrooms:ListMembers');
    await expect(start(fixture)).resolves.toBeDefined();
    await expect(start(fixture, { name: 'other', collaborationId: COLLABORATION_ID })).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('cleanrooms:ListMembers'),
    });
  });
});
