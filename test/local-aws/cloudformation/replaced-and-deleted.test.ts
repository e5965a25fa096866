import { deployed, forget, NO_ROLLBACK, STACK } from './scene';
import { customs, FUNCTION_ARN } from './world';
import { Values } from '../../../local-aws/cloudformation/values';

/* What becomes of what updates replaced, and of what never came to be, when the stack is deleted. */

const deletions = (story: readonly string[]) => story.filter((line) => line.startsWith('Delete'));
const bad: Values = { fail: 'Create' };

test('users go before what they use, be it new or old', async () => {
  const template = (name: string, more: Values = {}) => customs({ A: { name }, User: { name, a: { Ref: 'A' } }, ...more });
  const world = await deployed(template('old'));
  await world.cloudFormation.deploy(STACK, template('new', { Bad: { ...bad, $: { DependsOn: 'User' } } }), NO_ROLLBACK);
  forget(world);
  expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
  const [first, second, third, ...rest] = deletions(world.story).filter((line) => !line.includes('Bad'));
  expect([first, second].sort()).toEqual(['Delete User User-new', 'Delete User User-old']);
  expect([third, ...rest].sort()).toEqual(['Delete A A-new', 'Delete A A-old']);
});

test('what the stack has gone back to goes once', async () => {
  const template = (name: string) => customs({ A: { name }, Bad: { a: { Ref: 'A' }, ...bad } });
  const world = await deployed(customs({ A: { name: 'old' } }));
  for (const name of ['new', 'old']) await world.cloudFormation.deploy(STACK, template(name), NO_ROLLBACK);
  forget(world);
  await world.cloudFormation.delete(STACK);
  expect(deletions(world.story).filter((line) => line.includes(' A ')).sort()).toEqual(['Delete A A-new', 'Delete A A-old']);
});

test('what was replaced stays where its UpdateReplacePolicy says so', async () => {
  const template = (name: string, more = {}) => customs({ A: { name, $: { UpdateReplacePolicy: 'Retain' } }, B: { name }, ...more });
  const world = await deployed(template('old'));
  await world.cloudFormation.deploy(STACK, template('new', { Bad: bad }), NO_ROLLBACK);
  forget(world);
  await world.cloudFormation.delete(STACK);
  expect(deletions(world.story).sort()).toEqual(['Delete A A-new', 'Delete B B-new', 'Delete B B-old', 'Delete Bad Bad-1']);
});

test('a deletion that is asked for again deletes what it could not, and nothing else', async () => {
  const template = (name: string, more = {}) => customs({ A: { name }, C: { name, ...name === 'old' && { fail: 'Delete' } }, Stays: { fail: 'Delete' }, ...more });
  const world = await deployed(template('old'));
  await world.cloudFormation.deploy(STACK, template('new', { Bad: bad }), NO_ROLLBACK);
  forget(world);
  expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_FAILED' });
  expect(deletions(world.story).sort()).toEqual(['Delete A A-new', 'Delete A A-old', 'Delete Bad Bad-1', 'Delete C C-new', 'Delete C C-old', 'Delete Stays Stays-1']);
  forget(world);
  await world.cloudFormation.delete(STACK);
  expect(world.story.sort()).toEqual(['Delete C C-old', 'Delete Stays Stays-1']);
});

test('nothing is forgotten where the last template contradicts the ones before, and knows little of them', async () => {
  const before = (name: string, more = {}) => customs({ A: {}, B: { a: { Ref: 'A' } }, Only: {}, X: { name, ...name === 'old' && { fail: 'Delete' } }, ...more });
  const world = await deployed(before('old'));
  await world.cloudFormation.deploy(STACK, before('new', { Bad: bad }), NO_ROLLBACK);
  await world.cloudFormation.deploy(STACK, customs({ B: {}, A: { b: { Ref: 'B' } }, Bad: { ...bad, x: 1 } }), NO_ROLLBACK);
  forget(world);
  expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_FAILED', failures: [{ logicalId: 'X' }] });
  expect(world.story).toEqual(expect.arrayContaining(['Delete Only Only-1', 'Delete X X-new', 'Delete X X-old']));
  forget(world);
  world.handler = () => ({});
  expect(await world.cloudFormation.delete(STACK)).toMatchObject({ status: 'DELETE_COMPLETE' });
  expect(world.story).toContain('Delete X X-old');
});

test('a resource that was put back goes by its DeletionPolicy, whatever was to become of it when it was replaced', async () => {
  const template = (LogGroupName: string, UpdateReplacePolicy: string, more: Values = {}) => ({
    Resources: {
      Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName }, UpdateReplacePolicy },
      User: { Type: 'Custom::Thing', Properties: { ServiceToken: FUNCTION_ARN, group: { Ref: 'Group' }, ...more } },
    },
  });
  const world = await deployed(template('one', 'Delete'), { replacePolicyOf: 'new template' });
  expect(await world.cloudFormation.deploy(STACK, template('two', 'Retain', { fail: 'Update' }))).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE' });
  forget(world);
  await world.cloudFormation.delete(STACK);
  expect(world.calls).toContain('logs.deleteLogGroup(one)');
});

describe('what could not be created, and is to be retained,', () => {
  const $ = { DeletionPolicy: 'Retain' };

  test('stays when the stack goes', async () => {
    const world = await deployed(customs({ A: { ...bad, $ } }));
    await world.cloudFormation.delete(STACK);
    expect(world.story).toEqual([]);
  });

  test('goes when an update does without it', async () => {
    const world = await deployed(customs({ A: { ...bad, $ }, B: {} }));
    expect(await world.cloudFormation.deploy(STACK, customs({ B: {} }), NO_ROLLBACK)).toMatchObject({ status: 'UPDATE_COMPLETE' });
    expect(world.story).toEqual(['Delete A A-1']);
  });
});
