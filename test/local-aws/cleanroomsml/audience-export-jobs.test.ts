import { createConfigured, createGenerated, HOUR, KEY_ARN, MINUTE, OUTPUT, ROOT, SEED } from './fixture';
import { Input } from '../../../local-aws/cleanroomsml/model';
import { DEFAULT_SETTINGS, Settings } from '../../../local-aws/cleanroomsml/settings';

type Fixture = Awaited<ReturnType<typeof createGenerated>>;
type Request = Input<'StartAudienceExportJob'>;

const FIVE_PERCENT = { type: 'PERCENTAGE', value: 5 } as const;
const start = ({ service, audienceGenerationJobArn }: Fixture, changes: Partial<Request> = {}) =>
  service.startAudienceExportJob(ROOT, { name: 'export', audienceGenerationJobArn, audienceSize: FIVE_PERCENT, ...changes });
const statusOf = ({ service }: Fixture) => service.audienceExportJobs().map(({ status }) => status);

/** Exports in surroundings of the test's choice, and waits until it is over. */
const exportWith = async (prepare: (fixture: Fixture) => void, changes: Partial<Request> = {}, settings: Partial<Settings> = {}) => {
  const fixture = await createGenerated(settings);
  prepare(fixture);
  await start(fixture, changes);
  await fixture.clock.sleep(HOUR);
  const { audienceExportJobs: [{ status, statusDetails, outputLocation }] } = await fixture.service.listAudienceExportJobs(ROOT, {});
  return { status, ...statusDetails, outputLocation };
};

describe('an export', () => {
  test('passes through CREATE_PENDING and CREATE_IN_PROGRESS to ACTIVE, each at its time, and then there is an object', async () => {
    const fixture = await createGenerated({ exportQueueTime: 2 * MINUTE, exportTime: 20 * MINUTE });
    const { service, clock, others, audienceGenerationJobArn } = fixture;
    const createTime = new Date(clock.now());
    await start(fixture, { description: 'd' });
    const seen: unknown[] = [];
    const look = async (milliseconds: number) => {
      await clock.sleep(milliseconds);
      seen.push(...statusOf(fixture), [...others.objects.keys()].some((key) => key.startsWith('output/')));
    };
    await look(2 * MINUTE - 1);
    await look(2);
    await look(20 * MINUTE - 2);
    await look(2);
    expect(seen).toEqual(['CREATE_PENDING', false, 'CREATE_IN_PROGRESS', false, 'CREATE_IN_PROGRESS', false, 'ACTIVE', true]);
    const [, id] = audienceGenerationJobArn.split('/');
    const { audienceExportJobs } = await service.listAudienceExportJobs(ROOT, {});
    expect(audienceExportJobs).toEqual([{
      name: 'export',
      audienceGenerationJobArn,
      audienceSize: FIVE_PERCENT,
      description: 'd',
      status: 'ACTIVE',
      createTime,
      updateTime: new Date(createTime.getTime() + 22 * MINUTE),
      outputLocation: `s3://output/audiences/${id}/export/`,
    }]);
    expect([...others.objects.keys()]).toContain(`output/audiences/${id}/export/part-00000.csv`);
  });

  test('answers nothing, and is logged', async () => {
    const fixture = await createGenerated();
    const { service, clock, audienceGenerationJobArn } = fixture;
    const time = new Date(clock.now());
    expect(await start(fixture)).toBeUndefined();
    expect(service.exportsStarted).toEqual([{ input: { name: 'export', audienceGenerationJobArn, audienceSize: FIVE_PERCENT }, time }]);
  });

  test('fails when a test says so, until it says otherwise', async () => {
    const fixture = await createGenerated();
    const { service, clock } = fixture;
    const heal = service.failExport(({ name }) => name === 'export', { statusCode: 'INTERNAL_ERROR', message: 'try again' });
    await start(fixture);
    await clock.sleep(HOUR);
    expect(service.audienceExportJobs()).toMatchObject([{ status: 'CREATE_FAILED', statusDetails: { statusCode: 'INTERNAL_ERROR', message: 'try again' } }]);
    expect(service.audienceExportJobs()[0].outputLocation).toBeUndefined();
    heal();
    await start(fixture, { name: 'again' });
    await clock.sleep(HOUR);
    expect(statusOf(fixture)).toEqual(['CREATE_FAILED', 'ACTIVE']);
  });

  test.each<[string, (others: Fixture['others']) => void, string, string]>([
    ['a role that does not trust the service', (others) => others.untrusting.add(OUTPUT.roleArn), 'ROLE_NOT_ASSUMABLE', 'cannot be assumed'],
    ['a role that may not write', (others) => others.denied.add('s3:PutObject'), 'ACCESS_DENIED', '/export/part-00000.csv'],
    ['no bucket', (others) => others.buckets.delete('output'), 'BUCKET_NOT_FOUND', 'output does not exist'],
    ['a bucket with a key but no kms:GenerateDataKey', (others) => {
      others.buckets.set('output', { encryption: { kmsKeyArn: KEY_ARN } });
      others.denied.add('kms:GenerateDataKey');
    }, 'ACCESS_DENIED', `kms:GenerateDataKey on resource: ${KEY_ARN}`],
  ])('fails with %s', async (_case, prepare, statusCode, message) => {
    const failed = await exportWith(({ others }) => prepare(others));
    expect(failed).toMatchObject({ status: 'CREATE_FAILED', statusCode, message: expect.stringContaining(message), outputLocation: undefined });
  });

  test('is written on behalf of the configured audience model', async () => {
    const { others, configuredAudienceModelArn, ...fixture } = await createGenerated();
    others.assumed.length = 0;
    await start({ ...fixture, others, configuredAudienceModelArn });
    await fixture.clock.sleep(HOUR);
    expect(others.assumed).toEqual([{ roleArn: OUTPUT.roleArn, sourceArn: configuredAudienceModelArn, sourceAccount: '111122223333' }]);
  });

  test.each<[number, 'ACTIVE' | 'CREATE_FAILED']>([[200_000, 'ACTIVE'], [199_999, 'CREATE_FAILED']])(
    'has at least 10,000 users: 5%% of %i', async (trainedUsers, expected) => {
      expect((await exportWith(() => undefined, {}, { trainedUsers })).status).toBe(expected);
    });

  test.each<[number, string | undefined]>([
    [9_999, 'AUDIENCE_TOO_SMALL'], [10_000, undefined], [50_000, undefined], [50_001, 'AUDIENCE_TOO_LARGE'],
  ])('has at least 10,000 users, and of 50,000 not more: %i', async (value, statusCode) => {
    const fixture = await createGenerated({ trainedUsers: 50_000 }, { audienceSizeConfig: { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [value] } });
    await start(fixture, { audienceSize: { type: 'ABSOLUTE', value } });
    await fixture.clock.sleep(HOUR);
    expect(fixture.service.audienceExportJobs()).toMatchObject([{
      status: statusCode ? 'CREATE_FAILED' : 'ACTIVE', statusDetails: statusCode ? { statusCode } : undefined,
    }]);
  });
});

describe('what can be exported', () => {
  test.each<[string, Request['audienceSize'], boolean]>([
    ['a size of the model', { type: 'ABSOLUTE', value: 20 }, true],
    ['another size', { type: 'ABSOLUTE', value: 21 }, false],
    ['the size in another type', { type: 'PERCENTAGE', value: 20 }, false],
  ])('%s', async (_case, audienceSize, accepted) => {
    const fixture = await createGenerated({}, { audienceSizeConfig: { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [10, 20] } });
    const started = start(fixture, { audienceSize });
    if (accepted) await expect(started).resolves.toBeUndefined();
    else await expect(started).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('ABSOLUTE 10, ABSOLUTE 20') });
  });

  test('is decided by the model as it was when the job started', async () => {
    const fixture = await createGenerated({}, { audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [5] } });
    const { service, configuredAudienceModelArn } = fixture;
    await service.updateConfiguredAudienceModel(ROOT, {
      configuredAudienceModelArn, audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [10] },
    });
    await expect(start(fixture, { audienceSize: { type: 'PERCENTAGE', value: 10 } })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(start(fixture)).resolves.toBeUndefined();
  });

  test.each(['ConflictException', 'ValidationException'] as const)('is an ACTIVE job only, else there is a %s', async (inactiveGenerationJob) => {
    const fixture = await createConfigured({ inactiveGenerationJob });
    const { service, clock, configuredAudienceModelArn } = fixture;
    const job = await service.startAudienceGenerationJob(ROOT, { name: 'job', configuredAudienceModelArn, seedAudience: SEED });
    const refused = { name: inactiveGenerationJob, message: expect.stringContaining('not ACTIVE') };
    await expect(start({ ...fixture, ...job })).rejects.toMatchObject(refused);
    await clock.sleep(11 * HOUR);
    await clock.busy(async () => {
      await service.deleteAudienceGenerationJob(ROOT, job);
      await expect(start({ ...fixture, ...job })).rejects.toMatchObject(refused);
    });
    expect(service.exportsStarted).toEqual([]);
  });

  test('is no job that does not exist', async () => {
    const fixture = await createGenerated();
    await expect(start(fixture, { audienceGenerationJobArn: `${fixture.audienceGenerationJobArn}x` })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('names', () => {
  test.each([[true, 'rejected'], [false, 'fulfilled']])('where unique is %s, a second export of a name is %s', async (exportNamesUnique, outcome) => {
    const fixture = await createGenerated({ exportNamesUnique });
    await start(fixture);
    const [result] = await Promise.allSettled([start(fixture)]);
    expect(result.status).toBe(outcome);
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'ConflictException', status: 409 });
    expect(fixture.service.audienceExportJobs()).toHaveLength(exportNamesUnique ? 1 : 2);
  });

  test('a repeated start can be accepted and start nothing', async () => {
    const fixture = await createGenerated({ repeatedCreate: 'sameArn' });
    await start(fixture);
    await start(fixture);
    await expect(start(fixture, { description: 'other' })).rejects.toMatchObject({ name: 'ConflictException' });
    expect(fixture.service.exportsStarted).toHaveLength(1);
  });
});

describe('quotas', () => {
  const startAll = async (fixture: Fixture, count: number) => {
    for (let index = 1; index <= count; index++) await start(fixture, { name: `export ${index}` });
  };

  test('20 exports at a time', async () => {
    const fixture = await createGenerated();
    await fixture.clock.busy(async () => {
      await startAll(fixture, 20);
      await expect(start(fixture)).rejects.toMatchObject({
        name: 'ServiceQuotaExceededException', fields: { quotaName: 'Pending/in-progress audience export jobs', quotaValue: 20 },
      });
    });
    await fixture.clock.sleep(HOUR);
    await expect(start(fixture)).resolves.toBeUndefined();
  });

  test('25 exports of a job, not counting those that failed', async () => {
    const fixture = await createGenerated({ quotas: { ...DEFAULT_SETTINGS.quotas, audienceExportJobsInProgress: 100 } });
    fixture.service.failExport('export 1', { statusCode: 'INTERNAL_ERROR', message: 'try again' });
    const exceeded = { name: 'ServiceQuotaExceededException', fields: { quotaName: 'Active export jobs per audience generation job', quotaValue: 25 } };
    await fixture.clock.busy(async () => {
      await startAll(fixture, 25);
      await expect(start(fixture)).rejects.toMatchObject(exceeded);
    });
    await fixture.clock.sleep(HOUR);
    await start(fixture);
    await expect(start(fixture, { name: 'more' })).rejects.toMatchObject(exceeded);
  });
});

describe('the list', () => {
  test('is filtered by job, in pages', async () => {
    const fixture = await createGenerated();
    const { service, clock, configuredAudienceModelArn, audienceGenerationJobArn } = fixture;
    const other = await service.startAudienceGenerationJob(ROOT, { name: 'other', configuredAudienceModelArn, seedAudience: SEED });
    await clock.sleep(11 * HOUR);
    await start(fixture, { name: 'a' });
    await start(fixture, { name: 'b', ...other });
    await start(fixture, { name: 'c' });
    const namesOf = async (input: Input<'ListAudienceExportJobs'>) => (await service.listAudienceExportJobs(ROOT, input)).audienceExportJobs.map(({ name }) => name);
    expect(await namesOf({})).toEqual(['a', 'b', 'c']);
    expect(await namesOf({ audienceGenerationJobArn })).toEqual(['a', 'c']);
    const { nextToken } = await service.listAudienceExportJobs(ROOT, { audienceGenerationJobArn, maxResults: 1 });
    expect(await namesOf({ audienceGenerationJobArn, nextToken })).toEqual(['c']);
  });

  test('can take its time to show a new export', async () => {
    const fixture = await createGenerated({ listLag: 5000 });
    await start(fixture);
    expect((await fixture.service.listAudienceExportJobs(ROOT, {})).audienceExportJobs).toEqual([]);
    await fixture.clock.sleep(5000);
    expect((await fixture.service.listAudienceExportJobs(ROOT, {})).audienceExportJobs).toHaveLength(1);
  });
});

describe('the deletion of a job', () => {
  test('has to wait for its exports', async () => {
    const fixture = await createGenerated();
    const { service, clock, audienceGenerationJobArn } = fixture;
    await start(fixture);
    for (const status of ['CREATE_PENDING', 'CREATE_IN_PROGRESS']) {
      await clock.busy(async () => {
        expect(statusOf(fixture)).toEqual([status]);
        await expect(service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).rejects.toMatchObject({ name: 'ConflictException' });
      });
      await clock.sleep(10 * MINUTE);
    }
    await clock.sleep(HOUR);
    await expect(service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn })).resolves.toBeUndefined();
  });

  test('takes its exports from the list, and leaves what they have written', async () => {
    const fixture = await createGenerated();
    const { service, clock, others, audienceGenerationJobArn } = fixture;
    await start(fixture);
    await clock.sleep(HOUR);
    const written = [...others.objects.keys()];
    await service.deleteAudienceGenerationJob(ROOT, { audienceGenerationJobArn });
    await clock.sleep(HOUR);
    expect((await service.listAudienceExportJobs(ROOT, {})).audienceExportJobs).toEqual([]);
    expect([...others.objects.keys()]).toEqual(written);
  });
});
