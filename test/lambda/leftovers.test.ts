import { FakeService } from './fake-service';
import { changedModel, ModelDriver, modelDriver, modelProperties, STACK_ID } from './harness';
import type { RawProperties } from '../../lambda/events';
import { Fate, OwnershipTag } from '../../src/private/contract';

/* What a clean-up had to leave behind, because the service refuses to delete a model in training. */

const HOUR = 3_600_000;

interface Scene {
  readonly service: FakeService;
  readonly model: ModelDriver;
  readonly properties: RawProperties;
  readonly attempted: RawProperties;
}

/** A stack whose change to another model was rolled back, and whose clean-up failed. */
async function setUp(name: RawProperties = {}): Promise<Scene> {
  const service = new FakeService({ deleteInTraining: 'conflict', training: 3 * HOUR });
  const arn = await service.createTrainingDataset({ name: 'dataset' });
  const model = modelDriver(service);
  const properties = modelProperties(arn, name);
  await model.create(properties);
  service.begin('UPDATE_IN_PROGRESS');
  const attempted = changedModel(properties, { Generation: '2', ...('Name' in name ? { Name: 'other' } : {}) });
  await model.finish(await model.start(model.event('Update', attempted, properties, model.name(properties))));
  await model.pass(60_000);
  service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
  await model.finish(await model.start(model.event('Update', properties, attempted, model.name(attempted))));
  service.moveTo('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  await expect(model.delete(attempted)).rejects.toThrow(/gave up after 55 minutes: .*(CREATE_IN_PROGRESS|another resource depends)/);
  return { service, model, properties, attempted };
}

const names = ({ service }: Scene) => service.models.map(({ name }) => name);
const leftover = ({ service, model, attempted }: Scene) => service.models.find(({ name }) => name === model.name(attempted))!;
/** By another hand. */
const tag = async (scene: Scene, tags: Record<string, string>) => scene.service.byOtherHands('TagResource', { resourceArn: leftover(scene).arn, tags });

const due = ({ model, attempted }: Scene) => `${Fate.KEPT}${model.training(attempted).slice(-16)}`;

describe.each([['generated', {}], ['explicit', { Name: 'mine' }]])('under a name that is %s it', (_, name) => {
  test('is marked, once', async () => {
    const scene = await setUp(name);
    expect(leftover(scene).tags).toMatchObject({ [OwnershipTag.IDENTITY]: due(scene), [OwnershipTag.STACK_ID]: STACK_ID });
    expect(scene.service.count('TagResource')).toBe(1);
  });

  test('is deleted with the stack, after its training', async () => {
    const scene = await setUp(name);
    const { service, model, properties } = scene;
    service.now += 3 * HOUR;
    service.begin('DELETE_IN_PROGRESS');
    await model.delete(properties);
    expect(names(scene)).toEqual([]);
  });

  test('holds up the deletion of the stack while it trains, with a word about it', async () => {
    const scene = await setUp(name);
    const { service, model, properties } = scene;
    service.begin('DELETE_IN_PROGRESS');
    await expect(model.delete(properties)).rejects.toThrow(/gave up after 55 minutes: audience model \S+ is CREATE_IN_PROGRESS: DeleteAudienceModel: ConflictException/);
    expect(names(scene)).toEqual([model.name(scene.attempted)]);
  });

  test('goes with the next replacement, and not before that has succeeded', async () => {
    const scene = await setUp(name);
    const { service, model, properties } = scene;
    service.now += 3 * HOUR;
    service.begin('UPDATE_IN_PROGRESS');
    const third = changedModel(properties, { Generation: '3', ...('Name' in name ? { Name: 'third' } : {}) });
    await model.update(properties, third);
    expect(names(scene)).toHaveLength(3);
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await model.delete(properties);
    expect(names(scene)).toEqual([model.name(third)]);
  });

  test('is taken up again where the template asks for it again', async () => {
    const scene = await setUp(name);
    const { service, model, properties, attempted } = scene;
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, attempted);
    expect(leftover(scene).tags[OwnershipTag.IDENTITY]).toBe(model.training(attempted).slice(-16));
    expect(service.trainings).toHaveLength(2);
  });
});

test('makes room for another model of its explicit name', async () => {
  const scene = await setUp({ Name: 'mine' });
  const { service, model, properties, attempted } = scene;
  service.now += 3 * HOUR;
  service.begin('UPDATE_IN_PROGRESS');
  await model.update(properties, changedModel(attempted, { Generation: '3' }));
  expect(names(scene)).toEqual(['mine', 'other']);
  expect(service.trainings).toHaveLength(3);
});

test.each([
  ['another stack', { [OwnershipTag.STACK_ID]: `${STACK_ID}0` }],
  ['another logical id and no mark', { [OwnershipTag.LOGICAL_ID]: 'Other', [OwnershipTag.IDENTITY]: '0123456789abcdef' }],
  ['another logical id and a mark that keeps it', { [OwnershipTag.LOGICAL_ID]: 'Other', [OwnershipTag.IDENTITY]: `${Fate.RETAINED}0123456789abcdef` }],
  ['a mark that keeps it', { [OwnershipTag.IDENTITY]: `${Fate.RETAINED}0123456789abcdef` }],
])('is not what has %s', async (_, tags) => {
  const scene = await setUp();
  const { service, model, properties } = scene;
  await tag(scene, tags);
  service.now += 3 * HOUR;
  service.begin('DELETE_IN_PROGRESS');
  await model.delete(properties);
  expect(names(scene)).toEqual([model.name(scene.attempted)]);
});

test('goes with the stack even where its construct has gone before', async () => {
  const scene = await setUp();
  const { service, model, properties } = scene;
  await tag(scene, { [OwnershipTag.LOGICAL_ID]: 'Other' });
  service.now += 3 * HOUR;
  service.begin('UPDATE_IN_PROGRESS');
  await model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] });
  expect(names(scene)).toHaveLength(2);
  service.begin('DELETE_IN_PROGRESS');
  await model.delete(properties);
  expect(names(scene)).toEqual([]);
});

test('is not what has no mark, in a clean-up', async () => {
  const scene = await setUp();
  const { service, model, properties } = scene;
  await tag(scene, { [OwnershipTag.IDENTITY]: '0123456789abcdef' });
  service.now += 3 * HOUR;
  service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  await model.delete(changedModel(properties, { Generation: '3' }));
  expect(names(scene)).toHaveLength(2);
});

test.each(['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])('goes with the stack (%s) even where nobody could mark it', async (status) => {
  const scene = await setUp();
  const { service, model, properties } = scene;
  await tag(scene, { [OwnershipTag.IDENTITY]: '0123456789abcdef' });
  service.now += 3 * HOUR;
  service.begin(status);
  await model.delete(properties);
  expect(names(scene)).toEqual([]);
});

test('is not marked by a Delete that the stack has left behind meanwhile', async () => {
  const { service, model, properties } = await setUp();
  service.begin('UPDATE_IN_PROGRESS');
  const replaced = changedModel(properties, { Generation: '3' });
  await model.finish(await model.start(model.event('Update', replaced, properties, model.name(properties))));
  await model.pass(60_000);
  service.moveTo('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  const event = await model.start(model.event('Delete', replaced, undefined, model.name(replaced)));
  service.fault = (operation) => {
    if (operation === 'DeleteAudienceModel') service.begin('UPDATE_IN_PROGRESS');
    return undefined;
  };
  const tagged = service.count('TagResource');
  await expect(model.finish(event)).rejects.toThrow(/the stack is now in UPDATE_IN_PROGRESS/);
  expect(service.count('DeleteAudienceModel')).toBeGreaterThan(0);
  expect(service.count('TagResource')).toBe(tagged);
});

test.each([[500, []], [501, ['other']]])('is found under a name of the user’s own only where tags can be read of all models (%p)', async (count, left) => {
  const scene = await setUp({ Name: 'mine' });
  const { service, model, properties } = scene;
  service.now += 3 * HOUR;
  const { trainingDatasetArn } = service.models[0];
  service.behaviour.training = 0;
  // The template's own is deleted first, and its leftover counts.
  for (let number = 1; number < count; number++) await service.byOtherHands('CreateAudienceModel', { name: `theirs-${number}`, trainingDatasetArn });
  service.begin('DELETE_IN_PROGRESS');
  await model.delete(properties);
  expect(names(scene).filter((name) => !name.startsWith('theirs'))).toEqual(left);
});
