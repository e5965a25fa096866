import { Query } from '../../../local-aws/cloudformation/query';
import { element, toXml, XmlValue } from '../../../local-aws/cloudformation/xml';

/* How parameters come in, and answers go out. */

describe('the parameters of a query', () => {
  const query = new Query(new URLSearchParams([
    ['Name', 'n'], ['Empty', ''], ['On', 'true'], ['Off', 'false'],
    ['List.member.2', 'b'], ['List.member.10', 'c'], ['List.member.1', 'a'], ['Listing.member.1', 'other'],
    ['Tags.member.1.Key', 'k1'], ['Tags.member.1.Value', 'v1'], ['Tags.member.2.Key', 'k2'],
  ]));

  test('are there, or not', () => {
    expect([query.get('Name'), query.get('Empty'), query.get('None')]).toEqual(['n', '', undefined]);
    expect(query.need('Name')).toBe('n');
  });

  test.each(['Empty', 'None'])('have to be there where they are needed: %s', (name) => {
    expect(() => query.need(name)).toThrow(`Value null at '${name.toLowerCase()}' failed to satisfy constraint`);
  });

  test.each([['On', true], ['Off', false], ['Name', false], ['None', false]])('are true or false: %s is %s', (name, expected) => {
    expect(query.flag(name)).toBe(expected);
  });

  test('are lists in the order of their numbers', () => {
    expect(query.list('List')).toEqual(['a', 'b', 'c']);
    expect(query.list('None')).toEqual([]);
  });

  test('are lists of structures, each of which is there once', () => {
    expect(query.structures('Tags').map((field) => [field('Key'), field('Value')])).toEqual([['k1', 'v1'], ['k2', undefined]]);
  });
});

test.each<[string, XmlValue, string]>([
  ['text', 'a', 'a'],
  ['a number', 0, '0'],
  ['a truth value', false, 'false'],
  ['nothing', undefined, ''],
  ['a structure, without what is not there', { A: 1, B: undefined, C: '' }, '<A>1</A><C></C>'],
  ['a list', ['a', { B: 1 }], '<member>a</member><member><B>1</B></member>'],
  ['an empty list', { List: [] }, '<List></List>'],
  ['what XML itself uses', '<a href="x">&\r</a>', '&lt;a href=&quot;x&quot;&gt;&amp;&#xD;&lt;/a&gt;'],
  ['what XML cannot hold', 'a\u0000\u0001\tb\n\uFFFE\u{1F600}', 'a\uFFFD\uFFFD\tb\n\uFFFD\u{1F600}'],
])('%s is written as XML', (_, value, expected) => {
  expect(toXml(value)).toBe(expected);
  expect(element('It', value)).toBe(`<It>${expected}</It>`);
});
