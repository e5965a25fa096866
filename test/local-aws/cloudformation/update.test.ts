import { byName, customs, Handler, World } from './world';
import { Settings } from '../../../local-aws/cloudformation/settings';
import { Values } from '../../../local-aws/cloudformation/values';

const STACK = 'Stack';

async function deployed(template: Values, { handler, ...settings }: Partial<Settings> & { handler?: Handler } = {}): Promise<World> {
  const world = new World(settings);
  if (handler) world.handler = handler;
  await world.cloudFormation.deploy(STACK, template);
  world.received.length = 0;
  return world;
}

describe('updating a stack', () => {
  test('does nothing where nothing changed', async () => {
    const world = await deployed(customs({ A: { x: 1 } }));
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: '1' } }))).toMatchObject({ status: 'CREATE_COMPLETE', changed: false });
    expect(world.received).toEqual([]);
    expect(world.cloudFormation.changeSets.of(world.cloudFormation.describe(STACK))).toEqual([]);
  });

  test('updates only what changed, with the old properties', async () => {
    const world = await deployed(customs({ A: { x: 1 }, B: { y: 1 } }));
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, B: { y: 1 } }))).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
    expect(world.story).toEqual(['Update A A-1']);
    expect(world.received[0]).toMatchObject({ ResourceProperties: { x: '2' }, OldResourceProperties: { x: '1' } });
    expect(world.statuses(STACK).slice(-3)).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE']);
  });

  test('passes a new attribute on to those who use it', async () => {
    const world = await deployed(customs({ A: { x: 1 }, B: { arn: { 'Fn::GetAtt': ['A', 'Arn'] } } }), {
      handler: ({ LogicalResourceId, ResourceProperties: { x = '' } }) => ({ PhysicalResourceId: LogicalResourceId, Data: { Arn: `arn:${String(x)}` } }),
    });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, B: { arn: { 'Fn::GetAtt': ['A', 'Arn'] } } }));
    expect(world.story).toEqual(['Update A A', 'Update B B']);
    expect(world.received[1]).toMatchObject({ ResourceProperties: { arn: 'arn:2' }, OldResourceProperties: { arn: 'arn:1' } });
  });

  test('deletes what was replaced, and what was removed, after all else is done', async () => {
    const world = await deployed(customs({ A: { name: 'old' }, Gone: { a: { Ref: 'A' } }, B: { a: { Ref: 'A' } } }), { handler: byName });
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' }, B: { a: { Ref: 'A' } } }));
    expect(world.story).toEqual(['Update A A-old', 'Update B B-1', 'Delete Gone Gone-1', 'Delete A A-old']);
    expect(world.received[3].ResourceProperties).toMatchObject({ name: 'old' });
    expect(world.statuses(STACK).slice(-2)).toEqual(['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE']);
    expect(world.history(STACK, 'A')).toContain('UPDATE_IN_PROGRESS: Requested update required the provider to create a new physical resource');
    expect([...world.cloudFormation.describe(STACK).resources.keys()]).toEqual(['A', 'B']);
  });

  test.each<[string, Record<string, Values>, Record<string, Values>]>([
    ['what was replaced', { A: { name: 'old', fail: 'Delete' } }, { A: { name: 'new' } }],
    ['what was removed', { A: {}, Gone: { fail: 'Delete' } }, { A: {} }],
    ['the first of what was replaced', { A: { name: 'old', b: { Ref: 'B' }, fail: 'Delete' }, B: { name: 'old' } }, { A: { name: 'new' }, B: { name: 'new' } }],
    ['the first of what was removed', { A: {}, Gone: { too: { Ref: 'Too' }, fail: 'Delete' }, Too: {} }, { A: {} }],
  ])('says that %s could not be deleted', async (_, before, after) => {
    const world = await deployed(customs(before), { handler: byName });
    expect(await world.cloudFormation.deploy(STACK, customs(after)))
      .toMatchObject({ status: 'UPDATE_COMPLETE', reason: 'Update successful. One or more resources could not be deleted.' });
  });

  test('does not fail where the clean-up fails, and does not try for ever', async () => {
    const world = await deployed(customs({ A: { name: 'old', fail: 'Delete' }, Gone: { fail: 'Delete' } }), { handler: byName, cleanupAttempts: 2 });
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' } }));
    expect(outcome).toMatchObject({ status: 'UPDATE_COMPLETE', reason: 'Update successful. One or more resources could not be deleted.' });
    expect(world.story).toEqual(expect.arrayContaining(['Delete A A-old', 'Delete A A-old', 'Delete Gone Gone-1', 'Delete Gone Gone-1']));
    expect(world.received).toHaveLength(5);
    await world.cloudFormation.delete(STACK);
    expect(world.story.slice(5)).toEqual(['Delete A A-new']);
  });

  test('keeps the old resource where UpdateReplacePolicy says so, and the removed one where DeletionPolicy does', async () => {
    const world = await deployed(customs({ A: { name: 'old', $: { UpdateReplacePolicy: 'Retain' } }, Gone: { $: { DeletionPolicy: 'Retain' } } }), { handler: byName });
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new', $: { UpdateReplacePolicy: 'Retain' } } }));
    expect(world.story).toEqual(['Update A A-old']);
    expect(world.history(STACK, 'Gone').slice(-1)).toEqual(['DELETE_SKIPPED']);
  });

  test.each<[Settings['replacePolicyOf'], string, string, string[]]>([
    ['old template', 'Retain', 'Delete', []],
    ['old template', 'Delete', 'Retain', ['Delete A A-old']],
    ['new template', 'Retain', 'Delete', ['Delete A A-old']],
    ['new template', 'Delete', 'Retain', []],
  ])('follows the UpdateReplacePolicy of the %s where it changes from %s to %s in the update that replaces', async (replacePolicyOf, before, after, story) => {
    const template = (name: string, UpdateReplacePolicy: string) => customs({ A: { name, $: { UpdateReplacePolicy } } });
    const world = await deployed(template('old', before), { handler: byName, replacePolicyOf });
    await world.cloudFormation.deploy(STACK, template('new', after));
    expect(world.story.filter((line) => line.startsWith('Delete'))).toEqual(story);
  });

  test('goes back from a replacement by the policy of what is new', async () => {
    for (const replacePolicyOf of ['old template', 'new template'] as const) {
      const template = (name: string, UpdateReplacePolicy: string, more: Values) => customs({ A: { name, $: { UpdateReplacePolicy } }, B: { a: { Ref: 'A' }, ...more } });
      const world = await deployed(template('old', 'Delete', {}), { handler: byName, replacePolicyOf });
      await world.cloudFormation.deploy(STACK, template('new', 'Retain', { fail: 'Update' }));
      expect(world.story.filter((line) => line.startsWith('Delete'))).toEqual([]);
    }
  });

  test('takes a new DeletionPolicy without an Update', async () => {
    const world = await deployed(customs({ A: {} }));
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { $: { DeletionPolicy: 'Retain' } } }))).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
    await world.cloudFormation.delete(STACK);
    expect(world.received).toEqual([]);
  });

  test('refuses another service token without asking either function', async () => {
    const world = await deployed(customs({ A: {} }));
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: { ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:other' } }));
    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [{ logicalId: 'A', reason: 'Modifying service token is not allowed.' }] });
    expect(world.received).toEqual([]);
  });

  test('refuses another resource type before anything starts', async () => {
    const world = await deployed(customs({ A: {} }));
    await expect(world.cloudFormation.deploy(STACK, customs({ A: { $: { Type: 'Custom::Other' } } })))
      .rejects.toThrow('Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]');
    expect(world.cloudFormation.describe(STACK).status).toBe('CREATE_COMPLETE');
  });
});

describe('rolling an update back', () => {
  test('updates back with old and new swapped, then deletes what is new', async () => {
    const world = await deployed(customs({ A: { x: 1 }, B: { a: { Ref: 'A' } } }), { handler: byName });
    const outcome = await world.cloudFormation.deploy(STACK, customs({
      A: { x: 2 }, New: { a: { Ref: 'A' } }, B: { a: { Ref: 'A' }, new: { Ref: 'New' }, fail: 'Update' },
    }));
    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [{ logicalId: 'B', status: 'UPDATE_FAILED' }] });
    expect(world.story).toEqual(['Update A A-1', 'Create New', 'Update B B-1', 'Update A A-1', 'Update B B-1', 'Delete New New-1']);
    expect(world.received[3]).toMatchObject({ ResourceProperties: { x: '1' }, OldResourceProperties: { x: '2' } });
    expect(world.received[4]).toMatchObject({ ResourceProperties: { a: 'A-1' }, OldResourceProperties: { fail: 'Update' } });
    expect(world.received[4].ResourceProperties).not.toHaveProperty('fail');
    expect(world.statuses(STACK).slice(-4)).toEqual([
      'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: { a: { Ref: 'A' } } }))).toMatchObject({ changed: false });
  });

  test('leaves the stack with the template, the parameters and the outputs of before', async () => {
    const template = (more: Values) => customs({ A: more }, { Parameters: { P: { Type: 'String' } }, Outputs: { Out: { Value: { Ref: 'P' } } } });
    const world = new World();
    world.handler = byName;
    await world.cloudFormation.deploy(STACK, template({}), { parameters: { P: 'one' } });
    expect(await world.cloudFormation.deploy(STACK, template({ fail: 'Update' }), { parameters: { P: 'two' } })).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    const { blueprint, outputs } = world.cloudFormation.describe(STACK);
    expect(blueprint?.template.body).toBe(JSON.stringify(template({})));
    expect(blueprint?.parameters).toMatchObject({ P: { value: 'one' } });
    expect(outputs).toEqual([{ key: 'Out', value: 'one' }]);
  });

  test('asks a replaced custom resource to go back, then deletes its replacement and not the original', async () => {
    const world = await deployed(customs({ A: { name: 'old' }, Bad: { a: { Ref: 'A' } } }), { handler: byName });
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' }, Bad: { a: { Ref: 'A' }, fail: 'Update' } }));
    expect(world.story).toEqual(['Update A A-old', 'Update Bad Bad-1', 'Update A A-new', 'Update Bad Bad-1', 'Delete A A-new']);
    expect(world.received[2]).toMatchObject({ ResourceProperties: { name: 'old' }, OldResourceProperties: { name: 'new' } });
    expect(world.cloudFormation.describe(STACK).resources.get('A')?.physicalId).toBe('A-old');
  });

  test('cancels updates under way, and updates those back too', async () => {
    const world = await deployed(customs({ Slow: { x: 1 }, Bad: { x: 1 } }));
    world.handler = ({ LogicalResourceId, ResourceProperties: { x } }) => {
      if (x === '1') return {};
      return LogicalResourceId === 'Slow' ? undefined : { Status: 'FAILED' };
    };
    expect(await world.cloudFormation.deploy(STACK, customs({ Slow: { x: 2 }, Bad: { x: 2 } }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.history(STACK, 'Slow').slice(-4)).toEqual([
      'UPDATE_IN_PROGRESS', 'UPDATE_FAILED: Resource update cancelled', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE',
    ]);
    expect(world.story.sort()).toEqual(['Update Bad Bad-1', 'Update Bad Bad-1', 'Update Slow Slow-1', 'Update Slow Slow-1']);
  });

  test('deletes a cancelled creation under its invented id', async () => {
    const world = await deployed(customs({ Bad: { x: 1 } }));
    world.handler = ({ RequestType, LogicalResourceId, ResourceProperties: { x } }) => {
      if (RequestType === 'Create') return undefined;
      return LogicalResourceId === 'Bad' && x === '2' ? { Status: 'FAILED' } : {};
    };
    await world.cloudFormation.deploy(STACK, customs({ Bad: { x: 2 }, New: {} }));
    expect(world.story.slice(-1)[0]).toMatch(/^Delete New Stack-New-[A-Z0-9]{12}$/);
    expect([...world.cloudFormation.describe(STACK).resources.keys()]).toEqual(['Bad']);
  });

  test.each([[true, 'Update A A-new'], [false, 'Update A A-old']])('with a failed Update that named a new id, adopted %s, continues with %s', async (adoptIdOfFailedUpdate, line) => {
    const world = await deployed(customs({ A: { name: 'old' } }), { handler: byName, adoptIdOfFailedUpdate });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new', fail: 'Update' } }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.story.slice(0, 2)).toEqual(['Update A A-old', line]);
    expect(world.story.slice(2)).toEqual(adoptIdOfFailedUpdate ? ['Delete A A-new'] : []);
    expect(world.cloudFormation.describe(STACK).resources.get('A')?.physicalId).toBe('A-old');
  });

  test('that fails leaves UPDATE_ROLLBACK_FAILED, from where it can be continued', async () => {
    const world = await deployed(customs({ A: { x: 1 }, B: { x: 1 } }));
    let stubborn = true;
    world.handler = ({ LogicalResourceId, ResourceProperties: { x } }) => ({ Status: LogicalResourceId === 'A' && (x === '2' || stubborn) ? 'FAILED' : 'SUCCESS' });
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, B: { x: 1 } }));
    expect(outcome).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED', reason: 'The following resource(s) failed to update: [A].' });
    stubborn = false;
    const stack = world.cloudFormation.describe(STACK);
    world.cloudFormation.continueRollback(stack);
    await world.cloudFormation.settled(stack);
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: { x: 1 } }))).toMatchObject({ changed: false });
  });

  test.each([[true, '1'], [false, '2']])('that failed and goes on, what it goes back from forgotten %s, sends %s as the old properties', async (forgetsFailedRollback, x) => {
    const world = await deployed(customs({ A: { x: 1 } }), { forgetsFailedRollback });
    world.handler = () => ({ Status: 'FAILED' });
    const update = customs({ A: { x: 2 } });
    expect(await world.cloudFormation.deploy(STACK, update)).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED' });
    world.handler = () => ({});
    expect(await world.cloudFormation.continueUpdateRollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.received.at(-1)).toMatchObject({ ResourceProperties: { x: '1' }, OldResourceProperties: { x } });
    expect(await world.cloudFormation.deploy(STACK, update)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.received.at(-1)).toMatchObject({ OldResourceProperties: { x: '1' } });
  });

  test('that failed does not keep the stack from being deleted, replacements included', async () => {
    const world = await deployed(customs({ A: { name: 'old' }, Bad: {} }), { handler: byName });
    world.handler = (event) => (event.LogicalResourceId === 'Bad' && event.RequestType === 'Update' ? { Status: 'FAILED' } : byName(event));
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' }, Bad: { a: { Ref: 'A' } } }))).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED' });
    world.received.length = 0;
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story.sort()).toEqual(['Delete A A-new', 'Delete A A-old', 'Delete Bad Bad-1']);
  });

  test('can be asked for while the update is under way', async () => {
    const world = await deployed(customs({ A: { x: 1 } }));
    world.handler = ({ ResourceProperties: { x } }) => (x === '2' ? undefined : {});
    expect(() => world.cloudFormation.cancelUpdate(STACK)).toThrow('CancelUpdateStack cannot be called from current stack status');
    const update = world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }));
    while (world.received.length < 1) await Promise.resolve();
    world.cloudFormation.cancelUpdate(STACK);
    expect(await update).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [{ logicalId: 'A', reason: 'Resource update cancelled' }] });
    expect(world.story).toEqual(['Update A A-1', 'Update A A-1']);
  });

  test('cannot be asked for while the stack is created', async () => {
    const world = new World();
    world.handler = () => undefined;
    const creation = world.cloudFormation.deploy(STACK, customs({ A: {} }));
    while (world.received.length < 1) await Promise.resolve();
    expect(() => world.cloudFormation.cancelUpdate(STACK)).toThrow('CancelUpdateStack cannot be called from current stack status');
    world.answer(world.received[0]);
    expect(await creation).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('knows what it replaced by its new properties, and can replace it again by what it was', async () => {
    const template = (name: string) => ({ Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: name } } } });
    const world = await deployed(template('one'));
    await world.cloudFormation.deploy(STACK, template('two'));
    expect(world.cloudFormation.describe(STACK).resources.get('Group')?.properties).toEqual({ LogGroupName: 'two' });
    expect(await world.cloudFormation.deploy(STACK, template('two'))).toMatchObject({ changed: false });
    world.calls.length = 0;
    await world.cloudFormation.deploy(STACK, template('one'));
    expect(world.calls.filter((call) => call.startsWith('logs'))).toEqual(['logs.createLogGroup(one)', 'logs.deleteLogGroup(two)']);
  });

  test('restores what CloudFormation itself replaced without a call, and deletes the replacement', async () => {
    const template = (name: string, more: Values) => ({
      Resources: {
        Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: name } },
        Bad: { Type: 'Custom::Bad', Properties: { ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:f', group: { Ref: 'Group' }, ...more } },
      },
    });
    const world = await deployed(template('one', {}), { handler: byName });
    world.calls.length = 0;
    await world.cloudFormation.deploy(STACK, template('two', { fail: 'Update' }));
    expect(world.calls.filter((call) => call.startsWith('logs'))).toEqual(['logs.createLogGroup(two)', 'logs.deleteLogGroup(two)']);
    expect(world.cloudFormation.describe(STACK).resources.get('Group')?.physicalId).toBe('one');
    expect(world.received.slice(-1)[0]).toMatchObject({ ResourceProperties: { group: 'one' }, OldResourceProperties: { group: 'two' } });
    expect(world.history(STACK, 'Group').slice(3)).toEqual([
      'UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence creating one.',
      'UPDATE_IN_PROGRESS: Resource creation Initiated', 'UPDATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE',
    ]);
  });
});

describe('exports', () => {
  const exporting = (value: string, name = 'shared') => customs({ A: {} }, { Outputs: { Out: { Value: value, Export: { Name: name } } } });
  const importing = customs({ B: { shared: { 'Fn::ImportValue': 'shared' } } });

  test('reach other stacks, and cannot change or go while they are in use', async () => {
    const world = await deployed(exporting('one'));
    await world.cloudFormation.deploy('Importer', importing);
    expect(world.received[0].ResourceProperties).toMatchObject({ shared: 'one' });
    const changed = await world.cloudFormation.deploy(STACK, exporting('two'));
    expect(changed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.cloudFormation.events(STACK).find(({ status }) => status === 'UPDATE_ROLLBACK_IN_PROGRESS')?.reason)
      .toBe('Export shared cannot be updated as it is in use by Importer');
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_FAILED', reason: 'Export shared cannot be deleted as it is in use by Importer' });
    expect(world.story).not.toContain('Delete A A-1');
    await world.cloudFormation.delete('Importer');
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
  });

  test('change as long as nobody uses them, and stay the same beside other changes while somebody does', async () => {
    const world = await deployed(exporting('one'));
    const { Outputs } = exporting('two') as { Outputs: Values };
    expect(await world.cloudFormation.deploy(STACK, exporting('two'))).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { Out: 'two' } });
    await world.cloudFormation.deploy('Importer', importing);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }, { Outputs }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(await world.cloudFormation.deploy(STACK, exporting('two', 'other'))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  });

  test('have to exist and to be unique', async () => {
    const world = await deployed(exporting('one'));
    await expect(world.cloudFormation.deploy('Other', customs({ B: { x: { 'Fn::ImportValue': 'missing' } } }))).rejects.toThrow('No export named missing found.');
    expect(world.cloudFormation.findStack('Other')).toBeUndefined();
    expect(await world.cloudFormation.deploy('Twin', exporting('two'))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(world.cloudFormation.events('Twin').find(({ status }) => status === 'ROLLBACK_IN_PROGRESS')?.reason)
      .toContain('Export with name shared is already exported by stack Stack.');
  });
});

describe('outputs of other stacks', () => {
  const giving = (value: string) => customs({ A: {} }, { Outputs: { Out: { Value: value } } });
  const reading = (reference: object = {}) => customs({ B: { shared: { 'Fn::GetStackOutput': { StackName: STACK, OutputName: 'Out', ...reference } } } });

  test('are read without being exported, may change while they are in use, and the reader follows with its next update', async () => {
    const world = await deployed(giving('one'));
    await world.cloudFormation.deploy('Reader', reading({ Region: 'us-east-1' }));
    expect(world.received.at(-1)).toMatchObject({ RequestType: 'Create', ResourceProperties: { shared: 'one' } });
    expect(await world.cloudFormation.deploy(STACK, giving('two'))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.received.at(-1)).toMatchObject({ ResourceProperties: { shared: 'one' } });
    expect(await world.cloudFormation.deploy('Reader', reading({ Region: 'us-east-1' }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.received.at(-1)).toMatchObject({ RequestType: 'Update', ResourceProperties: { shared: 'two' }, OldResourceProperties: { shared: 'one' } });
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
  });

  test('are what they were where the update that read them is rolled back', async () => {
    const world = await deployed(giving('one'));
    await world.cloudFormation.deploy('Reader', reading());
    await world.cloudFormation.deploy(STACK, giving('two'));
    world.handler = ({ LogicalResourceId }) => ({ Status: LogicalResourceId === 'Bad' ? 'FAILED' : 'SUCCESS' });
    const { Resources } = reading() as { Resources: Values };
    const bad = customs({ Bad: { b: { Ref: 'B' } } }) as { Resources: Values };
    expect(await world.cloudFormation.deploy('Reader', { Resources: { ...Resources, ...bad.Resources } })).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    const updates = world.received.filter(({ RequestType, LogicalResourceId }) => RequestType === 'Update' && LogicalResourceId === 'B');
    expect(updates.map(({ ResourceProperties: { shared } }) => shared)).toEqual(['two', 'one']);
  });

  test.each<[string, object, string]>([
    ['another Region', { Region: 'eu-west-1' }, 'Stack with id Stack does not exist'],
    ['a stack that is not there', { StackName: 'Nobody' }, 'Stack with id Nobody does not exist'],
    ['an output that is not there', { OutputName: 'Nothing' }, 'stack Stack has no output Nothing'],
    ['another account', { RoleArn: 'arn:aws:iam::444455556666:role/reader' }, 'Role arn:aws:iam::444455556666:role/reader is invalid or cannot be assumed'],
  ])('are refused of %s', async (_, reference, message) => {
    const world = await deployed(giving('one'));
    await expect(world.cloudFormation.deploy('Reader', reading(reference))).rejects.toThrow(message);
    expect(world.cloudFormation.findStack('Reader')).toBeUndefined();
  });

  test('are read with the permissions of the reader', async () => {
    const world = await deployed(giving('one'));
    world.denied.add('cloudformation:DescribeStacks');
    await expect(world.cloudFormation.deploy('Reader', reading())).rejects.toThrow(/is not authorized to perform: cloudformation:DescribeStacks on resource: arn:aws:cloudformation:.*:stack\/Stack\//);
  });
});
