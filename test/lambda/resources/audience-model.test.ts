import { ServiceError } from '../../../lambda/errors';
import { FakeService } from '../fake-service';
import { datasetProperties, Driver, modelDriver, modelProperties } from '../harness';

const OTHER_ARN = 'arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/other';
const DAY = 24 * 3_600_000;

interface Scene {
  readonly service: FakeService;
  readonly model: Driver;
  readonly properties: ReturnType<typeof modelProperties>;
}

async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}): Promise<Scene> {
  const service = new FakeService(behaviour);
  const arn = await service.createTrainingDataset({ name: 'dataset', roleArn: datasetProperties().RoleArn as string, trainingData: [] });
  service.datasets.push({ ...service.datasets[0], name: 'other', arn: OTHER_ARN });
  return { service, model: modelDriver(service), properties: modelProperties(arn) };
}

const modelNames = ({ service }: Scene) => service.models.filter(({ deletedAt }) => deletedAt === undefined).map(({ name }) => name).sort();

describe('a create', () => {
  test('waits until the model is active, and gives its ARN', async () => {
    const { service, model, properties } = await setUp();
    const began = service.now;
    const arn = await model.create({
      ...properties, Description: 'weekly', KmsKeyArn: 'arn:key', Generation: '3', TrainingDataStartTime: '2026-01-01T00:00:00.000Z', Tags: [{ Key: 'a', Value: '1' }],
    });
    expect(service.now - began).toBe(120_000);
    expect(service.trainings).toHaveLength(1);
    expect(service.models[0]).toMatchObject({
      arn, description: 'weekly', kmsKeyArn: 'arn:key', trainingDataStartTime: new Date('2026-01-01T00:00:00Z'), tags: { a: '1' },
    });
    expect(service.models[0].trainingDataEndTime).toBeUndefined();
  });

  test('that was answered but is not listed yet is not made again', async () => {
    const { service, model, properties } = await setUp({ uniqueNames: false, listLag: 25_000 });
    await model.create(properties);
    expect(service.trainings).toHaveLength(1);
  });

  test.each(['reset-after', 'error-after'] as const)('whose answer was lost (%s) is adopted', async (fault) => {
    const { service, model, properties } = await setUp({ uniqueNames: false });
    service.fault = (operation) => operation === 'CreateAudienceModel' ? fault : undefined;
    await model.create(properties);
    expect(service.trainings).toHaveLength(1);
  });

  test('of a name that is taken but not listed yet waits until it is', async () => {
    const { service, model, properties } = await setUp({ listLag: 55_000 });
    await model.create(properties);
    expect(service.trainings).toHaveLength(1);
    expect(service.count('CreateAudienceModel')).toBe(2);
  });

  test('keeps the oldest where two bear the name', async () => {
    const scene = await setUp({ uniqueNames: false });
    const { service, model, properties } = scene;
    const event = await model.start(model.event('Create', properties));
    await model.step(event);
    service.now += 10_000;
    await service.createAudienceModel({ ...service.trainings[0] });
    const [oldest] = service.models.map(({ arn }) => arn);
    const { Data } = await model.finish(event);
    expect(Data).toEqual({ AudienceModelArn: oldest });
    expect(modelNames(scene)).toHaveLength(1);
  });

  test('queues while the quota is full', async () => {
    const { service, model, properties } = await setUp({ training: 900_000 });
    service.quota = 1;
    await service.createAudienceModel({ name: 'other', trainingDatasetArn: OTHER_ARN });
    await model.create(properties);
    expect(service.models.map(({ name }) => name)).toEqual(['other', model.name(properties)]);
  });

  test('that the quota holds up for too long says so', async () => {
    const { service, model, properties } = await setUp({ training: DAY });
    service.quota = 0;
    await expect(model.create(properties)).rejects.toThrow('gave up after 54 minutes: CreateAudienceModel: ServiceQuotaExceededException: two at a time');
  });

  test('of a training that fails is failed by the service’s own reason, and its clean-up leaves nothing', async () => {
    const scene = await setUp({ trainingFails: true });
    const { service, model, properties } = scene;
    await expect(model.create(properties)).rejects.toThrow(/^audience model Model-[0-9a-f]{16} failed: NOT_ENOUGH_USERS: too few users$/);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.delete(properties);
    expect(modelNames(scene)).toEqual([]);
    expect(service.trainings).toHaveLength(1);
  });

  test('that finds one that failed before this deployment trains anew', async () => {
    const scene = await setUp({ trainingFails: true });
    const { service, model, properties } = scene;
    await expect(model.create(properties)).rejects.toThrow();
    service.behaviour.trainingFails = false;
    service.begin('UPDATE_IN_PROGRESS');
    await model.create(properties);
    expect(modelNames(scene)).toHaveLength(1);
    expect(service.trainings).toHaveLength(2);
  });

  test('waits for a deletion under the same name to end', async () => {
    const scene = await setUp({ deletion: 300_000 });
    const { service, model, properties } = scene;
    const first = await model.create(properties);
    await service.deleteAudienceModel(first);
    service.begin('UPDATE_IN_PROGRESS');
    expect(await model.create(properties)).not.toBe(first);
    expect(modelNames(scene)).toHaveLength(1);
  });

  test('that takes longer than fifty-five minutes says what it was waiting for', async () => {
    const { service, model, properties } = await setUp({ training: DAY });
    const began = service.now;
    await expect(model.create(properties)).rejects.toThrow(`gave up after 55 minutes: audience model ${model.name(properties)} is CREATE_PENDING`);
    expect(service.now - began).toBe(55 * 60_000);
  });

  test('is fine at fifty-four minutes', async () => {
    const { model, properties } = await setUp({ training: 54 * 60_000 });
    expect(await model.create(properties)).toMatch(/^arn:/);
  });

  test('that CloudFormation has given up starts nothing', async () => {
    const { service, model, properties } = await setUp();
    const event = await model.start(model.event('Create', properties));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await expect(model.step(event)).rejects.toThrow(/the stack is now in ROLLBACK_IN_PROGRESS/);
    expect(service.trainings).toEqual([]);
  });

  test('refuses at once what the service refuses', async () => {
    const { service, model, properties } = await setUp();
    service.fault = (operation) => operation === 'CreateAudienceModel' ? new ServiceError(operation, 'ValidationException', 'bad window', 400) : undefined;
    await expect(model.create(properties)).rejects.toThrow('CreateAudienceModel: ValidationException: bad window');
    expect(service.count('CreateAudienceModel')).toBe(1);
  });
});

describe('a change', () => {
  test.each([
    ['training dataset', { TrainingDatasetArn: OTHER_ARN }],
    ['start', { TrainingDataStartTime: '2026-01-01T00:00:00.000Z' }],
    ['end', { TrainingDataEndTime: '2026-01-01T00:00:00.000Z' }],
    ['key', { KmsKeyArn: 'arn:key' }],
    ['generation', { Generation: '2' }],
    ['generation and description', { Generation: '2', Description: 'new' }],
  ])('of %s trains another model', async (_, change) => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = { ...properties, ...change };
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
    const { service, model, properties } = await setUp();
    const old = { ...properties, ...was };
    await model.create(old);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = { ...properties, ...change };
    await expect(model.update(old, changed)).rejects.toThrow(
      `a change of ${prop} needs the audience model to be trained again: undo it, or change generation to say that you mean it`);
    await model.rollBack(changed, old);
    expect(service.trainings).toHaveLength(1);
    expect(service.count('TagResource') + service.count('DeleteAudienceModel')).toBe(0);
  });

  test('of generation under an explicit name is refused, and its rollback passes', async () => {
    const { service, model, properties } = await setUp();
    const named = { ...properties, Name: 'mine' };
    await model.create(named);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.update(named, { ...named, Generation: '2' })).rejects.toThrow(/change audienceModelName too/);
    await model.rollBack({ ...named, Generation: '2' }, named);
    expect(service.trainings).toHaveLength(1);
  });

  test('finds a model that another hand deleted, and trains it', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.models = [];
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] });
    expect(service.models).toHaveLength(1);
  });
});

describe('a rollback', () => {
  test('adopts the old model and deletes the new one, without a training', async () => {
    const scene = await setUp({ deletion: 60_000 });
    const { service, model, properties } = scene;
    const first = await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = { ...properties, Generation: '2' };
    await model.update(properties, changed);
    expect(await model.rollBack(changed, properties)).toBe(first);
    expect(service.models.map(({ arn, deletedAt }) => [arn, deletedAt === undefined])).toContainEqual([first, true]);
    expect(modelNames(scene)).toEqual([model.name(properties)]);
    expect(service.trainings).toHaveLength(2);
  });

  test.each(['accept', 'conflict', 'validation'] as const)('in the middle of the new training (the service says %s) waits until that is gone', async (deleteInTraining) => {
    const scene = await setUp({ training: 600_000, deleteInTraining });
    const { service, model, properties } = scene;
    const first = await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const changed = { ...properties, Generation: '2' };
    await model.step(await model.start(model.event('Update', changed, properties, model.name(properties))));
    expect(await model.rollBack(changed, properties)).toBe(first);
    expect(modelNames(scene)).toEqual([model.name(properties)]);
    expect(service.trainings).toHaveLength(2);
  });

  test.each([[{}], [{ Generation: '2' }]])('to a model that another hand deleted says so and trains nothing (attempted: %j)', async (attempted) => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    service.models = [];
    await expect(model.rollBack({ ...properties, ...attempted }, properties)).rejects.toThrow(/is gone; a rollback does not train it again/);
    expect(service.trainings).toHaveLength(1);
  });
});

describe('a delete', () => {
  test.each(['accept', 'conflict', 'validation'] as const)('in the middle of a training (the service says %s) ends with nothing', async (deleteInTraining) => {
    const scene = await setUp({ training: 600_000, deletion: 60_000, deleteInTraining });
    const { service, model, properties } = scene;
    await model.step(await model.start(model.event('Create', properties)));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.delete(properties, 'Lookalike-Model-1ABCDEFGHIJKL');
    expect(modelNames(scene)).toEqual([]);
    service.now += 10 * DAY;
    expect(await service.listAudienceModels()).toEqual([]);
  });

  test('is over when the model is gone, not when its deletion began', async () => {
    const { service, model, properties } = await setUp({ deletion: 600_000 });
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const began = service.now;
    await model.delete(properties);
    expect(service.now - began).toBe(600_000);
    expect(service.count('DeleteAudienceModel')).toBe(1);
  });

  test('of a model whose deletion failed tries again', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const get = service.getAudienceModel.bind(service);
    let failed = true;
    service.getAudienceModel = async (arn) => {
      const held = await get(arn);
      return failed && held ? { ...held, status: 'DELETE_FAILED' } : held;
    };
    const event = await model.start(model.event('Delete', properties, undefined, model.name(properties)));
    service.fault = (operation) => operation === 'DeleteAudienceModel' && failed ? 'throttled' : undefined;
    expect(await model.step(event)).toEqual({ IsComplete: false });
    failed = false;
    expect(await model.finish(event)).toEqual({ IsComplete: true });
  });

  test('that another hand was a moment faster with waits for that one, whatever the service says', async () => {
    const { service, model, properties } = await setUp({ deletion: 60_000 });
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    const [held] = service.models;
    service.fault = (operation) => {
      if (operation !== 'DeleteAudienceModel') return undefined;
      held.deletedAt = service.now;
      return new ServiceError(operation, 'ValidationException', 'it is being deleted already', 400);
    };
    const began = service.now;
    await model.delete(properties);
    expect(service.now - began).toBe(60_000);
  });

  test('that the service refuses for good is an error', async () => {
    const { service, model, properties } = await setUp();
    await model.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    service.fault = (operation) => operation === 'DeleteAudienceModel' ? new ServiceError(operation, 'ValidationException', 'never', 400) : undefined;
    await expect(model.delete(properties)).rejects.toThrow('DeleteAudienceModel: ValidationException: never');
  });
});
