import { isDeepStrictEqual } from 'node:util';
import { failure } from './errors';
import { Settings } from './settings';
import { Resource } from './state';

interface Request {
  readonly name: string;
}

/** Decides whether a create may take its name: it may, it gets the resource that an equal request made, or it is refused. */
export function claimName<R extends Resource & { readonly request: Request }>(
  existing: readonly R[],
  request: Request,
  { unique, repeatedCreate, reusable = () => true }: Pick<Settings, 'repeatedCreate'> & { unique: boolean; reusable?: (resource: R) => boolean },
): R | undefined {
  const namesakes = existing.filter((resource) => resource.name === request.name);
  const repeated = namesakes.find((resource) => reusable(resource) && isDeepStrictEqual(onTheWire(resource.request), onTheWire(request)));
  if (repeated && repeatedCreate === 'sameArn') return repeated;
  if (namesakes.length > 0 && unique) throw failure('ConflictException', `A resource with the name ${request.name} already exists`);
  return undefined;
}

/** What is left out and what is `undefined` is the same there. */
const onTheWire = (request: Request): unknown => JSON.parse(JSON.stringify(request));
