import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Aspects, CfnResource, RemovalPolicies, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ConfiguredAudienceModel, ConfiguredAudienceModelPolicy, TrainingDataset } from '../src';
import {
  ACCOUNT, HANDLER_POLICY, HANDLER_ROLE, OTHER_ACCOUNT, REGION, ROLE_PATH, testBucket, testConfigured, testDataset,
  testImportedConfigured, testModel, testStack,
} from './fixtures';
import { Statement, statementsOf } from './machines';
import { depthsOf, resourcesOf } from './template-graph';

const DATASET_ROLE = 'InteractionsRole23085550';
const OUTPUT_ROLE = 'ConfiguredOutputRole5D583702';
const DATASET_POLICY = 'InteractionsRoleDefaultPolicy1A23BB94';
const OUTPUT_POLICY = 'ConfiguredOutputRoleDefaultPolicyD6C88643';
const BELOW_PATH = `arn:aws:iam::${ACCOUNT}:role${ROLE_PATH}*`;

interface Both {
  readonly dataset: TrainingDataset;
  readonly configured: ConfiguredAudienceModel;
}

/** A chain; the data and the output are encrypted with a key of the user's, and so is the model. */
function chainIn(stack: Stack, encryptionKey?: kms.IKey): Both {
  const bucket = testBucket(stack, { encryptionKey });
  const dataset = testDataset(stack, { source: { bucket } });
  const configured = testConfigured(stack, { audienceModel: testModel(stack, { trainingDataset: dataset, encryptionKey }), outputBucket: bucket });
  return { dataset, configured };
}

const passRole = (stack: Stack) => statementsOf(stack, HANDLER_ROLE).filter(({ Action }) => Action === 'iam:PassRole');
const passing = (Resource: unknown) => ({
  Effect: 'Allow', Action: 'iam:PassRole', Resource, Condition: { StringEquals: { 'iam:PassedToService': 'cleanrooms-ml.amazonaws.com' } },
});
const propertiesOf = (stack: Stack, id: string) => resourcesOf(stack)[id].Properties as Record<string, unknown>;
const identity = (stack: Stack) => propertiesOf(stack, 'InteractionsA486FAA2').RoleIdentity;

/** An aspect for all roles, as security teams have them. */
function onRoles(stack: Stack, change: (role: iam.CfnRole) => void): void {
  Aspects.of(stack).add({ visit: (node) => { if (iam.CfnRole.isCfnRole(node)) change(node); } });
}

describe('the roles that are created', () => {
  test('stand below the path of the stack, have no name, and may do what they are for', () => {
    const stack = testStack();
    chainIn(stack);
    const does = { [DATASET_ROLE]: 'Lets AWS Clean Rooms ML read training data', [OUTPUT_ROLE]: 'Lets AWS Clean Rooms ML write audiences' };
    for (const [id, Description] of Object.entries(does)) {
      expect(Object.keys(propertiesOf(stack, id)).sort()).toEqual(['AssumeRolePolicyDocument', 'Description', 'Path', 'Policies']);
      expect(propertiesOf(stack, id)).toMatchObject({ Path: '/cleanrooms-ml/us-east-1/Retail/', Description, Policies: [{ PolicyName: 'Access' }] });
    }
    expect([DATASET_POLICY, OUTPUT_POLICY].filter((id) => id in resourcesOf(stack))).toEqual([]);
  });

  test('are passed by path, whatever there is in the stack', () => {
    const stack = testStack();
    chainIn(stack);
    expect(passRole(stack)).toEqual([passing([BELOW_PATH])]);
  });

  test('are identified for a dataset by logical id and path, without a name', () => {
    const stack = testStack();
    chainIn(stack);
    expect(identity(stack)).toEqual({ LogicalId: DATASET_ROLE, Path: ROLE_PATH });
  });

  test('have no inline policy where a key is used, as the key, and what it encrypts, may name the role', () => {
    const stack = testStack();
    chainIn(stack, new kms.Key(stack, 'Key'));
    for (const id of [DATASET_ROLE, OUTPUT_ROLE]) expect(propertiesOf(stack, id)).not.toHaveProperty('Policies');
    expect(statementsOf(stack, DATASET_ROLE).at(-1)).toMatchObject({ Action: 'kms:Decrypt' });
    expect(statementsOf(stack, OUTPUT_ROLE).at(-1)).toMatchObject({ Action: ['kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'] });
  });
});

describe('a role that was given', () => {
  test('is passed by its ARN, in the one statement that also has those below the path', () => {
    const stack = testStack();
    const roles = ['reader', 'writer'].map((name) => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::${ACCOUNT}:role/${name}`));
    testDataset(stack, { role: roles[0] });
    testConfigured(stack, { outputRole: roles[1], outputBucket: stack.node.findChild('Bucket') as ReturnType<typeof testBucket> });
    expect(passRole(stack)).toEqual([passing([BELOW_PATH, ...roles.map(({ roleArn }) => roleArn)])]);
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['imported', (stack) => iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ACCOUNT}:role/mine`)],
    ['made', (stack) => new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') })],
    ['created for a dataset of another stack', (stack) => (
      testDataset(new Stack(stack.node.root as App, 'Other', { env: { account: ACCOUNT, region: REGION } })).role)],
  ])('has no identity beside its ARN: %s', (_how, role) => {
    const stack = testStack();
    testDataset(stack, { role: role(stack) });
    expect(propertiesOf(stack, 'InteractionsA486FAA2')).not.toHaveProperty('RoleIdentity');
  });

  test('that was created for another dataset of the same stack has the same identity', () => {
    const stack = testStack();
    const { role } = testDataset(stack);
    testDataset(new Construct(stack, 'Second'), { role });
    const datasets = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'Custom::CleanRoomsMLTrainingDataset');
    const identified = { RoleIdentity: { LogicalId: DATASET_ROLE, Path: ROLE_PATH } };
    expect(datasets.map(({ Properties }) => Properties)).toMatchObject([identified, identified]);
    expect(passRole(stack)).toEqual([passing([BELOW_PATH])]);
  });
});

describe('aspects and escape hatches', () => {
  test('that give roles a name keep them below the path: they are passed as before, and have another identity', () => {
    const stack = testStack();
    chainIn(stack);
    onRoles(stack, (role) => { role.roleName = `prefix-${role.node.path.replace(/\W/g, '-')}`; });
    expect(propertiesOf(stack, DATASET_ROLE)).toMatchObject({ RoleName: 'prefix-Retail-Interactions-Role-Resource', Path: ROLE_PATH });
    expect(passRole(stack)).toEqual([passing([BELOW_PATH])]);
    expect(identity(stack)).toEqual({ LogicalId: DATASET_ROLE, RoleName: 'prefix-Retail-Interactions-Role-Resource', Path: ROLE_PATH });
  });

  const dataset = (stack: Stack) => stack.node.findChild('Interactions') as TrainingDataset;
  const configured = (stack: Stack) => stack.node.findChild('Configured') as ConfiguredAudienceModel;
  const cfnRoles = (stack: Stack) => [dataset(stack).role, configured(stack).outputRole].map((role) => role.node.defaultChild as iam.CfnRole);

  test.each<[string, (stack: Stack) => void]>([
    ['an aspect', (stack) => onRoles(stack, (role) => { role.path = '/moved/'; })],
    ['a property', (stack) => cfnRoles(stack).forEach((role) => { role.path = '/moved/'; })],
    ['an override', (stack) => cfnRoles(stack).forEach((role) => role.addPropertyOverride('Path', '/moved/'))],
  ])('that move roles to another path have them passed by their ARNs, and identified by the new path: %s', (_how, move) => {
    const stack = testStack();
    chainIn(stack);
    move(stack);
    expect(propertiesOf(stack, DATASET_ROLE)).toMatchObject({ Path: '/moved/' });
    expect(passRole(stack)).toEqual([passing([BELOW_PATH, DATASET_ROLE, OUTPUT_ROLE])]);
    expect(JSON.stringify(propertiesOf(stack, HANDLER_POLICY))).toContain(`{"Fn::GetAtt":["${DATASET_ROLE}","Arn"]}`);
    expect(identity(stack)).toEqual({ LogicalId: DATASET_ROLE, Path: '/moved/' });
    expect(() => depthsOf(resourcesOf(stack))).not.toThrow();
  });

  test('that move one role, or take its path away, have that one passed by its ARN', () => {
    const stack = testStack();
    chainIn(stack);
    (configured(stack).outputRole.node.defaultChild as iam.CfnRole).addPropertyDeletionOverride('Path');
    expect(propertiesOf(stack, OUTPUT_ROLE)).not.toHaveProperty('Path');
    expect(passRole(stack)).toEqual([passing([BELOW_PATH, OUTPUT_ROLE])]);
    expect(identity(stack)).toEqual({ LogicalId: DATASET_ROLE, Path: ROLE_PATH });
  });

  test('that give a role another logical id give it another identity', () => {
    const stack = testStack();
    chainIn(stack);
    (dataset(stack).role.node.defaultChild as iam.CfnRole).overrideLogicalId('Moved');
    expect(identity(stack)).toEqual({ LogicalId: 'Moved', Path: ROLE_PATH });
    expect(passRole(stack)).toEqual([passing([BELOW_PATH])]);
  });

  test('that set a permissions boundary change nothing else', () => {
    const stack = testStack();
    chainIn(stack);
    const boundary = `arn:aws:iam::${ACCOUNT}:policy/boundary`;
    iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundary));
    for (const [, { Properties }] of Object.entries(resourcesOf(stack)).filter(([, { Type }]) => Type === 'AWS::IAM::Role')) {
      expect(Properties).toMatchObject({ PermissionsBoundary: boundary });
    }
    expect(passRole(stack)).toEqual([passing([BELOW_PATH])]);
    expect(identity(stack)).toEqual({ LogicalId: DATASET_ROLE, Path: ROLE_PATH });
  });
});

describe('what is retained keeps its role, and what the role may do', () => {
  const policies = (stack: Stack, ...ids: string[]) => ids.map((id) => {
    const { DeletionPolicy, UpdateReplacePolicy } = resourcesOf(stack)[id];
    return [DeletionPolicy, UpdateReplacePolicy];
  });
  const RETAINED = ['Retain', 'Retain'];

  test.each<[string, (stack: Stack, key?: kms.IKey) => void]>([
    ['removalPolicy', (stack, encryptionKey) => {
      const bucket = testBucket(stack, { encryptionKey });
      testDataset(stack, { source: { bucket }, removalPolicy: RemovalPolicy.RETAIN });
      testConfigured(stack, { outputBucket: bucket, removalPolicy: RemovalPolicy.RETAIN });
    }],
    ['applyRemovalPolicy', (stack, key) => {
      const { dataset, configured } = chainIn(stack, key);
      dataset.applyRemovalPolicy(RemovalPolicy.RETAIN);
      configured.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }],
    ['RemovalPolicies', (stack, key) => {
      const { dataset, configured } = chainIn(stack, key);
      for (const scope of [dataset, configured]) RemovalPolicies.of(scope).retain();
    }],
  ])('by %s', (_how, retain) => {
    const stack = testStack();
    retain(stack);
    const all = [RETAINED, RETAINED, RETAINED, RETAINED];
    expect(policies(stack, 'InteractionsA486FAA2', DATASET_ROLE, 'ConfiguredFA9B805B', OUTPUT_ROLE)).toEqual(all);
    const withKey = testStack();
    retain(withKey, new kms.Key(withKey, 'Key'));
    expect(policies(withKey, DATASET_ROLE, DATASET_POLICY, OUTPUT_ROLE, OUTPUT_POLICY)).toEqual(all);
  });

  test('and what is not, not', () => {
    const stack = testStack();
    chainIn(stack, new kms.Key(stack, 'Key'));
    const NOT = [undefined, undefined];
    expect(policies(stack, DATASET_ROLE, DATASET_POLICY, OUTPUT_ROLE, OUTPUT_POLICY)).toEqual([NOT, NOT, NOT, NOT]);
  });

  test('a policy that is said later replaces the one of the property, for the role too', () => {
    const stack = testStack();
    testDataset(stack, { removalPolicy: RemovalPolicy.RETAIN }).applyRemovalPolicy(RemovalPolicy.DESTROY);
    expect(policies(stack, 'InteractionsA486FAA2', DATASET_ROLE)).toEqual([['Delete', 'Delete'], ['Delete', 'Delete']]);
  });

  test('a role that was given is the user\'s to keep', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com') });
    testDataset(stack, { role, removalPolicy: RemovalPolicy.RETAIN });
    expect(policies(stack, stack.getLogicalId(role.node.defaultChild as CfnResource))).toEqual([[undefined, undefined]]);
  });
});

describe('Role.customizeRoles', () => {
  interface Reported {
    readonly roleConstructPath: string;
    readonly roleName: string;
    readonly managedPolicyArns: string[];
    readonly identityPolicyStatements: Statement[];
  }

  let outdir: string;
  beforeEach(() => { outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'roles-')); });
  afterEach(() => fs.rmSync(outdir, { recursive: true, force: true }));

  const PATHS = {
    handler: 'Retail/CleanRoomsMLProvider/Handler/ServiceRole',
    machine: 'Retail/CleanRoomsMLProvider/StateMachineRole',
    dataset: 'Retail/Interactions/Role',
    output: 'Retail/Configured/OutputRole',
  };
  const PRECREATED = Object.fromEntries(Object.entries(PATHS).map(([name, construct]) => [construct, `${name}-role`]));

  function stackWith(options?: iam.CustomizeRolesOptions): Stack {
    const stack = new Stack(new App({ outdir }), 'Retail', { env: { account: ACCOUNT, region: REGION } });
    iam.Role.customizeRoles(stack, options);
    return stack;
  }

  /** What the CDK reports of each role. */
  function report(stack: Stack): Record<string, Reported> {
    (stack.node.root as App).synth();
    const { roles } = JSON.parse(fs.readFileSync(path.join(outdir, 'iam-policy-report.json'), 'utf8')) as { roles: Reported[] };
    return Object.fromEntries(roles.map((role) => [role.roleConstructPath, role]));
  }

  const ofType = (stack: Stack, type: string) => Object.keys(Template.fromStack(stack).findResources(type));

  /** All actions that the template of a stack whose roles nobody customizes allows a role. */
  const allActions = (statements: Statement[]) => [...new Set(statements.flatMap(({ Action }) => Action as string))].sort();
  function usual(role: string): string[] {
    const stack = testStack();
    chainIn(stack, new kms.Key(stack, 'Key'));
    return allActions(statementsOf(stack, role));
  }

  test('writes no role and no policy', () => {
    const stack = stackWith({ usePrecreatedRoles: PRECREATED });
    chainIn(stack, new kms.Key(stack, 'Key'));
    expect([ofType(stack, 'AWS::IAM::Role'), ofType(stack, 'AWS::IAM::Policy')]).toEqual([[], []]);
    expect(propertiesOf(stack, 'InteractionsA486FAA2')).toMatchObject({
      RoleArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${ACCOUNT}:role/dataset-role`]] },
    });
    expect(propertiesOf(stack, 'InteractionsA486FAA2')).not.toHaveProperty('RoleIdentity');
  });

  test.each<[string, iam.CustomizeRolesOptions, string[]]>([
    // What the user has made is looked at before a training begins.
    ['roles of the user\'s', { usePrecreatedRoles: PRECREATED }, ['iam:GetRole']],
    ['a report only', { preventSynthesis: false }, []],
  ])('reports every permission: with %s', (_how, options, more) => {
    const stack = stackWith(options);
    chainIn(stack, new kms.Key(stack, 'Key'));
    expect(ofType(stack, 'AWS::IAM::Policy')).toEqual([]);
    const reported = report(stack);
    expect(Object.keys(reported).sort()).toEqual(Object.values(PATHS).sort());
    const statements = (of: string) => reported[of].identityPolicyStatements;
    expect(allActions(statements(PATHS.handler))).toEqual([...usual(HANDLER_ROLE), ...more].sort());
    expect(allActions(statements(PATHS.handler))).toEqual(expect.arrayContaining(['iam:PassRole', 'kms:CreateGrant', 'states:StartExecution']));
    expect(allActions(statements(PATHS.dataset))).toEqual(usual(DATASET_ROLE));
    expect(allActions(statements(PATHS.output))).toEqual(usual(OUTPUT_ROLE));
    expect(allActions(statements(PATHS.machine))).toEqual(['lambda:InvokeFunction']);
    expect(reported[PATHS.handler].managedPolicyArns).toEqual(['arn:(PARTITION):iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']);
  });

  test('reports which roles are passed, those of the user\'s by their ARNs, and which keys are used', () => {
    const stack = stackWith({ usePrecreatedRoles: PRECREATED });
    chainIn(stack, new kms.Key(stack, 'Key'));
    const { identityPolicyStatements: statements } = report(stack)[PATHS.handler];
    const resources = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action)).flatMap(({ Resource }) => Resource);
    expect(resources('iam:PassRole')).toEqual([
      `arn:(PARTITION):iam::${ACCOUNT}:role${ROLE_PATH}*`,
      `arn:(PARTITION):iam::${ACCOUNT}:role/dataset-role`,
      `arn:(PARTITION):iam::${ACCOUNT}:role/output-role`,
    ]);
    expect(resources('iam:GetRole')).toEqual([`arn:(PARTITION):iam::${ACCOUNT}:role/output-role`]);
    expect(resources('kms:CreateGrant')).toEqual(['(Retail/Key/Resource.Arn)']);
    expect(resources('kms:DescribeKey')).toEqual(['(Retail/Key/Resource.Arn)']);
  });

  test('reports each of several keys', () => {
    const stack = stackWith({ usePrecreatedRoles: PRECREATED });
    for (const id of ['One', 'Two']) testModel(new Construct(stack, `Scope${id}`), { encryptionKey: new kms.Key(stack, id) });
    const statements = report(stack)[PATHS.handler].identityPolicyStatements.filter(({ Action }) => Action === 'kms:DescribeKey');
    expect(statements.map(({ Resource }) => Resource)).toEqual(['(Retail/One/Resource.Arn)', '(Retail/Two/Resource.Arn)']);
  });

  test('reports the path whose roles are passed where roles are made, and no text that nobody can read', () => {
    const stack = stackWith({ preventSynthesis: false });
    chainIn(stack);
    const statements = report(stack)[PATHS.handler].identityPolicyStatements.filter(({ Action }) => Action === 'iam:PassRole');
    expect(statements).toEqual([passing(`arn:(PARTITION):iam::${ACCOUNT}:role${ROLE_PATH}*`)]);
  });

  test('reports what a resource policy of an imported model needs', () => {
    const stack = stackWith({ usePrecreatedRoles: PRECREATED });
    new ConfiguredAudienceModelPolicy(stack, 'Policy', {
      configuredAudienceModel: testImportedConfigured(stack),
      document: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({
          principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)], actions: ['cleanrooms-ml:StartAudienceGenerationJob'], resources: ['*'],
        })],
      }),
    });
    expect(ofType(stack, 'AWS::IAM::Policy')).toEqual([]);
    expect(report(stack)[PATHS.handler].identityPolicyStatements).toContainEqual(expect.objectContaining({
      Action: ['cleanrooms-ml:DeleteConfiguredAudienceModelPolicy', 'cleanrooms-ml:PutConfiguredAudienceModelPolicy'],
      Resource: `arn:(PARTITION):cleanrooms-ml:${REGION}:${ACCOUNT}:configured-audience-model/*`,
    }));
  });

  test('a removal policy breaks nothing', () => {
    const stack = stackWith({ usePrecreatedRoles: PRECREATED });
    testDataset(stack, { removalPolicy: RemovalPolicy.RETAIN });
    testConfigured(stack, { removalPolicy: RemovalPolicy.RETAIN, outputBucket: stack.node.findChild('Bucket') as ReturnType<typeof testBucket> });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
