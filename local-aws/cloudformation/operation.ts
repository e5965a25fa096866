import { Blueprint } from './blueprint';
import { reasonOf } from './errors';
import { findCycle, Graph, merged, reversed, traverse } from './graph';
import { resolveOutputs } from './outputs';
import { Discard, Environment, ResourceSteps } from './resource-steps';
import { Stack, StackResource } from './stack';
import { DeletionPolicy } from './template';

/** What to do with a stack whose creation or update failed. */
export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

/** One operation on a stack, from its first status to its last. */
export class Operation {
  private readonly steps: ResourceSteps;
  private pass = new AbortController();
  private deletionRequested = false;
  private cancelled = false;

  constructor(private readonly stack: Stack, private readonly environment: Environment) {
    this.steps = new ResourceSteps(stack, environment);
    stack.beginOperation();
  }

  async create(target: Blueprint, onFailure: OnFailure): Promise<void> {
    const { stack } = this;
    stack.blueprint = target;
    stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.converge(target, () => undefined);
    if (this.deletionRequested) return this.delete();
    if (failure === undefined) return stack.setStatus('CREATE_COMPLETE');
    if (onFailure === 'DO_NOTHING') return stack.setStatus('CREATE_FAILED', failure);
    await this.rollbackCreate(`${failure} Rollback requested by user.`);
    if (onFailure === 'DELETE' && stack.status === 'ROLLBACK_COMPLETE') await this.delete();
  }

  async update(target: Blueprint, previous: Blueprint, onFailure: OnFailure): Promise<void> {
    const { stack } = this;
    const fallback = { blueprint: previous, outputs: stack.outputs, replaced: [] as { resource: StackResource; restorable: boolean }[] };
    stack.fallback = fallback;
    stack.blueprint = target;
    stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    const failure = await this.converge(target, (resource, restorable) => fallback.replaced.push({ resource, restorable }));
    if (failure !== undefined) {
      if (onFailure === 'DO_NOTHING' && !this.cancelled) return stack.setStatus('UPDATE_FAILED', failure);
      return this.rollbackUpdate(failure);
    }
    stack.fallback = undefined;
    stack.discarded.push(...fallback.replaced.map(({ resource }) => resource));
    stack.setStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const clean = await this.cleanUp(previous, target, false);
    stack.setStatus('UPDATE_COMPLETE', clean ? undefined : 'Update successful. One or more resources could not be deleted.');
  }

  async rollbackCreate(reason: string): Promise<void> {
    this.stack.setStatus('ROLLBACK_IN_PROGRESS', reason);
    const failed = await this.deleteAll(true, new Set());
    if (this.deletionRequested) return this.delete();
    this.stack.outputs = [];
    if (failed.length === 0) this.stack.setStatus('ROLLBACK_COMPLETE');
    else this.stack.setStatus('ROLLBACK_FAILED', failedTo('delete', failed));
  }

  /** Goes back to where the update started. May be called again after it failed. */
  async rollbackUpdate(reason: string): Promise<void> {
    const { stack } = this;
    const { fallback, blueprint } = stack;
    if (!fallback || !blueprint) return;
    if (this.environment.settings.rollbackMovesTime) stack.moveTime();
    stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    this.restoreReplaced();
    const failure = await this.converge(fallback.blueprint, (resource) => stack.discarded.push(resource));
    if (failure !== undefined) return stack.setStatus('UPDATE_ROLLBACK_FAILED', failure);
    stack.blueprint = fallback.blueprint;
    stack.fallback = undefined;
    stack.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await this.cleanUp(blueprint, fallback.blueprint, true);
    stack.setStatus('UPDATE_ROLLBACK_COMPLETE');
  }

  async delete(retained: ReadonlySet<string> = new Set()): Promise<void> {
    const { stack } = this;
    if (stack.status !== 'DELETE_IN_PROGRESS') stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    const fault = this.environment.exports.fault(stack, []);
    if (fault !== undefined) return stack.setStatus('DELETE_FAILED', fault);
    const failed = await this.deleteAll(false, retained);
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

  /** Brings every resource of a blueprint into being; says why it could not. What is under way when one fails is cancelled. */
  private async converge(target: Blueprint, discard: Discard): Promise<string | undefined> {
    const pass = new AbortController();
    this.pass = pass;
    const failed: string[] = [];
    await traverse(target.graph, async (logicalId) => {
      const succeeded = await this.apply(logicalId, target, pass.signal, discard);
      if (!succeeded) {
        failed.push(logicalId);
        pass.abort();
      }
      return succeeded;
    }, () => pass.signal.aborted);
    if (failed.length > 0) return this.describeFailures(failed);
    return pass.signal.aborted ? 'User Initiated' : this.applyOutputs(target);
  }

  private async apply(logicalId: string, target: Blueprint, signal: AbortSignal, discard: Discard): Promise<boolean> {
    const definition = target.resources.get(logicalId);
    if (!definition) return true;
    const resolve = () => target.properties(logicalId, this.stack.lookup);
    const existing = this.stack.resources.get(logicalId);
    return existing
      ? this.steps.update(existing, definition, resolve, signal, discard)
      : this.steps.create(logicalId, definition, resolve, signal, target.creationPolicies.get(logicalId));
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

  /** Deletes what the blueprint that was left had and the new one has not. What cannot be deleted is left behind. */
  private async cleanUp(left: Blueprint, target: Blueprint, undoingCreation: boolean): Promise<boolean> {
    const { stack } = this;
    const removed = [...stack.resources.values()].filter(({ logicalId }) => !target.resources.has(logicalId));
    const replaced = stack.discarded.splice(0);
    const replacedPolicy = (resource: StackResource) => resource.definition.updateReplacePolicy;
    const removedPolicy = (resource: StackResource) => effective(resource.definition.deletionPolicy, undoingCreation);
    let clean = true;
    await traverse(reversed(withNodes(left.graph, [...removed, ...replaced])), async (node) => {
      for (const resource of replaced.filter(({ logicalId }) => logicalId === node)) {
        clean = await this.tryToDelete(resource, replacedPolicy(resource)) && clean;
      }
      for (const resource of removed.filter(({ logicalId }) => logicalId === node)) {
        clean = await this.tryToDelete(resource, removedPolicy(resource)) && clean;
        stack.resources.delete(node);
      }
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
  private async deleteAll(undoingCreation: boolean, retained: ReadonlySet<string>): Promise<string[]> {
    const { stack } = this;
    const failed: string[] = [];
    await traverse(reversed(this.deletionGraph()), async (node) => {
      for (const resource of stack.discarded.filter(({ logicalId }) => logicalId === node)) {
        if (!await this.steps.delete(resource, resource.definition.updateReplacePolicy)) failed.push(node);
        else stack.discarded.splice(stack.discarded.indexOf(resource), 1);
      }
      const resource = stack.resources.get(node);
      if (resource) {
        const policy = retained.has(node) ? 'Retain' : effective(resource.definition.deletionPolicy, undoingCreation);
        if (!await this.steps.delete(resource, policy)) failed.push(node);
        else stack.resources.delete(node);
      }
      return !failed.includes(node);
    });
    return failed;
  }

  /** In the middle of a failed update a stack holds resources of two templates, whose dependencies may contradict each other. */
  private deletionGraph(): Graph {
    const { blueprint, fallback, resources, discarded } = this.stack;
    const current = blueprint?.graph ?? new Map();
    const both = merged(current, fallback?.blueprint.graph ?? new Map());
    return withNodes(findCycle(both).length > 0 ? current : both, [...resources.values(), ...discarded]);
  }
}

function withNodes(graph: Graph, resources: readonly StackResource[]): Graph {
  return merged(graph, new Map(resources.map(({ logicalId }) => [logicalId, new Set<string>()])));
}

function effective(policy: DeletionPolicy, undoingCreation: boolean): DeletionPolicy {
  if (policy === 'RetainExceptOnCreate') return undoingCreation ? 'Delete' : 'Retain';
  return policy;
}

function failedTo(verb: string, logicalIds: readonly string[]): string {
  return `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}].`;
}
