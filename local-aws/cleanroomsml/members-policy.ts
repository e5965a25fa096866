import { Account } from '../aws';
import type { PolicyDocument } from '../iam/policy-document';

/** AWS Clean Rooms lets the members of a collaboration use what belongs to another one of them; as a resource policy it would look like this. */
export function membersPolicy({ accountId }: Account, Action: string, Resource: string): PolicyDocument | undefined {
  if (Resource.split(':')[4] === accountId) return undefined;
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action, Resource }] };
}
