import { App, CfnParameter, Duration, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { AudienceSize, AudienceSizeConfig, LookalikeAudience, LookalikeAudienceProps, SeedAudience } from '../src';
import { ACCOUNT, COLLABORATION_ID, REGION, testConfigured, testImportedConfigured, testStack } from './fixtures';
import { definitionIn, faultsOfDefinition, statementsOf, statesOf } from './machines';
import { dependenciesOf, depthsOf, ofType, resourcesOf } from './template-graph';

const JOBS = `arn:aws:cleanrooms-ml:${REGION}:${ACCOUNT}:audience-generation-job/*`;
const WEEKLY = scheduler.ScheduleExpression.rate(Duration.days(7));

function audienceIn(stack: Stack, others: Partial<LookalikeAudienceProps> = {}): LookalikeAudience {
  return new LookalikeAudience(stack, 'Audience', {
    configuredAudienceModel: others.configuredAudienceModel ?? testImportedConfigured(stack),
    seedAudience: SeedAudience.fromS3Uri('s3://seeds/today.jsonl'),
    sizes: [AudienceSize.percentage(1), AudienceSize.percentage(5)],
    ...others,
  });
}

function faults(others: Record<string, unknown>, stack = testStack()): string {
  try {
    audienceIn(stack, others as Partial<LookalikeAudienceProps>);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const EVERYTHING: Partial<LookalikeAudienceProps> = {
  minimumRelevance: 0.2,
  minimumRecall: 0.5,
  schedule: WEEKLY,
  keepJobs: 4,
  collaborationId: COLLABORATION_ID,
  includeSeedInOutput: true,
  description: 'Weekly',
  tags: { team: 'ads' },
  jobName: 'weekly',
  exportName: 'campaign',
};

describe('the state machine', () => {
  test('is as it was', () => {
    const stack = testStack();
    audienceIn(stack, EVERYTHING);
    expect(definitionIn(stack)).toMatchSnapshot();
  });

  test.each<[string, Partial<LookalikeAudienceProps>]>([
    ['with everything', EVERYTHING],
    ['with nothing that is optional', {}],
    ['with a query', { seedAudience: SeedAudience.fromQuery({ membershipId: COLLABORATION_ID, queryString: 'SELECT \'{% "\'', parameters: { a: 'b' } }) }],
  ])('is valid %s', (_, others) => {
    const stack = testStack();
    audienceIn(stack, others);
    expect(faultsOfDefinition(definitionIn(stack))).toBe('');
  });

  test('has no more states than it needs', () => {
    const stack = testStack();
    audienceIn(stack);
    const names = Object.keys(statesOf(definitionIn(stack)));
    for (const name of ['Exclusive?', 'List jobs', 'Delete job']) expect(names).not.toContain(name);
  });

  test('may log and be traced', () => {
    const stack = testStack();
    audienceIn(stack, { logs: { destination: new (jest.requireActual<typeof import('aws-cdk-lib/aws-logs')>('aws-cdk-lib/aws-logs').LogGroup)(stack, 'Logs') }, tracingEnabled: true });
    Template.fromStack(stack).hasResourceProperties('AWS::StepFunctions::StateMachine', { LoggingConfiguration: Match.anyValue(), TracingConfiguration: { Enabled: true } });
  });
});

describe('resources', () => {
  test('are four, one more to keep jobs, and four for a schedule', () => {
    const count = (others: Partial<LookalikeAudienceProps>) => {
      const stack = testStack();
      audienceIn(stack, others);
      return Object.keys(Template.fromStack(stack).toJSON().Resources as object).length;
    };
    expect([count({}), count({ keepJobs: 1 }), count({ schedule: WEEKLY }), count(EVERYTHING)]).toEqual([4, 5, 8, 8]);
  });

  test('the schedule starts executions that can be told from others', () => {
    const stack = testStack();
    audienceIn(stack, { schedule: WEEKLY });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(7 days)',
      Target: {
        Arn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':scheduler:::aws-sdk:sfn:startExecution']] },
        Input: { 'Fn::Join': ['', ['{"StateMachineArn":"', { Ref: 'AudienceStateMachineD746B606' }, '","Name":"schedule-<aws.scheduler.execution-id>","Input":"{}"}']] },
      },
    });
    expect(statementsOf(stack, 'SchedulerRole')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: 'AudienceStateMachineD746B606' }]);
  });
});

describe('a schedule', () => {
  /** What stands before a resource, directly or not. */
  function before(resources: ReturnType<typeof resourcesOf>, id: string): Set<string> {
    const dependencies = dependenciesOf(resources);
    const found = new Set<string>();
    const add = (name: string): void => dependencies.get(name)?.forEach((next) => {
      if (found.has(next)) return;
      found.add(next);
      add(next);
    });
    add(id);
    return found;
  }

  const key = (stack: Stack) => new kms.Key(stack, 'Key');
  const encrypted = (stack: Stack) => SeedAudience.fromS3(s3.Bucket.fromBucketAttributes(stack, 'Seeds', { bucketName: 'seeds', encryptionKey: key(stack) }), 'today.jsonl');
  const mine = (stack: Stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });

  test.each<[string, (stack: Stack) => Partial<LookalikeAudienceProps>, string[]]>([
    ['of a role of its own', () => ({}), ['AudienceListExecutions', 'AudienceStartExecution', 'AudienceStateMachineRoleDefaultPolicy']],
    ['of one that reads with a key', (stack) => ({ seedAudience: encrypted(stack) }),
      ['AudienceListExecutions', 'AudienceSeedRoleDefaultPolicy', 'AudienceStartExecution', 'AudienceStateMachineRoleDefaultPolicy']],
    ['of a role that was given', (stack) => ({ seedRole: mine(stack), seedAudience: encrypted(stack) }),
      ['AudienceListExecutions', 'AudienceStartExecution', 'AudienceStateMachineRoleDefaultPolicy', 'MineDefaultPolicy']],
  ])('waits for all that the first run is allowed, because a rate begins at once: with the seed %s', (_, others, policies) => {
    const stack = testStack();
    audienceIn(stack, { schedule: WEEKLY, ...others(stack) });
    const resources = resourcesOf(stack);
    const [[schedule]] = ofType(resources, 'AWS::Scheduler::Schedule');
    const waitedFor = before(resources, schedule);
    const allowing = [...ofType(resources, 'AWS::IAM::Policy'), ...ofType(resources, 'AWS::IAM::Role')].map(([id]) => id);
    expect([...waitedFor]).toEqual(expect.arrayContaining(allowing));
    expect(ofType(resources, 'AWS::IAM::Policy').map(([id]) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(policies);
  });

  test('of one audience does not wait for another one, which may wait for it', () => {
    const stack = testStack();
    const [first, second] = ['First', 'Second'].map((id) => new LookalikeAudience(stack, id, {
      configuredAudienceModel: testImportedConfigured(new Construct(stack, `Of${id}`)),
      seedAudience: SeedAudience.fromS3Uri('s3://seeds/today.jsonl'),
      sizes: [AudienceSize.percentage(1)],
      schedule: WEEKLY,
    }));
    second.node.addDependency(first);
    const resources = resourcesOf(stack);
    expect(() => depthsOf(resources)).not.toThrow();
    expect(ofType(resources, 'AWS::IAM::Role').filter(([id]) => id.startsWith('SchedulerRole'))).toHaveLength(1);
    expect(Object.keys(resources)).toHaveLength(15);
  });
});

describe('permissions', () => {
  test('are the least', () => {
    const stack = testStack();
    audienceIn(stack, EVERYTHING);
    const expected = [
      {
        Effect: 'Allow',
        Action: 'cleanrooms-ml:StartAudienceGenerationJob',
        Resource: [expect.stringContaining('configured-audience-model/abc'), JOBS],
        Condition: { StringEquals: { 'cleanrooms-ml:CollaborationId': COLLABORATION_ID } },
      },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: expect.stringMatching(/^AudienceSeedRole/),
        Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
      },
      expect.objectContaining({ Action: 'cleanrooms:ListMembers' }),
      {
        Effect: 'Allow',
        Action: 'cleanrooms-ml:TagResource',
        Resource: JOBS,
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'cdk-cleanrooms-ml:audience'] } },
      },
      { Effect: 'Allow', Action: 'cleanrooms-ml:GetAudienceGenerationJob', Resource: JOBS },
      { Effect: 'Allow', Action: 'cleanrooms-ml:StartAudienceExportJob', Resource: JOBS },
      { Effect: 'Allow', Action: 'cleanrooms-ml:ListAudienceGenerationJobs', Resource: '*' },
      { Effect: 'Allow', Action: 'cleanrooms-ml:ListAudienceExportJobs', Resource: '*' },
      {
        Effect: 'Allow', Action: 'cloudwatch:PutMetricData', Resource: '*', Condition: { StringEquals: { 'cloudwatch:namespace': 'CleanRoomsML/Lookalike' } },
      },
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
        Condition: { 'ForAllValues:StringEquals': { 'events:source': ['cdk-cleanrooms-ml'] } },
      },
      {
        Effect: 'Allow',
        Action: 'cleanrooms-ml:DeleteAudienceGenerationJob',
        Resource: JOBS,
        Condition: { StringEquals: { 'aws:ResourceTag/cdk-cleanrooms-ml:audience': expect.stringMatching(/^Retail-Audience-/) } },
      },
      { Effect: 'Allow', Action: 'states:ListExecutions', Resource: 'AudienceStateMachineD746B606' },
    ];
    const statements = statementsOf(stack, 'AudienceStateMachineRole');
    expect(statements).toEqual(expect.arrayContaining(expected));
    expect(statements).toHaveLength(expected.length);
  });

  test('are granted to whoever may start a run', () => {
    const stack = testStack();
    audienceIn(stack).grants.startExecution(new iam.Role(stack, 'Somebody', { assumedBy: new iam.AccountPrincipal(ACCOUNT) }));
    expect(statementsOf(stack, 'Somebody')).toEqual([{ Effect: 'Allow', Action: 'states:StartExecution', Resource: 'AudienceStateMachineD746B606' }]);
  });
});

describe('what it tells', () => {
  test('metrics have the dimensions that are documented', () => {
    const stack = testStack();
    const audience = audienceIn(stack);
    const shown = (metric: cloudwatch.Metric) => stack.resolve(metric.toMetricConfig().metricStat) as object;
    const own = { name: 'Audience', value: audience.audienceName };
    expect(shown(audience.metricRecall())).toMatchObject({ namespace: 'CleanRoomsML/Lookalike', metricName: 'Recall', dimensions: [own], statistic: 'Average' });
    expect(shown(audience.metricRelevance(AudienceSize.percentage(5), { statistic: 'Minimum' })))
      .toMatchObject({ metricName: 'Relevance', dimensions: [own, { name: 'AudienceSize', value: 'PERCENTAGE-5' }], statistic: 'Minimum' });
    expect(shown(audience.metricFailed())).toMatchObject({ namespace: 'AWS/States', metricName: 'ExecutionsFailed' });
    expect(() => audience.metricRelevance({} as AudienceSize)).toThrow('size: got {}; it must be an audience size');
    expect(() => audience.metricRelevance(AudienceSize.percentage(sfn.JsonPath.numberAt('$.x')))).toThrow('size: got "<path:$.x>"; it must be known before any execution');
  });

  test.each([
    ['onFinished', 'Lookalike Audience Finished'], ['onRejected', 'Lookalike Audience Rejected'], ['onFailed', 'Lookalike Audience Failed'],
  ] as const)('%s is a rule for its events', (on, detailType) => {
    const stack = testStack();
    const bus = new events.EventBus(stack, 'Bus');
    const audience = audienceIn(stack, { eventBus: bus });
    // The id that everybody would give it: nothing of the construct's own may have it.
    audience[on](on.replace('on', ''), { description: 'Mine', eventPattern: { detail: { status: [{ exists: true }] } } });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Description: 'Mine',
      EventBusName: { Ref: 'BusEA82B648' },
      EventPattern: {
        'source': ['cdk-cleanrooms-ml'], 'detail-type': [detailType], 'detail': { audience: [audience.audienceName], status: [{ exists: true }] },
      },
    });
    expect(statementsOf(stack, 'AudienceStateMachineRole')).toContainEqual(expect.objectContaining({ Action: 'events:PutEvents', Resource: 'BusEA82B648' }));
  });

  test('its widgets show quality, durations and how runs ended', () => {
    const stack = testStack();
    new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [audienceIn(stack).widgets()] });
    const [{ Properties: { DashboardBody: body } }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')) as { Properties: { DashboardBody: unknown } }[];
    const text = JSON.stringify(body);
    for (const title of ['Audience: quality', 'Audience: duration', 'Audience: runs', 'Relevance PERCENTAGE-5', 'ExecutionsAborted']) expect(text).toContain(title);
  });

  test('numbers that only deployment knows are in the definition, and in the dimension of metrics', () => {
    const stack = testStack();
    const parameter = (id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
    const size = AudienceSize.percentage(parameter('Size'));
    const audience = audienceIn(stack, { sizes: [size], minimumRecall: parameter('Recall'), minimumRelevance: parameter('Relevance'), keepJobs: parameter('Keep') });
    const text = JSON.stringify(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
    for (const id of ['Size', 'Recall', 'Relevance', 'Keep']) expect(text).toContain(`{"Ref":"${id}"}`);
    expect(stack.resolve(audience.metricRelevance(size).toMetricConfig().metricStat?.dimensions))
      .toContainEqual({ name: 'AudienceSize', value: { 'Fn::Join': ['', ['PERCENTAGE-', { Ref: 'Size' }]] } });
  });

  test('two audiences have two names', () => {
    const stack = new Stack(new App(), 'Retail', { env: { account: ACCOUNT, region: REGION } });
    const [one, two] = ['A', 'B'].map((id) => new LookalikeAudience(stack, id, {
      configuredAudienceModel: id === 'A' ? testImportedConfigured(stack) : testConfigured(stack),
      seedAudience: SeedAudience.fromS3Uri('s3://seeds/today.jsonl'),
      sizes: [AudienceSize.percentage(1)],
    }));
    expect(one.audienceName).not.toBe(two.audienceName);
  });
});

describe('bad input', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['no sizes', { sizes: [] }, 'sizes: got []; it must be 1 to 25 audience sizes'],
    ['sizes that are none', { sizes: [5] }, 'sizes[0]: got 5; it must be an audience size'],
    ['a size that cannot be', { sizes: [AudienceSize.percentage(0)] }, 'sizes[0]: got 0; it must be a whole number from 1 to 100'],
    ['a size twice', { sizes: [AudienceSize.percentage(1), AudienceSize.percentage(1)] }, 'sizes[1]: got PERCENTAGE-1 again; each size may be given only once'],
    ['26 sizes', { sizes: Array.from({ length: 26 }, (_, n) => AudienceSize.absolute(n + 1)) }, 'it must be 1 to 25 audience sizes'],
    ['a relevance out of range', { minimumRelevance: 10.1 }, 'minimumRelevance: got 10.1; it must be a number from 0 to 10'],
    ['a negative relevance', { minimumRelevance: -0.1 }, 'minimumRelevance: got -0.1; it must be a number from 0 to 10'],
    ['a recall out of range', { minimumRecall: 1.1 }, 'minimumRecall: got 1.1; it must be a number from 0 to 1'],
    ['a recall that is none', { minimumRecall: NaN }, 'minimumRecall: got NaN; it must be a number from 0 to 1'],
    ['no jobs to keep', { keepJobs: 0 }, 'keepJobs: got 0; it must be a whole number from 1'],
    ['half a job', { keepJobs: 1.5 }, 'keepJobs: got 1.5; it must be a whole number from 1'],
    ['a name that is too long with what follows', { jobName: 'x'.repeat(40) }, 'it must have 1 to 39 characters but has 40'],
    ['a name of exports that is too long with what follows', { exportName: 'x'.repeat(47) }, 'it must have 1 to 46 characters but has 47'],
    ['too many tags', { tags: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, ''])) },
      'there may be at most 49 tags (the service\'s 50 less the 1 that this library sets) but there are 50'],
    ['a collaboration that is no UUID', { collaborationId: 'mine' }, 'collaborationId: got "mine"'],
    ['a timeout shorter than a poll', { timeout: Duration.seconds(31) }, 'timeout: got "31 seconds"; it must be at least as long as pollInterval'],
    ['a timeout beyond two days', { timeout: Duration.hours(49) }, 'timeout: got "2 days 1 hour"; it must be a Duration of whole seconds from 30 seconds to 2 days'],
    ['a schedule that is none', { schedule: 'weekly' }, 'schedule: got "weekly"; it must be a schedule'],
    ['a seed that only the execution knows', { seedAudience: SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed')) }, 'it must be known before any execution; let executions say in their input'],
    ['a seed in JSONata', { seedAudience: SeedAudience.fromS3Uri('{% $states.input.seed %}') }, 'it must be known before any execution; let executions say in their input'],
    ['a name in JSONata', { jobName: '{% $states.input.name %}' }, 'jobName: got "{% $states.input.name %}"; it must be known before any execution'],
    ['a size that only the execution knows', { sizes: [AudienceSize.absolute(sfn.JsonPath.numberAt('$.users'))] },
      'sizes: got "<path:$.users>"; it must be known before any execution; let executions say in their input what differs'],
    ...['minimumRelevance', 'minimumRecall', 'keepJobs'].map((property): [string, Record<string, unknown>, string] => (
      [`a ${property} that only the execution knows`, { [property]: sfn.JsonPath.numberAt('$.x') }, `${property}: got "<path:$.x>"; it must be known before any execution`])),
    ['a key of a tag in JSONata', { tags: { '{% $states.input.key %}': 'x' } }, 'tags: got "{% $states.input.key %}"; it must be known before any execution'],
    ['a name in JSONata with spaces around it', { jobName: ' {% $states.input.name %} ' }, 'jobName: got " {% $states.input.name %} "; it must be known before any execution'],
    ['a collaboration in JSONata', { collaborationId: '{% $states.input.id %}' }, 'collaborationId: got "{% $states.input.id %}"; it must be known before any execution'],
    ['a poll of seconds', { pollInterval: Duration.seconds(29) }, 'it must be a Duration of whole seconds from 30 seconds to 2 days'],
    ['no seed', { seedAudience: undefined }, 'seedAudience: got undefined; it must be a seed'],
  ])('%s', (_, others, message) => {
    expect(faults(others)).toContain(message);
  });

  test('a size that the configured audience model does not offer', () => {
    const stack = testStack();
    const configuredAudienceModel = testConfigured(stack, { audienceSizeConfig: AudienceSizeConfig.percentage(1, 10) });
    expect(faults({ configuredAudienceModel }, stack)).toContain(
      'sizes[1]: got PERCENTAGE-5; it must be one of those that the configured audience model offers, PERCENTAGE-1, PERCENTAGE-10; '
      + 'choose one of them, or add it to audienceSizeConfig');
  });

  test('is none of what only deployment knows, but for the same twice', () => {
    const stack = testStack();
    const configuredAudienceModel = testConfigured(stack, { audienceSizeConfig: AudienceSizeConfig.percentage(1, 10) });
    const sizes = [1, 2].map((n) => AudienceSize.percentage(new CfnParameter(stack, `Size${n}`, { type: 'Number' }).valueAsNumber));
    expect(faults({ configuredAudienceModel, sizes: [...sizes, sizes[0]] }, stack))
      .toMatch(/^invalid LookalikeAudience at 'Retail\/Audience':\n {2}- sizes\[2\]: got PERCENTAGE-\$\{Token\[\S+\]\} again; each size may be given only once; remove the duplicate$/);
    stack.node.tryRemoveChild('Audience');
    expect(faults({ configuredAudienceModel, sizes }, stack)).toBe('');
  });

  test('is none where the model offers the sizes, or leaves the choice to the service', () => {
    const one = testStack();
    expect(faults({ configuredAudienceModel: testConfigured(one, { audienceSizeConfig: AudienceSizeConfig.percentage(1, 5) }) }, one)).toBe('');
    const other = testStack();
    expect(faults({ configuredAudienceModel: testConfigured(other) }, other)).toBe('');
    expect(faults({ jobName: 'x'.repeat(39), exportName: 'x'.repeat(46), minimumRelevance: 10, minimumRecall: 0 })).toBe('');
  });
});

test('an audience has the jobs that it had where its stack moves to a stage', () => {
  const jobsIn = (scope: Construct) => {
    const stack = new Stack(scope, 'Campaigns', { stackName: 'Retail', env: { account: ACCOUNT, region: REGION } });
    audienceIn(stack, { keepJobs: 1 });
    return JSON.stringify(definitionIn(stack)).match(/-[0-9a-f]{6}-\[0-9a-f\]/g);
  };
  const alone = jobsIn(new App());
  expect(alone).toHaveLength(2);
  expect(jobsIn(new Stage(new App(), 'Production'))).toEqual(alone);
});
