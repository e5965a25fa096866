import { App, Aws, Lazy, RemovalPolicy, Stack, Tags, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AudienceModel, AudienceSizeConfig, ChildResourceTagOnCreatePolicy, ConfiguredAudienceModel, SharedAudienceMetrics } from '../src';
import {
  ACCOUNT, AUDIENCE_MODEL_ARN, CONFIGURED_AUDIENCE_MODEL_ARN, HANDLER_POLICY, HANDLER_ROLE, OTHER_ACCOUNT, REGION, ROLE_PATH, stableTemplate,
  testBucket, testConfigured, testDataset, testModel, testStack,
} from './fixtures';
import { statementsOf } from './machines';

const TYPE = 'Custom::CleanRoomsMLConfiguredAudienceModel';
const PARTITION = { Ref: 'AWS::Partition' };
const joined = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });

test('the template is as it was', () => {
  const stack = testStack();
  const bucket = testBucket(stack, { encryptionKey: new kms.Key(stack, 'Key') });
  testConfigured(stack, {
    audienceModel: testModel(stack, { trainingDataset: testDataset(stack, { source: { bucket } }) }),
    outputBucket: bucket,
    audienceSizeConfig: AudienceSizeConfig.percentage(1, 5, 10),
    minMatchingSeedSize: 500,
    childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE,
  });
  expect(stableTemplate(stack)).toMatchSnapshot();
});

describe('the resource', () => {
  test('has the properties of the contract', () => {
    const stack = testStack();
    testConfigured(stack, {
      configuredAudienceModelName: 'lookalikes',
      description: 'Lookalikes',
      audienceSizeConfig: AudienceSizeConfig.absolute(1000, 20_000_000),
      minMatchingSeedSize: 1000,
      childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.NONE,
      sharedAudienceMetrics: SharedAudienceMetrics.NONE,
      tags: { team: 'ads' },
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Name: 'lookalikes',
      Description: 'Lookalikes',
      AudienceModelArn: AUDIENCE_MODEL_ARN,
      OutputConfig: {
        Destination: { S3Destination: { S3Uri: 's3://retail-data/audiences/' } },
        RoleArn: { 'Fn::GetAtt': ['ConfiguredOutputRole5D583702', 'Arn'] },
      },
      SharedAudienceMetrics: ['NONE'],
      MinMatchingSeedSize: 1000,
      AudienceSizeConfig: { AudienceSizeType: 'ABSOLUTE', AudienceSizeBins: [1000, 20_000_000] },
      ChildResourceTagOnCreatePolicy: 'NONE',
      Tags: [{ Key: 'team', Value: 'ads' }],
    });
  });

  test('leaves out what was not given', () => {
    const stack = testStack();
    testConfigured(stack);
    const [resource] = Object.values(Template.fromStack(stack).findResources(TYPE)) as { Properties: object }[];
    expect(Object.keys(resource.Properties)).toEqual(['ServiceToken', 'StateMachineArn', 'AudienceModelArn', 'OutputConfig', 'SharedAudienceMetrics']);
  });

  test.each([
    ['audiences', 's3://retail-data/audiences/'],
    ['a/b/', 's3://retail-data/a/b/'],
    ['', 's3://retail-data/'],
    [undefined, 's3://retail-data/'],
  ])('writes to %j as %s', (outputPrefix, uri) => {
    const stack = testStack();
    testConfigured(stack, { outputPrefix });
    Template.fromStack(stack).hasResourceProperties(TYPE, { OutputConfig: { Destination: { S3Destination: { S3Uri: uri } } } });
  });

  test('is created after everything it needs is allowed', () => {
    const stack = testStack();
    testConfigured(stack);
    Template.fromStack(stack).hasResource(TYPE, {
      DependsOn: [
        HANDLER_POLICY,
        'ConfiguredOutputRole5D583702',
      ],
    });
  });

  test('is created after its role may use the key of the bucket, too', () => {
    const stack = testStack();
    testConfigured(stack, { outputBucket: testBucket(stack, { encryptionKey: new kms.Key(stack, 'Key') }) });
    Template.fromStack(stack).hasResource(TYPE, {
      DependsOn: [HANDLER_POLICY, 'ConfiguredOutputRoleDefaultPolicyD6C88643', 'ConfiguredOutputRole5D583702'],
    });
  });

  test('gives its ARN and its name', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    const arn = { 'Fn::GetAtt': ['ConfiguredFA9B805B', 'ConfiguredAudienceModelArn'] };
    expect(stack.resolve([
      configured.configuredAudienceModelArn, configured.configuredAudienceModelRef.configuredAudienceModelArn, configured.configuredAudienceModelName,
    ])).toEqual([arn, arn, { Ref: 'ConfiguredFA9B805B' }]);
  });

  test('passes tokens on', () => {
    const stack = testStack();
    testConfigured(stack, {
      outputPrefix: Lazy.string({ produce: () => 'late/' }),
      minMatchingSeedSize: Lazy.number({ produce: () => 700 }),
      audienceSizeConfig: AudienceSizeConfig.percentage(1, Token.asNumber({ Ref: 'Bin' })),
      description: Aws.STACK_NAME,
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      OutputConfig: { Destination: { S3Destination: { S3Uri: 's3://retail-data/late/' } } },
      MinMatchingSeedSize: 700,
      AudienceSizeConfig: { AudienceSizeBins: [1, { Ref: 'Bin' }] },
      Description: { Ref: 'AWS::StackName' },
    });
  });
});

describe('the output role', () => {
  test('trusts Clean Rooms ML for configured audience models of this account and Region only', () => {
    const stack = testStack();
    testConfigured(stack);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Path: ROLE_PATH,
      RoleName: Match.absent(),
      AssumeRolePolicyDocument: {
        Statement: [{
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'cleanrooms-ml.amazonaws.com' },
          Condition: {
            StringEqualsIfExists: { 'aws:SourceAccount': [ACCOUNT] },
            ArnLikeIfExists: { 'aws:SourceArn': joined('arn:', PARTITION, `:cleanrooms-ml:${REGION}:${ACCOUNT}:configured-audience-model/*`) },
          },
        }],
      },
    });
  });

  test('may do exactly what is documented', () => {
    const stack = testStack();
    testConfigured(stack);
    const ownAccount = { StringEquals: { 's3:ResourceAccount': [ACCOUNT] } };
    expect(statementsOf(stack, 'ConfiguredOutputRole')).toEqual([
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetBucketLocation'], Resource: 'arn:aws:s3:::retail-data', Condition: ownAccount },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::retail-data/audiences/*', Condition: ownAccount },
    ]);
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::IAM::Policy', { Roles: [{ Ref: 'ConfiguredOutputRole5D583702' }] }, 0);
  });

  test('may encrypt with the key of the bucket', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    testConfigured(stack, { outputBucket: new s3.Bucket(stack, 'Output', { encryptionKey: key }) });
    const bucket = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Output'), 'Arn'] };
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: 'ConfiguredOutputRole5D583702' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [Match.objectLike({ Action: ['s3:ListBucket', 's3:GetBucketLocation'] }), Match.objectLike({ Action: 's3:PutObject' }), {
          Effect: 'Allow',
          Action: ['kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
          Resource: stack.resolve(key.keyArn),
          Condition: { ArnLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, joined(bucket, '/audiences/*')] } },
        }],
      },
    });
  });

  test('of the user\'s own is given the same permissions, or a warning', () => {
    const stack = testStack();
    const arn = `arn:aws:iam::${ACCOUNT}:role/mine`;
    const configured = testConfigured(stack, { outputRole: iam.Role.fromRoleArn(stack, 'Mine', arn, { mutable: false }) });
    expect(configured.outputRole.roleArn).toBe(arn);
    expect(configured.node.tryFindChild('OutputRole')).toBeUndefined();
    Annotations.fromStack(stack).hasWarning('/Retail/Configured', Match.stringLikeRegexp('s3:PutObject.*roleNotModified'));
  });

  test('of another account is refused', () => {
    const stack = testStack();
    const outputRole = iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${OTHER_ACCOUNT}:role/mine`);
    expect(() => testConfigured(stack, { outputRole })).toThrow(/outputRole.account: got "444455556666"/);
  });
});

test('the handler may repoint to any audience model, but create and change only configured ones of this stack, and pass roles of this stack', () => {
  const stack = testStack();
  testConfigured(stack);
  const arn = (type: string) => `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:${type}/*`;
  const having = (action: string) => statementsOf(stack, HANDLER_ROLE).filter(({ Action }) => [Action].flat().includes(action));
  expect(having('cleanrooms-ml:CreateConfiguredAudienceModel')).toMatchObject([{
    Resource: [arn('training-dataset'), arn('audience-model')],
    Condition: { StringEquals: { 'aws:RequestTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } },
  }]);
  expect(having('cleanrooms-ml:UpdateConfiguredAudienceModel')).toEqual([
    { Effect: 'Allow', Action: 'cleanrooms-ml:UpdateConfiguredAudienceModel', Resource: arn('audience-model') },
    expect.objectContaining({
      Resource: [arn('training-dataset'), arn('audience-model'), arn('configured-audience-model')],
      Condition: { StringEqualsIfExists: { 'aws:ResourceTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } },
    }),
  ]);
  expect(having('iam:PassRole')).toEqual([{
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: [`arn:aws:iam::${ACCOUNT}:role${ROLE_PATH}*`],
    Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
  }]);
});

describe('warnings', () => {
  const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));

  test.each([
    [20, 0],
    [21, 1],
  ])('a percentage of %d causes %d', (bin, count) => {
    const stack = testStack();
    testConfigured(stack, { audienceSizeConfig: AudienceSizeConfig.percentage(1, bin) });
    expect(warnings(stack).filter((text) => text.includes('[ack: cdk-cleanrooms-ml:largeAudienceSize]'))).toHaveLength(count);
  });

  test.each([
    [10_000, 0],
    [9_999, 1],
  ])('a size of %d users causes %d', (bin, count) => {
    const stack = testStack();
    testConfigured(stack, { audienceSizeConfig: AudienceSizeConfig.absolute(20_000, bin) });
    expect(warnings(stack)).toHaveLength(count);
    for (const text of warnings(stack)) {
      expect(text).toMatch(/^audienceSizeConfig holds 9999 users, but an export of fewer than 10000 users fails.*\[ack: cdk-cleanrooms-ml:smallAudienceSize\]$/);
    }
  });

  test.each([
    [500, 0],
    [499, 1],
  ])('a seed size of %d causes %d', (minMatchingSeedSize, count) => {
    const stack = testStack();
    testConfigured(stack, { minMatchingSeedSize });
    expect(warnings(stack).filter((text) => text.includes('[ack: cdk-cleanrooms-ml:smallSeedSize]'))).toHaveLength(count);
  });

  test('tokens cause none', () => {
    const stack = testStack();
    testConfigured(stack, {
      minMatchingSeedSize: Lazy.number({ produce: () => 25 }),
      audienceSizeConfig: AudienceSizeConfig.percentage(Lazy.number({ produce: () => 90 })),
    });
    expect(warnings(stack)).toEqual([]);
  });
});

describe('faults', () => {
  test('are reported together', () => {
    const stack = testStack();
    expect(() => testConfigured(stack, {
      configuredAudienceModelName: '',
      description: 'x'.repeat(256),
      tags: { 'AWS:x': 'y' },
      minMatchingSeedSize: 24,
      outputPrefix: '/x',
      audienceSizeConfig: AudienceSizeConfig.percentage(0, 101),
      outputBucket: testBucket(stack, { region: 'eu-west-1' }),
      audienceModel: AudienceModel.fromAudienceModelArn(stack, 'Model', AUDIENCE_MODEL_ARN.replace(ACCOUNT, OTHER_ACCOUNT)),
    })).toThrow(new RegExp([
      "invalid ConfiguredAudienceModel at 'Retail/Configured':",
      'configuredAudienceModelName: .*',
      'description: .*',
      'tags: .*',
      'minMatchingSeedSize: got 24; it must be a whole number from 25 to 500000',
      'outputPrefix: .*',
      'audienceSizeConfig: got \\[0,101\\]; bin 0: it must be a whole number from 1 to 100',
      'audienceSizeConfig: got \\[0,101\\]; bin 101: .*',
      'audienceModel.account: .*',
      'outputBucket.region: .*',
    ].join('\n(  - )?')));
  });

  test('an output URI of 1,285 characters is allowed, one of 1,286 is not', () => {
    const rest = 1285 - 's3://retail-data/'.length;
    testConfigured(testStack(), { outputPrefix: `${'x'.repeat(rest - 1)}/` });
    expect(() => testConfigured(testStack(), { outputPrefix: 'x'.repeat(rest) })).toThrow(/at most 1285 characters but has 1286; shorten the prefix/);
  });

  test('a bucket that is encrypted with an alias of which the key is not known is refused', () => {
    const stack = testStack();
    const outputBucket = testBucket(stack, { encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/mine') });
    expect(() => testConfigured(stack, { outputBucket })).toThrow("outputBucket.encryptionKey: got the alias 'Retail/Alias'; it must be a key");
  });
});

test('tags, removal policy and escape hatches work', () => {
  const stack = testStack();
  const configured = testConfigured(stack, { tags: { team: 'ads' } });
  configured.applyRemovalPolicy(RemovalPolicy.RETAIN);
  Tags.of(configured).add('stage', 'prod');
  (configured.node.defaultChild as iam.CfnRole).addPropertyOverride('MinMatchingSeedSize', 600);
  Template.fromStack(stack).hasResource(TYPE, {
    DeletionPolicy: 'Retain',
    Properties: { MinMatchingSeedSize: 600, Tags: [{ Key: 'stage', Value: 'prod' }, { Key: 'team', Value: 'ads' }] },
  });
});

test('an import has the ARN and the environment of the ARN, and no policy of ours', () => {
  const imported = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(testStack('eu-west-1'), 'Imported', CONFIGURED_AUDIENCE_MODEL_ARN);
  expect(imported.configuredAudienceModelArn).toBe(CONFIGURED_AUDIENCE_MODEL_ARN);
  expect(imported.configuredAudienceModelRef).toEqual({ configuredAudienceModelArn: CONFIGURED_AUDIENCE_MODEL_ARN });
  expect(imported.env).toEqual({ account: ACCOUNT, region: REGION });
  expect(imported.addToResourcePolicy(new iam.PolicyStatement())).toEqual({ statementAdded: false });
});

test('isConfiguredAudienceModel knows its own', () => {
  const stack = testStack();
  expect(ConfiguredAudienceModel.isConfiguredAudienceModel(testConfigured(stack))).toBe(true);
  expect(ConfiguredAudienceModel.isConfiguredAudienceModel(stack)).toBe(false);
});

test('the ARN crosses stacks', () => {
  const app = new App();
  const env = { account: ACCOUNT, region: REGION };
  const producer = new Stack(app, 'Producer', { env });
  const consumer = new Stack(app, 'Consumer', { env });
  testConfigured(consumer, { audienceModel: testModel(producer) });
  Template.fromStack(consumer).hasResourceProperties(TYPE, {
    AudienceModelArn: { 'Fn::ImportValue': Match.stringLikeRegexp('^Producer:ExportsOutputFnGetAttModel.*AudienceModelArn') },
  });
});
