import { defined, document, flag, NativeDefinition, text } from '../native-type';
import { ResourceRequest } from '../resource-type';

export const KEY: NativeDefinition = {
  type: 'AWS::KMS::Key',
  service: 'Kms',
  properties: {
    optional: [
      'BypassPolicyLockoutSafetyCheck', 'Description', 'EnableKeyRotation', 'Enabled', 'KeyPolicy', 'KeySpec', 'KeyUsage', 'MultiRegion', 'Origin',
      'PendingWindowInDays', 'RotationPeriodInDays', 'Tags',
    ],
    immutable: { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', MultiRegion: 'false', Origin: 'AWS_KMS' },
  },
  attributes: ['Arn', 'KeyId'],
  create(request) {
    const { keyId, arn } = request.services.kms.createKey(key(request));
    return { physicalId: keyId, attributes: { Arn: arn, KeyId: keyId } };
  },
  update(request) {
    request.services.kms.updateKey(request.physicalId, key(request));
  },
  delete({ services, physicalId }) {
    services.kms.scheduleKeyDeletion(physicalId);
  },
};

function key({ properties }: ResourceRequest) {
  return defined({
    keyPolicy: properties.KeyPolicy === undefined ? undefined : document(properties.KeyPolicy),
    description: text(properties.Description),
    enableKeyRotation: flag(properties.EnableKeyRotation),
    keySpec: text(properties.KeySpec),
    keyUsage: text(properties.KeyUsage),
    origin: text(properties.Origin),
    enabled: flag(properties.Enabled),
  });
}
