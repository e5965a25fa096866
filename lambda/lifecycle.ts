import { inGrace, NotYet, Refusal, ServiceError, Superseded } from './errors';
import type { Identity } from './identity';
import { isAbsenceCertain, isOfThisOperation, mustNotCreate, supersededBy } from './operation';
import { Properties } from './properties';
import { isRollback, Request } from './request';
import type { Detail, Service, Summary, Tags } from './service';
import { ownershipOf, ownershipTags, tagChanges } from './tags';

/** One run of the reconcile step. */
export interface Step {
  readonly request: Request;
  readonly service: Service;
  readonly now: () => number;
  /** Whether a try to create is due: the API knows no token by which it would tell a second try from a second resource. */
  readonly mayCreate: boolean;
  /** Records what was observed or done. */
  readonly note: (text: string) => void;
}

/** What differs between the resource types that have a name, a status and tags. */
export interface Kind<D extends Detail> {
  /** For messages: `audience model`. */
  readonly noun: string;
  /** The construct property that names it. */
  readonly nameProp: string;
  list(): Promise<Summary[]>;
  get(arn: string): Promise<D | undefined>;
  create(name: string, properties: Properties, tags: Tags): Promise<string>;
  delete(arn: string): Promise<void>;
  /** Throws where to create it would do harm that the user has not asked for. */
  checkCreate(): Promise<void>;
  /**
   * The update that is due, if any; throws where there can be none. `previous` is what the template said before this change, or
   * undefined where the resource must show all that the template says.
   */
  update(observed: D, wanted: Properties, previous: Properties | undefined): (() => Promise<void>) | undefined;
}

interface Found<D> {
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

  const [kept, ...copies] = byWorth(await findOrCreate(kind, wanted, step));
  // Before any waiting, so that what can never be is refused at once.
  const update = isAlive(kept) ? kind.update(kept.detail, wanted, baseline(request)) : undefined;
  // An answer that was lost can leave two of the same name.
  await remove(kind, copies, step);
  await active(kind, kept, step);
  await ensureTags(kept, wanted.tags(), step);
  if (request.abandoned !== undefined) await removeAbandoned(kind, request.abandoned, step);
  if (update !== undefined) {
    await fence(step);
    await update();
    step.note(`updated ${kept.detail.arn}`);
  }
  // Not compared again: the service may take an update and show something else.
  return kept.detail.arn;
}

/** Deletes what is ours under the name; returns once it is gone. */
export async function removeAll<D extends Detail>(kind: Kind<D>, identity: Identity, step: Step): Promise<void> {
  const { ours } = await find(kind, identity, step);
  if (ours.length === 0 && !isAbsenceCertain(step.request, step.now())) throw new NotYet(`${kind.noun} ${identity.name} may not be listed yet`);
  await remove(kind, ours, step);
}

async function findOrCreate<D extends Detail>(kind: Kind<D>, wanted: Properties, step: Step): Promise<Found<D>[]> {
  const { request } = step;
  const { name } = request.identity;
  const found = await find(kind, request.identity, step);
  if (found.ours.length > 0) return found.ours;
  refuseForeign(kind, found, name);

  if (mustNotCreate(request)) {
    throw new Refusal(`the stack is rolling back to ${kind.noun} ${name}, which is gone; a rollback does not create it again`);
  }
  await kind.checkCreate();
  if (!step.mayCreate) throw new NotYet(`${kind.noun} ${name} is not there and the next try to create it is not due`);
  await fence(step);
  const arn = await kind.create(name, wanted, { ...wanted.tags(), ...ownershipTags(request) });
  step.note(`created ${arn}`);

  const created = await sort(kind, request.identity, [await observe(kind, { arn, name }, step)], step);
  refuseForeign(kind, created, name);
  return created.ours;
}

interface Sorted<D> {
  readonly ours: Found<D>[];
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
  const sorted: Sorted<D> = { ours: [], otherGeneration: [], foreign: [] };
  for (const one of found) {
    const ownership = ownershipOf(request, identity, one.detail, one.tags);
    if (ownership === 'undecided' && inGrace(now() - one.detail.createTime.getTime())) throw new NotYet(`${kind.noun} ${identity.name} shows no tags yet`);
    if (ownership === 'ours') sorted.ours.push(one);
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
function byWorth<D extends Detail>(found: Found<D>[]): Found<D>[] {
  const rank = (one: Found<D>) => isAlive(one) ? 0 : one.detail.status === 'CREATE_FAILED' ? 1 : 2;
  return [...found].sort((a, b) => rank(a) - rank(b)
    || a.detail.createTime.getTime() - b.detail.createTime.getTime()
    || (a.detail.arn < b.detail.arn ? -1 : 1));
}

function isAlive({ detail: { status } }: Found<Detail>): boolean {
  return status === 'ACTIVE' || isTraining(status);
}

function isTraining(status: string): boolean {
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

async function active<D extends Detail>(kind: Kind<D>, found: Found<D>, step: Step): Promise<void> {
  const { name, status, statusDetails, createTime } = found.detail;
  if (status === 'ACTIVE') return;
  if (status === 'CREATE_FAILED' && (isOfThisOperation(step.request, createTime) || isRollback(step.request.operation))) {
    throw new Refusal(`${kind.noun} ${name} failed: ${statusDetails?.statusCode ?? status}: ${statusDetails?.message ?? 'no reason given'}`);
  }
  // What failed before this deployment, or could not be deleted, makes room for a new one.
  if (status === 'CREATE_FAILED' || status === 'DELETE_FAILED') await remove(kind, [found], step);
  throw new NotYet(`${kind.noun} ${name} is ${status}`);
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

async function removeAbandoned<D extends Detail>(kind: Kind<D>, identity: Identity, step: Step): Promise<void> {
  try {
    await removeAll(kind, identity, step);
  } catch (error) {
    // Somebody uses it. Not our template: that never learnt its ARN.
    if (!(error instanceof InUse)) throw error;
    step.note(error.message);
  }
}

class InUse extends ServiceError {}

async function remove<D extends Detail>(kind: Kind<D>, found: Found<D>[], step: Step): Promise<void> {
  for (const { detail } of found) await startDeletion(kind, detail, step);
  for (const { detail: { arn, name } } of found) {
    const left = await kind.get(arn);
    if (left !== undefined) throw new NotYet(`${kind.noun} ${name} is ${left.status}`);
  }
}

async function startDeletion<D extends Detail>(kind: Kind<D>, { arn, name, status }: D, step: Step): Promise<void> {
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
    if (isTraining(status) && error.code === 'ValidationException') throw new NotYet(`${kind.noun} ${name} is ${status}: ${error.message}`);
    if (status === 'ACTIVE' && error.code === 'ConflictException') throw new InUse(error.operation, error.code, error.detail, error.status);
    throw error;
  }
}
