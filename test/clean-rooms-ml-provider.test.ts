import { App, Aspects, Duration, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { AudienceModelRetraining, CleanRoomsMlProvider, CleanRoomsMlProviderProps, ConfiguredAudienceModel, TrainingDataset } from '../src';
import {
  ACCOUNT, encryptedBucket, HANDLER, HANDLER_POLICY, HANDLER_ROLE, OTHER_ACCOUNT, STATE_MACHINE, testChain, testConfigured, testDataset, testModel,
  testStack,
} from './fixtures';
import { statementsOf } from './machines';
import { depthsOf, ofType, resourcesOf } from './template-graph';
import { ResourceType } from '../src/private/contract';

const LOGS = 'CleanRoomsMLProviderLogsD301D00E';
const STATE_MACHINE_ROLE = 'CleanRoomsMLProviderStateMachineRole182FA9B3';

function addStatement(stack: Stack, configured: ConfiguredAudienceModel): void {
  configured.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)],
    actions: ['cleanrooms-ml:StartAudienceGenerationJob'],
    resources: [stack.formatArn({ service: 'cleanrooms-ml', resource: 'configured-audience-model', resourceName: '*' })],
  }));
}

describe('what is frozen, because the ServiceToken of a deployed custom resource cannot change', () => {
  test('one provider, at one path, whatever there is in a stack', () => {
    const stack = testStack();
    testChain(stack);
    const providers = stack.node.findAll().filter((construct) => construct instanceof CleanRoomsMlProvider);
    expect(providers.map(({ node }) => node.path)).toEqual(['Retail/CleanRoomsMLProvider']);
  });

  test.each<[string, (stack: Stack) => void]>([
    ['made by itself', () => undefined],
    ['made by the user', (stack) => new CleanRoomsMlProvider(stack)],
  ])('nine resources with these logical ids, %s', (_how, make) => {
    const stack = testStack();
    make(stack);
    testDataset(stack);
    const provider = Object.entries(resourcesOf(stack)).filter(([id]) => id.startsWith('CleanRoomsMLProvider')).map(([id, { Type }]) => [id, Type]);
    expect(Object.fromEntries(provider)).toEqual({
      CleanRoomsMLProviderLogsD301D00E: 'AWS::Logs::LogGroup',
      CleanRoomsMLProviderHandlerServiceRole67A8DE13: 'AWS::IAM::Role',
      CleanRoomsMLProviderHandler85E65238: 'AWS::Lambda::Function',
      CleanRoomsMLProviderStateMachineRole182FA9B3: 'AWS::IAM::Role',
      CleanRoomsMLProviderStateMachineRoleDefaultPolicy974024D3: 'AWS::IAM::Policy',
      CleanRoomsMLProviderStateMachine47E06EFF: 'AWS::StepFunctions::StateMachine',
      CleanRoomsMLProviderPolicy10D46DA7: 'AWS::IAM::Policy',
      CleanRoomsMLProviderEnded9699F40F: 'AWS::Events::Rule',
      CleanRoomsMLProviderEndedAllowEventRuleRetailCleanRoomsMLProviderHandler3FC58B605D97574E: 'AWS::Lambda::Permission',
    });
  });

  test('the function, and nobody else, is told of executions of this machine that do not end well, and of nothing but their ARN', () => {
    const stack = testStack();
    testDataset(stack);
    const [[ruleId, { Properties: rule }]] = ofType(resourcesOf(stack), 'AWS::Events::Rule');
    const machine = { Ref: 'CleanRoomsMLProviderStateMachine47E06EFF' };
    const handler = { 'Fn::GetAtt': ['CleanRoomsMLProviderHandler85E65238', 'Arn'] };
    expect(rule).toMatchObject({
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': { stateMachineArn: [machine], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      State: 'ENABLED',
    });
    expect(rule?.Targets).toEqual([{
      Id: 'Target0', Arn: handler, InputTransformer: { InputPathsMap: { 'detail-executionArn': '$.detail.executionArn' }, InputTemplate: '{"Ended":<detail-executionArn>}' },
    }]);
    expect(ofType(resourcesOf(stack), 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties)).toEqual([{
      Action: 'lambda:InvokeFunction', FunctionName: handler, Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': [ruleId, 'Arn'] },
    }]);
    // Nobody waits for it.
    const others = Object.values(resourcesOf(stack)).filter(({ Type }) => !/Rule|Permission/.test(Type));
    expect(JSON.stringify(others)).not.toContain(ruleId);
  });

  test('every custom resource has the function as its ServiceToken, knows the state machine, and goes before what it needs', () => {
    const stack = testStack();
    const configuredAudienceModel = testChain(stack);
    addStatement(stack, configuredAudienceModel);
    const trainingDataset = stack.node.findChild('Interactions') as TrainingDataset;
    new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset });
    const custom = ofType(resourcesOf(stack), 'Custom::');
    expect(custom.map(([, { Type }]) => Type).sort()).toEqual(Object.values(ResourceType).sort());
    for (const [, { Properties, DependsOn }] of custom) {
      expect(Properties).toMatchObject({
        ServiceToken: { 'Fn::GetAtt': ['CleanRoomsMLProviderHandler85E65238', 'Arn'] },
        StateMachineArn: { Ref: 'CleanRoomsMLProviderStateMachine47E06EFF' },
      });
      expect(DependsOn).toContain('CleanRoomsMLProviderPolicy10D46DA7');
    }
  });

  test('a nested stack has a provider of its own', () => {
    const stack = testStack();
    const nested = new NestedStack(stack, 'Nested');
    testDataset(nested);
    Template.fromStack(nested).resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    Template.fromStack(stack).resourceCountIs('AWS::StepFunctions::StateMachine', 0);
  });
});

describe('there is one for a stack', () => {
  const again = 'the stack has a provider already, and there is one for all its resources; use that one';
  const late = (path: string) => `the stack has got a provider with its first resource, '${path}'; make yours before that`;
  const message = (fault: string) => `invalid CleanRoomsMlProvider at 'Retail/CleanRoomsMLProvider':\n  - ${fault}`;

  test('a second one is an error that says so', () => {
    const stack = testStack();
    new CleanRoomsMlProvider(stack);
    expect(() => new CleanRoomsMlProvider(stack)).toThrow(message(again));
    testDataset(stack);
    expect(() => new CleanRoomsMlProvider(stack, { tracing: lambda.Tracing.ACTIVE })).toThrow(message(again));
  });

  test.each<[string, string, (stack: Stack) => void]>([
    ['a dataset', 'Retail/Interactions', (stack) => testDataset(stack)],
    ['a model', 'Retail/Model', (stack) => testModel(stack)],
    ['a model with a key', 'Retail/Model', (stack) => testModel(stack, { encryptionKey: new kms.Key(stack, 'Key') })],
    ['a configured model', 'Retail/Configured', (stack) => testConfigured(stack)],
    ['a chain', 'Retail/Interactions', (stack) => testChain(stack)],
  ])('one after the first resource is an error that names it: %s', (_what, path, make) => {
    const stack = testStack();
    make(stack);
    expect(() => new CleanRoomsMlProvider(stack)).toThrow(message(late(path)));
  });

  test('each stack of an app has its own', () => {
    const app = new App();
    const [one, two] = ['One', 'Two'].map((id) => new Stack(app, id));
    new CleanRoomsMlProvider(one);
    expect(() => new CleanRoomsMlProvider(two)).not.toThrow();
  });
});

describe('the function', () => {
  test('runs the bundled handlers, knows its stack, and logs where logs are kept for a month', () => {
    const stack = testStack();
    new CleanRoomsMlProvider(stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Runtime: Match.stringLikeRegexp('^nodejs2[24]\\.x$'),
      Timeout: 60,
      MemorySize: 256,
      Environment: { Variables: { STACK_ID: { Ref: 'AWS::StackId' } } },
      LoggingConfig: { LogGroup: { Ref: LOGS } },
      Role: { 'Fn::GetAtt': [HANDLER_ROLE, 'Arn'] },
      VpcConfig: Match.absent(),
      KmsKeyArn: Match.absent(),
      TracingConfig: Match.absent(),
    });
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });
});

describe('what the user says of it is in the template:', () => {
  const made = (props: (stack: Stack) => CleanRoomsMlProviderProps) => {
    const stack = testStack();
    const given = props(stack);
    const provider = new CleanRoomsMlProvider(stack, given);
    testChain(stack);
    return { stack, provider, given, template: Template.fromStack(stack), handler: () => resourcesOf(stack)[HANDLER].Properties };
  };
  const vpcOf = (stack: Stack) => ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1', availabilityZones: ['a', 'b'], privateSubnetIds: ['subnet-1', 'subnet-2'], isolatedSubnetIds: ['subnet-3', 'subnet-4'],
  });

  test('vpc', () => {
    const { handler, template, stack } = made((scope) => ({ vpc: vpcOf(scope) }));
    const own = { 'Fn::GetAtt': [expect.stringMatching(/^CleanRoomsMLProviderHandlerSecurityGroup/), 'GroupId'] };
    expect(handler()).toMatchObject({ VpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: [own] } });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-1', SecurityGroupEgress: [Match.objectLike({ CidrIp: '0.0.0.0/0' })] });
    expect(JSON.stringify(resourcesOf(stack)[HANDLER_ROLE].Properties)).toContain('AWSLambdaVPCAccessExecutionRole');
  });

  test('vpc endpoints of the same stack outlive the resources, once the provider depends on them', () => {
    const stack = testStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [{ name: 'only', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
    const provider = new CleanRoomsMlProvider(stack, { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } });
    provider.node.addDependency(vpc.addInterfaceEndpoint('States', { service: ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS }));
    testDataset(stack);
    const endpoint = Object.keys(resourcesOf(stack)).find((id) => resourcesOf(stack)[id].Type === 'AWS::EC2::VPCEndpoint');
    expect(resourcesOf(stack)[HANDLER_POLICY].DependsOn).toContain(endpoint);
    expect(resourcesOf(stack)[HANDLER].DependsOn).toContain(endpoint);
  });

  test('vpc, vpcSubnets and securityGroups', () => {
    const { handler, template } = made((scope) => ({
      vpc: vpcOf(scope),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: ['sg-1', 'sg-2'].map((id) => ec2.SecurityGroup.fromSecurityGroupId(scope, id, id)),
    }));
    expect(handler()).toMatchObject({ VpcConfig: { SubnetIds: ['subnet-3', 'subnet-4'], SecurityGroupIds: ['sg-1', 'sg-2'] } });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });

  const lambdaRole = (stack: Stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const LOGGING = { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: LOGS };

  test('role', () => {
    const { handler, stack } = made((scope) => ({ role: lambdaRole(scope) }));
    const mine = Object.keys(resourcesOf(stack)).find((id) => id.startsWith('Mine'));
    expect(handler()).toMatchObject({ Role: { 'Fn::GetAtt': [mine, 'Arn'] } });
    expect(resourcesOf(stack)[HANDLER_ROLE]).toBeUndefined();
    expect(resourcesOf(stack)[HANDLER_POLICY].Properties).toMatchObject({ Roles: [{ Ref: mine }] });
    // The role that the CDK makes for a function has a managed policy for this.
    expect(statementsOf(stack, 'Mine')).toContainEqual(LOGGING);
    expect(statementsOf(stack, 'Mine').map(({ Action }) => Action)).toContain('iam:PassRole');
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('no role: then logging is allowed by a managed policy, and not once more', () => {
    const { stack } = made(() => ({}));
    expect(statementsOf(stack, HANDLER_ROLE)).not.toContainEqual(LOGGING);
    expect(JSON.stringify(resourcesOf(stack)[HANDLER_ROLE].Properties)).toContain('AWSLambdaBasicExecutionRole');
  });

  const ARN = `arn:aws:iam::${ACCOUNT}:role/team/mine`;

  test('role, an imported one', () => {
    const { handler, stack } = made((scope) => ({ role: iam.Role.fromRoleArn(scope, 'Mine', ARN) }));
    expect(handler()).toMatchObject({ Role: ARN });
    expect(resourcesOf(stack)[HANDLER_POLICY].Properties).toMatchObject({ Roles: ['mine'] });
    expect(JSON.stringify(resourcesOf(stack)[HANDLER_POLICY].Properties)).toContain('logs:PutLogEvents');
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('role, an imported one, also where an aspect moves the roles that it passes', () => {
    const { stack } = made((scope) => {
      Aspects.of(scope).add({ visit: (node) => { if (iam.CfnRole.isCfnRole(node)) node.path = '/moved/'; } });
      return { role: iam.Role.fromRoleArn(scope, 'Mine', ARN) };
    });
    expect(JSON.stringify(resourcesOf(stack)[HANDLER_POLICY].Properties)).toContain('{"Fn::GetAtt":["InteractionsRole23085550","Arn"]}');
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['imported', (stack) => iam.Role.fromRoleArn(stack, 'Mine', ARN, { mutable: false })],
    ['made', (stack) => lambdaRole(stack).withoutPolicyUpdates()],
  ])('role, an immutable one that was %s: no policy is written, and warnings say what it must allow', (_how, role) => {
    const { handler, stack, given } = made((scope) => ({ role: role(scope) }));
    expect(handler()).toMatchObject({ Role: stack.resolve(given.role!.roleArn) });
    expect(ofType(resourcesOf(stack), 'AWS::IAM::Policy').map(([id]) => id)).toEqual(['CleanRoomsMLProviderStateMachineRoleDefaultPolicy974024D3']);
    Annotations.fromStack(stack).hasWarning('/Retail/CleanRoomsMLProvider', Match.stringLikeRegexp(
      'cannot be changed from here; see that it trusts lambda.amazonaws.com and allows .*cleanrooms-ml:CreateAudienceModel,'
      + '.*cloudformation:SignalResource, iam:PassRole, logs:CreateLogStream.*\\[ack: cdk-cleanrooms-ml:roleNotModified\\]'));
    expect(() => depthsOf(resourcesOf(stack))).not.toThrow();
  });

  test('role, an immutable one, where a key is used: the warning says what it must allow on the key', () => {
    const stack = testStack();
    new CleanRoomsMlProvider(stack, { role: iam.Role.fromRoleArn(stack, 'Mine', ARN, { mutable: false }) });
    testModel(stack, { encryptionKey: new kms.Key(stack, 'Key') });
    Annotations.fromStack(stack).hasWarning('/Retail/CleanRoomsMLProvider',
      Match.stringLikeRegexp('allows kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKey \\['));
  });

  test('logGroup', () => {
    const { handler, stack, provider, given, template } = made((scope) => ({ logGroup: new logs.LogGroup(scope, 'Mine') }));
    expect(handler()).toMatchObject({ LoggingConfig: { LogGroup: stack.resolve(given.logGroup!.logGroupName) } });
    template.resourceCountIs('AWS::Logs::LogGroup', 1);
    expect(provider.logGroup).toBe(given.logGroup);
  });

  test('logGroup and role: the role may write there', () => {
    const { stack } = made((scope) => ({
      role: lambdaRole(scope),
      logGroup: logs.LogGroup.fromLogGroupName(scope, 'Logs', 'ours'),
    }));
    expect(statementsOf(stack, 'Mine')).toContainEqual(
      { ...LOGGING, Resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:ours:*` });
  });

  test('environmentEncryption', () => {
    const { handler, stack } = made((scope) => ({ environmentEncryption: new kms.Key(scope, 'EnvironmentKey') }));
    const key = Object.keys(resourcesOf(stack)).find((id) => id.startsWith('EnvironmentKey'));
    expect(handler()).toMatchObject({ KmsKeyArn: { 'Fn::GetAtt': [key, 'Arn'] } });
    expect(() => depthsOf(resourcesOf(stack))).not.toThrow();
  });

  test('tracing', () => {
    const { handler, stack } = made(() => ({ tracing: lambda.Tracing.ACTIVE }));
    expect(handler()).toMatchObject({ TracingConfig: { Mode: 'Active' } });
    expect(statementsOf(stack, HANDLER_ROLE).map(({ Action }) => Action)).toContainEqual(['xray:PutTraceSegments', 'xray:PutTelemetryRecords']);
  });

  test('handler, stateMachine and logGroup are there for alarms and escape hatches', () => {
    const stack = testStack();
    const provider = new CleanRoomsMlProvider(stack);
    testDataset(stack);
    provider.handler.metricErrors({ period: Duration.minutes(5) }).createAlarm(stack, 'Errors', { threshold: 1, evaluationPeriods: 1 });
    provider.stateMachine.metricFailed().createAlarm(stack, 'FailedRequests', { threshold: 1, evaluationPeriods: 1 });
    new logs.MetricFilter(stack, 'Filter', {
      logGroup: provider.logGroup, filterPattern: logs.FilterPattern.literal('ERROR'), metricNamespace: 'n', metricName: 'm',
    });
    new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [[new cloudwatch.GraphWidget({ left: [provider.stateMachine.metricTimedOut()] })]] });
    (provider.handler.node.defaultChild as lambda.CfnFunction).memorySize = 512;
    (provider.logGroup.node.defaultChild as logs.CfnLogGroup).applyRemovalPolicy(RemovalPolicy.RETAIN);
    const template = Template.fromStack(stack);
    const alarm = (MetricName: string, Name: string, id: string) => (
      template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, Dimensions: [{ Name, Value: { Ref: id } }] }));
    alarm('Errors', 'FunctionName', HANDLER);
    alarm('ExecutionsFailed', 'StateMachineArn', STATE_MACHINE);
    template.hasResourceProperties('AWS::Logs::MetricFilter', { LogGroupName: { Ref: LOGS } });
    template.hasResourceProperties('AWS::Lambda::Function', { MemorySize: 512 });
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
  });
});

describe('nothing in a template waits for itself', () => {
  const provider = (stack: Stack) => stack.node.findChild('CleanRoomsMLProvider') as CleanRoomsMlProvider;
  const roles = (configured: ConfiguredAudienceModel, stack: Stack) => {
    const dataset = stack.node.findChild('Interactions') as ReturnType<typeof testDataset>;
    return [dataset.role, configured.outputRole];
  };
  /** A key whose policy names a role, as `grantDecrypt` does where the key does not trust the account's identities. */
  const nameInKeyPolicy = (key: kms.Key, named: iam.IRole[]) => {
    for (const role of named) {
      key.grantDecrypt(role);
      const principals = [new iam.ArnPrincipal(role.roleArn)];
      key.addToResourcePolicy(new iam.PolicyStatement({ principals, actions: ['kms:Decrypt'], resources: ['*'] }));
    }
  };

  test.each<[string, (stack: Stack) => void]>([
    ['by default', (stack) => testChain(stack)],
    ['with a resource policy', (stack) => addStatement(stack, testChain(stack))],
    ['with more permissions of the handler', (stack) => {
      testChain(stack);
      provider(stack).handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: ['*'] }));
      provider(stack).handler.role?.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['sns:Publish'], resources: ['*'] }));
    }],
    ['with permissions of the handler on the state machine', (stack) => {
      testChain(stack);
      provider(stack).stateMachine.grantRead(new iam.User(stack, 'User'));
    }],
    ['with tracing', (stack) => {
      new CleanRoomsMlProvider(stack, { tracing: lambda.Tracing.ACTIVE });
      testChain(stack);
    }],
    ['with a key of the model', (stack) => testChain(stack, { key: new kms.Key(stack, 'Key') })],
    ['with a key of the model whose policy names the roles', (stack) => {
      const key = new kms.Key(stack, 'Key');
      nameInKeyPolicy(key, roles(testChain(stack, { key }), stack));
    }],
    ['with a bucket encrypted with a key', (stack) => testChain(stack, { bucket: encryptedBucket(stack, new kms.Key(stack, 'Key')) })],
    ['with a bucket encrypted with a key whose policy names the roles', (stack) => {
      const key = new kms.Key(stack, 'Key');
      nameInKeyPolicy(key, roles(testChain(stack, { bucket: encryptedBucket(stack, key) }), stack));
    }],
    ['with the same key for the model, too', (stack) => {
      const key = new kms.Key(stack, 'Key');
      nameInKeyPolicy(key, roles(testChain(stack, { key, bucket: encryptedBucket(stack, key) }), stack));
    }],
    ['with the same key for the environment, too', (stack) => {
      const key = new kms.Key(stack, 'Key');
      new CleanRoomsMlProvider(stack, { environmentEncryption: key });
      nameInKeyPolicy(key, roles(testChain(stack, { key, bucket: encryptedBucket(stack, key) }), stack));
    }],
    ['with roles on another path', (stack) => {
      Aspects.of(stack).add({ visit: (node) => { if (iam.CfnRole.isCfnRole(node)) node.path = '/moved/'; } });
      testChain(stack);
    }],
  ])('%s', (_what, build) => {
    const stack = testStack();
    build(stack);
    expect(() => depthsOf(resourcesOf(stack))).not.toThrow();
    expect(ofType(resourcesOf(stack), 'Custom::').length).toBeGreaterThanOrEqual(4);
  });

  test('and a cycle would be found, in what refers and in DependsOn', () => {
    const type = { Type: 'T' };
    const [a, b] = [{ ...type, Properties: { x: [{ 'Fn::GetAtt': ['B', 'Arn'] }] } }, { ...type, DependsOn: 'C' }];
    expect(() => depthsOf({ A: a, B: b, C: { ...type, Properties: { y: { 'Fn::Sub': '${A}' } } } })).toThrow('a cycle: A -> B -> C -> A');
    expect(() => depthsOf({ A: a, B: b, C: { ...type, Properties: { y: { Ref: 'A' } } } })).toThrow('a cycle: A -> B -> C -> A');
    expect([...depthsOf({ A: a, B: b, C: type })]).toEqual([['C', 1], ['B', 2], ['A', 3]]);
  });
});

test('the role of the state machine is no part of what the handler may do', () => {
  const stack = testStack();
  testChain(stack);
  expect(resourcesOf(stack)[STATE_MACHINE].Properties).toMatchObject({ RoleArn: { 'Fn::GetAtt': [STATE_MACHINE_ROLE, 'Arn'] } });
  expect(resourcesOf(stack)[HANDLER_POLICY].Properties).toMatchObject({ Roles: [{ Ref: HANDLER_ROLE }] });
});
