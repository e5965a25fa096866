import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

export interface TemplateResource {
  readonly Type: string;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: Record<string, unknown>;
}

/** The resources of a stack by their logical ids, read without the assertions' own search for cycles. */
export function resourcesOf(stack: Stack): Record<string, TemplateResource> {
  return Template.fromStack(stack, { skipCyclicalDependenciesCheck: true }).toJSON().Resources as Record<string, TemplateResource>;
}

/** The resources whose type begins so, with their logical ids. */
export function ofType(resources: Record<string, TemplateResource>, prefix: string): [string, TemplateResource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type.startsWith(prefix));
}

/** What each resource of a template waits for, by logical id: what it refers to, and what it names in DependsOn. */
export function dependenciesOf(resources: Record<string, TemplateResource>): Map<string, Set<string>> {
  return new Map(Object.entries(resources).map(([id, { DependsOn = [], Properties }]) => {
    const found = new Set([DependsOn].flat());
    collectReferences(Properties, found);
    return [id, new Set([...found].filter((name) => name in resources))];
  }));
}

function collectReferences(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const { 'Ref': ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as Record<string, unknown>;
  if (typeof ref === 'string') found.add(ref);
  if (attribute !== undefined) found.add(typeof attribute === 'string' ? attribute.split('.')[0] : (attribute as string[])[0]);
  if (text !== undefined) for (const [, name] of String([text].flat()[0]).matchAll(/\$\{([\w:]+)[^}]*\}/g)) found.add(name);
  for (const inner of Object.values(value)) collectReferences(inner, found);
}

/** How many resources stand one behind the other up to each, itself included. Throws an error that names the resources of a cycle. */
export function depthsOf(resources: Record<string, TemplateResource>): Map<string, number> {
  const dependencies = dependenciesOf(resources);
  const depths = new Map<string, number>();
  const depthOf = (id: string, path: string[]): number => {
    if (path.includes(id)) throw new Error(`a cycle: ${[...path.slice(path.indexOf(id)), id].join(' -> ')}`);
    const known = depths.get(id);
    if (known !== undefined) return known;
    const depth = 1 + Math.max(0, ...[...dependencies.get(id) ?? []].map((next) => depthOf(next, [...path, id])));
    depths.set(id, depth);
    return depth;
  };
  for (const id of dependencies.keys()) depthOf(id, []);
  return depths;
}
