import { NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ACCOUNT, REGION, testBucket, testConfigured, testDataset, testModel, testStack } from './fixtures';
import { TrainingDataset } from '../src';
import { ResourceType } from '../src/private/contract';
import { CleanRoomsMlProvider } from '../src/private/provider';

const arn = (resource: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:cleanrooms-ml:${REGION}:${ACCOUNT}:${resource}/*`]] });
const actions = (...names: string[]) => names.map((name) => `cleanrooms-ml:${name}`);

const STATE_MACHINE = { Ref: 'CleanRoomsMLProviderTrainingStateMachine1B9D6854' };
const EXECUTIONS = {
  'Fn::Join': ['', [
    'arn:', { Ref: 'AWS::Partition' }, `:states:${REGION}:${ACCOUNT}:execution:`, { 'Fn::GetAtt': [STATE_MACHINE.Ref, 'Name'] }, ':*',
  ]],
};

function fullStack(): Stack {
  const stack = testStack();
  const bucket = testBucket(stack);
  const model = testModel(stack, { trainingDataset: testDataset(stack, { source: { bucket } }) });
  testConfigured(stack, { audienceModel: model, outputBucket: bucket });
  return stack;
}

test('there is one for all constructs of a stack, at a path that cannot change', () => {
  const stack = fullStack();
  const providers = stack.node.findAll().filter((construct) => construct instanceof CleanRoomsMlProvider);
  expect(providers.map(({ node }) => node.path)).toEqual(['Retail/CleanRoomsMLProvider']);
});

test('the service token is what it was: a deployed one cannot change', () => {
  const stack = testStack();
  testDataset(stack);
  Template.fromStack(stack).hasResourceProperties('Custom::CleanRoomsMLTrainingDataset', {
    ServiceToken: { 'Fn::GetAtt': ['CleanRoomsMLProviderframeworkonEvent5385A3D1', 'Arn'] },
  });
});

test('a nested stack has one of its own', () => {
  const stack = testStack();
  const nested = new NestedStack(stack, 'Nested');
  testDataset(nested);
  Template.fromStack(nested).resourceCountIs('AWS::StepFunctions::StateMachine', 1);
  Template.fromStack(stack).resourceCountIs('AWS::StepFunctions::StateMachine', 0);
});

test('the functions run the bundled handlers and log where logs are kept for a month', () => {
  const template = Template.fromStack(fullStack());
  for (const handler of ['index.onEvent', 'index.isComplete', 'index.train']) {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: handler,
      Runtime: Match.stringLikeRegexp('^nodejs2[24]\\.x$'),
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^CleanRoomsMLProviderLogs') } },
    });
  }
  template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
  template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: Match.objectLike({ LogGroup: Match.anyValue() }) });
});

test('it asks every 10 seconds, and gives up before CloudFormation does', () => {
  const template = Template.fromStack(fullStack());
  const machines = template.findResources('AWS::StepFunctions::StateMachine');
  const definition = JSON.stringify(Object.entries(machines).find(([id]) => id.includes('waiter')));
  expect(definition).toContain('\\"IntervalSeconds\\":10');
  expect(definition).toContain('\\"MaxAttempts\\":348');
});

test('both functions may look at their own stack, and onEvent at nothing else', () => {
  const template = Template.fromStack(fullStack());
  const policiesOf = (role: string) => Object.values(template.findResources('AWS::IAM::Policy', {
    Properties: { Roles: [{ Ref: Match.stringLikeRegexp(`^CleanRoomsMLProvider${role}ServiceRole`) }] },
  })) as { Properties: { PolicyDocument: { Statement: unknown[] } } }[];
  const ownStack = { Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: { Ref: 'AWS::StackId' } };
  expect(policiesOf('OnEvent').map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([[ownStack]]);
  expect(policiesOf('IsComplete').map(({ Properties }) => Properties.PolicyDocument.Statement)).toContainEqual([ownStack]);
  expect(policiesOf('IsComplete')).toHaveLength(1 + 3 + 3);
});

test.each([
  [ResourceType.TRAINING_DATASET, [
    { Action: actions('ListAudienceModels', 'ListTrainingDatasets'), Resource: '*' },
    {
      Action: actions('DeleteTrainingDataset', 'GetTrainingDataset', 'ListTagsForResource', 'TagResource', 'UnTagResource'),
      Resource: arn('training-dataset'),
    },
    { Action: actions('GetAudienceModel', 'ListTagsForResource'), Resource: arn('audience-model') },
    {
      Action: 'cleanrooms-ml:DeleteAudienceModel',
      Condition: { StringEquals: { 'aws:ResourceTag/cdk-cleanrooms-ml:stack-id': { Ref: 'AWS::StackId' } } },
      Resource: arn('audience-model'),
    },
  ]],
  [ResourceType.AUDIENCE_MODEL, [
    { Action: 'cleanrooms-ml:ListAudienceModels', Resource: '*' },
    { Action: actions('DeleteAudienceModel', 'GetAudienceModel', 'ListTagsForResource', 'TagResource', 'UnTagResource'), Resource: arn('audience-model') },
    { Action: ['states:ListExecutions', 'states:StartExecution'], Resource: STATE_MACHINE },
    { Action: ['states:DescribeExecution', 'states:StopExecution'], Resource: EXECUTIONS },
    { Action: ['cloudformation:DescribeStackResource', 'cloudformation:SignalResource'], Resource: { Ref: 'AWS::StackId' } },
  ]],
  [ResourceType.CONFIGURED_AUDIENCE_MODEL, [
    { Action: ['cleanrooms-ml:ListAudienceModels', 'cleanrooms-ml:ListConfiguredAudienceModels'], Resource: '*' },
    {
      Action: actions('DeleteConfiguredAudienceModel', 'GetConfiguredAudienceModel', 'UpdateConfiguredAudienceModel', 'ListTagsForResource',
        'TagResource', 'UnTagResource'),
      Resource: arn('configured-audience-model'),
    },
  ]],
  [ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY, [
    {
      Action: actions('DeleteConfiguredAudienceModelPolicy', 'GetConfiguredAudienceModelPolicy', 'PutConfiguredAudienceModelPolicy'),
      Resource: arn('configured-audience-model'),
    },
  ]],
])('resources of type %s share one policy', (type, statements) => {
  const stack = testStack();
  const provider = CleanRoomsMlProvider.getOrCreate(stack);
  expect(provider.allowType(type)).toBe(provider.allowType(type));
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyName: Match.stringLikeRegexp('Permissions'),
    PolicyDocument: { Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })) },
  });
});

describe('the policies of the handler', () => {
  const TOO_LONG = /IAM allows 10240; move some of the Clean Rooms ML constructs to another stack/;

  test('have room for 10,240 characters together with the one that lets the handler look at its own stack', () => {
    const stackWith = (length: number) => {
      const stack = testStack();
      CleanRoomsMlProvider.getOrCreate(stack).allow(stack, 'Padding', [new iam.PolicyStatement({ actions: ['a:b'], resources: ['x'.repeat(length)] })]);
      return stack;
    };
    const length = (Action: string, Resource: string) =>
      JSON.stringify({ Statement: [{ Action, Effect: 'Allow', Resource }], Version: '2012-10-17' }).length;
    // The ARN of the stack is counted as an ARN that is as short as can be.
    const room = 10_240 - length('cloudformation:DescribeStacks', 'arn:aws:iam::111122223333:role/x') - length('a:b', '');
    expect(() => Template.fromStack(stackWith(room))).not.toThrow();
    expect(() => Template.fromStack(stackWith(room + 1))).toThrow(TOO_LONG);
  });

  const inStack = (count: number, make: (stack: Stack, scope: Construct) => void) => {
    const stack = testStack();
    Array.from({ length: count }, (_, index) => make(stack, new Construct(stack, `Scope${index}`)));
    return stack;
  };

  test.each<[string, number, (stack: Stack, scope: Construct) => void]>([
    ['training datasets', 31, (_stack, scope) => testDataset(scope)],
    ['models of one dataset', 55, (stack, scope) => {
      const dataset = stack.node.tryFindChild('Interactions') as TrainingDataset | undefined ?? testDataset(stack);
      testModel(scope, { trainingDataset: dataset });
    }],
    ['of each type', 9, (_stack, scope) => testConfigured(scope, {
      outputBucket: s3.Bucket.fromBucketName(scope, 'Output', 'retail-data'),
      audienceModel: testModel(scope, { trainingDataset: testDataset(scope) }),
    })],
  ])('fail at synthesis where IAM would refuse them: not before there are more %s than %d', (_name, most, make) => {
    expect(() => Template.fromStack(inStack(most, make))).not.toThrow();
    expect(() => Template.fromStack(inStack(most + 1, make))).toThrow(TOO_LONG);
  });
});
