import { Token } from 'aws-cdk-lib';
import { OWNERSHIP_TAG_PREFIX, OwnershipTag } from './contract';

/**
 * Says what is wrong with a value, what is allowed and what to do; nothing if all is well.
 * A value that is absent, or known only at deployment, is never wrong.
 */
export type Validator<T> = (value: T | undefined) => string[];

function validator<T>(problems: (value: T) => string[]): Validator<T> {
  return (value) => (value === undefined || Token.isUnresolved(value) ? [] : problems(value));
}

/** The faults of one property, each naming the property and the value. */
export function check<T>(property: string, value: T | undefined, validate: Validator<T>): string[] {
  return validate(value).map((problem) => `${property}: got ${display(value)}; ${problem}`);
}

function display(value: unknown): string {
  const shown = typeof value === 'number' || value instanceof Date ? showScalar(value) : JSON.stringify(value);
  return shown.length > 100 ? `${shown.slice(0, 100)}… (${shown.length} characters)` : shown;
}

/** JSON knows neither NaN nor invalid dates. */
function showScalar(value: number | Date): string {
  return Number.isFinite(value.valueOf()) ? JSON.stringify(value) : String(value);
}

interface TextRule {
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** What the pattern means, as the end of "it must …". */
  readonly meaning?: string;
  readonly advice: string;
}

function text(rule: TextRule): Validator<string> {
  return validator((value) => {
    if (value.length < rule.min || value.length > rule.max) {
      const length = rule.min === rule.max ? `${rule.max}` : `${rule.min} to ${rule.max}`;
      return [`it must have ${length} characters but has ${value.length}; ${rule.advice}`];
    }
    return rule.pattern && !rule.pattern.test(value) ? [`it must ${rule.meaning}; ${rule.advice}`] : [];
  });
}

/** The service's patterns mean to allow surrogate pairs too, but are garbled there: only the Basic Multilingual Plane is safe. */
export const resourceName = text({
  min: 1,
  max: 63,
  pattern: /^(?!\s*$)[\u0020-\uD7FF\uE000-\uFFFD\t]*$/,
  meaning: 'not be blank, and hold no line break, control character or emoji',
  advice: 'choose another name, or leave it out to have one generated',
});

export const description = text({
  min: 0,
  max: 255,
  pattern: /^[\u0020-\uD7FF\uE000-\uFFFD\t\r\n]*$/,
  meaning: 'hold no control character or emoji',
  advice: 'shorten or simplify the description',
});

export const generation = text({ min: 1, max: 64, advice: 'use a short string such as "2" or "2026-06"' });

export const roleArn = text({
  min: 20,
  max: 2048,
  pattern: /^arn:aws[-a-z]*:iam::[0-9]{12}:role\/.+$/,
  meaning: 'look like arn:aws:iam::111122223333:role/name',
  advice: 'give the ARN of an IAM role',
});

export const keyArn = text({
  min: 20,
  max: 2048,
  pattern: /^arn:aws[-a-z]*:kms:[-a-z0-9]+:[0-9]{12}:key\/.+$/,
  meaning: 'look like arn:aws:kms:us-east-1:111122223333:key/id',
  advice: 'give the key itself, not an alias',
});

const GLUE_ADVICE = 'use the name as it is in the AWS Glue Data Catalog';

export const glueColumnName = text({
  min: 1,
  max: 128,
  pattern: /^[a-zA-Z0-9_](([a-zA-Z0-9_ ]+-)*([a-zA-Z0-9_ ]+))?$/,
  meaning: 'consist of letters, digits and underscores, spaces after the first character, and single hyphens inside after the second',
  advice: GLUE_ADVICE,
});

export const glueTableName = glueColumnName;

export const glueDatabaseName = text({
  min: 1,
  max: 128,
  pattern: /^[a-zA-Z0-9_](([a-zA-Z0-9_]+-)*([a-zA-Z0-9_]+))?$/,
  meaning: 'consist of letters, digits and underscores, and single hyphens inside after the second character',
  advice: GLUE_ADVICE,
});

export const accountId = text({ min: 12, max: 12, pattern: /^[0-9]{12}$/, meaning: 'be 12 digits', advice: 'give an AWS account id' });

export const collaborationId = text({
  min: 36,
  max: 36,
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  meaning: 'be a UUID in lower case',
  advice: 'use the id of the AWS Clean Rooms collaboration',
});

/** A prefix ends up in an object key and in the resource of an IAM statement, where a wildcard would allow more than is meant. */
export const objectPrefix = validator<string>((prefix) => (/^\/|[*?]/.test(prefix)
  ? ['it must not begin with "/" and hold no "*" or "?"; give a folder of the bucket such as "clicks/"']
  : []));

const MAX_URI_LENGTH = 1285;
const SHORTEST_BUCKET_NAME = 3;

/** Whether `s3://bucket/prefix` is too long, even if a bucket whose name is not known yet turns out to have the shortest possible one. */
export function outputUri(bucketName: string): Validator<string> {
  const bucketLength = Token.isUnresolved(bucketName) ? SHORTEST_BUCKET_NAME : bucketName.length;
  return validator((prefix) => {
    const length = 's3://'.length + bucketLength + '/'.length + prefix.length;
    return length > MAX_URI_LENGTH ? [`s3://bucket/prefix may have at most ${MAX_URI_LENGTH} characters but has ${length}; shorten the prefix`] : [];
  });
}

function wholeNumber(min: number, max: number): Validator<number> {
  return validator((value) => (Number.isInteger(value) && value >= min && value <= max
    ? []
    : [`it must be a whole number from ${min} to ${max}`]));
}

export const minMatchingSeedSize = wholeNumber(25, 500_000);

const MAX_BINS = 25;

function sizeBins(bin: Validator<number>): Validator<number[]> {
  return validator((bins) => {
    const known = bins.filter((value) => !Token.isUnresolved(value));
    return [
      ...(bins.length < 1 || bins.length > MAX_BINS ? [`there must be 1 to ${MAX_BINS} bins but there are ${bins.length}`] : []),
      ...(new Set(known).size < known.length ? ['each bin may be given only once; remove the duplicates'] : []),
      ...known.flatMap((value) => bin(value).map((problem) => `bin ${value}: ${problem}`)),
    ];
  });
}

export const absoluteBins = sizeBins(wholeNumber(1, 20_000_000));
export const percentageBins = sizeBins(wholeNumber(1, 100));

export const validDate = validator<Date>((date) => (Number.isNaN(date.getTime()) ? ['it must be a valid date'] : []));

/** Whether a window of time is not empty. Either end may be open. */
export function timeWindow(start: Date | undefined, end: Date | undefined): string[] {
  return start && end && start.getTime() >= end.getTime()
    ? [`it must be before the end of the window, ${display(end)}; correct one of the two`]
    : [];
}

export interface Column {
  readonly columnName: string;
  readonly columnType: string;
}

const REQUIRED_COLUMN_TYPES = ['USER_ID', 'ITEM_ID', 'TIMESTAMP'];
const MAX_FEATURES = 10;

export const columns = validator<Column[]>((schema) => {
  const ofType = (type: string) => schema.filter((column) => column.columnType === type).length;
  const names = schema.map((column) => column.columnName).filter((name) => !Token.isUnresolved(name));
  const repeated = names.filter((name, index) => names.indexOf(name) < index);
  const features = schema.filter((column) => !REQUIRED_COLUMN_TYPES.includes(column.columnType)).length;
  return [
    ...REQUIRED_COLUMN_TYPES
      .filter((type) => ofType(type) !== 1)
      .map((type) => `there must be exactly one ${type} column but there are ${ofType(type)}`),
    ...(features > MAX_FEATURES ? [`there may be at most ${MAX_FEATURES} feature columns but there are ${features}; leave some out`] : []),
    ...[...new Set(repeated)].map((name) => `column ${JSON.stringify(name)} may be listed only once; remove the others`),
  ];
});

export type TagMap = Record<string, string>;

/** The service allows 50 tags on a resource, and some of them say whose the resource is. */
export const MAX_TAGS = 50 - Object.keys(OwnershipTag).length;
const RESERVED_TAG_PREFIXES = ['aws:', OWNERSHIP_TAG_PREFIX];

export const tags = validator<TagMap>((map) => {
  const entries = Object.entries(map);
  return [
    ...(entries.length > MAX_TAGS ? [`there may be at most ${MAX_TAGS} tags but there are ${entries.length}; remove some`] : []),
    ...entries.flatMap(([key, value]) => [...tagKey(key), ...tagValue(value)].map((problem) => `tag ${display(key)}: ${problem}`)),
  ];
});

const tagKey = validator<string>((key) => [
  ...text({ min: 1, max: 128, advice: 'shorten the key' })(key).map((problem) => `its key: ${problem}`),
  ...RESERVED_TAG_PREFIXES
    .filter((prefix) => key.toLowerCase().startsWith(prefix))
    .map((prefix) => `keys that begin with "${prefix}" are reserved; rename it`),
]);

const tagValue = validator<string>((value) =>
  text({ min: 0, max: 256, advice: 'shorten the value' })(value).map((problem) => `its value: ${problem}`));

const MAX_POLICY_LENGTH = 20_480;

export const policyLength = validator<number>((length) => (length > MAX_POLICY_LENGTH
  ? [`the policy document may have at most ${MAX_POLICY_LENGTH} characters but has ${length}; name fewer principals or merge statements`]
  : []));

const MAX_INLINE_POLICIES_LENGTH = 10_240;

/** Of all inline policies of a role together. */
export const inlinePolicyLength = validator<number>((length) => (length > MAX_INLINE_POLICIES_LENGTH
  ? [`the role of the handlers would have policies of more than ${length} characters but IAM allows ${MAX_INLINE_POLICIES_LENGTH}; `
    + 'move some of the Clean Rooms ML constructs to another stack']
  : []));

/** Whether an account or a Region is the one of the stack, as far as both are known. */
export function sameAsStack(expected: string, advice: string): Validator<string> {
  return validator((actual) => (Token.isUnresolved(expected) || actual === expected
    ? []
    : [`it must be ${expected}, as for the stack; ${advice}`]));
}
