import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';
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

/** What the other services are sent, and answer. */
function spied(client: typeof CloudFormationClient | typeof SFNClient, answer: (input: object) => unknown) {
  const { service } = setUp(() => undefined);
  const sent: { command: string; input: object; aborted: boolean }[] = [];
  jest.spyOn(client.prototype, 'send').mockImplementation(async (...args: unknown[]) => {
    const [command, { abortSignal }] = args as [{ input: object }, { abortSignal: AbortSignal }];
    sent.push({ command: command.constructor.name, input: command.input, aborted: abortSignal.aborted });
    return answer(command.input);
  });
  return { service, sent };
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

describe('a resource of the stack', () => {
  test('has a status', async () => {
    const { service, sent } = spied(CloudFormationClient, () => ({ StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS' } }));
    expect(await service.resourceStatus('id', 'Window1')).toBe('CREATE_IN_PROGRESS');
    expect(sent).toEqual([{ command: 'DescribeStackResourceCommand', input: { StackName: 'id', LogicalResourceId: 'Window1' }, aborted: false }]);
  });

  test('that is not there yet has none', async () => {
    const { service } = spied(CloudFormationClient, () => {
      throw failure('ValidationError', 'Resource Window1 does not exist for stack Lookalike', { $metadata: { httpStatusCode: 400 } });
    });
    expect(await service.resourceStatus('id', 'Window1')).toBeUndefined();
  });

  test('of which nothing is to be had is an error', async () => {
    const { service } = spied(CloudFormationClient, () => { throw failure('Throttling', 'Rate exceeded', { $metadata: { httpStatusCode: 400 } }); });
    await expect(service.resourceStatus('id', 'Window1')).rejects.toMatchObject({ operation: 'DescribeStackResource', code: 'Throttling', status: 400 });
  });

  test('takes a signal, which counts once however often it is sent', async () => {
    const { service, sent } = spied(CloudFormationClient, () => ({}));
    await service.signalResource('id', 'Window1');
    await service.signalResource('id', 'Window1');
    const input = { StackName: 'id', LogicalResourceId: 'Window1', Status: 'SUCCESS', UniqueId: 'training' };
    expect(sent).toEqual([1, 2].map(() => ({ command: 'SignalResourceCommand', input, aborted: false })));
  });

  test('that takes no signal is an error', async () => {
    const { service } = spied(CloudFormationClient, () => { throw failure('ValidationError', 'can not be signaled', { $metadata: { httpStatusCode: 400 } }); });
    await expect(service.signalResource('id', 'Window1')).rejects.toMatchObject({ operation: 'SignalResource', code: 'ValidationError', status: 400 });
  });
});

describe('an execution', () => {
  const startDate = new Date(1_000);

  test('is started with its input as JSON', async () => {
    const { service, sent } = spied(SFNClient, () => ({ executionArn: 'arn', startDate }));
    await service.startExecution('arn:machine', 'name', { Request: { a: 1 } });
    expect(sent).toEqual([{ command: 'StartExecutionCommand', input: { stateMachineArn: 'arn:machine', name: 'name', input: '{"Request":{"a":1}}' }, aborted: false }]);
  });

  test.each([
    ['startExecution', 'ExecutionAlreadyExists', async (service: SdkService) => service.startExecution('arn', 'name', {}), undefined],
    ['listExecutions', 'StateMachineDoesNotExist', async (service: SdkService) => service.listExecutions('arn', 'RUNNING'), []],
    ['stopExecution', 'ExecutionDoesNotExist', async (service: SdkService) => service.stopExecution('arn', 'cause'), undefined],
  ])('%s: %s is fine, and any other error is one', async (method, code, run, expected) => {
    const fine = spied(SFNClient, () => { throw failure(code, 'm', { $metadata: { httpStatusCode: 400 } }); });
    expect(await run(fine.service)).toEqual(expected);
    jest.restoreAllMocks();
    const other = spied(SFNClient, () => { throw failure('ThrottlingException', 'm', { $metadata: { httpStatusCode: 400 } }); });
    const operation = `${method[0].toUpperCase()}${method.slice(1)}`;
    await expect(run(other.service)).rejects.toMatchObject({ operation, code: 'ThrottlingException', status: 400 });
  });

  test('is not started where the state machine is not there', async () => {
    const { service } = spied(SFNClient, () => { throw failure('StateMachineDoesNotExist', 'm', { $metadata: { httpStatusCode: 400 } }); });
    await expect(service.startExecution('arn', 'name', {})).rejects.toMatchObject({ code: 'StateMachineDoesNotExist' });
  });

  test('is listed with all others of a status, whatever the page', async () => {
    const execution = (name: string) => ({ executionArn: `arn:${name}`, stateMachineArn: 'arn:machine', name, status: 'FAILED', startDate });
    const pages: Record<string, object> = { first: { nextToken: 'second', executions: [execution('b')] }, second: { executions: [execution('a')] } };
    const { service, sent } = spied(SFNClient, (input) => pages[(input as { nextToken?: string }).nextToken ?? 'first']);
    expect(await service.listExecutions('arn:machine', 'FAILED')).toEqual([
      { arn: 'arn:b', name: 'b', startTime: startDate }, { arn: 'arn:a', name: 'a', startTime: startDate },
    ]);
    const input = { stateMachineArn: 'arn:machine', statusFilter: 'FAILED', maxResults: 1000 };
    expect(sent.map((one) => one.input)).toEqual([{ ...input, nextToken: undefined }, { ...input, nextToken: 'second' }]);
  });

  test('is stopped for a reason', async () => {
    const { service, sent } = spied(SFNClient, () => ({}));
    await service.stopExecution('arn', 'Delete of Model');
    expect(sent).toEqual([{ command: 'StopExecutionCommand', input: { executionArn: 'arn', cause: 'Delete of Model' }, aborted: false }]);
  });

  test.each([[{ cause: 'too few users' }, 'too few users'], [{}, undefined]])('%j has failed for the cause %p', async (answer, cause) => {
    const { service, sent } = spied(SFNClient, () => answer);
    expect(await service.executionCause('arn')).toBe(cause);
    expect(sent).toEqual([{ command: 'DescribeExecutionCommand', input: { executionArn: 'arn' }, aborted: false }]);
  });
});
