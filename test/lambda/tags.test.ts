import type { Request } from '../../lambda/request';
import { fatedTags, tagChanges } from '../../lambda/tags';
import { Fate } from '../../src/private/contract';

const ownership = { 'cdk-cleanrooms-ml:stack-id': 'stack' };

test.each([
  ['where all is as it should be nothing changes', { a: '1', ...ownership }, { a: '1' }, { a: '1' }, {}, []],
  ['a new tag is added', { ...ownership }, { a: '1' }, {}, { a: '1' }, []],
  ['a changed tag is set', { a: '1', ...ownership }, { a: '2' }, { a: '1' }, { a: '2' }, []],
  ['a changed tag that shows the value already is left', { a: '2', ...ownership }, { a: '2' }, { a: '1' }, {}, []],
  ['a dropped tag is removed', { a: '1', ...ownership }, {}, { a: '1' }, {}, ['a']],
  ['a dropped tag that is gone already is left', { ...ownership }, {}, { a: '1' }, {}, []],
  ['a tag by another hand stays', { theirs: 'x', ...ownership }, {}, {}, {}, []],
  ['a tag that another hand changed stays while the template does not change it', { a: 'theirs', ...ownership }, { a: '1' }, { a: '1' }, {}, []],
  ['a tag that another hand removed stays so while the template does not change it', { ...ownership }, { a: '1' }, { a: '1' }, {}, []],
  ['without a template before, all that it says is made good', { a: 'x', ...ownership }, { a: '1', b: '2' }, undefined, { a: '1', b: '2' }, []],
  ['ownership is made good', { a: '1' }, { a: '1' }, { a: '1' }, ownership, []],
  ['an empty value is a value', { a: '', ...ownership }, { a: '' }, {}, {}, []],
])('%s', (_, observed, wanted, previous, add, remove) => {
  expect(tagChanges(observed, wanted, previous, ownership)).toEqual({ add, remove });
});

test('what is marked keeps its logical id and its hash, and has those of the request where others took them', () => {
  const request = { stackId: 'stack', logicalId: 'Model', identity: { hash: 'another' }, properties: {} } as unknown as Request;
  const bears = { ...ownership, 'cdk-cleanrooms-ml:logical-id': 'Gone', 'cdk-cleanrooms-ml:identity': 'hash' };
  expect(fatedTags(request, bears, Fate.KEPT)).toEqual({ ...bears, 'cdk-cleanrooms-ml:identity': 'kept:hash' });
  expect(fatedTags(request, {}, Fate.KEPT)).toEqual({ ...ownership, 'cdk-cleanrooms-ml:logical-id': 'Model', 'cdk-cleanrooms-ml:identity': 'kept:another' });
});
