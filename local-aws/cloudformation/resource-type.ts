import type { Account, Principal } from '../aws';
import { Services } from './services';
import { Values } from './values';

/** What a resource type is told about the resource it works on. */
export interface ResourceRequest {
  readonly stackId: string;
  readonly stackName: string;
  /** Of the operation that the request is part of. */
  readonly operationId: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Values;
  readonly account: Account;
  readonly services: Services;
  /** Who the stack acts as: its service role, or else who started the operation. */
  readonly principal: Principal;
  /** Aborted when the stack gives up on this resource. */
  readonly signal: AbortSignal;
  /** A name such as CloudFormation generates, for what the template does not name. */
  generatedName(maxLength?: number): string;
}

export interface ExistingRequest extends ResourceRequest {
  readonly physicalId: string;
}

export interface UpdateRequest extends ExistingRequest {
  readonly oldProperties: Values;
  readonly oldAttributes: Values;
}

/** A resource that exists: its physical id is what `Ref` returns. */
export interface ResourceState {
  readonly physicalId: string;
  readonly attributes: Values;
  /** Where the attributes came from, to be named when one is missing. */
  readonly source?: string;
}

/** What a stack needs to know to manage resources of one type. */
export interface ResourceType {
  /** Whether an update that failed is left as it is where rollback is disabled: the resource knows itself what goes back then. @default false */
  readonly staysAsItFailed?: boolean;
  /** Whether `Fn::GetAtt` may ask for this attribute. */
  hasAttribute(attribute: string): boolean;
  /** What is wrong with the properties, before anything is done. */
  faults(properties: Values): string[];
  /** Why these properties cannot become those, not even by a new resource. */
  updateFault(oldProperties: Values, properties: Values): string | undefined;
  /** Whether a change of this property takes a new resource. */
  replacedBy(property: string): boolean;
  create(request: ResourceRequest): Promise<ResourceState>;
  /** May return another physical id: then this is a new resource, and the old one is deleted later. */
  update(request: UpdateRequest): Promise<ResourceState>;
  delete(request: ExistingRequest): Promise<void>;
  /** What is left to do of an update, or of its rollback, once the stack has succeeded in it. @default - nothing */
  cleanUp?(request: ExistingRequest): Promise<void>;
}
