import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService } from '../aws';
import type { Iam } from '../iam/iam';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Who am I, and may I be someone else. */
export class Sts implements AwsService {
  constructor(private readonly iam: Iam) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const input = new URLSearchParams(request.body.toString());
    const action = input.get('Action') ?? '';
    const metadata = { RequestId: randomUUID() };
    try {
      const result = await this.answer(action, request, input);
      return xml(200, `${action}Response`, { [`${action}Result`]: result, ResponseMetadata: metadata });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const type = error.status < 500 ? 'Sender' : 'Receiver';
      return xml(error.status, 'ErrorResponse', { Error: { Type: type, Code: error.code, Message: error.message }, ...metadata });
    }
  }

  private async answer(action: string, { principal }: AwsRequest, input: URLSearchParams): Promise<object> {
    switch (action) {
      case 'GetCallerIdentity':
        return { Arn: principal.arn, UserId: principal.arn.split('/').pop(), Account: principal.accountId };
      case 'AssumeRole':
        return this.assumeRole(principal, input);
      default:
        throw new AwsError('InvalidAction', `The embedded AWS has no sts:${action}.`);
    }
  }

  private async assumeRole(principal: AwsRequest['principal'], input: URLSearchParams): Promise<object> {
    const sessionName = input.get('RoleSessionName') ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
      throw new AwsError('ValidationError', `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint`);
    }
    const externalId = input.get('ExternalId');
    const session = await this.iam.assumeRole(principal, input.get('RoleArn') ?? '', sessionName, {
      'sts:RoleSessionName': sessionName,
      ...(externalId !== null && { 'sts:ExternalId': externalId }),
    });
    return {
      AssumedRoleUser: { Arn: session.principal.arn, AssumedRoleId: `${session.roleId}:${sessionName}` },
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        Expiration: session.expiration.toISOString(),
      },
    };
  }
}

function xml(status: number, root: string, content: object): AwsResponse {
  const body = new XMLBuilder({ ignoreAttributes: false }).build({ [root]: { '@_xmlns': NAMESPACE, ...content } });
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
