import type { Catcher, ChoiceState, FailState, MapState, ParallelState, PassState, SucceedState, TaskState, WaitState, WorkingState } from './asl';
import type { StateError } from './errors';
import type { Json, JsonObject } from './json';

/** A state that is being visited: what it works on, and what it may know. */
export interface Visit {
  readonly name: string;
  /** The number of the event in the history that tells of the entry. */
  readonly event: number;
  readonly input: Json;
  readonly context: JsonObject;
  /** As they were on entry. */
  readonly variables: JsonObject;
  readonly signal: AbortSignal;
}

/** How a state was left. */
export interface Step {
  readonly output: Json;
  readonly next?: string;
  /** New values of variables, for the states to come. */
  readonly assigned?: JsonObject;
}

/** How states read and write their data, in one of the query languages. */
export interface Language {
  /** What a task or the branches of a Parallel state work on. */
  argumentsOf(state: TaskState | ParallelState, visit: Visit): Promise<Json>;
  itemsOf(state: MapState, visit: Visit): Promise<Json[]>;
  /** How many items at a time; 0 means all. */
  concurrencyOf(state: MapState, visit: Visit): Promise<number>;
  /** What an iteration works on, with the item in the context object. */
  itemOf(state: MapState, item: Json, visit: Visit): Promise<Json>;
  /** In milliseconds since the epoch. */
  wakeTime(state: WaitState, visit: Visit, now: number): Promise<number>;
  choose(state: ChoiceState, visit: Visit): Promise<Step>;
  failure(state: FailState, visit: Visit): Promise<StateError>;
  /** Leaves a state that has no result. */
  pass(state: PassState | WaitState | SucceedState, visit: Visit): Promise<Step>;
  complete(state: WorkingState, visit: Visit, result: Json): Promise<Step>;
  /** Leaves a state by one of its catchers. */
  caught(catcher: Catcher, index: number, visit: Visit, errorOutput: JsonObject): Promise<Step>;
}
