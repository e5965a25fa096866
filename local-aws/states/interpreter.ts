import type { Clock } from '../clock';
import type { Machine, MapState, ParallelState, QueryLanguage, State, TaskState, WaitState, WorkingState } from './asl';
import { matches, StateError } from './errors';
import { Evaluator } from './evaluator';
import type { Json, JsonObject } from './json';
import { jsonataWith } from './jsonata-states';
import { jsonPath } from './jsonpath';
import type { Language, Step, Visit } from './language';
import type { Random } from './random';

const MAX_PAYLOAD_BYTES = 262_144;

/** What a run of a state machine needs of the world. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Does the work of a Task state. Throws a `StateError` when that fails. */
  task(resource: string, parameters: Json): Promise<Json>;
  /** Notes an event of the execution's history, and tells its number. Throws when the execution must not go on. */
  record(type: string, stateName: string): number;
}

/** Where a run has come to. */
export interface Position {
  readonly state: string;
  readonly input: Json;
  readonly variables: JsonObject;
}

/** Runs state machines. An aborted signal ends a run at once, with the signal's reason; a task in flight is left alone. */
export class Interpreter {
  private readonly languages: Readonly<Record<QueryLanguage, Language>>;

  constructor(private readonly surroundings: Surroundings, private readonly language: QueryLanguage = 'JSONPath') {
    this.languages = { JSONPath: jsonPath, JSONata: jsonataWith(new Evaluator(surroundings.clock, surroundings.random)) };
  }

  /** Reads the variables that are there already, and leaves them as they are. */
  async run(machine: Machine, input: Json, context: JsonObject, signal: AbortSignal, outer: JsonObject = {}): Promise<Json> {
    return this.runFrom(machine, { state: machine.StartAt, input, variables: outer }, context, signal);
  }

  /** @param reached told of each state before it is entered */
  async runFrom(
    machine: Machine, position: Position, context: JsonObject, signal: AbortSignal, reached: (position: Position) => void = () => {},
  ): Promise<Json> {
    let name: string | undefined = position.state;
    let data = position.input;
    let { variables } = position;
    while (name !== undefined) {
      reached({ state: name, input: data, variables });
      signal.throwIfAborted();
      const state: State = machine.States[name];
      const event = this.surroundings.record(`${state.Type}StateEntered`, name);
      const entered = { Name: name, EnteredTime: this.surroundings.clock.iso(), RetryCount: 0 };
      const step: Step = await this.visit(state, { name, event, input: data, context: { ...context, State: entered }, variables, signal });
      checkSize(name, step.output);
      if (step.assigned) checkSize(name, step.assigned);
      this.surroundings.record(`${state.Type}StateExited`, name);
      data = step.output;
      variables = { ...variables, ...step.assigned };
      name = step.next;
    }
    return data;
  }

  private async visit(state: State, visit: Visit): Promise<Step> {
    const language = this.languageOf(state);
    switch (state.Type) {
      case 'Pass':
      case 'Succeed': return language.pass(state, visit);
      case 'Choice': return language.choose(state, visit);
      case 'Fail': throw await language.failure(state, visit);
      case 'Wait': return this.wait(state, visit);
      default: return this.work(state, visit);
    }
  }

  /** Map and Parallel states do not hand their own language on. */
  private languageOf(state: State): Language {
    return this.languages[state.QueryLanguage ?? this.language];
  }

  private async wait(state: WaitState, visit: Visit): Promise<Step> {
    const { clock } = this.surroundings;
    const language = this.languageOf(state);
    const time = await language.wakeTime(state, visit, clock.now());
    await clock.sleep(Math.max(0, time - clock.now()), visit.signal);
    visit.signal.throwIfAborted();
    return language.pass(state, visit);
  }

  /** A state that can fail, be tried again and be caught. */
  private async work(state: WorkingState, visit: Visit): Promise<Step> {
    const language = this.languageOf(state);
    const attempts = (state.Retry ?? []).map(() => 0);
    for (let retries = 0; ; retries++) {
      const attempt: Visit = { ...visit, context: { ...visit.context, State: { ...visit.context.State as JsonObject, RetryCount: retries } } };
      try {
        return await language.complete(state, attempt, await this.result(state, attempt));
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        const delay = this.retryDelay(state, error, attempts);
        if (delay === undefined) return this.caught(state, error, attempt);
        await this.surroundings.clock.sleep(Math.round(delay * 1000), visit.signal);
        visit.signal.throwIfAborted();
      }
    }
  }

  private retryDelay(state: WorkingState, { error }: StateError, attempts: number[]): number | undefined {
    const index = (state.Retry ?? []).findIndex(({ ErrorEquals }) => matches(ErrorEquals, error));
    if (index < 0) return undefined;
    const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds = Infinity, JitterStrategy } = state.Retry?.[index] ?? {};
    if (attempts[index] >= MaxAttempts) return undefined;
    const delay = Math.min(IntervalSeconds * BackoffRate ** attempts[index]++, MaxDelaySeconds);
    return JitterStrategy === 'FULL' ? delay * this.surroundings.random.number() : delay;
  }

  private async caught(state: WorkingState, error: StateError, visit: Visit): Promise<Step> {
    const { Catch: catchers = [] } = state;
    const index = catchers.findIndex(({ ErrorEquals }) => matches(ErrorEquals, error.error));
    if (index < 0) throw error;
    return this.languageOf(state).caught(catchers[index], index, visit, error.output());
  }

  private async result(state: WorkingState, visit: Visit): Promise<Json> {
    switch (state.Type) {
      case 'Task': return this.task(state, visit);
      case 'Parallel': return this.parallel(state, visit);
      case 'Map': return this.map(state, visit);
    }
  }

  /** `TimeoutSeconds` has no effect: the clock stands still while a task works, so that none is ever late. */
  private async task(state: TaskState, visit: Visit): Promise<Json> {
    const { record } = this.surroundings;
    const { name, signal } = visit;
    const events = state.Resource.includes(':lambda:') && !state.Resource.includes(':states:') ? 'LambdaFunction' : 'Task';
    const parameters = await this.languageOf(state).argumentsOf(state, visit);
    signal.throwIfAborted();
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

  private async parallel(state: ParallelState, visit: Visit): Promise<Json> {
    const { name, context, variables, signal } = visit;
    const input = await this.languageOf(state).argumentsOf(state, visit);
    this.surroundings.record('ParallelStateStarted', name);
    const results = await allOrNone(state.Branches, Infinity, signal, (branch, one) => this.run(branch, input, context, one, variables));
    this.surroundings.record('ParallelStateSucceeded', name);
    return results;
  }

  private async map(state: MapState, visit: Visit): Promise<Json> {
    const { name, context, signal } = visit;
    const language = this.languageOf(state);
    const items = await language.itemsOf(state, visit);
    const concurrency = await language.concurrencyOf(state, visit) || Infinity;
    const processor = state.ItemProcessor ?? state.Iterator as Machine;
    // The iterations of a distributed Map run on their own.
    const variables = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED' ? {} : visit.variables;
    this.surroundings.record('MapStateStarted', name);
    const results = await allOrNone(items, concurrency, signal, async (item, one, index) => {
      const inner = { ...context, Map: { Item: { Index: index, Value: item } } };
      this.surroundings.record('MapIterationStarted', name);
      const input = await language.itemOf(state, item, { ...visit, context: inner });
      const result = await this.run(processor, input, inner, one, variables);
      this.surroundings.record('MapIterationSucceeded', name);
      return result;
    });
    this.surroundings.record('MapStateSucceeded', name);
    return results;
  }
}

function checkSize(name: string, value: Json): void {
  if (Buffer.byteLength(JSON.stringify(value)) <= MAX_PAYLOAD_BYTES) return;
  throw new StateError(
    'States.DataLimitExceeded', `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
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
