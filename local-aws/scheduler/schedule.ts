import { AwsError } from '../aws';
import { nextTime, parseExpression, type Expression } from './expression';
import { checkTarget, type TargetProperties } from './target';

/** What `CreateSchedule` takes. */
export interface ScheduleProperties {
  readonly name: string;
  /** Default: `default`. */
  readonly groupName?: string;
  readonly scheduleExpression: string;
  /** Default: UTC. */
  readonly scheduleExpressionTimezone?: string;
  /** Somewhere within the window AWS invokes; here it is always at its start. */
  readonly flexibleTimeWindow: { readonly mode: string; readonly maximumWindowInMinutes?: number };
  readonly state?: string;
  /** ISO 8601, in UTC. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly description?: string;
  readonly kmsKeyArn?: string;
  readonly target: TargetProperties;
}

export interface Schedule {
  readonly arn: string;
  readonly groupName: string;
  readonly properties: ScheduleProperties;
  readonly expression: Expression;
  /** Where its times count from. */
  readonly since: number;
  /** It fired at its times up to this one, or they passed by. */
  doneUntil: number;
  /** Whether it is a rate that begins at once, and has not begun. */
  isNew: boolean;
}

const LATEST_START = 5 * 60_000;
const NAME = /^[0-9a-zA-Z-_.]{1,64}$/;

/** Refuses what is no schedule, and reads its expression. The group and the role are checked elsewhere. */
export function checkSchedule(properties: ScheduleProperties, now: number): Expression {
  const { name, scheduleExpression, scheduleExpressionTimezone = 'UTC', state = 'ENABLED', description = '', target } = properties;
  checkName(name);
  if (state !== 'ENABLED' && state !== 'DISABLED') throw invalid(`Value '${state}' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]`);
  if (description.length > 512) throw invalid("Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 512");
  checkWindow(properties);
  checkDates(properties, now);
  checkTarget(target);
  return parseExpression(scheduleExpression, scheduleExpressionTimezone);
}

export function checkName(name: string): void {
  if (!NAME.test(name)) throw invalid(`Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$`);
}

/**
 * When a schedule fires next, if it ever does. A rate begins with its StartDate, and without one at once, as the user guide says. A one-time
 * schedule has no use for dates.
 */
export function nextInvocation({ properties: { state, startDate, endDate }, expression, since, doneUntil, isNew }: Schedule): number | undefined {
  if (state === 'DISABLED') return undefined;
  if (isNew) return since;
  if (expression.type === 'at') return nextTime(expression, doneUntil, since);
  const [start, end] = [dateOf('startDate', startDate), dateOf('endDate', endDate)];
  const after = start === undefined ? doneUntil : Math.max(doneUntil, start - 1);
  const next = nextTime(expression, after, start ?? since);
  return next !== undefined && next <= (end ?? Infinity) ? next : undefined;
}

function checkWindow({ flexibleTimeWindow: { mode, maximumWindowInMinutes: minutes } }: ScheduleProperties): void {
  if (mode !== 'OFF' && mode !== 'FLEXIBLE') {
    throw invalid(`Value '${mode}' at 'flexibleTimeWindow.mode' failed to satisfy constraint: Member must satisfy enum value set: [FLEXIBLE, OFF]`);
  }
  if (mode === 'OFF' && minutes !== undefined) throw invalid('MaximumWindowInMinutes must not be set when the flexible time window is OFF.');
  if (mode === 'FLEXIBLE' && !(Number.isInteger(minutes) && Number(minutes) >= 1 && Number(minutes) <= 1440)) {
    throw invalid(`Value '${minutes}' at 'flexibleTimeWindow.maximumWindowInMinutes' failed to satisfy constraint: Member must have value from 1 to 1440`);
  }
}

function checkDates({ startDate, endDate }: ScheduleProperties, now: number): void {
  const [start, end] = [dateOf('startDate', startDate), dateOf('endDate', endDate)];
  if (start !== undefined && start < now - LATEST_START) throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (end !== undefined && end < now) throw invalid('The EndDate you specify cannot be in the past.');
  if (start !== undefined && end !== undefined && end <= start) throw invalid('The EndDate must be later than the StartDate.');
}

function dateOf(field: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(time)) throw invalid(`Value '${value}' at '${field}' is no time in UTC.`);
  return time;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
