import { Duration, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { AudienceGeneration, AudienceGenerationProps, ConfiguredAudienceModel, SeedAudience } from '../src';
import { ACCOUNT, COLLABORATION_ID, CONFIGURED_AUDIENCE_MODEL_ARN, OTHER_ACCOUNT, REGION, ROLE_PATH, testImportedConfigured, testStack } from './fixtures';
import { Definition, faultsOfDefinition, machineOf, statementsOf, statesOf } from './machines';

const SEED = SeedAudience.fromS3Uri('s3://seeds/today.jsonl');
const JOBS = (account: string) => `arn:aws:cleanrooms-ml:${REGION}:${account}:audience-generation-job/*`;

function props(stack = testStack(), others: Partial<AudienceGenerationProps> = {}): AudienceGenerationProps {
  return { configuredAudienceModel: testImportedConfigured(stack), seedAudience: SEED, ...others };
}

function machine(others: Partial<AudienceGenerationProps> = {}): { stack: ReturnType<typeof testStack>; definition: Definition } {
  const stack = testStack();
  return { stack, definition: machineOf(stack, new AudienceGeneration(stack, 'Generate', props(stack, others)), others.queryLanguage) };
}

function faults(others: Record<string, unknown>): string {
  try {
    machine(others as Partial<AudienceGenerationProps>);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the state machine', () => {
  test('is as it was', () => {
    expect(machine({ resultPath: '$.generation', tags: { team: 'ads' } }).definition).toMatchSnapshot();
  });

  test.each<[string, Partial<AudienceGenerationProps>]>([
    ['in JSONPath', { resultPath: '$.generation', jobName: sfn.JsonPath.stringAt('$.name') }],
    ['in JSONPath with text beside it', { jobName: sfn.JsonPath.format('weekly-{}', sfn.JsonPath.stringAt('$.name')) }],
    ['in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, jobName: '{% $states.input.name %}', outputs: { a: '{% $states.result[0] %}' } }],
  ])('is valid %s', (_, others) => {
    expect(faultsOfDefinition(machine(others).definition)).toBe('');
  });

  test('is one state with the name of the construct', () => {
    const { definition } = machine({ resultPath: '$.generation' });
    expect(definition.States).toEqual({
      Generate: expect.objectContaining({
        Type: 'Parallel',
        ResultPath: '$.generation',
        ResultSelector: {
          'AudienceGenerationJobArn.$': '$[0].AudienceGenerationJobArn',
          'Name.$': '$[0].Name',
          'Status.$': '$[0].Status',
          'Recall.$': '$[0].Recall',
          'Relevance.$': '$[0].Relevance',
        },
      }),
    });
  });

  test('in JSONPath is refused where the state machine is in JSONata', () => {
    const stack = testStack();
    expect(() => machineOf(stack, AudienceGeneration.jsonPath(stack, 'Generate', props(stack)), sfn.QueryLanguage.JSONATA))
      .toThrow(/'queryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine .*Retail\/Generate\/Job/);
  });

  test.each([sfn.QueryLanguage.JSON_PATH, undefined])('in JSONPath says no more of its language than it must, in a state machine in %s', (language) => {
    const stack = testStack();
    const definition = machineOf(stack, new AudienceGeneration(stack, 'Generate', { ...props(stack), queryLanguage: sfn.QueryLanguage.JSON_PATH }), language);
    expect(definition.States.Generate).not.toHaveProperty('QueryLanguage');
    expect(faultsOfDefinition(definition)).toBe('');
  });

  test('has names that Step Functions takes, however long the id', () => {
    const stack = testStack();
    const definition = machineOf(stack, new AudienceGeneration(stack, 'x'.repeat(100), props(stack)));
    expect(Object.keys(definition.States)).toEqual(['x'.repeat(80)]);
    expect(Object.keys(statesOf(definition)).filter((name) => name.length > 80)).toEqual([]);
    expect(faultsOfDefinition(definition)).toBe('');
  });

  test.each([['jsonPath', {}], ['jsonata', { QueryLanguage: 'JSONata' }]] as const)('%s makes one in that language', (name, expected) => {
    const stack = testStack();
    expect(machineOf(stack, AudienceGeneration[name](stack, 'Generate', props(stack))).States.Generate).toMatchObject(expected);
  });

  test('asks the service for what was said, and for nothing else', () => {
    const { definition } = machine({
      queryLanguage: sfn.QueryLanguage.JSONATA,
      jobName: 'weekly',
      collaborationId: COLLABORATION_ID,
      includeSeedInOutput: false,
      description: '{% $states.input.why %}',
      tags: { team: 'ads' },
    });
    const states = statesOf(definition);
    const request = {
      Name: 'weekly',
      ConfiguredAudienceModelArn: CONFIGURED_AUDIENCE_MODEL_ARN,
      SeedAudience: { DataSource: { S3Uri: 's3://seeds/today.jsonl' }, RoleArn: expect.stringMatching(/^GenerateSeedRole/) },
      IncludeSeedInOutput: false,
      CollaborationId: COLLABORATION_ID,
      Description: '{% $states.input.why %}',
      Tags: { team: 'ads' },
    };
    expect(states['Generate: Prepare'].Output).toEqual({ Request: request });
    expect(Object.keys(states['Generate: Start'].Arguments!)).toEqual(Object.keys(request));
    expect(Object.keys(statesOf(machine().definition)['Generate: Start'].Arguments!)).toEqual(['Name', 'ConfiguredAudienceModelArn', 'SeedAudience']);
  });

  test('can be caught', () => {
    const stack = testStack();
    const generation = new AudienceGeneration(stack, 'Generate', props(stack));
    generation.addCatch(new sfn.Pass(stack, 'Never mind'), { errors: ['SOME_CODE'], resultPath: '$.error' });
    expect(machineOf(stack, generation).States.Generate.Catch).toEqual([{ ErrorEquals: ['SOME_CODE'], ResultPath: '$.error', Next: 'Never mind' }]);
  });

  test('two of them are told apart, also as single states', () => {
    const stack = testStack();
    const [one, two] = ['One', 'Two'].map((id) => new AudienceGeneration(stack, id, props(testStack(), { configuredAudienceModel: model(stack, id) })));
    const definition = machineOf(stack, one.next(two.toSingleState({ stateId: 'Single' })));
    expect(faultsOfDefinition(definition)).toBe('');
    expect(Object.keys(definition.States)).toEqual(['One', 'Single']);
  });

  test('retries what may succeed later only', () => {
    const states = Object.values(statesOf(machine().definition));
    const retried = states.flatMap(({ Retry = [] }) => Retry as { ErrorEquals: string[]; JitterStrategy: string }[]);
    expect([...new Set(retried.flatMap(({ ErrorEquals }) => ErrorEquals))].sort()).toEqual([
      'CleanRoomsMl.CleanRoomsMlException', 'CleanRoomsMl.ResourceNotFoundException', 'CleanRoomsMl.SdkClientException',
      'CleanRoomsMl.ServiceQuotaExceededException', 'CleanRoomsMl.ThrottlingException', 'States.Timeout',
    ]);
    expect(retried.every(({ JitterStrategy }) => JitterStrategy === 'FULL')).toBe(true);
  });

  test.each([[{}, 60], [{ pollInterval: Duration.minutes(20) }, 1200]])('looks as often as was said: %j', (others, seconds) => {
    expect(statesOf(machine(others).definition)['Generate: Wait'].Seconds).toContain(`$max([${seconds}, $min([${Math.max(900, seconds)},`);
  });
});

const model = (stack: ReturnType<typeof testStack>, id: string) =>
  ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, `${id}Model`, CONFIGURED_AUDIENCE_MODEL_ARN);

describe('permissions', () => {
  const own = (others: Partial<AudienceGenerationProps>) => statementsOf(machine(others).stack, 'MachineRole');

  test('are the least, in one account', () => {
    expect(own({})).toEqual([
      { Effect: 'Allow', Action: 'cleanrooms-ml:StartAudienceGenerationJob', Resource: [CONFIGURED_AUDIENCE_MODEL_ARN, JOBS(ACCOUNT)] },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: expect.stringMatching(/^GenerateSeedRole/),
        Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
      },
      { Effect: 'Allow', Action: 'cleanrooms-ml:GetAudienceGenerationJob', Resource: JOBS(ACCOUNT) },
      { Effect: 'Allow', Action: 'cleanrooms-ml:ListAudienceGenerationJobs', Resource: '*' },
    ]);
  });

  test('reach into the account of the model, in the collaboration only', () => {
    const stack = testStack();
    const arn = CONFIGURED_AUDIENCE_MODEL_ARN.replace(ACCOUNT, OTHER_ACCOUNT);
    const foreign = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Foreign', arn);
    machineOf(stack, new AudienceGeneration(stack, 'Generate', props(stack, { configuredAudienceModel: foreign, collaborationId: COLLABORATION_ID })));
    expect(statementsOf(stack, 'MachineRole')).toEqual(expect.arrayContaining([
      {
        Effect: 'Allow',
        Action: 'cleanrooms-ml:StartAudienceGenerationJob',
        Resource: [arn, JOBS(OTHER_ACCOUNT), JOBS(ACCOUNT)],
        Condition: { StringEquals: { 'cleanrooms-ml:CollaborationId': COLLABORATION_ID } },
      },
      {
        Effect: 'Allow',
        Action: 'cleanrooms:ListMembers',
        Resource: `arn:aws:cleanrooms:${REGION}:*:collaboration/${COLLABORATION_ID}`,
        Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cleanrooms-ml.amazonaws.com' } },
      },
    ]));
  });

  test.each<[string, Partial<AudienceGenerationProps>]>([
    ['in JSONPath', { collaborationId: sfn.JsonPath.stringAt('$.collaboration') }],
    ['in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, collaborationId: '{% $states.input.collaboration %}' }],
  ])('allow a collaboration that only the execution knows, %s', (_, others) => {
    const statements = own(others);
    expect(statements[0]).not.toHaveProperty('Condition');
    expect(statements).toContainEqual(expect.objectContaining({ Action: 'cleanrooms:ListMembers', Resource: `arn:aws:cleanrooms:${REGION}:*:collaboration/*` }));
  });

  test('allow the tags that are given', () => {
    expect(own({ tags: { team: 'ads' } })).toContainEqual({
      Effect: 'Allow', Action: 'cleanrooms-ml:TagResource', Resource: JOBS(ACCOUNT), Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
    });
  });
});

describe('the seed role', () => {
  test('trusts Clean Rooms ML for audience generation jobs of this account and Region only', () => {
    Template.fromStack(machine().stack).hasResourceProperties('AWS::IAM::Role', {
      Path: ROLE_PATH,
      RoleName: Match.absent(),
      AssumeRolePolicyDocument: {
        Statement: [{
          Principal: { Service: 'cleanrooms-ml.amazonaws.com' },
          Condition: {
            StringEqualsIfExists: { 'aws:SourceAccount': [ACCOUNT] },
            ArnLikeIfExists: {
              'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:cleanrooms-ml:${REGION}:${ACCOUNT}:audience-generation-job/*`]] },
            },
          },
        }],
      },
    });
  });

  test('that was given gets the permissions', () => {
    const stack = testStack();
    const seedRole = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
    machineOf(stack, new AudienceGeneration(stack, 'Generate', props(stack, { seedRole })));
    expect(statementsOf(stack, 'Mine').map(({ Action }) => Action)).toEqual(['s3:ListBucket', 's3:GetObject']);
    expect(statementsOf(stack, 'MachineRole')).toContainEqual(expect.objectContaining({ Action: 'iam:PassRole', Resource: expect.stringMatching(/^Mine/) }));
  });
});

describe('bad input', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no model', { configuredAudienceModel: undefined }, 'configuredAudienceModel: got undefined; it must be a configured audience model'],
    ['a name that is too long with what follows', { jobName: 'x'.repeat(47) }, 'it must have 1 to 46 characters but has 47'],
    ['a blank name', { jobName: ' ' }, 'jobName: got " "; it must not be blank'],
    ['a collaboration that is no UUID', { collaborationId: 'mine' }, 'collaborationId: got "mine"; it must have 36 characters'],
    ['a long description', { description: 'x'.repeat(256) }, 'it must have 0 to 255 characters but has 256'],
    ['too many tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ''])) }, 'there may be at most 50 tags but there are 51'],
    ['a reserved tag', { tags: { 'cdk-cleanrooms-ml:audience': 'x' } }, 'keys that begin with "cdk-cleanrooms-ml:" are reserved'],
    ['a name in JSONata in a state in JSONPath', { jobName: '{% $states.input.name %}' }, 'it must be an expression in JSONPath, such as sfn.JsonPath.stringAt("$.x")'],
    ['a description in JSONPath in a state in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, description: sfn.JsonPath.stringAt('$.x') },
      'it must be an expression in JSONata, such as "{% $states.input.x %}"'],
    ['a switch in JSONPath in a state in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, includeSeedInOutput: sfn.JsonPath.objectAt('$.include') },
      'includeSeedInOutput: got "<path:$.include>"; it must be an expression in JSONata'],
    ['a number of workers in JSONPath in a state in JSONata', {
      queryLanguage: sfn.QueryLanguage.JSONATA,
      seedAudience: SeedAudience.fromQuery({ membershipId: COLLABORATION_ID, queryString: 'SELECT 1', compute: { workerCount: sfn.JsonPath.numberAt('$.n') } }),
    }, 'seedAudience: got "<path:$.n>"; it must be a number that is known at synthesis'],
    ['a name in JSONata with spaces around it', { queryLanguage: sfn.QueryLanguage.JSONATA, jobName: ' {% $states.input.name %}' },
      'jobName: got " {% $states.input.name %}"; it must be an expression that begins with "{%" and ends with "%}"; remove the spaces around it'],
    ['a collaboration in JSONata with spaces around it', { queryLanguage: sfn.QueryLanguage.JSONATA, collaborationId: '{% $states.input.collaboration %}\n' },
      'collaborationId: got "{% $states.input.collaboration %}\\n"; it must be an expression that begins with "{%" and ends with "%}"; remove the spaces around it'],
    ['a name in JSONata with spaces around it in a state in JSONPath', { jobName: ' {% $states.input.name %}' }, 'jobName: got " {% $states.input.name %}"; it must be an expression in JSONPath'],
    ['a name that is partly in JSONPath', { jobName: `x-${sfn.JsonPath.stringAt('$.name')}` }, '; it must be an expression in JSONPath as a whole, such as sfn.JsonPath.format'],
    ['a name that is partly in JSONPath in a state in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, jobName: `x-${sfn.JsonPath.stringAt('$.name')}` },
      '; it must be an expression in JSONata, such as "{% $states.input.x %}"'],
    ['a tag that is partly in JSONPath', { tags: { team: `x-${sfn.JsonPath.stringAt('$.team')}` } },
      'it must be an expression in JSONPath as a whole, such as sfn.JsonPath.format("x-{}", sfn.JsonPath.stringAt("$.x"))'],
    ['a key of a tag in JSONPath', { tags: { [sfn.JsonPath.stringAt('$.key')]: 'x' } },
      'tags: got "<path:$.key>"; it must be known at synthesis where it is a key or a name; give only values as expressions'],
    ['a key of a tag in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, tags: { '{% $states.input.key %}': 'x' } },
      'tags: got "{% $states.input.key %}"; it must be known at synthesis'],
    ['outputs in a state in JSONPath', { outputs: '{% $states.input %}' },
      'outputs: got "{% $states.input %}"; it must be left out of a state in JSONPath; use resultPath and outputPath'],
    ...['inputPath', 'outputPath', 'resultPath'].map((name): [string, Record<string, unknown>, string] => [`${name} in a state in JSONata`,
      { queryLanguage: sfn.QueryLanguage.JSONATA, [name]: '$.x' }, `${name}: got "$.x"; it must be left out of a state in JSONata; use outputs`]),
    ['a variable in JSONata in a state in JSONPath', { assign: { job: '{% $states.result %}' } },
      'assign: got "{% $states.result %}"; it must be an expression in JSONPath'],
    ['a variable in JSONPath in a state in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, assign: { job: sfn.JsonPath.stringAt('$.x') } },
      'assign: got "<path:$.x>"; it must be an expression in JSONata'],
    ['an output in JSONPath in a state in JSONata', { queryLanguage: sfn.QueryLanguage.JSONATA, outputs: { job: sfn.JsonPath.stringAt('$.x') } },
      'outputs: got "<path:$.x>"; it must be an expression in JSONata'],
    ['a model that only the execution knows', {
      configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(testStack(), 'M', sfn.JsonPath.stringAt('$.model')),
    }, 'configuredAudienceModel: got "<path:$.model>"; it must be known at synthesis; a policy names it; choose between states, each with a model of its own'],
    ['a role that only the execution knows', { seedRole: iam.Role.fromRoleArn(testStack(), 'R', sfn.JsonPath.stringAt('$.role')) },
      'seedRole: got "<path:$.role>"; it must be known at synthesis; a policy names it; give the role itself'],
    ['a timeout shorter than a poll', { timeout: Duration.seconds(59) }, 'timeout: got "59 seconds"; it must be at least as long as pollInterval, 1 minute'],
    ['a timeout beyond a week', { timeout: Duration.days(8) }, 'timeout: got "8 days"; it must be a Duration of whole seconds from 1 second to 7 days'],
    ['a poll of half a second', { pollInterval: Duration.millis(500) }, 'pollInterval: got "500 millis"; it must be a Duration of whole seconds'],
    ['a number for a duration', { timeout: 5 }, 'timeout: got 5; it must be a Duration'],
    ['a role of another account', { seedRole: iam.Role.fromRoleArn(testStack(), 'R', `arn:aws:iam::${OTHER_ACCOUNT}:role/r`) }, 'seedRole.account: got "444455556666"'],
    ['a model of another Region', {
      configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(testStack(), 'M', CONFIGURED_AUDIENCE_MODEL_ARN.replace(REGION, 'eu-west-1')),
    }, 'configuredAudienceModel.region: got "eu-west-1"'],
  ])('%s', (_, others, message) => {
    expect(faults(others)).toContain(message);
  });

  test('is reported all together, with the path of the construct', () => {
    expect(faults({ jobName: '', description: 'x'.repeat(256), timeout: Duration.days(8) })).toMatch(/^invalid AudienceGeneration at 'Retail\/Generate':\n(  - .*\n?){3}$/);
  });

  test('the longest name is none', () => {
    expect(faults({ jobName: 'x'.repeat(46) })).toBe('');
  });
});

describe('another account whose model is used without a collaboration', () => {
  const warningsOf = (account: string, others: Partial<AudienceGenerationProps> = {}) => {
    const stack = testStack();
    const arn = CONFIGURED_AUDIENCE_MODEL_ARN.replace(ACCOUNT, account);
    const configuredAudienceModel = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Theirs', arn);
    machineOf(stack, new AudienceGeneration(stack, 'Generate', props(stack, { ...others, configuredAudienceModel })));
    return Annotations.fromStack(stack).findWarning('/Retail/Generate', Match.stringLikeRegexp('collaborationIdMissing')).map(({ entry }) => entry.data);
  };

  test('is warned of', () => {
    expect(warningsOf(OTHER_ACCOUNT)).toEqual([expect.stringContaining(`configuredAudienceModel is of the account ${OTHER_ACCOUNT}, and there is no collaborationId`)]);
  });

  test.each<[string, string, Partial<AudienceGenerationProps>]>([
    ['a collaboration is given', OTHER_ACCOUNT, { collaborationId: COLLABORATION_ID }],
    ['the account is the same', ACCOUNT, {}],
    ['nobody knows the account yet', Token.asString({ Ref: 'Account' }), {}],
  ])('not where %s', (_, account, others) => {
    expect(warningsOf(account, others)).toEqual([]);
  });
});
