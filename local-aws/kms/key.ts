import { AwsError } from '../aws';
import type { PolicyDocument } from '../iam/policy-document';

export interface KeyProperties {
  /** Without one: the account decides through its IAM policies. */
  readonly keyPolicy?: PolicyDocument;
  readonly description?: string;
  readonly enableKeyRotation?: boolean;
  /** Default: `SYMMETRIC_DEFAULT`. */
  readonly keySpec?: string;
  /** Default: `ENCRYPT_DECRYPT`. */
  readonly keyUsage?: string;
  /** Where the key's material comes from. Default: `AWS_KMS`. */
  readonly origin?: string;
  /** Default: true. */
  readonly enabled?: boolean;
}

export interface Key {
  readonly keyId: string;
  readonly arn: string;
  properties: KeyProperties;
  pendingDeletion: boolean;
}

/** Whatever the state of a key. @see https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
const ALWAYS = ['kms:DescribeKey', 'kms:PutKeyPolicy'];
const ENCRYPTION = /^kms:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt)/;
const DATA_KEYS = /^kms:GenerateDataKey/;

/** Whether a key is good for that, whoever asks. This and the other checks throw, or do not. */
export function checkUse(key: Key, action: string): void {
  if (ALWAYS.includes(action)) return;
  checkState(key);
  checkPurpose(key, action);
}

/** Whether a key can be used at all. Nobody imports the material of an `EXTERNAL` one here. */
export function checkState(key: Key): void {
  checkPresence(key);
  const { arn, properties: { enabled = true, origin } } = key;
  if (origin === 'EXTERNAL') throw new AwsError('KMSInvalidStateException', `${arn} is pending import.`);
  if (!enabled) throw new AwsError('DisabledException', `${arn} is disabled.`);
}

export function checkPresence({ arn, pendingDeletion }: Key): void {
  if (pendingDeletion) throw new AwsError('KMSInvalidStateException', `${arn} is pending deletion.`);
}

/** Only symmetric keys make data keys. A grant is for all that the service may do with a key, which is to make some. */
function checkPurpose({ arn, properties: { keySpec = 'SYMMETRIC_DEFAULT', keyUsage = 'ENCRYPT_DECRYPT' } }: Key, action: string): void {
  const operation = action.replace('kms:', '');
  const symmetric = keySpec === 'SYMMETRIC_DEFAULT';
  if (ENCRYPTION.test(action) && keyUsage !== 'ENCRYPT_DECRYPT') throw misused(`${arn} key usage is ${keyUsage} which is not valid for ${operation}.`);
  if (DATA_KEYS.test(action) && !symmetric) throw misused(`${arn} key spec is ${keySpec} which is not valid for ${operation}.`);
  if (operation === 'CreateGrant' && !symmetric) throw new AwsError('ValidationException', `A grant on ${arn} cannot allow GenerateDataKey.`);
}

function misused(message: string): AwsError {
  return new AwsError('InvalidKeyUsageException', message);
}
