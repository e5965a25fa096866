import { Aws, Lazy, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { check, required, Validator } from '../src/private/faults';
import {
  absoluteBins, accountId, collaborationId, columns, description, generation, glueColumnName, glueDatabaseName, inlinePolicyLength, keyArn,
  minMatchingSeedSize, objectPrefix, oneOf, outputUri, percentageBins, policyLength, resourceName, roleArn, sameAsStack, tags, timeWindow,
  validDate,
} from '../src/private/validation';

const ok = <T>(validate: Validator<T>, value: T) => expect(validate(value)).toEqual([]);
const refused = <T>(validate: Validator<T>, value: T) => expect(validate(value).length).toBeGreaterThan(0);
const chars = (count: number) => 'x'.repeat(count);

const column = (type: string, name = type) => ({ columnName: name, columnType: type });
const REQUIRED = [column('USER_ID'), column('ITEM_ID'), column('TIMESTAMP')];
const features = (count: number, type = 'NUMERICAL_FEATURE') => Array.from({ length: count }, (_, index) => column(type, `f${index}`));
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const tagMap = (count: number) => Object.fromEntries(numbers(count).map((n) => [`key${n}`, 'v']));

describe.each<[string, Validator<string>, string[], string[]]>([
  ['resourceName', resourceName,
    ['a', chars(63), 'tab\there', ' padded ', 'ünï', '\uFFFD'],
    ['', chars(64), ' ', '\t', 'line\nbreak', 'emoji 🛒', 'bell\u0007', '\uFFFE']],
  ['description', description,
    ['', chars(255), 'two\r\nlines', ' '],
    [chars(256), 'emoji 🛒', 'bell\u0007']],
  ['generation', generation, ['1', chars(64)], ['', chars(65)]],
  ['roleArn', roleArn,
    ['arn:aws:iam::111122223333:role/r', 'arn:aws-us-gov:iam::111122223333:role/path/r', `arn:aws:iam::111122223333:role/${chars(2017)}`],
    ['arn:aws:iam:111122223333:role/r', 'arn:aws:iam::11112222333:role/r', 'arn:aws:iam::111122223333:user/r', 'arn:aws:iam::111122223333:role/',
      `arn:aws:iam::111122223333:role/${chars(2018)}`, 'x arn:aws:iam::111122223333:role/r', 'arn:aws:iam::111122223333:role/*',
      'arn:aws:iam::111122223333:role/a?', 'arn:aws:iam::111122223333:role/${a}']],
  ['keyArn', keyArn,
    ['arn:aws:kms:us-east-1:111122223333:key/1234'],
    ['arn:aws:kms:us-east-1:111122223333:alias/mine', 'alias/mine', '1234', 'arn:aws:kms:us-east-1:111122223333:key/', 'arn:aws:kms::111122223333:key/1',
      'arn:aws:kms:us-east-1:111122223333:key/*']],
  ['glueColumnName', glueColumnName,
    ['user_id', 'user-id', 'user id', 'aa-b-c', '_', '9', chars(128)],
    ['', ' user', '-x', 'a-b', 'x-', 'a--b', 'a.b', chars(129), 'ü']],
  ['glueDatabaseName', glueDatabaseName, ['retail', 'my-db', '_', chars(128)], ['', 'my db', '-x', 'a-b', 'x-', 'a--b', chars(129)]],
  ['accountId', accountId, ['111122223333'], ['11112222333', '1111222233334', '11112222333a']],
  ['collaborationId', collaborationId,
    ['a1b2c3d4-5678-90ab-cdef-1234567890ab'],
    ['A1B2C3D4-5678-90AB-CDEF-1234567890AB', 'a1b2c3d4-5678-90ab-cdef-1234567890a', 'a1b2c3d4567890abcdef1234567890abcdef', '']],
  ['objectPrefix', objectPrefix, ['', 'clicks', 'clicks/', 'a/b c/ü/', '$a/', '{a}/', '$ {a}'], ['/', '/clicks', 'clicks/*', 'cl?cks', 'home/${aws:username}/', '${']],
  ['oneOf', oneOf({ A: 'a', B: 'b' }), ['a', 'b'], ['', 'A', 'ab']],
])('%s', (_name, validate, allowed, forbidden) => {
  test.each(allowed)('allows %j', (value) => ok(validate, value));
  test.each(forbidden)('refuses %j', (value) => refused(validate, value));
  test('lets a token pass', () => ok(validate, Lazy.string({ produce: () => '' })));
  test('lets a text with a token in it pass', () => ok(validate, `${Aws.ACCOUNT_ID}*`));
  test('lets an absent value pass', () => expect(validate(undefined)).toEqual([]));
});

describe('minMatchingSeedSize', () => {
  test.each([25, 500, 500_000])('allows %d', (size) => ok(minMatchingSeedSize, size));
  test.each([24, 500_001, 0, -25, 25.5, NaN, Infinity])('refuses %d', (size) => refused(minMatchingSeedSize, size));
  test('lets a token pass', () => ok(minMatchingSeedSize, Lazy.number({ produce: () => 1 })));
});

describe.each<[string, Validator<number[]>, number]>([
  ['absoluteBins', absoluteBins, 20_000_000],
  ['percentageBins', percentageBins, 100],
])('%s', (_name, validate, max) => {
  test.each([[[1]], [[max]], [[1, max]], [numbers(25)]])('allows %j', (bins) => ok(validate, bins));
  test.each([[[]], [[0]], [[max + 1]], [[1.5]], [[NaN]], [[1, 1]], [numbers(26)]])('refuses %j', (bins) => refused(validate, bins));
  test('lets a token among the bins pass', () => ok(validate, [1, Lazy.number({ produce: () => 0 }), Lazy.number({ produce: () => 0 })]));
  test('lets a list token pass', () => ok(validate, Token.asList(Lazy.list({ produce: () => [] })) as unknown as number[]));
  test('reports every bad bin', () => expect(validate([0, -1])).toHaveLength(2));
});

describe('columns', () => {
  test('allows one column of each required type', () => ok(columns, REQUIRED));
  test.each(REQUIRED.map(({ columnType }) => columnType))('refuses a schema without %s', (type) => {
    expect(columns(REQUIRED.filter(({ columnType }) => columnType !== type))).toEqual([`there must be exactly one ${type} column but there are 0`]);
  });
  test.each(REQUIRED.map(({ columnType }) => columnType))('refuses a schema with two of %s', (type) => {
    expect(columns([...REQUIRED, column(type, 'another')])).toEqual([`there must be exactly one ${type} column but there are 2`]);
  });
  test('allows 10 features', () => ok(columns, [...REQUIRED, ...features(10)]));
  test('refuses 11 features', () => refused(columns, [...REQUIRED, ...features(11)]));
  test('counts features of both types together', () => {
    refused(columns, [...REQUIRED, ...features(5), ...features(6, 'CATEGORICAL_FEATURE').map((f) => column(f.columnType, `c${f.columnName}`))]);
  });
  test('refuses a column that is listed twice, and says so once', () => {
    expect(columns([...REQUIRED, ...features(1), ...features(1), ...features(1)])).toEqual(['column "f0" may be listed only once; remove the others']);
  });
  test('does not compare tokens', () => {
    const name = Lazy.string({ produce: () => 'a' });
    ok(columns, [...REQUIRED, column('NUMERICAL_FEATURE', name), column('NUMERICAL_FEATURE', name)]);
  });
});

describe('tags', () => {
  test('allows 47, because three of 50 are the library\'s', () => ok(tags, tagMap(47)));
  test('refuses 48, and says why there are not 50', () => {
    expect(tags(tagMap(48))).toEqual([
      "there may be at most 47 tags (the service's 50 less the 3 that this library sets) but there are 48; remove some",
    ]);
  });
  test.each([[chars(128), chars(256)], ['k', ''], ['AWS', 'v'], ['my:aws:', 'v']])('allows %j = %j', (key, value) => ok(tags, { [key]: value }));
  test.each([['', 'v'], [chars(129), 'v'], ['k', chars(257)], ['aws:x', 'v'], ['AWS:x', 'v'], ['Aws:x', 'v'], ['cdk-cleanrooms-ml:stack-id', 'v']])(
    'refuses %j = %j', (key, value) => refused(tags, { [key]: value }));
  test('lets tokens pass', () => ok(tags, { k: Lazy.string({ produce: () => chars(300) }) }));
});

describe('outputUri', () => {
  test('allows 1,285 characters in all', () => ok(outputUri(chars(63)), chars(1285 - 6 - 63)));
  test('refuses 1,286', () => refused(outputUri(chars(63)), chars(1286 - 6 - 63)));
  test('takes a bucket that is not known yet for the shortest', () => {
    ok(outputUri(Aws.NO_VALUE), chars(1285 - 6 - 3));
    refused(outputUri(Aws.NO_VALUE), chars(1286 - 6 - 3));
  });
});

describe('times', () => {
  const at = (ms: number) => new Date(ms);
  test('a start before the end is allowed', () => expect(timeWindow(at(0), at(1))).toEqual([]));
  test('a start at the end is refused', () => expect(timeWindow(at(1), at(1))).toHaveLength(1));
  test('a start after the end is refused', () => expect(timeWindow(at(2), at(1))).toHaveLength(1));
  test('either end may be open', () => expect([timeWindow(at(0), undefined), timeWindow(undefined, at(0))]).toEqual([[], []]));
  test('an invalid date is refused', () => refused(validDate, new Date('yesterday')));
  test('a valid date is allowed', () => ok(validDate, at(0)));
});

describe('policyLength', () => {
  test('allows 20,480 characters', () => ok(policyLength, 20_480));
  test('refuses 20,481', () => refused(policyLength, 20_481));
});

describe('inlinePolicyLength', () => {
  test('allows 10,240 characters', () => ok(inlinePolicyLength, 10_240));
  test('refuses 10,241', () => refused(inlinePolicyLength, 10_241));
});

describe('sameAsStack', () => {
  test('allows the same', () => ok(sameAsStack('us-east-1', ''), 'us-east-1'));
  test('refuses another', () => refused(sameAsStack('us-east-1', ''), 'us-east-2'));
  test('knows nothing of tokens on either side', () => {
    ok(sameAsStack(Aws.REGION, ''), 'us-east-2');
    ok(sameAsStack('us-east-1', ''), Aws.REGION);
  });
});

test('what is required must be there', () => {
  expect(required(generation, 'choose one')(undefined)).toEqual(['it is required; choose one']);
  expect(required(generation, 'choose one')('1')).toEqual([]);
  expect(required(generation, 'choose one')('')).toHaveLength(1);
});

test('a fault names the property, the value, what is allowed and what to do', () => {
  expect(check('generation', '', generation)).toEqual([
    'generation: got ""; it must have 1 to 64 characters but has 0; use a short string such as "2" or "2026-06"',
  ]);
});

test.each([[NaN, 'NaN'], [-1, '-1']])('a number is shown as it is: %d', (value, shown) => {
  expect(check('minMatchingSeedSize', value, minMatchingSeedSize)[0]).toContain(`got ${shown};`);
});

test('a long value is cut in the message', () => {
  expect(check('description', chars(5000), description)[0].length).toBeLessThan(300);
});

test('column names are judged as the pattern of the service does', () => {
  const pattern = /^[a-zA-Z0-9_](([a-zA-Z0-9_ ]+-)*([a-zA-Z0-9_ ]+))?$/;
  fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', '_', '-', ' ', '.', '9') }), (name) => {
    expect(glueColumnName(name).length === 0).toBe(pattern.test(name));
  }), { seed: 1 });
});
