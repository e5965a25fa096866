import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

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
    const any = (service: string, resource: string) => stack.formatArn({
      service, resource, resourceName: '*', arnFormat: service === 'states' ? ArnFormat.COLON_RESOURCE_NAME : ArnFormat.SLASH_RESOURCE_NAME,
    });
    this.stateMachineRole = new iam.Role(this, 'StateMachineRole', { assumedBy: only(stack, 'states', any('states', 'stateMachine')) });
    this.scheduleRole = new iam.Role(this, 'ScheduleRole', { assumedBy: only(stack, 'scheduler', any('scheduler', 'schedule-group')) });
  }
}

function only({ account }: Stack, service: string, sourceArn: string): iam.IPrincipal {
  return new iam.ServicePrincipal(`${service}.amazonaws.com`, {
    conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': sourceArn } },
  });
}
