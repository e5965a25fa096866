import { changedModel } from './harness';
import { setUp } from './model-scene';
import type { Tags } from '../../lambda/detail';
import { ServiceError } from '../../lambda/errors';
import { Fate, OwnershipTag } from '../../src/private/contract';

/* What CloudFormation leaves behind without a word, and what is written on it for that. */

const HOUR = 3_600_000;

const fateOf = (one: { readonly tags: Tags }) => one.tags[OwnershipTag.IDENTITY]?.replace(/[0-9a-f]{16}$/, '');

async function trained() {
  const scene = await setUp();
  await scene.model.create(scene.properties);
  return scene;
}

async function explicitlyNamed() {
  const scene = await setUp();
  const old = changedModel(scene.properties, { Name: 'old' });
  await scene.model.create(old);
  return { ...scene, old, next: changedModel(old, { Name: 'next', Generation: '3', Retained: 'true' }) };
}

describe('RETAIN that comes with the update that replaces', () => {
  const retained = { Generation: '2', Retained: 'true' };

  test('is written on the old one, too', async () => {
    const { service, model, properties } = await trained();
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, changedModel(properties, retained));
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED, Fate.RETAINED]);
  });

  test('is written on the old one even where the new one has to queue', async () => {
    const { service, model, properties } = await trained();
    service.quota = 0;
    service.begin('UPDATE_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', changedModel(properties, retained), properties, model.name(properties))));
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED]);
  });

  test('goes from it with the rollback, which does not write it on the new one', async () => {
    const { service, model, properties } = await trained();
    const changed = changedModel(properties, retained);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, changed);
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.run(model.event('Update', properties, changed, model.name(changed)));
    expect(service.models.map(fateOf)).toEqual(['', Fate.RETAINED]);
  });

  test('is not written in a rollback to what was to be retained', async () => {
    const { service, model, properties } = await trained();
    const old = { ...properties, Retained: 'true' };
    const changed = changedModel(properties, { Generation: '2' });
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(old, changed);
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.run(model.event('Update', old, changed, model.name(changed)));
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED, '']);
  });

  test('is written on what an update has left, whatever was refused under its name before', async () => {
    const { service, model, next, old } = await explicitlyNamed();
    service.begin('UPDATE_IN_PROGRESS');
    const refused = changedModel(old, retained);
    await expect(model.update(old, refused)).rejects.toThrow(/change audienceModelName too/);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(refused, next, 'old');
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED, Fate.RETAINED]);
  });

  test('is written on what an update has left, though CloudFormation tells of one that was cancelled', async () => {
    const { service, model, next, old } = await explicitlyNamed();
    const cancelled = changedModel(old, { Name: 'cancelled', Generation: '2' });
    service.begin('UPDATE_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', cancelled, old, 'old')));
    await model.pass(HOUR);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(cancelled, next, 'old');
    expect(service.models.map((one) => [one.name, fateOf(one)])).toEqual([['old', Fate.RETAINED], ['cancelled', Fate.KEPT], ['next', Fate.RETAINED]]);
  });

  test('touches nothing of what the request is for', async () => {
    const { service, model, next, old } = await explicitlyNamed();
    const { Retained: _, ...plain } = next;
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(old, plain);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(plain, old);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.update(old, { ...next, Description: 'other' })).rejects.toThrow(/a change of description needs/);
    expect(JSON.parse(service.puts.at(-1)!.body)).toMatchObject({ PhysicalResourceId: 'old' });
  });
});

describe.each(['generated', 'explicit'])('what was left behind under a name that is %s, and an update that was cancelled had taken up,', (how) => {
  async function takenUp() {
    const { service, model, properties } = await setUp();
    const named = (Name: string, change: object) => changedModel(properties, { ...how === 'explicit' && { Name }, ...change });
    const [first, second, third] = [named('first', {}), named('second', { Generation: '2' }), named('third', { Generation: '3' })];
    const retained = [first, second].map((one) => changedModel(one, { Retained: 'true' }));
    await model.create(retained[0]);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(retained[0], retained[1]);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(retained[1], second);
    service.begin('UPDATE_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', first, second, model.name(second))));
    expect(service.models.map(fateOf)).toEqual([Fate.TAKEN_UP, '']);
    return { service, model, first, second, third };
  }

  test('is left behind again by the rollback', async () => {
    const { service, model, first, second } = await takenUp();
    await model.rollBack(first, second);
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED, '']);
    service.begin('DELETE_IN_PROGRESS');
    await model.delete(second);
    expect(service.models.map(({ name }) => name)).toEqual([model.name(first)]);
  });

  test('is left behind again by a rollback whose mark meets a conflict first', async () => {
    const { service, model, first, second } = await takenUp();
    let conflicts = 1;
    service.fault = (operation) => operation === 'TagResource' && conflicts-- > 0 ? new ServiceError(operation, 'ConflictException', 'busy', 409) : undefined;
    await model.rollBack(first, second);
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED, '']);
  });

  test('is left behind again by the next update', async () => {
    const { service, model, first, second, third } = await takenUp();
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(first, third, model.name(second));
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await model.delete(second);
    expect(service.models.map(({ name }) => name)).toEqual([model.name(first), model.name(third)]);
  });
});

test('what has a name that is wanted for another is not claimed by the refusal, though a step before it died', async () => {
  const { service, model, properties } = await setUp();
  const mine = changedModel(properties, { Name: 'mine', Retained: 'true' });
  const other = changedModel(mine, { Generation: '2' });
  await model.create(mine);
  // Its construct is removed, and it is left behind; and comes back, and is removed again.
  service.begin('UPDATE_IN_PROGRESS');
  service.begin('UPDATE_IN_PROGRESS');
  model.dieBefore(2);
  await expect(model.create(other)).rejects.toThrow(/the new one cannot have the name of the old/);
  const { PhysicalResourceId: physicalId } = JSON.parse(service.puts.at(-1)!.body) as { PhysicalResourceId: string };
  expect(physicalId).not.toBe('mine');
  service.begin('UPDATE_IN_PROGRESS');
  service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  await model.delete(other, physicalId);
  expect(service.models.map((one) => [one.name, fateOf(one)])).toEqual([['mine', Fate.RETAINED]]);
});
