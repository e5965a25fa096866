import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import { encryptionContext, type BucketEncryption } from './bucket-encryption';
import { CustomResourceResponses, UrlStyle } from './custom-resource-responses';
import type { Iam } from '../iam/iam';
import { policyResources, validatePolicy, type PolicyDocument } from '../iam/policy-document';
import type { Kms } from '../kms/kms';

export interface BucketProperties {
  readonly bucketName: string;
  /** Encrypted by KMS: with this key, or with the account's key for S3 if it is left out. */
  readonly encryption?: BucketEncryption;
  /** Default: the account's. */
  readonly region?: string;
}

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly modified: number;
}

interface StoredBucket {
  properties: BucketProperties;
  policy?: PolicyDocument;
  readonly objects: Map<string, StoredObject>;
}

/** Objects are for reading and writing; a bucket's key has to agree to both. */
const KEY_ACTIONS: Readonly<Record<string, string>> = { 's3:GetObject': 'kms:Decrypt', 's3:PutObject': 'kms:GenerateDataKey' };
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Buckets and objects, and the place where custom resources leave their answers. */
export class S3 {
  readonly responses: CustomResourceResponses;

  private readonly bucketsByName = new Map<string, StoredBucket>();
  private readonly uploads = new Map<string, Map<number, Buffer>>();

  constructor(private readonly account: Account, private readonly clock: Clock, private readonly iam: Iam, private readonly kms: Kms) {
    this.responses = new CustomResourceResponses(account, clock);
  }

  // ---- Buckets

  createBucket(properties: BucketProperties): { arn: string } {
    const { bucketName } = properties;
    if (!BUCKET_NAME.test(bucketName)) throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${bucketName}`);
    if (this.hasBucket(bucketName)) {
      throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', 409);
    }
    this.bucketsByName.set(bucketName, { properties, objects: new Map() });
    return { arn: this.arnOf(bucketName) };
  }

  updateBucket(properties: BucketProperties): void {
    this.stored(properties.bucketName).properties = properties;
  }

  deleteBucket(bucketName: string): void {
    if (this.stored(bucketName).objects.size > 0) throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
    this.bucketsByName.delete(bucketName);
  }

  hasBucket(bucketName: string): boolean {
    return this.bucketsByName.has(bucketName);
  }

  buckets(): BucketProperties[] {
    return [...this.bucketsByName.values()].map(({ properties }) => properties);
  }

  bucket(bucketName: string): BucketProperties & { readonly region: string } {
    return { region: this.account.region, ...this.stored(bucketName).properties };
  }

  /** Whether another Region's endpoint is the one to ask about it. */
  isElsewhere(bucketName: string): boolean {
    return this.bucket(bucketName).region !== this.account.region;
  }

  putBucketPolicy(bucketName: string, document: PolicyDocument): void {
    const bucket = this.stored(bucketName);
    validatePolicy(document, 'resource', 'MalformedPolicy');
    this.iam.checkPrincipals(document, 'MalformedPolicy');
    const arn = this.arnOf(bucketName);
    const own = (resource: string) => resource === arn || resource.startsWith(`${arn}/`);
    if (!policyResources(document).every(own)) throw new AwsError('MalformedPolicy', 'Policy has invalid resource');
    bucket.policy = document;
  }

  deleteBucketPolicy(bucketName: string): void {
    delete this.stored(bucketName).policy;
  }

  bucketPolicy(bucketName: string): PolicyDocument | undefined {
    return this.stored(bucketName).policy;
  }

  // ---- Objects

  putObject(bucketName: string, key: string, body: Buffer): StoredObject {
    const object = { key, body, etag: `"${createHash('md5').update(body).digest('hex')}"`, modified: this.clock.now() };
    this.stored(bucketName).objects.set(key, object);
    return object;
  }

  getObject(bucketName: string, key: string): Buffer {
    return this.object(bucketName, key).body;
  }

  object(bucketName: string, key: string): StoredObject {
    const object = this.stored(bucketName).objects.get(key);
    if (object === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
    return object;
  }

  deleteObject(bucketName: string, key: string): void {
    this.stored(bucketName).objects.delete(key);
  }

  /** In the order of their keys. */
  objects(bucketName: string, prefix = ''): StoredObject[] {
    const objects = [...this.stored(bucketName).objects.values()].filter(({ key }) => key.startsWith(prefix));
    return objects.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  /** An upload in parts, for what is too large for one request. */
  startUpload(): string {
    const uploadId = randomUUID();
    this.uploads.set(uploadId, new Map());
    return uploadId;
  }

  uploadPart(uploadId: string, part: number, body: Buffer): string {
    this.upload(uploadId).set(part, body);
    return `"${createHash('md5').update(body).digest('hex')}"`;
  }

  completeUpload(uploadId: string, bucketName: string, key: string): StoredObject {
    const parts = [...this.upload(uploadId)].sort(([a], [b]) => a - b).map(([, body]) => body);
    this.uploads.delete(uploadId);
    return this.putObject(bucketName, key, Buffer.concat(parts));
  }

  abortUpload(uploadId: string): void {
    this.upload(uploadId);
    this.uploads.delete(uploadId);
  }

  // ---- Access

  /** Whether someone may do something with a bucket, or an object in it: IAM, the bucket's policy, and its key. */
  async authorize(principal: Principal, action: string, bucketName: string, key?: string): Promise<void> {
    const { encryption, region } = this.bucket(bucketName);
    const resource = this.arnOf(bucketName) + (key === undefined ? '' : `/${key}`);
    await this.iam.authorize(principal, action, resource, {}, this.bucketPolicy(bucketName));
    const keyAction = KEY_ACTIONS[action];
    if (keyAction === undefined || encryption?.kmsKeyArn === undefined) return;
    await this.kms.authorize(principal, keyAction, encryption.kmsKeyArn, {
      'kms:ViaService': `s3.${region}.amazonaws.com`,
      ...encryptionContext(encryption, this.arnOf(bucketName), resource),
    });
  }

  // ---- Answers of custom resources

  responseUrlFor(id: string, style?: UrlStyle): string {
    return this.responses.urlFor(id, style);
  }

  onResponse(id: string): Promise<string> {
    return this.responses.received(id);
  }

  lastResponse(id: string): string | undefined {
    return this.responses.last(id);
  }

  forgetResponse(id: string): void {
    this.responses.forget(id);
  }

  private stored(bucketName: string): StoredBucket {
    const bucket = this.bucketsByName.get(bucketName);
    if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucketName });
    return bucket;
  }

  private upload(uploadId: string): Map<number, Buffer> {
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) throw new AwsError('NoSuchUpload', 'The specified upload does not exist.', 404);
    return upload;
  }

  private arnOf(bucketName: string): string {
    return `arn:${this.account.partition}:s3:::${bucketName}`;
  }
}
