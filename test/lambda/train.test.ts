import { SECRET } from './harness';
import { setUp, waiting } from './train-scene';
import { State, STATE_VERSION } from '../../lambda/events';

/* How a training is begun, and looked at. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW = 707 * 60_000;

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
