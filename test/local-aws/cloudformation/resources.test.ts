import { App, CustomResource, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as custom from 'aws-cdk-lib/custom-resources';
import { World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { physicalName, withMixedCase } from '../../../local-aws/cloudformation/ids';
import { Values } from '../../../local-aws/cloudformation/values';

/** A stack of everything that CDK makes of this library's kind of stacks. */
function synthesized(): Values {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const code = lambda.Code.fromInline('exports.handler = async () => ({});');
  const handler = new lambda.Function(stack, 'Handler', {
    runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code, environment: { KEY: 'value' }, logGroup: new logs.LogGroup(stack, 'Log'),
  });
  const provider = new custom.Provider(stack, 'Provider', {
    onEventHandler: handler, isCompleteHandler: handler, totalTimeout: Duration.minutes(58), queryInterval: Duration.seconds(10),
  });
  const key = new kms.Key(stack, 'Key', { alias: 'alias/it', removalPolicy: RemovalPolicy.DESTROY });
  const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: key, enforceSSL: true, removalPolicy: RemovalPolicy.DESTROY });
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
  bucket.grantRead(role);
  new iam.ManagedPolicy(stack, 'Managed', { roles: [role], statements: [new iam.PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] })] });
  const database = new glue.CfnDatabase(stack, 'Database', { catalogId: stack.account, databaseInput: { name: 'retail' } });
  const table = new glue.CfnTable(stack, 'Table', {
    catalogId: stack.account,
    databaseName: database.ref,
    tableInput: { name: 'clicks', storageDescriptor: { location: bucket.s3UrlForObject('clicks/'), columns: [{ name: 'user_id', type: 'string' }] } },
  });
  new ssm.StringParameter(stack, 'Parameter', { parameterName: '/it', stringValue: 'x' });
  new lambda.CfnPermission(stack, 'Permission', { action: 'lambda:InvokeFunction', functionName: handler.functionName, principal: 'events.amazonaws.com' });
  const dataset = new cleanroomsml.CfnTrainingDataset(stack, 'Dataset', {
    name: 'dataset',
    roleArn: role.roleArn,
    tags: [{ key: 'k', value: 'v' }],
    trainingData: [{
      type: 'INTERACTIONS',
      inputConfig: {
        schema: [{ columnName: 'user_id', columnTypes: ['USER_ID'] }],
        dataSource: { glueDataSource: { databaseName: 'retail', tableName: table.ref } },
      },
    }],
  });
  const resource = new CustomResource(stack, 'Custom', { serviceToken: provider.serviceToken, properties: { Dataset: dataset.attrTrainingDatasetArn } });
  new CfnOutput(stack, 'Out', { value: resource.ref });
  return app.synth().getStackByName('Stack').template as Values;
}

function world(): World {
  const made = new World();
  made.parameters.set('/cdk-bootstrap/hnb659fds/version', '30');
  return made;
}

describe('a stack as CDK synthesizes it', () => {
  const template = synthesized();
  const text = JSON.stringify(template);
  const assets = [...text.matchAll(/"S3Key":"([^"]+)"/g)].map(([, key]) => key);

  async function deployed(): Promise<World> {
    const made = world();
    for (const key of assets) made.objects.set(`cdk-hnb659fds-assets-111122223333-us-east-1/${key}`, Buffer.from('zip'));
    // CDK's permission names its function; the fake knows none.
    delete (template.Resources as Values).Permission;
    expect(await made.cloudFormation.deploy('Stack', template)).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    return made;
  }

  test('deploys, and is gone without a rest once deleted', async () => {
    const made = await deployed();
    const created = made.calls.length;
    expect(await made.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
    const services = (calls: string[]) => calls.map((call) => call.split('(')[0]);
    const [creations, deletions] = [services(made.calls.slice(0, created)), services(made.calls.slice(created))];
    for (const [create, remove] of [
      ['iam.createRole', 'iam.deleteRole'], ['iam.putRolePolicy', 'iam.deleteRolePolicy'], ['iam.createManagedPolicy', 'iam.deleteManagedPolicy'],
      ['iam.attachRolePolicy', 'iam.detachRolePolicy'], ['lambda.createFunction', 'lambda.deleteFunction'], ['states.createStateMachine', 'states.deleteStateMachine'],
      ['s3.createBucket', 's3.deleteBucket'], ['s3.putBucketPolicy', 's3.deleteBucketPolicy'], ['kms.createKey', 'kms.scheduleKeyDeletion'],
      ['kms.createAlias', 'kms.deleteAlias'], ['glue.createDatabase', 'glue.deleteDatabase'], ['glue.createTable', 'glue.deleteTable'],
      ['ssm.putParameter', 'ssm.deleteParameter'], ['cleanRoomsMl.createTrainingDataset', 'cleanRoomsMl.deleteTrainingDataset'],
    ]) {
      const count = creations.filter((call) => call === create).length;
      expect([create, count > 0]).toEqual([create, true]);
      expect([remove, deletions.filter((call) => call === remove).length]).toEqual([remove, count]);
    }
    // CDK retains log groups unless told otherwise.
    expect(deletions).not.toContain('logs.deleteLogGroup');
  });

  test('does nothing when deployed again', async () => {
    const made = await deployed();
    expect(await made.cloudFormation.deploy('Stack', template)).toMatchObject({ changed: false });
  });

  test('passes the training dataset in the case of the API', async () => {
    const made = await deployed();
    const call = made.calls.find((line) => line.startsWith('cleanRoomsMl.createTrainingDataset(')) ?? '';
    expect(JSON.parse(call.slice(call.indexOf('{'), -1))).toEqual({
      name: 'dataset',
      roleArn: expect.stringMatching(/^arn:aws:iam::111122223333:role\/Stack-Role/),
      trainingData: [{
        type: 'INTERACTIONS',
        inputConfig: {
          schema: [{ columnName: 'user_id', columnTypes: ['USER_ID'] }],
          dataSource: { glueDataSource: { databaseName: 'retail', tableName: 'clicks' } },
        },
      }],
      tags: { k: 'v' },
    });
  });
});

describe('resource types', () => {
  const logGroup = (properties: Values): Values => ({ Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: properties } } });

  test('refuse unknown and missing properties before they do anything', async () => {
    const made = world();
    const outcome = await made.cloudFormation.deploy('Stack', { Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { Nope: 1 } } } });
    expect(outcome.failures).toEqual([{
      logicalId: 'Role',
      type: 'AWS::IAM::Role',
      status: 'CREATE_FAILED',
      reason: 'Properties validation failed for resource Role with message:\n[#: required key [AssumeRolePolicyDocument] not found, #: extraneous key [Nope] is not permitted]',
    }]);
    expect(made.calls).toEqual([]);
  });

  test('generate names, and replace what takes another name', async () => {
    const made = world();
    await made.cloudFormation.deploy('Stack', logGroup({}));
    const first = made.cloudFormation.describe('Stack').resources.get('Group')?.physicalId;
    expect(first).toMatch(/^Stack-Group-[A-Z0-9]{12}$/);
    await made.cloudFormation.deploy('Stack', logGroup({ LogGroupName: 'named' }));
    expect(made.calls).toEqual([`logs.createLogGroup(${first})`, 'logs.createLogGroup(named)', `logs.deleteLogGroup(${first})`]);
    expect(made.history('Stack', 'Group')).toContain('UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence creating one.');
  });

  test('generate a name for what had one', async () => {
    const made = world();
    await made.cloudFormation.deploy('Stack', logGroup({ LogGroupName: 'named' }));
    await made.cloudFormation.deploy('Stack', logGroup({}));
    expect(made.cloudFormation.describe('Stack').resources.get('Group')?.physicalId).toMatch(/^Stack-Group-[A-Z0-9]{12}$/);
  });

  test('have nothing to delete of what could not be created', async () => {
    const made = world();
    made.refused.set('logs.createLogGroup(g)', new AwsError('AccessDenied', 'no', 403));
    await made.cloudFormation.deploy('Stack', logGroup({ LogGroupName: 'g' }));
    expect(made.history('Stack', 'Group')).toEqual(['CREATE_IN_PROGRESS', expect.stringContaining('CREATE_FAILED'), 'DELETE_COMPLETE']);
  });

  test('say what the service said', async () => {
    const made = world();
    made.refused.set('logs.createLogGroup(taken)', new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists'));
    const { failures: [failure] } = await made.cloudFormation.deploy('Stack', logGroup({ LogGroupName: 'taken' }));
    expect(failure.reason).toMatch(
      /^Resource handler returned message: "The specified log group already exists \(Service: CloudWatchLogs, Status Code: 400, Request ID: [0-9a-f-]+\)" \(RequestToken: [0-9a-f-]+, HandlerErrorCode: AlreadyExists\)$/,
    );
    expect(made.calls).toEqual(['logs.createLogGroup(taken)']);
  });

  test('take what is gone already for deleted', async () => {
    const made = world();
    await made.cloudFormation.deploy('Stack', logGroup({ LogGroupName: 'gone' }));
    made.refused.set('logs.deleteLogGroup(gone)', new AwsError('ResourceNotFoundException', 'The specified log group does not exist.'));
    expect(await made.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
  });

  test('refuse a policy of users, of groups, or of nobody', async () => {
    for (const [whose, reason] of [[{ Users: ['u'] }, 'no users and groups'], [{ Roles: ['r'], Groups: ['g'] }, 'no users and groups'], [{}, 'must be non-empty']] as const) {
      const made = world();
      const policy = { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: { Statement: [] }, ...whose } };
      const { failures: [failure] } = await made.cloudFormation.deploy('Stack', { Resources: { Policy: policy } } as unknown as Values);
      expect(failure.reason).toContain(reason);
      expect(made.calls).toEqual([]);
    }
  });

  test('create no parameter whose name is taken', async () => {
    const made = world();
    made.parameters.set('/taken', 'theirs');
    const parameter = { Type: 'AWS::SSM::Parameter', Properties: { Name: '/taken', Type: 'String', Value: 'ours' } };
    const { failures: [failure] } = await made.cloudFormation.deploy('Stack', { Resources: { Parameter: parameter } });
    expect(failure.reason).toContain('/taken already exists.');
    expect(made.parameters.get('/taken')).toBe('theirs');
  });

  test('refuse an update to properties that they do not have, before they do anything', async () => {
    const made = world();
    await made.cloudFormation.deploy('Stack', logGroup({ RetentionInDays: 1 }));
    made.calls.length = 0;
    const { status, failures: [failure] } = await made.cloudFormation.deploy('Stack', logGroup({ RetentionInDays: 1, Nope: 1 }));
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(failure).toMatchObject({ logicalId: 'Group', status: 'UPDATE_FAILED', reason: expect.stringContaining('extraneous key [Nope] is not permitted') });
    expect(made.calls).toEqual([]);
  });
});

describe('generated names', () => {
  test.each([
    ['Stack', 'Logical', 64, 'Stack-Logical-ABCDEFGHIJKL'],
    ['S'.repeat(60), 'Logical', 64, `${'S'.repeat(43)}-Logical-ABCDEFGHIJKL`],
    ['Stack', 'L'.repeat(100), 64, `Stack-${'L'.repeat(45)}-ABCDEFGHIJKL`],
    ['S'.repeat(60), 'L'.repeat(60), 64, `${'S'.repeat(25)}-${'L'.repeat(25)}-ABCDEFGHIJKL`],
  ])('of %s and %s fit in %s characters', (stackName, logicalId, maxLength, expected) => {
    const name = physicalName(stackName, logicalId, 'ABCDEFGHIJKL', maxLength);
    expect(name).toBe(expected);
    expect(name.length).toBeLessThanOrEqual(maxLength);
  });

  test('may end in letters of both cases', () => {
    expect(withMixedCase('STACK-LOGICAL-ABCDEFGHIJK1')).toBe('STACK-LOGICAL-AbCdEfGhIjK1');
  });
});
