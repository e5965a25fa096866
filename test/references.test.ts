import { App, Aws, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  AudienceModel, AudienceModelGrants, ConfiguredAudienceModel, ConfiguredAudienceModelGrants, ConfiguredAudienceModelPolicy, IAudienceModelRef,
  IAudienceModel, IConfiguredAudienceModel, IConfiguredAudienceModelRef, ITrainingDataset, TrainingDataset, TrainingDatasetGrants,
} from '../src';
import { ACCOUNT, COLLABORATION_ID, OTHER_ACCOUNT, REGION, testConfigured, testDataset, testModel, testStack } from './fixtures';

const arn = (type: string, id = 'abc') => `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:${type}/${id}`;
const longest = (type: string) => 'x'.repeat(2048 - arn(type, '').length);

interface Case {
  readonly name: string;
  readonly type: string;
  readonly property: string;
  readonly fromArn: (stack: Stack, arn: string) => ITrainingDataset | IAudienceModel | IConfiguredAudienceModel;
  /** Uses a resource that is known by a reference only. */
  readonly uses: Record<string, (stack: Stack, arn: string) => unknown>;
}

/** A reference of the user's own making. */
function reference<T>(stack: Stack, members: object): T {
  return Object.assign(new Stack(stack, 'Reference', { env: { account: ACCOUNT, region: REGION } }), members) as unknown as T;
}
const trainingDataset = (stack: Stack, trainingDatasetArn: string) =>
  reference<cleanroomsml.ITrainingDatasetRef>(stack, { trainingDatasetRef: { trainingDatasetArn } });
const audienceModel = (stack: Stack, audienceModelArn: string) => reference<IAudienceModelRef>(stack, { audienceModelRef: { audienceModelArn } });
const configuredAudienceModel = (stack: Stack, configuredAudienceModelArn: string) =>
  reference<IConfiguredAudienceModelRef>(stack, { configuredAudienceModelRef: { configuredAudienceModelArn } });

const CASES: Case[] = [
  {
    name: 'TrainingDataset',
    type: 'training-dataset',
    property: 'trainingDatasetArn',
    fromArn: (stack, value) => TrainingDataset.fromTrainingDatasetArn(stack, 'Imported', value),
    uses: {
      'AudienceModel.trainingDataset': (stack, value) => testModel(stack, { trainingDataset: trainingDataset(stack, value) }),
      'TrainingDatasetGrants.read': (stack, value) =>
        TrainingDatasetGrants.fromTrainingDataset(trainingDataset(stack, value)).read(new iam.User(stack, 'User')),
    },
  },
  {
    name: 'AudienceModel',
    type: 'audience-model',
    property: 'audienceModelArn',
    fromArn: (stack, value) => AudienceModel.fromAudienceModelArn(stack, 'Imported', value),
    uses: {
      'ConfiguredAudienceModel.audienceModel': (stack, value) => testConfigured(stack, { audienceModel: audienceModel(stack, value) }),
      'AudienceModelGrants.read': (stack, value) =>
        AudienceModelGrants.fromAudienceModel(audienceModel(stack, value)).read(new iam.User(stack, 'User')),
    },
  },
  {
    name: 'ConfiguredAudienceModel',
    type: 'configured-audience-model',
    property: 'configuredAudienceModelArn',
    fromArn: (stack, value) => ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Imported', value),
    uses: {
      'ConfiguredAudienceModelPolicy.configuredAudienceModel': (stack, value) => new ConfiguredAudienceModelPolicy(stack, 'Policy', {
        configuredAudienceModel: configuredAudienceModel(stack, value),
      }),
      'ConfiguredAudienceModelGrants.read': (stack, value) =>
        ConfiguredAudienceModelGrants.fromConfiguredAudienceModel(configuredAudienceModel(stack, value)).read(new iam.User(stack, 'User')),
      'ConfiguredAudienceModelGrants.startAudienceGenerationJob': (stack, value) => ConfiguredAudienceModelGrants
        .fromConfiguredAudienceModel(configuredAudienceModel(stack, value))
        .startAudienceGenerationJob(new iam.User(stack, 'User'), { collaborationId: COLLABORATION_ID }),
    },
  },
];

describe.each(CASES)('the ARN of $name', ({ name, type, property, fromArn, uses }) => {
  const allowed = [
    arn(type), arn(type, 'a-B_1/2.3'), arn(type, longest(type)), arn(type).replace('arn:aws:', 'arn:aws-us-gov:'),
    Aws.NO_VALUE, Lazy.string({ produce: () => '*' }), arn(type).replace(ACCOUNT, Aws.ACCOUNT_ID), arn(type).replace(':aws:', `:${Aws.PARTITION}:`),
    arn(type, Aws.STACK_NAME),
  ];
  const refused = [
    '', 'abc', arn('audience-generation-job'), `x${arn(type)}`, arn(type, ''), arn(type, '*'), arn(type, 'ab?'), arn(type, '${aws:username}'),
    arn('*'), arn(type).replace(REGION, '*'), arn(type).replace(ACCOUNT, '*'), arn(type).replace(ACCOUNT, '1234'), arn(type, `${longest(type)}x`),
    arn(type, 'a b'), `${arn(type)}\n`,
  ];

  test.each(allowed)('may be %s', (value) => {
    expect(() => fromArn(testStack(), value)).not.toThrow();
    for (const use of Object.values(uses)) expect(() => use(new Stack(new App(), 'Retail'), value)).not.toThrow();
  });

  test.each(refused)('must not be %j, in an import', (value) => {
    const stack = testStack();
    expect(() => fromArn(stack, value)).toThrow(`invalid ${name} at 'Retail/Imported':\n  - ${property}: got "`);
    expect(stack.node.tryFindChild('Imported')).toBeUndefined();
  });

  test.each(Object.keys(uses).flatMap((use) => [[use, arn(type, '*')], [use, arn(type, `${longest(type)}x`)], [use, 'abc']]))(
    '%s must not have it as %j', (use, value) => {
      expect(() => uses[use](testStack(), value)).toThrow(/at 'Retail\/\w+':\n {2}- \w+: got "/);
    });

  test('of an import is what its grants render', () => {
    const stack = testStack();
    const { grants }: ITrainingDataset | IAudienceModel | IConfiguredAudienceModel = fromArn(stack, arn(type));
    grants.read(new iam.User(stack, 'Reader')).assertSuccess();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: [{ Effect: 'Allow', Resource: arn(type) }] } });
  });

  test('of an import of another account is what its grants render, for a role of this one, and nothing is left for a foreign one', () => {
    const stack = testStack();
    const { grants } = fromArn(stack, arn(type).replace(ACCOUNT, OTHER_ACCOUNT));
    const grant = grants.read(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(grant.principalStatements.map(({ resources }) => resources)).toEqual([[arn(type).replace(ACCOUNT, OTHER_ACCOUNT)]]);
    expect(() => grants.read(new iam.AccountPrincipal(OTHER_ACCOUNT)).assertSuccess()).toThrow(/could not be added on either identity or resource policy/);
  });

  test('is missing in an import for plain JavaScript', () => {
    expect(() => fromArn(testStack(), undefined as unknown as string)).toThrow(`${property}: got undefined; it is required; give the ARN of a`);
  });
});

test('an import says what is allowed and what to do', () => {
  expect(() => AudienceModel.fromAudienceModelArn(testStack(), 'Imported', 'lookalikes-abcdefghij')).toThrow(new Error([
    "invalid AudienceModel at 'Retail/Imported':",
    '  - audienceModelArn: got "lookalikes-abcdefghij"; it must look like arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-model/id; '
      + 'give the ARN of an audience model',
  ].join('\n')));
});

test('an import with a wildcard is told that it must stand for one resource', () => {
  expect(() => AudienceModel.fromAudienceModelArn(testStack(), 'Imported', arn('audience-model', '*')))
    .toThrow(/it must stand for one resource, without "\*", "\?" and "\$\{"; give the ARN of an audience model/);
});

test('an import below an app has its own path', () => {
  expect(() => AudienceModel.fromAudienceModelArn(new App(), 'Imported', 'x')).toThrow("invalid AudienceModel at 'Imported'");
});

test('an ARN with tokens in it gives the environment as far as it is known', () => {
  const imported = AudienceModel.fromAudienceModelArn(testStack('eu-west-1'), 'Imported', arn('audience-model').replace(ACCOUNT, Aws.ACCOUNT_ID));
  expect(imported.env.region).not.toBe('eu-west-1');
});

test('the grant to start jobs with an imported model of another account gives the model and the jobs of both, and leaves its policy alone', () => {
  const stack = testStack();
  const model = arn('configured-audience-model').replace(ACCOUNT, OTHER_ACCOUNT);
  const imported: IConfiguredAudienceModel = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Imported', model);
  imported.grants.startAudienceGenerationJob(new iam.User(stack, 'Caller'), { collaborationId: COLLABORATION_ID }).assertSuccess();
  imported.grants.startAudienceGenerationJob(new iam.AccountPrincipal('777788889999'), { collaborationId: COLLABORATION_ID });
  const jobs = (account: string) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:cleanrooms-ml:${REGION}:${account}:audience-generation-job/*`]],
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Resource: [model, jobs(OTHER_ACCOUNT), jobs(ACCOUNT)] })]) },
  });
  template.resourceCountIs('Custom::CleanRoomsMLConfiguredAudienceModelPolicy', 0);
});

describe('an ARN with a wildcard in it', () => {
  test.each(['*', 'team?', 'a/${aws:username}'])('must not be that of a role: %s', (id) => {
    const stack = testStack();
    const role = iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ACCOUNT}:role/${id}`);
    expect(() => testDataset(stack, { role })).toThrow(/role: got ".*"; it must stand for one resource/);
    expect(() => testConfigured(testStack(), { outputRole: role })).toThrow(/outputRole: got ".*"; it must stand for one resource/);
  });

  test('must not be that of a key', () => {
    const stack = testStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`);
    expect(() => testModel(stack, { encryptionKey })).toThrow(/encryptionKey: got ".*"; it must stand for one resource/);
  });
});
