import { validationError } from './errors';
import { unsupported, getAttArguments, intrinsicOf, subArguments, SUPPORTED_FUNCTIONS } from './intrinsics';
import { ResourceDefinition, Template } from './template';
import { isObject, Value } from './values';

export const PSEUDO_PARAMETERS = [
  'AWS::AccountId', 'AWS::NoValue', 'AWS::NotificationARNs', 'AWS::Partition', 'AWS::Region', 'AWS::StackId', 'AWS::StackName', 'AWS::URLSuffix',
];

/** What is known of a resource type before any resource exists. */
export interface KnownTypes {
  has(type: string): boolean;
  /** Whether `Fn::GetAtt` may ask for this attribute. */
  hasAttribute(type: string, attribute: string): boolean;
}

/** Refuses a template that names what does not exist, in either branch of its conditions. */
export function checkTemplate(template: Template, types: KnownTypes): void {
  const unknownTypes = [...new Set(Object.values(template.resources).map((resource) => resource.type).filter((type) => !types.has(type)))];
  if (unknownTypes.length > 0) throw validationError(`Template format error: Unrecognized resource types: [${unknownTypes.join(', ')}]`);
  checkConditions(template);
  for (const [logicalId, resource] of Object.entries(template.resources)) {
    checkCondition(template, resource.condition, `/Resources/${logicalId}/Condition`);
    new ReferenceCheck(template, types, 'Resources').check([resource.properties, resource.creationPolicy ?? {}]);
    checkSignals(logicalId, resource);
    const missing = resource.dependsOn.filter((other) => !(other in template.resources));
    if (missing.length > 0) throw unresolved(missing, 'Resources');
  }
  for (const [name, output] of Object.entries(template.outputs)) {
    checkCondition(template, output.condition, `/Outputs/${name}/Condition`);
    new ReferenceCheck(template, types, 'Outputs').check([output.value, output.exportName ?? '']);
  }
}

function checkConditions(template: Template): void {
  const names = (value: Value): string[] => {
    if (Array.isArray(value)) return value.flatMap(names);
    if (!isObject(value)) return [];
    if (intrinsicOf(value, true) === 'Condition') return [String(value.Condition)];
    const referenced = intrinsicOf(value) === 'Ref' ? String(value.Ref) : undefined;
    if (referenced !== undefined && !(referenced in template.parameters) && !PSEUDO_PARAMETERS.includes(referenced)) {
      throw validationError(
        `Template format error: Unresolved dependencies [${referenced}]. Cannot reference resources in the Conditions block of the template`,
      );
    }
    return Object.values(value).flatMap(names);
  };
  const visiting: string[] = [];
  const visit = (name: string) => {
    if (visiting.includes(name)) throw validationError('Template format error: Found circular condition dependency');
    visiting.push(name);
    for (const other of names(template.conditions[name])) {
      checkCondition(template, other, `/Conditions/${name}`);
      visit(other);
    }
    visiting.pop();
  };
  Object.keys(template.conditions).forEach(visit);
}

function checkCondition(template: Template, name: string | undefined, path: string): void {
  if (name !== undefined && !(name in template.conditions)) {
    throw validationError(`Template format error: Unresolved condition dependency ${name} in the Conditions block of the template [${path}]`);
  }
}

function unresolved(names: readonly string[], block: string): Error {
  return validationError(`Template format error: Unresolved resource dependencies [${names.join(', ')}] in the ${block} block of the template`);
}

/** Of the types that wait for signals in AWS, there is only the one that exists for nothing else. */
function checkSignals(logicalId: string, { type, properties, creationPolicy }: ResourceDefinition): void {
  if (type !== 'AWS::CloudFormation::WaitCondition') {
    if (creationPolicy === undefined) return;
    throw validationError(`Template format error: Resource type ${type} does not support CreationPolicy [/Resources/${logicalId}/CreationPolicy]`);
  }
  if (creationPolicy === undefined || Object.keys(properties).length > 0) {
    throw validationError(
      `The embedded AWS has wait conditions with a CreationPolicy and without properties only, not those with a handle. [/Resources/${logicalId}]`,
    );
  }
}

class ReferenceCheck {
  constructor(private readonly template: Template, private readonly types: KnownTypes, private readonly block: string) {}

  check(value: Value): void {
    if (Array.isArray(value)) value.forEach((item) => this.check(item));
    if (!isObject(value)) return;
    const name = intrinsicOf(value);
    if (name !== undefined && !SUPPORTED_FUNCTIONS.includes(name)) throw unsupported(name);
    const argument = name === undefined ? null : value[name];
    if (name === 'Ref') {
      this.ref(String(argument));
    } else if (name === 'Fn::GetAtt') {
      const [logicalId, attribute] = getAttArguments(argument);
      this.getAtt(logicalId, attribute);
    } else if (name === 'Fn::Sub') {
      this.sub(argument);
    } else {
      if (name === 'Fn::If' && Array.isArray(argument)) checkCondition(this.template, String(argument[0]), `/${this.block}`);
      Object.values(value).forEach((item) => this.check(item));
    }
  }

  private ref(name: string): void {
    const known = name in this.template.parameters || name in this.template.resources || PSEUDO_PARAMETERS.includes(name);
    if (!known) throw unresolved([name], this.block);
  }

  private getAtt(logicalId: string, attribute: Value): void {
    const resource = this.template.resources[logicalId];
    if (!resource) throw validationError(`Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`);
    if (typeof attribute !== 'string') {this.check(attribute);} else if (!this.types.hasAttribute(resource.type, attribute)) {
      throw validationError(`Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`);
    }
  }

  private sub(argument: Value): void {
    const [pattern, variables] = subArguments(argument);
    this.check(variables);
    for (const [, inner] of pattern.matchAll(/\$\{([^}]+)\}/g)) {
      const name = inner.trim();
      if (name.startsWith('!') || name in variables) continue;
      const dot = name.indexOf('.');
      if (dot < 0) this.ref(name);
      else this.getAtt(name.slice(0, dot), name.slice(dot + 1));
    }
  }
}
