import { World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { Services } from '../../../local-aws/cloudformation/services';
import { Values } from '../../../local-aws/cloudformation/values';

/* What resource types pass on of their properties. */

const ROLE = 'arn:aws:iam::111122223333:role/r';
const document: Values = { Statement: [] };

type Method = { [S in keyof Services]: `${S}.${Extract<keyof Services[S], string>}` }[keyof Services];

/** The arguments of every call of a method while a stack of one resource is deployed. */
async function calls(world: World, method: Method, Type: string, ...versions: Values[]): Promise<unknown[][]> {
  const [service, name] = method.split('.') as ['logs', 'createLogGroup'];
  const spy = jest.spyOn(world.cloudFormation.services[service], name);
  for (const Properties of versions) expect(await world.cloudFormation.deploy('Stack', { Resources: { It: { Type, Properties } } })).toMatchObject({ failures: [] });
  return spy.mock.calls;
}

test.each<[string, Method, Values, unknown[]]>([
  ['AWS::CloudWatch::Alarm', 'cloudWatch.putMetricAlarm', {
    AlarmName: 'a',
    AlarmDescription: 'd',
    ActionsEnabled: 'true',
    AlarmActions: ['x'],
    OKActions: ['y'],
    InsufficientDataActions: ['z'],
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: '2',
    DatapointsToAlarm: '1',
    Threshold: '0.5',
    ThresholdMetricId: 't',
    TreatMissingData: 'ignore',
    Namespace: 'n',
    MetricName: 'm',
    Dimensions: [{ Name: 'a', Value: 'b' }],
    Statistic: 'Sum',
    ExtendedStatistic: 'p9',
    Period: '60',
    Unit: 'Count',
    Metrics: [{ Id: 'i' }],
  }, [{
    alarmName: 'a',
    alarmDescription: 'd',
    actionsEnabled: true,
    alarmActions: ['x'],
    okActions: ['y'],
    insufficientDataActions: ['z'],
    comparisonOperator: 'GreaterThanThreshold',
    evaluationPeriods: 2,
    datapointsToAlarm: 1,
    threshold: 0.5,
    thresholdMetricId: 't',
    treatMissingData: 'ignore',
    namespace: 'n',
    metricName: 'm',
    dimensions: { a: 'b' },
    statistic: 'Sum',
    extendedStatistic: 'p9',
    period: 60,
    unit: 'Count',
    metrics: [{ Id: 'i' }],
  }]],
  ['AWS::CloudWatch::Alarm', 'cloudWatch.putMetricAlarm', { AlarmName: 'a', ComparisonOperator: 'c', EvaluationPeriods: 1 }, [{
    alarmName: 'a', comparisonOperator: 'c', evaluationPeriods: 1, alarmActions: [], okActions: [], insufficientDataActions: [],
  }]],
  ['AWS::CloudWatch::Dashboard', 'cloudWatch.putDashboard', { DashboardName: 'd', DashboardBody: '{}' }, [{ dashboardName: 'd', dashboardBody: '{}' }]],
  ['AWS::Events::EventBus', 'events.createEventBus', { Name: 'b', Description: 'd' }, [{ name: 'b', description: 'd' }]],
  ['AWS::Events::Rule', 'events.putRule', {
    Name: 'r', EventBusName: 'b', EventPattern: { source: ['s'] }, State: 'DISABLED', Description: 'd', RoleArn: ROLE, ScheduleExpression: 'rate(1 day)',
  }, [{
    name: 'r', eventBusName: 'b', eventPattern: '{"source":["s"]}', state: 'DISABLED', description: 'd', roleArn: ROLE, scheduleExpression: 'rate(1 day)',
  }]],
  ['AWS::Events::Rule', 'events.putTargets', {
    Name: 'r',
    EventBusName: 'b',
    Targets: [
      { Id: 'one', Arn: 'a', RoleArn: ROLE, Input: '{}', InputPath: '$.x' },
      { Id: 'two', Arn: 'b', InputTransformer: { InputPathsMap: { x: '$.x' }, InputTemplate: '<x>' } },
    ],
  }, [{
    rule: 'r',
    eventBusName: 'b',
    targets: [
      { id: 'one', arn: 'a', roleArn: ROLE, input: '{}', inputPath: '$.x' },
      { id: 'two', arn: 'b', inputTransformer: { inputPathsMap: { x: '$.x' }, inputTemplate: '<x>' } },
    ],
  }]],
  ['AWS::Glue::Database', 'glue.createDatabase', {
    CatalogId: '1', DatabaseName: 'db', DatabaseInput: { Name: 'other', Description: 'd', LocationUri: 's3://b' },
  }, [{ name: 'db', description: 'd', locationUri: 's3://b' }]],
  ['AWS::Glue::Database', 'glue.createDatabase', { CatalogId: '1', DatabaseInput: { Name: 'db' } }, [{ name: 'db' }]],
  ['AWS::Glue::Table', 'glue.createTable', {
    CatalogId: '1',
    DatabaseName: 'db',
    Name: 't',
    TableInput: {
      Name: 'other',
      Description: 'd',
      PartitionKeys: [{ Name: 'day', Type: 'date' }],
      Parameters: { classification: 'orc', other: 'x' },
      StorageDescriptor: { Location: 's3://b', InputFormat: 'OrcInputFormat', Columns: [{ Name: 'a', Type: 'int' }, { Name: 'b' }] },
    },
  }, [{
    databaseName: 'db',
    name: 't',
    description: 'd',
    partitionKeys: [{ name: 'day', type: 'date' }],
    location: 's3://b',
    columns: [{ name: 'a', type: 'int' }, { name: 'b' }],
    inputFormat: 'OrcInputFormat',
    classification: 'orc',
  }]],
  ['AWS::Glue::Table', 'glue.createTable', { CatalogId: '1', DatabaseName: 'db', TableInput: { Name: 't' } }, [
    { databaseName: 'db', name: 't', columns: [], partitionKeys: [] },
  ]],
  ['AWS::IAM::ManagedPolicy', 'iam.createManagedPolicy', { ManagedPolicyName: 'p', Path: '/x/', Description: 'd', PolicyDocument: document }, [
    { policyName: 'p', path: '/x/', description: 'd', document },
  ]],
  ['AWS::IAM::Policy', 'iam.putRolePolicy', { PolicyName: 'p', PolicyDocument: document, Roles: ['r'] }, ['r', 'p', document]],
  ['AWS::IAM::Role', 'iam.createRole', {
    RoleName: 'r',
    Path: '/x/',
    AssumeRolePolicyDocument: document,
    Description: 'd',
    MaxSessionDuration: '3600',
    ManagedPolicyArns: ['m'],
    Policies: [{ PolicyName: 'p', PolicyDocument: document }],
    PermissionsBoundary: 'b',
  }, [{
    roleName: 'r',
    path: '/x/',
    assumeRolePolicyDocument: document,
    description: 'd',
    maxSessionDuration: 3600,
    managedPolicyArns: ['m'],
    inlinePolicies: { p: document },
    permissionsBoundary: 'b',
  }]],
  ['AWS::KMS::Alias', 'kms.createAlias', { AliasName: 'alias/a', TargetKeyId: 'k' }, ['alias/a', 'k']],
  ['AWS::KMS::Key', 'kms.createKey', { KeyPolicy: document, Description: 'd', EnableKeyRotation: false }, [{ keyPolicy: document, description: 'd', enableKeyRotation: false }]],
  ['AWS::KMS::Key', 'kms.createKey', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL', Enabled: 'false' }, [{
    keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY', origin: 'EXTERNAL', enabled: false,
  }]],
  ['AWS::KMS::Key', 'kms.createKey', {}, [{}]],
  ['AWS::Lambda::Function', 'lambda.createFunction', {
    FunctionName: 'f',
    Role: ROLE,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { S3Bucket: 'b', S3Key: 'k' },
    Timeout: '60',
    MemorySize: '256',
    Environment: { Variables: { A: 1 } },
    Architectures: ['arm64'],
    Description: 'd',
    LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'WARN', LogGroup: 'g' },
    TracingConfig: { Mode: 'Active' },
    VpcConfig: { SubnetIds: ['s'], SecurityGroupIds: ['g'] },
    KmsKeyArn: 'k',
  }, [{
    functionName: 'f',
    roleArn: ROLE,
    runtime: 'nodejs22.x',
    handler: 'index.handler',
    code: Buffer.from('zip'),
    timeoutSeconds: 60,
    memoryMb: 256,
    environment: { A: '1' },
    architectures: ['arm64'],
    description: 'd',
    logging: { format: 'JSON', applicationLevel: 'WARN', logGroup: 'g' },
    tracing: 'Active',
    subnetIds: ['s'],
    kmsKeyArn: 'k',
  }]],
  ['AWS::Lambda::Function', 'lambda.createFunction', { FunctionName: 'f', Role: ROLE, Code: { S3Bucket: 'b', S3Key: 'k' }, LoggingConfig: {} }, [{
    functionName: 'f', roleArn: ROLE, runtime: '', handler: '', code: Buffer.from('zip'), timeoutSeconds: 3, memoryMb: 128, environment: {}, logging: { format: 'Text' },
  }]],
  ['AWS::Lambda::Permission', 'lambda.addPermission', {
    FunctionName: 'f', Action: 'lambda:InvokeFunction', Principal: 'p', SourceArn: 'a', SourceAccount: '1', PrincipalOrgID: 'o', EventSourceToken: 't', FunctionUrlAuthType: 'NONE',
  }, ['f', {
    statementId: expect.stringMatching(/^Stack-It-[A-Z0-9]{12}$/),
    action: 'lambda:InvokeFunction',
    principal: 'p',
    sourceArn: 'a',
    sourceAccount: '1',
    principalOrgId: 'o',
    eventSourceToken: 't',
    functionUrlAuthType: 'NONE',
  }]],
  ['AWS::Logs::LogGroup', 'logs.createLogGroup', { LogGroupName: 'g', RetentionInDays: '7', KmsKeyId: 'k' }, [{ logGroupName: 'g', retentionInDays: 7, kmsKeyId: 'k' }]],
  ['AWS::S3::Bucket', 's3.createBucket', {
    BucketName: 'b', BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms:dsse', KMSMasterKeyID: 'k' } }] },
  }, [{ bucketName: 'b', encryption: { kmsKeyArn: 'k' } }]],
  ['AWS::S3::Bucket', 's3.createBucket', {
    BucketName: 'b', BucketEncryption: { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: 'true', ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] },
  }, [{ bucketName: 'b', encryption: { bucketKeyEnabled: true } }]],
  ['AWS::S3::Bucket', 's3.createBucket', {
    BucketName: 'b', BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
  }, [{ bucketName: 'b' }]],
  ['AWS::S3::BucketPolicy', 's3.putBucketPolicy', { Bucket: 'b', PolicyDocument: document }, ['b', document]],
  ['AWS::SSM::Parameter', 'ssm.putParameter', { Name: 'p', Type: 'StringList', Value: 'a,b' }, ['p', 'a,b', 'StringList']],
  ['AWS::SSM::Parameter', 'ssm.putParameter', { Name: 'p', Type: 'String', Value: 'a,b' }, ['p', 'a,b', 'String']],
  ['AWS::Scheduler::Schedule', 'scheduler.createSchedule', {
    Name: 's',
    GroupName: 'g',
    ScheduleExpression: 'rate(1 day)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: '5' },
    State: 'DISABLED',
    StartDate: '2026-01-01T00:00:00Z',
    EndDate: '2027-01-01T00:00:00Z',
    Description: 'd',
    KmsKeyArn: 'k',
    Target: {
      Arn: 'a', RoleArn: ROLE, Input: '{}', RetryPolicy: { MaximumRetryAttempts: '1', MaximumEventAgeInSeconds: '60' }, DeadLetterConfig: { Arn: 'q' },
    },
  }, [{
    name: 's',
    groupName: 'g',
    scheduleExpression: 'rate(1 day)',
    scheduleExpressionTimezone: 'Europe/Berlin',
    flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 5 },
    state: 'DISABLED',
    startDate: '2026-01-01T00:00:00Z',
    endDate: '2027-01-01T00:00:00Z',
    description: 'd',
    kmsKeyArn: 'k',
    target: { arn: 'a', roleArn: ROLE, input: '{}', retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 60 }, deadLetterArn: 'q' },
  }]],
  ['AWS::Scheduler::ScheduleGroup', 'scheduler.createScheduleGroup', { Name: 'g' }, ['g']],
  ['AWS::StepFunctions::StateMachine', 'states.createStateMachine', {
    StateMachineName: 'm',
    StateMachineType: 'EXPRESS',
    RoleArn: ROLE,
    DefinitionString: '{"StartAt":"${name}${other}"}',
    DefinitionSubstitutions: { name: 'x' },
    LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: true, Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: 'g' } }] },
  }, [{ name: 'm', type: 'EXPRESS', roleArn: ROLE, definition: '{"StartAt":"x${other}"}', logging: { level: 'ERROR', destinations: ['g'] } }]],
  ['AWS::StepFunctions::StateMachine', 'states.createStateMachine', {
    StateMachineName: 'm', RoleArn: ROLE, DefinitionS3Location: { Bucket: 'b', Key: 'k' },
  }, [{ name: 'm', type: 'STANDARD', roleArn: ROLE, definition: 'zip', logging: { level: 'OFF', destinations: [] } }]],
  ['AWS::StepFunctions::StateMachine', 'states.createStateMachine', { StateMachineName: 'm', RoleArn: ROLE, Definition: { StartAt: 'x' } }, [
    { name: 'm', type: 'STANDARD', roleArn: ROLE, definition: '{"StartAt":"x"}', logging: { level: 'OFF', destinations: [] } },
  ]],
])('%s calls %s with all of %j', async (type, method, properties, expected) => {
  const world = new World();
  world.objects.set('b/k', Buffer.from('zip'));
  expect(await calls(world, method, type, properties)).toEqual([expected]);
});

test('inline code is packed as index.js, and the same each time', async () => {
  const code = async () => {
    const [[input]] = await calls(new World(), 'lambda.createFunction', 'AWS::Lambda::Function', { Role: ROLE, Code: { ZipFile: 'exports.handler = 1;' } });
    return (input as { code: Buffer }).code;
  };
  const zip = await code();
  expect(zip.includes('index.js')).toBe(true);
  expect(await code()).toEqual(zip);
});

describe('a policy in roles', () => {
  const policy = (PolicyName: string, Roles: string[]): Values => ({ PolicyName, PolicyDocument: document, Roles });

  test('is taken out of all of them when its name changes', async () => {
    const removed = await calls(new World(), 'iam.deleteRolePolicy', 'AWS::IAM::Policy', policy('one', ['a', 'b']), policy('two', ['b', 'c']));
    expect(removed).toEqual([['a', 'one'], ['b', 'one']]);
  });

  test('is taken out of what is left when a role is gone already', async () => {
    const world = new World();
    const removed = await calls(world, 'iam.deleteRolePolicy', 'AWS::IAM::Policy', policy('p', ['gone', 'there']));
    world.refused.set('iam.deleteRolePolicy(gone, p)', new AwsError('NoSuchEntity', 'no such role', 404));
    expect(await world.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(removed).toEqual([['gone', 'p'], ['there', 'p']]);
  });

  test('is not taken for deleted where that is refused', async () => {
    const world = new World();
    await calls(world, 'iam.deleteRolePolicy', 'AWS::IAM::Policy', policy('p', ['a']));
    world.refused.set('iam.deleteRolePolicy(a, p)', new AwsError('AccessDenied', 'no', 403));
    expect(await world.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_FAILED' });
  });
});

test('a bus that is updated keeps its attributes, but for its policy', async () => {
  const world = new World();
  const bus = (Policy: string): Values => ({ Resources: { It: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus', Policy } } } });
  const attributes = () => world.cloudFormation.describe('Stack').resource('It').attributes;
  await world.cloudFormation.deploy('Stack', bus('one'));
  expect(attributes()).toEqual({ Arn: 'arn:aws:events:us-east-1:111122223333:event-bus/bus', Name: 'bus', Policy: 'one' });
  await world.cloudFormation.deploy('Stack', bus('two'));
  expect(attributes()).toEqual({ Arn: 'arn:aws:events:us-east-1:111122223333:event-bus/bus', Name: 'bus', Policy: 'two' });
});

test('a parameter has the attributes of what it was last given', async () => {
  const world = new World();
  const parameter = (Value: string): Values => ({ Resources: { It: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value } } } });
  await world.cloudFormation.deploy('Stack', parameter('one'));
  const { physicalId = '' } = world.cloudFormation.describe('Stack').resource('It');
  expect(physicalId).toMatch(/^CFN-Stack-It-[A-Z0-9]{12}$/);
  await world.cloudFormation.deploy('Stack', parameter('two'));
  expect(world.cloudFormation.describe('Stack').resource('It')).toMatchObject({ physicalId, attributes: { Type: 'String', Value: 'two' } });
});

test('a bucket has the addresses of its Region', async () => {
  const world = new World();
  await world.cloudFormation.deploy('Stack', { Resources: { It: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'b' } } } });
  expect(world.cloudFormation.describe('Stack').resource('It').attributes).toEqual({
    Arn: 'arn:aws:s3:::b',
    DomainName: 'b.s3.amazonaws.com',
    DualStackDomainName: 'b.s3.dualstack.us-east-1.amazonaws.com',
    RegionalDomainName: 'b.s3.us-east-1.amazonaws.com',
    WebsiteURL: 'http://b.s3-website-us-east-1.amazonaws.com',
  });
});
