import { isDate } from 'node:util/types';
import { failure } from './errors';
import { Members, Shape } from './shapes';

/** Refuses an input that breaks the model's constraints, in the words of AWS's own framework. */
export function validate(members: Members, input: unknown): void {
  const violations = ofMembers(members, input, '');
  if (violations.length === 0) return;
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  throw failure('ValidationException', `${count} detected: ${violations.join('; ')}`);
}

function ofMembers(members: Members, value: unknown, path: string): string[] {
  if (!isRecord(value)) return [violation(value, path, 'be a structure')];
  const unknown = Object.keys(value)
    .filter((name) => !Object.hasOwn(members, name) && value[name] !== undefined)
    .map((name) => violation(value[name], join(path, name), 'be a member of the request'));
  const known = Object.entries(members).flatMap(([name, member]) => {
    const given = value[name];
    if (given !== undefined && given !== null) return ofShape(member.shape, given, join(path, name));
    return member.required ? [violation(null, join(path, name), 'not be null')] : [];
  });
  return [...unknown, ...known];
}

function ofShape(shape: Shape, value: unknown, path: string): string[] {
  switch (shape.kind) {
    case 'structure':
      return [
        ...ofMembers(shape.members, value, path),
        ...(shape.union && isRecord(value) && setMembers(value) !== 1 ? [violation(value, path, 'set exactly one of its members')] : []),
      ];
    case 'list':
      if (!Array.isArray(value)) return [violation(value, path, 'be a list')];
      return [
        ...ofLength(value.length, shape, value, path),
        ...value.flatMap((item, index) => ofShape(shape.member, item, `${path}.${index + 1}.member`)),
      ];
    case 'map':
      if (!isRecord(value)) return [violation(value, path, 'be a map')];
      return [
        ...ofLength(Object.keys(value).length, shape, value, path),
        ...Object.keys(value).flatMap((key) => ofShape(shape.key, key, `${path}.key`)),
        ...Object.entries(value).flatMap(([key, item]) => ofShape(shape.value, item, `${path}.${key}.value`)),
      ];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [violation(value, path, 'be a boolean')];
    case 'timestamp':
      return isDate(value) && !Number.isNaN(value.getTime()) ? [] : [violation(value, path, 'be an ISO 8601 timestamp')];
    case 'integer':
    case 'double':
      if (typeof value !== 'number' || !Number.isFinite(value)) return [violation(value, path, 'be a number')];
      if (shape.kind === 'integer' && !Number.isInteger(value)) return [violation(value, path, 'be an integer')];
      return [
        ...(shape.min !== undefined && value < shape.min ? [violation(value, path, `have value greater than or equal to ${shape.min}`)] : []),
        ...(shape.max !== undefined && value > shape.max ? [violation(value, path, `have value less than or equal to ${shape.max}`)] : []),
      ];
    case 'string':
      if (typeof value !== 'string') return [violation(value, path, 'be a string')];
      return [
        ...ofLength([...value].length, shape, value, path),
        ...(shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value) ?
          [violation(value, path, `satisfy regular expression pattern: ${shape.pattern}`)] : []),
        ...(shape.enum && !shape.enum.includes(value) ? [violation(value, path, `satisfy enum value set: [${shape.enum.join(', ')}]`)] : []),
      ];
  }
}

function ofLength(length: number, bounds: { min?: number; max?: number }, value: unknown, path: string): string[] {
  return [
    ...(bounds.min !== undefined && length < bounds.min ? [violation(value, path, `have length greater than or equal to ${bounds.min}`)] : []),
    ...(bounds.max !== undefined && length > bounds.max ? [violation(value, path, `have length less than or equal to ${bounds.max}`)] : []),
  ];
}

function violation(value: unknown, path: string, rule: string): string {
  const shown = value === null ? 'Value null' : typeof value === 'object' ? 'Value' : `Value '${String(value)}'`;
  return `${shown} at '${path}' failed to satisfy constraint: Member must ${rule}`;
}

const setMembers = (value: Record<string, unknown>) => Object.values(value).filter((member) => member !== undefined && member !== null).length;

const join = (path: string, name: string) => (path ? `${path}.${name}` : name);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value);
}
