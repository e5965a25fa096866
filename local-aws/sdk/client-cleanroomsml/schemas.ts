/** The service's model in the form in which AWS's SDK core reads schemas. */
import { TypeRegistry } from '@smithy/core/schema';
import type { $SchemaRef, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';
import { CleanRoomsMLServiceException, EXCEPTIONS } from './exceptions';
import { ErrorName, ERRORS, OPERATION_NAMES, OperationName, OPERATIONS, SERVICE } from '../../cleanroomsml/model';
import { Member, Members, Shape } from '../../cleanroomsml/shapes';

/** How the SDK core numbers the kinds of schemas. */
const STRING = 0;
const NUMERIC = 1;
const BOOLEAN = 2;
const TIMESTAMP_DATE_TIME = 5;
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const ERROR = -3;
const OPERATION = 9;
const HTTP_LABEL = 1;

export const OPERATION_SCHEMAS = Object.fromEntries(OPERATION_NAMES.map((name) => [name, operationSchema(name)])) as
  Readonly<Record<OperationName, StaticOperationSchema>>;

export const ERROR_REGISTRIES = [baseRegistry(), modelledRegistry()];

function operationSchema(name: OperationName): StaticOperationSchema {
  const { method, uri, input, output } = OPERATIONS[name];
  return [
    OPERATION, SERVICE.namespace, name, { http: [method, uri, 200] },
    structureSchema(`${name}Request`, input.members),
    output ? structureSchema(`${name}Response`, output.members) : 'unit',
  ];
}

function structureSchema(name: string, members: Members): StaticStructureSchema {
  const schemas = Object.entries(members).map(([key, member]) => memberSchema(`${name}.${key}`, key, member));
  return [STRUCTURE, SERVICE.namespace, name, 0, Object.keys(members), schemas];
}

function memberSchema(path: string, name: string, { shape, location }: Member): $SchemaRef {
  const schema = shapeSchema(path, shape);
  if (location === 'uri') return [schema, HTTP_LABEL];
  return location === 'querystring' ? [schema, { httpQuery: name }] : schema;
}

function shapeSchema(path: string, shape: Shape): $SchemaRef {
  switch (shape.kind) {
    case 'string': return STRING;
    case 'integer':
    case 'double': return NUMERIC;
    case 'boolean': return BOOLEAN;
    case 'timestamp': return TIMESTAMP_DATE_TIME;
    case 'list': return [LIST, SERVICE.namespace, path, 0, shapeSchema(`${path}.member`, shape.member)];
    case 'map': return [MAP, SERVICE.namespace, path, 0, STRING, STRING];
    case 'structure': return structureSchema(path, shape.members);
  }
}

function modelledRegistry(): TypeRegistry {
  const registry = TypeRegistry.for(SERVICE.namespace);
  for (const name of Object.keys(ERRORS) as ErrorName[]) {
    const { status, shape } = ERRORS[name];
    const members: Members = shape.members;
    const schemas = Object.entries(members).map(([key, member]) => memberSchema(`${name}.${key}`, key, member));
    registry.registerError([ERROR, SERVICE.namespace, name, { error: 'client', httpError: status }, Object.keys(members), schemas], EXCEPTIONS[name]);
  }
  return registry;
}

function baseRegistry(): TypeRegistry {
  const [namespace, name] = CleanRoomsMLServiceException.shapeId.split('#');
  const registry = TypeRegistry.for(namespace);
  registry.registerError([ERROR, namespace, name, 0, [], []], CleanRoomsMLServiceException);
  return registry;
}
