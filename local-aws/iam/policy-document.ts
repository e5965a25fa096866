import { AwsError } from '../aws';

/** Where a policy stands decides what its statements must and must not have. */
export type PolicyKind = 'identity' | 'trust' | 'resource';

/** A policy document as it was given; nothing about it is known until it was validated. */
export type PolicyDocument = object;

type Fields = Readonly<Record<string, unknown>>;

const VERSIONS = ['2012-10-17', '2008-10-17'];
const STATEMENT_FIELDS = new Set(
  ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'NotPrincipal', 'Condition'],
);
const PRINCIPAL_TYPES = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);
const OPERATORS = [
  'String(Not)?Equals(IgnoreCase)?', 'String(Not)?Like', 'Numeric(Not)?Equals', 'Numeric(Less|Greater)Than(Equals)?',
  'Date(Not)?Equals', 'Date(Less|Greater)Than(Equals)?', 'Bool', 'BinaryEquals', '(Not)?IpAddress', 'Arn(Not)?(Equals|Like)', 'Null',
].join('|');
const CONDITION_OPERATOR = new RegExp(`^(For(All|Any)Values?:)?(${OPERATORS})(IfExists)?$`, 'i');
const ACTION = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const ARN = /^arn:[^:]+:[^:]*:[^:]*:[^:]*:.+$/;

/** Refuses, in IAM's words, what IAM refuses to store. */
export function validatePolicy(document: PolicyDocument, kind: PolicyKind, code = 'MalformedPolicyDocument'): void {
  const fault = documentFault(document, kind);
  if (fault !== undefined) throw new AwsError(code, fault);
}

/** The AWS principals that a policy names. */
export function awsPrincipals(document: PolicyDocument): string[] {
  return statementsOf(document).flatMap(({ Principal }) => isFields(Principal) ? strings(Principal.AWS) : []);
}

/** The resources that a policy names. */
export function policyResources(document: PolicyDocument): string[] {
  return statementsOf(document).flatMap(({ Resource }) => strings(Resource));
}

/** How much of a policy counts against its quota: white space does not. */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).replace(/\s/g, '').length;
}

function documentFault(document: PolicyDocument, kind: PolicyKind): string | undefined {
  const { Version, Statement, ...others } = document as Fields;
  if (Object.keys(others).some((key) => key !== 'Id')) return 'Syntax errors in policy.';
  if (Version !== undefined && !VERSIONS.includes(String(Version))) return 'Policy document must be version 2012-10-17 or greater.';
  const statements = statementsOf(document);
  if (Statement === undefined || statements.length === 0 || !statements.every(isFields)) return 'Syntax errors in policy.';
  const sids = statements.map(({ Sid }) => Sid).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) return 'Statement IDs (SID) in a single policy must be unique.';
  return first(statements, (statement) => statementFault(statement, kind));
}

function statementFault(statement: Fields, kind: PolicyKind): string | undefined {
  if (!Object.keys(statement).every((field) => STATEMENT_FIELDS.has(field))) return 'Syntax errors in policy.';
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') return 'Syntax errors in policy.';
  if (kind === 'identity' && statement.Sid !== undefined && !/^[A-Za-z0-9]*$/.test(String(statement.Sid))) {
    return 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
  }
  return actionFault(statement) ?? resourceFault(statement, kind) ?? principalFault(statement, kind) ?? conditionFault(statement.Condition);
}

function actionFault(statement: Fields): string | undefined {
  const actions = exclusive(statement, 'Action', 'NotAction');
  if (actions === undefined) return 'Policy statement must contain actions.';
  return actions.every((action) => ACTION.test(action)) ? undefined : 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
}

function resourceFault(statement: Fields, kind: PolicyKind): string | undefined {
  if (kind === 'trust') return has(statement, 'Resource', 'NotResource') ? 'Has prohibited field Resource' : undefined;
  const resources = exclusive(statement, 'Resource', 'NotResource');
  if (resources === undefined) return 'Policy statement must contain resources.';
  const malformed = resources.find((resource) => resource !== '*' && !ARN.test(resource));
  return malformed === undefined ? undefined : `Resource ${malformed} must be in ARN format or "*".`;
}

function principalFault(statement: Fields, kind: PolicyKind): string | undefined {
  if (kind === 'identity') return has(statement, 'Principal', 'NotPrincipal') ? 'Policy document should not specify a principal.' : undefined;
  const principal = statement.Principal ?? statement.NotPrincipal;
  if (principal === '*') return undefined;
  const entries = isFields(principal) ? Object.entries(principal) : [];
  if (entries.length === 0) return 'Missing required field Principal';
  return entries.every(([type, names]) => PRINCIPAL_TYPES.has(type) && strings(names).length > 0) ? undefined : 'Invalid principal in policy';
}

function conditionFault(condition: unknown): string | undefined {
  if (condition === undefined) return undefined;
  if (!isFields(condition)) return 'Syntax errors in policy.';
  const unknown = Object.keys(condition).find((operator) => !CONDITION_OPERATOR.test(operator));
  if (unknown !== undefined) return `Invalid Condition type : ${unknown}.`;
  return Object.values(condition).every(isFields) ? undefined : 'Syntax errors in policy.';
}

/** The values of whichever of two fields is there; nothing if it is both, neither, or empty. */
function exclusive(statement: Fields, field: string, notField: string): string[] | undefined {
  if (has(statement, field) === has(statement, notField)) return undefined;
  const values = strings(statement[field] ?? statement[notField]);
  return values.length > 0 ? values : undefined;
}

function statementsOf(document: PolicyDocument): Fields[] {
  return [(document as Fields).Statement ?? []].flat() as Fields[];
}

function strings(value: unknown): string[] {
  const values = [value ?? []].flat();
  return values.every((entry) => typeof entry === 'string' && entry !== '') ? values as string[] : [];
}

function has(statement: Fields, ...fields: string[]): boolean {
  return fields.some((field) => statement[field] !== undefined);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function first<T>(items: readonly T[], fault: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
