import { Detail, Found, isAlive, Summary, Tags } from './detail';
import { inGrace, NotYet } from './errors';
import type { Identity } from './identity';
import { Kind } from './kind';
import { ifFound, Service } from './service';
import type { Step } from './step';
import { Ownership, ownershipOf } from './tags';

/* Finds what belongs to a request, and tells it from what does not. */

export type Sorted = Readonly<Record<Ownership, Found[]>>;

export async function find(kind: Kind, identity: Identity, step: Step): Promise<Sorted> {
  const { request, memory: { CreatedArn: created } } = step;
  const { name } = identity;
  const found: Found[] = [];
  for (const summary of (await kind.list()).filter((one) => one.name === name)) found.push(await observe(kind, summary, step));
  const isUnlisted = created !== undefined && name === request.identity.name && !found.some(({ detail }) => detail.arn === created);
  if (isUnlisted && await kind.get(created) !== undefined) found.push(await observe(kind, { arn: created, name }, step));
  return sort(kind, identity, found, step);
}

export async function observe(kind: Kind, { arn, name }: Pick<Summary, 'arn' | 'name'>, step: Step): Promise<Found> {
  const detail = await kind.get(arn);
  const tags = detail && await tagsOf(step.service, arn);
  if (detail === undefined || tags === undefined) throw new NotYet(`${kind.noun} ${name} (${arn}) is listed but not visible`);
  step.note(`found ${arn} ${detail.status}`);
  return { detail, tags };
}

export function sort({ noun }: Kind, identity: Identity, found: Found[], { request, now }: Step): Sorted {
  const sorted: Sorted = { ours: [], kept: [], otherIdentity: [], foreign: [], undecided: [] };
  for (const one of found) {
    const ownership = ownershipOf(request, identity, one.detail, one.tags);
    if (ownership === 'undecided' && inGrace(now() - one.detail.createTime.getTime())) throw new NotYet(`${noun} ${identity.name} shows no tags yet`);
    sorted[ownership].push(one);
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

const GENERATED = /-[0-9a-f]{16}$/;

/** The tags of so many resources a step can read, and so many at a time: the service takes 50 calls a second. */
const READABLE = 500;
const PARALLEL = 5;

/**
 * Those of the listed whose tags say that they are meant, whatever they are called; among very many, those with a name that was generated.
 * What is not meant is noted in `passed`, and not read again: a step may end before all are read, where others read, too.
 */
export async function tagged(
  kind: Kind, { service }: Step, all: Summary[], isMeant: (tags: Tags, one: Summary) => boolean, passed: string[] = [],
): Promise<Found[]> {
  const listed = (all.length > READABLE ? all.filter(({ name }) => GENERATED.test(name)) : all)
    .filter(({ arn }) => !passed.includes(shortOf(arn)));
  const found: Found[] = [];
  for (let from = 0; from < listed.length; from += PARALLEL) {
    const batch = await Promise.allSettled(listed.slice(from, from + PARALLEL).map(async (one) => ({ one, tags: await tagsOf(service, one.arn) })));
    const read = batch.flatMap((one) => one.status === 'fulfilled' && one.value.tags !== undefined ? [{ ...one.value, tags: one.value.tags }] : []);
    passed.push(...read.filter(({ one, tags }) => !isMeant(tags, one)).map(({ one: { arn } }) => shortOf(arn)));
    const failure = batch.find((one) => one.status === 'rejected');
    if (failure) throw failure.reason;
    for (const { one, tags } of read.filter((each) => isMeant(each.tags, each.one))) {
      const detail = await kind.get(one.arn);
      if (detail) found.push({ detail, tags });
    }
  }
  return found;
}

/** Enough of an ARN to tell resources apart, and little enough to be remembered of hundreds. */
function shortOf(arn: string): string {
  return arn.slice(-12);
}
