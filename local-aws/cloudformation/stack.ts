import type { Principal } from '../aws';
import { Blueprint, ResourceLookup } from './blueprint';
import { validationError } from './errors';
import { uuidFrom } from './ids';
import { Signals } from './signals';
import { ResourceDefinition } from './template';
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

/** One resource of a stack, as it is. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** How it is defined by the template that was last applied to it. */
  definition: ResourceDefinition;
  /** Absent as long as there is nothing that a Delete would have to name. */
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

export interface Fallback {
  readonly blueprint: Blueprint;
  readonly outputs: readonly StackOutput[];
  /** What the update replaced. */
  replaced: { readonly resource: StackResource; readonly restorable: boolean }[];
}

/** A stack: what it consists of, what it is doing, and what happened to it. */
export class Stack {
  readonly events: StackEvent[] = [];
  readonly resources = new Map<string, StackResource>();
  readonly creationTime: string;
  lastUpdatedTime?: string;
  deletionTime?: string;
  status: StackStatus = 'REVIEW_IN_PROGRESS';
  reason?: string;
  /** What was last applied to it; absent as long as it is only reviewed. */
  blueprint?: Blueprint;
  /** Where an update goes back to if it fails; set from its start until it has succeeded or is undone. */
  fallback?: Fallback;
  /** What an operation left to be deleted, beside the stack's resources. */
  discarded: StackResource[] = [];
  outputs: readonly StackOutput[] = [];
  tags: readonly Tag[] = [];
  roleArn?: string;
  principal: Principal;
  disableRollback = false;
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

  /** The resource of that name, unless it was not begun yet. */
  resource(logicalId: string): StackResource {
    const resource = this.resources.get(logicalId);
    if (!resource) throw validationError(`Resource ${logicalId} does not exist for stack ${this.stackName}`);
    return resource;
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
    const { logicalId, physicalId = '', type, properties } = resource;
    resource.status = status;
    resource.reason = reason;
    resource.timestamp = this.record({ logicalId, physicalId, type, status, reason, properties });
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
