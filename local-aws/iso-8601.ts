const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * A date and time in ISO 8601 with its time zone, in milliseconds; undefined for everything else.
 * February 30 is something else, though `Date` takes it for a day in March.
 */
export function parseDateTime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value);
  const [, day] = DATE_TIME.exec(value) ?? [];
  if (day === undefined || Number.isNaN(time) || !new Date(day).toISOString().startsWith(day)) return undefined;
  return time;
}
