import { identityOf } from '../../lambda/identity';
import { mergePolicy, statementsOf } from '../../lambda/policy-document';
import { IDENTITY_HASH_LENGTH, ResourceType, sidPrefix } from '../../src/private/contract';

const prefix = sidPrefix('0123456789abcdef');
const statement = (account: string) => ({ Effect: 'Allow', Principal: { AWS: account }, Action: 'cleanrooms-ml:StartAudienceGenerationJob', Resource: '*' });
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const ours = statementsOf(document(statement('1'), { ...statement('2'), Sid: 'Users' }), prefix);
const foreign = { ...statement('3'), Sid: 'Clean-Rooms-CAMA-ID' };

test('our statements get Sids of ours', () => {
  expect(ours.map(({ Sid }) => Sid)).toEqual(['Cdk0123456789abcdefN0', 'Cdk0123456789abcdefN1']);
});

test('where there is no policy ours is the first', () => {
  expect(JSON.parse(mergePolicy(undefined, prefix, ours) ?? '')).toEqual({ Version: '2012-10-17', Statement: ours });
});

test('Sids are as long as the constructs expect', () => {
  expect(identityOf(ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY, 'stack', 'Policy', {}).hash).toHaveLength(IDENTITY_HASH_LENGTH);
});

test('foreign statements and fields stay, ours are replaced', () => {
  const current = JSON.stringify({ Version: '2008-10-17', Id: 'theirs', Statement: [foreign, ...ours, statement('4')] });
  expect(JSON.parse(mergePolicy(current, prefix, [ours[1]]) ?? '')).toEqual({ Version: '2008-10-17', Id: 'theirs', Statement: [foreign, statement('4'), ours[1]] });
});

test('a document that says so already is returned as it is, whatever the order of its keys', () => {
  const current = JSON.stringify({ Statement: [Object.fromEntries(Object.entries(ours[0]).reverse()), foreign, ours[1]] }, undefined, 2);
  expect(mergePolicy(current, prefix, ours)).toBe(current);
});

test('a single foreign statement that is not in a list is kept', () => {
  expect(JSON.parse(mergePolicy(JSON.stringify({ Statement: foreign }), prefix, ours) ?? '').Statement).toEqual([foreign, ...ours]);
});

test('statements of another policy of this library are foreign', () => {
  const others = statementsOf(document(statement('5')), sidPrefix('fedcba9876543210'));
  expect(JSON.parse(mergePolicy(document(...others, ...ours), prefix, []) ?? '').Statement).toEqual(others);
});

test('without us nothing is left', () => expect(mergePolicy(document(...ours), prefix, [])).toBeUndefined());
test('where ours are gone already nothing changes', () => expect(mergePolicy(document(foreign), prefix, [])).toBe(document(foreign)));

test.each([[20_480, true], [20_481, false]])('a merged document of %i characters is allowed: %p', (length, allowed) => {
  const room = length - (mergePolicy(document(foreign), prefix, [{ Sid: `${prefix}0`, Pad: '' }]) ?? '').length;
  const merge = () => mergePolicy(document(foreign), prefix, [{ Sid: `${prefix}0`, Pad: 'x'.repeat(room) }]);
  if (allowed) expect(merge()).toHaveLength(length);
  else expect(merge).toThrow(/would have 20481 characters, \d+ of them in statements of other authors, which are kept; at most 20480 are allowed/);
});

test('a document that is too long by itself is not blamed on others', () => {
  const merge = () => mergePolicy(document(...ours), prefix, [{ Sid: `${prefix}0`, Pad: 'x'.repeat(20_480) }]);
  expect(merge).toThrow(/^the resource policy would have \d+ characters; at most 20480 are allowed; name fewer principals or merge statements$/);
});

test.each(['not JSON', '', 'null', '"text"'])('%j is refused as a document', (text) => {
  expect(() => statementsOf(text, prefix)).toThrow(/^PolicyDocument (is not JSON|must have at least one statement)/);
});

test('a document without statements is refused', () => {
  expect(() => statementsOf(document(), prefix)).toThrow('PolicyDocument must have at least one statement');
});

test('a policy in place that is not JSON is not overwritten', () => {
  expect(() => mergePolicy('<xml/>', prefix, ours)).toThrow('the policy in place is not JSON: <xml/>');
});
