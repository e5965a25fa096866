import type { ChangeSets } from './change-sets';
import { Cancellation, ResourceFailure } from './errors';
import type { Operation, OperationOptions } from './operation';
import type { ExistingRequest, ResourceRequest, ResourceState, ResourceType, UpdateRequest } from './resource-type';
import type { Stack, StackStatus, Tag } from './stack';
import type { Stacks } from './stacks';
import { templateAt } from './template-url';
import { isObject, Values } from './values';

const KNOWN = ['TemplateURL', 'Parameters', 'Tags'];
const NAME_LENGTH = 128;

/**
 * Stacks that are resources of another stack. Each of their operations is a part of one of that stack: it says whether a failure is rolled
 * back, and only when it has succeeded itself does a nested one let go of what it may have had to go back to.
 */
export class NestedStackType implements ResourceType {
  readonly staysAsItFailed = true;
  /** The operations that the stack around is not done with. */
  private readonly operations = new Map<Stack, Operation>();

  constructor(private readonly stacks: Stacks & { readonly changeSets: ChangeSets }) {}

  hasAttribute(attribute: string): boolean {
    return /^Outputs\.[A-Za-z0-9]+$/.test(attribute);
  }

  faults(properties: Values): string[] {
    const unknown = Object.keys(properties).filter((name) => !KNOWN.includes(name));
    return [
      ...typeof properties.TemplateURL === 'string' ? [] : ['#: required key [TemplateURL] not found'],
      ...unknown.map((name) => `#: extraneous key [${name}] is not permitted`),
    ];
  }

  updateFault(): undefined {
    return undefined;
  }

  replacedBy(): boolean {
    return false;
  }

  async create(request: ResourceRequest): Promise<ResourceState> {
    const { stacks } = this;
    const stack = stacks.newStack(request.generatedName(NAME_LENGTH), request.principal);
    stack.parent = stacks.stack(request.stackId);
    stack.tags = tagsOf(stack, request);
    await this.authorize('CreateStack', stack, request);
    const blueprint = await this.blueprintOf(stack, request);
    stacks.add(stack);
    await this.run(stack, request, async (operation) => operation.create(blueprint));
    return this.stateOf(stack, 'CREATE_COMPLETE', 'created', request);
  }

  async update(request: UpdateRequest): Promise<ResourceState> {
    const stack = this.stacks.stack(request.physicalId);
    await this.authorize('UpdateStack', stack, request);
    if (stack.parent?.status.includes('ROLLBACK')) return this.goBack(stack, request);
    const blueprint = await this.blueprintOf(stack, request);
    const { blueprint: previous } = stack;
    stack.moveTime();
    stack.tags = tagsOf(stack, request);
    await this.run(stack, request, async (operation) => operation.update(blueprint, previous ?? blueprint));
    return this.stateOf(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'updated', request);
  }

  async delete(request: ExistingRequest): Promise<void> {
    const stack = this.stacks.stack(request.physicalId);
    if (stack.status === 'DELETE_COMPLETE') return;
    await this.authorize('DeleteStack', stack, request);
    await this.run(stack, request, async (operation) => operation.delete());
    this.operations.delete(stack);
    this.stateOf(stack, 'DELETE_COMPLETE', 'deleted', request);
  }

  async cleanUp({ physicalId }: ExistingRequest): Promise<void> {
    const stack = this.stacks.stack(physicalId);
    await this.operations.get(stack)?.cleanUp();
    this.operations.delete(stack);
  }

  /** What the update came to is taken back; where it never came to the stack, there is nothing to take back. */
  private async goBack(stack: Stack, request: UpdateRequest): Promise<ResourceState> {
    if (!stack.fallback?.blueprint) return { physicalId: stack.stackId, attributes: outputsOf(stack) };
    await this.operations.get(stack)?.rollbackUpdate('The stack that it is nested in is rolled back');
    return this.stateOf(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'rolled back', request);
  }

  private async run(stack: Stack, { signal }: ResourceRequest, work: (operation: Operation) => Promise<void>): Promise<void> {
    const options: OperationOptions = { isNested: true, onFailure: stack.parent?.disableRollback ? 'DO_NOTHING' : 'ROLLBACK' };
    const operation = this.stacks.run(stack, work, options);
    this.operations.set(stack, operation);
    const cancel = () => operation.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    await this.stacks.settled(stack);
    signal.removeEventListener('abort', cancel);
  }

  private stateOf(stack: Stack, wanted: StackStatus, done: string, { signal }: ResourceRequest): ResourceState {
    const { stackId, status, reason } = stack;
    if (status === wanted) return { physicalId: stackId, attributes: outputsOf(stack) };
    const Failure = signal.aborted ? Cancellation : ResourceFailure;
    throw new Failure(`Embedded stack ${stackId} was not successfully ${done}: ${reason ?? status}`, stackId);
  }

  private async blueprintOf(stack: Stack, { properties, principal, services }: ResourceRequest) {
    const template = this.stacks.checkedTemplate(templateAt(String(properties.TemplateURL), services.s3));
    const given = isObject(properties.Parameters) ? Object.entries(properties.Parameters) : [];
    return this.stacks.changeSets.blueprintOf(stack, template, given.map(([key, value]) => ({ key, value: String(value) })), principal);
  }

  private async authorize(action: string, { stackId }: Stack, { principal, services }: ResourceRequest): Promise<void> {
    await services.iam.authorize(principal, `cloudformation:${action}`, stackId);
  }
}

/** Its own, and those of the stack around it. */
function tagsOf({ parent }: Stack, { properties: { Tags: own = [] } }: ResourceRequest): Tag[] {
  const inherited = (parent?.tags ?? []).map(({ key, value }) => [key, value] as const);
  const given = (Array.isArray(own) ? own : []).filter(isObject).map(({ Key, Value }) => [String(Key), String(Value)] as const);
  return [...new Map([...inherited, ...given])].map(([key, value]) => ({ key, value }));
}

function outputsOf({ outputs }: Stack): Values {
  return Object.fromEntries(outputs.map(({ key, value }) => [`Outputs.${key}`, value]));
}
