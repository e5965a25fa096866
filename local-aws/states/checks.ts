import { of } from './choice';
import { checkString, isExpression } from './expressions';
import { checkIntrinsic, isIntrinsic } from './intrinsics';
import { isObject, type Json } from './json';
import { isPath, referenceSteps } from './paths';

const MAX_SECONDS = 99_999_999;

/** What is wrong with a value, in words; nothing if it is right. */
export type Check = (value: Json) => string | undefined;

export const text: Check = (value) => (typeof value === 'string' ? undefined : 'is not a string');
export const anything: Check = () => undefined;
export const object: Check = (value) => (isObject(value) ? undefined : 'is not an object');
export const array: Check = (value) => (Array.isArray(value) ? undefined : 'is not an array');
export const isTrue: Check = (value) => (value === true ? undefined : 'is not true');
export const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'is not a boolean');
export const path: Check = (value) => (typeof value === 'string' && isPath(value) ? undefined : 'is not a valid JSONPath');
export const nullablePath: Check = (value) => (value === null ? undefined : path(value));
export const nullableReferencePath: Check = (value) => (value === null ? undefined : referencePath(value));
export const timestamp: Check = (value) => (of('timestamp', value) === undefined ? 'is not a valid timestamp' : undefined);
export const pathOrIntrinsic: Check = (value) => (typeof value === 'string' && isIntrinsic(value) ? checkIntrinsic(value, isPath) : path(value));
const referencePath: Check = (value) => (typeof value === 'string' && referenceSteps(value) ? undefined : 'is not a valid reference path');

/** What a variable may be called. */
export const variableName: Check = (value) => {
  if (value === 'states') return 'is reserved';
  return /^\p{ID_Start}\p{ID_Continue}{0,79}$/u.test(String(value)) ? undefined : 'is not a valid name of a variable';
};

export function integer(least: number, most: number = MAX_SECONDS): Check {
  return (value) => (Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? undefined : `is not an integer from ${least} to ${most}`);
}

export function number(least: number): Check {
  return (value) => (typeof value === 'number' && value >= least ? undefined : `is not a number of at least ${least}`);
}

export function oneOf(...values: Json[]): Check {
  return (value) => (values.includes(value) ? undefined : `is not one of ${values.join(', ')}`);
}

/** A literal, or JSONata that yields it. */
export function orExpression(check: Check): Check {
  return (value) => (isExpression(value) ? checkString(value, []) : check(value));
}

/** The same for a template, whose expressions are checked with all the others in it. */
export function orTemplate(check: Check): Check {
  return (value) => (isExpression(value) ? undefined : check(value));
}
