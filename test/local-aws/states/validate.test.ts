import { FN } from './harness';
import { parseDefinition } from '../../../local-aws/states/validate';

const parse = (definition: unknown) => parseDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition), (resource) => resource === FN);
const machine = (states: Record<string, object>, more: object = {}) => ({ StartAt: 'A', States: states, ...more });
const one = (state: object) => machine({ A: state });
const inner = (state: object, name = 'I') => ({ StartAt: name, States: { [name]: state } });
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
  ['an unknown language', one({ Type: 'Pass', End: true, QueryLanguage: 'JMESPath' }), 'The value "JMESPath" is not one of JSONPath, JSONata at /States/A/QueryLanguage'],
  ['an unknown language of the machine', machine({ A: { Type: 'Succeed' } }, { QueryLanguage: 'jsonata' }), 'is not one of JSONPath, JSONata at /QueryLanguage'],
  ['a language of a processor', one({ Type: 'Map', End: true, ItemProcessor: { ...inner({ Type: 'Succeed' }), QueryLanguage: 'JSONPath' } }), 'The field "QueryLanguage" is not supported at /States/A/ItemProcessor'],
  ['fields of JSONata', task({ Arguments: {}, Output: 1 }), "The QueryLanguage is set to 'JSONPath', but field 'Arguments' is only supported for the 'JSONata' QueryLanguage at /States/A"],
  ['items of JSONata', one({ Type: 'Map', Items: [], ItemProcessor: inner({ Type: 'Succeed' }), End: true }), "field 'Items' is only supported for the 'JSONata' QueryLanguage"],
  ['a condition in JSONPath', choice({ Condition: true, Next: 'B' }), 'The field "Condition" is not supported at /States/A/Choices[0]'],
  ['an output of a catcher in JSONPath', task({ Catch: [{ ErrorEquals: ['X'], Output: 1, Next: 'A' }] }), 'The field "Output" is not supported at /States/A/Catch[0]'],
  ['an expression in JSONPath', one({ Type: 'Wait', Seconds: '{% 1 %}', End: true }), 'is not an integer from 0 to 99999999'],
  ['an unknown jitter', task({ Retry: [{ ErrorEquals: ['X'], JitterStrategy: 'SOME' }] }), 'is not one of NONE, FULL'],
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
  ['a fault in a branch', one({ Type: 'Parallel', End: true, Branches: [inner({ Type: 'Pass' })] }), '/States/A/Branches[0]/States/I'],
  ['a fault in a processor', one({ Type: 'Map', End: true, ItemProcessor: inner({ Type: 'Pass', Next: 'Z' }) }), '/States/A/ItemProcessor/States/I/Next'],
  ['a name of a branch that is taken', one({ Type: 'Parallel', End: true, Branches: [inner({ Type: 'Succeed' }, 'A')] }),
    'DUPLICATE_STATE_NAME: Duplicate State name: A at /States/A/Branches[0]/States/A'],
  ['a name of two branches', one({ Type: 'Parallel', End: true, Branches: [inner({ Type: 'Succeed' }), inner({ Type: 'Succeed' })] }),
    'DUPLICATE_STATE_NAME: Duplicate State name: I at /States/A/Branches[1]/States/I'],
  ['a name of a processor that is taken', one({ Type: 'Map', End: true, ItemProcessor: inner({ Type: 'Map', ItemProcessor: inner({ Type: 'Succeed' }), End: true }) }),
    'DUPLICATE_STATE_NAME: Duplicate State name: I at /States/A/ItemProcessor/States/I/ItemProcessor/States/I'],
])('refused: %s', (_, definition, message) => {
  expect(() => parse(definition)).toThrow(expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining(message) }));
});

describe('in JSONata', () => {
  const jsonata = (states: Record<string, object>) => machine(states, { QueryLanguage: 'JSONata' });
  const state = (fields: object) => jsonata({ A: fields });
  const output = (template: unknown) => state({ Type: 'Pass', Output: template, End: true });
  const work = (fields: object) => state({ Type: 'Task', Resource: FN, End: true, ...fields });
  const rule = (fields: object) => jsonata({ A: { Type: 'Choice', Choices: [{ Next: 'B', ...fields }] }, B: { Type: 'Succeed' } });
  const map = (fields: object) => state({ Type: 'Map', ItemProcessor: inner({ Type: 'Succeed' }), End: true, ...fields });
  const catching = (fields: object) => work({ Catch: [{ ErrorEquals: ['X'], Next: 'A', ...fields }] });

  test.each<[string, unknown]>([
    ['all fields of a task', work({
      Arguments: { a: '{% $states.input %}' }, TimeoutSeconds: '{% 60 %}', HeartbeatSeconds: 5, Output: ['{% $states.result %}'], Assign: { x: '{% $states.result.y %}' },
    })],
    ['arguments that are an expression', work({ Arguments: '{% $states.input %}' })],
    ['all fields of a catcher', catching({ Output: '{% $states.errorOutput %}', Assign: { e: '{% $states.errorOutput.Error %}' } })],
    ['all fields of a Map', map({ Items: '{% $x %}', ItemSelector: { v: '{% $states.context.Map.Item.Value %}' }, MaxConcurrency: '{% 1 %}', Output: '{% $states.result %}' })],
    ['all fields of a rule', rule({ Condition: '{% $states.input.x > 1 %}', Output: 1, Assign: { x: 1 }, Comment: 'x' })],
    ['what is nested in an expression', output('{% $x[y > $.z].(a)^(b){c: d}.*.**.e.%.f ~> |$|{"g": h}| %}')],
    ['whole $states', output('{% $keys($states) %}')],
    ['a name that only looks like a result', output('{% $states.input.result & $states.resultX %}')],
    ['a state that names the language', state({ Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% 1 %}', End: true })],
    ['a state in a machine in JSONPath', machine({ A: { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% 1 %}', End: true } })],
  ])('accepted: %s', (_, definition) => {
    expect(parse(definition)).toEqual(definition);
  });

  test.each<[string, unknown, string]>([
    ['a state in JSONPath', state({ Type: 'Pass', QueryLanguage: 'JSONPath', InputPath: '$', End: true }), "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A"],
    ['a state in JSONPath in a branch', state({ Type: 'Parallel', End: true, Branches: [machine({ A: { Type: 'Succeed', QueryLanguage: 'JSONPath' } })] }), 'at /States/A/Branches[0]/States/A'],
    ['JSONPath in a branch of a machine in JSONata', state({ Type: 'Parallel', End: true, Branches: [machine({ A: { Type: 'Succeed', InputPath: '$' } })] }), "field 'InputPath' is only supported for the 'JSONPath' QueryLanguage"],
    ...['InputPath', 'OutputPath', 'Parameters', 'ResultPath', 'ResultSelector'].map((field): [string, unknown, string] => (
      [field, work({ [field]: '$' }), `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage at /States/A`]
    )),
    ['ItemsPath', map({ ItemsPath: '$' }), "field 'ItemsPath' is only supported"],
    ['Result', state({ Type: 'Pass', Result: 1, End: true }), "field 'Result' is only supported"],
    ['SecondsPath', state({ Type: 'Wait', SecondsPath: '$.x', End: true }), "field 'SecondsPath' is only supported"],
    ['ErrorPath', state({ Type: 'Fail', ErrorPath: '$.x' }), "field 'ErrorPath' is only supported"],
    ['an output of Fail', state({ Type: 'Fail', Output: 1 }), 'The field "Output" is not supported'],
    ['a variable of a rule', rule({ Variable: '$.x', IsNull: true }), 'The field "Variable" is not supported at /States/A/Choices[0]'],
    ['no condition', rule({}), 'These fields are required: [Condition]'],
    ['a condition that is a string', rule({ Condition: 'true' }), 'The value "true" is not a boolean'],
    ['a ResultPath of a catcher', catching({ ResultPath: '$' }), 'The field "ResultPath" is not supported at /States/A/Catch[0]'],
    ['a name ending in .$', output({ a: [{ 'x.$': '$.y' }] }), 'The name "x.$" ends in .$, which is only supported for the \'JSONPath\' QueryLanguage at /States/A/Output/a[0]'],
    ['arguments that are a literal string', work({ Arguments: 'x' }), 'is not an object at /States/A/Arguments'],
    ['items that are an object', map({ Items: {} }), 'is not an array at /States/A/Items'],
    ['an expression that does not end', output('{% 1'), 'is no expression: one starts with {% and ends with %} at /States/A/Output'],
    ['an expression that does not begin', output({ a: ' {% 1 %}' }), 'is no expression: one starts with {% and ends with %} at /States/A/Output/a'],
    ['an expression that is none', output({ a: ['{% 1 + %}'] }), 'is not a valid JSONata expression: Unexpected end of expression at /States/A/Output/a[0]'],
    ['an empty expression', output('{%%}'), 'is not a valid JSONata expression'],
    ['a bad expression in Seconds', state({ Type: 'Wait', Seconds: '{% ( %}', End: true }), 'is not a valid JSONata expression: Expected ")" before end of expression at /States/A/Seconds'],
    ['a bad expression in Cause', state({ Type: 'Fail', Cause: '{% $ %}' }), 'uses $ at the top level; use $states.input at /States/A/Cause'],
    ['a bad expression in a rule', rule({ Condition: true, Assign: { x: '{% y %}' } }), "uses 'y' at the top level; use $states.input at /States/A/Choices[0]/Assign/x"],
    ['a bad time', state({ Type: 'Wait', Timestamp: 'soon', End: true }), 'is not a valid timestamp'],
    ...['$', '$.x', 'x', 'x.y', '*', '**.x', '$sum(x)', '{"a": $.x}', '$map($a, function($v) { $v + x })', '($x := $; $x)'].map((source): [string, unknown, string] => (
      [source, output(`{% ${source} %}`), 'at the top level; use $states.input']
    )),
    ['the input document', output('{% $x[y = $$.z] %}'), 'uses $$, which does not exist'],
    ['$eval', output("{% $eval('1') %}"), 'uses $eval, which does not exist; use $parse'],
    ['the result of Pass', output('{% $states.result %}'), 'uses $states.result, which does not exist here at /States/A/Output'],
    ['the result in an argument', work({ Arguments: { x: '{% $sum(($states).result.y) %}' } }), 'uses $states.result, which does not exist here at /States/A/Arguments/x'],
    ['the result in a timeout', work({ TimeoutSeconds: '{% $states.result %}' }), 'uses $states.result, which does not exist here'],
    ['the result in a catcher', catching({ Output: '{% $states.result %}' }), 'uses $states.result, which does not exist here'],
    ['the result in an item', map({ ItemSelector: { x: '{% $states.result %}' } }), 'uses $states.result, which does not exist here'],
    ['the result in a rule', rule({ Condition: '{% $states.result %}' }), 'uses $states.result, which does not exist here'],
    ['the error outside of a catcher', work({ Output: '{% $states.errorOutput %}' }), 'uses $states.errorOutput, which does not exist here'],
  ])('refused: %s', (_, definition, message) => {
    expect(() => parse(definition)).toThrow(expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining(message) }));
  });
});

test('several faults are told together', () => {
  expect(() => parse(machine({ A: { Type: 'Pass', Next: 'B' }, C: { Type: 'Succeed' } }))).toThrow(
    "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C'",
  );
});
