import { Token } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { asWritten, isExpression, isJsonata, isJsonPath, resemblesJsonata } from './expressions';
import { mismatch } from '../faults';

/** What may be an expression, of the properties that the constructs of jobs have. */
interface Expressible {
  readonly jobName?: unknown;
  readonly exportName?: unknown;
  readonly collaborationId?: unknown;
  readonly description?: unknown;
  readonly audienceGenerationJobArn?: unknown;
  readonly tags?: unknown;
  readonly seedAudience?: unknown;
  readonly includeSeedInOutput?: unknown;
  readonly size?: unknown;
  readonly sizes?: unknown;
  readonly minimumRelevance?: unknown;
  readonly minimumRecall?: unknown;
  readonly keepJobs?: unknown;
  readonly assign?: unknown;
  readonly outputs?: unknown;
}

const EXPRESSIBLE: readonly (keyof Expressible)[] = [
  'jobName', 'exportName', 'collaborationId', 'description', 'audienceGenerationJobArn', 'tags', 'seedAudience', 'includeSeedInOutput',
  'size', 'sizes', 'minimumRelevance', 'minimumRecall', 'keepJobs', 'assign', 'outputs',
];

/** What only a state in JSONPath has. */
interface Paths {
  readonly inputPath?: unknown;
  readonly outputPath?: unknown;
  readonly resultPath?: unknown;
}

/**
 * The faults of expressions that the state does not evaluate, because they are in another language, or not whole: they would be taken for
 * text. And of what a state in its language has not: that would be left out.
 */
export function checkLanguage(given: Expressible & Paths, language: sfn.QueryLanguage = sfn.QueryLanguage.JSON_PATH): string[] {
  return language === sfn.QueryLanguage.JSONATA ? checkJsonata(given) : checkJsonPath(given);
}

function checkJsonata(given: Expressible & Paths): string[] {
  return [
    ...(['inputPath', 'outputPath', 'resultPath'] as const).filter((property) => given[property] !== undefined)
      .map((property) => mismatch(property, given[property], 'left out of a state in JSONata; use outputs')),
    ...find(given, (value) => typeof value !== 'number' && isJsonPath(value),
      'an expression in JSONata, such as "{% $states.input.x %}"; the state is in JSONata'),
    // An expression in JSONata is text, which no number is.
    ...find(given, (value) => typeof value === 'number' && isJsonPath(value),
      'a number that is known at synthesis; for one that only the execution knows, use the jsonPath(…) of this class'),
    ...find(given, (value) => resemblesJsonata(value) && !isJsonata(value), 'an expression that begins with "{%" and ends with "%}"; remove the spaces around it'),
    ...findNames(given, VALUES_ONLY),
  ];
}

function checkJsonPath({ outputs, ...props }: Expressible & Paths): string[] {
  return [
    ...(outputs === undefined ? [] : [mismatch('outputs', outputs, 'left out of a state in JSONPath; use resultPath and outputPath')]),
    ...find(props, resemblesJsonata, 'an expression in JSONPath, such as sfn.JsonPath.stringAt("$.x"); for JSONata, use the jsonata(…) of this class'),
    ...find(props, isPartlyJsonPath,
      'an expression in JSONPath as a whole, such as sfn.JsonPath.format("x-{}", sfn.JsonPath.stringAt("$.x"))'),
    ...findNames(props, VALUES_ONLY),
  ];
}

const VALUES_ONLY = 'known at synthesis where it is a key or a name; give only values as expressions';

/** The faults of expressions where everything has to be known before an execution. */
export function checkKnown(props: Expressible): string[] {
  const expected = 'known before any execution; let executions say in their input what differs from one to the next';
  return [...find(props, isExpression, expected), ...findNames(props, expected)];
}

/** The faults of expressions for the keys of tags, the names of parameters and the like, which no language evaluates. */
function findNames(props: Expressible, expected: string): string[] {
  return EXPRESSIBLE.flatMap((property) => namesIn(props[property]).filter(isExpression).map((name) => mismatch(property, name, expected)));
}

function find(props: Expressible, isWrong: (value: unknown) => boolean, expected: string): string[] {
  return EXPRESSIBLE.flatMap((property) => valuesIn(props[property]).filter(isWrong).map((value) => mismatch(property, value, expected)));
}

function valuesIn(value: unknown): unknown[] {
  return isObject(value) ? Object.values(value).flatMap(valuesIn) : [value];
}

function namesIn(value: unknown): string[] {
  return isObject(value) ? Object.entries(value).flatMap(([name, member]) => [name, ...namesIn(member)]) : [];
}

/** Whether text has something beside an expression of JSONPath, which the CDK cannot join. */
function isPartlyJsonPath(value: unknown): boolean {
  return typeof value === 'string' && isJsonPath(value) && asWritten(value) === value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Token.isUnresolved(value);
}
