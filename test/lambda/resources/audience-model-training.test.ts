import { ServiceError } from '../../../lambda/errors';
import type { Answer } from '../../../lambda/events';
import { GATE_MINUTES, OwnershipTag, windowLengths } from '../../../src/private/contract';
import { KEY_ARN, OUTPUT } from '../fake-clean-rooms';
import { changedModel, QUOTA_REACHED, SECRET } from '../harness';
import { executions, modelNames, setUp } from '../model-scene';

/* How a training is begun and waited for. What a change means for it is with the audience model. */

const DAY = 24 * 3_600_000;

const ADVICE = '; set trainingWait to more, or have the quota L-11056252 raised, which says how many audience models are trained at a time; an account that has 500 must delete some';


describe('a create', () => {
  test('waits until the model is active, and gives its ARN', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    const began = service.now;
    const arn = await model.create(changedModel(properties, {
      Description: 'weekly', KmsKeyArn: KEY_ARN, Generation: '3', TrainingDataStartTime: '2026-01-01T00:00:00.000Z', Tags: [{ Key: 'a', Value: '1' }],
    }));
    expect(service.now - began).toBeGreaterThanOrEqual(120_000);
    expect(service.now - began).toBeLessThanOrEqual(180_000);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED']);
    expect(service.trainings).toHaveLength(1);
    expect(service.models[0]).toMatchObject({
      arn, description: 'weekly', kmsKeyArn: KEY_ARN, trainingDataStartTime: new Date('2026-01-01T00:00:00Z'), tags: { a: '1' },
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
  });

  test('of a name that another stack gave a moment ago is refused once that is listed, and trains nothing', async () => {
    const { service, model, properties } = await setUp({ uniqueNames: false, listLag: 20_000 });
    const tags = { [OwnershipTag.STACK_ID]: 'other', [OwnershipTag.LOGICAL_ID]: 'Model' };
    await service.createAudienceModel({ name: 'mine', trainingDatasetArn: service.datasets[0].arn, tags });
    await expect(model.create(changedModel(properties, { Name: 'mine' }))).rejects.toThrow(/^audience model mine exists already and is not this stack's/);
    expect(service.trainings).toHaveLength(1);
  });

  test('keeps the oldest where two bear the name', async () => {
    const scene = await setUp({ uniqueNames: false, training: 0 });
    const { service, other, model, properties } = scene;
    const event = await model.start(model.event('Create', properties));
    // A copy is looked for after a step whose outcome is not known.
    model.dieBefore(0);
    await model.pass(0);
    await service.createAudienceModel({ name: model.name(properties), trainingDatasetArn: other });
    service.now += 10_000;
    await service.createAudienceModel({ name: model.name(properties), trainingDatasetArn: other });
    const [oldest] = service.models.map(({ arn }) => arn);
    expect(await model.complete(event)).toBe(oldest);
    expect(modelNames(scene)).toHaveLength(1);
  });

  test('that is delivered again, at any time, trains once even where names are not unique', async () => {
    const scene = await setUp({ uniqueNames: false, listLag: 20_000 });
    const { service, model, properties } = scene;
    const event = model.event('Create', properties);
    const execution = await model.start(event);
    await model.handle(event);
    await model.finish(execution);
    service.now += 7_000;
    await model.handle(event);
    await model.complete(execution);
    await model.handle(event);
    await model.pass(DAY);
    await model.handle(event);
    expect(service.trainings).toHaveLength(1);
    expect(executions(scene)).toEqual(['SUCCEEDED']);
    // What comes after CloudFormation has had its answer is late, and not heard.
    const answers = service.puts.filter(({ url }) => url === event.ResponseURL).map(({ body }) => (JSON.parse(body) as Answer).Status);
    expect(answers).toEqual(['SUCCESS', 'FAILED', 'FAILED', 'FAILED']);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('whose first step dies after %i calls trains once, though names are not unique and lists lag', async (calls) => {
    const scene = await setUp({ uniqueNames: false, listLag: 20_000 });
    const { service, model, properties } = scene;
    model.dieBefore(calls);
    await model.create(properties);
    expect(service.trainings).toHaveLength(1);
    expect(modelNames(scene)).toHaveLength(1);
  });

  test('whose model another hand deletes in the wait trains no second time, and says so', async () => {
    const { service, model, properties } = await setUp({ training: DAY, deleteInTraining: 'accept' });
    const event = await model.start(model.event('Create', properties));
    await model.finish(event);
    await model.pass(2 * 3_600_000);
    await service.deleteModelsByOtherHands();
    await expect(model.complete(event)).rejects.toThrow(
      `audience model ${model.name(properties)} was deleted by somebody else; it is not trained twice for one deployment`);
    await model.pass(2 * DAY);
    expect(service.trainings).toHaveLength(1);
  });

  test('whose model another hand deletes before the request has seen it trains no second time either', async () => {
    const { service, model, properties } = await setUp({ training: DAY, deleteInTraining: 'accept', deletion: 60_000 });
    let looks = 0;
    service.fault = (operation) => {
      if (operation !== 'GetAudienceModel' || looks++ > 0) return undefined;
      void service.deleteModelsByOtherHands();
      return new ServiceError(operation, 'ThrottlingException', 'slow down', 400);
    };
    await expect(model.create(properties)).rejects.toThrow(
      `audience model ${model.name(properties)} was deleted by somebody else; it is not trained twice for one deployment`);
    expect(service.trainings).toHaveLength(1);
  });

  test.each([[15_000, 5_000], [8_000, 3_000]])('whose model is neither listed (for %d ms) nor visible (for %d ms) is not taken for deleted', async (listLag, arnLag) => {
    const { service, model, properties } = await setUp({ training: DAY, listLag, arnLag, uniqueNames: false });
    await model.finish(await model.start(model.event('Create', properties)));
    expect(service.trainings).toHaveLength(1);
  });

  test('whose model is neither when it has left the queue is not taken for deleted either', async () => {
    const { service, model, properties } = await setUp({ training: DAY, listLag: 15_000, arnLag: 5_000, uniqueNames: false }, { minutes: 48 * 60 });
    service.quota = 0;
    const execution = await model.start(model.event('Create', properties));
    await model.finish(execution);
    await model.pass(3_600_000);
    service.quota = 2;
    await model.pass(3_600_000);
    expect(service.trainings).toHaveLength(1);
    expect(execution.status).toBe('RUNNING');
    expect(await model.complete(execution)).toBe(service.models[0].arn);
  });

  test('whose queue ends with the wait begins nothing then, even where the quota has room again', async () => {
    const scene = await setUp({ training: DAY }, { minutes: 60 });
    const { service, model, properties } = scene;
    service.quota = 0;
    await model.finish(await model.start(model.event('Create', properties)));
    model.openWindows(properties);
    await model.pass(3_600_000 - 1);
    expect(service.count('CreateAudienceModel')).toBeGreaterThan(10);
    service.quota = 2;
    await model.pass(DAY);
    expect(service.trainings).toEqual([]);
    expect(service.executions.all[0]).toMatchObject({
      status: 'FAILED', cause: `gave up after 1 hour: CreateAudienceModel: ServiceQuotaExceededException: ${QUOTA_REACHED}${ADVICE}`,
    });
  });

  test('queues while the quota is full', async () => {
    const { service, other, model, properties } = await setUp({ training: 900_000 });
    service.quota = 1;
    await service.createAudienceModel({ name: 'other', trainingDatasetArn: other });
    await model.create(properties);
    expect(service.models.map(({ name }) => name)).toEqual(['other', model.name(properties)]);
  });

  test.each([[24, 1_440], [60, 3_600], [1.5, 90]])('that the quota holds up for the %p hours that it may take says so', async (hours, minutes) => {
    const { service, model, properties } = await setUp({}, { minutes });
    service.quota = 0;
    const began = service.now;
    await expect(model.create(properties)).rejects.toThrow(
      `gave up after ${minutes % 60 ? '90 minutes' : `${hours} hours`}: CreateAudienceModel: ServiceQuotaExceededException: ${QUOTA_REACHED}${ADVICE}`);
    expect(service.now - began).toBeGreaterThanOrEqual(hours * 3_600_000);
    expect(service.now - began).toBeLessThan(hours * 3_600_000 + 120_000);
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
    await expect(model.create(properties)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users$/);
    service.behaviour.trainingFails = false;
    // The stack had been rolled back, and the windows with it.
    service.windows.remove();
    service.begin('UPDATE_IN_PROGRESS');
    await model.create(properties);
    expect(modelNames(scene)).toHaveLength(1);
    expect(service.trainings).toHaveLength(2);
  });

  test('that finds one in training, which then fails, is failed by that and trains no other', async () => {
    const scene = await setUp({ trainingFails: true, training: 4 * 3_600_000 });
    const { service, model, properties } = scene;
    await model.start(model.event('Create', properties)).then(async (event) => model.finish(event));
    await model.pass(3_600_000);
    service.begin('UPDATE_IN_PROGRESS');
    service.behaviour.trainingFails = false;
    await expect(model.create(properties)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users$/);
    expect(modelNames(scene)).toHaveLength(1);
    expect(service.trainings).toHaveLength(1);
  });

  test('that finds one that failed before, and that is in use, says what keeps it from training anew', async () => {
    const { service, model, properties } = await setUp({ trainingFails: true, usableInTraining: true });
    const execution = await model.start(model.event('Create', properties));
    await model.step(execution);
    await service.byOtherHands('CreateConfiguredAudienceModel', {
      name: 'theirs', audienceModelArn: service.models[0].arn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'],
    });
    await expect(model.complete(execution)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users$/);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.create(properties)).rejects.toThrow(
      /failed: NOT_ENOUGH_USERS: too few users; and it cannot make room for another: DeleteAudienceModel: ConflictException: The configured audience model arn:\S+ depends on arn:\S+$/);
    expect(service.trainings).toHaveLength(1);
  });

  test('waits for a deletion under the same name to end', async () => {
    const scene = await setUp({ deletion: 300_000 });
    const { service, model, properties } = scene;
    const first = await model.create(properties);
    await service.deleteAudienceModel(first);
    service.windows.remove();
    service.begin('UPDATE_IN_PROGRESS');
    expect(await model.create(properties)).not.toBe(first);
    expect(modelNames(scene)).toHaveLength(1);
  });

  test('tries once to delete what could not be deleted before, and fails with the words of the service', async () => {
    const scene = await setUp();
    const { service, model, properties } = scene;
    const audienceModelArn = await model.create(properties);
    const mend = service.failDeletions();
    await service.byOtherHands('DeleteAudienceModel', { audienceModelArn });
    service.windows.remove();
    service.begin('UPDATE_IN_PROGRESS');
    await expect(model.create(properties)).rejects.toThrow(/could not be deleted: INTERNAL_ERROR: internal error$/);
    expect(service.count('DeleteAudienceModel')).toBe(1);
    mend();
    service.windows.remove();
    service.begin('UPDATE_IN_PROGRESS');
    expect(await model.create(properties)).not.toBe(audienceModelArn);
    expect(modelNames(scene)).toHaveLength(1);
  });

  test.each([
    ['an hour and a half', 1.5, 1_440],
    ['the whole wait but a minute', 24 - 1 / 60, 1_440],
    ['two days', 48, 3_600],
    ['five days but a minute', 120 - 1 / 60, 7_200],
  ])('that trains for %s goes through its windows', async (_, hours, minutes) => {
    const { service, model, properties } = await setUp({ training: hours * 3_600_000 }, { minutes });
    const windows = windowLengths(minutes).length;
    const began = service.now;
    expect(await model.create(properties)).toMatch(/^arn:/);
    expect(properties.TrainingWait).toMatchObject({ Windows: { length: windows } });
    expect(service.count('SignalResource')).toBe(windows);
    const late = service.now - began - hours * 3_600_000;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(Math.max(60_000, hours * 72_000));
  });

  test('of a training that takes longer than it may is failed, says what it was waiting for, and leaves nothing', async () => {
    const scene = await setUp({ training: 2 * DAY }, { minutes: 1_440 });
    const { service, model, properties } = scene;
    const began = service.now;
    await expect(model.create(properties)).rejects.toThrow(`gave up after 24 hours: audience model ${model.name(properties)} is CREATE_IN_PROGRESS${ADVICE}`);
    expect(service.now - began).toBeGreaterThanOrEqual(DAY);
    expect(service.now - began).toBeLessThan(DAY + 60_000);
    expect(executions(scene)).toEqual(['FAILED']);
    service.behaviour.deleteInTraining = 'accept';
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await model.delete(properties);
    expect(modelNames(scene)).toEqual([]);
  });

  test('fails in the window where nothing signals: CloudFormation waits no longer than it promises', async () => {
    const { service, model, properties } = await setUp();
    const began = service.now;
    const event = await model.start(model.event('Create', properties));
    service.fault = (operation) => operation === 'SignalResource' ? new ServiceError(operation, 'AccessDenied', 'no', 403) : undefined;
    await expect(model.complete(event)).rejects.toThrow(/^ModelWindow1\w+ failed to receive 1 resource signal/);
    expect(service.now - began).toBe(12 * 3_600_000);
  });

  test('where the deployment does not wait for the training ends when the service has accepted it', async () => {
    const scene = await setUp({ training: 2 * DAY }, { goal: 'ACCEPTED' });
    const { service, model, properties } = scene;
    const began = service.now;
    expect(await model.create(properties)).toBe(service.models[0].arn);
    expect(service.now - began).toBeLessThan(60_000);
    await model.pass(10_000);
    expect(executions(scene)).toEqual(['SUCCEEDED']);
  });

  test('where the deployment does not wait for the training does wait for the quota', async () => {
    const { service, other, model, properties } = await setUp({ training: 50 * 60_000 }, { goal: 'ACCEPTED' });
    expect(properties.TrainingWait).toEqual({ Until: 'ACCEPTED', Minutes: '55' });
    service.quota = 1;
    const began = service.now;
    await service.createAudienceModel({ name: 'other', trainingDatasetArn: other });
    expect(await model.create(properties)).toBe(service.models[1].arn);
    expect(service.now - began).toBeGreaterThanOrEqual(50 * 60_000);
    expect(service.now - began).toBeLessThan(55 * 60_000);
  });

  test('where the deployment does not wait for the training waits for the quota as long as for the gate, and says what to do', async () => {
    const scene = await setUp({}, { goal: 'ACCEPTED' });
    const { service, model, properties } = scene;
    service.quota = 0;
    const began = service.now;
    await expect(model.create(properties)).rejects.toThrow(
      `gave up after ${GATE_MINUTES} minutes: CreateAudienceModel: ServiceQuotaExceededException: ${QUOTA_REACHED}${ADVICE}`);
    expect(service.now - began).toBeLessThan(58 * 60_000);
    service.quota = 2;
    await model.pass(DAY);
    expect(service.trainings).toEqual([]);
    expect(executions(scene)).toEqual(['FAILED']);
  });

  test('hands over the request and the stack operation, and forgets where to answer once that is answered', async () => {
    const { service, model, properties } = await setUp();
    const event = model.event('Create', properties);
    const execution = await model.start(event);
    expect(JSON.parse(execution.input)).toEqual({
      Event: JSON.parse(JSON.stringify(event)), Operation: { StackStatus: 'CREATE_IN_PROGRESS', LastUpdatedTime: '2026-03-01T00:00:00.000Z' },
    });
    expect(execution.input).toMatch(SECRET);
    expect(execution.name).toMatch(new RegExp(`^Create-${model.name(properties)}-[0-9a-f]{16}$`));
    await model.finish(execution);
    expect(execution).toMatchObject({ status: 'RUNNING', task: 'TRAIN' });
    expect(JSON.stringify(execution.data)).not.toMatch(SECRET);
    await model.pass(60_000);
    expect(JSON.stringify(execution.data)).not.toMatch(SECRET);
    expect(service.trainings).toHaveLength(1);
  });

  test.each(['ListAudienceModels', 'GetAudienceModel', 'ListTagsForResource'])('is not answered for a conflict of another call: %s', async (call) => {
    const { service, model, properties } = await setUp({ uniqueNames: false });
    const event = await model.start(model.event('Create', properties));
    service.fault = (operation) => operation === call ? new ServiceError(operation, 'ConflictException', 'busy', 409) : undefined;
    expect(await model.step(event)).toEqual({ done: false });
    service.fault = () => undefined;
    await model.complete(event);
    expect(service.trainings).toHaveLength(1);
  });

  test('that CloudFormation has given up starts nothing', async () => {
    const { service, model, properties } = await setUp();
    const event = await model.start(model.event('Create', properties));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await expect(model.step(event)).rejects.toThrow(/the stack is now in ROLLBACK_IN_PROGRESS/);
    await model.pass(DAY);
    expect(service.count('CreateAudienceModel')).toBe(0);
  });

  test('refuses at once what the service refuses', async () => {
    const { service, model, properties } = await setUp();
    service.fault = (operation) => operation === 'CreateAudienceModel' ? new ServiceError(operation, 'ValidationException', 'bad window', 400) : undefined;
    const began = service.now;
    await expect(model.create(properties)).rejects.toThrow('CreateAudienceModel: ValidationException: bad window');
    expect(service.now - began).toBeLessThan(30_000);
    expect(service.count('CreateAudienceModel')).toBe(1);
  });
});
