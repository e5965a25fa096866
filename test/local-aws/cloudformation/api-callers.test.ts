import { byName, customs, ROOT, World } from './world';
import { Principal } from '../../../local-aws/aws';
import { CloudFormationApi } from '../../../local-aws/cloudformation/api';

/* Who asks for an operation, who the stack acts as, and what IAM is asked about it. */

const ROLE = 'arn:aws:iam::111122223333:role/exec';
const OTHER: Principal = { arn: 'arn:aws:iam::111122223333:user/other', accountId: '111122223333' };
const GOOD = JSON.stringify(customs({ A: {} }));
const BAD = JSON.stringify(customs({ A: { fail: 'Create' } }));
const WORSE = JSON.stringify(customs({ A: { fail: 'Update' } }));

function called(handler = byName) {
  const world = new World();
  world.handler = handler;
  const api = new CloudFormationApi(world.cloudFormation);
  return {
    world,
    stack: () => world.cloudFormation.allStacks()[0],
    call: async (action: string, parameters: Record<string, string>, principal = ROOT) => {
      const answer = await api.call(principal, action, { StackName: 'Stack', ...parameters });
      await Promise.all(world.cloudFormation.allStacks().map(async (stack) => world.cloudFormation.settled(stack)));
      return answer;
    },
  };
}

describe('a stack without a role acts as', () => {
  test('who deletes it', async () => {
    const { call, stack } = called();
    await call('CreateStack', { TemplateBody: GOOD });
    expect(stack().principal).toBe(ROOT);
    await call('DeleteStack', {}, OTHER);
    expect(stack()).toMatchObject({ status: 'DELETE_COMPLETE', principal: OTHER });
  });

  test('who rolls it back', async () => {
    const { call, stack } = called();
    await call('CreateStack', { TemplateBody: BAD, DisableRollback: 'true' });
    await call('RollbackStack', {}, OTHER);
    expect(stack()).toMatchObject({ status: 'ROLLBACK_COMPLETE', principal: OTHER });
  });

  test('who goes on with its rollback', async () => {
    const { world, call, stack } = called();
    await call('CreateStack', { TemplateBody: GOOD });
    world.handler = () => ({ Status: 'FAILED' });
    await call('UpdateStack', { TemplateBody: WORSE });
    world.handler = byName;
    await call('ContinueUpdateRollback', {}, OTHER);
    expect(stack()).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', principal: OTHER });
  });
});

describe('a stack with a role acts as that role', () => {
  const created = { TemplateBody: GOOD, RoleARN: ROLE };

  test('whoever updates or deletes it, and passes it on each time it is used for a change', async () => {
    const { world, call, stack } = called();
    const passRole = jest.spyOn(world.cloudFormation.services.iam, 'passRole');
    await call('CreateStack', created);
    expect(passRole.mock.calls).toEqual([[ROOT, ROLE, 'cloudformation.amazonaws.com']]);
    await call('UpdateStack', { TemplateBody: JSON.stringify(customs({ A: { x: 1 } })) }, OTHER);
    expect(passRole.mock.calls.slice(1)).toEqual([[OTHER, ROLE, 'cloudformation.amazonaws.com']]);
    await call('DeleteStack', {}, OTHER);
    expect(stack()).toMatchObject({ status: 'DELETE_COMPLETE', principal: { roleArn: ROLE }, roleArn: ROLE });
  });

  test.each([['RollbackStack', 'UPDATE_ROLLBACK_COMPLETE'], ['ContinueUpdateRollback', 'UPDATE_ROLLBACK_COMPLETE']])('from %s on, where that names one', async (action, status) => {
    const { world, call, stack } = called();
    await call('CreateStack', { TemplateBody: GOOD });
    if (action === 'ContinueUpdateRollback') world.handler = () => ({ Status: 'FAILED' });
    await call('UpdateStack', { TemplateBody: WORSE, ...action === 'RollbackStack' && { DisableRollback: 'true' } });
    world.handler = byName;
    const passRole = jest.spyOn(world.cloudFormation.services.iam, 'passRole');
    await call(action, { RoleARN: ROLE }, OTHER);
    expect(passRole.mock.calls).toEqual([[OTHER, ROLE, 'cloudformation.amazonaws.com']]);
    expect(stack()).toMatchObject({ status, principal: { roleArn: ROLE }, roleArn: ROLE });
  });

  test('only if CloudFormation may assume it', async () => {
    const { world, call } = called();
    jest.spyOn(world.cloudFormation.services.iam, 'assumeRoleForService').mockRejectedValue(new Error('not trusted'));
    await expect(call('CreateStack', created)).rejects.toThrow(`Role ${ROLE} is invalid or cannot be assumed (not trusted)`);
    expect(world.cloudFormation.allStacks()).toEqual([]);
  });
});

describe('IAM is asked about', () => {
  const asked = async (action: string, parameters: Record<string, string>) => {
    const { world, call, stack } = called();
    await call('CreateStack', { TemplateBody: GOOD });
    const Id = ((await call('CreateChangeSet', { ChangeSetName: 'c', TemplateBody: WORSE })) as { Id: string }).Id;
    world.denied.add(`cloudformation:${action}`);
    const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value.replace('<change set>', Id).replace('<stack>', stack().stackId)]));
    const error = await new CloudFormationApi(world.cloudFormation).call(OTHER, action, given).catch((reason: Error) => reason.message);
    return String(error).replace(stack().stackId, '<stack>');
  };

  test.each<[string, Record<string, string>, string]>([
    ['DescribeStacks', { StackName: 'Stack' }, '<stack>'],
    ['DescribeStacks', { StackName: '<stack>' }, '<stack>'],
    ['DescribeStacks', { StackName: 'arn:aws:cloudformation:us-east-1:111122223333:stack/Gone/1' }, 'arn:aws:cloudformation:us-east-1:111122223333:stack/Gone/1'],
    ['CreateStack', { StackName: 'New' }, 'arn:aws:cloudformation:us-east-1:111122223333:stack/New/*'],
    ['ExecuteChangeSet', { ChangeSetName: '<change set>' }, '<stack>'],
    ['DescribeStacks', {}, '*'],
    ['ListExports', {}, '*'],
  ])('%s with %j on %s', async (action, parameters, resource) => {
    expect(await asked(action, parameters)).toBe(`User: ${OTHER.arn} is not authorized to perform: cloudformation:${action} on resource: ${resource}`);
  });
});

describe('termination protection', () => {
  test('is set when a stack is created, and taken off later', async () => {
    const { world, call, stack } = called();
    await call('CreateStack', { TemplateBody: GOOD, EnableTerminationProtection: 'true' });
    expect(await call('DescribeStacks', {})).toMatchObject({ Stacks: [{ EnableTerminationProtection: true }] });
    await expect(call('DeleteStack', {})).rejects.toThrow('TerminationProtection is enabled');
    expect(await call('UpdateTerminationProtection', { EnableTerminationProtection: 'false' })).toEqual({ StackId: stack().stackId });
    await call('DeleteStack', {});
    expect(world.story).toEqual(['Create A', 'Delete A A-1']);
  });

  test('is set later', async () => {
    const { call } = called();
    await call('CreateStack', { TemplateBody: GOOD });
    await call('UpdateTerminationProtection', { EnableTerminationProtection: 'true' });
    await expect(call('DeleteStack', {})).rejects.toThrow('TerminationProtection is enabled');
  });
});

describe('capabilities', () => {
  const iam = (Type: string, Properties: object) => JSON.stringify({ Resources: { It: { Type, Properties } } });
  const POLICY = { PolicyDocument: { Statement: [] } };

  test.each<[string, string, string, string[]]>([
    ['none', 'what has nothing to do with IAM', GOOD, ['', 'CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']],
    ['CAPABILITY_IAM', 'a role without a name', iam('AWS::IAM::Role', { AssumeRolePolicyDocument: {} }), ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']],
    ['CAPABILITY_IAM', 'a policy, whatever its name', iam('AWS::IAM::Policy', { ...POLICY, PolicyName: 'p', Roles: ['r'] }), ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']],
    ['CAPABILITY_IAM', 'a managed policy without a name', iam('AWS::IAM::ManagedPolicy', POLICY), ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']],
    ['CAPABILITY_NAMED_IAM', 'a managed policy with a name', iam('AWS::IAM::ManagedPolicy', { ...POLICY, ManagedPolicyName: 'p' }), ['CAPABILITY_NAMED_IAM']],
    ['CAPABILITY_NAMED_IAM', 'a role with a name', iam('AWS::IAM::Role', { AssumeRolePolicyDocument: {}, RoleName: 'r' }), ['CAPABILITY_NAMED_IAM']],
  ])('%s is what it takes for %s', async (_, _of, TemplateBody, enough) => {
    for (const capability of ['', 'CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM']) {
      const { call } = called();
      const creation = call('CreateStack', { TemplateBody, ...capability !== '' && { 'Capabilities.member.1': capability } });
      if (enough.includes(capability)) await expect(creation).resolves.toMatchObject({ StackId: expect.any(String) });
      else await expect(creation).rejects.toMatchObject({ code: 'InsufficientCapabilitiesException' });
    }
  });
});
