import { ARN, GROUP, MACHINE, More, Scene, setUp, START_EXECUTION } from './scene';
import { codeOf, trusting } from '../account';

/* Schedules and their groups: what may be made, changed and deleted. */

let clock: Scene['clock'];
let iam: Scene['iam'];
let scheduler: Scene['scheduler'];
let properties: Scene['properties'];
let create: Scene['create'];
beforeEach(async () => { ({ clock, iam, scheduler, properties, create } = await setUp()); });

describe('schedules', () => {
  test('are created, updated and deleted', async () => {
    expect(await create()).toEqual({ arn: ARN });
    expect(scheduler.getSchedule({ name: 'daily' })).toMatchObject({ arn: ARN, groupName: 'default', properties: properties() });
    await scheduler.updateSchedule(properties({ scheduleExpression: 'rate(2 days)' }));
    expect(scheduler.schedules().map(({ properties: { scheduleExpression } }) => scheduleExpression)).toEqual(['rate(2 days)']);
    scheduler.deleteSchedule({ name: 'daily' });
    expect(scheduler.schedules()).toEqual([]);
  });

  test('exist once in a group', async () => {
    scheduler.createScheduleGroup('jobs');
    await create();
    await create({ name: 'other' });
    expect(await codeOf(() => create())).toBe('ConflictException');
    // The role trusts the default group only.
    expect(await codeOf(() => create({ groupName: 'jobs' }))).toBe('ValidationException');
  });

  test('that do not exist cannot be changed', async () => {
    expect(await codeOf(() => scheduler.updateSchedule(properties()))).toBe('ResourceNotFoundException');
    expect(await codeOf(() => scheduler.getSchedule({ name: 'daily' }))).toBe('ResourceNotFoundException');
    expect(await codeOf(() => scheduler.deleteSchedule({ name: 'daily' }))).toBe('ResourceNotFoundException');
  });

  test.each<[string, More]>([
    ['a time zone', { scheduleExpressionTimezone: 'Europe/Berlin' }],
    ['a flexible window', { flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 1440 } }],
    ['dates', { startDate: '2026-01-02T00:00:00Z', endDate: '2026-02-01T00:00:00Z' }],
    ['a dead letter queue', { target: { deadLetterArn: 'arn:aws:sqs:us-east-1:111122223333:queue' } }],
    ['the API action as its target', { target: { arn: START_EXECUTION, input: JSON.stringify({ StateMachineArn: MACHINE, Name: 'x', Input: '{}' }) } }],
  ])('may have %s', async (_, more) => {
    expect(await create(more)).toEqual({ arn: ARN });
  });

  test.each<[string, More]>([
    ['another character in the name', { name: 'a b' }],
    ['a name that is too long', { name: 'n'.repeat(65) }],
    ['an expression that is none', { scheduleExpression: 'daily' }],
    ['a time zone that does not exist', { scheduleExpressionTimezone: 'Nowhere' }],
    ['another kind of window', { flexibleTimeWindow: { mode: 'ON' } }],
    ['a window that is off, and a size', { flexibleTimeWindow: { mode: 'OFF', maximumWindowInMinutes: 5 } }],
    ['a flexible window of no size', { flexibleTimeWindow: { mode: 'FLEXIBLE' } }],
    ['a flexible window of more than a day', { flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 1441 } }],
    ['a start in words', { startDate: 'tomorrow' }],
    ['an end before the start', { startDate: '2026-01-02T00:00:00Z', endDate: '2026-01-02T00:00:00Z' }],
    ['a target that this AWS does not have', { target: { arn: 'arn:aws:sqs:us-east-1:111122223333:queue' } }],
    ['another API action', { target: { arn: 'arn:aws:scheduler:::aws-sdk:sfn:stopExecution' } }],
    ['a role that is no role', { target: { roleArn: 'role' } }],
    ['a role that does not exist', { target: { roleArn: 'arn:aws:iam::111122223333:role/none' } }],
    ['a role that does not trust Scheduler', { target: { roleArn: 'arn:aws:iam::111122223333:role/machine' } }],
    ['input that is not JSON', { target: { input: 'text' } }],
    ['a request that is not JSON', { target: { arn: START_EXECUTION, input: 'text' } }],
    ['no request', { target: { arn: START_EXECUTION, input: undefined } }],
    ['a request without a state machine', { target: { arn: START_EXECUTION, input: '{"Name":"x"}' } }],
    ['a request with another field', { target: { arn: START_EXECUTION, input: JSON.stringify({ StateMachineArn: MACHINE, name: 'x' }) } }],
    ['a request with input that is no text', { target: { arn: START_EXECUTION, input: JSON.stringify({ StateMachineArn: MACHINE, Input: {} }) } }],
    ['186 retries', { target: { retryPolicy: { maximumRetryAttempts: 186 } } }],
    ['a dead letter queue that is none', { target: { deadLetterArn: 'arn:aws:sns:us-east-1:111122223333:topic' } }],
  ])('cannot have %s', async (_, more) => {
    expect(await codeOf(() => create(more))).toBe('ValidationException');
    expect(scheduler.schedules()).toEqual([]);
  });

  test('say why Scheduler cannot act as the role', async () => {
    await expect(create({ target: { roleArn: 'arn:aws:iam::111122223333:role/machine' } }))
      .rejects.toThrow('The execution role you provide must allow AWS EventBridge Scheduler to assume the role.');
  });
});

describe('groups', () => {
  test('are created, and deleted with their schedules', async () => {
    const arn = GROUP.replace('default', 'jobs');
    iam.updateRole('starter', { roleName: 'starter', assumeRolePolicyDocument: trusting('scheduler.amazonaws.com', { ArnEquals: { 'aws:SourceArn': [arn, GROUP] } }) });
    await create();
    expect(scheduler.createScheduleGroup('jobs')).toEqual({ name: 'jobs', arn, state: 'ACTIVE', creationDate: new Date(clock.now()) });
    expect(await create({ groupName: 'jobs' })).toEqual({ arn: ARN.replace('default', 'jobs') });
    scheduler.deleteScheduleGroup('jobs');
    expect(scheduler.schedules()).toMatchObject([{ arn: ARN }]);
    expect(scheduler.scheduleGroups().map(({ name }) => name)).toEqual(['default']);
  });

  test('exist once, under a name that is allowed', async () => {
    scheduler.createScheduleGroup('jobs');
    expect(await codeOf(() => scheduler.createScheduleGroup('jobs'))).toBe('ConflictException');
    expect(await codeOf(() => scheduler.createScheduleGroup('a b'))).toBe('ValidationException');
  });

  test('must exist to be used, and the default one stays', async () => {
    expect(await codeOf(() => create({ groupName: 'jobs' }))).toBe('ResourceNotFoundException');
    expect(await codeOf(() => scheduler.deleteScheduleGroup('jobs'))).toBe('ResourceNotFoundException');
    expect(await codeOf(() => scheduler.deleteScheduleGroup('default'))).toBe('ValidationException');
  });
});
