import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { schedules, stateMachines } from './principals';

/** The path is a contract: roles that are moved are made anew. */
const ID = 'CleanRoomsMLRetraining';

/** The roles that all retrainings of a stack share: what they may do grows with no more than the number of state machines. */
export class RetrainingRoles extends Construct {
  public static of(scope: Construct): RetrainingRoles {
    const stack = Stack.of(scope);
    return stack.node.tryFindChild(ID) as RetrainingRoles | undefined ?? new RetrainingRoles(stack);
  }

  /** Of the state machines. */
  public readonly stateMachineRole: iam.Role;
  /** Of the schedules. */
  public readonly scheduleRole: iam.Role;

  private constructor(stack: Stack) {
    super(stack, ID);
    this.stateMachineRole = new iam.Role(this, 'StateMachineRole', { assumedBy: stateMachines(stack) });
    this.scheduleRole = new iam.Role(this, 'ScheduleRole', { assumedBy: schedules(stack) });
  }
}
