import { AwsError, Principal } from '../aws';
import { Blueprint } from './blueprint';
import { outputsChange, planChanges, ResourceChange } from './changes';
import { validationError } from './errors';
import { uuidFrom } from './ids';
import type { StackOutputReference } from './intrinsics';
import { OnFailure, Operation, OperationOptions } from './operation';
import { ParameterInput, resolveParameters } from './parameters';
import { Stack, StackStatus, Tag } from './stack';
import type { Stacks } from './stacks';
import { Template } from './template';
import { Timeline } from './timeline';
import { sameValue } from './values';

const NO_CHANGES = 'The submitted information didn\'t contain changes. Submit different information to create a change set.';

/** What an operation would do to a stack, before it is begun. */
export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly stack: Stack;
  readonly description?: string;
  readonly creationTime: string;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly statusReason?: string;
  executionStatus: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_IN_PROGRESS' | 'EXECUTE_COMPLETE' | 'EXECUTE_FAILED';
  readonly changes: readonly ResourceChange[];
  readonly blueprint: Blueprint;
  readonly tags: readonly Tag[];
  readonly roleArn?: string;
  readonly principal: Principal;
  readonly onFailure?: OnFailure;
}

export interface ChangeSetInput {
  readonly stackName: string;
  /** Absent where the operation is asked for directly: then nobody sees the change set. */
  readonly changeSetName?: string;
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

const UPDATABLE: readonly StackStatus[] = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'];

/** The change sets of all stacks. Every creation and update begins with one, whether it is asked for or not. */
export class ChangeSets {
  private all: ChangeSet[] = [];

  constructor(private readonly stacks: Stacks, private readonly timeline: Timeline) {}

  async create(principal: Principal, input: ChangeSetInput): Promise<ChangeSet> {
    const { stacks } = this;
    const { account, types } = stacks;
    const { stackName, changeSetName = '', type, description, tags = [], roleArn, onFailure } = input;
    const template = stacks.checkedTemplate(input.template);
    const existing = stacks.findStack(stackName);
    checkState(stackName, changeSetName, type, existing);
    if (existing && this.find(changeSetName, stackName)) throw new AwsError('AlreadyExistsException', `ChangeSet [${changeSetName}] already exists`);
    const actor = roleArn === undefined ? principal : await stacks.assume(roleArn);
    const stack = existing ?? stacks.newStack(stackName, principal);
    const blueprint = await this.blueprintOf(stack, template, input.parameters ?? [], actor);
    if (!existing) {
      stacks.add(stack);
      stack.beginOperation();
      stack.setStatus('REVIEW_IN_PROGRESS', 'User Initiated');
    }
    const changes = planChanges(stack, blueprint, types);
    const different = type === 'CREATE' || (input.retries && stack.paused) || changes.length > 0 || outputsChange(stack, blueprint) || !sameValue(tagValues(tags), tagValues(stack.tags));
    const creationTime = this.timeline.next();
    const { partition, region, accountId } = account;
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
    if (changeSetName !== '') this.all.push(changeSet);
    return changeSet;
  }

  /** What a stack would be by a template, for somebody who may read what that refers to. */
  async blueprintOf(stack: Stack, template: Template, input: readonly ParameterInput[], actor: Principal): Promise<Blueprint> {
    const { stacks, stacks: { account, services } } = this;
    const identity = { stackId: stack.stackId, stackName: stack.stackName, account };
    const parameters = resolveParameters(template, input, stack.blueprint?.parameters ?? {}, (name) => this.ssmParameter(name));
    const blueprint = new Blueprint({
      template, parameters, identity, imports: (name) => stacks.exports.value(name), stackOutputs: (reference) => this.stackOutput(reference),
    });
    for (const name of blueprint.read) await services.iam.authorize(actor, 'cloudformation:DescribeStacks', stacks.stack(name).stackId);
    refuseTypeChanges(stack, blueprint);
    return blueprint;
  }

  find(nameOrId: string, stackNameOrId?: string): ChangeSet | undefined {
    const stack = stackNameOrId === undefined ? undefined : this.stacks.findStack(stackNameOrId);
    return this.all.find((changeSet) => changeSet.id === nameOrId || (changeSet.name === nameOrId && changeSet.stack === stack));
  }

  of(stack: Stack): readonly ChangeSet[] {
    return this.all.filter((changeSet) => changeSet.stack === stack);
  }

  delete(changeSet: ChangeSet): void {
    this.all = this.all.filter((other) => other !== changeSet);
  }

  deleteAllOf(stack: Stack): void {
    this.all = this.all.filter((changeSet) => changeSet.stack !== stack);
  }

  /** Starts the operation that the change set describes. All other change sets of the stack are void from then on. */
  execute(changeSet: ChangeSet, options: OperationOptions = {}): void {
    const { stack, blueprint, type } = changeSet;
    const { onFailure = changeSet.onFailure ?? 'ROLLBACK' } = options;
    if (changeSet.executionStatus !== 'AVAILABLE') {
      throw new AwsError('InvalidChangeSetStatus', `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`);
    }
    checkState(stack.stackName, changeSet.name, type, stack);
    checkPaused(stack, onFailure);
    this.all = this.all.filter((other) => other.stack !== stack || other === changeSet);
    changeSet.executionStatus = 'EXECUTE_COMPLETE';
    stack.tags = changeSet.tags;
    stack.roleArn = changeSet.roleArn;
    stack.principal = changeSet.principal;
    stack.disableRollback = onFailure === 'DO_NOTHING';
    const previous = stack.blueprint;
    if (type === 'UPDATE') stack.moveTime();
    const work = (operation: Operation) => (previous ? operation.update(blueprint, previous) : operation.create(blueprint));
    this.stacks.run(stack, work, { ...options, onFailure });
  }

  /** Of a stack in this account and Region: there are no others. */
  private stackOutput({ stackName, outputName, region, roleArn }: StackOutputReference): string {
    if (roleArn !== undefined) throw validationError(`Role ${roleArn} is invalid or cannot be assumed`);
    if (region !== undefined && region !== this.stacks.account.region) throw validationError(`Stack with id ${stackName} does not exist`);
    const output = this.stacks.stack(stackName).outputs.find(({ key }) => key === outputName);
    if (!output) throw validationError(`Template error: stack ${stackName} has no output ${outputName}`);
    return output.value;
  }

  private ssmParameter(name: string): string | undefined {
    try {
      return this.stacks.services.ssm.getParameter(name);
    } catch {
      return undefined;
    }
  }
}

/** A stack is created once. It is updated where it is stable, or stopped at a failure. */
function checkState(stackName: string, changeSetName: string, type: 'CREATE' | 'UPDATE', stack: Stack | undefined): void {
  if (type === 'CREATE') {
    if (stack && stack.status !== 'REVIEW_IN_PROGRESS') {
      throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists and cannot be created again with the changeSet [${changeSetName}].`);
    }
    return;
  }
  if (!stack) throw validationError(`Stack [${stackName}] does not exist`);
  if (!stack.paused && !UPDATABLE.includes(stack.status)) throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
}

/** A stack whose operation stopped at a failure is only updated by an operation that does so, too. */
function checkPaused({ paused, status, doesNothingOnFailure }: Stack, onFailure: OnFailure): void {
  if (!paused) return;
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
