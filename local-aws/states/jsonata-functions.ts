import { createHash } from 'node:crypto';
import type { Clock } from '../clock';
import { parseExpression } from './expressions';
import type { Json } from './json';
import { Random } from './random';

const MAX_RANGE_ITEMS = 360_145;

/** What Step Functions binds besides JSONata's own functions, and in the place of some. */
export function functionsOf(clock: Pick<Clock, 'now'>, random: Random): Readonly<Record<string, unknown>> {
  return {
    partition,
    range,
    hash,
    parse,
    uuid: () => random.uuid(),
    random: (seed?: unknown) => (seed === undefined ? random : new Random(String(integer('seed', seed)))).number(),
    millis: () => clock.now(),
    now: async (picture?: string, timezone?: string) => FORMAT.evaluate(undefined, { time: clock.now(), picture, timezone }) as Promise<unknown>,
    // JSONata has it, Step Functions does not.
    eval: undefined,
  };
}

const FORMAT = parseExpression('$fromMillis($time, $picture, $timezone)');

/** As in AWS, what there is nothing to divide by or into is nothing, not an error. */
function partition(items: unknown, size: unknown): Json[][] | undefined {
  const list = items === undefined || Array.isArray(items) ? items as Json[] | undefined : [items as Json];
  const count = size === undefined ? 0 : integer('size', size);
  if (count < 0) throw new Error('$partition takes no negative size');
  if (!list || list.length === 0 || count === 0) return undefined;
  return Array.from({ length: Math.ceil(list.length / count) }, (_, index) => list.slice(index * count, (index + 1) * count));
}

/** A sequence in JSONata's sense: none is nothing, and one is just the item. */
function range(first: unknown, last: unknown, delta: unknown): number[] | undefined {
  if (first === undefined || last === undefined || delta === undefined) return undefined;
  const [from, to, step] = [integer('first', first), integer('last', last), integer('delta', delta)];
  if (step === 0) throw new Error('$range takes no delta of zero');
  const length = Math.max(0, Math.floor((to - from) / step) + 1);
  if (length > MAX_RANGE_ITEMS) throw new Error('Expression evaluation memory limit exceeded');
  return Object.assign(Array.from({ length }, (_, index) => from + index * step), { sequence: true });
}

function hash(content: unknown, algorithm: unknown): string | undefined {
  if (content === undefined || algorithm === undefined) return undefined;
  if (!['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'].includes(String(algorithm))) throw new Error(`$hash does not know ${String(algorithm)}`);
  return createHash(String(algorithm).replace('-', '')).update(string('$hash', content)).digest('hex');
}

function parse(text: unknown): Json | undefined {
  return text === undefined ? undefined : JSON.parse(string('$parse', text)) as Json;
}

function string(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`${name} takes a string, not ${JSON.stringify(value)}`);
  return value;
}

function integer(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new Error(`${name} must be a number, not ${JSON.stringify(value)}`);
  return Math.trunc(value);
}
