import { App, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Validations } from 'aws-cdk-lib-newest';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  AudienceExport, AudienceGeneration, AudienceSize, ConfiguredAudienceModel, ConfiguredAudienceModelPolicy, LookalikeAudience, SeedAudience,
} from '../../src';
import {
  CONFIGURED_AUDIENCE_MODEL_ARN, HANDLER, OTHER_ACCOUNT, ROLE_PATH, STATE_MACHINE, testBucket, testConfigured, testDataset,
  testImportedConfigured, testModel, testStack,
} from '../fixtures';

interface Justification {
  /** Which constructs, by the end of their path. */
  readonly path: RegExp;
  /** The rules, with the finding where a rule has several. */
  readonly ids: string[];
  readonly reason: string;
}

const RESOURCE = (type: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cleanrooms-ml:us-east-1:111122223333:${type}/*]`;
const OBJECTS = (folder: string) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::retail-data/${folder}/*]`;
const EXECUTIONS = `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:us-east-1:111122223333:execution:<${STATE_MACHINE}.Name>:*]`;
const ROLES = `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::111122223333:role${ROLE_PATH}*]`;

const JUSTIFIED: Justification[] = [
  { path: /\/SeedRole$/, ids: [OBJECTS('seeds')], reason: 'All objects of the folder are the seed' },
  {
    path: /\/(Machine\/Role|Audience\/StateMachineRole)\/DefaultPolicy$/,
    ids: ['AwsSolutions-IAM5[Resource::*]', RESOURCE('audience-generation-job')],
    reason: 'Lists, metrics, traces and the delivery of logs know no resources, and the ids of jobs are not known before they exist',
  },
  { path: /\/Interactions\/Role$/, ids: [OBJECTS('clicks')], reason: 'All objects of the folder are training data' },
  { path: /\/Configured\/OutputRole$/, ids: [OBJECTS('audiences')], reason: 'The service chooses the names of the objects' },
  {
    path: /\/CleanRoomsMLProvider\/Policy$/,
    ids: [
      'AwsSolutions-IAM5[Resource::*]', RESOURCE('training-dataset'), RESOURCE('audience-model'), RESOURCE('configured-audience-model'),
    ],
    reason: 'Lists, and what creates a dataset, know no resources; the ids of others are not known before they exist, but their tags are',
  },
  { path: /\/CleanRoomsMLProvider\/Policy$/, ids: [EXECUTIONS], reason: 'Each request is an execution of one state machine' },
  { path: /\/CleanRoomsMLProvider\/Policy$/, ids: [ROLES], reason: 'The roles of the stack, whose names CloudFormation makes, are below one path' },
  {
    path: /\/Policy\/Permissions$/,
    ids: [RESOURCE('configured-audience-model')],
    reason: 'The statements must be taken back from a model that the template names no more',
  },
  {
    path: /\/CleanRoomsMLProvider\/Handler\/ServiceRole$/,
    ids: ['AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]'],
    reason: 'Writing logs is all that it allows, and the CDK gives it to every function',
  },
  {
    path: /\/CleanRoomsMLProvider\/StateMachineRole\/DefaultPolicy$/,
    ids: [`AwsSolutions-IAM5[Resource::<${HANDLER}.Arn>:*]`],
    reason: 'Any version of one function; the CDK\'s task for Lambda functions grants it so',
  },
  {
    path: /\/CleanRoomsMLProvider\/StateMachine$/,
    ids: ['AwsSolutions-SF1', 'AwsSolutions-SF2'],
    reason: 'Its input holds pre-signed URLs, which belong in no log; each step writes what it saw and did to the log of the function',
  },
];

const SEED = (stack: Stack) => SeedAudience.fromS3(testBucket(stack), 'seeds/');

function nag(stack: Stack): () => void {
  const app = stack.node.root as App;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return () => app.synth();
}

function acknowledgeJustified(stack: Stack): void {
  for (const construct of stack.node.findAll()) {
    for (const { ids, reason } of JUSTIFIED.filter(({ path }) => path.test(construct.node.path))) {
      ids.forEach((id) => Validations.of(construct).acknowledge({ id, reason }));
    }
  }
}

test.each<[string, (stack: Stack) => void]>([
  ['TrainingDataset', (stack) => testDataset(stack)],
  ['AudienceModel', (stack) => testModel(stack)],
  ['ConfiguredAudienceModel', (stack) => testConfigured(stack)],
  ['ConfiguredAudienceModelPolicy', (stack) => new ConfiguredAudienceModelPolicy(stack, 'Policy', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Imported', CONFIGURED_AUDIENCE_MODEL_ARN),
    document: new iam.PolicyDocument({
      statements: [new iam.PolicyStatement({
        principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)],
        actions: ['cleanrooms-ml:StartAudienceGenerationJob'],
        resources: [CONFIGURED_AUDIENCE_MODEL_ARN],
      })],
    }),
  })],
  ['AudienceGeneration and AudienceExport', (stack) => new sfn.StateMachine(stack, 'Machine', {
    logs: { destination: new logs.LogGroup(stack, 'Logs'), level: sfn.LogLevel.ALL },
    tracingEnabled: true,
    definitionBody: sfn.DefinitionBody.fromChainable(
      new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: testImportedConfigured(stack), seedAudience: SEED(stack) })
        .next(new AudienceExport(stack, 'Export', {
          audienceGenerationJobArn: sfn.JsonPath.stringAt('$.AudienceGenerationJobArn'), size: AudienceSize.percentage(5),
        })),
    ),
  })],
  ['LookalikeAudience', (stack) => new LookalikeAudience(stack, 'Audience', {
    configuredAudienceModel: testImportedConfigured(stack),
    seedAudience: SEED(stack),
    sizes: [AudienceSize.percentage(5)],
    keepJobs: 4,
    schedule: scheduler.ScheduleExpression.rate(Duration.days(7)),
    logs: { destination: new logs.LogGroup(stack, 'Logs'), level: sfn.LogLevel.ALL },
    tracingEnabled: true,
  })],
])('%s satisfies AwsSolutionsChecks, save for what is justified', (_name, build) => {
  const stack = testStack();
  build(stack);
  acknowledgeJustified(stack);
  expect(nag(stack)).not.toThrow();
});

test('without the justifications the checks find something', () => {
  const stack = testStack();
  testDataset(stack);
  expect(nag(stack)).toThrow(/AwsSolutions-IAM5/);
});
