import { AwsError } from '../aws';
import type { TopLevelMachine } from './asl';
import { comparisonValueKind, of } from './choice';
import { checkIntrinsic, isIntrinsic } from './intrinsics';
import { isObject, type Json, type JsonObject } from './json';
import { isPath, referenceSteps } from './paths';

const MAX_DEFINITION_BYTES = 1_048_576;
const MAX_SECONDS = 99_999_999;

/** What is wrong with a value, in words; nothing if it is right. */
type Check = (value: Json) => string | undefined;

const text: Check = (value) => (typeof value === 'string' ? undefined : 'is not a string');
const anything: Check = () => undefined;
const isTrue: Check = (value) => (value === true ? undefined : 'is not true');
const path: Check = (value) => (typeof value === 'string' && isPath(value) ? undefined : 'is not a valid JSONPath');
const nullablePath: Check = (value) => (value === null ? undefined : path(value));
const referencePath: Check = (value) => (typeof value === 'string' && referenceSteps(value) ? undefined : 'is not a valid reference path');
const nullableReferencePath: Check = (value) => (value === null ? undefined : referencePath(value));
const timestamp: Check = (value) => (of('timestamp', value) === undefined ? 'is not a valid timestamp' : undefined);
const pathOrIntrinsic: Check = (value) => (typeof value === 'string' && isIntrinsic(value) ? checkIntrinsic(value, isPath) : path(value));
const jsonPath: Check = (value) => (value === 'JSONPath' ? undefined : 'is not JSONPath, the only query language of the embedded AWS');

function integer(least: number, most: number = MAX_SECONDS): Check {
  return (value) => (Number.isInteger(value) && Number(value) >= least && Number(value) <= most ? undefined : `is not an integer from ${least} to ${most}`);
}

function number(least: number): Check {
  return (value) => (typeof value === 'number' && value >= least ? undefined : `is not a number of at least ${least}`);
}

function oneOf(...values: Json[]): Check {
  return (value) => (values.includes(value) ? undefined : `is not one of ${values.join(', ')}`);
}

type Fields = Readonly<Record<string, Check>>;

const COMMON: Fields = { Type: text, Comment: text, QueryLanguage: jsonPath, InputPath: nullablePath, OutputPath: nullablePath };
const CONTINUING: Fields = { ...COMMON, Next: text, End: isTrue };
/** The nested ones are checked by hand. */
const WORKING: Fields = {
  ...CONTINUING, Parameters: anything, ResultSelector: anything, ResultPath: nullableReferencePath, Retry: anything, Catch: anything,
};

const STATES: Readonly<Record<string, Fields>> = {
  Task: {
    ...WORKING, Resource: text, TimeoutSeconds: integer(1), TimeoutSecondsPath: path, HeartbeatSeconds: integer(1), HeartbeatSecondsPath: path,
  },
  Parallel: { ...WORKING, Branches: anything },
  Map: { ...WORKING, ItemsPath: path, ItemSelector: anything, ItemProcessor: anything, Iterator: anything, MaxConcurrency: integer(0) },
  Pass: { ...CONTINUING, Result: anything, Parameters: anything, ResultPath: nullableReferencePath },
  Wait: { ...CONTINUING, Seconds: integer(0), SecondsPath: path, Timestamp: timestamp, TimestampPath: path },
  Choice: { ...COMMON, Choices: anything, Default: text },
  Succeed: COMMON,
  Fail: { Type: text, Comment: text, QueryLanguage: jsonPath, Error: text, ErrorPath: pathOrIntrinsic, Cause: text, CausePath: pathOrIntrinsic },
};

const MACHINE: Fields = { StartAt: text, States: anything, Comment: text };
const TOP_LEVEL: Fields = { ...MACHINE, Version: oneOf('1.0'), TimeoutSeconds: integer(1), QueryLanguage: jsonPath };
const PROCESSOR: Fields = { ...MACHINE, ProcessorConfig: anything, QueryLanguage: jsonPath };
const RETRIER: Fields = {
  ErrorEquals: anything,
  Comment: text,
  IntervalSeconds: integer(1),
  MaxAttempts: integer(0),
  BackoffRate: number(1),
  MaxDelaySeconds: integer(1, 31_622_399),
  // Delays are not random here, so that tests are the same every time.
  JitterStrategy: oneOf('NONE', 'FULL'),
};
const CATCHER: Fields = { ErrorEquals: anything, Comment: text, ResultPath: nullableReferencePath, Next: text };

/** Reads a definition, or throws `InvalidDefinition` with everything that is wrong with it. */
export function parseDefinition(definition: string, isKnownResource: (resource: string) => boolean): TopLevelMachine {
  if (Buffer.byteLength(definition) > MAX_DEFINITION_BYTES) throw invalid([`DEFINITION_TOO_LARGE: ${MAX_DEFINITION_BYTES} bytes at most`]);
  const machine = parseJson(definition);
  const problems = new Validator(isKnownResource).validate(machine);
  if (problems.length > 0) throw invalid(problems);
  return machine as unknown as TopLevelMachine;
}

function parseJson(definition: string): Json {
  try {
    return JSON.parse(definition) as Json;
  } catch (error) {
    throw invalid([`INVALID_JSON_DESCRIPTION: ${(error as Error).message}`]);
  }
}

function invalid(problems: readonly string[]): AwsError {
  return new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${problems.join(', ')}'`);
}

class Validator {
  private readonly problems: string[] = [];

  constructor(private readonly isKnownResource: (resource: string) => boolean) {}

  validate(machine: Json): string[] {
    this.machine(machine, TOP_LEVEL, '');
    return this.problems;
  }

  private machine(machine: Json, fields: Fields, at: string): void {
    if (!this.object(machine, at)) return;
    this.fields(machine, fields, ['StartAt', 'States'], at);
    if (!isObject(machine.States)) return;
    const targets = new Set<Json>([machine.StartAt]);
    if (typeof machine.StartAt === 'string' && !(machine.StartAt in machine.States)) this.missing('StartAt', machine.StartAt, `${at}/StartAt`);
    for (const [name, state] of Object.entries(machine.States)) {
      const here = `${at}/States/${name}`;
      if (name.length > 80) this.schema('State names have at most 80 characters', here);
      if (!this.object(state, here)) continue;
      this.state(state, here);
      for (const [field, target, where] of transitions(state, here)) {
        targets.add(target);
        if (!(String(target) in machine.States)) this.missing(field, String(target), where);
      }
    }
    for (const name of Object.keys(machine.States).filter((other) => !targets.has(other))) {
      this.problems.push(`MISSING_TRANSITION_TARGET: State "${name}" is not reachable. at ${at}/States/${name}`);
    }
  }

  private state(state: JsonObject, at: string): void {
    const fields = STATES[String(state.Type)];
    if (!fields) {
      this.schema(`'${String(state.Type)}' is no type of state`, `${at}/Type`);
      return;
    }
    this.fields(state, fields, REQUIRED[String(state.Type)] ?? [], at);
    if ('Next' in fields && ('Next' in state) === ('End' in state)) this.schema('Exactly one of Next and End is required', at);
    for (const template of ['Parameters', 'ResultSelector', 'ItemSelector']) this.template(state[template], `${at}/${template}`);
    this.handlers(state.Retry, RETRIER, [], `${at}/Retry`);
    this.handlers(state.Catch, CATCHER, ['Next'], `${at}/Catch`);
    this.byType(state, at);
  }

  private byType(state: JsonObject, at: string): void {
    switch (state.Type) {
      case 'Task':
        this.atMostOne(state, ['TimeoutSeconds', 'TimeoutSecondsPath'], at);
        if (typeof state.Resource === 'string' && !this.isKnownResource(state.Resource)) {
          this.schema(`The resource provided ${state.Resource} is not recognized. The value is not a valid resource ARN, or the embedded AWS does not have it`, `${at}/Resource`);
        }
        break;
      case 'Wait':
        this.exactlyOne(state, ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'], at);
        break;
      case 'Fail':
        this.atMostOne(state, ['Error', 'ErrorPath'], at);
        this.atMostOne(state, ['Cause', 'CausePath'], at);
        break;
      case 'Choice':
        this.list(state.Choices, `${at}/Choices`, (rule, here) => this.rule(rule, true, here));
        break;
      case 'Parallel':
        this.list(state.Branches, `${at}/Branches`, (branch, here) => this.machine(branch, MACHINE, here));
        break;
      case 'Map':
        this.exactlyOne(state, ['ItemProcessor', 'Iterator'], at);
        this.atMostOne(state, ['ItemSelector', 'Parameters'], at);
        for (const field of ['ItemProcessor', 'Iterator']) {
          if (field in state) this.machine(state[field], PROCESSOR, `${at}/${field}`);
        }
        break;
    }
  }

  private rule(rule: Json, isTop: boolean, at: string): void {
    if (!this.object(rule, at)) return;
    const comparisons = Object.keys(rule).filter((name) => comparisonValueKind(name) !== undefined);
    const operators = ['And', 'Or', 'Not'].filter((name) => name in rule);
    const allowed = [...comparisons, ...operators, 'Variable', 'Comment', ...isTop ? ['Next'] : []];
    for (const name of Object.keys(rule).filter((other) => !allowed.includes(other))) this.unsupported(name, at);
    if (isTop) this.require(rule, ['Next'], at);
    if (comparisons.length + operators.length !== 1) this.schema('A rule makes exactly one comparison', at);
    if (comparisons.length > 0) this.require(rule, ['Variable'], at);
    if (rule.Variable !== undefined) this.check(path, rule.Variable, `${at}/Variable`);
    for (const name of comparisons) {
      const kind = comparisonValueKind(name);
      this.check(kind === 'path' ? path : (value) => (kind && of(kind, value) === undefined ? `is not a ${kind}` : undefined), rule[name], `${at}/${name}`);
    }
    for (const name of ['And', 'Or']) {
      if (name in rule) this.list(rule[name], `${at}/${name}`, (inner, here) => this.rule(inner, false, here));
    }
    if ('Not' in rule) this.rule(rule.Not, false, `${at}/Not`);
  }

  private handlers(handlers: Json | undefined, fields: Fields, required: string[], at: string): void {
    if (handlers === undefined) return;
    this.list(handlers, at, (handler, here) => {
      if (!this.object(handler, here)) return;
      this.fields(handler, fields, ['ErrorEquals', ...required], here);
      this.list(handler.ErrorEquals ?? null, `${here}/ErrorEquals`, (name, where) => this.check(text, name, where));
      const names = Array.isArray(handler.ErrorEquals) ? handler.ErrorEquals : [];
      const isLast = Array.isArray(handlers) && handlers.at(-1) === handler;
      if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
        this.schema('States.ALL must stand alone, and last', `${here}/ErrorEquals`);
      }
    });
  }

  private template(template: Json | undefined, at: string): void {
    if (Array.isArray(template)) {
      template.forEach((item, index) => this.template(item, `${at}[${index}]`));
    } else if (isObject(template)) {
      for (const [key, value] of Object.entries(template)) {
        if (key.endsWith('.$')) this.check(pathOrIntrinsic, value, `${at}/${key}`);
        else this.template(value, `${at}/${key}`);
      }
    }
  }

  private fields(object: JsonObject, fields: Fields, required: readonly string[], at: string): void {
    this.require(object, required, at);
    for (const [name, value] of Object.entries(object)) {
      if (Object.hasOwn(fields, name)) this.check(fields[name], value, `${at}/${name}`);
      else this.unsupported(name, at);
    }
  }

  private require(object: JsonObject, names: readonly string[], at: string): void {
    const missing = names.filter((name) => !(name in object));
    if (missing.length > 0) this.schema(`These fields are required: [${missing.join(', ')}]`, at);
  }

  private exactlyOne(object: JsonObject, names: readonly string[], at: string): void {
    if (names.filter((name) => name in object).length !== 1) this.schema(`Exactly one of ${names.join(', ')} is required`, at);
  }

  private atMostOne(object: JsonObject, names: readonly string[], at: string): void {
    if (names.filter((name) => name in object).length > 1) this.schema(`At most one of ${names.join(', ')} is allowed`, at);
  }

  private list(list: Json, at: string, each: (item: Json, at: string) => void): void {
    if (!Array.isArray(list) || list.length === 0) this.schema('A list that is not empty is required', at);
    else list.forEach((item, index) => each(item, `${at}[${index}]`));
  }

  private object(value: Json, at: string): value is JsonObject {
    if (!isObject(value)) this.schema('An object is required', at);
    return isObject(value);
  }

  private check(check: Check, value: Json, at: string): void {
    const problem = check(value);
    if (problem !== undefined) this.schema(`The value ${JSON.stringify(value)} ${problem}`, at);
  }

  private unsupported(name: string, at: string): void {
    this.schema(`The field "${name}" is not supported`, at);
  }

  private missing(field: string, target: string, at: string): void {
    this.problems.push(`MISSING_TRANSITION_TARGET: Missing '${field}' target: ${target} at ${at}`);
  }

  private schema(message: string, at: string): void {
    this.problems.push(`SCHEMA_VALIDATION_FAILED: ${message} at ${at || '/'}`);
  }
}

const REQUIRED: Readonly<Record<string, readonly string[]>> = { Task: ['Resource'], Choice: ['Choices'], Parallel: ['Branches'] };

/** Where a state may go, by the field that says so. */
function transitions(state: JsonObject, at: string): [field: string, target: Json, at: string][] {
  const own = ['Next', 'Default'].filter((field) => typeof state[field] === 'string')
    .map((field): [string, Json, string] => [field, state[field], `${at}/${field}`]);
  const nested = ['Choices', 'Catch'].flatMap((list) => {
    const items = state[list];
    return Array.isArray(items)
      ? items.flatMap((item, index): [string, Json, string][] => (
        isObject(item) && typeof item.Next === 'string' ? [['Next', item.Next, `${at}/${list}[${index}]/Next`]] : []
      ))
      : [];
  });
  return [...own, ...nested];
}
