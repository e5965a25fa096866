import type { Tags } from '../../../lambda/detail';
import { ServiceError } from '../../../lambda/errors';
import type { RawProperties } from '../../../lambda/events';
import { A, B, setUp } from '../dataset-scene';
import { datasetProperties, modelProperties, STACK_ID } from '../harness';

const DESCRIBED = datasetProperties({ Description: 'clicks' });
const OTHER_TABLE: RawProperties = JSON.parse(JSON.stringify(A).replace('"TableName":"clicks"', '"TableName":"views"'));

test('a create makes one dataset with what the template says, and names itself the owner', async () => {
  const { service, dataset } = setUp();
  const arn = await dataset.create(datasetProperties({ Description: 'clicks', Tags: [{ Key: 'team', Value: 'a' }] }));
  expect(service.datasets).toHaveLength(1);
  expect(service.datasets[0]).toMatchObject({
    arn,
    name: dataset.name(DESCRIBED),
    description: 'clicks',
    roleArn: A.RoleArn,
    trainingData: [{ type: 'INTERACTIONS', inputConfig: { dataSource: { glueDataSource: { tableName: 'clicks', databaseName: 'retail' } } } }],
    tags: {
      'team': 'a',
      'cdk-cleanrooms-ml:stack-id': STACK_ID,
      'cdk-cleanrooms-ml:logical-id': 'Interactions',
      'cdk-cleanrooms-ml:identity': dataset.name(DESCRIBED).slice(-16),
    },
  });
});

test('a create is done at once: there can be no copy of a name', async () => {
  const { service, dataset } = setUp();
  const event = await dataset.start(dataset.event('Create', A));
  expect(await dataset.step(event)).toEqual({ done: true, Data: { TrainingDatasetArn: service.datasets[0].arn } });
});

test('a create that is not visible for a while is not made again', async () => {
  const { service, dataset } = setUp({ listLag: 20_000, arnLag: 5_000, uniqueNames: false });
  const arn = await dataset.create(A);
  expect(service.datasets.map((one) => one.arn)).toEqual([arn]);
  expect(service.count('CreateTrainingDataset')).toBe(1);
});

test('a change of tags happens in place and leaves tags by other hands', async () => {
  const { service, dataset } = setUp();
  const old = datasetProperties({ Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '1' }] });
  await dataset.create(old);
  const resourceArn = service.datasets[0].arn;
  await service.byOtherHands('TagResource', { resourceArn, tags: { theirs: 'x' } });
  await service.byOtherHands('UntagResource', { resourceArn, tagKeys: ['cdk-cleanrooms-ml:logical-id'] });
  service.begin('UPDATE_IN_PROGRESS');
  await dataset.update(old, datasetProperties({ Tags: [{ Key: 'b', Value: '2' }, { Key: 'c', Value: '3' }] }));
  expect(service.datasets).toHaveLength(1);
  expect(service.datasets[0].tags).toMatchObject({ 'b': '2', 'c': '3', 'theirs': 'x', 'cdk-cleanrooms-ml:logical-id': 'Interactions' });
  expect(service.datasets[0].tags).not.toHaveProperty('a');
});

describe('a change of dataset, role or description', () => {
  test.each([['role', B], ['dataset', OTHER_TABLE], ['description', DESCRIBED]])(
    'of %s makes a second one and leaves the first to the clean-up', async (_, changed) => {
      const { service, dataset } = setUp();
      const first = await dataset.create(A);
      service.begin('UPDATE_IN_PROGRESS');
      expect(await dataset.update(A, changed)).not.toBe(first);
      expect(service.datasets).toHaveLength(2);
      service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      await dataset.delete(A);
      expect(service.names).toEqual([dataset.name(changed)]);
    });

  test('of description alone is refused while audience models use the dataset, and nothing is touched', async () => {
    const { service, dataset, model } = setUp();
    await model.create(modelProperties(await dataset.create(A)));
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.update(A, DESCRIBED)).rejects.toThrow(/^a change of description or trainingDatasetName alone .* \(Model-[0-9a-f]{16}\): undo it/);
    expect(service.count('CreateTrainingDataset')).toBe(1);
    await dataset.rollBack(DESCRIBED, A);
    expect(service.names).toHaveLength(2);
  });

  test.each([[3, ''], [4, ', …']])('of description alone names three of the %i models', async (count, more) => {
    const { service, dataset } = setUp();
    const trainingDatasetArn = await dataset.create(A);
    for (let number = 1; number <= count; number++) await service.createAudienceModel({ name: `model-${number}`, trainingDatasetArn });
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.update(A, DESCRIBED)).rejects.toThrow(`(model-1, model-2, model-3${more}): undo it`);
  });

  test('of description alone is not where the models that use the dataset are being deleted', async () => {
    const { service, dataset } = setUp({ deletion: 600_000, training: 0 });
    const trainingDatasetArn = await dataset.create(A);
    await service.deleteAudienceModel(await service.createAudienceModel({ name: 'going', trainingDatasetArn }));
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(A, DESCRIBED);
    expect(service.datasets).toHaveLength(2);
  });

  test('of the name alone is refused too', async () => {
    const { service, dataset, model } = setUp();
    const named = datasetProperties({ Name: 'mine' });
    await model.create(modelProperties(await dataset.create(named)));
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.update(named, datasetProperties({ Name: 'other' }))).rejects.toThrow(/alone replaces/);
    await expect(dataset.update(named, A)).rejects.toThrow(/alone replaces/);
  });

  test('of description together with the role is not, although models use it', async () => {
    const { service, dataset, model } = setUp();
    await model.create(modelProperties(await dataset.create(A)));
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(A, { ...B, Description: 'new' });
    expect(service.datasets).toHaveLength(2);
  });

  test('of description back to what is still there is not, although models use it', async () => {
    const { service, dataset, model } = setUp();
    await model.create(modelProperties(await dataset.create(A)));
    await dataset.create(DESCRIBED);
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(A, DESCRIBED);
    expect(service.datasets).toHaveLength(2);
  });
});

describe('under an explicit name', () => {
  const named = datasetProperties({ Name: 'mine' });
  const replaced = { ...B, Name: 'mine' };

  test('a replacement is refused with what to do, and its rollback passes', async () => {
    const { service, dataset } = setUp();
    await dataset.create(named);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.update(named, replaced)).rejects.toThrow(
      'this change replaces training dataset mine, and the new one cannot have the name of the old: change trainingDatasetName too, or leave it out to have a name generated');
    await dataset.rollBack(replaced, named);
    expect(service.datasets).toMatchObject([{ roleArn: A.RoleArn }]);
    expect(service.count('TagResource')).toBe(0);
  });

  test('a replacement under another name passes', async () => {
    const { service, dataset } = setUp();
    await dataset.create(named);
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(named, { ...B, Name: 'other' });
    expect(service.names).toEqual(['mine', 'other']);
  });

  test.each<Tags>([{}, { 'cdk-cleanrooms-ml:stack-id': 'other', 'cdk-cleanrooms-ml:logical-id': 'Interactions' }, { 'cdk-cleanrooms-ml:stack-id': STACK_ID, 'cdk-cleanrooms-ml:logical-id': 'Other' }])(
    'what others made (%j) is refused and neither changed nor deleted', async (tags) => {
      const { service, dataset } = setUp();
      await service.createTrainingDataset({ name: 'mine', tags: { ...tags } });
      const before = service.datasets;
      service.begin('CREATE_IN_PROGRESS');
      await expect(dataset.create(named)).rejects.toThrow(/^training dataset mine exists already and is not this stack's \(arn:.*\): choose another trainingDatasetName$/);
      service.moveTo('ROLLBACK_IN_PROGRESS');
      await dataset.delete(named);
      expect(service.datasets).toEqual(before);
    });

  test('what is ours but of another generation is not deleted by the clean-up of the refused create', async () => {
    const { service, dataset } = setUp();
    await dataset.create(named);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.create(replaced)).rejects.toThrow(/this change replaces/);
    const { PhysicalResourceId } = JSON.parse(service.puts.at(-1)!.body) as { PhysicalResourceId: string };
    expect(PhysicalResourceId).not.toBe('mine');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await dataset.delete(replaced, PhysicalResourceId);
    expect(service.names).toEqual(['mine']);
  });

  test('what is ours but of another generation is not deleted where CloudFormation made up an id', async () => {
    const { service, dataset } = setUp();
    await dataset.create(named);
    service.begin('DELETE_IN_PROGRESS');
    await service.byOtherHands('TagResource', { resourceArn: service.datasets[0].arn, tags: { 'cdk-cleanrooms-ml:identity': `retained:${'0'.repeat(16)}` } });
    await dataset.delete(replaced, 'Lookalike-Interactions-1ABCDEFGHIJKL');
    expect(service.names).toEqual(['mine']);
  });

  test('what CloudFormation has under the name is deleted, whichever generation the template says', async () => {
    const { service, dataset } = setUp();
    await dataset.create({ ...named, Retained: 'true' });
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(replaced);
    expect(service.names).toEqual([]);
  });

  test('what others made meanwhile, and never tagged, is refused after a minute', async () => {
    const { service, dataset } = setUp();
    await service.createTrainingDataset({ name: 'mine' });
    const began = service.now;
    await expect(dataset.create(named)).rejects.toThrow(/^training dataset mine exists already and is not this stack's/);
    expect(service.now - began).toBeGreaterThanOrEqual(60_000);
    expect(service.now - began).toBeLessThan(80_000);
  });

  test('tags that do not show yet are waited for, and not taken for somebody else’s', async () => {
    const { service, dataset } = setUp({ tagLag: 30_000 });
    const arn = await dataset.create(named);
    expect(service.datasets.map((held) => held.arn)).toEqual([arn]);
    expect(service.count('CreateTrainingDataset')).toBe(1);
  });

  test('an identity tag that somebody removed is what CloudFormation says it was', async () => {
    const { service, dataset } = setUp();
    const resourceArn = await dataset.create(named);
    const untag = async () => service.byOtherHands('UntagResource', { resourceArn, tagKeys: ['cdk-cleanrooms-ml:identity'] });
    await untag();
    service.begin('UPDATE_IN_PROGRESS');
    await expect(dataset.update(named, replaced)).rejects.toThrow(/this change replaces/);
    await dataset.update(named, { ...named, Tags: [{ Key: 'a', Value: '1' }] });
    expect(service.datasets[0].tags).toMatchObject({ 'a': '1', 'cdk-cleanrooms-ml:identity': dataset.name(A).slice(-16) });
    await untag();
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(named);
    expect(service.names).toEqual([]);
  });
});

describe('a rollback', () => {
  test('adopts the old dataset and takes back the new one, of which CloudFormation never heard', async () => {
    const { service, dataset } = setUp();
    const first = await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(A, B);
    expect(await dataset.rollBack(B, A)).toBe(first);
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('makes the old dataset anew that another hand deleted, and takes back only the new one', async () => {
    const { service, dataset } = setUp({ listLag: 10_000 });
    const trainingDatasetArn = await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(A, B);
    await service.byOtherHands('DeleteTrainingDataset', { trainingDatasetArn });
    await dataset.rollBack(B, A);
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('leaves the new dataset to the clean-up where CloudFormation has heard of it', async () => {
    const { service, dataset } = setUp();
    const first = await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(A, B);
    expect(await dataset.rollBack(B, A, dataset.name(B))).toBe(first);
    expect(service.names).toHaveLength(2);
  });

  test('leaves what somebody else has come to use', async () => {
    const { service, dataset, model } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    await model.create(modelProperties(await dataset.update(A, B)));
    await dataset.rollBack(B, A);
    expect(service.datasets).toHaveLength(2);
  });

  test('does nothing for the first forty seconds, because a call of the cancelled update may be under way', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    const execution = await dataset.start(dataset.event('Update', A, B, dataset.name(A)));
    service.now += 39_999;
    const before = service.calls.length;
    expect(await dataset.step(execution)).toEqual({ done: false });
    expect(service.calls).toHaveLength(before);
    await service.createTrainingDataset({ name: dataset.name(B) });
    service.now += 1;
    expect(await dataset.step(execution)).toMatchObject({ done: true });
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('sleeps through those forty seconds, and is done then', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    const began = service.now;
    const execution = await dataset.start(dataset.event('Update', A, B, dataset.name(A)));
    await dataset.finish(execution);
    expect(service.now - began).toBe(40_000);
    expect(execution.steps).toBe(3);
  });

  test('of an update whose properties were refused passes', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    const bad = datasetProperties({ TrainingData: 'none', Tags: 'none' });
    await expect(dataset.update(A, bad)).rejects.toThrow(/^Tags must be/);
    await dataset.rollBack(bad, A);
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('is not mistaken for the cancelled update, delivered late', async () => {
    const { service, dataset } = setUp();
    await dataset.create(A);
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await expect(dataset.update(A, B)).rejects.toThrow(/which is gone; a rollback does not create it again/);
    expect(service.names).toEqual([dataset.name(A)]);
  });
});

describe('a role that IAM does not know yet', () => {
  const notAssumable = new ServiceError('CreateTrainingDataset', 'ValidationException', 'the role cannot be assumed', 400);

  test('is waited for', async () => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => operation === 'CreateTrainingDataset' && service.now < began + 45_000 ? notAssumable : undefined;
    await dataset.create(A);
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('is an error after a minute', async () => {
    const { service, dataset } = setUp();
    const began = service.now;
    service.fault = (operation) => operation === 'CreateTrainingDataset' ? notAssumable : undefined;
    await expect(dataset.create(A)).rejects.toThrow('CreateTrainingDataset: ValidationException: the role cannot be assumed');
    expect(service.now - began).toBeGreaterThanOrEqual(60_000);
    expect(service.now - began).toBeLessThan(80_000);
  });
});
