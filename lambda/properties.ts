import { Refusal } from './errors';
import type { RawProperties } from './events';
import { canonicalJson } from './identity';

/* Reads properties as CloudFormation passes them on. Every error names the property, what it is and what it must be. */

export type Reader<T> = (value: unknown, path: string) => T;

export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string' || value === '') throw fault(path, 'a non-empty string', value);
  return value;
};

export const time: Reader<Date> = (value, path) => {
  const date = new Date(text(value, path));
  if (Number.isNaN(date.getTime())) throw fault(path, 'an ISO 8601 date and time', value);
  return date;
};

export function integer(min: number, max: number): Reader<number> {
  return (value, path) => {
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
    throw fault(path, `a whole number from ${min} to ${max}`, value);
  };
}

export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : read(value, path));
}

/** An empty string counts as unset. */
export const optionalText: Reader<string | undefined> = (value, path) => (value === '' ? undefined : optional(text)(value, path));

export function list<T>(read: Reader<T>): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length === 0) throw fault(path, 'a non-empty list', value);
    return value.map((one, index) => read(one, `${path}[${index}]`));
  };
}

/** What is read is called as the service calls it: as CloudFormation does, but for the first letter. */
export function object<Shape extends Readonly<Record<string, Reader<unknown>>>>(
  shape: Shape,
): Reader<{ readonly [Name in keyof Shape & string as Uncapitalize<Name>]: ReturnType<Shape[Name]> }> {
  return (value, path) => {
    if (!isRecord(value)) throw fault(path, 'an object', value);
    const read = Object.entries(shape).map(([name, reader]) => [uncapitalized(name), reader(value[name], path === '' ? name : `${path}.${name}`)]);
    return Object.fromEntries(read);
  };
}

export function uncapitalized(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/** Whether the property is other than before. What it was may have been refused, so it is not read. */
export function differs(name: string, wanted: RawProperties, previous: RawProperties | undefined): boolean {
  return previous === undefined || canonicalJson(wanted[name]) !== canonicalJson(previous[name]);
}

export function isRecord(value: unknown): value is RawProperties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(path: string, expected: string, value: unknown): Refusal {
  return new Refusal(`${path} must be ${expected}, got ${(JSON.stringify(value) ?? 'nothing').slice(0, 200)}`);
}
