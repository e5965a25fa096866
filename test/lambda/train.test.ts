import { FakeService } from './fake-service';
import { modelDriver, modelProperties, QUOTA_REACHED, SECRET, Wait } from './harness';
import { ServiceError } from '../../lambda/errors';
import { Memory, State, STATE_VERSION, TrainingState } from '../../lambda/events';
import { windowLengths } from '../../src/private/contract';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW = 707 * 60_000;
const ADVICE = '; set trainingWait to more, or have the quota L-11056252 raised, which says how many audience models are trained at a time; an account that has 500 must delete some';

/** How the request left the training: begun by its step, or queueing because the quota was used up. */
type Begin = 'trains' | 'queues';

/** A request that is answered; its execution is about to train. */
async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}, wait: Wait = {}, begin: Begin = 'trains') {
  const service = new FakeService(behaviour);
  const dataset = await service.createTrainingDataset({ name: 'd' });
  const model = modelDriver(service);
  const properties = modelProperties(dataset, {}, wait);
  if (begin === 'queues') service.quota = 0;
  const execution = await model.start(model.event('Create', properties));
  await model.step(execution);
  if (begin === 'queues') service.quota = Infinity;
  const began = service.now;
  const { data } = execution;
  const step = async (state: State | undefined = data.State, RetryCount = 0): Promise<State> => {
    const task = service.executions.taskOf(execution);
    return JSON.parse(JSON.stringify(await model.task({ ...task, RetryCount, Data: { ...data, State: state } }))) as State;
  };
  /** What the steps leave that train, and have seen that the model has no copy. */
  const known = async () => step();
  service.calls.length = 0;
  return { service, model, properties, execution, began, step, known };
}

const waiting = (more: Partial<TrainingState> = {}, memory: Memory = {}): State =>
  ({ Version: STATE_VERSION, Next: 'WAIT', Seconds: 40, Memory: memory, Training: { WindowsPassed: 0, ...more } });

describe('a step', () => {
  test('looks at the model that the request began, and again soon', async () => {
    const { service, model, properties, step } = await setUp({ training: DAY });
    const [{ arn }] = service.models;
    expect(await step()).toEqual({
      Version: STATE_VERSION,
      Next: 'WAIT',
      Seconds: 5,
      Memory: { Foreseen: true, Touched: true, CreatedArn: arn, CreatedAt: expect.any(Number) },
      Training: { WindowsPassed: 0, WaitingFor: `audience model ${model.name(properties)} is CREATE_PENDING`, AudienceModelArn: arn, HasNoCopy: true },
    });
    expect(service.trainings).toHaveLength(1);
  });

  test('begins with a training that had to queue, and looks again soon', async () => {
    const { service, step } = await setUp({ training: DAY }, {}, 'queues');
    expect(service.models).toEqual([]);
    expect(await step()).toMatchObject({
      Next: 'WAIT', Seconds: 5, Memory: { Touched: true, CreatedArn: service.models[0].arn }, Training: { AudienceModelArn: service.models[0].arn, HasNoCopy: true },
    });
    expect(service.trainings).toHaveLength(1);
  });

  test.each([[39_999, false], [40_000, true]])('after one whose outcome is not known sees %i ms later that the model has no copy: %p', async (later, knows) => {
    const { service, model, properties, step } = await setUp({ training: DAY });
    const state = await step(undefined, 1);
    const WaitingFor = `audience model ${model.name(properties)} may have a copy that is not listed yet`;
    expect(state).toMatchObject({ Memory: { UnsureUntil: expect.any(Number) }, Training: { WaitingFor } });
    expect(state.Training?.HasNoCopy).toBeUndefined();
    service.now += later;
    const { Training, Memory: memory } = await step(state);
    expect(memory.UnsureUntil).toBeDefined();
    expect(Training?.AudienceModelArn).toBe(service.models[0].arn);
    expect(Training?.HasNoCopy).toBe(knows || undefined);
    expect(service.trainings).toHaveLength(1);
  });

  test('makes one call while the model trains, and looks the more rarely the longer that takes', async () => {
    const { service, known, step } = await setUp({ training: DAY });
    const state = await known();
    service.calls.length = 0;
    service.now += 5 * HOUR;
    expect(await step(state)).toEqual({ ...state, Seconds: 340 });
    expect(service.calls).toEqual(['GetAudienceModel']);
  });

  test('counts the age of the training and not of the queueing', async () => {
    const { service, step } = await setUp({ training: DAY }, {}, 'queues');
    service.now += 10 * HOUR;
    const state = await step(waiting());
    expect(state).toMatchObject({ Seconds: 5 });
    service.now += 100_000;
    expect(await step(state)).toMatchObject({ Seconds: 25, Training: { AudienceModelArn: service.models[0].arn } });
  });

  test('tries to have a training accepted the more rarely the longer it queues', async () => {
    const { service, step } = await setUp({}, { minutes: 7_200 }, 'queues');
    service.quota = 0;
    expect(await step(waiting())).toMatchObject({ Next: 'WAIT', Seconds: 40 });
    service.now += HOUR;
    expect(await step(waiting())).toMatchObject({ Next: 'WAIT', Seconds: 360 });
    service.now += DAY;
    expect(await step(waiting({ WindowsPassed: 3 }))).toMatchObject({ Next: 'WAIT', Seconds: 900 });
    expect(service.count('CreateAudienceModel')).toBe(3);
  });

  test('finds out what is the matter where the one call fails', async () => {
    const { service, known, step } = await setUp({ training: DAY });
    const state = await known();
    service.now += 100_000;
    service.calls.length = 0;
    service.fault = () => service.count('ListAudienceModels') === 0 ? 'throttled' : undefined;
    expect(await step(state)).toEqual({ ...state, Seconds: 25 });
    expect(service.calls).toEqual(['GetAudienceModel', 'ListAudienceModels', 'GetAudienceModel', 'ListTagsForResource']);
  });

  test.each(['throttled', 'reset-before', 'error-after'] as const)('whose calls fail (%s) forgets no model, and looks again as soon as for a new one', async (fault) => {
    const { service, known, step } = await setUp({ training: 2 * DAY });
    const state = await known();
    service.now += 20 * HOUR;
    service.fault = () => fault;
    expect(await step(state)).toMatchObject({ Next: 'WAIT', Seconds: 40, Training: { AudienceModelArn: service.models[0].arn } });
  });

  test.each(['trains', 'is active'])('trains no second time where another hand has deleted the model that %s', async (status) => {
    const { service, model, properties, known, step } = await setUp({ training: status === 'trains' ? DAY : 60_000, deleteInTraining: 'accept' });
    const state = await known();
    service.now += HOUR;
    await service.deleteModelsByOtherHands();
    expect((await step(state)).Training).toMatchObject({
      Outcome: 'FAIL',
      Cause: `audience model ${model.name(properties)} was deleted by somebody else; it is not trained twice for one deployment`,
    });
    expect(service.trainings).toHaveLength(1);
  });

  test('trains no second time where another hand has deleted the model before it was first looked at', async () => {
    const { service, step } = await setUp({ training: DAY, deleteInTraining: 'accept' });
    await service.deleteModelsByOtherHands();
    const state = await step();
    expect(state.Training).toMatchObject({ WaitingFor: expect.stringMatching(/was created and is not visible yet$/) });
    service.now += 40_000;
    expect((await step(state)).Training).toMatchObject({ Outcome: 'FAIL', Cause: expect.stringMatching(/was deleted by somebody else/) });
    expect(service.trainings).toHaveLength(1);
  });

  test('trains no second time for what another hand is deleting', async () => {
    const { service, known, step } = await setUp({ training: DAY, deletion: HOUR, deleteInTraining: 'accept' });
    const state = await known();
    service.now += HOUR;
    await service.deleteAudienceModel(service.models[0].arn);
    const deleting = await step(state);
    expect(deleting).toMatchObject({ Next: 'WAIT', Seconds: 40, Training: { AudienceModelArn: state.Training?.AudienceModelArn } });
    service.now += HOUR;
    expect((await step(deleting)).Training).toMatchObject({ Outcome: 'FAIL', Cause: expect.stringMatching(/was deleted by somebody else/) });
    expect(service.trainings).toHaveLength(1);
  });

  test('that is repeated keeps the older of two that a lost step has left, and deletes the other', async () => {
    const { service, step } = await setUp({ training: DAY, uniqueNames: false, listLag: 20_000, deleteInTraining: 'accept' }, {}, 'queues');
    // The first one's answer is lost with its state; the state machine repeats it.
    await step(waiting());
    service.now += 1_000;
    await step(waiting());
    const [older] = service.models;
    expect(service.trainings).toHaveLength(2);
    service.now += 75_000;
    expect(await step(waiting(), 1)).toMatchObject({ Training: { AudienceModelArn: older.arn } });
    expect((await service.listAudienceModels()).map(({ arn }) => arn)).toEqual([older.arn]);
    expect(service.trainings).toHaveLength(2);
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('that dies after %i calls is repeated 75 s later, and trains once', async (calls) => {
    const { service, model, execution, began } = await setUp({ training: DAY, uniqueNames: false, listLag: 20_000 }, {}, 'queues');
    model.dieBefore(calls);
    await model.pass(0);
    expect(execution.dueAt).toBe(began + 75_000);
    await model.pass(10 * 60_000);
    expect(service.trainings).toHaveLength(1);
    expect(execution).toMatchObject({ status: 'RUNNING', failures: 0, data: { State: { Training: { HasNoCopy: true, AudienceModelArn: service.models[0].arn } } } });
  });

  test.each(['throttled', 'reset-before', 'reset-after', 'error-after'] as const)('after which every call fails (%s) is repeated later', async (fault) => {
    const { service, known, step } = await setUp({ training: DAY });
    const state = await known();
    service.now += 100_000;
    service.fault = () => fault;
    expect(await step(waiting())).toMatchObject({ Next: 'WAIT', Seconds: 40, Training: { WindowsPassed: 0 } });
    service.fault = () => undefined;
    expect((await step(waiting())).Training?.AudienceModelArn).toBe(state.Training?.AudienceModelArn);
    expect(service.trainings).toHaveLength(1);
  });

  test('that fails by a fault of our own is the state machine’s to repeat', async () => {
    const { service, model, step } = await setUp();
    service.fault = (operation) => {
      if (operation === 'ListAudienceModels') throw new TypeError('bug');
      return undefined;
    };
    await expect(step()).rejects.toThrow('bug');
    expect(JSON.parse(model.lines[model.lines.length - 1]).Error).toMatch(/^TypeError: bug\n +at/);
  });

  test('that does not know the version of the state opens the windows, and does nothing else', async () => {
    const { service, execution, model, properties } = await setUp({ training: DAY });
    const windows = model.openWindows(properties);
    execution.data = { ...execution.data, State: { ...waiting(), Version: 2 } as unknown as State };
    await model.pass(DAY);
    expect(windows.map((id) => service.windows.status(id))).toEqual(windows.map(() => 'CREATE_COMPLETE'));
    expect(service.calls.filter((call) => !/^(Describe|SignalResource)/.test(call))).toEqual([]);
    expect(execution).toMatchObject({ status: 'FAILED', cause: 'the state is of version 2, and this handler knows 1: it was deployed meanwhile' });
  });

  test('logs who, what it did and what is next, and never where CloudFormation wants its answer', async () => {
    const { service, model, step } = await setUp({ training: DAY }, {}, 'queues');
    const state = await step();
    const [{ arn }] = service.models;
    expect(JSON.parse(model.lines[model.lines.length - 1])).toEqual({
      RequestType: 'Create',
      ResourceType: 'Custom::CleanRoomsMLAudienceModel',
      LogicalResourceId: 'Model',
      Steps: [`created ${arn}`, `found ${arn} CREATE_PENDING`],
      State: state,
    });
    expect(model.lines.join()).not.toMatch(SECRET);
  });
});

describe('the look at a training', () => {
  test('costs at most 300 calls a day, windows included', async () => {
    const { service, model, properties } = await setUp({ training: 2 * DAY });
    model.openWindows(properties);
    await model.pass(DAY - 60_000);
    expect(service.calls.length).toBeLessThanOrEqual(300);
    expect(service.trainings).toHaveLength(1);
  });

  test.each([90, 30 * 60, 6 * 3_600, 23 * 3_600])('of %i s lets the deployment go on in time', async (seconds) => {
    const { service, model, properties, began } = await setUp({ training: seconds * 1_000 });
    model.openWindows(properties);
    const { Windows } = properties.TrainingWait as { Windows: string[] };
    while (Windows.some((id) => service.windows.status(id) !== 'CREATE_COMPLETE')) await model.pass(1_000);
    expect((service.now - began) / 1_000 - seconds).toBeLessThanOrEqual(Math.max(60, seconds / 50) - 15);
  });
});

describe('the end of a training', () => {
  test('lets the deployment go on, and then succeeds', async () => {
    const { service, model, properties, known, step } = await setUp({ training: 0 });
    const state = await known();
    expect(state).toMatchObject({ Next: 'WAIT', Training: { Outcome: 'SUCCEED', WindowsPassed: 0 } });
    const [first, second] = model.openWindows(properties);
    service.calls.length = 0;
    const signalled = await step(state);
    expect(signalled).toMatchObject({ Next: 'WAIT', Seconds: 1, Training: { WindowsPassed: 0 } });
    expect(service.calls).toEqual(['DescribeStacks', 'DescribeStackResource', 'SignalResource']);
    expect([first, second].map((id) => service.windows.status(id))).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS']);
    expect(await step(signalled)).toMatchObject({ Next: 'SUCCEED', Training: { WindowsPassed: 2 } });
    expect(service.windows.status(second)).toBe('CREATE_COMPLETE');
  });

  test('waits ever longer, but not long, where CloudFormation takes its time', async () => {
    const { known, step } = await setUp({ training: 0 });
    const seconds: (number | undefined)[] = [];
    for (let state = await step({ ...await known(), Seconds: 0 }); seconds.length < 7; state = await step(state)) seconds.push(state.Seconds);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  test('by a failure keeps the service’s reason, lets the deployment go on, and then fails', async () => {
    const { service, model, properties, execution } = await setUp({ training: 60_000, trainingFails: true });
    const windows = model.openWindows(properties);
    await model.pass(120_000);
    expect(windows.map((id) => service.windows.status(id))).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    expect(execution).toMatchObject({ status: 'FAILED', cause: `audience model ${model.name(properties)} failed: NOT_ENOUGH_USERS: too few users` });
  });

  test('by a refusal of the service is a failure with its code', async () => {
    const { service, step } = await setUp({}, {}, 'queues');
    service.fault = (operation) => operation === 'CreateAudienceModel' ? new ServiceError(operation, 'ValidationException', 'bad window', 400) : undefined;
    expect((await step()).Training).toMatchObject({ Outcome: 'FAIL', Cause: 'CreateAudienceModel: ValidationException: bad window' });
  });

  test('where the deployment waits for no more is that the service has accepted it', async () => {
    const { known } = await setUp({ training: 2 * DAY }, { goal: 'ACCEPTED' });
    expect(await known()).toMatchObject({ Next: 'SUCCEED', Training: { Outcome: 'SUCCEED' } });
  });

  test('is not looked at again', async () => {
    const { service, step } = await setUp();
    const { Training } = await step(waiting({ Outcome: 'FAIL', Cause: 'this' }));
    expect(Training).toMatchObject({ Outcome: 'FAIL', Cause: 'this' });
    expect(service.calls).toEqual(['DescribeStacks', 'DescribeStackResource']);
  });
});

describe('the deadline', () => {
  test.each([[1, '1 minute'], [90, '90 minutes'], [60, '1 hour'], [600, '10 hours']])('after %i minutes ends the wait with what it was for', async (minutes, words) => {
    const { service, model, properties, step, began } = await setUp({ training: 5 * DAY }, { minutes });
    const { Training: first, ...others } = await step();
    const state = { ...others, Training: { ...first, WindowsPassed: windowLengths(minutes).length } };
    service.now = began + minutes * 60_000 - 1;
    expect(await step(state)).toMatchObject({ Next: 'WAIT', Seconds: 1 });
    service.now += 1;
    const { Training } = await step(state);
    expect(Training?.Outcome).toBe('FAIL');
    expect(Training?.Cause).toMatch(new RegExp(`^gave up after ${words}: audience model ${model.name(properties)} is CREATE_\\w+${ADVICE}$`));
  });

  test('ends the queueing with what the service said last', async () => {
    const { service, step, began } = await setUp({}, { minutes: 60 }, 'queues');
    service.quota = 0;
    service.now = began + HOUR - 1;
    const state = await step(waiting());
    expect(state).toMatchObject({ Next: 'WAIT', Training: { WaitingFor: `CreateAudienceModel: ServiceQuotaExceededException: ${QUOTA_REACHED}` } });
    service.now += 1;
    service.fault = (operation) => operation === 'ListAudienceModels' ? 'throttled' : undefined;
    const Cause = `gave up after 1 hour: ${String(state.Training?.WaitingFor)}${ADVICE}`;
    expect((await step(state)).Training).toMatchObject({ Outcome: 'FAIL', Cause });
    service.fault = () => undefined;
    expect((await step(state)).Training).toMatchObject({ Outcome: 'FAIL', Cause });
  });

  test.each([[-1, 1], [0, 0]])('is also that of the queue: %i ms after it begins %i', async (after, trainings) => {
    const { service, step, began } = await setUp({ training: DAY }, { minutes: 60 }, 'queues');
    service.now = began + HOUR + after;
    await step(waiting());
    expect(service.trainings).toHaveLength(trainings);
  });

  test('takes what a lost try has begun for the reason', async () => {
    const { service, model, properties, step, began } = await setUp({ training: DAY, uniqueNames: false }, { minutes: 60 }, 'queues');
    service.now = began + HOUR - 1;
    service.fault = (operation) => operation === 'CreateAudienceModel' ? 'reset-after' : undefined;
    const state = await step(waiting());
    expect(state.Training?.WaitingFor).toBe('CreateAudienceModel: ECONNRESET: socket hang up');
    expect(state.Memory.UnsureUntil).toBeGreaterThan(service.now);
    service.now += 40_000;
    expect((await step(state)).Training?.Cause).toBe(`gave up after 1 hour: audience model ${model.name(properties)} is CREATE_PENDING${ADVICE}`);
  });
});

describe('the windows', () => {
  test('are passed when they are over, while the model trains on', async () => {
    const { service, model, properties, began, execution } = await setUp({ training: 2 * DAY }, { minutes: 3_600 });
    const [first, second] = model.openWindows(properties);
    await model.pass(WINDOW - 1);
    expect(service.windows.status(first)).toBe('CREATE_IN_PROGRESS');
    await model.pass(10_000);
    expect([service.windows.status(first), service.windows.status(second)]).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS']);
    expect(service.now - began).toBe(WINDOW + 9_999);
    expect(execution.data.State).toMatchObject({ Next: 'WAIT', Training: { WindowsPassed: 1 } });
  });

  test('are passed while the training queues', async () => {
    const { service, model, properties } = await setUp({}, { minutes: 3_600 }, 'queues');
    service.quota = 0;
    const windows = model.openWindows(properties);
    await model.pass((3_600 - 55) * 60_000 - 1);
    expect(windows.map((id) => service.windows.status(id))).toEqual([...Array<string>(5).fill('CREATE_COMPLETE'), 'CREATE_IN_PROGRESS']);
    await model.pass(1);
    expect(service.windows.status(windows[5])).toBe('CREATE_COMPLETE');
  });

  test('are signalled for no one but who waits', async () => {
    const { service, model, properties, step, began } = await setUp({ training: 2 * DAY });
    model.openWindows(properties);
    const state = await step();
    service.now = began + WINDOW;
    service.moveTo('ROLLBACK_IN_PROGRESS');
    expect(await step(state)).toMatchObject({ Next: 'FAIL', Cause: expect.stringMatching(/the stack is now in ROLLBACK_IN_PROGRESS/) });
    expect(service.count('SignalResource')).toBe(0);
  });
});

describe('where a deployment has failed with rollback disabled, and may yet go on', () => {
  /** A training whose stack stops after an hour, and names its model or another one. */
  async function stopped(physicalId?: string) {
    const scene = await setUp({ training: 20 * HOUR });
    const { service, model, properties, execution } = scene;
    await model.pass(HOUR);
    service.moveTo('CREATE_FAILED');
    service.resources.set('Model', { status: 'CREATE_COMPLETE', updateTime: new Date(service.now), physicalId: physicalId ?? model.name(properties) });
    return { ...scene, execution };
  }

  test.each([['in the middle of the training', 10 * HOUR], ['after the training', 40 * HOUR], ['after four days', 4 * DAY]])(
    'the windows of the next one are opened, if it comes %s', async (_, later) => {
      const { service, model, properties, execution } = await stopped();
      await model.pass(later);
      expect(execution.status).toBe('RUNNING');
      service.begin('UPDATE_IN_PROGRESS');
      const windows = model.openWindows(properties);
      await model.pass(30 * HOUR);
      expect(windows.map((window) => service.windows.status(window))).toEqual(windows.map(() => 'CREATE_COMPLETE'));
      expect(execution.status).toBe('SUCCEEDED');
      expect(service.trainings).toHaveLength(1);
    });

  test('it is not looked for more often than every five minutes, and no longer than five days', async () => {
    const { service, model, execution } = await stopped();
    await model.pass(31 * HOUR);
    service.calls.length = 0;
    await model.pass(DAY);
    expect(service.count('DescribeStackResource')).toBeLessThanOrEqual(2 * 24 * 12);
    await model.pass(5 * DAY);
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('a training that is not accepted yet is given up, and the next one is told', async () => {
    const { service, model, properties, execution } = await setUp({}, {}, 'queues');
    service.moveTo('CREATE_FAILED');
    service.resources.set('Model', { status: 'CREATE_COMPLETE', updateTime: new Date(service.now), physicalId: model.name(properties) });
    await model.pass(HOUR);
    service.begin('UPDATE_IN_PROGRESS');
    const windows = model.openWindows(properties);
    await model.pass(HOUR);
    expect(windows.map((window) => service.windows.status(window))).toEqual(windows.map(() => 'CREATE_COMPLETE'));
    expect(execution).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^it was given up before .*the stack is now in CREATE_FAILED .*; change generation to have it trained$/) });
    expect(service.trainings).toHaveLength(0);
  });

  test('nothing is done for a model that the stack has replaced', async () => {
    const { service, model, execution } = await stopped('another');
    await model.pass(DAY);
    expect(execution.status).toBe('FAILED');
    expect(service.count('SignalResource')).toBe(0);
  });
});

describe('a step for a deployment that has been given up', () => {
  test('ends quietly and does nothing', async () => {
    const { service, model, execution } = await setUp({}, {}, 'queues');
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.pass(60_000);
    expect(execution).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/the stack is now in ROLLBACK_IN_PROGRESS/) });
    expect(service.calls).toEqual(['ListAudienceModels', 'DescribeStacks', 'DescribeStacks']);
  });

  test('keeps what the training came to: the deployment may have gone on before the execution saw it', async () => {
    const { service, step } = await setUp();
    service.moveTo('CREATE_COMPLETE');
    expect(await step(waiting({ Outcome: 'SUCCEED' }))).toMatchObject({ Next: 'SUCCEED' });
    expect(await step(waiting({ Outcome: 'FAIL', Cause: 'too few users' }))).toMatchObject({ Next: 'FAIL', Cause: 'too few users' });
  });
});

describe('a try whose answer was lost is not followed by another before the list shows it', () => {
  test.each([
    ['when a window is nearly over', WINDOW - 1_000, undefined],
    ['when a window is over', WINDOW, undefined],
    ['when a window is over and the stack’s status is not to be had', WINDOW, 'DescribeStacks'],
    ['when the wait is nearly over', DAY - 1_000, undefined],
    ['at any other time', HOUR, undefined],
  ])('%s', async (_, elapsed, failing) => {
    const { service, model, properties, step, began } = await setUp({ uniqueNames: false, listLag: 35_000, training: DAY }, {}, 'queues');
    model.openWindows(properties);
    service.now = began + elapsed;
    service.fault = (operation) => {
      if (operation === 'CreateAudienceModel') return 'reset-after';
      return operation === failing && service.count('CreateAudienceModel') > 0 ? 'throttled' : undefined;
    };
    const state = await step(waiting());
    expect(state.Next).toBe('WAIT');
    expect(state.Memory.UnsureUntil).toBeGreaterThan(service.now);
    service.fault = () => undefined;
    service.now += Number(state.Seconds) * 1_000;
    await step(state);
    expect(service.trainings).toHaveLength(1);
  });
});
