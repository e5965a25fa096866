import { Account, AwsError, Principal } from '../aws';
import { Clock } from '../clock';
import { failure } from './errors';
import { ErrorName, Input, SERVICE } from './model';
import { Settings } from './settings';
import { TrainingDataset } from './state';
import type { Glue } from '../glue/glue';
import type { Iam } from '../iam/iam';
import type { Kms } from '../kms/kms';
import type { S3 } from '../s3/s3';

type ColumnType = Input<'CreateTrainingDataset'>['trainingData'][number]['inputConfig']['schema'][number]['columnTypes'][number];
type OutputConfig = Input<'CreateConfiguredAudienceModel'>['outputConfig'];

/** What the service needs of the other services. */
export interface Collaborators {
  readonly iam: Pick<Iam, 'authorize' | 'passRole' | 'assumeRoleForService'>;
  readonly glue: Pick<Glue, 'hasDatabase' | 'hasTable' | 'table'>;
  readonly kms: Pick<Kms, 'authorize'>;
  readonly s3: Pick<S3, 'hasBucket' | 'bucket' | 'bucketPolicy'>;
}

/** The service could not get at what it needs. A call answers it as an error, a training ends with it. */
export class Inaccessible extends Error {
  constructor(readonly statusCode: string, message: string) {
    super(message);
  }
}

/** @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html */
const GLUE_TYPES: Readonly<Record<ColumnType, readonly string[]>> = {
  USER_ID: ['string', 'int', 'bigint'],
  ITEM_ID: ['string', 'int', 'bigint'],
  TIMESTAMP: ['bigint', 'int', 'timestamp'],
  CATEGORICAL_FEATURE: ['string', 'int', 'float', 'bigint', 'double', 'boolean', 'array'],
  NUMERICAL_FEATURE: ['double', 'float', 'int', 'bigint'],
};

const GRANT_OPERATIONS = [
  'CreateGrant', 'Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo',
  'RetireGrant',
];

/** What S3 asks of whoever reads, or writes, objects in a bucket with a key. */
const KEY_READ_ACTIONS = ['kms:Decrypt'];
const KEY_WRITE_ACTIONS = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/**
 * How the service reaches its customers' data: with the roles they give it. It uses every permission that the user
 * guide lists for them, so that a role which lacks one is found out.
 */
export class DataAccess {
  /** When the service first met each role. */
  private readonly met = new Map<string, number>();

  constructor(
    private readonly account: Account,
    private readonly clock: Clock,
    private readonly services: Collaborators,
    private readonly settings: Settings,
  ) {}

  meet(roleArn: string): void {
    if (!this.met.has(roleArn)) this.met.set(roleArn, this.clock.now());
  }

  /** Reads what a training reads. @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html */
  async readTrainingData(dataset: TrainingDataset): Promise<void> {
    const role = await this.assume(dataset.request.roleArn, dataset.arn);
    for (const { inputConfig: { schema, dataSource: { glueDataSource } } } of dataset.request.trainingData) {
      const { databaseName, tableName, catalogId } = glueDataSource;
      await this.readCatalog(role, databaseName, tableName);
      if ((catalogId ?? this.account.accountId) !== this.account.accountId || !this.services.glue.hasTable(databaseName, tableName)) {
        throw new Inaccessible('GLUE_TABLE_NOT_FOUND', `The AWS Glue table ${databaseName}.${tableName} does not exist`);
      }
      const table = this.services.glue.table(databaseName, tableName);
      const found = new Map([...table.columns, ...table.partitionKeys ?? []].map(({ name, type }) => [name, type]));
      for (const { columnName, columnTypes } of schema) checkColumn(columnName, columnTypes[0], found);
      if (!table.location) throw new Inaccessible('GLUE_TABLE_NOT_IN_S3', `The AWS Glue table ${databaseName}.${tableName} has no data in Amazon S3`);
      await this.useBucket(role, table.location, 's3:GetObject', KEY_READ_ACTIONS);
    }
  }

  /** Tries what a job does to its output. */
  async writeAudiences(configuredAudienceModelArn: string, { roleArn, destination }: OutputConfig): Promise<void> {
    const role = await this.assume(roleArn, configuredAudienceModelArn);
    await this.useBucket(role, destination.s3Destination.s3Uri, 's3:PutObject', KEY_WRITE_ACTIONS);
  }

  /** Uses the key of an audience model, in the name of its caller or in the service's own. */
  async useKey(keyArn: string, caller?: Principal): Promise<void> {
    const via: Record<string, string> = caller ? { 'kms:ViaService': `cleanrooms-ml.${this.account.region}.amazonaws.com` } : {};
    const principal = caller ?? { arn: SERVICE.principal, accountId: this.account.accountId, roleArn: SERVICE.principal };
    for (const action of ['kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Decrypt']) {
      await this.allowed(this.services.kms.authorize(principal, action, keyArn, via));
    }
    await this.allowed(this.services.kms.authorize(principal, 'kms:CreateGrant', keyArn, {
      ...via, 'kms:GrantOperations': GRANT_OPERATIONS, 'kms:GrantIsForAWSResource': 'true',
    }));
  }

  /** Looks at data within a call: what is wrong with it becomes the call's error. */
  async withinCall(use: Promise<void>, error: ErrorName = this.settings.roleError): Promise<void> {
    try {
      await use;
    } catch (fault) {
      throw fault instanceof Inaccessible ? failure(error, fault.message) : fault;
    }
  }

  private async assume(roleArn: string, sourceArn: string): Promise<Principal> {
    const known = this.met.get(roleArn);
    if (known === undefined || this.clock.now() - known < this.settings.newRoleDelay) throw unassumable(roleArn);
    try {
      return await this.services.iam.assumeRoleForService(roleArn, SERVICE.principal, { sourceArn, sourceAccount: this.account.accountId });
    } catch (error) {
      throw error instanceof AwsError ? unassumable(roleArn) : error;
    }
  }

  private async readCatalog(role: Principal, databaseName: string, tableName: string): Promise<void> {
    const arn = (resource: string) => this.arn('glue', resource);
    const catalog = arn('catalog');
    const databases = [arn(`database/${databaseName}`), arn('database/default')];
    const table = arn(`table/${databaseName}/${tableName}`);
    const resourcesOf: Readonly<Record<string, readonly string[]>> = {
      'glue:GetDatabase': [catalog, ...databases],
      'glue:GetDatabases': [catalog, ...databases],
      'glue:GetTable': [catalog, databases[0], table],
      'glue:GetTables': [catalog, ...databases, table],
      'glue:GetPartitions': [catalog, databases[0], table],
      'glue:GetPartition': [catalog, databases[0], table],
      'glue:BatchGetPartition': [catalog, databases[0], table],
      'glue:GetUserDefinedFunctions': [catalog, ...databases],
      ...(this.services.glue.hasDatabase('default') ? {} : { 'glue:CreateDatabase': [databases[1]] }),
    };
    for (const [action, resources] of Object.entries(resourcesOf)) {
      for (const resource of resources) await this.allowed(this.services.iam.authorize(role, action, resource));
    }
  }

  private async useBucket(role: Principal, s3Uri: string, objectAction: string, keyActions: readonly string[]): Promise<void> {
    const { bucketName, prefix } = parseS3Uri(s3Uri);
    if (!this.services.s3.hasBucket(bucketName)) throw new Inaccessible('BUCKET_NOT_FOUND', `The Amazon S3 bucket ${bucketName} does not exist`);
    const { region, encryption } = this.services.s3.bucket(bucketName);
    if (region !== this.account.region) {
      throw new Inaccessible('BUCKET_IN_OTHER_REGION', `The Amazon S3 bucket ${bucketName} is in ${region}, not in ${this.account.region}`);
    }
    const bucket = `arn:${this.account.partition}:s3:::${bucketName}`;
    const object = `${bucket}/${prefix}part-00000`;
    const owned = { 's3:ResourceAccount': this.account.accountId };
    const policy = this.services.s3.bucketPolicy(bucketName);
    await this.allowed(this.services.iam.authorize(role, 's3:ListBucket', bucket, owned, policy));
    await this.allowed(this.services.iam.authorize(role, 's3:GetBucketLocation', bucket, owned, policy));
    await this.allowed(this.services.iam.authorize(role, objectAction, object, owned, policy));
    if (!encryption?.kmsKeyArn) return;
    const encrypted = { 'kms:ViaService': `s3.${this.account.region}.amazonaws.com`, 'kms:EncryptionContext:aws:s3:arn': object };
    for (const action of keyActions) await this.allowed(this.services.kms.authorize(role, action, encryption.kmsKeyArn, encrypted));
  }

  private async allowed(decision: Promise<void>): Promise<void> {
    try {
      await decision;
    } catch (error) {
      throw error instanceof AwsError ? new Inaccessible(error.status === 403 ? 'ACCESS_DENIED' : 'KMS_KEY_UNUSABLE', error.message) : error;
    }
  }

  private arn(service: string, resource: string): string {
    const { partition, region, accountId } = this.account;
    return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  }
}

export function parseS3Uri(s3Uri: string): { readonly bucketName: string; readonly prefix: string } {
  const [bucketName, ...rest] = s3Uri.slice('s3://'.length).split('/');
  const folder = rest.join('/').replace(/\/$/, '');
  return { bucketName, prefix: folder ? `${folder}/` : '' };
}

function unassumable(roleArn: string): Inaccessible {
  return new Inaccessible('ROLE_NOT_ASSUMABLE', `The role ${roleArn} cannot be assumed by ${SERVICE.principal}`);
}

function checkColumn(name: string, type: ColumnType, found: ReadonlyMap<string, string | undefined>): void {
  if (!found.has(name)) throw new Inaccessible('SCHEMA_MISMATCH', `The AWS Glue table has no column '${name}'`);
  const glueType = found.get(name)?.toLowerCase().replace(/[<(].*$/, '');
  if (glueType !== undefined && !GLUE_TYPES[type].includes(glueType)) {
    const allowed = GLUE_TYPES[type].join(', ');
    throw new Inaccessible('SCHEMA_MISMATCH', `The column '${name}' of type ${glueType} cannot be a ${type}, which must be one of ${allowed}`);
  }
}
