import { QUOTA_REACHED } from './harness';
import { setUp, waiting } from './train-scene';
import { ServiceError } from '../../lambda/errors';
import { windowLengths } from '../../src/private/contract';

/* How a training ends, and when the deployment is let go on. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW = 707 * 60_000;
const ADVICE = '; set trainingWait to more, or have the quota L-11056252 raised, which says how many audience models are trained at a time; an account that has 500 must delete some';

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
