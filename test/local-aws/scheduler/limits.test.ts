import { checkSchedule, ScheduleProperties } from '../../../local-aws/scheduler/schedule';
import { requestOf, TargetProperties } from '../../../local-aws/scheduler/target';
import { codeOf } from '../account';

/* How far the fields of a schedule may go, and what a target is called with. */

const NOW = Date.parse('2026-01-01T00:00:00Z');
const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:machine';
const START_EXECUTION = 'arn:aws:scheduler:::aws-sdk:sfn:startExecution';
const ROLE = 'arn:aws:iam::111122223333:role/starter';

type More = Partial<Omit<ScheduleProperties, 'target'>> & { readonly target?: Partial<TargetProperties> };
const check = ({ target, ...more }: More) => checkSchedule({
  name: 'daily', scheduleExpression: 'rate(1 day)', flexibleTimeWindow: { mode: 'OFF' }, target: { arn: MACHINE, roleArn: ROLE, ...target }, ...more,
}, NOW);
const flexible = (maximumWindowInMinutes: number): More => ({ flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes } });
const retries = (retryPolicy: TargetProperties['retryPolicy']): More => ({ target: { retryPolicy } });

test.each<[string, More, More]>([
  ['a name', { name: 'a-Z_0.9'.padEnd(64, 'n') }, { name: '' }],
  ['a description', { description: 'd'.repeat(512) }, { description: 'd'.repeat(513) }],
  ['a window', flexible(1), flexible(0)],
  ['a window', flexible(1440), flexible(1.5)],
  ['a start', { startDate: '2025-12-31T23:55:00Z' }, { startDate: '2025-12-31T23:54:59.999Z' }],
  ['a start without seconds', { startDate: '2026-01-01T00:00Z' }, { startDate: '2026-01-01T00:00' }],
  ['an end', { endDate: '2026-01-01T00:00:00Z' }, { endDate: '2025-12-31T23:59:59Z' }],
  ['an end', { startDate: '2026-01-01T00:00:00Z', endDate: '2026-01-01T00:00:01Z' }, { startDate: '2026-01-01T00:00:01Z', endDate: '2026-01-01T00:00:00Z' }],
  ['the retries', retries({ maximumRetryAttempts: 0 }), retries({ maximumRetryAttempts: -1 })],
  ['the retries', retries({ maximumRetryAttempts: 185 }), retries({ maximumRetryAttempts: 1.5 })],
  ['the age', retries({ maximumEventAgeInSeconds: 60 }), retries({ maximumEventAgeInSeconds: 59 })],
  ['the age', retries({ maximumEventAgeInSeconds: 86_400 }), retries({ maximumEventAgeInSeconds: 86_401 })],
  ['the state', { state: 'DISABLED' }, { state: 'disabled' }],
  ['a cron', { scheduleExpression: 'cron(59 23 31 12 ? 2199)' }, { scheduleExpression: 'cron(60 23 31 12 ? 2199)' }],
  ['a cron', { scheduleExpression: 'cron(0 0 ? 1 7 1970)' }, { scheduleExpression: 'cron(0 0 ? 0 7 1970)' }],
  ['a cron', { scheduleExpression: 'cron(0 0 ? JAN SUN *)' }, { scheduleExpression: 'cron(0 0 ? JAN 0 *)' }],
  ['a target', { target: { arn: MACHINE } }, { target: { arn: `${MACHINE}:version` } }],
])('%s may be %j, and not %j', async (_, allowed, refused) => {
  expect(check(allowed)).toMatchObject({ type: expect.any(String) });
  expect(await codeOf(() => check(refused))).toBe('ValidationException');
});

describe('a target', () => {
  const attributes = { 'schedule-arn': 'arn', 'scheduled-time': 'time', 'execution-id': 'id', 'attempt-number': '1' };
  const called = (target: Partial<TargetProperties>) => requestOf({ arn: MACHINE, roleArn: ROLE, ...target }, attributes, { it: 'notifies' });

  test.each<[string, Partial<TargetProperties>, object]>([
    ['that is a state machine', { input: '<aws.scheduler.execution-id> <aws.scheduler.other>' }, { stateMachineArn: MACHINE, name: 'id', input: 'id <aws.scheduler.other>' }],
    ['without an input', {}, { stateMachineArn: MACHINE, name: 'id', input: '{"it":"notifies"}' }],
    ['that is the API action', { arn: START_EXECUTION, input: JSON.stringify({ StateMachineArn: MACHINE, Name: 'n', Input: '{}' }) }, { stateMachineArn: MACHINE, name: 'n', input: '{}' }],
    ['that is the API action, and names the least', { arn: START_EXECUTION, input: JSON.stringify({ StateMachineArn: MACHINE }) }, { stateMachineArn: MACHINE, name: 'id' }],
  ])('%s is called with %j', (_, target, request) => {
    expect(called(target)).toEqual(request);
  });
});
