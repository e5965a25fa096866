import {
  CancelUpdateStackCommand, type CloudFormationClient, CreateChangeSetCommand, CreateStackCommand, DeleteChangeSetCommand, DeleteStackCommand,
  DescribeChangeSetCommand, DescribeStackEventsCommand, DescribeStackResourceCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
  ExecuteChangeSetCommand, GetTemplateCommand, GetTemplateSummaryCommand, ListStackResourcesCommand, ListStacksCommand, SignalResourceCommand,
  type SignalResourceCommandInput, type StackStatus, UpdateStackCommand, ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { clientOf } from './client';
import { customs, ROOT, World } from './world';
import { CloudFormationApi } from '../../../local-aws/cloudformation/api';

const TEMPLATE = JSON.stringify(customs({ A: { x: 1, text: 'a < b & "c"' } }, { Description: 'd', Outputs: { Out: { Value: { Ref: 'A' }, Description: 'o' } } }));

async function created(template = TEMPLATE): Promise<{ world: World; client: CloudFormationClient; stackId: string }> {
  const world = new World();
  const client = clientOf(world);
  const { StackId: stackId = '' } = await client.send(new CreateStackCommand({ StackName: 'Stack', TemplateBody: template, Tags: [{ Key: 'k', Value: 'v' }] }));
  await world.cloudFormation.settled(world.cloudFormation.describe('Stack'));
  return { world, client, stackId };
}

describe('what the CDK CLI does', () => {
  test('creates a stack by a change set', async () => {
    const world = new World();
    const client = clientOf(world);
    const StackName = 'Stack';
    await expect(client.send(new DescribeStacksCommand({ StackName }))).rejects.toMatchObject({
      name: 'ValidationError', message: 'Stack with id Stack does not exist', $metadata: { httpStatusCode: 400 },
    });
    world.objects.set('cdk-assets/template.json', Buffer.from(TEMPLATE));
    const { Id, StackId } = await client.send(new CreateChangeSetCommand({
      StackName,
      ChangeSetName: 'cdk-deploy-change-set',
      ChangeSetType: 'CREATE',
      TemplateURL: 'https://s3.us-east-1.amazonaws.com/cdk-assets/template.json',
      Capabilities: ['CAPABILITY_IAM'],
      RoleARN: 'arn:aws:iam::111122223333:role/exec',
      IncludeNestedStacks: true,
    }));
    expect(world.calls).toEqual(['iam.passRole(arn:aws:iam::111122223333:role/exec)', 'iam.assumeRoleForService(arn:aws:iam::111122223333:role/exec)']);
    const description = await client.send(new DescribeChangeSetCommand({ StackName: StackId, ChangeSetName: Id }));
    expect(description).toMatchObject({
      Status: 'CREATE_COMPLETE',
      ExecutionStatus: 'AVAILABLE',
      StackId,
      ChangeSetId: Id,
      CreationTime: expect.any(Date),
      Changes: [{ Type: 'Resource', ResourceChange: { Action: 'Add', LogicalResourceId: 'A', ResourceType: 'Custom::Thing' } }],
    });
    expect(description.NextToken).toBeUndefined();
    expect((await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0].StackStatus).toBe('REVIEW_IN_PROGRESS');
    expect((await client.send(new GetTemplateCommand({ StackName }))).TemplateBody).toBe('{}');
    await client.send(new ExecuteChangeSetCommand({ StackName: StackId, ChangeSetName: Id }));
    await world.cloudFormation.settled(world.cloudFormation.describe(StackName));
    const described = (await client.send(new DescribeStacksCommand({ StackName: StackId }))).Stacks?.[0];
    expect(described).not.toHaveProperty('DeletionTime');
    expect(described).toMatchObject({
      StackName,
      StackId,
      StackStatus: 'CREATE_COMPLETE',
      Description: 'd',
      Outputs: [{ OutputKey: 'Out', OutputValue: 'A-1', Description: 'o' }],
      RoleARN: 'arn:aws:iam::111122223333:role/exec',
    });
    expect((await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }))).TemplateBody).toBe(TEMPLATE);
  });

  test('reads the events, newest first and none at the same time', async () => {
    const { client, stackId } = await created();
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
    expect(StackEvents.map(({ ResourceStatus }) => ResourceStatus)).toEqual([
      'CREATE_COMPLETE', 'CREATE_COMPLETE', 'CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'REVIEW_IN_PROGRESS',
    ]);
    expect(StackEvents[0]).toMatchObject({ ResourceType: 'AWS::CloudFormation::Stack', PhysicalResourceId: stackId, LogicalResourceId: 'Stack' });
    expect(StackEvents[1].ResourceProperties).toContain('a < b & \\"c\\"');
    expect(new Set(StackEvents.map(({ EventId }) => EventId)).size).toBe(StackEvents.length);
    expect(new Set(StackEvents.map(({ Timestamp }) => Timestamp?.getTime())).size).toBe(StackEvents.length);
    await expect(client.send(new DescribeStackEventsCommand({ StackName: 'Other' }))).rejects.toThrow('Stack [Other] does not exist');
  });

  test('finds out that there is nothing to do', async () => {
    const { client, stackId } = await created();
    const input = { StackName: 'Stack', ChangeSetName: 'again', TemplateBody: TEMPLATE, Tags: [{ Key: 'k', Value: 'v' }] };
    const { Id } = await client.send(new CreateChangeSetCommand(input));
    expect(await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id, StackName: stackId }))).toMatchObject({
      Status: 'FAILED',
      ExecutionStatus: 'UNAVAILABLE',
      StatusReason: "The submitted information didn't contain changes. Submit different information to create a change set.",
    });
    await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }))).rejects.toMatchObject({ name: 'InvalidChangeSetStatusException' });
    await client.send(new DeleteChangeSetCommand({ ChangeSetName: 'again', StackName: 'Stack' }));
    await expect(client.send(new DescribeChangeSetCommand({ ChangeSetName: 'again', StackName: 'Stack' }))).rejects.toMatchObject({ name: 'ChangeSetNotFoundException' });
    await client.send(new DeleteChangeSetCommand({ ChangeSetName: 'again', StackName: 'Stack' }));
    const tagged = await client.send(new CreateChangeSetCommand({ ...input, Tags: [] }));
    expect(await client.send(new DescribeChangeSetCommand({ ChangeSetName: tagged.Id }))).toMatchObject({ Status: 'CREATE_COMPLETE' });
  });

  test('deletes by ARN, after which the stack is only known by its ARN', async () => {
    const { world, client, stackId } = await created();
    await client.send(new DeleteStackCommand({ StackName: stackId }));
    await world.cloudFormation.settled(world.cloudFormation.describe(stackId));
    expect((await client.send(new DescribeStacksCommand({ StackName: stackId }))).Stacks?.[0]).toMatchObject({ StackStatus: 'DELETE_COMPLETE', DeletionTime: expect.any(Date) });
    await expect(client.send(new DescribeStacksCommand({ StackName: 'Stack' }))).rejects.toThrow('Stack with id Stack does not exist');
    await client.send(new DeleteStackCommand({ StackName: 'Stack' }));
    expect((await client.send(new DescribeStacksCommand({}))).Stacks ?? []).toEqual([]);
    expect((await client.send(new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }))).StackSummaries).toHaveLength(1);
  });

  test('lists stacks of every status, or of those that are asked for', async () => {
    const { world, client } = await created();
    const { StackId: gone = '' } = await client.send(new CreateStackCommand({ StackName: 'Gone', TemplateBody: TEMPLATE }));
    await world.cloudFormation.settled(world.cloudFormation.describe(gone));
    await client.send(new DeleteStackCommand({ StackName: 'Gone' }));
    await world.cloudFormation.settled(world.cloudFormation.describe(gone));
    const namesOf = async (...StackStatusFilter: StackStatus[]) =>
      (await client.send(new ListStacksCommand({ StackStatusFilter }))).StackSummaries?.map(({ StackName }) => StackName).sort() ?? [];
    expect(await namesOf()).toEqual(['Gone', 'Stack']);
    expect(await namesOf('CREATE_COMPLETE')).toEqual(['Stack']);
    expect(await namesOf('DELETE_COMPLETE')).toEqual(['Gone']);
    expect(await namesOf('CREATE_COMPLETE', 'DELETE_COMPLETE')).toEqual(['Gone', 'Stack']);
    expect(await namesOf('ROLLBACK_COMPLETE')).toEqual([]);
  });

  test('drops a stack that was only reviewed', async () => {
    const world = new World();
    const client = clientOf(world);
    await client.send(new CreateChangeSetCommand({ StackName: 'Stack', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: TEMPLATE }));
    await client.send(new DeleteStackCommand({ StackName: 'Stack' }));
    await world.cloudFormation.settled(world.cloudFormation.allStacks()[0]);
    expect(world.cloudFormation.findStack('Stack')).toBeUndefined();
    expect(world.received).toEqual([]);
  });
});

describe('change sets', () => {
  test('say what is modified, replaced, removed, and what follows from it', async () => {
    const role = (name: string) => ({ Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: name } });
    const using = { Type: 'Custom::Thing', Properties: { ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:f', group: { Ref: 'Group' } } };
    const { client } = await created(JSON.stringify({ Resources: { Group: role('one'), Using: using, Gone: role('gone'), Same: role('same') } }));
    const { Id } = await client.send(new CreateChangeSetCommand({
      StackName: 'Stack', ChangeSetName: 'c', TemplateBody: JSON.stringify({ Resources: { Group: role('two'), Using: using, Same: role('same'), New: role('new') } }),
    }));
    const { Changes = [] } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
    expect(Changes.map(({ ResourceChange: change }) => [change?.LogicalResourceId, change?.Action, change?.Replacement])).toEqual([
      ['Group', 'Modify', 'True'], ['Using', 'Modify', 'False'], ['New', 'Add', undefined], ['Gone', 'Remove', undefined],
    ]);
    expect(Changes[0].ResourceChange?.Details).toEqual([{
      Target: { Attribute: 'Properties', Name: 'LogGroupName', RequiresRecreation: 'Always' }, Evaluation: 'Static', ChangeSource: 'DirectModification',
    }]);
    expect(Changes[1].ResourceChange?.Details).toEqual([{
      Target: { Attribute: 'Properties', Name: 'group', RequiresRecreation: 'Never' }, Evaluation: 'Dynamic', ChangeSource: 'ResourceReference', CausingEntity: 'Group',
    }]);
  });

  test('take a change of outputs alone', async () => {
    const { client } = await created();
    const { Id } = await client.send(new CreateChangeSetCommand({
      StackName: 'Stack', ChangeSetName: 'c', TemplateBody: JSON.stringify({ ...JSON.parse(TEMPLATE) as object, Outputs: {} }),
    }));
    const description = await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
    expect(description.Status).toBe('CREATE_COMPLETE');
    expect(description.Changes ?? []).toEqual([]);
  });

  test('take a change of what an output exports, or of its name there, alone', async () => {
    const withOutput = (Value: string, Name: string) => JSON.stringify(customs({ A: {} }, { Outputs: { Out: { Value, Export: { Name } } } }));
    const { client } = await created(withOutput('value', 'name'));
    const statusOf = async (TemplateBody: string) => {
      const { Id } = await client.send(new CreateChangeSetCommand({ StackName: 'Stack', ChangeSetName: 'c', TemplateBody, Tags: [{ Key: 'k', Value: 'v' }] }));
      const { Status } = await client.send(new DescribeChangeSetCommand({ ChangeSetName: Id }));
      await client.send(new DeleteChangeSetCommand({ ChangeSetName: Id }));
      return Status;
    };
    expect(await statusOf(withOutput('value', 'name'))).toBe('FAILED');
    expect(await statusOf(withOutput('other', 'name'))).toBe('CREATE_COMPLETE');
    expect(await statusOf(withOutput('value', 'other'))).toBe('CREATE_COMPLETE');
  });

  test('are void once another one was executed', async () => {
    const { world, client } = await created();
    const changeSet = async (name: string, x: number) => client.send(new CreateChangeSetCommand({
      StackName: 'Stack', ChangeSetName: name, TemplateBody: JSON.stringify(customs({ A: { x } })),
    }));
    const first = await changeSet('first', 2);
    const second = await changeSet('second', 3);
    await client.send(new ExecuteChangeSetCommand({ ChangeSetName: first.Id }));
    await world.cloudFormation.settled(world.cloudFormation.describe('Stack'));
    await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName: second.Id }))).rejects.toMatchObject({ name: 'ChangeSetNotFoundException' });
    await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName: first.Id }))).rejects.toMatchObject({ name: 'InvalidChangeSetStatusException' });
  });

  test('go with their stack, and with no other', async () => {
    const { world, client } = await created();
    await client.send(new CreateStackCommand({ StackName: 'Other', TemplateBody: TEMPLATE }));
    await world.cloudFormation.settled(world.cloudFormation.describe('Other'));
    const [mine, others] = await Promise.all(['Stack', 'Other'].map(async (StackName) => client.send(new CreateChangeSetCommand({
      StackName, ChangeSetName: 'c', TemplateBody: JSON.stringify(customs({ A: { x: 2 } })),
    }))));
    const deleted = world.cloudFormation.describe('Stack');
    await client.send(new DeleteStackCommand({ StackName: 'Stack' }));
    await world.cloudFormation.settled(deleted);
    await expect(client.send(new DescribeChangeSetCommand({ ChangeSetName: mine.Id }))).rejects.toMatchObject({ name: 'ChangeSetNotFoundException' });
    expect(await client.send(new DescribeChangeSetCommand({ ChangeSetName: others.Id }))).toMatchObject({ ExecutionStatus: 'AVAILABLE' });
  });

  test('are found by their ARN, or by their name and their stack', async () => {
    const { client } = await created();
    const { Id } = await client.send(new CreateChangeSetCommand({ StackName: 'Stack', ChangeSetName: 'c', TemplateBody: JSON.stringify(customs({ A: { x: 2 } })) }));
    for (const input of [{ ChangeSetName: Id }, { ChangeSetName: Id, StackName: 'Gone' }, { ChangeSetName: 'c', StackName: 'Stack' }]) {
      expect(await client.send(new DescribeChangeSetCommand(input))).toMatchObject({ ChangeSetId: Id });
    }
    await expect(client.send(new DescribeChangeSetCommand({ ChangeSetName: 'c' }))).rejects.toThrow('StackName must be specified');
    await expect(client.send(new DescribeChangeSetCommand({ ChangeSetName: 'c', StackName: 'Gone' }))).rejects.toThrow('Stack [Gone] does not exist');
  });

  test('are refused for a stack that is there already, or not there yet', async () => {
    const { client } = await created();
    await expect(client.send(new CreateChangeSetCommand({ StackName: 'Stack', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: TEMPLATE })))
      .rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await expect(client.send(new CreateChangeSetCommand({ StackName: 'Other', ChangeSetName: 'c', ChangeSetType: 'UPDATE', TemplateBody: TEMPLATE })))
      .rejects.toThrow('Stack [Other] does not exist');
    await expect(client.send(new CreateChangeSetCommand({ StackName: '1', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: TEMPLATE })))
      .rejects.toThrow(/failed to satisfy constraint/);
  });

  test('need capabilities for IAM', async () => {
    const client = clientOf(new World());
    const role = (properties: object) => JSON.stringify({ Resources: { R: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, ...properties } } } });
    const create = async (TemplateBody: string, capabilities: ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[]) =>
      client.send(new CreateChangeSetCommand({ StackName: 'Stack', ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody, Capabilities: capabilities }));
    await expect(create(role({}), [])).rejects.toThrow('Requires capabilities : [CAPABILITY_IAM]');
    await expect(create(role({ RoleName: 'r' }), ['CAPABILITY_IAM'])).rejects.toMatchObject({ name: 'InsufficientCapabilitiesException' });
    await expect(create(role({ RoleName: 'r' }), ['CAPABILITY_NAMED_IAM'])).resolves.toBeDefined();
  });
});

describe('the rest of the API', () => {
  test('describes resources and templates', async () => {
    const { client } = await created();
    expect((await client.send(new DescribeStackResourcesCommand({ StackName: 'Stack' }))).StackResources).toMatchObject([
      { LogicalResourceId: 'A', PhysicalResourceId: 'A-1', ResourceStatus: 'CREATE_COMPLETE', Timestamp: expect.any(Date) },
    ]);
    await expect(client.send(new DescribeStackResourcesCommand({ StackName: 'Stack', LogicalResourceId: 'B' }))).rejects.toThrow('Resource B does not exist for stack Stack');
    expect((await client.send(new ListStackResourcesCommand({ StackName: 'Stack' }))).StackResourceSummaries).toHaveLength(1);
    expect(await client.send(new GetTemplateSummaryCommand({ TemplateBody: TEMPLATE }))).toMatchObject({ ResourceTypes: ['Custom::Thing'], Description: 'd' });
    expect(await client.send(new ValidateTemplateCommand({ TemplateBody: TEMPLATE }))).toMatchObject({ Description: 'd' });
    await expect(client.send(new ValidateTemplateCommand({ TemplateBody: '{}' }))).rejects.toThrow(/At least one Resources member/);
    await expect(client.send(new ValidateTemplateCommand({ TemplateURL: 'https://bucket.s3.us-east-1.amazonaws.com/none' }))).rejects.toThrow(/S3 error/);
  });

  test('describes the first hundred resources of a stack, and lists all', async () => {
    const world = new World();
    const client = clientOf(world);
    await world.cloudFormation.deploy('Stack', customs(Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`A${index}`, {}]))));
    const { StackResources: described = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: 'Stack' }));
    expect(described).toHaveLength(100);
    const { StackResourceSummaries: listed = [], NextToken } = await client.send(new ListStackResourcesCommand({ StackName: 'Stack' }));
    const { StackResourceSummaries: rest = [] } = await client.send(new ListStackResourcesCommand({ StackName: 'Stack', NextToken }));
    expect([...listed, ...rest]).toHaveLength(101);
  });

  test('takes a template of more than 51,200 bytes from S3 alone', async () => {
    const world = new World();
    const client = clientOf(world);
    const large = TEMPLATE.padEnd(51_201);
    world.objects.set('bucket/large', Buffer.from(large));
    expect(await client.send(new ValidateTemplateCommand({ TemplateBody: TEMPLATE.padEnd(51_200) }))).toMatchObject({ Description: 'd' });
    expect(await client.send(new ValidateTemplateCommand({ TemplateURL: 'https://bucket.s3.us-east-1.amazonaws.com/large' }))).toMatchObject({ Description: 'd' });
    await expect(client.send(new CreateStackCommand({ StackName: 'Large', TemplateBody: large }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: `1 validation error detected: Value '${large}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200`,
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('describes parameters: what is secret hidden, and what SSM says resolved', async () => {
    const world = new World();
    const client = clientOf(world);
    world.parameters.set('/said', 'by SSM');
    const parameters = { Open: { Type: 'String' }, Secret: { Type: 'String', NoEcho: true }, Said: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/said' } };
    await client.send(new CreateStackCommand({
      StackName: 'Stack',
      TemplateBody: JSON.stringify(customs({ A: {} }, { Parameters: parameters })),
      Parameters: [{ ParameterKey: 'Open', ParameterValue: 'open' }, { ParameterKey: 'Secret', ParameterValue: 'secret' }],
    }));
    await world.cloudFormation.settled(world.cloudFormation.describe('Stack'));
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: 'Stack' }));
    expect(stack.Parameters).toEqual([
      { ParameterKey: 'Open', ParameterValue: 'open' },
      { ParameterKey: 'Secret', ParameterValue: '****' },
      { ParameterKey: 'Said', ParameterValue: '/said', ResolvedValue: 'by SSM' },
    ]);
  });

  test('updates directly, and says when there is nothing to do', async () => {
    const { world, client } = await created();
    await expect(client.send(new UpdateStackCommand({ StackName: 'Stack', TemplateBody: TEMPLATE, Tags: [{ Key: 'k', Value: 'v' }] }))).rejects.toThrow('No updates are to be performed.');
    await client.send(new UpdateStackCommand({ StackName: 'Stack', TemplateBody: JSON.stringify(customs({ A: { x: 2 } })) }));
    await world.cloudFormation.settled(world.cloudFormation.describe('Stack'));
    expect(world.cloudFormation.describe('Stack').status).toBe('UPDATE_COMPLETE');
    await expect(client.send(new CancelUpdateStackCommand({ StackName: 'Stack' }))).rejects.toThrow('CancelUpdateStack cannot be called from current stack status');
  });

  test('signals a resource that waits for it', async () => {
    const world = new World();
    const client = clientOf(world);
    const signal = async (input: Partial<SignalResourceCommandInput>) => client.send(new SignalResourceCommand({
      StackName: 'Stack', LogicalResourceId: 'Wait', UniqueId: 'one', Status: 'SUCCESS', ...input,
    }));
    const described = async () => (await client.send(new DescribeStackResourceCommand({ StackName: 'Stack', LogicalResourceId: 'Wait' }))).StackResourceDetail;
    const stackId = await world.clock.busy(async () => {
      const { StackId } = await client.send(new CreateStackCommand({
        StackName: 'Stack',
        TemplateBody: JSON.stringify({ Resources: { Wait: { Type: 'AWS::CloudFormation::WaitCondition', CreationPolicy: { ResourceSignal: {} } } } }),
      }));
      expect(await described()).toMatchObject({ ResourceStatus: 'CREATE_IN_PROGRESS', ResourceType: 'AWS::CloudFormation::WaitCondition' });
      await expect(signal({ StackName: 'Other' })).rejects.toThrow('Stack [Other] does not exist');
      await expect(signal({ LogicalResourceId: 'Other' })).rejects.toMatchObject({ name: 'ValidationError', message: 'Resource Other does not exist for stack Stack' });
      await expect(signal({ UniqueId: 'x'.repeat(65) })).rejects.toThrow("at 'uniqueId' failed to satisfy constraint: Member must have length less than or equal to 64");
      await expect(signal({ UniqueId: '' })).rejects.toThrow("at 'uniqueId' failed to satisfy constraint");
      await expect(signal({ Status: 'DONE' as 'SUCCESS' })).rejects.toThrow('Member must satisfy enum value set: [SUCCESS, FAILURE]');
      world.denied.add('cloudformation:SignalResource');
      await expect(signal({})).rejects.toThrow(`cloudformation:SignalResource on resource: ${StackId}`);
      world.denied.clear();
      expect(await signal({ UniqueId: 'x'.repeat(64) })).not.toHaveProperty('StackId');
      return StackId;
    });
    await world.cloudFormation.settled(world.cloudFormation.describe('Stack'));
    expect(await described()).toMatchObject({ ResourceStatus: 'CREATE_COMPLETE' });
    await expect(signal({ StackName: stackId })).rejects.toThrow(`Stack ${stackId} is in CREATE_COMPLETE state and cannot be signaled`);
    world.denied.add('cloudformation:DescribeStackResource');
    await expect(described()).rejects.toThrow(`cloudformation:DescribeStackResource on resource: ${stackId}`);
  });

  test('asks IAM before anything else', async () => {
    const { world, client, stackId } = await created();
    world.denied.add('cloudformation:DescribeStacks');
    await expect(client.send(new DescribeStacksCommand({ StackName: 'Stack' }))).rejects.toMatchObject({
      name: 'AccessDenied', message: expect.stringContaining(`cloudformation:DescribeStacks on resource: ${stackId}`), $metadata: { httpStatusCode: 403 },
    });
    await expect(client.send(new DescribeStacksCommand({ StackName: 'Other' }))).rejects.toThrow(/stack\/Other\/\*/);
  });

  test('refuses what it does not know', async () => {
    const body = Buffer.from('Action=DetectStackDrift&Version=2010-05-15');
    const answer = await new CloudFormationApi(new World().cloudFormation).handle({ principal: ROOT, method: 'POST', path: '/', headers: {}, query: new URLSearchParams(), body });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('<Code>InvalidAction</Code>') });
  });
});
