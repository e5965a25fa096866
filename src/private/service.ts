import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { SERVICE_PRINCIPAL } from './contract';

/** An ARN of the service in the account and Region of the construct. */
export function serviceArn(construct: Construct, resource: string, resourceName = '*'): string {
  return Stack.of(construct).formatArn({ service: 'cleanrooms-ml', resource, resourceName });
}

/** Allows actions of the service, named as in the API. */
export function allow(actions: string[], ...resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: actions.map((action) => `cleanrooms-ml:${action}`), resources });
}

/** Allows to hand roles to the service, and to nobody else. */
export function passRoleStatement(roleArns: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['iam:PassRole'],
    resources: roleArns,
    conditions: { StringEquals: { 'iam:PassedToService': SERVICE_PRINCIPAL } },
  });
}
