import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { DatasetProperty } from './private/contract';
import { checkRegion } from './private/environment';
import { checkKey, targetKey } from './private/keys';
import { folderKeyStatements, folderStatements, glueStatements } from './private/roles';
import { accountId, check, glueDatabaseName, glueTableName, objectPrefix } from './private/validation';

/** Where the data of a table in the AWS Glue Data Catalog is. */
export interface GlueTableLocation {
  /**
   * The bucket with the data of the table, in the Region of the training dataset.
   *
   * The bucket's own encryption key counts: the role that reads the data may decrypt with it.
   */
  readonly bucket: s3.IBucket;

  /**
   * The folder of the bucket that the data is in, such as `clicks/`. The role may read only that.
   *
   * It must not begin with a slash and may hold no `*` or `?`; a slash at its end is added where it is missing.
   *
   * @default - the whole bucket
   */
  readonly prefix?: string;

  /**
   * The account whose Data Catalog the table is in, 12 digits.
   *
   * @default - the account of the training dataset
   */
  readonly catalogId?: string;

  /**
   * The KMS key that the data is encrypted with, if the bucket does not tell. Must be a key, not an alias.
   *
   * @default - the bucket's own encryption key, if it has one
   */
  readonly encryptionKey?: kms.IKeyRef;
}

/** A table in the AWS Glue Data Catalog, by name. */
export interface GlueTableOptions extends GlueTableLocation {
  /** The name of the database: 1 to 128 letters, digits and underscores, and single hyphens inside after the second character. */
  readonly databaseName: string;

  /** The name of the table: 1 to 128 letters, digits and underscores, spaces after the first character, and single hyphens inside after the second. */
  readonly tableName: string;
}

/** A table in the AWS Glue Data Catalog, by reference. */
export interface GlueTableRefOptions extends GlueTableLocation {
  /** The database, such as a `CfnDatabase`. */
  readonly database: glue.IDatabaseRef;

  /** The table, such as a `CfnTable`. */
  readonly table: glue.ITableRef;
}

/**
 * Training data in Amazon S3 that is catalogued in AWS Glue.
 *
 * The data must be Parquet (not compressed with ZSTD), CSV or JSON.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
 */
export class GlueDataSource {
  /** A table by its name and the name of its database. */
  public static fromTable(options: GlueTableOptions): GlueDataSource {
    return new GlueDataSource(options, []);
  }

  /**
   * A table and a database that are constructs, such as `CfnTable` and `CfnDatabase`.
   * The training dataset is then created after both.
   */
  public static fromTableRef(options: GlueTableRefOptions): GlueDataSource {
    const { database, table } = options;
    return new GlueDataSource({ ...options, databaseName: nameOfDatabase(database), tableName: nameOfTable(table) }, [database, table]);
  }

  /** The name of the database. */
  public readonly databaseName: string;
  /** The name of the table. */
  public readonly tableName: string;
  /** The account whose Data Catalog the table is in, if it was given. */
  public readonly catalogId?: string;
  /** The bucket with the data. */
  public readonly bucket: s3.IBucket;
  /** The folder of the bucket that the data is in, if it was given. */
  public readonly prefix?: string;
  /** The KMS key that the data is encrypted with, if it was given. */
  public readonly encryptionKey?: kms.IKeyRef;

  private constructor(options: GlueTableOptions, private readonly constructs: IConstruct[]) {
    this.databaseName = options.databaseName;
    this.tableName = options.tableName;
    this.catalogId = options.catalogId;
    this.bucket = options.bucket;
    this.prefix = options.prefix;
    this.encryptionKey = options.encryptionKey;
  }

  /** @internal */
  public _faults(property: string, construct: Construct): string[] {
    return [
      ...check(`${property}.databaseName`, this.databaseName, glueDatabaseName),
      ...check(`${property}.tableName`, this.tableName, glueTableName),
      ...check(`${property}.catalogId`, this.catalogId, accountId),
      ...check(`${property}.prefix`, this.prefix, objectPrefix),
      ...checkRegion(`${property}.bucket`, this.bucket, construct),
      ...this.keys().flatMap(([name, key]) => checkKey(`${property}.${name}`, key, construct)),
    ];
  }

  /** @internal */
  public _readStatements(construct: Construct): iam.PolicyStatement[] {
    return [
      ...glueStatements(construct, this.databaseName, this.tableName, this.catalogId),
      ...folderStatements(this, ['s3:GetObject']),
      ...folderKeyStatements(this, this.keys().map(([, key]) => key), ['kms:Decrypt']),
    ];
  }

  /** @internal */
  public _dependencies(): IConstruct[] {
    return this.constructs;
  }

  /** @internal */
  public _render(): DatasetProperty['InputConfig']['DataSource'] {
    return { GlueDataSource: { TableName: this.tableName, DatabaseName: this.databaseName, CatalogId: this.catalogId } };
  }

  private keys(): [string, kms.IKeyRef][] {
    const bucketKey = this.bucket.encryptionKey && targetKey(this.bucket.encryptionKey);
    return [
      ...(this.encryptionKey ? [['encryptionKey', this.encryptionKey] as [string, kms.IKeyRef]] : []),
      ...(bucketKey && bucketKey !== this.encryptionKey ? [['bucket.encryptionKey', bucketKey] as [string, kms.IKeyRef]] : []),
    ];
  }
}

function nameOfDatabase(database: glue.IDatabaseRef): string {
  const input = glue.CfnDatabase.isCfnDatabase(database) ? database.databaseInput : undefined;
  return literalName(input) ?? database.databaseRef.databaseName;
}

/** A literal name is preferred, because what `Ref` of a table gives is not the same in all versions of the CDK. */
function nameOfTable(table: glue.ITableRef): string {
  const input = glue.CfnTable.isCfnTable(table) ? table.tableInput : undefined;
  const ref: { tableName?: string; tableId?: string } = table.tableRef;
  return literalName(input) ?? ref.tableName ?? ref.tableId ?? '';
}

function literalName(input: object | undefined): string | undefined {
  return input && 'name' in input && typeof input.name === 'string' ? input.name : undefined;
}
