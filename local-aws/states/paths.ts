import { JSONPath } from 'jsonpath-plus';
import { runtimeError } from './errors';
import { evaluateIntrinsic, isIntrinsic } from './intrinsics';
import { isObject, type Json, type JsonObject } from './json';

/** What paths look into: `$` is the data at hand, `$$` the context object, `$name` a variable. */
export interface Scope {
  readonly data: Json;
  readonly context: JsonObject;
  readonly variables: JsonObject;
}

/** The root of a path, with the name of its variable if it is one. */
const ROOT = /^\$(\$|\p{ID_Start}\p{ID_Continue}*)?(?=$|[.[])/u;

/** Wildcards, filters, slices, unions and descent can find many values or none. Everything else must find one. */
const INDEFINITE = /\.\.|\*|\?\(|\[[^\]'"]*[:,][^\]'"]*\]/;

export function isPath(text: string): boolean {
  return ROOT.test(text) && (text.match(/\[/g)?.length ?? 0) === (text.match(/\]/g)?.length ?? 0);
}

/** All values that a path finds. */
export function findAll(path: string, { data, context, variables }: Scope): Json[] {
  const [start, name] = path.match(ROOT) ?? ['$'];
  const rest = path.slice(start.length);
  if (name !== undefined && name !== '$' && !Object.hasOwn(variables, name)) return [];
  const root = name === undefined ? data : name === '$' ? context : variables[name];
  if (rest === '') return [root];
  if (root === null || typeof root !== 'object') return [];
  return JSONPath<Json[]>({ path: `$${rest}`, json: root, wrap: true, eval: 'safe' });
}

/** The value that a path stands for; an array for paths that may find several. */
export function resolve(path: string, scope: Scope): Json {
  const found = findAll(path, scope);
  if (INDEFINITE.test(path)) return found;
  if (found.length === 0) {
    throw runtimeError(`The JSONPath '${path}' could not be found in the input '${JSON.stringify(scope.data)}'`);
  }
  return found[0];
}

/** A path or an intrinsic function: what may stand in a field whose name ends in `.$`. */
export function evaluate(expression: string, scope: Scope): Json {
  return isIntrinsic(expression) ? evaluateIntrinsic(expression, (path) => resolve(path, scope)) : resolve(expression, scope);
}

/** Fills a payload template: every field `x.$` becomes `x` with what its path or function yields. */
export function fill(template: Json, scope: Scope): Json {
  if (Array.isArray(template)) return template.map((item) => fill(item, scope));
  if (!isObject(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => (
    key.endsWith('.$') ? [key.slice(0, -2), evaluate(String(value), scope)] : [key, fill(value, scope)]
  )));
}

/** `InputPath` and `OutputPath`: null means nothing at all. */
export function select(path: string | null | undefined, scope: Scope): Json {
  if (path === null) return {};
  return path === undefined ? scope.data : resolve(path, scope);
}

/** `ResultPath`: puts a result into the input at a place that need not exist yet; null throws the result away. */
export function place(path: string | null | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  return put(input, stepsOf(path ?? '$'), result, path ?? '$');
}

/** The steps of a reference path; undefined if it is not one. */
export function referenceSteps(path: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let rest = path.startsWith('$') ? path.slice(1) : 'not a path';
  while (rest !== '') {
    const step = rest.match(/^(?:\.([^.[\]*?@'"()\s]+)|\['([^']*)'\]|\["([^"]*)"\]|\[(\d+)\])/);
    if (!step) return undefined;
    steps.push(step[4] === undefined ? step[1] ?? step[2] ?? step[3] : Number(step[4]));
    rest = rest.slice(step[0].length);
  }
  return steps;
}

function stepsOf(path: string): (string | number)[] {
  const steps = referenceSteps(path);
  if (!steps) throw runtimeError(`'${path}' is not a reference path`);
  return steps;
}

function put(target: Json | undefined, [step, ...rest]: readonly (string | number)[], value: Json, path: string): Json {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    if (!Array.isArray(target) || step >= target.length) throw unplaceable(path, target);
    return target.map((item, index) => (index === step ? put(item, rest, value, path) : item));
  }
  if (target !== undefined && !isObject(target)) throw unplaceable(path, target);
  return { ...target, [step]: put(target?.[step], rest, value, path) };
}

function unplaceable(path: string, target: Json | undefined) {
  return Object.assign(
    runtimeError(`Unable to apply ReferencePath ${path} to input ${JSON.stringify(target)}`),
    { error: 'States.ResultPathMatchFailure' },
  );
}
