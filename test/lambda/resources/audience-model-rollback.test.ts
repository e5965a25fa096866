import { OwnershipTag } from '../../../src/private/contract';
import { changedModel } from '../harness';
import { executions, modelNames, setUp } from '../model-scene';

const DAY = 24 * 3_600_000;

describe('a rollback', () => {
  test('to a model that has failed says so where the template waits for more', async () => {
    const { service, model, properties } = await setUp({ trainingFails: true });
    await model.create(changedModel(properties, {}, { goal: 'ACCEPTED' }));
    service.now += 3_600_000;
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.rollBack(changedModel(properties, { Generation: '2' }), properties)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users$/);
    expect(service.count('DeleteAudienceModel')).toBe(0);
  });

  test('adopts the old model and keeps the new one, without a training', async () => {
    const scene = await setUp({ deletion: 60_000 });
    const { service, model, properties } = scene;
    const first = await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await model.update(properties, changed);
    expect(await model.rollBack(changed, properties)).toBe(first);
    expect(service.models).toMatchObject([{ arn: first }, { status: 'ACTIVE', tags: { [OwnershipTag.IDENTITY]: expect.stringMatching(/^kept:/) } }]);
    expect(service.trainings).toHaveLength(2);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  });

  test.each(['accept', 'conflict', 'validation'] as const)('in the middle of the new training (the service says %s) ends that if it may', async (deleteInTraining) => {
    const scene = await setUp({ training: 600_000, deleteInTraining });
    const { service, model, properties } = scene;
    const first = await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await model.finish(await model.start(model.event('Update', changed, properties, model.name(properties))));
    await model.pass(20_000);
    expect(service.trainings).toHaveLength(2);
    expect(await model.rollBack(changed, properties)).toBe(first);
    expect(modelNames(scene)).toEqual(deleteInTraining === 'accept' ? [model.name(properties)] : [model.name(properties), model.name(changed)]);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'ABORTED', 'SUCCEEDED']);
    await model.pass(DAY);
    expect(service.trainings).toHaveLength(2);
  });

  test('looks for executions once, however long it waits', async () => {
    const { service, model, properties } = await setUp({ deletion: 600_000 });
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await model.update(properties, changed);
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', properties, changed, model.name(properties))));
    expect(service.count('ListAudienceModels')).toBeGreaterThan(10);
    expect(service.count('ListExecutions')).toBe(1);
  });

  test('of a change that has begun to queue ends the queueing', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    await model.create(properties);
    service.quota = 0;
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await model.finish(await model.start(model.event('Update', changed, properties, model.name(properties))));
    await model.pass(3_600_000);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'RUNNING']);
    await model.rollBack(changed, properties);
    service.quota = 2;
    await model.pass(DAY);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED', 'ABORTED', 'SUCCEEDED']);
    expect(service.trainings).toHaveLength(1);
  });

  test('to another model, which another hand deleted, says so and trains nothing', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await service.deleteModelsByOtherHands();
    await expect(model.rollBack(changedModel(properties, { Generation: '2' }), properties)).rejects.toThrow(/is gone or DELETE_FAILED; a rollback does not train it again/);
    expect(service.trainings).toHaveLength(1);
  });

  test('of a change in place of a model that another hand deleted has nothing to take back, says so and trains nothing', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await service.deleteModelsByOtherHands();
    const tagged = changedModel(properties, { Tags: [{ Key: 'team', Value: 'ads' }] });
    await expect(model.update(properties, tagged)).rejects.toThrow(/is gone or DELETE_FAILED and nothing was changed that trains another/);
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', properties, tagged, model.name(properties))));
    expect(JSON.parse(service.puts.at(-1)!.body)).toMatchObject({ Status: 'SUCCESS', Reason: `audience model ${model.name(properties)} is gone or DELETE_FAILED; change generation to have it trained again` });
    expect(service.trainings).toHaveLength(1);
  });

  test.each([
    ['in it', false], ['before', true],
  ])('of a change in place of a model that another hand could not delete %s has nothing to take back', async (_, isBefore) => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    if (!isBefore) service.begin('UPDATE_IN_PROGRESS');
    const mend = service.failDeletions();
    await service.deleteModelsByOtherHands();
    mend();
    if (isBefore) service.begin('UPDATE_IN_PROGRESS');
    const tagged = changedModel(properties, { Tags: [{ Key: 'team', Value: 'ads' }] });
    await expect(model.update(properties, tagged)).rejects.toThrow(isBefore ? /is gone or DELETE_FAILED and nothing was changed/ : /could not be deleted/);
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', properties, tagged, model.name(properties))));
    expect(JSON.parse(service.puts.at(-1)!.body)).toMatchObject({ Status: 'SUCCESS', Reason: expect.stringMatching(/is gone or DELETE_FAILED; change generation/) });
    expect(service.trainings).toHaveLength(1);
    expect(service.models).toMatchObject([{ status: 'DELETE_FAILED' }]);
    expect(service.count('DeleteAudienceModel')).toBe(0);
  });

  test('to another model, which another hand could not delete, says so and deletes nothing', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    const mend = service.failDeletions();
    await service.deleteModelsByOtherHands();
    mend();
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.rollBack(changedModel(properties, { Generation: '2' }), properties)).rejects.toThrow(/is gone or DELETE_FAILED; a rollback does not train it again/);
    expect(service.count('DeleteAudienceModel')).toBe(0);
  });

  test('that cannot list executions at first stops the cancelled training as soon as it can', async () => {
    const scene = await setUp({ training: 30_000, deleteInTraining: 'accept' });
    const { service, model, properties } = scene;
    await model.finish(await model.start(model.event('Create', properties)));
    await model.pass(60_000);
    service.behaviour.training = DAY;
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await model.step(await model.start(model.event('Update', changed, properties, model.name(properties))));
    service.fault = (operation) => operation === 'ListExecutions' && service.count(operation) === 1 ? 'throttled' : undefined;
    await model.rollBack(changed, properties);
    expect(service.count('StopExecution')).toBe(1);
  });
});
