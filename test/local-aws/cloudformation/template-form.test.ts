import { World } from './world';
import { parseTemplate } from '../../../local-aws/cloudformation/template';
import { templateAt } from '../../../local-aws/cloudformation/template-url';
import { Value, Values } from '../../../local-aws/cloudformation/values';

/* What a template may look like, whatever is in it. */

const OTHER: Values = { Type: 'AWS::Logs::LogGroup' };
const { cloudFormation } = new World();
const checked = (template: unknown) => cloudFormation.checkedTemplate(template as object);
const resource = (more: Values, logicalId = 'A') => ({ Resources: { [logicalId]: { ...OTHER, ...more } } });
const value = (item: Value, more: Values = {}) => ({ Resources: { Other: OTHER, A: { Type: 'Custom::A', Properties: { item } } }, ...more });
const YES: Values = { 'Fn::Equals': [1, 1] };

test.each<[string, object]>([
  ['every section', {
    AWSTemplateFormatVersion: '2010-09-09', Description: 'd', Metadata: {}, Parameters: {}, Mappings: {}, Conditions: {}, Rules: {}, Outputs: {}, ...resource({}),
  }],
  ['every attribute of a resource', resource({
    Properties: {}, DependsOn: [], Condition: 'C', DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete', Metadata: {}, UpdatePolicy: {},
  })],
  ['each deletion policy', { Resources: Object.fromEntries(['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'].map((name) => [name, { ...OTHER, DeletionPolicy: name }])) }],
  ['each policy of replacement', { Resources: Object.fromEntries(['Delete', 'Retain', 'Snapshot'].map((name) => [name, { ...OTHER, UpdateReplacePolicy: name }])) }],
  ['a logical id of 255 characters', resource({}, 'A'.repeat(255))],
  ['a custom type of 60 characters', { Resources: { A: { Type: `Custom::${'a_@-9'.repeat(12)}` } } }],
  ['a custom resource without a name of its own', { Resources: { A: { Type: 'AWS::CloudFormation::CustomResource' } } }],
  ['a literal in Fn::Sub', value({ 'Fn::Sub': 'x${!Nope}' })],
  ['conditions that share one', {
    ...resource({}), Conditions: { A: { 'Fn::And': [{ Condition: 'B' }, { Condition: 'C' }] }, B: { Condition: 'D' }, C: { Condition: 'D' }, D: YES },
  }],
  ['conditions on parameters', {
    ...resource({}), Parameters: { P: { Type: 'String' } }, Conditions: { C: { 'Fn::Equals': [{ Ref: 'P' }, { Ref: 'AWS::Region' }] } },
  }],
])('%s is allowed', (_, template) => {
  const conditions = { Conditions: { C: YES } };
  expect(Object.keys(checked({ ...conditions, ...template }).resources)).not.toEqual([]);
});

test.each<[string, unknown, string | RegExp]>([
  ['a list', [], 'unsupported structure'],
  ['a text', '"x"', 'unsupported structure'],
  ['a section that is no object', { ...resource({}), Outputs: [] }, 'Outputs must be an object'],
  ['a resource that is no object', { Resources: { A: 'x' } }, 'resource definition is malformed'],
  ['properties that are no object', resource({ Properties: ['x'] }), 'Properties member must be an object'],
  ['a type that is no text', { Resources: { A: { Type: 1 } } }, 'must contain a Type member'],
  ['a logical id of 256 characters', resource({}, 'A'.repeat(256)), 'is non alphanumeric'],
  ['null in a list', value(['x', [null]]), "[/Resources/A/Properties/item/1/0] 'null' values are not allowed"],
  ['DependsOn of no text', resource({ DependsOn: ['A', 1] }), 'Every DependsOn value must be a string'],
  ['DependsOn of one that is not there, beside one that is', resource({ DependsOn: ['A', 'B'] }), /dependencies \[B\]/],
  ['a parameter without a type', { ...resource({}), Parameters: { P: { Default: 'x' } } }, 'Every Parameters object must contain a Type member'],
  ['a parameter that is no object', { ...resource({}), Parameters: { P: 'x' } }, 'Every Parameters object must contain a Type member'],
  ['an output that is no object', { ...resource({}), Outputs: { O: 'x' } }, 'Every Outputs member must contain a Value'],
  ['an output of an unknown condition', { ...resource({}), Outputs: { O: { Value: 'x', Condition: 'Nope' } } }, 'Unresolved condition dependency Nope'],
  ['an export of an unknown name', { ...resource({}), Outputs: { O: { Value: 'x', Export: { Name: { Ref: 'Nope' } } } } }, /dependencies \[Nope\] in the Outputs block/],
  ['a condition of an unknown one', { ...resource({}), Conditions: { C: { 'Fn::Not': [{ Condition: 'Nope' }] } } }, 'Unresolved condition dependency Nope'],
  ['conditions that need each other', { ...resource({}), Conditions: { A: { Condition: 'B' }, B: { Condition: 'A' } } }, 'circular condition dependency'],
  ['a Ref to nothing in a variable of Fn::Sub', value({ 'Fn::Sub': ['${v}', { v: { Ref: 'Nope' } }] }), /dependencies \[Nope\]/],
  ['a Ref to nothing in a list', value([{ a: [{ Ref: 'Nope' }] }]), /dependencies \[Nope\]/],
  ['a Ref to nothing for an attribute', value({ 'Fn::GetAtt': ['Other', { Ref: 'Nope' }] }), /dependencies \[Nope\]/],
  ['Fn::GetAtt of one part', value({ 'Fn::GetAtt': ['Other'] }), 'every Fn::GetAtt object requires two non-empty parameters'],
  ['Fn::GetAtt of three parts', value({ 'Fn::GetAtt': ['Other', 'Arn', 'x'] }), 'every Fn::GetAtt object requires two non-empty parameters'],
  ['Fn::GetAtt without an attribute', value({ 'Fn::GetAtt': 'Other' }), 'every Fn::GetAtt object requires two non-empty parameters'],
  ['Fn::GetAtt of no name', value({ 'Fn::GetAtt': [1, 'Arn'] }), 'every Fn::GetAtt object requires two non-empty parameters'],
  ['Fn::Sub of a number', value({ 'Fn::Sub': 1 }), 'Fn::Sub intrinsic functions don\'t specify expected arguments'],
  ['Fn::Sub of three parts', value({ 'Fn::Sub': ['x', {}, {}] }), 'Fn::Sub intrinsic functions don\'t specify expected arguments'],
  ['Fn::Sub with variables that are none', value({ 'Fn::Sub': ['x', 'y'] }), 'Fn::Sub intrinsic functions don\'t specify expected arguments'],
])('%s is refused', (_, template, message) => {
  expect(() => checked(template)).toThrow(message);
});

test.each<[string, Value, string]>([
  ['Fn::Join of a text', { 'Fn::Join': ['-', 'x'] }, 'every Fn::Join object requires a list'],
  ['Fn::Join without a list', { 'Fn::Join': ['-'] }, 'every Fn::Join object requires a list of 2 parameters'],
  ['Fn::Join of lists', { 'Fn::Join': ['-', [['x']]] }, 'every Fn::Join object requires string parameters'],
  ['Fn::Select of three parts', { 'Fn::Select': [0, ['a'], 'b'] }, 'every Fn::Select object requires a list of 2 parameters'],
  ['Fn::Split of one part', { 'Fn::Split': [','] }, 'every Fn::Split object requires a list of 2 parameters'],
  ['Fn::If without an alternative', { 'Fn::If': ['C', 1] }, 'every Fn::If object requires a list of 3 parameters'],
  ['Fn::If with a condition that holds of two parts', { 'Fn::If': ['Twice', 1, 2] }, 'every Fn::Not object requires a list of 1 parameters'],
  ['Fn::If with a comparison of three', { 'Fn::If': ['Thrice', 1, 2] }, 'every Fn::Equals object requires a list of 2 parameters'],
  ['Fn::If with a condition that is a value', { 'Fn::If': ['Value', 1, 2] }, 'Every Conditions member must be a condition function'],
  ['Fn::If with a condition that is a text', { 'Fn::If': ['Text', 1, 2] }, 'Every Conditions member must be a condition function'],
])('%s is refused as soon as it is evaluated', async (_, item, message) => {
  const Conditions = { C: YES, Twice: { 'Fn::Not': [YES, YES] }, Thrice: { 'Fn::Equals': [1, 1, 1] }, Value: { Ref: 'AWS::Region' }, Text: 'yes' };
  await expect(new World().cloudFormation.deploy('Stack', value(item, { Conditions }))).rejects.toThrow(message);
});

test('an export is named by parameters, and not by resources', async () => {
  const exporting = (Name: Value) => ({ Resources: { Other: OTHER }, Parameters: { P: { Type: 'String', Default: 'p' } }, Outputs: { O: { Value: { Ref: 'Other' }, Export: { Name } } } });
  const { cloudFormation: fresh } = new World();
  const names: Value[] = [{ Ref: 'Other' }, { 'Fn::Sub': '${P}-${Other.Arn}' }];
  for (const Name of names) {
    await expect(fresh.deploy('Stack', exporting(Name))).rejects.toThrow('The Name of its Export cannot depend on a resource.');
  }
  await fresh.deploy('Stack', exporting({ 'Fn::Sub': '${AWS::StackName}-${P}' }));
  expect(fresh.describe('Stack').outputs).toMatchObject([{ key: 'O', exportName: 'Stack-p' }]);
});

test('what a template says of its parts is read', () => {
  const { description, parameters, resources, outputs } = parseTemplate({
    Description: 'd',
    Parameters: {
      P: { Type: 'String', NoEcho: 'true', Default: 1, MinLength: 1, MaxLength: '2', AllowedValues: [1, 2], AllowedPattern: 'a', Description: 'p', ConstraintDescription: 'c' },
      N: { Type: 'Number', MinValue: 1, MaxValue: '2' },
    },
    Resources: { A: { ...OTHER, DependsOn: 'B', Metadata: { m: 1 }, Condition: 'C' }, B: { ...OTHER, DependsOn: ['A', 'B'] } },
    Outputs: { O: { Value: 'v', Description: 'o', Condition: 'C', Export: { Name: 'n' } }, Q: { Value: 'v', Export: {} } },
  });
  expect(description).toBe('d');
  expect(parameters.P).toEqual({
    type: 'String',
    noEcho: true,
    defaultValue: '1',
    minLength: 1,
    maxLength: 2,
    allowedValues: ['1', '2'],
    allowedPattern: 'a',
    description: 'p',
    constraintDescription: 'c',
  });
  expect(parameters.N).toEqual({ type: 'Number', noEcho: false, minValue: 1, maxValue: 2 });
  expect(resources.A).toEqual({
    type: OTHER.Type, properties: {}, dependsOn: ['B'], condition: 'C', deletionPolicy: 'Delete', updateReplacePolicy: 'Delete', metadata: { m: 1 },
  });
  expect(resources.B.dependsOn).toEqual(['A', 'B']);
  expect(outputs).toEqual({ O: { value: 'v', description: 'o', condition: 'C', exportName: 'n' }, Q: { value: 'v' } });
});

describe('a template is found', () => {
  const s3 = { getObject: (bucket: string, key: string) => Buffer.from(`${bucket}: ${key}`) };

  test.each([
    ['https://s3.us-east-1.amazonaws.com/bucket/deep/key.json', 'bucket: deep/key.json'],
    ['https://s3.amazonaws.com/bucket/key', 'bucket: key'],
    ['https://bucket.s3.us-east-1.amazonaws.com/deep/key.json', 'bucket: deep/key.json'],
    ['https://my.bucket.s3-eu-west-1.amazonaws.com/a%20b%2Bc', 'my.bucket: a b+c'],
  ])('at %s', (url, found) => {
    expect(templateAt(url, s3)).toBe(found);
  });

  test('nowhere else', () => {
    expect(() => templateAt('key.json', s3)).toThrow('TemplateURL must be a supported URL: key.json');
  });
});
