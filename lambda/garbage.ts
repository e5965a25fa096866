import type { Summary, Tags } from './detail';
import { isOfThisOperation } from './operation';
import { isEndOfStack, isRollback, Request } from './request';
import { hasFate, isOfLogicalId, isOfStack } from './tags';
import { Fate } from '../src/private/contract';

/*
 * What may be deleted, and when. Nothing goes that CloudFormation may go back to, and nothing that is trained goes because something
 * else failed.
 */

export type Verdict = 'STAYS' | 'IS_KEPT' | 'GOES' | 'GOES_UNLESS_TRAINED' | 'GOES_UNLESS_NEEDED';

type Phase = 'DEPLOYMENT' | 'ROLLBACK' | 'CLEANUP' | 'END';

export function phaseOf(request: Pick<Request, 'requestType' | 'operation'>): Phase {
  if (isEndOfStack(request)) return 'END';
  if (isRollback(request.operation)) return 'ROLLBACK';
  return request.operation.StackStatus.includes('CLEANUP') ? 'CLEANUP' : 'DEPLOYMENT';
}

/** What becomes of that which a Delete is for. */
export function verdictOnOwn(request: Request): Verdict {
  // A deployment deletes what could not be created before it creates it again.
  return /CLEANUP|END/.test(phaseOf(request)) ? 'GOES' : 'GOES_UNLESS_TRAINED';
}

/** What becomes of that which an update made and CloudFormation never learnt of. */
export function verdictOnUnknown(request: Request): Verdict {
  // While a deployment is under way the stack may yet be rolled back to it.
  return phaseOf(request) === 'ROLLBACK' ? 'GOES_UNLESS_TRAINED' : 'IS_KEPT';
}

/** What the update that is rolled back made and CloudFormation, which may not know of it, does not delete by itself. */
export function isUnknown({ name, createTime }: Summary, request: Request): boolean {
  const { identity, physicalId } = request;
  return name !== identity.name && name !== physicalId && isOfThisOperation(request, createTime);
}

/** What becomes of anything else that a Delete finds, by its tags. */
export function verdictOf(tags: Tags, request: Request): Verdict {
  if (!isOfStack(request, tags) || hasFate(tags, Fate.RETAINED)) return 'STAYS';
  const isOwn = isOfLogicalId(request, tags);
  const isKept = hasFate(tags, Fate.KEPT);
  switch (phaseOf(request)) {
    case 'END': return isOwn || isKept ? 'GOES' : 'STAYS';
    case 'CLEANUP': return !isKept ? 'STAYS' : isOwn ? 'GOES' : 'GOES_UNLESS_NEEDED';
    default: return 'STAYS';
  }
}
