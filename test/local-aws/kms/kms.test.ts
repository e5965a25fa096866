import type { Principal } from '../../../local-aws/aws';
import type { Iam } from '../../../local-aws/iam/iam';
import type { KeyProperties } from '../../../local-aws/kms/key';
import { Kms } from '../../../local-aws/kms/kms';
import { ACCOUNT, allow, codeOf, newIam, policy, roleWith } from '../account';

let iam: Iam;
let kms: Kms;
beforeEach(() => {
  iam = newIam();
  kms = new Kms(ACCOUNT, iam);
});

const granting = (principal: string, Action: string, Condition?: object) =>
  policy({ Effect: 'Allow', Principal: { AWS: principal }, Action, Resource: '*', ...(Condition && { Condition }) });

describe('the use of a key', () => {
  let user: Principal;
  let bystander: Principal;
  beforeEach(async () => {
    user = await roleWith(iam, 'user', { use: allow('kms:Decrypt') });
    bystander = await roleWith(iam, 'bystander');
  });

  test('is up to IAM policies if the key leaves it to the account', async () => {
    const { arn } = kms.createKey();
    await kms.authorize(user, 'kms:Decrypt', arn);
    await expect(kms.authorize(user, 'kms:Encrypt', arn)).rejects.toThrow('because no identity-based policy allows the kms:Encrypt action');
    await expect(kms.authorize(bystander, 'kms:Decrypt', arn)).rejects.toMatchObject({ code: 'AccessDeniedException', status: 403 });
  });

  test('is up to the key alone if its policy does not name the account', async () => {
    const { arn } = kms.createKey({ keyPolicy: granting(bystander.roleArn!, 'kms:Decrypt') });
    await kms.authorize(bystander, 'kms:Decrypt', arn);
    await expect(kms.authorize(user, 'kms:Decrypt', arn)).rejects.toThrow('because no resource-based policy allows the kms:Decrypt action');
  });

  test('can depend on the encryption context', async () => {
    const condition = { ArnLike: { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::bucket/clicks/*' } };
    const reader = await roleWith(iam, 'reader', { use: allow('kms:Decrypt', '*', condition) });
    const { arn } = kms.createKey();
    await kms.authorize(reader, 'kms:Decrypt', arn, { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::bucket/clicks/1' });
    await expect(kms.authorize(reader, 'kms:Decrypt', arn, { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::bucket/other/1' })).rejects.toThrow('not authorized');
    await expect(kms.authorize(reader, 'kms:Decrypt', arn)).rejects.toThrow('not authorized');
  });

  test('can depend on the service in between', async () => {
    const condition = { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } };
    const { arn } = kms.createKey({ keyPolicy: granting('*', 'kms:Decrypt', condition) });
    await kms.authorize(bystander, 'kms:Decrypt', arn, { 'kms:ViaService': 's3.us-east-1.amazonaws.com' });
    await expect(kms.authorize(bystander, 'kms:Decrypt', arn)).rejects.toThrow('not authorized');
  });

  test('by a service in its own name is up to the key', async () => {
    const service: Principal = { arn: 'cleanrooms-ml.amazonaws.com', accountId: ACCOUNT.accountId };
    const keyPolicy = policy({ Effect: 'Allow', Principal: { Service: 'cleanrooms-ml.amazonaws.com' }, Action: 'kms:CreateGrant', Resource: '*' });
    const { arn } = kms.createKey({ keyPolicy });
    await kms.authorize(service, 'kms:CreateGrant', arn);
    await expect(kms.authorize(service, 'kms:Decrypt', arn)).rejects.toThrow('not authorized');
  });
});

describe('a key', () => {
  test('is found by its id, ARN, alias and alias ARN', () => {
    const { keyId, arn } = kms.createKey();
    kms.createAlias('alias/mine', keyId);
    for (const name of [keyId, arn, 'alias/mine', 'arn:aws:kms:us-east-1:111122223333:alias/mine']) expect(kms.key(name).arn).toBe(arn);
    expect(keyId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('that was never there, or is of another account or Region, is not found', async () => {
    const { arn } = kms.createKey();
    expect(await codeOf(() => kms.key('00000000-0000-4000-8000-000000000000'))).toBe('NotFoundException');
    expect(await codeOf(() => kms.key(arn.replace('us-east-1', 'eu-west-1')))).toBe('NotFoundException');
    expect(await codeOf(() => kms.key(arn.replace(ACCOUNT.accountId, '444455556666')))).toBe('NotFoundException');
  });

  test('that waits for its deletion can no longer be used, and keeps its alias', async () => {
    const [{ arn }, other] = [kms.createKey(), kms.createKey()];
    kms.createAlias('alias/mine', arn);
    expect(kms.keys().map((key) => key.arn)).toEqual([arn, other.arn]);
    kms.scheduleKeyDeletion(arn);
    expect(kms.keys().map((key) => key.arn)).toEqual([other.arn]);
    expect(kms.key('alias/mine').arn).toBe(arn);
    expect(await codeOf(() => kms.authorize(iam.developer.principal, 'kms:Decrypt', arn))).toBe('KMSInvalidStateException');
    expect(await codeOf(() => kms.createAlias('alias/second', arn))).toBe('KMSInvalidStateException');
    expect(await codeOf(() => kms.createAlias('alias/mine', other.arn))).toBe('AlreadyExistsException');
    kms.updateAlias('alias/mine', other.arn);
    expect(kms.key('alias/mine').arn).toBe(other.arn);
  });

  test.each<[string, KeyProperties, action: string, code: string, message: string]>([
    ['that is disabled', { enabled: false }, 'kms:Decrypt', 'DisabledException', 'is disabled.'],
    ['that is disabled', { enabled: false }, 'kms:CreateGrant', 'DisabledException', 'is disabled.'],
    ['that waits for its material', { origin: 'EXTERNAL' }, 'kms:GenerateDataKey', 'KMSInvalidStateException', 'is pending import.'],
    ['for signing', { keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY' }, 'kms:Decrypt', 'InvalidKeyUsageException',
      'key usage is SIGN_VERIFY which is not valid for Decrypt.'],
    ['for MACs', { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' }, 'kms:GenerateDataKey', 'InvalidKeyUsageException',
      'key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKey.'],
    ['that is asymmetric', { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' }, 'kms:GenerateDataKey', 'InvalidKeyUsageException',
      'key spec is RSA_2048 which is not valid for GenerateDataKey.'],
    ['that is asymmetric', { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' }, 'kms:CreateGrant', 'ValidationException',
      'cannot allow GenerateDataKey.'],
  ])('%s (%p) is not good for %s, but can be described and have an alias', async (_, properties, action, code, message) => {
    const { arn } = kms.createKey(properties);
    const refused = { code, status: 400, message: expect.stringContaining(message) };
    await expect(kms.authorize(iam.developer.principal, action, arn)).rejects.toMatchObject(refused);
    await expect(kms.authorize(iam.developer.principal, 'kms:DescribeKey', arn)).resolves.toBeUndefined();
    kms.createAlias('alias/mine', arn);
  });

  test.each([
    { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', enabled: true }, {},
  ])('that is symmetric and enabled is good for anything (%p)', async (properties) => {
    const { arn } = kms.createKey(properties);
    for (const action of ['Decrypt', 'Encrypt', 'GenerateDataKey', 'ReEncryptTo', 'CreateGrant']) {
      await expect(kms.authorize(iam.developer.principal, `kms:${action}`, arn)).resolves.toBeUndefined();
    }
  });

  test('that is enabled again can be used again', async () => {
    const { arn } = kms.createKey({ enabled: false });
    kms.updateKey(arn, { enabled: true });
    await expect(kms.authorize(iam.developer.principal, 'kms:Decrypt', arn)).resolves.toBeUndefined();
  });

  test('is used by the policy that an update gave it', async () => {
    const user = await roleWith(iam, 'user');
    const { arn } = kms.createKey();
    kms.updateKey(arn, { keyPolicy: granting(user.roleArn!, 'kms:Decrypt') });
    await kms.authorize(user, 'kms:Decrypt', arn);
    await expect(kms.authorize(user, 'kms:Encrypt', arn)).rejects.toMatchObject({ code: 'AccessDeniedException' });
  });

  test('takes a well-formed policy of principals that exist', async () => {
    expect(await codeOf(() => kms.createKey({ keyPolicy: allow('kms:*') }))).toBe('MalformedPolicyDocumentException');
    const { arn } = kms.createKey();
    const stranger = granting('arn:aws:iam::111122223333:role/none', 'kms:*');
    expect(await codeOf(() => kms.updateKey(arn, { keyPolicy: stranger }))).toBe('MalformedPolicyDocumentException');
  });
});

test('an alias exists once, and can point elsewhere', async () => {
  const [first, second] = [kms.createKey(), kms.createKey()];
  kms.createAlias('alias/mine', first.arn);
  expect(await codeOf(() => kms.createAlias('alias/mine', second.arn))).toBe('AlreadyExistsException');
  kms.updateAlias('alias/mine', second.arn);
  expect(kms.key('alias/mine').arn).toBe(second.arn);
  kms.deleteAlias('alias/mine');
  expect(await codeOf(() => kms.deleteAlias('alias/mine'))).toBe('NotFoundException');
  expect(await codeOf(() => kms.updateAlias('alias/mine', first.arn))).toBe('NotFoundException');
});
