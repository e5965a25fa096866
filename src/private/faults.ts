import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { asWritten, isExpression, isJsonata } from './jobs/expressions';

/* Finds what is wrong with what the user gives, and tells it. */

/**
 * Says what is wrong with a value, what is allowed and what to do; nothing if all is well.
 * A value that is absent, or not known yet, is never wrong.
 */
export type Validator<T> = (value: T | undefined) => string[];

/** What `StringParameter.valueFromLookup` gives in a first synthesis, which is thrown away once the CLI has looked the value up. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('dummy-value-for-');
}

/** Whether a value is not known yet. */
export function isUnknown(value: unknown): boolean {
  return Token.isUnresolved(value) || isPlaceholder(value);
}

/** A validator of values that are there and known. */
export function validator<T>(problems: (value: T) => string[]): Validator<T> {
  return (value) => (value === undefined || isUnknown(value) ? [] : problems(value));
}

/**
 * As another validator, but an absent value is wrong too. TypeScript insists on required properties, yet not all users have TypeScript;
 * for the same reason validators look at the type of what they get.
 */
export function required<T>(validate: Validator<T>, advice: string): Validator<T> {
  return (value) => (value === undefined ? [`it is required; ${advice}`] : validate(value));
}

/** The faults of one property, each naming the property and the value. */
export function check<T>(property: string, value: T | undefined, validate: Validator<T>): string[] {
  return validate(value).map((problem) => `${property}: got ${display(value)}; ${problem}`);
}

/** The faults of a property in whose place there may be an expression that only an execution evaluates. */
export function unlessExpression<T>(property: string, value: T | undefined, validate: Validator<T>): string[] {
  return isJsonata(value) ? [] : check(property, value, validate);
}

/** The faults of a property that a policy or a name is made of before any execution, so that no expression can stand for it. */
export function checkFixed<T>(property: string, value: T | undefined, validate: Validator<T>, advice: string): string[] {
  return isExpression(value) ? [mismatch(property, value, `known at synthesis; ${advice}`)] : check(property, value, validate);
}

/** The one fault of a property that is something else altogether, or missing. */
export function mismatch(property: string, value: unknown, expected: string): string {
  return `${property}: got ${display(value)}; it must be ${expected}`;
}

/** A value of a class of this library: it knows its own faults. */
interface OwnValue {
  _faults(property: string, construct: Construct): string[];
}

export function isOwnValue(value: Partial<OwnValue> | undefined): value is OwnValue {
  return typeof value?._faults === 'function';
}

/** The faults of what should be a value of a class of this library. */
export function checkOwnValue(property: string, value: OwnValue | undefined, expected: string, construct: Construct): string[] {
  return isOwnValue(value) ? value._faults(property, construct) : [mismatch(property, value, expected)];
}

/** A value as a fault shows it. */
export function display(value: unknown): string {
  const written = asWritten(value);
  const shown = typeof written === 'number' || written instanceof Date ? showScalar(written) : JSON.stringify(written, showInstance) ?? String(written);
  return shown.length > 100 ? `${shown.slice(0, 100)}… (${shown.length} characters)` : shown;
}

/** JSON knows neither NaN nor invalid dates. */
function showScalar(value: number | Date): string {
  return Number.isFinite(value.valueOf()) ? JSON.stringify(value) : String(value);
}

/** Constructs and the like are large and circular, so they are shown as what they are. */
function showInstance(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const type: unknown = value.constructor;
  return typeof type !== 'function' || type === Object || type === Array ? value : `[${type.name}]`;
}
