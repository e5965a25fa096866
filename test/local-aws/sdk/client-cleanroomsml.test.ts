import * as fs from 'node:fs';
import * as http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AwsError, AwsRequest } from '../../../local-aws/aws';
import { CleanRoomsMlApi } from '../../../local-aws/cleanroomsml/api';
import { CleanRoomsMl } from '../../../local-aws/cleanroomsml/cleanroomsml';
import { OPERATION_NAMES } from '../../../local-aws/cleanroomsml/model';
import { ConnectionReset } from '../../../local-aws/faults';
import { buildSdk } from '../../../local-aws/sdk/build';
import * as sdk from '../../../local-aws/sdk/client-cleanroomsml';
import { createService, DATASET, HOUR, OUTPUT, QUERY, ROOT } from '../cleanroomsml/fixture';

type Sdk = typeof sdk;

/** What the tests see of a request on its way. */
type Seen = Pick<AwsRequest, 'method' | 'path' | 'headers'>;

let service: CleanRoomsMl;
let clock: ReturnType<typeof createService>['clock'];
let seen: Seen[];
let server: http.Server;
let endpoint: string;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const serve = async () => {
      const [urlPath, query] = (request.url ?? '').split('?');
      const awsRequest: AwsRequest = {
        principal: ROOT,
        method: request.method ?? '',
        path: urlPath,
        query: new URLSearchParams(query),
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
        body: await buffer(request),
      };
      seen.push(awsRequest);
      const { status, headers, body } = await new CleanRoomsMlApi(service).handle(awsRequest);
      response.writeHead(status, headers).end(body);
    };
    void serve().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => {
  server.close(resolve);
  server.closeAllConnections();
}));

beforeEach(() => {
  ({ service, clock } = createService());
  seen = [];
});

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const clientOf = ({ CleanRoomsMLClient }: Sdk, options: sdk.CleanRoomsMLClientConfig = {}) =>
  new CleanRoomsMLClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1, ...options });

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (error: unknown) => error);
}

describe('a round trip', () => {
  test('of everything that the service can do', async () => {
    const client = clientOf(sdk);
    const { trainingDatasetArn } = await client.send(new sdk.CreateTrainingDatasetCommand({ ...DATASET, tags: { 'a/b': 'c d' } }));
    const trainingDataStartTime = new Date('2026-01-01T00:00:00Z');
    const { audienceModelArn } = await client.send(new sdk.CreateAudienceModelCommand({ name: 'model', trainingDatasetArn, trainingDataStartTime }));
    await clock.sleep(25 * HOUR);
    expect(await client.send(new sdk.GetAudienceModelCommand({ audienceModelArn }))).toMatchObject({
      $metadata: { httpStatusCode: 200, attempts: 1 }, audienceModelArn, status: 'ACTIVE', trainingDataStartTime, createTime: expect.any(Date),
    });
    const { configuredAudienceModelArn } = await client.send(new sdk.CreateConfiguredAudienceModelCommand({
      name: 'configured',
      audienceModelArn,
      outputConfig: OUTPUT,
      sharedAudienceMetrics: ['NONE'],
      minMatchingSeedSize: 25,
      audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [1, 5] },
    }));
    await client.send(new sdk.UpdateConfiguredAudienceModelCommand({ configuredAudienceModelArn, description: 'new' }));
    expect(await client.send(new sdk.GetConfiguredAudienceModelCommand({ configuredAudienceModelArn }))).toMatchObject({
      description: 'new', minMatchingSeedSize: 25, audienceSizeConfig: { audienceSizeBins: [1, 5] },
    });
    const configuredAudienceModelPolicy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'cleanrooms-ml:StartAudienceGenerationJob', Resource: configuredAudienceModelArn }],
    });
    const { policyHash } = await client.send(new sdk.PutConfiguredAudienceModelPolicyCommand({
      configuredAudienceModelArn, configuredAudienceModelPolicy, policyExistenceCondition: 'POLICY_MUST_NOT_EXIST',
    }));
    expect(await client.send(new sdk.GetConfiguredAudienceModelPolicyCommand({ configuredAudienceModelArn }))).toMatchObject({
      configuredAudienceModelPolicy, policyHash,
    });
    await client.send(new sdk.DeleteConfiguredAudienceModelPolicyCommand({ configuredAudienceModelArn }));

    const { audienceGenerationJobArn } = await client.send(new sdk.StartAudienceGenerationJobCommand({
      name: 'job',
      configuredAudienceModelArn,
      includeSeedInOutput: true,
      seedAudience: {
        ...QUERY,
        sqlParameters: { queryString: 'SELECT user_id FROM buyers WHERE n > :n', parameters: { n: '1' } },
        sqlComputeConfiguration: { worker: { type: 'CR.1X', number: 16, properties: { spark: { 'spark.sql.shuffle.partitions': '9' } } } },
      },
    }));
    await clock.sleep(24 * HOUR);
    expect(await client.send(new sdk.GetAudienceGenerationJobCommand({ audienceGenerationJobArn }))).toMatchObject({
      status: 'ACTIVE',
      includeSeedInOutput: true,
      seedAudience: { sqlComputeConfiguration: { worker: { number: 16, properties: { spark: { 'spark.sql.shuffle.partitions': '9' } } } } },
      metrics: { recallMetric: 0.5, relevanceMetrics: [{ audienceSize: { type: 'PERCENTAGE', value: 1 } }, { audienceSize: { type: 'PERCENTAGE', value: 5 } }] },
    });
    const { audienceGenerationJobs } = await client.send(new sdk.ListAudienceGenerationJobsCommand({ configuredAudienceModelArn, maxResults: 1 }));
    expect(audienceGenerationJobs).toMatchObject([{ audienceGenerationJobArn, createTime: expect.any(Date) }]);
    const exported = { name: 'export', audienceGenerationJobArn, audienceSize: { type: 'PERCENTAGE', value: 5 } } as const;
    await client.send(new sdk.StartAudienceExportJobCommand(exported));
    await clock.sleep(HOUR);
    const { audienceExportJobs } = await client.send(new sdk.ListAudienceExportJobsCommand({ audienceGenerationJobArn }));
    expect(audienceExportJobs).toMatchObject([{ ...exported, status: 'ACTIVE', outputLocation: expect.stringContaining('s3://output/audiences/') }]);
    await client.send(new sdk.DeleteAudienceGenerationJobCommand({ audienceGenerationJobArn }));
    await clock.sleep(HOUR);

    const resourceArn = trainingDatasetArn;
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags: { x: '1', y: '2' } }));
    await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ['a/b', 'x'] }));
    expect((await client.send(new sdk.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ y: '2' });

    expect((await client.send(new sdk.ListTrainingDatasetsCommand({ maxResults: 1 }))).trainingDatasets).toMatchObject([{ trainingDatasetArn }]);
    expect((await client.send(new sdk.ListAudienceModelsCommand({}))).audienceModels).toMatchObject([{ audienceModelArn }]);
    const { configuredAudienceModels } = await client.send(new sdk.ListConfiguredAudienceModelsCommand({}));
    expect(configuredAudienceModels).toMatchObject([{ configuredAudienceModelArn }]);
    expect(await client.send(new sdk.GetTrainingDatasetCommand({ trainingDatasetArn }))).toMatchObject({ trainingData: DATASET.trainingData });

    await client.send(new sdk.DeleteConfiguredAudienceModelCommand({ configuredAudienceModelArn }));
    await client.send(new sdk.DeleteAudienceModelCommand({ audienceModelArn }));
    await clock.sleep(HOUR);
    await client.send(new sdk.DeleteTrainingDatasetCommand({ trainingDatasetArn }));
    expect(service.trainingDatasets()).toEqual([]);
    expect(new Set(service.calls.map(({ operation }) => operation))).toEqual(new Set(OPERATION_NAMES));
  });

  test('ARNs are encoded in the path, and requests are signed for cleanrooms-ml', async () => {
    const trainingDatasetArn = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/x';
    await errorOf(clientOf(sdk).send(new sdk.GetTrainingDatasetCommand({ trainingDatasetArn })));
    expect(seen).toMatchObject([{
      method: 'GET',
      path: `/training-dataset/${encodeURIComponent(trainingDatasetArn)}`,
      headers: {
        'authorization': expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/us-east-1\/cleanrooms-ml\/aws4_request, /),
        'x-amz-security-token': 'token',
      },
    }]);
  });

  test('every operation of the model has its command', () => {
    expect(Object.keys(sdk)).toEqual(expect.arrayContaining(OPERATION_NAMES.map((name) => `${name}Command`)));
  });
});

describe('errors', () => {
  test('are exceptions of their name with what the model says of them', async () => {
    const client = clientOf(sdk);
    const { trainingDatasetArn } = await client.send(new sdk.CreateTrainingDatasetCommand(DATASET));
    const error = await clock.busy(async () => {
      for (const name of ['one', 'two']) await client.send(new sdk.CreateAudienceModelCommand({ name, trainingDatasetArn }));
      return errorOf(client.send(new sdk.CreateAudienceModelCommand({ name: 'three', trainingDatasetArn })));
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(sdk.ServiceQuotaExceededException);
    expect(error).toBeInstanceOf(sdk.CleanRoomsMLServiceException);
    expect(error).not.toBeInstanceOf(sdk.ConflictException);
    expect(error).toMatchObject({
      name: 'ServiceQuotaExceededException',
      $fault: 'client',
      $metadata: { httpStatusCode: 402, requestId: expect.any(String) },
      quotaName: 'Pending/in-progress audience models',
      quotaValue: 2,
      message: expect.stringContaining('quota'),
    });
  });

  test('that are not modelled keep their name, too', async () => {
    service.beforeCall = () => { throw new AwsError('InternalServerException', 'Internal error', 500); };
    expect(await errorOf(clientOf(sdk).send(new sdk.ListAudienceModelsCommand({})))).toMatchObject({
      name: 'InternalServerException', message: 'Internal error', $fault: 'server', $metadata: { httpStatusCode: 500 },
    });
  });

  test('a lost answer is no exception of the service', async () => {
    service.afterCall = () => { throw new ConnectionReset(); };
    const error = await errorOf(clientOf(sdk).send(new sdk.CreateTrainingDatasetCommand(DATASET)));
    expect(String(error)).toContain('socket hang up');
    expect(error).not.toBeInstanceOf(sdk.CleanRoomsMLServiceException);
    expect(service.trainingDatasets()).toHaveLength(1);
  });
});

describe('retries', () => {
  test.each([1, 2])('%i attempts are made where the options say so', async (maxAttempts) => {
    service.beforeCall = () => { throw new AwsError('ThrottlingException', 'Rate exceeded', 429); };
    expect(await errorOf(clientOf(sdk, { maxAttempts }).send(new sdk.ListAudienceModelsCommand({})))).toMatchObject({
      name: 'ThrottlingException', $metadata: { attempts: maxAttempts },
    });
    expect(service.calls).toHaveLength(maxAttempts);
  });

  test('a request takes no longer than the options of the request handler allow', async () => {
    service.beforeCall = () => new Promise(() => undefined);
    const client = clientOf(sdk, { requestHandler: { requestTimeout: 1_000, throwOnRequestTimeout: true } });
    expect(String(await errorOf(client.send(new sdk.ListAudienceModelsCommand({}))))).toContain('exceeded the configured 1000 ms requestTimeout');
    expect(service.calls).toHaveLength(1);
  });
});

describe('the bundle', () => {
  let directory: string;
  let bundled: Sdk;

  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-cleanrooms-ml-sdk-'));
    // Outside of any node_modules, as a Lambda function would load it.
    bundled = createRequire(__filename)(await buildSdk(directory)) as Sdk;
  });

  afterAll(() => fs.rmSync(directory, { recursive: true }));

  test('exports what the source exports', () => {
    expect(Object.keys(bundled).sort()).toEqual(Object.keys(sdk).sort());
  });

  test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_CLEANROOMSML'])('takes Region and credentials from the environment, and the endpoint from %s', async (variable) => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, {
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1', [variable]: endpoint, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret',
      });
      const { audienceModels } = await new bundled.CleanRoomsMLClient({}).send(new bundled.ListAudienceModelsCommand({}));
      expect(audienceModels).toEqual([]);
      expect(seen[0].headers.authorization).toContain('Credential=AKIAENV/');
      expect(seen[0].headers.authorization).toContain('/eu-west-1/cleanrooms-ml/');
    } finally {
      process.env = before;
    }
  });

  test('says so where there are no credentials', async () => {
    const before = { ...process.env };
    try {
      delete process.env.AWS_ACCESS_KEY_ID;
      const client = new bundled.CleanRoomsMLClient({ region: 'us-east-1', endpoint });
      expect(await errorOf(client.send(new bundled.ListAudienceModelsCommand({})))).toMatchObject({
        message: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set',
      });
    } finally {
      process.env = before;
    }
  });
});
