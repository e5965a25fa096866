import { App, Aws, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  ACCOUNT, COLLABORATION_ID, CONFIGURED_AUDIENCE_MODEL_ARN, HANDLER_POLICY, OTHER_ACCOUNT, REGION, stableTemplate, testConfigured, testStack,
} from './fixtures';
import { mergePolicy, statementsOf } from '../lambda/policy-document';
import { ConfiguredAudienceModel, ConfiguredAudienceModelPolicy } from '../src';
import { sidPrefix } from '../src/private/contract';

const TYPE = 'Custom::CleanRoomsMLConfiguredAudienceModelPolicy';

function statement(resource = CONFIGURED_AUDIENCE_MODEL_ARN): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)],
    actions: ['cleanrooms-ml:StartAudienceGenerationJob'],
    resources: [resource],
  });
}

function testPolicy(stack: Stack, document?: iam.PolicyDocument): ConfiguredAudienceModelPolicy {
  return new ConfiguredAudienceModelPolicy(stack, 'Policy', {
    configuredAudienceModel: ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Configured', CONFIGURED_AUDIENCE_MODEL_ARN),
    document,
  });
}

test('the template is as it was', () => {
  const stack = testStack();
  testConfigured(stack).addToResourcePolicy(statement());
  expect(stableTemplate(stack)).toMatchSnapshot();
});

test('a policy has the document as text', () => {
  const stack = testStack();
  testPolicy(stack, new iam.PolicyDocument({
    statements: [new iam.PolicyStatement({
      principals: [new iam.ArnPrincipal(`arn:aws:iam::${OTHER_ACCOUNT}:role/r`)],
      actions: ['cleanrooms-ml:StartAudienceGenerationJob'],
      resources: [CONFIGURED_AUDIENCE_MODEL_ARN],
    })],
  }));
  Template.fromStack(stack).hasResource(TYPE, {
    Properties: {
      ConfiguredAudienceModelArn: CONFIGURED_AUDIENCE_MODEL_ARN,
      PolicyDocument: Match.serializedJson({
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${OTHER_ACCOUNT}:role/r` },
          Action: 'cleanrooms-ml:StartAudienceGenerationJob',
          Resource: CONFIGURED_AUDIENCE_MODEL_ARN,
        }],
      }),
      Tags: Match.absent(),
    },
    DependsOn: [HANDLER_POLICY, Match.stringLikeRegexp('^PolicyPermissions')],
    DeletionPolicy: 'Delete',
  });
});

test('statements can be added until synthesis', () => {
  const stack = testStack();
  const policy = testPolicy(stack);
  policy.document.addStatements(statement());
  Template.fromStack(stack).resourceCountIs(TYPE, 1);
});

describe('addToResourcePolicy', () => {
  test('makes no policy before it is called', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    expect(configured.policy).toBeUndefined();
    Template.fromStack(stack).resourceCountIs(TYPE, 0);
  });

  test('makes one policy, whoever calls it how often', () => {
    const stack = testStack();
    const configured = testConfigured(stack);
    const first = configured.addToResourcePolicy(statement());
    const second = configured.addToResourcePolicy(statement('*'));
    expect(first).toEqual({ statementAdded: true, policyDependable: configured.policy });
    expect(second.policyDependable).toBe(first.policyDependable);
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });
});

test('a removal policy is applied', () => {
  const stack = testStack();
  new ConfiguredAudienceModelPolicy(stack, 'Policy', {
    configuredAudienceModel: testConfigured(stack),
    document: new iam.PolicyDocument({ statements: [statement()] }),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Template.fromStack(stack).hasResource(TYPE, { DeletionPolicy: 'Retain' });
});

describe('synthesis fails', () => {
  test('without a statement', () => {
    const stack = testStack();
    testPolicy(stack);
    expect(() => Template.fromStack(stack)).toThrow(/\[Retail\/Policy\] document: the policy document must have at least one statement/);
  });

  test('with a statement without a principal', () => {
    const stack = testStack();
    testPolicy(stack, new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['a:b'], resources: ['*'] })] }));
    expect(() => Template.fromStack(stack)).toThrow(/must specify at least one IAM principal/);
  });

  test('with a statement without resources, which is named', () => {
    const stack = testStack();
    const principals = [new iam.AccountPrincipal(OTHER_ACCOUNT)];
    const without = new iam.PolicyStatement({ principals, actions: ['cleanrooms-ml:StartAudienceGenerationJob'] });
    testPolicy(stack, new iam.PolicyDocument({ statements: [statement(), without] }));
    expect(() => Template.fromStack(stack)).toThrow(/\[Retail\/Policy\] document: statement 2 has no resources; give it the ARN/);
  });

  const PREFIX = sidPrefix('0123456789abcdef');

  /** A document that has a length once the handler has written its Sids into it. */
  const ofLength = (length: number, statements = 1) => {
    const withResource = (resource: string) => new iam.PolicyDocument({
      statements: Array.from({ length: statements }, (_, index) => new iam.PolicyStatement({
        sid: index === 0 ? 'TheUsersOwn' : undefined,
        actions: ['a:b'],
        principals: [new iam.ArnPrincipal('p')],
        resources: [index === 0 ? resource : 'r'],
      })),
    });
    return withResource('x'.repeat(length - written(withResource('')).length));
  };
  const written = (document: iam.PolicyDocument) => mergePolicy(undefined, PREFIX, statementsOf(JSON.stringify(testStack().resolve(document)), PREFIX)) ?? '';

  test.each([1, 12])('with 20,481 characters, not with 20,480, as the handler writes %d statements', (statements) => {
    const fitting = testStack();
    testPolicy(fitting, ofLength(20_480, statements));
    expect(written(ofLength(20_480, statements))).toHaveLength(20_480);
    expect(() => Template.fromStack(fitting)).not.toThrow();
    const stack = testStack();
    testPolicy(stack, ofLength(20_481, statements));
    expect(() => Template.fromStack(stack)).toThrow(/at most 20480 characters but has 20481; name fewer principals/);
  });

  test('not because of tokens, whose length nobody knows', () => {
    const stack = testStack();
    const document = ofLength(20_200);
    document.addStatements(statement(Token.asString({ 'Fn::GetAtt': ['X'.repeat(500), 'Arn'] })));
    expect(JSON.stringify(stack.resolve(document)).length).toBeGreaterThan(20_480);
    testPolicy(stack, document);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('because of the literal parts between tokens', () => {
    const stack = testStack();
    testPolicy(stack, new iam.PolicyDocument({ statements: [statement(`${Aws.PARTITION}${'x'.repeat(20_480)}`)] }));
    expect(() => Template.fromStack(stack)).toThrow(/at most 20480 characters/);
  });
});

test('a configured audience model of another account or Region is refused', () => {
  const stack = testStack();
  const configuredAudienceModel = ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Configured',
    CONFIGURED_AUDIENCE_MODEL_ARN.replace(ACCOUNT, OTHER_ACCOUNT).replace(REGION, 'eu-west-1'));
  expect(() => new ConfiguredAudienceModelPolicy(stack, 'Policy', { configuredAudienceModel }))
    .toThrow(/configuredAudienceModel.account: .*\n.*configuredAudienceModel.region: /);
});

test('isConfiguredAudienceModelPolicy knows its own', () => {
  const stack = new Stack(new App(), 'Retail');
  expect(ConfiguredAudienceModelPolicy.isConfiguredAudienceModelPolicy(testPolicy(stack))).toBe(true);
  expect(ConfiguredAudienceModelPolicy.isConfiguredAudienceModelPolicy(stack)).toBe(false);
});

describe('there is a warning of', () => {
  const unusual = (props: iam.PolicyStatementProps) => {
    const stack = testStack();
    testPolicy(stack, new iam.PolicyDocument({ statements: [statement(), new iam.PolicyStatement(props)] }));
    return Annotations.fromStack(stack).findWarning('/Retail/Policy', Match.stringLikeRegexp('unusualResourcePolicy')).map(({ entry }) => String(entry.data));
  };
  const usual = { actions: ['cleanrooms-ml:StartAudienceGenerationJob'], resources: [CONFIGURED_AUDIENCE_MODEL_ARN], principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)] };

  test.each<[string, iam.PolicyStatementProps, string]>([
    ['a typo', { ...usual, actions: ['cleanrooms-ml:StartAudienceGenerationJobb'] }, 'the action "cleanrooms-ml:StartAudienceGenerationJobb"'],
    ['a wildcard', { ...usual, actions: ['cleanrooms-ml:*'] }, 'the action "cleanrooms-ml:*"'],
    ['all but an action', { ...usual, actions: undefined, notActions: ['cleanrooms-ml:TagResource'] }, 'NotAction'],
    ['all resources', { ...usual, resources: ['*'] }, 'the resource "*"'],
    ['all but a resource', { ...usual, resources: undefined, notResources: ['x'] }, 'NotResource'],
    ['an organization', { ...usual, principals: [new iam.OrganizationPrincipal('o-1234567890')] }, 'the principal "*"'],
    ['anybody', { ...usual, principals: [new iam.StarPrincipal()] }, 'the principal "*"'],
    ['a service', { ...usual, principals: [new iam.ServicePrincipal('cleanrooms.amazonaws.com')] }, 'a principal of the kind Service'],
    ['all but a principal', { ...usual, principals: undefined, notPrincipals: [new iam.AccountPrincipal(ACCOUNT)] }, 'NotPrincipal'],
  ])('%s', (_, props, part) => {
    const [warning] = unusual(props);
    expect(warning).toContain(`document: statement 2 has ${part}; the guide of AWS Clean Rooms ML grants`);
    expect(warning).toContain('[ack: cdk-cleanrooms-ml:unusualResourcePolicy]');
  });

  test.each<[string, iam.PolicyStatementProps]>([
    ['the action in capitals', { ...usual, actions: ['CLEANROOMS-ML:STARTAUDIENCEGENERATIONJOB'] }],
    ['a user and a role', { ...usual, principals: [new iam.ArnPrincipal(`arn:aws:iam::${OTHER_ACCOUNT}:user/u`), new iam.ArnPrincipal(`arn:aws:iam::${OTHER_ACCOUNT}:role/r`)] }],
    ['what only the deployment knows', { ...usual, actions: [Token.asString({ Ref: 'Action' })], resources: [Token.asString({ Ref: 'Resource' })] }],
  ])('not of %s', (_, props) => {
    expect(unusual(props)).toEqual([]);
  });

  test('nothing that a grant writes', () => {
    const stack = testStack();
    testConfigured(stack).grants.startAudienceGenerationJob(new iam.AccountPrincipal(OTHER_ACCOUNT), { collaborationId: COLLABORATION_ID });
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('unusualResourcePolicy'));
  });
});
