import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';

interface Config {
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number };
}

interface Sent {
  readonly config?: Config;
  readonly command: string;
  readonly input: unknown;
  readonly signal: AbortSignal;
}

const mockSent: Sent[] = [];
let mockAnswer: (command: string, input: object) => unknown;

// The real package cannot be installed here; the Lambda runtime has it.
jest.mock('@aws-sdk/client-cleanroomsml', () => {
  class Client {
    constructor(readonly config: Config) {}

    async send(command: { input: object }, { abortSignal }: { abortSignal: AbortSignal }): Promise<unknown> {
      const name = command.constructor.name;
      mockSent.push({ config: this.config, command: name, input: command.input, signal: abortSignal });
      return mockAnswer(name, command.input);
    }
  }
  const operations = [
    ...['TrainingDataset', 'AudienceModel', 'ConfiguredAudienceModel'].flatMap((type) => [`Create${type}`, `Get${type}`, `List${type}s`, `Delete${type}`]),
    'UpdateConfiguredAudienceModel',
    ...['Get', 'Put', 'Delete'].map((verb) => `${verb}ConfiguredAudienceModelPolicy`),
    'ListTagsForResource', 'TagResource', 'UntagResource',
  ];
  const commands = operations.map((operation) => {
    const name = `${operation}Command`;
    return [name, { [name]: class { constructor(readonly input: object) {} } }[name]];
  });
  return { CleanRoomsMLClient: Client, ...Object.fromEntries(commands) };
}, { virtual: true });

import { SdkService, senders } from '../../lambda/sdk-service';
import type { Operations } from '../../lambda/service';
import { READ_TIMEOUT, REQUEST_TIMEOUT, WRITE_TIMEOUT } from '../../lambda/times';

/** Without `throwOnRequestTimeout` the SDK only warns of what is not answered; older ones know only `socketTimeout`. */
const handler = (timeout: number) => ({
  connectionTimeout: 2_000, requestTimeout: timeout, throwOnRequestTimeout: true, socketTimeout: timeout,
});

function setUp(answer: typeof mockAnswer, stop = new AbortController().signal): SdkService {
  mockSent.length = 0;
  mockAnswer = answer;
  return new SdkService(senders(), stop);
}

/** What the other services are sent, and answer. */
function spied(client: { readonly prototype: { send: unknown } }, answer: (input: object) => unknown) {
  const service = setUp(() => undefined);
  const sent: Sent[] = [];
  jest.spyOn(client.prototype as SFNClient, 'send').mockImplementation(async (...args: unknown[]) => {
    const [command, { abortSignal }] = args as [{ input: object }, { abortSignal: AbortSignal }];
    sent.push({ command: command.constructor.name, input: command.input, signal: abortSignal });
    return answer(command.input);
  });
  return { service, sent };
}

const failure = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name, ...more });

const READS = [
  'ListTrainingDatasets', 'GetTrainingDataset', 'ListAudienceModels', 'GetAudienceModel', 'ListConfiguredAudienceModels', 'GetConfiguredAudienceModel',
  'GetConfiguredAudienceModelPolicy', 'ListTagsForResource',
] as const;
const WRITES = [
  'CreateTrainingDataset', 'DeleteTrainingDataset', 'CreateAudienceModel', 'DeleteAudienceModel', 'CreateConfiguredAudienceModel',
  'UpdateConfiguredAudienceModel', 'DeleteConfiguredAudienceModel', 'PutConfiguredAudienceModelPolicy', 'DeleteConfiguredAudienceModelPolicy',
  'TagResource', 'UntagResource',
] as const;

const input = { name: 'n' } as unknown as Operations[keyof Operations][0] as never;

afterEach(() => jest.restoreAllMocks());

test.each(READS)('%s is sent as it is, and up to four times', async (operation) => {
  const timeout = jest.spyOn(AbortSignal, 'timeout');
  const service = setUp((_, sent) => ({ ...sent, answered: true }));
  expect(await service.call(operation, input)).toEqual({ name: 'n', answered: true });
  expect(mockSent).toMatchObject([{ command: `${operation}Command`, input: { name: 'n' }, config: { maxAttempts: 4 } }]);
  expect(mockSent[0].config?.requestHandler).toEqual(handler(REQUEST_TIMEOUT));
  expect(timeout.mock.calls).toEqual([[READ_TIMEOUT]]);
});

test.each(WRITES)('%s is sent as it is, once, and never repeated', async (operation) => {
  const timeout = jest.spyOn(AbortSignal, 'timeout');
  const service = setUp((_, sent) => ({ ...sent, answered: true }));
  expect(await service.call(operation, input)).toEqual({ name: 'n', answered: true });
  expect(mockSent).toMatchObject([{ command: `${operation}Command`, input: { name: 'n' }, config: { maxAttempts: 1 } }]);
  expect(mockSent[0].config?.requestHandler).toEqual(handler(WRITE_TIMEOUT));
  expect(timeout.mock.calls).toEqual([[WRITE_TIMEOUT]]);
});

test.each([
  [CloudFormationClient, 'DescribeStacks', READ_TIMEOUT],
  [CloudFormationClient, 'DescribeStackResource', READ_TIMEOUT],
  [CloudFormationClient, 'SignalResource', WRITE_TIMEOUT],
  [SFNClient, 'StartExecution', WRITE_TIMEOUT],
  [SFNClient, 'ListExecutions', READ_TIMEOUT],
  [SFNClient, 'DescribeExecution', READ_TIMEOUT],
  [SFNClient, 'StopExecution', WRITE_TIMEOUT],
  [S3Client, 'HeadBucket', READ_TIMEOUT],
  [IAMClient, 'GetRole', READ_TIMEOUT],
] as const)('%p is sent %s', async (client, operation, limit) => {
  const timeout = jest.spyOn(AbortSignal, 'timeout');
  const { service, sent } = spied(client, (one) => ({ ...one, answered: true }));
  expect(await service.call(operation, input)).toEqual({ name: 'n', answered: true });
  expect(sent).toMatchObject([{ command: `${operation}Command`, input: { name: 'n' } }]);
  expect(timeout.mock.calls).toEqual([[limit]]);
});

test('what few requests need is loaded by them only', async () => {
  jest.resetModules();
  const loaded: string[] = [];
  for (const name of ['s3', 'iam']) {
    jest.doMock(`@aws-sdk/client-${name}`, () => {
      loaded.push(name);
      return jest.requireActual(`@aws-sdk/client-${name}`);
    });
  }
  const { senders: fresh } = jest.requireActual<typeof import('../../lambda/sdk-service')>('../../lambda/sdk-service');
  const find = fresh();
  find('DescribeStacks');
  expect(loaded).toEqual([]);
  expect(Object.keys(find('HeadBucket').commands)).toContain('HeadBucketCommand');
  expect(loaded).toEqual(['s3']);
  expect(Object.keys(find('GetRole').commands)).toContain('GetRoleCommand');
  expect(loaded).toEqual(['s3', 'iam']);
});

test('of two clients with an operation of one name the first one is meant', async () => {
  const { service, sent } = spied(CloudFormationClient, () => ({}));
  await service.call('TagResource', { resourceArn: 'arn', tags: {} });
  expect([mockSent.length, sent.length]).toEqual([1, 0]);
});

test.each([
  [failure('ValidationException', 'bad', { $metadata: { httpStatusCode: 400 } }), 'ValidationException', 'bad', 400],
  [failure('ResourceNotFoundException', 'gone', { $metadata: { httpStatusCode: 404 } }), 'ResourceNotFoundException', 'gone', 404],
  [failure('InternalServerException', 'oops', { $metadata: { httpStatusCode: 500 } }), 'InternalServerException', 'oops', 500],
  [failure('Error', 'socket hang up', { code: 'ECONNRESET', $metadata: { attempts: 1 } }), 'Error', 'socket hang up', undefined],
  [failure('TimeoutError', 'socket timed out', { $metadata: { httpStatusCode: 200 } }), 'TimeoutError', 'socket timed out', undefined],
  [failure('SyntaxError', 'Unexpected token', { $metadata: { httpStatusCode: 299 } }), 'SyntaxError', 'Unexpected token', undefined],
  [failure('Error', 'ValidationError', { Code: 'ValidationError', $metadata: { httpStatusCode: 400 } }), 'ValidationError', 'ValidationError', 400],
  [failure('TimeoutError', 'timed out'), 'TimeoutError', 'timed out', undefined],
  [failure('Odd', 'no metadata', { $metadata: null }), 'Odd', 'no metadata', undefined],
  ['thrown text', 'UnknownError', 'thrown text', undefined],
])('%s is an error of the operation', async (thrown, code, detail, status) => {
  const service = setUp(() => { throw thrown; });
  await expect(service.call('CreateAudienceModel', { name: 'n', trainingDatasetArn: 'd' }))
    .rejects.toMatchObject({ operation: 'CreateAudienceModel', code, detail, status });
});

test('a call ends when the step must', async () => {
  const stop = new AbortController();
  const service = setUp(() => ({ tags: {} }), stop.signal);
  await service.call('ListTagsForResource', { resourceArn: 'arn' });
  expect(mockSent[0].signal.aborted).toBe(false);
  stop.abort();
  expect(mockSent[0].signal.aborted).toBe(true);
});

test.each(['ListTagsForResource', 'TagResource'] as const)('a call ends when its own time is over: %s', async (operation) => {
  const limit = new AbortController();
  jest.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
  const service = setUp(() => ({}));
  await service.call(operation, input);
  limit.abort();
  expect(mockSent[0].signal.aborted).toBe(true);
});
