import { Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { SERVICE_PRINCIPAL } from './contract';
import { checkRegion } from './environment';
import { check, mismatch } from './faults';
import { enabledKey, encryptingKeyUsage, keyArn, symmetricKeySpec } from './validation';
import { warn, Warning } from './warnings';

/**
 * What the service may do with a grant on the key.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/data-protection.html
 */
const GRANT_OPERATIONS = [
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'RetireGrant',
];
const USE_KEY = ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKey'];
const DESCRIBE_KEY = ['kms:DescribeKey'];

function isAlias(key: kms.IKeyRef): boolean {
  return 'aliasName' in key || key.keyRef.keyArn.includes(':alias/');
}

/** The key that an alias of this app stands for: IAM statements and the service want keys. Any other key as it is. */
export function targetKey(key: kms.IKeyRef): kms.IKeyRef {
  return isAlias(key) && Resource.isOwnedResource(key) ? (key as kms.IAlias).aliasTargetKey : key;
}

/** The faults of a key that the service is to use. */
export function checkKey(property: string, key: kms.IKeyRef | undefined, construct: Construct): string[] {
  if (key === undefined) return [];
  if (typeof key?.keyRef?.keyArn !== 'string') return [mismatch(property, key, 'a key, such as Key.fromKeyArn(…)')];
  if (isAlias(key) && Token.isUnresolved(key.keyRef.keyArn)) {
    return [`${property}: got the alias '${key.node.path}'; it must be a key; give the key that the alias stands for`];
  }
  return [...check(property, key.keyRef.keyArn, keyArn), ...checkPurpose(property, key), ...checkRegion(property, key, construct)];
}

/** A key of this app tells what it is for, and whether it can be used. */
function checkPurpose(property: string, key: kms.IKeyRef): string[] {
  const resource = kms.CfnKey.isCfnKey(key) ? key : key.node.defaultChild;
  if (!kms.CfnKey.isCfnKey(resource)) return [];
  const { keySpec, keyUsage, enabled } = resource;
  return [
    ...check(`${property}.keySpec`, keySpec, symmetricKeySpec),
    ...check(`${property}.keyUsage`, keyUsage, encryptingKeyUsage),
    ...check(`${property}.enabled`, enabled, enabledKey),
  ];
}

/** What the caller of CreateAudienceModel needs on the key of the model. */
export function callerKeyStatements(construct: Construct, key: kms.IKeyRef): iam.PolicyStatement[] {
  const viaService = { 'kms:ViaService': `cleanrooms-ml.${Stack.of(construct).region}.amazonaws.com` };
  return [
    new iam.PolicyStatement({
      actions: USE_KEY,
      resources: [key.keyRef.keyArn],
      conditions: {
        'StringEquals': viaService,
        'ForAllValues:StringEquals': { 'kms:GrantOperations': GRANT_OPERATIONS },
        'BoolIfExists': { 'kms:GrantIsForAWSResource': true },
      },
    }),
    new iam.PolicyStatement({ actions: DESCRIBE_KEY, resources: [key.keyRef.keyArn], conditions: { StringEquals: viaService } }),
  ];
}

/**
 * Lets the service itself use the key, where the key's policy is ours to change. Its guide says that it takes no source context, such as
 * `aws:SourceAccount`, in the policy of a key.
 */
export function allowServiceToUseKey(construct: Construct, key: kms.IKeyRef): void {
  const principals = [new iam.ServicePrincipal(SERVICE_PRINCIPAL)];
  const statements = [
    new iam.PolicyStatement({
      principals,
      actions: USE_KEY,
      resources: ['*'],
      conditions: { 'ForAllValues:StringEquals': { 'kms:GrantOperations': GRANT_OPERATIONS } },
    }),
    new iam.PolicyStatement({ principals, actions: DESCRIBE_KEY, resources: ['*'] }),
  ];
  const policy = iam.ResourceWithPolicies.of(key);
  const added = statements.map((statement) => policy?.addToResourcePolicy(statement).statementAdded ?? false);
  if (added.includes(false)) {
    warn(construct, Warning.KEY_POLICY_NOT_MODIFIED,
      `the policy of the encryption key '${key.node.path}' cannot be changed from here; `
      + `see that it allows ${SERVICE_PRINCIPAL} to ${[...USE_KEY, ...DESCRIBE_KEY].join(', ')}`);
  }
}
