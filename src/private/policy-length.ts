/**
 * A resolved document as JSON text, with a placeholder in the place of what only the deployment knows:
 * at least this long will the document be, if the placeholder is as short as can be.
 */
export function shortestJson(resolved: unknown, placeholder = ''): string {
  return JSON.stringify(resolved, (_key, value: unknown) => (isIntrinsic(value) ? literalPart(value, placeholder) : value));
}

type Intrinsic = Record<string, unknown>;

function isIntrinsic(value: unknown): value is Intrinsic {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
}

function literalPart(intrinsic: Intrinsic, placeholder: string): string {
  const join = intrinsic['Fn::Join'];
  if (!Array.isArray(join) || !Array.isArray(join[1])) return placeholder;
  return join[1].map((part) => (typeof part === 'string' ? part : '')).join(String(join[0]));
}
