import { failure } from './errors';
import { Settings } from './settings';

interface Paging {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

interface Listed {
  /** In which order things came. */
  readonly sequence: number;
  readonly createTime: Date;
}

/** One page of a list, oldest first. A token stays good when resources come and go between pages. */
export function page<R extends Listed>(
  resources: readonly R[], { nextToken, maxResults }: Paging, { listLag, pageSize }: Pick<Settings, 'listLag' | 'pageSize'>, now: number,
): { readonly items: R[]; readonly nextToken?: string } {
  const after = nextToken === undefined ? 0 : decode(nextToken);
  const rest = resources
    .filter((resource) => resource.sequence > after && resource.createTime.getTime() + listLag <= now)
    .sort((a, b) => a.sequence - b.sequence);
  const items = rest.slice(0, Math.min(maxResults ?? pageSize, pageSize));
  return { items, nextToken: items.length < rest.length ? encode(items[items.length - 1].sequence) : undefined };
}

const encode = (sequence: number) => Buffer.from(`after ${sequence}`).toString('base64url');

function decode(token: string): number {
  const match = /^after (\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw failure('ValidationException', 'The nextToken is not valid');
  return Number(match[1]);
}
