import { deployed, STACK } from './scene';
import { customs, FUNCTION_ARN, ROOT } from './world';
import { ResourceChange } from '../../../local-aws/cloudformation/changes';
import { Value, Values } from '../../../local-aws/cloudformation/values';

/* What a change set says of resources, before anything is done to them. */

async function changes(before: Values, after: Values): Promise<readonly ResourceChange[]> {
  const { cloudFormation } = await deployed(before);
  return (await cloudFormation.changeSets.create(ROOT, { stackName: STACK, changeSetName: 'c', type: 'UPDATE', template: after })).changes;
}

const group = (properties: Values, more: Values = {}): Values => ({ Type: 'AWS::Logs::LogGroup', Properties: properties, ...more });
const custom = (properties: Values): Values => ({ Type: 'Custom::Thing', Properties: { ServiceToken: FUNCTION_ARN, ...properties } });
const direct = (name: string, requiresRecreation = 'Never') =>
  ({ attribute: 'Properties', name, requiresRecreation, evaluation: 'Static', changeSource: 'DirectModification' });

test.each<[string, Values, Values, object[]]>([
  ['in place', { RetentionInDays: 1 }, { RetentionInDays: 3 }, [{ replacement: 'False', details: [direct('RetentionInDays')] }]],
  ['by a new one', { LogGroupName: 'a' }, { LogGroupName: 'b' }, [
    { replacement: 'True', policyAction: 'ReplaceAndDelete', details: [direct('LogGroupName', 'Always')] },
  ]],
  ['by a new one, for one of two changes', { LogGroupName: 'a' }, { LogGroupName: 'b', RetentionInDays: 1 }, [
    { replacement: 'True', details: [direct('LogGroupName', 'Always'), direct('RetentionInDays')] },
  ]],
  ['not where only the type of a value differs', { RetentionInDays: 1 }, { RetentionInDays: '1' }, []],
  ['where a property goes', { RetentionInDays: 1 }, {}, [{ replacement: 'False', details: [direct('RetentionInDays')] }]],
])('a resource is changed %s', async (_, before, after, expected) => {
  const found = await changes({ Resources: { Group: group(before) } }, { Resources: { Group: group(after) } });
  expect(found).toMatchObject(expected.map((change) => ({ action: 'Modify', logicalId: 'Group', type: 'AWS::Logs::LogGroup', physicalId: expect.any(String), ...change })));
});

test.each<[string, Values]>([
  ['Metadata', { Metadata: { a: 1 } }], ['DeletionPolicy', { DeletionPolicy: 'Retain' }], ['UpdateReplacePolicy', { UpdateReplacePolicy: 'Retain' }],
])('a change of %s alone is one that replaces nothing', async (attribute, more) => {
  for (const [before, after] of [[{}, more], [more, {}]]) {
    expect(await changes({ Resources: { Group: group({}, before) } }, { Resources: { Group: group({}, after) } })).toMatchObject([
      { action: 'Modify', replacement: 'False', details: [{ attribute, requiresRecreation: 'Never', evaluation: 'Static', changeSource: 'DirectModification' }] },
    ]);
  }
});

test.each([['Delete', 'ReplaceAndDelete', 'Delete'], ['Retain', 'ReplaceAndRetain', 'Retain']])('the policy %s is what becomes of the old one: %s, %s', async (policy, replaced, removed) => {
  const resource = (name: string) => group({ LogGroupName: name }, { UpdateReplacePolicy: policy, DeletionPolicy: policy });
  const found = await changes({ Resources: { Group: resource('a'), Gone: resource('gone') } }, { Resources: { Group: resource('b') } });
  expect(found).toMatchObject([
    { action: 'Modify', logicalId: 'Group', policyAction: replaced },
    { action: 'Remove', logicalId: 'Gone', policyAction: removed, physicalId: 'gone', details: [] },
  ]);
});

test.each<[string, Values, string]>([
  ['its value', { Value: 'other' }, 'CREATE_COMPLETE'], ['its description', { Description: 'other' }, 'CREATE_COMPLETE'],
  ['its export', { Export: { Name: 'other' } }, 'CREATE_COMPLETE'], ['nothing', {}, 'FAILED'],
])('an output changes with %s', async (_, change, status) => {
  const template = (more: Values) => customs({ A: {} }, { Outputs: { O: { Value: 'v', Description: 'd', Export: { Name: 'n' }, ...more } } });
  const { cloudFormation } = await deployed(template({}));
  const changeSet = await cloudFormation.changeSets.create(ROOT, { stackName: STACK, changeSetName: 'c', type: 'UPDATE', template: template(change) });
  expect(changeSet).toMatchObject({ status, changes: [] });
});

describe('what uses a resource that changes', () => {
  const stack = (x: number, properties: Values) => ({ Resources: { A: custom({ x, name: 'a' }), Group: group(properties) } });
  const dynamic = (name: string, requiresRecreation: string, changeSource: string, causingEntity: string) =>
    ({ attribute: 'Properties', name, evaluation: 'Dynamic', requiresRecreation, changeSource, causingEntity });

  test.each<[string, string, Value, string, object]>([
    ['may be replaced', 'LogGroupName', { 'Fn::GetAtt': ['A', 'Name'] }, 'Conditional', dynamic('LogGroupName', 'Conditionally', 'ResourceAttribute', 'A.Name')],
    ['may be replaced', 'LogGroupName', { Ref: 'A' }, 'Conditional', dynamic('LogGroupName', 'Conditionally', 'ResourceReference', 'A')],
    ['changes', 'KmsKeyId', { 'Fn::Sub': 'key/${A}' }, 'False', dynamic('KmsKeyId', 'Never', 'ResourceReference', 'A')],
  ])('%s by its %s, %j: %s', async (_, property, value, replacement, detail) => {
    const found = await changes(stack(1, { [property]: value }), stack(2, { [property]: value }));
    expect(found).toMatchObject([{ logicalId: 'A', replacement: 'False' }, { logicalId: 'Group', replacement, details: [detail] }]);
    expect(found[1]).not.toHaveProperty('policyAction');
  });

  test('does not change where the change is neither of its id nor of its attributes', async () => {
    const template = (RetentionInDays: number, more: Values) => ({ Resources: { Group: group({ RetentionInDays }, more), User: custom({ group: { Ref: 'Group' } }) } });
    expect((await changes(template(1, {}), template(3, {}))).map(({ logicalId }) => logicalId)).toEqual(['Group']);
    expect((await changes(template(1, {}), template(1, { DeletionPolicy: 'Retain' }))).map(({ logicalId }) => logicalId)).toEqual(['Group']);
  });

  test('changes with an attribute, whatever of its resource changes', async () => {
    const template = (RetentionInDays: number) => ({ Resources: { Group: group({ RetentionInDays }), User: custom({ arn: { 'Fn::GetAtt': ['Group', 'Arn'] } }) } });
    expect((await changes(template(1), template(3))).map(({ logicalId }) => logicalId)).toEqual(['Group', 'User']);
  });

  test('changes with one that is new', async () => {
    const found = await changes(customs({ B: {} }), customs({ A: {}, B: { a: { Ref: 'A' } } }));
    expect(found).toMatchObject([
      { action: 'Add', logicalId: 'A' },
      { action: 'Modify', logicalId: 'B', details: [{ name: 'a', evaluation: 'Static' }, { name: 'a', evaluation: 'Dynamic', causingEntity: 'A' }] },
    ]);
  });
});
