import { census } from '../../../local-aws/census';
import { Clock } from '../../../local-aws/clock';
import { Values } from '../../../local-aws/cloudformation/values';
import { LocalAws } from '../../../local-aws/local-aws';

describe('dashboards, alarms, events and schedules', () => {
  const ACCOUNT = 'us-east-1:111122223333';
  let aws: LocalAws;
  beforeEach(async () => { aws = await LocalAws.start({ clock: Clock.frozen() }); });
  afterEach(async () => { await aws.close(); });

  const allow = (more: Values): Values => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
  const role = (service: string, ...policies: Values[]): Values => ({
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: allow({ Principal: { Service: service }, Action: 'sts:AssumeRole' }),
      Policies: policies.map((PolicyDocument) => ({ PolicyName: 'it', PolicyDocument })),
    },
  });
  const get = (name: string, attribute: string): Values => ({ 'Fn::GetAtt': [name, attribute] });
  const machine: Values = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: get('MachineRole', 'Arn'), Definition: { StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } },
    },
  };
  const start = allow({ Action: 'states:StartExecution', Resource: { Ref: 'Machine' } });
  const deploy = async (Resources: Values, Outputs: Values = {}) => {
    const values = Object.fromEntries(Object.entries(Outputs).map(([name, Value]) => [name, { Value }]));
    return aws.cloudFormation.deploy('Stack', { Resources, Outputs: values });
  };
  const outputs = () => Object.fromEntries(aws.cloudFormation.describe('Stack').outputs.map(({ key, value }) => [key, value]));
  const dashboard = (DashboardBody: string, more: Values = {}): Values => ({ Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody, ...more } } });
  const alarm = (more: Values): Values => ({
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: '1', Threshold: '0', Namespace: 'Jobs', MetricName: 'Failed', Statistic: 'Sum', Period: '60', ...more,
      },
    },
  });

  test('a dashboard is put, and put again', async () => {
    expect(await deploy(dashboard('{"widgets":[]}'), { Name: { Ref: 'Dashboard' } })).toMatchObject({ status: 'CREATE_COMPLETE' });
    const [{ dashboardName }] = aws.cloudWatch.dashboards();
    expect(outputs()).toEqual({ Name: dashboardName });
    expect(await deploy(dashboard('{"widgets":[],"start":"-PT1H"}'))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(aws.cloudWatch.dashboards()).toMatchObject([{ dashboardName, dashboardBody: '{"widgets":[],"start":"-PT1H"}' }]);
  });

  test('a dashboard that cannot be shown fails, and so does one whose name is taken', async () => {
    expect(await deploy(dashboard('{}'))).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ reason: expect.stringContaining('The dashboard body is invalid') }] });
    await aws.cloudFormation.delete('Stack');
    aws.cloudWatch.putDashboard({ dashboardName: 'taken', dashboardBody: '{"widgets":[]}' });
    expect(await deploy(dashboard('{"widgets":[]}', { DashboardName: 'taken' }))).toMatchObject({ failures: [{ reason: expect.stringContaining('AlreadyExists') }] });
    expect(aws.cloudWatch.dashboards()).toHaveLength(1);
  });

  test('an alarm is put, and put again', async () => {
    await deploy(alarm({ AlarmName: 'alarm', Dimensions: [{ Name: 'Job', Value: 'a' }], Tags: [{ Key: 'k', Value: 'v' }] }), { Arn: get('Alarm', 'Arn'), Name: { Ref: 'Alarm' } });
    const arn = `arn:aws:cloudwatch:${ACCOUNT}:alarm:alarm`;
    expect(outputs()).toEqual({ Arn: arn, Name: 'alarm' });
    expect(aws.cloudWatch.alarms()).toMatchObject([{ arn, evaluationPeriods: 1, threshold: 0, period: 60, dimensions: { Job: 'a' } }]);
    expect(await deploy(alarm({ AlarmName: 'alarm', Threshold: 5 }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(aws.cloudWatch.alarms()).toMatchObject([{ arn, threshold: 5 }]);
  });

  test.each([[{}, undefined], [{ ActionsEnabled: 'true' }, true], [{ ActionsEnabled: 'false' }, false]])('an alarm with %j has actions that are enabled: %p', async (more, enabled) => {
    await deploy(alarm(more));
    expect(aws.cloudWatch.alarms()[0].actionsEnabled).toBe(enabled);
  });

  test('an alarm that is none fails, and so does one whose name is taken', async () => {
    expect(await deploy(alarm({ Period: 40 }))).toMatchObject({ failures: [{ reason: expect.stringContaining('Period must be') }] });
    await aws.cloudFormation.delete('Stack');
    await deploy(alarm({ AlarmName: 'alarm' }));
    const other = await aws.cloudFormation.deploy('Other', { Resources: alarm({ AlarmName: 'alarm' }) });
    expect(other).toMatchObject({ failures: [{ reason: expect.stringContaining('AlreadyExists') }] });
  });

  const RULE: Values = { EventPattern: { source: ['jobs'] }, State: 'ENABLED', Description: 'Jobs' };
  const bus: Values = { Type: 'AWS::Events::EventBus', Properties: { Name: 'jobs' } };
  const rule = (more: Values): Values => ({ Rule: { Type: 'AWS::Events::Rule', Properties: { ...RULE, ...more } } });

  test('a rule delivers to the state machine that it names', async () => {
    const resources = {
      Machine: machine,
      MachineRole: role('states.amazonaws.com'),
      RuleRole: role('events.amazonaws.com', start),
      Bus: bus,
      ...rule({
        EventBusName: { Ref: 'Bus' },
        Targets: [{
          Id: 'machine', Arn: { Ref: 'Machine' }, RoleArn: get('RuleRole', 'Arn'), InputTransformer: { InputPathsMap: { id: '$.detail.id' }, InputTemplate: '{"job":<id>}' },
        }],
      }),
    };
    const stack = await deploy(resources, { Bus: get('Bus', 'Arn'), BusName: get('Bus', 'Name'), Rule: get('Rule', 'Arn'), Ref: { Ref: 'Rule' } });
    expect(stack).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    const [{ properties: { name } }] = aws.events.rules();
    expect(outputs()).toEqual({
      Bus: `arn:aws:events:${ACCOUNT}:event-bus/jobs`, BusName: 'jobs', Rule: `arn:aws:events:${ACCOUNT}:rule/jobs/${name}`, Ref: `jobs|${name}`,
    });
    await aws.events.call(aws.iam.developer.principal, 'PutEvents', { Entries: [{ Source: 'jobs', DetailType: 'ended', Detail: '{"id":"a"}', EventBusName: 'jobs' }] });
    await aws.clock.sleep(1);
    expect(aws.states.executions().map(({ input }) => input)).toEqual(['{"job":"a"}']);
  });

  test('a rule changes its pattern and its targets in place', async () => {
    const topic = (Id: string): Values => ({ Id, Arn: `arn:aws:sns:${ACCOUNT}:${Id}` });
    await deploy(rule({ Name: 'rule', Targets: [topic('a'), topic('b')] }));
    expect(await deploy(rule({ Name: 'rule', EventPattern: { source: ['others'] }, Targets: [topic('b'), topic('c')] }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(aws.events.rules().map(({ properties, targets }) => [properties.eventPattern, [...targets.keys()]])).toEqual([['{"source":["others"]}', ['b', 'c']]]);
    expect(await aws.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(aws.events.rules()).toEqual([]);
  });

  test.each<[string, Values, string]>([
    ['with a schedule', { EventPattern: 'x', ScheduleExpression: 'rate(1 day)' }, 'The embedded AWS does not have scheduled rules'],
    ['with a pattern that is none', { EventPattern: { source: 'jobs' } }, 'Event pattern is not valid'],
    ['with a target that is none', { Targets: [{ Id: 'a', Arn: 'topic' }] }, 'Provided Arn is not in correct format'],
    ['on a bus that does not exist', { EventBusName: 'none' }, 'Event bus none does not exist'],
    ['whose name is taken', { Name: 'taken' }, 'AlreadyExists'],
  ])('a rule %s fails, and leaves nothing', async (_, more, reason) => {
    aws.events.putRule({ name: 'taken', eventPattern: '{"source":["jobs"]}' });
    expect(await deploy(rule(more))).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ reason: expect.stringContaining(reason) }] });
    expect(aws.events.rules()).toHaveLength(1);
  });

  test('a bus is updated in place, and stays while others put rules on it', async () => {
    await deploy({ Bus: bus });
    expect(await deploy({ Bus: { ...bus, Properties: { Name: 'jobs', Description: 'Jobs' } } })).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(aws.events.eventBuses()).toMatchObject([{ name: 'default' }, { name: 'jobs', description: 'Jobs' }]);
    aws.events.putRule({ name: 'rule', eventBusName: 'jobs', eventPattern: '{"source":["jobs"]}' });
    expect(await aws.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_FAILED' });
  });

  test('a permission lets a rule invoke a function', async () => {
    const before = census(aws);
    await deploy({
      FunctionRole: role('lambda.amazonaws.com'),
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: { Role: get('FunctionRole', 'Arn'), Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: 'exports.handler = async () => ({});' } },
      },
      ...rule({ Targets: [{ Id: 'function', Arn: get('Function', 'Arn') }] }),
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: { Action: 'lambda:InvokeFunction', FunctionName: get('Function', 'Arn'), Principal: 'events.amazonaws.com', SourceArn: get('Rule', 'Arn') },
      },
    });
    const [name] = aws.lambda.functionNames();
    expect(aws.lambda.resourcePolicy(name)).toMatchObject({
      Statement: [{ Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnLike: { 'AWS:SourceArn': aws.events.rules()[0].arn } } }],
    });
    expect(await aws.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(census(aws)).toEqual(before);
  });

  const schedule = (more: Values = {}, target: Values = {}): Values => ({
    Machine: machine,
    MachineRole: role('states.amazonaws.com'),
    ScheduleRole: role('scheduler.amazonaws.com', start),
    Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'jobs', Tags: [{ Key: 'k', Value: 'v' }] } },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: '15' },
        ScheduleExpression: 'rate(1 day)',
        Target: { Arn: { Ref: 'Machine' }, RoleArn: get('ScheduleRole', 'Arn'), Input: '{"time":"<aws.scheduler.scheduled-time>"}', RetryPolicy: { MaximumRetryAttempts: 2 }, ...target },
        ...more,
      },
    },
  });

  test('a schedule starts the state machine that it names', async () => {
    const before = census(aws);
    const stack = await deploy(schedule({ GroupName: { Ref: 'Group' } }), {
      Schedule: { Ref: 'Schedule' }, Arn: get('Schedule', 'Arn'), Group: { Ref: 'Group' }, GroupArn: get('Group', 'Arn'), State: get('Group', 'State'),
    });
    expect(stack).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    const [{ properties: { name } }] = aws.scheduler.schedules();
    expect(outputs()).toEqual({
      Schedule: name, Arn: `arn:aws:scheduler:${ACCOUNT}:schedule/jobs/${name}`, Group: 'jobs', GroupArn: `arn:aws:scheduler:${ACCOUNT}:schedule-group/jobs`, State: 'ACTIVE',
    });
    await aws.scheduler.runFor(24 * 3_600_000);
    expect(aws.states.executions()).toMatchObject([{ input: '{"time":"2026-01-01T00:00:00Z"}' }, { input: '{"time":"2026-01-02T00:00:00Z"}' }]);
    expect(await aws.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(census(aws)).toEqual(before);
  });

  test('a schedule changes in place, but not its group', async () => {
    await deploy(schedule({ Name: 'daily' }));
    expect(await deploy(schedule({ Name: 'daily', State: 'DISABLED', ScheduleExpression: 'cron(0 8 * * ? *)' }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(aws.scheduler.schedules().map(({ properties }) => properties)).toMatchObject([{
      name: 'daily', state: 'DISABLED', scheduleExpression: 'cron(0 8 * * ? *)', target: { retryPolicy: { maximumRetryAttempts: 2 } },
    }]);
    const moved = await deploy(schedule({ Name: 'daily', GroupName: 'jobs' }));
    expect(moved).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [{ reason: expect.stringContaining('Schedule daily does not exist.') }] });
  });

  test('a schedule group changes its tags in place', async () => {
    const group = (Value: string): Values => ({ Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Tags: [{ Key: 'k', Value }] } } });
    await deploy(group('a'));
    const [, { name }] = aws.scheduler.scheduleGroups();
    expect(await deploy(group('b'))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(aws.scheduler.scheduleGroups()).toMatchObject([{ name: 'default' }, { name }]);
  });

  test.each<[string, Values, Values, string]>([
    ['that names no time', { ScheduleExpression: 'daily' }, {}, 'Invalid Schedule Expression daily.'],
    ['in a group that does not exist', { GroupName: 'none' }, {}, 'Schedule group none does not exist.'],
    ['of another target', {}, { Arn: `arn:aws:sqs:${ACCOUNT}:queue` }, 'The embedded AWS does not have the target'],
    ['whose role does not trust Scheduler', {}, { RoleArn: get('MachineRole', 'Arn') }, 'must allow AWS EventBridge Scheduler to assume the role'],
  ])('a schedule %s fails', async (_, more, target, reason) => {
    expect(await deploy(schedule(more, target))).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ logicalId: 'Schedule', reason: expect.stringContaining(reason) }] });
    expect(aws.scheduler.schedules()).toEqual([]);
  });

  test.each([
    ['AWS::CloudWatch::Dashboard', 'DashboardBody'],
    ['AWS::CloudWatch::Alarm', 'ComparisonOperator'],
    ['AWS::Events::EventBus', 'Name'],
    ['AWS::Scheduler::Schedule', 'ScheduleExpression'],
  ])('%s needs its %s, and none of them takes what it does not know', async (Type, property) => {
    const { failures: [{ reason }] } = await deploy({ It: { Type, Properties: { Nope: 1 } } });
    expect(reason).toContain(`#: required key [${property}] not found`);
    expect(reason).toContain('#: extraneous key [Nope] is not permitted');
  });

  test.each<[string, Values, Values]>([
    ['AWS::CloudWatch::Dashboard', { DashboardName: 'a', DashboardBody: '{"widgets":[]}' }, { DashboardName: 'b' }],
    ['AWS::CloudWatch::Alarm', { ...(alarm({}).Alarm as Values).Properties as Values, AlarmName: 'a' }, { AlarmName: 'b' }],
    ['AWS::Events::EventBus', { Name: 'a' }, { Name: 'b' }],
    ['AWS::Events::Rule', { ...RULE, Name: 'a' }, { Name: 'b' }],
    ['AWS::Scheduler::ScheduleGroup', { Name: 'a' }, { Name: 'b' }],
  ])('%s is replaced when its name changes', async (Type, Properties, change) => {
    const before = census(aws);
    await deploy({ It: { Type, Properties } });
    const first = census(aws);
    expect(await deploy({ It: { Type, Properties: { ...Properties, ...change } } })).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(census(aws)).toHaveLength(before.length + 1);
    expect(census(aws)).not.toEqual(first);
  });
});
