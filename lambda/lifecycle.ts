import { inGrace, NotYet, Refusal, ServiceError, Superseded } from './errors';
import { Identity, identityOfName } from './identity';
import { isAbsenceCertain, isListed, isOfThisOperation, mustNotCreate, supersededBy } from './operation';
import { Properties } from './properties';
import { isRollback, isStackDeletion, Request } from './request';
import type { Detail, Service, Summary, Tags } from './service';
import { dueTags, hasFate, isOfLogicalId, ownershipOf, ownershipTags, tagChanges } from './tags';
import { Fate } from '../src/private/contract';

/** One run of the reconcile step. */
export interface Step {
  readonly request: Request;
  readonly service: Service;
  readonly now: () => number;
  /** Whether a try to create is due: the API knows no token by which it would tell a second try from a second resource. */
  readonly mayCreate: boolean;
  /** Whether this is a step of the state machine that trains audience models. */
  readonly trains: boolean;
  /** Records what was observed or done. */
  readonly note: (text: string) => void;
}

/** What differs between the resource types that have a name, a status and tags. */
export interface Kind<D extends Detail> {
  /** For messages: `audience model`. */
  readonly noun: string;
  /**
   * Whether there can be no two of a name. Where that is not known, two copies of one request may have created one each, at the same time.
   */
  readonly uniqueNames: boolean;
  /** The construct property that names it. */
  readonly nameProp: string;
  list(): Promise<Summary[]>;
  get(arn: string): Promise<D | undefined>;
  create(name: string, properties: Properties, tags: Tags): Promise<string>;
  delete(arn: string): Promise<void>;
  /** Whether a status is the one to wait for. */
  isReady(status: string): boolean;
  /** Throws where to create it would do harm that the user has not asked for. */
  checkCreate(): Promise<void>;
  /**
   * The update that is due, if any; throws where there can be none. `previous` is what the template said before this change, or
   * undefined where the resource must show all that the template says.
   */
  update(observed: D, wanted: Properties, previous: Properties | undefined): (() => Promise<void>) | undefined;
}

export interface Found<D> {
  readonly detail: D;
  readonly tags: Tags;
}

/** Must stand right before everything that changes something: nothing is done for a request that CloudFormation gave up. */
export async function fence({ request, service }: Step): Promise<void> {
  const reason = supersededBy(request, await service.describeStack(request.stackId));
  if (reason !== undefined) throw new Superseded(reason);
}

/** Brings about what the template says, one thing at a time; its ARN once all is so. */
export async function ensure<D extends Detail>(kind: Kind<D>, step: Step): Promise<string> {
  const { request } = step;
  const wanted = new Properties(request.properties);

  const found = await findOrRefuse(kind, step);
  const [kept, ...copies] = found.length > 0 ? found : await create(kind, wanted, step);
  const update = dueUpdate(kind, kept, step);
  // An answer that was lost can leave two of the same name.
  await remove(kind, copies, step);
  if (!kind.uniqueNames && !isListed(kept.detail.createTime, step.now())) {
    throw new NotYet(`${kind.noun} ${kept.detail.name} may have a copy that is not listed yet`, kept.detail);
  }
  await ready(kind, kept, step);
  await ensureTags(kept, wanted.tags(), step);
  const { abandoned } = request;
  if (abandoned !== undefined) await unlessInUse(step, async () => removeAll(kind, abandoned, step));
  if (isRepeatedRollback(request)) await unlessInUse(step, async () => remove(kind, await madeNow(kind, step), step));
  if (update !== undefined) {
    await fence(step);
    await update();
    step.note(`updated ${kept.detail.arn}`);
  }
  // Not compared again: the service may take an update and show something else.
  return kept.detail.arn;
}

/** The update that is due, if any. Throws a `Refusal` where there can be none, before any waiting. */
export function dueUpdate<D extends Detail>(kind: Kind<D>, found: Found<D>, { request }: Step): (() => Promise<void>) | undefined {
  return isAlive(found) ? kind.update(found.detail, new Properties(request.properties), baseline(request)) : undefined;
}

/** Deletes all that a Delete stands for; returns once it is gone. */
export async function removeForGood<D extends Detail>(kind: Kind<D>, step: Step): Promise<void> {
  await removeAll(kind, step.request.identity, step);
  await removeLeftovers(kind, step);
}

/** Deletes what is ours under the name; returns once it is gone. */
async function removeAll<D extends Detail>(kind: Kind<D>, identity: Identity, step: Step): Promise<void> {
  const { ours, leftOver } = await find(kind, identity, step);
  const found = [...ours, ...leftOver];
  if (found.length === 0 && !isAbsenceCertain(step.request, step.now())) throw new NotYet(`${kind.noun} ${identity.name} may not be listed yet`);
  await remove(kind, found, step);
}

/** What is ours under the name, the one to keep first. Throws a `Refusal` where there can be none, before any waiting. */
export async function findOrRefuse<D extends Detail>(kind: Kind<D>, step: Step): Promise<Found<D>[]> {
  const { request } = step;
  const { name } = request.identity;
  const found = await find(kind, request.identity, step);
  if (found.ours.length > 0) return byWorth(found.ours);
  refuseForeign(kind, found, name);
  if (mustNotCreate(request)) {
    throw new Refusal(`the stack is rolling back to ${kind.noun} ${name}, which is gone; a rollback does not create it again`);
  }
  await kind.checkCreate();
  await remove(kind, found.leftOver, step);
  return [];
}

async function create<D extends Detail>(kind: Kind<D>, wanted: Properties, step: Step): Promise<Found<D>[]> {
  const { request } = step;
  const { name } = request.identity;
  if (!step.mayCreate) throw new NotYet(`${kind.noun} ${name} is not there and the next try to create it is not due`);
  await fence(step);
  const arn = await kind.create(name, wanted, { ...wanted.tags(), ...ownershipTags(request) });
  step.note(`created ${arn}`);

  const created = await sort(kind, request.identity, [await observe(kind, { arn, name }, step)], step);
  refuseForeign(kind, created, name);
  return byWorth(created.ours);
}

interface Sorted<D> {
  readonly ours: Found<D>[];
  /** Ours, of another generation, and to be deleted. */
  readonly leftOver: Found<D>[];
  readonly otherGeneration: Found<D>[];
  readonly foreign: Found<D>[];
}

async function find<D extends Detail>(kind: Kind<D>, identity: Identity, step: Step): Promise<Sorted<D>> {
  const found: Found<D>[] = [];
  for (const summary of await kind.list()) {
    if (summary.name === identity.name) found.push(await observe(kind, summary, step));
  }
  return sort(kind, identity, found, step);
}

async function observe<D extends Detail>(kind: Kind<D>, { arn, name }: Pick<Summary, 'arn' | 'name'>, step: Step): Promise<Found<D>> {
  const detail = await kind.get(arn);
  const tags = detail && await step.service.listTags(arn);
  if (detail === undefined || tags === undefined) throw new NotYet(`${kind.noun} ${name} (${arn}) is listed but not visible`);
  step.note(`found ${arn} ${detail.status}`);
  return { detail, tags };
}

function sort<D extends Detail>(kind: Kind<D>, identity: Identity, found: Found<D>[], { request, now }: Step): Sorted<D> {
  const sorted: Sorted<D> = { ours: [], leftOver: [], otherGeneration: [], foreign: [] };
  for (const one of found) {
    const ownership = ownershipOf(request, identity, one.detail, one.tags);
    if (ownership === 'undecided' && inGrace(now() - one.detail.createTime.getTime())) throw new NotYet(`${kind.noun} ${identity.name} shows no tags yet`);
    if (ownership === 'ours') sorted.ours.push(one);
    else if (ownership === 'left-over') sorted.leftOver.push(one);
    else if (ownership === 'other-generation') sorted.otherGeneration.push(one);
    else sorted.foreign.push(one);
  }
  return sorted;
}

function refuseForeign<D extends Detail>(kind: Kind<D>, { ours, otherGeneration, foreign }: Sorted<D>, name: string): void {
  if (ours.length > 0) return;
  if (otherGeneration.length > 0) {
    throw new Refusal(`this change replaces ${kind.noun} ${name}, and the new one cannot have the name of the old: `
      + `change ${kind.nameProp} too, or leave it out to have a name generated`);
  }
  if (foreign.length > 0) {
    throw new Refusal(`${kind.noun} ${name} exists already and is not this stack's (${foreign[0].detail.arn}): choose another ${kind.nameProp}`);
  }
}

/** The one to keep first: what lives before what failed before what is being deleted, and then the oldest. */
export function byWorth<F extends { readonly detail: Detail }>(found: F[]): F[] {
  const rank = (one: F) => isAlive(one) ? 0 : one.detail.status === 'CREATE_FAILED' ? 1 : 2;
  return [...found].sort((a, b) => rank(a) - rank(b)
    || a.detail.createTime.getTime() - b.detail.createTime.getTime()
    || (a.detail.arn < b.detail.arn ? -1 : 1));
}

function isAlive({ detail: { status } }: { readonly detail: Detail }): boolean {
  return status === 'ACTIVE' || isTraining(status);
}

export function isTraining(status: string): boolean {
  return status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';
}

function isBeingDeleted(status: string): boolean {
  return status === 'DELETE_PENDING' || status === 'DELETE_IN_PROGRESS';
}

/** What the template said of this very resource before. */
function baseline(request: Request): Properties | undefined {
  const { previous, identity, operation } = request;
  if (previous === undefined) return undefined;
  if (previous.identity.name === identity.name) return new Properties(previous.properties);
  // A rollback to another resource finds it as it was left, other hands' changes included.
  return isRollback(operation) ? new Properties(request.properties) : undefined;
}

async function ready<D extends Detail>(kind: Kind<D>, found: Found<D>, step: Step): Promise<void> {
  const { name, status, statusDetails, createTime } = found.detail;
  if (kind.isReady(status)) return;
  const { request } = step;
  const isInPlace = request.previous?.identity.name === request.identity.name;
  if (status === 'CREATE_FAILED' && (isInPlace || isOfThisOperation(request, createTime) || isRollback(request.operation))) {
    throw new Refusal(`${kind.noun} ${name} failed: ${statusDetails?.statusCode ?? status}: ${statusDetails?.message ?? 'no reason given'}`);
  }
  // What failed before this deployment, or could not be deleted, makes room for a new one.
  if (status === 'CREATE_FAILED' || status === 'DELETE_FAILED') await remove(kind, [found], step);
  throw new NotYet(`${kind.noun} ${name} is ${status}`, isTraining(status) ? found.detail : undefined);
}

async function ensureTags<D extends Detail>(found: Found<D>, wanted: Tags, step: Step): Promise<void> {
  const { arn } = found.detail;
  const { add, remove: dropped } = tagChanges(found.tags, wanted, previousTags(step.request), ownershipTags(step.request));
  if (Object.keys(add).length === 0 && dropped.length === 0) return;
  await fence(step);
  if (dropped.length > 0) await step.service.untag(arn, dropped);
  if (Object.keys(add).length > 0) await step.service.tag(arn, add);
  step.note(`tagged ${arn}`);
}

function previousTags(request: Request): Tags | undefined {
  try {
    return baseline(request)?.tags();
  } catch {
    // The update that is rolled back was refused for them, so they never were.
    return undefined;
  }
}

/** Somebody may use what a cancelled change left. Not our template: that never learnt its ARN. */
async function unlessInUse({ note }: Step, removal: () => Promise<void>): Promise<void> {
  try {
    await removal();
  } catch (error) {
    if (!(error instanceof InUse)) throw error;
    note(error.message);
  }
}

/** After a rollback that failed, CloudFormation no longer says what the update had asked for: only the service knows what it made. */
function isRepeatedRollback({ operation, previous, identity }: Request): boolean {
  return isRollback(operation) && previous?.identity.name === identity.name;
}

/**
 * Deletes what an earlier Delete of this logical id had to leave behind: the service may refuse to delete a model in training, and a
 * clean-up gives up after three tries. With the stack itself all goes that is not to be retained, since there is no later occasion:
 * after a rollback that failed, CloudFormation may not know of every generation.
 */
export async function removeLeftovers<D extends Detail>(kind: Kind<D>, step: Step): Promise<void> {
  const { request, now, note } = step;
  if (isStackDeletion(request)) {
    if (!isAbsenceCertain(request, now())) throw new NotYet(`another ${kind.noun} of ${request.logicalId} may not be listed yet`);
    return remove(kind, await others(kind, step, await kind.list(), (tags) => !hasFate(tags, Fate.RETAINED)), step);
  }
  try {
    for (const found of await others(kind, step, await kind.list(), (tags) => hasFate(tags, Fate.DELETION_DUE))) await remove(kind, [found], step);
  } catch (error) {
    if (!(error instanceof NotYet || error instanceof ServiceError)) throw error;
    note(`left for later: ${error.message}`);
  }
}

/** What the operation under way has made of this very resource, besides the one that is asked for. */
async function madeNow<D extends Detail>(kind: Kind<D>, step: Step): Promise<Found<D>[]> {
  return others(kind, step, (await kind.list()).filter(({ createTime }) => isOfThisOperation(step.request, createTime)), () => true);
}

/** Of so many resources a step can read the tags. */
const READABLE = 500;

/** Other generations of this very resource, whatever they are called; among very many, those with a name that was generated. */
async function others<D extends Detail>(kind: Kind<D>, { request, service }: Step, listed: Summary[], isMeant: (tags: Tags) => boolean): Promise<Found<D>[]> {
  // With the stack its own one has gone by now, unless CloudFormation takes it for another generation.
  const own = isStackDeletion(request) ? [] : [request.identity.name, request.previous?.identity.name];
  const found: Found<D>[] = [];
  for (const { arn, name } of listed) {
    if (own.includes(name) || (listed.length > READABLE && identityOfName(request.logicalId, name) === undefined)) continue;
    const tags = await service.listTags(arn);
    if (tags === undefined || !isOfLogicalId(request, tags) || !isMeant(tags)) continue;
    const detail = await kind.get(arn);
    if (detail) found.push({ detail, tags });
  }
  return found;
}

class InUse extends ServiceError {}

async function remove<D extends Detail>(kind: Kind<D>, found: Found<D>[], step: Step): Promise<void> {
  for (const one of found) await startDeletion(kind, one, step);
  for (const { detail: { arn, name } } of found) {
    const left = await kind.get(arn);
    if (left !== undefined) throw new NotYet(`${kind.noun} ${name} is ${left.status}`);
  }
}

async function startDeletion<D extends Detail>(kind: Kind<D>, found: Found<D>, step: Step): Promise<void> {
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
    if (status === 'ACTIVE' && error.code === 'ConflictException') throw new InUse(error.operation, error.code, error.detail, error.status);
    throw error;
  }
}

/** Says on the resource itself that it is to be deleted: whoever works for its logical id next will see. */
async function mark({ detail: { arn }, tags }: Found<Detail>, step: Step): Promise<void> {
  if (hasFate(tags, Fate.DELETION_DUE)) return;
  await fence(step);
  await step.service.tag(arn, dueTags(step.request, tags));
  step.note(`marked ${arn} for deletion`);
}
