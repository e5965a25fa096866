import { deployed, forget, NO_ROLLBACK, physicalIds, STACK } from './scene';
import { byName, customs, FUNCTION_ARN, World } from './world';
import { Settings } from '../../../local-aws/cloudformation/settings';
import { Values } from '../../../local-aws/cloudformation/values';

/** A log group, which CloudFormation itself replaces, and something that uses it. */
const group = (name: string, more: Values = {}): Values => ({
  Resources: {
    Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: name } },
    User: { Type: 'Custom::Thing', Properties: { ServiceToken: FUNCTION_ARN, group: { Ref: 'Group' }, ...more } },
  },
});
const groupCalls = ({ calls }: World) => calls.filter((call) => call.startsWith('logs.'));

describe('a creation that fails with rollback disabled', () => {
  test('goes on with what does not stand on the failure, waits for what is under way, and begins nothing else', async () => {
    const world = new World();
    world.handler = async (event) => {
      if (event.LogicalResourceId === 'Slow') await world.clock.sleep(60_000);
      return byName(event);
    };
    const outcome = await world.cloudFormation.deploy(STACK, customs({
      Bad: { fail: 'Create' }, Blocked: { bad: { Ref: 'Bad' } }, Slow: {}, AfterSlow: { slow: { Ref: 'Slow' } },
    }), NO_ROLLBACK);
    expect(outcome).toMatchObject({ status: 'CREATE_FAILED', reason: 'The following resource(s) failed to create: [Bad].' });
    expect(outcome.failures).toMatchObject([{ logicalId: 'Bad', status: 'CREATE_FAILED' }]);
    expect(world.story).toEqual(['Create Bad', 'Create Slow', 'Create AfterSlow']);
    const { resources, disableRollback } = world.cloudFormation.stack(STACK);
    expect([...resources.values()].map(({ logicalId, status }) => [logicalId, status])).toEqual([
      ['Bad', 'CREATE_FAILED'], ['Slow', 'CREATE_COMPLETE'], ['AfterSlow', 'CREATE_COMPLETE'],
    ]);
    expect(disableRollback).toBe(true);
    expect(world.statuses(STACK)).toEqual(['REVIEW_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'CREATE_FAILED']);
  });

  test('takes an update only with rollback disabled', async () => {
    const world = await deployed(customs({ A: { fail: 'Create' } }));
    await expect(world.cloudFormation.deploy(STACK, customs({ A: {} }))).rejects.toThrow(
      'This stack is currently in a non-terminal [CREATE_FAILED] state. To update the stack from this state, please use the disable-rollback parameter ' +
      'with update-stack API. To rollback to the last known good state, use the rollback-stack API',
    );
    expect(world.received).toEqual([]);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
  });

  test('is mended by an update, which creates what is missing, compares what is complete, and cleans up', async () => {
    const world = await deployed(customs({ Same: {}, Changed: { x: 1 }, Gone: {}, Bad: { fail: 'Create' }, Never: { bad: { Ref: 'Bad' } } }));
    const outcome = await world.cloudFormation.deploy(STACK, customs({ Same: {}, Changed: { x: 2 }, Bad: {}, Never: { bad: { Ref: 'Bad' } } }), NO_ROLLBACK);
    expect(outcome).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(world.story).toEqual(['Update Changed Changed-1', 'Delete Bad Bad-1', 'Create Bad', 'Create Never', 'Delete Gone Gone-1']);
    expect(world.statuses(STACK).slice(-3)).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE']);
    expect(world.history(STACK, 'Bad').slice(-5)).toEqual([
      'DELETE_IN_PROGRESS', 'DELETE_COMPLETE', 'CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS: Resource creation Initiated', 'CREATE_COMPLETE',
    ]);
    expect(await world.cloudFormation.deploy(STACK, customs({ Same: {}, Changed: { x: 2 }, Bad: {}, Never: { bad: { Ref: 'Bad' } } }))).toMatchObject({ changed: false });
  });

  test('is retried with the same template', async () => {
    const world = new World();
    world.handler = ({ LogicalResourceId }) => ({ Status: LogicalResourceId === 'Bad' ? 'FAILED' : 'SUCCESS' });
    const template = customs({ A: {}, Bad: {} });
    await world.cloudFormation.deploy(STACK, template, NO_ROLLBACK);
    forget(world);
    world.handler = byName;
    expect(await world.cloudFormation.deploy(STACK, template, NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
    expect(world.story).toEqual(['Delete Bad Bad-1', 'Create Bad']);
  });

  test('is retried where only an output failed', async () => {
    const world = new World();
    const exporting = customs({ A: {} }, { Outputs: { Out: { Value: 'x', Export: { Name: 'shared' } } } });
    await world.cloudFormation.deploy('Other', exporting);
    expect(await world.cloudFormation.deploy(STACK, exporting, NO_ROLLBACK)).toMatchObject({
      status: 'CREATE_FAILED', reason: 'Export with name shared is already exported by stack Other.',
    });
    await world.cloudFormation.delete('Other');
    expect(await world.cloudFormation.deploy(STACK, exporting, NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { Out: 'x' } });
  });

  test('can fail again and again', async () => {
    const world = await deployed(customs({ A: { fail: 'Create' }, B: { a: { Ref: 'A' } } }));
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { fail: 'Create', x: 1 }, B: { a: { Ref: 'A' } } }), NO_ROLLBACK)).toMatchObject({
      status: 'UPDATE_FAILED', reason: 'The following resource(s) failed to create: [A].',
    });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' }, fail: 'Create' } }), NO_ROLLBACK)).toMatchObject({
      status: 'UPDATE_FAILED', reason: 'The following resource(s) failed to create: [B].',
    });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    await world.cloudFormation.delete(STACK);
    expect(world.story.slice(-2)).toEqual(['Delete B B-1', 'Delete A A-1']);
  });

  test('waits for signals again', async () => {
    const world = new World();
    const template = { Resources: { Wait: { Type: 'AWS::CloudFormation::WaitCondition', CreationPolicy: { ResourceSignal: { Timeout: 'PT1M' } } } } };
    expect(await world.cloudFormation.deploy(STACK, template, NO_ROLLBACK)).toMatchObject({ status: 'CREATE_FAILED' });
    const update = world.cloudFormation.deploy(STACK, template, NO_ROLLBACK);
    const stack = world.cloudFormation.stack(STACK);
    for (let turn = 0; turn < 100 && stack.resources.get('Wait')?.status !== 'CREATE_IN_PROGRESS'; turn++) await Promise.resolve();
    world.cloudFormation.signalResource(stack, 'Wait', 'one', 'SUCCESS');
    expect(await update).toMatchObject({ status: 'UPDATE_COMPLETE' });
  });
});

describe('what could not be created', () => {
  test.each<[Settings['failedCreation'], string[]]>([
    ['deleted first', ['Delete A A-old', 'Create A']],
    ['deleted last', ['Create A', 'Delete A A-old']],
    ['forgotten', ['Create A']],
  ])('is %s by the next update', async (failedCreation, story) => {
    const world = await deployed(customs({ A: { name: 'old', fail: 'Create' } }), { failedCreation });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story).toEqual(story);
    expect(physicalIds(world)).toEqual(['A-new']);
  });

  test.each<[Settings['failedCreation'], string[]]>([
    ['deleted first', ['Delete A A-1', 'Create A', 'Delete A A-1']],
    ['deleted last', ['Create A', 'Delete A A-1']],
  ])('is %s, and not when another one has its id', async (failedCreation, story) => {
    const world = await deployed(customs({ A: { fail: 'Create' } }), { failedCreation });
    await world.cloudFormation.deploy(STACK, customs({ A: {} }), NO_ROLLBACK);
    await world.cloudFormation.delete(STACK);
    expect(world.story).toEqual(story);
  });

  test.each<Settings['failedCreation']>(['deleted last', 'forgotten'])('is not deleted where it never came to be (%s)', async (failedCreation) => {
    const world = new World({ failedCreation });
    world.refused.set('logs.createLogGroup(one)', new Error('no') as never);
    await world.cloudFormation.deploy(STACK, group('one'), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, group('two'), NO_ROLLBACK);
    expect(world.history(STACK, 'Group').filter((event) => event.startsWith('DELETE'))).toEqual([]);
    expect(world.history(STACK, 'Group').at(-1)).toBe('CREATE_COMPLETE');
  });

  test('is deleted whatever its policies say', async () => {
    const $ = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    const world = await deployed(customs({ A: { name: 'old', fail: 'Create', $ }, B: { fail: 'Create', $ }, C: {} }), { failedCreation: 'deleted last' });
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new', $ }, C: {} }), NO_ROLLBACK);
    expect(world.story.sort()).toEqual(['Create A', 'Delete A A-old', 'Delete B B-1']);
  });

  test('fails the update where it cannot be deleted first, and is tried again', async () => {
    const world = new World();
    let stubborn = true;
    world.handler = ({ RequestType }) => ({ Status: stubborn ? 'FAILED' : 'SUCCESS', ...RequestType === 'Create' && { PhysicalResourceId: 'half' } });
    await world.cloudFormation.deploy(STACK, customs({ A: {} }), NO_ROLLBACK);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_FAILED', failures: [{ status: 'DELETE_FAILED' }] });
    stubborn = false;
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story).toEqual(['Create A', 'Delete A half', 'Delete A half', 'Create A']);
  });

  test('is deleted when the update that added it is rolled back, also after it was tried again', async () => {
    const world = await deployed(customs({ A: {} }), { failedCreation: 'deleted last' });
    await world.cloudFormation.deploy(STACK, customs({ A: {}, New: { name: 'one', fail: 'Create' } }), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, customs({ A: {}, New: { name: 'two', fail: 'Create' } }), NO_ROLLBACK);
    forget(world);
    expect(await world.cloudFormation.rollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.story).toEqual(['Delete New New-one', 'Delete New New-two']);
    expect(physicalIds(world)).toEqual(['A-1']);
  });
});

describe('an update that fails with rollback disabled', () => {
  test('goes on with what does not stand on the failure', async () => {
    const world = await deployed(customs({ Bad: {}, Blocked: { bad: { Ref: 'Bad' } }, Other: { x: 1 } }), { failedUpdate: 'left' });
    world.handler = async (event) => {
      if (event.LogicalResourceId === 'Other') await world.clock.sleep(60_000);
      return byName(event);
    };
    const outcome = await world.cloudFormation.deploy(STACK, customs({
      Bad: { fail: 'Update' }, Blocked: { bad: { Ref: 'Bad' }, x: 1 }, Other: { x: 2 }, New: { other: { Ref: 'Other' } },
    }), NO_ROLLBACK);
    expect(outcome).toMatchObject({ status: 'UPDATE_FAILED', reason: 'The following resource(s) failed to update: [Bad].' });
    expect(world.story).toEqual(['Update Bad Bad-1', 'Update Other Other-1', 'Create New']);
    expect(world.statuses(STACK).slice(-2)).toEqual(['UPDATE_IN_PROGRESS', 'UPDATE_FAILED']);
    await expect(world.cloudFormation.deploy(STACK, customs({ Bad: {} }))).rejects.toThrow('currently in a non-terminal [UPDATE_FAILED] state');
  });

  test.each<[Settings['failedUpdate'], string[]]>([
    ['updated back', ['2 from 1', '1 from 2', '3 from 1']],
    ['assumed back', ['2 from 1', '3 from 1']],
    ['left', ['2 from 1', '3 from 2']],
  ])('is %s, and then updated from there', async (failedUpdate, steps) => {
    const world = await deployed(customs({ A: { x: 1 } }), { failedUpdate });
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: { x: 2, fail: 'Update' } }), NO_ROLLBACK);
    expect(outcome).toMatchObject({ status: 'UPDATE_FAILED', failures: [{ logicalId: 'A', status: 'UPDATE_FAILED', reason: expect.stringContaining('asked to') }] });
    expect(world.cloudFormation.stack(STACK).resources.get('A')?.status).toBe('UPDATE_FAILED');
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 3 } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.received.map(({ ResourceProperties, OldResourceProperties }) => `${String(ResourceProperties.x)} from ${String(OldResourceProperties?.x)}`)).toEqual(steps);
  });

  test.each<[Settings['failedUpdate'], string[]]>([['updated back', []], ['assumed back', []], ['left', ['Update A A-1']]])(
    'where it is %s, is rolled back by: %j', async (failedUpdate, story) => {
      const world = await deployed(customs({ A: { x: 1 } }), { failedUpdate });
      await world.cloudFormation.deploy(STACK, customs({ A: { x: 2, fail: 'Update' } }), NO_ROLLBACK);
      forget(world);
      expect(await world.cloudFormation.rollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
      expect(world.story).toEqual(story);
      expect(world.cloudFormation.stack(STACK).resources.get('A')).toMatchObject({ status: 'UPDATE_COMPLETE', properties: { x: 1 } });
    },
  );

  test('updates a resource again that could not be updated back', async () => {
    const world = await deployed(customs({ A: { x: 1 } }));
    world.handler = () => ({ Status: 'FAILED' });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }), NO_ROLLBACK);
    world.handler = byName;
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
    expect(world.received.map(({ ResourceProperties }) => ResourceProperties.x)).toEqual(['2', '1', '1']);
  });

  test('asks for nothing back where nothing was asked for', async () => {
    const world = await deployed(customs({ A: {} }));
    const other = 'arn:aws:lambda:us-east-1:111122223333:function:other';
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { ServiceToken: other } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_FAILED' });
    expect(world.received).toEqual([]);
  });

  test.each<[Settings['failedUpdate'], string[]]>([
    ['updated back', ['Update A A-old', 'Update A A-new', 'Delete A A-new']],
    ['assumed back', ['Update A A-old', 'Delete A A-new']],
    ['left', ['Update A A-old', 'Update A A-new', 'Delete A A-new']],
  ])('%s, leaves the old resource alone where the failure named a new one', async (failedUpdate, story) => {
    const world = await deployed(customs({ A: { name: 'old' }, B: {} }), { failedUpdate });
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new', fail: 'Update' }, B: {} }), NO_ROLLBACK);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { name: 'old' }, B: { x: 1 } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story.filter((line) => line.includes(' A '))).toEqual(story);
    expect(physicalIds(world)).toEqual(['A-old', 'B-1']);
  });

  test('compares resources that it did not come to with the template that they are of', async () => {
    const world = await deployed(customs({ Bad: {}, B: { x: 1, bad: { Ref: 'Bad' } } }));
    await world.cloudFormation.deploy(STACK, customs({ Bad: { fail: 'Update' }, B: { x: 2, bad: { Ref: 'Bad' } } }), NO_ROLLBACK);
    forget(world);
    await world.cloudFormation.deploy(STACK, customs({ Bad: { y: 1 }, B: { x: 2, bad: { Ref: 'Bad' } } }), NO_ROLLBACK);
    expect(world.received.at(-1)).toMatchObject({ LogicalResourceId: 'B', ResourceProperties: { x: '2' }, OldResourceProperties: { x: '1' } });
  });

  test.each(['updated back', 'assumed back'] as const)('has nothing to change where each resource is as the template says: %s', async (failedUpdate) => {
    const world = await deployed(customs({ A: { x: 1 } }), { failedUpdate });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2, fail: 'Update' } }), NO_ROLLBACK);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_FAILED', changed: false });
  });

  test.each<[string, (world: World) => Promise<unknown>]>([
    ['an update that succeeds', async ({ cloudFormation }) => cloudFormation.deploy(STACK, customs({ A: { x: 1 } }), NO_ROLLBACK)],
    ['a rollback', async ({ cloudFormation }) => cloudFormation.rollback(STACK)],
    ['the deletion of the stack', async ({ cloudFormation }) => cloudFormation.delete(STACK)],
  ])('has what any of the templates in between had removed by %s, users first', async (_, end) => {
    const world = await deployed(customs({ A: {} }));
    await world.cloudFormation.deploy(STACK, customs({ A: {}, Base: {}, User: { base: { Ref: 'Base' } }, Bad: { fail: 'Create' } }), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, customs({ A: {}, Bad: { fail: 'Create', x: 1 } }), NO_ROLLBACK);
    forget(world);
    await end(world);
    expect(world.story.filter((line) => /Base|User/.test(line))).toEqual(['Delete User User-1', 'Delete Base Base-1']);
  });
});

describe('a replacement with rollback disabled', () => {
  test('is refused until November 2026, before anything is done', async () => {
    const world = await deployed(group('one'), { replacementWithoutRollback: 'refused' });
    expect(await world.cloudFormation.deploy(STACK, group('two'), NO_ROLLBACK)).toMatchObject({
      status: 'UPDATE_FAILED', failures: [{ logicalId: 'Group', reason: 'Replacement type updates not supported on stack with disable-rollback.' }],
    });
    expect(world.calls).toEqual([]);
    expect(await world.cloudFormation.rollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await world.cloudFormation.deploy(STACK, group('two'))).toMatchObject({ status: 'UPDATE_COMPLETE' });
  });

  test('is not refused to a resource that was never created', async () => {
    const world = new World({ replacementWithoutRollback: 'refused' });
    world.refused.set('logs.createLogGroup(one)', new Error('no') as never);
    await world.cloudFormation.deploy(STACK, group('one'), NO_ROLLBACK);
    expect(await world.cloudFormation.deploy(STACK, group('two'), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
  });

  test('is the only update that is refused', async () => {
    const world = await deployed(group('one'), { replacementWithoutRollback: 'refused', newIdWithoutRollback: 'refused' });
    expect(await world.cloudFormation.deploy(STACK, group('one', { x: 1 }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    const template = group('one', { x: 1 });
    ((template.Resources as Values).Group as { Properties: Values }).Properties.RetentionInDays = 7;
    expect(await world.cloudFormation.deploy(STACK, template, NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  });

  test('is allowed since then', async () => {
    const world = await deployed(group('one'));
    expect(await world.cloudFormation.deploy(STACK, group('two'), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(groupCalls(world)).toEqual(['logs.createLogGroup(two)', 'logs.deleteLogGroup(one)']);
  });

  test.each<[Settings['newIdWithoutRollback'], boolean, string, string[]]>([
    ['allowed', true, 'UPDATE_COMPLETE', ['Update A A-old', 'Delete A A-old']],
    ['refused', true, 'UPDATE_FAILED', ['Update A A-old', 'Update A A-new']],
    ['refused', false, 'UPDATE_FAILED', ['Update A A-old', 'Update A A-new']],
  ])('by the answer of a custom resource may be %s, ids of failures adopted: %s', async (newIdWithoutRollback, adoptIdOfFailedUpdate, status, story) => {
    const world = await deployed(customs({ A: { name: 'old' } }), { newIdWithoutRollback, adoptIdOfFailedUpdate });
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' } }), NO_ROLLBACK);
    expect(outcome.status).toBe(status);
    expect(world.story).toEqual(story);
    if (status === 'UPDATE_COMPLETE') return;
    expect(outcome.failures).toMatchObject([{ logicalId: 'A', reason: 'Replacement type updates not supported on stack with disable-rollback.' }]);
    expect(await world.cloudFormation.rollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.story.slice(2)).toEqual(['Delete A A-new']);
    expect(physicalIds(world)).toEqual(['A-old']);
  });

  test('that follows another one goes back to the first, and leaves nothing of those in between', async () => {
    const world = await deployed(group('one'));
    await world.cloudFormation.deploy(STACK, group('two', { fail: 'Update' }), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, group('three', { fail: 'Update' }), NO_ROLLBACK);
    forget(world);
    expect(await world.cloudFormation.rollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(groupCalls(world).sort()).toEqual(['logs.deleteLogGroup(three)', 'logs.deleteLogGroup(two)']);
    expect(world.cloudFormation.stack(STACK).resources.get('Group')?.physicalId).toBe('one');
  });

  test('of a custom resource does so, too', async () => {
    const template = (name: string, more: Values = {}) => customs({ A: { name }, User: { a: { Ref: 'A' }, ...more } });
    const world = await deployed(template('old'));
    await world.cloudFormation.deploy(STACK, template('two', { fail: 'Update' }), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, template('three', { fail: 'Update' }), NO_ROLLBACK);
    forget(world);
    await world.cloudFormation.rollback(STACK);
    expect(world.story.filter((line) => line.startsWith('Delete')).sort()).toEqual(['Delete A A-three', 'Delete A A-two']);
    expect(physicalIds(world)).toEqual(['A-old', 'User-1']);
  });

  test('that goes back to the first by an update keeps it, and deletes what was in between once', async () => {
    const template = (name: string, more: Values = {}) => customs({ A: { name }, User: { a: { Ref: 'A' }, ...more } });
    const world = await deployed(template('old'));
    for (const name of ['new', 'old', 'new', 'newer']) await world.cloudFormation.deploy(STACK, template(name, { fail: 'Update', name: 'kept' }), NO_ROLLBACK);
    forget(world);
    expect(await world.cloudFormation.deploy(STACK, template('old', { x: 1 }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story.filter((line) => line.startsWith('Delete A')).sort()).toEqual(['Delete A A-new', 'Delete A A-newer']);
    expect(world.cloudFormation.stack(STACK).resources.get('A')?.physicalId).toBe('A-old');
  });

  test.each<Settings['failedUpdate']>(['updated back', 'assumed back', 'left'])('that follows an update that failed (%s) is still what the deletion of the stack may forget', async (failedUpdate) => {
    const world = await deployed(customs({ A: { name: 'old' } }), { deletionForgetsReplaced: true, failedUpdate });
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'old', fail: 'Update' } }), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' }, Bad: { fail: 'Create' } }), NO_ROLLBACK);
    forget(world);
    await world.cloudFormation.delete(STACK);
    expect(world.story.sort()).toEqual(['Delete A A-new', 'Delete Bad Bad-1']);
  });

  test.each([[false, ['Delete A A-new', 'Delete A A-old']], [true, ['Delete A A-new']]])(
    'is deleted with the stack, what it replaced forgotten: %s', async (deletionForgetsReplaced, story) => {
      const world = await deployed(customs({ A: { name: 'old' } }), { deletionForgetsReplaced });
      await world.cloudFormation.deploy(STACK, customs({ A: { name: 'new' }, Bad: { fail: 'Create' } }), NO_ROLLBACK);
      forget(world);
      expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
      expect(world.story.filter((line) => line.includes(' A ')).sort()).toEqual(story);
    },
  );
});

describe('cancelling an update with rollback disabled', () => {
  test.each<[Settings['cancelWithoutRollback'], string]>([['rolls back', 'UPDATE_ROLLBACK_COMPLETE'], ['stops', 'UPDATE_FAILED']])('%s: %s', async (cancelWithoutRollback, status) => {
    const world = await deployed(customs({ A: { x: 1 }, B: { a: { Ref: 'A' } } }), { cancelWithoutRollback });
    world.handler = ({ ResourceProperties: { x } }) => (x === '2' ? undefined : {});
    const update = world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, B: { a: { Ref: 'A' }, x: 1 } }), NO_ROLLBACK);
    for (let turn = 0; turn < 100 && world.received.length < 1; turn++) await Promise.resolve();
    world.cloudFormation.cancelUpdate(STACK);
    expect(await update).toMatchObject({ status, failures: [{ logicalId: 'A', reason: 'Resource update cancelled' }] });
    expect(world.story).toEqual(['Update A A-1', 'Update A A-1']);
  });
});

test('cancelling the update of a stack that never was stable deletes all it has, where it is rolled back', async () => {
  const world = await deployed(customs({ A: { x: 1 }, Bad: { fail: 'Create' } }));
  world.handler = (event) => (event.RequestType === 'Update' ? undefined : byName(event));
  const update = world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }), NO_ROLLBACK);
  for (let turn = 0; turn < 100 && world.received.length < 1; turn++) await Promise.resolve();
  world.cloudFormation.cancelUpdate(STACK);
  expect(await update).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
  expect(world.story.sort()).toEqual(['Delete A A-1', 'Delete Bad Bad-1', 'Update A A-1']);
});
