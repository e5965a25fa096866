import { Account, AwsError, Principal } from '../aws';
import { failure } from './errors';
import { membersPolicy } from './members-policy';
import { Input, OperationName, SERVICE } from './model';
import { ConfiguredAudienceModel, State } from './state';
import type { Context as Conditions, Iam } from '../iam/iam';
import type { PolicyDocument } from '../iam/policy-document';

type Tags = Readonly<Record<string, string>>;

/** Whether callers may do what they ask for, on the resources and with the condition keys of the service authorization reference. */
export class Authorization {
  constructor(
    private readonly account: Account,
    private readonly iam: Pick<Iam, 'authorize' | 'passRole'>,
    private readonly state: State,
  ) {}

  /** A call on one resource, which need not exist; `*` for a call on none. */
  async onResource(principal: Principal, operation: OperationName, resource: string): Promise<void> {
    await this.authorize(principal, operation, resource);
  }

  /** A create, with the tags it asks for, on the resource that the reference names for it. */
  async onCreate(principal: Principal, operation: OperationName, resource: string, newArn: string, tags: Tags = {}): Promise<void> {
    await this.authorize(principal, operation, resource, requestTags(tags));
    if (Object.keys(tags).length > 0) await this.authorize(principal, 'TagResource', newArn, requestTags(tags));
  }

  /**
   * The start of a job: on its model, and on the job as each of the two accounts sees it. Of an owner in another account the model's
   * policy has to agree. @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-behaviors.html
   */
  async onGeneration(
    principal: Principal,
    { configuredAudienceModelArn, collaborationId, tags = {} }: Input<'StartAudienceGenerationJob'>,
    newArn: string,
    model: ConfiguredAudienceModel | undefined,
  ): Promise<void> {
    const owner = configuredAudienceModelArn.split(':')[4];
    const policy = model?.policy && JSON.parse(model.policy.document) as PolicyDocument;
    const conditions = { ...requestTags(tags), ...(collaborationId && { 'cleanrooms-ml:CollaborationId': collaborationId }) };
    const start = (resource: string, more: Conditions = {}) =>
      this.authorize(principal, 'StartAudienceGenerationJob', resource, { ...conditions, ...more }, policy);
    await start(configuredAudienceModelArn, keyed('aws:ResourceTag/', model?.tags ?? {}));
    await start(newArn);
    if (owner !== this.account.accountId) await start(newArn.replace(`:${this.account.accountId}:`, `:${owner}:`));
    if (Object.keys(tags).length > 0) await this.authorize(principal, 'TagResource', newArn, requestTags(tags));
  }

  /** The service looks up, as the caller, who takes part in a collaboration. */
  async onListingMembers(principal: Principal, collaborationArn: string): Promise<void> {
    const action = 'cleanrooms:ListMembers';
    const policy = membersPolicy(this.account, action, collaborationArn);
    await asAccessDenied(this.iam.authorize(principal, action, collaborationArn, { 'aws:CalledVia': [SERVICE.principal] }, policy));
  }

  async onTagging(principal: Principal, resource: string, tags: Tags): Promise<void> {
    await this.authorize(principal, 'TagResource', resource, requestTags(tags));
  }

  async onUntagging(principal: Principal, resource: string, tagKeys: readonly string[]): Promise<void> {
    await this.authorize(principal, 'UntagResource', resource, { 'aws:TagKeys': [...tagKeys] });
  }

  /** Handing a role to the service. Roles of other accounts are refused whoever asks. */
  async onPassing(principal: Principal, roleArn: string): Promise<void> {
    if (roleArn.split(':')[4] !== this.account.accountId) {
      throw failure('AccessDeniedException', `Cross-account pass role is not allowed: ${roleArn}`);
    }
    await asAccessDenied(this.iam.passRole(principal, roleArn, SERVICE.principal));
  }

  private async authorize(
    principal: Principal, operation: OperationName, resource: string, conditions: Conditions = {}, resourcePolicy?: PolicyDocument,
  ): Promise<void> {
    const action = iamAction(operation);
    if (principal.accountId !== this.account.accountId) {
      throw failure('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`);
    }
    const resourceTags = keyed('aws:ResourceTag/', this.state.find(resource)?.tags ?? {});
    await asAccessDenied(this.iam.authorize(principal, action, resource, { ...resourceTags, ...conditions }, resourcePolicy));
  }
}

/** IAM spells one of the operations differently. */
export function iamAction(operation: OperationName): string {
  return `cleanrooms-ml:${operation === 'UntagResource' ? 'UnTagResource' : operation}`;
}

function requestTags(tags: Tags): Conditions {
  const keys = Object.keys(tags);
  return keys.length === 0 ? {} : { ...keyed('aws:RequestTag/', tags), 'aws:TagKeys': keys };
}

function keyed(prefix: string, tags: Tags): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [prefix + key, value]));
}

/** What IAM refuses, the service answers with its own error. */
async function asAccessDenied(decision: Promise<void>): Promise<void> {
  try {
    await decision;
  } catch (error) {
    throw error instanceof AwsError && error.status === 403 ? failure('AccessDeniedException', error.message) : error;
  }
}
