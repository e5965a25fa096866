import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { checkRegion } from './environment';
import { mismatch } from './faults';
import { checkKey, targetKey } from './keys';

/** The faults of a bucket that the service is to read from or write to, and of the key that it is encrypted with. */
export function checkBucket(property: string, bucket: s3.IBucket, construct: Construct): string[] {
  if (typeof bucket?.bucketName !== 'string' || typeof bucket.arnForObjects !== 'function') {
    return [mismatch(property, bucket, 'a bucket, such as Bucket.fromBucketName(…)')];
  }
  return [...checkRegion(property, bucket, construct), ...checkKey(`${property}.encryptionKey`, bucketKey(bucket), construct)];
}

/** The key that a bucket is encrypted with, as far as the bucket knows. */
export function bucketKey(bucket: s3.IBucket): kms.IKeyRef | undefined {
  return bucket.encryptionKey && targetKey(bucket.encryptionKey);
}

/** A folder of a bucket. */
export interface BucketFolder {
  readonly bucket: s3.IBucket;
  readonly prefix?: string;
}

/** What a role needs to do something with the objects of a folder. */
export function folderStatements(folder: BucketFolder, objectActions: string[]): iam.PolicyStatement[] {
  const conditions = { StringEquals: { 's3:ResourceAccount': [folder.bucket.env.account] } };
  return [
    new iam.PolicyStatement({ actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [folder.bucket.bucketArn], conditions }),
    new iam.PolicyStatement({ actions: objectActions, resources: [`${folderArn(folder)}*`], conditions }),
  ];
}

/** What a role needs on the keys under which the objects of a folder are encrypted. */
export function folderKeyStatements(folder: BucketFolder, keys: kms.IKeyRef[], actions: string[]): iam.PolicyStatement[] {
  return keyContextStatements(keys, actions, [folder.bucket.bucketArn, `${folderArn(folder)}*`]);
}

/** What a role needs on keys, for certain objects only: the encryption context is the object, or the bucket where an S3 Bucket Key is in use. */
export function keyContextStatements(keys: kms.IKeyRef[], actions: string[], arns: string[]): iam.PolicyStatement[] {
  return keys.map((key) => new iam.PolicyStatement({
    actions,
    resources: [key.keyRef.keyArn],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:s3:arn': arns } },
  }));
}

/** Ends with a slash, save where the prefix is known only at deployment. */
function folderArn({ bucket, prefix }: BucketFolder): string {
  return bucket.arnForObjects(asFolder(prefix));
}

export function asFolder(prefix: string | undefined): string {
  return !prefix || Token.isUnresolved(prefix) || prefix.endsWith('/') ? prefix ?? '' : `${prefix}/`;
}
