import jsonata from 'jsonata';
import { faultIn, type Result } from './expression-rules';
import type { Json } from './json';

/** Parsing costs more than evaluating, and there are only so many texts in all state machines. */
const parsed = new Map<string, jsonata.Expression>();

export type Expression = `{%${string}%}`;

/** Whether a value in a JSONata state is meant to be evaluated. */
export function isExpression(value: Json): value is Expression {
  return typeof value === 'string' && value.length >= 4 && value.startsWith('{%') && value.endsWith('%}');
}

/** What stands between the delimiters. */
export function sourceOf(expression: Expression): string {
  return expression.slice(2, -2).trim();
}

export function parseExpression(source: string): jsonata.Expression {
  const known = parsed.get(source) ?? jsonata(source);
  parsed.set(source, known);
  return known;
}

/** What is wrong with a string in a JSONata state, where `$states` has these results; nothing if it is a literal or a good expression. */
export function checkString(text: string, results: readonly Result[]): string | undefined {
  if (!isExpression(text)) {
    return text.startsWith('{%') || text.endsWith('%}') ? 'is no expression: one starts with {% and ends with %}' : undefined;
  }
  try {
    return faultIn(parseExpression(sourceOf(text)).ast(), results);
  } catch (error) {
    return `is not a valid JSONata expression: ${(error as Error).message}`;
  }
}
