import { Clock } from '../clock';
import { CustomAnswer, parseAnswer } from './custom-answer';
import { Cancellation, reasonOf, ResourceFailure } from './errors';
import { uuidFrom, withMixedCase } from './ids';
import { ExistingRequest, ResourceRequest, ResourceState, ResourceType, UpdateRequest } from './resource-type';
import type { Settings } from './settings';
import { stringified, Values } from './values';
import { waitFor } from './waiting';

const MAX_TIMEOUT_SECONDS = 3600;

/** So long it may take until an answer is looked at, in milliseconds. */
const LOOK = 1_000;

type Purpose =
  | { readonly RequestType: 'Create' }
  | { readonly RequestType: 'Update'; readonly PhysicalResourceId: string; readonly OldResourceProperties: Values }
  | { readonly RequestType: 'Delete'; readonly PhysicalResourceId: string };

/** Resources that a Lambda function of the user's manages: it is sent events, and answers to a pre-signed URL. */
export class CustomType implements ResourceType {
  private readonly requests = new Map<string, number>();

  constructor(private readonly clock: Clock, private readonly settings: Pick<Settings, 'answerTaken' | 'inventedIds' | 'responseUrls' | 'reusesRequestIds'>) {}

  /** Nobody knows before the answer. */
  hasAttribute(): boolean {
    return true;
  }

  faults({ ServiceToken: token, ServiceTimeout: timeout }: Values): string[] {
    const faults = [];
    if (token === undefined) faults.push('#: required key [ServiceToken] not found');
    else if (!/^arn:[^:]+:lambda:[^:]+:\d{12}:function:.+$/.test(String(token))) faults.push('Invalid service token.');
    const seconds = Number(timeout ?? MAX_TIMEOUT_SECONDS);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
      faults.push(`ServiceTimeout must be between 1 and ${MAX_TIMEOUT_SECONDS} seconds`);
    }
    return faults;
  }

  updateFault(oldProperties: Values, properties: Values): string | undefined {
    return oldProperties.ServiceToken === properties.ServiceToken ? undefined : 'Modifying service token is not allowed.';
  }

  /** Only the answer says, by its physical id. */
  replacedBy(): boolean {
    return false;
  }

  async create(request: ResourceRequest): Promise<ResourceState> {
    return this.send(request, { RequestType: 'Create' });
  }

  async update(request: UpdateRequest): Promise<ResourceState> {
    const { physicalId, oldProperties } = request;
    const OldResourceProperties = stringified(oldProperties) as Values;
    return this.send(request, { RequestType: 'Update', PhysicalResourceId: physicalId, OldResourceProperties });
  }

  async delete(request: ExistingRequest): Promise<void> {
    await this.send(request, { RequestType: 'Delete', PhysicalResourceId: request.physicalId });
  }

  private inventedId(request: ResourceRequest): string {
    const name = request.generatedName();
    return this.settings.inventedIds === 'mixed case' ? withMixedCase(name) : name;
  }

  private async send(request: ResourceRequest, purpose: Purpose): Promise<ResourceState> {
    const { stackId, logicalId, properties, services, principal, signal } = request;
    const requestId = this.nextRequestId(request);
    const source = `${stackId}|${logicalId}|${requestId}`;
    const functionArn = String(properties.ServiceToken);
    // Whatever goes wrong from here on, a Create may have made something: its Delete needs an id, if only an invented one.
    const idOnFailure = purpose.RequestType === 'Create' ? this.inventedId(request) : undefined;
    services.s3.forgetResponse(source);
    const responseUrl = services.s3.responseUrlFor(source, this.settings.responseUrls);
    const answered = services.s3.onResponse(source);
    try {
      await services.iam.authorize(principal, 'lambda:InvokeFunction', functionArn);
      services.lambda.invokeAsync(functionArn, {
        ...purpose,
        ServiceToken: functionArn,
        ResponseURL: responseUrl,
        StackId: stackId,
        RequestId: requestId,
        LogicalResourceId: logicalId,
        ResourceType: request.type,
        ResourceProperties: stringified(properties),
      });
    } catch (error) {
      throw new ResourceFailure(reasonOf(error), idOnFailure);
    }
    const first = await waitFor(answered, {
      clock: this.clock,
      seconds: Number(properties.ServiceTimeout ?? MAX_TIMEOUT_SECONDS),
      signal,
      late: new ResourceFailure(timeoutReason(requestId), idOnFailure),
      cancelled: new Cancellation(`Resource ${nounOf(purpose)} cancelled`, idOnFailure),
    });
    if (this.settings.answerTaken === 'last') await this.clock.sleep(LOOK);
    const answer = this.settings.answerTaken === 'last' ? services.s3.lastResponse(source) ?? first : first;
    const expected = { StackId: stackId, RequestId: requestId, LogicalResourceId: logicalId };
    return this.accept(parseAnswer(answer, expected, source), requestId, source, idOnFailure);
  }

  private nextRequestId({ stackId, logicalId, operationId }: ResourceRequest): string {
    const resource = `${stackId}|${logicalId}`;
    const counted = this.settings.reusesRequestIds ? `${resource}|${operationId}` : resource;
    const number = this.requests.get(counted) ?? 0;
    this.requests.set(counted, number + 1);
    return uuidFrom(resource, number);
  }

  private accept(answer: CustomAnswer, requestId: string, source: string, idOnFailure: string | undefined): ResourceState {
    if ('fault' in answer) throw new ResourceFailure(answer.fault, idOnFailure);
    const { status, reason = '', physicalId, data } = answer;
    if (status === 'SUCCESS') return { physicalId, attributes: data, source };
    throw new ResourceFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${reason} (RequestId: ${requestId})`,
      physicalId,
    );
  }
}

function nounOf({ RequestType }: Purpose): string {
  return { Create: 'creation', Update: 'update', Delete: 'deletion' }[RequestType];
}

function timeoutReason(requestId: string): string {
  return `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}]. ` +
    'If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.';
}
