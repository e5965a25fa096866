import { createConfigured, createGenerated, createService, DATASET, OUTPUT, ROOT, SEED, START, withDataset } from './fixture';
import { AwsError, AwsRequest } from '../../../local-aws/aws';
import { CleanRoomsMlApi } from '../../../local-aws/cleanroomsml/api';
import { CleanRoomsMl } from '../../../local-aws/cleanroomsml/cleanroomsml';
import { DEFAULT_SETTINGS, UNKNOWN_BEHAVIOURS } from '../../../local-aws/cleanroomsml/settings';
import { ConnectionReset } from '../../../local-aws/faults';

const request = (method: string, path: string, body: unknown = undefined, query = ''): AwsRequest => ({
  principal: ROOT, method, path, query: new URLSearchParams(query), headers: {}, body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
});
const send = (service: CleanRoomsMl, sent: AwsRequest) => new CleanRoomsMlApi(service).handle(sent);

describe('over HTTP', () => {
  test('a create takes JSON and answers JSON', async () => {
    const { service } = createService();
    const { status, headers, body } = await send(service, request('POST', '/training-dataset', DATASET));
    expect({ status, type: headers?.['content-type'] }).toEqual({ status: 200, type: 'application/json' });
    expect(JSON.parse(String(body))).toEqual({ trainingDatasetArn: service.trainingDatasets()[0].arn });
  });

  test('ARNs are percent-encoded in the path, times are ISO 8601', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const { status, body } = await send(service, request('GET', `/training-dataset/${encodeURIComponent(trainingDatasetArn)}`));
      expect(status).toBe(200);
      expect(JSON.parse(String(body))).toMatchObject({ trainingDatasetArn, createTime: '2026-01-01T00:00:00.000Z' });
    });
  });

  test('a slash that is not encoded leads nowhere', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const { status, headers } = await send(service, request('GET', `/training-dataset/${trainingDatasetArn}`));
      expect({ status, type: headers?.['x-amzn-errortype'] }).toEqual({ status: 404, type: 'UnknownOperationException' });
      expect(await send(service, request('GET', '/training-dataset/%E0%A4%A'))).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'SerializationException' } });
    });
  });

  test('times come in as ISO 8601, and nothing else', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const create = (trainingDataStartTime: unknown) => send(service, request('POST', '/audience-model', { name: 'model', trainingDatasetArn, trainingDataStartTime }));
      for (const time of [1_767_225_600, { toString: 1 }, '2026-01-01', 'yesterday', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-02-28T24:00:00Z']) {
        expect(await create(time)).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } });
      }
      expect(await create('2026-01-01T00:00:00Z')).toMatchObject({ status: 200 });
      expect(service.trainingsStarted[0].input.trainingDataStartTime).toEqual(new Date(START));
    });
  });

  test('null is as good as nothing', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const create = (members: object) => send(service, request('POST', '/audience-model', { name: 'model', trainingDatasetArn, ...members }));
      expect(await create({ name: null })).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } });
      expect(await create({ tags: { key: null } })).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } });
      expect(await create({ tags: null, trainingDataStartTime: null, description: null })).toMatchObject({ status: 200 });
    });
    const { service, audienceModelArn } = await createConfigured();
    const configured = { name: 'other', audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] };
    expect(await send(service, request('POST', '/configured-audience-model', { ...configured, tags: null, audienceSizeConfig: null }))).toMatchObject({ status: 200 });
    expect(await send(service, request('POST', '/training-dataset', { ...DATASET, name: 'other', tags: null }))).toMatchObject({ status: 200 });
  });

  test.each(['constructor', '__proto__', 'unknown'])('a member named %s is refused', async (name) => {
    const body = Buffer.from(JSON.stringify(DATASET).replace('{', `{"${name}":{},`));
    expect(await send(createService().service, { ...request('POST', '/training-dataset'), body })).toMatchObject({ status: 400 });
    expect(await send(createService().service, request('GET', '/training-dataset', undefined, `${name}=x`))).toMatchObject({ status: 400 });
  });

  test('true and false are no strings', async () => {
    const { service, configuredAudienceModelArn } = await createConfigured();
    const start = (includeSeedInOutput: unknown) =>
      send(service, request('POST', '/audience-generation-job', { name: 'job', configuredAudienceModelArn, seedAudience: SEED, includeSeedInOutput }));
    expect(await start('true')).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'ValidationException' } });
    const { audienceGenerationJobArn } = JSON.parse(String((await start(true)).body)) as { audienceGenerationJobArn: string };
    const { body } = await send(service, request('GET', `/audience-generation-job/${encodeURIComponent(audienceGenerationJobArn)}`));
    expect(JSON.parse(String(body))).toMatchObject({ includeSeedInOutput: true });
  });

  test('filters of lists travel in the query', async () => {
    const { service, audienceGenerationJobArn } = await createGenerated();
    await service.startAudienceExportJob(ROOT, { name: 'export', audienceGenerationJobArn, audienceSize: { type: 'PERCENTAGE', value: 5 } });
    const namesOf = async (arn: string) => {
      const { body } = await send(service, request('GET', '/audience-export-job', undefined, `audienceGenerationJobArn=${encodeURIComponent(arn)}`));
      return (JSON.parse(String(body)) as { audienceExportJobs: { name: string }[] }).audienceExportJobs.map(({ name }) => name);
    };
    expect(await namesOf(audienceGenerationJobArn)).toEqual(['export']);
    expect(await namesOf(`${audienceGenerationJobArn}x`)).toEqual([]);
  });

  test('tag keys and paging travel in the query', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      const path = `/tags/${encodeURIComponent(trainingDatasetArn)}`;
      await send(service, request('POST', path, { tags: { a: '1', b: '2', c: '3' } }));
      await send(service, request('DELETE', path, undefined, 'tagKeys=a&tagKeys=b'));
      const { body } = await send(service, request('GET', path));
      expect(JSON.parse(String(body))).toEqual({ tags: { c: '3' } });
      expect(await send(service, request('GET', '/training-dataset', undefined, 'maxResults=many'))).toMatchObject({ status: 400 });
      expect(await send(service, request('GET', '/training-dataset', undefined, 'maxResults=1&sort=name'))).toMatchObject({ status: 400 });
      expect(await send(service, request('GET', '/training-dataset', undefined, 'maxResults=1'))).toMatchObject({ status: 200 });
    });
  });

  test('an error names itself in a header and carries its fields in the body', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      for (const name of ['one', 'two']) await service.createAudienceModel(ROOT, { name, trainingDatasetArn });
      const { status, headers, body } = await send(service, request('POST', '/audience-model', { name: 'three', trainingDatasetArn }));
      expect({ status, type: headers?.['x-amzn-errortype'] }).toEqual({ status: 402, type: 'ServiceQuotaExceededException' });
      expect(JSON.parse(String(body))).toEqual({
        message: expect.any(String), quotaName: 'Pending/in-progress audience models', quotaValue: 2,
      });
    });
  });

  test.each(['{', '[1]', '"text"'])('the body %s is refused', async (body) => {
    const { status } = await send(createService().service, { ...request('POST', '/training-dataset'), body: Buffer.from(body) });
    expect(status).toBe(400);
  });
});

describe('faults', () => {
  test('before the call: nothing has happened', async () => {
    const { service } = createService();
    service.beforeCall = () => { throw new AwsError('InternalServerException', 'Internal error', 500); };
    expect(await send(service, request('POST', '/training-dataset', DATASET))).toMatchObject({
      status: 500, headers: { 'x-amzn-errortype': 'InternalServerException' },
    });
    expect(service.trainingDatasets()).toEqual([]);
  });

  test('after the call: it has happened, but nobody hears of it', async () => {
    const { service } = createService();
    service.afterCall = () => { throw new ConnectionReset(); };
    await expect(send(service, request('POST', '/training-dataset', DATASET))).rejects.toThrow(ConnectionReset);
    expect(service.trainingDatasets()).toHaveLength(1);
    expect(service.calls).toMatchObject([{ outcome: 'ok' }]);
  });

  test('can be aimed at one operation of one caller', async () => {
    await withDataset(async ({ service, trainingDatasetArn }) => {
      service.beforeCall = ({ operation, principal }) => {
        if (operation === 'GetTrainingDataset' && principal.roleArn) throw new ConnectionReset();
      };
      await expect(service.getTrainingDataset(ROOT, { trainingDatasetArn })).resolves.toBeDefined();
      await expect(service.getTrainingDataset({ ...ROOT, roleArn: 'role' }, { trainingDatasetArn })).rejects.toThrow(ConnectionReset);
      await expect(service.listTrainingDatasets({ ...ROOT, roleArn: 'role' }, {})).resolves.toBeDefined();
    });
  });
});

test('every call is logged with its caller, input, time and outcome', async () => {
  const { service } = createService();
  await service.createTrainingDataset(ROOT, DATASET);
  await Promise.allSettled([service.createTrainingDataset(ROOT, DATASET), service.createTrainingDataset(ROOT, { ...DATASET, name: '' })]);
  expect(service.calls).toMatchObject([
    { operation: 'CreateTrainingDataset', principal: ROOT, input: DATASET, time: new Date(START), outcome: 'ok' },
    { outcome: 'ConflictException' },
    { outcome: 'ValidationException' },
  ]);
});

test('every switch stands in one of its positions, and every unknown behaviour has a switch', () => {
  for (const [name, positions] of Object.entries(UNKNOWN_BEHAVIOURS)) {
    expect(positions).toContain(DEFAULT_SETTINGS[name as keyof typeof DEFAULT_SETTINGS]);
    expect(positions.length).toBeGreaterThan(1);
  }
  const known = [
    'trainingQueueTime', 'trainingTime', 'generationQueueTime', 'generationTime', 'seedQueryTime', 'exportQueueTime', 'exportTime', 'deletionQueueTime',
    'deletionTime', 'quotas', 'throttling', 'trainedUsers', 'seedQueryUsers', 'audienceQuality', 'memberships',
  ];
  expect(Object.keys(UNKNOWN_BEHAVIOURS).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).filter((name) => !known.includes(name)).sort());
});

/** @see https://docs.aws.amazon.com/general/latest/gr/clean-rooms-ml.html */
test('the quotas are those that an account has at first', () => {
  expect(createService().service.settings.quotas).toEqual({
    trainingDatasets: 500,
    audienceModels: 500,
    configuredAudienceModels: 10_000,
    audienceModelsInTraining: 2,
    audienceGenerationJobsInProgress: 10,
    audienceExportJobsInProgress: 20,
    activeExportsPerJob: 25,
  });
});

test('the settings of one service are not those of another', () => {
  const { service } = createService();
  service.settings.quotas.audienceModelsInTraining = 1;
  expect(createService().service.settings.quotas).toEqual({ ...DEFAULT_SETTINGS.quotas, audienceModelsInTraining: 2 });
});
