import { ACCOUNT, World } from './world';
import { Blueprint } from '../../../local-aws/cloudformation/blueprint';
import { ParameterInput, resolveParameters } from '../../../local-aws/cloudformation/parameters';
import { parseTemplate } from '../../../local-aws/cloudformation/template';
import { checkTemplate } from '../../../local-aws/cloudformation/template-check';
import { Value, Values } from '../../../local-aws/cloudformation/values';

const STACK_ID = 'arn:aws:cloudformation:us-east-1:111122223333:stack/Stack/1';
const SSM: Record<string, string> = { '/version': '30', '/list': 'a,b' };

function blueprintOf(source: string | object, inputs: ParameterInput[] = [], account = ACCOUNT): Blueprint {
  const template = parseTemplate(source);
  checkTemplate(template, new World().cloudFormation.types);
  return new Blueprint({
    template,
    parameters: resolveParameters(template, inputs, {}, (name) => SSM[name]),
    identity: { stackId: STACK_ID, stackName: 'Stack', account },
    imports: (name) => `imported ${name}`,
    stackOutputs: (reference) => JSON.stringify(reference),
  });
}

const OTHER = { Type: 'AWS::Logs::LogGroup' };

/** A template with one property to look at. */
function withValue(value: Value, more: Values = {}): object {
  return {
    ...more,
    Resources: { Other: OTHER, Custom: { Type: 'Custom::Other' }, A: { Type: 'Custom::A', Properties: { value } }, ...(more.Resources as Values | undefined) },
  };
}

function resolved(value: Value, more: Values = {}, inputs: ParameterInput[] = []): Value | undefined {
  return blueprintOf(withValue(value, more), inputs).properties('A', {
    ref: (logicalId) => `ref of ${logicalId}`, getAtt: (logicalId, attribute) => `${attribute} of ${logicalId}`,
  }).value;
}

describe('intrinsic functions', () => {
  const more = {
    Parameters: { Name: { Type: 'String', Default: 'n' }, Names: { Type: 'CommaDelimitedList', Default: 'a, b' } },
    Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] } },
    Mappings: { Map: { 'us-east-1': { x: 'found', list: ['l'] } } },
  };

  test.each<[string, Value, Value | undefined]>([
    ['Ref of a resource', { Ref: 'Other' }, 'ref of Other'],
    ['Ref of a parameter', { Ref: 'Name' }, 'n'],
    ['Ref of a list parameter', { Ref: 'Names' }, ['a', 'b']],
    ['Ref of pseudo parameters', [{ Ref: 'AWS::AccountId' }, { Ref: 'AWS::Region' }, { Ref: 'AWS::Partition' }, { Ref: 'AWS::URLSuffix' }], ['111122223333', 'us-east-1', 'aws', 'amazonaws.com']],
    ['Ref of the stack', [{ Ref: 'AWS::StackName' }, { Ref: 'AWS::StackId' }, { Ref: 'AWS::NotificationARNs' }], ['Stack', STACK_ID, []]],
    ['AWS::NoValue', { Ref: 'AWS::NoValue' }, undefined],
    ['AWS::NoValue in a list and an object', [{ Ref: 'AWS::NoValue' }, { a: { Ref: 'AWS::NoValue' }, b: 1 }], [{ b: 1 }]],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Other', 'Arn'] }, 'Arn of Other'],
    ['Fn::GetAtt in short', { 'Fn::GetAtt': 'Other.Arn' }, 'Arn of Other'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Other' }, 1]] }, 'a-ref of Other-1'],
    ['Fn::Join without values', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::NoValue' }]] }, 'a'],
    ['Fn::Sub', { 'Fn::Sub': '${Other}/${Other.Arn}/${AWS::Region}/${!Literal}' }, 'ref of Other/Arn of Other/us-east-1/${Literal}'],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${v}-${Name}', { v: { Ref: 'Other' } }] }, 'ref of Other-n'],
    ['Fn::Select', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    ['Fn::Split', { 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
    ['Fn::Select of Fn::Split of what is not known yet', { 'Fn::Select': [1, { 'Fn::Split': [' ', { 'Fn::GetAtt': ['Other', 'Arn'] }] }] }, 'of'],
    ['Fn::If', [{ 'Fn::If': ['Yes', 1, 2] }, { 'Fn::If': ['No', 1, 2] }], [1, 2]],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'x'] }, 'found'],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Name}-x' } }, 'imported n-x'],
    ['Fn::GetStackOutput', { 'Fn::GetStackOutput': { StackName: { Ref: 'Name' }, OutputName: 'Arn' } }, '{"stackName":"n","outputName":"Arn"}'],
    ['Fn::GetStackOutput from elsewhere', { 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'O', Region: { Ref: 'AWS::Region' }, RoleArn: 'r' } },
      '{"stackName":"S","outputName":"O","region":"us-east-1","roleArn":"r"}'],
    ['Fn::Base64', { 'Fn::Base64': 'abc' }, 'YWJj'],
    ['Fn::GetAZs', { 'Fn::GetAZs': '' }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['Fn::GetAZs of another Region', { 'Fn::GetAZs': 'eu-west-1' }, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
    ['Fn::GetAtt of an attribute that is named elsewhere', { 'Fn::GetAtt': ['Custom', { Ref: 'Name' }] }, 'n of Custom'],
    ['Fn::GetAtt of an attribute with dots', { 'Fn::GetAtt': 'Custom.Deep.Inner' }, 'Deep.Inner of Custom'],
    ['Fn::Sub of an attribute with dots, and of names with blanks', { 'Fn::Sub': '${Custom.Deep.Inner} ${ Name }' }, 'Deep.Inner of Custom n'],
    ['Fn::FindInMap of a list', { 'Fn::FindInMap': ['Map', 'us-east-1', 'list'] }, ['l']],
    ['Fn::Select of a list parameter', { 'Fn::Select': [0, { Ref: 'Names' }] }, 'a'],
    ['numbers and truth values as they are', [1, true, { a: false }], [1, true, { a: false }]],
    ['an object that only looks like a function', { Condition: { StringEquals: 1 } }, { Condition: { StringEquals: 1 } }],
  ])('%s', (_, value, expected) => {
    expect(resolved(value, more)).toEqual(expected);
  });

  test.each<[string, Value, boolean]>([
    ['Fn::And', { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    ['Fn::Or', { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] }, true],
    ['Fn::And of what holds', { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Not': [{ Condition: 'No' }] }] }, true],
    ['Fn::Or of what does not hold', { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'No' }] }, false],
    ['Fn::Equals of a number and its text', { 'Fn::Equals': [1, '1'] }, true],
    ['Fn::Equals of lists', { 'Fn::Equals': [{ Ref: 'Names' }, ['a', 'b']] }, true],
    ['Fn::Equals of other lists', { 'Fn::Equals': [['a'], { Ref: 'Names' }] }, false],
    ['Fn::Equals of a list and a text', { 'Fn::Equals': ['a,b', { Ref: 'Names' }] }, false],
    ['Fn::Equals of a parameter', { 'Fn::Equals': [{ Ref: 'Name' }, 'other'] }, false],
  ])('the condition %s', (_, condition, expected) => {
    const { Conditions, ...rest } = more;
    expect(resolved({ 'Fn::If': ['C', true, false] }, { ...rest, Conditions: { ...Conditions, C: condition } })).toBe(expected);
  });
});

test.each([['aws', 'amazonaws.com'], ['aws-cn', 'amazonaws.com.cn'], ['aws-us-gov', 'amazonaws.com']])('addresses in the partition %s end in %s', (partition, suffix) => {
  const nowhere = { ref: () => '', getAtt: () => '' };
  expect(blueprintOf(withValue({ Ref: 'AWS::URLSuffix' }), [], { ...ACCOUNT, partition }).properties('A', nowhere).value).toBe(suffix);
});

describe('a template is refused', () => {
  const bad = (value: Value, more: Values = {}) => withValue(value, more);

  test.each<[string, string | object, string | RegExp]>([
    ['that is no JSON', '{', 'Template format error: JSON not well-formed.'],
    ['with an unknown section', { Resources: { A: OTHER }, Extra: {} }, 'Invalid template property or properties [Extra]'],
    ['without resources', { Resources: {} }, 'Template format error: At least one Resources member must be defined.'],
    ['with a resource without a type', { Resources: { A: {} } }, /Every Resources object must contain a Type member/],
    ['with an unknown resource type', { Resources: { A: { Type: 'AWS::No::Such' } } }, 'Template format error: Unrecognized resource types: [AWS::No::Such]'],
    ['with a custom type that is too long', { Resources: { A: { Type: `Custom::${'x'.repeat(61)}` } } }, /Unrecognized resource types/],
    ['with an unknown resource attribute', { Resources: { A: { ...OTHER, Depends: 'B' } } }, "Invalid template resource property 'Depends'"],
    ['with an odd logical id', { Resources: { 'A-B': OTHER } }, 'Template format error: Resource name A-B is non alphanumeric.'],
    ['with null', bad({ a: null }), "[/Resources/A/Properties/value/a] 'null' values are not allowed in templates"],
    ['with an unknown policy', { Resources: { A: { ...OTHER, DeletionPolicy: 'Maybe' } } }, /Unrecognized DeletionPolicy "Maybe"/],
    ['with RetainExceptOnCreate on replacement', { Resources: { A: { ...OTHER, UpdateReplacePolicy: 'RetainExceptOnCreate' } } }, /Unrecognized UpdateReplacePolicy/],
    ['with a Ref to nothing', bad({ Ref: 'Nope' }), 'Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template'],
    ['with a Ref to nothing in Fn::Sub', bad({ 'Fn::Sub': 'x${Nope}' }), /Unresolved resource dependencies \[Nope\]/],
    ['with a Ref to nothing in the branch not taken', bad({ 'Fn::If': ['C', 1, { Ref: 'Nope' }] }, { Conditions: { C: { 'Fn::Equals': [1, 1] } } }), /\[Nope\]/],
    ['with DependsOn nothing', { Resources: { A: { ...OTHER, DependsOn: 'Nope' } } }, /Unresolved resource dependencies \[Nope\]/],
    ['with Fn::GetAtt of nothing', bad({ 'Fn::GetAtt': ['Nope', 'Arn'] }), 'Template error: instance of Fn::GetAtt references undefined resource Nope'],
    ['with Fn::GetAtt of an unknown attribute', bad({ 'Fn::GetAtt': ['Other', 'Nope'] }), 'Template error: resource Other does not support attribute type Nope in Fn::GetAtt'],
    ['with an unknown attribute in Fn::Sub', bad({ 'Fn::Sub': '${Other.Nope}' }), /does not support attribute type Nope/],
    ['with an unknown function', bad({ 'Fn::Magic': 1 }), /^Encountered unsupported function: Fn::Magic Supported functions are: \[/],
    ['with Fn::GetStackOutput of a list', bad({ 'Fn::GetStackOutput': ['S', 'O'] }), /every Fn::GetStackOutput object requires StackName and OutputName/],
    ['with Fn::GetStackOutput without an output', bad({ 'Fn::GetStackOutput': { StackName: 'S' } }), /every Fn::GetStackOutput object requires/],
    ['with Fn::GetStackOutput of more', bad({ 'Fn::GetStackOutput': { StackName: 'S', OutputName: 'O', Account: '1' } }), /every Fn::GetStackOutput object/],
    ['with Fn::GetStackOutput of no text', bad({ 'Fn::GetStackOutput': { StackName: 'S', OutputName: ['O'] } }), /Fn::GetStackOutput object requires string/],
    ['with an unknown condition', bad({ 'Fn::If': ['Nope', 1, 2] }), /Unresolved condition dependency Nope/],
    ['with a resource of an unknown condition', { Resources: { A: { ...OTHER, Condition: 'Nope' } } }, /Unresolved condition dependency Nope/],
    ['with a condition on a resource', bad(1, { Conditions: { C: { 'Fn::Equals': [{ Ref: 'Other' }, 1] } } }), /Cannot reference resources in the Conditions block/],
    ['with circular conditions', bad(1, { Conditions: { C: { 'Fn::Not': [{ Condition: 'C' }] } } }), /circular condition dependency/],
    ['with a missing mapping', bad({ 'Fn::FindInMap': ['M', 'a', 'b'] }), 'Template error: Unable to get mapping for M::a::b'],
    ['with an index out of range', bad({ 'Fn::Select': [2, ['a', 'b']] }), /cannot select nonexistent value at index 2/],
    ['with an output of nothing', bad(1, { Outputs: { O: { Value: { Ref: 'Nope' } } } }), 'Template format error: Unresolved resource dependencies [Nope] in the Outputs block of the template'],
    ['with an output without a value', bad(1, { Outputs: { O: {} } }), /must contain a Value/],
    [
      'with resources that need each other',
      { Resources: { A: { Type: 'Custom::A', Properties: { b: { Ref: 'B' } } }, B: { Type: 'Custom::B', Properties: { a: { 'Fn::Sub': '${A.Arn}' } } } } },
      'Circular dependency between resources: [A, B]',
    ],
    [
      'with a Ref to what its condition leaves out',
      bad({ Ref: 'Out' }, { Conditions: { C: { 'Fn::Equals': [1, 2] } }, Resources: { Out: { ...OTHER, Condition: 'C' } } }),
      'Template format error: Unresolved resource dependencies [Out] in the Resources block of the template',
    ],
    [
      'with an output of what its condition leaves out',
      bad(1, { Conditions: { C: { 'Fn::Equals': [1, 2] } }, Resources: { Out: { ...OTHER, Condition: 'C' } }, Outputs: { O: { Value: { Ref: 'Out' } } } }),
      'Template format error: Unresolved resource dependencies [Out] in the Outputs block of the template',
    ],
  ])('%s', (_, source, message) => {
    expect(() => blueprintOf(source)).toThrow(message);
  });

  test.each<[string, number, Value]>([
    ['Parameters', 200, { Type: 'String' }], ['Mappings', 200, { a: { b: 'c' } }], ['Resources', 500, OTHER], ['Outputs', 200, { Value: 'v' }],
  ])('with more %s than %d', (section, most, one) => {
    const holding = (count: number) => ({ Resources: { A: OTHER }, [section]: Object.fromEntries(Array.from({ length: count }, (_, index) => [`A${index}`, one])) });
    expect(() => parseTemplate(holding(most))).not.toThrow();
    expect(() => parseTemplate(holding(most + 1))).toThrow(
      `Template format error: Number of ${section.toLowerCase()}, ${most + 1}, is greater than maximum allowed, ${most}`,
    );
  });

  test('with a description of more than 1,024 bytes', () => {
    const described = (Description: string) => ({ Description, Resources: { A: OTHER } });
    expect(() => parseTemplate(described('ä'.repeat(512)))).not.toThrow();
    expect(() => parseTemplate(described(`${'ä'.repeat(512)}.`))).toThrow('Template format error: \'Description\' length is greater than 1024.');
  });

  test('of more than 1,000,000 bytes', () => {
    const template = JSON.stringify({ Resources: { A: OTHER } });
    expect(() => parseTemplate(template.padEnd(1_000_000))).not.toThrow();
    expect(() => parseTemplate(template.padEnd(1_000_001))).toThrow('Template may not exceed 1000000 bytes in size.');
  });
});

describe('dependencies', () => {
  test('follow DependsOn and every reference, but not those of a branch not taken', () => {
    const { graph } = blueprintOf({
      Conditions: { C: { 'Fn::Equals': [1, 1] } },
      Resources: {
        One: OTHER,
        Two: OTHER,
        Three: OTHER,
        Four: OTHER,
        A: {
          Type: 'Custom::A',
          DependsOn: ['One'],
          Properties: { two: { 'Fn::Sub': 'x-${Two.Arn}' }, three: { 'Fn::If': ['C', [{ Ref: 'Three' }], { Ref: 'Four' }] } },
        },
      },
    });
    expect([...graph.get('A') ?? []].sort()).toEqual(['One', 'Three', 'Two']);
  });

  test('do not include what a condition leaves out', () => {
    const { graph, resources } = blueprintOf({
      Conditions: { C: { 'Fn::Equals': [1, 2] } },
      Resources: { Out: { ...OTHER, Condition: 'C' }, A: { Type: 'Custom::A', DependsOn: 'Out' } },
    });
    expect([...resources.keys()]).toEqual(['A']);
    expect([...graph.get('A') ?? []]).toEqual([]);
  });
});

describe('parameters', () => {
  const value = (definition: Values, inputs?: ParameterInput[]) => resolved({ Ref: 'P' }, { Parameters: { P: definition } }, inputs);

  test.each<[Values, ParameterInput[], Value]>([
    [{ Type: 'String', Default: 'd' }, [], 'd'],
    [{ Type: 'String', Default: 'd' }, [{ key: 'P', value: 'given' }], 'given'],
    [{ Type: 'Number', Default: 3 }, [], '3'],
    [{ Type: 'String', MinLength: 2, MaxLength: 2, Default: 'ab' }, [], 'ab'],
    [{ Type: 'Number', MinValue: 5, MaxValue: 5, Default: 5 }, [], '5'],
    [{ Type: 'String', AllowedValues: ['a', 'b'], Default: 'b' }, [], 'b'],
    [{ Type: 'String', AllowedPattern: 'a|b', Default: 'b' }, [], 'b'],
    [{ Type: 'List<Number>', Default: '1, 2' }, [], ['1', '2']],
    [{ Type: 'String', Default: 'd' }, [{ key: 'P', value: '' }], ''],
    [{ Type: 'AWS::SSM::Parameter::Value<String>', Default: '/version' }, [], '30'],
    [{ Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/list' }, [], ['a', 'b']],
  ])('%j with %j is %j', (definition, inputs, expected) => {
    expect(value(definition, inputs)).toEqual(expected);
  });

  test.each<[Values, ParameterInput[], string | RegExp]>([
    [{ Type: 'String' }, [], 'Parameters: [P] must have values'],
    [{ Type: 'String' }, [{ key: 'Q', value: 'x' }], 'Parameters: [Q] do not exist in the template'],
    [{ Type: 'AWS::SSM::Parameter::Value<String>', Default: '/none' }, [], 'Unable to fetch parameters [/none] from parameter store for this account.'],
    [{ Type: 'String', AllowedValues: ['a'], Default: 'b' }, [], "Parameter 'P' must be one of AllowedValues"],
    [{ Type: 'String', AllowedPattern: '[a-z]+', Default: 'a1' }, [], /must match pattern/],
    [{ Type: 'String', AllowedPattern: '[a-z]+', Default: '1a' }, [], /must match pattern/],
    [{ Type: 'String', AllowedPattern: 'a|b', Default: 'ab' }, [], /must match pattern/],
    [{ Type: 'String', AllowedPattern: 'a', ConstraintDescription: 'only a', Default: 'b' }, [], /only a/],
    [{ Type: 'String', AllowedValues: ['a'], ConstraintDescription: 'only a', Default: 'b' }, [], /only a/],
    [{ Type: 'String' }, [{ key: 'P', usePreviousValue: true }], 'Parameters: [P] must have values'],
    [{ Type: 'Number', Default: ' ' }, [], /must be a number/],
    [{ Type: 'String', MinLength: 2, Default: 'a' }, [], /at least 2 characters/],
    [{ Type: 'String', MaxLength: 1, Default: 'ab' }, [], /at most 1 characters/],
    [{ Type: 'Number', Default: 'x' }, [], /must be a number/],
    [{ Type: 'Number', MaxValue: 5, Default: 6 }, [], /not greater than 5/],
    [{ Type: 'Number', MinValue: 5, Default: 4 }, [], /not less than 5/],
  ])('%j with %j is refused', (definition, inputs, message) => {
    expect(() => value(definition, inputs)).toThrow(message);
  });
});

describe('rules', () => {
  const rule = (Assert: Value, more: Values = {}): Values => ({
    Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'a,b' }, Same: { Type: 'CommaDelimitedList', Default: 'a,a' }, Name: { Type: 'String', Default: 'a' } },
    Rules: { Check: { Assertions: [{ Assert: { 'Fn::Equals': [1, 1] } }, { Assert, AssertDescription: 'not so' }], ...more } },
  });
  const names = { Ref: 'Names' };

  test.each<[string, Value, boolean]>([
    ['a list has a member', { 'Fn::Contains': [names, 'b'] }, true],
    ['a list has a member that it has not', { 'Fn::Contains': [names, 'c'] }, false],
    ['a list does not have a member', { 'Fn::Not': [{ 'Fn::Contains': [['1', '2'], { Ref: 'Name' }] }] }, true],
    ['a list does not have a member that it has', { 'Fn::Not': [{ 'Fn::Contains': [names, { Ref: 'Name' }] }] }, false],
    ['each member is the same', { 'Fn::EachMemberEquals': [{ Ref: 'Same' }, 'a'] }, true],
    ['each member is the same where one is not', { 'Fn::EachMemberEquals': [names, 'a'] }, false],
    ['each member is in a list', { 'Fn::EachMemberIn': [names, ['b', 'a', 'c']] }, true],
    ['each member is in a list that one is not in', { 'Fn::EachMemberIn': [names, ['b', 'c']] }, false],
  ])('can say that %s', (_, assertion, holds) => {
    const read = () => resolved(1, rule(assertion));
    if (holds) expect(read()).toBe(1);
    else expect(read).toThrow('Rules validation failed: not so');
  });

  test.each([['a', false], ['b', true]])('count only where their condition holds: that the name is %s', (name, passes) => {
    const read = () => resolved(1, rule({ 'Fn::Equals': [1, 2] }, { RuleCondition: { 'Fn::Equals': [{ Ref: 'Name' }, name] } }));
    if (passes) expect(read()).toBe(1);
    else expect(read).toThrow('not so');
  });

  test.each<[string, Value, string]>([
    ['that are none', 'x', 'must contain an Assertions list'],
    ['without assertions', { Assertions: 'x' }, 'must contain an Assertions list'],
    ['with an assertion that is none', { Assertions: ['x'] }, 'must contain an Assert object'],
    ['with an assertion of nothing', { Assertions: [{}] }, 'must contain an Assert object'],
    ['with a value for a condition', { Assertions: [{ Assert: { Ref: 'AWS::Region' } }] }, 'must be a condition function'],
    ['with an assertion that has no description', { Assertions: [{ Assert: { 'Fn::Equals': [1, 2] } }] }, 'Rules validation failed: Check'],
  ])('%s are refused', (_, Check, message) => {
    expect(() => resolved(1, { Rules: { Check } })).toThrow(message);
  });
});
