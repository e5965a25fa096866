import { Lazy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { testBucket, testConfigured, testDataset, testModel, testStack } from './fixtures';

const { KeySpec, KeyUsage } = kms;

const PLACES: Record<string, (stack: Stack, key: kms.IKeyRef) => unknown> = {
  'encryptionKey': (stack, encryptionKey) => testModel(stack, { encryptionKey }),
  'dataset.source.encryptionKey': (stack, encryptionKey) => testDataset(stack, { source: { encryptionKey } }),
  'dataset.source.bucket.encryptionKey': (stack, key) => testDataset(stack, { source: { bucket: bucketWith(stack, key) } }),
  'outputBucket.encryptionKey': (stack, key) => testConfigured(stack, { outputBucket: bucketWith(stack, key) }),
};

function bucketWith(stack: Stack, encryptionKey: kms.IKeyRef): s3.IBucket {
  return testBucket(stack, { encryptionKey: encryptionKey as kms.IKey });
}

describe.each(Object.entries(PLACES))('%s', (property, use) => {
  const key = (props: Omit<kms.KeyProps, 'removalPolicy'>) => () => {
    const stack = testStack();
    use(stack, new kms.Key(stack, 'Key', props));
  };
  const cfnKey = (props: kms.CfnKeyProps) => () => {
    const stack = testStack();
    use(stack, new kms.CfnKey(stack, 'Key', props));
  };

  test.each([
    ['without a spec', key({})],
    ['that is symmetric', key({ keySpec: KeySpec.SYMMETRIC_DEFAULT, keyUsage: KeyUsage.ENCRYPT_DECRYPT })],
    ['that is enabled', key({ enabled: true })],
    ['that is an L1 and says nothing', cfnKey({})],
    ['that is an L1 and is symmetric', cfnKey({ keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' })],
    ['of which the deployment decides', cfnKey({ keySpec: Lazy.string({ produce: () => 'X' }), keyUsage: Lazy.string({ produce: () => 'X' }), enabled: Lazy.any({ produce: () => false }) })],
  ])('may be a key %s', (_name, make) => expect(make).not.toThrow());

  test('may be an imported key', () => {
    const stack = testStack();
    expect(() => use(stack, kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/1234'))).not.toThrow();
  });

  const symmetric = (spec: string) => `${property}.keySpec: got "${spec}"; it must be "SYMMETRIC_DEFAULT"; give a symmetric key`;
  const encrypting = (usage: string) => `${property}.keyUsage: got "${usage}"; it must be "ENCRYPT_DECRYPT"; give a key for encryption`;

  const enabled = `${property}.enabled: got false; it must be true; give a key that is enabled`;

  test.each([
    ['a disabled key', key({ enabled: false }), [enabled]],
    ['a disabled L1', cfnKey({ enabled: false }), [enabled]],
    ['an asymmetric key for encryption', key({ keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.ENCRYPT_DECRYPT }), [symmetric('RSA_2048')]],
    ['a key for signing', key({ keySpec: KeySpec.ECC_NIST_P256, keyUsage: KeyUsage.SIGN_VERIFY }),
      [symmetric('ECC_NIST_P256'), encrypting('SIGN_VERIFY')]],
    ['a key for MACs', key({ keySpec: KeySpec.HMAC_256, keyUsage: KeyUsage.GENERATE_VERIFY_MAC }),
      [symmetric('HMAC_256'), encrypting('GENERATE_VERIFY_MAC')]],
    ['an asymmetric L1', cfnKey({ keySpec: 'RSA_4096' }), [symmetric('RSA_4096')]],
    ['an L1 for signing', cfnKey({ keyUsage: 'SIGN_VERIFY' }), [encrypting('SIGN_VERIFY')]],
  ])('must not be %s', (_name, make, faults) => {
    for (const fault of faults) expect(make).toThrow(fault);
  });
});

test('the key behind the alias that a bucket is encrypted with is looked at', () => {
  const stack = testStack();
  const alias = new kms.Key(stack, 'Key', { keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.ENCRYPT_DECRYPT }).addAlias('mine');
  expect(() => testConfigured(stack, { outputBucket: testBucket(stack, { encryptionKey: alias }) })).toThrow('outputBucket.encryptionKey.keySpec');
});
