import type { Iam } from '../../../local-aws/iam/iam';
import { allow, codeOf, newIam, policy, roleWith, trusting } from '../account';

/* What IAM does not do, with the code and the status of its API reference. */

const TRUST = trusting('lambda.amazonaws.com');
const MANAGED = 'arn:aws:iam::111122223333:policy/managed';

let iam: Iam;
beforeEach(() => {
  iam = newIam();
  iam.createRole({ roleName: 'role', assumeRolePolicyDocument: TRUST });
  iam.createManagedPolicy({ policyName: 'managed', document: allow('s3:*') });
});

const tooLarge = (size: number) => allow('s3:*', `arn:aws:s3:::${'x'.repeat(size)}`);

test.each<[string, string, number, () => unknown]>([
  ['a second role of a name', 'EntityAlreadyExists', 409, () => iam.createRole({ roleName: 'role', assumeRolePolicyDocument: TRUST })],
  ['a second policy of a name', 'EntityAlreadyExists', 409, () => iam.createManagedPolicy({ policyName: 'managed', document: allow('s3:*') })],
  ['a role whose name differs in its case', 'EntityAlreadyExists', 409, () => iam.createRole({ roleName: 'Role', assumeRolePolicyDocument: TRUST })],
  ['a policy whose name differs in its case', 'EntityAlreadyExists', 409, () => iam.createManagedPolicy({ policyName: 'MANAGED', document: allow('s3:*') })],
  ['a role with another path', 'EntityAlreadyExists', 409, () => iam.createRole({ roleName: 'role', path: '/team/', assumeRolePolicyDocument: TRUST })],
  ['a policy with another path', 'EntityAlreadyExists', 409,
    () => iam.createManagedPolicy({ policyName: 'managed', path: '/team/', document: allow('s3:*') })],
  ['a role with a foreign policy', 'DeleteConflict', 409, () => {
    iam.putRolePolicy('role', 'foreign', allow('s3:*'));
    iam.deleteRole('role');
  }],
  ['a policy that bounds a role', 'DeleteConflict', 409, () => {
    iam.createRole({ roleName: 'bounded', assumeRolePolicyDocument: TRUST, permissionsBoundary: MANAGED });
    iam.deleteManagedPolicy(MANAGED);
  }],
  ['a policy that is too large', 'LimitExceeded', 409, () => iam.createManagedPolicy({ policyName: 'large', document: tooLarge(6144) })],
  ['a role that is not there', 'NoSuchEntity', 404, () => iam.updateRole('none', { roleName: 'none', assumeRolePolicyDocument: TRUST })],
  ['an inline policy that is not there', 'NoSuchEntity', 404, () => iam.deleteRolePolicy('role', 'none')],
  ['a policy that is not attached', 'NoSuchEntity', 404, () => iam.detachRolePolicy('role', MANAGED)],
  ['a managed policy that is malformed', 'MalformedPolicyDocument', 400, () => iam.createManagedPolicy({ policyName: 'bad', document: policy() })],
  ['a trust policy that is malformed', 'MalformedPolicyDocument', 400,
    () => iam.createRole({ roleName: 'bad', assumeRolePolicyDocument: allow('sts:AssumeRole') })],
  ['an access key that nobody has', 'InvalidClientTokenId', 403, () => iam.authenticate('AKIA0000000000000000')],
])('%s: %s', (_case, code, status, refused) => {
  expect(refused).toThrow(expect.objectContaining({ code, status }));
});

describe.each<[string, (policyName: string) => unknown]>([
  ['an inline policy', (policyName) => iam.putRolePolicy('role', policyName, allow('s3:*'))],
  ['an inline policy of a new role', (policyName) => {
    iam.createRole({ roleName: 'other', assumeRolePolicyDocument: TRUST, inlinePolicies: { [policyName]: allow('s3:*') } });
  }],
  ['a managed policy', (policyName) => iam.createManagedPolicy({ policyName, document: allow('s3:*') })],
])('the name of %s', (_kind, create) => {
  test.each([['n', 'nothing was thrown'], ['n'.repeat(128), 'nothing was thrown'], ['n'.repeat(129), 'ValidationError'], ['a/b', 'ValidationError']])(
    'can be %s: %s', async (policyName, expected) => {
      expect(await codeOf(() => create(policyName))).toBe(expected);
    },
  );
});

test.each([
  ['iam:GetRole', 'arn:aws:iam::111122223333:role/role', 'AccessDenied'],
  ['cloudformation:DescribeStacks', 'arn:aws:cloudformation:us-east-1:111122223333:stack/s/1', 'AccessDenied'],
  ['s3:GetObject', 'arn:aws:s3:::bucket/key', 'AccessDenied'],
  ['sts:AssumeRole', 'arn:aws:iam::111122223333:role/role', 'AccessDenied'],
  ['lambda:InvokeFunction', 'arn:aws:lambda:us-east-1:111122223333:function:fn', 'AccessDeniedException'],
])('%s is refused in the words of its service', async (action, resource, code) => {
  const nobody = await roleWith(iam, 'nobody');
  await expect(iam.authorize(nobody, action, resource)).rejects.toMatchObject({ code, status: 403 });
});
