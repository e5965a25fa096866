import { FN } from './harness';
import { parseDefinition } from '../../../local-aws/states/validate';

const parse = (definition: unknown) => parseDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition), (resource) => resource === FN);
const machine = (states: Record<string, object>, more: object = {}) => ({ StartAt: 'A', States: states, ...more });
const one = (state: object) => machine({ A: state });
const task = (more: object) => one({ Type: 'Task', Resource: FN, End: true, ...more });
const choice = (rule: object) => machine({ A: { Type: 'Choice', Choices: [rule] }, B: { Type: 'Succeed' } });

test.each<[string, unknown]>([
  ['what the provider framework writes', machine({
    A: { Type: 'Task', Resource: FN, End: true, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: 348, BackoffRate: 1 }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] },
    B: { Type: 'Task', Resource: FN, End: true },
  })],
  ['comments, version and language', machine({ A: { Type: 'Pass', Comment: 'x', End: true, QueryLanguage: 'JSONPath' } }, { Comment: 'x', Version: '1.0', QueryLanguage: 'JSONPath' })],
  ['a loop', machine({ A: { Type: 'Wait', Seconds: 99_999_999, Next: 'B' }, B: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'A' }] } })],
  ['a name of 80 characters', { StartAt: 'n'.repeat(80), States: { ['n'.repeat(80)]: { Type: 'Succeed' } } }],
  ['retry limits', task({ Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 1, MaxAttempts: 0, BackoffRate: 1, MaxDelaySeconds: 31_622_399, JitterStrategy: 'FULL' }] })],
  ['nested functions', task({ Parameters: { 'x.$': "States.Format('{}', States.MathAdd($.a, 1))" } })],
])('accepted: %s', (_, definition) => {
  expect(parse(definition)).toEqual(definition);
});

test.each<[string, unknown, string]>([
  ['no JSON', '{', 'INVALID_JSON_DESCRIPTION'],
  ['no object', '[]', 'An object is required at /'],
  ['too large', `"${'x'.repeat(1_048_576)}"`, 'DEFINITION_TOO_LARGE'],
  ['no start', { States: { A: { Type: 'Succeed' } } }, 'These fields are required: [StartAt] at /'],
  ['an unknown start', machine({ B: { Type: 'Succeed' } }), "MISSING_TRANSITION_TARGET: Missing 'StartAt' target: A at /StartAt"],
  ['an unknown target', one({ Type: 'Pass', Next: 'B' }), "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next"],
  ['an unknown target of a catcher', task({ Catch: [{ ErrorEquals: ['X'], Next: 'B' }] }), "Missing 'Next' target: B at /States/A/Catch[0]/Next"],
  ['an unknown default', one({ Type: 'Choice', Choices: [{ Variable: '$.x', IsNull: true, Next: 'A' }], Default: 'B' }), "Missing 'Default' target: B"],
  ['an unreachable state', machine({ A: { Type: 'Succeed' }, B: { Type: 'Succeed' } }), 'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B'],
  ['a long name', { StartAt: 'n'.repeat(81), States: { ['n'.repeat(81)]: { Type: 'Succeed' } } }, '80 characters'],
  ['an unknown type', one({ Type: 'Dance' }), "'Dance' is no type of state at /States/A/Type"],
  ['an unknown field of the machine', machine({ A: { Type: 'Succeed' } }, { Processor: 1 }), 'The field "Processor" is not supported at /'],
  ['an unknown field of a state', one({ Type: 'Succeed', Result: 1 }), 'The field "Result" is not supported at /States/A'],
  ['a field of every object', one({ Type: 'Succeed', toString: 1 }), 'The field "toString" is not supported'],
  ['neither Next nor End', one({ Type: 'Pass' }), 'Exactly one of Next and End'],
  ['both Next and End', one({ Type: 'Pass', Next: 'A', End: true }), 'Exactly one of Next and End'],
  ['another language', one({ Type: 'Pass', End: true, QueryLanguage: 'JSONata' }), 'the only query language of the embedded AWS'],
  ['no resource', one({ Type: 'Task', End: true }), 'These fields are required: [Resource]'],
  ['an unknown resource', one({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true }), 'The resource provided arn:aws:states:::sqs:sendMessage is not recognized'],
  ['two timeouts', task({ TimeoutSeconds: 1, TimeoutSecondsPath: '$.t' }), 'At most one of TimeoutSeconds, TimeoutSecondsPath'],
  ['a timeout of zero', task({ TimeoutSeconds: 0 }), '/States/A/TimeoutSeconds'],
  ['two kinds of waiting', one({ Type: 'Wait', Seconds: 1, SecondsPath: '$.s', End: true }), 'Exactly one of Seconds, SecondsPath, Timestamp, TimestampPath'],
  ['no kind of waiting', one({ Type: 'Wait', End: true }), 'Exactly one of Seconds'],
  ['too long a wait', one({ Type: 'Wait', Seconds: 100_000_000, End: true }), '/States/A/Seconds'],
  ['a time that is none', one({ Type: 'Wait', Timestamp: 'soon', End: true }), 'is not a valid timestamp'],
  ['two causes', one({ Type: 'Fail', Cause: 'x', CausePath: '$.x' }), 'At most one of Cause, CausePath'],
  ['a path that is none', task({ InputPath: 'a' }), 'is not a valid JSONPath at /States/A/InputPath'],
  ['a path that does not close', task({ InputPath: '$.a[0' }), 'is not a valid JSONPath'],
  ['a result at many places', task({ ResultPath: '$.a[*]' }), 'is not a valid reference path'],
  ['a result in the context', task({ ResultPath: '$$.a' }), 'is not a valid reference path'],
  ['a template without a path', task({ Parameters: { a: [{ 'x.$': 'literal' }] } }), 'is not a valid JSONPath at /States/A/Parameters/a[0]/x.$'],
  ['an unknown function', task({ Parameters: { 'x.$': 'States.Guess()' } }), 'there is no function States.Guess'],
  ['too many arguments', task({ ResultSelector: { 'x.$': 'States.MathAdd(1, 2, 3)' } }), 'States.MathAdd does not take 3 arguments'],
  ['a function that does not close', task({ Parameters: { 'x.$': 'States.Array(1' } }), "missing ')' in 'States.Array(1'"],
  ['no choices', one({ Type: 'Choice', Choices: [] }), 'A list that is not empty is required at /States/A/Choices'],
  ['a rule without target', choice({ Variable: '$.x', IsNull: true }), 'These fields are required: [Next] at /States/A/Choices[0]'],
  ['a rule without variable', choice({ IsNull: true, Next: 'B' }), 'These fields are required: [Variable]'],
  ['a rule without comparison', choice({ Variable: '$.x', Next: 'B' }), 'exactly one comparison'],
  ['a rule with two comparisons', choice({ Variable: '$.x', IsNull: true, IsString: true, Next: 'B' }), 'exactly one comparison'],
  ['an unknown comparison', choice({ Variable: '$.x', StringMatchesPath: '$.y', Next: 'B' }), 'The field "StringMatchesPath" is not supported'],
  ['a comparison with another type', choice({ Variable: '$.x', NumericEquals: '1', Next: 'B' }), 'is not a number at /States/A/Choices[0]/NumericEquals'],
  ['a target inside a rule', choice({ Not: { Variable: '$.x', IsNull: true, Next: 'B' }, Next: 'B' }), 'The field "Next" is not supported at /States/A/Choices[0]/Not'],
  ['no errors to retry', task({ Retry: [{ ErrorEquals: [] }] }), 'A list that is not empty is required at /States/A/Retry[0]/ErrorEquals'],
  ['States.ALL among others', task({ Retry: [{ ErrorEquals: ['X', 'States.ALL'] }] }), 'States.ALL must stand alone, and last'],
  ['States.ALL before others', task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'A' }, { ErrorEquals: ['X'], Next: 'A' }] }), 'States.ALL must stand alone, and last'],
  ['an interval of zero', task({ Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 0 }] }), '/States/A/Retry[0]/IntervalSeconds'],
  ['half an interval', task({ Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 1.5 }] }), '/States/A/Retry[0]/IntervalSeconds'],
  ['a falling back-off', task({ Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.9 }] }), '/States/A/Retry[0]/BackoffRate'],
  ['a fault in a branch', one({ Type: 'Parallel', End: true, Branches: [machine({ A: { Type: 'Pass' } })] }), '/States/A/Branches[0]/States/A'],
  ['a fault in a processor', one({ Type: 'Map', End: true, ItemProcessor: machine({ A: { Type: 'Pass', Next: 'Z' } }) }), '/States/A/ItemProcessor/States/A/Next'],
])('refused: %s', (_, definition, message) => {
  expect(() => parse(definition)).toThrow(expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining(message) }));
});

test('several faults are told together', () => {
  expect(() => parse(machine({ A: { Type: 'Pass', Next: 'B' }, C: { Type: 'Succeed' } }))).toThrow(
    "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C'",
  );
});
