import type { Account } from '../aws';
import type { Clock } from '../clock';
import { CreationPolicy } from './creation-policy';
import { reasonOf, ResourceFailure } from './errors';
import type { Exports } from './exports';
import { physicalName, suffixFrom } from './ids';
import { ResourceRequest, ResourceState, ResourceType } from './resource-type';
import { Services } from './services';
import { Signals } from './signals';
import { Stack, StackResource } from './stack';
import { DeletionPolicy, ResourceDefinition } from './template';
import { changedKeys, sameValue, stringified, Values } from './values';
import { waitFor } from './waiting';
import type { UrlStyle } from '../s3/custom-resource-responses';

export interface Environment {
  readonly account: Account;
  readonly clock: Clock;
  readonly services: Services;
  readonly settings: Settings;
  readonly exports: Exports;
  typeOf(name: string): ResourceType;
}

/** What is not documented of CloudFormation, and so has a switch. */
export interface Settings {
  /** Whether a custom resource that answers FAILED to an Update, with a new physical id, is known by that id from then on. */
  readonly adoptIdOfFailedUpdate: boolean;
  /** Whether, after the rollback of a resource failed, it is no longer known what the update had made of it. */
  readonly forgetsFailedRollback: boolean;
  /** How the URLs are signed that custom resources answer to. */
  readonly responseUrls: UrlStyle;
  /** Whether the requests of a later operation have the ids of an earlier one, as was seen where deployments were retried. */
  readonly reusesRequestIds: boolean;
  /** Whether `LastUpdatedTime` tells when a rollback began, and not when the update did. */
  readonly rollbackMovesTime: boolean;
  /** How often a clean-up tries to delete a resource before it leaves it behind. */
  readonly cleanupAttempts: number;
}

export const DEFAULT_SETTINGS: Settings = {
  adoptIdOfFailedUpdate: true,
  forgetsFailedRollback: true,
  responseUrls: 'sigv4',
  reusesRequestIds: false,
  rollbackMovesTime: false,
  cleanupAttempts: 3,
};

/** Takes what a new resource replaced. A resource that CloudFormation itself replaced can be put back as it was. */
export type Discard = (old: StackResource, restorable: boolean) => void;

const DEFAULT_NAME_LENGTH = 255;
const NEVER = new AbortController().signal;

/** Creates, updates and deletes single resources of a stack, and says so in its events. Every step says whether it succeeded. */
export class ResourceSteps {
  constructor(private readonly stack: Stack, private readonly environment: Environment) {}

  async create(
    logicalId: string, definition: ResourceDefinition, resolve: () => Values, signal: AbortSignal, policy?: CreationPolicy,
  ): Promise<boolean> {
    const resource: StackResource = {
      logicalId,
      definition,
      type: definition.type,
      properties: {},
      attributes: {},
      settled: false,
      status: 'CREATE_IN_PROGRESS',
      timestamp: '',
      ...(policy && { signals: new Signals(policy) }),
    };
    this.stack.resources.set(logicalId, resource);
    this.stack.setResourceStatus(resource, 'CREATE_IN_PROGRESS');
    try {
      resource.properties = this.checked(resource, resolve());
      accept(resource, await this.typeOf(resource).create(this.request(resource, signal)));
      this.stack.setResourceStatus(resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
      if (resource.signals) await this.signalled(resource.signals, signal);
      this.stack.setResourceStatus(resource, 'CREATE_COMPLETE');
      return true;
    } catch (error) {
      if (error instanceof ResourceFailure) resource.physicalId ??= error.physicalId;
      this.stack.setResourceStatus(resource, 'CREATE_FAILED', reasonOf(error));
      return false;
    }
  }

  /**
   * Brings a resource to its definition. What stays the same is left alone and has no event.
   * Where a new resource takes the place of the old one, the old one is handed to `discard`.
   */
  async update(
    resource: StackResource, definition: ResourceDefinition, resolve: () => Values, signal: AbortSignal, discard: Discard,
  ): Promise<boolean> {
    try {
      const properties = resolve();
      if (resource.settled && sameProperties(resource.properties, properties)) {
        resource.definition = definition;
        if (resource.status === 'UPDATE_FAILED') this.stack.setResourceStatus(resource, 'UPDATE_COMPLETE');
        return true;
      }
      return await this.change(resource, definition, properties, signal, discard);
    } catch (error) {
      this.stack.setResourceStatus(resource, 'UPDATE_FAILED', reasonOf(error));
      return false;
    }
  }

  /** Puts a resource back in the place of the one that replaced it. */
  restore(old: StackResource, replacement: StackResource): void {
    this.stack.setResourceStatus(replacement, 'UPDATE_IN_PROGRESS');
    this.stack.resources.set(old.logicalId, old);
    this.stack.setResourceStatus(old, 'UPDATE_COMPLETE');
  }

  async delete(resource: StackResource, policy: DeletionPolicy): Promise<boolean> {
    const { physicalId } = resource;
    if (policy === 'Retain') {
      this.stack.setResourceStatus(resource, 'DELETE_SKIPPED');
      return true;
    }
    if (physicalId === undefined) {
      this.stack.setResourceStatus(resource, 'DELETE_COMPLETE');
      return true;
    }
    this.stack.setResourceStatus(resource, 'DELETE_IN_PROGRESS');
    try {
      await this.typeOf(resource).delete({ ...this.request(resource, NEVER), physicalId });
      this.stack.setResourceStatus(resource, 'DELETE_COMPLETE');
      return true;
    } catch (error) {
      this.stack.setResourceStatus(resource, 'DELETE_FAILED', reasonOf(error));
      return false;
    }
  }

  private async signalled({ decided, policy: { count, timeoutSeconds } }: Signals, signal: AbortSignal): Promise<void> {
    const failure = await waitFor(decided, {
      clock: this.environment.clock,
      seconds: timeoutSeconds,
      signal,
      late: new ResourceFailure(`Failed to receive ${count} resource signal(s) within the specified duration`),
      cancelled: new ResourceFailure('Resource creation cancelled'),
    });
    if (failure !== undefined) throw new ResourceFailure(failure);
  }

  private async change(
    resource: StackResource, definition: ResourceDefinition, properties: Values, signal: AbortSignal, discard: Discard,
  ): Promise<boolean> {
    const type = this.typeOf(resource);
    const before = { ...resource };
    const replaces = before.physicalId === undefined || changedKeys(before.properties, properties).some((name) => type.replacedBy(name));
    this.stack.setResourceStatus(
      resource, 'UPDATE_IN_PROGRESS',
      replaces ? 'Requested update requires the creation of a new physical resource; hence creating one.' : undefined,
    );
    this.checked(resource, properties);
    const fault = type.updateFault(before.properties, properties);
    if (fault !== undefined) throw new ResourceFailure(fault);
    if (replaces) await this.replace(resource, definition, properties, signal);
    else await this.modify(resource, definition, properties, signal, () => discard(before, false));
    if (replaces && before.physicalId !== undefined) discard(before, true);
    this.stack.setResourceStatus(resource, 'UPDATE_COMPLETE');
    return true;
  }

  private async replace(resource: StackResource, definition: ResourceDefinition, properties: Values, signal: AbortSignal): Promise<void> {
    const state = await this.typeOf(resource).create(this.request({ ...resource, properties }, signal));
    Object.assign(resource, { properties, definition });
    accept(resource, state);
    this.stack.setResourceStatus(resource, 'UPDATE_IN_PROGRESS', 'Resource creation Initiated');
  }

  private async modify(
    resource: StackResource, definition: ResourceDefinition, properties: Values, signal: AbortSignal, renamed: () => void,
  ): Promise<void> {
    const { physicalId = '', properties: oldProperties, attributes: oldAttributes } = resource;
    Object.assign(resource, { properties, definition, settled: false });
    try {
      accept(resource, await this.typeOf(resource).update({ ...this.request(resource, signal), physicalId, oldProperties, oldAttributes }));
    } catch (error) {
      if (error instanceof ResourceFailure && error.physicalId !== undefined && this.environment.settings.adoptIdOfFailedUpdate) {
        resource.physicalId = error.physicalId;
        if (error.physicalId !== physicalId) renamed();
      }
      if (this.stack.status.includes('ROLLBACK') && !this.environment.settings.forgetsFailedRollback) resource.properties = oldProperties;
      throw error;
    }
    if (resource.physicalId === physicalId) return;
    renamed();
    this.stack.setResourceStatus(resource, 'UPDATE_IN_PROGRESS', 'Requested update required the provider to create a new physical resource');
  }

  private checked(resource: StackResource, properties: Values): Values {
    const faults = this.typeOf(resource).faults(properties);
    if (faults.length === 0) return properties;
    throw new ResourceFailure(`Properties validation failed for resource ${resource.logicalId} with message:\n[${faults.join(', ')}]`);
  }

  private typeOf({ type }: StackResource): ResourceType {
    return this.environment.typeOf(type);
  }

  private request({ logicalId, type, properties }: StackResource, signal: AbortSignal): ResourceRequest {
    const { stackId, stackName, operationId, principal } = this.stack;
    const { account, services } = this.environment;
    return {
      stackId,
      stackName,
      operationId,
      logicalId,
      type,
      properties,
      account,
      services,
      principal,
      signal,
      generatedName: (maxLength = DEFAULT_NAME_LENGTH) =>
        physicalName(stackName, logicalId, suffixFrom(12, stackId, logicalId, this.stack.nextNumber(logicalId)), maxLength),
    };
  }
}

function accept(resource: StackResource, { physicalId, attributes, source }: ResourceState): void {
  Object.assign(resource, { physicalId, attributes, source, settled: true });
}

function sameProperties(a: Values, b: Values): boolean {
  return sameValue(stringified(a), stringified(b));
}
