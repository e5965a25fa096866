import { defined, document, NativeDefinition, required, text, texts } from '../native-type';

export const IAM_MANAGED_POLICY: NativeDefinition = {
  type: 'AWS::IAM::ManagedPolicy',
  service: 'Iam',
  properties: {
    required: ['PolicyDocument'],
    optional: ['Description', 'Groups', 'ManagedPolicyName', 'Path', 'Roles', 'Users'],
    replacement: ['Description', 'ManagedPolicyName', 'Path'],
  },
  attributes: ['PolicyArn'],
  create({ services, properties, generatedName }) {
    const { arn } = services.iam.createManagedPolicy(defined({
      policyName: text(properties.ManagedPolicyName) ?? generatedName(128),
      path: text(properties.Path),
      description: text(properties.Description),
      document: document(properties.PolicyDocument),
    }));
    for (const role of texts(properties.Roles)) services.iam.attachRolePolicy(role, arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  update({ services, physicalId, properties, oldProperties }) {
    services.iam.updateManagedPolicy(physicalId, document(properties.PolicyDocument));
    const [roles, oldRoles] = [texts(properties.Roles), texts(oldProperties.Roles)];
    for (const role of roles.filter((name) => !oldRoles.includes(name))) services.iam.attachRolePolicy(role, physicalId);
    for (const role of oldRoles.filter((name) => !roles.includes(name))) services.iam.detachRolePolicy(role, physicalId);
  },
  delete({ services, physicalId, properties }) {
    for (const role of texts(properties.Roles)) services.iam.detachRolePolicy(required(role), physicalId);
    services.iam.deleteManagedPolicy(physicalId);
  },
};
