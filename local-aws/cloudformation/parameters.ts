import { validationError } from './errors';
import { ParameterDefinition, Template } from './template';
import { Value } from './values';

/** Reads a parameter of SSM Parameter Store; `undefined` where there is none. */
export type SsmLookup = (name: string) => string | undefined;

export interface ParameterInput {
  readonly key: string;
  readonly value?: string;
  readonly usePreviousValue?: boolean;
}

export interface ParameterValue {
  /** As it was given: for an SSM parameter its name. */
  readonly given: string;
  /** What `Ref` returns. */
  readonly value: Value;
  readonly resolvedFromSsm: boolean;
}

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.+)>$/;

/** The values of a template's parameters: what is given, else the default. */
export function resolveParameters(template: Template, inputs: readonly ParameterInput[], previous: ParameterValues, ssm: SsmLookup): ParameterValues {
  const unknown = inputs.map((input) => input.key).filter((key) => !(key in template.parameters));
  if (unknown.length > 0) throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const given = Object.entries(template.parameters).map(([name, definition]) => {
    const input = inputs.find((candidate) => candidate.key === name);
    const value = input?.usePreviousValue ? previous[name]?.given : input?.value;
    return [name, definition, value ?? definition.defaultValue] as const;
  });
  const missing = given.filter(([, , value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  return Object.fromEntries(given.map(([name, definition, value]) => [name, parameterValue(name, definition, value ?? '', ssm)]));
}

function parameterValue(name: string, definition: ParameterDefinition, given: string, ssm: SsmLookup): ParameterValue {
  checkConstraints(name, definition, given);
  const ssmType = SSM_VALUE.exec(definition.type)?.[1];
  if (ssmType === undefined) return { given, value: typed(definition.type, given), resolvedFromSsm: false };
  const stored = ssm(given);
  if (stored === undefined) throw validationError(`Unable to fetch parameters [${given}] from parameter store for this account.`);
  return { given, value: typed(ssmType, stored), resolvedFromSsm: true };
}

function typed(type: string, value: string): Value {
  return type === 'CommaDelimitedList' || type.startsWith('List<') ? value.split(',').map((item) => item.trim()) : value;
}

function checkConstraints(name: string, definition: ParameterDefinition, value: string): void {
  if (definition.allowedValues && !definition.allowedValues.includes(value)) {
    throw validationError(definition.constraintDescription
      ? `Parameter ${name} failed to satisfy constraint: ${definition.constraintDescription}`
      : `Parameter '${name}' must be one of AllowedValues`);
  }
  if (definition.type === 'Number' && (value.trim() === '' || Number.isNaN(Number(value)))) {
    throw validationError(`Parameter '${name}' must be a number.`);
  }
  const { allowedPattern, minLength = 0, maxLength = Infinity, minValue = -Infinity, maxValue = Infinity } = definition;
  const faults = [
    allowedPattern !== undefined && !new RegExp(`^(?:${allowedPattern})$`).test(value) && `must match pattern ${allowedPattern}`,
    value.length < minLength && `must contain at least ${minLength} characters`,
    value.length > maxLength && `must contain at most ${maxLength} characters`,
    definition.type === 'Number' && Number(value) < minValue && `must be a number not less than ${minValue}`,
    definition.type === 'Number' && Number(value) > maxValue && `must be a number not greater than ${maxValue}`,
  ].filter((fault): fault is string => typeof fault === 'string');
  if (faults.length > 0) {
    throw validationError(`Parameter '${name}' failed to satisfy constraint: ${definition.constraintDescription ?? `Parameter ${name} ${faults[0]}`}`);
  }
}
