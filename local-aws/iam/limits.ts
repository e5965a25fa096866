import { AwsError } from '../aws';
import { policySize, type PolicyDocument } from './policy-document';

const NAME = /^[\w+=,.@-]+$/;

export function checkName(field: 'roleName' | 'policyName', name: string): void {
  const maximum = field === 'roleName' ? 64 : 128;
  if (name.length < 1 || name.length > maximum) {
    const problem = name.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${maximum}`;
    throw invalid(field, name, `Member must have length ${problem}`);
  }
  if (!NAME.test(name)) throw invalid(field, name, 'Member must satisfy regular expression pattern: [\\w+=,.@-]+');
}

export function checkTrustPolicySize(document: PolicyDocument): void {
  if (policySize(document) > 2048) throw limitExceeded('Cannot exceed quota for ACLSizePerRole: 2048');
}

export function checkInlinePolicySize(roleName: string, documents: readonly PolicyDocument[]): void {
  const size = documents.reduce((sum, document) => sum + policySize(document), 0);
  if (size > 10_240) throw limitExceeded(`Maximum policy size of 10240 bytes exceeded for role ${roleName}`);
}

export function checkManagedPolicySize(document: PolicyDocument): void {
  if (policySize(document) > 6144) throw limitExceeded('Cannot exceed quota for PolicySize: 6144');
}

export function checkPoliciesPerRole(count: number): void {
  if (count > 10) throw limitExceeded('Cannot exceed quota for PoliciesPerRole: 10');
}

function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, 409);
}

function invalid(field: string, value: string, problem: string): AwsError {
  return new AwsError('ValidationError', `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${problem}`);
}
