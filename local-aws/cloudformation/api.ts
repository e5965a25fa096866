import { AwsError, AwsRequest, AwsResponse, AwsService, Principal } from '../aws';
import { ACTIONS } from './api-actions';
import type { CloudFormation } from './cloudformation';
import { uuidFrom } from './ids';
import { Query } from './query';
import { element, XmlValue } from './xml';

const NAMESPACE = ' xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"';

/** The API as the CDK CLI and the SDKs speak it: the Query protocol, with its answers in XML. */
export class CloudFormationApi implements AwsService {
  constructor(private readonly cloudFormation: CloudFormation) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const parameters = new URLSearchParams(request.body.length > 0 ? request.body.toString() : request.query);
    const query = new Query(parameters);
    const action = query.get('Action') ?? '';
    const requestId = uuidFrom(action, parameters.toString());
    try {
      const result = await this.perform(request.principal, action, query);
      const content = element(`${action}Result`, result) + element('ResponseMetadata', { RequestId: requestId });
      return xml(200, `<${action}Response${NAMESPACE}>${content}</${action}Response>`);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code, message, status } = error;
      const type = status < 500 ? 'Sender' : 'Receiver';
      const content = element('Error', { Type: type, Code: code, Message: message }) + element('RequestId', requestId);
      return xml(status, `<ErrorResponse${NAMESPACE}>${content}</ErrorResponse>`);
    }
  }

  /** An action with parameters that are plain text: what a handler would ask for over HTTP. */
  async call(principal: Principal, action: string, parameters: Readonly<Record<string, string>>): Promise<XmlValue> {
    return this.perform(principal, action, new Query(new URLSearchParams(parameters)));
  }

  /** Does what is asked for, if IAM allows it. */
  private async perform(principal: Principal, action: string, query: Query): Promise<XmlValue> {
    const { cloudFormation } = this;
    if (!Object.hasOwn(ACTIONS, action)) throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2010-05-15`);
    await cloudFormation.services.iam.authorize(principal, `cloudformation:${action}`, resourceOf(cloudFormation, query));
    return ACTIONS[action]({ cloudFormation, principal, query });
  }
}

function xml(status: number, body: string): AwsResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

/** What a call is authorized on: its stack, whether there is one or not. */
function resourceOf(cloudFormation: CloudFormation, query: Query): string {
  const { partition, region, accountId } = cloudFormation.account;
  const name = query.get('StackName');
  if (name === undefined) return cloudFormation.changeSets.find(query.get('ChangeSetName') ?? '')?.stack.stackId ?? '*';
  if (name.startsWith('arn:')) return name;
  return cloudFormation.findStack(name)?.stackId ?? `arn:${partition}:cloudformation:${region}:${accountId}:stack/${name}/*`;
}
