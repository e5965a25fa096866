import { ServiceError } from '../../../lambda/errors';
import type { RawProperties } from '../../../lambda/events';
import { Fate, OwnershipTag } from '../../../src/private/contract';
import { KEY_ARN } from '../fake-clean-rooms';
import { changedModel, Wait } from '../harness';
import { executions, modelNames, Scene, setUp } from '../model-scene';

const DAY = 24 * 3_600_000;

/** The service refuses what an update asks for, and no more when that is deployed again, under whatever id CloudFormation was answered. */
async function refusedAndMadeAgain({ service, model, properties }: Scene, changed: RawProperties): Promise<void> {
  service.begin('UPDATE_IN_PROGRESS');
  service.fault = (operation) => operation === 'CreateAudienceModel' ? new ServiceError(operation, 'ValidationException', 'no such table', 400) : undefined;
  await expect(model.update(properties, changed)).rejects.toThrow(/no such table/);
  const { PhysicalResourceId: physicalId } = JSON.parse(service.puts.at(-1)!.body) as { PhysicalResourceId: string };
  service.fault = () => undefined;
  service.begin('UPDATE_IN_PROGRESS');
  await model.update(changed, changed, physicalId);
}

describe('a change', () => {
  test.each<[string, (scene: Scene) => RawProperties]>([
    ['training dataset', ({ other }) => ({ TrainingDatasetArn: other })],
    ['start', () => ({ TrainingDataStartTime: '2026-01-01T00:00:00.000Z' })],
    ['end', () => ({ TrainingDataEndTime: '2026-01-01T00:00:00.000Z' })],
    ['key', () => ({ KmsKeyArn: KEY_ARN })],
    ['generation', () => ({ Generation: '2' })],
    ['generation and description', () => ({ Generation: '2', Description: 'new' })],
  ])('of %s trains another model', async (_, change) => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, change(scene));
    await model.update(properties, changed);
    expect(service.trainings).toHaveLength(2);
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await model.delete(properties);
    expect(modelNames(scene)).toEqual([model.name(changed)]);
  });

  test('of tags does not', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] });
    expect(service.models[0].tags.a).toBe('1');
    expect(service.trainings).toHaveLength(1);
  });

  test.each([
    ['description', { Description: 'new' }, {}],
    ['description', {}, { Description: 'old' }],
    ['audienceModelName', { Name: 'mine' }, {}],
    ['audienceModelName', { Name: 'new' }, { Name: 'old' }],
  ])('of %s alone is refused, and its rollback passes', async (prop, change, was) => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    const old = changedModel(properties, was);
    await model.create(old);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, change);
    await expect(model.update(old, changed)).rejects.toThrow(
      `a change of ${prop} needs the audience model to be trained again: undo it, or change generation to say that you mean it`);
    await model.rollBack(changed, old);
    expect(service.trainings).toHaveLength(1);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
    expect(service.count('CreateAudienceModel')).toBe(1);
    expect(service.count('TagResource') + service.count('DeleteAudienceModel')).toBe(0);
  });

  test('of generation under an explicit name is refused, and its rollback passes', async () => {
    const { service, model, properties } = await setUp();
    const named = changedModel(properties, { Name: 'mine' });
    const changed = changedModel(named, { Generation: '2' });
    await model.create(named);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.update(named, changed)).rejects.toThrow(/change audienceModelName too/);
    await model.rollBack(changed, named);
    expect(service.trainings).toHaveLength(1);
  });

  test('of generation under an explicit name whose model another hand deleted trains another, which goes on when the request is answered', async () => {
    const { service, model, properties } = await setUp({}, { minutes: 40 });
    const named = changedModel(properties, { Name: 'mine' });
    await model.create(named);
    await service.deleteModelsByOtherHands();
    service.behaviour.training = DAY;
    service.begin('UPDATE_IN_PROGRESS');
    const began = service.now;
    await model.finish(await model.start(model.event('Update', changedModel(named, { Generation: '2' }), named, 'mine')));
    expect(service.now - began).toBeLessThan(60_000);
    expect(service.trainings).toHaveLength(2);
  });

  test('that the service refused is made again, and trains then', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    const changed = changedModel(properties, { Generation: '2' });
    await model.create(properties);
    await refusedAndMadeAgain(scene, changed);
    expect(service.trainings).toHaveLength(2);
  });

  test('that the service refused is made again, though a model that was kept made room for it', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    const kept = changedModel(properties, { Name: 'next', Generation: '2' });
    const changed = changedModel(kept, { Generation: '3' });
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, kept);
    await model.rollBack(kept, properties, 'next');
    service.moveTo('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await model.delete(kept);
    await refusedAndMadeAgain(scene, changed);
    expect(service.trainings).toHaveLength(3);
  });

  test('of generation trains another where another hand could not delete the old one', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    const changed = changedModel(properties, { Generation: '2' });
    await model.create(properties);
    const mend = service.failDeletions();
    await service.deleteModelsByOtherHands();
    mend();
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, changed);
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await model.delete(properties);
    expect(service.models).toMatchObject([{ name: model.name(changed), status: 'ACTIVE' }]);
    expect(service.trainings).toHaveLength(2);
  });

  test('of tags does not train a model again that another hand deleted, and says what would', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    await service.deleteModelsByOtherHands();
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] })).rejects.toThrow(
      `audience model ${model.name(properties)} is gone or DELETE_FAILED and nothing was changed that trains another: restore what was changed, or change generation to train again`);
    expect(service.trainings).toHaveLength(1);
  });

  test.each([[{ minutes: 3_600 }], [{ goal: 'ACCEPTED' }]])('of nothing but the wait (%j) goes through its windows and trains nothing', async (wait) => {
    const scene = await setUp({ windowLag: 5_000 });
    const { service, model, properties } = scene;
    const arn = await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const began = service.now;
    expect(await model.update(properties, changedModel(properties, {}, wait))).toBe(arn);
    expect(service.now - began).toBeLessThan(180_000);
    expect(service.trainings).toHaveLength(1);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });

  test('of the description is refused before anything is waited for, even where the wait has changed too', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Description: 'new' }, { minutes: 3_600 });
    const event = await model.start(model.event('Update', changed, properties, model.name(properties)));
    await expect(model.step(event)).rejects.toThrow(/a change of description needs the audience model to be trained again/);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'FAILED']);
    expect(service.count('CreateAudienceModel')).toBe(1);
  });

  test('of the description is refused also where an earlier deployment has left the model', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.create(changedModel(properties, { Description: 'new' }))).rejects.toThrow(/^a change of description needs the audience model to be trained again/);
    expect(service.trainings).toHaveLength(1);
  });
});

describe('a model whose training nobody waited for and failed later', () => {
  const fail = async (wait: Wait = { goal: 'ACCEPTED' }) => {
    const scene = await setUp({ training: DAY, trainingFails: true }, wait);
    const arn = await scene.model.create(scene.properties);
    scene.service.now += 2 * DAY;
    scene.service.begin('UPDATE_IN_PROGRESS');
    scene.service.calls.length = 0;
    return { ...scene, arn, tagged: { ...scene.properties, Tags: [{ Key: 'a', Value: '1' }] } };
  };
  const writes = ({ service }: Scene) => service.calls.filter((call) => /^(Create|Delete|Tag|Untag)/.test(call));

  test('refuses a change of tags with the reason, and deletes nothing', async () => {
    const scene = await fail();
    const { model, properties, tagged } = scene;
    await expect(model.update(properties, tagged)).rejects.toThrow(`audience model ${model.name(properties)} failed: NOT_ENOUGH_USERS: too few users`);
    expect(writes(scene)).toEqual([]);
  });

  test('lets the rollback of that change pass', async () => {
    const scene = await fail();
    const { model, properties, tagged } = scene;
    await expect(model.update(properties, tagged)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users/);
    await model.rollBack(tagged, properties);
    expect(writes(scene)).toEqual([]);
    expect(modelNames(scene)).toEqual([model.name(properties)]);
  });

  test('refuses a change of the wait, and deletes nothing', async () => {
    const scene = await fail();
    const { model, properties } = scene;
    await expect(model.update(properties, changedModel(properties, {}, { goal: 'ACTIVE' }))).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users$/);
    expect(writes(scene)).toEqual([]);
  });

  test('is what a change of generation is rolled back to', async () => {
    const scene = await fail();
    const { service, model, properties, arn } = scene;
    const changed = changedModel(properties, { Generation: '2' });
    service.behaviour.deleteInTraining = 'accept';
    await model.update(properties, changed);
    expect(service.trainings).toHaveLength(2);
    expect(await model.rollBack(changed, properties)).toBe(arn);
    expect(modelNames(scene)).toEqual([model.name(properties)]);
    expect(service.trainings).toHaveLength(2);
  });

  test('makes room for its like where it is no longer this template’s', async () => {
    const scene = await fail();
    const { service, model, properties } = scene;
    service.behaviour.trainingFails = false;
    await model.update(changedModel(properties, { Generation: '2' }), properties);
    expect(service.trainings).toHaveLength(2);
    expect(modelNames(scene)).toEqual([model.name(properties)]);
  });
});

test('an update that takes back a cancelled one of the same operation keeps what that has made a moment before, and stops it', async () => {
  const scene = await setUp({ listLag: 20_000 });
  const { service, model, properties } = scene;
  await model.create(properties);
  await model.pass(3_600_000);
  const changed = changedModel(properties, { Generation: '2' });
  service.begin('UPDATE_IN_PROGRESS');
  const cancelled = await model.start(model.event('Update', changed, properties, model.name(properties)));
  service.now += 6_000;
  const back = await model.start(model.event('Update', properties, changed, model.name(properties)));
  service.now += 38_000;
  await model.step(cancelled);
  expect(service.trainings).toHaveLength(2);
  await model.finish(back);
  expect(service.models.map(({ name, tags }) => [name, tags[OwnershipTag.IDENTITY].startsWith(Fate.KEPT)])).toEqual(
    [[model.name(properties), false], [model.name(changed), true]]);
  expect(executions(scene)).toEqual(['SUCCEEDED', 'ABORTED', 'SUCCEEDED']);
});

test('an update that is refused marks what the cancelled one before it has made, and has touched nothing of its own', async () => {
  const { service, model, properties } = await setUp();
  const named = (Name: string, Generation: string) => changedModel(properties, { Name, Generation });
  const [old, current, cancelled, refused] = [named('old', '1'), named('current', '2'), named('cancelled', '3'), named('old', '4')];
  const retained = { ...old, Retained: 'true' };
  await model.create(retained);
  service.begin('UPDATE_IN_PROGRESS');
  await model.update(retained, current);
  service.begin('UPDATE_IN_PROGRESS');
  await model.finish(await model.start(model.event('Update', cancelled, current, 'current')));
  await model.pass(3_600_000);
  service.begin('UPDATE_IN_PROGRESS');
  await expect(model.update(cancelled, refused, 'current')).rejects.toThrow(/the new one cannot have the name of the old/);
  expect(JSON.parse(service.puts.at(-1)!.body)).toMatchObject({ PhysicalResourceId: 'current' });
  expect(service.models.map(({ name, tags }) => [name, /^\w+:/.exec(tags[OwnershipTag.IDENTITY])?.[0]])).toEqual(
    [['old', Fate.RETAINED], ['current', undefined], ['cancelled', Fate.KEPT]]);
});
