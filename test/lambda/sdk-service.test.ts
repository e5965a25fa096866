import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { Clients } from '../../lambda/sdk-service';

interface Sent {
  readonly client: string;
  readonly command: string;
  readonly input: unknown;
  readonly aborted: () => boolean;
}

const mockSent: Sent[] = [];
let mockAnswer: (command: string, input: object) => unknown;

// The real package cannot be installed here; the Lambda runtime has it.
jest.mock('@aws-sdk/client-cleanroomsml', () => {
  class Client {
    constructor(readonly config: { maxAttempts: number }) {}

    async send(command: { input: object }, { abortSignal }: { abortSignal: AbortSignal }): Promise<unknown> {
      const name = command.constructor.name;
      mockSent.push({ client: `${this.config.maxAttempts} attempts`, command: name, input: command.input, aborted: () => abortSignal.aborted });
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

import { clients, SdkService } from '../../lambda/sdk-service';

function setUp(answer: typeof mockAnswer, stop = new AbortController().signal) {
  mockSent.length = 0;
  mockAnswer = answer;
  const shared: Clients = clients();
  const describe = jest.spyOn(CloudFormationClient.prototype, 'send');
  return { service: new SdkService(shared, stop), describe };
}

const failure = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name, ...more });
const NOT_FOUND = failure('ResourceNotFoundException', 'gone', { $metadata: { httpStatusCode: 404 } });

afterEach(() => jest.restoreAllMocks());

test('lists every page', async () => {
  const pages: Record<string, object> = {
    first: { nextToken: 'second', audienceModels: [{ name: 'a', audienceModelArn: 'arn:a' }] },
    second: { nextToken: 'third', audienceModels: [] },
    third: { audienceModels: [{ name: 'b', audienceModelArn: 'arn:b' }] },
  };
  const { service } = setUp((_, input) => pages[(input as { nextToken?: string }).nextToken ?? 'first']);
  expect(await service.listAudienceModels()).toMatchObject([{ name: 'a', arn: 'arn:a' }, { name: 'b', arn: 'arn:b' }]);
  expect(mockSent.map(({ input }) => input)).toMatchObject([{ maxResults: 100 }, { nextToken: 'second' }, { nextToken: 'third' }]);
});

test('lists the other types', async () => {
  const { service } = setUp((command) => command === 'ListTrainingDatasetsCommand'
    ? { trainingDatasets: [{ name: 'd', trainingDatasetArn: 'arn:d' }] }
    : { configuredAudienceModels: [{ name: 'c', configuredAudienceModelArn: 'arn:c' }] });
  expect(await service.listTrainingDatasets()).toMatchObject([{ name: 'd', arn: 'arn:d' }]);
  expect(await service.listConfiguredAudienceModels()).toMatchObject([{ name: 'c', arn: 'arn:c' }]);
});

test('gets what is there', async () => {
  const { service } = setUp((_, input) => ({ ...input, status: 'ACTIVE', tags: { a: '1' }, policyHash: 'h' }));
  expect(await service.getTrainingDataset('arn')).toMatchObject({ arn: 'arn', status: 'ACTIVE' });
  expect(await service.getAudienceModel('arn')).toMatchObject({ arn: 'arn', status: 'ACTIVE' });
  expect(await service.getConfiguredAudienceModel('arn')).toMatchObject({ arn: 'arn', status: 'ACTIVE' });
  expect(await service.getConfiguredAudienceModelPolicy('arn')).toMatchObject({ policyHash: 'h' });
  expect(await service.listTags('arn')).toEqual({ a: '1' });
  expect(new Set(mockSent.map(({ client }) => client))).toEqual(new Set(['3 attempts']));
});

test('what is not there is undefined to get and done to delete', async () => {
  const { service } = setUp(() => { throw NOT_FOUND; });
  for (const get of ['getTrainingDataset', 'getAudienceModel', 'getConfiguredAudienceModel', 'getConfiguredAudienceModelPolicy', 'listTags'] as const) {
    expect(await service[get]('arn')).toBeUndefined();
  }
  for (const remove of ['deleteTrainingDataset', 'deleteAudienceModel', 'deleteConfiguredAudienceModel', 'deleteConfiguredAudienceModelPolicy'] as const) {
    await expect(service[remove]('arn')).resolves.toBeUndefined();
  }
  await expect(service.tag('arn', {})).rejects.toMatchObject({ code: 'ResourceNotFoundException', status: 404 });
});

test('what writes is sent once and never repeated', async () => {
  const { service } = setUp(() => ({ trainingDatasetArn: 'd', audienceModelArn: 'm', configuredAudienceModelArn: 'c' }));
  const output = { destination: { s3Destination: { s3Uri: 's3://b' } }, roleArn: 'r' };
  expect(await service.createTrainingDataset({ name: 'n', roleArn: 'r', trainingData: [] })).toBe('d');
  expect(await service.createAudienceModel({ name: 'n', trainingDatasetArn: 'd' })).toBe('m');
  expect(await service.createConfiguredAudienceModel({ name: 'n', audienceModelArn: 'm', outputConfig: output, sharedAudienceMetrics: ['ALL'] })).toBe('c');
  await service.updateConfiguredAudienceModel({ configuredAudienceModelArn: 'c', description: '' });
  await service.putConfiguredAudienceModelPolicy({ configuredAudienceModelArn: 'c', configuredAudienceModelPolicy: '{}' });
  await service.tag('arn', { a: '1' });
  await service.untag('arn', ['a']);
  await service.deleteAudienceModel('m');
  expect(mockSent.map(({ client, command }) => [client, command])).toEqual([
    'CreateTrainingDataset', 'CreateAudienceModel', 'CreateConfiguredAudienceModel', 'UpdateConfiguredAudienceModel',
    'PutConfiguredAudienceModelPolicy', 'TagResource', 'UntagResource', 'DeleteAudienceModel',
  ].map((operation) => ['1 attempts', `${operation}Command`]));
});

test.each([
  [failure('ValidationException', 'bad', { $metadata: { httpStatusCode: 400 } }), 'ValidationException', 'bad', 400],
  [failure('InternalServerException', 'oops', { $metadata: { httpStatusCode: 500 } }), 'InternalServerException', 'oops', 500],
  [failure('Error', 'socket hang up', { code: 'ECONNRESET', $metadata: { attempts: 1 } }), 'Error', 'socket hang up', undefined],
  [failure('TimeoutError', 'timed out'), 'TimeoutError', 'timed out', undefined],
  ['thrown text', 'UnknownError', 'thrown text', undefined],
])('%s is an error of the operation', async (thrown, code, detail, status) => {
  const { service } = setUp(() => { throw thrown; });
  await expect(service.createAudienceModel({ name: 'n', trainingDatasetArn: 'd' })).rejects.toMatchObject({ operation: 'CreateAudienceModel', code, detail, status });
});

test('a call ends when the step must', async () => {
  const stop = new AbortController();
  const { service } = setUp(() => ({ tags: {} }), stop.signal);
  await service.listTags('arn');
  expect(mockSent[0].aborted()).toBe(false);
  stop.abort();
  expect(mockSent[0].aborted()).toBe(true);
});

describe('the stack', () => {
  test.each([
    [{ StackStatus: 'UPDATE_IN_PROGRESS', CreationTime: new Date(1_000), LastUpdatedTime: new Date(2_000) }, '1970-01-01T00:00:02.000Z'],
    [{ StackStatus: 'CREATE_IN_PROGRESS', CreationTime: new Date(1_000) }, '1970-01-01T00:00:01.000Z'],
  ])('%j', async (stack, lastUpdatedTime) => {
    const { service, describe } = setUp(() => undefined);
    describe.mockImplementation(async () => ({ Stacks: [stack] }));
    expect(await service.describeStack('id')).toEqual({ status: stack.StackStatus, lastUpdatedTime });
  });

  test('that is not described is an error', async () => {
    const { service, describe } = setUp(() => undefined);
    describe.mockImplementation(async () => ({ Stacks: [] }));
    await expect(service.describeStack('id')).rejects.toMatchObject({ operation: 'DescribeStacks', code: 'NoStack' });
  });
});
