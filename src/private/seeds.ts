import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { bucketKey, keyContextStatements } from './folders';

/** Objects of a bucket, of which no more may be known than its ARN and whose it is. */
export interface S3Seed {
  readonly bucket: s3.IBucket | { readonly bucketArn: string; readonly account: string };
  /** The key of the object, or a pattern of keys. */
  readonly objects: string;
}

/**
 * What a role needs to read a seed from a bucket.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
 */
export function seedStatements({ bucket, objects }: S3Seed): iam.PolicyStatement[] {
  const account = 'account' in bucket ? bucket.account : bucket.env.account;
  const conditions = { StringEquals: { 's3:ResourceAccount': [account] } };
  const objectArn = `${bucket.bucketArn}/${objects}`;
  const key = 'account' in bucket ? undefined : bucketKey(bucket);
  return [
    new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions }),
    new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [objectArn], conditions }),
    ...(key ? [
      ...keyContextStatements([key], ['kms:Decrypt'], [bucket.bucketArn, objectArn]),
      // There is no encryption context where a key is only described.
      new iam.PolicyStatement({ actions: ['kms:DescribeKey'], resources: [key.keyRef.keyArn] }),
    ] : []),
  ];
}

/**
 * What a role needs to run a seed query.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
 */
export function queryStatements(construct: Construct, membershipId: string): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: ['cleanrooms:GetCollaborationAnalysisTemplate', 'cleanrooms:GetSchema', 'cleanrooms:StartProtectedQuery'],
      resources: ['*'],
    }),
    new iam.PolicyStatement({
      actions: ['cleanrooms:GetProtectedQuery', 'cleanrooms:UpdateProtectedQuery'],
      resources: [Stack.of(construct).formatArn({ service: 'cleanrooms', resource: 'membership', resourceName: membershipId })],
    }),
  ];
}
