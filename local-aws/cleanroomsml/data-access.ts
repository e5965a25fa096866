import { Account, AwsError, Principal } from '../aws';
import { Clock } from '../clock';
import { failure } from './errors';
import { Inaccessible } from './inaccessible';
import { membersPolicy } from './members-policy';
import { ErrorName, Input, SERVICE } from './model';
import { countUsers } from './seed';
import { Settings } from './settings';
import { TrainingDataset } from './state';
import type { Glue, TableProperties } from '../glue/glue';
import type { Iam } from '../iam/iam';
import type { Kms } from '../kms/kms';
import { encryptionContext } from '../s3/bucket-encryption';
import type { S3 } from '../s3/s3';

type ColumnType = Input<'CreateTrainingDataset'>['trainingData'][number]['inputConfig']['schema'][number]['columnTypes'][number];
type OutputConfig = Input<'CreateConfiguredAudienceModel'>['outputConfig'];

/** What the service needs of the other services. */
export interface Collaborators {
  readonly iam: Pick<Iam, 'authorize' | 'passRole' | 'assumeRoleForService'>;
  readonly glue: Pick<Glue, 'hasDatabase' | 'hasTable' | 'table'>;
  readonly kms: Pick<Kms, 'authorize' | 'checkState'>;
  readonly s3: Pick<S3, 'hasBucket' | 'bucket' | 'bucketPolicy' | 'objects' | 'putObject'>;
}

export interface SeedQuery {
  readonly analysisTemplateArn?: string;
  readonly collaborationArn: string;
  /** The ids of those in which the query runs. */
  readonly memberships: readonly string[];
}

export interface ExportedFile {
  /** Below the location of all outputs. */
  readonly folder: string;
  readonly name: string;
  readonly body: Buffer;
}

/** @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html */
const GLUE_TYPES: Readonly<Record<ColumnType, readonly string[]>> = {
  USER_ID: ['string', 'int', 'bigint'],
  ITEM_ID: ['string', 'int', 'bigint'],
  TIMESTAMP: ['bigint', 'int', 'timestamp'],
  CATEGORICAL_FEATURE: ['string', 'int', 'float', 'bigint', 'double', 'boolean', 'array'],
  NUMERICAL_FEATURE: ['double', 'float', 'int', 'bigint'],
};

/** Parquet, CSV and JSON can be trained on. Of these it is known that they are something else. */
const OTHER_FORMATS = ['avro', 'ion', 'orc', 'xml'];
const OTHER_INPUT_FORMATS: Readonly<Record<string, string>> = {
  'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat': 'avro',
  'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat': 'orc',
};

const GRANT_OPERATIONS = [
  'CreateGrant', 'Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo',
  'RetireGrant',
];

/** What is done to a bucket, to objects in it, and to its key if it has one. */
interface BucketUse {
  readonly bucketActions: readonly string[];
  readonly objectAction: string;
  readonly keyActions: readonly string[];
}

const READ_TRAINING_DATA: BucketUse = {
  bucketActions: ['s3:ListBucket', 's3:GetBucketLocation'], objectAction: 's3:GetObject', keyActions: ['kms:Decrypt'],
};
const READ_SEED: BucketUse = { bucketActions: ['s3:ListBucket'], objectAction: 's3:GetObject', keyActions: ['kms:Decrypt', 'kms:DescribeKey'] };
const WRITE_AUDIENCE: BucketUse = {
  bucketActions: ['s3:ListBucket', 's3:GetBucketLocation'],
  objectAction: 's3:PutObject',
  keyActions: ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
};

/** What of a location is tried where there is nothing to read or write yet. */
const ANY_OBJECT = 'part-00000';

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
      checkFormat(table);
      const { bucketName, folder } = parseS3Uri(table.location);
      await this.useBucket(role, READ_TRAINING_DATA, bucketName, [`${folder}${ANY_OBJECT}`]);
    }
  }

  /** Reads a seed, from an object or from all objects in a folder, and counts its users. */
  async readSeed(audienceGenerationJobArn: string, roleArn: string, s3Uri: string): Promise<number> {
    const role = await this.assume(roleArn, audienceGenerationJobArn);
    const { bucketName, path, folder } = parseS3Uri(s3Uri);
    // Whoever may not list the bucket does not learn what is in it.
    await this.useBucket(role, READ_SEED, bucketName, []);
    const objects = this.services.s3.objects(bucketName, path).filter(({ key }) => key === path || key.startsWith(folder));
    if (objects.length === 0) throw new Inaccessible('SEED_NOT_FOUND', `There is no object at ${s3Uri}`);
    await this.useBucket(role, READ_SEED, bucketName, objects.map(({ key }) => key));
    return countUsers(objects);
  }

  /** Does what a seed's SQL query needs to be run. The user guide gives the first three permissions on everything. */
  async runSeedQuery(audienceGenerationJobArn: string, roleArn: string, query: SeedQuery): Promise<void> {
    const role = await this.assume(roleArn, audienceGenerationJobArn);
    const { analysisTemplateArn, collaborationArn } = query;
    const memberships = query.memberships.map((id) => this.arn('cleanrooms', `membership/${id}`));
    const resourcesOf: Readonly<Record<string, readonly string[]>> = {
      'cleanrooms:GetCollaborationAnalysisTemplate': [analysisTemplateArn ?? collaborationArn],
      'cleanrooms:GetSchema': [collaborationArn],
      'cleanrooms:StartProtectedQuery': memberships,
      'cleanrooms:GetProtectedQuery': memberships,
      'cleanrooms:UpdateProtectedQuery': memberships,
    };
    for (const [action, resources] of Object.entries(resourcesOf)) {
      for (const resource of resources) {
        await this.allowed(this.services.iam.authorize(role, action, resource, {}, membersPolicy(this.account, action, resource)));
      }
    }
  }

  /** Tries what a job does to its output. */
  async writeAudiences(configuredAudienceModelArn: string, { roleArn, destination }: OutputConfig): Promise<void> {
    const role = await this.assume(roleArn, configuredAudienceModelArn);
    const { bucketName, folder } = parseS3Uri(destination.s3Destination.s3Uri);
    await this.useBucket(role, WRITE_AUDIENCE, bucketName, [`${folder}${ANY_OBJECT}`]);
  }

  /** Writes a file of an export, and tells in which folder. */
  async exportAudience(configuredAudienceModelArn: string, { roleArn, destination }: OutputConfig, file: ExportedFile): Promise<string> {
    const role = await this.assume(roleArn, configuredAudienceModelArn);
    const { bucketName, folder } = parseS3Uri(destination.s3Destination.s3Uri);
    const location = `${folder}${file.folder}/`;
    const key = `${location}${file.name}`;
    await this.useBucket(role, WRITE_AUDIENCE, bucketName, [key]);
    this.services.s3.putObject(bucketName, key, file.body);
    return `s3://${bucketName}/${location}`;
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

  /**
   * Uses the key of an audience model with the grants that the service has by then, which no policy takes away. How the service words
   * it where it cannot is not documented.
   */
  async useGrants(keyArn: string | undefined): Promise<void> {
    if (keyArn) await this.allowed(this.services.kms.checkState(keyArn));
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
      ...(this.services.glue.hasDatabase('default') ? {} : { 'glue:CreateDatabase': [databases[1], catalog] }),
    };
    for (const [action, resources] of Object.entries(resourcesOf)) {
      for (const resource of resources) await this.allowed(this.services.iam.authorize(role, action, resource));
    }
  }

  private async useBucket(role: Principal, use: BucketUse, bucketName: string, keys: readonly string[]): Promise<void> {
    if (!this.services.s3.hasBucket(bucketName)) throw new Inaccessible('BUCKET_NOT_FOUND', `The Amazon S3 bucket ${bucketName} does not exist`);
    const { region, encryption } = this.services.s3.bucket(bucketName);
    if (region !== this.account.region) {
      throw new Inaccessible('BUCKET_IN_OTHER_REGION', `The Amazon S3 bucket ${bucketName} is in ${region}, not in ${this.account.region}`);
    }
    const bucket = `arn:${this.account.partition}:s3:::${bucketName}`;
    const owned = { 's3:ResourceAccount': this.account.accountId };
    const policy = this.services.s3.bucketPolicy(bucketName);
    for (const action of use.bucketActions) await this.allowed(this.services.iam.authorize(role, action, bucket, owned, policy));
    for (const object of keys.map((key) => `${bucket}/${key}`)) {
      await this.allowed(this.services.iam.authorize(role, use.objectAction, object, owned, policy));
      if (!encryption?.kmsKeyArn) continue;
      const via = { 'kms:ViaService': `s3.${this.account.region}.amazonaws.com` };
      const encrypted = { ...via, ...encryptionContext(encryption, bucket, object) };
      for (const action of use.keyActions) {
        // There is no encryption context where a key is only described.
        const context = action === 'kms:DescribeKey' ? via : encrypted;
        await this.allowed(this.services.kms.authorize(role, action, encryption.kmsKeyArn, context));
      }
    }
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

export interface S3Location {
  readonly bucketName: string;
  /** As it was given: an object's key, if there is one. */
  readonly path: string;
  /** What the keys of everything at this location begin with. */
  readonly folder: string;
}

export function parseS3Uri(s3Uri: string): S3Location {
  const [bucketName, ...rest] = s3Uri.slice('s3://'.length).split('/');
  const path = rest.join('/');
  return { bucketName, path, folder: path === '' || path.endsWith('/') ? path : `${path}/` };
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

/** What a table does not say of its format is not held against it. */
function checkFormat({ databaseName, name, inputFormat = '', classification = '' }: TableProperties): void {
  const format = [classification.toLowerCase(), OTHER_INPUT_FORMATS[inputFormat]].find((one) => OTHER_FORMATS.includes(one));
  if (format === undefined) return;
  throw new Inaccessible('UNSUPPORTED_FORMAT', `The AWS Glue table ${databaseName}.${name} has data of the format ${format}, which must be one of parquet, csv, json`);
}
