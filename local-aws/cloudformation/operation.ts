import { Blueprint } from './blueprint';
import { reasonOf } from './errors';
import { combined, Graph, merged, reversed, traverse } from './graph';
import { resolveOutputs } from './outputs';
import { Environment, Pass, ResourceSteps, Wanted } from './resource-steps';
import { ResourceStatus, Stack, StackResource } from './stack';
import { DeletionPolicy } from './template';

/** What to do with a stack whose creation or update failed. */
export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

export interface OperationOptions {
  /** @default 'ROLLBACK' */
  readonly onFailure?: OnFailure;
  /** Whether a rollback deletes what is new although it is to be retained. @default false */
  readonly retainExceptOnCreate?: boolean;
  /** Whether the stack is one of another: whether a failure is rolled back, and when there is a clean-up, depends on that. @default false */
  readonly isNested?: boolean;
}

/** What a deletion leaves behind. */
export interface Leaving {
  /** By logical id. @default - nothing */
  readonly retained?: ReadonlySet<string>;
  /** Whether what cannot be deleted is left behind. @default false */
  readonly force?: boolean;
}

const NONE: ReadonlySet<string> = new Set();
const NEVER = () => false;
const NO_GRAPH: Graph = new Map();

/** A resource in such a status never came into being. */
const UNBORN: readonly ResourceStatus[] = ['CREATE_FAILED', 'DELETE_FAILED'];

/** One operation on a stack, from its first status to its last. */
export class Operation {
  private readonly steps: ResourceSteps;
  private pass = new AbortController();
  private deletionRequested = false;
  private cancelled = false;

  constructor(private readonly stack: Stack, private readonly environment: Environment, private readonly options: OperationOptions = {}) {
    this.steps = new ResourceSteps(stack, environment);
    stack.beginOperation();
  }

  async create(target: Blueprint): Promise<void> {
    const { stack, options: { onFailure } } = this;
    stack.blueprint = target;
    stack.fallback = { replaced: [], between: NO_GRAPH };
    stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.converge(target, () => undefined, this.leavesFailures);
    if (this.deletionRequested) return this.delete();
    if (failure === undefined) {
      stack.fallback = undefined;
      return stack.setStatus('CREATE_COMPLETE');
    }
    if (this.leavesFailures() || this.options.isNested) return stack.setStatus('CREATE_FAILED', failure);
    await this.rollbackCreate(`${failure} Rollback requested by user.`);
    if (onFailure === 'DELETE' && stack.status === 'ROLLBACK_COMPLETE') await this.delete();
  }

  /** Updates a stack that is stable, or one whose last operation failed with rollback disabled. */
  async update(target: Blueprint, previous: Blueprint): Promise<void> {
    const { stack } = this;
    if (stack.fallback) stack.fallback.between = combined(previous.graph, stack.fallback.between);
    const fallback = stack.fallback ??= { blueprint: previous, replaced: [], between: NO_GRAPH };
    stack.blueprint = target;
    stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.converge(target, (old, restorable) => this.setAside(old, restorable), this.leavesFailures);
    if (failure !== undefined) {
      if (this.leavesFailures() || this.options.isNested) return stack.setStatus('UPDATE_FAILED', failure);
      return fallback.blueprint ? this.rollbackUpdate(failure) : this.rollbackCreate(failure);
    }
    stack.setStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    if (!this.options.isNested) await this.cleanUp();
  }

  /** Ends an update, or its rollback: what is no longer needed to go back is deleted. */
  async cleanUp(): Promise<void> {
    const { stack, stack: { fallback, blueprint } } = this;
    if (!fallback || !blueprint) return;
    const undoing = stack.status.includes('ROLLBACK');
    stack.fallback = undefined;
    if (undoing) {
      stack.blueprint = fallback.blueprint;
      await this.deleteLeft(combined(blueprint.graph, fallback.between), fallback.blueprint ?? blueprint, undoing);
      return stack.setStatus('UPDATE_ROLLBACK_COMPLETE');
    }
    stack.discarded.push(...fallback.replaced.map(({ resource }) => resource));
    const clean = await this.deleteLeft(combined(fallback.blueprint?.graph ?? NO_GRAPH, fallback.between), blueprint, undoing);
    stack.setStatus('UPDATE_COMPLETE', clean ? undefined : 'Update successful. One or more resources could not be deleted.');
  }

  /** Rolls back what failed while rollback was disabled. */
  async rollback(reason: string): Promise<void> {
    const { stack, environment: { settings: { rollbackOfCreation, rollbackMovesTime } } } = this;
    if (stack.fallback?.blueprint) return this.rollbackUpdate(reason);
    if (rollbackMovesTime) stack.moveTime();
    return rollbackOfCreation === 'deletes the stack' ? this.delete({}, true) : this.rollbackCreate(reason);
  }

  async rollbackCreate(reason: string): Promise<void> {
    this.stack.setStatus('ROLLBACK_IN_PROGRESS', reason);
    const failed = await this.deleteAll(true);
    if (this.deletionRequested) return this.delete();
    if (failed.length === 0) this.stack.setStatus('ROLLBACK_COMPLETE');
    else this.stack.setStatus('ROLLBACK_FAILED', failedTo('delete', failed));
  }

  /** Goes back to the last stable state. May be called again after it failed: then it can leave resources as they are. */
  async rollbackUpdate(reason: string, skipped: ReadonlySet<string> = NONE): Promise<void> {
    const { stack } = this;
    const { fallback, blueprint } = stack;
    if (!fallback?.blueprint || !blueprint) return;
    if (this.environment.settings.rollbackMovesTime) stack.moveTime();
    stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    this.restoreReplaced();
    const failure = await this.converge(fallback.blueprint, (resource) => stack.discarded.push(resource), NEVER, skipped);
    if (failure !== undefined) return stack.setStatus('UPDATE_ROLLBACK_FAILED', failure);
    stack.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    if (!this.options.isNested) await this.cleanUp();
  }

  async delete(leaving: Leaving = {}, undoingCreation = false): Promise<void> {
    const { stack, environment: { settings, exports } } = this;
    if (stack.status !== 'DELETE_IN_PROGRESS') stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    const fault = exports.fault(stack, []);
    if (fault !== undefined) return stack.setStatus('DELETE_FAILED', fault);
    const replaced = stack.fallback?.replaced.splice(0) ?? [];
    if (!settings.deletionForgetsReplaced) stack.discarded.push(...replaced.map(({ resource }) => resource));
    const failed = await this.deleteAll(undoingCreation, leaving);
    if (failed.length > 0) return stack.setStatus('DELETE_FAILED', failedTo('delete', failed));
    stack.outputs = [];
    stack.setStatus('DELETE_COMPLETE');
  }

  /** A creation under way is given up, and all it made is deleted. A rollback of one goes on as the deletion that it is. */
  requestDeletion(): void {
    this.deletionRequested = true;
    if (this.stack.status === 'ROLLBACK_IN_PROGRESS') this.stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    else this.pass.abort();
  }

  /** An update under way is given up and rolled back. */
  cancel(): void {
    this.cancelled = true;
    this.pass.abort();
  }

  /** Whether a failure is not rolled back. */
  private readonly leavesFailures = (): boolean => {
    const { cancelWithoutRollback } = this.environment.settings;
    return this.options.onFailure === 'DO_NOTHING' && !(this.cancelled && cancelWithoutRollback === 'rolls back');
  };

  /**
   * Brings every resource of a blueprint into being; says why it could not.
   * What is under way when one fails is cancelled, or, where failures are left, goes on, as does all that does not stand on it.
   */
  private async converge(
    target: Blueprint, discard: Pass['discard'], leavesFailures: Pass['leavesFailures'], skipped: ReadonlySet<string> = NONE,
  ): Promise<string | undefined> {
    const controller = this.pass = new AbortController();
    const { signal } = controller;
    const failed: string[] = [];
    await traverse(target.graph, async (logicalId) => {
      const succeeded = await this.apply(logicalId, target, { signal, discard, leavesFailures }, skipped);
      if (!succeeded) {
        failed.push(logicalId);
        if (!leavesFailures()) controller.abort();
      }
      return succeeded;
    }, () => signal.aborted);
    if (failed.length > 0) return this.describeFailures(failed);
    return signal.aborted ? 'User Initiated' : this.applyOutputs(target);
  }

  private async apply(logicalId: string, target: Blueprint, pass: Pass, skipped: ReadonlySet<string>): Promise<boolean> {
    const definition = target.resources.get(logicalId);
    if (!definition) return true;
    const { steps, stack } = this;
    const wanted: Wanted = {
      definition,
      draft: target.drafts.get(logicalId) ?? {},
      creationPolicy: target.creationPolicies.get(logicalId),
      resolve: () => target.properties(logicalId, stack.lookup),
    };
    const existing = stack.resources.get(logicalId);
    if (!existing) return steps.create(logicalId, wanted, pass);
    if (UNBORN.includes(existing.status)) return steps.recreate(existing, wanted, pass);
    if (!skipped.has(logicalId)) return steps.update(existing, wanted, pass);
    steps.skip(existing, wanted);
    return true;
  }

  /** Keeps what an update replaced: a rollback needs what is of the last stable state, and nobody what came after it. */
  private setAside(resource: StackResource, restorable: boolean): void {
    const { logicalId } = resource;
    const { blueprint, replaced = [] } = this.stack.fallback ?? {};
    const isStable = blueprint?.resources.has(logicalId) && !replaced.some((earlier) => earlier.resource.logicalId === logicalId);
    if (isStable) replaced.push({ resource, restorable });
    else this.stack.discarded.push(resource);
  }

  private applyOutputs(target: Blueprint): string | undefined {
    const { stack } = this;
    try {
      const outputs = resolveOutputs(target, stack.lookup);
      const fault = this.environment.exports.fault(stack, outputs);
      if (fault === undefined) stack.outputs = outputs;
      return fault;
    } catch (error) {
      return reasonOf(error);
    }
  }

  private describeFailures(failed: readonly string[]): string {
    const updated = failed.filter((logicalId) => this.stack.resources.get(logicalId)?.status === 'UPDATE_FAILED');
    const created = failed.filter((logicalId) => !updated.includes(logicalId));
    return [
      ...created.length > 0 ? [failedTo('create', created)] : [],
      ...updated.length > 0 ? [failedTo('update', updated)] : [],
    ].join(' ');
  }

  /** What CloudFormation replaced is still there and needs no call; a custom resource is asked to go back by an Update. */
  private restoreReplaced(): void {
    const { stack } = this;
    for (const { resource, restorable } of stack.fallback?.replaced.splice(0) ?? []) {
      const replacement = stack.resources.get(resource.logicalId);
      if (!restorable || !replacement) continue;
      this.steps.restore(resource, replacement);
      stack.discarded.push(replacement);
    }
  }

  /** Deletes what the templates that were left had and the new one has not. What cannot be deleted is left behind. */
  private async deleteLeft(left: Graph, target: Blueprint, undoing: boolean): Promise<boolean> {
    const { stack } = this;
    const removed = [...stack.resources.values()].filter(({ logicalId }) => !target.resources.has(logicalId));
    const replaced = this.takeDiscarded();
    let clean = true;
    await traverse(reversed(withNodes(left, [...removed, ...replaced])), async (node) => {
      for (const resource of replaced.filter(({ logicalId }) => logicalId === node)) {
        clean = await this.tryToDelete(resource, this.policyOf(resource, 'updateReplacePolicy', undoing)) && clean;
      }
      for (const resource of removed.filter(({ logicalId }) => logicalId === node)) {
        clean = await this.tryToDelete(resource, this.policyOf(resource, 'deletionPolicy', undoing)) && clean;
        stack.letGo(resource);
      }
      const staying = stack.resources.get(node);
      if (staying) await this.steps.cleanUp(staying);
      return true;
    });
    return clean;
  }

  private async tryToDelete(resource: StackResource, policy: DeletionPolicy): Promise<boolean> {
    for (let attempt = 0; attempt < this.environment.settings.cleanupAttempts; attempt++) {
      if (await this.steps.delete(resource, policy)) return true;
    }
    return false;
  }

  /** Deletes all resources, users before what they use. Returns those that could not be deleted. */
  private async deleteAll(undoing: boolean, { retained = NONE, force = false }: Leaving = {}): Promise<string[]> {
    const { stack, steps } = this;
    const failed: string[] = [];
    const remove = async (resource: StackResource, policy: DeletionPolicy): Promise<boolean> => {
      const removed = await steps.delete(resource, retained.has(resource.logicalId) ? 'Retain' : policy) || (force && await steps.delete(resource, 'Retain'));
      if (!removed) failed.push(resource.logicalId);
      return removed;
    };
    stack.discarded = this.takeDiscarded();
    await traverse(reversed(this.deletionGraph()), async (node) => {
      for (const resource of stack.discarded.filter(({ logicalId }) => logicalId === node)) {
        if (await remove(resource, this.policyOf(resource, 'updateReplacePolicy', undoing))) stack.discarded.splice(stack.discarded.indexOf(resource), 1);
      }
      const resource = stack.resources.get(node);
      if (resource && await remove(resource, this.policyOf(resource, 'deletionPolicy', undoing))) stack.letGo(resource);
      return !failed.includes(node);
    });
    return failed;
  }

  /** Each once, and not what the stack came back to, unless that is deleted all the same. */
  private takeDiscarded(): StackResource[] {
    const { discarded, resources } = this.stack;
    const isThere = ({ logicalId, physicalId }: StackResource) => resources.get(logicalId)?.physicalId === physicalId;
    const old = discarded.splice(0).filter((one) => this.environment.settings.deletesWhatReturned || !isThere(one));
    return [...new Map(old.map((resource) => [`${resource.logicalId}|${resource.physicalId}`, resource])).values()];
  }

  private policyOf(resource: StackResource, kind: 'deletionPolicy' | 'updateReplacePolicy', undoing: boolean): DeletionPolicy {
    const policy = (kind === 'updateReplacePolicy' ? resource.replacePolicy : undefined) ?? resource.definition[kind];
    const retains = policy === 'Retain' || policy === 'RetainExceptOnCreate';
    if (!retains) return policy;
    if (undoing) return policy === 'RetainExceptOnCreate' || this.options.retainExceptOnCreate ? 'Delete' : 'Retain';
    // What could not be created has no stable state, and is deleted whatever its policy.
    return this.stack.status !== 'DELETE_IN_PROGRESS' && UNBORN.includes(resource.status) ? 'Delete' : 'Retain';
  }

  /** In the middle of a failed update a stack holds resources of several templates, whose dependencies may contradict each other. */
  private deletionGraph(): Graph {
    const { blueprint, fallback, resources, discarded } = this.stack;
    const graphs = [blueprint?.graph, fallback?.blueprint?.graph, fallback?.between];
    return withNodes(graphs.reduce<Graph>((all, graph) => combined(all, graph ?? NO_GRAPH), NO_GRAPH), [...resources.values(), ...discarded]);
  }
}

function withNodes(graph: Graph, resources: readonly StackResource[]): Graph {
  return merged(graph, new Map(resources.map(({ logicalId }) => [logicalId, new Set<string>()])));
}

function failedTo(verb: string, logicalIds: readonly string[]): string {
  return `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}].`;
}
