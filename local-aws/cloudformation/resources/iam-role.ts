import { defined, document, NativeDefinition, number, objects, required, text, texts } from '../native-type';
import { ResourceRequest } from '../resource-type';

export const IAM_ROLE: NativeDefinition = {
  type: 'AWS::IAM::Role',
  service: 'Iam',
  properties: {
    required: ['AssumeRolePolicyDocument'],
    optional: ['Description', 'ManagedPolicyArns', 'MaxSessionDuration', 'Path', 'PermissionsBoundary', 'Policies', 'RoleName', 'Tags'],
    replacement: ['RoleName', 'Path'],
  },
  attributes: ['Arn', 'RoleId'],
  create(request) {
    const roleName = text(request.properties.RoleName) ?? request.generatedName(64);
    const { arn, roleId } = request.services.iam.createRole(role(roleName, request));
    return { physicalId: roleName, attributes: { Arn: arn, RoleId: roleId } };
  },
  update(request) {
    request.services.iam.updateRole(request.physicalId, role(request.physicalId, request));
  },
  delete({ services, physicalId }) {
    services.iam.deleteRole(physicalId);
  },
};

function role(roleName: string, { properties }: ResourceRequest) {
  return defined({
    roleName,
    path: text(properties.Path),
    assumeRolePolicyDocument: document(properties.AssumeRolePolicyDocument),
    description: text(properties.Description),
    maxSessionDuration: number(properties.MaxSessionDuration),
    managedPolicyArns: texts(properties.ManagedPolicyArns),
    inlinePolicies: Object.fromEntries(objects(properties.Policies).map((policy) => [required(policy.PolicyName), document(policy.PolicyDocument)])),
    permissionsBoundary: text(properties.PermissionsBoundary),
  });
}
