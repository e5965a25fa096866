import { Annotations, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { LONGEST_WAIT } from './contract';

/** The ids by which users acknowledge warnings: they cannot change. */
export const Warning = {
  UNSUPPORTED_REGION: 'cdk-cleanrooms-ml:unsupportedRegion',
  ROLE_NOT_ASSUMABLE: 'cdk-cleanrooms-ml:roleNotAssumable',
  ROLE_NOT_MODIFIED: 'cdk-cleanrooms-ml:roleNotModified',
  KEY_POLICY_NOT_MODIFIED: 'cdk-cleanrooms-ml:keyPolicyNotModified',
  UNUSUAL_RESOURCE_POLICY: 'cdk-cleanrooms-ml:unusualResourcePolicy',
  COLLABORATION_ID_MISSING: 'cdk-cleanrooms-ml:collaborationIdMissing',
  SCHEMA_NOT_AS_IN_TABLE: 'cdk-cleanrooms-ml:schemaNotAsInTable',
  TRAINING_TIME_MOVES: 'cdk-cleanrooms-ml:trainingTimeMoves',
  TRAINING_TIME_IN_SECONDS: 'cdk-cleanrooms-ml:trainingTimeInSeconds',
  SMALL_AUDIENCE_SIZE: 'cdk-cleanrooms-ml:smallAudienceSize',
  LARGE_AUDIENCE_SIZE: 'cdk-cleanrooms-ml:largeAudienceSize',
  SMALL_SEED_SIZE: 'cdk-cleanrooms-ml:smallSeedSize',
  TRAINING_NOT_WAITED_FOR: 'cdk-cleanrooms-ml:trainingNotWaitedFor',
  TRAINING_WAIT_TOO_SHORT: 'cdk-cleanrooms-ml:trainingWaitTooShort',
  RETRAINING_TOO_OFTEN: 'cdk-cleanrooms-ml:retrainingTooOften',
  SEED_LOCATION_UNKNOWN: 'cdk-cleanrooms-ml:seedLocationUnknown',
  QUERY_TOO_LONG_TO_CARRY: 'cdk-cleanrooms-ml:queryTooLongToCarry',
  RETAINED_DEPENDS_ON_DELETED: 'cdk-cleanrooms-ml:retainedDependsOnDeleted',
} as const;

export function warn(construct: IConstruct, id: string, message: string): void {
  Annotations.of(construct).addWarningV2(id, message);
}

/** Clean Rooms ML makes audiences of at most this share of the users, whatever the API accepts. */
const LARGEST_PERCENTAGE = 20;

function warnOfLargeSizes(construct: IConstruct, property: string, percentages: number[]): void {
  const tooLarge = percentages.filter((percentage) => !Token.isUnresolved(percentage) && percentage > LARGEST_PERCENTAGE);
  if (tooLarge.length === 0) return;
  warn(construct, Warning.LARGE_AUDIENCE_SIZE,
    `${property} holds ${tooLarge.join(', ')} percent, but Clean Rooms ML makes audiences of at most ${LARGEST_PERCENTAGE} percent of the users`);
}

/** The service exports no audience of fewer users. */
const FEWEST_USERS = 10_000;

function warnOfSmallSizes(construct: IConstruct, property: string, sizes: number[]): void {
  const tooSmall = sizes.filter((size) => !Token.isUnresolved(size) && size < FEWEST_USERS);
  if (tooSmall.length === 0) return;
  warn(construct, Warning.SMALL_AUDIENCE_SIZE,
    `${property} holds ${tooSmall.join(', ')} users, but an export of fewer than ${FEWEST_USERS} users fails, after the audience was generated`);
}

/** Says which sizes of audiences the service does not make, or does not export. */
export function warnOfSizes(construct: IConstruct, property: string, unit: 'ABSOLUTE' | 'PERCENTAGE', sizes: number[]): void {
  const warnOf = unit === 'PERCENTAGE' ? warnOfLargeSizes : warnOfSmallSizes;
  warnOf(construct, property, sizes);
}

/** The first half of 1970: of today's times, those in seconds. */
const LATEST_IN_SECONDS = Date.UTC(1970, 6);

/** Says that an end of the training data looks as if it were another one at each deployment, or in the wrong unit. */
export function warnOfTrainingTime(construct: IConstruct, property: string, date: Date | undefined): void {
  const time = date?.getTime() ?? 0;
  if (time % 1_000 !== 0) {
    warn(construct, Warning.TRAINING_TIME_MOVES,
      `${property} is ${date?.toISOString()}; if it comes from a clock, each deployment trains a new model: give a fixed date, such as `
      + 'new Date(\'2026-01-01T00:00:00Z\'), and let an AudienceModelRetraining train with the newest data');
  }
  if (time > 0 && time < LATEST_IN_SECONDS) {
    warn(construct, Warning.TRAINING_TIME_IN_SECONDS,
      `${property} is ${date?.toISOString()}; a Date counts milliseconds: if that was a number of seconds, multiply it by 1,000`);
  }
}

/** Says that jobs with another account's model may be denied, because its policy lets jobs of a collaboration begin, and these are of none. */
export function warnOfNoCollaboration(construct: IConstruct, model: IEnvironmentAware, collaborationId: string | undefined): void {
  const { account } = model.env;
  if (collaborationId !== undefined || Token.compareStrings(account, Stack.of(construct).account) !== TokenComparison.DIFFERENT) return;
  warn(construct, Warning.COLLABORATION_ID_MISSING,
    `configuredAudienceModel is of the account ${account}, and there is no collaborationId; a resource policy as AWS Clean Rooms ML recommends it, `
    + 'and as grants.startAudienceGenerationJob(…) writes it, denies jobs of no collaboration: give the collaborationId');
}

/** A model that a deployment waits for. */
export interface AwaitedModel {
  readonly path: string;
  readonly minutes: number;
}

/** As AWS says of a training, in hours. */
const LONGEST_TRAINING = 48;

/** The quota L-11056252, unless it is raised. */
const TRAININGS_AT_A_TIME = 2;

/** So many models are trained within the longest wait. */
const MOST_IN_TIME = Math.floor(LONGEST_WAIT / 60 / LONGEST_TRAINING) * TRAININGS_AT_A_TIME;

/** Says which of a stack's models may still train, or queue, when the deployment gives them up. */
export function warnOfShortWaits(construct: IConstruct, models: readonly AwaitedModel[]): void {
  const hours = Math.ceil(models.length / TRAININGS_AT_A_TIME) * LONGEST_TRAINING;
  const [first, ...others] = models.filter(({ minutes }) => minutes < hours * 60);
  if (first === undefined) return;
  const inTime = hours * 60 <= LONGEST_WAIT
    ? `give a trainingWait of TrainingWait.upTo(Duration.hours(${hours})), or have the quota raised`
    : `no trainingWait is that long, so have the quota raised, or add the models in several deployments of at most ${MOST_IN_TIME} each`;
  warn(construct, Warning.TRAINING_WAIT_TOO_SHORT,
    `a training takes up to ${LONGEST_TRAINING} hours, and an account trains ${TRAININGS_AT_A_TIME} models at a time unless its quota L-11056252 is raised, `
    + `so a deployment that trains all models of this stack that it waits for, ${models.length}, may take ${hours} hours; `
    + `'${first.path}'${others.length > 0 ? ` and ${others.length} more wait` : ' waits'} less, and would be given up: ${inTime}`);
}

/** Says that a schedule starts trainings sooner than those before are over, as far as its expression tells. */
export function warnOfFrequentTrainings(construct: IConstruct, expression: string): void {
  if (!isMoreOftenThanDaysApart(expression)) return;
  warn(construct, Warning.RETRAINING_TOO_OFTEN,
    `schedule is ${expression}, but a training takes up to ${LONGEST_TRAINING} hours, and those that come while one is under way are skipped; `
    + 'AWS recommends to train every week: ScheduleExpression.rate(Duration.days(7))');
}

const HOURS = { minute: 1 / 60, hour: 1, day: 24 };

function isMoreOftenThanDaysApart(expression: string): boolean {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) return Number(count) * HOURS[unit as keyof typeof HOURS] < LONGEST_TRAINING;
  const [, cron] = /^cron\((.*)\)$/.exec(expression) ?? [];
  const [minute, hour, day, , weekDay] = cron?.trim().split(/\s+/) ?? [];
  if (weekDay === undefined) return false;
  const isSingle = (field: string) => /^[A-Za-z0-9#]+$/.test(field);
  const isDaily = [day, weekDay].every((field) => /^(\*|\?)$/.test(field));
  return !isSingle(minute) || !isSingle(hour) || isDaily || weekDay.includes('-');
}
