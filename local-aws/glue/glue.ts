import { AwsError, type Account } from '../aws';

export interface Column {
  readonly name: string;
  readonly type?: string;
}

export interface DatabaseProperties {
  readonly name: string;
  readonly description?: string;
  readonly locationUri?: string;
}

export interface TableProperties {
  readonly databaseName: string;
  readonly name: string;
  readonly columns: readonly Column[];
  readonly partitionKeys?: readonly Column[];
  /** Where the data is, for example `s3://bucket/prefix/`. */
  readonly location?: string;
  /** The class that reads the data. */
  readonly inputFormat?: string;
  /** What a crawler takes the data for, for example `parquet`. */
  readonly classification?: string;
  readonly description?: string;
}

/** The account's data catalog. */
export class Glue {
  private readonly databasesByName = new Map<string, DatabaseProperties>();
  private readonly tablesByKey = new Map<string, TableProperties>();

  constructor(private readonly account: Account) {}

  createDatabase(database: DatabaseProperties): void {
    if (this.databasesByName.has(database.name)) throw alreadyExists('Database already exists.');
    this.databasesByName.set(database.name, database);
  }

  updateDatabase(database: DatabaseProperties): void {
    this.database(database.name);
    this.databasesByName.set(database.name, database);
  }

  /** Its tables go with it. */
  deleteDatabase(name: string): void {
    this.database(name);
    this.databasesByName.delete(name);
    for (const table of this.tables()) if (table.databaseName === name) this.tablesByKey.delete(keyOf(table.databaseName, table.name));
  }

  database(name: string): DatabaseProperties {
    const database = this.databasesByName.get(name);
    if (database === undefined) throw notFound(`Database ${name} not found.`);
    return database;
  }

  hasDatabase(name: string): boolean {
    return this.databasesByName.has(name);
  }

  databases(): DatabaseProperties[] {
    return [...this.databasesByName.values()];
  }

  createTable(table: TableProperties): void {
    this.database(table.databaseName);
    if (this.hasTable(table.databaseName, table.name)) throw alreadyExists('Table already exists.');
    this.tablesByKey.set(keyOf(table.databaseName, table.name), table);
  }

  updateTable(table: TableProperties): void {
    this.table(table.databaseName, table.name);
    this.tablesByKey.set(keyOf(table.databaseName, table.name), table);
  }

  deleteTable(databaseName: string, name: string): void {
    this.table(databaseName, name);
    this.tablesByKey.delete(keyOf(databaseName, name));
  }

  table(databaseName: string, name: string): TableProperties {
    this.database(databaseName);
    const table = this.tablesByKey.get(keyOf(databaseName, name));
    if (table === undefined) throw notFound(`Table ${name} not found.`);
    return table;
  }

  hasTable(databaseName: string, name: string): boolean {
    return this.tablesByKey.has(keyOf(databaseName, name));
  }

  tables(): TableProperties[] {
    return [...this.tablesByKey.values()];
  }

  databaseArn(name: string): string {
    return this.arn(`database/${name}`);
  }

  tableArn(databaseName: string, name: string): string {
    return this.arn(`table/${databaseName}/${name}`);
  }

  private arn(resource: string): string {
    return `arn:${this.account.partition}:glue:${this.account.region}:${this.account.accountId}:${resource}`;
  }
}

function keyOf(databaseName: string, name: string): string {
  return `${databaseName}/${name}`;
}

function notFound(message: string): AwsError {
  return new AwsError('EntityNotFoundException', message);
}

function alreadyExists(message: string): AwsError {
  return new AwsError('AlreadyExistsException', message);
}
