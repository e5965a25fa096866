import { NativeDefinition, required } from '../native-type';

export const ALIAS: NativeDefinition = {
  type: 'AWS::KMS::Alias',
  service: 'Kms',
  properties: { required: ['AliasName', 'TargetKeyId'], replacement: ['AliasName'] },
  create({ services, properties }) {
    const aliasName = required(properties.AliasName);
    services.kms.createAlias(aliasName, required(properties.TargetKeyId));
    return { physicalId: aliasName, attributes: {} };
  },
  update({ services, physicalId, properties }) {
    services.kms.updateAlias(physicalId, required(properties.TargetKeyId));
  },
  delete({ services, physicalId }) {
    services.kms.deleteAlias(physicalId);
  },
};
