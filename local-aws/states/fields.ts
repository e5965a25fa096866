import type { QueryLanguage } from './asl';
import {
  anything, array, boolean, type Check, integer, isTrue, nullablePath, nullableReferencePath, number, object, oneOf, orExpression,
  orTemplate, path, pathOrIntrinsic, text, timestamp,
} from './checks';
import type { Result } from './expression-rules';

/** The fields that each part of a definition may have. What is nested in them is checked by the validator. */
export type Fields = Readonly<Record<string, Check>>;

const LANGUAGE = oneOf('JSONPath', 'JSONata');
export const MACHINE: Fields = { StartAt: text, States: anything, Comment: text };
export const TOP_LEVEL: Fields = { ...MACHINE, Version: oneOf('1.0'), TimeoutSeconds: integer(1), QueryLanguage: LANGUAGE };
export const PROCESSOR: Fields = { ...MACHINE, ProcessorConfig: anything };

const STATE: Fields = { Type: text, Comment: text, QueryLanguage: LANGUAGE };
const CONTINUING: Fields = { Assign: object, Next: text, End: isTrue };
const HANDLERS: Fields = { Retry: anything, Catch: anything };
const PROCESSORS: Fields = { ItemProcessor: anything, Iterator: anything };

const PATHS: Fields = { ...STATE, InputPath: nullablePath, OutputPath: nullablePath };
const PATHS_OF_WORK: Fields = {
  ...PATHS, ...CONTINUING, ...HANDLERS, Parameters: anything, ResultSelector: anything, ResultPath: nullableReferencePath,
};
const JSONPATH: Readonly<Record<string, Fields>> = {
  Task: {
    ...PATHS_OF_WORK, Resource: text, TimeoutSeconds: integer(1), TimeoutSecondsPath: path, HeartbeatSeconds: integer(1), HeartbeatSecondsPath: path,
  },
  Parallel: { ...PATHS_OF_WORK, Branches: anything },
  Map: { ...PATHS_OF_WORK, ...PROCESSORS, ItemsPath: path, ItemSelector: anything, MaxConcurrency: integer(0) },
  Pass: { ...PATHS, ...CONTINUING, Result: anything, Parameters: anything, ResultPath: nullableReferencePath },
  Wait: { ...PATHS, ...CONTINUING, Seconds: integer(0), SecondsPath: path, Timestamp: timestamp, TimestampPath: path },
  Choice: { ...PATHS, Choices: anything, Default: text, Assign: object },
  Succeed: PATHS,
  Fail: { ...STATE, Error: text, ErrorPath: pathOrIntrinsic, Cause: text, CausePath: pathOrIntrinsic },
};

const OUTPUT: Fields = { ...STATE, Output: anything };
const WORK: Fields = { ...OUTPUT, ...CONTINUING, ...HANDLERS };
const JSONATA: Readonly<Record<string, Fields>> = {
  Task: {
    ...WORK, Resource: text, Arguments: orTemplate(object), TimeoutSeconds: orExpression(integer(1)), HeartbeatSeconds: orExpression(integer(1)),
  },
  Parallel: { ...WORK, Branches: anything, Arguments: orTemplate(object) },
  Map: { ...WORK, ...PROCESSORS, Items: orTemplate(array), ItemSelector: orTemplate(object), MaxConcurrency: orExpression(integer(0)) },
  Pass: { ...OUTPUT, ...CONTINUING },
  Wait: { ...OUTPUT, ...CONTINUING, Seconds: orExpression(integer(0)), Timestamp: orExpression(timestamp) },
  Choice: { ...OUTPUT, Choices: anything, Default: text, Assign: object },
  Succeed: OUTPUT,
  Fail: { ...STATE, Error: orExpression(text), Cause: orExpression(text) },
};

export const STATES: Readonly<Record<QueryLanguage, Readonly<Record<string, Fields>>>> = { JSONPath: JSONPATH, JSONata: JSONATA };
export const REQUIRED: Readonly<Record<string, readonly string[]>> = { Task: ['Resource'], Choice: ['Choices'], Parallel: ['Branches'] };
export const WAITING: Readonly<Record<QueryLanguage, readonly string[]>> = {
  JSONPath: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  JSONata: ['Seconds', 'Timestamp'],
};

export const RETRIER: Fields = {
  ErrorEquals: anything,
  Comment: text,
  IntervalSeconds: integer(1),
  MaxAttempts: integer(0),
  BackoffRate: number(1),
  MaxDelaySeconds: integer(1, 31_622_399),
  JitterStrategy: oneOf('NONE', 'FULL'),
};
const CAUGHT: Fields = { ErrorEquals: anything, Comment: text, Next: text, Assign: object };
export const CATCHER: Readonly<Record<QueryLanguage, Fields>> = {
  JSONPath: { ...CAUGHT, ResultPath: nullableReferencePath },
  JSONata: { ...CAUGHT, Output: anything },
};
export const CONDITION: Fields = { Condition: orExpression(boolean), Output: anything, Assign: object, Next: text, Comment: text };

/** The fields in which values may be computed at any depth. */
export const TEMPLATES = ['Parameters', 'ResultSelector', 'ItemSelector', 'Arguments', 'Items', 'Output', 'Assign'];

/** What `$states` has in a field of a state besides its input and its context. */
export function resultsIn(type: string, field: string): readonly Result[] {
  return ['Task', 'Parallel', 'Map'].includes(type) && ['Output', 'Assign'].includes(field) ? ['result'] : [];
}
