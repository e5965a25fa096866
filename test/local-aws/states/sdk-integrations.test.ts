import { ROLE, World } from './harness';
import { AwsError } from '../../../local-aws/aws';
import { OPERATION_NAMES } from '../../../local-aws/cleanroomsml/model';
import { Clock } from '../../../local-aws/clock';
import { ConnectionReset } from '../../../local-aws/faults';
import { LocalAws } from '../../../local-aws/local-aws';
import type { Execution } from '../../../local-aws/states/execution';
import type { Json, JsonObject } from '../../../local-aws/states/json';
import { sdkIntegrations } from '../../../local-aws/states/sdk-integrations';
import { trusting } from '../account';

const PARAMETERS = { StackName: 'Stack', LogicalResourceId: 'Wait', UniqueId: 'one', Status: 'SUCCESS' };

const calls: unknown[] = [];
let answer: () => unknown;
let world: World;
beforeEach(() => {
  calls.length = 0;
  answer = () => ({});
  const service = {
    call: async ({ roleArn }: { roleArn?: string }, action: string, parameters: object) => {
      calls.push([roleArn, action, parameters]);
      return answer();
    },
  };
  const cleanRoomsMl = {
    call: async (action: string, principal: { roleArn?: string }, input: object) => service.call(principal, action, input) as never,
  };
  world = new World(sdkIntegrations({
    cleanRoomsMl: () => cleanRoomsMl, cloudFormation: () => service, cloudWatch: () => service, events: () => service, states: () => world.api,
  }));
});
const run = async (action: string, parameters: Json): Promise<Execution> => world.run({
  T: { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:${action}`, Parameters: parameters, End: true },
});
const resultOf = async (action: string, parameters: Json): Promise<Json> => JSON.parse(String((await run(action, parameters)).output)) as Json;
const fault = (cause: string) => ({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining(cause) });

describe('a task that calls CloudFormation', () => {
  test.each<[string, string, JsonObject]>([
    ['signalResource', 'SignalResource', PARAMETERS],
    ['describeStackResource', 'DescribeStackResource', { StackName: 'Stack', LogicalResourceId: 'Wait' }],
    ['describeStacks', 'DescribeStacks', { StackName: 'Stack' }],
    ['describeStacks', 'DescribeStacks', {}],
  ])('%s calls %s with %j', async (action, name, parameters) => {
    answer = () => ({ Stacks: [{ StackName: 'Stack' }] });
    expect(await resultOf(`cloudformation:${action}`, parameters)).toEqual({ Stacks: [{ StackName: 'Stack' }] });
    expect(calls).toEqual([[ROLE, name, parameters]]);
  });

  test.each<[string, object, string]>([
    ['a field too few', { ...PARAMETERS, UniqueId: undefined }, "[The field 'UniqueId' is required but was missing]"],
    ['a field too many', { ...PARAMETERS, Reason: 'x' }, "[The field 'Reason' is not supported by Step Functions]"],
    ['a field in the wrong case', { ...PARAMETERS, StackName: undefined, stackName: 'x' }, "[The field 'stackName' is not supported by Step Functions, The field 'StackName' is required but was missing]"],
    ['a field of another type', { ...PARAMETERS, UniqueId: 1 }, "[The value for the field 'UniqueId' must be a STRING]"],
  ])('cannot be started with %s', async (_, parameters, reason) => {
    expect(await run('cloudformation:signalResource', parameters as JsonObject)).toMatchObject(fault(reason));
    expect(calls).toEqual([]);
  });

  test.each([
    ['ValidationError', 'CloudFormation.CloudFormationException'],
    ['AccessDenied', 'CloudFormation.CloudFormationException'],
    ['Throttling', 'CloudFormation.CloudFormationException'],
    ['ChangeSetNotFound', 'CloudFormation.ChangeSetNotFoundException'],
    ['AlreadyExistsException', 'CloudFormation.AlreadyExistsException'],
  ])('fails with the name that the SDK for Java gives to %s', async (code, error) => {
    answer = () => { throw new AwsError(code, 'no'); };
    expect(await run('cloudformation:signalResource', PARAMETERS)).toMatchObject({ status: 'FAILED', error });
  });
});

describe('a task that calls Clean Rooms ML', () => {
  const arn = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:audience-model/1';
  const create = {
    Name: 'n',
    RoleArn: 'arn:aws:iam::111122223333:role/r',
    Tags: { camelCase: 'kept' },
    TrainingData: [{
      Type: 'INTERACTIONS',
      InputConfig: {
        Schema: [{ ColumnName: 'c', ColumnTypes: ['USER_ID'] }],
        DataSource: { GlueDataSource: { TableName: 't', DatabaseName: 'd' } },
      },
    }],
  };

  test('names the fields as the API does, in both directions', async () => {
    answer = () => ({ trainingDatasetArn: 'arn' });
    expect(await resultOf('cleanroomsml:createTrainingDataset', create)).toEqual({ TrainingDatasetArn: 'arn' });
    expect(calls).toEqual([[ROLE, 'CreateTrainingDataset', {
      name: 'n',
      roleArn: 'arn:aws:iam::111122223333:role/r',
      tags: { camelCase: 'kept' },
      trainingData: [{
        type: 'INTERACTIONS',
        inputConfig: { schema: [{ columnName: 'c', columnTypes: ['USER_ID'] }], dataSource: { glueDataSource: { tableName: 't', databaseName: 'd' } } },
      }],
    }]]);
  });

  test('takes and gives timestamps in ISO 8601', async () => {
    const time = new Date('2026-01-01T00:00:00Z');
    answer = () => ({ audienceModelArn: arn, createTime: time, tags: { a: 'b' }, statusDetails: { statusCode: 'X' }, description: undefined, internal: 1 });
    expect(await resultOf('cleanroomsml:getAudienceModel', { AudienceModelArn: arn })).toEqual({
      AudienceModelArn: arn, CreateTime: '2026-01-01T00:00:00.000Z', Tags: { a: 'b' }, StatusDetails: { StatusCode: 'X' },
    });
    await run('cleanroomsml:createAudienceModel', { Name: 'n', TrainingDatasetArn: 'a', TrainingDataStartTime: '2026-01-01T01:00:00+01:00' });
    expect(calls[1]).toEqual([ROLE, 'CreateAudienceModel', { name: 'n', trainingDatasetArn: 'a', trainingDataStartTime: time }]);
  });

  test('has every operation, and nothing for those that answer nothing', async () => {
    answer = () => undefined;
    expect(await resultOf('cleanroomsml:deleteAudienceModel', { AudienceModelArn: arn })).toEqual({});
    for (const name of OPERATION_NAMES) {
      const resource = `arn:aws:states:::aws-sdk:cleanroomsml:${name.charAt(0).toLowerCase()}${name.slice(1)}`;
      await expect(world.create({ StartAt: 'T', States: { T: { Type: 'Task', Resource: resource, End: true } } }, { name })).resolves.toContain(name);
    }
    await expect(run('cleanroomsml:ListAudienceModels', {})).rejects.toMatchObject({ name: 'InvalidDefinition' });
    await expect(run('cleanroomsml:startTraining', {})).rejects.toMatchObject({ name: 'InvalidDefinition' });
  });

  const dataset = (more: object): JsonObject => ({ ...create, TrainingData: [{ ...create.TrainingData[0], ...more }] });
  test.each<[string, string, Json, string]>([
    ['a field in the wrong case', 'getAudienceModel', { audienceModelArn: arn }, "[The field 'audienceModelArn' is not supported by Step Functions, The field 'AudienceModelArn' is required but was missing]"],
    ['a nested field that is unknown', 'createTrainingDataset', dataset({ Kind: 1 }), "[The field 'Kind' is not supported by Step Functions]"],
    ['a nested field that is missing', 'createTrainingDataset', dataset({ InputConfig: { DataSource: {} } }), "[The field 'Schema' is required but was missing, The field 'GlueDataSource' is required but was missing]"],
    ['a list that is none', 'createTrainingDataset', { ...create, TrainingData: {} }, "[The value for the field 'TrainingData' must be an ARRAY]"],
    ['an item of another type', 'createTrainingDataset', { ...create, TrainingData: ['x'] }, "[The value for the field 'TrainingData' must be an OBJECT]"],
    ['a tag of another type', 'createTrainingDataset', { ...create, Tags: { a: 1 } }, "[The value for the field 'Tags' must be a STRING]"],
    ['half a number', 'listAudienceModels', { MaxResults: 1.5 }, "[The value for the field 'MaxResults' must be an INTEGER]"],
    ['a time that is none', 'createAudienceModel', { Name: 'n', TrainingDatasetArn: 'a', TrainingDataStartTime: 1 }, "[The value for the field 'TrainingDataStartTime' must be a STRING with a timestamp]"],
    ['a day that is none', 'createAudienceModel', { Name: 'n', TrainingDatasetArn: 'a', TrainingDataStartTime: '2026-02-30T00:00:00Z' }, "[The value for the field 'TrainingDataStartTime' must be a STRING with a timestamp]"],
    ['a boolean that is none', 'startAudienceGenerationJob', { IncludeSeedInOutput: 'true' }, "The value for the field 'IncludeSeedInOutput' must be a BOOLEAN"],
    ['no object', 'listAudienceModels', ['x'], 'they are no object'],
  ])('cannot be started with %s', async (_, action, parameters, reason) => {
    expect(await run(`cleanroomsml:${action}`, parameters)).toMatchObject(fault(reason));
    expect(calls).toEqual([]);
  });

  test.each<[Error, string]>([
    [new AwsError('ConflictException', 'no', 409), 'CleanRoomsMl.ConflictException'],
    [new AwsError('ThrottlingException', 'no', 429), 'CleanRoomsMl.ThrottlingException'],
    [new AwsError('AccessDeniedException', 'no', 403), 'CleanRoomsMl.AccessDeniedException'],
    [new AwsError('InternalServerException', 'no', 500), 'CleanRoomsMl.CleanRoomsMlException'],
    [new AwsError('ServiceUnavailable', 'no', 503), 'CleanRoomsMl.CleanRoomsMlException'],
    [new ConnectionReset(), 'CleanRoomsMl.SdkClientException'],
  ])('fails with the name that the SDK for Java gives to %s', async (error, name) => {
    answer = () => { throw error; };
    expect(await run('cleanroomsml:listAudienceModels', {})).toMatchObject({ status: 'FAILED', error: name });
  });
});

describe('a task that calls CloudWatch or EventBridge', () => {
  const metric = {
    MetricName: 'm', Dimensions: [{ Name: 'd', Value: 'v' }], Timestamp: '2026-01-01T00:00:00Z', Value: 1.5, Unit: 'Count', StorageResolution: 60,
  };
  const event = { Source: 's', DetailType: 't', Detail: '{}', EventBusName: 'b', Resources: ['r'], Time: '2026-01-01T00:00:00Z', TraceHeader: 'h' };

  test.each<[string, string, JsonObject]>([
    ['cloudwatch:putMetricData', 'PutMetricData', { Namespace: 'n', MetricData: [metric, { MetricName: 'm', Values: [1, 2], Counts: [3, 4] }] }],
    ['cloudwatch:putMetricData', 'PutMetricData', {
      Namespace: 'n',
      MetricData: [{ MetricName: 'm', StatisticValues: { SampleCount: 1, Sum: 2, Minimum: 2, Maximum: 2 } }],
      StrictEntityValidation: true,
      EntityMetricData: [{ Entity: { KeyAttributes: { Type: 'Service' } }, MetricData: [metric] }],
    }],
    ['eventbridge:putEvents', 'PutEvents', { Entries: [event, {}], EndpointId: 'e' }],
  ])('%s calls %s as it is told', async (action, name, parameters) => {
    answer = () => ({ FailedEntryCount: 0 });
    expect(await resultOf(action, parameters)).toEqual({ FailedEntryCount: 0 });
    expect(calls).toEqual([[ROLE, name, parameters]]);
  });

  test.each<[string, JsonObject, string]>([
    ['cloudwatch:putMetricData', {}, "[The field 'Namespace' is required but was missing]"],
    ['cloudwatch:putMetricData', { Namespace: 'n', MetricData: [{ Name: 'm' }] }, "[The field 'Name' is not supported by Step Functions, The field 'MetricName' is required but was missing]"],
    ['cloudwatch:putMetricData', { Namespace: 'n', MetricData: [{ ...metric, Value: '1' }] }, "[The value for the field 'Value' must be a NUMBER]"],
    ['cloudwatch:putMetricData', { Namespace: 'n', MetricData: [{ ...metric, Dimensions: [{ Name: 'd' }] }] }, "[The field 'Value' is required but was missing]"],
    ['eventbridge:putEvents', { Events: [] }, "[The field 'Events' is not supported by Step Functions, The field 'Entries' is required but was missing]"],
    ['eventbridge:putEvents', { Entries: [{ ...event, Detail: {} }] }, "[The value for the field 'Detail' must be a STRING]"],
  ])('%s cannot be started with %j', async (action, parameters, reason) => {
    expect(await run(action, parameters)).toMatchObject(fault(reason));
    expect(calls).toEqual([]);
  });

  test.each<[string, Error, string]>([
    ['cloudwatch:putMetricData', new AwsError('InvalidParameterValueException', 'no'), 'CloudWatch.InvalidParameterValueException'],
    ['cloudwatch:putMetricData', new AwsError('AccessDenied', 'no', 403), 'CloudWatch.CloudWatchException'],
    ['eventbridge:putEvents', new AwsError('InternalException', 'no', 500), 'EventBridge.InternalException'],
    ['eventbridge:putEvents', new AwsError('AccessDeniedException', 'no', 403), 'EventBridge.EventBridgeException'],
    ['eventbridge:putEvents', new ConnectionReset(), 'EventBridge.SdkClientException'],
  ])('%s fails with %s as %s', async (action, error, name) => {
    answer = () => { throw error; };
    expect(await run(action, action === 'eventbridge:putEvents' ? { Entries: [] } : { Namespace: 'n' })).toMatchObject({ status: 'FAILED', error: name });
  });
});

describe('a task that calls Step Functions', () => {
  const waiting = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } };
  const start = '2026-01-01T00:00:00.000Z';

  test('starts, describes, lists and stops executions', async () => {
    const StateMachineArn = await world.create(waiting, { name: 'other' });
    const ExecutionArn = StateMachineArn.replace('stateMachine', 'execution') + ':one';
    const known = { ExecutionArn, StateMachineArn, Name: 'one', Status: 'RUNNING', StartDate: start };
    expect(await resultOf('sfn:startExecution', { StateMachineArn, Name: 'one', Input: '{"a":1}' })).toEqual({ ExecutionArn, StartDate: start });
    expect(await resultOf('sfn:describeExecution', { ExecutionArn })).toEqual({ ...known, Input: '{"a":1}', InputDetails: { Included: true } });
    expect(await resultOf('sfn:listExecutions', { StateMachineArn, StatusFilter: 'RUNNING', MaxResults: 10 })).toEqual({ Executions: [known] });
    expect(await resultOf('sfn:stopExecution', { ExecutionArn, Error: 'E', Cause: 'c' })).toEqual({ StopDate: start });
    expect(await resultOf('sfn:describeExecution', { ExecutionArn })).toMatchObject({ Status: 'ABORTED', StopDate: start, Error: 'E', Cause: 'c' });
    expect(world.iam.asked).toContain(`${ROLE} states:DescribeExecution ${ExecutionArn}`);
    expect(world.iam.asked).toContain(`${ROLE} states:ListExecutions ${StateMachineArn}`);
  });

  test('fails with the names of the SDK for Java', async () => {
    const arn = 'arn:aws:states:us-east-1:111122223333:stateMachine:none';
    expect(await run('sfn:startExecution', { StateMachineArn: arn })).toMatchObject({ error: 'Sfn.StateMachineDoesNotExistException' });
    expect(await run('sfn:describeExecution', { ExecutionArn: arn })).toMatchObject({ error: 'Sfn.ExecutionDoesNotExistException' });
    expect(await run('sfn:listExecutions', { StateMachineArn: arn, StatusFilter: 'x' })).toMatchObject({ error: 'Sfn.ValidationException' });
    world.iam.denied.add('states:ListExecutions');
    expect(await run('sfn:listExecutions', { StateMachineArn: arn })).toMatchObject({ error: 'Sfn.SfnException' });
    expect(await run('sfn:startExecution', { StateMachineArn: arn, Input: {} })).toMatchObject(fault("[The value for the field 'Input' must be a STRING]"));
    expect(await run('sfn:describeExecution', { executionArn: arn })).toMatchObject(fault("The field 'executionArn' is not supported by Step Functions"));
  });
});

describe('in the embedded AWS, as the role of the machine', () => {
  let aws: LocalAws;
  beforeEach(async () => { aws = await LocalAws.start({ clock: Clock.frozen() }); });
  afterEach(async () => { await aws.close(); });

  async function result(action: string, Parameters: JsonObject, Action: string[]): Promise<Execution> {
    const { arn: roleArn } = aws.iam.createRole({
      roleName: 'machine',
      assumeRolePolicyDocument: trusting('states.amazonaws.com'),
      inlinePolicies: { all: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] } },
    });
    const definition = JSON.stringify({ StartAt: 'T', States: { T: { Type: 'Task', Resource: `arn:aws:states:::aws-sdk:${action}`, Parameters, End: true } } });
    const { arn } = await aws.states.createStateMachine({ name: 'machine', roleArn, definition });
    const execution = aws.states.startExecution(arn);
    await execution.ended;
    return execution;
  }

  test.each<[string, JsonObject, string]>([
    ['cleanroomsml:listAudienceModels', { MaxResults: 5 }, '{"AudienceModels":[]}'],
    ['cloudwatch:putMetricData', { Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1 }] }, '{}'],
  ])('%s', async (action, parameters, output) => {
    expect(await result(action, parameters, ['cleanrooms-ml:*', 'cloudwatch:*', 'events:*'])).toMatchObject({ status: 'SUCCEEDED', output });
  });

  test.each<[string, JsonObject, string]>([
    ['cleanroomsml:listAudienceModels', {}, 'CleanRoomsMl.AccessDeniedException'],
    ['cloudwatch:putMetricData', { Namespace: 'n', MetricData: [{ MetricName: 'm', Value: 1 }] }, 'CloudWatch.CloudWatchException'],
    ['sfn:listExecutions', { StateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:machine' }, 'Sfn.SfnException'],
  ])('%s only if it may', async (action, parameters, error) => {
    expect(await result(action, parameters, ['s3:GetObject'])).toMatchObject({ status: 'FAILED', error, cause: expect.stringContaining('is not authorized to perform') });
  });
});
