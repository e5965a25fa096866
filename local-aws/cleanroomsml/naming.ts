import { isDeepStrictEqual } from 'node:util';
import { failure } from './errors';
import { Settings } from './settings';

interface Request {
  readonly name: string;
}

interface Named {
  readonly name: string;
  readonly request: Request;
}

/** Decides whether a create may take its name: it may, it gets the resource that an equal request made, or it is refused. */
export function claimName<R extends Named>(
  existing: readonly R[],
  request: Request,
  { unique, repeatedCreate, reusable = () => true }: Pick<Settings, 'repeatedCreate'> & { unique: boolean; reusable?: (resource: R) => boolean },
): R | undefined {
  const namesakes = existing.filter((resource) => resource.name === request.name);
  const repeated = namesakes.find((resource) => reusable(resource) && isDeepStrictEqual(onTheWire(resource.request), onTheWire(request)));
  if (repeated && repeatedCreate === 'sameArn') return repeated;
  if (unique) checkNameFree(namesakes, request.name);
  return undefined;
}

export function checkNameFree(existing: readonly Pick<Named, 'name'>[], name: string): void {
  if (existing.some((resource) => resource.name === name)) throw failure('ConflictException', `A resource with the name ${name} already exists`);
}

/** What is left out and what is `undefined` is the same there. */
const onTheWire = (request: Request): unknown => JSON.parse(JSON.stringify(request));
