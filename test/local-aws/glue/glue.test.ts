import { Glue } from '../../../local-aws/glue/glue';
import { ACCOUNT, codeOf } from '../account';

let glue: Glue;
beforeEach(() => {
  glue = new Glue(ACCOUNT);
  glue.createDatabase({ name: 'retail' });
});

const TABLE = { databaseName: 'retail', name: 'clicks', columns: [{ name: 'user_id', type: 'string' }] };

test('a database exists once', async () => {
  expect(await codeOf(() => glue.createDatabase({ name: 'retail' }))).toBe('AlreadyExistsException');
  expect([glue.hasDatabase('retail'), glue.hasDatabase('none')]).toEqual([true, false]);
});

test('a table needs its database, and exists once in it', async () => {
  expect(await codeOf(() => glue.createTable({ ...TABLE, databaseName: 'none' }))).toBe('EntityNotFoundException');
  glue.createTable(TABLE);
  expect(await codeOf(() => glue.createTable(TABLE))).toBe('AlreadyExistsException');
  expect(glue.table('retail', 'clicks')).toEqual(TABLE);
});

test('an update replaces what is there', async () => {
  expect(await codeOf(() => glue.updateTable(TABLE))).toBe('EntityNotFoundException');
  glue.createTable(TABLE);
  glue.updateTable({ ...TABLE, columns: [] });
  expect(glue.table('retail', 'clicks').columns).toEqual([]);
  glue.updateDatabase({ name: 'retail', description: 'shop' });
  expect(glue.database('retail').description).toBe('shop');
  expect(await codeOf(() => glue.updateDatabase({ name: 'none' }))).toBe('EntityNotFoundException');
  expect(glue.hasDatabase('none')).toBe(false);
});

test('the tables of a deleted database go with it, and no others', () => {
  glue.createTable(TABLE);
  glue.createDatabase({ name: 'other' });
  glue.createTable({ ...TABLE, databaseName: 'other' });
  glue.deleteDatabase('retail');
  expect(glue.databases().map(({ name }) => name)).toEqual(['other']);
  expect(glue.tables().map(({ databaseName }) => databaseName)).toEqual(['other']);
});

test('a deleted table is gone, and its name is free', async () => {
  glue.createTable(TABLE);
  glue.deleteTable('retail', 'clicks');
  expect(glue.hasTable('retail', 'clicks')).toBe(false);
  expect(await codeOf(() => glue.table('retail', 'clicks'))).toBe('EntityNotFoundException');
  glue.createTable(TABLE);
});

test('the ARNs are those that policies name', () => {
  expect([glue.databaseArn('retail'), glue.tableArn('retail', 'clicks')]).toEqual([
    'arn:aws:glue:us-east-1:111122223333:database/retail', 'arn:aws:glue:us-east-1:111122223333:table/retail/clicks',
  ]);
});

test('what does not exist cannot be deleted', async () => {
  expect(await codeOf(() => glue.deleteTable('retail', 'clicks'))).toBe('EntityNotFoundException');
  expect(await codeOf(() => glue.deleteDatabase('none'))).toBe('EntityNotFoundException');
});
