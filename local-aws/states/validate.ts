import { AwsError } from '../aws';
import type { QueryLanguage, TopLevelMachine } from './asl';
import { type Check, path, pathOrIntrinsic, text, variableName } from './checks';
import { comparisonValueKind, of } from './choice';
import type { Result } from './expression-rules';
import { checkString } from './expressions';
import { CATCHER, CONDITION, type Fields, MACHINE, PROCESSOR, REQUIRED, resultsIn, RETRIER, STATES, TEMPLATES, TOP_LEVEL, WAITING } from './fields';
import { isObject, type Json, type JsonObject } from './json';
import { assignedNames, assignments, shadowings } from './variables';

const MAX_DEFINITION_BYTES = 1_048_576;

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
  /** Of the whole state machine. */
  private language: QueryLanguage = 'JSONPath';
  /** Of all states so far, wherever they are in it. */
  private readonly names = new Set<string>();

  constructor(private readonly isKnownResource: (resource: string) => boolean) {}

  validate(machine: Json): string[] {
    if (isObject(machine) && machine.QueryLanguage === 'JSONata') this.language = 'JSONata';
    this.machine(machine, TOP_LEVEL, '');
    for (const { name, at } of shadowings(machine)) this.schema(`The variable "${name}" is already assigned in an outer scope`, at);
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
      if (this.names.has(name)) this.problems.push(`DUPLICATE_STATE_NAME: Duplicate State name: ${name} at ${here}`);
      this.names.add(name);
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
    if (this.language === 'JSONata' && state.QueryLanguage === 'JSONPath') {
      this.schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at);
      return;
    }
    const language = state.QueryLanguage === 'JSONata' ? 'JSONata' : this.language;
    const type = String(state.Type);
    const fields = STATES[language][type];
    if (!fields) {
      this.schema(`'${type}' is no type of state`, `${at}/Type`);
      return;
    }
    this.ownFields(state, fields, language, at);
    this.require(state, REQUIRED[type] ?? [], at);
    if ('Next' in fields && ('Next' in state) === ('End' in state)) this.schema('Exactly one of Next and End is required', at);
    for (const field of TEMPLATES.filter((name) => name in fields)) this.template(state[field], language, resultsIn(type, field), `${at}/${field}`);
    for (const [assign, where] of assignments(state)) {
      for (const name of assignedNames(assign)) this.check(variableName, name, `${at}${where}`);
    }
    this.handlers(state.Retry, RETRIER, [], `${at}/Retry`);
    this.handlers(state.Catch, CATCHER[language], ['Next'], `${at}/Catch`);
    this.nested(state.Catch, language, ['errorOutput'], `${at}/Catch`);
    this.byType(state, language, at);
  }

  /** Tells apart what does not exist and what exists in the other language. */
  private ownFields(state: JsonObject, fields: Fields, language: QueryLanguage, at: string): void {
    const other = language === 'JSONPath' ? 'JSONata' : 'JSONPath';
    const foreign = Object.keys(state).filter((name) => !Object.hasOwn(fields, name) && Object.hasOwn(STATES[other][String(state.Type)], name));
    for (const name of foreign) {
      this.schema(`The QueryLanguage is set to '${language}', but field '${name}' is only supported for the '${other}' QueryLanguage`, at);
    }
    this.fields(Object.fromEntries(Object.entries(state).filter(([name]) => !foreign.includes(name))), fields, [], at);
  }

  private byType(state: JsonObject, language: QueryLanguage, at: string): void {
    switch (state.Type) {
      case 'Task':
        this.atMostOne(state, ['TimeoutSeconds', 'TimeoutSecondsPath'], at);
        if (typeof state.Resource === 'string' && !this.isKnownResource(state.Resource)) {
          this.schema(`The resource provided ${state.Resource} is not recognized. The value is not a valid resource ARN, or the embedded AWS does not have it`, `${at}/Resource`);
        }
        break;
      case 'Wait':
        this.exactlyOne(state, WAITING[language], at);
        break;
      case 'Fail':
        this.atMostOne(state, ['Error', 'ErrorPath'], at);
        this.atMostOne(state, ['Cause', 'CausePath'], at);
        break;
      case 'Choice':
        this.list(state.Choices, `${at}/Choices`, (rule, here) => (language === 'JSONPath' ? this.rule(rule, true, here) : this.condition(rule, here)));
        this.nested(state.Choices, language, [], `${at}/Choices`);
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

  private condition(rule: Json, at: string): void {
    if (this.object(rule, at)) this.fields(rule, CONDITION, ['Condition', 'Next'], at);
  }

  private rule(rule: Json, isTop: boolean, at: string): void {
    if (!this.object(rule, at)) return;
    const comparisons = Object.keys(rule).filter((name) => comparisonValueKind(name) !== undefined);
    const operators = ['And', 'Or', 'Not'].filter((name) => name in rule);
    const allowed = [...comparisons, ...operators, 'Variable', 'Comment', ...isTop ? ['Next', 'Assign'] : []];
    for (const name of Object.keys(rule).filter((other) => !allowed.includes(other))) this.unsupported(name, at);
    if (isTop) this.require(rule, ['Next'], at);
    if (comparisons.length + operators.length !== 1) this.schema('A rule makes exactly one comparison', at);
    if (comparisons.length > 0) this.require(rule, ['Variable'], at);
    if (rule.Variable !== undefined) this.check(path, rule.Variable, `${at}/Variable`);
    if (rule.Assign !== undefined) this.object(rule.Assign, `${at}/Assign`);
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

  /** The templates of rules and catchers. */
  private nested(items: Json | undefined, language: QueryLanguage, results: readonly Result[], at: string): void {
    for (const [index, item] of Array.isArray(items) ? items.entries() : []) {
      for (const field of ['Output', 'Assign']) {
        if (isObject(item)) this.template(item[field], language, results, `${at}[${index}]/${field}`);
      }
    }
  }

  private template(template: Json | undefined, language: QueryLanguage, results: readonly Result[], at: string): void {
    if (Array.isArray(template)) {
      template.forEach((item, index) => this.template(item, language, results, `${at}[${index}]`));
    } else if (isObject(template)) {
      for (const [key, value] of Object.entries(template)) {
        if (!key.endsWith('.$')) this.template(value, language, results, `${at}/${key}`);
        else if (language === 'JSONPath') this.check(pathOrIntrinsic, value, `${at}/${key}`);
        else this.schema(`The name "${key}" ends in .$, which is only supported for the 'JSONPath' QueryLanguage`, at);
      }
    } else if (typeof template === 'string' && language === 'JSONata') {
      this.check((value) => checkString(String(value), results), template, at);
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
