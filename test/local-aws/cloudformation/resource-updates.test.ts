import { World } from './world';
import { Values } from '../../../local-aws/cloudformation/values';

/* What becomes of a resource whose properties change, and that stays the same resource. */

const ROLE = 'arn:aws:iam::111122223333:role/r';
const document = (Sid: string): Values => ({ Version: '2012-10-17', Statement: [{ Sid, Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }] });
const encrypted = (KMSMasterKeyID: string): Values => ({
  BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID } }] },
});

test.each<[type: string, same: Values, before: Values, after: Values, calls: string[]]>([
  ['AWS::Events::EventBus', { Name: 'bus' }, { Description: 'a' }, { Description: 'b' }, ['events.updateEventBus(bus)']],
  ['AWS::Glue::Database', { CatalogId: '111122223333', DatabaseName: 'db' }, { DatabaseInput: {} }, { DatabaseInput: { Description: 'b' } }, ['glue.updateDatabase(db)']],
  ['AWS::Glue::Table', { CatalogId: '111122223333', DatabaseName: 'db', Name: 't' }, { TableInput: {} }, { TableInput: { Description: 'b' } }, ['glue.updateTable(db.t)']],
  ['AWS::IAM::Role', { RoleName: 'r', AssumeRolePolicyDocument: document('a') }, {}, { Description: 'b' }, ['iam.updateRole(r)']],
  ['AWS::KMS::Alias', { AliasName: 'alias/a' }, { TargetKeyId: 'one' }, { TargetKeyId: 'two' }, ['kms.updateAlias(alias/a, two)']],
  ['AWS::KMS::Key', { KeyPolicy: document('a') }, { EnableKeyRotation: false }, { EnableKeyRotation: true }, ['kms.updateKey(key-1)']],
  ['AWS::Lambda::Function', { FunctionName: 'f', Role: ROLE, Code: { ZipFile: 'x' } }, { Timeout: 3 }, { Timeout: 4 }, ['lambda.updateFunction(f)']],
  ['AWS::Logs::LogGroup', { LogGroupName: 'g' }, { RetentionInDays: 1 }, { RetentionInDays: 7 }, ['logs.updateLogGroup(g)']],
  ['AWS::S3::Bucket', { BucketName: 'b' }, encrypted('one'), encrypted('two'), ['s3.updateBucket(b)']],
  ['AWS::S3::BucketPolicy', { Bucket: 'b' }, { PolicyDocument: document('a') }, { PolicyDocument: document('b') }, ['s3.putBucketPolicy(b)']],
  ['AWS::SSM::Parameter', { Name: '/p', Type: 'String' }, { Value: 'a' }, { Value: 'b' }, ['ssm.putParameter(/p)']],
  ['AWS::StepFunctions::StateMachine', { StateMachineName: 'm', RoleArn: ROLE }, { Definition: { StartAt: 'a' } }, { Definition: { StartAt: 'b' } },
    ['states.updateStateMachine(arn:aws:states:us-east-1:111122223333:stateMachine:m)']],
])('%s is changed in place by one call', async (type, same, before, after, calls) => {
  const made = new World();
  const deploy = async (properties: Values) => made.cloudFormation.deploy('Stack', { Resources: { It: { Type: type, Properties: { ...same, ...properties } } } });
  const it = () => made.cloudFormation.describe('Stack').resources.get('It');
  expect(await deploy(before)).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  const created = structuredClone(it());
  made.calls.length = 0;
  expect(await deploy(after)).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(made.calls.filter((call) => !call.startsWith('iam.passRole'))).toEqual(calls);
  expect(it()).toMatchObject({ physicalId: created?.physicalId, properties: { ...same, ...after } });
  expect(Object.keys(it()?.attributes ?? {})).toEqual(Object.keys(created?.attributes ?? {}));
});

test('a policy moves from role to role', async () => {
  const made = new World();
  const policy = (role: string): Values => ({
    Resources: { Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: { Statement: [] }, Roles: ['stays', role] } } },
  });
  await made.cloudFormation.deploy('Stack', policy('old'));
  made.calls.length = 0;
  await made.cloudFormation.deploy('Stack', policy('new'));
  expect(made.calls).toEqual(['iam.putRolePolicy(stays, p)', 'iam.putRolePolicy(new, p)', 'iam.deleteRolePolicy(old, p)']);
});

test('a managed policy moves from role to role', async () => {
  const made = new World();
  const policy = (role: string): Values => ({
    Resources: {
      Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: { ManagedPolicyName: 'p', PolicyDocument: { Statement: [] }, Roles: ['stays', role] } },
    },
  });
  await made.cloudFormation.deploy('Stack', policy('old'));
  made.calls.length = 0;
  await made.cloudFormation.deploy('Stack', policy('new'));
  const arn = 'arn:aws:iam::111122223333:policy/p';
  expect(made.calls).toEqual([`iam.updateManagedPolicy(${arn})`, `iam.attachRolePolicy(new, ${arn})`, `iam.detachRolePolicy(old, ${arn})`]);
});

test('the tags of a training dataset are changed, and nothing is touched where none are left to set, or to take off', async () => {
  const made = new World();
  const dataset = (tags: Record<string, string>): Values => ({
    Resources: {
      Dataset: {
        Type: 'AWS::CleanRoomsML::TrainingDataset',
        Properties: {
          Name: 'dataset',
          RoleArn: 'arn:aws:iam::111122223333:role/r',
          TrainingData: [],
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        },
      },
    },
  });
  const changed = async (tags: Record<string, string>) => {
    made.calls.length = 0;
    expect(await made.cloudFormation.deploy('Stack', dataset(tags))).toMatchObject({ failures: [] });
    return made.calls.map((call) => call.replace(/\(.*/, ''));
  };
  await changed({ one: '1', two: '2' });
  expect(await changed({ one: 'other' })).toEqual(['cleanRoomsMl.untagResource', 'cleanRoomsMl.tagResource']);
  expect(await changed({ one: 'other', three: '3' })).toEqual(['cleanRoomsMl.tagResource']);
  expect(await changed({})).toEqual(['cleanRoomsMl.untagResource']);
});
