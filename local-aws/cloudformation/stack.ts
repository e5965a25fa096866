import type { Principal } from '../aws';
import { Blueprint, ResourceLookup } from './blueprint';
import { validationError } from './errors';
import { Graph } from './graph';
import { uuidFrom } from './ids';
import { Signals } from './signals';
import { DeletionPolicy, ResourceDefinition } from './template';
import { Timeline } from './timeline';
import { Value, Values } from './values';

export type StackStatus =
  | 'REVIEW_IN_PROGRESS'
  | 'CREATE_IN_PROGRESS' | 'CREATE_COMPLETE' | 'CREATE_FAILED'
  | 'ROLLBACK_IN_PROGRESS' | 'ROLLBACK_COMPLETE' | 'ROLLBACK_FAILED'
  | 'UPDATE_IN_PROGRESS' | 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' | 'UPDATE_COMPLETE' | 'UPDATE_FAILED'
  | 'UPDATE_ROLLBACK_IN_PROGRESS' | 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS' | 'UPDATE_ROLLBACK_COMPLETE' | 'UPDATE_ROLLBACK_FAILED'
  | 'DELETE_IN_PROGRESS' | 'DELETE_COMPLETE' | 'DELETE_FAILED';

export type ResourceStatus =
  | `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | 'DELETE_SKIPPED';

export interface StackEvent {
  readonly eventId: string;
  readonly operationId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: StackStatus | ResourceStatus;
  readonly reason?: string;
  readonly timestamp: string;
  readonly properties?: Values;
}

/** What the API shows of a resource. */
export interface ResourceView {
  readonly logicalId: string;
  readonly type: string;
  /** Absent as long as there is nothing that a Delete would have to name. */
  readonly physicalId?: string;
  readonly status: ResourceStatus;
  readonly reason?: string;
  readonly timestamp: string;
}

/** One resource of a stack, as it is. */
export interface StackResource extends ResourceView {
  /** How it is defined by the template that was last applied to it. */
  definition: ResourceDefinition;
  /** What becomes of it as the one that an update replaced, where the update's template says so. */
  replacePolicy?: DeletionPolicy;
  /** Its properties in that template, with placeholders for what only exists once the stack does. */
  draft: Values;
  physicalId?: string;
  properties: Values;
  attributes: Values;
  source?: string;
  /** False once a change to it failed half-way: then nobody knows what it is like, and a rollback has to write it again. */
  settled: boolean;
  /** Present where its creation waits for some. */
  readonly signals?: Signals;
  status: ResourceStatus;
  reason?: string;
  timestamp: string;
  /** How it was at each of its events, oldest first. */
  past: readonly ResourceView[];
  /** Whether it is `UPDATE_FAILED` because it could not be rolled back: such a resource may be skipped. */
  rollbackFailed: boolean;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly exportName?: string;
  readonly description?: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** The last stable state of a stack, which an operation goes back to if it fails. */
export interface Fallback {
  /** Absent where the stack never was stable: then to go back is to delete what there is. */
  readonly blueprint?: Blueprint;
  /** What updates replaced since then. */
  readonly replaced: { readonly resource: StackResource; readonly restorable: boolean }[];
  /** What stood on what in the templates that were tried since then, without the present one. */
  between: Graph;
}

/** A stack: what it consists of, what it is doing, and what happened to it. */
export class Stack {
  readonly events: StackEvent[] = [];
  readonly resources = new Map<string, StackResource>();
  readonly creationTime: string;
  lastUpdatedTime?: string;
  deletionTime?: string;
  /** The stack that this one is nested in. */
  parent?: Stack;
  status: StackStatus = 'REVIEW_IN_PROGRESS';
  reason?: string;
  /** What was last applied to it; absent as long as it is only reviewed. */
  blueprint?: Blueprint;
  /** Set from the start of a creation or update until the stack is stable again. */
  fallback?: Fallback;
  /** What an operation left to be deleted, beside the stack's resources. */
  discarded: StackResource[] = [];
  /** What the stack consisted of, by logical id: deleted, left behind or given up. */
  readonly departed = new Map<string, StackResource>();
  outputs: readonly StackOutput[] = [];
  tags: readonly Tag[] = [];
  roleArn?: string;
  principal: Principal;
  disableRollback = false;
  /** Whether it was created with `OnFailure: DO_NOTHING`. After a failure CloudFormation updates only what has `DisableRollback`. */
  doesNothingOnFailure = false;
  terminationProtection = false;
  /** How references find the resources that exist. */
  readonly lookup: ResourceLookup = {
    ref: (logicalId) => this.existing(logicalId).physicalId ?? '',
    getAtt: (logicalId, attribute) => this.attribute(logicalId, attribute),
  };
  operationId = '';
  private sequence = 0;
  private readonly numbers = new Map<string, number>();

  constructor(readonly stackId: string, readonly stackName: string, principal: Principal, private readonly timeline: Timeline) {
    this.principal = principal;
    this.creationTime = timeline.next();
  }

  get busy(): boolean {
    return this.status.endsWith('_IN_PROGRESS') && this.status !== 'REVIEW_IN_PROGRESS';
  }

  /** Whether an operation stopped at a failure because rollback was disabled. */
  get paused(): boolean {
    return this.status === 'CREATE_FAILED' || this.status === 'UPDATE_FAILED';
  }

  /** The resource of that name, unless it was not begun yet. */
  resource(logicalId: string): StackResource {
    const resource = this.resources.get(logicalId);
    if (!resource) throw validationError(`Resource ${logicalId} does not exist for stack ${this.stackName}`);
    return resource;
  }

  /** The resource is no longer part of the stack. */
  letGo(resource: StackResource): void {
    if (this.resources.get(resource.logicalId) === resource) this.resources.delete(resource.logicalId);
    this.departed.set(resource.logicalId, resource);
  }

  /** Tells the resources apart that follow each other under one logical id. */
  nextNumber(logicalId: string): number {
    const number = this.numbers.get(logicalId) ?? 0;
    this.numbers.set(logicalId, number + 1);
    return number;
  }

  /** Events that follow belong to a new operation. */
  beginOperation(): void {
    this.operationId = uuidFrom(this.stackId, 'operation', this.sequence);
  }

  /** An operation begins that its description tells the time of. */
  moveTime(): void {
    this.lastUpdatedTime = this.timeline.next();
  }

  setStatus(status: StackStatus, reason?: string): void {
    this.status = status;
    this.reason = reason;
    this.record({ logicalId: this.stackName, physicalId: this.stackId, type: 'AWS::CloudFormation::Stack', status, reason });
  }

  setResourceStatus(resource: StackResource, status: ResourceStatus, reason?: string): void {
    const { logicalId, physicalId, type, properties } = resource;
    const timestamp = this.record({ logicalId, physicalId: physicalId ?? '', type, status, reason, properties });
    Object.assign(resource, { status, reason, timestamp, past: [...resource.past, { logicalId, type, physicalId, status, reason, timestamp }] });
  }

  private existing(logicalId: string): StackResource {
    const resource = this.resources.get(logicalId);
    if (!resource) throw validationError(`Unresolved resource dependencies [${logicalId}] in the Resources block of the template`);
    return resource;
  }

  private attribute(logicalId: string, attribute: string): Value {
    const { attributes, source } = this.existing(logicalId);
    const value = attributes[attribute] ?? nested(attributes, attribute);
    if (value !== undefined && value !== null) return value;
    throw validationError(`CustomResource attribute error: Vendor response doesn't contain ${attribute} key in object ${source ?? logicalId}`);
  }

  private record(event: Omit<StackEvent, 'eventId' | 'operationId' | 'timestamp'>): string {
    const timestamp = this.timeline.next();
    const eventId = uuidFrom(this.stackId, 'event', this.sequence++);
    this.events.push({ ...event, eventId, operationId: this.operationId, timestamp });
    return timestamp;
  }
}

/** `Outer.Inner` reaches into attributes that are objects. */
function nested(attributes: Values, path: string): Value | undefined {
  return path.split('.').reduce<Value | undefined>(
    (value, key) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value[key] : undefined),
    attributes,
  );
}
