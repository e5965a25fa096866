import { ServiceError } from '../../../lambda/errors';
import { hasFate } from '../../../lambda/tags';
import { Fate } from '../../../src/private/contract';
import { ModelDriver } from '../harness';
import { executions, modelNames, setUp } from '../model-scene';

/* How a model is deleted, in its training or after it. */

const DAY = 24 * 3_600_000;

describe('a delete', () => {
  test.each(['accept', 'conflict', 'validation'] as const)('in the middle of a training (the service says %s) ends with nothing', async (deleteInTraining) => {
    const scene = await setUp({ training: 600_000, deletion: 60_000, deleteInTraining });
    const { service, model, properties } = scene;
    await model.step(await model.start(model.event('Create', properties)));
    await model.pass(60_000);
    expect(service.trainings).toHaveLength(1);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.delete(properties, 'Lookalike-Model-1ABCDEFGHIJKL');
    expect(modelNames(scene)).toEqual([]);
    expect(executions(scene)).toEqual(['ABORTED']);
    await model.pass(10 * DAY);
    expect(await service.listAudienceModels()).toEqual([]);
    expect(service.trainings).toHaveLength(1);
  });

  test('stops the training before it deletes the model, and gives its last call the time to end', async () => {
    const { service, model, properties } = await setUp({ training: DAY, deleteInTraining: 'accept' });
    await model.finish(await model.start(model.event('Create', properties)));
    await model.pass(60_000);
    service.begin('DELETE_IN_PROGRESS');
    const began = service.now;
    const stopped: number[] = [];
    const deleted: number[] = [];
    service.fault = (operation) => {
      if (operation === 'StopExecution') stopped.push(service.now - began);
      if (operation === 'DeleteAudienceModel') deleted.push(service.now - began);
      return undefined;
    };
    await model.delete(properties);
    expect(stopped).toEqual([0]);
    expect(deleted).toEqual([40_000]);
  });

  test.each([['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', true], ['DELETE_IN_PROGRESS', false]])(
    'in %s of one whose executions may not be stopped fails, and marks it as kept: %s', async (status, isKept) => {
      const { service, model, properties } = await setUp();
      await model.create(properties);
      service.begin('UPDATE_IN_PROGRESS');
      service.moveTo(status);
      service.fault = (operation) => operation === 'ListExecutions' ? new ServiceError(operation, 'AccessDeniedException', 'not authorized', 400) : undefined;
      await expect(model.delete(properties)).rejects.toThrow('ListExecutions: AccessDeniedException: not authorized');
      expect(service.models.map(({ tags }) => hasFate(tags, Fate.KEPT))).toEqual([isKept]);
    });

  test('stops no execution of another model', async () => {
    const { service, model, properties } = await setUp({ training: DAY });
    const other = new ModelDriver(service, 'Model2');
    await other.finish(await other.start(other.event('Create', properties)));
    await model.finish(await model.start(model.event('Create', properties)));
    await model.pass(10_000);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    const event = await model.start(model.event('Delete', properties, undefined, model.name(properties)));
    service.behaviour.deleteInTraining = 'accept';
    await model.finish(event);
    const [theirs, ours] = service.executions.all;
    expect([theirs.name, ours.name]).toEqual([expect.stringMatching(/^Create-Model2-/), expect.stringMatching(/^Create-Model-/)]);
    expect(ours.status).toBe('ABORTED');
    expect(theirs.status).not.toBe('ABORTED');
  });

  test('of what was refused for its properties passes', async () => {
    const { service, model, properties } = await setUp();
    await expect(model.create({ ...properties, TrainingWait: 'soon' })).rejects.toThrow(/must be/);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await expect(model.delete({ ...properties, TrainingWait: 'soon' }, 'Lookalike-Model-1ABCDEFGHIJKL')).resolves.toBeUndefined();
  });

  test('is over when the model is gone, not when its deletion began, and begins at once where nothing was stopped', async () => {
    const { service, model, properties } = await setUp({ deletion: 600_000 });
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const began = service.now;
    await model.delete(properties);
    expect(service.now - began).toBeGreaterThanOrEqual(600_000);
    expect(service.now - began).toBeLessThan(611_000);
    expect(service.count('DeleteAudienceModel')).toBe(1);
  });

  test('of a model whose deletion failed tries again', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const audienceModelArn = service.models[0].arn;
    const mend = service.failDeletions();
    await service.byOtherHands('DeleteAudienceModel', { audienceModelArn });
    mend();
    expect(await service.byOtherHands('GetAudienceModel', { audienceModelArn })).toMatchObject({ status: 'DELETE_FAILED' });
    let throttled = true;
    const event = await model.start(model.event('Delete', properties, undefined, model.name(properties)));
    service.fault = (operation) => operation === 'DeleteAudienceModel' && throttled ? 'throttled' : undefined;
    expect(await model.step(event)).toEqual({ done: false });
    throttled = false;
    expect(await model.finish(event)).toEqual({ done: true });
    expect(modelNames({ service })).toEqual([]);
  });

  test('has looked for executions once at first and once when none can show up any more, and not in between', async () => {
    const { service, model, properties } = await setUp({ deletion: 600_000 });
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const listed: number[] = [];
    const began = service.now;
    service.fault = (operation) => {
      if (operation === 'ListExecutions') listed.push(service.now - began);
      return undefined;
    };
    await model.delete(properties);
    expect(listed).toEqual([0, expect.any(Number)]);
    expect(listed[1]).toBeGreaterThanOrEqual(40_000);
  });

  test('stops what the list of executions shows late, and nothing is left of it', async () => {
    const scene = await setUp({ training: DAY, deleteInTraining: 'accept', executionLag: 20_000 });
    const { service, model, properties } = scene;
    service.quota = 0;
    await model.start(model.event('Create', properties));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.delete(properties, 'Lookalike-Model-1ABCDEFGHIJKL');
    service.quota = 2;
    await model.pass(DAY);
    expect(executions(scene)).not.toContain('RUNNING');
    expect(modelNames(scene)).toEqual([]);
    expect(service.trainings).toEqual([]);
  });

  test('that another hand was a moment faster with waits for that one, whatever the service says', async () => {
    const { service, model, properties } = await setUp({ deletion: 60_000 });
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const [{ arn }] = service.models;
    service.fault = async (operation) => {
      if (operation !== 'DeleteAudienceModel') return undefined;
      await service.byOtherHands('DeleteAudienceModel', { audienceModelArn: arn });
      return new ServiceError(operation, 'ValidationException', 'it is being deleted already', 400);
    };
    const began = service.now;
    await model.delete(properties);
    expect(service.now - began).toBeGreaterThanOrEqual(60_000);
    expect(service.now - began).toBeLessThan(71_000);
  });

  test('that the service refuses for good is an error', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    service.fault = (operation) => operation === 'DeleteAudienceModel' ? new ServiceError(operation, 'ValidationException', 'never', 400) : undefined;
    await expect(model.delete(properties)).rejects.toThrow('DeleteAudienceModel: ValidationException: never');
  });
});
