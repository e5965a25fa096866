import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { SCHEDULED } from '../contract';

export interface Starting {
  readonly stateMachine: sfn.IStateMachine;
  readonly schedule: scheduler.ScheduleExpression;
  readonly description: string;
  /** Whoever gives one has the schedule wait for what it may do. @default - one that the schedules of a stack share */
  readonly role?: iam.IRole;
}

/**
 * A schedule that waits for its own permission, because a rate starts an execution at once. Its executions have names that tell them from
 * others, which the schedule's own target for state machines cannot give.
 */
export function startOn(scope: Construct, { stateMachine: { stateMachineArn }, schedule, description, role }: Starting): scheduler.Schedule {
  const statements = [new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })];
  const start: targets.UniversalTargetProps = {
    service: 'sfn',
    action: 'startExecution',
    role,
    policyStatements: statements,
    input: scheduler.ScheduleTargetInput.fromObject({
      StateMachineArn: stateMachineArn,
      Name: `${SCHEDULED}${scheduler.ContextAttribute.executionId}`,
      Input: '{}',
    }),
  };
  const permission = role ? undefined : new iam.Policy(scope, 'StartExecution', { statements });
  const made = new scheduler.Schedule(scope, 'Schedule', {
    schedule,
    description: description.slice(0, 512),
    target: permission ? new TargetWithPolicy(start, permission) : new targets.Universal(start),
  });
  if (permission) made.node.addDependency(permission);
  return made;
}

/** In the default policy of the role that schedules share, what one of them waits for would be the state machines of all. */
class TargetWithPolicy extends targets.Universal {
  constructor(props: targets.UniversalTargetProps, private readonly policy: iam.Policy) {
    super(props);
  }

  protected override addTargetActionToRole(role: iam.IRole): void {
    role.attachInlinePolicy(this.policy);
  }
}
