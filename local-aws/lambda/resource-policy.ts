import { AwsError, type Account } from '../aws';

/** What `AddPermission` takes. */
export interface Permission {
  readonly statementId: string;
  readonly action: string;
  /** A service, an account or the ARN of a role. */
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  readonly principalOrgId?: string;
  readonly eventSourceToken?: string;
  readonly functionUrlAuthType?: string;
}

/** Who can be let in. */
interface Surroundings {
  readonly account: Account;
  readonly iam: { roleExists(arn: string): boolean };
}

/** The statement that lets somebody in. */
export function statementOf({ statementId, action, ...permission }: Permission, functionArn: string, surroundings: Surroundings): object {
  if (!/^[\w-]{1,100}$/.test(statementId)) throw new AwsError('ValidationException', `'${statementId}' is no statement id.`);
  if (!/^(lambda:\*|lambda:[A-Za-z]+|\*)$/.test(action)) throw new AwsError('ValidationException', `'${action}' is no action of Lambda.`);
  const condition = conditionOf(permission);
  return {
    Sid: statementId,
    Effect: 'Allow',
    Principal: principalOf(permission.principal, surroundings),
    Action: action,
    Resource: functionArn,
    ...Object.keys(condition).length > 0 && { Condition: condition },
  };
}

function principalOf(principal: string, { account: { partition, accountId }, iam }: Surroundings): unknown {
  if (principal === '*') return principal;
  if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(principal)) return { Service: principal };
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${partition}:iam::${principal}:root` };
  // Of other accounts nobody here knows which roles they have.
  const isMissing = principal.startsWith(`arn:${partition}:iam::${accountId}:role/`) && !iam.roleExists(principal);
  if (/^arn:[^:]+:(iam|sts)::\d{12}:.+$/.test(principal) && !isMissing) return { AWS: principal };
  throw new AwsError('InvalidParameterValueException', 'The provided principal was invalid. Please check the principal and try again.');
}

function conditionOf({ sourceArn, sourceAccount, principalOrgId, eventSourceToken, functionUrlAuthType }: Partial<Permission>): object {
  const equals = Object.entries({
    'AWS:SourceAccount': sourceAccount,
    'aws:PrincipalOrgID': principalOrgId,
    'lambda:EventSourceToken': eventSourceToken,
    'lambda:FunctionUrlAuthType': functionUrlAuthType,
  }).filter(([, value]) => value !== undefined);
  return {
    ...equals.length > 0 && { StringEquals: Object.fromEntries(equals) },
    ...sourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': sourceArn } },
  };
}
