/** Step Functions names the fields of AWS APIs as the SDK for Java does, which is with a capital letter. */
import { of } from './choice';
import { runtimeError } from './errors';
import { isObject, type Json, type JsonObject } from './json';
import type { Shape, StructureShape } from '../cleanroomsml/shapes';

/** The parameters of a task as the service takes them. Step Functions knows all fields, and does not even call with others. */
export function received(shape: StructureShape, parameters: JsonObject): Record<string, unknown> {
  const faults = faultsIn(shape, parameters, '');
  if (faults.length > 0) throw runtimeError(`The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: [${faults.join(', ')}]`);
  return inwards(shape, parameters) as Record<string, unknown>;
}

/** What a service answered as the result of a task. */
export function answered(shape: Shape, value: unknown): Json {
  switch (shape.kind) {
    case 'structure': {
      const fields = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(Object.entries(shape.members).filter(([name]) => fields[name] !== undefined && fields[name] !== null)
        .map(([name, member]) => [capitalized(name), answered(member.shape, fields[name])]));
    }
    case 'list': return (value as readonly unknown[]).map((item) => answered(shape.member, item));
    // JSON protocols give seconds.
    case 'timestamp': return (value instanceof Date ? value : new Date(Number(value) * 1000)).toISOString();
    default: return value as Json;
  }
}

const TYPES: Readonly<Record<Shape['kind'], string>> = {
  string: 'a STRING',
  integer: 'an INTEGER',
  double: 'a NUMBER',
  boolean: 'a BOOLEAN',
  timestamp: 'a STRING with a timestamp',
  list: 'an ARRAY',
  map: 'an OBJECT',
  structure: 'an OBJECT',
};

function faultsIn(shape: Shape, value: Json, field: string): string[] {
  if (!fits(shape, value)) return [`The value for the field '${field}' must be ${TYPES[shape.kind]}`];
  if (shape.kind === 'list') return (value as Json[]).flatMap((item) => faultsIn(shape.member, item, field));
  if (shape.kind === 'map') return Object.values(value as JsonObject).flatMap((item) => faultsIn(shape.value, item, field));
  if (shape.kind !== 'structure') return [];
  const given = value as JsonObject;
  const members = membersOf(shape);
  return [
    ...Object.keys(given).filter((name) => !members.has(name)).map((name) => `The field '${name}' is not supported by Step Functions`),
    ...[...members].filter(([name, { required }]) => required && !(name in given)).map(([name]) => `The field '${name}' is required but was missing`),
    ...[...members].filter(([name]) => name in given).flatMap(([name, member]) => faultsIn(member.shape, given[name], name)),
  ];
}

function fits(shape: Shape, value: Json): boolean {
  switch (shape.kind) {
    case 'string': return typeof value === 'string';
    case 'integer': return Number.isInteger(value);
    case 'double': return typeof value === 'number';
    case 'boolean': return typeof value === 'boolean';
    case 'timestamp': return of('timestamp', value) !== undefined;
    case 'list': return Array.isArray(value);
    default: return isObject(value);
  }
}

function inwards(shape: Shape, value: Json): unknown {
  switch (shape.kind) {
    case 'structure': {
      const members = membersOf(shape);
      return Object.fromEntries(Object.entries(value as JsonObject).flatMap(([field, item]) => {
        const member = members.get(field);
        return member ? [[member.name, inwards(member.shape, item)]] : [];
      }));
    }
    case 'list': return (value as Json[]).map((item) => inwards(shape.member, item));
    case 'timestamp': return new Date(String(value));
    default: return value;
  }
}

/** By the names that Step Functions gives them. */
function membersOf({ members }: StructureShape) {
  return new Map(Object.entries(members).map(([name, { shape, required }]) => [capitalized(name), { name, shape, required }]));
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
