import {
  ContinueUpdateRollbackCommand, CreateChangeSetCommand, type CreateChangeSetCommandInput, CreateStackCommand, DeleteStackCommand,
  DescribeChangeSetCommand, DescribeStackResourceCommand, DescribeStacksCommand, ExecuteChangeSetCommand, ListStackResourcesCommand,
  RollbackStackCommand, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { clientOf } from './client';
import { customs, Handler, World } from './world';

/* What the API says about failures, as AWS's own client asks for it. */

const StackName = 'Stack';
const ROLE = 'arn:aws:iam::111122223333:role/exec';

const failing: Handler = ({ RequestType, ResourceProperties: { fail } }) => ({ Status: fail === RequestType ? 'FAILED' : 'SUCCESS' });
const body = (resources: Parameters<typeof customs>[0]) => JSON.stringify(customs(resources));
const GOOD = body({ A: {} });
const BAD = body({ A: { fail: 'Create' } });
const WORSE = body({ A: { fail: 'Update' } });

function worlds(...settings: ConstructorParameters<typeof World>) {
  const world = new World(...settings);
  world.handler = failing;
  const client = clientOf(world);
  const settled = async () => world.cloudFormation.settled(world.cloudFormation.stack(StackName));
  return {
    world,
    client,
    settled,
    async described() {
      await settled();
      return (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
    },
    async changeSet(input: Partial<CreateChangeSetCommandInput>) {
      return (await client.send(new CreateChangeSetCommand({ StackName, ChangeSetName: 'c', ChangeSetType: 'CREATE', TemplateBody: BAD, ...input }))).Id;
    },
  };
}

describe('a creation that fails', () => {
  test.each<[string, object, object, string | undefined, boolean]>([
    ['by default', {}, {}, 'ROLLBACK_COMPLETE', false],
    ['with DisableRollback', {}, { DisableRollback: true }, 'CREATE_FAILED', true],
    ['without DisableRollback', {}, { DisableRollback: false }, 'ROLLBACK_COMPLETE', false],
    ['with OnStackFailure DO_NOTHING', { OnStackFailure: 'DO_NOTHING' }, {}, 'CREATE_FAILED', true],
    ['with OnStackFailure ROLLBACK', { OnStackFailure: 'ROLLBACK' }, {}, 'ROLLBACK_COMPLETE', false],
  ])('by a change set, %s', async (_, created, executed, StackStatus, DisableRollback) => {
    const { client, changeSet, described } = worlds();
    const ChangeSetName = await changeSet(created);
    await client.send(new ExecuteChangeSetCommand({ ChangeSetName, ...executed }));
    expect(await described()).toMatchObject({ StackStatus, DisableRollback });
  });

  test('by a change set with OnStackFailure DELETE, is deleted', async () => {
    const { world, client, changeSet } = worlds();
    await client.send(new ExecuteChangeSetCommand({ ChangeSetName: await changeSet({ OnStackFailure: 'DELETE' }) }));
    await world.cloudFormation.settled(world.cloudFormation.allStacks()[0]);
    expect(world.cloudFormation.findStack(StackName)).toBeUndefined();
  });

  test('with OnFailure DELETE, stays where its rollback fails', async () => {
    const { client, described } = worlds();
    const TemplateBody = body({ A: { fail: 'Delete' }, Bad: { a: { Ref: 'A' }, fail: 'Create' } });
    await client.send(new CreateStackCommand({ StackName, TemplateBody, OnFailure: 'DELETE' }));
    expect(await described()).toMatchObject({ StackStatus: 'ROLLBACK_FAILED' });
  });

  test.each([
    ['OnFailure', 'DO_NOTHING', 'CREATE_FAILED'], ['OnFailure', 'ROLLBACK', 'ROLLBACK_COMPLETE'], ['DisableRollback', true, 'CREATE_FAILED'],
  ])('directly, with %s %s: %s', async (option, value, StackStatus) => {
    const { client, described } = worlds();
    await client.send(new CreateStackCommand({ StackName, TemplateBody: BAD, [option]: value }));
    expect(await described()).toMatchObject({ StackStatus });
  });

  test('takes one of two options', async () => {
    const { client, changeSet } = worlds();
    await expect(client.send(new CreateStackCommand({ StackName, TemplateBody: BAD, OnFailure: 'DELETE', DisableRollback: false })))
      .rejects.toThrow('Either OnFailure or DisableRollback may be specified, but not both.');
    const ChangeSetName = await changeSet({ OnStackFailure: 'ROLLBACK' });
    for (const DisableRollback of [true, false]) {
      await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName, DisableRollback }))).rejects.toThrow('created with OnStackFailure');
    }
  });

  test('takes no other values', async () => {
    const { client, changeSet } = worlds();
    await expect(changeSet({ OnStackFailure: 'RETRY' as 'DELETE' })).rejects.toThrow('Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]');
    await expect(client.send(new CreateStackCommand({ StackName, TemplateBody: BAD, OnFailure: 'RETRY' as 'DELETE' }))).rejects.toThrow("at 'onFailure' failed to satisfy");
    await expect(changeSet({ DeploymentConfig: { Mode: 'EXPRESS' } })).rejects.toThrow('no express mode');
    await expect(changeSet({ DeploymentConfig: { Mode: 'STANDARD' } })).resolves.toBeDefined();
  });

  test('with OnFailure DO_NOTHING can only be rolled back or deleted', async () => {
    const { client, described } = worlds();
    await client.send(new CreateStackCommand({ StackName, TemplateBody: BAD, OnFailure: 'DO_NOTHING' }));
    await described();
    await expect(client.send(new UpdateStackCommand({ StackName, TemplateBody: GOOD, DisableRollback: true }))).rejects.toThrow(
      'This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.',
    );
    await client.send(new RollbackStackCommand({ StackName }));
    expect(await described()).toMatchObject({ StackStatus: 'ROLLBACK_COMPLETE' });
  });
});

describe('a stack that stopped at a failure', () => {
  async function stopped(template = BAD) {
    const all = worlds();
    if (template !== BAD) {
      await all.client.send(new CreateStackCommand({ StackName, TemplateBody: GOOD, RoleARN: ROLE }));
      await all.settled();
      await all.client.send(new UpdateStackCommand({ StackName, TemplateBody: template, DisableRollback: true }));
    } else {
      await all.client.send(new CreateStackCommand({ StackName, TemplateBody: template, DisableRollback: true }));
    }
    await all.settled();
    return all;
  }

  test.each([[BAD, 'CREATE_FAILED'], [WORSE, 'UPDATE_FAILED']])('takes a change set, and executes it with rollback disabled', async (template, status) => {
    const { client, changeSet, described } = await stopped(template);
    expect(await described()).toMatchObject({ StackStatus: status, DisableRollback: true });
    const ChangeSetName = await changeSet({ ChangeSetType: 'UPDATE', TemplateBody: body({ A: { x: 1 } }) });
    const [change] = (await client.send(new DescribeChangeSetCommand({ ChangeSetName }))).Changes ?? [];
    expect(change.ResourceChange).toMatchObject({ LogicalResourceId: 'A', Action: status === 'CREATE_FAILED' ? 'Add' : 'Modify' });
    await expect(client.send(new ExecuteChangeSetCommand({ ChangeSetName }))).rejects.toThrow(`This stack is currently in a non-terminal [${status}] state`);
    await client.send(new ExecuteChangeSetCommand({ ChangeSetName, DisableRollback: true }));
    expect(await described()).toMatchObject({ StackStatus: 'UPDATE_COMPLETE', DisableRollback: true });
  });

  test('is retried by an update with the same template', async () => {
    const { world, client, described } = await stopped();
    const retry = { StackName, UsePreviousTemplate: true };
    await expect(client.send(new UpdateStackCommand(retry))).rejects.toThrow('please use the disable-rollback parameter with update-stack API');
    world.handler = () => ({});
    await client.send(new UpdateStackCommand({ ...retry, DisableRollback: true }));
    expect(await described()).toMatchObject({ StackStatus: 'UPDATE_COMPLETE' });
    await expect(client.send(new UpdateStackCommand({ ...retry, DisableRollback: true }))).rejects.toThrow('No updates are to be performed.');
  });

  test('comes to an end by an update to what it is already, though a change set has nothing to change', async () => {
    const { client, described, changeSet } = await stopped(WORSE);
    const ChangeSetName = await changeSet({ ChangeSetType: 'UPDATE', TemplateBody: GOOD });
    expect(await client.send(new DescribeChangeSetCommand({ ChangeSetName }))).toMatchObject({ Status: 'FAILED', StatusReason: expect.stringContaining("didn't contain changes") });
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: GOOD, DisableRollback: true }));
    expect(await described()).toMatchObject({ StackStatus: 'UPDATE_COMPLETE' });
  });

  test('does not take a change set that deletes it on failure', async () => {
    const { changeSet } = await stopped(WORSE);
    await expect(changeSet({ ChangeSetType: 'UPDATE', OnStackFailure: 'DELETE' })).rejects.toThrow('OnStackFailure can be DELETE only for a change set of type CREATE.');
  });

  test('is rolled back, as a role where one is named', async () => {
    const { world, client, described } = await stopped(WORSE);
    await expect(client.send(new ContinueUpdateRollbackCommand({ StackName }))).rejects.toThrow(/is in UPDATE_FAILED state and can not continue/);
    const RoleARN = 'arn:aws:iam::111122223333:role/other';
    world.calls.length = 0;
    expect(await client.send(new RollbackStackCommand({ StackName, RoleARN, RetainExceptOnCreate: true }))).toMatchObject({ StackId: expect.stringContaining('stack/Stack/') });
    expect(world.calls.slice(0, 2)).toEqual([`iam.passRole(${RoleARN})`, `iam.assumeRoleForService(${RoleARN})`]);
    expect(await described()).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE', RoleARN });
    await expect(client.send(new RollbackStackCommand({ StackName }))).rejects.toThrow(/is in UPDATE_ROLLBACK_COMPLETE state and can not be rolled back/);
  });

  test('is rolled back as the role that the stack was given, where none is named', async () => {
    const { world, client, described } = worlds();
    await client.send(new CreateStackCommand({ StackName, TemplateBody: GOOD, RoleARN: ROLE }));
    await described();
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: WORSE, DisableRollback: true }));
    await described();
    await client.send(new RollbackStackCommand({ StackName }));
    expect(await described()).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE', RoleARN: ROLE });
    expect(world.cloudFormation.stack(StackName).principal).toMatchObject({ roleArn: ROLE });
  });
});

test.each<[boolean, object]>([[true, { RetainExceptOnCreate: true }], [false, {}]])('RetainExceptOnCreate is an option of every operation: %s', async (deletes, options) => {
  const template = body({ Kept: { $: { DeletionPolicy: 'Retain' } }, Bad: { fail: 'Create', $: { DependsOn: 'Kept' } } });
  const { world, client, described, changeSet } = worlds();
  const deleted = async () => {
    await described();
    const story = world.story.includes('Delete Kept Kept-1');
    world.received.length = 0;
    return story;
  };
  await client.send(new CreateStackCommand({ StackName, TemplateBody: template, ...options }));
  expect(await deleted()).toBe(deletes);
  await client.send(new DeleteStackCommand({ StackName }));
  await world.cloudFormation.settled(world.cloudFormation.allStacks()[0]);
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: await changeSet({ TemplateBody: template }), DisableRollback: true }));
  await described();
  await client.send(new RollbackStackCommand({ StackName, ...options }));
  expect(await deleted()).toBe(deletes);
  await client.send(new DeleteStackCommand({ StackName }));
  await world.cloudFormation.settled(world.cloudFormation.allStacks()[1]);
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: await changeSet({ TemplateBody: template }), ...options }));
  expect(await deleted()).toBe(deletes);
});

test.each([{ ResourcesToSkip: ['A'] }, { ForceRollback: true }])('a rollback that failed goes on with %j', async (options) => {
  const { world, client, described } = worlds();
  await client.send(new CreateStackCommand({ StackName, TemplateBody: GOOD }));
  await described();
  world.handler = () => ({ Status: 'FAILED' });
  await client.send(new UpdateStackCommand({ StackName, TemplateBody: WORSE }));
  expect(await described()).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_FAILED' });
  await client.send(new ContinueUpdateRollbackCommand({ StackName, ...options }));
  expect(await described()).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
  expect((await client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'A' }))).StackResourceDetail).toMatchObject({
    ResourceStatus: 'UPDATE_COMPLETE', ResourceStatusReason: 'Resource skipped during UpdateRollback',
  });
});

test.each([{ RetainResources: ['A'] }, { DeletionMode: 'FORCE_DELETE_STACK' as const }])('a deletion that failed ends with %j', async (options) => {
  const { world, client, described } = worlds({ showsDeparted: 'skipped' });
  const { StackId } = await client.send(new CreateStackCommand({ StackName, TemplateBody: body({ A: { fail: 'Delete' }, B: {} }) }));
  await described();
  await expect(client.send(new DeleteStackCommand({ StackName, ...options }))).rejects.toThrow(/DELETE_FAILED/);
  await client.send(new DeleteStackCommand({ StackName }));
  expect(await described()).toMatchObject({ StackStatus: 'DELETE_FAILED' });
  await client.send(new DeleteStackCommand({ StackName, ...options }));
  await world.cloudFormation.settled(world.cloudFormation.allStacks()[0]);
  expect((await client.send(new ListStackResourcesCommand({ StackName: StackId }))).StackResourceSummaries).toMatchObject([
    { LogicalResourceId: 'A', ResourceStatus: 'DELETE_SKIPPED', PhysicalResourceId: 'A-1' },
  ]);
  expect((await client.send(new DescribeStackResourceCommand({ StackName: StackId, LogicalResourceId: 'A' }))).StackResourceDetail).toMatchObject({ ResourceStatus: 'DELETE_SKIPPED' });
  await expect(client.send(new DescribeStackResourceCommand({ StackName: StackId, LogicalResourceId: 'B' }))).rejects.toThrow('Resource B does not exist');
});

describe('a list of resources', () => {
  test('has pages', async () => {
    const { client, settled } = worlds({ resourcePageSize: 2 });
    await client.send(new CreateStackCommand({ StackName, TemplateBody: body({ E: {}, A: {}, D: {}, C: {}, B: {} }) }));
    await settled();
    const pages: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListStackResourcesCommand({ StackName, NextToken }));
      pages.push(page.StackResourceSummaries?.map(({ LogicalResourceId }) => LogicalResourceId) ?? []);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual([['A', 'B'], ['C', 'D'], ['E']]);
    await expect(client.send(new ListStackResourcesCommand({ StackName, NextToken: 'other' }))).rejects.toThrow('NextToken is not valid');
  });

  test('may lag: it shows what was', async () => {
    const { world, client, settled } = worlds({ resourceListLag: 20_000 });
    const listed = async () => ((await client.send(new ListStackResourcesCommand({ StackName }))).StackResourceSummaries ?? [])
      .map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`);
    const after = async (seconds: number) => {
      await world.clock.sleep(seconds * 1_000);
      return listed();
    };
    world.handler = async (event) => {
      if (event.ResourceProperties.slow !== undefined) await world.clock.sleep(30_000);
      return failing(event);
    };
    await client.send(new CreateStackCommand({ StackName, TemplateBody: body({ A: { slow: 1 }, B: {} }) }));
    await settled();
    expect(await listed()).toEqual(['A CREATE_IN_PROGRESS', 'B CREATE_COMPLETE']);
    expect(await after(21)).toEqual(['A CREATE_COMPLETE', 'B CREATE_COMPLETE']);
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: body({ A: { slow: 1 }, New: {} }) }));
    await settled();
    expect(await after(10)).toEqual(['A CREATE_COMPLETE', 'B CREATE_COMPLETE']);
    expect((await client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'New' }))).StackResourceDetail).toMatchObject({ ResourceStatus: 'CREATE_COMPLETE' });
    expect(await after(11)).toEqual(['A CREATE_COMPLETE', 'New CREATE_COMPLETE']);
  });

  test('that lags still shows what failed while it is created again', async () => {
    const { world, client, settled } = worlds({ resourceListLag: 20_000, failedCreation: 'deleted last' });
    await client.send(new CreateStackCommand({ StackName, TemplateBody: BAD, DisableRollback: true }));
    await settled();
    await world.clock.sleep(60_000);
    await client.send(new UpdateStackCommand({ StackName, TemplateBody: GOOD, DisableRollback: true }));
    await settled();
    expect((await client.send(new ListStackResourcesCommand({ StackName }))).StackResourceSummaries).toMatchObject([{ ResourceStatus: 'CREATE_FAILED' }]);
    await world.clock.sleep(21_000);
    expect((await client.send(new ListStackResourcesCommand({ StackName }))).StackResourceSummaries).toMatchObject([{ ResourceStatus: 'CREATE_COMPLETE' }]);
  });
});
