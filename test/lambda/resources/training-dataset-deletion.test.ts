import type { Tags } from '../../../lambda/detail';
import { A, B, setUp } from '../dataset-scene';
import { FakeService } from '../fake-service';
import { datasetDriver, datasetProperties, modelProperties, STACK_ID } from '../harness';

describe('a delete under a name that its properties do not say', () => {
  const named = datasetProperties({ Name: 'mine' });

  async function remove(before: (scene: ReturnType<typeof setUp>) => Promise<unknown> = async () => undefined): Promise<readonly string[]> {
    const scene = setUp();
    const { service, dataset } = scene;
    await dataset.create(B);
    await dataset.create(named);
    await before(scene);
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await dataset.finish(await dataset.start(dataset.event('Delete', B, undefined, 'mine')));
    return service.names;
  }

  test('deletes the one of that name, and not the one of the properties', async () => {
    const kept = datasetDriver(new FakeService()).name(B);
    expect(await remove()).toEqual([kept]);
    expect(await remove(async ({ service }) => service.byOtherHands('DeleteTrainingDataset', { trainingDatasetArn: service.datasets[1].arn }))).toEqual([kept]);
  });

  const tag = (tags: Tags) => async ({ service }: ReturnType<typeof setUp>) =>
    service.byOtherHands('TagResource', { resourceArn: service.datasets[1].arn, tags: { ...tags } });

  test('does not delete what belongs to others', async () => {
    expect(await remove(tag({ 'cdk-cleanrooms-ml:stack-id': 'other' }))).toContain('mine');
  });

  test('deletes what its template wanted retained: CloudFormation would not ask for it otherwise', async () => {
    expect(await remove(tag({ 'cdk-cleanrooms-ml:identity': `retained:${'0'.repeat(16)}` }))).not.toContain('mine');
  });
});

describe('a delete', () => {
  test('of what is gone is done, once it is certain that it is gone', async () => {
    const { service, dataset } = setUp();
    service.begin('DELETE_IN_PROGRESS');
    const began = service.now;
    await dataset.delete(A);
    expect(service.count('DeleteTrainingDataset')).toBe(0);
    expect(service.now - began).toBeGreaterThanOrEqual(40_000);
    expect(service.now - began).toBeLessThan(50_000);
  });

  test('is over in one step where all goes well', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const event = await dataset.start(dataset.event('Delete', A, undefined, dataset.name(A)));
    expect(await dataset.step(event)).toEqual({ done: true });
    expect(service.names).toEqual([]);
  });

  test('with the stack takes every generation along, also one that is not listed yet', async () => {
    const { service, dataset } = setUp({ listLag: 25_000 });
    await dataset.create(A);
    await dataset.create(B);
    service.moveTo('DELETE_IN_PROGRESS');
    await dataset.delete(A);
    expect(service.names).toEqual([]);
  });

  test('with the stack keeps a generation that was to be retained', async () => {
    const { service, dataset } = setUp();
    await dataset.create({ ...A, Retained: 'true' });
    await dataset.create(B);
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(B);
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('with the stack keeps what was to be retained before it was listed', async () => {
    const { service, dataset } = setUp({ listLag: 25_000 });
    const retained = { ...A, Retained: 'true' };
    await dataset.create(retained);
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(retained, B);
    // Where rollback is disabled CloudFormation may refuse the replacement, and update it back at once.
    await dataset.update(B, retained);
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(retained);
    expect(service.names).toEqual([dataset.name(B)]);
  });

  test('with the stack takes a generation along that is to be retained no more', async () => {
    const { service, dataset } = setUp();
    await dataset.create({ ...A, Retained: 'true' });
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update({ ...A, Retained: 'true' }, A);
    await dataset.create(B);
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(B);
    expect(service.names).toEqual([]);
  });

  test('right after the create finds what is not listed yet', async () => {
    const { service, dataset } = setUp({ listLag: 25_000 });
    await dataset.create(A);
    service.moveTo('DELETE_IN_PROGRESS');
    await dataset.delete(A);
    expect(service.names).toEqual([]);
  });

  test('of a cancelled create finds what the properties name, also when it shows late', async () => {
    const { service, dataset } = setUp({ listLag: 25_000 });
    await service.createTrainingDataset({ name: dataset.name(A) });
    service.moveTo('DELETE_IN_PROGRESS');
    await dataset.delete(A, 'Lookalike-Interactions-1ABCDEFGHIJKL');
    expect(service.names).toEqual([]);
  });

  test('goes by the physical id where the properties say otherwise', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    await dataset.create(B);
    service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await dataset.delete(A, dataset.name(B));
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('keeps trying while something depends on it, and says so when time is up', async () => {
    const { service, dataset, model } = setUp();
    await model.create(modelProperties(await dataset.create(A)));
    service.begin('DELETE_IN_PROGRESS');
    const began = service.now;
    await expect(dataset.delete(A)).rejects.toThrow(/^gave up after 55 minutes: DeleteTrainingDataset: ConflictException: The audience model arn:\S+ depends on arn:\S+$/);
    expect(service.now - began).toBe(55 * 60_000);
    await service.deleteModelsByOtherHands();
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(A);
    expect(service.names).toEqual([]);
  });

  describe('of what a model uses', () => {
    async function used(tags: Tags): Promise<ReturnType<typeof setUp>> {
      const scene = setUp();
      const trainingDatasetArn = await scene.dataset.create(A);
      await scene.service.createAudienceModel({ name: 'left', trainingDatasetArn, tags });
      scene.service.begin('DELETE_IN_PROGRESS');
      return scene;
    }

    const due = { 'cdk-cleanrooms-ml:stack-id': STACK_ID, 'cdk-cleanrooms-ml:logical-id': 'Gone', 'cdk-cleanrooms-ml:identity': `kept:${'0'.repeat(16)}` };

    test('takes the model along that a clean-up had to leave', async () => {
      const { service, dataset } = await used(due);
      await dataset.delete(A);
      expect(service.names).toEqual([]);
      expect(service.models).toEqual([]);
    });

    test.each<[string, Tags]>([
      ['has no mark', { ...due, 'cdk-cleanrooms-ml:identity': '0'.repeat(16) }],
      ['is to be retained', { ...due, 'cdk-cleanrooms-ml:identity': `retained:${'0'.repeat(16)}` }],
      ['is of another stack', { ...due, 'cdk-cleanrooms-ml:stack-id': `${STACK_ID}0` }],
      ['is of others', {}],
    ])('leaves one alone that %s', async (_, tags) => {
      const { service, dataset } = await used(tags);
      await expect(dataset.delete(A)).rejects.toThrow('gave up after 55 minutes: DeleteTrainingDataset: ConflictException');
      expect(service.count('DeleteAudienceModel')).toBe(0);
    });

    test('stays itself when the stack moves on meanwhile', async () => {
      const { service, dataset } = await used(due);
      service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      const event = await dataset.start(dataset.event('Delete', A, undefined, dataset.name(A)));
      service.fault = (operation) => {
        if (operation === 'DeleteAudienceModel') service.begin('UPDATE_IN_PROGRESS');
        return undefined;
      };
      await expect(dataset.finish(event)).rejects.toThrow(/stack is now in UPDATE_IN_PROGRESS/);
      expect(service.names).toEqual([dataset.name(A)]);
    });
  });

  test('does nothing when the stack has moved on', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const late = await dataset.start(dataset.event('Delete', A, undefined, dataset.name(A)));
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.step(late)).rejects.toThrow(/stack is now in UPDATE_IN_PROGRESS/);
    expect(service.names).toEqual([dataset.name(A)]);
  });
});
