import { Annotations as CdkAnnotations, Aws, CfnDeletionPolicy, CfnResource, ICfnResourceOptions, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AudienceModel, TrainingDataset } from '../src';
import {
  ACCOUNT, AUDIENCE_MODEL_ARN, HANDLER_POLICY, HANDLER_ROLE, OTHER_ACCOUNT, REGION, stableTemplate, testDataset, testModel, testStack,
  TRAINING_DATASET_ARN,
} from './fixtures';
import { statementsOf } from './machines';

const TYPE = 'Custom::CleanRoomsMLAudienceModel';
const GRANT_OPERATIONS = [
  'CreateGrant', 'Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo',
  'RetireGrant',
];
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd`;

test('the template is as it was', () => {
  const stack = testStack();
  testModel(stack, {
    trainingDataset: testDataset(stack),
    trainingDataStartTime: new Date('2026-01-01T00:00:00Z'),
    trainingDataEndTime: new Date('2026-06-30T00:00:00Z'),
    encryptionKey: new kms.Key(stack, 'Key'),
    generation: '1',
  });
  expect(stableTemplate(stack)).toMatchSnapshot();
});

describe('the resource', () => {
  test('has the properties of the contract', () => {
    const stack = testStack();
    testModel(stack, {
      trainingDataStartTime: new Date('2026-01-01T00:00:00Z'),
      trainingDataEndTime: new Date('2026-06-30T12:30:00+02:00'),
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      audienceModelName: 'lookalikes',
      description: 'Lookalikes',
      generation: '2',
      tags: { team: 'ads' },
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      Name: 'lookalikes',
      Description: 'Lookalikes',
      TrainingDatasetArn: TRAINING_DATASET_ARN,
      TrainingDataStartTime: '2026-01-01T00:00:00.000Z',
      TrainingDataEndTime: '2026-06-30T10:30:00.000Z',
      KmsKeyArn: KEY_ARN,
      Generation: '2',
      Tags: [{ Key: 'team', Value: 'ads' }],
    });
  });

  test('leaves out what was not given', () => {
    const stack = testStack();
    testModel(stack);
    const [resource] = Object.values(Template.fromStack(stack).findResources(TYPE)) as { Properties: object }[];
    expect(Object.keys(resource.Properties)).toEqual(['ServiceToken', 'StateMachineArn', 'TrainingDatasetArn', 'TrainingWait']);
  });

  test('is created after everything it needs is allowed', () => {
    const stack = testStack();
    testModel(stack);
    Template.fromStack(stack).hasResource(TYPE, { DependsOn: [HANDLER_POLICY] });
  });

  test('gives its name; its ARN is given by the gate, behind the training', () => {
    const stack = testStack();
    const model = testModel(stack);
    const arn = { 'Fn::GetAtt': ['ModelGate5CCD7912', 'AudienceModelArn'] };
    expect(stack.resolve([model.audienceModelArn, model.audienceModelRef.audienceModelArn, model.audienceModelName])).toEqual([arn, arn, { Ref: 'Model0301700E' }]);
    expect(model.node.defaultChild).toBe(model.node.findChild('Resource'));
  });

  test('takes the dataset of this library, and an L1', () => {
    const stack = testStack();
    const l1 = new cleanroomsml.CfnTrainingDataset(stack, 'L1', { name: 'n', roleArn: 'r', trainingData: [] });
    testModel(stack, { trainingDataset: l1 });
    Template.fromStack(stack).hasResourceProperties(TYPE, { TrainingDatasetArn: { Ref: 'L1' } });
  });
});

describe('the handler', () => {
  const kmsStatements = (stack: Stack) => statementsOf(stack, HANDLER_ROLE).filter(({ Action }) => String(Action).includes('kms:'));
  const viaService = { 'kms:ViaService': `cleanrooms-ml.${REGION}.amazonaws.com` };
  const using = (Resource: unknown) => [
    {
      Effect: 'Allow',
      Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKey'],
      Resource,
      Condition: {
        'StringEquals': viaService,
        'ForAllValues:StringEquals': { 'kms:GrantOperations': GRANT_OPERATIONS },
        'BoolIfExists': { 'kms:GrantIsForAWSResource': true },
      },
    },
    { Effect: 'Allow', Action: 'kms:DescribeKey', Resource, Condition: { StringEquals: viaService } },
  ];

  test('may create models that bear the tag of this stack, from datasets of this account and Region', () => {
    const stack = testStack();
    testModel(stack);
    expect(statementsOf(stack, HANDLER_ROLE).filter(({ Action }) => [Action].flat().includes('cleanrooms-ml:CreateAudienceModel'))).toEqual([{
      Effect: 'Allow',
      Action: ['cleanrooms-ml:CreateAudienceModel', 'cleanrooms-ml:CreateConfiguredAudienceModel'],
      Resource: ['training-dataset', 'audience-model'].map((type) => `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:${type}/*`),
      Condition: { StringEquals: { 'aws:RequestTag/cdk-cleanrooms-ml:stack-id': 'AWS::StackId' } },
    }]);
  });

  test('may use no key where none is given', () => {
    const stack = testStack();
    testModel(stack);
    expect(kmsStatements(stack)).toEqual([]);
  });

  test('may use the key through Clean Rooms ML only', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    testModel(stack, { encryptionKey: key });
    expect(kmsStatements(stack)).toEqual(using(stack.getLogicalId(key.node.defaultChild as kms.CfnKey)));
  });

  test('may use several keys by the same two statements', () => {
    const stack = testStack();
    const keys = ['One', 'Two', 'Three'].map((id) => {
      const key = new kms.Key(stack, id);
      testModel(new Construct(stack, `Scope${id}`), { encryptionKey: key });
      return key;
    });
    expect(kmsStatements(stack)).toEqual(using(keys.map((key) => stack.getLogicalId(key.node.defaultChild as kms.CfnKey))));
  });
});

describe('the encryption key', () => {
  const servicePolicy = {
    KeyPolicy: {
      Statement: Match.arrayWith([
        {
          Effect: 'Allow',
          Principal: { Service: 'cleanrooms-ml.amazonaws.com' },
          Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: '*',
          Condition: { 'ForAllValues:StringEquals': { 'kms:GrantOperations': GRANT_OPERATIONS } },
        },
        { Effect: 'Allow', Principal: { Service: 'cleanrooms-ml.amazonaws.com' }, Action: 'kms:DescribeKey', Resource: '*' },
      ]),
    },
  };

  test('lets Clean Rooms ML use it', () => {
    const stack = testStack();
    testModel(stack, { encryptionKey: new kms.Key(stack, 'Key') });
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', servicePolicy);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('lets Clean Rooms ML use it if it is an L1', () => {
    const stack = testStack();
    testModel(stack, { encryptionKey: new kms.CfnKey(stack, 'Key') });
    Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', servicePolicy);
  });

  test('that is imported causes a warning', () => {
    const stack = testStack();
    testModel(stack, { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) });
    Annotations.fromStack(stack).hasWarning('/Retail/Model', Match.stringLikeRegexp('\\[ack: cdk-cleanrooms-ml:keyPolicyNotModified\\]'));
  });

  test.each<[string, (stack: Stack) => kms.IKeyRef]>([
    ['an alias of the app', (stack) => new kms.Key(stack, 'Key').addAlias('mine')],
    ['an imported alias', (stack) => kms.Alias.fromAliasName(stack, 'Alias', 'alias/mine')],
  ])('must not be %s', (_name, alias) => {
    const stack = testStack();
    expect(() => testModel(stack, { encryptionKey: alias(stack) })).toThrow(/encryptionKey: got the alias '.*'; it must be a key; give the key/);
  });

  test('must have a key ARN', () => {
    const stack = testStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`);
    expect(() => testModel(stack, { encryptionKey: key })).toThrow(/encryptionKey: got "arn:.*:alias\/mine"; it must look like .*not an alias/);
  });

  test('must be in the same Region', () => {
    const stack = testStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN.replace(REGION, 'eu-west-1'));
    expect(() => testModel(stack, { encryptionKey: key })).toThrow(/encryptionKey.region: got "eu-west-1"; it must be us-east-1/);
  });
});

describe('faults', () => {
  test('are reported together', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const stack = testStack();
    expect(() => testModel(stack, {
      audienceModelName: '\n',
      description: '\u0007',
      generation: '',
      tags: { '': 'x' },
      trainingDataStartTime: now,
      trainingDataEndTime: now,
    })).toThrow(/invalid AudienceModel at 'Retail\/Model':\n.*audienceModelName: .*\n.*description: .*\n.*generation: .*\n.*tags: .*\n.*trainingDataStartTime: got "2026-01-01T00:00:00.000Z"; it must be before the end/);
  });

  test('an invalid date is one of them', () => {
    expect(() => testModel(testStack(), { trainingDataEndTime: new Date('soon') })).toThrow('trainingDataEndTime: got Invalid Date; it must be a valid date');
  });

  test.each([
    ['1969-12-31T23:59:59Z', '1970-01-01T00:00:00Z', 1969],
    ['+010000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 10_000],
  ])('refuses %s, not %s', (outside, inside, year) => {
    expect(() => testModel(testStack(), { trainingDataEndTime: new Date(outside) })).toThrow(`; it must be in the years 1970 to 9999 but is in ${year}`);
    expect(() => testModel(testStack(), { trainingDataEndTime: new Date(inside) })).not.toThrow();
  });

  test('a dataset of another account or Region is refused', () => {
    const stack = testStack();
    const trainingDataset = TrainingDataset.fromTrainingDatasetArn(stack, 'D',
      `arn:aws:cleanrooms-ml:eu-west-1:${OTHER_ACCOUNT}:training-dataset/abc`);
    expect(() => testModel(stack, { trainingDataset })).toThrow(/trainingDataset.account: got "444455556666".*\n.*trainingDataset.region: got "eu-west-1"/);
  });
});

test('a Region where the service does not exist causes one warning in a stack', () => {
  const stack = testStack('eu-west-3');
  testDataset(stack);
  testModel(stack, { trainingDataset: TrainingDataset.fromTrainingDatasetArn(stack, 'D', TRAINING_DATASET_ARN.replace(REGION, 'eu-west-3')) });
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('unsupportedRegion'));
  expect(warnings.map(({ id }) => id)).toEqual(['/Retail/CleanRoomsMLProvider']);
});

test('an acknowledged warning is not shown', () => {
  const stack = testStack('eu-west-3');
  CdkAnnotations.of(stack).acknowledgeWarning('cdk-cleanrooms-ml:unsupportedRegion');
  testDataset(stack);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test.each([
  'ap-northeast-1', 'ap-northeast-2', 'ap-southeast-1', 'ap-southeast-2', 'eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'us-east-1', 'us-east-2',
  'us-west-2', undefined,
])('a Region where the service exists, or one that is not known, causes none: %s', (region) => {
  const stack = region ? testStack(region) : new Stack();
  testDataset(stack);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('tags, removal policy and escape hatches work', () => {
  const stack = testStack();
  const model = testModel(stack, { tags: { team: 'ads' }, removalPolicy: RemovalPolicy.RETAIN });
  Tags.of(model).add('stage', 'prod');
  (model.node.defaultChild as iam.CfnRole).addPropertyOverride('Generation', 'overridden');
  Template.fromStack(stack).hasResource(TYPE, {
    DeletionPolicy: 'Retain',
    Properties: { Generation: 'overridden', Retained: true, Tags: [{ Key: 'stage', Value: 'prod' }, { Key: 'team', Value: 'ads' }] },
  });
});

test.each<[string, Pick<ICfnResourceOptions, 'deletionPolicy' | 'updateReplacePolicy'>, boolean]>([
  ['removed', { deletionPolicy: CfnDeletionPolicy.RETAIN, updateReplacePolicy: CfnDeletionPolicy.DELETE }, true],
  ['removed, once it was created', { deletionPolicy: CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE, updateReplacePolicy: undefined }, true],
  ['replaced', { deletionPolicy: CfnDeletionPolicy.DELETE, updateReplacePolicy: CfnDeletionPolicy.RETAIN }, true],
  ['neither', { deletionPolicy: CfnDeletionPolicy.DELETE, updateReplacePolicy: CfnDeletionPolicy.DELETE }, false],
])('what stays when it is %s says so', (_when, { deletionPolicy, updateReplacePolicy }, retained) => {
  const stack = testStack();
  const { cfnOptions } = testModel(stack).node.defaultChild as CfnResource;
  Object.assign(cfnOptions, { deletionPolicy, updateReplacePolicy });
  Template.fromStack(stack).hasResourceProperties(TYPE, { Retained: retained ? true : Match.absent() });
});

test('an import has the ARN and the environment of the ARN', () => {
  const imported = AudienceModel.fromAudienceModelArn(testStack('eu-west-1'), 'Imported', AUDIENCE_MODEL_ARN);
  expect(imported.audienceModelArn).toBe(AUDIENCE_MODEL_ARN);
  expect(imported.audienceModelRef).toEqual({ audienceModelArn: AUDIENCE_MODEL_ARN });
  expect(imported.env).toEqual({ account: ACCOUNT, region: REGION });
  expect(() => AudienceModel.fromAudienceModelArn(new Stack(), 'Imported', Aws.NO_VALUE)).not.toThrow();
});

test('isAudienceModel knows its own', () => {
  const stack = testStack();
  expect(AudienceModel.isAudienceModel(testModel(stack))).toBe(true);
  expect(AudienceModel.isAudienceModel(AudienceModel.fromAudienceModelArn(stack, 'I', AUDIENCE_MODEL_ARN))).toBe(false);
});

test('grants.read allows to read it, imported or not', () => {
  const stack = testStack();
  const reader = new iam.User(stack, 'Reader');
  testModel(stack).grants.read(reader).assertSuccess();
  AudienceModel.fromAudienceModelArn(stack, 'I', AUDIENCE_MODEL_ARN).grants.read(reader).assertSuccess();
  const actions = ['cleanrooms-ml:GetAudienceModel', 'cleanrooms-ml:ListTagsForResource'];
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    Users: [stack.resolve(reader.userName)],
    PolicyDocument: {
      Statement: [
        { Effect: 'Allow', Action: actions, Resource: { 'Fn::GetAtt': ['ModelGate5CCD7912', 'AudienceModelArn'] } },
        { Effect: 'Allow', Action: actions, Resource: AUDIENCE_MODEL_ARN },
      ],
    },
  });
});

test.each([
  ['trainingTimeMoves', '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:01Z', 'if it comes from a clock, each deployment trains a new model'],
  ['trainingTimeInSeconds', '1970-06-30T23:59:59Z', '1970-07-01T00:00:00Z', 'if that was a number of seconds, multiply it by 1,000'],
  ['trainingTimeInSeconds', '1970-01-01T00:00:01Z', '1970-01-01T00:00:00Z', 'if that was a number of seconds, multiply it by 1,000'],
])('there is a warning, %s, of %s and not of %s', (id, suspect, usual, message) => {
  for (const property of ['trainingDataStartTime', 'trainingDataEndTime']) {
    const warningsOf = (date: string) => {
      const stack = testStack();
      testModel(stack, { [property]: new Date(date) });
      return Annotations.fromStack(stack).findWarning('/Retail/Model', Match.anyValue()).map(({ entry }) => String(entry.data));
    };
    expect(warningsOf(suspect)).toEqual([expect.stringMatching(new RegExp(`^${property} is ${new Date(suspect).toISOString()}; .*${message}.*ack: cdk-cleanrooms-ml:${id}`))]);
    expect(warningsOf(usual)).toEqual([]);
  }
});
