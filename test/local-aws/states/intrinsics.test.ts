import { evaluateIntrinsic } from '../../../local-aws/states/intrinsics';
import type { Json } from '../../../local-aws/states/json';

/* The edges of the intrinsic functions: what they take at most, and what they refuse. */

const DATA: Record<string, Json> = { '$.list': [3, 1, 3], '$.objects': [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 2 }], '$.text': 'x', '$.o': { a: 1 }, '$.many': Array(5).fill(0) };
const evaluate = (expression: string) => evaluateIntrinsic(expression, (path) => DATA[path]);

test.each<[string, Json]>([
  ['States.ArrayRange(5, 1, -2)', [5, 3, 1]],
  ['States.ArrayRange(1, 1, 1)', [1]],
  ['States.ArrayRange(1, 0, 1)', []],
  ['States.ArrayPartition($.many, 2)', [[0, 0], [0, 0], [0]]],
  ['States.ArrayPartition($.many, 5)', [[0, 0, 0, 0, 0]]],
  ['States.ArrayPartition($.many, 1)', [[0], [0], [0], [0], [0]]],
  ['States.ArrayGetItem($.list, 0)', 3],
  ['States.ArrayGetItem($.list, 2)', 3],
  ['States.ArrayUnique($.list)', [3, 1]],
  ['States.ArrayUnique($.objects)', [{ a: 1, b: 2 }, { a: 2 }]],
  ['States.ArrayContains($.objects, $.o)', false],
  ['States.ArrayLength(States.Array())', 0],
  ['States.MathAdd(1.4, 1.5)', 3],
  ["States.StringSplit('a]b^c-d', ']^-')", ['a', 'b', 'c', 'd']],
  ["States.StringSplit(',a,,b,', ',')", ['a', 'b']],
  ["States.Format('{}-{}', null, $.o)", 'null-{"a":1}'],
  ["States.Format( '\\\\{}' , 'a, (b)' )", '\\a, (b)'],
  ["States.Hash('hi', 'MD5')", '49f68a5c8493ec2c0bf489821c21fc3b'],
])('%s', (expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test.each([['MD5', 32], ['SHA-1', 40], ['SHA-256', 64], ['SHA-384', 96], ['SHA-512', 128]])('%s has %s digits, of text and of anything else', (algorithm, length) => {
  expect(evaluate(`States.Hash($.text, '${algorithm}')`)).toHaveLength(length);
  expect(evaluate(`States.Hash($.o, '${algorithm}')`)).toBe(evaluate(`States.Hash('{"a":1}', '${algorithm}')`));
});

test('a range has 1,000 items at most', () => {
  expect(evaluate('States.ArrayRange(1, 1000, 1)')).toHaveLength(1000);
  expect(() => evaluate('States.ArrayRange(1, 1001, 1)')).toThrow('at most 1000 items');
});

test.each([
  ['States.ArrayRange(1, 2, 0)', 'at most 1000 items'],
  ['States.ArrayPartition($.many, 0)', 'positive size'],
  ['States.ArrayGetItem($.list, -1)', 'no item -1'],
  ['States.ArrayGetItem($.list, 3)', 'no item 3'],
  ['States.ArrayLength($.text)', 'expected an array'],
  ['States.MathAdd($.text, 1)', 'expected a number'],
  ['States.Base64Encode($.list)', 'expected a string'],
  ["States.StringToJson('{')", 'is not JSON'],
  ["States.Format('{} {}', 1)", 'fewer arguments'],
  ["States.Format('{}', 1, 2)", 'more arguments'],
  ['States.JsonMerge($.o, $.list, false)', 'two objects'],
  ['States.JsonMerge($.list, $.o, false)', 'two objects'],
  ['States.JsonMerge($.o, $.o, true)', 'only merges shallowly'],
  ["States.Hash($.text, 'MD-5')", 'does not know MD-5'],
])('%s fails: %s', (expression, reason) => {
  expect(() => evaluate(expression)).toThrow(reason);
});
