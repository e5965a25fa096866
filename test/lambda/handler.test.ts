import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, SECRET } from './harness';
import { handle } from '../../lambda/handler';

const { ResponseURL, ...complete } = datasetDriver(new FakeService()).event('Create', datasetProperties());
const task = { Do: 'STEP', Data: {} };

describe('what is neither a request nor a task changes nothing, answers nothing, and is said in the log', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'Create'],
    ['a list', [complete]],
    ['an empty event', {}],
    ['an event of EventBridge', { source: 'aws.states', detail: { status: 'FAILED' } }],
    ['another type of request', { ...complete, RequestType: 'Read' }],
    ['no type of request', { ...complete, RequestType: undefined }],
    ['no properties', { ...complete, ResourceProperties: undefined }],
    ['a text for properties', { ...complete, ResourceProperties: 'x' }],
    ['a list for properties', { ...complete, ResourceProperties: [] }],
    ...['RequestId', 'ResourceType', 'StackId', 'LogicalResourceId'].flatMap((field): [string, unknown][] => [
      [`no ${field}`, { ...complete, [field]: undefined }], [`a number for ${field}`, { ...complete, [field]: 7 }],
    ]),
    ['another task', { ...task, Do: 'SLEEP' }],
    ['a task without data', { ...task, Data: undefined }],
    ['a task that is a number', { ...task, Do: 1 }],
  ])('%s', async (_, event) => {
    const service = new FakeService();
    const environment = datasetDriver(service).environment();
    const lines: string[] = [];
    const withUrl = typeof event === 'object' && event !== null && !Array.isArray(event) ? { ...event, ResponseURL } : event;
    expect(await handle(withUrl, { ...environment, log: (line) => lines.push(line) })).toBeUndefined();
    expect([service.calls, service.puts]).toEqual([[], []]);
    expect(lines).toEqual(['{"Error":"neither a request of CloudFormation nor a task of the state machine: nothing done"}']);
    expect(lines.join()).not.toMatch(SECRET);
  });
});

describe('each task is done by what it says', () => {
  test('from the request to the answer of a model, and its training', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const tasks: string[] = [];
    dataset.attempt = async (work, kind) => {
      tasks.push(kind);
      return work();
    };
    await dataset.create(datasetProperties());
    expect(tasks).toEqual(['STEP', 'ANSWER']);
    expect(service.puts).toHaveLength(1);
  });
});
