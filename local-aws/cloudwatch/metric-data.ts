import { AwsError } from '../aws';

export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Datapoint {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** Of a statistic set: its sum. */
  readonly value: number;
  /** How often the value was seen, where `Counts` said so. */
  readonly count?: number;
  readonly statistics?: Statistics;
}

export interface Statistics {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface Observation extends Metric {
  readonly datapoint: Datapoint;
}

type Input = Readonly<Record<string, unknown>>;

const HOUR = 3_600_000;
const MAX_AGE = 14 * 24 * HOUR;
const MAX_AHEAD = 2 * HOUR;
const MAX_ENTRIES = 1000;
const MAX_DIMENSIONS = 30;
const MAX_VALUES = 150;
const MAX_VALUE = 2 ** 360;
const FIELDS = ['MetricName', 'Dimensions', 'Timestamp', 'Value', 'Values', 'Counts', 'StatisticValues', 'Unit', 'StorageResolution'];
const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes', 'Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'];
const UNITS = ['Seconds', 'Microseconds', 'Milliseconds', ...SIZES, 'Percent', 'Count', ...[...SIZES, 'Count'].map((unit) => `${unit}/Second`), 'None'];
const PRINTABLE = /^[\x20-\x7e]*$/;

/** What authorization is about, before anything else is looked at. */
export function namespaceOf({ Namespace: namespace }: Input): string {
  if (namespace === undefined) throw missing('Namespace');
  checkText('Namespace', namespace, 255);
  if (!/^[\w./#: -]+$/.test(namespace) || namespace.startsWith(':')) throw invalid('Namespace', namespace, 'It has characters that are not allowed.');
  if (namespace.startsWith('AWS/')) throw invalid('Namespace', namespace, 'Namespaces that begin with AWS/ are reserved.');
  return namespace;
}

/** The datapoints of a `PutMetricData`. One entry that is wrong refuses them all. */
export function observationsOf(input: Input, now: number): Observation[] {
  const { MetricData: entries } = structure('', input, ['Namespace', 'MetricData']);
  const namespace = namespaceOf(input);
  if (!Array.isArray(entries) || entries.length === 0) throw missing('MetricData');
  if (entries.length > MAX_ENTRIES) throw invalid('MetricData', `${entries.length} entries`, `There must be at most ${MAX_ENTRIES}.`);
  return entries.flatMap((entry, index) => entryObservations(namespace, `MetricData.member.${index + 1}`, entry, now));
}

function entryObservations(namespace: string, at: string, given: unknown, now: number): Observation[] {
  const entry = structure(at, given, FIELDS);
  const metric = { namespace, metricName: metricNameOf(at, entry), dimensions: dimensionsOf(at, entry) };
  return datapointsOf(at, entry, now).map((datapoint) => ({ ...metric, datapoint }));
}

function metricNameOf(at: string, { MetricName: name }: Input): string {
  if (name === undefined) throw missing(`${at}.MetricName`);
  checkText(`${at}.MetricName`, name, 255);
  return name;
}

function dimensionsOf(at: string, { Dimensions: dimensions = [] }: Input): Record<string, string> {
  if (!Array.isArray(dimensions) || dimensions.length > MAX_DIMENSIONS) {
    throw invalid(`${at}.Dimensions`, dimensions, `It must be a list of at most ${MAX_DIMENSIONS}.`);
  }
  const pairs = dimensions.map((dimension, index) => dimensionOf(`${at}.Dimensions.member.${index + 1}`, dimension));
  const result = Object.fromEntries(pairs);
  if (Object.keys(result).length < pairs.length) throw invalid(`${at}.Dimensions`, dimensions, 'No two may have the same name.');
  return result;
}

function dimensionOf(at: string, dimension: unknown): [string, string] {
  const { Name: name, Value: value } = structure(at, dimension, ['Name', 'Value']);
  if (name === undefined) throw missing(`${at}.Name`);
  if (value === undefined) throw missing(`${at}.Value`);
  checkText(`${at}.Name`, name, 255);
  checkText(`${at}.Value`, value, 1024);
  if (name.startsWith(':')) throw invalid(`${at}.Name`, name, 'It must not begin with a colon.');
  return [name, value];
}

function datapointsOf(at: string, entry: Input, now: number): Datapoint[] {
  const { Value, Values, Counts, StatisticValues, Unit = 'None', StorageResolution = 60 } = entry;
  if (!UNITS.includes(String(Unit))) throw invalid(`${at}.Unit`, Unit, 'It is no unit.');
  if (StorageResolution !== 1 && StorageResolution !== 60) throw invalid(`${at}.StorageResolution`, StorageResolution, 'It must be 1 or 60.');
  const given = Object.entries({ Value, Values, StatisticValues }).filter(([, value]) => value !== undefined).map(([name]) => `${at}.${name}`);
  if (given.length !== 1) {
    throw combination(given.length > 1
      ? `The parameters ${given.join(' and ')} are mutually exclusive and you have specified both.`
      : `At least one of the parameters ${at}.Value, ${at}.Values and ${at}.StatisticValues must be specified.`);
  }
  if (Counts !== undefined && Values === undefined) throw combination(`The parameter ${at}.Counts needs ${at}.Values.`);
  const timestamp = timestampOf(`${at}.Timestamp`, entry, now);
  if (Value !== undefined) return [{ timestamp, value: finite(`${at}.Value`, Value) }];
  if (Values !== undefined) return countedValues(at, entry).map((counted) => ({ timestamp, ...counted }));
  const statistics = statisticsOf(`${at}.StatisticValues`, entry);
  return [{ timestamp, value: statistics.sum, statistics }];
}

function timestampOf(at: string, { Timestamp }: Input, now: number): number {
  if (Timestamp === undefined) return now;
  const timestamp = typeof Timestamp === 'string' && /^\d{4}-\d\d-\d\dT/.test(Timestamp) ? Date.parse(Timestamp) : NaN;
  if (Number.isNaN(timestamp)) throw invalid(at, Timestamp, 'It must be a time in ISO 8601.');
  if (timestamp < now - MAX_AGE) throw invalid(at, Timestamp, 'It must be no more than two weeks in the past.');
  if (timestamp > now + MAX_AHEAD) throw invalid(at, Timestamp, 'It must be no more than two hours in the future.');
  return timestamp;
}

function countedValues(at: string, { Values, Counts }: Input): { value: number; count?: number }[] {
  const values = numbers(`${at}.Values`, Values);
  const counts = Counts === undefined ? undefined : numbers(`${at}.Counts`, Counts);
  if (counts && counts.length !== values.length) throw combination(`The parameters ${at}.Values and ${at}.Counts must be of the same length.`);
  return values.map((value, index) => ({ value, ...counts && { count: counts[index] } }));
}

function statisticsOf(at: string, { StatisticValues }: Input): Statistics {
  const names = ['SampleCount', 'Sum', 'Minimum', 'Maximum'];
  const set = structure(at, StatisticValues, names);
  const [sampleCount, sum, minimum, maximum] = names.map((name) => {
    if (set[name] === undefined) throw missing(`${at}.${name}`);
    return finite(`${at}.${name}`, set[name]);
  });
  return { sampleCount, sum, minimum, maximum };
}

function numbers(at: string, values: unknown): number[] {
  if (!Array.isArray(values) || values.length < 1 || values.length > MAX_VALUES) throw invalid(at, values, `It must be a list of 1 to ${MAX_VALUES}.`);
  return values.map((value, index) => finite(`${at}.member.${index + 1}`, value));
}

function finite(at: string, value: unknown): number {
  if (typeof value === 'number' && Math.abs(value) <= MAX_VALUE) return value;
  throw invalid(at, value, 'It must be a number from -2^360 to 2^360.');
}

function checkText(at: string, value: unknown, maximum: number): asserts value is string {
  if (typeof value !== 'string' || value.length > maximum || value.trim() === '') throw invalid(at, value, `It must have 1 to ${maximum} characters, not all blank.`);
  if (!PRINTABLE.test(value)) throw invalid(at, value, 'It must be ASCII.');
}

/** The service would drop a field that it does not know, and nobody would find the typing error. */
function structure(at: string, value: unknown, known: readonly string[]): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at, value, 'It must be a structure.');
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new AwsError('ValidationError', `The embedded AWS does not have the parameter ${at}.${unknown}.`);
  return value as Input;
}

function missing(at: string): AwsError {
  return new AwsError('MissingRequiredParameterException', `The parameter ${at} is required.`);
}

function invalid(at: string, value: unknown, reason: string): AwsError {
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return new AwsError('InvalidParameterValueException', `The value ${shown} for parameter ${at} is invalid. ${reason}`);
}

function combination(message: string): AwsError {
  return new AwsError('InvalidParameterCombinationException', message);
}
