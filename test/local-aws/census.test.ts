import { policy, trusting } from './account';
import { settings, zip } from './lambda/harness';
import { census } from '../../local-aws/census';
import { Clock } from '../../local-aws/clock';
import { LocalAws } from '../../local-aws/local-aws';

let aws: LocalAws;
let roleArn: string;
beforeEach(async () => {
  aws = await LocalAws.start({ clock: Clock.frozen() });
  roleArn = aws.iam.createRole({
    roleName: 'role',
    assumeRolePolicyDocument: policy({
      Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com', 'scheduler.amazonaws.com', 'states.amazonaws.com'] }, Action: 'sts:AssumeRole',
    }),
  }).arn;
  aws.glue.createDatabase({ name: 'retail' });
});
afterEach(async () => { await aws.close(); });

test.each<[string, () => unknown]>([
  ['role', () => aws.iam.createRole({ roleName: 'another', assumeRolePolicyDocument: trusting('lambda.amazonaws.com') })],
  ['policy of a role', () => aws.iam.putRolePolicy('role', 'policy', policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }))],
  ['function', async () => aws.lambda.createFunction(settings(await zip({ 'index.js': '' }), { roleArn }))],
  ['state machine', () => aws.states.createStateMachine({
    name: 'machine', roleArn, definition: JSON.stringify({ StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } }),
  })],
  ['log group', () => aws.logs.createLogGroup({ logGroupName: '/aws/lambda/fn' })],
  ['bucket', () => aws.s3.createBucket({ bucketName: 'retail-data' })],
  ['database', () => aws.glue.createDatabase({ name: 'another' })],
  ['table', () => aws.glue.createTable({ databaseName: 'retail', name: 'clicks', columns: [] })],
  ['key', () => aws.kms.createKey()],
  ['dashboard', () => aws.cloudWatch.putDashboard({ dashboardName: 'jobs', dashboardBody: '{"widgets":[]}' })],
  ['alarm', () => aws.cloudWatch.putMetricAlarm({
    alarmName: 'alarm', comparisonOperator: 'GreaterThanThreshold', evaluationPeriods: 1, threshold: 0, namespace: 'Jobs', metricName: 'Failed', statistic: 'Sum', period: 60,
  })],
  ['event bus', () => aws.events.createEventBus({ name: 'jobs' })],
  ['rule', () => aws.events.putRule({ name: 'rule', eventPattern: '{"source":["jobs"]}' })],
  ['schedule', () => aws.scheduler.createSchedule({
    name: 'daily', scheduleExpression: 'rate(1 day)', flexibleTimeWindow: { mode: 'OFF' }, target: { arn: 'arn:aws:states:us-east-1:111122223333:stateMachine:machine', roleArn },
  })],
  ['schedule group', () => aws.scheduler.createScheduleGroup('jobs')],
])('a %s is found', async (_kind, create) => {
  const before = census(aws);
  await create();
  const after = census(aws);
  expect(after).toHaveLength(before.length + 1);
  expect(after).toEqual(expect.arrayContaining(before));
  expect(new Set(after).size).toBe(after.length);
});

test('what is gone is not', async () => {
  const before = census(aws);
  aws.s3.createBucket({ bucketName: 'retail-data' });
  aws.s3.deleteBucket('retail-data');
  aws.kms.scheduleKeyDeletion(aws.kms.createKey().arn);
  expect(census(aws)).toEqual(before);
});
