import { validationError } from './errors';
import { isObject, sameValue, Value, Values } from './values';

/** What the intrinsic functions of a template read. */
export interface Scope {
  readonly mappings: Values;
  readonly region: string;
  ref(name: string): Value | undefined;
  getAtt(logicalId: string, attribute: string): Value;
  condition(name: string): boolean;
  importValue(name: string): Value;
  stackOutput(reference: StackOutputReference): Value;
}

/** An output of another stack. */
export interface StackOutputReference {
  readonly stackName: string;
  readonly outputName: string;
  /** @default - the Region of the stack that refers to it */
  readonly region?: string;
  /** Who may read the other stack. @default - who works at the stack that refers to it */
  readonly roleArn?: string;
}

type Intrinsic = (argument: Value, scope: Scope) => Value | undefined;

const CONDITION_FUNCTIONS: Record<string, Intrinsic> = {
  'Condition': (argument, scope) => scope.condition(text(argument, 'Condition')),
  'Fn::Equals': (argument, scope) => {
    const [a, b] = list(argument, 'Fn::Equals', 2).map((item) => evaluate(item, scope));
    return typeof a === 'object' || typeof b === 'object' ? sameValue(a, b) : String(a) === String(b);
  },
  'Fn::And': (argument, scope) => list(argument, 'Fn::And').every((item) => truth(item, scope)),
  'Fn::Or': (argument, scope) => list(argument, 'Fn::Or').some((item) => truth(item, scope)),
  'Fn::Not': (argument, scope) => !truth(list(argument, 'Fn::Not', 1)[0], scope),
};

/** What only the Rules section may use. */
const RULE_FUNCTIONS: Record<string, Intrinsic> = {
  'Fn::Contains': (argument, scope) => {
    const [strings, wanted] = list(argument, 'Fn::Contains', 2).map((item) => evaluate(item, scope) ?? null);
    return list(strings, 'Fn::Contains').some((item) => sameValue(item, wanted));
  },
  'Fn::EachMemberEquals': (argument, scope) => {
    const [strings, wanted] = list(argument, 'Fn::EachMemberEquals', 2).map((item) => evaluate(item, scope) ?? null);
    return list(strings, 'Fn::EachMemberEquals').every((item) => sameValue(item, wanted));
  },
  'Fn::EachMemberIn': (argument, scope) => {
    const [strings, allowed] = list(argument, 'Fn::EachMemberIn', 2).map((item) => list(evaluate(item, scope) ?? null, 'Fn::EachMemberIn'));
    return strings.every((item) => allowed.some((other) => sameValue(item, other)));
  },
};

const VALUE_FUNCTIONS: Record<string, Intrinsic> = {
  'Ref': (argument, scope) => scope.ref(text(argument, 'Ref')),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, attribute] = getAttArguments(argument);
    return scope.getAtt(logicalId, text(evaluate(attribute, scope), 'Fn::GetAtt'));
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = list(argument, 'Fn::Join', 2);
    const parts = list(evaluate(items, scope) ?? null, 'Fn::Join');
    return parts.map((part) => text(part, 'Fn::Join')).join(text(delimiter, 'Fn::Join'));
  },
  'Fn::Sub': (argument, scope) => {
    const [pattern, variables] = subArguments(argument);
    return pattern.replace(/\$\{([^}]+)\}/g, (_, inner: string) => {
      if (inner.startsWith('!')) return `\${${inner.slice(1)}}`;
      const name = inner.trim();
      if (name in variables) return text(evaluate(variables[name], scope), 'Fn::Sub');
      const dot = name.indexOf('.');
      return text(dot < 0 ? scope.ref(name) : scope.getAtt(name.slice(0, dot), name.slice(dot + 1)), 'Fn::Sub');
    });
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list(argument, 'Fn::Select', 2).map((item) => evaluate(item, scope) ?? null);
    const values = list(items, 'Fn::Select');
    const selected = values[Number(index)];
    if (selected !== undefined) return selected;
    // The length of what is not known yet is not known either.
    const unknown = values.find((item) => typeof item === 'string' && hasPlaceholder(item));
    if (typeof unknown === 'string') return `${unknown}[${String(index)}]`;
    throw validationError(`Template error: Fn::Select cannot select nonexistent value at index ${String(index)}`);
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = list(argument, 'Fn::Split', 2).map((item) => evaluate(item, scope) ?? null);
    return text(source, 'Fn::Split').split(text(delimiter, 'Fn::Split'));
  },
  'Fn::If': (argument, scope) => {
    const [name, yes, no] = list(argument, 'Fn::If', 3);
    return evaluate(scope.condition(text(name, 'Fn::If')) ? yes : no, scope);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = list(argument, 'Fn::FindInMap').slice(0, 3).map((item) => text(evaluate(item, scope), 'Fn::FindInMap'));
    const entry = scope.mappings[map];
    const row = isObject(entry) ? entry[top] : undefined;
    const found = isObject(row) ? row[second] : undefined;
    if (found === undefined) throw validationError(`Template error: Unable to get mapping for ${map}::${top}::${second}`);
    return found;
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(text(evaluate(argument, scope), 'Fn::ImportValue')),
  'Fn::GetStackOutput': (argument, scope) => scope.stackOutput(stackOutputReference(argument, scope)),
  'Fn::Base64': (argument, scope) => Buffer.from(text(evaluate(argument, scope), 'Fn::Base64')).toString('base64'),
  'Fn::GetAZs': (argument, scope) => {
    const region = text(evaluate(argument, scope), 'Fn::GetAZs') || scope.region;
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
  },
};

const INTRINSICS: Record<string, Intrinsic> = { ...CONDITION_FUNCTIONS, ...RULE_FUNCTIONS, ...VALUE_FUNCTIONS };

export const SUPPORTED_FUNCTIONS = Object.keys(INTRINSICS);

/** The intrinsic function that this object calls. `Condition` is one only inside of conditions, where `inCondition` says so. */
export function intrinsicOf(value: Value, inCondition = false): string | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length !== 1) return undefined;
  const [name] = keys;
  if (name === 'Condition') return inCondition && typeof value.Condition === 'string' ? name : undefined;
  return name === 'Ref' || name.startsWith('Fn::') ? name : undefined;
}

/** Resolves all intrinsic functions in a value. `undefined` is `AWS::NoValue`: whatever held it does without. */
export function evaluate(value: Value, scope: Scope): Value | undefined {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  const name = intrinsicOf(value);
  if (name) {
    const intrinsic = INTRINSICS[name];
    if (!intrinsic) throw unsupported(name);
    return intrinsic(value[name], scope);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, evaluate(item, scope)] as const)
      .filter((entry): entry is readonly [string, Value] => entry[1] !== undefined),
  );
}

/** Evaluates a condition, or what a rule asserts. */
export function truth(value: Value, scope: Scope): boolean {
  const name = intrinsicOf(value, true);
  const intrinsic = name === undefined ? undefined : { ...CONDITION_FUNCTIONS, ...RULE_FUNCTIONS }[name];
  if (name === undefined || !isObject(value) || !intrinsic) {
    throw validationError('Template format error: Every Conditions member must be a condition function.');
  }
  return intrinsic(value[name], scope) === true;
}

export function unsupported(name: string): Error {
  return validationError(`Encountered unsupported function: ${name} Supported functions are: [${SUPPORTED_FUNCTIONS.join(', ')}]`);
}

export function getAttArguments(argument: Value): [string, Value] {
  if (typeof argument === 'string' && argument.includes('.')) {
    const dot = argument.indexOf('.');
    return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  if (Array.isArray(argument) && argument.length === 2 && typeof argument[0] === 'string') return [argument[0], argument[1]];
  throw validationError('Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute');
}

export function subArguments(argument: Value): [string, Values] {
  if (typeof argument === 'string') return [argument, {}];
  if (Array.isArray(argument) && argument.length === 2) {
    const [pattern, variables] = argument;
    if (typeof pattern === 'string' && isObject(variables)) return [pattern, variables];
  }
  throw validationError(
    'Template error: One or more Fn::Sub intrinsic functions don\'t specify expected arguments. ' +
    'Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string',
  );
}

function stackOutputReference(argument: Value, scope: Scope): StackOutputReference {
  const name = 'Fn::GetStackOutput';
  const allowed = ['StackName', 'OutputName', 'Region', 'RoleArn'];
  if (!isObject(argument) || !('StackName' in argument && 'OutputName' in argument) || Object.keys(argument).some((key) => !allowed.includes(key))) {
    throw validationError(`Template error: every ${name} object requires StackName and OutputName, and may have Region and RoleArn.`);
  }
  const given = (key: string) => {
    const value = key in argument ? evaluate(argument[key], scope) : undefined;
    return value === undefined ? undefined : text(value, name);
  };
  const [stackName, outputName] = ['StackName', 'OutputName'].map((key) => text(given(key), name));
  const [region, roleArn] = ['Region', 'RoleArn'].map(given);
  return { stackName, outputName, region, roleArn };
}

function text(value: Value | undefined, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw validationError(`Template error: every ${name} object requires string parameters.`);
}

function list(value: Value, name: string, length?: number): Value[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  if (typeof value === 'string' && hasPlaceholder(value)) return [value];
  throw validationError(`Template error: every ${name} object requires a list${length === undefined ? '' : ` of ${length} parameters`}.`);
}

/**
 * Stands for what is known only once the resource exists. It passes through the functions like any other text,
 * so that one evaluation tells both what a property depends on and whether its definition changed.
 */
export function placeholder(logicalId: string, attribute?: string): string {
  return `\u0001${logicalId}${attribute === undefined ? '' : `.${attribute}`}\u0002`;
}

export function hasPlaceholder(value: string): boolean {
  return value.includes('\u0001');
}

/** Logical id and attribute (none for a Ref) of every placeholder in a value. */
export function placeholders(value: Value): { readonly logicalId: string; readonly attribute?: string }[] {
  if (typeof value === 'string') {
    return [...value.matchAll(/\u0001([^.\u0002]+)(?:\.([^\u0002]+))?\u0002/g)]
      .map(([, logicalId, attribute]) => (attribute === undefined ? { logicalId } : { logicalId, attribute }));
  }
  if (Array.isArray(value)) return value.flatMap(placeholders);
  return isObject(value) ? Object.values(value).flatMap(placeholders) : [];
}
