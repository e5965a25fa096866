import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { GlueDataSource } from './glue-data-source';
import { ColumnSchemaProperty, DatasetProperty } from './private/contract';
import { check, checkOwnValue, isOwnValue, mismatch, required } from './private/faults';
import { differences } from './private/glue-columns';
import { columns, GLUE_ADVICE, glueColumnName, oneOf } from './private/validation';
import { warn, Warning } from './private/warnings';

/**
 * What a column of the training data means.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
 */
export enum ColumnType {
  /** Who interacted. In AWS Glue a string, int or bigint. */
  USER_ID = 'USER_ID',

  /** What they interacted with. In AWS Glue a string, int or bigint. */
  ITEM_ID = 'ITEM_ID',

  /** When, in seconds of the Unix epoch. In AWS Glue a bigint, int or timestamp. */
  TIMESTAMP = 'TIMESTAMP',

  /** A feature that is one of several. In AWS Glue a string, int, float, bigint, double, boolean or array. */
  CATEGORICAL_FEATURE = 'CATEGORICAL_FEATURE',

  /** A feature that is a number. In AWS Glue a double, float, int or bigint. */
  NUMERICAL_FEATURE = 'NUMERICAL_FEATURE',
}

/**
 * A column of the training data.
 *
 * Its name is as in the AWS Glue table: 1 to 128 letters, digits and underscores, spaces after the first character,
 * and single hyphens inside after the second. The factories throw nothing themselves: the construct that gets the column reports what is
 * wrong with it.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ColumnSchema.html
 */
export class ColumnSchema {
  /**
   * The column that says who interacted (string, int or bigint). Exactly one is needed.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
   */
  public static userId(name: string): ColumnSchema {
    return new ColumnSchema(name, ColumnType.USER_ID);
  }

  /**
   * The column that says what they interacted with (string, int or bigint). Exactly one is needed.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
   */
  public static itemId(name: string): ColumnSchema {
    return new ColumnSchema(name, ColumnType.ITEM_ID);
  }

  /**
   * The column that says when, in seconds of the Unix epoch (bigint, int or timestamp). Exactly one is needed.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
   */
  public static timestamp(name: string): ColumnSchema {
    return new ColumnSchema(name, ColumnType.TIMESTAMP);
  }

  /**
   * A feature that is one of several (string, int, float, bigint, double, boolean or array). At most 10 features in all.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
   */
  public static categoricalFeature(name: string): ColumnSchema {
    return new ColumnSchema(name, ColumnType.CATEGORICAL_FEATURE);
  }

  /**
   * A feature that is a number (double, float, int or bigint). At most 10 features in all.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
   */
  public static numericalFeature(name: string): ColumnSchema {
    return new ColumnSchema(name, ColumnType.NUMERICAL_FEATURE);
  }

  private constructor(
    /**
     * The name of the column in the AWS Glue table, 1 to 128 characters.
     *
     * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ColumnSchema.html
     */
    public readonly columnName: string,
    /**
     * What the column means.
     *
     * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ColumnSchema.html
     */
    public readonly columnType: ColumnType,
  ) {}

  /** @internal */
  public _faults(property: string): string[] {
    return [
      ...check(`${property}.columnName`, this.columnName, required(glueColumnName, GLUE_ADVICE)),
      ...check(`${property}.columnType`, this.columnType, required(oneOf(ColumnType), 'use a factory such as ColumnSchema.userId(…)')),
    ];
  }

  /** @internal */
  public _render(): ColumnSchemaProperty {
    return { ColumnName: this.columnName, ColumnTypes: [this.columnType] };
  }
}

/**
 * Options of a dataset of interactions between users and items.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_Dataset.html
 */
export interface InteractionsDatasetOptions {
  /**
   * Where the data is: a table in the AWS Glue Data Catalog with data in Amazon S3.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_DataSource.html
   */
  readonly source: GlueDataSource;

  /**
   * The columns to train with: exactly one user id, one item id and one timestamp, and at most 10 features.
   * They must be in accord with the schema of the AWS Glue table (there is a warning where a table that is a construct says otherwise), and
   * each name is there once. Another order is another schema: it trains again.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_DatasetInputConfig.html
   */
  readonly schema: ColumnSchema[];
}

/**
 * The data of a training dataset.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_Dataset.html
 */
export class Dataset {
  /**
   * Interactions between users and items, the one kind of dataset that Clean Rooms ML trains lookalike models with.
   *
   * Training needs at least 1,000,000 records, and at least 100,000 users with two interactions or more.
   * Throws nothing itself: the construct that gets the dataset reports what is wrong with it.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html
   */
  public static interactions(options: InteractionsDatasetOptions): Dataset {
    return new Dataset('INTERACTIONS', options.source, options.schema);
  }

  private constructor(
    private readonly type: string,
    private readonly source: GlueDataSource,
    private readonly schema: ColumnSchema[],
  ) {}

  /** @internal */
  public _faults(property: string, construct: Construct): string[] {
    return [
      ...checkOwnValue(`${property}.source`, this.source, 'a data source, such as GlueDataSource.fromTable(…)', construct),
      ...this.schemaFaults(`${property}.schema`, construct),
    ];
  }

  private schemaFaults(property: string, construct: Construct): string[] {
    const { schema } = this;
    if (!Array.isArray(schema)) return [mismatch(property, schema, 'a list of columns, such as ColumnSchema.userId(…)')];
    return [
      ...schema.flatMap((column, index) => checkOwnValue(`${property}[${index}]`, column, 'a column, such as ColumnSchema.userId(…)', construct)),
      ...columns(schema.filter(isOwnValue)).map((problem) => `${property}: ${problem}`),
    ];
  }

  /**
   * What the role that reads the data needs.
   * @internal
   */
  public _readStatements(construct: Construct): iam.PolicyStatement[] {
    return this.source._readStatements(construct);
  }

  /** @internal */
  public _dependencies(): IConstruct[] {
    return this.source._dependencies();
  }

  /** @internal */
  public _render(construct: Construct): DatasetProperty {
    const different = this.source._columns ? differences(this.schema, this.source._columns) : [];
    if (different.length > 0) {
      warn(construct, Warning.SCHEMA_NOT_AS_IN_TABLE,
        `dataset.schema: ${different.join('; ')}; the table is read only when a model is trained, which fails then: correct one of the two`);
    }
    return {
      Type: this.type,
      InputConfig: { Schema: this.schema.map((column) => column._render()), DataSource: this.source._render(construct) },
    };
  }
}
