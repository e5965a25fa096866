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
  /** @default - one of its own */
  readonly role?: iam.IRole;
}

/** Its executions have names that tell them from others, which the schedule's own target for state machines cannot give. */
export function startOn(scope: Construct, { stateMachine: { stateMachineArn }, schedule, description, role }: Starting): scheduler.Schedule {
  return new scheduler.Schedule(scope, 'Schedule', {
    schedule,
    description: description.slice(0, 512),
    target: new targets.Universal({
      service: 'sfn',
      action: 'startExecution',
      role,
      policyStatements: [new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })],
      input: scheduler.ScheduleTargetInput.fromObject({
        StateMachineArn: stateMachineArn,
        Name: `${SCHEDULED}${scheduler.ContextAttribute.executionId}`,
        Input: '{}',
      }),
    }),
  });
}
