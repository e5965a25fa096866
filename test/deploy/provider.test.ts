import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Assembly } from './assembly';
import { retail } from './retail';
import { NOTHING, World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { CleanRoomsMlProvider, CleanRoomsMlProviderProps } from '../../src';

/* A provider as the user wants it: what Lambda itself does as the function's role must be allowed when the function is made. */

const functions = new InProcessFunctions();
let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

/** One of everything, with a provider of the user's. */
async function chain(props: (stack: Stack) => CleanRoomsMlProviderProps): Promise<Assembly> {
  return world.synthesize((stack) => {
    new CleanRoomsMlProvider(stack, props(stack));
    retail(stack, {});
  });
}

async function expectLife(assembly: Assembly): Promise<void> {
  expect(world.reasons(await world.deployTemplate(assembly))).toBe('');
  expect(world.reasons(await world.delete())).toBe('');
  expect(world.held()).toEqual(NOTHING);
  expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
}

/** Of the template, as it is deployed. */
function handlerIn({ template }: Assembly): Record<string, unknown> {
  const handlers = Object.entries(template.Resources).filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith('CleanRoomsMLProvider'));
  expect(handlers).toHaveLength(1);
  return handlers[0][1].Properties!;
}

const vpcIn = (stack: Stack) => ({
  vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] }),
  securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-1')],
});
const roleIn = (stack: Stack, managedPolicies: string[] = []) => new iam.Role(stack, 'Role', {
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  managedPolicies: managedPolicies.map((name) => iam.ManagedPolicy.fromAwsManagedPolicyName(`service-role/${name}`)),
});
const logGroupIn = (stack: Stack) => new logs.LogGroup(stack, 'Logs', { logGroupName: 'mine' });

describe('a chain lives and goes with a provider', () => {
  test('that is traced', async () => {
    const assembly = await chain(() => ({ tracing: lambda.Tracing.ACTIVE }));
    expect(handlerIn(assembly)).toMatchObject({ TracingConfig: { Mode: 'Active' } });
    await expectLife(assembly);
  });

  test('that is traced, as a role of the user\'s', async () => {
    await expectLife(await chain((stack) => ({ tracing: lambda.Tracing.ACTIVE, role: roleIn(stack) })));
  });

  test('that is in a VPC', async () => {
    const assembly = await chain(vpcIn);
    expect(handlerIn(assembly)).toMatchObject({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } });
    await expectLife(assembly);
  });

  test('that is in a VPC, as a role that the user made for one', async () => {
    await expectLife(await chain((stack) => ({ ...vpcIn(stack), role: roleIn(stack, ['AWSLambdaVPCAccessExecutionRole']) })));
  });

  test('whose environment has a key of its own', async () => {
    const assembly = await chain((stack) => ({ environmentEncryption: new kms.Key(stack, 'Key') }));
    expect(handlerIn(assembly)).toHaveProperty('KmsKeyArn');
    await expectLife(assembly);
  });
});

describe('the log of a provider', () => {
  const written = () => world.logs().includes('Custom::CleanRoomsMLAudienceModel');

  test('is written by a role of its own', async () => {
    await expectLife(await chain((stack) => ({ logGroup: logGroupIn(stack) })));
    expect(written()).toBe(true);
  });

  test('is written by a role of the stack, which may do nothing else of its own', async () => {
    await expectLife(await chain((stack) => ({ role: roleIn(stack), logGroup: logGroupIn(stack) })));
    expect(written()).toBe(true);
  });

  test('is written by a role from elsewhere', async () => {
    const { arn } = world.aws.iam.createRole({
      roleName: 'elsewhere',
      assumeRolePolicyDocument: {
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      },
    });
    await expectLife(await chain((stack) => ({ role: iam.Role.fromRoleArn(stack, 'Role', arn), logGroup: logGroupIn(stack) })));
    expect(written()).toBe(true);
  });
});

describe('a role of the user\'s that may not do what the provider needs is refused', () => {
  const refusal = async (props: (stack: Stack) => CleanRoomsMlProviderProps) => world.reasons(await world.deployTemplate(await chain(props)));

  test('in a VPC', async () => {
    expect(await refusal((stack) => ({ ...vpcIn(stack), role: roleIn(stack) })))
      .toContain('The provided execution role does not have permissions to call CreateNetworkInterface on EC2');
  });

  test('where it is traced', async () => {
    const fixed = (stack: Stack) => roleIn(stack).withoutPolicyUpdates();
    expect(await refusal((stack) => ({ tracing: lambda.Tracing.ACTIVE, role: fixed(stack) })))
      .toContain('The provided execution role does not have permissions to call PutTraceSegments on XRAY');
  });
});
