import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, lastLine, LOG_STREAM, modelDriver, reasonOf, SECRET, signedAnew, STACK_ID } from './harness';
import { ServiceError } from '../../lambda/errors';
import type { CustomResourceEvent } from '../../lambda/events';
import { executionName } from '../../lambda/request';

const properties = datasetProperties();

function setUp() {
  const service = new FakeService();
  return { service, dataset: datasetDriver(service) };
}

describe('a request', () => {
  test('is handed over with the operation that it is part of, and not answered yet', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    service.now += 10_000;
    const execution = await dataset.start(signedAnew(event, service.now));
    expect(service.calls).toEqual(['DescribeStacks', 'StartExecution']);
    expect(JSON.parse(execution.input)).toEqual({
      Event: JSON.parse(JSON.stringify(signedAnew(event, service.now))),
      Operation: { StackStatus: 'CREATE_IN_PROGRESS', LastUpdatedTime: '2026-03-01T00:00:00.000Z' },
    });
    expect(execution.name).toBe(executionName(event, '2026-03-01T00:00:00.000Z'));
    expect(service.puts).toEqual([]);
    expect(lastLine(dataset)).toEqual({
      RequestType: 'Create',
      ResourceType: 'Custom::CleanRoomsMLTrainingDataset',
      LogicalResourceId: 'Interactions',
      Operation: { StackStatus: 'CREATE_IN_PROGRESS', LastUpdatedTime: '2026-03-01T00:00:00.000Z' },
      Execution: execution.name,
    });
  });

  describe('whose stack is shown as it was a moment ago', () => {
    /** The stack goes on, and is shown as it was for so many looks. */
    async function shownOld(looks: number, type: 'Update' | 'Delete', ...goOn: ((service: FakeService) => void)[]) {
      const { service, dataset } = setUp();
      await dataset.create(properties);
      for (const one of goOn.slice(0, -1)) one(service);
      const old = { ...service.stack };
      goOn.at(-1)!(service);
      const call = service.call.bind(service);
      let left = looks;
      service.call = (async (operation: 'DescribeStacks', input: never) => {
        const answer = await call(operation, input);
        if (operation !== 'DescribeStacks' || left-- <= 0) return answer;
        const { status, lastUpdatedTime } = old;
        return { Stacks: [{ ...answer.Stacks![0], StackStatus: status, LastUpdatedTime: new Date(lastUpdatedTime) }] };
      }) as typeof service.call;
      const tagged = { ...properties, Tags: [{ Key: 'team', Value: 'ads' }] };
      return { service, dataset, event: dataset.event(type, type === 'Update' ? tagged : properties, type === 'Update' ? properties : undefined, dataset.name(properties)) };
    }

    test.each<[string, 'Update' | 'Delete', ((service: FakeService) => void)[], string]>([
      ['before an update', 'Update', [(service) => service.moveTo('CREATE_COMPLETE'), (service) => service.begin('UPDATE_IN_PROGRESS')], 'UPDATE_IN_PROGRESS'],
      ['before its deletion', 'Delete', [(service) => service.moveTo('CREATE_COMPLETE'), (service) => service.begin('DELETE_IN_PROGRESS')], 'DELETE_IN_PROGRESS'],
      ['before its clean-up', 'Delete', [(service) => service.begin('UPDATE_IN_PROGRESS'), (service) => service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')],
        'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'],
      ['before its rollback', 'Delete', [(service) => service.begin('CREATE_IN_PROGRESS'), (service) => service.moveTo('ROLLBACK_IN_PROGRESS')], 'ROLLBACK_IN_PROGRESS'],
    ])('%s is handed over with what it is', async (_, type, goOn, status) => {
      const { dataset, event } = await shownOld(2, type, ...goOn);
      const execution = await dataset.start(event);
      expect(JSON.parse(execution.input)).toMatchObject({ Operation: { StackStatus: status } });
    });

    test('is refused if that does not change for ten seconds after it was made, or if it was made before', async () => {
      const { service, dataset, event } = await shownOld(Infinity, 'Update', (one) => one.moveTo('CREATE_COMPLETE'), (one) => one.begin('UPDATE_IN_PROGRESS'));
      const began = service.now;
      await expect(dataset.start(event)).rejects.toThrow(/^it is late: the stack has been in CREATE_COMPLETE/);
      expect(service.now - began).toBe(10_000);
      const later = service.now;
      await expect(dataset.start(event)).rejects.toThrow(/^it is late/);
      expect(service.now).toBe(later);
    });
  });

  test('to delete is handed over whatever its properties are', async () => {
    const { service, dataset } = setUp();
    service.begin('DELETE_IN_PROGRESS');
    const { StateMachineArn } = properties;
    await dataset.run(dataset.event('Delete', { StateMachineArn, RoleArn: 7 }, undefined, 'Lookalike-Interactions-1ABCDEFGHIJKL'));
    expect(service.answerAt(service.puts[0].url)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Lookalike-Interactions-1ABCDEFGHIJKL' });
  });

  test('with properties that cannot be is answered at once, without a call', async () => {
    const { service, dataset } = setUp();
    await expect(dataset.start(dataset.event('Create', { ...properties, RoleArn: undefined }))).rejects.toThrow(/^RoleArn must be a non-empty string, got nothing$/);
    expect(service.calls).toEqual([]);
    expect(lastLine(dataset)).toMatchObject({ Refused: 'RoleArn must be a non-empty string, got nothing' });
  });

  test('to update with properties that cannot be keeps its physical id', async () => {
    const { service, dataset } = setUp();
    service.begin('UPDATE_IN_PROGRESS');
    const event = dataset.event('Update', { ...properties, TrainingData: 'none' }, properties, dataset.name(properties));
    await expect(dataset.start(event)).rejects.toThrow(/^TrainingData must be/);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ PhysicalResourceId: dataset.name(properties) });
  });

  test('for a type that is not known is refused', async () => {
    const { service, dataset } = setUp();
    const event = { ...dataset.event('Create', properties), ResourceType: 'Custom::Other' };
    await expect(dataset.start(event)).rejects.toThrow(/^unknown resource type Custom::Other$/);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: event.RequestId });
    expect(service.calls).toEqual([]);
  });

  test.each(['Create', 'Update', 'Delete'] as const)('of another stack (%s) is refused without a call, and changes nothing', async (type) => {
    const { service, dataset } = setUp();
    const other = STACK_ID.replace('51af', '51b0');
    const event = { ...dataset.event(type, properties, undefined, 'id'), StackId: other };
    await expect(dataset.start(event)).rejects.toThrow(`the handler of ${STACK_ID} does nothing for ${other}`);
    expect([service.calls, service.executions.all]).toEqual([[], []]);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ Status: 'FAILED', StackId: other, RequestId: event.RequestId, LogicalResourceId: 'Interactions' });
    expect(lastLine(dataset)).toMatchObject({ Refused: `the handler of ${STACK_ID} does nothing for ${other}` });
  });
});

describe('what an execution is called', () => {
  const { dataset } = setUp();
  const event = dataset.event('Create', properties);
  const name = executionName(event, 'then');

  test('says what is asked for, and for whom', () => {
    expect(name).toMatch(/^Create-Interactions-[0-9a-f]{16}-[0-9a-f]{16}$/);
    expect(name.split('-').at(-2)).toBe(dataset.name(properties).slice(-16));
  });

  test('is the same when the request is signed anew', () => expect(executionName(signedAnew(event, 0), 'then')).toBe(name));

  test.each<[string, Partial<CustomResourceEvent>, string]>([
    ['another request', { RequestId: 'other' }, 'then'],
    ['another operation', {}, 'now'],
    ['another type of request', { RequestType: 'Update' }, 'then'],
    ['another generation', { ResourceProperties: { ...properties, Description: 'other' } }, 'then'],
    ['other properties', { ResourceProperties: { ...properties, Tags: [{ Key: 'team', Value: 'ads' }] } }, 'then'],
    ['another resource', { LogicalResourceId: 'Other' }, 'then'],
    ['another physical id', { PhysicalResourceId: 'other' }, 'then'],
    ['another stack', { StackId: `${STACK_ID}0` }, 'then'],
  ])('is another for %s', (_, change, time) => expect(executionName({ ...event, ...change }, time)).not.toBe(name));

  test.each([[1, 42], [38, 79], [39, 80], [40, 80], [255, 80]])('is what Step Functions takes for a logical id of %i characters', (length, expected) => {
    const long = executionName({ ...event, LogicalResourceId: 'L'.repeat(length) }, 'then');
    expect(long).toMatch(/^[A-Za-z0-9-]{1,80}$/);
    expect(long).toHaveLength(expected);
  });

  test('tells deep paths apart that have the beginning in common', () => {
    const names = ['A', 'B'].map((end) => executionName({ ...event, LogicalResourceId: `${'L'.repeat(200)}${end}` }, 'then'));
    expect(names[0].split('-').at(-2)).not.toBe(names[1].split('-').at(-2));
  });
});

describe('the same request once more', () => {
  test.each([
    ['as it was', (event: CustomResourceEvent) => event],
    ['signed anew', (event: CustomResourceEvent) => signedAnew(event, Date.parse('2026-03-01T00:00:03Z'))],
  ])('%s starts nothing and answers nothing while it is worked at', async (_, again) => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    const execution = await dataset.start(event);
    await dataset.handle(again(event));
    expect(service.executions.all).toEqual([execution]);
    expect(service.puts).toEqual([]);
    await dataset.finish(execution);
    expect(service.puts).toHaveLength(1);
  });

  test('signed anew says in the log that it is worked at, also where that does not show at once', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    await dataset.start(event);
    let looks = 2;
    const unseen = new ServiceError('DescribeExecution', 'ExecutionDoesNotExist', 'Execution Does Not Exist', 400);
    service.fault = (operation) => operation === 'DescribeExecution' && looks-- > 0 ? unseen : undefined;
    await dataset.handle(signedAnew(event, Date.parse('2026-03-01T00:00:03Z')));
    expect(lastLine(dataset)).toMatchObject({ Again: 'RUNNING' });
    expect(service.puts).toEqual([]);
  });

  test('starts nothing and answers nothing once it has succeeded, as long as CloudFormation shows no more than that it is under way', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    await dataset.run(event);
    service.request('Interactions', 'Create');
    await dataset.handle(event);
    expect(lastLine(dataset)).toMatchObject({ Again: 'SUCCEEDED' });
    expect([service.executions.all.length, service.puts.length]).toEqual([1, 1]);
  });

  test.each(['FAILED', 'ABORTED', 'TIMED_OUT'])('is answered FAILED where its execution has %s, and starts nothing', async (status) => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    const execution = await dataset.start(event);
    Object.assign(execution, { status, stopDate: new Date(service.now + 1_000) });
    await expect(dataset.start(event)).rejects.toThrow(`its execution ${execution.name} has ${status} already`);
    expect(service.executions.all).toHaveLength(1);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: dataset.name(properties) });
  });

  test('is not answered once more where its execution has failed by itself: the reason has been told', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    service.fault = (operation) => operation === 'CreateTrainingDataset' ? new ServiceError(operation, 'ValidationException', 'never', 400) : undefined;
    await expect(dataset.run(event)).rejects.toThrow('CreateTrainingDataset: ValidationException: never');
    service.request('Interactions', 'Create');
    await dataset.handle(signedAnew(event, service.now));
    expect(lastLine(dataset)).toMatchObject({ Again: 'FAILED' });
    expect([service.executions.all.length, service.puts.length]).toEqual([1, 1]);
  });

  test('trains no second time for a model that is trained', async () => {
    const service = new FakeService({ uniqueNames: false, training: 3_600_000 });
    const dataset = await service.createTrainingDataset({ name: 'd' });
    const model = modelDriver(service);
    const event = model.event('Create', { StateMachineArn: properties.StateMachineArn, TrainingDatasetArn: dataset, TrainingWait: { Until: 'ACTIVE', Minutes: '60' } });
    await model.finish(await model.start(event));
    service.request('Model', 'Create');
    await model.handle(signedAnew(event, service.now));
    await model.pass(7_200_000);
    expect(service.trainings).toHaveLength(1);
    expect(service.executions.all).toHaveLength(1);
  });
});

describe('where a call fails', () => {
  const denied = (operation: string) => new ServiceError(operation, 'AccessDeniedException', 'not authorized', 403);

  test.each(['DescribeStacks', 'DescribeStackResource', 'StartExecution'])('the entry insists on %s for thirty seconds', async (call) => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => operation === call && service.now < began + 30_000 ? denied(operation) : undefined;
    await dataset.start(dataset.event('Create', properties));
    expect(service.now - began).toBe(30_000);
    expect(service.executions.all).toHaveLength(1);
  });

  test.each(['DescribeStacks', 'DescribeStackResource', 'StartExecution'])('and then throws, so that Lambda hands it over again: %s', async (call) => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => operation === call ? denied(operation) : undefined;
    await expect(dataset.start(dataset.event('Create', properties))).rejects.toThrow(`${call}: AccessDeniedException: not authorized`);
    expect(service.now - began).toBe(30_000);
    expect([service.executions.all, service.puts]).toEqual([[], []]);
    expect(lastLine(dataset)).toMatchObject({ Error: `${call}: AccessDeniedException: not authorized` });
  });

  test('all calls together have those thirty seconds', async () => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => {
      if (operation === 'DescribeStacks' && service.now < began + 20_000) return 'throttled';
      return operation === 'StartExecution' ? 'throttled' : undefined;
    };
    await expect(dataset.start(dataset.event('Create', properties))).rejects.toThrow('StartExecution: ThrottlingException');
    expect(service.now - began).toBe(30_000);
  });

  test.each([
    ['ThrottlingException', 400], ['ExecutionLimitExceeded', 400], ['StateMachineDeleting', 400], ['InternalFailure', 500], ['ECONNRESET', undefined],
  ])('for a reason that may pass (%s) it insists', async (code, status) => {
    const { service, dataset } = setUp();
    service.fault = (operation) => operation === 'StartExecution' && service.count(operation) < 3 ? new ServiceError(operation, code, 'm', status) : undefined;
    await dataset.start(dataset.event('Create', properties));
    expect(service.executions.all).toHaveLength(1);
  });

  test.each([['DescribeStacks', 'ValidationError'], ['StartExecution', 'InvalidName'], ['StartExecution', 'StateMachineDoesNotExist']])(
    'for good (%s: %s) it answers at once', async (call, code) => {
      const { service, dataset } = setUp();
      const began = service.now;
      service.fault = (operation) => operation === call ? new ServiceError(operation, code, 'no', 400) : undefined;
      await expect(dataset.start(dataset.event('Create', properties))).rejects.toThrow(`${call}: ${code}: no`);
      expect([service.now - began, service.count(call), service.puts.length]).toEqual([0, 1, 1]);
    });

  test.each([[170_000, false], [170_001, true]])('at the last attempt, %i ms after the request was made and thirty seconds later, it answers FAILED: %p', async (later, answers) => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    service.now += later;
    service.fault = (operation) => operation === 'StartExecution' ? denied(operation) : undefined;
    await expect(dataset.start(event)).rejects.toThrow('StartExecution: AccessDeniedException: not authorized');
    expect(service.puts).toHaveLength(answers ? 1 : 0);
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe(answers ? dataset.name(properties) : undefined);
  });

  test('rather answers at once where the URL does not tell when it was made: the hour would pass in silence', async () => {
    const { service, dataset } = setUp();
    service.fault = (operation) => operation === 'StartExecution' ? denied(operation) : undefined;
    const event = { ...dataset.event('Create', properties), ResponseURL: 'https://secret/?untimed' };
    await expect(dataset.start(event)).rejects.toThrow('StartExecution: AccessDeniedException: not authorized');
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ Status: 'FAILED' });
  });

  test('three attempts as Lambda makes them end in an answer', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    service.fault = (operation) => operation === 'DescribeStacks' ? denied(operation) : undefined;
    const answers: number[] = [];
    for (const pause of [0, 60_000, 120_000]) {
      service.now += pause;
      await dataset.handle(event).catch(() => undefined);
      answers.push(service.puts.length);
    }
    expect(answers).toEqual([0, 0, 1]);
  });

  test.each([503, new ServiceError('PutAnswer', 'ECONNRESET', 'CloudFormation is not reached')])('an answer that does not arrive (%p) is sent again', async (fault) => {
    const { service, dataset } = setUp();
    let failures = 2;
    service.putFault = () => failures-- > 0 ? fault : undefined;
    const event = dataset.event('Create', { ...properties, RoleArn: undefined });
    await expect(dataset.start(event)).rejects.toThrow(/^RoleArn must be/);
    expect(service.puts).toHaveLength(1);
  });

  test('an answer that never arrives is thrown, for Lambda to hand the request over again, and holds no URL', async () => {
    const { service, dataset } = setUp();
    service.putFault = () => 503;
    const error: unknown = await dataset.handle(dataset.event('Create', { ...properties, RoleArn: undefined })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'PutAnswer: HTTP 503: CloudFormation does not take the answer' });
    expect(`${String((error as Error).stack)}${JSON.stringify(error)}${dataset.lines.join()}`).not.toMatch(SECRET);
  });

  test('by a fault of our own it answers, with one sentence; where it happened is in the log', async () => {
    const { service, dataset } = setUp();
    service.fault = () => { throw new TypeError('bug'); };
    const event = dataset.event('Create', properties);
    await expect(dataset.start(event)).rejects.toThrow(/^bug$/);
    expect(service.answerAt(event.ResponseURL)?.Reason).toBe(`bug (See the details in CloudWatch Log Stream: ${LOG_STREAM})`);
  });
});

test('the log never has the URL that the answer goes to, nor what a refused request is', async () => {
  const { service, dataset } = setUp();
  await dataset.create(properties);
  await expect(dataset.start(dataset.event('Create', {}))).rejects.toThrow('StateMachineArn must be a non-empty string, got nothing');
  const late = dataset.event('Create', properties);
  service.begin('DELETE_IN_PROGRESS');
  await expect(dataset.start(late)).rejects.toThrow(/^it is late/);
  await dataset.delete(properties);
  expect(dataset.lines.length).toBeGreaterThanOrEqual(8);
  expect(dataset.lines.join()).not.toMatch(SECRET);
  expect(service.puts.every(({ url }) => SECRET.test(url))).toBe(true);
  expect(reasonOf(service.answerAt(late.ResponseURL)!)).not.toMatch(SECRET);
});
