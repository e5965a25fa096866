import { AwsError } from '../../aws';
import { document, NativeDefinition, required, texts } from '../native-type';
import { Values } from '../values';

/** A policy that is embedded in roles that others define. */
export const IAM_POLICY: NativeDefinition = {
  type: 'AWS::IAM::Policy',
  service: 'Iam',
  properties: { required: ['PolicyName', 'PolicyDocument'], optional: ['Roles', 'Users', 'Groups'] },
  attributes: ['Id'],
  create({ services, properties, generatedName }) {
    const { name, roles, policy } = policyOf(properties);
    for (const role of roles) services.iam.putRolePolicy(role, name, policy);
    const physicalId = generatedName();
    return { physicalId, attributes: { Id: physicalId } };
  },
  update({ services, properties, oldProperties }) {
    const { name, roles, policy } = policyOf(properties);
    const old = policyOf(oldProperties);
    for (const role of roles) services.iam.putRolePolicy(role, name, policy);
    for (const role of old.roles) {
      if (old.name !== name || !roles.includes(role)) unlessGone(() => services.iam.deleteRolePolicy(role, old.name));
    }
  },
  delete({ services, properties }) {
    const { name, roles } = policyOf(properties);
    for (const role of roles) unlessGone(() => services.iam.deleteRolePolicy(role, name));
  },
};

function policyOf({ PolicyName, PolicyDocument, Roles, Users, Groups }: Values): { name: string; roles: string[]; policy: object } {
  if (texts(Users).length + texts(Groups).length > 0) throw new AwsError('NoSuchEntity', 'The embedded AWS has no users and groups.', 404);
  if (texts(Roles).length === 0) throw new AwsError('InvalidRequest', 'At least one of [Groups,Roles,Users] must be non-empty.');
  return { name: required(PolicyName), roles: texts(Roles), policy: document(PolicyDocument) };
}

/** One role that is gone must not keep the policy in the others. */
function unlessGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AwsError && error.code.startsWith('NoSuch'))) throw error;
  }
}
