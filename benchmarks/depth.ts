import type { Template, TemplateResource } from './synthesis';

/** How many resources stand in a row up to each one of a type, itself included: each is made when the one before it is there. */
export function depths({ Resources }: Template, type: RegExp): number[] {
  const known = new Map<string, number>();
  const depthOf = (id: string): number => {
    const depth = known.get(id) ?? 1 + Math.max(0, ...dependencies(Resources[id]).filter((other) => other in Resources && other !== id).map(depthOf));
    known.set(id, depth);
    return depth;
  };
  return Object.keys(Resources).filter((id) => type.test(Resources[id].Type)).map(depthOf);
}

function dependencies({ Properties, DependsOn = [] }: TemplateResource): string[] {
  return [...references(Properties), ...[DependsOn].flat()];
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    if (key === 'Ref') return [String(part)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(part) ? part[0] : String(part).split('.')[0])];
    return references(part);
  });
}
