import { COLLABORATION_ID, createConfigured, createGenerated, HOUR, KEY_ARN, MINUTE, OUTPUT, QUERY, ROOT, SEED, START } from './fixture';
import { Fixture, generate, start } from './generations';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { DEFAULT_SETTINGS, Settings } from '../../../local-aws/cleanroomsml/settings';

const statusOf = ({ service }: Pick<Fixture, 'service'>) => service.audienceGenerationJobs().map(({ status }) => status);

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

  test.each([
    ['before it', 0, 'CREATE_FAILED', 5 * MINUTE],
    ['during it', HOUR, 'CREATE_FAILED', 10 * HOUR + 5 * MINUTE],
    ['after it', 11 * HOUR, 'ACTIVE', 10 * HOUR + 5 * MINUTE],
  ])('uses the key of its model, which is disabled %s', async (_case, disabledAfter, status, duration) => {
    const fixture = await createConfigured({ generationQueueTime: 5 * MINUTE, generationTime: 10 * HOUR });
    const { service, clock, others, trainingDatasetArn, configuredAudienceModelArn } = fixture;
    const { audienceModelArn } = await service.createAudienceModel(ROOT, { name: 'encrypted', trainingDatasetArn, kmsKeyArn: KEY_ARN });
    await clock.sleep(25 * HOUR);
    await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, audienceModelArn });
    const startTime = clock.now();
    await start(fixture);
    await clock.sleep(disabledAfter);
    others.disabledKeys.add(KEY_ARN);
    await clock.sleep(20 * HOUR);
    const [job] = service.audienceGenerationJobs();
    expect([job.status, job.updateTime.getTime() - startTime]).toEqual([status, duration]);
    expect(job.statusDetails).toEqual(status === 'ACTIVE' ? undefined : { statusCode: 'KMS_KEY_UNUSABLE', message: `${KEY_ARN} is disabled.` });
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
  test.each(['accepted', 'ConflictException', 'ConflictException for any job'] as const)('can go while a job of it is in progress: %s', async (deleteModelWithJobs) => {
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

  test('cannot go before its finished jobs have gone, if any job of it is in the way', async () => {
    const { service, clock, configuredAudienceModelArn, audienceGenerationJobArn } = await createGenerated({
      deleteModelWithJobs: 'ConflictException for any job',
    });
    const refusal = { name: 'ConflictException', message: `The audience generation job ${audienceGenerationJobArn} uses ${configuredAudienceModelArn}` };
    await expect(service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).rejects.toMatchObject(refusal);
    await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    await expect(service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).rejects.toMatchObject(refusal);
    await clock.sleep(HOUR);
    await expect(service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).resolves.toBeUndefined();
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
