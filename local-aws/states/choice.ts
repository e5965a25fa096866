import type { ChoiceRule } from './asl';
import type { Json } from './json';
import { findAll, resolve, type Scope } from './paths';
import { parseDateTime } from '../iso-8601';

type Kind = 'string' | 'number' | 'boolean' | 'timestamp';
type Compare = (a: string | number | boolean, b: string | number | boolean) => boolean;

const EQUALS: Compare = (a, b) => a === b;
const LESS_THAN: Compare = (a, b) => a < b;
const ORDERED: Readonly<Record<string, Compare>> = {
  Equals: EQUALS,
  LessThan: LESS_THAN,
  GreaterThan: (a, b) => b < a,
  LessThanEquals: (a, b) => a <= b,
  GreaterThanEquals: (a, b) => b <= a,
};

interface Comparison {
  readonly kind: Kind;
  readonly compare: Compare;
}

/** The comparisons of a value with a literal. Each of them but `StringMatches` also exists with `Path`. */
const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ...Object.entries(ORDERED).flatMap(([name, compare]): [string, Comparison][] => [
    [`String${name}`, { kind: 'string', compare }],
    [`Numeric${name}`, { kind: 'number', compare }],
    [`Timestamp${name}`, { kind: 'timestamp', compare }],
  ]),
  ['BooleanEquals', { kind: 'boolean', compare: EQUALS }],
  ['StringMatches', { kind: 'string', compare: (value, pattern) => wildcard(String(pattern)).test(String(value)) }],
]);

const TESTS: ReadonlyMap<string, (found: Json[]) => boolean> = new Map([
  ['IsPresent', (found) => found.length > 0],
  ['IsNull', ([value]) => value === null],
  ['IsString', ([value]) => typeof value === 'string'],
  ['IsNumeric', ([value]) => typeof value === 'number'],
  ['IsBoolean', ([value]) => typeof value === 'boolean'],
  ['IsTimestamp', ([value]) => of('timestamp', value) !== undefined],
]);

/** What a rule compares with, and how; undefined for a name that is no comparison. */
export function comparisonValueKind(name: string): Kind | 'path' | undefined {
  if (TESTS.has(name)) return 'boolean';
  if (COMPARISONS.has(name)) return COMPARISONS.get(name)?.kind;
  return name.endsWith('Path') && name !== 'StringMatchesPath' && COMPARISONS.has(name.slice(0, -4)) ? 'path' : undefined;
}

/** Whether a rule's condition holds. A value of another type compares as false; a missing one is an error. */
export function holds(rule: ChoiceRule, scope: Scope): boolean {
  if (rule.And) return rule.And.every((inner) => holds(inner, scope));
  if (rule.Or) return rule.Or.some((inner) => holds(inner, scope));
  if (rule.Not) return !holds(rule.Not, scope);
  const variable = String(rule.Variable);
  const [name, expected] = Object.entries(rule).find(([key]) => comparisonValueKind(key) !== undefined) ?? ['', undefined];

  const test = TESTS.get(name);
  if (test) {
    const found = findAll(variable, scope);
    // Only IsPresent may ask for what is not there.
    if (found.length === 0 && name !== 'IsPresent') resolve(variable, scope);
    return test(found) === expected;
  }
  const comparison = COMPARISONS.get(name) ?? COMPARISONS.get(name.slice(0, -4));
  if (!comparison) return false;
  const left = of(comparison.kind, resolve(variable, scope));
  const right = of(comparison.kind, COMPARISONS.has(name) ? expected : resolve(String(expected), scope));
  return left !== undefined && right !== undefined && comparison.compare(left, right);
}

/** The value as one of its kind, in a form that compares; undefined if it is none. */
export function of(kind: Kind, value: unknown): string | number | boolean | undefined {
  if (kind === 'timestamp') return parseDateTime(value);
  return typeof value === kind ? value as string | number | boolean : undefined;
}

/** `*` stands for anything, and `\*` for itself. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([\\*])|\*|[.+?^${}()|[\]\\]/g, (match, escaped: string | undefined) => {
    if (escaped !== undefined) return `\\${escaped}`;
    return match === '*' ? '.*' : `\\${match}`;
  });
  return new RegExp(`^${source}$`, 's');
}
