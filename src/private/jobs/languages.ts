import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { isExpression, isJsonata, isJsonPath } from './expressions';
import { mismatch } from '../validation';

/** What may be an expression, of the properties that the constructs of jobs have. */
interface Expressible {
  readonly jobName?: unknown;
  readonly exportName?: unknown;
  readonly collaborationId?: unknown;
  readonly description?: unknown;
  readonly audienceGenerationJobArn?: unknown;
  readonly tags?: unknown;
  readonly seedAudience?: unknown;
}

const EXPRESSIBLE: readonly (keyof Expressible)[] = [
  'jobName', 'exportName', 'collaborationId', 'description', 'audienceGenerationJobArn', 'tags', 'seedAudience',
];

/** The faults of expressions that are in another language than the state that evaluates them. They would be taken for text. */
export function checkLanguage(props: Expressible, language: sfn.QueryLanguage = sfn.QueryLanguage.JSON_PATH): string[] {
  const inWrongLanguage = language === sfn.QueryLanguage.JSONATA
    ? find(props, isJsonPath, 'an expression in JSONata, such as "{% $states.input.x %}"; the state is in JSONata')
    : find(props, isJsonata, 'an expression in JSONPath, such as sfn.JsonPath.stringAt("$.x"); for JSONata, use the jsonata(…) of this class');
  return [...inWrongLanguage, ...checkNames(props)];
}

/** The faults of expressions where everything has to be known before an execution. */
export function checkKnown(props: Expressible): string[] {
  const expected = 'known before any execution; let executions say in their input what differs from one to the next';
  return [...find(props, isExpression, expected), ...checkNames(props)];
}

/** The faults of expressions for the keys of tags, the names of parameters and the like, which no language evaluates. */
function checkNames(props: Expressible): string[] {
  return EXPRESSIBLE.flatMap((property) => namesIn(props[property]).filter(isExpression)
    .map((name) => mismatch(property, name, 'known at synthesis where it is a key or a name; give only values as expressions')));
}

function find(props: Expressible, isWrong: (text: string) => boolean, expected: string): string[] {
  return EXPRESSIBLE.flatMap((property) => textsIn(props[property]).filter(isWrong).map((text) => mismatch(property, text, expected)));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return typeof value === 'string' ? [value] : [];
}

function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...namesIn(member)]);
}
