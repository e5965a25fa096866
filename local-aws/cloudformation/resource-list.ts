import { validationError } from './errors';
import { Settings } from './settings';
import { ResourceStatus, ResourceView, Stack, StackResource } from './stack';

const GONE: readonly ResourceStatus[] = ['DELETE_COMPLETE', 'DELETE_SKIPPED'];

/** The resources of a stack that the API shows, as they were at a time, or as they are. */
export function shownResources(stack: Stack, { showsDeparted }: Pick<Settings, 'showsDeparted'>, asOf = Infinity): ResourceView[] {
  const logicalIds = new Set([...stack.resources.keys(), ...stack.departed.keys()]);
  return [...logicalIds].flatMap((logicalId) => {
    const present = stack.resources.get(logicalId);
    const departed = stack.departed.get(logicalId);
    const view = viewOf(present, asOf) ?? viewOf(departed, asOf);
    if (!view) return [];
    const isGone = GONE.includes(view.status) || (!present && view === departed?.past.at(-1));
    return !isGone || showsDeparted === 'all' || (showsDeparted === 'skipped' && view.status !== 'DELETE_COMPLETE') ? [view] : [];
  });
}

/** A page of a list, in an order in which a token stays good when resources come and go. */
export function resourcePage(
  stack: Stack, token: string | undefined, settings: Settings, now: number,
): { readonly resources: readonly ResourceView[]; readonly nextToken?: string } {
  const { resourceListLag, resourcePageSize } = settings;
  const after = token === undefined ? '' : decode(token);
  const rest = shownResources(stack, settings, resourceListLag === 0 ? undefined : now - resourceListLag)
    .filter(({ logicalId }) => logicalId > after)
    .sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1));
  const resources = rest.slice(0, resourcePageSize);
  return { resources, nextToken: resources.length < rest.length ? encode(resources[resources.length - 1].logicalId) : undefined };
}

function viewOf(resource: StackResource | undefined, asOf: number): ResourceView | undefined {
  return resource?.past.filter(({ timestamp }) => Date.parse(timestamp) <= asOf).at(-1);
}

const encode = (logicalId: string) => Buffer.from(`after ${logicalId}`).toString('base64url');

function decode(token: string): string {
  const logicalId = /^after ([A-Za-z0-9]+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (logicalId === undefined) throw validationError('NextToken is not valid');
  return logicalId;
}
