import { AwsError } from '../aws';
import { isObject, type Json, type JsonObject } from '../states/json';

const MAX_LENGTH = 4096;

/** One condition on the values of a field. There are none where the event does not have the field. */
type Matcher = (values: readonly Json[]) => boolean;

/** Says whether an event matches. */
export type Pattern = (event: JsonObject) => boolean;

type Compare = (value: number, limit: number) => boolean;
const COMPARISONS: Readonly<Record<string, Compare>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

/** Reads an event pattern, or refuses it as EventBridge does. */
export function parsePattern(text: string): Pattern {
  if (text.length > MAX_LENGTH) throw invalid(`It has more than ${MAX_LENGTH} characters`);
  return fieldsOf(json(text), '');
}

function json(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw invalid('Filter is not an object');
  }
}

/** All of the fields must match, and one of the alternatives of `$or`. */
function fieldsOf(pattern: Json, at: string): Pattern {
  if (!isObject(pattern)) throw invalid(`"${at}" must be an object or an array`);
  const fields = Object.entries(pattern).map(([name, value]) => fieldOf(name, value, at));
  if (fields.length === 0) throw invalid('Empty objects are not allowed');
  return (event) => fields.every((field) => field(event));
}

function fieldOf(name: string, value: Json, at: string): Pattern {
  if (name === '$or') return alternativesOf(value, at);
  const here = `${at}.${name}`;
  if (Array.isArray(value)) {
    if (value.length === 0) throw invalid(`"${here}": Empty arrays are not allowed`);
    const matchers = value.map((item) => matcherOf(item, here));
    return (event) => matchers.some((matcher) => matcher(leavesOf(event[name])));
  }
  const nested = fieldsOf(value, here);
  return (event) => objectsOf(event[name]).some(nested);
}

function alternativesOf(alternatives: Json, at: string): Pattern {
  if (!Array.isArray(alternatives) || alternatives.length < 2) throw invalid('$or must be a list of at least two patterns');
  const patterns = alternatives.map((alternative) => fieldsOf(alternative, at));
  return (event) => patterns.some((pattern) => pattern(event));
}

/** A list matches if one of its values does. */
function leavesOf(value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isObject(value) ? [] : [value];
}

/** Where there is no object, its fields do not exist: that too can be asked for. */
function objectsOf(value: Json | undefined): JsonObject[] {
  const objects = [value ?? []].flat().filter(isObject);
  return objects.length > 0 ? objects : [{}];
}

function matcherOf(item: Json, at: string): Matcher {
  if (Array.isArray(item)) throw invalid(`"${at}": Lists of lists are not allowed`);
  if (!isObject(item)) return oneOf((value) => value === item);
  const [entry, ...others] = Object.entries(item);
  if (entry === undefined || others.length > 0) throw invalid(`"${at}": Only one key allowed in match expression`);
  const [type, operand] = entry;
  switch (type) {
    case 'prefix': return oneOf(prefix(operand, at));
    case 'suffix': return oneOf(suffix(operand, at));
    case 'anything-but': return oneOf(anythingBut(operand, at));
    case 'numeric': return oneOf(numeric(operand, at));
    case 'exists': return exists(operand, at);
    default: throw invalid(`"${at}": Unrecognized match type ${type}, or one that the embedded AWS does not have`);
  }
}

function oneOf(test: (value: Json) => boolean): Matcher {
  return (values) => values.some(test);
}

function exists(operand: Json, at: string): Matcher {
  if (typeof operand !== 'boolean') throw invalid(`"${at}": exists match pattern must be either true or false.`);
  return (values) => (values.length > 0) === operand;
}

function prefix(operand: Json, at: string): (value: Json) => boolean {
  if (typeof operand !== 'string') throw invalid(`"${at}": prefix match pattern must be a string`);
  return (value) => typeof value === 'string' && value.startsWith(operand);
}

function suffix(operand: Json, at: string): (value: Json) => boolean {
  if (typeof operand !== 'string') throw invalid(`"${at}": suffix match pattern must be a string`);
  return (value) => typeof value === 'string' && value.endsWith(operand);
}

function anythingBut(operand: Json, at: string): (value: Json) => boolean {
  if (isObject(operand)) {
    const [type, ...others] = Object.keys(operand);
    if (others.length > 0 || (type !== 'prefix' && type !== 'suffix')) throw invalid(`"${at}": Unsupported anything-but pattern`);
    const excluded = type === 'prefix' ? prefix(operand[type], at) : suffix(operand[type], at);
    return (value) => !excluded(value);
  }
  const excluded = [operand].flat();
  const types = new Set(excluded.map((value) => typeof value));
  if (types.size !== 1 || !(types.has('string') || types.has('number'))) {
    throw invalid(`"${at}": Inside anything but list, either all values are numbers or strings, mixed type is not supported`);
  }
  return (value) => !excluded.includes(value);
}

function numeric(operand: Json, at: string): (value: Json) => boolean {
  const comparisons = numericComparisons(operand);
  if (comparisons === undefined) throw invalid(`"${at}": numeric match takes one comparison, or a lower and an upper limit`);
  return (value) => typeof value === 'number' && comparisons.every(([compare, limit]) => compare(value, limit));
}

function numericComparisons(operand: Json): [Compare, number][] | undefined {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return undefined;
  const [operator, limit, upperOperator, upperLimit] = operand;
  if (!Object.hasOwn(COMPARISONS, String(operator)) || typeof limit !== 'number') return undefined;
  const first: [Compare, number] = [COMPARISONS[String(operator)], limit];
  if (operand.length === 2) return [first];
  const isRange = String(operator).startsWith('>') && String(upperOperator).startsWith('<') && typeof upperLimit === 'number' && limit < upperLimit;
  return isRange ? [first, [COMPARISONS[String(upperOperator)], upperLimit]] : undefined;
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
