import type { Iam } from '../../../local-aws/iam/iam';
import { ACCOUNT, allow, codeOf, newIam, policy, roleWith, trusting } from '../account';

const OBJECT = 'arn:aws:s3:::bucket/key';
const LAMBDA_TRUST = trusting('lambda.amazonaws.com');

let iam: Iam;
beforeEach(() => { iam = newIam(); });

/** A policy whose size is exactly this. */
function policyOfSize(size: number): object {
  const padded = (length: number) => allow('s3:GetObject', `arn:aws:s3:::${'x'.repeat(length)}`);
  return padded(size - JSON.stringify(padded(0)).length);
}

describe('a call of a role', () => {
  test('is allowed by an inline policy of its own', async () => {
    const role = await roleWith(iam, 'reader', { read: allow('s3:GetObject', OBJECT) });
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).resolves.toBeUndefined();
  });

  test('is refused without a policy, in the words of AWS', async () => {
    const role = await roleWith(iam, 'reader');
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: `User: arn:aws:sts::111122223333:assumed-role/reader/session is not authorized to perform: s3:GetObject on resource: ${OBJECT} `
        + 'because no identity-based policy allows the s3:GetObject action',
    });
  });

  test('is refused with the code of JSON services where the service is one', async () => {
    const role = await roleWith(iam, 'lister');
    expect(await codeOf(() => iam.authorize(role, 'cleanrooms-ml:ListAudienceModels', '*'))).toBe('AccessDeniedException');
  });

  test('is allowed by a policy put on it later, and no longer when that is deleted', async () => {
    const role = await roleWith(iam, 'reader');
    iam.putRolePolicy('reader', 'read', allow('s3:GetObject', OBJECT));
    await iam.authorize(role, 's3:GetObject', OBJECT);
    iam.deleteRolePolicy('reader', 'read');
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('not authorized');
  });

  test('is allowed by an attached policy, by its newest content, and no longer when that is detached', async () => {
    const role = await roleWith(iam, 'reader');
    const { arn } = iam.createManagedPolicy({ policyName: 'read', document: allow('s3:ListBucket') });
    iam.attachRolePolicy('reader', arn);
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('not authorized');
    iam.updateManagedPolicy(arn, allow('s3:GetObject', OBJECT));
    await iam.authorize(role, 's3:GetObject', OBJECT);
    iam.detachRolePolicy('reader', arn);
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('not authorized');
  });

  test.each(['AWSLambdaBasicExecutionRole', 'AWSLambdaVPCAccessExecutionRole'])('is allowed by what AWS puts in its own %s', async (name) => {
    const managedPolicyArns = [`arn:aws:iam::aws:policy/service-role/${name}`];
    const { arn } = iam.createRole({ roleName: 'fn', assumeRolePolicyDocument: LAMBDA_TRUST, managedPolicyArns });
    const role = await iam.assumeRoleForService(arn, 'lambda.amazonaws.com');
    const group = 'arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/fn';
    await iam.authorize(role, 'logs:CreateLogGroup', group);
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) await iam.authorize(role, action, `${group}:log-stream:s`);
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('not authorized');
  });

  test('is refused by an explicit deny, whatever else allows it', async () => {
    const role = await roleWith(iam, 'reader', { read: allow('s3:*'), deny: policy({ Effect: 'Deny', Action: 's3:GetObject', Resource: OBJECT }) });
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('with an explicit deny in an identity-based policy');
  });

  test('is refused by a boundary that does not allow it', async () => {
    const { arn: permissionsBoundary } = iam.createManagedPolicy({ policyName: 'boundary', document: allow('s3:ListBucket') });
    const { arn } = iam.createRole({
      roleName: 'reader', assumeRolePolicyDocument: LAMBDA_TRUST, inlinePolicies: { all: allow('s3:*') }, permissionsBoundary,
    });
    const role = await iam.assumeRoleForService(arn, 'lambda.amazonaws.com');
    await iam.authorize(role, 's3:ListBucket', 'arn:aws:s3:::bucket');
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('because no permissions boundary allows the s3:GetObject action');
    iam.updateRole('reader', { roleName: 'reader', assumeRolePolicyDocument: LAMBDA_TRUST, inlinePolicies: { all: allow('s3:*') } });
    await iam.authorize(role, 's3:GetObject', OBJECT);
  });

  test('is judged by its conditions', async () => {
    const condition = { StringEquals: { 'aws:ResourceAccount': ACCOUNT.accountId, 'aws:RequestTag/team': 'ml' } };
    const role = await roleWith(iam, 'tagger', { tag: allow('cleanrooms-ml:CreateTrainingDataset', '*', condition) });
    await iam.authorize(role, 'cleanrooms-ml:CreateTrainingDataset', '*', { 'aws:RequestTag/team': 'ml' });
    await expect(iam.authorize(role, 'cleanrooms-ml:CreateTrainingDataset', '*', { 'aws:RequestTag/team': 'ops' })).rejects.toThrow('not authorized');
  });

  test('is refused once the role is gone', async () => {
    const role = await roleWith(iam, 'reader', { read: allow('s3:*') });
    iam.deleteRole('reader');
    await expect(iam.authorize(role, 's3:GetObject', OBJECT)).rejects.toThrow('not authorized');
  });

  test.each([
    ['does not exist', 's3:GetObjekt', OBJECT],
    ['belongs to no service', 's4:GetObject', OBJECT],
    ['is not for this kind of resource', 'cleanrooms-ml:CreateAudienceModel', 'arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-model/x'],
    ['is for no resource', 'cleanrooms-ml:CreateTrainingDataset', 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/x'],
  ])('is a fault of this program if its action %s', async (_, action, resource) => {
    const role = await roleWith(iam, 'admin', { all: allow('*') });
    await expect(iam.authorize(role, action, resource)).rejects.toThrow('cannot be evaluated');
  });

  test('is logged with its outcome', async () => {
    const role = await roleWith(iam, 'reader', { read: allow('s3:GetObject', OBJECT) });
    iam.decisions.length = 0;
    await iam.authorize(role, 's3:GetObject', OBJECT);
    await codeOf(() => iam.authorize(role, 's3:PutObject', OBJECT));
    expect(iam.decisions).toEqual([
      { principal: role.arn, action: 's3:GetObject', resource: OBJECT, allowed: true },
      { principal: role.arn, action: 's3:PutObject', resource: OBJECT, allowed: false },
    ]);
  });
});

describe('a resource policy', () => {
  const granting = (roleArn: string) => policy({ Effect: 'Allow', Principal: { AWS: roleArn }, Action: 's3:GetObject', Resource: OBJECT });

  test('allows what no identity policy does', async () => {
    const role = await roleWith(iam, 'reader');
    await iam.authorize(role, 's3:GetObject', OBJECT, {}, granting(role.roleArn!));
    await expect(iam.authorize(await roleWith(iam, 'other'), 's3:GetObject', OBJECT, {}, granting(role.roleArn!))).rejects.toThrow('not authorized');
  });

  test('denies what an identity policy allows', async () => {
    const role = await roleWith(iam, 'reader', { read: allow('s3:*') });
    const denying = policy({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: OBJECT });
    await expect(iam.authorize(role, 's3:GetObject', OBJECT, {}, denying)).rejects.toThrow('with an explicit deny in a resource-based policy');
  });

  test('that insists on TLS is content', async () => {
    const role = await roleWith(iam, 'reader', { read: allow('s3:*') });
    const tls = policy({ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    await iam.authorize(role, 's3:GetObject', OBJECT, {}, tls);
  });

  test('must not name a role that does not exist', async () => {
    const missing = granting('arn:aws:iam::111122223333:role/missing');
    expect(() => iam.checkPrincipals(missing)).toThrow('Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/missing"');
    await roleWith(iam, 'missing');
    expect(() => iam.checkPrincipals(missing)).not.toThrow();
  });
});

describe('handing a role to a service', () => {
  const passed = 'arn:aws:iam::111122223333:role/passed';
  const condition = { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } };

  test('is allowed to the service that the policy names, and to no other', async () => {
    const role = await roleWith(iam, 'passer', { pass: allow('iam:PassRole', passed, condition) });
    await iam.passRole(role, passed, 'cleanrooms-ml.amazonaws.com');
    await expect(iam.passRole(role, passed, 'lambda.amazonaws.com')).rejects.toThrow(`not authorized to perform: iam:PassRole on resource: ${passed}`);
    await expect(iam.passRole(role, `${passed}2`, 'cleanrooms-ml.amazonaws.com')).rejects.toThrow('iam:PassRole');
  });
});

describe('a service takes on a role', () => {
  const SERVICE = 'cleanrooms-ml.amazonaws.com';
  const dataset = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/1';
  const conditions = {
    StringEqualsIfExists: { 'aws:SourceAccount': ['111122223333'] },
    ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/*' },
  };
  const roleTrusting = (document: object) => iam.createRole({ roleName: 'data', assumeRolePolicyDocument: document }).arn;

  test('that trusts it', async () => {
    const arn = roleTrusting(trusting(SERVICE));
    await expect(iam.assumeRoleForService(arn, SERVICE)).resolves.toEqual({
      arn: 'arn:aws:sts::111122223333:assumed-role/data/cleanrooms-ml', accountId: '111122223333', roleArn: arn,
    });
  });

  test('on behalf of the resource and account that the role names', async () => {
    const arn = roleTrusting(trusting(SERVICE, conditions));
    await iam.assumeRoleForService(arn, SERVICE, { sourceArn: dataset, sourceAccount: '111122223333' });
    await iam.assumeRoleForService(arn, SERVICE);
  });

  test.each([
    ['of another service', {}, 'lambda.amazonaws.com'],
    ['for a resource of another kind', { sourceArn: dataset.replace('training-dataset', 'audience-model') }, SERVICE],
    ['for another account', { sourceArn: dataset, sourceAccount: '444455556666' }, SERVICE],
  ])('but not %s', async (_, context, service) => {
    const arn = roleTrusting(trusting(SERVICE, conditions));
    await expect(iam.assumeRoleForService(arn, service, context)).rejects.toMatchObject({
      code: 'AccessDenied', message: `User: ${service} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    });
  });

  test('but not one that does not exist', async () => {
    expect(await codeOf(() => iam.assumeRoleForService('arn:aws:iam::111122223333:role/none', SERVICE))).toBe('AccessDenied');
  });
});

describe('a role', () => {
  const create = (properties: object = {}) => iam.createRole({ roleName: 'role', assumeRolePolicyDocument: LAMBDA_TRUST, ...properties });

  test('has an id that IAM makes up', () => {
    expect(create().roleId).toMatch(/^AROA[0-9A-Z]{17}$/);
    expect(create({ roleName: 'other' }).roleId).not.toBe(iam.role('role').roleId);
  });

  test('has an ARN with its path', () => {
    expect(create({ path: '/team/' }).arn).toBe('arn:aws:iam::111122223333:role/team/role');
    expect(iam.roleExists('arn:aws:iam::111122223333:role/team/role')).toBe(true);
    expect(iam.roleExists('arn:aws:iam::111122223333:role/role')).toBe(false);
  });

  test('exists once', async () => {
    create();
    expect(await codeOf(create)).toBe('EntityAlreadyExists');
  });

  test('has a name of 64 characters at most', async () => {
    create({ roleName: 'r'.repeat(64) });
    expect(await codeOf(() => create({ roleName: 'r'.repeat(65) }))).toBe('ValidationError');
    expect(await codeOf(() => create({ roleName: '' }))).toBe('ValidationError');
    expect(await codeOf(() => create({ roleName: 'a/b' }))).toBe('ValidationError');
  });

  test('trusts in 2,048 characters at most', async () => {
    const trustOfSize = (size: number) => trusting(`${'x'.repeat(size - JSON.stringify(trusting('')).length)}`);
    create({ assumeRolePolicyDocument: trustOfSize(2048) });
    expect(await codeOf(() => iam.updateRole('role', { roleName: 'role', assumeRolePolicyDocument: trustOfSize(2049) }))).toBe('LimitExceeded');
  });

  test('must trust someone who exists', async () => {
    const document = policy({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:role/none' }, Action: 'sts:AssumeRole' });
    expect(await codeOf(() => create({ assumeRolePolicyDocument: document }))).toBe('MalformedPolicyDocument');
    expect(iam.roles()).toEqual([]);
  });

  test('has inline policies of 10,240 characters at most, all together', async () => {
    create({ inlinePolicies: { own: policyOfSize(5000) } });
    iam.putRolePolicy('role', 'first', policyOfSize(5000));
    iam.putRolePolicy('role', 'second', policyOfSize(240));
    await expect(codeOf(() => iam.putRolePolicy('role', 'second', policyOfSize(241)))).resolves.toBe('LimitExceeded');
    await expect(codeOf(() => iam.putRolePolicy('role', 'third', policyOfSize(200)))).resolves.toBe('LimitExceeded');
    const more = { roleName: 'role', assumeRolePolicyDocument: LAMBDA_TRUST, inlinePolicies: { own: policyOfSize(5001) } };
    await expect(codeOf(() => iam.updateRole('role', more))).resolves.toBe('LimitExceeded');
  });

  test('has 10 managed policies at most', async () => {
    create();
    const arns = Array.from({ length: 11 }, (_, index) => iam.createManagedPolicy({ policyName: `p${index}`, document: allow('s3:*') }).arn);
    arns.slice(0, 10).forEach((arn) => iam.attachRolePolicy('role', arn));
    iam.attachRolePolicy('role', arns[0]);
    expect(await codeOf(() => iam.attachRolePolicy('role', arns[10]))).toBe('LimitExceeded');
    expect(await codeOf(() => create({ roleName: 'other', managedPolicyArns: arns }))).toBe('LimitExceeded');
  });

  test('takes no policy that does not exist', async () => {
    const none = 'arn:aws:iam::aws:policy/None';
    expect(await codeOf(() => create({ managedPolicyArns: [none] }))).toBe('NoSuchEntity');
    expect(await codeOf(() => create({ permissionsBoundary: none }))).toBe('NoSuchEntity');
    create();
    expect(await codeOf(() => iam.attachRolePolicy('role', none))).toBe('NoSuchEntity');
  });

  test('takes no malformed policy', async () => {
    create();
    expect(await codeOf(() => iam.putRolePolicy('role', 'bad', policy()))).toBe('MalformedPolicyDocument');
    expect(await codeOf(() => create({ roleName: 'other', inlinePolicies: { bad: policy() } }))).toBe('MalformedPolicyDocument');
  });

  test('goes with its own policies, but not while others have put theirs on it', async () => {
    create({ inlinePolicies: { own: allow('s3:*') }, managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
    iam.putRolePolicy('role', 'foreign', allow('s3:*'));
    expect(await codeOf(() => iam.deleteRole('role'))).toBe('DeleteConflict');
    iam.deleteRolePolicy('role', 'foreign');
    const { arn } = iam.createManagedPolicy({ policyName: 'managed', document: allow('s3:*') });
    iam.attachRolePolicy('role', arn);
    expect(await codeOf(() => iam.deleteRole('role'))).toBe('DeleteConflict');
    iam.detachRolePolicy('role', arn);
    iam.deleteRole('role');
    expect(iam.roles()).toEqual([]);
    expect(await codeOf(() => iam.deleteRole('role'))).toBe('NoSuchEntity');
  });
});

describe('a managed policy', () => {
  test('has 6,144 characters at most', async () => {
    iam.createManagedPolicy({ policyName: 'full', document: policyOfSize(6144) });
    expect(await codeOf(() => iam.createManagedPolicy({ policyName: 'over', document: policyOfSize(6145) }))).toBe('LimitExceeded');
  });

  test('exists once, and stays while a role has it', async () => {
    const { arn } = iam.createManagedPolicy({ policyName: 'policy', document: allow('s3:*') });
    expect(await codeOf(() => iam.createManagedPolicy({ policyName: 'policy', document: allow('s3:*') }))).toBe('EntityAlreadyExists');
    iam.createRole({ roleName: 'role', assumeRolePolicyDocument: LAMBDA_TRUST, managedPolicyArns: [arn] });
    expect(await codeOf(() => iam.deleteManagedPolicy(arn))).toBe('DeleteConflict');
    iam.createRole({ roleName: 'bystander', assumeRolePolicyDocument: LAMBDA_TRUST });
    iam.deleteRole('role');
    iam.deleteManagedPolicy(arn);
    expect(await codeOf(() => iam.deleteManagedPolicy(arn))).toBe('NoSuchEntity');
  });
});

describe('credentials', () => {
  test('are the same for the same session in every embedded AWS, and different for another', async () => {
    const role = await roleWith(iam, 'fn');
    const credentials = iam.credentialsFor(role);
    expect(newIam().credentialsFor(role)).toEqual(credentials);
    expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(credentials.secretAccessKey).toHaveLength(40);
    expect(iam.credentialsFor({ ...role, arn: `${role.arn}2` }).accessKeyId).not.toBe(credentials.accessKeyId);
  });

  test('lead back to the session', async () => {
    const role = await roleWith(iam, 'fn');
    const { accessKeyId, secretAccessKey, sessionToken } = iam.credentialsFor(role);
    expect(iam.authenticate(accessKeyId)).toMatchObject({ principal: role, secretAccessKey, sessionToken });
  });

  test('are worth nothing if they were not handed out, or once the role is gone', async () => {
    const { accessKeyId } = newIam().credentialsFor(await roleWith(iam, 'fn'));
    expect(await codeOf(() => iam.authenticate(accessKeyId))).toBe('InvalidClientTokenId');
    const handedOut = iam.credentialsFor(await iam.assumeRoleForService(iam.roles()[0].arn, 'lambda.amazonaws.com'));
    iam.authenticate(handedOut.accessKeyId);
    iam.deleteRole('fn');
    expect(await codeOf(() => iam.authenticate(handedOut.accessKeyId))).toBe('InvalidClientTokenId');
  });

  test('of the developer open every door', async () => {
    const { principal, accessKeyId } = iam.developer;
    expect(iam.authenticate(accessKeyId).principal).toBe(principal);
    expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    await iam.authorize(principal, 's3:GetObject', OBJECT);
  });
});
