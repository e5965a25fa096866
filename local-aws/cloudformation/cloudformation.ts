import { Account, Principal } from '../aws';
import { Clock } from '../clock';
import { ChangeSets } from './change-sets';
import { constraint, reasonOf, validationError } from './errors';
import { Exports } from './exports';
import { uuidFrom } from './ids';
import { NestedStackType } from './nested-stack';
import { Leaving, OnFailure, Operation, OperationOptions } from './operation';
import { resourcePage, shownResources } from './resource-list';
import { Environment } from './resource-steps';
import { ResourceTypes } from './resource-types';
import { Services } from './services';
import { DEFAULT_SETTINGS, Settings } from './settings';
import { SignalStatus } from './signals';
import { ResourceView, Stack, StackEvent, StackStatus } from './stack';
import type { Stacks } from './stacks';
import { parseTemplate, Template } from './template';
import { checkTemplate } from './template-check';
import { Timeline } from './timeline';

export interface CloudFormationProps {
  readonly account: Account;
  readonly clock: Clock;
  readonly services: Services;
  readonly settings?: Partial<Settings>;
}

export interface DeployOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly roleArn?: string;
  /** Whether a failure is rolled back. @default true */
  readonly rollback?: boolean;
  readonly onFailure?: OnFailure;
  readonly retainExceptOnCreate?: boolean;
  /** Who deploys. @default - the root user of the account */
  readonly principal?: Principal;
}

/** What may stay as it is when the rollback of an update goes on. */
export interface Skipping {
  /** The logical ids of resources that could not be rolled back. */
  readonly skipped?: readonly string[];
  /** Whether all of those are skipped. */
  readonly force?: boolean;
}

export interface StackFailure {
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** How an operation ended. */
export interface StackOutcome {
  readonly stackId: string;
  readonly status: StackStatus;
  readonly reason?: string;
  /** False where there was nothing to do. */
  readonly changed: boolean;
  /** What failed on the way, in the order in which it did. */
  readonly failures: readonly StackFailure[];
  readonly outputs: Readonly<Record<string, string>>;
}

const SIGNALLABLE: readonly StackStatus[] = ['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'];

/** AWS CloudFormation, with the resource types that stacks of this library are made of. */
export class CloudFormation implements Stacks {
  readonly types: ResourceTypes;
  readonly exports: Exports;
  readonly changeSets: ChangeSets;
  readonly root: Principal;
  private readonly timeline: Timeline;
  private readonly environment: Environment;
  private readonly settings: Settings;
  /** In the order of their creation, the deleted ones too. */
  private readonly stacks: Stack[] = [];
  private readonly running = new Map<Stack, { readonly operation: Operation; readonly done: Promise<void> }>();

  constructor(private readonly props: CloudFormationProps) {
    const { account, clock, services } = props;
    const settings = this.settings = { ...DEFAULT_SETTINGS, ...props.settings };
    this.types = new ResourceTypes(clock, settings, new NestedStackType(this));
    this.timeline = new Timeline(clock);
    this.exports = new Exports(() => this.stacks.filter(({ status }) => status !== 'DELETE_COMPLETE'));
    this.environment = {
      account, clock, services, exports: this.exports, settings, typeOf: (name) => this.types.get(name),
    };
    this.changeSets = new ChangeSets(this, this.timeline);
    this.root = { arn: `arn:${account.partition}:iam::${account.accountId}:root`, accountId: account.accountId };
  }

  get account(): Account {
    return this.props.account;
  }

  get services(): Services {
    return this.props.services;
  }

  // ---- Whole operations, for tests

  /** Creates or updates a stack, and resolves when that is over. */
  async deploy(stackName: string, template: string | object, options: DeployOptions = {}): Promise<StackOutcome> {
    const { parameters = {}, tags = {}, roleArn, rollback = true, onFailure, retainExceptOnCreate, principal = this.root } = options;
    const existing = this.findStack(stackName);
    const type = existing && existing.status !== 'REVIEW_IN_PROGRESS' ? 'UPDATE' : 'CREATE';
    const changeSet = await this.changeSets.create(principal, {
      stackName,
      type,
      template,
      roleArn,
      parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
    const { stack } = changeSet;
    const from = stack.events.length;
    if (changeSet.status === 'FAILED') return outcomeOf(stack, from, false);
    this.changeSets.execute(changeSet, { onFailure: onFailure ?? (rollback ? 'ROLLBACK' : 'DO_NOTHING'), retainExceptOnCreate });
    return this.ended(stack, from);
  }

  /** Deletes a stack, and resolves when that is over. A creation under way is cancelled. */
  async delete(stackName: string, principal?: Principal, leaving?: Leaving): Promise<StackOutcome> {
    const stack = this.stack(stackName);
    const from = stack.events.length;
    this.deleteStack(stack, { principal, ...leaving });
    return this.ended(stack, from);
  }

  /** Rolls back what failed while rollback was disabled, and resolves when that is over. */
  async rollback(stackName: string, options?: OperationOptions): Promise<StackOutcome> {
    const stack = this.stack(stackName);
    const from = stack.events.length;
    this.rollbackStack(stack, options);
    return this.ended(stack, from);
  }

  /** Goes on with the rollback of an update that failed, and resolves when that is over. */
  async continueUpdateRollback(stackName: string, skipping?: Skipping): Promise<StackOutcome> {
    const stack = this.stack(stackName);
    const from = stack.events.length;
    this.continueRollback(stack, skipping);
    return this.ended(stack, from);
  }

  /** Oldest first. */
  events(stackName: string): readonly StackEvent[] {
    return this.stack(stackName).events;
  }

  describe(stackName: string): Stack {
    return this.stack(stackName);
  }

  /** Resolves when no operation is under way on the stack. */
  async settled(stack: Stack): Promise<void> {
    await this.running.get(stack)?.done;
  }

  // ---- Stacks

  /** The stacks that exist; by name, the deleted ones do not. */
  allStacks(): readonly Stack[] {
    return this.stacks;
  }

  findStack(nameOrId: string): Stack | undefined {
    return this.stacks.find((stack) => stack.stackId === nameOrId || (stack.stackName === nameOrId && stack.status !== 'DELETE_COMPLETE'));
  }

  stack(nameOrId: string): Stack {
    const stack = this.findStack(nameOrId);
    if (!stack) throw validationError(`Stack with id ${nameOrId} does not exist`);
    return stack;
  }

  /** Reads and checks a template as every operation does that is given one. */
  checkedTemplate(source: string | object): Template {
    const template = parseTemplate(source);
    checkTemplate(template, this.types);
    return template;
  }

  /** The resources of a stack that the API shows. */
  resources(stack: Stack): ResourceView[] {
    return shownResources(stack, this.settings);
  }

  /** A page of the list of resources, which may lag. */
  resourcePage(stack: Stack, token?: string): ReturnType<typeof resourcePage> {
    return resourcePage(stack, token, this.settings, this.props.clock.now());
  }

  deleteStack(stack: Stack, { principal, ...leaving }: { readonly principal?: Principal } & Leaving = {}): void {
    if (['DELETE_COMPLETE', 'DELETE_IN_PROGRESS'].includes(stack.status)) return;
    if (stack.terminationProtection) {
      throw validationError(`Stack [${stack.stackId}] cannot be deleted while TerminationProtection is enabled`);
    }
    const { retained, force } = leaving;
    if (retained && retained.size > 0) {
      if (stack.status !== 'DELETE_FAILED') {
        throw validationError(`Invalid operation on stack [${stack.stackId}]. Specify resources to retain only when stack status is DELETE_FAILED.`);
      }
      retained.forEach((logicalId) => stack.resource(logicalId));
    }
    if (force && stack.status !== 'DELETE_FAILED') {
      throw validationError(`Stack [${stack.stackId}] can be deleted by force only when its status is DELETE_FAILED.`);
    }
    const running = this.running.get(stack);
    if (running && ['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'].includes(stack.status)) {
      running.operation.requestDeletion();
      return;
    }
    if (stack.busy) throw validationError(`Stack [${stack.stackId}] cannot be deleted while in status ${stack.status}`);
    stack.principal = principal ?? stack.principal;
    this.changeSets.deleteAllOf(stack);
    this.run(stack, (operation) => operation.delete(leaving));
  }

  cancelUpdate(stackName: string): void {
    const stack = this.stack(stackName);
    const running = this.running.get(stack);
    if (!running || stack.status !== 'UPDATE_IN_PROGRESS') throw validationError('CancelUpdateStack cannot be called from current stack status');
    running.operation.cancel();
  }

  /** Rolls back what a failure left as it was because rollback was disabled. */
  rollbackStack(stack: Stack, options?: OperationOptions): void {
    if (!stack.paused) throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`);
    this.run(stack, (operation) => operation.rollback('User Initiated'), options);
  }

  /** Goes on with a rollback that failed. Only what failed in it may be skipped. */
  continueRollback(stack: Stack, { skipped = [], force = false }: Skipping = {}): void {
    if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
      throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not continue to be rolled back.`);
    }
    if (force && skipped.length > 0) throw validationError('ForceRollback and ResourcesToSkip are mutually exclusive.');
    const failed = [...stack.resources.values()].filter(({ rollbackFailed }) => rollbackFailed).map(({ logicalId }) => logicalId);
    const wrong = skipped.filter((logicalId) => !failed.includes(logicalId));
    if (wrong.length > 0) {
      throw validationError(`Resources [${wrong.join(', ')}] cannot be skipped: only those that are UPDATE_FAILED because they could not be rolled back.`);
    }
    this.run(stack, (operation) => operation.rollbackUpdate('User Initiated', new Set(force ? failed : skipped)));
  }

  /** Only a resource that is just being created, and that waits for signals, takes one. */
  signalResource(stack: Stack, logicalId: string, uniqueId: string, status: SignalStatus): void {
    if (!SIGNALLABLE.includes(stack.status)) throw validationError(`Stack ${stack.stackId} is in ${stack.status} state and cannot be signaled`);
    const resource = stack.resource(logicalId);
    const { signals, type } = resource;
    if (!signals) throw validationError(`Resource ${logicalId} is of type ${type} and cannot be signaled`);
    if (resource.status !== 'CREATE_IN_PROGRESS') throw validationError(`Resource ${logicalId} is in ${resource.status} state and cannot be signaled`);
    signals.receive(logicalId, uniqueId, status);
    if (status === 'SUCCESS') stack.setResourceStatus(resource, 'CREATE_IN_PROGRESS', `Received SUCCESS signal with UniqueId ${uniqueId}`);
  }

  // ---- What change sets and nested stacks are made and executed with

  /** One that does not exist before it is added. */
  newStack(stackName: string, principal: Principal): Stack {
    if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(stackName)) {
      const pattern = '[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*';
      throw constraint(stackName, 'stackName', `Member must satisfy regular expression pattern: ${pattern}`);
    }
    const { partition, region, accountId } = this.account;
    const incarnation = this.stacks.filter((stack) => stack.stackName === stackName).length;
    const id = uuidFrom(accountId, region, stackName, incarnation);
    return new Stack(`arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/${id}`, stackName, principal, this.timeline);
  }

  /** From now on the stack exists. */
  add(stack: Stack): void {
    this.stacks.push(stack);
  }

  /** Begins an operation on a stack. */
  run(stack: Stack, work: (operation: Operation) => Promise<void>, options?: OperationOptions): Operation {
    const operation = new Operation(stack, this.environment, options);
    const done = work(operation).finally(() => {
      this.running.delete(stack);
      if (stack.status === 'DELETE_COMPLETE') stack.deletionTime = this.timeline.next();
    });
    this.running.set(stack, { operation, done });
    return operation;
  }

  async assume(roleArn: string): Promise<Principal> {
    try {
      return await this.services.iam.assumeRoleForService(roleArn, 'cloudformation.amazonaws.com');
    } catch (error) {
      throw validationError(`Role ${roleArn} is invalid or cannot be assumed (${reasonOf(error)})`);
    }
  }

  private async ended(stack: Stack, from: number): Promise<StackOutcome> {
    await this.settled(stack);
    return outcomeOf(stack, from, true);
  }
}

function outcomeOf(stack: Stack, from: number, changed: boolean): StackOutcome {
  const { stackId, status, reason } = stack;
  return {
    stackId,
    status,
    changed,
    ...(reason === undefined ? {} : { reason }),
    failures: stack.events.slice(from)
      .filter((event) => event.status.endsWith('_FAILED') && event.physicalId !== stackId)
      .map(({ logicalId, type, status: resourceStatus, reason: why = '' }) => ({ logicalId, type, status: resourceStatus, reason: why })),
    outputs: Object.fromEntries(stack.outputs.map(({ key, value }) => [key, value])),
  };
}
