import { FN, outputOf, World } from './harness';
import type { Json } from '../../../local-aws/states/json';
import { parseDefinition } from '../../../local-aws/states/validate';

let world: World;
beforeEach(() => { world = new World(); });

const JSONATA = { QueryLanguage: 'JSONata' };
const failWith = (name: string) => () => { throw Object.assign(new Error('because'), { name }); };

/** What the variables hold after these states, which end at `Z`. */
async function jsonata(states: Record<string, object>, output: Json, input: Json = {}): Promise<Json> {
  return outputOf(await world.run({ ...states, Z: { Type: 'Succeed', Output: output } }, input, JSONATA));
}

async function jsonPath(states: Record<string, object>, parameters: Json, input: Json = {}): Promise<Json> {
  return outputOf(await world.run({ ...states, Z: { Type: 'Pass', Parameters: parameters, End: true } }, input));
}

describe('in JSONata', () => {
  test('a value is there from the next state on', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { x: 1, deep: { list: ['{% $states.input.n %}'] } }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $x + 1 %}', old: '{% $x %}' }, Output: '{% $x %}', Next: 'Z' },
    };
    expect(await jsonata(states, ['{% $x %}', '{% $old %}', '{% $deep.list %}', '{% $states.input %}'], { n: 5 })).toEqual([2, 1, [5], 1]);
  });

  test('tasks, choices, waits and catchers assign', async () => {
    world.lambda.functions[FN] = (payload) => (payload === null ? failWith('X')() : { n: 1 });
    const states = {
      T: { Type: 'Task', Resource: FN, Assign: { task: '{% $states.result.n %}' }, Next: 'C' },
      C: { Type: 'Choice', Choices: [{ Condition: true, Assign: { rule: '{% $task + 1 %}' }, Next: 'D' }], Default: 'Z', Assign: { rule: 'not this' } },
      D: { Type: 'Choice', Choices: [{ Condition: false, Assign: { default: 'not this' }, Next: 'Z' }], Default: 'W', Assign: { default: '{% $rule + 1 %}' } },
      W: { Type: 'Wait', Seconds: 1, Assign: { wait: '{% $millis() %}' }, Next: 'E' },
      E: {
        Type: 'Task',
        Resource: FN,
        Arguments: '{% null %}',
        Assign: { caught: 'not this' },
        Catch: [{ ErrorEquals: ['X'], Assign: { caught: '{% $states.errorOutput.Error %}' }, Next: 'Z' }],
        End: true,
      },
    };
    expect(await jsonata(states, ['{% $task %}', '{% $rule %}', '{% $default %}', '{% $wait %}', '{% $caught %}'])).toEqual([1, 2, 3, world.start + 1000, 'X']);
  });

  test('a variable without a value is an error', async () => {
    expect(await world.run({ P: { Type: 'Pass', Output: '{% $x %}', End: true } }, {}, JSONATA)).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('branches and iterations read outer variables, and keep their own', async () => {
    const branch = (value: number) => ({
      StartAt: `A${value}`,
      States: {
        [`A${value}`]: { Type: 'Pass', Assign: { inner: '{% $outer + $states.input %}' }, Next: `B${value}` },
        [`B${value}`]: { Type: 'Pass', Output: [value, '{% $inner %}', '{% $outer %}'], End: true },
      },
    });
    const states = {
      A: { Type: 'Pass', Assign: { outer: 10 }, Next: 'P' },
      P: { Type: 'Parallel', Branches: [branch(1), branch(2)], Arguments: '{% 5 %}', Assign: { outer: 20, parallel: '{% $states.result %}' }, Next: 'M' },
      M: { Type: 'Map', Items: [1, 2], ItemProcessor: branch(3), Assign: { map: '{% $states.result %}' }, Next: 'Z' },
    };
    expect(await jsonata(states, ['{% $parallel %}', '{% $map %}', '{% $exists($inner) %}'])).toEqual([
      [[1, 15, 10], [2, 15, 10]], [[3, 21, 20], [3, 22, 20]], false,
    ]);
  });

  test('a distributed Map does not read outer variables', async () => {
    const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: 'P', States: { P: { Type: 'Pass', Output: '{% $exists($outer) %}', End: true } } };
    const states = { A: { Type: 'Pass', Assign: { outer: 1 }, Next: 'M' }, M: { Type: 'Map', Items: [1], ItemProcessor: processor, Next: 'Z' } };
    expect(await jsonata(states, '{% $states.input %}')).toEqual([false]);
  });

  test('one state assigns 256 KiB and not more', async () => {
    const assign = (size: number) => world.run({ P: { Type: 'Pass', Assign: { x: `{% $pad('', ${size}) %}` }, Output: 1, End: true } }, {}, JSONATA);
    expect((await assign(262_136)).status).toBe('SUCCEEDED');
    expect(await assign(262_137)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('in JSONPath', () => {
  test('a template assigns, and paths read', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { 'x': { literal: true }, 'y.$': '$.list[1]', 'id.$': '$$.State.Name' }, Next: 'B' },
      B: { Type: 'Pass', Assign: { 'x.$': '$y', 'old.$': '$x.literal' }, Next: 'Z' },
    };
    const read = { 'x.$': '$x', 'old.$': '$old', 'deep.$': '$y.z', 'text.$': "States.Format('{}-{}', $id, $y.z)" };
    expect(await jsonPath(states, read, { list: [0, { z: 1 }] })).toEqual({ x: { z: 1 }, old: true, deep: 1, text: 'A-1' });
  });

  test('$ is the result, the error, or the effective input', async () => {
    world.lambda.functions[FN] = (payload) => (payload === 'fail' ? failWith('X')() : { n: 1 });
    const states = {
      T: { Type: 'Task', Resource: FN, ResultSelector: { 'm.$': '$.n' }, ResultPath: '$.t', Assign: { 'task.$': '$.n' }, Next: 'P' },
      P: { Type: 'Pass', Result: { p: 2 }, ResultPath: null, Assign: { 'pass.$': '$.p' }, Next: 'W' },
      W: { Type: 'Wait', Seconds: 1, InputPath: '$.t', Assign: { 'wait.$': '$.m' }, OutputPath: '$', Next: 'C' },
      C: { Type: 'Choice', Choices: [{ Variable: '$task', NumericEqualsPath: '$wait', Assign: { 'choice.$': '$.m' }, Next: 'E' }] },
      E: { Type: 'Task', Resource: FN, Parameters: 'fail', Catch: [{ ErrorEquals: ['X'], Assign: { 'caught.$': '$.Error' }, Next: 'Z' }], End: true },
    };
    const read = Object.fromEntries(['task', 'pass', 'wait', 'choice', 'caught'].map((name) => [`${name}.$`, `$${name}`]));
    expect(await jsonPath(states, read)).toEqual({ task: 1, pass: 2, wait: 1, choice: 1, caught: 'X' });
  });

  test('a variable without a value is an error', async () => {
    expect(await world.run({ P: { Type: 'Pass', InputPath: '$x.y', End: true } })).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining("The JSONPath '$x.y' could not be found") });
  });

  test('both languages share the variables', async () => {
    const states = {
      A: { Type: 'Pass', Assign: { 'x.$': '$.n' }, Next: 'B' },
      B: { Type: 'Pass', ...JSONATA, Assign: { x: '{% $x + 1 %}' }, Next: 'M' },
      M: { Type: 'Map', ItemsPath: '$.list', ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', InputPath: '$x', End: true } } }, Next: 'Z' },
    };
    expect(await jsonPath(states, { 'x.$': '$x', 'map.$': '$' }, { n: 1, list: [1, 2] })).toEqual({ x: 2, map: [2, 2] });
  });
});

const pass = (assign: object, more: object = { End: true }) => ({ Type: 'Pass', Assign: assign, ...more });
const inner = (assign: object, name = 'I') => ({ StartAt: name, States: { [name]: pass(assign) } });

test.each<[string, object, string]>([
  ['the reserved name', { A: pass({ states: 1 }) }, 'The value "states" is reserved at /States/A/Assign'],
  ['a part of a variable', { A: pass({ 'x.y': 1 }) }, 'The value "x.y" is not a valid name of a variable'],
  ['a name that begins with a digit', { A: pass({ '1x': 1 }) }, 'is not a valid name of a variable'],
  ['a long name', { A: pass({ ['x'.repeat(81)]: 1 }) }, 'is not a valid name of a variable'],
  ['no object', { A: pass([]) }, 'The value [] is not an object at /States/A/Assign'],
  ['an assignment of Succeed', { A: { Type: 'Succeed', Assign: { x: 1 } } }, 'The field "Assign" is not supported at /States/A'],
  ['an assignment of Fail', { A: { Type: 'Fail', Assign: { x: 1 } } }, 'The field "Assign" is not supported at /States/A'],
  ['an outer variable in a branch', { A: pass({ x: 1 }, { Next: 'B' }), B: { Type: 'Parallel', Branches: [inner({ y: 1 }, 'J'), inner({ x: 1 })], End: true } },
    'The variable "x" is already assigned in an outer scope at /States/B/Branches[1]/States/I/Assign/x'],
  ['a variable that is only assigned outside later', { A: { Type: 'Map', ItemProcessor: inner({ 'x.$': '$' }), Next: 'B' }, B: pass({ x: 1 }) }, 'The variable "x" is already assigned'],
  ['an outer variable of a catcher', { A: { Type: 'Map', Iterator: inner({ x: 1 }), Catch: [{ ErrorEquals: ['X'], Assign: { x: 1 }, Next: 'A' }], End: true } }, '/States/A/Iterator/States/I/Assign/x'],
  ['an outer variable two levels up', {
    A: pass({ x: 1 }, { Next: 'B' }), B: { Type: 'Map', ItemProcessor: { StartAt: 'C', States: { C: { Type: 'Map', ItemProcessor: inner({ x: 1 }), End: true } } }, End: true },
  }, '/States/B/ItemProcessor/States/C/ItemProcessor/States/I/Assign/x'],
  ['a result in a variable', { A: { Type: 'Pass', Result: 1, ResultPath: '$x.y', End: true } }, 'is not a valid reference path'],
  ['a path that is none', { A: pass({ 'x.$': 'y' }) }, 'is not a valid JSONPath at /States/A/Assign/x.$'],
])('refused: %s', (_, states, message) => {
  expect(() => parseDefinition(JSON.stringify({ StartAt: 'A', States: states }), () => true)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});

test('the same name in two branches is two variables', () => {
  const states = { A: { Type: 'Parallel', Branches: [inner({ x: 1 }), inner({ x: 2 }, 'J')], End: true } };
  expect(() => parseDefinition(JSON.stringify({ StartAt: 'A', States: states }), () => true)).not.toThrow();
});
