import type { Account } from '../aws';
import type { Clock } from '../clock';
import { CreationPolicy } from './creation-policy';
import { Cancellation, reasonOf, ResourceFailure } from './errors';
import type { Exports } from './exports';
import { physicalName, suffixFrom } from './ids';
import { ResourceRequest, ResourceState, ResourceType } from './resource-type';
import { Services } from './services';
import type { Settings } from './settings';
import { Signals } from './signals';
import { Stack, StackResource } from './stack';
import { DeletionPolicy, ResourceDefinition } from './template';
import { changedKeys, sameValue, stringified, Values } from './values';
import { waitFor } from './waiting';

export interface Environment {
  readonly account: Account;
  readonly clock: Clock;
  readonly services: Services;
  readonly settings: Settings;
  readonly exports: Exports;
  typeOf(name: string): ResourceType;
}

/** What a resource is to become. */
export interface Wanted {
  readonly definition: ResourceDefinition;
  readonly draft: Values;
  readonly creationPolicy?: CreationPolicy;
  resolve(): Values;
}

/** One way through the resources of a stack, to a template. */
export interface Pass {
  /** Aborted when what is under way is given up. */
  readonly signal: AbortSignal;
  /** Whether rollback is disabled, so that a failure is left as it is. */
  leavesFailures(): boolean;
  /** Takes what a new resource replaced. A resource that CloudFormation itself replaced can be put back as it was. */
  discard(old: StackResource, restorable: boolean): void;
}

type Definition = Pick<StackResource, 'definition' | 'draft'>;

const NO_REPLACEMENT = 'Replacement type updates not supported on stack with disable-rollback.';
const DEFAULT_NAME_LENGTH = 255;
const NEVER = new AbortController().signal;

/** Creates, updates and deletes single resources of a stack, and says so in its events. Every step says whether it succeeded. */
export class ResourceSteps {
  constructor(private readonly stack: Stack, private readonly environment: Environment) {}

  async create(logicalId: string, { definition, draft, creationPolicy, resolve }: Wanted, { signal }: Pass): Promise<boolean> {
    const resource: StackResource = {
      logicalId,
      definition,
      draft,
      type: definition.type,
      properties: {},
      attributes: {},
      settled: false,
      status: 'CREATE_IN_PROGRESS',
      timestamp: '',
      past: [],
      rollbackFailed: false,
      ...(creationPolicy && { signals: new Signals(creationPolicy) }),
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

  /** Creates what an earlier operation could not create, and sees to it that what that may have made is deleted. */
  async recreate(failed: StackResource, wanted: Wanted, pass: Pass): Promise<boolean> {
    const { stack, environment: { settings: { failedCreation } } } = this;
    const { logicalId, physicalId } = failed;
    if (failedCreation === 'deleted first' && !await this.delete(failed, 'Delete')) return false;
    stack.departed.set(logicalId, failed);
    const created = await this.create(logicalId, wanted, pass);
    if (failedCreation === 'deleted last' && physicalId !== undefined) stack.discarded.push(failed);
    return created;
  }

  /**
   * Brings a resource to its definition. What stays the same is left alone and has no event.
   * Where a new resource takes the place of the old one, the old one is handed to `discard`.
   */
  async update(resource: StackResource, wanted: Wanted, pass: Pass): Promise<boolean> {
    const before = { ...resource };
    try {
      const properties = wanted.resolve();
      if (resource.settled && sameProperties(resource.properties, properties)) {
        this.define(resource, wanted);
        if (resource.status === 'UPDATE_FAILED') this.stack.setResourceStatus(resource, 'UPDATE_COMPLETE');
      } else {
        await this.change(resource, wanted, properties, pass);
      }
      resource.rollbackFailed = false;
      return true;
    } catch (error) {
      resource.rollbackFailed = this.rollsBack && !(error instanceof Cancellation);
      if (pass.leavesFailures() && !resource.settled && !this.typeOf(resource).staysAsItFailed) await this.goBack(resource, before, pass);
      this.stack.setResourceStatus(resource, 'UPDATE_FAILED', reasonOf(error));
      return false;
    }
  }

  /** A resource that cannot be rolled back is taken for what it should be. */
  skip(resource: StackResource, wanted: Wanted): void {
    this.define(resource, wanted);
    Object.assign(resource, { properties: wanted.resolve(), settled: true, rollbackFailed: false });
    this.stack.setResourceStatus(resource, 'UPDATE_COMPLETE', 'Resource skipped during UpdateRollback');
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

  /** Only now does a resource let go of what it may have had to go back to. */
  async cleanUp(resource: StackResource): Promise<void> {
    const { physicalId } = resource;
    if (physicalId !== undefined) await this.typeOf(resource).cleanUp?.({ ...this.request(resource, NEVER), physicalId });
  }

  private async signalled({ decided, policy: { count, timeoutSeconds } }: Signals, signal: AbortSignal): Promise<void> {
    const failure = await waitFor(decided, {
      clock: this.environment.clock,
      seconds: timeoutSeconds,
      signal,
      late: new ResourceFailure(`Failed to receive ${count} resource signal(s) within the specified duration`),
      cancelled: new Cancellation('Resource creation cancelled'),
    });
    if (failure !== undefined) throw new ResourceFailure(failure);
  }

  private async change(resource: StackResource, wanted: Wanted, properties: Values, pass: Pass): Promise<void> {
    const type = this.typeOf(resource);
    const before = { ...resource };
    const replaces = changedKeys(before.properties, properties).some((name) => type.replacedBy(name));
    this.stack.setResourceStatus(
      resource, 'UPDATE_IN_PROGRESS',
      replaces ? 'Requested update requires the creation of a new physical resource; hence creating one.' : undefined,
    );
    this.checked(resource, properties);
    const fault = type.updateFault(before.properties, properties);
    if (fault !== undefined) throw new ResourceFailure(fault);
    const { replacementWithoutRollback } = this.environment.settings;
    if (replaces && pass.leavesFailures() && replacementWithoutRollback === 'refused') throw new ResourceFailure(NO_REPLACEMENT);
    if (replaces) await this.replace(resource, wanted, properties, pass);
    else await this.modify(resource, wanted, properties, pass);
    if (replaces) pass.discard(this.replaced(before, wanted), true);
    this.stack.setResourceStatus(resource, 'UPDATE_COMPLETE');
  }

  private async replace(resource: StackResource, wanted: Wanted, properties: Values, { signal }: Pass): Promise<void> {
    const state = await this.typeOf(resource).create(this.request({ ...resource, properties }, signal)).catch((error: unknown) => {
      const made = error instanceof ResourceFailure ? error.physicalId : undefined;
      if (made !== undefined) this.stack.discarded.push({ ...resource, properties, physicalId: made });
      throw error;
    });
    this.define(resource, wanted);
    resource.properties = properties;
    accept(resource, state);
    this.stack.setResourceStatus(resource, 'UPDATE_IN_PROGRESS', 'Resource creation Initiated');
  }

  private async modify(resource: StackResource, wanted: Definition, properties: Values, { signal, discard, leavesFailures }: Pass): Promise<void> {
    const before = { ...resource };
    const { physicalId = '', properties: oldProperties, attributes: oldAttributes } = before;
    const { adoptIdOfFailedUpdate, forgetsFailedRollback, newIdWithoutRollback } = this.environment.settings;
    this.define(resource, wanted);
    Object.assign(resource, { properties, settled: false });
    let refused = false;
    try {
      const state = await this.typeOf(resource).update({ ...this.request(resource, signal), physicalId, oldProperties, oldAttributes });
      refused = state.physicalId !== physicalId && leavesFailures() && newIdWithoutRollback === 'refused';
      if (refused) throw new ResourceFailure(NO_REPLACEMENT, state.physicalId);
      accept(resource, state);
    } catch (error) {
      if (error instanceof ResourceFailure && error.physicalId !== undefined && (adoptIdOfFailedUpdate || refused)) {
        resource.physicalId = error.physicalId;
        if (error.physicalId !== physicalId) discard(this.replaced(before, wanted), false);
      }
      if (this.rollsBack && !forgetsFailedRollback) resource.properties = oldProperties;
      throw error;
    }
    if (resource.physicalId === physicalId) return;
    discard(this.replaced(before, wanted), false);
    this.stack.setResourceStatus(resource, 'UPDATE_IN_PROGRESS', 'Requested update required the provider to create a new physical resource');
  }

  /** A resource whose update failed, while rollback is disabled, goes back to its last stable state alone. */
  private async goBack(resource: StackResource, stable: StackResource, pass: Pass): Promise<void> {
    const { failedUpdate } = this.environment.settings;
    const { physicalId, properties, attributes } = stable;
    if (failedUpdate === 'left') return;
    if (failedUpdate === 'assumed back') {
      if (resource.physicalId !== physicalId) pass.discard({ ...resource }, false);
      this.define(resource, stable);
      Object.assign(resource, { physicalId, properties, attributes, settled: stable.settled });
      return;
    }
    try {
      await this.modify(resource, stable, properties, { ...pass, signal: NEVER, leavesFailures: () => false });
    } catch {
      // Its next update knows that nobody knows what it is like.
    }
  }

  /** What another one took the place of. A rollback replaces nothing: it goes back. */
  private replaced(old: StackResource, { definition: { updateReplacePolicy } }: Definition): StackResource {
    const isOfNew = this.environment.settings.replacePolicyOf === 'new template' && !this.rollsBack;
    return { ...old, replacePolicy: isOfNew ? updateReplacePolicy : undefined };
  }

  private define(resource: StackResource, { definition, draft }: Definition): void {
    Object.assign(resource, { definition, draft });
  }

  private get rollsBack(): boolean {
    return this.stack.status.includes('ROLLBACK');
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
