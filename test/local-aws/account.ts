import type { Account, AwsRequest, AwsResponse, Principal } from '../../local-aws/aws';
import { Clock } from '../../local-aws/clock';
import { Iam } from '../../local-aws/iam/iam';

/** Pieces that the tests of the single services share. */
export const ACCOUNT: Account = { accountId: '111122223333', region: 'us-east-1', partition: 'aws' };

export function newIam(clock = Clock.frozen()): Iam {
  return new Iam(ACCOUNT, clock);
}

export function allow(Action: string | string[], Resource: string | string[] = '*', Condition?: object): object {
  return policy({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) });
}

export function policy(...Statement: object[]): object {
  return { Version: '2012-10-17', Statement };
}

export function trusting(Service: string, Condition?: object): object {
  return policy({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', ...(Condition && { Condition }) });
}

/** A role that Lambda may take on, and a session of it. */
export async function roleWith(iam: Iam, roleName: string, inlinePolicies: Record<string, object> = {}): Promise<Principal> {
  const { arn } = iam.createRole({ roleName, assumeRolePolicyDocument: trusting('lambda.amazonaws.com'), inlinePolicies });
  return iam.assumeRoleForService(arn, 'lambda.amazonaws.com', { sessionName: 'session' });
}

/** The code of the error that something ends with. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).name;
  }
  return 'nothing was thrown';
}

export function awsRequest(principal: Principal, overrides: Partial<AwsRequest> & { readonly url?: string }): AwsRequest {
  const { url = '/', ...rest } = overrides;
  const [path, query] = url.split('?');
  return { principal, method: 'POST', path, query: new URLSearchParams(query), headers: {}, body: Buffer.alloc(0), ...rest };
}

/** The text in an element of an XML answer. */
export function element(answer: AwsResponse, name: string): string | undefined {
  return new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(String(answer.body))?.[1];
}
