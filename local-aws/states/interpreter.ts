import type { Clock } from '../clock';
import type {
  ChoiceState, FailState, Machine, MapState, ParallelState, PassState, State, SucceedState, TaskState, WaitState, WorkingState,
} from './asl';
import { holds, of } from './choice';
import { matches, runtimeError, StateError } from './errors';
import type { Json, JsonObject } from './json';
import { evaluate, fill, place, resolve, select, type Scope } from './paths';

const MAX_PAYLOAD_BYTES = 262_144;

/** What a run of a state machine needs of the world. */
export interface Surroundings {
  readonly clock: Clock;
  /** Does the work of a Task state. Throws a `StateError` when that fails. */
  task(resource: string, parameters: Json): Promise<Json>;
  /** Notes an event of the execution's history. Throws when the execution must not go on. */
  record(type: string, stateName: string): void;
}

interface Step {
  readonly output: Json;
  readonly next?: string;
}

/** A state that is being visited: what it works on, and what it may know. */
interface Visit {
  readonly name: string;
  readonly input: Json;
  readonly context: JsonObject;
  readonly signal: AbortSignal;
}

/** Runs state machines. An aborted signal ends a run at once, with the signal's reason; a task in flight is left alone. */
export class Interpreter {
  constructor(private readonly surroundings: Surroundings) {}

  async run(machine: Machine, input: Json, context: JsonObject, signal: AbortSignal): Promise<Json> {
    let name: string | undefined = machine.StartAt;
    let data = input;
    while (name !== undefined) {
      signal.throwIfAborted();
      const state: State = machine.States[name];
      this.surroundings.record(`${state.Type}StateEntered`, name);
      const entered = { Name: name, EnteredTime: this.surroundings.clock.iso(), RetryCount: 0 };
      const step: Step = await this.visit(state, { name, input: data, context: { ...context, State: entered }, signal });
      if (Buffer.byteLength(JSON.stringify(step.output)) > MAX_PAYLOAD_BYTES) {
        throw new StateError(
          'States.DataLimitExceeded', `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
        );
      }
      this.surroundings.record(`${state.Type}StateExited`, name);
      data = step.output;
      name = step.next;
    }
    return data;
  }

  private async visit(state: State, visit: Visit): Promise<Step> {
    switch (state.Type) {
      case 'Pass': return pass(state, visit);
      case 'Choice': return choose(state, visit);
      case 'Succeed': return succeed(state, visit);
      case 'Fail': throw failed(state, visit);
      case 'Wait': return this.wait(state, visit);
      default: return this.work(state, visit);
    }
  }

  private async wait(state: WaitState, visit: Visit): Promise<Step> {
    const { clock } = this.surroundings;
    const data = inputOf(state, visit);
    await clock.sleep(Math.max(0, wakeTime(state, { data, context: visit.context }, clock.now()) - clock.now()), visit.signal);
    visit.signal.throwIfAborted();
    return { output: select(state.OutputPath, { data, context: visit.context }), next: state.Next };
  }

  /** A state that can fail, be tried again and be caught. */
  private async work(state: WorkingState, visit: Visit): Promise<Step> {
    const attempts = (state.Retry ?? []).map(() => 0);
    for (let retries = 0; ; retries++) {
      const context: JsonObject = { ...visit.context, State: { ...visit.context.State as JsonObject, RetryCount: retries } };
      try {
        const data = inputOf(state, visit);
        const result = await this.result(state, data, { ...visit, context });
        const selected = state.ResultSelector === undefined ? result : fill(state.ResultSelector, { data: result, context });
        return { output: select(state.OutputPath, { data: place(state.ResultPath, visit.input, selected), context }), next: state.Next };
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        const delay = this.retryDelay(state, error, attempts);
        if (delay === undefined) return caught(state, error, visit);
        await this.surroundings.clock.sleep(delay * 1000, visit.signal);
        visit.signal.throwIfAborted();
      }
    }
  }

  private retryDelay(state: WorkingState, { error }: StateError, attempts: number[]): number | undefined {
    const index = (state.Retry ?? []).findIndex(({ ErrorEquals }) => matches(ErrorEquals, error));
    if (index < 0) return undefined;
    const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds = Infinity } = state.Retry?.[index] ?? {};
    if (attempts[index] >= MaxAttempts) return undefined;
    return Math.min(IntervalSeconds * BackoffRate ** attempts[index]++, MaxDelaySeconds);
  }

  private async result(state: WorkingState, data: Json, visit: Visit): Promise<Json> {
    switch (state.Type) {
      case 'Task': return this.task(state, data, visit);
      case 'Parallel': return this.parallel(state, data, visit);
      case 'Map': return this.map(state, data, visit);
    }
  }

  /** `TimeoutSeconds` has no effect: the clock stands still while a task works, so that none is ever late. */
  private async task(state: TaskState, data: Json, { name, context, signal }: Visit): Promise<Json> {
    const { record } = this.surroundings;
    const events = state.Resource.includes(':lambda:') && !state.Resource.includes(':states:') ? 'LambdaFunction' : 'Task';
    const parameters = state.Parameters === undefined ? data : fill(state.Parameters, { data, context });
    record(`${events}Scheduled`, name);
    record(`${events}Started`, name);
    try {
      const result = await abortable(this.surroundings.task(state.Resource, parameters), signal);
      record(`${events}Succeeded`, name);
      return result;
    } catch (error) {
      if (error instanceof StateError) record(`${events}Failed`, name);
      throw error;
    }
  }

  private async parallel(state: ParallelState, data: Json, { name, context, signal }: Visit): Promise<Json> {
    const input = state.Parameters === undefined ? data : fill(state.Parameters, { data, context });
    this.surroundings.record('ParallelStateStarted', name);
    const results = await allOrNone(state.Branches, Infinity, signal, (branch, one) => this.run(branch, input, context, one));
    this.surroundings.record('ParallelStateSucceeded', name);
    return results;
  }

  private async map(state: MapState, data: Json, { name, context, signal }: Visit): Promise<Json> {
    const items = resolve(state.ItemsPath ?? '$', { data, context });
    if (!Array.isArray(items)) throw runtimeError(`Reference path "${state.ItemsPath ?? '$'}" must point to array.`);
    const processor = state.ItemProcessor ?? state.Iterator as Machine;
    const template = state.ItemSelector ?? state.Parameters;
    this.surroundings.record('MapStateStarted', name);
    const results = await allOrNone(items, state.MaxConcurrency || Infinity, signal, async (item, one, index) => {
      const inner = { ...context, Map: { Item: { Index: index, Value: item } } };
      this.surroundings.record('MapIterationStarted', name);
      const result = await this.run(processor, template === undefined ? item : fill(template, { data, context: inner }), inner, one);
      this.surroundings.record('MapIterationSucceeded', name);
      return result;
    });
    this.surroundings.record('MapStateSucceeded', name);
    return results;
  }
}

function inputOf(state: Exclude<State, FailState>, { input, context }: Visit): Json {
  return select(state.InputPath, { data: input, context });
}

function pass(state: PassState, visit: Visit): Step {
  const data = inputOf(state, visit);
  const { context } = visit;
  const result = state.Result ?? (state.Parameters === undefined ? data : fill(state.Parameters, { data, context }));
  return { output: select(state.OutputPath, { data: place(state.ResultPath, visit.input, result), context }), next: state.Next };
}

function choose(state: ChoiceState, visit: Visit): Step {
  const scope = { data: inputOf(state, visit), context: visit.context };
  const next = state.Choices.find((rule) => holds(rule, scope))?.Next ?? state.Default;
  if (next === undefined) throw new StateError('States.NoChoiceMatched', 'Failed to transition out of the state. The state does not point to a next state.');
  return { output: select(state.OutputPath, scope), next };
}

function succeed(state: SucceedState, visit: Visit): Step {
  return { output: select(state.OutputPath, { data: inputOf(state, visit), context: visit.context }) };
}

function failed(state: FailState, { input, context }: Visit): StateError {
  const value = (literal: string | undefined, path: string | undefined) => String(path === undefined ? literal ?? '' : evaluate(path, { data: input, context }));
  return new StateError(value(state.Error, state.ErrorPath), value(state.Cause, state.CausePath));
}

function caught(state: WorkingState, error: StateError, { input }: Visit): Step {
  const catcher = state.Catch?.find(({ ErrorEquals }) => matches(ErrorEquals, error.error));
  if (!catcher) throw error;
  return { output: place(catcher.ResultPath, input, error.output()), next: catcher.Next };
}

function wakeTime(state: WaitState, scope: Scope, now: number): number {
  if (state.Seconds !== undefined) return now + state.Seconds * 1000;
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

/** The work's result, or the signal's reason when it aborts first. The work itself goes on unheard. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => { abort = () => reject(signal.reason); });
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Runs all, so many at a time. When one fails the others are aborted. */
async function allOrNone<T>(
  items: readonly T[], concurrency: number, signal: AbortSignal, run: (item: T, signal: AbortSignal, index: number) => Promise<Json>,
): Promise<Json[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const results: Json[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && !either.aborted) {
      const index = next++;
      results[index] = await run(items[index], either, index);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
    signal.throwIfAborted();
    return results;
  } catch (error) {
    failure.abort(error);
    throw error;
  }
}
