import { AwsError } from '../aws';
import type { TimeZone } from './time-zone';

/** The values at which each field matches. Exactly one kind of day is given, the other was `?`. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth?: readonly number[];
  readonly months: readonly number[];
  /** 1 is Sunday. */
  readonly daysOfWeek?: readonly number[];
  readonly years: readonly number[];
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** For `least` and on. */
  readonly names?: readonly string[];
}

const HOUR = 3_600_000;
/** No wall clock is ever put back by more. */
const LONGEST_REPETITION = 3 * HOUR;

const MINUTES: Field = { name: 'minutes', least: 0, most: 59 };
const HOURS: Field = { name: 'hours', least: 0, most: 23 };
const DAYS_OF_MONTH: Field = { name: 'day-of-month', least: 1, most: 31 };
const MONTHS: Field = {
  name: 'month', least: 1, most: 12, names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const DAYS_OF_WEEK: Field = { name: 'day-of-week', least: 1, most: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] };
const YEARS: Field = { name: 'year', least: 1970, most: 2199 };

/** Reads the six fields of AWS's cron expressions. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) throw invalid(text, 'There must be six fields.');
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw invalid(text, 'Exactly one of day-of-month and day-of-week must be ?.');
  const values = (field: string, definition: Field): number[] => valuesOf(field, definition, text);
  return {
    minutes: values(minutes, MINUTES),
    hours: values(hours, HOURS),
    ...dayOfMonth !== '?' && { daysOfMonth: values(dayOfMonth, DAYS_OF_MONTH) },
    months: values(month, MONTHS),
    ...dayOfWeek !== '?' && { daysOfWeek: values(dayOfWeek, DAYS_OF_WEEK) },
    years: values(year, YEARS),
  };
}

/** The first match after a moment. A wall clock time that is skipped does not match, one that comes twice matches once. */
export function nextMatch(cron: Cron, after: number, zone: TimeZone): number | undefined {
  for (const wallClock of matches(cron, zone.wallClock(after) - LONGEST_REPETITION)) {
    const moment = zone.moment(wallClock);
    if (moment !== undefined && moment > after) return moment;
  }
  return undefined;
}

/** All matching wall clock times from one on, in order. */
function* matches(cron: Cron, from: number): Generator<number> {
  const startOfDay = new Date(from).setUTCHours(0, 0, 0, 0);
  for (const day of days(cron, startOfDay)) {
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const wallClock = day + hour * HOUR + minute * 60_000;
        if (wallClock >= from) yield wallClock;
      }
    }
  }
}

function* days({ years, months, daysOfMonth, daysOfWeek }: Cron, from: number): Generator<number> {
  for (const year of years.filter((one) => one >= new Date(from).getUTCFullYear())) {
    for (const month of months) {
      const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
      for (let dayOfMonth = 1; dayOfMonth <= daysInMonth; dayOfMonth++) {
        const day = Date.UTC(year, month - 1, dayOfMonth);
        const isMatch = daysOfMonth?.includes(dayOfMonth) ?? daysOfWeek?.includes(new Date(day).getUTCDay() + 1);
        if (day >= from && isMatch) yield day;
      }
    }
  }
}

function valuesOf(field: string, definition: Field, whole: string): number[] {
  const { least, most, name } = definition;
  const values = new Set(field.split(',').flatMap((part) => rangeOf(part, definition, whole)));
  if ([...values].some((value) => value < least || value > most)) throw invalid(whole, `The ${name} must be from ${least} to ${most}.`);
  return [...values].sort((a, b) => a - b);
}

/** `*`, `5`, `MON`, `1-5`, and each of them with a step: `0/15`. */
function rangeOf(part: string, definition: Field, whole: string): number[] {
  const { name, least, most } = definition;
  const [, range = '', step] = part.match(/^([^/]+)(?:\/(\d+))?$/) ?? [];
  const bounds = range === '*' ? [least, most] : range.split('-').map((value) => numberOf(value, definition));
  const [first, last = step === undefined ? first : most] = bounds;
  if (bounds.length > 2 || bounds.some(Number.isNaN) || last < first || step === '0') {
    throw invalid(whole, /[LW#]/.test(part) ? 'The embedded AWS does not have L, W and #.' : `'${part}' is nothing for the ${name}.`);
  }
  const by = Number(step ?? 1);
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, index) => first + index * by);
}

function numberOf(text: string, { least, names = [] }: Field): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return least + named;
  return /^\d{1,4}$/.test(text) ? Number(text) : NaN;
}

function invalid(text: string, reason: string): AwsError {
  return new AwsError('ValidationException', `Invalid Schedule Expression cron(${text}). ${reason}`);
}
