import { Token } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import { Column } from './validation';

/** The types of columns by their names, as far as an AWS Glue table of this app tells them. AWS Glue writes names in lower case. */
export type TableColumns = ReadonlyMap<string, string | undefined>;

/** What AWS Glue may call the type of a column, by what the column means. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  USER_ID: ['string', 'int', 'bigint'],
  ITEM_ID: ['string', 'int', 'bigint'],
  TIMESTAMP: ['bigint', 'int', 'timestamp'],
  CATEGORICAL_FEATURE: ['string', 'int', 'float', 'bigint', 'double', 'boolean', 'array'],
  NUMERICAL_FEATURE: ['double', 'float', 'int', 'bigint'],
};

/** The columns of a table, its partition keys among them; nothing if the app does not say all of them. */
export function columnsOf(table: unknown): TableColumns | undefined {
  const input = glue.CfnTable.isCfnTable(table) ? table.tableInput as Partial<glue.CfnTable.TableInputProperty> : undefined;
  const storage = input?.storageDescriptor as Partial<glue.CfnTable.StorageDescriptorProperty> | undefined;
  const columns = [storage?.columns, input?.partitionKeys ?? []].flat() as (Partial<glue.CfnTable.ColumnProperty> | undefined)[];
  if (!columns.every((column) => typeof column?.name === 'string' && !Token.isUnresolved(column.name))) return undefined;
  return new Map(columns.map((column) => [column!.name!.toLowerCase(), column!.type]));
}

/** How a schema differs from its table. */
export function differences(schema: readonly Column[], table: TableColumns): string[] {
  return schema.flatMap(({ columnName, columnType }) => {
    const name = columnName.toLowerCase();
    if (Token.isUnresolved(columnName)) return [];
    if (!table.has(name)) return [`the AWS Glue table has no column "${columnName}", only ${[...table.keys()].map((one) => `"${one}"`).join(', ')}`];
    const type = table.get(name);
    const [kind] = /^[a-z]+/.exec(type?.toLowerCase() ?? '') ?? [];
    if (type === undefined || Token.isUnresolved(type) || TYPES[columnType].includes(kind ?? '')) return [];
    return [`"${columnName}" is of the type ${type} in the AWS Glue table, but ${columnType} needs ${TYPES[columnType].join(', ')}`];
  });
}
