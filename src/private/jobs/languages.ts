import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { isJsonata } from './expressions';
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
  return language === sfn.QueryLanguage.JSONATA
    ? find(props, isJsonPath, 'an expression in JSONata, such as "{% $states.input.x %}"; the state is in JSONata')
    : find(props, isJsonata, 'an expression in JSONPath, such as sfn.JsonPath.stringAt("$.x"); for JSONata, use the jsonata(…) of this class');
}

/** The faults of expressions where everything has to be known before an execution. */
export function checkKnown(props: Expressible): string[] {
  return find(props, (text) => isJsonata(text) || isJsonPath(text),
    'known before any execution; let executions say in their input what differs from one to the next');
}

function find(props: Expressible, isWrong: (text: string) => boolean, expected: string): string[] {
  return EXPRESSIBLE.flatMap((property) => textsIn(props[property]).filter(isWrong).map((text) => mismatch(property, text, expected)));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return typeof value === 'string' ? [value] : [];
}

function isJsonPath(text: string): boolean {
  return sfn.JsonPath.isEncodedJsonPath(text);
}
