import type { Clock } from '../clock';
import type { Check } from './checks';
import { StateError } from './errors';
import type { Result } from './expression-rules';
import { type Expression, isExpression, parseExpression, sourceOf } from './expressions';
import { isObject, type Json, type JsonObject } from './json';
import { functionsOf } from './jsonata-functions';
import type { Visit } from './language';
import type { Random } from './random';

/** Evaluates the JSONata in states' fields. */
export class Evaluator {
  private readonly functions: Readonly<Record<string, unknown>>;

  constructor(private readonly clock: Clock, random: Random) {
    this.functions = functionsOf(clock, random);
  }

  /** A template with the value of every expression in the expression's place. */
  async fill(template: Json, field: string, visit: Visit, results: { readonly [R in Result]?: Json } = {}): Promise<Json> {
    const states = { input: visit.input, context: visit.context, ...results };
    const bindings = { ...this.functions, ...visit.variables, states };
    // Time must not be skipped while something is still being worked out.
    return this.clock.busy(() => this.replace(template, field, visit, bindings));
  }

  /** The same, for a field that takes a certain kind of value. */
  async value<T extends Json>(template: Json, field: string, visit: Visit, check: Check): Promise<T> {
    const value = await this.fill(template, field, visit);
    const problem = check(value);
    if (problem === undefined) return value as T;
    throw failure(visit, `${about(template, field)} returned an unexpected result: ${JSON.stringify(value)} ${problem}.`);
  }

  /** One after the other, so that random values come in the same order every time. */
  private async replace(template: Json, field: string, visit: Visit, bindings: Record<string, unknown>): Promise<Json> {
    if (isExpression(template)) return this.evaluate(template, field, visit, bindings);
    if (Array.isArray(template)) {
      const items: Json[] = [];
      for (const [index, item] of template.entries()) items.push(await this.replace(item, `${field}[${index}]`, visit, bindings));
      return items;
    }
    if (!isObject(template)) return template;
    const filled: JsonObject = {};
    for (const [key, value] of Object.entries(template)) filled[key] = await this.replace(value, `${field}/${key}`, visit, bindings);
    return filled;
  }

  private async evaluate(expression: Expression, field: string, visit: Visit, bindings: Record<string, unknown>): Promise<Json> {
    let result: unknown;
    try {
      result = plain(await parseExpression(sourceOf(expression)).evaluate(undefined, bindings));
    } catch (error) {
      throw failure(visit, `${about(expression, field)} threw an error during evaluation. ${described(error)}`);
    }
    if (result === undefined) throw failure(visit, `${about(expression, field)} returned nothing (undefined).`);
    return result as Json;
  }
}

/** Without what JSONata adds to its sequences, and without anything in common with what it was made from. */
function plain(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value, (_, part: unknown) => {
    if (isFunction(part)) throw new Error('A function is no JSON');
    if (typeof part === 'number' && !Number.isFinite(part)) throw new Error(`${part} is no JSON`);
    return part;
  })) as Json;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function' || (isObject(value) && ('_jsonata_lambda' in value || '_jsonata_function' in value));
}

function about(template: Json, field: string): string {
  return `The JSONata expression '${isExpression(template) ? sourceOf(template) : JSON.stringify(template)}' specified for the field '${field}'`;
}

function failure({ name, event }: Visit, cause: string): StateError {
  return new StateError('States.QueryEvaluationError', `An error occurred while executing the state '${name}' (entered at the event id #${event}). ${cause}`);
}

/** JSONata throws objects that are no errors. */
function described(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return `${code === undefined ? '' : `${code}: `}${message ?? String(error)}`;
}
