import { ARN, MACHINE, More, Scene, setUp, START_EXECUTION } from './scene';
import { ACCOUNT, allow, trusting } from '../account';

/* When schedules fire, and what their targets get. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let clock: Scene['clock'];
let iam: Scene['iam'];
let states: Scene['states'];
let scheduler: Scene['scheduler'];
let properties: Scene['properties'];
let create: Scene['create'];
beforeEach(async () => { ({ clock, iam, states, scheduler, properties, create } = await setUp()); });

const iso = (time: number) => new Date(time).toISOString().replace(/:00\.000Z$/, 'Z');
const started = () => states.executions().map(({ startDate }) => iso(startDate));
const outcomes = () => scheduler.invocations.map(({ outcome }) => outcome);

describe('time', () => {
  test('fires what is due, in order, while what was started goes on', async () => {
    await create({ scheduleExpression: 'rate(2 hours)', startDate: '2026-01-01T02:00:00Z' });
    await create({ name: 'other', scheduleExpression: 'cron(0 3,4 * * ? *)', startDate: undefined });
    const start = clock.now();
    await scheduler.runFor(4 * HOUR + 30 * MINUTE);
    expect(clock.now()).toBe(start + 4 * HOUR + 30 * MINUTE);
    expect(started()).toEqual(['2026-01-01T02:00Z', '2026-01-01T03:00Z', '2026-01-01T04:00Z', '2026-01-01T04:00Z']);
    expect(states.executions().map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'RUNNING', 'RUNNING']);
    expect(scheduler.invocations[0]).toEqual({
      time: new Date('2026-01-01T02:00:00Z'),
      schedule: ARN,
      scheduledTime: new Date('2026-01-01T02:00:00Z'),
      executionId: expect.stringMatching(/^[a-z0-9]{16}$/),
      attempt: 1,
      outcome: 'ok',
      dropped: false,
    });
  });

  test('goes on where the last run ended', async () => {
    await create();
    await scheduler.runUntil(clock.now() + DAY);
    await scheduler.runUntil(clock.now());
    await scheduler.runFor(DAY);
    expect(started()).toEqual(['2026-01-02T00:00Z', '2026-01-03T00:00Z']);
  });

  test('fires nothing by itself, and makes up for nothing', async () => {
    await create();
    await clock.sleep(3 * DAY + HOUR);
    expect(started()).toEqual([]);
    await scheduler.runFor(DAY);
    expect(started()).toEqual(['2026-01-05T00:00Z']);
  });

  test('fires each invocation once, also when two wait for it', async () => {
    await create();
    await Promise.all([scheduler.runFor(2 * DAY), scheduler.runFor(2 * DAY)]);
    expect(started()).toEqual(['2026-01-02T00:00Z', '2026-01-03T00:00Z']);
  });

  test('sees schedules that are made meanwhile', async () => {
    const run = scheduler.runFor(DAY);
    await clock.sleep(HOUR);
    await create({ scheduleExpression: 'rate(20 hours)', startDate: undefined });
    await run;
    expect(started()).toEqual(['2026-01-01T01:00Z', '2026-01-01T21:00Z']);
  });

  test('does not fire what is deleted meanwhile', async () => {
    await create();
    const run = scheduler.runFor(2 * DAY);
    await clock.sleep(DAY + HOUR);
    scheduler.deleteSchedule({ name: 'daily' });
    await run;
    expect(started()).toEqual(['2026-01-02T00:00Z']);
  });

  test.each<[string, More, string[]]>([
    ['a rate begins at its start', { startDate: '2026-01-02T06:00:00Z' }, ['2026-01-02T06:00Z', '2026-01-03T06:00Z']],
    ['a rate without a start begins at once', { startDate: undefined }, ['2026-01-01T00:00Z', '2026-01-02T00:00Z', '2026-01-03T00:00Z']],
    ['a rate without a start has an end', { startDate: undefined, endDate: '2026-01-02T12:00:00Z' }, ['2026-01-01T00:00Z', '2026-01-02T00:00Z']],
    ['a cron without a start waits for its time', { scheduleExpression: 'cron(0 8 2,3 * ? *)', startDate: undefined }, ['2026-01-02T08:00Z', '2026-01-03T08:00Z']],
    ['a one-time schedule without a start waits for its time', { scheduleExpression: 'at(2026-01-01T05:00:00)', startDate: undefined }, ['2026-01-01T05:00Z']],
    ['a cron waits for its start', { scheduleExpression: 'cron(0 8 * * ? *)', startDate: '2026-01-02T08:00:00Z' }, ['2026-01-02T08:00Z', '2026-01-03T08:00Z']],
    ['nothing fires after the end', { endDate: '2026-01-03T00:00:00Z' }, ['2026-01-02T00:00Z', '2026-01-03T00:00Z']],
    ['a one-time schedule fires once, whatever its dates', { scheduleExpression: 'at(2026-01-01T05:00:00)', startDate: '2026-01-02T00:00:00Z' }, ['2026-01-01T05:00Z']],
    ['a flexible window fires at its start', { flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 60 }, startDate: '2026-01-03T00:00:00Z' }, ['2026-01-03T00:00Z']],
    ['a disabled schedule does not fire', { state: 'DISABLED' }, []],
    ['a disabled rate without a start does not fire at once', { state: 'DISABLED', startDate: undefined }, []],
  ])('%s', async (_, more, expected) => {
    await create(more);
    await scheduler.runUntil(Date.parse('2026-01-03T23:59:00Z'));
    expect(started()).toEqual(expected);
  });

  test('counts for a rate from the last change', async () => {
    await create({ startDate: undefined });
    await scheduler.runFor(0);
    await clock.sleep(12 * HOUR);
    await scheduler.updateSchedule(properties({ startDate: undefined }));
    await scheduler.runFor(DAY);
    expect(started()).toEqual(['2026-01-01T00:00Z', '2026-01-02T12:00Z']);
  });
});

describe('a rate without a start', () => {
  test('fires as soon as time may pass, once', async () => {
    await create({ startDate: undefined });
    expect(started()).toEqual([]);
    await scheduler.runFor(0);
    expect(started()).toEqual(['2026-01-01T00:00Z']);
    await scheduler.runFor(0);
    await scheduler.runFor(DAY - 1);
    expect(started()).toEqual(['2026-01-01T00:00Z']);
    await scheduler.runFor(1);
    expect(started()).toEqual(['2026-01-01T00:00Z', '2026-01-02T00:00Z']);
  });

  test('fires once also when two wait for it', async () => {
    await create({ startDate: undefined });
    await Promise.all([scheduler.runFor(DAY), scheduler.runFor(DAY)]);
    expect(started()).toEqual(['2026-01-01T00:00Z', '2026-01-02T00:00Z']);
  });

  test('makes up for its beginning, and for nothing else', async () => {
    await create({ startDate: undefined });
    await clock.sleep(3 * DAY + HOUR);
    expect(started()).toEqual([]);
    await scheduler.runFor(0);
    expect(started()).toEqual(['2026-01-04T01:00Z']);
    await scheduler.runFor(DAY);
    expect(started()).toEqual(['2026-01-04T01:00Z', '2026-01-05T00:00Z']);
    expect(scheduler.invocations.map(({ scheduledTime }) => iso(scheduledTime.getTime()))).toEqual(['2026-01-01T00:00Z', '2026-01-05T00:00Z']);
  });

  test('does not begin again when it changes', async () => {
    await create({ startDate: undefined });
    await scheduler.runFor(HOUR);
    await scheduler.updateSchedule(properties({ scheduleExpression: 'rate(2 hours)', startDate: undefined }));
    await scheduler.runFor(2 * HOUR - 1);
    expect(started()).toEqual(['2026-01-01T00:00Z']);
    await scheduler.runFor(1);
    expect(started()).toEqual(['2026-01-01T00:00Z', '2026-01-01T03:00Z']);
  });
});

describe('a target', () => {
  test('gets what Scheduler knows about the invocation', async () => {
    const input = JSON.stringify(Object.fromEntries(['schedule-arn', 'scheduled-time', 'execution-id', 'attempt-number', 'other'].map((name) => [name, `<aws.scheduler.${name}>`])));
    await create({ target: { input } });
    await scheduler.runFor(DAY);
    const [execution] = states.executions();
    expect(JSON.parse(execution.input)).toEqual({
      'schedule-arn': ARN,
      'scheduled-time': '2026-01-02T00:00:00Z',
      'execution-id': scheduler.invocations[0].executionId,
      'attempt-number': '1',
      'other': '<aws.scheduler.other>',
    });
    expect(execution.name).toBe(scheduler.invocations[0].executionId);
  });

  test('gets a notification where there is no input', async () => {
    await create({ target: { input: undefined } });
    await scheduler.runFor(DAY);
    const [{ executionId: id }] = scheduler.invocations;
    const said = { 'version': '0', id, 'detail-type': 'Scheduled Event', 'source': 'aws.scheduler', 'time': '2026-01-02T00:00:00Z', 'detail': '{}' };
    expect(JSON.parse(states.executions()[0].input)).toEqual({ ...said, account: ACCOUNT.accountId, region: ACCOUNT.region, resources: [ARN] });
  });

  test('may be the API action, with a name of its own', async () => {
    const input = JSON.stringify({ StateMachineArn: MACHINE, Name: 'job-<aws.scheduler.execution-id>', Input: '{"time":"<aws.scheduler.scheduled-time>"}' });
    await create({ target: { arn: START_EXECUTION, input } });
    await scheduler.runFor(DAY);
    expect(states.executions()).toMatchObject([{ name: `job-${scheduler.invocations[0].executionId}`, input: '{"time":"2026-01-02T00:00:00Z"}' }]);
  });

  test('is invoked as often as at least once happens to be', async () => {
    scheduler.deliveries = 2;
    await create();
    await scheduler.runFor(DAY);
    expect(states.executions()).toHaveLength(2);
    expect(new Set(scheduler.invocations.map(({ executionId }) => executionId)).size).toBe(2);
  });

  test('is started once under one name, which is not an error', async () => {
    scheduler.deliveries = 2;
    await create({ target: { arn: START_EXECUTION, input: JSON.stringify({ StateMachineArn: MACHINE, Name: 'one', Input: '{"id":"<aws.scheduler.execution-id>"}' }) } });
    await scheduler.runFor(DAY + HOUR);
    expect(states.executions()).toHaveLength(1);
    expect(outcomes()).toEqual(['ok', 'ExecutionAlreadyExists']);
    expect(scheduler.invocations[1].dropped).toBe(false);
  });
});

describe('an invocation that fails', () => {
  const forbid = () => iam.updateRole('starter', { roleName: 'starter', assumeRolePolicyDocument: trusting('scheduler.amazonaws.com') });
  const permit = () => iam.putRolePolicy('starter', 'later', allow('states:StartExecution', MACHINE));

  test('is tried again, with longer and longer pauses, until it succeeds', async () => {
    forbid();
    await create();
    const run = scheduler.runFor(DAY + HOUR);
    await clock.sleep(DAY + 5000);
    permit();
    await run;
    expect(outcomes()).toEqual(['AccessDeniedException', 'AccessDeniedException', 'AccessDeniedException', 'ok']);
    expect(scheduler.invocations.map(({ time }) => time.toISOString().slice(14, 19))).toEqual(['00:00', '00:01', '00:03', '00:07']);
    expect(scheduler.invocations.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    expect(new Set(scheduler.invocations.map(({ executionId }) => executionId)).size).toBe(4);
  });

  test('is tried 185 times more within a day, then dropped', async () => {
    forbid();
    await create({ scheduleExpression: 'at(2026-01-01T01:00:00)', startDate: undefined });
    await scheduler.runFor(2 * DAY);
    expect(scheduler.invocations).toHaveLength(186);
    expect(scheduler.invocations.filter(({ dropped }) => dropped)).toEqual([scheduler.invocations[185]]);
    expect(scheduler.invocations[185].time.getTime()).toBeLessThanOrEqual(scheduler.invocations[0].time.getTime() + DAY);
  });

  test.each<[string, object, number]>([
    ['its retries', { maximumRetryAttempts: 2 }, 3],
    ['its age', { maximumEventAgeInSeconds: 60 }, 6],
    ['nothing', { maximumRetryAttempts: 0 }, 1],
  ])('is limited by %s', async (_, retryPolicy, attempts) => {
    forbid();
    await create({ target: { retryPolicy } });
    await scheduler.runFor(DAY + HOUR);
    expect(scheduler.invocations).toHaveLength(attempts);
    expect(scheduler.invocations.at(-1)?.dropped).toBe(true);
  });

  test('is tried again in a later run', async () => {
    forbid();
    await create();
    await scheduler.runFor(DAY);
    permit();
    await scheduler.runFor(MINUTE);
    expect(outcomes()).toEqual(['AccessDeniedException', 'ok']);
  });

  test('is tried again also when it is the first one of a rate, which remains one', async () => {
    forbid();
    await create({ startDate: undefined });
    await scheduler.runFor(0);
    permit();
    await scheduler.runFor(HOUR);
    expect(outcomes()).toEqual(['AccessDeniedException', 'ok']);
    expect(scheduler.invocations.map(({ scheduledTime }) => iso(scheduledTime.getTime()))).toEqual(['2026-01-01T00:00Z', '2026-01-01T00:00Z']);
  });

  test('is not tried again once its schedule is deleted', async () => {
    forbid();
    await create();
    await scheduler.runFor(DAY);
    scheduler.deleteSchedule({ name: 'daily' });
    await scheduler.runFor(HOUR);
    expect(outcomes()).toEqual(['AccessDeniedException']);
  });

  test.each<[string, () => void, string]>([
    ['the role trusts Scheduler no more', () => iam.updateRole('starter', { roleName: 'starter', assumeRolePolicyDocument: trusting('lambda.amazonaws.com') }), 'AccessDenied'],
    ['the state machine is gone', () => states.deleteStateMachine(MACHINE), 'StateMachineDoesNotExist'],
  ])('may do so because %s', async (_, change, outcome) => {
    await create({ target: { retryPolicy: { maximumRetryAttempts: 0 } } });
    change();
    await scheduler.runFor(DAY);
    expect(outcomes()).toEqual([outcome]);
  });
});
