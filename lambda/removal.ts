import { Found, isBeingDeleted, isTraining, Summary, Tags } from './detail';
import { isTransient, NotYet, ServiceError } from './errors';
import { isForGood, isInVain, isUnlearnt, Verdict, verdictOnOther, verdictOnOwn, verdictOnUnlearnt } from './garbage';
import { Kind } from './kind';
import { isEndOfStack, isRollback, Request } from './request';
import { find, tagged } from './search';
import { aside, fence, isAbsenceCertain, Step } from './step';
import { fatedTags, hasFate, isOfLogicalId } from './tags';
import { Fate, OwnershipTag } from '../src/private/contract';

/* Deletes what is not to be there any more, however long the service takes and whatever it refuses at first. */

/** Deletes what a Delete is for, or keeps it; returns once that is so. */
export async function removeOwn(kind: Kind, step: Step): Promise<void> {
  const { memory, request: { identity } } = step;
  const { ours, kept } = await find(kind, identity, step);
  const found = [...ours, ...kept];
  const wasThere = memory.Removing === identity.name;
  if (found.length === 0 && !wasThere && !isAbsenceCertain(step)) throw new NotYet(`${kind.noun} ${identity.name} may not be listed yet`);
  if (found.length > 0) memory.Removing = identity.name;
  await remove(kind, await condemned(kind, found, verdictOnOwn, step), step);
}

/** Deletes, or keeps, what an update made and CloudFormation never learnt of. */
export async function sweepUnlearnt(kind: Kind, step: Step): Promise<void> {
  const { request, request: { abandoned, operation } } = step;
  // Found by its name: it is so new that its tags may not be known everywhere.
  const found = abandoned === undefined ? [] : (await find(kind, abandoned, step)).ours;
  if (isRollback(operation)) {
    const unlearnt = (await kind.list()).filter((one) => one.name !== abandoned?.name && isUnlearnt(one, request));
    found.push(...await tagged(kind, step, unlearnt, (tags) => isOfLogicalId(request, tags)));
  }
  await aside(step, async () => removeIfLet(kind, await condemned(kind, found, verdictOnUnlearnt, step), step));
}

/** Deletes what else is garbage once a Delete is done. Where this `isFirm`, the service is not let refuse it. */
export async function sweep(kind: Kind, step: Step, isFirm: boolean): Promise<void> {
  const { request, memory } = step;
  if (!isForGood(request)) return;
  if (isFirm && request.afterCancellation && !isAbsenceCertain(step)) throw new NotYet(`another ${kind.noun} of ${request.logicalId} may not be listed yet`);
  memory.Passed ??= [];
  try {
    const found = await tagged(kind, step, await kind.list(), (tags, { status }) => verdictOnOther({ tags, status }, request) !== 'STAYS', memory.Passed);
    const going = await condemned(kind, found, (one) => verdictOnOther(one, request), step);
    await (isFirm ? remove : removeIfLet)(kind, going, step);
  } catch (error) {
    if (isFirm || error instanceof NotYet || !isRefusal(error)) throw error;
    step.note(`left for later: ${error.message}`);
  }
}

/** Those that go. What is kept instead is marked. */
async function condemned(kind: Kind, found: Found[], verdictOn: (one: Found & Summary, request: Request) => Verdict, step: Step): Promise<Found[]> {
  const going: Found[] = [];
  for (const one of found) {
    const verdict = verdictOn({ ...one, ...one.detail }, step.request);
    const isTooGood = verdict === 'GOES_UNLESS_TRAINED' && await kind.isTrained(one.detail);
    const mustStay = /^GOES(_UNLESS_TRAINED)?$/.test(verdict) && !isEndOfStack(step.request) && await kind.isHeld(one.detail);
    if (verdict === 'IS_LEFT') await markStaying(one, Fate.RETAINED, step);
    else if (verdict === 'IS_KEPT' || isTooGood || mustStay) await keep(kind, one, step);
    else if (verdict !== 'STAYS' && (verdict !== 'GOES_UNLESS_NEEDED' || !await kind.isNeeded(one))) going.push(one);
  }
  return going;
}

async function keep(kind: Kind, found: Found, step: Step): Promise<void> {
  await markStaying(found, Fate.KEPT, step);
  step.memory.Said = `kept ${kind.noun} ${found.detail.name}: a deployment that asks for the same again takes it up`;
}

/** What the service does not delete because something depends on it. */
export class InUse extends ServiceError {}

export async function remove(kind: Kind, found: Found[], step: Step): Promise<void> {
  await each(found, async (one) => startDeletion(kind, one, step));
  await awaitEnd(kind, found);
}

/** One after the other. What the service does not let go holds nothing else up. */
export async function each<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const refusals: Error[] = [];
  for (const one of all) {
    await act(one).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      refusals.push(error);
    });
  }
  if (refusals.length > 0) throw refusals[0];
}

/** Deletes what is not worth that a deployment fails for it: what the service does not let go is kept until the next occasion. */
export async function removeIfLet(kind: Kind, found: Found[], step: Step): Promise<void> {
  const going: Found[] = [];
  for (const one of found) {
    if (isInVain(one.detail, step.request)) {
      if (hasFate(one.tags, Fate.RETAINED)) await leave(step, [one]);
      step.note(`left for later: ${kind.noun} ${one.detail.name} is DELETE_FAILED`);
      continue;
    }
    try {
      await startDeletion(kind, one, step);
      going.push(one);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      step.note(`left for later: ${error.message}`);
      await markIfLet(one, Fate.KEPT, step);
    }
  }
  await awaitEnd(kind, going);
}

async function awaitEnd(kind: Kind, found: Found[]): Promise<void> {
  for (const { detail: { arn, name } } of found) {
    const left = await kind.get(arn);
    if (left !== undefined) throw new NotYet(`${kind.noun} ${name} is ${left.status}`, { isLast: isBeingDeleted(left.status) });
  }
}

/** Whether the service says no, and not only not yet. */
export function isRefusal(error: unknown): error is Error {
  if (error instanceof NotYet) return !error.details.isLast;
  return error instanceof InUse || (error instanceof ServiceError && !isTransient(error, Infinity));
}

async function startDeletion(kind: Kind, found: Found, step: Step): Promise<void> {
  const { arn, name, status } = found.detail;
  // Its status will not tell any more that it is to go, or its mark says that it stays.
  if (status === 'DELETE_FAILED' || (isBeingDeleted(status) && hasFate(found.tags, Fate.RETAINED))) await leave(step, [found]);
  if (isBeingDeleted(status)) return;
  await fence(step);
  try {
    await kind.delete(arn);
    step.note(`deleted ${arn}`);
  } catch (error) {
    if (!(error instanceof ServiceError || error instanceof NotYet)) throw error;
    const left = await kind.get(arn);
    // Somebody was faster.
    if (left === undefined || isBeingDeleted(left.status)) return;
    await leave(step, [found]);
    if (error instanceof NotYet) throw error;
    if (isTraining(status) && /^(Validation|Conflict)Exception$/.test(error.code)) throw new NotYet(`${kind.noun} ${name} is ${status}: ${error.message}`);
    if (error.code === 'ConflictException') throw new InUse(error.operation, error.code, error.detail, error.status);
    throw error;
  }
}

/** Marks what may not come to be deleted: CloudFormation forgets it after some tries. Of a stack that is deleted it asks again. */
export async function leave(step: Step, found: readonly Found[]): Promise<void> {
  const { request } = step;
  if (isEndOfStack(request) || (request.requestType !== 'Delete' && !isRollback(request.operation))) return;
  for (const one of found) await markIfLet(one, Fate.KEPT, step);
}

/** What may not be marked is no reason to leave it. */
export async function markIfLet(found: Found, fate: string, step: Step): Promise<void> {
  await mark(found, fate, step).catch((error: unknown) => {
    const isConflict = error instanceof ServiceError && error.code === 'ConflictException';
    if (!isConflict && !isRefusal(error)) throw error;
    step.note(`not marked: ${error.message}`);
  });
}

/** Marks what stays in any case. No rollback of an update fails because that is refused; a Delete is tried again. */
export async function markStaying(found: Found, fate: string, step: Step): Promise<void> {
  const { requestType, operation } = step.request;
  await mark(found, fate, step).catch((error: unknown) => {
    if (requestType === 'Delete' || !isRollback(operation) || !isRefusal(error)) throw error;
    step.note(`not marked: ${error.message}`);
  });
}

/** Says on the resource itself what is to become of it: whoever works for its stack next will see. */
export async function mark(found: Found, fate: string, step: Step): Promise<void> {
  if (!hasFate(found.tags, fate)) await writeTags(found, fatedTags(step.request, found.tags, fate), step);
}

export async function writeTags({ detail: { arn } }: Found, tags: Tags, step: Step): Promise<void> {
  await fence(step);
  await step.service.call('TagResource', { resourceArn: arn, tags });
  step.note(`marked ${arn} ${tags[OwnershipTag.IDENTITY]}`);
}
