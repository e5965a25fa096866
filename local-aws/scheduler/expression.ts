import { AwsError } from '../aws';
import { nextMatch, parseCron, type Cron } from './cron';
import { TimeZone } from './time-zone';

/** When a schedule fires. */
export type Expression =
  | { readonly type: 'rate'; readonly interval: number }
  /** Without a time where the wall clocks skip it: then it never fires. */
  | { readonly type: 'at'; readonly time?: number }
  | { readonly type: 'cron'; readonly cron: Cron; readonly zone: TimeZone };

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 24 * 3_600_000 };

/** Reads a schedule expression, or refuses it. */
export function parseExpression(text: string, timeZone: string): Expression {
  const zone = new TimeZone(timeZone);
  const [, type, content = ''] = text.match(/^(rate|at|cron)\((.*)\)$/) ?? [];
  if (type === 'rate') return { type, interval: intervalOf(content, text) };
  if (type === 'at') return { type, time: zone.moment(wallClockOf(content, text)) };
  if (type === 'cron') return { type, cron: parseCron(content), zone };
  throw invalid(text);
}

/** The first time after a moment. A rate has its times at whole intervals from `start`. */
export function nextTime(expression: Expression, after: number, start: number): number | undefined {
  switch (expression.type) {
    case 'rate': return start + (Math.floor((after - start) / expression.interval) + 1) * expression.interval;
    case 'at': return expression.time !== undefined && expression.time > after ? expression.time : undefined;
    case 'cron': return nextMatch(expression.cron, after, expression.zone);
  }
}

function intervalOf(content: string, text: string): number {
  const [, count, unit] = content.match(/^([1-9]\d*) (minute|hour|day)s?$/) ?? [];
  if (count === undefined) throw invalid(text);
  return Number(count) * UNITS[unit];
}

function wallClockOf(content: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(content) ? Date.parse(`${content}Z`) : NaN;
  // JavaScript takes February 30 for March 2.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(content)) throw invalid(text);
  return time;
}

function invalid(text: string): AwsError {
  return new AwsError('ValidationException', `Invalid Schedule Expression ${text}.`);
}
