import { Clock } from '../../../local-aws/clock';
import type { ScheduleProperties } from '../../../local-aws/scheduler/schedule';
import { Scheduler } from '../../../local-aws/scheduler/scheduler';
import { StepFunctions } from '../../../local-aws/states/states';
import { ACCOUNT, allow, newIam, trusting } from '../account';
import { FakeLambda } from '../states/harness';

export const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:machine';
export const START_EXECUTION = 'arn:aws:scheduler:::aws-sdk:sfn:startExecution';
export const GROUP = 'arn:aws:scheduler:us-east-1:111122223333:schedule-group/default';
export const ARN = 'arn:aws:scheduler:us-east-1:111122223333:schedule/default/daily';

export type More = Partial<Omit<ScheduleProperties, 'target'>> & { readonly target?: Partial<ScheduleProperties['target']> };

/** A Scheduler, a state machine that takes an hour, and a role that may start it. */
export async function setUp() {
  const clock = Clock.frozen();
  const iam = newIam(clock);
  const states = new StepFunctions({ account: ACCOUNT, clock, iam, lambda: new FakeLambda(), logs: { hasLogGroup: () => false } });
  const scheduler = new Scheduler({ account: ACCOUNT, clock, iam, states });
  const machineRole = iam.createRole({ roleName: 'machine', assumeRolePolicyDocument: trusting('states.amazonaws.com') }).arn;
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } } });
  await states.createStateMachine({ name: 'machine', roleArn: machineRole, definition });
  const roleArn = iam.createRole({
    roleName: 'starter',
    assumeRolePolicyDocument: trusting('scheduler.amazonaws.com', { StringEquals: { 'aws:SourceAccount': '111122223333', 'aws:SourceArn': GROUP } }),
    inlinePolicies: { start: allow('states:StartExecution', MACHINE) },
  }).arn;
  /** Of a rate that begins a day from now; without its start it would begin at once. */
  const properties = ({ target, ...more }: More = {}): ScheduleProperties => ({
    name: 'daily',
    scheduleExpression: 'rate(1 day)',
    startDate: '2026-01-02T00:00:00Z',
    flexibleTimeWindow: { mode: 'OFF' },
    target: { arn: MACHINE, roleArn, input: '{}', ...target },
    ...more,
  });
  const create = async (more: More = {}) => scheduler.createSchedule(properties(more));
  return { clock, iam, states, scheduler, properties, create };
}

export type Scene = Awaited<ReturnType<typeof setUp>>;
