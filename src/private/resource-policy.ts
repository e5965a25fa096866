/** A statement as the template has it: what only the deployment knows is an object in it. */
export interface PolicyStatement {
  readonly Principal?: string | Readonly<Record<string, unknown>>;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
}

/** The one action that the guide of AWS Clean Rooms ML knows in such a policy. */
const ACTION = 'cleanrooms-ml:StartAudienceGenerationJob';

/** What makes a document no resource policy, and the CDK does not look for. */
export function faultsOf(statements: readonly PolicyStatement[]): string[] {
  return statements.flatMap(({ Resource, NotResource }, index) => (Resource ?? NotResource) === undefined
    ? [`document: statement ${index + 1} has no resources; give it the ARN of the configured audience model, or use grants.startAudienceGenerationJob(…)`]
    : []);
}

/** What is not as in the guide, and may be refused: then the deployment fails, after the training. */
export function unusualParts(statements: readonly PolicyStatement[]): string[] {
  return statements.flatMap((statement, index) => [
    ...(['NotPrincipal', 'NotAction', 'NotResource'] as const).filter((element) => element in statement),
    ...literals(statement.Action).filter((action) => action.toLowerCase() !== ACTION.toLowerCase()).map((action) => `the action "${action}"`),
    ...literals(statement.Resource).filter((resource) => resource === '*').map(() => 'the resource "*"'),
    ...principalsOf(statement),
  ].map((part) => `statement ${index + 1} has ${part}`));
}

function principalsOf({ Principal: principal = {} }: PolicyStatement): string[] {
  if (typeof principal === 'string') return [`the principal "${principal}"`];
  const { AWS: accounts, ...others } = principal;
  return [
    ...literals(accounts).filter((account) => account === '*').map(() => 'the principal "*"'),
    ...Object.keys(others).map((kind) => `a principal of the kind ${kind}`),
  ];
}

function literals(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}
