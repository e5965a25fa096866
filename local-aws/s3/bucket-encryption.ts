export interface BucketEncryption {
  readonly kmsKeyArn?: string;
  /** Whether there is an S3 Bucket Key: one data key for all objects. */
  readonly bucketKeyEnabled?: boolean;
}

/**
 * For which encryption context Amazon S3 asks AWS KMS: the data key of one object, or of an S3 Bucket Key, which is the bucket's.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
export function encryptionContext({ bucketKeyEnabled }: BucketEncryption, bucketArn: string, objectArn: string): Readonly<Record<string, string>> {
  return { 'kms:EncryptionContext:aws:s3:arn': bucketKeyEnabled ? bucketArn : objectArn };
}
