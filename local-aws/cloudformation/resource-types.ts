import { Clock } from '../clock';
import { CustomType } from './custom-type';
import { validationError } from './errors';
import { NativeType } from './native-type';
import { ResourceType } from './resource-type';
import { NATIVE_TYPES } from './resources';
import type { Settings } from './settings';
import { KnownTypes } from './template-check';

const NESTED_STACK = 'AWS::CloudFormation::Stack';
const CUSTOM = /^Custom::[A-Za-z0-9_@-]{1,60}$/;

export function isCustom(type: string): boolean {
  return type === 'AWS::CloudFormation::CustomResource' || CUSTOM.test(type);
}

/** All resource types that templates may use. */
export class ResourceTypes implements KnownTypes {
  private readonly native: ReadonlyMap<string, ResourceType>;
  private readonly custom: ResourceType;

  constructor(clock: Clock, settings: Settings, nestedStack: ResourceType) {
    const native = NATIVE_TYPES.map((definition) => [definition.type, new NativeType(definition, clock)] as const);
    this.native = new Map<string, ResourceType>([...native, [NESTED_STACK, nestedStack]]);
    this.custom = new CustomType(clock, settings);
  }

  has(name: string): boolean {
    return this.native.has(name) || isCustom(name);
  }

  hasAttribute(name: string, attribute: string): boolean {
    return this.get(name).hasAttribute(attribute);
  }

  get(name: string): ResourceType {
    const type = isCustom(name) ? this.custom : this.native.get(name);
    if (!type) throw validationError(`Template format error: Unrecognized resource types: [${name}]`);
    return type;
  }
}
