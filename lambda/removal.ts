import { isBeingDeleted, isTraining, Summary, Tags } from './detail';
import { NotYet, ServiceError } from './errors';
import type { Identity } from './identity';
import { Kind } from './kind';
import { isOfThisOperation } from './operation';
import { isEndOfStack, Request } from './request';
import { find, Found, tagged } from './search';
import { fence, isAbsenceCertain, Step } from './step';
import { dueTags, hasFate, isOfLogicalId, isOfStack } from './tags';
import { Fate } from '../src/private/contract';

/* Deletes what is not to be there any more, however long the service takes and whatever it refuses at first. */

/** Deletes all that a Delete stands for; returns once it is gone. */
export async function removeForGood(kind: Kind, step: Step): Promise<void> {
  await removeAll(kind, step.request.identity, step);
  await removeLeftovers(kind, step);
}

/** Deletes what is ours under the name; returns once it is gone. */
export async function removeAll(kind: Kind, identity: Identity, step: Step): Promise<void> {
  const { ours, leftOver } = await find(kind, identity, step);
  const found = [...ours, ...leftOver];
  const wasThere = step.memory.Removing === identity.name;
  if (found.length === 0 && !wasThere && !isAbsenceCertain(step)) throw new NotYet(`${kind.noun} ${identity.name} may not be listed yet`);
  if (found.length > 0) step.memory.Removing = identity.name;
  await remove(kind, found, step);
}

/**
 * Deletes what an earlier Delete had to leave behind: the service may refuse to delete a model in training, and a clean-up gives up
 * after three tries. With the stack itself all goes that is not to be retained, since there is no later occasion: after a rollback that
 * failed, CloudFormation may not know of all there was, and what others have left may have gone from the template.
 */
export async function removeLeftovers(kind: Kind, step: Step): Promise<void> {
  const { request, memory, note } = step;
  memory.Passed ??= [];
  if (isEndOfStack(request)) {
    if (request.afterCancellation && !isAbsenceCertain(step)) throw new NotYet(`another ${kind.noun} of ${request.logicalId} may not be listed yet`);
    const isLeft = (tags: Tags) => isOfLogicalId(request, tags) ? !hasFate(tags, Fate.RETAINED) : isOfStack(request, tags) && isDue(tags);
    return remove(kind, await tagged(kind, step, await kind.list(), isLeft, memory.Passed), step);
  }
  try {
    const isLeft = (tags: Tags) => isOfLogicalId(request, tags) && isDue(tags);
    const left = await tagged(kind, step, (await kind.list()).filter(isOther(request)), isLeft, memory.Passed);
    for (const found of left) await remove(kind, [found], step);
  } catch (error) {
    if (!(error instanceof NotYet || error instanceof ServiceError)) throw error;
    note(`left for later: ${error.message}`);
  }
}

/** Deletes those of the listed that an earlier Delete had to leave behind, whichever resource of the stack they were of. */
export async function removeDue(kind: Kind, listed: Summary[], step: Step): Promise<void> {
  await remove(kind, await tagged(kind, step, listed, (tags) => isOfStack(step.request, tags) && isDue(tags)), step);
}

/** What the operation under way has made of this very resource, besides the one that is asked for. */
export async function madeNow(kind: Kind, step: Step): Promise<Found[]> {
  const { request } = step;
  const made = (await kind.list()).filter(isOther(request)).filter(({ createTime }) => isOfThisOperation(request, createTime));
  return tagged(kind, step, made, (tags) => isOfLogicalId(request, tags));
}

function isDue(tags: Tags): boolean {
  return hasFate(tags, Fate.DELETION_DUE);
}

function isOther({ identity, previous }: Request): (summary: Summary) => boolean {
  return ({ name }) => name !== identity.name && name !== previous?.identity.name;
}

/** What the service does not delete because something depends on it. */
export class InUse extends ServiceError {}

/** Somebody may use what a cancelled change left. Not our template: that never learnt its ARN. */
export async function unlessInUse({ note }: Step, removal: () => Promise<void>): Promise<void> {
  try {
    await removal();
  } catch (error) {
    if (!(error instanceof InUse)) throw error;
    note(error.message);
  }
}

export async function remove(kind: Kind, found: Found[], step: Step): Promise<void> {
  for (const one of found) await startDeletion(kind, one, step);
  for (const { detail: { arn, name } } of found) {
    const left = await kind.get(arn);
    if (left !== undefined) throw new NotYet(`${kind.noun} ${name} is ${left.status}`, { isLast: isBeingDeleted(left.status) });
  }
}

/** Deletes copies of what is kept, as far as that goes: what is trained is not given up for a copy that the service does not let go. */
export async function removeCopies(kind: Kind, copies: Found[], step: Step): Promise<void> {
  const refused = new Set<Found>();
  for (const copy of copies) {
    await startDeletion(kind, copy, step).catch(async (error: unknown) => {
      if (!(error instanceof ServiceError || error instanceof NotYet)) throw error;
      step.note(error.message);
      await mark(copy, step);
      refused.add(copy);
    });
  }
  await remove(kind, copies.filter((copy) => !refused.has(copy)), step);
}

async function startDeletion(kind: Kind, found: Found, step: Step): Promise<void> {
  const { arn, name, status } = found.detail;
  if (isBeingDeleted(status)) return;
  await fence(step);
  try {
    await kind.delete(arn);
    step.note(`deleted ${arn}`);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const left = await kind.get(arn);
    // Somebody was faster.
    if (left === undefined || isBeingDeleted(left.status)) return;
    if (step.request.requestType === 'Delete') await mark(found, step);
    if (isTraining(status) && error.code === 'ValidationException') throw new NotYet(`${kind.noun} ${name} is ${status}: ${error.message}`);
    if (!isTraining(status) && error.code === 'ConflictException') throw new InUse(error.operation, error.code, error.detail, error.status);
    throw error;
  }
}

/** Says on the resource itself that it is to be deleted: whoever works for its logical id next will see. */
async function mark({ detail: { arn }, tags }: Found, step: Step): Promise<void> {
  if (isDue(tags)) return;
  await fence(step);
  await step.service.call('TagResource', { resourceArn: arn, tags: { ...dueTags(step.request, tags) } });
  step.note(`marked ${arn} for deletion`);
}
