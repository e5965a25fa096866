import type { Detail, Tags } from './detail';
import type { RawProperties } from './events';
import { shortHash } from './identity';
import { isOfThisOperation } from './operation';
import { list, object, optional, optionalText, text } from './properties';
import type { Request } from './request';
import { Fate, OwnershipTag } from '../src/private/contract';

const readTags = object({ Tags: optional(list(object({ Key: text, Value: optionalText }))) });

/** The tags that the template says. */
export function wantedTags(properties: RawProperties): Tags {
  return Object.fromEntries((readTags(properties, '').tags ?? []).map(({ key, value = '' }) => [key, value]));
}

export function ownershipTags({ stackId, logicalId, identity, properties, fate = isRetained(properties) ? Fate.RETAINED : '' }: Request): Tags {
  return { [OwnershipTag.STACK_ID]: stackId, [OwnershipTag.LOGICAL_ID]: logicalId, [OwnershipTag.IDENTITY]: `${fate}${identity.hash}` };
}

/** Whether the template says that it stays when it is replaced or removed. */
export function isRetained({ Retained }: RawProperties): boolean {
  return String(Retained) === 'true';
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

/** The tags of what was found, with another fate. */
export function fatedTags(request: Request, tags: Tags, fate: string): Tags {
  const { [OwnershipTag.LOGICAL_ID]: logicalId = request.logicalId } = tags;
  return { ...ownershipTags(request), [OwnershipTag.LOGICAL_ID]: logicalId, [OwnershipTag.IDENTITY]: `${fate}${hashOf(tags) ?? request.identity.hash}` };
}

export function hasFate(tags: Tags, fate: string): boolean {
  return tags[OwnershipTag.IDENTITY]?.startsWith(fate) ?? false;
}

/** Whether a retraining made it. */
export function isGeneration(tags: Tags): boolean {
  return [Fate.NEW, Fate.IN_USE, Fate.FORMER].some((fate) => hasFate(tags, fate));
}

/** Whether CloudFormation had left it behind, and an update took it up. */
export function isTakenUp(tags: Tags): boolean {
  return hasFate(tags, Fate.TAKEN_UP) || hasFate(tags, `${Fate.RETAINED}${Fate.TAKEN_UP}`);
}

/** Says which deployment took it up and retains it: when it is seen again, it was not left behind before. */
export function retainedBy({ operation: { LastUpdatedTime } }: Request): string {
  return `${Fate.RETAINED}${Fate.BY}${shortHash(LastUpdatedTime)}:`;
}

/** The identity hash that a resource bears, if it bears one. */
export function hashOf(tags: Tags): string | undefined {
  return tags[OwnershipTag.IDENTITY]?.split(':').at(-1);
}

export function isOfStack({ stackId }: Request, tags: Tags): boolean {
  return tags[OwnershipTag.STACK_ID] === stackId;
}

export function isOfLogicalId(request: Request, tags: Tags): boolean {
  return isOfStack(request, tags) && tags[OwnershipTag.LOGICAL_ID] === request.logicalId;
}

export type Ownership = 'ours' | 'kept' | 'otherIdentity' | 'undecided' | 'foreign';

/** Whose a resource is that bears the name of `request` (or of the one it leaves behind). */
export function ownershipOf(request: Request, identity: Request['identity'], detail: Detail, tags: Tags): Ownership {
  if (!identity.explicit) return 'ours';
  const isUntagged = tags[OwnershipTag.STACK_ID] === undefined && tags[OwnershipTag.LOGICAL_ID] === undefined;
  if (isUntagged && isOfThisOperation(request, detail.createTime)) return 'undecided';
  if (!isOfLogicalId(request, tags)) return 'foreign';
  // CloudFormation would not ask for it otherwise.
  if (request.requestType === 'Delete' && identity.name === request.physicalId) return 'ours';
  const hash = hashOf(tags) ?? assumedHash(request, identity);
  return hash === identity.hash ? 'ours' : hasFate(tags, Fate.KEPT) ? 'kept' : 'otherIdentity';
}

/** Without its identity tag, a resource is what CloudFormation says it was until now. */
function assumedHash(request: Request, identity: Request['identity']): string | undefined {
  return request.requestType === 'Delete' ? identity.hash : request.previous?.identity.hash;
}
