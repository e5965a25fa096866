import { FakeExecution, STATE_MACHINE } from './fake-executions';
import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, LOG_STREAM, modelDriver, modelProperties, SECRET } from './harness';
import { failed, send } from '../../lambda/answer';
import { ServiceError } from '../../lambda/errors';

const properties = datasetProperties();

function setUp() {
  const service = new FakeService();
  return { service, dataset: datasetDriver(service) };
}

describe('an answer', () => {
  test('that succeeds says who is meant, what it is called and what is known of it, and nothing else', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    await dataset.run(event);
    expect(service.answerAt(event.ResponseURL)).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: dataset.name(properties),
      Data: { TrainingDatasetArn: service.datasets[0].arn },
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: 'Interactions',
    });
  });

  test('is fixed before it is sent: however often that fails, it is the same, and nothing else is done', async () => {
    const { service, dataset } = setUp();
    const bodies: string[] = [];
    const { put } = service;
    service.put = async (url, body) => {
      bodies.push(body);
      return bodies.length < 4 ? 500 : put.call(service, url, body);
    };
    const execution = await dataset.start(dataset.event('Create', properties));
    await dataset.step(execution);
    const { answer } = execution;
    const calls = service.calls.length;
    // What others do meanwhile changes nothing.
    await service.byOtherHands('DeleteTrainingDataset', { trainingDatasetArn: service.datasets[0].arn });
    await dataset.finish(execution);
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0])).toMatchObject({ ...answer });
    expect(service.calls).toHaveLength(calls);
  });

  test('that does not arrive is sent again, ever more rarely, until the hour ends', async () => {
    const { service, dataset } = setUp();
    const tries: number[] = [];
    const began = service.now;
    service.putFault = () => {
      tries.push((service.now - began) / 1_000);
      return 503;
    };
    const execution = await dataset.start(dataset.event('Create', properties));
    await dataset.pass(2 * 3_600_000);
    expect(tries.slice(0, 6)).toEqual([0, 5, 15, 35, 75, 135]);
    expect(tries).toHaveLength(61);
    expect(tries.at(-1)).toBeGreaterThan(55 * 60);
    expect(tries.at(-1)).toBeLessThan(60 * 60);
    expect(execution.status).toBe('FAILED');
  });

  test.each([200, 204, 299])('has arrived with HTTP %i', async (status) => {
    const event = setUp().dataset.event('Create', properties);
    await expect(send(event, { Status: 'SUCCESS', PhysicalResourceId: 'id' }, async () => status)).resolves.toBeUndefined();
  });

  test.each([300, 403, 503])('has not with HTTP %i, and the error holds no URL', async (status) => {
    const event = setUp().dataset.event('Create', properties);
    const error: unknown = await send(event, { Status: 'SUCCESS', PhysicalResourceId: 'id' }, async () => status).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: `PutAnswer: HTTP ${status}: CloudFormation does not take the answer` });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(SECRET);
  });
});

describe('a failure', () => {
  test('is one sentence and the log stream, whatever was thrown', () => {
    const suffix = ` (See the details in CloudWatch Log Stream: ${LOG_STREAM})`;
    expect(failed(new TypeError('bug'), 'id', LOG_STREAM)).toEqual({ Status: 'FAILED', PhysicalResourceId: 'id', Reason: `bug${suffix}` });
    expect(failed('text', 'id', LOG_STREAM).Reason).toBe(`text${suffix}`);
  });

  test.each([['x', 1_500, true], ['x', 1_501, false], ['ä', 750, true], ['ä', 751, false], ['€', 500, true], ['€', 501, false], ['🔑', 375, true], ['🔑', 376, false]])(
    'of %s, %i times, is whole: %p', (letter, times, whole) => {
      const [reason] = String(failed(new Error(letter.repeat(times)), 'id', '').Reason).split(' (See');
      expect(reason === letter.repeat(times)).toBe(whole);
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(1_500);
      expect(reason).toMatch(new RegExp(`^(${letter})+${whole ? '' : '…'}$`, 'u'));
      expect(Buffer.byteLength(reason)).toBeGreaterThan(1_490);
    });

  test.each(['x', 'ä', '€', '🔑', '"', '\\', '\n', 'x🔑', '\ud800'])('with a message of %j fits into what CloudFormation takes, with the longest ids', async (letter) => {
    const { service, dataset } = setUp();
    service.begin('DELETE_IN_PROGRESS');
    const logicalId = 'L'.repeat(255);
    const event = { ...dataset.event('Delete', properties, undefined, 'P'.repeat(500)), LogicalResourceId: logicalId };
    service.fault = (operation) => operation === 'ListTrainingDatasets' ? new ServiceError(operation, 'ValidationException', letter.repeat(5_000), 400) : undefined;
    await expect(dataset.run(event)).rejects.toThrow(/^ListTrainingDatasets: ValidationException: .*…$/su);
    expect(Buffer.byteLength(service.puts[0].body)).toBeLessThanOrEqual(4_096);
  });

  // A fault of the answer: it counts the bytes of the text and not those of its JSON, where each of these takes six.
  test('with a message of control characters fits too', () => {
    expect(Buffer.byteLength(JSON.stringify(failed(new Error('\u0001'.repeat(1_500)), 'id', LOG_STREAM)))).toBeLessThanOrEqual(3_500);
  });

  test('has no stack trace, which is in the log', async () => {
    const { service, dataset } = setUp();
    service.fault = (operation) => {
      if (operation === 'ListTrainingDatasets') throw new TypeError('bug');
      return undefined;
    };
    const event = dataset.event('Create', properties);
    await expect(dataset.run(event)).rejects.toThrow(/^bug$/);
    expect(service.answerAt(event.ResponseURL)?.Reason).toBe(`bug (See the details in CloudWatch Log Stream: ${LOG_STREAM})`);
    expect(dataset.lines.some((line) => /"Error":"TypeError: bug\\n +at/.test(line))).toBe(true);
  });

  test('of the function itself is answered when the state machine gives up, within the hour', async () => {
    const { service, dataset } = setUp();
    const began = service.now;
    const event = dataset.event('Create', properties);
    const execution = await dataset.start(event);
    dataset.attempt = async (work, kind) => {
      if (kind === 'STEP') throw Object.assign(new Error('https://secret'), { name: 'Sandbox.Timedout' });
      return work();
    };
    await expect(dataset.finish(execution)).rejects.toThrow(/^the handler could not be run \(Sandbox.Timedout\)$/);
    expect(service.now - began).toBeGreaterThanOrEqual(24 * 75_000);
    expect(service.now - began).toBeLessThan(60 * 60_000);
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe(dataset.name(properties));
    expect(execution.status).toBe('FAILED');
    expect(JSON.stringify(execution.data)).not.toMatch(SECRET);
  });
});

describe('once it has arrived', () => {
  const over = ({ data: { Event, State } }: FakeExecution) => ({ url: Event.ResponseURL, answer: State?.Answer, then: State?.Then });

  test('nothing leads back to it: the URL and the answer leave the state, and the execution ends as it was to', async () => {
    const { service, dataset } = setUp();
    const execution = await dataset.start(dataset.event('Create', properties));
    expect(execution.input).toMatch(SECRET);
    await dataset.finish(execution);
    expect(over(execution)).toEqual({});
    expect(execution).toMatchObject({ status: 'SUCCEEDED', data: { State: { Next: 'SUCCEED', Memory: { Touched: true } } } });
    expect(JSON.stringify(execution.data)).not.toMatch(SECRET);
    expect(service.puts).toHaveLength(1);
  });

  test('the execution fails for the reason that was answered', async () => {
    const { service, dataset } = setUp();
    service.fault = (operation) => operation === 'CreateTrainingDataset' ? new ServiceError(operation, 'ValidationException', 'no', 400) : undefined;
    const execution = await dataset.start(dataset.event('Create', properties));
    await expect(dataset.finish(execution)).rejects.toThrow('CreateTrainingDataset: ValidationException: no');
    expect(over(execution)).toEqual({});
    expect(execution).toMatchObject({ status: 'FAILED', cause: `CreateTrainingDataset: ValidationException: no (See the details in CloudWatch Log Stream: ${LOG_STREAM})` });
  });

  test('a training goes on with what its request knew', async () => {
    const service = new FakeService({ training: 3_600_000 });
    const dataset = await service.createTrainingDataset({ name: 'd' });
    const model = modelDriver(service);
    const execution = await model.start(model.event('Create', modelProperties(dataset)));
    await model.step(execution);
    expect(over(execution)).toEqual({});
    expect(execution).toMatchObject({ status: 'RUNNING', task: 'TRAIN', data: { State: { Next: 'TRAIN', Memory: { CreatedArn: service.models[0].arn } } } });
  });

  test.each([[0, 'SUCCEEDED'], [1, 'FAILED']])('and its sender died, and no second one is taken, it counts where it shows (as another: %d)', async (another, status) => {
    const service = new FakeService({ training: 20 * 3_600_000 });
    const model = modelDriver(service);
    const wanted = modelProperties(await service.createTrainingDataset({ name: 'd' }), {}, { minutes: 2_880 });
    const execution = await model.start(model.event('Create', wanted));
    const { put } = service;
    let puts = 0;
    service.put = async (url, body) => {
      if (puts++ > 0) return 403;
      await put.call(service, url, body);
      if (another) service.resources.set('Model', { status: 'CREATE_COMPLETE', physicalId: 'another', updateTime: new Date(service.now) });
      throw new ServiceError('PutAnswer', 'ECONNRESET', 'CloudFormation is not reached');
    };
    await model.pass(60_000);
    model.openWindows(wanted);
    await model.pass(24 * 3_600_000);
    expect(execution.status).toBe(status);
  });

  test('it is not sent again', async () => {
    const { service, dataset } = setUp();
    const execution = await dataset.start(dataset.event('Create', properties));
    await dataset.finish(execution);
    await dataset.task({ ...service.executions.taskOf(execution), Do: 'ANSWER' });
    expect(service.puts).toHaveLength(1);
  });
});

test('the log has the answer, and never where it goes', async () => {
  const { dataset } = setUp();
  await dataset.create(properties);
  const line = JSON.parse(dataset.lines[dataset.lines.length - 1]) as { Answer: object };
  expect(line.Answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: dataset.name(properties) });
  expect(dataset.lines.join()).not.toMatch(SECRET);
  expect(STATE_MACHINE).not.toMatch(SECRET);
});
