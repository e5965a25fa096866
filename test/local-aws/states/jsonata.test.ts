import { FN, outputOf, ROLE, World } from './harness';
import type { Execution } from '../../../local-aws/states/execution';
import type { Json, JsonObject } from '../../../local-aws/states/json';

let world: World;
beforeEach(() => { world = new World(); });

const JSONATA = { QueryLanguage: 'JSONata' };
const run = async (states: Record<string, object>, input: Json = {}): Promise<Execution> => world.run(states, input, JSONATA);
const task = (more: object = {}) => ({ Type: 'Task', Resource: FN, End: true, ...more });
const failWith = (name: string) => () => { throw Object.assign(new Error('because'), { name }); };
const seconds = ({ startDate, stopDate }: Execution) => (Number(stopDate) - startDate) / 1000;

/** What a Pass state with this output makes of the input. */
async function pass(output: Json, input: Json = {}): Promise<Json> {
  return outputOf(await run({ P: { Type: 'Pass', Output: output, End: true } }, input));
}

describe('templates', () => {
  test.each<[string, Json, Json]>([
    ['an expression is the whole value', '{% $states.input.n + 1 %}', 4],
    ['expressions stand anywhere', { a: [1, { b: '{%$states.input.n%}' }, 'x'], c: null }, { a: [1, { b: 3 }, 'x'], c: null }],
    ['other strings are literals', { a: '$states.input.n', b: '{ % 1 % }' }, { a: '$states.input.n', b: '{ % 1 % }' }],
    ['a literal that is no object', 42, 42],
    ['an empty array is a value', '{% $states.input.empty %}', []],
    ['null is a value', { a: '{% $states.input.none %}' }, { a: null }],
    ['one of a sequence is the one', '{% $states.input.list[$ > 1] %}', 2],
    ['a sequence is an array', '{% $states.input.list[$ < 3] %}', [1, 2]],
    ['one of a sequence stays an array where it is told to', '{% $states.input.list[$ > 1][] %}', [2]],
    ['what is missing in an object is left out', '{% {"a": $states.input.missing, "b": 1} %}', { b: 1 }],
    ['plain names inside of a path', '{% $states.input.people[age > 2].name %}', 'b'],
    ['functions', '{% ($double := function($x) { $x * 2 }; $map($states.input.list, $double)) %}', [2, 4]],
    ['a transformation', '{% $states.input ~> |people|{"age": 0}, "name"| ~> $lookup("people") %}', [{ age: 0 }, { age: 0 }]],
  ])('%s', async (_, template, expected) => {
    expect(await pass(template, { n: 3, none: null, empty: [], list: [1, 2], people: [{ name: 'a', age: 1 }, { name: 'b', age: 3 }] })).toEqual(expected);
  });

  test('the input stays as it was', async () => {
    const input = { list: [3, 1, 2], a: { b: 1 } };
    const execution = await run({
      P: { Type: 'Pass', Output: '{% ($sort($states.input.list); $states.input ~> |a|{"b": 2}|; $states.input) %}', End: true },
    }, input);
    expect(outputOf(execution)).toEqual(input);
  });
});

describe('functions of Step Functions', () => {
  test.each<[string, Json]>([
    ['$partition([1,2,3], 2)', [[1, 2], [3]]],
    ['$partition([1,2,3], 2.9)', [[1, 2], [3]]],
    ['$range(1, 9, 3)', [1, 4, 7]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(7, 7, 1)', 7],
    ["$hash('hi', 'MD5')", '49f68a5c8493ec2c0bf489821c21fc3b'],
    ["$hash('hi', 'SHA-1')", 'c22b5f9178342609428d6f51b2c5af4c0bde6a42'],
    ["$length($hash('hi', 'SHA-256'))", 64],
    ["$length($hash('hi', 'SHA-384'))", 96],
    ["$length($hash('hi', 'SHA-512'))", 128],
    ['$parse(\'{"a":[1]}\').a', [1]],
    ['$random(1) = $random(1)', true],
    ['$random(1) = $random(2)', false],
    ['$uuid() = $uuid()', false],
    ['$random() = $random()', false],
    ['$map([1..3], function($i) { $range(1, $i, 1) ~> $sum() })', [1, 3, 6]],
    ['$now()', '2026-01-01T00:00:00.000Z'],
    ["$now('[Y0001]-[M01]')", '2026-01'],
    ["$now('[H01]:[m01]', '+0200')", '02:00'],
    ['$millis()', Date.parse('2026-01-01T00:00:00Z')],
  ])('%s', async (expression, expected) => {
    expect(await pass(`{% ${expression} %}`)).toEqual(expected);
  });

  test('random values are in bounds, well-formed, and the same in every run', async () => {
    const values = async () => outputOf(await new World().run({ P: { Type: 'Pass', Output: { n: '{% $random() %}', id: '{% $uuid() %}' }, End: true } }, {}, JSONATA)) as JsonObject;
    const { n, id } = await values();
    expect(n).toBeGreaterThanOrEqual(0);
    expect(n).toBeLessThan(1);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await values()).toEqual({ n, id });
  });

  test('the time is the one of the embedded AWS', async () => {
    const execution = await run({ W: { Type: 'Wait', Seconds: 60, Next: 'P' }, P: { Type: 'Pass', Output: ['{% $now() %}', '{% $millis() %}'], End: true } });
    expect(outputOf(execution)).toEqual(['2026-01-01T00:01:00.000Z', world.start + 60_000]);
  });

  test.each([
    '$partition([1], -1)', '$partition([1], 0)', '$partition([], 1)', '$range(1, 3, 0)', '$range(1, 3)', '$range(3, 1, 1)', '$range(1, 360146, 1)', "$range('1', 3, 1)",
    "$hash('hi')", "$hash('hi', 'SHA-3')", "$hash(1, 'MD5')", "$parse('{')", '$parse(1)', "$random('x')",
  ])('%s fails', async (expression) => {
    expect(await run({ P: { Type: 'Pass', Output: `{% ${expression} %}`, End: true } })).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });
});

describe('an evaluation that fails', () => {
  test.each<[string, string]>([
    ['$states.input.x', "The JSONata expression '$states.input.x' specified for the field 'Output/a[1]/b' returned nothing (undefined)."],
    ['1 + "a"', "The JSONata expression '1 + \"a\"' specified for the field 'Output/a[1]/b' threw an error during evaluation. T2002: The right side of the \"+\" operator must evaluate to a number"],
    ['$sum', 'threw an error during evaluation. A function is no JSON'],
    ['function($x) { $x }', 'A function is no JSON'],
    ['{"f": [function($x) { $x }]}', 'A function is no JSON'],
    ['$missing()', 'T1006'],
    ['$error("mine")', 'D3137: mine'],
  ])('%s', async (expression, cause) => {
    const execution = await run({ P: { Type: 'Pass', Output: { a: [1, { b: `{% ${expression} %}` }] }, End: true } });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(execution.cause).toContain("An error occurred while executing the state 'P' (entered at the event id #2). ");
    expect(execution.cause).toContain(cause);
  });

  const broken = '{% $states.input.missing %}';
  test.each<[string, object, string]>([
    ['Arguments', { Arguments: { x: broken } }, 'Arguments/x'],
    ['Output', { Output: broken }, 'Output'],
    ['Assign', { Assign: { x: broken } }, 'Assign/x'],
    ['TimeoutSeconds', { TimeoutSeconds: broken }, 'TimeoutSeconds'],
    ['the type of TimeoutSeconds', { TimeoutSeconds: "{% 'long' %}" }, 'TimeoutSeconds'],
    ['the range of HeartbeatSeconds', { HeartbeatSeconds: '{% 0 %}' }, 'HeartbeatSeconds'],
  ])('is caught: %s', async (_, fields, field) => {
    world.lambda.functions[FN] = () => ({});
    for (const name of ['States.QueryEvaluationError', 'States.ALL']) {
      const execution = await run({ T: task({ ...fields, Catch: [{ ErrorEquals: [name], Next: 'E' }] }), E: { Type: 'Succeed' } });
      expect(outputOf(execution)).toEqual({ Error: 'States.QueryEvaluationError', Cause: expect.stringContaining(`specified for the field '${field}'`) });
    }
  });

  test('is retried, with the task', async () => {
    let calls = 0;
    world.lambda.functions[FN] = () => (++calls > 1 ? { x: calls } : {});
    const execution = await run({ T: task({ Output: '{% $states.result.x %}', Retry: [{ ErrorEquals: ['States.QueryEvaluationError'] }] }) });
    expect(outputOf(execution)).toBe(2);
    expect(seconds(execution)).toBe(1);
  });

  test('is not caught by the catcher that it happens in', async () => {
    world.lambda.functions[FN] = failWith('X');
    const execution = await run({ T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Output: { x: broken }, Next: 'E' }] }), E: { Type: 'Succeed' } });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError', cause: expect.stringContaining("'Catch[0]/Output/x'") });
  });
});

describe('states', () => {
  test('a task is given its arguments, and hands on its output', async () => {
    world.lambda.functions[FN] = (payload) => ({ doubled: Number((payload as JsonObject).a) * 2 });
    const state = task({
      Arguments: { a: '{% $states.input.n %}' }, TimeoutSeconds: '{% 60 %}', HeartbeatSeconds: 10, Output: ['{% $states.input.n %}', '{% $states.result.doubled %}'],
    });
    expect(outputOf(await run({ T: state }, { n: 4 }))).toEqual([4, 8]);
  });

  test('a task without either works on the input, and hands on the result', async () => {
    world.lambda.functions[FN] = (payload) => ({ payload });
    expect(outputOf(await run({ T: task() }, { n: 4 }))).toEqual({ payload: { n: 4 } });
  });

  test.each<[string, object]>([
    ['Pass', { Type: 'Pass', End: true }], ['Wait', { Type: 'Wait', Seconds: 1, End: true }], ['Succeed', { Type: 'Succeed' }],
  ])('%s hands on its input, or its output', async (_, state) => {
    expect(outputOf(await run({ S: state }, { a: 1 }))).toEqual({ a: 1 });
    expect(outputOf(await run({ S: { ...state, Output: '{% $states.input.a %}' } }, { a: 1 }))).toBe(1);
  });

  test('a catcher hands on the error, or its output', async () => {
    world.lambda.functions[FN] = failWith('X');
    const caught = async (more: object) => outputOf(await run({ T: task({ Catch: [{ ErrorEquals: ['X'], Next: 'E', ...more }] }), E: { Type: 'Succeed' } }, { a: 1 }));
    expect(await caught({})).toEqual({ Error: 'X', Cause: '{"errorType":"X","errorMessage":"because"}' });
    expect(await caught({ Output: { a: '{% $states.input.a %}', e: '{% $states.errorOutput.Error %}' } })).toEqual({ a: 1, e: 'X' });
  });

  const targets = { A: { Type: 'Succeed' }, B: { Type: 'Succeed' }, Z: { Type: 'Succeed', Output: 'default' } };
  const choice = {
    Type: 'Choice',
    Choices: [
      { Condition: '{% $states.input.n > 10 %}', Next: 'A' },
      { Condition: '{% $states.input.n > 5 %}', Output: { over: '{% $states.input.n - 5 %}' }, Next: 'B' },
      { Condition: false, Next: 'A' },
    ],
    Default: 'Z',
  };
  test.each<[number, Json]>([[11, { n: 11 }], [7, { over: 2 }], [1, 'default']])('a choice of %i', async (n, expected) => {
    expect(outputOf(await run({ C: choice, ...targets }, { n }))).toEqual(expected);
  });

  test.each<[object, string, string]>([
    [{ Choices: [{ Condition: '{% 1 %}', Next: 'A' }] }, 'States.QueryEvaluationError', "'Choices[0]/Condition' returned an unexpected result: 1 is not a boolean"],
    [{ Choices: [{ Condition: false, Next: 'A' }, { Condition: '{% $x %}', Next: 'A' }] }, 'States.QueryEvaluationError', "'Choices[1]/Condition' returned nothing"],
    [{ Choices: [{ Condition: true, Output: '{% $x %}', Next: 'A' }] }, 'States.QueryEvaluationError', "'Choices[0]/Output' returned nothing"],
    [{ Choices: [{ Condition: false, Next: 'A' }] }, 'States.NoChoiceMatched', 'does not point to a next state'],
  ])('a choice that fails: %j', async (fields, error, cause) => {
    expect(await run({ C: { Type: 'Choice', ...fields }, A: { Type: 'Succeed' } })).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
  });

  test.each<[object, number]>([
    [{ Seconds: 90 }, 90], [{ Seconds: '{% $states.input.n * 2 %}' }, 60], [{ Timestamp: '2026-01-01T01:00:00Z' }, 3600], [{ Timestamp: '{% $states.input.t %}' }, 120],
    [{ Timestamp: '{% $fromMillis($millis() + 5000) %}' }, 5],
  ])('a wait of %j', async (fields, expected) => {
    expect(seconds(await run({ W: { Type: 'Wait', End: true, ...fields } }, { n: 30, t: '2026-01-01T02:02:00+02:00' }))).toBe(expected);
  });

  test.each([{ Seconds: '{% -1 %}' }, { Seconds: '{% 1.5 %}' }, { Seconds: "{% '1' %}" }, { Timestamp: "{% 'soon' %}" }, { Timestamp: '{% 1 %}' }])('a wait fails of %j', async (fields) => {
    expect(await run({ W: { Type: 'Wait', End: true, ...fields } })).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  test('Fail tells what it works out', async () => {
    expect(await run({ F: { Type: 'Fail', Error: "{% 'Too.' & $states.input.e %}", Cause: 'literal' } }, { e: 'Bad' })).toMatchObject({ error: 'Too.Bad', cause: 'literal' });
    expect(await run({ F: { Type: 'Fail', Error: '{% 1 %}' } })).toMatchObject({ error: 'States.QueryEvaluationError', cause: expect.stringContaining("'Error'") });
  });

  const echoing = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
  const echo = echoing('Echo');

  test('the branches of a Parallel state are given its arguments', async () => {
    const state = { Type: 'Parallel', Branches: [echo, echoing('Other')], Arguments: { a: '{% $states.input.n %}' }, Output: '{% $sum($states.result.a) %}', End: true };
    expect(outputOf(await run({ P: state }, { n: 4 }))).toBe(8);
    expect(outputOf(await run({ P: { Type: 'Parallel', Branches: [echo], End: true } }, { n: 4 }))).toEqual([{ n: 4 }]);
  });

  test('a Map runs its processor on each item', async () => {
    const state = {
      Type: 'Map',
      Items: '{% $states.input.list %}',
      ItemSelector: { i: '{% $states.context.Map.Item.Index %}', v: '{% $states.context.Map.Item.Value * 2 %}', all: '{% $states.input.base %}' },
      MaxConcurrency: '{% $states.input.most %}',
      ItemProcessor: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 10, End: true } } },
      End: true,
    };
    const execution = await run({ M: state }, { list: [5, 6, 7], base: 1, most: 2 });
    expect(outputOf(execution)).toEqual([{ i: 0, v: 10, all: 1 }, { i: 1, v: 12, all: 1 }, { i: 2, v: 14, all: 1 }]);
    expect(seconds(execution)).toBe(20);
  });

  test.each<[object, Json, Json]>([
    [{}, [1, 2], [1, 2]],
    [{ Items: [1, '{% $states.input.n %}'] }, { n: 5 }, [1, 5]],
    [{ Items: '{% [] %}', Output: '{% $count($states.result) %}' }, {}, 0],
    [{ ItemSelector: '{% {"v": $states.context.Map.Item.Value} %}' }, [1], [{ v: 1 }]],
  ])('a Map with %j of %j', async (fields, input, expected) => {
    expect(outputOf(await run({ M: { Type: 'Map', ItemProcessor: echo, End: true, ...fields } }, input))).toEqual(expected);
  });

  test.each([{}, { Items: '{% 1 %}' }, { Items: [], MaxConcurrency: '{% -1 %}' }, { Items: [1], ItemSelector: { x: '{% $y %}' } }])('a Map fails with %j', async (fields) => {
    const states = { M: { Type: 'Map', ItemProcessor: echo, End: true, ...fields, Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'E' }] }, E: { Type: 'Succeed', Output: 'caught' } };
    expect(outputOf(await run(states, {}))).toBe('caught');
  });
});

test('$states.context says who runs', async () => {
  const seen: Json[] = [];
  world.lambda.functions[FN] = (payload) => { seen.push(payload); if (seen.length < 2) failWith('X')(); };
  const execution = await run({ T: task({ Arguments: '{% $states.context %}', Retry: [{ ErrorEquals: ['X'], IntervalSeconds: 5 }] }) }, { a: 1 });
  expect(execution.status).toBe('SUCCEEDED');
  expect(seen[1]).toEqual({
    Execution: { Id: execution.arn, Input: { a: 1 }, Name: execution.name, RoleArn: ROLE, StartTime: '2026-01-01T00:00:00.000Z', RedriveCount: 0 },
    StateMachine: { Id: execution.stateMachineArn, Name: 'machine-0' },
    State: { Name: 'T', EnteredTime: '2026-01-01T00:00:00.000Z', RetryCount: 1 },
  });
});

describe('a machine in JSONPath', () => {
  test('may have states in JSONata', async () => {
    const execution = await world.run({
      A: { Type: 'Pass', Parameters: { 'x.$': '$.n' }, Next: 'B' },
      B: { Type: 'Pass', QueryLanguage: 'JSONata', Output: { y: '{% $states.input.x + 1 %}', z: '$.x' }, Next: 'C' },
      C: { Type: 'Pass', InputPath: '$.y', End: true },
    }, { n: 1 });
    expect(outputOf(execution)).toBe(2);
  });

  test('keeps its language inside of a Map in JSONata', async () => {
    const processor = { StartAt: 'P', States: { P: { Type: 'Pass', Parameters: { 'v.$': '$.a', 'literal': '{% 1 %}' }, End: true } } };
    const map = { Type: 'Map', QueryLanguage: 'JSONata', Items: '{% $states.input.list %}', ItemProcessor: processor, End: true };
    expect(outputOf(await world.run({ M: map }, { list: [{ a: 1 }] }))).toEqual([{ v: 1, literal: '{% 1 %}' }]);
  });
});

test('time stands still while expressions are evaluated', async () => {
  const wait = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1000, Output: '{% $millis() %}', End: true } } };
  const work = {
    StartAt: 'Q', States: { Q: { Type: 'Pass', Output: '{% $sum($map([1..300], function($i) { $i * 2 })) %}', Next: 'R' }, R: { Type: 'Pass', Output: '{% $millis() %}', End: true } },
  };
  expect(outputOf(await run({ P: { Type: 'Parallel', Branches: [wait, work], End: true } }))).toEqual([world.start + 1_000_000, world.start]);
});

test('an execution that is stopped evaluates no further', async () => {
  world.lambda.functions[FN] = () => 1;
  const arn = await world.create({ ...JSONATA, StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 100, Next: 'T' }, T: task({ Arguments: { a: '{% 1 %}' } }) } });
  const execution = world.states.startExecution(arn);
  await world.clock.sleep(10_000);
  world.states.stopExecution(execution.arn);
  await world.clock.sleep(1_000_000);
  expect(execution).toMatchObject({ status: 'ABORTED' });
  expect(execution.history.map(({ type }) => type)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
});
