/** The resource policy of a configured audience model: one JSON document, written as a whole. */
import * as crypto from 'node:crypto';
import { AwsError } from '../aws';
import { failure } from './errors';
import { Input } from './model';
import { validatePolicy } from '../iam/policy-document';

export const policyHash = (document: string) => crypto.createHash('sha256').update(document).digest('hex');

/** The one action that another account may be granted. */
const ACTION = 'cleanrooms-ml:StartAudienceGenerationJob';
const PRINCIPAL = /^([0-9]{12}|arn:aws[-a-z]*:(iam|sts)::[0-9]{12}:.+)$/;

const invalid = (message: string) => failure('ValidationException', `Invalid resource policy: ${message}`);

export function checkPolicy(document: string, configuredAudienceModelArn: string): void {
  const policy = parse(document);
  try {
    validatePolicy(policy, 'resource');
  } catch (error) {
    throw error instanceof AwsError ? invalid(error.message) : error;
  }
  const jobs = `${configuredAudienceModelArn.split(':').slice(0, 5).join(':')}:audience-generation-job/*`;
  for (const statement of [policy.Statement].flat() as Record<string, unknown>[]) {
    for (const field of ['NotPrincipal', 'NotAction', 'NotResource']) {
      if (field in statement) throw invalid(`${field} is not supported`);
    }
    for (const principal of awsPrincipals(statement.Principal)) {
      if (!PRINCIPAL.test(principal)) throw invalid(`${principal} is not an AWS account, user or role`);
    }
    for (const action of [statement.Action].flat()) {
      if (action !== ACTION) throw invalid(`the action ${String(action)} is not supported, only ${ACTION} is`);
    }
    for (const resource of [statement.Resource].flat()) {
      if (resource !== configuredAudienceModelArn && resource !== jobs) {
        throw invalid(`the resource ${String(resource)} is neither ${configuredAudienceModelArn} nor ${jobs}`);
      }
    }
  }
}

/** Guards against somebody else's write in between. */
export function checkPrecondition(
  request: Pick<Input<'PutConfiguredAudienceModelPolicy'>, 'previousPolicyHash' | 'policyExistenceCondition'>,
  current: { readonly hash: string } | undefined,
  error: 'ConflictException' | 'ValidationException',
): void {
  const { previousPolicyHash, policyExistenceCondition } = request;
  if (previousPolicyHash !== undefined && previousPolicyHash !== current?.hash) {
    throw failure(error, 'The previousPolicyHash does not match the current policy');
  }
  if (policyExistenceCondition === 'POLICY_MUST_EXIST' && !current) {
    throw failure(error, 'The policy does not exist, but POLICY_MUST_EXIST was set');
  }
  if (policyExistenceCondition === 'POLICY_MUST_NOT_EXIST' && current) {
    throw failure(error, 'The policy exists, but POLICY_MUST_NOT_EXIST was set');
  }
}

function parse(document: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    throw invalid('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is not a JSON object');
  return value as Record<string, unknown>;
}

function awsPrincipals(principal: unknown): string[] {
  const entries = typeof principal === 'object' && principal !== null ? Object.entries(principal) : [];
  if (entries.length !== 1 || entries[0][0] !== 'AWS') throw invalid('Principal must be AWS accounts, users or roles');
  return [entries[0][1]].flat();
}
