import type { Detail, Summary, Tags } from './detail';
import { inGrace, NotYet } from './errors';
import { Identity, identityOfName } from './identity';
import { ifFound, Service } from './service';
import { isAlive } from './status';
import type { Kind, Step } from './step';
import { ownershipOf } from './tags';

/* Finds what belongs to a request, and tells it from what does not. */

export interface Found<D> {
  readonly detail: D;
  readonly tags: Tags;
}

export interface Sorted<D> {
  readonly ours: Found<D>[];
  /** Ours, of another identity, and to be deleted. */
  readonly leftOver: Found<D>[];
  readonly otherIdentity: Found<D>[];
  readonly foreign: Found<D>[];
}

export async function find<D extends Detail>(kind: Kind<D>, identity: Identity, step: Step): Promise<Sorted<D>> {
  const { request, memory: { CreatedArn: created } } = step;
  const found: Found<D>[] = [];
  for (const summary of await kind.list()) {
    if (summary.name === identity.name) found.push(await observe(kind, summary, step));
  }
  if (created !== undefined && identity.name === request.identity.name && !found.some(({ detail }) => detail.arn === created)) {
    if (await kind.get(created) !== undefined) found.push(await observe(kind, { arn: created, name: identity.name }, step));
  }
  return sort(kind, identity, found, step);
}

export async function observe<D extends Detail>(kind: Kind<D>, { arn, name }: Pick<Summary, 'arn' | 'name'>, step: Step): Promise<Found<D>> {
  const detail = await kind.get(arn);
  const tags = detail && await tagsOf(step.service, arn);
  if (detail === undefined || tags === undefined) throw new NotYet(`${kind.noun} ${name} (${arn}) is listed but not visible`);
  step.note(`found ${arn} ${detail.status}`);
  return { detail, tags };
}

export function sort<D extends Detail>(kind: Kind<D>, identity: Identity, found: Found<D>[], { request, now }: Step): Sorted<D> {
  const sorted: Sorted<D> = { ours: [], leftOver: [], otherIdentity: [], foreign: [] };
  for (const one of found) {
    const ownership = ownershipOf(request, identity, one.detail, one.tags);
    if (ownership === 'undecided' && inGrace(now() - one.detail.createTime.getTime())) throw new NotYet(`${kind.noun} ${identity.name} shows no tags yet`);
    if (ownership === 'ours') sorted.ours.push(one);
    else if (ownership === 'left-over') sorted.leftOver.push(one);
    else if (ownership === 'other-identity') sorted.otherIdentity.push(one);
    else sorted.foreign.push(one);
  }
  return sorted;
}

export async function tagsOf(service: Service, arn: string): Promise<Tags | undefined> {
  return (await ifFound(service.call('ListTagsForResource', { resourceArn: arn })))?.tags;
}

/** The one to keep first: what lives before what failed before what is being deleted, and then the oldest. */
export function byWorth<F extends { readonly detail: Detail }>(found: F[]): F[] {
  const rank = (one: F) => isAlive(one.detail.status) ? 0 : one.detail.status === 'CREATE_FAILED' ? 1 : 2;
  return [...found].sort((a, b) => rank(a) - rank(b)
    || a.detail.createTime.getTime() - b.detail.createTime.getTime()
    || (a.detail.arn < b.detail.arn ? -1 : 1));
}

/** The tags of so many resources a step can read. */
const READABLE = 500;

/**
 * Those of the listed whose tags say that they are meant, whatever they are called; among very many, those with a name that was generated.
 * What is not meant is noted in `passed`, and not read again: a step may end before all are read, where others read, too.
 */
export async function tagged<D extends Detail>(
  kind: Kind<D>, { request, service }: Step, all: Summary[], isMeant: (tags: Tags) => boolean, passed: string[] = [],
): Promise<Found<D>[]> {
  const listed = (all.length > READABLE ? all.filter(({ name }) => identityOfName(request.logicalId, name) !== undefined) : all)
    .filter(({ arn }) => !passed.includes(shortOf(arn)));
  const tags = await inParallel(listed, async ({ arn }) => {
    const shown = await tagsOf(service, arn);
    if (shown !== undefined && !isMeant(shown)) passed.push(shortOf(arn));
    return shown;
  });
  const found: Found<D>[] = [];
  for (const [index, { arn }] of listed.entries()) {
    const shown = tags[index];
    if (shown === undefined || !isMeant(shown)) continue;
    const detail = await kind.get(arn);
    if (detail) found.push({ detail, tags: shown });
  }
  return found;
}

/** Enough of an ARN to tell resources apart, and little enough to be remembered of hundreds. */
function shortOf(arn: string): string {
  return arn.slice(-12);
}

/** So many calls at a time: the service takes 50 a second. */
const PARALLEL = 5;

async function inParallel<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += PARALLEL) {
    results.push(...await Promise.all(all.slice(from, from + PARALLEL).map(work)));
  }
  return results;
}
