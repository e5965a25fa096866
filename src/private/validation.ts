import { CfnDeletionPolicy, IResolvable, RemovalPolicy, Token } from 'aws-cdk-lib';
import { MAX_POLICY_LENGTH, OWNERSHIP_TAG_PREFIX, OwnershipTag } from './contract';
import { display, isUnknown, required, Validator, validator } from './faults';

/* What is allowed, by value. */

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
    if (typeof value !== 'string') return [`it must be a string; ${rule.advice}`];
    if (value.length < rule.min || value.length > rule.max) {
      const length = rule.min === rule.max ? `${rule.max}` : `${rule.min} to ${rule.max}`;
      return [`it must have ${length} characters but has ${value.length}; ${rule.advice}`];
    }
    return rule.pattern && !rule.pattern.test(value) ? [`it must ${rule.meaning}; ${rule.advice}`] : [];
  });
}

/** The service's patterns mean to allow surrogate pairs too, but are garbled there: only the Basic Multilingual Plane is safe. */
function nameOfAtMost(max: number): Validator<string> {
  return text({
    min: 1,
    max,
    pattern: /^(?!\s*$)[\u0020-\uD7FF\uE000-\uFFFD\t]*$/,
    meaning: 'not be blank, and hold no line break, control character or emoji',
    advice: 'choose another name, or leave it out to have one generated',
  });
}

export const LONGEST_NAME = 63;

export const resourceName = nameOfAtMost(LONGEST_NAME);

/** A name to which so many more characters are added. */
export function namePrefix(suffixLength: number): Validator<string> {
  return nameOfAtMost(LONGEST_NAME - suffixLength);
}

export const description = text({
  min: 0,
  max: 255,
  pattern: /^[\u0020-\uD7FF\uE000-\uFFFD\t\r\n]*$/,
  meaning: 'hold no control character or emoji',
  advice: 'shorten or simplify the description',
});

export const generation = text({ min: 1, max: 64, advice: 'use a short string such as "2" or "2026-06"' });

/** What IAM reads as a wildcard or a variable in the resource of a statement, where it would allow more than is meant. */
const WILDCARD = /[*?]|\$\{/;

function arn(pattern: RegExp, example: string, advice: string): Validator<string> {
  const form = text({ min: 20, max: 2048, pattern, meaning: `look like ${example}`, advice });
  return validator((value) => (WILDCARD.test(value) ? [`it must stand for one resource, without "*", "?" and "\${"; ${advice}`] : form(value)));
}

function serviceArn(resource: string, name: string): Validator<string> {
  const advice = `give the ARN of ${name}`;
  return required(arn(
    new RegExp(`^arn:aws[-a-z]*:cleanrooms-ml:[-a-z0-9]+:[0-9]{12}:${resource}/[-a-zA-Z0-9_/.]+$`),
    `arn:aws:cleanrooms-ml:us-east-1:111122223333:${resource}/id`,
    advice,
  ), advice);
}

/** The ARNs of the service's own resources, by its own patterns. */
export const serviceArns = {
  trainingDataset: serviceArn('training-dataset', 'a training dataset'),
  audienceModel: serviceArn('audience-model', 'an audience model'),
  configuredAudienceModel: serviceArn('configured-audience-model', 'a configured audience model'),
  audienceGenerationJob: serviceArn('audience-generation-job', 'an audience generation job'),
};

export const roleArn = arn(/^arn:aws[-a-z]*:iam::[0-9]{12}:role\/.+$/, 'arn:aws:iam::111122223333:role/name', 'give the ARN of an IAM role');

export const keyArn = arn(
  /^arn:aws[-a-z]*:kms:[-a-z0-9]+:[0-9]{12}:key\/.+$/,
  'arn:aws:kms:us-east-1:111122223333:key/id',
  'give the key itself, not an alias',
);

export const eventBusArn = arn(
  /^arn:aws[-a-z]*:events:[-a-z0-9]+:[0-9]{12}:event-bus\/.+$/,
  'arn:aws:events:us-east-1:111122223333:event-bus/name',
  'give the ARN of an event bus',
);

function exactly<T>(expected: T, advice: string): Validator<T> {
  return validator((value) => (value === expected ? [] : [`it must be ${display(expected)}; ${advice}`]));
}

export const symmetricKeySpec = exactly('SYMMETRIC_DEFAULT', 'give a symmetric key');
export const encryptingKeyUsage = exactly('ENCRYPT_DECRYPT', 'give a key for encryption');
/** A token where only the deployment decides. */
export const enabledKey = exactly<boolean | IResolvable>(true, 'give a key that is enabled');

/** One of the values of an enum. */
export function oneOf(values: Record<string, string>): Validator<string> {
  const allowed = Object.values(values);
  return validator((value) => (allowed.includes(value) ? [] : [`it must be one of ${allowed.map((one) => JSON.stringify(one)).join(', ')}`]));
}

const REMOVAL_POLICIES: RemovalPolicy[] = [RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE];
const NO_SNAPSHOTS = 'because CloudFormation makes no snapshots of custom resources; choose one of them';

export const removalPolicy = validator<RemovalPolicy>((policy) => (REMOVAL_POLICIES.includes(policy)
  ? []
  : [`it must be RemovalPolicy.DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, ${NO_SNAPSHOTS}`]));

/** As a template has it. */
export const cfnDeletionPolicy = validator<CfnDeletionPolicy>((policy) => (policy === CfnDeletionPolicy.SNAPSHOT
  ? [`it must be Delete, Retain or RetainExceptOnCreate, ${NO_SNAPSHOTS}`]
  : []));

export const GLUE_ADVICE = 'use the name as it is in the AWS Glue Data Catalog';

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

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const collaborationId = text({
  min: 36,
  max: 36,
  pattern: UUID,
  meaning: 'be a UUID in lower case',
  advice: 'use the id of the AWS Clean Rooms collaboration',
});

export const membershipId = text({
  min: 36,
  max: 36,
  pattern: UUID,
  meaning: 'be a UUID in lower case',
  advice: 'use the id of the AWS Clean Rooms membership',
});

/** A prefix ends up in an object key and in the resource of an IAM statement. */
export const objectPrefix = validator<string>((prefix) => (typeof prefix !== 'string' || prefix.startsWith('/') || WILDCARD.test(prefix)
  ? ['it must be a string that does not begin with "/" and holds no "*", "?" or "${"; give a folder of the bucket such as "clicks/"']
  : []));

const MAX_URI_LENGTH = 1285;
const SHORTEST_BUCKET_NAME = 3;

/** Whether `s3://bucket/prefix` is too long, even if a bucket whose name is not known yet turns out to have the shortest possible one. */
export function outputUri(bucketName: string | undefined): Validator<string> {
  const bucketLength = bucketName === undefined || isUnknown(bucketName) ? SHORTEST_BUCKET_NAME : bucketName.length;
  return validator((prefix) => {
    const length = 's3://'.length + bucketLength + '/'.length + prefix.length;
    return length > MAX_URI_LENGTH ? [`s3://bucket/prefix may have at most ${MAX_URI_LENGTH} characters but has ${length}; shorten the prefix`] : [];
  });
}

const s3UriForm = text({
  min: 6, max: MAX_URI_LENGTH, pattern: /^s3:\/\/[^/]+\/.+$/, meaning: 'look like s3://bucket/key', advice: 'give the URI of an object',
});

/** A URI ends up in the resource of an IAM statement. */
export const s3Uri = validator<string>((uri) => (WILDCARD.test(uri) ? ['it must hold no "*", "?" or "${"; give the URI of one object or folder'] : s3UriForm(uri)));

/** As a prefix, but there must be something, and the whole URI must not be too long. */
export function objectKey(bucketName: string | undefined): Validator<string> {
  return validator((key) => (objectPrefix(key).length > 0 || key === ''
    ? ['it must be a string that is not empty, does not begin with "/" and holds no "*", "?" or "${"; give an object of the bucket such as "seeds/today.jsonl"']
    : outputUri(bucketName)(key)));
}

function wholeNumber(min: number, max: number): Validator<number> {
  return validator((value) => (Number.isInteger(value) && value >= min && value <= max
    ? []
    : [`it must be a whole number from ${min} to ${max}`]));
}

export const minMatchingSeedSize = wholeNumber(25, 500_000);

function number(min: number, max: number): Validator<number> {
  return validator((value) => (typeof value === 'number' && value >= min && value <= max ? [] : [`it must be a number from ${min} to ${max}`]));
}

export const relevance = number(0, 10);
export const recall = number(0, 1);
/** Of 500 models, the quota of an account, some are in use, in training, or others'. */
export const keptGenerations = wholeNumber(0, 490);
export const keptJobs = wholeNumber(1, Number.MAX_SAFE_INTEGER);

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

export const absoluteSize = wholeNumber(1, 20_000_000);
export const percentageSize = wholeNumber(1, 100);
export const absoluteBins = sizeBins(absoluteSize);
export const percentageBins = sizeBins(percentageSize);

/** What the service can be told: the years of ISO 8601. */
export const validDate = validator<Date>((date) => {
  if (!isDate(date)) return ['it must be a valid date; give a Date'];
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? [] : [`it must be in the years 1970 to 9999 but is in ${year}; a Date counts milliseconds`];
});

function isDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** Whether a window of time is not empty. Either end may be open. */
export function timeWindow(start: Date | undefined, end: Date | undefined): string[] {
  return isDate(start) && isDate(end) && start.getTime() >= end.getTime()
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
  const names = schema.map((column) => column.columnName).filter((name) => !isUnknown(name));
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

export const queryString = text({ min: 1, max: 500_000, advice: 'shorten the query, or put it into an analysis template' });

export const analysisTemplateArn = text({
  min: 20,
  max: 200,
  pattern: /^arn:aws[-a-z]*:cleanrooms:[\w]{2}-[\w]{4,9}-[\d]:[\d]{12}:membership\/[\d\w-]+\/analysistemplate\/[\d\w-]+$/,
  meaning: 'look like arn:aws:cleanrooms:us-east-1:111122223333:membership/id/analysistemplate/id',
  advice: 'give the ARN of an analysis template',
});

export const workerNumber = wholeNumber(2, 1_024);

/** A map of texts, each of whose entries keeps two rules. */
function entries(what: string, maxEntries: number, key: TextRule, value: TextRule): Validator<Record<string, string>> {
  return validator((map) => {
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return [`it must be an object with the names and values of ${what}`];
    const all = Object.entries(map);
    return [
      ...(all.length > maxEntries ? [`there may be at most ${maxEntries} of ${what} but there are ${all.length}; remove some`] : []),
      ...all.flatMap(([name, content]) => [
        ...text(key)(name).map((problem) => `name ${display(name)}: ${problem}`),
        ...required(text(value), value.advice)(content).map((problem) => `value of ${display(name)}: ${problem}`),
      ]),
    ];
  });
}

export const queryParameters = entries('the parameters', Infinity, {
  min: 1, max: 100, pattern: /^[0-9a-zA-Z_]+$/, meaning: 'consist of letters, digits and underscores', advice: 'rename the parameter',
}, { min: 0, max: 1_000, advice: 'shorten the value' });

export const sparkProperties = entries('the Spark properties', 50,
  { min: 1, max: 200, advice: 'use the name of a Spark property' }, { min: 0, max: 500, advice: 'shorten the value' });

export type TagMap = Record<string, string>;

const MAX_SERVICE_TAGS = 50;
const RESERVED_TAG_PREFIXES = ['aws:', OWNERSHIP_TAG_PREFIX];

/** The tags that a user gives to something that has so many of this library's own. */
export function tagsBeside(ownTags: number): Validator<TagMap> {
  const most = MAX_SERVICE_TAGS - ownTags;
  const reason = ownTags === 0 ? '' : ` (the service's ${MAX_SERVICE_TAGS} less the ${ownTags} that this library sets)`;
  return validator((map) => {
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return ['it must be an object with the keys and values of the tags'];
    const all = Object.entries(map);
    return [
      ...(all.length > most ? [`there may be at most ${most} tags${reason} but there are ${all.length}; remove some`] : []),
      ...all.flatMap(([key, value]) => [...tagKey(key), ...tagValue(value)].map((problem) => `tag ${display(key)}: ${problem}`)),
    ];
  });
}

export const tags = tagsBeside(Object.keys(OwnershipTag).length);

const tagKey = validator<string>((key) => [
  ...text({ min: 1, max: 128, advice: 'shorten the key' })(key).map((problem) => `its key: ${problem}`),
  ...RESERVED_TAG_PREFIXES
    .filter((prefix) => key.toLowerCase().startsWith(prefix))
    .map((prefix) => `keys that begin with "${prefix}" are reserved; rename it`),
]);

const tagValue = validator<string>((value) =>
  text({ min: 0, max: 256, advice: 'shorten the value' })(value).map((problem) => `its value: ${problem}`));

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
  return validator((actual) => (isUnknown(expected) || actual === expected
    ? []
    : [`it must be ${expected}, as for the stack; ${advice}`]));
}
