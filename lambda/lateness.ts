import type { CustomResourceEvent } from './events';
import { MAKES } from './operation';
import type { StackResourceState, StackState } from './stack';
import { PAUSE } from './times';

/** The time in a URL is cut to the second, and two clocks differ a little. */
const TOLERANCE = 5_000;

interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** For so long a stack may be shown as it was before. */
const STACK_LAG = 10_000;

/** How often the state of the resource is looked at before a request is refused for it. */
const LOOKS = 5;

/** How long the URL of a request is good for where it only says until when. */
const URL_LIFETIME = 7_200_000;

/**
 * When a request was made, if its ResponseURL tells: it is a pre-signed URL of Amazon S3, signed when the request was made. That is not
 * documented, so it is used only to refuse.
 */
export function signedAt(responseUrl: string | undefined): number | undefined {
  if (responseUrl === undefined || !URL.canParse(responseUrl)) return undefined;
  const { searchParams } = new URL(responseUrl);
  const [, ...date] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
  if (date.length > 0) {
    const [year, month, ...rest] = date.map(Number);
    return Date.UTC(year, month - 1, ...rest as [number, number, number, number]);
  }
  const expires = searchParams.get('Expires') ?? '';
  return /^\d{1,12}$/.test(expires) ? Number(expires) * 1_000 - URL_LIFETIME : undefined;
}

/** The stack as it is when a request is made: for a moment it may be shown as it was before. */
export async function stackOf(
  { RequestType, ResponseURL }: CustomResourceEvent, describe: () => Promise<StackState>, { now, sleep }: Clock,
): Promise<StackState> {
  // A deployment deletes something seldom, and its clean-up and its rollback often.
  const mayBeOld = ({ status }: StackState) => !MAKES[RequestType].test(status) || (RequestType === 'Delete' && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(status));
  const until = (signedAt(ResponseURL) ?? now()) + STACK_LAG;
  let stack = await describe();
  while (mayBeOld(stack) && now() < until) {
    await sleep(PAUSE);
    stack = await describe();
  }
  return stack;
}

/**
 * Why a request is one of an operation that is over, if that is so. Whatever it asks for, the stack is somewhere else by now.
 *
 * @param describe asks for the state of the resource, where the time of the request says too little
 * @param sleep passes the time until it is asked again: a request that is not late must not be refused for what is not shown yet
 */
export async function lateness(
  event: CustomResourceEvent,
  stack: StackState,
  describe: () => Promise<StackResourceState | undefined>,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<string | undefined> {
  const { RequestType, ResponseURL } = event;
  const since = `the stack has been in ${stack.status} since ${stack.lastUpdatedTime}`;
  if (!MAKES[RequestType].test(stack.status)) return `it is late: ${since}`;
  const signed = signedAt(ResponseURL);
  const begun = Date.parse(stack.lastUpdatedTime);
  if (signed !== undefined && signed < begun - TOLERANCE) return `it is late: it was made at ${new Date(signed).toISOString()} and ${since}`;

  // A rollback may begin without a time of its own.
  const isSure = signed !== undefined && signed > begun + TOLERANCE && !stack.status.includes('ROLLBACK');
  if (isSure || RequestType === 'Delete') return undefined;
  let resource = await describe();
  for (let look = 1; resource !== undefined; look++) {
    if (isAnswerAwaited(RequestType, resource.status, resource.updateTime, signed)) return undefined;
    const late = `it is late: ${event.LogicalResourceId} has been ${resource.status} since ${resource.updateTime.toISOString()}`;
    if (look === LOOKS) return late;
    await sleep(PAUSE);
    // Where it has gone meanwhile, nobody waits.
    resource = await describe();
    if (resource === undefined) return late;
  }
  return undefined;
}

/** Whether CloudFormation waits for the answer to such a request, and not for one to a request that it made later. */
function isAnswerAwaited(type: 'Create' | 'Update', status: string, updateTime: Date, signed: number | undefined): boolean {
  return isUnderWay(type, status) && (signed === undefined || updateTime.getTime() <= signed + TOLERANCE);
}

/** Whether a resource in this status waits for such a request. An Update may be part of a rollback. */
export function isUnderWay(type: CustomResourceEvent['RequestType'], status: string): boolean {
  return status.endsWith('_IN_PROGRESS') && (status.startsWith(type.toUpperCase()) || (type === 'Update' && status.includes('ROLLBACK')));
}
