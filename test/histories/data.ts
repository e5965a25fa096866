import { CfnDeletionPolicy, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IConstruct } from 'constructs';
import type { Retention } from './plan';

process.env.CDK_VALIDATION = 'false';

/** The columns of the table that a dataset may have as its feature. */
export const COLUMNS = ['device', 'country'];

const REMOVAL_POLICIES = { Retain: RemovalPolicy.RETAIN, RetainExceptOnCreate: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE };

export function removalPolicyOf({ deletionPolicy }: Retention): RemovalPolicy | undefined {
  return deletionPolicy && REMOVAL_POLICIES[deletionPolicy];
}

/** A removal policy is for what is replaced, too; the plan has a word of its own for that. */
export function applyUpdateReplacePolicy(construct: IConstruct | undefined, retention: Retention): void {
  const { RETAIN, DELETE } = CfnDeletionPolicy;
  if (construct instanceof CfnResource) construct.cfnOptions.updateReplacePolicy = retention.updateReplacePolicy ? RETAIN : DELETE;
  else if (construct) applyUpdateReplacePolicy(construct.node.defaultChild, retention);
}

/** What models are trained with. */
export function data(stack: Stack) {
  const bucket = new s3.Bucket(stack, 'Bucket', { bucketName: 'retail-data', removalPolicy: RemovalPolicy.DESTROY });
  const database = new glue.CfnDatabase(stack, 'Database', { catalogId: stack.account, databaseInput: { name: 'retail' } });
  const table = new glue.CfnTable(stack, 'Clicks', {
    catalogId: stack.account,
    databaseName: 'retail',
    tableInput: {
      name: 'clicks',
      storageDescriptor: {
        location: bucket.s3UrlForObject('clicks/'),
        columns: [['user_id', 'string'], ['item_id', 'string'], ['ts', 'bigint'], ...COLUMNS.map((column) => [column, 'string'])].map(([name, type]) => ({ name, type })),
      },
    },
  });
  table.addDependency(database);
  return { bucket, table };
}

/** A resource that cannot be created: there is a role of that name already. */
export function failing(stack: Stack): CfnResource {
  return new CfnResource(stack, 'Failing', {
    type: 'AWS::IAM::Role',
    properties: {
      RoleName: `cdk-hnb659fds-deploy-role-${stack.account}-${stack.region}`,
      AssumeRolePolicyDocument: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new iam.ServicePrincipal('lambda.amazonaws.com')] })],
      }),
    },
  });
}
