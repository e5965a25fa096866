import { App, Aws, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ConfiguredAudienceModel } from '../src';
import { ACCOUNT, COLLABORATION_ID, CONFIGURED_AUDIENCE_MODEL_ARN, OTHER_ACCOUNT, REGION, testConfigured, testStack } from './fixtures';

const POLICY = 'Custom::CleanRoomsMLConfiguredAudienceModelPolicy';
const ACTION = 'cleanrooms-ml:StartAudienceGenerationJob';
const options = { collaborationId: COLLABORATION_ID };
const CONDITION = { StringEquals: { 'cleanrooms-ml:CollaborationId': COLLABORATION_ID } };
const arn = (text: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, text]] });
const jobs = (account: string) => arn(`:cleanrooms-ml:${REGION}:${account}:audience-generation-job/*`);
const MODEL = { 'Fn::GetAtt': ['ConfiguredFA9B805B', 'ConfiguredAudienceModelArn'] };
const LIST_MEMBERS = {
  Effect: 'Allow',
  Action: 'cleanrooms:ListMembers',
  Resource: arn(`:cleanrooms:${REGION}:*:collaboration/${COLLABORATION_ID}`),
  Condition: { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cleanrooms-ml.amazonaws.com' } },
};

/** The statements of the resource policy, intrinsic functions resolved. */
function resourceStatements(stack: Stack, configured: ConfiguredAudienceModel): unknown {
  return stack.resolve(configured.policy?.document) as { Statement: unknown };
}

describe('startAudienceGenerationJob', () => {
  test('in the same account is a matter of the identity policy', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    const role = new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() });
    configured.grants.startAudienceGenerationJob(role, options).assertSuccess();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [stack.resolve(role.roleName)],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: ACTION, Resource: [MODEL, jobs(ACCOUNT)], Condition: CONDITION },
          LIST_MEMBERS,
        ],
      },
    });
    template.resourceCountIs(POLICY, 0);
  });

  test('in the same account needs no known account', () => {
    const stack = new Stack(new App(), 'Retail');
    const configured = testConfigured(stack);
    configured.grants.startAudienceGenerationJob(new iam.User(stack, 'Caller'), options).assertSuccess();
    expect(configured.policy).toBeUndefined();
  });

  test('across accounts is a matter of the resource policy, which names the model, the owner\'s jobs and the collaboration', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    configured.grants.startAudienceGenerationJob(new iam.AccountPrincipal(OTHER_ACCOUNT), options).assertSuccess();
    expect(resourceStatements(stack, configured)).toEqual({
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow',
        Principal: { AWS: arn(`:iam::${OTHER_ACCOUNT}:root`) },
        Action: ACTION,
        Resource: [MODEL, jobs(ACCOUNT)],
        Condition: CONDITION,
      }],
    });
    Template.fromStack(stack).resourceCountIs(POLICY, 1);
  });

  test('to an imported role of another account allows it on the resource', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    const roleArn = `arn:aws:iam::${OTHER_ACCOUNT}:role/caller`;
    configured.grants.startAudienceGenerationJob(iam.Role.fromRoleArn(stack, 'Caller', roleArn), options).assertSuccess();
    expect(resourceStatements(stack, configured)).toMatchObject({ Statement: [{ Principal: { AWS: roleArn }, Condition: CONDITION }] });
  });

  test('to a role of another account gives it its own jobs as well', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { account: ACCOUNT, region: REGION } });
    const caller = new Stack(app, 'Caller', { env: { account: OTHER_ACCOUNT, region: REGION } });
    const role = new iam.Role(caller, 'Role', { assumedBy: new iam.AccountRootPrincipal(), roleName: 'caller' });
    const imported = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(owner, 'Imported', CONFIGURED_AUDIENCE_MODEL_ARN);
    imported.grants.startAudienceGenerationJob(role, options);
    Template.fromStack(caller).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: 'Allow', Action: ACTION, Resource: [CONFIGURED_AUDIENCE_MODEL_ARN, jobs(ACCOUNT), jobs(OTHER_ACCOUNT)], Condition: CONDITION },
        ]),
      },
    });
  });

  test('to an imported role of the same account adds to its policy', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    const role = iam.Role.fromRoleArn(stack, 'Caller', `arn:aws:iam::${ACCOUNT}:role/caller`);
    configured.grants.startAudienceGenerationJob(role, options).assertSuccess();
    expect(configured.policy).toBeUndefined();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { Roles: ['caller'] });
  });

  test('to a service allows it on the resource', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    configured.grants.startAudienceGenerationJob(new iam.ServicePrincipal('states.amazonaws.com'), options).assertSuccess();
    expect(resourceStatements(stack, configured)).toMatchObject({ Statement: [{ Principal: { Service: 'states.amazonaws.com' } }] });
  });

  test('takes a token for the collaboration', () => {
    const stack = testStack();
    expect(() => testConfigured(stack).grants.startAudienceGenerationJob(new iam.User(stack, 'U'), { collaborationId: Aws.NO_VALUE })).not.toThrow();
  });

  test('refuses a collaboration that only an execution knows', () => {
    const stack = testStack();
    const collaborationId = sfn.JsonPath.stringAt('$.collaboration');
    expect(() => testConfigured(stack).grants.startAudienceGenerationJob(new iam.User(stack, 'U'), { collaborationId }))
      .toThrow('collaborationId: got "<path:$.collaboration>"; it must be known at synthesis; a policy names it; give the id itself');
  });

  test('refuses a collaboration that is not a UUID', () => {
    const stack = testStack();
    expect(() => testConfigured(stack).grants.startAudienceGenerationJob(new iam.User(stack, 'U'), { collaborationId: 'mine' }))
      .toThrow(/invalid ConfiguredAudienceModel at 'Retail\/Configured':\n {2}- collaborationId: got "mine"; it must have 36 characters/);
  });
});

test('read allows to read the model, its policy and its tags', () => {
  const stack = testStack();
  const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  testConfigured(stack).grants.read(reader).assertSuccess();
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    Roles: [stack.resolve(reader.roleName)],
    PolicyDocument: {
      Statement: [{
        Effect: 'Allow',
        Action: [
          'cleanrooms-ml:GetConfiguredAudienceModel',
          'cleanrooms-ml:GetConfiguredAudienceModelPolicy',
          'cleanrooms-ml:ListTagsForResource',
        ],
        Resource: MODEL,
      }],
    },
  });
});
