import { Refusal } from './errors';
import type { CustomResourceEvent, Operation, RawProperties, ResourceTypeName, Task } from './events';
import { canonicalJson, Identity, identityOf, identityToDelete, shortHash } from './identity';
import { ResourceType } from '../src/private/contract';

/** One custom resource request in the terms of this library. */
export interface Request {
  readonly requestType: 'Create' | 'Update' | 'Delete';
  readonly type: ResourceTypeName;
  readonly stackId: string;
  readonly logicalId: string;
  readonly identity: Identity;
  /** What CloudFormation has the resource under. None in a Create. */
  readonly physicalId?: string;
  readonly properties: RawProperties;
  /** What an Update leaves behind. */
  readonly previous?: { readonly identity: Identity; readonly properties: RawProperties };
  /** CloudFormation does not know what the request before this one did: its answer was not waited for. */
  readonly afterCancellation: boolean;
  /** What a cancelled replacement may have made. CloudFormation never learnt its name, so nobody else will delete it. */
  readonly abandoned?: Identity;
  /** CloudFormation does not know what it changes from: an update, or a rollback, that asked for the same has failed. */
  readonly unchanged: boolean;
  readonly operation: Operation;
  /** When its execution began. Milliseconds. */
  readonly startedAt: number;
  /** What its execution is called. */
  readonly execution: string;
  /** What is to be written on what it makes; where it is not said, what the template says of its end. */
  readonly fate?: string;
}

export function requestOf({ Data: { Event: event, Operation: operation }, StartedAt, Execution }: Pick<Task, 'Data' | 'StartedAt' | 'Execution'>): Request {
  const { RequestType, StackId, LogicalResourceId, PhysicalResourceId, ResourceProperties, OldResourceProperties } = event;
  const type = typeOf(event);
  const computed = identityOf(type, StackId, LogicalResourceId, ResourceProperties);
  const rollback = isRollback(operation);
  const common = {
    requestType: RequestType,
    type,
    stackId: StackId,
    logicalId: LogicalResourceId,
    physicalId: PhysicalResourceId,
    properties: ResourceProperties,
    unchanged: canonicalJson(OldResourceProperties) === canonicalJson(ResourceProperties),
    operation,
    startedAt: Date.parse(StartedAt),
    execution: Execution,
  };

  if (RequestType === 'Delete') {
    const identity = identityToDelete(StackId, LogicalResourceId, PhysicalResourceId ?? computed.name, computed);
    return { ...common, identity, afterCancellation: rollback || identity.name !== PhysicalResourceId };
  }
  if (OldResourceProperties === undefined) return { ...common, identity: computed, afterCancellation: false };

  const previous = { identity: identityOf(type, StackId, LogicalResourceId, OldResourceProperties), properties: OldResourceProperties };
  // CloudFormation has had no answer about it.
  const isAbandoned = ![PhysicalResourceId, computed.name].includes(previous.identity.name);
  return {
    ...common,
    identity: computed,
    previous,
    afterCancellation: rollback || isAbandoned,
    abandoned: isAbandoned ? previous.identity : undefined,
  };
}

export function typeOf({ ResourceType: name }: Pick<CustomResourceEvent, 'ResourceType'>): ResourceTypeName {
  const type = Object.values(ResourceType).find((known) => known === name);
  if (type === undefined) throw new Refusal(`unknown resource type ${name}`);
  return type;
}

export function isKnown({ ResourceType: name }: Pick<CustomResourceEvent, 'ResourceType'>): boolean {
  return Object.values<string>(ResourceType).includes(name);
}

/** Whether nothing of the stack is to stay: it is deleted, or its creation is rolled back with all that came after. */
export function isEndOfStack({ requestType, operation }: Pick<Request, 'requestType' | 'operation'>): boolean {
  return requestType === 'Delete' && /^(DELETE|ROLLBACK)_IN_PROGRESS$/.test(operation.StackStatus);
}

export function isRollback(operation: Operation): boolean {
  return operation.StackStatus.includes('ROLLBACK');
}

/** Names have at most 80 characters; so many are left beside two hashes. */
const READABLE_LENGTH = 46;

/**
 * What the execution for a request is called: who the resource is, and which request of which operation. Step Functions takes a name
 * once, so a request that is delivered twice is one execution. When its URL was signed is no part of it: a copy may be signed anew. What it
 * asks for is: a rollback may use the id of the update again for the opposite.
 *
 * @param occasion tells requests with the same id apart: the time of the stack's operation, or the execution that this one comes after
 */
export function executionName(event: CustomResourceEvent, occasion: string): string {
  const { RequestType, RequestId, StackId, LogicalResourceId, PhysicalResourceId, ResourceProperties, OldResourceProperties } = event;
  const { hash } = identityOf(typeOf(event), StackId, LogicalResourceId, ResourceProperties);
  const readable = `${RequestType}-${LogicalResourceId}`.slice(0, READABLE_LENGTH);
  return `${readable}-${hash}-${shortHash(canonicalJson([RequestId, occasion, PhysicalResourceId, ResourceProperties, OldResourceProperties]))}`;
}
