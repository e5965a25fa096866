import { App, CfnCondition, CfnParameter, CfnResource, Fn, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AudienceModel, ConfiguredAudienceModelProps } from '../src';
import { ACCOUNT, HANDLER_ROLE, OTHER_ACCOUNT, REGION, testConfigured, testModel, testStack } from './fixtures';
import { Statement, statementsOf } from './machines';
import { dependenciesOf, depthsOf, resourcesOf } from './template-graph';
import { ResourceType } from '../src/private/contract';

/* What is looked at before a training begins, because its loss would show only when the training is over. */

type Inputs = Pick<ConfiguredAudienceModelProps, 'outputBucket' | 'outputRole'>;

const ROLE = `arn:aws:iam::${ACCOUNT}:role/writer`;
const joined = (...parts: unknown[]) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...parts]] });
const BUCKET = joined(':s3:::audiences');

const imported = (scope: Construct, bucketName = 'audiences') => s3.Bucket.fromBucketName(scope, 'Audiences', bucketName);

/** A stack with a model, and a configured one behind it. */
function stackWith(inputs: (stack: Stack) => Inputs, stack = testStack()): Stack {
  testConfigured(stack, { audienceModel: testModel(stack), ...inputs(stack) });
  return stack;
}

function model(stack: Stack) {
  return Object.values(resourcesOf(stack)).find(({ Type }) => Type === ResourceType.AUDIENCE_MODEL);
}

const preflight = (stack: Stack) => model(stack)?.Properties?.Preflight;
const looks = (stack: Stack): Statement[] => statementsOf(stack, HANDLER_ROLE)
  .filter(({ Action }) => [Action].flat().some((action) => ['s3:ListBucket', 'iam:GetRole'].includes(String(action))));

test('an imported bucket and an imported role are looked at, and the handler may do that and no more', () => {
  const stack = stackWith((scope) => ({ outputBucket: imported(scope), outputRole: iam.Role.fromRoleArn(scope, 'Writer', ROLE) }));
  expect(preflight(stack)).toEqual([ROLE, BUCKET]);
  expect(looks(stack)).toEqual([
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::audiences' },
    { Effect: 'Allow', Action: 'iam:GetRole', Resource: ROLE },
  ]);
});

test('of a role with a path IAM does not know the path where it is not there', () => {
  const stack = stackWith((scope) => ({
    outputBucket: new s3.Bucket(scope, 'Audiences'), outputRole: iam.Role.fromRoleArn(scope, 'Writer', `arn:aws:iam::${ACCOUNT}:role/a/b/writer`),
  }));
  expect(preflight(stack)).toEqual([`arn:aws:iam::${ACCOUNT}:role/a/b/writer`]);
  expect(looks(stack)).toEqual([{ Effect: 'Allow', Action: 'iam:GetRole', Resource: [`arn:aws:iam::${ACCOUNT}:role/a/b/writer`, ROLE] }]);
});

test('what the stack creates under a name that an import writes out is not looked at', () => {
  const stack = testStack();
  new s3.Bucket(stack, 'Made', { bucketName: 'audiences' });
  new iam.Role(stack, 'MadeRole', { roleName: 'writer', assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
  stackWith(() => ({ outputBucket: imported(stack), outputRole: iam.Role.fromRoleName(stack, 'Writer', 'writer') }), stack);
  expect(preflight(stack)).toBeUndefined();
});

test('nor under a name that a parameter says to both', () => {
  const stack = testStack();
  const { valueAsString: bucketName } = new CfnParameter(stack, 'BucketName');
  const { valueAsString: roleName } = new CfnParameter(stack, 'RoleName');
  new s3.Bucket(stack, 'Made', { bucketName });
  new iam.Role(stack, 'MadeRole', { roleName, assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
  stackWith(() => ({
    outputBucket: s3.Bucket.fromBucketName(stack, 'Bucket', bucketName), outputRole: iam.Role.fromRoleName(stack, 'Writer', roleName),
  }), stack);
  expect(preflight(stack)).toBeUndefined();
});

test('what the app creates is not looked at, and the model does not wait for it', () => {
  const stack = testStack();
  const audienceModel = testModel(stack);
  // Created only when the model is there.
  const bucket = new s3.Bucket(stack, 'Late');
  bucket.node.addDependency(audienceModel);
  testConfigured(stack, { audienceModel, outputBucket: bucket, outputRole: iam.Role.fromRoleArn(stack, 'Writer', ROLE) });
  expect(preflight(stack)).toEqual([ROLE]);
  expect(() => depthsOf(resourcesOf(stack))).not.toThrow();
});

test('with nothing but roles and buckets of the app nothing is rendered, and no permission is given', () => {
  const stack = stackWith((scope) => ({ outputBucket: new s3.Bucket(scope, 'Audiences') }));
  expect(model(stack)?.Properties).not.toHaveProperty('Preflight');
  expect(looks(stack)).toEqual([]);
});

describe('a name that is known only at deployment', () => {
  test.each<[string, (stack: Stack) => string, unknown]>([
    ['a parameter', (stack) => new CfnParameter(stack, 'Name').valueAsString, joined(':s3:::', { Ref: 'Name' })],
    ['an import', () => Fn.importValue('bucket'), joined(':s3:::', { 'Fn::ImportValue': 'bucket' })],
    ['one with the account in it', () => `audiences-${Fn.ref('AWS::AccountId')}`, joined(':s3:::audiences-', { Ref: 'AWS::AccountId' })],
  ])('is looked at: %s', (_what, name, rendered) => {
    const stack = stackWith((scope) => ({ outputBucket: imported(scope, name(scope)) }));
    expect(preflight(stack)).toEqual([rendered]);
    expect(looks(stack)).toHaveLength(1);
    expect(() => depthsOf(resourcesOf(stack))).not.toThrow();
  });

  test.each<[string, (bucket: CfnResource) => string]>([
    ['the name of a resource of this stack', (bucket) => bucket.ref],
    ['an attribute of one', (bucket) => bucket.getAtt('Name').toString()],
    ['a reference by its logical id', () => Fn.ref('Late')],
    ['an attribute by its logical id', () => Fn.getAtt('Late', 'Name').toString()],
    ['a part of one', (bucket) => Fn.select(0, Fn.split('.', bucket.getAtt('DomainName').toString()))],
    ['what is known later', (bucket) => Lazy.string({ produce: () => bucket.ref })],
    ['a text with one in it', (bucket) => `${bucket.ref}-copy`],
  ])('is left alone where it may be a cycle: %s', (_what, name) => {
    const stack = testStack();
    const audienceModel = testModel(stack);
    const late = new CfnResource(stack, 'Late', { type: 'AWS::S3::Bucket' });
    late.node.addDependency(audienceModel);
    testConfigured(stack, { audienceModel, outputBucket: imported(stack, name(late)) });
    expect(preflight(stack)).toBeUndefined();
    expect(looks(stack)).toEqual([]);
    const resources = resourcesOf(stack);
    expect(() => depthsOf(resources)).not.toThrow();
    expect(dependenciesOf(resources).get('Late')).not.toEqual(new Set());
  });

  test('is not asked for before synthesis', () => {
    const produce = jest.fn(() => 'later');
    const stack = stackWith((scope) => ({ outputBucket: imported(scope, Lazy.string({ produce })) }));
    expect(produce).not.toHaveBeenCalled();
    expect(preflight(stack)).toBeUndefined();
  });
});

test('several configured models share one statement for buckets and one for roles, and what is rendered does not depend on their order', () => {
  const render = (...names: string[]) => {
    const stack = testStack();
    const audienceModel = testModel(stack);
    for (const name of names) {
      const scope = new Construct(stack, name);
      testConfigured(scope, {
        audienceModel,
        outputBucket: s3.Bucket.fromBucketName(scope, 'Audiences', `${name}-data`),
        outputRole: iam.Role.fromRoleArn(scope, 'Writer', ROLE),
      });
    }
    return stack;
  };
  const stack = render('two', 'one', 'two2');
  expect(preflight(stack)).toEqual([ROLE, ...['one', 'two', 'two2'].map((name) => joined(`:s3:::${name}-data`))]);
  expect(preflight(render('two2', 'one', 'two'))).toEqual(preflight(stack));
  expect(looks(stack)).toEqual([
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: ['two', 'one', 'two2'].map((name) => `arn:aws:s3:::${name}-data`) },
    { Effect: 'Allow', Action: 'iam:GetRole', Resource: ROLE },
  ]);
});

test('another account\'s bucket is not looked at: its owner would have to allow it', () => {
  const stack = stackWith((scope) => ({
    outputBucket: s3.Bucket.fromBucketAttributes(scope, 'Audiences', { bucketName: 'audiences', account: OTHER_ACCOUNT }),
  }));
  expect([preflight(stack), looks(stack)]).toEqual([undefined, []]);
});

test('what a model needs that is created only on a condition may not be there', () => {
  const stack = testStack();
  const audienceModel = testModel(stack);
  const sometimes = testConfigured(stack, { audienceModel, outputBucket: imported(stack, 'sometimes') });
  (sometimes.node.defaultChild as CfnResource).cfnOptions.condition = new CfnCondition(stack, 'Sometimes');
  testConfigured(new Construct(stack, 'Always'), { audienceModel, outputBucket: imported(stack.node.findChild('Always') as Construct) });
  expect(preflight(stack)).toEqual([BUCKET]);
});

test.each<[string, (stack: Stack) => AudienceModel | ReturnType<typeof AudienceModel.fromAudienceModelArn>]>([
  ['of another stack', (stack) => testModel(new Stack(stack.node.root as App, 'Models', { env: { account: ACCOUNT, region: REGION } }))],
  ['that is imported', (stack) => AudienceModel.fromAudienceModelArn(stack, 'Model', `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:audience-model/abc`)],
])('a model %s does not look, and this stack\'s handler need not', (_which, audienceModel) => {
  const stack = testStack();
  const used = audienceModel(stack);
  testConfigured(stack, { audienceModel: used, outputBucket: imported(stack) });
  expect(looks(stack)).toEqual([]);
  expect(JSON.stringify(resourcesOf(Stack.of(used)))).not.toContain('Preflight');
});

test('what is looked at opens no windows: it trains nothing', () => {
  const windows = (bucketName: string) => Object.keys(resourcesOf(stackWith((scope) => ({ outputBucket: imported(scope, bucketName) }))))
    .filter((id) => id.includes('Window'));
  expect(windows('one-bucket')).toEqual(windows('another-bucket'));
  expect(windows('one-bucket')).toHaveLength(4);
});
