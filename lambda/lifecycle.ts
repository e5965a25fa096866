import { Detail, Found, isAlive, isTraining, Tags } from './detail';
import { isUnknown, NotYet, Refusal } from './errors';
import type { RawProperties } from './events';
import { isInVain } from './garbage';
import { identityToDelete } from './identity';
import { Kind } from './kind';
import { isListed, isOfThisOperation, mustNotCreate } from './operation';
import { InUse, mark, markStaying, remove, removeIfLet, sweepUnlearnt } from './removal';
import { isRollback, Request } from './request';
import { byWorth, find, observe, sort, Sorted } from './search';
import { describeStack } from './stack';
import { aside, fence, isAbsenceCertain, mayBeUnseen, Step } from './step';
import { hasFate, isRetained, isTakenUp, ownershipTags, retainedBy, tagChanges, wantedTags } from './tags';
import { DRAIN } from './times';
import { Fate } from '../src/private/contract';

/** Brings about what the template says, one thing at a time; its ARN once all is so. */
export async function ensure(kind: Kind, step: Step): Promise<string> {
  const { request, memory } = step;
  // What may be refused now must not be forgotten: the next deployment does not tell of it.
  await sweepUnlearnt(kind, step);
  const found = await findOrRefuse(kind, step);
  await retainPrevious(kind, step);
  const [kept, ...copies] = found.length > 0 ? found : await create(kind, step);
  // Before it is refused, or waited for: either may end in a rollback.
  const fate = fateOf(kept, step);
  if (fate !== undefined) await mark(kept, fate, step);
  const update = updateOf(kind, kept, step);
  // An answer that was lost can leave two of the same name.
  await removeIfLet(kind, copies, step);
  const mayHaveCopy = !kind.uniqueNames && (memory.UnsureUntil !== undefined || request.afterCancellation);
  if (mayHaveCopy && !isListed(kept.detail.createTime, step.now())) {
    throw new NotYet(`${kind.noun} ${kept.detail.name} may have a copy that is not listed yet`, { training: kept.detail });
  }
  await ready(kind, kept, step);
  await ensureTags(kept, wantedTags(request.properties), step);
  if (update !== undefined) {
    await update();
    step.note(`updated ${kept.detail.arn}`);
  }
  // Not compared again: the service may take an update and show something else.
  return kept.detail.arn;
}

/** The update that is missing, if any. Throws a `Refusal` where there can be none, before any waiting. */
export function updateOf(kind: Kind, found: Found, { request }: Step): (() => Promise<void>) | undefined {
  return isAlive(found.detail.status) ? kind.update(found.detail, request.properties, baseline(request)) : undefined;
}

/** What is ours under the name, the one to keep first. Throws a `Refusal` where there can be none, before any waiting. */
export async function findOrRefuse(kind: Kind, step: Step): Promise<Found[]> {
  const { request } = step;
  const { name } = request.identity;
  const found = await find(kind, request.identity, step);
  const [kept, ...copies] = byWorth(found.ours);
  if (kept !== undefined && !await kind.isOutdated?.(kept.detail)) return [kept, ...copies];
  if (kept !== undefined) await makeRoom(kind, [kept, ...copies], step);
  // Nothing of this request's bears the name, so it is not what a step has made that died: CloudFormation must not take it for that.
  if (found.ours.length + found.undecided.length === 0 && found.otherIdentity.length + found.foreign.length > 0) delete step.memory.Touched;
  refuseForeign(kind, found, name);
  if (mustNotCreate(request)) {
    throw new Refusal(`the stack is rolling back to ${kind.noun} ${name}, which is gone; a rollback does not create it again`);
  }
  if (!isAbsenceCertain(step) && await mayBeThere(kind, step)) throw new NotYet(`${kind.noun} ${name} may be there and not be listed yet`);
  if (mayBeUnseen(step)) throw new NotYet(`${kind.noun} ${name} was created and is not visible yet`);
  await kind.checkCreate();
  await aside(step, async () => makeRoom(kind, found.kept, step, `${kind.noun} ${name} is one that was kept`));
  return [];
}

/** Whether it may have been made a moment ago: CloudFormation says so, or nobody would: another stack, or a deployment that failed. */
async function mayBeThere(kind: Kind, { request, service }: Step): Promise<boolean> {
  const { previous, identity, operation, stackId } = request;
  if (previous?.identity.name === identity.name || (identity.explicit && kind.isCostly)) return true;
  // What costs nothing is not waited for where a failed creation is made again.
  const mayGoBack = operation.StackStatus === 'UPDATE_IN_PROGRESS' && (kind.isCostly || previous !== undefined);
  return mayGoBack && (await describeStack(service, stackId)).disablesRollback === true;
}

async function create(kind: Kind, step: Step): Promise<Found[]> {
  const { request: { identity, properties }, request, memory, now } = step;
  const { name } = identity;
  if (!step.mayCreate) throw new NotYet(`${kind.noun} ${name} is not there and there is no time to create it`);
  const pause = (memory.UnsureUntil ?? 0) - now();
  if (pause > 0) throw new NotYet(`${kind.noun} ${name} may be there and not be listed yet`, { pause });
  const { Touched } = memory;
  await fence(step);
  const arn = await kind.create(name, properties, { ...wantedTags(properties), ...ownershipTags(request) }).catch((error: unknown) => {
    if (!isUnknown(error)) {
      memory.Touched = Touched;
      throw error;
    }
    // The API knows no token by which it would tell a second try from a second resource, so a list must have had the time to show it.
    memory.UnsureUntil = now() + DRAIN;
    throw new NotYet((error as Error).message, { pause: DRAIN });
  });
  memory.CreatedArn = arn;
  memory.CreatedAt = now();
  step.note(`created ${arn}`);

  const created = sort(kind, identity, [await observe(kind, { arn, name }, step)], step);
  refuseForeign(kind, created, name);
  return byWorth(created.ours);
}

function refuseForeign(kind: Kind, { ours, otherIdentity, foreign, undecided }: Sorted, name: string): void {
  if (ours.length > 0) return;
  if (otherIdentity.length > 0) {
    throw new Refusal(`this change replaces ${kind.noun} ${name}, and the new one cannot have the name of the old: `
      + `change ${kind.nameProp} too, or leave it out to have a name generated`);
  }
  const [other] = [...foreign, ...undecided];
  if (other) throw new Refusal(`${kind.noun} ${name} exists already and is not this stack's (${other.detail.arn}): choose another ${kind.nameProp}`);
}

/** What the template said of this very resource before, where that is known. */
function baseline(request: Request): RawProperties | undefined {
  const { previous, identity: { name, hash }, unchanged, operation } = request;
  if (previous === undefined || unchanged) return undefined;
  const isInPlace = previous.identity.name === name;
  // A rollback to another resource finds it as it was left, other hands' changes included.
  if (isRollback(operation)) return isInPlace ? previous.properties : request.properties;
  // Of one name and another hash was what an update asked for that was refused: the resource never was like that.
  return isInPlace && previous.identity.hash === hash ? previous.properties : undefined;
}

async function makeRoom(kind: Kind, found: Found[], step: Step, reason?: string): Promise<void> {
  const left = found.find(({ detail }) => isInVain(detail, step.request));
  if (left) throw new Refusal(failureOf(kind.noun, left.detail));
  try {
    await remove(kind, found, step);
  } catch (error) {
    if (!(error instanceof InUse)) throw error;
    const why = reason ?? `${kind.noun} ${found[0].detail.name} was made with a role that is another one now`;
    throw new Refusal(`${why}; and it cannot make room for another: ${error.message}`);
  }
}

/** Why it failed, in the service's own words. */
export function failureOf(noun: string, { name, status, statusDetails }: Detail): string {
  return `${noun} ${name} ${status === 'DELETE_FAILED' ? 'could not be deleted' : 'failed'}: ${statusDetails?.statusCode ?? status}: ${statusDetails?.message ?? 'no reason given'}`;
}

async function ready(kind: Kind, found: Found, step: Step): Promise<void> {
  const { name, status, updateTime } = found.detail;
  if (kind.isReady(status)) return;
  const { request } = step;
  const isInPlace = request.previous?.identity.name === request.identity.name;
  const failure = failureOf(kind.noun, found.detail);
  const hasFailed = status === 'CREATE_FAILED' && (isInPlace || isOfThisOperation(request, updateTime) || isRollback(request.operation));
  if (hasFailed || (isInVain(found.detail, request) && !isRollback(request.operation))) throw new Refusal(failure);
  // What failed before this deployment, or could not be deleted before, makes room for a new one, where there may be one.
  if (status === 'DELETE_FAILED') await kind.checkCreate();
  if (status === 'CREATE_FAILED' || status === 'DELETE_FAILED') await makeRoom(kind, [found], step, failure);
  throw new NotYet(`${kind.noun} ${name} is ${status}`, { training: isTraining(status) ? found.detail : undefined });
}

/**
 * CloudFormation leaves what is replaced where the new template says so, and tells nobody. Said before there is a new one: that may have to
 * queue, and its request is answered all the same.
 */
async function retainPrevious(kind: Kind, step: Step): Promise<void> {
  const { stackId, logicalId, physicalId, previous, properties, identity, operation } = step.request;
  if (previous === undefined || physicalId === undefined || physicalId === identity.name) return;
  // What is rolled back may not have come to say it.
  if (!isRetained(isRollback(operation) ? previous.properties : properties)) return;
  // Whatever an update that failed has asked for under its name.
  const { ours, kept, otherIdentity } = await find(kind, identityToDelete(stackId, logicalId, physicalId, previous.identity), step);
  const staying = [...ours, ...kept, ...otherIdentity];
  if (staying.length === 0 && !isAbsenceCertain(step)) throw new NotYet(`${kind.noun} ${physicalId}, which is to be retained, may not be listed yet`);
  await aside(step, async () => {
    for (const one of staying) await markStaying(one, `${Fate.RETAINED}${isTakenUp(one.tags) ? Fate.TAKEN_UP : ''}`, step);
  });
}

async function ensureTags(found: Found, wanted: Tags, step: Step): Promise<void> {
  const { arn } = found.detail;
  if (hasFate(found.tags, Fate.KEPT)) step.memory.Said = `took up ${found.detail.name}, which was kept`;
  const { request, request: { properties, fate } } = step;
  const isRetainedNow = isRetained(properties) && isBack(found, request);
  const ownership = ownershipTags({ ...request, fate: fateOf(found, step) ?? (isRetainedNow ? retainedBy(request) : fate) });
  const { add, remove: dropped } = tagChanges(found.tags, wanted, previousTags(step.request), ownership);
  if (Object.keys(add).length === 0 && dropped.length === 0) return;
  if (dropped.length > 0) {
    await fence(step);
    await step.service.call('UntagResource', { resourceArn: arn, tagKeys: dropped });
  }
  if (Object.keys(add).length > 0) {
    await fence(step);
    await step.service.call('TagResource', { resourceArn: arn, tags: { ...add } });
  }
  step.note(`tagged ${arn}`);
}

/** What CloudFormation had left behind, and the stack comes back to, is left behind again if that is rolled back. */
function fateOf(found: Found, { request }: Step): string | undefined {
  // What has failed makes room.
  const wasLeft = isBack(found, request) && isAlive(found.detail.status)
    && hasFate(found.tags, Fate.RETAINED) && !hasFate(found.tags, retainedBy(request));
  return wasLeft || isTakenUp(found.tags) ? `${isRetained(request.properties) ? Fate.RETAINED : ''}${Fate.TAKEN_UP}` : undefined;
}

/** Whether the deployment takes up what was there before it. */
function isBack({ detail: { createTime } }: Found, request: Request): boolean {
  const { physicalId, identity, operation } = request;
  return physicalId !== identity.name && !isRollback(operation) && !isOfThisOperation(request, createTime);
}

function previousTags(request: Request): Tags | undefined {
  try {
    const before = baseline(request);
    return before && wantedTags(before);
  } catch {
    // The update that is rolled back was refused for them, so they never were.
    return undefined;
  }
}
