import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** AWS Step Functions, for state machines of the stack's account and Region alone. */
export function stateMachines(stack: Stack): iam.IPrincipal {
  return only(stack, 'states', 'stateMachine', ArnFormat.COLON_RESOURCE_NAME);
}

/** Amazon EventBridge Scheduler, for schedules of the stack's account and Region alone. It names their group. */
export function schedules(stack: Stack): iam.IPrincipal {
  return only(stack, 'scheduler', 'schedule-group', ArnFormat.SLASH_RESOURCE_NAME);
}

function only(stack: Stack, service: string, resource: string, arnFormat: ArnFormat): iam.IPrincipal {
  const sources = stack.formatArn({ service, resource, resourceName: '*', arnFormat });
  return new iam.ServicePrincipal(`${service}.amazonaws.com`, {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': sources } },
  });
}
