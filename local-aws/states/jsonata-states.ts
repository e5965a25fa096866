import type { ChoiceRule, FailState } from './asl';
import { array, boolean, integer, text, timestamp } from './checks';
import { noChoiceMatched, StateError } from './errors';
import type { Evaluator } from './evaluator';
import type { Json, JsonObject } from './json';
import type { Language, Step, Visit } from './language';

type Results = Parameters<Evaluator['fill']>[3];

/** States in JSONata. */
export function jsonataWith(evaluator: Evaluator): Language {
  return {
    async argumentsOf(state, visit) {
      if (state.Type === 'Task') {
        for (const field of ['TimeoutSeconds', 'HeartbeatSeconds'] as const) {
          if (state[field] !== undefined) await evaluator.value(state[field], field, visit, integer(1));
        }
      }
      return fill(state.Arguments, visit.input, 'Arguments', visit);
    },

    async itemsOf(state, visit) {
      return evaluator.value(state.Items ?? visit.input, 'Items', visit, array);
    },

    async concurrencyOf(state, visit) {
      return evaluator.value(state.MaxConcurrency ?? 0, 'MaxConcurrency', visit, integer(0));
    },

    async itemOf(state, item, visit) {
      return fill(state.ItemSelector, item, 'ItemSelector', visit);
    },

    async wakeTime(state, visit, now) {
      if (state.Seconds !== undefined) return now + await evaluator.value<number>(state.Seconds, 'Seconds', visit, integer(0)) * 1000;
      return Date.parse(await evaluator.value<string>(state.Timestamp ?? '', 'Timestamp', visit, timestamp));
    },

    async choose(state, visit) {
      for (const [index, rule] of state.Choices.entries()) {
        const at = `Choices[${index}]/`;
        if (await evaluator.value(rule.Condition as boolean | string, `${at}Condition`, visit, boolean)) return leave(rule, rule.Next, visit.input, at, visit);
      }
      if (state.Default === undefined) throw noChoiceMatched();
      return leave(state, state.Default, visit.input, '', visit);
    },

    async failure(state, visit) {
      return failure(state, visit);
    },

    async pass(state, visit) {
      return leave(state, state.Type === 'Succeed' ? undefined : state.Next, visit.input, '', visit);
    },

    async complete(state, visit, result) {
      return leave(state, state.Next, result, '', visit, { result });
    },

    async caught(catcher, index, visit, errorOutput) {
      return leave(catcher, catcher.Next, errorOutput, `Catch[${index}]/`, visit, { errorOutput });
    },
  };

  async function fill(template: Json | undefined, otherwise: Json, field: string, visit: Visit, results?: Results): Promise<Json> {
    return template === undefined ? otherwise : evaluator.fill(template, field, visit, results);
  }

  async function leave(
    by: Pick<ChoiceRule, 'Output' | 'Assign'>, next: string | undefined, otherwise: Json, at: string, visit: Visit, results?: Results,
  ): Promise<Step> {
    const output = await fill(by.Output, otherwise, `${at}Output`, visit, results);
    const assigned = by.Assign && await evaluator.fill(by.Assign, `${at}Assign`, visit, results) as JsonObject;
    return { output, next, assigned };
  }

  async function failure(state: FailState, visit: Visit): Promise<StateError> {
    const error = await evaluator.value<string>(state.Error ?? '', 'Error', visit, text);
    return new StateError(error, await evaluator.value<string>(state.Cause ?? '', 'Cause', visit, text));
  }
}
