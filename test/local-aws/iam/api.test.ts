import { Clock } from '../../../local-aws/clock';
import { IamApi } from '../../../local-aws/iam/api';
import type { Iam } from '../../../local-aws/iam/iam';
import { allow, awsRequest, element, newIam, roleWith, trusting } from '../account';

const TRUST = trusting('cleanrooms-ml.amazonaws.com');
const READER = 'arn:aws:iam::111122223333:role/reader';

let iam: Iam;
let developer: Iam['developer']['principal'];
beforeEach(() => {
  iam = newIam(Clock.frozen(Date.parse('2026-01-01T00:00:00Z')));
  developer = iam.developer.principal;
});

async function call(principal: typeof developer, input: Record<string, string>) {
  return new IamApi(iam).handle(awsRequest(principal, { body: Buffer.from(new URLSearchParams(input).toString()) }));
}

const getRole = async (principal: typeof developer, RoleName: string) => call(principal, { Action: 'GetRole', RoleName });

test('a role tells who it is, and whom it trusts', async () => {
  iam.createRole({ roleName: 'writer', path: '/audiences/', description: 'writes', assumeRolePolicyDocument: TRUST });
  const answer = await getRole(developer, 'writer');
  expect(answer.status).toBe(200);
  expect(['Path', 'RoleName', 'Arn', 'CreateDate', 'Description', 'MaxSessionDuration'].map((name) => element(answer, name))).toEqual([
    '/audiences/', 'writer', 'arn:aws:iam::111122223333:role/audiences/writer', '2026-01-01T00:00:00.000Z', 'writes', '3600',
  ]);
  expect(JSON.parse(decodeURIComponent(element(answer, 'AssumeRolePolicyDocument')!))).toEqual(TRUST);
  expect(element(answer, 'RoleId')).toBe(iam.role('writer').roleId);
});

test.each([
  ['developer', 'ErrorResponse', /^<Error><Type>Sender<\/Type><Code>NoSuchEntity<\/Code>.*<\/Error><RequestId>[-0-9a-f]{36}<\/RequestId>$/],
  ['reader', 'GetRoleResponse',
    /^<GetRoleResult><Role>.*<\/Role><\/GetRoleResult><ResponseMetadata><RequestId>[-0-9a-f]{36}<\/RequestId><\/ResponseMetadata>$/],
])('an answer about the role %s is the document %s of the API reference', async (roleName, root, content) => {
  iam.createRole({ roleName: 'reader', assumeRolePolicyDocument: TRUST });
  const { headers, body } = await getRole(developer, roleName);
  expect(headers).toEqual({ 'content-type': 'text/xml' });
  const [, opening, rest, closing] = /^<([^>]*)>(.*)<\/([^>]*)>$/.exec(String(body))!;
  expect([opening, closing]).toEqual([`${root} xmlns="https://iam.amazonaws.com/doc/2010-05-08/"`, root]);
  expect(rest).toMatch(content);
});

test('a role has a path even where none was given', async () => {
  iam.createRole({ roleName: 'reader', assumeRolePolicyDocument: TRUST });
  expect(element(await getRole(developer, 'reader'), 'Path')).toBe('/');
});

test('one that is not there is not found', async () => {
  const answer = await getRole(developer, 'nobody');
  expect([answer.status, ...['Type', 'Code', 'Message'].map((name) => element(answer, name))]).toEqual([404, 'Sender', 'NoSuchEntity', 'The role with name nobody cannot be found.']);
});

test('permissions on a role are judged by its path', async () => {
  iam.createRole({ roleName: 'writer', path: '/audiences/', assumeRolePolicyDocument: TRUST });
  const statusFor = async (roleName: string, resource: string) => {
    const asking = await roleWith(iam, roleName, { get: allow('iam:GetRole', resource) });
    return (await getRole(asking, 'writer')).status;
  };
  expect(await statusFor('with', 'arn:aws:iam::111122223333:role/audiences/*')).toBe(200);
  expect(await statusFor('without', 'arn:aws:iam::111122223333:role/writer')).toBe(403);
});

test('only those may ask who are allowed to, and of one that is not there nobody knows the path', async () => {
  iam.createRole({ roleName: 'reader', assumeRolePolicyDocument: TRUST });
  iam.createRole({ roleName: 'other', assumeRolePolicyDocument: TRUST });
  const asking = await roleWith(iam, 'asking', { get: allow('iam:GetRole', [READER, 'arn:aws:iam::111122223333:role/path/gone', 'arn:aws:iam::111122223333:role/missing']) });
  const statuses = await Promise.all(['reader', 'other', 'gone', 'missing'].map(async (name) => (await getRole(asking, name)).status));
  expect(statuses).toEqual([200, 403, 403, 404]);
});

test.each([['', 'length greater than or equal to 1'], ['a/b', 'regular expression pattern']])('a name that cannot be is refused: "%s"', async (name, problem) => {
  const answer = await getRole(developer, name);
  expect([answer.status, element(answer, 'Code')]).toEqual([400, 'ValidationError']);
  expect(String(answer.body)).toContain(problem);
});

test('it knows no other action', async () => {
  expect(element(await call(developer, { Action: 'DeleteRole', RoleName: 'reader' }), 'Code')).toBe('InvalidAction');
});
