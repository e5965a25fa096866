import { createHash } from 'node:crypto';
import { AwsError, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import type { Schedule } from './schedule';
import { DEFAULT_RETRY_POLICY, requestOf } from './target';
import type { Iam } from '../iam/iam';
import type { Json } from '../states/json';
import type { StepFunctions } from '../states/states';

export interface AttemptProps {
  readonly account: Account;
  readonly clock: Clock;
  readonly iam: Pick<Iam, 'authorize' | 'assumeRoleForService'>;
  readonly states: Pick<StepFunctions, 'startExecution'>;
}

/** One try to invoke a target. */
export interface Attempt {
  readonly schedule: Schedule;
  readonly scheduledTime: number;
  /** Which of the deliveries that the schedule makes of the same invocation. */
  readonly delivery: number;
  /** From 1. */
  readonly number: number;
}

/** How one ended, as the log keeps it. */
export interface Invocation {
  readonly time: Date;
  /** Its ARN. */
  readonly schedule: string;
  readonly scheduledTime: Date;
  readonly executionId: string;
  readonly attempt: number;
  /** `ok`, or the name of the error. */
  readonly outcome: string;
  /** There is no further attempt, although there was an error. */
  readonly dropped: boolean;
}

const SCHEDULER = 'scheduler.amazonaws.com';
/** The wait doubles up to this, with which 185 attempts just fit into a day. */
const LONGEST_BACKOFF_SECONDS = 480;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Refuses a role that Scheduler could not act as. Roles that guard against the confused deputy name the schedule's group. */
export async function assumeRole({ iam, account }: AttemptProps, roleArn: string, groupArn: string): Promise<Principal> {
  return iam.assumeRoleForService(roleArn, SCHEDULER, { sourceArn: groupArn, sourceAccount: account.accountId });
}

export async function checkRole(props: AttemptProps, roleArn: string, groupArn: string): Promise<void> {
  try {
    await assumeRole(props, roleArn, groupArn);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError('ValidationException', 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.');
  }
}

/** Makes an attempt, and returns how it ended with the time of the next one. */
export async function makeAttempt(attempt: Attempt, groupArn: string, props: AttemptProps): Promise<{ invocation: Invocation; nextAt?: number }> {
  const { schedule: { arn, properties: { target } }, scheduledTime, number } = attempt;
  const executionId = executionIdOf(attempt);
  const outcome = await outcomeOf(async () => {
    const { stateMachineArn, name, input } = requestOf(target, {
      'schedule-arn': arn, 'scheduled-time': inSeconds(scheduledTime), 'execution-id': executionId, 'attempt-number': String(number),
    }, notificationOf(attempt, executionId, props.account));
    await props.iam.authorize(await assumeRole(props, target.roleArn, groupArn), 'states:StartExecution', stateMachineArn);
    props.states.startExecution(stateMachineArn, input, name);
  });
  const now = props.clock.now();
  const nextAt = isFinal(outcome) ? undefined : nextAttempt(attempt, now);
  const dropped = !isFinal(outcome) && nextAt === undefined;
  return {
    invocation: { time: new Date(now), schedule: arn, scheduledTime: new Date(scheduledTime), executionId, attempt: number, outcome, dropped },
    nextAt,
  };
}

async function outcomeOf(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.code;
  }
}

/** The execution of an earlier attempt or delivery is as good as one of this. */
function isFinal(outcome: string): boolean {
  return outcome === 'ok' || outcome === 'ExecutionAlreadyExists';
}

function nextAttempt({ schedule: { properties: { target } }, scheduledTime, number }: Attempt, now: number): number | undefined {
  const { maximumRetryAttempts, maximumEventAgeInSeconds } = { ...DEFAULT_RETRY_POLICY, ...target.retryPolicy };
  // AWS adds a random bit; this stays the same every time.
  const nextAt = now + Math.min(2 ** (number - 1), LONGEST_BACKOFF_SECONDS) * 1000;
  return number <= maximumRetryAttempts && nextAt <= scheduledTime + maximumEventAgeInSeconds * 1000 ? nextAt : undefined;
}

/** Every attempt has an id of its own. */
function executionIdOf({ schedule: { arn }, scheduledTime, delivery, number }: Attempt): string {
  const digest = createHash('sha256').update(JSON.stringify([arn, scheduledTime, delivery, number])).digest();
  return [...digest.subarray(0, 16)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** What a target gets that names no input. */
function notificationOf({ schedule: { arn }, scheduledTime }: Attempt, id: string, { accountId: account, region }: Account): Json {
  return {
    'version': '0', id, 'detail-type': 'Scheduled Event', 'source': 'aws.scheduler', account, 'time': inSeconds(scheduledTime), region, 'resources': [arn], 'detail': '{}',
  };
}

function inSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
