import { App, NestedStack, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AudienceModel, ConfiguredAudienceModel, ConfiguredAudienceModelPolicy, IConfiguredAudienceModel } from '../src';
import {
  ACCOUNT, AUDIENCE_MODEL_ARN, HANDLER_POLICY, HANDLER_ROLE, REGION, ROLE_PATH, STATE_MACHINE, testConfigured, testImportedConfigured, testStack,
} from './fixtures';
import { Statement, statementsOf } from './machines';
import { resourcesOf } from './template-graph';
import { ResourceType } from '../src/private/contract';

const arn = (type: string) => `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:${type}/*`;
const DATASETS = arn('training-dataset');
const MODELS = arn('audience-model');
const CONFIGURED = arn('configured-audience-model');

const serviceActions = (...names: string[]) => names.map((name) => `cleanrooms-ml:${name}`);
const all = (statements: Statement[]) => statements.flatMap(({ Action }) => Action as string | string[]);

function permissions(): Statement[] {
  const stack = testStack();
  testConfigured(stack);
  return statementsOf(stack, HANDLER_ROLE);
}

test('the handler may do this, and nothing else', () => {
  const created = { StringEquals: { 'aws:RequestTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } };
  expect(permissions()).toEqual([
    { Effect: 'Allow', Action: ['cloudformation:ListExports', 'cloudformation:ListImports'], Resource: '*' },
    { Effect: 'Allow', Action: serviceActions('ListAudienceModels', 'ListConfiguredAudienceModels', 'ListTrainingDatasets'), Resource: '*' },
    { Effect: 'Allow', Action: 'cleanrooms-ml:CreateTrainingDataset', Resource: '*', Condition: created },
    {
      Effect: 'Allow',
      Action: serviceActions('CreateAudienceModel', 'CreateConfiguredAudienceModel'),
      Resource: [DATASETS, MODELS],
      Condition: created,
    },
    {
      Effect: 'Allow',
      Action: serviceActions('GetAudienceModel', 'GetConfiguredAudienceModel', 'GetConfiguredAudienceModelPolicy', 'GetTrainingDataset',
        'ListTagsForResource'),
      Resource: [DATASETS, MODELS, CONFIGURED],
    },
    { Effect: 'Allow', Action: 'cleanrooms-ml:UpdateConfiguredAudienceModel', Resource: MODELS },
    {
      Effect: 'Allow',
      Action: serviceActions('DeleteAudienceModel', 'DeleteConfiguredAudienceModel', 'DeleteTrainingDataset', 'TagResource', 'UnTagResource',
        'UpdateConfiguredAudienceModel', 'DeleteConfiguredAudienceModelPolicy', 'PutConfiguredAudienceModelPolicy'),
      Resource: [DATASETS, MODELS, CONFIGURED],
      Condition: { StringEqualsIfExists: { 'aws:ResourceTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } },
    },
    { Effect: 'Allow', Action: ['states:ListExecutions', 'states:StartExecution'], Resource: STATE_MACHINE },
    {
      Effect: 'Allow',
      Action: ['states:DescribeExecution', 'states:StopExecution'],
      Resource: `arn:aws:states:${REGION}:${ACCOUNT}:execution:${STATE_MACHINE}:*`,
    },
    {
      Effect: 'Allow',
      Action: ['cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks', 'cloudformation:SignalResource'],
      Resource: 'AWS::StackId',
    },
    {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: [`arn:aws:iam::${ACCOUNT}:role${ROLE_PATH}*`],
      Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
    },
  ]);
});

test('what creates needs the tag of this stack in the request: a missing one is not enough', () => {
  const creating = permissions().filter((statement) => all([statement]).some((action) => action.startsWith('cleanrooms-ml:Create')));
  expect(all(creating)).toEqual(serviceActions('CreateTrainingDataset', 'CreateAudienceModel', 'CreateConfiguredAudienceModel'));
  for (const { Condition } of creating) expect(Condition).toEqual({ StringEquals: { 'aws:RequestTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } });
});

test('what changes or deletes leaves alone what bears the tag of another stack; only repointing needs a permission on models of others', () => {
  const changes = /^cleanrooms-ml:(Delete|Put|Tag|UnTag|Update)/;
  const changing = permissions().filter((statement) => all([statement]).some((action) => changes.test(action)));
  const [repointing, ...owned] = changing;
  expect(repointing).toEqual({ Effect: 'Allow', Action: 'cleanrooms-ml:UpdateConfiguredAudienceModel', Resource: MODELS });
  expect(owned).toHaveLength(1);
  expect(owned[0].Condition).toEqual({ StringEqualsIfExists: { 'aws:ResourceTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } });
});

test('all is always there, whatever there is in the stack: nothing is missing when a construct has gone', () => {
  const one = testStack();
  testImportedPolicy(one);
  const usual = permissions();
  const found = statementsOf(one, HANDLER_ROLE);
  expect(found).toHaveLength(usual.length + 1);
  expect(found).toEqual(expect.arrayContaining(usual));
});

function testImportedPolicy(stack: Stack): ConfiguredAudienceModelPolicy {
  return policyOn(stack, testImportedConfigured(stack));
}

function policyOn(stack: Stack, configuredAudienceModel: IConfiguredAudienceModel): ConfiguredAudienceModelPolicy {
  return new ConfiguredAudienceModelPolicy(stack, 'Policy', {
    configuredAudienceModel,
    document: new iam.PolicyDocument({ statements: [statement()] }),
  });
}

const statement = () => new iam.PolicyStatement({
  principals: [new iam.AccountPrincipal(ACCOUNT)], actions: ['cleanrooms-ml:StartAudienceGenerationJob'], resources: ['*'],
});

describe('the resource policy', () => {
  const handlerPolicies = (stack: Stack) => Object.entries(resourcesOf(stack))
    .filter(([, { Type, Properties }]) => Type === 'AWS::IAM::Policy' && JSON.stringify(Properties?.Roles).includes(HANDLER_ROLE));
  const { CONFIGURED_AUDIENCE_MODEL_POLICY: TYPE } = ResourceType;
  const resourcePolicy = (stack: Stack) => Object.values(resourcesOf(stack)).find(({ Type }) => Type === TYPE);
  const PERMISSIONS = 'PolicyPermissionsDD77394F';
  const inApp = (stack: Stack, id: string) => new Stack(stack.node.root as App, id, { env: { account: ACCOUNT, region: REGION } });

  test.each<[string, (stack: Stack) => void]>([
    ['by its own method', (stack) => testConfigured(stack).addToResourcePolicy(statement())],
    ['by a construct', (stack) => policyOn(stack, testConfigured(stack))],
  ])('of an own model needs no policy of its own: %s', (_how, build) => {
    const stack = testStack();
    build(stack);
    expect(handlerPolicies(stack).map(([id]) => id)).toEqual([HANDLER_POLICY]);
    expect(resourcePolicy(stack)?.DependsOn).toEqual([HANDLER_POLICY]);
  });

  test.each<[string, (stack: Stack) => IConfiguredAudienceModel]>([
    ['an imported model', (stack) => testImportedConfigured(stack)],
    ['a model of another stack', (stack) => testConfigured(inApp(stack, 'Models'))],
    ['a model of a nested stack', (stack) => testConfigured(new NestedStack(stack, 'Nested'))],
    ['an import of a model of this stack, of which nothing is known', (stack) => (
      ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Again', testConfigured(stack).configuredAudienceModelArn))],
  ])('of %s has one that goes after it, without a condition: the tag there is another\'s, or none', (_what, model) => {
    const stack = testStack();
    policyOn(stack, model(stack));
    expect(handlerPolicies(stack).map(([id]) => id).sort()).toEqual([HANDLER_POLICY, PERMISSIONS]);
    expect(resourcesOf(stack)[PERMISSIONS].Properties?.PolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow',
        Action: serviceActions('DeleteConfiguredAudienceModelPolicy', 'PutConfiguredAudienceModelPolicy'),
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, CONFIGURED.replace('arn:aws', '')]] },
      }],
    });
    expect(resourcePolicy(stack)?.DependsOn).toEqual([HANDLER_POLICY, PERMISSIONS]);
  });

  test('needs none for the stack where the model is', () => {
    const stack = testStack();
    const models = inApp(stack, 'Models');
    policyOn(stack, testConfigured(models, { audienceModel: AudienceModel.fromAudienceModelArn(models, 'Model', AUDIENCE_MODEL_ARN) }));
    expect(handlerPolicies(models).map(([id]) => id)).toEqual([HANDLER_POLICY]);
  });
});
