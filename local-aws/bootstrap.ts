import type { Account } from './aws';
import { ADMINISTRATOR_ACCESS, CLOUDFORMATION_READ_ONLY_ACCESS, READ_ONLY_ACCESS } from './iam/aws-managed-policies';
import type { Iam } from './iam/iam';
import type { PolicyDocument } from './iam/policy-document';
import type { S3 } from './s3/s3';
import type { Ssm } from './ssm/ssm';

const QUALIFIER = 'hnb659fds';
/** Of the bootstrap template that comes with the CDK CLI. */
const VERSION = 33;
const VERSION_PARAMETER = `/cdk-bootstrap/${QUALIFIER}/version`;

const READ_OBJECTS = ['s3:GetObject*', 's3:GetBucket*', 's3:List*'];

/** The bucket for file assets, where `cdk deploy` puts them. */
export function assetBucketName({ accountId, region }: Account): string {
  return `cdk-${QUALIFIER}-assets-${accountId}-${region}`;
}

/** What `cdk bootstrap` leaves in an account, but for the repository of container images. */
export function bootstrap(account: Account, { iam, s3, ssm }: { iam: Iam; s3: S3; ssm: Ssm }): void {
  const { partition, region, accountId } = account;
  const bucket = assetBucketName(account);
  const bucketArns = [`arn:${partition}:s3:::${bucket}`, `arn:${partition}:s3:::${bucket}/*`];
  const roleName = (name: string) => `cdk-${QUALIFIER}-${name}-role-${accountId}-${region}`;
  const versionArn = `arn:${partition}:ssm:${region}:${accountId}:parameter${VERSION_PARAMETER}`;
  const people = trust([
    { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole', Condition: { Null: { 'sts:ExternalId': 'true' } } },
    { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:TagSession' },
  ]);

  s3.createBucket({ bucketName: bucket, encryption: {} });
  s3.putBucketPolicy(bucket, {
    Version: '2012-10-17',
    Id: 'AccessControl',
    Statement: [{
      Sid: 'AllowSSLRequestsOnly', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: bucketArns, Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }],
  });
  ssm.putParameter(VERSION_PARAMETER, `${VERSION}`);

  const execution = iam.createRole({
    roleName: roleName('cfn-exec'),
    assumeRolePolicyDocument: trust([{ Effect: 'Allow', Principal: { Service: 'cloudformation.amazonaws.com' }, Action: 'sts:AssumeRole' }]),
    managedPolicyArns: [ADMINISTRATOR_ACCESS],
  });
  iam.createRole({
    roleName: roleName('deploy'),
    assumeRolePolicyDocument: people,
    managedPolicyArns: [CLOUDFORMATION_READ_ONLY_ACCESS],
    inlinePolicies: {
      default: allow(
        [[
          'cloudformation:CreateChangeSet', 'cloudformation:DeleteChangeSet', 'cloudformation:ExecuteChangeSet', 'cloudformation:CreateStack',
          'cloudformation:UpdateStack', 'cloudformation:RollbackStack', 'cloudformation:ContinueUpdateRollback', 'cloudformation:DeleteStack',
          'cloudformation:UpdateTerminationProtection', 'sts:GetCallerIdentity', 'cloudformation:CreateStackRefactor',
          'cloudformation:ExecuteStackRefactor',
        ], '*'],
        [['iam:PassRole'], execution.arn],
        [READ_OBJECTS, bucketArns],
        [['ssm:GetParameter', 'ssm:GetParameters'], versionArn],
      ),
    },
  });
  iam.createRole({
    roleName: roleName('file-publishing'),
    assumeRolePolicyDocument: people,
    inlinePolicies: { default: allow([[...READ_OBJECTS, 's3:GetEncryptionConfiguration', 's3:DeleteObject*', 's3:PutObject*', 's3:Abort*'], bucketArns]) },
  });
  iam.createRole({
    roleName: roleName('image-publishing'),
    assumeRolePolicyDocument: people,
    inlinePolicies: { default: allow([['ecr:GetAuthorizationToken'], '*']) },
  });
  iam.createRole({
    roleName: roleName('lookup'),
    assumeRolePolicyDocument: people,
    managedPolicyArns: [READ_ONLY_ACCESS],
  });
}

function trust(statements: object[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

function allow(...grants: [actions: string[], resources: string | string[]][]): PolicyDocument {
  return { Version: '2012-10-17', Statement: grants.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })) };
}
