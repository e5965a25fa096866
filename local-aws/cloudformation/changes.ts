import { Blueprint } from './blueprint';
import { placeholders } from './intrinsics';
import { ResourceTypes, isCustom } from './resource-types';
import { Stack, StackResource } from './stack';
import { changedKeys, sameValue, stringified, Values } from './values';

export type Replacement = 'True' | 'False' | 'Conditional';

export interface ChangeDetail {
  readonly attribute: 'Properties' | 'Metadata' | 'DeletionPolicy' | 'UpdateReplacePolicy';
  readonly name?: string;
  readonly requiresRecreation: 'Never' | 'Conditionally' | 'Always';
  readonly evaluation: 'Static' | 'Dynamic';
  readonly changeSource: 'DirectModification' | 'ResourceReference' | 'ResourceAttribute';
  readonly causingEntity?: string;
}

export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly replacement?: Replacement;
  readonly policyAction?: 'Delete' | 'Retain' | 'ReplaceAndDelete' | 'ReplaceAndRetain';
  readonly details: readonly ChangeDetail[];
}

/** What an update would do to a stack's resources, as far as it can be known before. */
export function planChanges(stack: Stack, target: Blueprint, types: ResourceTypes): ResourceChange[] {
  const planner = new Planner(stack, target, types);
  const kept = [...target.resources.keys()].flatMap((logicalId) => planner.change(logicalId) ?? []);
  const removed = [...stack.resources.values()].filter(({ logicalId }) => !target.resources.has(logicalId));
  return [...kept, ...removed.map(({ logicalId, type, physicalId, definition }): ResourceChange => ({
    action: 'Remove', logicalId, type, physicalId, details: [], policyAction: definition.deletionPolicy.startsWith('Retain') ? 'Retain' : 'Delete',
  }))];
}

/** Whether an update would do anything but to the resources. */
export function outputsChange(stack: Stack, target: Blueprint): boolean {
  const drafts = (blueprint: Blueprint | undefined): Values => Object.fromEntries(
    [...blueprint?.outputs ?? []].map(([key, output]) => [key, [blueprint?.draftOutput(output) ?? null, output.description ?? null]]),
  );
  // Those of a template that failed were never there.
  return !sameValue(drafts(stack.fallback ? stack.fallback.blueprint : stack.blueprint), drafts(target));
}

class Planner {
  private readonly known = new Map<string, ResourceChange | undefined>();

  constructor(private readonly stack: Stack, private readonly target: Blueprint, private readonly types: ResourceTypes) {}

  change(logicalId: string): ResourceChange | undefined {
    if (!this.known.has(logicalId)) this.known.set(logicalId, this.compute(logicalId));
    return this.known.get(logicalId);
  }

  private compute(logicalId: string): ResourceChange | undefined {
    const definition = this.target.resources.get(logicalId);
    const existing = this.stack.resources.get(logicalId);
    if (!definition) return undefined;
    const { type } = definition;
    if (!existing || existing.status === 'CREATE_FAILED') return { action: 'Add', logicalId, type, details: [] };
    const details = [...this.direct(existing), ...this.indirect(logicalId)];
    // What failed half-way is updated again, whatever it is to be.
    if (details.length === 0 && existing.settled) return undefined;
    const recreations = details.map((detail) => detail.requiresRecreation);
    const replacement = recreations.includes('Always') ? 'True' : recreations.includes('Conditionally') ? 'Conditional' : 'False';
    const retained = definition.updateReplacePolicy === 'Retain';
    return {
      action: 'Modify',
      logicalId,
      type,
      physicalId: existing.physicalId,
      replacement,
      details,
      ...(replacement === 'True' ? { policyAction: retained ? 'ReplaceAndRetain' : 'ReplaceAndDelete' } : {}),
    };
  }

  private direct(existing: StackResource): ChangeDetail[] {
    const { logicalId } = existing;
    const definition = this.target.resources.get(logicalId);
    const type = this.types.get(definition?.type ?? '');
    const before = { draft: stringified(existing.draft) as Values, definition: existing.definition };
    const after = { draft: stringified(this.target.drafts.get(logicalId) ?? {}) as Values, definition };
    const direct = { evaluation: 'Static', changeSource: 'DirectModification' } as const;
    const attributes = [
      !sameValue(before.definition.metadata, after.definition?.metadata) && 'Metadata' as const,
      before.definition.deletionPolicy !== after.definition?.deletionPolicy && 'DeletionPolicy' as const,
      before.definition.updateReplacePolicy !== after.definition?.updateReplacePolicy && 'UpdateReplacePolicy' as const,
    ].filter((attribute) => attribute !== false);
    return [
      ...changedKeys(before.draft, after.draft).map((name): ChangeDetail => ({
        ...direct, attribute: 'Properties', name, requiresRecreation: type.replacedBy(name) ? 'Always' : 'Never',
      })),
      ...attributes.map((attribute): ChangeDetail => ({ ...direct, attribute, requiresRecreation: 'Never' })),
    ];
  }

  /** What follows from changes of the resources that this one refers to. */
  private indirect(logicalId: string): ChangeDetail[] {
    const definition = this.target.resources.get(logicalId);
    const draft = this.target.drafts.get(logicalId) ?? {};
    return Object.entries(draft).flatMap(([name, value]) => placeholders(value).flatMap(({ logicalId: other, attribute }): ChangeDetail[] => {
      const cause = this.change(other);
      if (!cause || !this.reaches(cause, attribute)) return [];
      const recreated = this.types.get(definition?.type ?? '').replacedBy(name);
      return [{
        attribute: 'Properties',
        name,
        evaluation: 'Dynamic',
        requiresRecreation: recreated ? 'Conditionally' : 'Never',
        changeSource: attribute === undefined ? 'ResourceReference' : 'ResourceAttribute',
        causingEntity: attribute === undefined ? other : `${other}.${attribute}`,
      }];
    }));
  }

  private reaches(cause: ResourceChange, attribute: string | undefined): boolean {
    if (!cause.details.some((detail) => detail.attribute === 'Properties')) return cause.action === 'Add';
    return attribute !== undefined || isCustom(cause.type) || cause.replacement !== 'False';
  }
}
