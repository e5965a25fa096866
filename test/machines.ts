import validate from 'asl-validator';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';

/** A definition in the Amazon States Language, with the references of a template in words. */
export interface Definition {
  readonly QueryLanguage?: string;
  readonly States: Record<string, State>;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: Record<string, unknown>;
  readonly Output?: unknown;
  readonly Branches?: Definition[];
  readonly ItemProcessor?: Definition;
  readonly [field: string]: unknown;
}

/** The definition of the state machine whose logical id begins so; there must be one such in the stack. */
export function definitionIn(stack: Stack, logicalId = ''): Definition {
  const machines = Object.entries(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine')) as [string, { Properties: { DefinitionString: unknown } }][];
  const found = machines.filter(([id]) => id.startsWith(logicalId));
  if (found.length !== 1) throw new Error(`${found.length} of these begin with "${logicalId}": ${machines.map(([id]) => id).join(', ')}`);
  return JSON.parse(inWords(found[0][1].Properties.DefinitionString)) as Definition;
}

/** A state machine of one state, or of several, and its definition. */
export function machineOf(stack: Stack, chain: sfn.IChainable, queryLanguage?: sfn.QueryLanguage): Definition {
  new sfn.StateMachine(stack, 'Machine', { queryLanguage, definitionBody: sfn.DefinitionBody.fromChainable(chain) });
  return definitionIn(stack);
}

/** All states, those of inner state machines too, by name. */
export function statesOf(definition: Definition): Record<string, State> {
  return Object.assign({}, definition.States, ...Object.values(definition.States).flatMap(({ Branches = [], ItemProcessor }) => (
    [...Branches, ...ItemProcessor ? [ItemProcessor] : []].map(statesOf)
  ))) as Record<string, State>;
}

/** What the validator of the Amazon States Language has to say. */
export function faultsOfDefinition(definition: Definition): string {
  return validate(structuredClone(definition), { checkPaths: true, checkArn: true }).errorsText('\n');
}

export type Statement = Record<string, unknown>;

interface RoleResource {
  readonly Properties: { readonly Policies?: { PolicyDocument: { Statement: Statement[] } }[] };
}

interface PolicyResource {
  readonly Properties: { readonly Roles: { Ref: string }[]; readonly PolicyDocument: { Statement: Statement[] } };
}

/** The statements of a role whose logical id begins so: those in the role itself, then those of its policies. */
export function statementsOf(stack: Stack, rolePrefix: string): Statement[] {
  const template = Template.fromStack(stack);
  const roles = Object.entries(template.findResources('AWS::IAM::Role')) as [string, RoleResource][];
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as PolicyResource[];
  return [
    ...roles.filter(([id]) => id.startsWith(rolePrefix)).flatMap(([, { Properties }]) => Properties.Policies ?? []),
    ...policies.filter(({ Properties }) => Properties.Roles.some(({ Ref }) => Ref?.startsWith(rolePrefix))).map(({ Properties }) => Properties),
  ].flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .map((statement) => JSON.parse(JSON.stringify(statement), (_, value: unknown) => (isIntrinsic(value) ? inWords(value) : value)) as Statement);
}

function isIntrinsic(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 1 && /^(Ref|Fn::)/.test(Object.keys(value)[0]);
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument]] = Object.entries(value as Record<string, unknown>);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(inWords).join(separator);
  }
  if (argument === 'AWS::Partition') return 'aws';
  return name === 'Fn::GetAtt' ? (argument as string[])[0] : String(argument);
}
