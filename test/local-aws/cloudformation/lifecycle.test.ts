import { customs, World } from './world';

const STACK = 'Stack';

describe('creating a stack', () => {
  test('creates in the order of dependencies and reports every step', async () => {
    const world = new World();
    world.handler = ({ LogicalResourceId }) => ({ PhysicalResourceId: LogicalResourceId.toLowerCase(), Data: { Arn: `arn:${LogicalResourceId}` } });
    const outcome = await world.cloudFormation.deploy(STACK, customs(
      { B: { Ref: { Ref: 'A' }, Arn: { 'Fn::GetAtt': ['A', 'Arn'] } }, A: {}, C: { $: { DependsOn: 'B' } } },
      { Outputs: { Out: { Value: { 'Fn::Sub': '${B}:${A.Arn}' } } } },
    ));
    expect(outcome).toMatchObject({ status: 'CREATE_COMPLETE', changed: true, failures: [], outputs: { Out: 'b:arn:A' } });
    expect(world.story).toEqual(['Create A', 'Create B', 'Create C']);
    expect(world.received[1].ResourceProperties).toMatchObject({ Ref: 'a', Arn: 'arn:A' });
    expect(world.statuses(STACK)).toEqual(['REVIEW_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
    expect(world.history(STACK, 'A')).toEqual(['CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS: Resource creation Initiated', 'CREATE_COMPLETE']);
  });

  test('creates independent resources at the same time', async () => {
    const world = new World();
    world.handler = async (event) => {
      if (world.received.length === 2) [...world.received].reverse().forEach((earlier) => world.answer(earlier));
      return event.LogicalResourceId === 'never' ? {} : undefined;
    };
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {}, B: {} }))).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('rolls back in reverse order, also the resource that failed', async () => {
    const world = new World();
    world.handler = ({ LogicalResourceId, RequestType }) => ({
      PhysicalResourceId: `${LogicalResourceId}-1`,
      ...LogicalResourceId === 'C' && RequestType === 'Create' ? { Status: 'FAILED', Reason: 'no luck' } : {},
    });
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } }, C: { b: { Ref: 'B' } }, D: { c: { Ref: 'C' } } }));
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expect(outcome.failures).toEqual([{
      logicalId: 'C',
      type: 'Custom::Thing',
      status: 'CREATE_FAILED',
      reason: `Received response status [FAILED] from custom resource. Message returned: no luck (RequestId: ${world.received[2].RequestId})`,
    }]);
    expect(world.story).toEqual(['Create A', 'Create B', 'Create C', 'Delete C C-1', 'Delete B B-1', 'Delete A A-1']);
    expect(world.cloudFormation.events(STACK).find(({ status }) => status === 'ROLLBACK_IN_PROGRESS')?.reason)
      .toBe('The following resource(s) failed to create: [C]. Rollback requested by user.');
    expect(world.statuses(STACK).slice(1)).toEqual(['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_COMPLETE']);
  });

  test('cancels what is under way when another resource fails, and deletes it under an invented id', async () => {
    const world = new World();
    world.handler = ({ LogicalResourceId, RequestType }) => {
      if (RequestType === 'Delete') return {};
      return LogicalResourceId === 'Bad' ? { Status: 'FAILED', Reason: 'bad' } : undefined;
    };
    const outcome = await world.cloudFormation.deploy(STACK, customs({ Slow: {}, Bad: {} }));
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expect(world.history(STACK, 'Slow')).toEqual([
      'CREATE_IN_PROGRESS', 'CREATE_FAILED: Resource creation cancelled', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE',
    ]);
    const deletion = world.received.find((event) => event.RequestType === 'Delete' && event.LogicalResourceId === 'Slow');
    expect(deletion?.PhysicalResourceId).toMatch(/^Stack-Slow-[A-Z0-9]{12}$/);
    expect(deletion?.ResourceProperties).toEqual(world.received[0].ResourceProperties);
  });

  test('ignores the late answer of a cancelled creation', async () => {
    const world = new World();
    world.handler = (event) => {
      if (event.RequestType === 'Create') return event.LogicalResourceId === 'Bad' ? { Status: 'FAILED' } : undefined;
      world.received.filter(({ RequestType }) => RequestType === 'Create').forEach((earlier) => world.answer(earlier, { PhysicalResourceId: 'late' }));
      return {};
    };
    expect(await world.cloudFormation.deploy(STACK, customs({ Slow: {}, Bad: {} }))).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(world.story.filter((line) => line.includes('late'))).toEqual([]);
  });

  test('fails the rollback when a Delete fails, and a second delete finishes it', async () => {
    const world = new World();
    let stubborn = true;
    world.handler = ({ RequestType, LogicalResourceId }) => ({
      PhysicalResourceId: LogicalResourceId, Status: (RequestType === 'Create' ? LogicalResourceId === 'B' : stubborn && LogicalResourceId === 'A') ? 'FAILED' : 'SUCCESS',
    });
    const template = customs({ A: {}, B: { a: { Ref: 'A' } } });
    expect(await world.cloudFormation.deploy(STACK, template)).toMatchObject({ status: 'ROLLBACK_FAILED', reason: 'The following resource(s) failed to delete: [A].' });
    await expect(world.cloudFormation.deploy(STACK, template)).rejects.toThrow(/is in ROLLBACK_FAILED state and can not be updated/);
    stubborn = false;
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story.slice(-1)).toEqual(['Delete A A']);
  });

  test('leaves a stack that rolled back for nothing but deletion', async () => {
    const world = new World();
    world.handler = ({ RequestType }) => ({ Status: RequestType === 'Create' ? 'FAILED' : 'SUCCESS' });
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    await expect(world.cloudFormation.deploy(STACK, customs({ A: {} }))).rejects.toThrow(/is in ROLLBACK_COMPLETE state and can not be updated/);
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    world.handler = () => ({});
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }))).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  test('deletes the stack itself where that is what to do on failure', async () => {
    const world = new World();
    world.handler = ({ RequestType }) => ({ Status: RequestType === 'Create' ? 'FAILED' : 'SUCCESS' });
    expect(await world.cloudFormation.deploy(STACK, customs({ A: {} }), { onFailure: 'DELETE' })).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(() => world.cloudFormation.describe(STACK)).toThrow('Stack with id Stack does not exist');
  });

  test('keeps what is retained, but not what is retained except on create', async () => {
    const world = new World();
    world.handler = ({ RequestType, LogicalResourceId }) => ({ Status: RequestType === 'Create' && LogicalResourceId === 'Bad' ? 'FAILED' : 'SUCCESS' });
    await world.cloudFormation.deploy(STACK, customs({
      Kept: { $: { DeletionPolicy: 'Retain' } }, Fresh: { $: { DeletionPolicy: 'RetainExceptOnCreate' } }, Bad: { $: { DependsOn: ['Kept', 'Fresh'] } },
    }));
    expect(world.history(STACK, 'Kept').slice(-1)).toEqual(['DELETE_SKIPPED']);
    expect(world.story).toContain('Delete Fresh Fresh-1');
    expect(world.story).not.toContain('Delete Kept Kept-1');
  });

  test('fails on an attribute that the answer does not have', async () => {
    const world = new World();
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { arn: { 'Fn::GetAtt': ['A', 'Arn'] } } }));
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expect(outcome.failures[0]).toMatchObject({ logicalId: 'B', reason: expect.stringContaining("Vendor response doesn't contain Arn key in object arn:aws:cloudformation:") });
    expect(world.story).toEqual(['Create A', 'Delete A A-1']);
  });

  test('finds an attribute in an object, and not in a list', async () => {
    const world = new World();
    world.handler = () => ({ PhysicalResourceId: 'A-1', Data: { Deep: { Inner: 'found' }, List: ['lost'] } });
    const reading = (path: string) => customs({ A: {}, B: { read: { 'Fn::GetAtt': ['A', path] } } });
    expect(await world.cloudFormation.deploy(STACK, reading('Deep.Inner'))).toMatchObject({ failures: [] });
    expect(world.received.at(-1)?.ResourceProperties.read).toBe('found');
    const { failures: [failure] } = await world.cloudFormation.deploy(STACK, reading('List.0'));
    expect(failure.reason).toContain("Vendor response doesn't contain List.0 key");
  });

  test('has outputs of text, of numbers and of truth values as text, and fails on any other', async () => {
    const world = new World();
    world.handler = () => ({ PhysicalResourceId: 'A-1', Data: { Text: 't', Number: 7, Flag: false, List: ['x'] } });
    const giving = (...names: string[]) => customs({ A: {} }, { Outputs: Object.fromEntries(names.map((name) => [name, { Value: { 'Fn::GetAtt': ['A', name] } }])) });
    await world.cloudFormation.deploy(STACK, giving('Text', 'Number', 'Flag'));
    expect(world.cloudFormation.stack(STACK).outputs).toEqual([{ key: 'Text', value: 't' }, { key: 'Number', value: '7' }, { key: 'Flag', value: 'false' }]);
    expect(await world.cloudFormation.deploy(STACK, giving('List'))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  });

  test('fails as a whole on an output that cannot be resolved', async () => {
    const world = new World();
    const outcome = await world.cloudFormation.deploy(STACK, customs({ A: {} }, { Outputs: { Arn: { Value: { 'Fn::GetAtt': 'A.Arn' } } } }));
    expect(outcome).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [] });
    expect(world.cloudFormation.events(STACK).find(({ status }) => status === 'ROLLBACK_IN_PROGRESS')?.reason).toContain("doesn't contain Arn key");
  });
});

test('the first status of an operation has a reason, which is that somebody asked for it, and its success has none', async () => {
  const world = new World();
  await world.cloudFormation.deploy(STACK, customs({ A: {}, Gone: {} }));
  await world.cloudFormation.deploy(STACK, customs({ A: { x: 1 }, B: {} }));
  const { stackId, reason } = await world.cloudFormation.delete(STACK);
  expect(world.history(stackId, STACK)).toEqual([
    'REVIEW_IN_PROGRESS: User Initiated', 'CREATE_IN_PROGRESS: User Initiated', 'CREATE_COMPLETE',
    'UPDATE_IN_PROGRESS: User Initiated', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE',
    'DELETE_IN_PROGRESS: User Initiated', 'DELETE_COMPLETE',
  ]);
  expect(reason).toBeUndefined();
});

test.each([['a'.repeat(128), true], ['a'.repeat(129), false], ['A-1', true], ['1a', false], ['a_b', false]])('a stack may have the name %s: %s', async (name, may) => {
  const creation = new World().cloudFormation.deploy(name, customs({ A: {} }));
  if (may) await expect(creation).resolves.toMatchObject({ status: 'CREATE_COMPLETE' });
  else await expect(creation).rejects.toThrow('Member must satisfy regular expression pattern');
});

describe('deleting a stack', () => {
  test('deletes users before what they use', async () => {
    const world = new World();
    await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } } }));
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story.slice(2)).toEqual(['Delete B B-1', 'Delete A A-1']);
    expect(world.statuses(world.cloudFormation.allStacks()[0].stackId).slice(-2)).toEqual(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  });

  test('twice at the same time is once', async () => {
    const world = new World();
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    await Promise.all([world.cloudFormation.delete(STACK), world.cloudFormation.delete(STACK)]);
    expect(world.story).toEqual(['Create A', 'Delete A A-1']);
  });

  test('leaves its name to another one, which has an id of its own', async () => {
    const world = new World();
    const ids: string[] = [];
    for (let time = 0; time < 3; time++) {
      ids.push((await world.cloudFormation.deploy(STACK, customs({ A: {} }))).stackId);
      await world.cloudFormation.delete(STACK);
    }
    expect(new Set(ids).size).toBe(3);
    expect(world.cloudFormation.describe(ids[0]).stackId).toBe(ids[0]);
  });

  test('in its creation rolls nothing back: it is a deletion at once', async () => {
    const world = new World();
    world.handler = ({ RequestType }) => (RequestType === 'Create' ? undefined : {});
    const creation = world.cloudFormation.deploy(STACK, customs({ A: {} }));
    for (let turn = 0; turn < 100 && world.received.length < 1; turn++) await Promise.resolve();
    const { stackId } = world.cloudFormation.stack(STACK);
    await Promise.all([world.cloudFormation.delete(STACK), creation]);
    expect(world.statuses(stackId)).toEqual(['REVIEW_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  });

  test('stops before what a failed Delete still uses, but not elsewhere; a second delete finishes', async () => {
    const world = new World();
    let stubborn = true;
    world.handler = ({ RequestType, LogicalResourceId }) => ({ Status: stubborn && RequestType === 'Delete' && LogicalResourceId === 'B' ? 'FAILED' : 'SUCCESS' });
    await world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } }, Other: {} }));
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_FAILED', reason: 'The following resource(s) failed to delete: [B].' });
    expect([...world.cloudFormation.describe(STACK).resources.keys()].sort()).toEqual(['A', 'B']);
    stubborn = false;
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story.slice(-2)).toEqual(['Delete B B-1', 'Delete A A-1']);
  });

  test.each(['Retain', 'RetainExceptOnCreate'])('keeps what has the policy %s', async (DeletionPolicy) => {
    const world = new World();
    await world.cloudFormation.deploy(STACK, customs({ A: { $: { DeletionPolicy } } }));
    expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story).toEqual(['Create A']);
  });

  test('cancels a creation under way and deletes what it made', async () => {
    const world = new World();
    world.handler = ({ RequestType, LogicalResourceId }) => (RequestType === 'Create' && LogicalResourceId === 'B' ? undefined : {});
    const deployment = world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } }, C: { b: { Ref: 'B' } } }));
    while (world.received.length < 2) await Promise.resolve();
    const deletion = world.cloudFormation.delete(STACK);
    expect(await deployment).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(await deletion).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.story.map((line) => line.split('-')[0])).toEqual(['Create A', 'Create B', 'Delete B Stack', 'Delete A A']);
  });

  test('takes over from a rollback under way, and tries again what that could not delete', async () => {
    const world = new World();
    let deletions = 0;
    world.handler = ({ RequestType, LogicalResourceId }) => {
      if (RequestType === 'Create') return { Status: LogicalResourceId === 'B' ? 'FAILED' : 'SUCCESS' };
      return LogicalResourceId === 'A' && deletions++ === 0 ? undefined : {};
    };
    const deployment = world.cloudFormation.deploy(STACK, customs({ A: {}, B: { a: { Ref: 'A' } } }));
    while (!world.story.includes('Delete A A-1')) await Promise.resolve();
    const deletion = world.cloudFormation.delete(STACK);
    expect(world.cloudFormation.describe(STACK).status).toBe('DELETE_IN_PROGRESS');
    world.answer(world.received[3], { Status: 'FAILED' });
    expect(await deployment).toMatchObject({ status: 'DELETE_COMPLETE' });
    const { stackId } = await deletion;
    expect(world.statuses(stackId).slice(1)).toEqual(['CREATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
    expect(world.story).toEqual(['Create A', 'Create B', 'Delete B B-1', 'Delete A A-1', 'Delete A A-1']);
  });

  test('refuses a second operation while one is under way', async () => {
    const world = new World();
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    world.handler = ({ RequestType }) => (RequestType === 'Update' ? undefined : {});
    const update = world.cloudFormation.deploy(STACK, customs({ A: { x: 1 } }));
    while (world.received.length < 2) await Promise.resolve();
    await expect(world.cloudFormation.deploy(STACK, customs({ A: { x: 2 } }))).rejects.toThrow(/is in UPDATE_IN_PROGRESS state and can not be updated/);
    expect(() => world.cloudFormation.deleteStack(world.cloudFormation.describe(STACK))).toThrow(/cannot be deleted while in status UPDATE_IN_PROGRESS/);
    world.answer(world.received[1]);
    expect(await update).toMatchObject({ status: 'UPDATE_COMPLETE' });
  });

  test('refuses a protected stack', async () => {
    const world = new World();
    await world.cloudFormation.deploy(STACK, customs({ A: {} }));
    world.cloudFormation.describe(STACK).terminationProtection = true;
    await expect(world.cloudFormation.delete(STACK)).rejects.toThrow(/TerminationProtection is enabled/);
  });
});
