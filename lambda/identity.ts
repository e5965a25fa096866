import { createHash } from 'node:crypto';
import type { RawProperties, ResourceTypeName } from './events';
import { IDENTITY_HASH_LENGTH } from '../src/private/contract';
import { REPLACING } from '../src/private/replacement';

/*
 * Who a resource is. A contract from the first release on: if anything here answers differently after an upgrade, every
 * model of every user is trained again. The golden tests pin it. A property added later joins the hash only where it is set.
 */

export interface Identity {
  /** The resource's name and its physical id. */
  readonly name: string;
  /** The hash of all that cannot change without replacement. */
  readonly hash: string;
  /** The name is the user's, so that it does not prove whose the resource is. */
  readonly explicit: boolean;
}

/** Names have at most 63 characters. */
const PREFIX_LENGTH = 63 - IDENTITY_HASH_LENGTH - 1;

/** Total: an update that was refused for its properties comes back in the rollback as the old ones. */
export function identityOf(type: ResourceTypeName, stackId: string, logicalId: string, properties: RawProperties): Identity {
  const hash = hashOf({ stackId, logicalId, ...REPLACING[type](properties) });
  const { Name } = properties;
  return typeof Name === 'string' && Name !== ''
    ? { name: Name, hash, explicit: true }
    : { name: generatedName(logicalId, hash), hash, explicit: false };
}

/** What a resource is called where the user gave no name. */
export function generatedName(logicalId: string, hash: string): string {
  return `${namePrefix(logicalId)}-${hash}`;
}

/** How generated names begin, before the hyphen. */
export function namePrefix(logicalId: string): string {
  return logicalId.slice(0, PREFIX_LENGTH);
}

/** The identity that a generated name stands for, if it is one of this logical id. */
export function identityOfName(logicalId: string, name: string): Identity | undefined {
  const prefix = `${namePrefix(logicalId)}-`;
  const hash = name.slice(prefix.length);
  return name.startsWith(prefix) && /^[0-9a-f]{16}$/.test(hash) ? { name, hash, explicit: false } : undefined;
}

/** In place of a hash: whichever one bears the name. */
export const ANY_HASH = 'any';

/** Who is to be deleted under a physical id, with properties that may be those of another one. */
export function identityToDelete(stackId: string, logicalId: string, physicalId: string, computed: Identity): Identity {
  // A create that was cancelled has told no name, so the properties do.
  if (physicalId === computed.name || isInvented(stackId, logicalId, physicalId)) return computed;
  return identityOfName(logicalId, physicalId) ?? { name: physicalId, hash: ANY_HASH, explicit: true };
}

/**
 * Whether it is what CloudFormation calls a resource that never told its name: `<stack>-<logical id>-<suffix>`, where the first two may have
 * been cut. A suffix without a capital, but for the first letter, is rather a date, or a word, in a name of the user's own.
 */
function isInvented(stackId: string, logicalId: string, physicalId: string): boolean {
  const [, stackName = ''] = stackId.split('/');
  const [, stack, logical] = /^(.+)-([A-Za-z0-9]+)-(?=.+[A-Z])[A-Za-z0-9]{10,}$/.exec(physicalId) ?? [];
  return stack !== undefined && stackName.startsWith(stack) && logicalId.startsWith(logical);
}

function hashOf(value: object): string {
  return shortHash(canonicalJson(value));
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, IDENTITY_HASH_LENGTH);
}

/** JSON with sorted keys and without what is undefined: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => isObject(part)
    ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    : part) ?? 'null';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
