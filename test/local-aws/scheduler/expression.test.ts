import { nextTime, parseExpression } from '../../../local-aws/scheduler/expression';
import { codeOf } from '../account';

const START = Date.parse('2026-01-01T00:00:00Z');

/** The first times after a moment, as far as there are any. */
function times(count: number, expression: string, { zone = 'UTC', after = '2026-01-01T00:00:00Z' }: { zone?: string; after?: string } = {}): string[] {
  const parsed = parseExpression(expression, zone);
  const found: string[] = [];
  for (let time: number | undefined = Date.parse(after); found.length < count;) {
    time = nextTime(parsed, time, START);
    if (time === undefined) break;
    found.push(new Date(time).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

test.each<[string, string[]]>([
  ['rate(1 minute)', ['2026-01-01T00:01Z', '2026-01-01T00:02Z']],
  ['rate(90 minutes)', ['2026-01-01T01:30Z', '2026-01-01T03:00Z']],
  ['rate(12 hours)', ['2026-01-01T12:00Z', '2026-01-02T00:00Z']],
  ['rate(7 days)', ['2026-01-08T00:00Z', '2026-01-15T00:00Z']],
  ['at(2026-03-01T10:30:00)', ['2026-03-01T10:30Z']],
  ['at(2025-03-01T10:30:00)', []],
  ['cron(0 8 * * ? *)', ['2026-01-01T08:00Z', '2026-01-02T08:00Z']],
  ['cron(0/20 * * * ? *)', ['2026-01-01T00:20Z', '2026-01-01T00:40Z', '2026-01-01T01:00Z']],
  ['cron(*/30 22-23 * * ? *)', ['2026-01-01T22:00Z', '2026-01-01T22:30Z', '2026-01-01T23:00Z', '2026-01-01T23:30Z', '2026-01-02T22:00Z']],
  ['cron(5,1 0 1 * ? *)', ['2026-01-01T00:01Z', '2026-01-01T00:05Z', '2026-02-01T00:01Z']],
  ['cron(0 0 ? * MON-FRI *)', ['2026-01-02T00:00Z', '2026-01-05T00:00Z']],
  ['cron(0 0 ? * 1 *)', ['2026-01-04T00:00Z', '2026-01-11T00:00Z']],
  ['cron(0 0 ? jun,JAN sat *)', ['2026-01-03T00:00Z', '2026-01-10T00:00Z']],
  ['cron(0 0 1 NOV,DEC ? 2026)', ['2026-11-01T00:00Z', '2026-12-01T00:00Z']],
  ['cron(0 0 31 * ? *)', ['2026-01-31T00:00Z', '2026-03-31T00:00Z', '2026-05-31T00:00Z']],
  ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ['cron(0 0 1-10/4 1 ? 2027-2028)', ['2027-01-01T00:00Z', '2027-01-05T00:00Z', '2027-01-09T00:00Z', '2028-01-01T00:00Z']],
  ['cron(0 0 1 1 ? 2020)', []],
  ['cron(0 0 30 2 ? *)', []],
])('%s is at %j', (expression, expected) => {
  expect(times(Math.max(1, expected.length), expression)).toEqual(expected);
});

describe('a time zone', () => {
  test('moves wall clock times, and not rates', () => {
    expect(times(1, 'cron(0 8 * * ? *)', { zone: 'Europe/Berlin' })).toEqual(['2026-01-01T07:00Z']);
    expect(times(1, 'cron(0 8 * * ? *)', { zone: 'America/New_York', after: '2026-07-01T00:00:00Z' })).toEqual(['2026-07-01T12:00Z']);
    expect(times(1, 'at(2026-07-01T08:00:00)', { zone: 'Asia/Kolkata' })).toEqual(['2026-07-01T02:30Z']);
    expect(times(1, 'rate(1 day)', { zone: 'Europe/Berlin' })).toEqual(['2026-01-02T00:00Z']);
  });

  test('keeps the wall clock time when the clocks change', () => {
    expect(times(2, 'cron(0 8 * * ? *)', { zone: 'Europe/Berlin', after: '2026-03-28T00:00:00Z' })).toEqual(['2026-03-28T07:00Z', '2026-03-29T06:00Z']);
  });

  test('skips times that the clocks skip', () => {
    expect(times(2, 'cron(30 2 * * ? *)', { zone: 'Europe/Berlin', after: '2026-03-28T12:00:00Z' })).toEqual(['2026-03-30T00:30Z', '2026-03-31T00:30Z']);
    expect(times(1, 'at(2026-03-29T02:30:00)', { zone: 'Europe/Berlin' })).toEqual([]);
  });

  test('has times that come twice only once', () => {
    expect(times(2, 'cron(30 2 * * ? *)', { zone: 'Europe/Berlin', after: '2026-10-24T12:00:00Z' })).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
  });

  test('must exist', async () => {
    expect(await codeOf(() => parseExpression('rate(1 day)', 'Europe/Nowhere'))).toBe('ValidationException');
  });
});

test.each([
  '', 'daily', 'rate(0 minutes)', 'rate(1.5 hours)', 'rate(5 seconds)', 'rate(5)', 'rate(5  minutes)', 'rate(-1 days)',
  'at(2026-03-01)', 'at(2026-02-30T00:00:00)', 'at(2026-03-01T10:30:00Z)', 'at(2026-03-01T25:00:00)',
  'cron(0 8 * * ?)', 'cron(0 8 * * * *)', 'cron(0 8 ? * ? *)', 'cron(60 8 * * ? *)', 'cron(0 24 * * ? *)', 'cron(0 8 0 * ? *)', 'cron(0 8 * 13 ? *)',
  'cron(0 8 ? * 8 *)', 'cron(0 8 * * ? 1969)', 'cron(0 8 * * ? 2200)', 'cron(? 8 * * ? *)', 'cron(0 5-1 * * ? *)', 'cron(0 1-2-3 * * ? *)', 'cron(0 1- * * ? *)',
  'cron(0/0 8 * * ? *)', 'cron(0/ 8 * * ? *)', 'cron(/5 8 * * ? *)', 'cron(0, 8 * * ? *)', 'cron(0 8 * ENE ? *)', 'cron(0 8 MON * ? *)',
])('%p is refused', async (expression) => {
  expect(await codeOf(() => parseExpression(expression, 'UTC'))).toBe('ValidationException');
});

test.each(['cron(0 8 L * ? *)', 'cron(0 8 15W * ? *)', 'cron(0 8 ? * MON#2 *)', 'cron(0 8 ? * 6L *)'])('%s says what this AWS does not have', (expression) => {
  expect(() => parseExpression(expression, 'UTC')).toThrow('The embedded AWS does not have L, W and #.');
});
