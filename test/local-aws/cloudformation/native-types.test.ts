import { World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { NATIVE_TYPES } from '../../../local-aws/cloudformation/resources';
import { Values } from '../../../local-aws/cloudformation/values';

/* What is the same for all resource types that CloudFormation itself knows, and what each of them says of itself. */

const ROLE = 'arn:aws:iam::111122223333:role/r';
const document: Values = { Statement: [] };

/** The least that each type takes. */
const LEAST: Record<string, Values> = {
  'AWS::CDK::Metadata': {},
  'AWS::CleanRoomsML::TrainingDataset': { Name: 'n', RoleArn: ROLE, TrainingData: [] },
  'AWS::CloudFormation::WaitCondition': {},
  'AWS::CloudWatch::Alarm': { ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 },
  'AWS::CloudWatch::Dashboard': { DashboardBody: '{}' },
  'AWS::Events::EventBus': { Name: 'bus' },
  'AWS::Events::Rule': {},
  'AWS::Glue::Database': { CatalogId: '111122223333', DatabaseInput: {} },
  'AWS::Glue::Table': { CatalogId: '111122223333', DatabaseName: 'db' },
  'AWS::IAM::ManagedPolicy': { PolicyDocument: document },
  'AWS::IAM::Policy': { PolicyName: 'p', PolicyDocument: document },
  'AWS::IAM::Role': { AssumeRolePolicyDocument: document },
  'AWS::KMS::Alias': { AliasName: 'alias/a', TargetKeyId: 'k' },
  'AWS::KMS::Key': {},
  'AWS::Lambda::Function': { Code: { ZipFile: 'x' }, Role: ROLE },
  'AWS::Lambda::Permission': { Action: 'lambda:InvokeFunction', FunctionName: 'f', Principal: 'events.amazonaws.com' },
  'AWS::Logs::LogGroup': {},
  'AWS::S3::Bucket': {},
  'AWS::S3::BucketPolicy': { Bucket: 'b', PolicyDocument: document },
  'AWS::SSM::Parameter': { Type: 'String', Value: 'v' },
  'AWS::Scheduler::Schedule': { FlexibleTimeWindow: { Mode: 'OFF' }, ScheduleExpression: 'rate(1 day)', Target: { Arn: ROLE, RoleArn: ROLE } },
  'AWS::Scheduler::ScheduleGroup': {},
  'AWS::StepFunctions::StateMachine': { RoleArn: ROLE },
};

/** What a change of takes a new resource; of a type without an update, any change does. */
const REPLACED: Record<string, string[]> = {
  'AWS::CDK::Metadata': [],
  'AWS::CleanRoomsML::TrainingDataset': ['Name', 'RoleArn', 'TrainingData', 'Description'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::Events::EventBus': ['Name', 'EventSourceName'],
  'AWS::Events::Rule': ['EventBusName', 'Name'],
  'AWS::Glue::Database': ['CatalogId', 'DatabaseName'],
  'AWS::Glue::Table': ['CatalogId', 'DatabaseName', 'Name'],
  'AWS::IAM::ManagedPolicy': ['Description', 'ManagedPolicyName', 'Path'],
  'AWS::IAM::Policy': [],
  'AWS::IAM::Role': ['RoleName', 'Path'],
  'AWS::KMS::Alias': ['AliasName'],
  'AWS::KMS::Key': [],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::Lambda::Permission': ['Action', 'FunctionName', 'Principal', 'EventSourceToken', 'FunctionUrlAuthType', 'InvokedViaFunctionUrl', 'PrincipalOrgID', 'SourceAccount', 'SourceArn'],
  'AWS::Logs::LogGroup': ['LogGroupName', 'LogGroupClass'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::S3::BucketPolicy': ['Bucket'],
  'AWS::SSM::Parameter': ['Name'],
  'AWS::Scheduler::Schedule': ['Name'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};

const { types } = new World().cloudFormation;

test.each(NATIVE_TYPES.map(({ type }) => type))('%s needs no more than it has to', (type) => {
  expect(types.get(type).faults(LEAST[type])).toEqual([]);
  for (const name of Object.keys(LEAST[type])) {
    const { [name]: _, ...rest } = LEAST[type];
    expect(types.get(type).faults(rest)).toEqual([`#: required key [${name}] not found`]);
  }
  expect(types.get(type).faults({ ...LEAST[type], Nope: 1 })).toEqual(['#: extraneous key [Nope] is not permitted']);
});

test.each(Object.entries(REPLACED))('%s is replaced by a change of %j, and of nothing else', (type, names) => {
  const { properties: { required = [], optional = [] } } = NATIVE_TYPES.find((definition) => definition.type === type)!;
  expect([...required, ...optional].filter((name) => types.get(type).replacedBy(name)).sort()).toEqual([...names].sort());
});

test.each(NATIVE_TYPES.filter(({ type }) => type !== 'AWS::CloudFormation::WaitCondition').map(({ type, attributes = [] }) => [type, attributes] as const))(
  '%s has the attributes %j once it is there', async (type, attributes) => {
    const world = new World();
    const more: Values = { 'AWS::IAM::Policy': { Roles: ['r'] }, 'AWS::StepFunctions::StateMachine': { Definition: {} } }[type] ?? {};
    expect(await world.cloudFormation.deploy('Stack', { Resources: { It: { Type: type, Properties: { ...LEAST[type], ...more } } } })).toMatchObject({ failures: [] });
    expect(Object.keys(world.cloudFormation.describe('Stack').resource('It').attributes).sort()).toEqual([...attributes].sort());
    expect(attributes.filter((name) => !types.get(type).hasAttribute(name))).toEqual([]);
    expect(types.get(type).hasAttribute('Nope')).toBe(false);
  },
);

test.each<[string, number, (name: string) => string]>([
  ['AWS::Lambda::Function', 64, String], ['AWS::Lambda::Permission', 100, String], ['AWS::IAM::Role', 64, String], ['AWS::Events::Rule', 64, String],
  ['AWS::S3::Bucket', 63, (name) => name.toLowerCase()], ['AWS::Scheduler::Schedule', 64, String], ['AWS::Scheduler::ScheduleGroup', 64, String],
  ['AWS::CloudWatch::Alarm', 255, String], ['AWS::CloudWatch::Dashboard', 255, String], ['AWS::Glue::Database', 255, (name) => name.toLowerCase()],
  ['AWS::Glue::Table', 255, (name) => name.toLowerCase()], ['AWS::Logs::LogGroup', 397, String],
])('%s that has no name is given one of at most %s characters', async (type, length, inCase) => {
  const [stackName, logicalId] = ['S'.repeat(128), 'L'.repeat(255)];
  const world = new World();
  await world.cloudFormation.deploy(stackName, { Resources: { [logicalId]: { Type: type, Properties: LEAST[type] } } });
  const { physicalId = '' } = world.cloudFormation.describe(stackName).resource(logicalId);
  expect(physicalId).toHaveLength(length);
  expect(physicalId).toBe(inCase(physicalId));
  expect(physicalId.toUpperCase()).toMatch(/^S+-L+-[A-Z0-9]{12}$/);
});

describe('an error of the service', () => {
  const group = { Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'g' } } } };

  test.each<[string, number, string]>([
    ['ResourceAlreadyExistsException', 400, 'AlreadyExists'], ['BucketAlreadyOwnedByYou', 409, 'AlreadyExists'], ['NoSuchEntity', 404, 'NotFound'],
    ['ResourceNotFoundException', 400, 'NotFound'], ['Gone', 404, 'NotFound'], ['AccessDeniedException', 400, 'AccessDenied'], ['Forbidden', 403, 'AccessDenied'],
    ['ThrottlingException', 400, 'Throttling'], ['LimitExceededException', 400, 'ServiceLimitExceeded'], ['ServiceQuotaExceededException', 402, 'ServiceLimitExceeded'],
    ['ConflictException', 409, 'ResourceConflict'], ['ValidationException', 400, 'InvalidRequest'], ['InvalidParameterValueException', 400, 'InvalidRequest'],
    ['MalformedPolicyDocument', 400, 'InvalidRequest'], ['InternalFailure', 500, 'GeneralServiceException'], ['NotNoSuch', 400, 'GeneralServiceException'],
  ])('%s with status %s is %s', async (code, status, handlerErrorCode) => {
    const world = new World();
    world.refused.set('logs.createLogGroup(g)', new AwsError(code, 'no', status));
    const { failures: [{ reason }] } = await world.cloudFormation.deploy('Stack', group);
    const ids = [...reason.matchAll(/[0-9a-f-]{36}/g)].map(([id]) => id);
    expect(new Set(ids).size).toBe(2);
    expect(reason).toBe(
      `Resource handler returned message: "no (Service: CloudWatchLogs, Status Code: ${status}, Request ID: ${ids[0]})" ` +
      `(RequestToken: ${ids[1]}, HandlerErrorCode: ${handlerErrorCode})`,
    );
  });

  test('that is none is the reason itself', async () => {
    const world = new World();
    world.refused.set('logs.createLogGroup(g)', new Error('a bug') as never);
    expect(await world.cloudFormation.deploy('Stack', group)).toMatchObject({ failures: [{ reason: 'a bug' }] });
  });

  test.each<[string, string]>([
    ['NoSuchEntity', 'DELETE_COMPLETE'], ['ResourceNotFoundException', 'DELETE_COMPLETE'], ['ConflictException', 'DELETE_FAILED'], ['IsNoSuch', 'DELETE_FAILED'],
  ])('%s in a deletion: %s', async (code, status) => {
    const world = new World();
    await world.cloudFormation.deploy('Stack', group);
    world.refused.set('logs.deleteLogGroup(g)', new AwsError(code, 'no', 400));
    expect(await world.cloudFormation.delete('Stack')).toMatchObject({ status });
  });
});

test.each<[string, Values, Values, boolean]>([
  ['another spec', { KeySpec: 'RSA_2048' }, { KeySpec: 'RSA_4096' }, false],
  ['another spec than the one that it has by default', {}, { KeySpec: 'RSA_2048' }, false],
  ['another use', { KeyUsage: 'SIGN_VERIFY' }, {}, false],
  ['more Regions', { MultiRegion: false }, { MultiRegion: true }, false],
  ['another origin', { Origin: 'AWS_KMS' }, { Origin: 'EXTERNAL' }, false],
  ['what it has by default', {}, { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', MultiRegion: 'false', Origin: 'AWS_KMS' }, true],
  ['another description', { Description: 'a' }, { Description: 'b' }, true],
])('a key is never replaced, and so may be given %s, from %j to %j: %s', async (_, before, after, may) => {
  const world = new World();
  const key = (Properties: Values): Values => ({ Resources: { It: { Type: 'AWS::KMS::Key', Properties } } });
  await world.cloudFormation.deploy('Stack', key(before));
  const { status } = await world.cloudFormation.deploy('Stack', key(after));
  expect(status).toBe(may ? 'UPDATE_COMPLETE' : 'UPDATE_ROLLBACK_COMPLETE');
  expect(world.calls.filter((call) => call !== 'kms.updateKey(key-1)')).toEqual(['kms.createKey()']);
});

describe('a state machine', () => {
  const machine = { Resources: { It: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'm', RoleArn: ROLE, Definition: {} } } } };

  test.each([['for two hours at most', undefined, 7_200, 'DELETE_FAILED'], ['as long as its executions run', 60, 60, 'DELETE_COMPLETE']])(
    'is waited for %s when it is deleted', async (_, gone, seconds, status) => {
      const world = new World();
      await world.cloudFormation.deploy('Stack', machine);
      jest.spyOn(world.cloudFormation.services.states, 'stateMachineGone')
        .mockImplementation(async () => (gone === undefined ? new Promise<void>(() => undefined) : world.clock.sleep(gone * 1_000)));
      const start = world.clock.now();
      const outcome = await world.cloudFormation.delete('Stack');
      expect([outcome.status, (world.clock.now() - start) / 1_000]).toEqual([status, seconds]);
      if (gone === undefined) {
        expect(outcome.failures[0].reason).toBe(
          "Resource of type 'AWS::StepFunctions::StateMachine' with identifier 'arn:aws:states:us-east-1:111122223333:stateMachine:m' did not stabilize.",
        );
      }
    },
  );
});

test.each<[string, Values | string, boolean]>([
  ['an object', { Statement: [] }, true], ['JSON text', '{"Statement":[]}', true], ['JSON text of a list', '[]', false], ['no JSON', 'x', false],
])('a document may be given as %s', async (_, PolicyDocument, taken) => {
  const world = new World();
  const policy = jest.spyOn(world.cloudFormation.services.s3, 'putBucketPolicy');
  await world.cloudFormation.deploy('Stack', { Resources: { It: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: 'b', PolicyDocument } } } });
  expect(policy.mock.calls).toEqual(taken ? [['b', { Statement: [] }]] : []);
});

test('a parameter of type SecureString is refused, created or changed', async () => {
  const world = new World();
  const parameter = (Type: string): Values => ({ Resources: { It: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/p', Type, Value: 'v' } } } });
  const refusal = {
    logicalId: 'It',
    reason: expect.stringMatching(
      /^Resource handler returned message: "SSM Parameters of type SecureString cannot be created using CloudFormation" \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: InvalidRequest\)$/,
    ),
  };
  expect(await world.cloudFormation.deploy('One', parameter('SecureString'))).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [refusal] });
  expect(world.calls).toEqual([]);
  await world.cloudFormation.deploy('Two', parameter('String'));
  expect(await world.cloudFormation.deploy('Two', parameter('SecureString'))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [refusal] });
});

describe('a training dataset', () => {
  const dataset = (properties: Values = {}): Values => ({
    Resources: { It: { Type: 'AWS::CleanRoomsML::TrainingDataset', Properties: { ...LEAST['AWS::CleanRoomsML::TrainingDataset'], ...properties } } },
  });

  test('has no tags without a value, as the API would let it', async () => {
    const world = new World();
    const outcome = await world.cloudFormation.deploy('Stack', dataset({ Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '' }] }));
    expect(outcome).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      failures: [{
        reason: 'Properties validation failed for resource It with message:\n[#/Tags/1/Value: expected minLength: 1, actual: 0]',
      }],
    });
    expect(world.calls).toEqual([]);
  });

  test('that may be created and not be looked at fails, and is deleted in the rollback, also where it was to replace one', async () => {
    const world = new World();
    const tried = ['cleanRoomsMl.createTrainingDataset', 'cleanRoomsMl.getTrainingDataset', 'cleanRoomsMl.deleteTrainingDataset'];
    const lookingAt = (name: string) => `cleanRoomsMl.getTrainingDataset({"trainingDatasetArn":"arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/${name}"})`;
    for (const name of ['n', 'other']) world.refused.set(lookingAt(name), new AwsError('AccessDeniedException', 'not authorized', 403));
    expect(await world.cloudFormation.deploy('Stack', dataset())).toMatchObject({
      status: 'ROLLBACK_COMPLETE', failures: [{ reason: expect.stringMatching(/not authorized.*HandlerErrorCode: AccessDenied/) }],
    });
    expect(world.calls.map((call) => call.replace(/\(.*/, ''))).toEqual(tried);

    world.refused.delete(lookingAt('n'));
    await world.cloudFormation.delete('Stack');
    await world.cloudFormation.deploy('Stack', dataset());
    world.calls.length = 0;
    expect(await world.cloudFormation.deploy('Stack', dataset({ Name: 'other' }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.calls.map((call) => call.replace(/\(.*/, ''))).toEqual(tried);
  });
});
