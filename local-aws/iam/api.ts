import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService, type Principal } from '../aws';
import type { Iam } from './iam';
import { checkName } from './limits';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

/** What IAM's query protocol is used for here: who a role is, and whom it trusts. */
export class IamApi implements AwsService {
  constructor(private readonly iam: Iam) {}

  async handle({ principal, body }: AwsRequest): Promise<AwsResponse> {
    const input = new URLSearchParams(body.toString());
    const action = input.get('Action') ?? '';
    const metadata = { RequestId: randomUUID() };
    try {
      if (action !== 'GetRole') throw new AwsError('InvalidAction', `The embedded AWS has no iam:${action}.`);
      const Role = await this.getRole(principal, input.get('RoleName') ?? '');
      return xml(200, 'GetRoleResponse', { GetRoleResult: { Role }, ResponseMetadata: metadata });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return xml(error.status, 'ErrorResponse', { Error: { Type: 'Sender', Code: error.code, Message: error.message }, ...metadata });
    }
  }

  private async getRole(principal: Principal, roleName: string): Promise<object> {
    checkName('roleName', roleName);
    await this.iam.authorize(principal, 'iam:GetRole', this.iam.roleArnOf(roleName));
    const { arn, roleId, createDate, properties } = this.iam.role(roleName);
    const { path = '/', assumeRolePolicyDocument, description, maxSessionDuration = 3_600 } = properties;
    return {
      Path: path,
      RoleName: roleName,
      RoleId: roleId,
      Arn: arn,
      CreateDate: new Date(createDate).toISOString(),
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(assumeRolePolicyDocument)),
      ...(description !== undefined && { Description: description }),
      MaxSessionDuration: maxSessionDuration,
    };
  }
}

function xml(status: number, root: string, content: object): AwsResponse {
  const body = new XMLBuilder({ ignoreAttributes: false }).build({ [root]: { '@_xmlns': NAMESPACE, ...content } });
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
