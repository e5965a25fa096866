/** What the Query protocol can say: lists become `<member>` elements, and what is undefined is left out. */
export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

export function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return escaped(String(value));
  if (isList(value)) return value.map((item) => element('member', item)).join('');
  return Object.entries(value).map(([name, item]) => (item === undefined ? '' : element(name, item))).join('');
}

export function element(name: string, value: XmlValue, attributes = ''): string {
  return `<${name}${attributes}>${toXml(value)}</${name}>`;
}

function isList(value: object): value is readonly XmlValue[] {
  return Array.isArray(value);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' };

/** Characters that XML cannot hold at all become the replacement character. */
function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ENTITIES[character]).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
