import { isOfThisOperation } from './operation';
import type { Request } from './request';
import type { Detail, Tags } from './service';
import { OwnershipTag } from '../src/private/contract';

export function ownershipTags({ stackId, logicalId, identity }: Request): Tags {
  return { [OwnershipTag.STACK_ID]: stackId, [OwnershipTag.LOGICAL_ID]: logicalId, [OwnershipTag.IDENTITY]: identity.hash };
}

export interface TagChanges {
  readonly add: Tags;
  readonly remove: string[];
}

/**
 * What the template changed and the resource does not show. Tags by other hands stay as they are; `previous` is undefined where
 * the template's word is all there is. `ownership` is always made good.
 */
export function tagChanges(observed: Tags, wanted: Tags, previous: Tags | undefined, ownership: Tags): TagChanges {
  const changed = Object.entries(wanted).filter(([key, value]) => previous?.[key] !== value);
  const missing = [...changed, ...Object.entries(ownership)].filter(([key, value]) => observed[key] !== value);
  const dropped = Object.keys(previous ?? {}).filter((key) => !(key in wanted) && key in observed && !(key in ownership));
  return { add: Object.fromEntries(missing), remove: dropped };
}

export type Ownership = 'ours' | 'other-generation' | 'undecided' | 'foreign';

/** Whose a resource is that bears the name of `request` (or of the one it leaves behind). */
export function ownershipOf(request: Request, identity: Request['identity'], detail: Detail, tags: Tags): Ownership {
  if (!identity.explicit) return 'ours';
  const stackId = tags[OwnershipTag.STACK_ID];
  const logicalId = tags[OwnershipTag.LOGICAL_ID];
  if (stackId === undefined && logicalId === undefined && isOfThisOperation(request, detail.createTime)) return 'undecided';
  if (stackId !== request.stackId || logicalId !== request.logicalId) return 'foreign';
  const generation = tags[OwnershipTag.IDENTITY] ?? assumedGeneration(request, identity);
  return generation === identity.hash ? 'ours' : 'other-generation';
}

/** Without its identity tag, a resource is what CloudFormation says it was until now. */
function assumedGeneration(request: Request, identity: Request['identity']): string | undefined {
  return request.requestType === 'Delete' ? identity.hash : request.previous?.identity.hash;
}
