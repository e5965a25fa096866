import type { AwsResponse, Principal } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import type { Iam } from '../../../local-aws/iam/iam';
import { Sts } from '../../../local-aws/sts/sts';
import { ACCOUNT, allow, awsRequest, element, newIam, policy, roleWith } from '../account';

const TRUST_ACCOUNT = policy({
  Effect: 'Allow', Principal: { AWS: ACCOUNT.accountId }, Action: 'sts:AssumeRole', Condition: { Null: { 'sts:ExternalId': 'true' } },
});

let iam: Iam;
let deployRole: string;
beforeEach(() => {
  iam = newIam(Clock.frozen(Date.parse('2026-01-01T00:00:00Z')));
  deployRole = iam.createRole({ roleName: 'deploy', assumeRolePolicyDocument: TRUST_ACCOUNT }).arn;
});

async function call(principal: Principal, input: Record<string, string>): Promise<AwsResponse> {
  return new Sts(iam).handle(awsRequest(principal, { body: Buffer.from(new URLSearchParams(input).toString()) }));
}

function assumeRole(principal: Principal, input: object = {}): Promise<AwsResponse> {
  return call(principal, { Action: 'AssumeRole', RoleArn: deployRole, RoleSessionName: 'cli', ...input });
}

test('everyone may ask who they are', async () => {
  const role = await roleWith(iam, 'nobody');
  const answer = await call(role, { Action: 'GetCallerIdentity' });
  expect(answer.status).toBe(200);
  expect(element(answer, 'Arn')).toBe(role.arn);
  expect(element(answer, 'Account')).toBe(ACCOUNT.accountId);
});

test('who takes on a role gets credentials that lead to it', async () => {
  const answer = await assumeRole(iam.developer.principal);
  expect(answer.status).toBe(200);
  expect(element(answer, 'Arn')).toBe('arn:aws:sts::111122223333:assumed-role/deploy/cli');
  expect(element(answer, 'AssumedRoleId')).toBe(`${iam.role('deploy').roleId}:cli`);
  expect(element(answer, 'Expiration')).toBe('2026-01-01T01:00:00.000Z');
  expect(iam.authenticate(element(answer, 'AccessKeyId')!)).toMatchObject({
    principal: { roleArn: deployRole },
    secretAccessKey: element(answer, 'SecretAccessKey'),
    sessionToken: element(answer, 'SessionToken'),
  });
});

test('a role that trusts the account is for those that IAM policies let take it on', async () => {
  expect((await assumeRole(await roleWith(iam, 'allowed', { assume: allow('sts:AssumeRole', deployRole) }))).status).toBe(200);
  const refused = await assumeRole(await roleWith(iam, 'other'));
  expect(refused.status).toBe(403);
  expect(element(refused, 'Code')).toBe('AccessDenied');
  expect(element(refused, 'Message')).toBe(
    `User: arn:aws:sts::111122223333:assumed-role/other/session is not authorized to perform: sts:AssumeRole on resource: ${deployRole}`,
  );
});

test('a role that trusts one role is for that one, without any policy of its own', async () => {
  const trusted = await roleWith(iam, 'trusted');
  const trust = policy({ Effect: 'Allow', Principal: { AWS: trusted.roleArn }, Action: 'sts:AssumeRole' });
  deployRole = iam.createRole({ roleName: 'exclusive', assumeRolePolicyDocument: trust }).arn;
  expect((await assumeRole(trusted)).status).toBe(200);
  expect((await assumeRole(iam.developer.principal)).status).toBe(403);
});

test('a role of the bootstrap stack does not go to deputies', async () => {
  expect((await assumeRole(iam.developer.principal, { ExternalId: 'x' })).status).toBe(403);
});

test('a role that does not exist is refused like one that does not trust', async () => {
  expect((await assumeRole(iam.developer.principal, { RoleArn: `${deployRole}2` })).status).toBe(403);
});

test.each(['a', 'a'.repeat(65), 'a/b'])('a session cannot be called %s', async (RoleSessionName) => {
  expect(element(await assumeRole(iam.developer.principal, { RoleSessionName }), 'Code')).toBe('ValidationError');
});

test('an unknown action is an error', async () => {
  expect(element(await call(iam.developer.principal, { Action: 'GetFederationToken' }), 'Code')).toBe('InvalidAction');
});
