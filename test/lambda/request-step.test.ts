import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, LOG_STREAM, modelDriver, modelProperties } from './harness';
import { ServiceError } from '../../lambda/errors';
import type { State } from '../../lambda/events';

const A = datasetProperties();
const B = datasetProperties({ RoleArn: 'arn:aws:iam::111122223333:role/other' });
const MINUTE = 60_000;

function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService(behaviour);
  return { service, dataset: datasetDriver(service) };
}

const refuse = (...operations: string[]) => (operation: string) =>
  operations.includes(operation) ? new ServiceError(operation, 'ValidationException', 'no', 400) : undefined;

describe('a step', () => {
  test('that is done fixes the answer and what comes after it', async () => {
    const { service, dataset } = setUp();
    const execution = await dataset.start(dataset.event('Create', A));
    expect(await dataset.task(service.executions.taskOf(execution))).toEqual({
      Version: 1,
      Next: 'ANSWER',
      Answer: { Status: 'SUCCESS', PhysicalResourceId: dataset.name(A), Data: { TrainingDatasetArn: service.datasets[0].arn } },
      Then: 'SUCCEED',
      Memory: { Touched: true, CreatedArn: service.datasets[0].arn, CreatedAt: service.now },
    });
    expect(service.puts).toEqual([]);
  });

  test('of a model is done once the training is asked for, and the execution trains', async () => {
    const { service } = setUp({ training: 60 * MINUTE });
    const model = modelDriver(service);
    const properties = modelProperties(await service.createTrainingDataset({ name: 'd' }));
    const execution = await model.start(model.event('Create', properties));
    expect(await model.task(service.executions.taskOf(execution))).toMatchObject({
      Next: 'ANSWER', Answer: { Status: 'SUCCESS', PhysicalResourceId: model.name(properties), Data: { Training: model.training(properties) } }, Then: 'TRAIN',
    });
    expect(service.trainings).toHaveLength(1);
  });

  test('that deletes is answered without data, by the id that CloudFormation knows', async () => {
    const { service, dataset } = setUp();
    service.begin('DELETE_IN_PROGRESS');
    const event = dataset.event('Delete', A, undefined, 'Lookalike-Interactions-1ABCDEFGHIJKL');
    await dataset.run(event);
    const { Data, ...answer } = service.answerAt(event.ResponseURL)!;
    expect(Data).toBeUndefined();
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'Lookalike-Interactions-1ABCDEFGHIJKL' });
  });

  test('that is not done waits two seconds at first, and says for what', async () => {
    const { service, dataset } = setUp();
    service.fault = (operation) => operation === 'ListTrainingDatasets' ? 'throttled' : undefined;
    const execution = await dataset.start(dataset.event('Create', A));
    expect(await dataset.task(service.executions.taskOf(execution))).toEqual({ Version: 1, Next: 'WAIT', Seconds: 2, Memory: {} });
    expect(JSON.parse(dataset.lines.at(-1)!)).toMatchObject({ Steps: [], WaitingFor: 'ListTrainingDatasets: ThrottlingException: slow down' });
  });

  test('knows from the state what the ones before it did', async () => {
    const { service, dataset } = setUp({ listLag: 30_000 });
    service.fault = (operation) => operation === 'ListTagsForResource' ? 'throttled' : undefined;
    const execution = await dataset.start(dataset.event('Create', A));
    expect(await dataset.step(execution)).toEqual({ done: false });
    service.fault = () => undefined;
    expect(await dataset.step(execution)).toEqual({ done: true, Data: { TrainingDatasetArn: service.datasets[0].arn } });
    expect(service.count('CreateTrainingDataset')).toBe(1);
  });

  test.each([1, 44])('that is the repetition number %i of one whose outcome is not known creates as if a list may not show that yet', async (RetryCount) => {
    const { service, dataset } = setUp();
    const execution = await dataset.start(dataset.event('Create', A));
    const state: State = await dataset.task({ ...service.executions.taskOf(execution), RetryCount });
    expect(state.Memory.UnsureUntil).toBeDefined();
  });

  test('that does not know the version of the state changes nothing, and is answered', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    const event = dataset.event('Update', B, A, dataset.name(A));
    const execution = await dataset.start(event);
    execution.data = { ...execution.data, State: { Version: 2, Next: 'WAIT', Memory: {} } as unknown as State };
    const calls = service.calls.length;
    await expect(dataset.finish(execution)).rejects.toThrow(/^the state is of version 2, and this handler knows 1: it was deployed meanwhile$/);
    expect(service.calls).toHaveLength(calls);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ Status: 'FAILED', PhysicalResourceId: dataset.name(A) });
  });

  test('that is superseded is answered too, and says in the log that it did nothing', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', A);
    const execution = await dataset.start(event);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await expect(dataset.finish(execution)).rejects.toThrow(/^the Create of Interactions was made in CREATE_IN_PROGRESS /);
    expect(dataset.lines.join()).toMatch(/"Error":"superseded, nothing done: the Create of Interactions was made in CREATE_IN_PROGRESS/);
    expect(service.datasets).toEqual([]);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({ Status: 'FAILED' });
  });
});

describe('a request that fails', () => {
  test('keeps its old physical id where nothing was touched', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    service.fault = refuse('ListTrainingDatasets');
    const event = dataset.event('Update', B, A, dataset.name(A));
    await expect(dataset.run(event)).rejects.toThrow('ListTrainingDatasets: ValidationException: no');
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe(dataset.name(A));
  });

  test.each([
    ['keeps it where the service refused to make anything', 'CreateTrainingDataset', A],
    ['has the new one where something was made, so that CloudFormation cleans up', 'GetTrainingDataset', B],
  ])('%s (%s)', async (_, operation, named) => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    service.fault = refuse(operation);
    const event = dataset.event('Update', B, A, dataset.name(A));
    await expect(dataset.run(event)).rejects.toThrow(`${operation}: ValidationException: no`);
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe(dataset.name(named));
  });

  test('has the new one where a try before may have made something, though the next one is refused', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    const event = dataset.event('Update', B, A, dataset.name(A));
    const execution = await dataset.start(event);
    service.fault = (operation) => operation === 'CreateTrainingDataset' ? 'reset-before' : undefined;
    expect(await dataset.step(execution)).toEqual({ done: false });
    service.fault = refuse('CreateTrainingDataset');
    await expect(dataset.finish(execution)).rejects.toThrow('CreateTrainingDataset: ValidationException: no');
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe(dataset.name(B));
  });

  test('to create has the id of what it was to make', async () => {
    const { service, dataset } = setUp();
    service.fault = refuse('ListTrainingDatasets');
    const event = dataset.event('Create', A);
    await expect(dataset.run(event)).rejects.toThrow('ListTrainingDatasets: ValidationException: no');
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe(dataset.name(A));
  });

  test.each([['ListTrainingDatasets'], ['DeleteTrainingDataset']])('to delete keeps its id (%s)', async (operation) => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('DELETE_IN_PROGRESS');
    service.fault = refuse(operation);
    const event = dataset.event('Delete', A, undefined, 'Lookalike-Interactions-1ABCDEFGHIJKL');
    await expect(dataset.run(event)).rejects.toThrow(`${operation}: ValidationException: no`);
    expect(service.answerAt(event.ResponseURL)?.PhysicalResourceId).toBe('Lookalike-Interactions-1ABCDEFGHIJKL');
  });
});

describe('patience', () => {
  test('ends after fifty-five minutes, to the second, with what was waited for', async () => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => operation === 'ListTrainingDatasets' ? 'throttled' : undefined;
    await expect(dataset.create(A)).rejects.toThrow(/^gave up after 55 minutes: ListTrainingDatasets: ThrottlingException: slow down$/);
    expect(service.now - began).toBe(55 * MINUTE);
    expect(dataset.lines.at(-1)).toContain(LOG_STREAM);
  });

  test('is three minutes longer for a deletion that the service has begun', async () => {
    const { service } = setUp({ deletion: 24 * 60 * MINUTE });
    const model = modelDriver(service);
    const properties = modelProperties(await service.createTrainingDataset({ name: 'd' }));
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const began = service.now;
    await expect(model.delete(properties)).rejects.toThrow(/^gave up after 58 minutes: audience model Model-\w+ is DELETE_PENDING$/);
    expect(service.now - began).toBe(58 * MINUTE);
  });

  test('with what only time makes known begins at the first refusal, and not with the request', async () => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => {
      if (operation === 'ListTrainingDatasets' && service.now < began + 10 * MINUTE) return 'throttled';
      return operation === 'CreateTrainingDataset' && service.now < began + 10.5 * MINUTE
        ? new ServiceError(operation, 'AccessDeniedException', 'iam:PassRole', 403) : undefined;
    };
    await dataset.create(A);
    expect(service.names).toEqual([dataset.name(A)]);
  });
});

describe('a Delete in a clean-up of what the stack is shown with', () => {
  const deletion = async () => {
    const scene = setUp();
    const { service, dataset } = scene;
    await dataset.create(A);
    service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const shown = (status: string) => service.resources.set('Interactions', { status, physicalId: dataset.name(A), updateTime: new Date(service.now) });
    const execution = await dataset.start(dataset.event('Delete', A, undefined, dataset.name(A)));
    shown('UPDATE_COMPLETE');
    return { ...scene, shown, execution };
  };

  test('does nothing where it goes on to be shown', async () => {
    const { service, dataset, execution } = await deletion();
    await dataset.finish(execution);
    expect(service.datasets).toHaveLength(1);
  });

  test('deletes it where that was only shown for a moment', async () => {
    const { service, dataset, execution, shown } = await deletion();
    const until = service.now + MINUTE / 2;
    service.fault = () => {
      if (service.now >= until) shown('DELETE_IN_PROGRESS');
      return undefined;
    };
    await dataset.finish(execution);
    expect(service.datasets).toEqual([]);
  });
});
