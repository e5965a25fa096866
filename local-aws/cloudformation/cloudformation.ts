import { Account, AwsError, Principal } from '../aws';
import { Clock } from '../clock';
import { Blueprint } from './blueprint';
import { ChangeSet, NO_CHANGES } from './change-set';
import { outputsChange, planChanges } from './changes';
import { reasonOf, validationError } from './errors';
import { Exports } from './exports';
import { uuidFrom } from './ids';
import type { StackOutputReference } from './intrinsics';
import { Leaving, OnFailure, Operation, OperationOptions } from './operation';
import { ParameterInput, resolveParameters } from './parameters';
import { resourcePage, shownResources } from './resource-list';
import { Environment } from './resource-steps';
import { ResourceTypes } from './resource-types';
import { Services } from './services';
import { DEFAULT_SETTINGS, Settings } from './settings';
import { SignalStatus } from './signals';
import { ResourceView, Stack, StackEvent, StackStatus, Tag } from './stack';
import { parseTemplate, Template } from './template';
import { checkTemplate } from './template-check';
import { Timeline } from './timeline';
import { sameValue } from './values';

export interface CloudFormationProps {
  readonly account: Account;
  readonly clock: Clock;
  readonly services: Services;
  readonly settings?: Partial<Settings>;
}

export interface ChangeSetInput {
  readonly stackName: string;
  readonly changeSetName: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly template: string | object;
  readonly parameters?: readonly ParameterInput[];
  readonly tags?: readonly Tag[];
  readonly roleArn?: string;
  readonly description?: string;
  readonly onFailure?: OnFailure;
  /** Whether a stack whose operation stopped at a failure is updated although nothing changes, as `UpdateStack` does. @default false */
  readonly retries?: boolean;
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

/** Where an operation stopped because rollback was disabled. */
const PAUSED: readonly StackStatus[] = ['CREATE_FAILED', 'UPDATE_FAILED'];
const UPDATABLE: readonly StackStatus[] = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', ...PAUSED];
const SIGNALLABLE: readonly StackStatus[] = ['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'];

/** AWS CloudFormation, with the resource types that stacks of this library are made of. */
export class CloudFormation {
  readonly types: ResourceTypes;
  readonly exports: Exports;
  readonly root: Principal;
  private readonly timeline: Timeline;
  private readonly environment: Environment;
  private readonly settings: Settings;
  /** In the order of their creation, the deleted ones too. */
  private readonly stacks: Stack[] = [];
  private changeSets: ChangeSet[] = [];
  private readonly running = new Map<Stack, { readonly operation: Operation; readonly done: Promise<void> }>();

  constructor(private readonly props: CloudFormationProps) {
    const { account, clock, services } = props;
    const settings = this.settings = { ...DEFAULT_SETTINGS, ...props.settings };
    this.types = new ResourceTypes(clock, settings);
    this.timeline = new Timeline(clock);
    this.exports = new Exports(() => this.stacks.filter(({ status }) => status !== 'DELETE_COMPLETE'));
    this.environment = {
      account, clock, services, exports: this.exports, settings, typeOf: (name) => this.types.get(name),
    };
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
    const changeSet = await this.createChangeSet(principal, {
      stackName,
      changeSetName: 'deploy',
      type,
      template,
      roleArn,
      parameters: Object.entries(parameters).map(([key, value]) => ({ key, value })),
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
    const { stack } = changeSet;
    const from = stack.events.length;
    if (changeSet.status === 'FAILED') {
      this.deleteChangeSet(changeSet);
      if (changeSet.statusReason !== NO_CHANGES) throw validationError(changeSet.statusReason ?? '');
      return outcomeOf(stack, from, false);
    }
    this.executeChangeSet(changeSet, { onFailure: onFailure ?? (rollback ? 'ROLLBACK' : 'DO_NOTHING'), retainExceptOnCreate });
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
    this.changeSets = this.changeSets.filter((changeSet) => changeSet.stack !== stack);
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
    if (!PAUSED.includes(stack.status)) throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`);
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

  // ---- Change sets

  async createChangeSet(principal: Principal, input: ChangeSetInput): Promise<ChangeSet> {
    const { stackName, changeSetName, type, description, tags = [], roleArn, onFailure } = input;
    const template = this.checkedTemplate(input.template);
    const existing = this.findStack(stackName);
    this.checkState(stackName, changeSetName, type, existing);
    const actor = roleArn === undefined ? principal : await this.assume(roleArn);
    const stack = existing ?? this.newStack(stackName, principal);
    const identity = { stackId: stack.stackId, stackName: stack.stackName, account: this.account };
    const parameters = resolveParameters(template, input.parameters ?? [], stack.blueprint?.parameters ?? {}, (name) => this.ssmParameter(name));
    const blueprint = new Blueprint({
      template, parameters, identity, imports: (name) => this.exports.value(name), stackOutputs: (reference) => this.stackOutput(reference),
    });
    for (const name of blueprint.read) await this.services.iam.authorize(actor, 'cloudformation:DescribeStacks', this.stack(name).stackId);
    refuseTypeChanges(stack, blueprint);
    if (!existing) {
      this.stacks.push(stack);
      stack.beginOperation();
      stack.setStatus('REVIEW_IN_PROGRESS', 'User Initiated');
    }
    const changes = planChanges(stack, blueprint, this.types);
    const different = type === 'CREATE' || (input.retries && PAUSED.includes(stack.status)) || changes.length > 0 || outputsChange(stack, blueprint) || !sameValue(tagValues(tags), tagValues(stack.tags));
    const creationTime = this.timeline.next();
    const { partition, region, accountId } = this.account;
    const id = uuidFrom(stack.stackId, changeSetName, creationTime);
    const changeSet: ChangeSet = {
      id: `arn:${partition}:cloudformation:${region}:${accountId}:changeSet/${changeSetName}/${id}`,
      name: changeSetName,
      type,
      stack,
      creationTime,
      changes,
      blueprint,
      tags,
      principal: actor,
      ...(different ? { status: 'CREATE_COMPLETE', executionStatus: 'AVAILABLE' } : { status: 'FAILED', executionStatus: 'UNAVAILABLE', statusReason: NO_CHANGES }),
      ...(description === undefined ? {} : { description }),
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(onFailure === undefined ? {} : { onFailure }),
    };
    this.changeSets = [...this.changeSets.filter((other) => other.stack !== stack || other.name !== changeSetName), changeSet];
    return changeSet;
  }

  findChangeSet(nameOrId: string, stackNameOrId?: string): ChangeSet | undefined {
    const stack = stackNameOrId === undefined ? undefined : this.findStack(stackNameOrId);
    return this.changeSets.find((changeSet) => changeSet.id === nameOrId || (changeSet.name === nameOrId && changeSet.stack === stack));
  }

  changeSetsOf(stack: Stack): readonly ChangeSet[] {
    return this.changeSets.filter((changeSet) => changeSet.stack === stack);
  }

  deleteChangeSet(changeSet: ChangeSet): void {
    this.changeSets = this.changeSets.filter((other) => other !== changeSet);
  }

  /** Starts the operation that the change set describes. All other change sets of the stack are void from then on. */
  executeChangeSet(changeSet: ChangeSet, options: OperationOptions = {}): void {
    const { stack, blueprint, type } = changeSet;
    const { onFailure = changeSet.onFailure ?? 'ROLLBACK' } = options;
    if (changeSet.executionStatus !== 'AVAILABLE') {
      throw new AwsError('InvalidChangeSetStatus', `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`);
    }
    this.checkState(stack.stackName, changeSet.name, type, stack);
    checkPaused(stack, onFailure);
    this.changeSets = this.changeSets.filter((other) => other.stack !== stack || other === changeSet);
    changeSet.executionStatus = 'EXECUTE_COMPLETE';
    stack.tags = changeSet.tags;
    stack.roleArn = changeSet.roleArn;
    stack.principal = changeSet.principal;
    stack.disableRollback = onFailure === 'DO_NOTHING';
    const previous = stack.blueprint;
    if (type === 'UPDATE') stack.moveTime();
    const work = (operation: Operation) => (previous ? operation.update(blueprint, previous) : operation.create(blueprint));
    this.run(stack, work, { ...options, onFailure });
  }

  private async ended(stack: Stack, from: number): Promise<StackOutcome> {
    await this.settled(stack);
    return outcomeOf(stack, from, true);
  }

  private run(stack: Stack, work: (operation: Operation) => Promise<void>, options?: OperationOptions): void {
    const operation = new Operation(stack, this.environment, options);
    const done = work(operation).finally(() => {
      this.running.delete(stack);
      if (stack.status === 'DELETE_COMPLETE') stack.deletionTime = this.timeline.next();
    });
    this.running.set(stack, { operation, done });
  }

  private checkState(stackName: string, changeSetName: string, type: 'CREATE' | 'UPDATE', stack: Stack | undefined): void {
    if (type === 'CREATE') {
      if (stack && stack.status !== 'REVIEW_IN_PROGRESS') {
        throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists and cannot be created again with the changeSet [${changeSetName}].`);
      }
      return;
    }
    if (!stack) throw validationError(`Stack [${stackName}] does not exist`);
    if (!UPDATABLE.includes(stack.status)) throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
  }

  private newStack(stackName: string, principal: Principal): Stack {
    if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(stackName)) {
      throw validationError(
        `1 validation error detected: Value '${stackName}' at 'stackName' failed to satisfy constraint: ` +
        'Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*',
      );
    }
    const { partition, region, accountId } = this.account;
    const incarnation = this.stacks.filter((stack) => stack.stackName === stackName).length;
    const id = uuidFrom(accountId, region, stackName, incarnation);
    return new Stack(`arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/${id}`, stackName, principal, this.timeline);
  }

  async assume(roleArn: string): Promise<Principal> {
    try {
      return await this.services.iam.assumeRoleForService(roleArn, 'cloudformation.amazonaws.com');
    } catch (error) {
      throw validationError(`Role ${roleArn} is invalid or cannot be assumed (${reasonOf(error)})`);
    }
  }

  /** Of a stack in this account and Region: there are no others. */
  private stackOutput({ stackName, outputName, region = this.account.region, roleArn }: StackOutputReference): string {
    if (roleArn !== undefined) throw validationError(`Role ${roleArn} is invalid or cannot be assumed`);
    if (region !== this.account.region) throw validationError(`Stack with id ${stackName} does not exist`);
    const output = this.stack(stackName).outputs.find(({ key }) => key === outputName);
    if (!output) throw validationError(`Template error: stack ${stackName} has no output ${outputName}`);
    return output.value;
  }

  private ssmParameter(name: string): string | undefined {
    try {
      return this.services.ssm.getParameter(name);
    } catch {
      return undefined;
    }
  }
}

/** A stack whose operation stopped at a failure is only updated by an operation that does so, too. */
function checkPaused({ status, doesNothingOnFailure }: Stack, onFailure: OnFailure): void {
  if (!PAUSED.includes(status)) return;
  if (onFailure !== 'DO_NOTHING') {
    throw validationError(
      `This stack is currently in a non-terminal [${status}] state. To update the stack from this state, please use the disable-rollback parameter ` +
      'with update-stack API. To rollback to the last known good state, use the rollback-stack API',
    );
  }
  if (status === 'CREATE_FAILED' && doesNothingOnFailure) {
    throw validationError(
      `This stack cannot be updated from [${status}] state because it contains [on-failure: DO_NOTHING]. ` +
      'Please use disable-rollback option instead during stack creation.',
    );
  }
}

function refuseTypeChanges(stack: Stack, blueprint: Blueprint): void {
  const changed = [...stack.resources.values()]
    .filter(({ logicalId, type }) => (blueprint.resources.get(logicalId)?.type ?? type) !== type)
    .map(({ logicalId }) => logicalId);
  if (changed.length > 0) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.join(', ')}]`,
    );
  }
}

function tagValues(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
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
