import type { IsCompleteRequest, OnEventRequest, Operation, RawProperties, ResourceTypeName } from './events';
import { canonicalJson, Identity, identityOf, identityToDelete } from './identity';
import { ResourceType } from '../src/private/contract';

/** One custom resource request in the terms of this library. */
export interface Request {
  readonly id: string;
  readonly requestType: 'Create' | 'Update' | 'Delete';
  readonly type: ResourceTypeName;
  readonly stackId: string;
  readonly logicalId: string;
  readonly identity: Identity;
  readonly properties: RawProperties;
  /** What an Update leaves behind. */
  readonly previous?: { readonly identity: Identity; readonly properties: RawProperties };
  /** CloudFormation does not know what the request before this one did: its answer was not waited for. */
  readonly afterCancellation: boolean;
  /** What a cancelled replacement may have made. CloudFormation never learnt its name, so nobody else will delete it. */
  readonly abandoned?: Identity;
  /** CloudFormation no longer knows what it goes back from: a rollback before this one failed. */
  readonly forgotten: boolean;
  readonly operation: Operation;
  /** As it arrived, without where to answer it: that is a secret. */
  readonly event: IsCompleteRequest;
}

export function requestOf(event: IsCompleteRequest): Request {
  const { RequestId, RequestType, StackId, LogicalResourceId, ResourceProperties, OldResourceProperties, Operation: operation } = event;
  const type = typeOf(event);
  const computed = identityOf(type, StackId, LogicalResourceId, ResourceProperties);
  const common = {
    id: RequestId,
    requestType: RequestType,
    type,
    stackId: StackId,
    logicalId: LogicalResourceId,
    properties: ResourceProperties,
    forgotten: isRollback(operation) && canonicalJson(OldResourceProperties) === canonicalJson(ResourceProperties),
    operation,
    event: {
      RequestId,
      RequestType,
      ResourceType: type,
      StackId,
      LogicalResourceId,
      PhysicalResourceId: event.PhysicalResourceId,
      ResourceProperties,
      OldResourceProperties,
      Operation: operation,
    },
  };
  const rollback = isRollback(operation);

  if (RequestType === 'Delete') {
    const identity = identityToDelete(StackId, LogicalResourceId, event.PhysicalResourceId, computed);
    return { ...common, identity, afterCancellation: rollback || identity.name !== event.PhysicalResourceId };
  }
  if (OldResourceProperties === undefined) return { ...common, identity: computed, afterCancellation: false };

  const previous = { identity: identityOf(type, StackId, LogicalResourceId, OldResourceProperties), properties: OldResourceProperties };
  // The physical id is still (or again) the one asked for, so CloudFormation has had no answer about the other.
  const unanswered = operation.PreviousPhysicalResourceId === computed.name && previous.identity.name !== computed.name;
  return {
    ...common,
    identity: computed,
    previous,
    afterCancellation: rollback || unanswered,
    abandoned: unanswered ? previous.identity : undefined,
  };
}

export function typeOf(event: OnEventRequest): ResourceTypeName {
  const type = Object.values(ResourceType).find((known) => known === event.ResourceType);
  if (type === undefined) throw new Error(`unknown resource type ${event.ResourceType}`);
  return type;
}

/** Whether the stack itself is deleted. */
export function isStackDeletion({ requestType, operation }: Request): boolean {
  return requestType === 'Delete' && operation.StackStatus === 'DELETE_IN_PROGRESS';
}

export function isRollback(operation: Operation): boolean {
  return operation.StackStatus.includes('ROLLBACK');
}
