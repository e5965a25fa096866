import { setImmediate } from 'node:timers/promises';
import { FN, outputOf, ROLE, World } from './harness';
import { AwsError } from '../../../local-aws/aws';
import type { Json, JsonObject } from '../../../local-aws/states/json';

let world: World;
beforeEach(() => { world = new World(); });

const task = (more: object = {}) => ({ Type: 'Task', Resource: FN, End: true, ...more });
const failWith = (name: string, message = 'because') => () => { throw Object.assign(new Error(message), { name }); };

/** What a Pass state with these fields makes of this input. */
async function pass(fields: object, input: Json): Promise<Json> {
  return outputOf(await world.run({ P: { Type: 'Pass', End: true, ...fields } }, input));
}

describe('data flow', () => {
  test.each<[string, object, Json, Json]>([
    ['a state hands on its input', {}, { a: 1 }, { a: 1 }],
    ['a literal result replaces the input', { Result: { b: 2 } }, { a: 1 }, { b: 2 }],
    ['a result of false is a result', { Result: false }, { a: 1 }, false],
    ['InputPath picks a part', { InputPath: '$.a' }, { a: { b: 1 } }, { b: 1 }],
    ['InputPath null is an empty object', { InputPath: null }, { a: 1 }, {}],
    ['OutputPath picks a part', { OutputPath: "$['a']" }, { a: [1] }, [1]],
    ['OutputPath null is an empty object', { OutputPath: null }, { a: 1 }, {}],
    ['ResultPath puts the result beside the input', { Result: 1, ResultPath: '$.x.y' }, { a: 1 }, { a: 1, x: { y: 1 } }],
    ['ResultPath is about the raw input', { InputPath: '$.a', ResultPath: '$.copy' }, { a: 1 }, { a: 1, copy: 1 }],
    ['ResultPath null drops the result', { Result: 1, ResultPath: null }, { a: 1 }, { a: 1 }],
    ['ResultPath reaches into arrays', { Result: 9, ResultPath: '$.a[1]' }, { a: [1, 2] }, { a: [1, 9] }],
    ['Parameters are filled', { Parameters: { 'n.$': '$.a.b', 'lit': { deep: ['x', { 'm.$': '$' }] } } }, { a: { b: 1 } }, { n: 1, lit: { deep: ['x', { m: { a: { b: 1 } } }] } }],
    ['null and false are found', { Parameters: { 'n.$': '$.n', 'f.$': '$.f' } }, { n: null, f: false }, { n: null, f: false }],
    ['a wildcard finds a list', { Parameters: { 'all.$': '$.a[*].b', 'none.$': '$.a[*].c' } }, { a: [{ b: 1 }, { b: 2 }] }, { all: [1, 2], none: [] }],
    ['a filter finds a list', { Parameters: { 'x.$': "$.a[?(@.Name == 'x')]" } }, { a: [{ Name: 'x' }, { Name: 'y' }] }, { x: [{ Name: 'x' }] }],
    ['a quoted key may hold anything', { Parameters: { 'x.$': "$['a-b.c']" } }, { 'a-b.c': 1 }, { x: 1 }],
  ])('%s', async (_, fields, input, output) => {
    expect(await pass(fields, input)).toEqual(output);
  });

  test('the context object says who runs', async () => {
    const output = await pass({ Parameters: { 'all.$': '$$', 'id.$': '$$.Execution.Id', 'input.$': '$$.Execution.Input.a' } }, { a: 1 }) as JsonObject;
    const [execution] = world.states.executions();
    expect(output).toMatchObject({
      id: execution.arn,
      input: 1,
      all: {
        Execution: { Id: execution.arn, Name: execution.name, RoleArn: ROLE, StartTime: '2026-01-01T00:00:00.000Z' },
        StateMachine: { Name: 'machine-0' },
        State: { Name: 'P', EnteredTime: '2026-01-01T00:00:00.000Z', RetryCount: 0 },
      },
    });
  });

  test.each([
    [{ InputPath: '$.b' }, 'States.Runtime', "The JSONPath '$.b' could not be found in the input '{\"a\":1}'"],
    [{ Parameters: { 'x.$': '$.a.b' } }, 'States.Runtime', "The JSONPath '$.a.b' could not be found"],
    [{ Result: 1, ResultPath: '$.a.b' }, 'States.ResultPathMatchFailure', 'Unable to apply ReferencePath $.a.b'],
    [{ Parameters: { 'x.$': "States.StringToJson('{')" } }, 'States.IntrinsicFailure', 'is not JSON'],
  ])('a path that leads nowhere fails the execution: %j', async (fields, error, cause) => {
    expect(await world.run({ P: { Type: 'Pass', End: true, ...fields } }, { a: 1 })).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining(cause) });
  });

  test('a state may put out 256 KiB and not more', async () => {
    world.lambda.functions[FN] = (size) => 'x'.repeat(Number(size));
    expect((await world.run({ T: task() }, 262_142)).status).toBe('SUCCEEDED');
    expect(await world.run({ T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'E' }] }), E: { Type: 'Succeed' } }, 262_143)).toMatchObject({
      status: 'FAILED', error: 'States.DataLimitExceeded', cause: "The state/task 'T' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });
});

describe('intrinsic functions', () => {
  test.each<[string, Json]>([
    ["States.Format('{} of {}: {}', $.n, $.text, $.list)", '3 of it\'s: [1,2,2]'],
    ["States.Format('a \\'quote\\' and \\{\\} {}', 1)", "a 'quote' and {} 1"],
    ["States.Format('nothing')", 'nothing'],
    ["States.StringToJson('{\"a\":[1]}')", { a: [1] }],
    ['States.JsonToString($.list)', '[1,2,2]'],
    ["States.StringSplit('a-b,c', '-,')", ['a', 'b', 'c']],
    ["States.Array(1, 'two', $.n, null, true)", [1, 'two', 3, null, true]],
    ['States.Array()', []],
    ['States.ArrayPartition($.list, 2)', [[1, 2], [2]]],
    ['States.ArrayContains($.list, 2)', true],
    ['States.ArrayContains($.list, 3)', false],
    ['States.ArrayRange(1, 9, 3)', [1, 4, 7]],
    ['States.ArrayGetItem($.list, 1)', 2],
    ['States.ArrayLength($.list)', 3],
    ['States.ArrayUnique($.list)', [1, 2]],
    ["States.Base64Encode('hi')", 'aGk='],
    ["States.Base64Decode('aGk=')", 'hi'],
    ["States.Hash('hi', 'SHA-1')", 'c22b5f9178342609428d6f51b2c5af4c0bde6a42'],
    ["States.JsonMerge($.o, States.StringToJson('{\"b\":2}'), false)", { a: 1, b: 2 }],
    ['States.MathAdd($.n, -5)', -2],
    ['States.MathAdd(States.ArrayLength($.list), 1)', 4],
    ["States.ArrayGetItem($['list'], 0)", 1],
  ])('%s', async (expression, value) => {
    expect(await pass({ Parameters: { 'x.$': expression } }, { n: 3, text: "it's", list: [1, 2, 2], o: { a: 1 } })).toEqual({ x: value });
  });

  test('States.UUID makes a new one each time', async () => {
    const { a, b } = await pass({ Parameters: { 'a.$': 'States.UUID()', 'b.$': 'States.UUID()' } }, {}) as JsonObject;
    expect(a).toMatch(/^[0-9a-f-]{36}$/);
    expect(a).not.toBe(b);
  });

  test.each([
    "States.Format('{}')", "States.Format('x', 1)", "States.MathAdd('a', 1)", 'States.ArrayLength($.n)', 'States.ArrayGetItem($.list, 3)', 'States.ArrayRange(0, 1000, 1)',
    'States.JsonMerge($.o, $.o, true)', "States.Hash('x', 'MD6')",
  ])('%s fails', async (expression) => {
    const execution = await world.run({ P: { Type: 'Pass', End: true, Parameters: { 'x.$': expression } } }, { n: 3, list: [1, 2, 2], o: {} });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.IntrinsicFailure' });
  });
});

describe('Choice', () => {
  async function choose(rule: object, input: Json): Promise<Json> {
    return outputOf(await world.run({
      C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
      Yes: { Type: 'Pass', Result: true, End: true },
      No: { Type: 'Pass', Result: false, End: true },
    }, input));
  }
  const time = (minute: number) => `2026-01-01T00:0${minute}:00Z`;

  test.each<[object, Json, boolean]>([
    [{ StringEquals: 'a' }, 'a', true], [{ StringEquals: 'a' }, 'b', false], [{ StringEquals: 'a' }, 1, false],
    [{ StringLessThan: 'b' }, 'a', true], [{ StringLessThan: 'b' }, 'b', false], [{ StringGreaterThan: 'a' }, 'b', true],
    [{ StringLessThanEquals: 'b' }, 'b', true], [{ StringGreaterThanEquals: 'b' }, 'a', false],
    [{ NumericEquals: 1 }, 1, true], [{ NumericEquals: 1 }, '1', false], [{ NumericLessThan: 2 }, 2, false], [{ NumericGreaterThan: 2 }, 3, true],
    [{ NumericLessThanEquals: 2 }, 2, true], [{ NumericGreaterThanEquals: 2 }, 1, false],
    [{ BooleanEquals: false }, false, true], [{ BooleanEquals: false }, 'false', false],
    [{ TimestampEquals: '2026-01-01T01:00:00+01:00' }, '2026-01-01T00:00:00.000Z', true], [{ TimestampLessThan: time(2) }, time(1), true],
    [{ TimestampGreaterThan: time(2) }, time(2), false], [{ TimestampGreaterThanEquals: time(2) }, time(2), true], [{ TimestampLessThanEquals: time(2) }, 'soon', false],
    [{ StringMatches: 'a*c' }, 'abbc', true], [{ StringMatches: 'a*c' }, 'abcd', false], [{ StringMatches: 'a.c' }, 'abc', false],
    [{ StringMatches: 'a\\*c' }, 'a*c', true], [{ StringMatches: 'a\\*c' }, 'abc', false],
    [{ IsNull: true }, null, true], [{ IsNull: false }, null, false], [{ IsString: true }, 'a', true], [{ IsNumeric: true }, '1', false],
    [{ IsBoolean: true }, false, true], [{ IsTimestamp: true }, time(1), true], [{ IsTimestamp: true }, '2026-01-01', false], [{ IsTimestamp: true }, '2026-02-30T00:00:00Z', false],
    [{ IsPresent: true }, null, true],
  ])('%j of %j is %s', async (comparison, value, expected) => {
    expect(await choose({ Variable: '$.v', ...comparison }, { v: value })).toBe(expected);
  });

  test('compares with another part of the input', async () => {
    expect(await choose({ Variable: '$.v', NumericLessThanPath: '$.max' }, { v: 1, max: 2 })).toBe(true);
    expect(await choose({ Variable: '$.v', StringEqualsPath: '$$.Execution.Input.w' }, { v: 'x', w: 'y' })).toBe(false);
  });

  test('combines', async () => {
    const is = (value: number) => ({ Variable: '$.v', NumericEquals: value });
    expect(await choose({ And: [is(1), { Not: is(2) }] }, { v: 1 })).toBe(true);
    expect(await choose({ Or: [is(1), is(2)] }, { v: 3 })).toBe(false);
    expect(await choose({ And: [{ Variable: '$.w', IsPresent: true }, { Variable: '$.w', NumericEquals: 1 }] }, { v: 1 })).toBe(false);
  });

  test('fails where the variable is missing, unless that is the question', async () => {
    expect(await choose({ Variable: '$.w', IsPresent: false }, { v: 1 })).toBe(true);
    await expect(choose({ Variable: '$.w', NumericEquals: 1 }, { v: 1 })).rejects.toThrow('States.Runtime');
    await expect(choose({ Variable: '$.w', IsNull: true }, { v: 1 })).rejects.toThrow('States.Runtime');
  });

  test('fails where nothing matches and there is no default', async () => {
    const states = { C: { Type: 'Choice', Choices: [{ Variable: '$.v', NumericEquals: 1, Next: 'S' }] }, S: { Type: 'Succeed' } };
    expect(await world.run(states, { v: 2 })).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });
});

describe('Wait', () => {
  test.each<[object, number]>([
    [{ Seconds: 90 }, 90], [{ Seconds: 0 }, 0], [{ SecondsPath: '$.seconds' }, 120], [{ Timestamp: '2026-01-01T01:00:00Z' }, 3600], [{ TimestampPath: '$.when' }, 7200],
    [{ Timestamp: '2020-01-01T00:00:00Z' }, 0],
  ])('%j takes %i s', async (fields, seconds) => {
    const execution = await world.run({ W: { Type: 'Wait', End: true, ...fields } }, { seconds: 120, when: '2026-01-01T03:00:00+01:00' });
    expect(outputOf(execution)).toHaveProperty('seconds');
    expect((Number(execution.stopDate) - execution.startDate) / 1000).toBe(seconds);
  });

  test.each([{ SecondsPath: '$.text' }, { TimestampPath: '$.text' }, { SecondsPath: '$.negative' }])('%j fails', async (fields) => {
    expect(await world.run({ W: { Type: 'Wait', End: true, ...fields } }, { text: 'soon', negative: -1 })).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

describe('Succeed and Fail', () => {
  test('Succeed ends with its input', async () => {
    expect(outputOf(await world.run({ S: { Type: 'Succeed', InputPath: '$.a' } }, { a: 1 }))).toBe(1);
  });

  test.each([
    [{ Error: 'Mine', Cause: 'because' }, 'Mine', 'because'],
    [{ ErrorPath: '$.e', CausePath: "States.Format('{}!', $.e)" }, 'Dynamic', 'Dynamic!'],
  ])('Fail %j', async (fields, error, cause) => {
    expect(await world.run({ F: { Type: 'Fail', ...fields } }, { e: 'Dynamic' })).toMatchObject({ status: 'FAILED', error, cause });
  });
});

describe('a Lambda task', () => {
  test('by ARN gets the input and gives the answer', async () => {
    world.lambda.functions[FN] = (payload) => ({ got: payload });
    expect(outputOf(await world.run({ T: task() }, { a: 1 }))).toEqual({ got: { a: 1 } });
    expect(world.iam.asked).toEqual(expect.arrayContaining([`states.amazonaws.com sts:AssumeRole ${ROLE}`, `${ROLE} lambda:InvokeFunction ${FN}`]));
  });

  test('by integration gets its payload and gives the whole answer', async () => {
    world.lambda.functions[FN] = (payload) => ({ got: payload });
    const state = task({
      Resource: 'arn:aws:states:::lambda:invoke', Parameters: { 'FunctionName': FN, 'Payload.$': '$.a' }, ResultSelector: { 'x.$': '$.Payload.got', 'code.$': '$.StatusCode' },
    });
    expect(outputOf(await world.run({ T: state }, { a: 1 }))).toEqual({ x: 1, code: 200 });
  });

  test('may be an event', async () => {
    const state = task({ Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'fn', InvocationType: 'Event', Payload: { a: 1 } } });
    expect(outputOf(await world.run({ T: state }))).toMatchObject({ StatusCode: 202 });
    expect(world.lambda.events).toEqual([{ a: 1 }]);
  });

  test('fails as its function calls the error, with the payload as the cause', async () => {
    world.lambda.functions[FN] = failWith('My.Error', 'no');
    expect(await world.run({ T: task() })).toMatchObject({ status: 'FAILED', error: 'My.Error', cause: '{"errorType":"My.Error","errorMessage":"no"}' });
  });

  test('fails where the function does not exist', async () => {
    expect(await world.run({ T: task() })).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException', cause: expect.stringContaining(FN) });
  });

  test('fails where the role may not invoke', async () => {
    world.lambda.functions[FN] = () => 1;
    world.iam.denied.add('lambda:InvokeFunction');
    expect(await world.run({ T: task() })).toMatchObject({
      status: 'FAILED', error: 'Lambda.AWSLambdaException', cause: expect.stringMatching(/is not authorized to perform: lambda:InvokeFunction .*Status Code: 403; Error Code: AccessDenied/),
    });
  });
});

describe('an SDK task', () => {
  const resource = 'arn:aws:states:::aws-sdk:cloudformation:signalResource';

  test('calls what it was given, as the machine\'s role', async () => {
    const calls: unknown[] = [];
    world = new World({ 'cloudformation:signalResource': async (principal, parameters) => { calls.push([principal.roleArn, parameters]); } });
    expect(outputOf(await world.run({ T: task({ Resource: resource, Parameters: { 'UniqueId.$': '$.id' } }) }, { id: 'x' }))).toEqual({});
    expect(calls).toEqual([[ROLE, { UniqueId: 'x' }]]);
  });

  test('fails under the name of the service and the error', async () => {
    world = new World({ 'cloudformation:signalResource': async () => { throw new AwsError('ValidationError', 'not now', 400); } });
    expect(await world.run({ T: task({ Resource: resource }) })).toMatchObject({
      status: 'FAILED', error: 'CloudFormation.CloudFormationException', cause: expect.stringMatching(/^not now \(Service: CloudFormation, Status Code: 400, Request ID: [0-9a-f-]{36}\)$/),
    });
  });
});

describe('Retry', () => {
  /** How many seconds after the start the function was called, if it fails that often. */
  async function attempts(retry: object[], errors: string[]) {
    const times: number[] = [];
    const left = [...errors];
    world.lambda.functions[FN] = () => {
      times.push(world.elapsed);
      const error = left.shift();
      if (error !== undefined) failWith(error)();
    };
    return { execution: await world.run({ T: task({ Retry: retry }) }), times };
  }

  test('tries three times more by default, after 1, 2 and 4 seconds', async () => {
    const { execution, times } = await attempts([{ ErrorEquals: ['States.ALL'] }], Array(9).fill('X'));
    expect(times).toEqual([0, 1, 3, 7]);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'X' });
  });

  test('waits as it is told, up to the maximum', async () => {
    const retry = { ErrorEquals: ['X'], IntervalSeconds: 10, BackoffRate: 3, MaxAttempts: 4, MaxDelaySeconds: 60 };
    expect((await attempts([retry], Array(4).fill('X'))).times).toEqual([0, 10, 40, 100, 160]);
  });

  test('waits up to that long with full jitter, and in every run the same', async () => {
    const retry = { ErrorEquals: ['X'], IntervalSeconds: 100, BackoffRate: 1, MaxAttempts: 20, JitterStrategy: 'FULL' };
    const { times } = await attempts([retry], Array(20).fill('X'));
    const delays = times.slice(1).map((time, index) => time - times[index]);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...delays)).toBeLessThan(40);
    expect(Math.max(...delays)).toBeGreaterThan(60);
    expect(Math.max(...delays)).toBeLessThan(100);
    world = new World();
    expect((await attempts([retry], Array(20).fill('X'))).times).toEqual(times);
    // Another execution has other delays.
    const start = world.elapsed;
    expect((await attempts([retry], Array(20).fill('X'))).times.map((time) => time - start)).not.toEqual(times);
  });

  test('never with MaxAttempts 0', async () => {
    expect((await attempts([{ ErrorEquals: ['X'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }], ['X'])).execution.status).toBe('FAILED');
  });

  test('counts each retrier on its own', async () => {
    const { execution, times } = await attempts([
      { ErrorEquals: ['X'], IntervalSeconds: 1, MaxAttempts: 1 }, { ErrorEquals: ['Y', 'Z'], IntervalSeconds: 10, MaxAttempts: 2, BackoffRate: 1 },
    ], ['X', 'Y', 'Z']);
    expect(times).toEqual([0, 1, 11, 21]);
    expect(execution.status).toBe('SUCCEEDED');
  });

  test.each([
    ['States.TaskFailed', 'Anything', 2], ['States.TaskFailed', 'States.Timeout', 1], ['States.Timeout', 'States.Timeout', 2], ['X', 'Y', 1],
    ['States.ALL', 'States.Timeout', 2], ['States.ALL', 'States.Runtime', 1], ['States.TaskFailed', 'States.Runtime', 1],
    ['States.Runtime', 'States.Runtime', 1], ['States.DataLimitExceeded', 'States.DataLimitExceeded', 1],
  ])('%s for %s makes %i attempts', async (errorEquals, error, count) => {
    expect((await attempts([{ ErrorEquals: [errorEquals], MaxAttempts: 1 }], [error, error])).times).toHaveLength(count);
  });

  test('tells the state how often it was tried', async () => {
    const seen: Json[] = [];
    world.lambda.functions[FN] = (payload) => { seen.push(payload); failWith('X')(); };
    await world.run({ T: task({ Parameters: { 'n.$': '$$.State.RetryCount' }, Retry: [{ ErrorEquals: ['X'], MaxAttempts: 2 }] }) });
    expect(seen).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });
});

describe('Catch', () => {
  const states = (catchers: object[], more: object = {}) => ({ T: task({ Catch: catchers, ...more }), E: { Type: 'Pass', End: true } });

  test('goes on with the error in the place of the input', async () => {
    world.lambda.functions[FN] = failWith('X', 'no');
    expect(outputOf(await world.run(states([{ ErrorEquals: ['Y'], Next: 'T' }, { ErrorEquals: ['X'], Next: 'E' }]), { a: 1 })))
      .toEqual({ Error: 'X', Cause: '{"errorType":"X","errorMessage":"no"}' });
  });

  test.each<[string | null, (error: Json) => Json]>([['$.error', (error) => ({ a: 1, error })], [null, () => ({ a: 1 })]])('with ResultPath %s', async (path, expected) => {
    world.lambda.functions[FN] = failWith('X');
    expect(outputOf(await world.run(states([{ ErrorEquals: ['States.ALL'], ResultPath: path, Next: 'E' }]), { a: 1 })))
      .toEqual(expected({ Error: 'X', Cause: expect.any(String) as unknown as Json }));
  });

  test('comes after the last retry', async () => {
    let calls = 0;
    world.lambda.functions[FN] = () => { calls++; failWith('X')(); };
    const execution = await world.run(states([{ ErrorEquals: ['States.ALL'], Next: 'E' }], { Retry: [{ ErrorEquals: ['X'], MaxAttempts: 2 }] }));
    expect(execution.status).toBe('SUCCEEDED');
    expect(calls).toBe(3);
  });

  test.each(['States.ALL', 'States.TaskFailed', 'States.Runtime'])('of %s does not catch what went wrong in the machine itself', async (name) => {
    world.lambda.functions[FN] = () => ({});
    expect(await world.run(states([{ ErrorEquals: [name], Next: 'E' }], { ResultSelector: { 'x.$': '$.y' } }))).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

describe('time', () => {
  test.each<[object, string]>([[{ Seconds: 20 }, 'TIMED_OUT'], [{ Seconds: 10 }, 'SUCCEEDED']])('a machine\'s TimeoutSeconds ends it: %j', async (wait, status) => {
    const execution = await world.run({ W: { Type: 'Wait', ...wait, Next: 'S' }, S: { Type: 'Succeed' } }, {}, { TimeoutSeconds: 15 });
    expect(execution.status).toBe(status);
    expect((Number(execution.stopDate) - execution.startDate) / 1000).toBe(status === 'TIMED_OUT' ? 15 : 10);
    expect(execution.history.at(-1)?.type).toBe(status === 'TIMED_OUT' ? 'ExecutionTimedOut' : 'ExecutionSucceeded');
  });

  test('a task is never late, because the clock stands still for it', async () => {
    world.lambda.functions[FN] = async () => { for (let turn = 0; turn < 20; turn++) await setImmediate(); };
    const execution = await world.run({ T: task({ TimeoutSeconds: 1 }) }, {}, { TimeoutSeconds: 1 });
    expect(execution).toMatchObject({ status: 'SUCCEEDED', stopDate: execution.startDate });
  });
});

describe('Parallel and Map', () => {
  test('branches run at the same time on the same input', async () => {
    const branch = (s: number) => ({
      StartAt: `W${s}`,
      States: { [`W${s}`]: { Type: 'Wait', Seconds: s, Next: `P${s}` }, [`P${s}`]: { Type: 'Pass', Parameters: { s, 'a.$': '$.a' }, End: true } },
    });
    const execution = await world.run({ P: { Type: 'Parallel', Branches: [branch(20), branch(10)], ResultPath: '$.all', End: true } }, { a: 1 });
    expect(outputOf(execution)).toEqual({ a: 1, all: [{ s: 20, a: 1 }, { s: 10, a: 1 }] });
    expect((Number(execution.stopDate) - execution.startDate) / 1000).toBe(20);
  });

  test('a branch that fails ends the others and can be caught', async () => {
    world.lambda.functions[FN] = () => 1;
    const failing = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'X', Cause: 'no' } } };
    const waiting = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1000, Next: 'T' }, T: task() } };
    const execution = await world.run({ P: { Type: 'Parallel', Branches: [waiting, failing], Catch: [{ ErrorEquals: ['X'], Next: 'E' }], End: true }, E: { Type: 'Succeed' } });
    expect(outputOf(execution)).toEqual({ Error: 'X', Cause: 'no' });
    await world.clock.sleep(10_000_000);
    expect(execution.history.map(({ type }) => type)).not.toContain('LambdaFunctionScheduled');
  });

  test('a Map runs its processor on each item, in order', async () => {
    world.lambda.functions[FN] = (payload) => payload;
    const state = {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'all.$': '$.base' },
      MaxConcurrency: 1,
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'T', States: { T: task() } },
      End: true,
    };
    expect(outputOf(await world.run({ M: state }, { items: ['a', 'b'], base: 7 }))).toEqual([{ i: 0, v: 'a', all: 7 }, { i: 1, v: 'b', all: 7 }]);
    expect(outputOf(await world.run({ M: { ...state, ItemsPath: '$.none' } }, { none: [], base: 7 }))).toEqual([]);
    expect(await world.run({ M: state }, { items: 1 })).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});
