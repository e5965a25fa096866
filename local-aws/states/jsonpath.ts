import type { FailState, MapState, State, WaitState } from './asl';
import { holds, of } from './choice';
import { noChoiceMatched, runtimeError, StateError } from './errors';
import type { Json, JsonObject } from './json';
import type { Language, Visit } from './language';
import { evaluate, fill, place, resolve, select, type Scope } from './paths';

/** States in JSONPath. */
export const jsonPath: Language = {
  async argumentsOf(state, visit) {
    return parametersOf(state, inputOf(state, visit));
  },

  async itemsOf(state, visit) {
    const path = state.ItemsPath ?? '$';
    const items = resolve(path, inputOf(state, visit));
    if (!Array.isArray(items)) throw runtimeError(`Reference path "${path}" must point to array.`);
    return items;
  },

  async concurrencyOf(state) {
    return Number(state.MaxConcurrency ?? 0);
  },

  async itemOf(state: MapState, item, visit) {
    const template = state.ItemSelector ?? state.Parameters;
    return template === undefined ? item : fill(template, inputOf(state, visit));
  },

  async wakeTime(state, visit, now) {
    return wakeTime(state, inputOf(state, visit), now);
  },

  async choose(state, visit) {
    const scope = inputOf(state, visit);
    const { Next, Assign } = state.Choices.find((rule) => holds(rule, scope)) ?? { Next: state.Default, Assign: state.Assign };
    if (Next === undefined) throw noChoiceMatched();
    return { output: select(state.OutputPath, scope), next: Next, assigned: assigned(Assign, scope) };
  },

  async failure(state, visit) {
    return failure(state, scopeOf(visit, visit.input));
  },

  async pass(state, visit) {
    const scope = inputOf(state, visit);
    if (state.Type === 'Succeed') return { output: select(state.OutputPath, scope) };
    if (state.Type === 'Wait') return { output: select(state.OutputPath, scope), next: state.Next, assigned: assigned(state.Assign, scope) };
    const result = state.Result ?? parametersOf(state, scope);
    const output = select(state.OutputPath, scopeOf(visit, place(state.ResultPath, visit.input, result)));
    return { output, next: state.Next, assigned: assigned(state.Assign, scopeOf(visit, result)) };
  },

  async complete(state, visit, result) {
    const scope = scopeOf(visit, result);
    const selected = state.ResultSelector === undefined ? result : fill(state.ResultSelector, scope);
    const output = select(state.OutputPath, scopeOf(visit, place(state.ResultPath, visit.input, selected)));
    return { output, next: state.Next, assigned: assigned(state.Assign, scope) };
  },

  async caught({ ResultPath, Next, Assign }, _, visit, errorOutput) {
    return { output: place(ResultPath, visit.input, errorOutput), next: Next, assigned: assigned(Assign, scopeOf(visit, errorOutput)) };
  },
};

function scopeOf({ context, variables }: Visit, data: Json): Scope {
  return { data, context, variables };
}

function inputOf(state: Exclude<State, FailState>, visit: Visit): Scope {
  return scopeOf(visit, select(state.InputPath, scopeOf(visit, visit.input)));
}

function parametersOf(state: { readonly Parameters?: Json }, scope: Scope): Json {
  return state.Parameters === undefined ? scope.data : fill(state.Parameters, scope);
}

function assigned(template: JsonObject | undefined, scope: Scope): JsonObject | undefined {
  return template && fill(template, scope) as JsonObject;
}

function failure(state: FailState, scope: Scope): StateError {
  const value = (literal: string | undefined, path: string | undefined) => String(path === undefined ? literal ?? '' : evaluate(path, scope));
  return new StateError(value(state.Error, state.ErrorPath), value(state.Cause, state.CausePath));
}

function wakeTime(state: WaitState, scope: Scope, now: number): number {
  if (state.Seconds !== undefined) return now + Number(state.Seconds) * 1000;
  if (state.SecondsPath !== undefined) return now + count(resolve(state.SecondsPath, scope), state.SecondsPath) * 1000;
  const timestamp = state.TimestampPath === undefined ? state.Timestamp : resolve(state.TimestampPath, scope);
  const time = of('timestamp', timestamp);
  if (time === undefined) throw runtimeError(`The ${state.TimestampPath} parameter does not reference a valid ISO-8601 extended offset date-time format string: ${String(timestamp)}`);
  return Number(time);
}

function count(value: Json, path: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw runtimeError(`The ${path} parameter does not reference a valid number of seconds: ${JSON.stringify(value)}`);
  }
  return value;
}
