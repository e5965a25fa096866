import { validationError } from './errors';
import { isObject, Value, Values } from './values';

/** How many signals of success a resource waits for once it was made, and how long. */
export interface CreationPolicy {
  readonly count: number;
  readonly timeoutSeconds: number;
}

const DEFAULT_TIMEOUT = 'PT5M';
const MAX_TIMEOUT_SECONDS = 12 * 3600;
const DURATION = /^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/;

/** Reads a CreationPolicy whose intrinsic functions are evaluated. */
export function parseCreationPolicy(policy: Value | undefined, logicalId: string): CreationPolicy {
  const { ResourceSignal } = only(['ResourceSignal'], policy, logicalId);
  const { Count = 1, Timeout = DEFAULT_TIMEOUT } = only(['Count', 'Timeout'], ResourceSignal, logicalId);
  if (!/^\d+$/.test(String(Count))) throw invalid(logicalId, `Count ${JSON.stringify(Count)} is not a whole number`);
  const duration = DURATION.exec(String(Timeout));
  if (!duration) throw invalid(logicalId, `Timeout ${JSON.stringify(Timeout)} is not an ISO 8601 duration of the form PT#H#M#S`);
  const [hours, minutes, seconds] = duration.slice(1).map((digits = '0') => Number(digits));
  const timeoutSeconds = (hours * 60 + minutes) * 60 + seconds;
  if (timeoutSeconds > MAX_TIMEOUT_SECONDS) throw invalid(logicalId, `Timeout ${String(Timeout)} is longer than the maximum of 12 hours`);
  return { count: Number(Count), timeoutSeconds };
}

function only(names: readonly string[], value: Value | undefined, logicalId: string): Partial<Values> {
  if (!isObject(value)) throw invalid(logicalId, `${names.join(' and ')} expected`);
  const unknown = Object.keys(value).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw invalid(logicalId, `${unknown.join(', ')} not supported`);
  return value;
}

function invalid(logicalId: string, problem: string): Error {
  return validationError(`Template format error: Invalid CreationPolicy: ${problem} [/Resources/${logicalId}/CreationPolicy]`);
}
