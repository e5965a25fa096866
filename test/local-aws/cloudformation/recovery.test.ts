import { deployed, forget, NO_ROLLBACK, physicalIds, STACK } from './scene';
import { customs, ROOT, World } from './world';
import { Settings } from '../../../local-aws/cloudformation/settings';
import { Values } from '../../../local-aws/cloudformation/values';

/* How a stack is brought to an end whose operation failed. */

describe('RollbackStack', () => {
  test('goes back from UPDATE_FAILED by updates with old and new swapped, then deletes what is new', async () => {
    const world = await deployed(customs({ A: { x: 1 }, B: { x: 1 } }), { failedUpdate: 'left' });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, New: {}, B: { x: 2, a: { Ref: 'A' }, fail: 'Update' } }), NO_ROLLBACK);
    forget(world);
    expect(await world.cloudFormation.rollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.story).toEqual(['Update A A-1', 'Update B B-1', 'Delete New New-1']);
    expect(world.received[0]).toMatchObject({ ResourceProperties: { x: '1' }, OldResourceProperties: { x: '2' } });
    expect(world.statuses(STACK).slice(-3)).toEqual([
      'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: { x: 1 } }))).toMatchObject({ changed: false });
  });

  test('goes back over all updates that failed, to the last one that did not', async () => {
    const world = await deployed(customs({ A: { x: 1 } }));
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, New: {}, Bad: { fail: 'Create' } }), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 3 }, Newer: {}, Bad: { fail: 'Create' } }), NO_ROLLBACK);
    forget(world);
    await world.cloudFormation.rollback(STACK);
    expect(world.received[0]).toMatchObject({ ResourceProperties: { x: '1' }, OldResourceProperties: { x: '3' } });
    expect(world.story.slice(1).sort()).toEqual(['Delete Bad Bad-1', 'Delete New New-1', 'Delete Newer Newer-1']);
  });

  test('deletes all that a new resource was between the failures', async () => {
    const template = (name: string) => customs({ A: {}, New: { name }, Bad: { new: { Ref: 'New' }, fail: 'Create' } });
    const world = await deployed(customs({ A: {} }));
    await world.cloudFormation.deploy(STACK, template('one'), NO_ROLLBACK);
    await world.cloudFormation.deploy(STACK, template('two'), NO_ROLLBACK);
    forget(world);
    await world.cloudFormation.rollback(STACK);
    expect(world.story.filter((line) => line.startsWith('Delete New')).sort()).toEqual(['Delete New New-one', 'Delete New New-two']);
    expect(physicalIds(world)).toEqual(['A-1']);
  });

  test.each<[Settings['rollbackOfCreation'], string[]]>([
    ['keeps the stack', ['ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE']],
    ['deletes the stack', ['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']],
  ])('%s where it never was stable', async (rollbackOfCreation, statuses) => {
    for (const failures of [1, 2]) {
      const world = await deployed(customs({ A: {}, B: { a: { Ref: 'A' }, fail: 'Create' } }), { rollbackOfCreation });
      if (failures === 2) await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: { a: { Ref: 'A' }, fail: 'Create' } }), NO_ROLLBACK);
      forget(world);
      const { stackId, status } = await world.cloudFormation.rollback(STACK);
      expect(status).toBe(statuses[1]);
      expect(world.statuses(stackId).slice(-2)).toEqual(statuses);
      expect(world.story).toEqual(['Delete B B-1', 'Delete A A-1']);
    }
  });

  test.each([[false, []], [true, ['Delete New New-1', 'Delete Changed Changed-new']]])(
    'with RetainExceptOnCreate %s deletes what is new although it is to be retained: %j', async (retainExceptOnCreate, story) => {
      const $ = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
      const world = await deployed(customs({ Changed: { name: 'old', $ } }));
      await world.cloudFormation.deploy(STACK, customs({ Changed: { name: 'new', $ }, New: { $ }, Bad: { fail: 'Create' } }), NO_ROLLBACK);
      forget(world);
      await world.cloudFormation.rollback(STACK, { retainExceptOnCreate });
      expect(world.story.filter((line) => /Delete (New|Changed)/.test(line)).sort()).toEqual([...story].sort());
      expect(physicalIds(world)).toEqual(['Changed-old']);
    },
  );

  test.each([[false, ['Delete Bad Bad-1']], [true, ['Delete Bad Bad-1', 'Delete A A-1']]])(
    'of a creation with RetainExceptOnCreate %s: %j', async (retainExceptOnCreate, story) => {
      for (const rollbackOfCreation of ['keeps the stack', 'deletes the stack'] as const) {
        const world = await deployed(customs({ A: { $: { DeletionPolicy: 'Retain' } }, Bad: { a: { Ref: 'A' }, fail: 'Create' } }), { rollbackOfCreation });
        await world.cloudFormation.rollback(STACK, { retainExceptOnCreate });
        expect(world.story).toEqual(story);
      }
    },
  );

  test('is an operation of its own, which may move the time of the stack', async () => {
    for (const rollbackMovesTime of [false, true]) {
      const world = await deployed(customs({ A: { fail: 'Create' } }), { rollbackMovesTime });
      await world.cloudFormation.rollback(STACK);
      expect(world.cloudFormation.stack(STACK).lastUpdatedTime !== undefined).toBe(rollbackMovesTime);
    }
  });

  test('is not disturbed by a change set that was made before it', async () => {
    const world = await deployed(customs({ A: { x: 1 } }));
    const { cloudFormation } = world;
    await cloudFormation.deploy(STACK, customs({ A: { x: 2 }, Bad: { fail: 'Create' } }), NO_ROLLBACK);
    const changeSet = await cloudFormation.changeSets.create(ROOT, { stackName: STACK, changeSetName: 'c', type: 'UPDATE', template: customs({ A: { x: 3 } }) });
    const rollback = cloudFormation.rollback(STACK);
    expect(() => cloudFormation.changeSets.execute(changeSet, { onFailure: 'DO_NOTHING' })).toThrow(/is in UPDATE_ROLLBACK_IN_PROGRESS state and can not be updated/);
    expect(await rollback).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  });

  test('is only for what stopped at a failure', async () => {
    const world = await deployed(customs({ A: {} }));
    expect(() => world.cloudFormation.rollbackStack(world.cloudFormation.stack(STACK))).toThrow(/is in CREATE_COMPLETE state and can not be rolled back/);
    world.handler = ({ RequestType }) => ({ Status: RequestType === 'Update' ? 'FAILED' : 'SUCCESS' });
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }));
    expect(() => world.cloudFormation.rollbackStack(world.cloudFormation.stack(STACK))).toThrow(/is in UPDATE_ROLLBACK_FAILED state and can not be rolled back/);
  });
});

test('an operation with RetainExceptOnCreate deletes what is new when it is rolled back itself', async () => {
  const $ = { DeletionPolicy: 'Retain' };
  for (const retainExceptOnCreate of [false, true]) {
    const world = await deployed(customs({ A: {} }));
    await world.cloudFormation.deploy(STACK, customs({ A: {}, New: { $ }, Bad: { $: { DependsOn: 'New' }, fail: 'Create' } }), { retainExceptOnCreate });
    expect(world.story.includes('Delete New New-1')).toBe(retainExceptOnCreate);
  }
});

describe('ContinueUpdateRollback', () => {
  /** A can never be rolled back; B failed in the update, and what stands on A was not reached. */
  async function stuck(): Promise<World> {
    const world = await deployed(customs({ A: { x: 1 }, B: { a: { Ref: 'A' } } }));
    world.handler = ({ LogicalResourceId, ResourceProperties: { x, fail } }) => ({ Status: fail !== undefined || (LogicalResourceId === 'A' && x === '1') ? 'FAILED' : 'SUCCESS' });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, B: { a: { Ref: 'A' }, fail: 'Update' } }))).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED' });
    forget(world);
    return world;
  }

  test('takes a resource for what it should be that it is told to skip', async () => {
    const world = await stuck();
    expect(await world.cloudFormation.continueUpdateRollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED' });
    forget(world);
    expect(await world.cloudFormation.continueUpdateRollback(STACK, { skipped: ['A'] })).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', failures: [] });
    expect(world.story).toEqual(['Update B B-1']);
    expect(world.history(STACK, 'A').at(-1)).toBe('UPDATE_COMPLETE: Resource skipped during UpdateRollback');
    expect(world.cloudFormation.resources(world.cloudFormation.stack(STACK))).toMatchObject([{ logicalId: 'A', status: 'UPDATE_COMPLETE' }, { logicalId: 'B' }]);
    expect(await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: { a: { Ref: 'A' } } }))).toMatchObject({ changed: false });
  });

  test('skips by force all that could not be rolled back', async () => {
    const world = await stuck();
    expect(await world.cloudFormation.continueUpdateRollback(STACK, { force: true })).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(world.story).toEqual(['Update B B-1']);
  });

  test('skips nothing else', async () => {
    const world = await stuck();
    const { cloudFormation } = world;
    const skip = (skipped: string[], force?: boolean) => () => cloudFormation.continueRollback(cloudFormation.stack(STACK), { skipped, force });
    expect(skip(['A', 'B'])).toThrow('Resources [B] cannot be skipped');
    expect(skip(['None'])).toThrow('Resources [None] cannot be skipped');
    expect(skip(['A'], true)).toThrow('ForceRollback and ResourcesToSkip are mutually exclusive.');
  });

  test('does not skip what was only cancelled', async () => {
    const world = await deployed(customs({ A: { x: 1 }, Slow: { x: 1 } }));
    world.handler = ({ LogicalResourceId, ResourceProperties: { x } }) => {
      if (x === '2') return {};
      return LogicalResourceId === 'Slow' ? undefined : { Status: 'FAILED' };
    };
    const bad = { $: { DependsOn: ['A', 'Slow'] }, name: { 'Fn::GetAtt': ['A', 'None'] } };
    await world.cloudFormation.deploy(STACK, customs({ A: { x: 2 }, Slow: { x: 2 }, Bad: bad }));
    expect(world.history(STACK, 'Slow').at(-1)).toBe('UPDATE_FAILED: Resource update cancelled');
    expect(() => world.cloudFormation.continueRollback(world.cloudFormation.stack(STACK), { skipped: ['Slow'] })).toThrow('Resources [Slow] cannot be skipped');
  });

  test('does not skip what was rolled back since then', async () => {
    const world = await stuck();
    world.handler = ({ LogicalResourceId }) => ({ Status: LogicalResourceId === 'B' ? 'FAILED' : 'SUCCESS' });
    expect(await world.cloudFormation.continueUpdateRollback(STACK)).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED', failures: [{ logicalId: 'B' }] });
    const stack = world.cloudFormation.stack(STACK);
    expect(() => world.cloudFormation.continueRollback(stack, { skipped: ['A'] })).toThrow('Resources [A] cannot be skipped');
    expect(await world.cloudFormation.continueUpdateRollback(STACK, { skipped: ['B'] })).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  });

  test('does not skip what it skipped before', async () => {
    const world = await stuck();
    world.handler = ({ LogicalResourceId }) => ({ Status: LogicalResourceId === 'B' ? 'FAILED' : 'SUCCESS' });
    expect(await world.cloudFormation.continueUpdateRollback(STACK, { skipped: ['A'] })).toMatchObject({ status: 'UPDATE_ROLLBACK_FAILED', failures: [{ logicalId: 'B' }] });
    expect(() => world.cloudFormation.continueRollback(world.cloudFormation.stack(STACK), { skipped: ['A'] })).toThrow('Resources [A] cannot be skipped');
  });

  test('is only for a rollback that failed', async () => {
    const world = await deployed(customs({ A: { fail: 'Create' } }));
    expect(() => world.cloudFormation.continueRollback(world.cloudFormation.stack(STACK))).toThrow(/is in CREATE_FAILED state and can not continue/);
  });
});

describe('deleting a stack whose deletion failed', () => {
  async function undeletable(settings?: Partial<Settings>): Promise<World> {
    const world = await deployed(customs({ A: {}, B: { a: { Ref: 'A' }, fail: 'Delete' }, C: {} }), settings);
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_FAILED' });
    forget(world);
    return world;
  }

  test('leaves behind what it is told to', async () => {
    const world = await undeletable();
    expect(await world.cloudFormation.delete(STACK, undefined, { retained: new Set(['B']) })).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story).toEqual(['Delete A A-1']);
  });

  test('leaves behind by force what it cannot delete', async () => {
    const world = await undeletable();
    const { stackId, status } = await world.cloudFormation.delete(STACK, undefined, { force: true });
    expect(status).toBe('DELETE_COMPLETE');
    expect(world.story).toEqual(['Delete B B-1', 'Delete A A-1']);
    expect(world.history(stackId, 'B').at(-1)).toBe('DELETE_SKIPPED');
  });

  test('is the only time for either', async () => {
    const world = await deployed(customs({ A: {} }));
    const stack = world.cloudFormation.stack(STACK);
    expect(() => world.cloudFormation.deleteStack(stack, { retained: new Set(['A']) })).toThrow(/only when stack status is DELETE_FAILED/);
    expect(() => world.cloudFormation.deleteStack(stack, { force: true })).toThrow(/only when its status is DELETE_FAILED/);
    expect((await undeletable()).cloudFormation.stack(STACK).status).toBe('DELETE_FAILED');
  });

  test('knows what it is to leave behind', async () => {
    const world = await undeletable();
    expect(() => world.cloudFormation.deleteStack(world.cloudFormation.stack(STACK), { retained: new Set(['None']) })).toThrow('Resource None does not exist for stack Stack');
  });

  test.each<[Settings['showsDeparted'], string[]]>([
    ['none', []], ['skipped', ['B DELETE_SKIPPED']], ['all', ['B DELETE_SKIPPED', 'A DELETE_COMPLETE', 'C DELETE_COMPLETE']],
  ])('shows of what is gone: %s', async (showsDeparted, shown) => {
    const world = await undeletable({ showsDeparted });
    const { stackId } = await world.cloudFormation.delete(STACK, undefined, { retained: new Set(['B']) });
    const resources = world.cloudFormation.resources(world.cloudFormation.stack(stackId));
    expect(resources.map(({ logicalId, status }) => `${logicalId} ${status}`).sort()).toEqual([...shown].sort());
  });
});

test.each<[Settings['showsDeparted'], string[]]>([
  ['none', []], ['skipped', ['Kept DELETE_SKIPPED', 'Left DELETE_FAILED']], ['all', ['Gone DELETE_COMPLETE', 'Kept DELETE_SKIPPED', 'Left DELETE_FAILED']],
])('of what an update removed is shown: %s', async (showsDeparted, shown) => {
  const world = await deployed(customs({ A: {}, Gone: {}, Kept: { $: { DeletionPolicy: 'Retain' } }, Left: { fail: 'Delete' } }), { showsDeparted });
  await world.cloudFormation.deploy(STACK, customs({ A: {} }));
  const resources = world.cloudFormation.resources(world.cloudFormation.stack(STACK));
  expect(resources.map(({ logicalId, status }) => `${logicalId} ${status}`).sort()).toEqual(['A CREATE_COMPLETE', ...shown]);
});

test('a clean-up tries three times to delete what it then leaves behind', async () => {
  const world = await deployed(customs({ A: {}, Left: { fail: 'Delete' } }));
  expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }))).toMatchObject({ status: 'UPDATE_COMPLETE' });
  expect(world.story).toEqual(Array(3).fill('Delete Left Left-1'));
});

test.each([[false, ['Delete A A-new']], [true, ['Delete A A-new', 'Delete A A-old']]])(
  'a clean-up deletes what the stack has gone back to: %s', async (deletesWhatReturned, story) => {
    const template = (name: string, more: Values) => customs({ A: { name }, User: { a: { Ref: 'A' }, ...more } });
    const world = await deployed(template('old', {}), { deletesWhatReturned });
    await world.cloudFormation.deploy(STACK, template('new', { fail: 'Update' }), NO_ROLLBACK);
    expect(await world.cloudFormation.deploy(STACK, template('old', { x: 1 }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story.filter((line) => line.startsWith('Delete')).sort()).toEqual(story);
  },
);

test('a clean-up finds what came and went while templates contradicted each other', async () => {
  const world = await deployed(customs({ A: {}, B: { a: { Ref: 'A' } } }));
  const turned = customs({ B: {}, A: { b: { Ref: 'B' } }, New: { name: 'one' }, Gone: {}, Bad: { fail: 'Create' } });
  expect(await world.cloudFormation.deploy(STACK, turned, NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_FAILED' });
  forget(world);
  await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } }, New: { name: 'two' } }), NO_ROLLBACK);
  expect(world.story.filter((line) => line.startsWith('Delete')).sort()).toEqual(['Delete Bad Bad-1', 'Delete Gone Gone-1', 'Delete New New-one']);
  expect(physicalIds(world).sort()).toEqual(['A-1', 'B-1', 'New-two']);
});

test('what could neither be created nor deleted is tried again by the same template', async () => {
  const world = await deployed(customs({ A: { fail: 'Create' } }));
  world.handler = () => ({ Status: 'FAILED' });
  await world.cloudFormation.deploy(STACK, customs({ A: {} }), NO_ROLLBACK);
  expect(world.cloudFormation.stack(STACK).resource('A').status).toBe('DELETE_FAILED');
  world.handler = () => ({});
  forget(world);
  expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
  expect(world.story).toEqual(['Delete A A-1', 'Create A']);
});
