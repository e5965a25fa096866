import { FakeService } from './fake-service';
import { modelDriver, modelProperties, RESPONSE_URL, Wait } from './harness';
import { ServiceError } from '../../lambda/errors';
import type { TrainingState } from '../../lambda/train';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW = 690 * 60_000;

/** A request that is answered; its execution has not had a step yet. */
async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}, wait: Wait = {}) {
  const service = new FakeService(behaviour);
  const dataset = await service.createTrainingDataset({ name: 'd', roleArn: 'r', trainingData: [] });
  const model = modelDriver(service);
  const properties = modelProperties(dataset, {}, wait);
  await model.finish(await model.start(model.event('Create', properties)));
  const [execution] = service.executions.all;
  const began = service.now;
  const step = async (state?: TrainingState) => model.train({ input: execution.input, state });
  /** What the steps leave that train, and then see that the model has no copy. */
  const known = async () => {
    const state = await step();
    service.now += 40_000;
    return step(state);
  };
  service.calls.length = 0;
  return { service, model, properties, execution, began, step, known };
}

const waiting = (more: Partial<TrainingState> = {}): TrainingState => ({ Next: 'WAIT', Seconds: 40, WindowsLeft: 0, ...more });

describe('a step', () => {
  test('begins with the training and looks again soon', async () => {
    const { service, model, properties, step } = await setUp({ training: DAY });
    const WaitingFor = `audience model ${model.name(properties)} may have a copy that is not listed yet`;
    expect(await step()).toEqual({ Next: 'WAIT', Seconds: 40, WindowsLeft: 0, WaitingFor, AudienceModelArn: service.models[0].arn });
    expect(service.trainings).toHaveLength(1);
  });

  test.each([[29_999, false], [30_000, true]])('%i ms after that knows that the model has no copy: %p', async (later, knows) => {
    const { service, step } = await setUp({ training: DAY });
    const state = await step();
    service.now += later;
    expect(await step(state)).toMatchObject({ Seconds: 40, AudienceModelArn: service.models[0].arn, HasNoCopy: knows || undefined });
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
    const { service, step } = await setUp({ training: DAY });
    service.now += 10 * HOUR;
    const state = await step(waiting());
    expect(state).toMatchObject({ Seconds: 40 });
    service.now += 40_000;
    expect(await step(state)).toMatchObject({ Seconds: 40, AudienceModelArn: service.models[0].arn });
  });

  test('finds out what is the matter where the one call fails', async () => {
    const { service, known, step } = await setUp({ training: DAY });
    const state = await known();
    service.now += 100_000;
    service.calls.length = 0;
    service.fault = () => service.count('ListAudienceModels') === 0 ? 'throttled' : undefined;
    expect(await step(state)).toEqual(state);
    expect(service.calls).toEqual(['GetAudienceModel', 'ListAudienceModels', 'GetAudienceModel', 'ListTagsForResource']);
  });

  test.each(['throttled', 'reset-before', 'error-after'] as const)('whose calls fail (%s) forgets no model, and looks again as soon as for a new one', async (fault) => {
    const { service, known, step } = await setUp({ training: 2 * DAY });
    const state = await known();
    service.now += 20 * HOUR;
    service.fault = () => fault;
    expect(await step(state)).toMatchObject({ Next: 'WAIT', Seconds: 40, AudienceModelArn: service.models[0].arn });
  });

  test.each(['trains', 'is active'])('trains no second time where another hand has deleted the model that %s', async (status) => {
    const { service, model, properties, known, step } = await setUp({ training: status === 'trains' ? DAY : 60_000 });
    const state = await known();
    service.now += HOUR;
    service.models = [];
    expect(await step(state)).toMatchObject({
      Outcome: 'FAIL',
      Cause: `audience model ${model.name(properties)} was deleted by somebody else; it is not trained twice for one deployment`,
    });
    expect(service.trainings).toHaveLength(1);
  });

  test('trains no second time for what another hand is deleting', async () => {
    const { service, known, step } = await setUp({ training: DAY, deletion: HOUR, deleteInTraining: 'accept' });
    const state = await known();
    service.now += HOUR;
    await service.deleteAudienceModel(service.models[0].arn);
    const deleting = await step(state);
    expect(deleting).toMatchObject({ Next: 'WAIT', Seconds: 40, AudienceModelArn: state.AudienceModelArn });
    service.now += HOUR;
    expect(await step(deleting)).toMatchObject({ Outcome: 'FAIL', Cause: expect.stringMatching(/was deleted by somebody else/) });
    expect(service.trainings).toHaveLength(1);
  });

  test('keeps the older of two that began at the same time, and deletes the other', async () => {
    const { service, step } = await setUp({ training: DAY, uniqueNames: false, listLag: 25_000, deleteInTraining: 'accept' });
    const [state] = await Promise.all([step(), step()]);
    const [older] = service.models;
    expect(service.trainings).toHaveLength(2);
    service.now += 40_000;
    expect(await step(state)).toMatchObject({ AudienceModelArn: older.arn });
    expect((await service.listAudienceModels()).map(({ arn }) => arn)).toEqual([older.arn]);
  });

  test.each(['throttled', 'reset-before', 'reset-after', 'error-after'] as const)('after which every call fails (%s) is repeated later', async (fault) => {
    const { service, known, step } = await setUp({ training: DAY });
    const state = await known();
    service.now += 100_000;
    service.fault = () => fault;
    expect(await step(waiting())).toMatchObject({ Next: 'WAIT', Seconds: 40, WindowsLeft: 0 });
    service.fault = () => undefined;
    expect((await step(waiting())).AudienceModelArn).toBe(state.AudienceModelArn);
    expect(service.trainings).toHaveLength(1);
  });

  test('that fails by a fault of our own is the state machine’s to repeat', async () => {
    const { service, model, step } = await setUp();
    service.listAudienceModels = async () => { throw new TypeError('bug'); };
    await expect(step()).rejects.toThrow('bug');
    expect(JSON.parse(model.lines[model.lines.length - 1]).Error).toMatch(/^TypeError: bug\n +at/);
  });

  test('logs who, what it did and what is next, and never where CloudFormation wants its answer', async () => {
    const { service, model, properties, step } = await setUp({ training: DAY });
    const state = await step();
    const [{ arn }] = service.models;
    expect(JSON.parse(model.lines[model.lines.length - 1])).toEqual({
      RequestType: 'Create',
      ResourceType: 'Custom::CleanRoomsMLAudienceModel',
      LogicalResourceId: 'Model',
      PhysicalResourceId: model.name(properties),
      Steps: [`created ${arn}`, `found ${arn} CREATE_PENDING`],
      State: state,
    });
    expect(model.lines.join()).not.toMatch(/ResponseURL|X-Amz/);
    expect(RESPONSE_URL).toMatch(/X-Amz/);
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
    expect(state).toMatchObject({ Outcome: 'SUCCEED', Next: 'WAIT', WindowsLeft: 0 });
    const [first, second, third] = model.openWindows(properties);
    service.calls.length = 0;
    const signalled = await step(state);
    expect(signalled).toMatchObject({ Next: 'WAIT', Seconds: 1, WindowsLeft: 0 });
    expect(service.calls).toEqual(['DescribeStacks', 'DescribeStackResource', 'SignalResource']);
    for (const id of [first, second, third]) if (service.windows.status(id) === 'CREATE_IN_PROGRESS') service.windows.signal(id);
    expect(await step(signalled)).toMatchObject({ Next: 'SUCCEED', WindowsLeft: 3 });
  });

  test('waits ever longer, but not long, where CloudFormation takes its time', async () => {
    const { known, step } = await setUp({ training: 0 });
    const seconds: number[] = [];
    for (let state = await step({ ...await known(), Seconds: 0 }); seconds.length < 7; state = await step(state)) seconds.push(state.Seconds);
    expect(seconds).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  test('by a failure keeps the service’s reason, lets the deployment go on, and then fails', async () => {
    const { service, model, properties, execution } = await setUp({ training: 60_000, trainingFails: true });
    const windows = model.openWindows(properties);
    await model.pass(120_000);
    expect(windows.map((id) => service.windows.status(id))).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE', 'CREATE_COMPLETE']);
    expect(execution).toMatchObject({ status: 'FAILED', cause: `audience model ${model.name(properties)} failed: NOT_ENOUGH_USERS: too few users` });
  });

  test('by a refusal of the service is a failure with its code', async () => {
    const { service, step } = await setUp();
    service.fault = (operation) => operation === 'CreateAudienceModel' ? new ServiceError(operation, 'ValidationException', 'bad window', 400) : undefined;
    expect(await step()).toMatchObject({ Outcome: 'FAIL', Cause: 'CreateAudienceModel: ValidationException: bad window' });
  });

  test('where the deployment waits for no more is that the service has accepted it', async () => {
    const { known } = await setUp({ training: 2 * DAY }, { goal: 'ACCEPTED' });
    expect(await known()).toMatchObject({ Outcome: 'SUCCEED' });
  });

  test('is not looked at again', async () => {
    const { service, step } = await setUp();
    const { Outcome, Cause } = await step(waiting({ Outcome: 'FAIL', Cause: 'this' }));
    expect([Outcome, Cause]).toEqual(['FAIL', 'this']);
    expect(service.calls).toEqual(['DescribeStacks', 'DescribeStackResource']);
  });
});

describe('the deadline', () => {
  test.each([[1, '1 minute'], [90, '90 minutes'], [60, '1 hour'], [600, '10 hours']])('after %i minutes ends the wait with what it was for', async (minutes, words) => {
    const { service, model, properties, step, began } = await setUp({ training: 5 * DAY }, { minutes });
    const state = await step();
    service.now = began + minutes * 60_000 - 1;
    expect(await step(state)).toMatchObject({ Next: 'WAIT', Seconds: 1 });
    service.now += 1;
    const ended = await step(state);
    expect(ended.Outcome).toBe('FAIL');
    expect(ended.Cause).toMatch(new RegExp(`^gave up after ${words}: audience model ${model.name(properties)} is CREATE_`));
  });

  test('ends the queueing with what the service said last', async () => {
    const { service, step, began } = await setUp({}, { minutes: 60 });
    service.quota = 0;
    service.now = began + HOUR - 1;
    const state = await step(waiting());
    expect(state).toMatchObject({ Next: 'WAIT', WaitingFor: 'CreateAudienceModel: ServiceQuotaExceededException: two at a time' });
    service.now += 1;
    service.fault = (operation) => operation === 'ListAudienceModels' ? 'throttled' : undefined;
    const Cause = `gave up after 1 hour: ${state.WaitingFor}`;
    expect(await step(state)).toMatchObject({ Outcome: 'FAIL', Cause });
    service.fault = () => undefined;
    expect(await step(state)).toMatchObject({ Outcome: 'FAIL', Cause });
  });

  test.each([[-1, 1], [0, 0]])('is also that of the queue: %i ms after it begins %i', async (after, trainings) => {
    const { service, step, began } = await setUp({ training: DAY }, { minutes: 60 });
    service.now = began + HOUR + after;
    await step(waiting());
    expect(service.trainings).toHaveLength(trainings);
  });

  test('takes what a lost try has begun for the reason', async () => {
    const { service, model, properties, step, began } = await setUp({ training: DAY, uniqueNames: false }, { minutes: 60 });
    service.now = began + HOUR - 1;
    service.fault = (operation) => operation === 'CreateAudienceModel' ? 'reset-after' : undefined;
    const state = await step(waiting());
    expect(state.WaitingFor).toBe('CreateAudienceModel: ECONNRESET: socket hang up');
    service.now += 40_000;
    expect((await step(state)).Cause).toBe(`gave up after 1 hour: audience model ${model.name(properties)} is CREATE_PENDING`);
  });
});

describe('the windows', () => {
  test('are left when they are over, while the model trains on', async () => {
    const { service, model, properties, began, execution } = await setUp({ training: 2 * DAY }, { minutes: 3_600 });
    const [first, second] = model.openWindows(properties);
    await model.pass(WINDOW - 1);
    expect(service.windows.status(first)).toBe('CREATE_IN_PROGRESS');
    await model.pass(10_000);
    expect([service.windows.status(first), service.windows.status(second)]).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS']);
    expect(service.now - began).toBe(WINDOW + 9_999);
    expect(execution.state).toMatchObject({ Next: 'WAIT', WindowsLeft: 1 });
  });

  test('are left while the training queues', async () => {
    const { service, model, properties } = await setUp({}, { minutes: 3_600 });
    service.quota = 0;
    const windows = model.openWindows(properties);
    await model.pass(59 * HOUR);
    expect(windows.map((id) => service.windows.status(id))).toEqual([...Array<string>(5).fill('CREATE_COMPLETE'), 'CREATE_IN_PROGRESS']);
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

describe('a step for a deployment that has been given up', () => {
  test('ends quietly and does nothing', async () => {
    const { service, model, execution } = await setUp();
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.pass(60_000);
    expect(execution).toMatchObject({ status: 'FAILED', steps: 1 });
    expect(service.calls).toEqual(['ListAudienceModels', 'DescribeStacks']);
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
    const { service, model, properties, step, began } = await setUp({ uniqueNames: false, listLag: 35_000, training: DAY });
    model.openWindows(properties);
    service.now = began + elapsed;
    service.fault = (operation) => {
      if (operation === 'CreateAudienceModel') return 'reset-after';
      return operation === failing && service.count('CreateAudienceModel') > 0 ? 'throttled' : undefined;
    };
    const state = await step(waiting());
    expect(state.Next).toBe('WAIT');
    service.fault = () => undefined;
    service.now += state.Seconds * 1_000;
    await step(state);
    expect(service.trainings).toHaveLength(1);
  });
});
