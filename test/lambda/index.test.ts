import { EventEmitter } from 'node:events';
import * as https from 'node:https';
import { STATE_MACHINE } from './fake-executions';
import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, STACK_ID } from './harness';
import { handler } from '../../lambda';
import type { Answer, ExecutionData, State } from '../../lambda/events';
import { REQUEST_TIMEOUT, STEP_TIMEOUT } from '../../lambda/times';

const mockService = new FakeService();
const mockStops: AbortSignal[] = [];

jest.mock('../../lambda/sdk-service', () => ({
  senders: () => [],
  SdkService: function SdkService(_: unknown, stop: AbortSignal) {
    mockStops.push(stop);
    return mockService;
  },
}));

const mockRequests: { options: https.RequestOptions; body: string; request: EventEmitter }[] = [];
let mockRespond: (request: EventEmitter, answer: (response: object) => void) => void;

jest.mock('node:https', () => ({
  request: (options: https.RequestOptions, answer: (response: object) => void) => {
    const request = Object.assign(new EventEmitter(), {
      write: (body: string) => mockRequests.push({ options, body, request }),
      end: () => mockRespond(request, answer),
      destroy: (error: Error) => request.emit('error', error),
    });
    return request;
  },
}));


const context = { logStreamName: 'stream' };
const log = jest.spyOn(console, 'log').mockImplementation();
const timeout = jest.spyOn(AbortSignal, 'timeout');

beforeEach(() => {
  process.env.STACK_ID = STACK_ID;
  mockRequests.length = 0;
  mockRespond = (_, answer) => answer({ statusCode: 200, resume: () => undefined });
});

afterAll(() => jest.restoreAllMocks());

/** What the state machine would hand over to answer a request. */
const answering = (content: Partial<Answer> = {}): ExecutionData => ({
  Event: datasetDriver(mockService).event('Create', datasetProperties()),
  Operation: { StackStatus: 'CREATE_IN_PROGRESS', LastUpdatedTime: '2026-03-01T00:00:00.000Z' },
  State: { Version: 1, Next: 'ANSWER', Then: 'SUCCEED', Memory: {}, Answer: { Status: 'SUCCESS', PhysicalResourceId: 'id', ...content } },
});
const answer = async (data = answering()) => handler({ Do: 'ANSWER', Execution: 'e', StartedAt: '', RetryCount: 0, Data: data }, context);

test('the function takes requests and tasks, works by the wall clock and writes to standard output', async () => {
  const event = datasetDriver(mockService).event('Create', datasetProperties());
  await handler(event, context);
  const [{ input, name }] = mockService.executions.all;
  expect(mockService.inputsOf('StartExecution')).toEqual([{ stateMachineArn: STATE_MACHINE, name, input }]);
  const task = { Do: 'STEP', Execution: name, StartedAt: new Date().toISOString(), RetryCount: 0, Data: JSON.parse(input) };
  const state = await handler(task, context) as State;
  expect(state.Answer).toMatchObject({ Status: 'SUCCESS', Data: { TrainingDatasetArn: mockService.datasets[0].arn } });
  expect(log.mock.calls.map(([line]) => JSON.parse(line).RequestType)).toEqual(['Create', 'Create']);
});

test('a request of another stack is refused with where to read more', async () => {
  process.env.STACK_ID = 'other';
  await handler(datasetDriver(mockService).event('Create', datasetProperties()), context);
  expect(JSON.parse(mockRequests[0].body)).toMatchObject({
    Status: 'FAILED', Reason: `the handler of other does nothing for ${STACK_ID} (See the details in CloudWatch Log Stream: stream)`,
  });
});

test('every run ends its calls before Lambda ends it', async () => {
  await answer();
  expect(timeout).toHaveBeenCalledWith(STEP_TIMEOUT);
  expect(mockStops.at(-1)).toBe(timeout.mock.results.at(-1)?.value);
});

test('an answer is put where the URL says, for no content type, and with its length in bytes', async () => {
  const data = answering({ Reason: 'Schlüssel 🔑' });
  await answer(data);
  const [{ options, body }] = mockRequests;
  const { hostname, pathname, search } = new URL(String(data.Event.ResponseURL));
  expect(options).toEqual({
    method: 'PUT',
    hostname,
    path: `${pathname}${search}`,
    headers: { 'content-type': '', 'content-length': new TextEncoder().encode(body).length },
    timeout: REQUEST_TIMEOUT,
  });
  expect(body.length).toBeLessThan(new TextEncoder().encode(body).length);
  expect(JSON.parse(body)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'id', Reason: 'Schlüssel 🔑' });
});

const SECRET_OF_INDEX = /secret|X-Amz|https:/;

test.each<[string, typeof mockRespond, string]>([
  ['the URL is refused', (_, respond) => respond({ statusCode: 403, resume: () => undefined }), 'PutAnswer: HTTP 403: CloudFormation does not take the answer'],
  ['the connection breaks', (request) => request.emit('error', Object.assign(new Error('https://secret'), { code: 'ECONNRESET' })),
    'PutAnswer: ECONNRESET: CloudFormation is not reached'],
  ['nobody answers', (request) => request.emit('timeout'), 'PutAnswer: ETIMEDOUT: CloudFormation is not reached'],
  ['something else is wrong', (request) => request.emit('error', new Error('https://secret')), 'PutAnswer: Error: CloudFormation is not reached'],
])('an answer that does not arrive because %s is thrown, and the URL is in no error and no log', async (_, respond, message) => {
  mockRespond = respond;
  log.mockClear();
  const error = await answer().then(() => undefined, (thrown: Error) => thrown);
  expect(error?.message).toBe(message);
  expect(`${String(error?.stack)}${JSON.stringify(error)}${log.mock.calls.join()}`).not.toMatch(SECRET_OF_INDEX);
});
