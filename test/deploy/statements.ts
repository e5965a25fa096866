import type { Assembly, Template } from './assembly';

/** An action that a statement of a role, of a role's trust or of a key allows. */
export interface Permission {
  readonly title: string;
  readonly action: string;
  /** Where the statement is in the template. */
  readonly path: readonly string[];
}

interface Statement {
  Action: string | string[];
  readonly Principal?: object;
  readonly Resource?: unknown;
}

export function permissionsOf({ template: { Resources } }: Assembly): Permission[] {
  return Object.entries(Resources).flatMap(([logicalId, { Properties }]) => statementsIn(Properties, ['Resources', logicalId, 'Properties'])
    .flatMap(([path, { Action, Principal, Resource }]) => [Action].flat().map((action) => ({
      path, action, title: `${withoutHash(logicalId)}: ${action} ${Principal ? `by ${words(Object.values(Principal))}` : `on ${words(Resource)}`}`,
    }))));
}

function statementsIn(value: unknown, path: string[]): [string[], Statement][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => (key === 'Statement'
    ? Object.entries(part as Statement[]).map(([index, statement]): [string[], Statement] => [[...path, key, index], statement])
    : statementsIn(part, [...path, key])));
}

/** A value of a template, as far as it takes to tell it from others. */
function words(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return words(value[0]);
  const [[name, operand]] = Object.entries(value as Record<string, string & [string, unknown[]]>);
  if (name === 'Fn::Join') return operand[1].map(words).join('');
  return withoutHash(name === 'Ref' ? operand : operand[0]);
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

/** The statement stays, with an action that nobody asks for: without any, the policy would be refused. */
export function without(permissions: readonly Permission[]): (template: Template) => void {
  return (template) => {
    for (const { path, action } of permissions) {
      const statement = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], template) as Statement;
      statement.Action = [statement.Action].flat().map((other) => (other === action ? 'sts:TagSession' : other));
    }
  };
}
