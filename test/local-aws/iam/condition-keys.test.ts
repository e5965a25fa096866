import type { Principal } from '../../../local-aws/aws';
import type { Iam } from '../../../local-aws/iam/iam';
import { ACCOUNT, newIam, policy, roleWith } from '../account';

/* What policies can ask about every request, whoever serves it. */

const OBJECT = 'arn:aws:s3:::bucket/key';
const ROLE_ARN = 'arn:aws:iam::111122223333:role/reader';

let iam: Iam;
let principals: Record<'role' | 'user' | 'root' | 'service', Principal>;
beforeEach(async () => {
  iam = newIam();
  principals = {
    role: await roleWith(iam, 'reader'),
    user: iam.developer.principal,
    root: { arn: 'arn:aws:iam::111122223333:root', accountId: ACCOUNT.accountId },
    service: { arn: 'cleanrooms-ml.amazonaws.com', accountId: ACCOUNT.accountId },
  };
});

/** Whether a request has this key, with this value: a negated operator also matches where the key is missing. */
async function hasKey(principal: Principal, key: string, value: string, resource = OBJECT, action = 's3:GetObject'): Promise<boolean> {
  const statement = { Principal: '*', Action: action, Resource: '*' };
  const unlessSo = policy({ ...statement, Effect: 'Allow' }, { ...statement, Effect: 'Deny', Condition: { StringNotEquals: { [key]: value } } });
  await iam.authorize(principal, action, resource, {}, unlessSo).catch(() => undefined);
  return iam.decisions.at(-1)!.allowed;
}

test.each<['role' | 'user' | 'root' | 'service', string, string]>([
  ['role', 'aws:RequestedRegion', 'us-east-1'],
  ['role', 'aws:ResourceAccount', '111122223333'],
  ['role', 'aws:SecureTransport', 'true'],
  ['role', 's3:ResourceAccount', '111122223333'],
  ['role', 'aws:PrincipalAccount', '111122223333'],
  ['role', 'aws:PrincipalArn', ROLE_ARN],
  ['role', 'aws:PrincipalIsAWSService', 'false'],
  ['role', 'aws:PrincipalType', 'AssumedRole'],
  ['user', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:user/developer'],
  ['user', 'aws:PrincipalAccount', '111122223333'],
  ['user', 'aws:PrincipalType', 'User'],
  ['root', 'aws:PrincipalType', 'Account'],
  ['service', 'aws:RequestedRegion', 'us-east-1'],
  ['service', 'aws:PrincipalIsAWSService', 'true'],
  ['service', 'aws:PrincipalServiceName', 'cleanrooms-ml.amazonaws.com'],
])('the request of a %s has %s: %s', async (who, key, value) => {
  expect([await hasKey(principals[who], key, value), await hasKey(principals[who], key, `${value}x`)]).toEqual([true, false]);
});

test('the request for a key has the account of its caller', async () => {
  const key = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-a000-000000000000';
  expect(await hasKey(principals.role, 'kms:CallerAccount', '111122223333', key, 'kms:Decrypt')).toBe(true);
});

test('the account of a resource is the one in its ARN', async () => {
  const topic = 'arn:aws:logs:us-east-1:444455556666:log-group:/aws/lambda/fn';
  expect(await hasKey(principals.user, 'aws:ResourceAccount', '444455556666', topic, 'logs:CreateLogGroup')).toBe(true);
});
