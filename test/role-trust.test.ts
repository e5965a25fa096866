import { Annotations as CdkAnnotations, App, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { AudienceGeneration, AudienceSize, LookalikeAudience, SeedAudience } from '../src';
import { ACCOUNT, testBucket, testConfigured, testDataset, testImportedConfigured, testStack } from './fixtures';

const SERVICE = new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com');
const OTHER = new iam.ServicePrincipal('glue.amazonaws.com');
const ID = 'roleNotAssumable';
const FOR = 'training-dataset|configured-audience-model|audience-generation-job';

function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(ID)).map(({ entry }) => String(entry.data));
}

const USERS: [string, string, string, (stack: Stack, role: iam.IRole) => unknown][] = [
  ['TrainingDataset', '/Retail/Interactions', 'role', (stack, role) => testDataset(stack, { role })],
  ['ConfiguredAudienceModel', '/Retail/Configured', 'outputRole', (stack, outputRole) => testConfigured(stack, { outputRole })],
  ['AudienceGeneration', '/Retail/Generate', 'seedRole', (stack, seedRole) => new sfn.StateMachine(stack, 'Machine', {
    definitionBody: sfn.DefinitionBody.fromChainable(new AudienceGeneration(stack, 'Generate', {
      configuredAudienceModel: testImportedConfigured(stack),
      seedAudience: SeedAudience.fromS3(testBucket(stack), 'seed'),
      seedRole,
    })),
  })],
  ['LookalikeAudience', '/Retail/Audience', 'seedRole', (stack, seedRole) => new LookalikeAudience(stack, 'Audience', {
    configuredAudienceModel: testImportedConfigured(stack),
    seedAudience: SeedAudience.fromS3(testBucket(stack), 'seed'),
    sizes: [AudienceSize.percentage(5)],
    seedRole,
  })],
];

describe.each(USERS)('%s', (_name, path, property, use) => {
  test('warns of a role of this app that the service may not assume', () => {
    const stack = testStack();
    use(stack, new iam.Role(stack, 'Mine', { assumedBy: OTHER }));
    Annotations.fromStack(stack).hasWarning(path, Match.stringLikeRegexp(
      `^${property}: the role 'Retail/Mine' does not let cleanrooms-ml.amazonaws.com assume it.*\\[ack: cdk-cleanrooms-ml:${ID}\\]`));
  });

  test('does not warn of one that it may', () => {
    const stack = testStack();
    use(stack, new iam.Role(stack, 'Mine', { assumedBy: SERVICE }));
    expect(warnings(stack)).toEqual([]);
  });

  test('warns of one that is created for something else', () => {
    const stack = testStack();
    const other = new Stack(stack.node.root as App, 'Other', { env: { account: stack.account, region: stack.region } });
    use(stack, path.endsWith('Configured') ? testDataset(other).role : testConfigured(other).outputRole);
    expect(warnings(stack)).toEqual([expect.stringMatching(
      new RegExp(`^${property}: the role 'Other/\\w+/\\w+' does not let cleanrooms-ml.amazonaws.com assume it for resources of the type (${FOR}), so`))]);
  });
});

/** A role whose trust is written by hand. */
function byHand(stack: Stack, Statement: unknown): iam.IRole {
  const role = new iam.Role(stack, 'Mine', { assumedBy: OTHER });
  (role.node.defaultChild as iam.CfnRole).assumeRolePolicyDocument = { Statement };
  return role;
}

const LETTING = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'cleanrooms-ml.amazonaws.com' } };

test.each<[string, (stack: Stack) => iam.IRole]>([
  ['with one statement for a list', (stack) => byHand(stack, LETTING)],
  ['that lets it do what only deployment knows', (stack) => byHand(stack, [{ ...LETTING, Action: Fn.ref('Action') }])],
  ['that lets whom only deployment knows', (stack) => byHand(stack, [{ ...LETTING, Principal: { Service: Fn.ref('Service') } }])],
  ['that lets it do all of STS', (stack) => byHand(stack, [{ ...LETTING, Action: 'sts:*' }])],
  ['that lets it do everything', (stack) => byHand(stack, [{ ...LETTING, Action: '*' }])],
  ['that is created for the same', (stack) => testConfigured(stack).outputRole],
  ['that lets several assume it', (stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.CompositePrincipal(OTHER, SERVICE) })],
  ['that lets it under conditions', (stack) => new iam.Role(stack, 'Mine', {
    assumedBy: SERVICE.withConditions({ StringEquals: { 'aws:SourceAccount': ACCOUNT } }),
  })],
  ['that lets everybody', (stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.StarPrincipal() })],
  ['that lets any principal', (stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.AnyPrincipal() })],
  ['whose template is another one', (stack) => {
    const role = new iam.Role(stack, 'Mine', { assumedBy: OTHER });
    (role.node.defaultChild as iam.CfnRole).addPropertyOverride('AssumeRolePolicyDocument.Statement.0.Principal.Service', 'cleanrooms-ml.amazonaws.com');
    return role;
  }],
  ['that is imported', (stack) => iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ACCOUNT}:role/mine`)],
  ['that is looked up by its name', (stack) => iam.Role.fromRoleName(stack, 'Mine', 'mine')],
])('nothing is said of a role %s', (_name, roleIn) => {
  const stack = testStack();
  const outputRole = roleIn(stack);
  testConfigured(new Stack(stack.node.root as App, 'Other', { env: { account: stack.account, region: stack.region } }), { outputRole });
  expect([stack, stack.node.root.node.findChild('Other') as Stack].flatMap(warnings)).toEqual([]);
});

test('what is added to the trust of a role later counts', () => {
  const stack = testStack();
  const role = new iam.Role(stack, 'Mine', { assumedBy: OTHER });
  testDataset(stack, { role });
  role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [SERVICE] }));
  expect(warnings(stack)).toEqual([]);
});

test.each<[string, iam.PolicyStatement]>([
  ['denied', new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['sts:AssumeRole'], principals: [SERVICE] })],
  ['of the account', new iam.PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new iam.AccountRootPrincipal()] })],
  ['allowed to do something else', new iam.PolicyStatement({ actions: ['sts:TagSession'], principals: [SERVICE] })],
])('a service that is only %s may not assume a role', (_name, statement) => {
  const stack = testStack();
  const role = new iam.Role(stack, 'Mine', { assumedBy: OTHER });
  role.assumeRolePolicy!.addStatements(statement);
  testDataset(stack, { role });
  expect(warnings(stack)).toHaveLength(1);
});

test('the warning can be acknowledged', () => {
  const stack = testStack();
  testDataset(stack, { role: new iam.Role(stack, 'Mine', { assumedBy: OTHER }) });
  // Of the stack: some versions of the CDK do not ask the construct itself for a warning that comes late.
  CdkAnnotations.of(stack).acknowledgeWarning(`cdk-cleanrooms-ml:${ID}`);
  expect(warnings(stack)).toEqual([]);
});
