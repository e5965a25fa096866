import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { StateError } from './errors';
import { isObject, type Json } from './json';

type Resolve = (path: string) => Json;

/** The functions of the States Language, by name, with how many arguments they take. */
const FUNCTIONS: Readonly<Record<string, { readonly arity: readonly [number, number]; readonly call: (...args: Json[]) => Json }>> = {
  'States.Format': { arity: [1, Infinity], call: format },
  'States.StringToJson': { arity: [1, 1], call: (text) => parse(string(text)) },
  'States.JsonToString': { arity: [1, 1], call: (value) => JSON.stringify(value) },
  'States.StringSplit': { arity: [2, 2], call: (text, separators) => split(string(text), string(separators)) },
  'States.Array': { arity: [0, Infinity], call: (...items) => items },
  'States.ArrayPartition': { arity: [2, 2], call: (items, size) => partition(array(items), integer(size)) },
  'States.ArrayContains': { arity: [2, 2], call: (items, item) => array(items).some((other) => isDeepStrictEqual(other, item)) },
  'States.ArrayRange': { arity: [3, 3], call: (from, to, step) => range(integer(from), integer(to), integer(step)) },
  'States.ArrayGetItem': { arity: [2, 2], call: (items, index) => itemAt(array(items), integer(index)) },
  'States.ArrayLength': { arity: [1, 1], call: (items) => array(items).length },
  'States.ArrayUnique': { arity: [1, 1], call: (items) => unique(array(items)) },
  'States.Base64Encode': { arity: [1, 1], call: (text) => Buffer.from(string(text)).toString('base64') },
  'States.Base64Decode': { arity: [1, 1], call: (text) => Buffer.from(string(text), 'base64').toString() },
  'States.Hash': { arity: [2, 2], call: (text, algorithm) => hash(text, string(algorithm)) },
  'States.JsonMerge': { arity: [3, 3], call: merge },
  'States.MathAdd': { arity: [2, 2], call: (a, b) => integer(a) + integer(b) },
  'States.UUID': { arity: [0, 0], call: () => randomUUID() },
};

export function isIntrinsic(expression: string): boolean {
  return expression.startsWith('States.');
}

/** Evaluates a call, whose arguments may be literals, paths and other calls. */
export function evaluateIntrinsic(expression: string, resolve: Resolve): Json {
  return run(parseCall(expression), resolve);
}

/** Says what is wrong with a call; nothing if it can be evaluated. */
export function checkIntrinsic(expression: string, isPath: (text: string) => boolean): string | undefined {
  try {
    check(parseCall(expression), isPath);
    return undefined;
  } catch (error) {
    return (error as StateError).cause;
  }
}

type Argument = { readonly literal: Json } | { readonly text: string } | { readonly path: string } | Call;
interface Call { readonly name: string; readonly args: readonly Argument[] }

function run({ name, args }: Call, resolve: Resolve): Json {
  const values = args.map((arg, index) => {
    if ('literal' in arg) return arg.literal;
    // A template's escapes also tell which braces are meant literally, so that States.Format undoes them itself.
    if ('text' in arg) return name === 'States.Format' && index === 0 ? arg.text : arg.text.replace(/\\(.)/gs, '$1');
    return 'path' in arg ? resolve(arg.path) : run(arg, resolve);
  });
  return FUNCTIONS[name].call(...values);
}

function check({ name, args }: Call, isPath: (text: string) => boolean): void {
  for (const arg of args) {
    if ('path' in arg && !isPath(arg.path)) throw failure(`'${arg.path}' is not a path`);
    if ('name' in arg) check(arg, isPath);
  }
  if (!(name in FUNCTIONS)) throw failure(`there is no function ${name}`);
  const [fewest, most] = FUNCTIONS[name].arity;
  if (args.length < fewest || args.length > most) throw failure(`${name} does not take ${args.length} arguments`);
}

function parseCall(expression: string): Call {
  const [call, rest] = readCall(expression.trim());
  if (rest.trim() !== '') throw failure(`unexpected '${rest}' in '${expression}'`);
  return call;
}

function readCall(text: string): [Call, string] {
  const name = text.match(/^(States\.\w+)\s*\(/);
  if (!name) throw failure(`'${text}' is not a function call`);
  const args: Argument[] = [];
  let rest = text.slice(name[0].length).trimStart();
  while (!rest.startsWith(')')) {
    const [arg, after] = readArgument(rest);
    args.push(arg);
    rest = after.trimStart();
    if (rest.startsWith(',')) rest = rest.slice(1).trimStart();
    else if (!rest.startsWith(')')) throw failure(`missing ')' in '${text}'`);
  }
  return [{ name: name[1], args }, rest.slice(1)];
}

function readArgument(text: string): [Argument, string] {
  if (text.startsWith('States.')) return readCall(text);
  const quoted = text.match(/^'((?:[^'\\]|\\.)*)'/s);
  if (quoted) return [{ text: quoted[1] }, text.slice(quoted[0].length)];
  const other = text.match(/^(?:[^,()'[\]]|\[[^\]]*\])+/)?.[0] ?? '';
  const word = other.trim();
  if (word.startsWith('$')) return [{ path: word }, text.slice(other.length)];
  if (/^(-?\d+(\.\d+)?|true|false|null)$/.test(word)) return [{ literal: JSON.parse(word) as Json }, text.slice(other.length)];
  throw failure(`'${text}' is not an argument`);
}

function format(template: Json, ...args: Json[]): Json {
  const rest = [...args];
  const text = string(template).replace(/\\(.)|\{\}/g, (_, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (rest.length === 0) throw failure('States.Format has fewer arguments than the template has {}');
    const value = rest.shift() as Json;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  if (rest.length > 0) throw failure('States.Format has more arguments than the template has {}');
  return text;
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw failure(`States.StringToJson: '${text}' is not JSON`);
  }
}

function split(text: string, separators: string): Json[] {
  return text.split(new RegExp(`[${separators.replace(/[\\\]^-]/g, '\\$&')}]`)).filter((part) => part !== '');
}

function partition(items: Json[], size: number): Json[] {
  if (size < 1) throw failure('States.ArrayPartition takes a positive size');
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function range(from: number, to: number, step: number): Json[] {
  const length = step === 0 ? Infinity : Math.max(0, Math.floor((to - from) / step) + 1);
  if (length > 1000) throw failure('States.ArrayRange makes at most 1000 items');
  return Array.from({ length }, (_, index) => from + index * step);
}

function itemAt(items: Json[], index: number): Json {
  if (index < 0 || index >= items.length) throw failure(`States.ArrayGetItem: there is no item ${index}`);
  return items[index];
}

function unique(items: Json[]): Json[] {
  return items.filter((item, index) => items.findIndex((other) => isDeepStrictEqual(other, item)) === index);
}

function hash(value: Json, algorithm: string): string {
  if (!['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'].includes(algorithm)) throw failure(`States.Hash does not know ${algorithm}`);
  return createHash(algorithm.replace('-', '')).update(typeof value === 'string' ? value : JSON.stringify(value)).digest('hex');
}

function merge(first: Json, second: Json, deep: Json): Json {
  if (!isObject(first) || !isObject(second)) throw failure('States.JsonMerge takes two objects');
  if (deep !== false) throw failure('States.JsonMerge only merges shallowly');
  return { ...first, ...second };
}

function string(value: Json): string {
  if (typeof value !== 'string') throw failure(`expected a string, not ${JSON.stringify(value)}`);
  return value;
}

function array(value: Json): Json[] {
  if (!Array.isArray(value)) throw failure(`expected an array, not ${JSON.stringify(value)}`);
  return value;
}

function integer(value: Json): number {
  if (typeof value !== 'number') throw failure(`expected a number, not ${JSON.stringify(value)}`);
  return Math.round(value);
}

function failure(cause: string): StateError {
  return new StateError('States.IntrinsicFailure', cause);
}
