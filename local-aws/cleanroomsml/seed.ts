/** The users that an audience is to be like. Nobody knows the status codes with which the service fails a job; these are made up. */
import { Inaccessible } from './inaccessible';

const MAX_USERS = 500_000;

/** Counts the users in files of JSON lines. A user may be there twice. @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-seed-data-requirements.html */
export function countUsers(files: readonly { readonly key: string; readonly body: Buffer }[]): number {
  const users = new Set<string>();
  for (const { key, body } of files) {
    for (const [index, line] of body.toString('utf8').split('\n').entries()) {
      if (line.trim() === '') continue;
      const user = userIn(line);
      if (user === undefined) throw new Inaccessible('MALFORMED_SEED', `Line ${index + 1} of ${key} is not of the form {"user_id": "…"}`);
      users.add(user);
    }
  }
  return users.size;
}

/** Every user of the seed counts as one of the training data, which nothing here can look into. */
export function checkSeedSize(users: number, minMatchingSeedSize: number): void {
  if (users < minMatchingSeedSize) {
    throw new Inaccessible('INSUFFICIENT_MATCHING_SEED', `The seed has ${users} users in the training data, but at least ${minMatchingSeedSize} are needed`);
  }
  if (users > MAX_USERS) throw new Inaccessible('SEED_TOO_LARGE', `The seed has ${users} users, but at most ${MAX_USERS} are possible`);
}

function userIn(line: string): string | undefined {
  try {
    const user: unknown = (JSON.parse(line) as { user_id?: unknown } | null)?.user_id;
    return typeof user === 'string' && user !== '' ? user : undefined;
  } catch {
    return undefined;
  }
}
