import { Token, Tokenization } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';

/** Whether only an execution knows a value, as a whole or in part, as far as it was meant so. */
export function isExpression(value: unknown): boolean {
  return resemblesJsonata(value) || isJsonPath(value);
}

/** Whether a value is an expression of JSONPath, or holds one: text, a number, or something else that a token stands for. */
export function isJsonPath(value: unknown): boolean {
  const tokens = typeof value === 'string' ? Tokenization.reverseString(value).tokens : [Tokenization.reverse(value)];
  return tokens.some((token) => token !== undefined && sfn.JsonPath.isEncodedJsonPath(Token.asString(token)));
}

/** A value as its author knows it: an expression of JSONPath is a token with a number otherwise. */
export function asWritten(value: unknown): unknown {
  return isJsonPath(value) ? Tokenization.reverse(value, { failConcat: false }) ?? value : value;
}

/** Whether a value is an expression of JSONata, which only an execution evaluates. Step Functions takes none that has spaces around it. */
export function isJsonata(value: unknown): boolean {
  return typeof value === 'string' && /^\{%.*%\}$/s.test(value);
}

/** Whether a value is an expression of JSONata, or is only meant to be one. */
export function resemblesJsonata(value: unknown): boolean {
  return typeof value === 'string' && isJsonata(value.trim());
}

/** An expression on one line: in the source it may have several, and in the definition they would only take room. */
export function jsonata(expression: string): string {
  return `{% ${expression.trim().replace(/\s*\n\s*/g, ' ')} %}`;
}

/** Text as a literal in an expression. */
export function literal(text: string): string {
  return JSON.stringify(text);
}

/** The seconds until the next look at a job that an expression says was begun: a twentieth of its age, times a pace, within limits. */
export function secondsUntilNextLook(begun: string, { shortest, longest, pace }: { shortest: number; longest: number; pace: number }): string {
  return `$max([${shortest}, $min([${longest}, $floor(($millis() - $toMillis(${begun})) / ${20_000 / pace})])])`;
}

/** Whether a job that an expression says was begun is older than it may become. */
export function isOlderThan(begun: string, seconds: number): string {
  return `$millis() - $toMillis(${begun}) > ${seconds * 1000}`;
}
