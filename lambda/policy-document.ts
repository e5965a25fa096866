import { Refusal } from './errors';
import type { RawProperties } from './events';
import { canonicalJson } from './identity';
import { MAX_POLICY_LENGTH } from '../src/private/contract';

/*
 * The resource policy of a configured audience model is one document with several authors: AWS Clean Rooms writes into it, other
 * stacks may, and people. Ours are the statements whose Sid begins with our prefix; all else passes through untouched.
 */

type Statement = RawProperties;
type PolicyDocument = RawProperties & { readonly Statement: Statement[] };

/** The statements of a template's document, under Sids of our own. */
export function statementsOf(document: string, prefix: string): Statement[] {
  const statements = parse(document, 'PolicyDocument').Statement;
  if (statements.length === 0) throw new Refusal('PolicyDocument must have at least one statement');
  return statements.map((statement, index) => ({ ...statement, Sid: `${prefix}${index}` }));
}

/**
 * The document with our statements as they should be: `undefined` where nothing is left to say, `current` itself where it says so already.
 */
export function mergePolicy(current: string | undefined, prefix: string, statements: Statement[]): string | undefined {
  const document: PolicyDocument = current === undefined ? { Version: '2012-10-17', Statement: [] } : parse(current, 'the policy in place');
  const ours = document.Statement.filter((statement) => isOurs(statement, prefix));
  if (current !== undefined && canonicalJson(ours) === canonicalJson(statements)) return current;

  const foreign = document.Statement.filter((statement) => !isOurs(statement, prefix));
  const merged = [...foreign, ...statements];
  if (merged.length === 0) return undefined;
  const text = JSON.stringify({ ...document, Statement: merged });
  if (text.length > MAX_POLICY_LENGTH) {
    const kept = foreign.length > 0 ? `, ${JSON.stringify(foreign).length} of them in statements of other authors, which are kept` : '';
    throw new Refusal(`the resource policy would have ${text.length} characters${kept}; at most ${MAX_POLICY_LENGTH} are allowed; `
      + 'name fewer principals or merge statements');
  }
  return text;
}

function isOurs(statement: Statement, prefix: string): boolean {
  return typeof statement.Sid === 'string' && statement.Sid.startsWith(prefix);
}

function parse(text: string, what: string): PolicyDocument {
  try {
    const document: RawProperties = JSON.parse(text);
    const statement = document.Statement;
    return { ...document, Statement: Array.isArray(statement) ? statement : statement === undefined ? [] : [statement as Statement] };
  } catch {
    throw new Refusal(`${what} is not JSON: ${text.slice(0, 200)}`);
  }
}
