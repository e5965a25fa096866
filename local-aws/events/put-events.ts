import { AwsError } from '../aws';
import { isObject, type JsonObject } from '../states/json';

/** An event that a bus took. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: JsonObject;
  readonly resources: readonly string[];
  /** As events carry it: ISO 8601, in seconds. */
  readonly time: string;
}

/** One entry as it was sent. */
export interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Resources?: readonly string[];
  readonly Time?: string;
  readonly EventBusName?: string;
  readonly TraceHeader?: string;
}

/** What is wrong with one entry, inside an answer that is a success. */
export interface EntryFault {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;
const MAX_DETAIL_TYPE = 128;
const TEXTS = ['Source', 'DetailType', 'Detail', 'Time', 'EventBusName', 'TraceHeader'];

/** The entries of a `PutEvents`. Only a request that is malformed as a whole is refused. */
export function entriesOf({ Entries, ...others }: Readonly<Record<string, unknown>>): Entry[] {
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw invalid(`The embedded AWS does not have the parameter ${unknown} of PutEvents.`);
  if (!Array.isArray(Entries) || Entries.length < 1 || Entries.length > MAX_ENTRIES) {
    throw invalid(`1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length from 1 to ${MAX_ENTRIES}`);
  }
  const entries = Entries.map(checkedEntry);
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MAX_BYTES) throw invalid('Total size of the entries in the request is over the limit.');
  return entries;
}

/** Why EventBridge does not take an entry, in an answer that is a success all the same. */
export function faultOf({ Source, DetailType, Detail }: Entry): EntryFault | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (!value) return fault('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
  }
  if (String(Source).startsWith('aws.')) return fault('NotAuthorizedForSourceException', 'Not authorized for the source.');
  // AWS takes such an event and drops it without a word; here it shows.
  if (String(DetailType).length > MAX_DETAIL_TYPE) {
    return fault('InvalidArgument', `Parameter DetailType is not valid. Reason: it has more than ${MAX_DETAIL_TYPE} characters.`);
  }
  return detailOf(Detail) === undefined ? fault('MalformedDetail', 'Detail is malformed.') : undefined;
}

/** The event of an entry that has no fault. */
export function eventOf({ Source = '', DetailType = '', Detail, Resources = [], Time }: Entry, id: string, now: string): BusEvent {
  return { id, source: Source, detailType: DetailType, detail: detailOf(Detail) ?? {}, resources: Resources, time: inSeconds(Time ?? now) };
}

export function fault(ErrorCode: string, ErrorMessage: string): EntryFault {
  return { ErrorCode, ErrorMessage };
}

function checkedEntry(entry: unknown): Entry {
  if (!isObject(entry)) throw invalid('An entry is not a structure.');
  for (const [name, value] of Object.entries(entry).filter(([, given]) => given !== undefined)) {
    const isRight = name === 'Resources' ? Array.isArray(value) && value.every((item) => typeof item === 'string') : TEXTS.includes(name) && typeof value === 'string';
    if (!isRight) throw invalid(`The parameter ${name} of an entry is not what PutEvents takes.`);
  }
  if (entry.Time !== undefined && Number.isNaN(Date.parse(String(entry.Time)))) throw invalid(`'${String(entry.Time)}' is no time.`);
  return entry as Entry;
}

/** As the user guide counts it. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number {
  return [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

function detailOf(detail: string = ''): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(detail);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** As events carry a time. */
export function inSeconds(time: string): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
