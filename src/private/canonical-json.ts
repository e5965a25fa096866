/**
 * JSON with sorted keys and without what is undefined: equal values have equal texts. Scalars are texts, as CloudFormation hands them to
 * custom resources.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'number' || typeof part === 'boolean') return String(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
