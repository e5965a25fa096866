import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { DatasetProperty } from './private/contract';
import { isOwnAccount } from './private/environment';
import { check, required } from './private/faults';
import { BucketFolder, bucketKey, checkBucket, folderKeyStatements, folderStatements } from './private/folders';
import { columnsOf, TableColumns } from './private/glue-columns';
import { checkKey } from './private/keys';
import { glueStatements } from './private/roles';
import { accountId, GLUE_ADVICE, glueDatabaseName, glueTableName, objectPrefix } from './private/validation';

/**
 * Where the data of a table in the AWS Glue Data Catalog is.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
 */
export interface GlueTableLocation {
  /**
   * The bucket with the data of the table, in the Region of the training dataset.
   *
   * The bucket's own encryption key counts: the role that reads the data may decrypt with it.
   * A bucket of another account must be imported with `Bucket.fromBucketAttributes(scope, id, { bucketName, account, … })`: the role may use
   * the bucket only in the account that the library knows of. The policy of that bucket, which is its owner's, must allow the role too.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly bucket: s3.IBucket;

  /**
   * The folder of the bucket that the data is in, such as `clicks/`. The role may read only that.
   *
   * It must not begin with a slash and may hold no `*`, `?` or `${`; a slash at its end is added where it is missing.
   *
   * @default - the whole bucket
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly prefix?: string;

  /**
   * The account whose Data Catalog the table is in, 12 digits. Another one replaces the training dataset and trains its audience models again;
   * to write down the default changes nothing.
   *
   * @default - the account of the training dataset
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  readonly catalogId?: string;

  /**
   * A KMS key that the data is encrypted with, besides the bucket's own: an enabled symmetric key of the same Region, not an alias.
   * The role that reads the data may decrypt with it.
   *
   * @default - only the bucket's own encryption key, if it has one
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly encryptionKey?: kms.IKeyRef;
}

/**
 * A table in the AWS Glue Data Catalog, by name.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
 */
export interface GlueTableOptions extends GlueTableLocation {
  /**
   * The name of the database: 1 to 128 letters, digits and underscores, and single hyphens inside after the second character.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  readonly databaseName: string;

  /**
   * The name of the table: 1 to 128 letters, digits and underscores, spaces after the first character, and single hyphens inside after the second.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  readonly tableName: string;
}

/**
 * A table in the AWS Glue Data Catalog, by reference.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
 */
export interface GlueTableRefOptions extends GlueTableLocation {
  /**
   * The database, such as a `CfnDatabase`.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_glue.CfnDatabase.html
   */
  readonly database: glue.IDatabaseRef;

  /**
   * The table, such as a `CfnTable`.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_glue.CfnTable.html
   */
  readonly table: glue.ITableRef;
}

/**
 * A table in the AWS Glue Data Catalog that is a construct of any library.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
 */
export interface GlueTableConstructOptions extends GlueTableLocation {
  /**
   * The table: a construct whose default child is a `CfnTable`, such as `S3Table` of `@aws-cdk/aws-glue-alpha`. It tells its database and, unless
   * `catalogId` is given, the account whose Data Catalog it is in. Imported tables know too little: use their names, with `fromTable`.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-glue-alpha-readme.html
   */
  readonly table: IConstruct;
}

/**
 * Training data in Amazon S3 that is catalogued in AWS Glue.
 *
 * The data must be Parquet (not compressed with ZSTD), CSV or JSON.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
 */
export class GlueDataSource {
  /**
   * A table by its name and the name of its database.
   * Throws nothing itself: the construct that gets the data source reports what is wrong with it.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  public static fromTable(options: GlueTableOptions): GlueDataSource {
    return new GlueDataSource(options, []);
  }

  /**
   * A table and a database that are constructs, such as `CfnTable` and `CfnDatabase`.
   * The training dataset is then created after both. Their names are those that they have by now: aspects and escape hatches come too late.
   * Throws nothing itself: the construct that gets the data source reports what is wrong with it.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_glue.CfnTable.html
   */
  public static fromTableRef(options: GlueTableRefOptions): GlueDataSource {
    const { database, table } = options;
    // Where there is no name, the training dataset says so.
    const tableName = nameOfTable(table) as string;
    return new GlueDataSource({ ...options, databaseName: nameOfDatabase(database), tableName }, [database, table], columnsOf(table));
  }

  /**
   * A table that is a construct of any library, such as `S3Table` of `@aws-cdk/aws-glue-alpha`.
   * The training dataset is then created after it. The names are those that it has by now: aspects and escape hatches come too late.
   * Throws nothing itself: the construct that gets the data source reports what is wrong with it.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-glue-alpha-readme.html
   */
  public static fromTableConstruct(options: GlueTableConstructOptions): GlueDataSource {
    const { table } = options;
    const resource = [table, table?.node?.defaultChild].find(glue.CfnTable.isCfnTable);
    // Where there are no names, the training dataset says so.
    const databaseName = resource?.databaseName as string;
    const tableName = (resource && nameOfTable(resource)) as string;
    const catalogId = options.catalogId ?? resource?.catalogId;
    return new GlueDataSource({ ...options, databaseName, tableName, catalogId }, [table], columnsOf(resource));
  }

  /**
   * The name of the database, 1 to 128 characters.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  public readonly databaseName: string;

  /**
   * The name of the table, 1 to 128 characters.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  public readonly tableName: string;

  /**
   * The account whose Data Catalog the table is in, 12 digits, if it was given or the table tells.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GlueDataSource.html
   */
  public readonly catalogId?: string;

  private readonly folder: BucketFolder;
  private readonly encryptionKey?: kms.IKeyRef;

  /**
   * The columns of the table, if it is a construct that tells them.
   * @internal
   */
  public readonly _columns?: TableColumns;

  private constructor(options: GlueTableOptions, private readonly constructs: IConstruct[], columns?: TableColumns) {
    this._columns = columns;
    this.databaseName = options.databaseName;
    this.tableName = options.tableName;
    this.catalogId = options.catalogId;
    this.folder = { bucket: options.bucket, prefix: options.prefix };
    this.encryptionKey = options.encryptionKey;
  }

  /** @internal */
  public _faults(property: string, construct: Construct): string[] {
    return [
      ...check(`${property}.databaseName`, this.databaseName, required(glueDatabaseName, GLUE_ADVICE)),
      ...check(`${property}.tableName`, this.tableName, required(glueTableName, GLUE_ADVICE)),
      ...check(`${property}.catalogId`, this.catalogId, accountId),
      ...check(`${property}.prefix`, this.folder.prefix, objectPrefix),
      ...checkBucket(`${property}.bucket`, this.folder.bucket, construct),
      ...checkKey(`${property}.encryptionKey`, this.encryptionKey, construct),
    ];
  }

  /** @internal */
  public _readStatements(construct: Construct): iam.PolicyStatement[] {
    return [
      ...glueStatements(construct, this.databaseName, this.tableName, this.catalogId),
      ...folderStatements(this.folder, ['s3:GetObject']),
      ...folderKeyStatements(this.folder, this.keys(), ['kms:Decrypt']),
    ];
  }

  /** @internal */
  public _dependencies(): IConstruct[] {
    return this.constructs;
  }

  /** @internal */
  public _render(construct: Construct): DatasetProperty['InputConfig']['DataSource'] {
    // Written down or not, it is the same catalog, and the same dataset.
    const isDefault = this.catalogId !== undefined && isOwnAccount(construct, this.catalogId);
    return {
      GlueDataSource: { TableName: this.tableName, DatabaseName: this.databaseName, CatalogId: isDefault ? undefined : this.catalogId },
    };
  }

  private keys(): kms.IKeyRef[] {
    const keys = [this.encryptionKey, bucketKey(this.folder.bucket)].filter((key) => key !== undefined);
    return [...new Set(keys)];
  }
}

function nameOfDatabase(database: glue.IDatabaseRef): string {
  const input = glue.CfnDatabase.isCfnDatabase(database) ? database.databaseInput : undefined;
  return literalName(input) ?? database?.databaseRef?.databaseName;
}

/** A literal name is preferred, because what `Ref` of a table gives is not the same in all versions of the CDK. */
function nameOfTable(table: glue.ITableRef): string | undefined {
  const input = glue.CfnTable.isCfnTable(table) ? table.tableInput : undefined;
  const ref: { tableName?: string; tableId?: string } | undefined = table?.tableRef;
  return literalName(input) ?? ref?.tableName ?? ref?.tableId;
}

function literalName(input: object | undefined): string | undefined {
  return input && 'name' in input && typeof input.name === 'string' ? input.name : undefined;
}
