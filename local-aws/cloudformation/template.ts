import { validationError } from './errors';
import { isObject, Value, Values } from './values';

export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate' | 'Snapshot';

export interface ResourceDefinition {
  readonly type: string;
  readonly properties: Values;
  readonly dependsOn: readonly string[];
  readonly condition?: string;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  readonly metadata?: Value;
  readonly creationPolicy?: Value;
}

export interface ParameterDefinition {
  readonly type: string;
  readonly defaultValue?: string;
  readonly noEcho: boolean;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly description?: string;
  readonly constraintDescription?: string;
}

export interface OutputDefinition {
  readonly value: Value;
  readonly exportName?: Value;
  readonly description?: string;
  readonly condition?: string;
}

export interface Template {
  /** As it was submitted: what `GetTemplate` gives back. */
  readonly body: string;
  readonly description?: string;
  readonly parameters: Readonly<Record<string, ParameterDefinition>>;
  readonly mappings: Values;
  readonly conditions: Values;
  readonly rules: Values;
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  readonly outputs: Readonly<Record<string, OutputDefinition>>;
}

const SECTIONS = ['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Mappings', 'Conditions', 'Rules', 'Resources', 'Outputs'];
const RESOURCE_ATTRIBUTES = [
  'Type', 'Properties', 'DependsOn', 'Condition', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata', 'CreationPolicy', 'UpdatePolicy',
];
/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const LARGEST_TEMPLATE = 1_000_000;
const LONGEST_DESCRIPTION = 1_024;
const MOST = { Parameters: 200, Mappings: 200, Resources: 500, Outputs: 200 };
const DELETION_POLICIES: readonly string[] = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'];

/** Reads a JSON template; what cannot be one is refused in CloudFormation's words. */
export function parseTemplate(source: string | object): Template {
  const body = typeof source === 'string' ? source : JSON.stringify(source);
  if (Buffer.byteLength(body) > LARGEST_TEMPLATE) throw validationError(`Template may not exceed ${LARGEST_TEMPLATE} bytes in size.`);
  const document = parseJson(body);
  const unknown = Object.keys(document).filter((name) => !SECTIONS.includes(name));
  if (unknown.length > 0) throw validationError(`Invalid template property or properties [${unknown.join(', ')}]`);
  const resources = section(document, 'Resources');
  if (Object.keys(resources).length === 0) throw validationError('Template format error: At least one Resources member must be defined.');
  checkLimits(document);
  return {
    body,
    ...(typeof document.Description === 'string' ? { description: document.Description } : {}),
    parameters: mapValues(section(document, 'Parameters'), parameterDefinition),
    mappings: section(document, 'Mappings'),
    conditions: section(document, 'Conditions'),
    rules: section(document, 'Rules'),
    resources: mapValues(resources, resourceDefinition),
    outputs: mapValues(section(document, 'Outputs'), outputDefinition),
  };
}

function checkLimits(document: Values): void {
  for (const [name, most] of Object.entries(MOST)) {
    const { length } = Object.keys(section(document, name));
    if (length <= most) continue;
    throw validationError(`Template format error: Number of ${name.toLowerCase()}, ${length}, is greater than maximum allowed, ${most}`);
  }
  if (typeof document.Description === 'string' && Buffer.byteLength(document.Description) > LONGEST_DESCRIPTION) {
    throw validationError(`Template format error: 'Description' length is greater than ${LONGEST_DESCRIPTION}.`);
  }
}

function parseJson(body: string): Values {
  try {
    const document: unknown = JSON.parse(body);
    if (isObject(document)) return document;
  } catch {
    throw validationError('Template format error: JSON not well-formed.');
  }
  throw validationError('Template format error: unsupported structure.');
}

function section(document: Values, name: string): Values {
  const value = document[name] ?? {};
  if (!isObject(value)) throw validationError(`Template format error: ${name} must be an object.`);
  return value;
}

function mapValues<T>(values: Values, map: (value: Value, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));
}

function resourceDefinition(value: Value, logicalId: string): ResourceDefinition {
  if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId)) {
    throw validationError(`Template format error: Resource name ${logicalId} is non alphanumeric.`);
  }
  if (!isObject(value)) throw validationError(`Template format error: [/Resources/${logicalId}] resource definition is malformed`);
  if (typeof value.Type !== 'string') {
    throw validationError(`Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  }
  const unknown = Object.keys(value).find((attribute) => !RESOURCE_ATTRIBUTES.includes(attribute));
  if (unknown) throw validationError(`Invalid template resource property '${unknown}'`);
  const properties = value.Properties ?? {};
  if (!isObject(properties)) {
    throw validationError(`Template format error: [/Resources/${logicalId}/Properties] Properties member must be an object.`);
  }
  refuseNulls(properties, `/Resources/${logicalId}/Properties`);
  return {
    type: value.Type,
    properties,
    dependsOn: dependsOn(value.DependsOn, logicalId),
    ...(typeof value.Condition === 'string' ? { condition: value.Condition } : {}),
    deletionPolicy: policy(value.DeletionPolicy, 'DeletionPolicy', logicalId),
    updateReplacePolicy: policy(value.UpdateReplacePolicy, 'UpdateReplacePolicy', logicalId),
    ...(value.Metadata === undefined ? {} : { metadata: value.Metadata }),
    ...(value.CreationPolicy === undefined ? {} : { creationPolicy: value.CreationPolicy }),
  };
}

function dependsOn(value: Value | undefined, logicalId: string): string[] {
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === 'string') return item;
    throw validationError(`Template format error: Every DependsOn value must be a string. [/Resources/${logicalId}/DependsOn]`);
  });
}

function policy(value: Value | undefined, name: string, logicalId: string): DeletionPolicy {
  if (value === undefined) return 'Delete';
  const allowed = name === 'UpdateReplacePolicy' ? DELETION_POLICIES.filter((item) => item !== 'RetainExceptOnCreate') : DELETION_POLICIES;
  if (typeof value === 'string' && allowed.includes(value)) return value as DeletionPolicy;
  throw validationError(`Template format error: Unrecognized ${name} ${JSON.stringify(value)} for resource ${logicalId}`);
}

function refuseNulls(value: Value, path: string): void {
  if (value === null) throw validationError(`[${path}] 'null' values are not allowed in templates`);
  if (Array.isArray(value)) value.forEach((item, index) => refuseNulls(item, `${path}/${index}`));
  else if (isObject(value)) Object.entries(value).forEach(([key, item]) => refuseNulls(item, `${path}/${key}`));
}

function parameterDefinition(value: Value, name: string): ParameterDefinition {
  if (!isObject(value) || typeof value.Type !== 'string') {
    throw validationError(`Template format error: Every Parameters object must contain a Type member. [/Parameters/${name}]`);
  }
  const number = (key: string) => (value[key] === undefined ? {} : { [key.charAt(0).toLowerCase() + key.slice(1)]: Number(value[key]) });
  return {
    type: value.Type,
    noEcho: String(value.NoEcho) === 'true',
    ...(value.Default === undefined ? {} : { defaultValue: String(value.Default) }),
    ...(Array.isArray(value.AllowedValues) ? { allowedValues: value.AllowedValues.map(String) } : {}),
    ...(typeof value.AllowedPattern === 'string' ? { allowedPattern: value.AllowedPattern } : {}),
    ...(typeof value.Description === 'string' ? { description: value.Description } : {}),
    ...(typeof value.ConstraintDescription === 'string' ? { constraintDescription: value.ConstraintDescription } : {}),
    ...number('MinLength'),
    ...number('MaxLength'),
    ...number('MinValue'),
    ...number('MaxValue'),
  };
}

function outputDefinition(value: Value, name: string): OutputDefinition {
  if (!isObject(value) || value.Value === undefined) {
    throw validationError(`Template format error: Every Outputs member must contain a Value object. [/Outputs/${name}]`);
  }
  const exported = value.Export;
  return {
    value: value.Value,
    ...(isObject(exported) && exported.Name !== undefined ? { exportName: exported.Name } : {}),
    ...(typeof value.Description === 'string' ? { description: value.Description } : {}),
    ...(typeof value.Condition === 'string' ? { condition: value.Condition } : {}),
  };
}
