import { AwsError } from '../aws';
import { Template } from './template';

const NAMED_IAM: Record<string, string> = { 'AWS::IAM::Role': 'RoleName', 'AWS::IAM::ManagedPolicy': 'ManagedPolicyName' };

/** What a caller has to acknowledge before a template may touch IAM. */
export function requiredCapabilities(template: Template): string[] {
  const iam = Object.values(template.resources).filter(({ type }) => type.startsWith('AWS::IAM::'));
  if (iam.some(({ type, properties }) => NAMED_IAM[type] !== undefined && NAMED_IAM[type] in properties)) return ['CAPABILITY_NAMED_IAM'];
  return iam.length > 0 ? ['CAPABILITY_IAM'] : [];
}

export function checkCapabilities(template: Template, acknowledged: readonly string[]): void {
  const enough = (capability: string) => acknowledged.includes(capability) || acknowledged.includes('CAPABILITY_NAMED_IAM');
  const missing = requiredCapabilities(template).filter((capability) => !enough(capability));
  if (missing.length > 0) throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${missing.join(', ')}]`);
}
