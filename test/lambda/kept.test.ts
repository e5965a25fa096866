import { FakeService } from './fake-service';
import { changedModel, configuredDriver, configuredProperties, datasetDriver, datasetProperties, modelDriver, modelProperties, STACK_ID } from './harness';
import type { Tags } from '../../lambda/detail';
import { ServiceError } from '../../lambda/errors';
import { Fate, OwnershipTag } from '../../src/private/contract';

/* What was trained and CloudFormation does not know any more: which requests keep it, and which delete it. */

const CLEANUP = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
const ROLLBACK_CLEANUP = 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS';
const HOUR = 3_600_000;
const HASH = '0'.repeat(16);

const tags = (logicalId: string, fate: string = Fate.KEPT): Tags =>
  ({ [OwnershipTag.STACK_ID]: STACK_ID, [OwnershipTag.LOGICAL_ID]: logicalId, [OwnershipTag.IDENTITY]: `${fate}${HASH}` });

/** A dataset, a model and a configured model of one stack. */
async function setUp(behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService(behaviour);
  const [dataset, model, configured] = [datasetDriver(service), modelDriver(service), configuredDriver(service)];
  const trainingDatasetArn = await dataset.create(datasetProperties());
  const properties = modelProperties(trainingDatasetArn);
  const arn = await model.create(properties);
  return { service, dataset, model, configured, trainingDatasetArn, properties, arn };
}

const modelNames = ({ models }: FakeService) => models.map(({ name }) => name);
/** What the last answer says. */
const said = ({ puts }: FakeService) => (JSON.parse(puts.at(-1)!.body) as { Reason?: string }).Reason;
const fateOf = (one: { readonly tags: Tags }) => one.tags[OwnershipTag.IDENTITY]?.replace(/[0-9a-f]{16}$/, '');

describe('in the rollback of an update', () => {
  test('a model that was trained is kept, and the answer says so', async () => {
    const { service, model, properties } = await setUp();
    service.begin(ROLLBACK_CLEANUP);
    await model.delete(properties);
    expect(service.models.map(fateOf)).toEqual([Fate.KEPT]);
    expect(said(service)).toBe(`kept audience model ${model.name(properties)}: a deployment that asks for the same again takes it up`);
  });

  test('a mark that is denied on what a cancelled update had taken up is no reason to fail', async () => {
    const { service, model, properties } = await setUp();
    const changed = changedModel(properties, { Generation: '2' });
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, changed);
    await model.rollBack(changed, properties, model.name(changed));
    service.moveTo(ROLLBACK_CLEANUP);
    await model.delete(changed);
    service.begin('UPDATE_IN_PROGRESS');
    await model.finish(await model.start(model.event('Update', changed, properties, model.name(properties))));
    service.fault = (operation) => operation === 'TagResource' ? new ServiceError(operation, 'AccessDeniedException', 'not authorized', 403) : undefined;
    await model.rollBack(changed, properties);
    expect(modelNames(service)).toEqual([model.name(properties), model.name(changed)]);
  });

  test('its dataset is kept, whichever Delete comes first', async () => {
    const { service, dataset } = await setUp();
    service.begin(ROLLBACK_CLEANUP);
    await dataset.delete(datasetProperties());
    expect(service.datasets.map(fateOf)).toEqual([Fate.KEPT]);
  });

  test('a dataset does not take along a kept model that can be used', async () => {
    const { service, dataset, model, properties } = await setUp();
    service.begin(ROLLBACK_CLEANUP);
    await model.delete(properties);
    await dataset.delete(datasetProperties());
    expect([...service.models, ...service.datasets].map(fateOf)).toEqual([Fate.KEPT, Fate.KEPT]);
  });

  test('what was retained before the update is neither deleted nor marked where taking it up was refused', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp();
    const changed = changedModel(properties, { Generation: '2' });
    await service.createAudienceModel({ name: model.name(changed), trainingDatasetArn, tags: tags('Model', Fate.RETAINED) });
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.rollBack(changed, properties);
    expect(service.models.map(fateOf)).toEqual(['', Fate.RETAINED]);
  });

  test('a dataset does not take along a model that becomes one at the last moment', async () => {
    const { service, dataset } = await setUp();
    service.behaviour.training = 2 * HOUR;
    const other = datasetProperties({ Description: 'other' });
    const trainingDatasetArn = await dataset.create(other);
    await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Model') });
    const end = service.now + 2 * HOUR;
    service.now = end - 300_000;
    service.begin(ROLLBACK_CLEANUP);
    const execution = await dataset.start(dataset.event('Delete', other, undefined, dataset.name(other)));
    // The fence is behind the look at its models.
    service.fault = (operation) => {
      if (operation === 'DescribeStacks') service.now = Math.max(service.now, end);
      return undefined;
    };
    await dataset.finish(execution);
    expect(service.models.filter(({ name }) => name === 'kept')).toMatchObject([{ status: 'ACTIVE' }]);
    expect(service.datasets.filter(({ name }) => name === dataset.name(other)).map(fateOf)).toEqual([Fate.KEPT]);
  });

  test('a dataset on which only a model of others hangs is not kept', async () => {
    const { service, dataset } = await setUp();
    const other = datasetProperties({ Description: 'other' });
    await service.createAudienceModel({ name: 'theirs', trainingDatasetArn: await dataset.create(other) });
    service.begin(ROLLBACK_CLEANUP);
    await expect(dataset.delete(other)).rejects.toThrow(/ConflictException/);
  });

  test('a model whose training failed is deleted', async () => {
    const service = new FakeService({ trainingFails: true });
    const model = modelDriver(service);
    const properties = modelProperties(await service.createTrainingDataset({ name: 'dataset' }), {}, { goal: 'ACCEPTED' });
    await model.create(properties);
    service.now += HOUR;
    service.begin(ROLLBACK_CLEANUP);
    await model.delete(properties);
    expect(service.models).toEqual([]);
  });
});

describe('where a deployment deletes what could not be created, to create it again', () => {
  test('a model that was trained is kept, and then taken up', async () => {
    const { service, model, properties, arn } = await setUp();
    service.begin('UPDATE_IN_PROGRESS');
    await model.delete(properties);
    expect(service.models.map(fateOf)).toEqual([Fate.KEPT]);
    expect(await model.create(properties)).toBe(arn);
    expect(service.models.map(fateOf)).toEqual(['']);
    expect(service.trainings).toHaveLength(1);
  });
});

test('what is taken up is named in the answer', async () => {
  const { service, model, properties } = await setUp();
  service.begin(ROLLBACK_CLEANUP);
  await model.delete(properties);
  service.begin('UPDATE_IN_PROGRESS');
  await model.finish(await model.start(model.event('Create', properties)));
  expect(said(service)).toBe(`took up ${model.name(properties)}, which was kept`);
});

test('what is wanted under the name of a kept model that is in use is refused at once, and the message says who uses it', async () => {
  const { service, model, configured, properties, trainingDatasetArn } = await setUp();
  const audienceModelArn = await service.createAudienceModel({ name: 'weekly', trainingDatasetArn, tags: tags('Model') });
  await model.pass(HOUR);
  await configured.create(configuredProperties(audienceModelArn));
  service.begin('UPDATE_IN_PROGRESS');
  await expect(model.update(properties, changedModel(properties, { Name: 'weekly', Generation: '2' }))).rejects.toThrow(
    /^audience model weekly is one that was kept; and it cannot make room for another: DeleteAudienceModel: ConflictException: .* depends on arn:\S+$/);
  expect(service.models.map(({ name }) => name)).toContain('weekly');
  expect(service.trainings).toHaveLength(2);
});

describe('in the clean-up of an update', () => {
  test.each([
    ['is not in the stack', undefined, []],
    ['has gone', 'DELETE_COMPLETE', []],
    ['was skipped', 'DELETE_SKIPPED', []],
    ['is in the stack', 'UPDATE_COMPLETE', ['kept']],
    ['is about to go', 'DELETE_IN_PROGRESS', ['kept']],
  ])('a kept model whose construct %s', async (_, status, left) => {
    const { service, configured, trainingDatasetArn, properties, model, arn } = await setUp();
    await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Gone') });
    await model.pass(HOUR);
    const old = configuredProperties(arn);
    await configured.create(old);
    service.begin(CLEANUP);
    if (status) service.resources.set('Gone', { status, updateTime: new Date(service.now) });
    await configured.delete(old);
    expect(modelNames(service).filter((name) => name !== model.name(properties))).toEqual(left);
  });

  test.each([['nothing hangs on it any more', false, []], ['others still use it', true, ['kept']]])('a kept dataset: %s', async (_, used, left) => {
    const { service, model, properties } = await setUp();
    const trainingDatasetArn = await service.createTrainingDataset({ name: 'kept', tags: tags('Interactions') });
    service.resources.set('Interactions', { status: 'UPDATE_COMPLETE', updateTime: new Date(service.now) });
    if (used) await service.createAudienceModel({ name: 'theirs', trainingDatasetArn });
    service.begin(CLEANUP);
    await model.delete(properties);
    expect(service.datasets.map(({ name }) => name).filter((name) => name === 'kept')).toEqual(left);
  });

  test('what the service does not let go is kept, and the clean-up goes on', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp();
    const audienceModelArn = await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Model') });
    service.now += HOUR;
    await service.createConfiguredAudienceModel({ name: 'theirs', audienceModelArn });
    service.begin(CLEANUP);
    await model.delete(properties);
    expect(modelNames(service)).toEqual(['kept']);
  });

  test('a model that the stack has taken up stays, though its tags do not show it yet', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp();
    const taken = `Model-${HASH}`;
    await service.createAudienceModel({ name: taken, trainingDatasetArn, tags: tags('Model') });
    service.begin(CLEANUP);
    const execution = await model.start(model.event('Delete', properties, undefined, model.name(properties)));
    service.resources.set('Model', { status: 'UPDATE_COMPLETE', physicalId: taken, updateTime: new Date(service.now) });
    await model.finish(execution);
    expect(modelNames(service)).toEqual([taken]);
  });

  test('a dataset that the stack has taken up stays, though its tags do not show it yet', async () => {
    const { service, model, properties } = await setUp();
    const taken = `Interactions-${HASH}`;
    await service.createTrainingDataset({ name: taken, tags: tags('Interactions') });
    service.begin(CLEANUP);
    service.resources.set('Interactions', { status: 'UPDATE_COMPLETE', physicalId: taken, updateTime: new Date(service.now) });
    await model.delete(properties);
    expect(service.names).toContain(taken);
  });

  test('a dataset whose model the service does not let go is marked', async () => {
    const { service, dataset } = await setUp({ deleteInTraining: 'validation', training: 10 * HOUR });
    const other = datasetProperties({ Description: 'other' });
    await service.createAudienceModel({ name: 'kept', trainingDatasetArn: await dataset.create(other), tags: tags('Gone') });
    service.begin(CLEANUP);
    await expect(dataset.delete(other)).rejects.toThrow(/gave up after 55 minutes: audience model kept is CREATE_/);
    expect(service.datasets.filter(({ name }) => name === dataset.name(other)).map(fateOf)).toEqual([Fate.KEPT]);
  });

  test('tags that may not be read are no reason to fail', async () => {
    const { service, configured, arn } = await setUp();
    const own = configuredProperties(arn);
    await configured.create(own);
    service.begin(CLEANUP);
    service.fault = (operation) => operation === 'ListAudienceModels' ? new ServiceError(operation, 'AccessDeniedException', 'not authorized', 403) : undefined;
    await configured.delete(own);
    expect(service.models).toHaveLength(1);
  });

  test('what may not be deleted is left, and the clean-up goes on', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp();
    await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Model') });
    service.begin(CLEANUP);
    const denied = new ServiceError('DeleteAudienceModel', 'AccessDeniedException', 'not authorized', 403);
    service.fault = (operation) => operation === 'DeleteAudienceModel' && modelNames(service).length === 1 ? denied : undefined;
    await model.delete(properties);
    expect(modelNames(service)).toEqual(['kept']);
  });

  test('a call that failed for a moment is made again', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp();
    await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Model') });
    await model.pass(HOUR);
    service.begin(CLEANUP);
    let failures = 2;
    service.fault = (operation) => operation === 'DeleteAudienceModel' && modelNames(service).length === 1 && failures-- > 0 ? 'throttled' : undefined;
    await model.delete(properties);
    expect(failures).toBeLessThan(0);
    expect(modelNames(service)).toEqual([]);
  });
});

describe('at the end of the stack', () => {
  test.each<['model' | 'configured', RegExp | undefined]>([['model', /ConflictException/], ['configured', undefined]])(
    'a kept model that others use: the deletion of the %s', async (which, says) => {
      const { service, model, configured, properties, trainingDatasetArn, arn } = await setUp();
      const own = configuredProperties(arn);
      await configured.create(own);
      const audienceModelArn = await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Gone') });
      service.now += HOUR;
      await service.createConfiguredAudienceModel({ name: 'theirs', audienceModelArn });
      service.begin('DELETE_IN_PROGRESS');
      await configured.delete(own);
      const deletion = which === 'model' ? model.delete(properties) : configured.delete(own);
      await (says ? expect(deletion).rejects.toThrow(says) : deletion);
      expect(modelNames(service)).toContain('kept');
    });

  test.each([
    ['has, is left to its own Delete', 'UPDATE_FAILED', true],
    ['left behind, stays', 'DELETE_SKIPPED', true],
    ['had, goes', 'DELETE_COMPLETE', false],
  ])('what CloudFormation %s, kept or not', async (_, status, stays) => {
    for (const fate of [Fate.KEPT, '']) {
      const { service, model, properties, trainingDatasetArn } = await setUp();
      const [other, dataset] = [`Model-${HASH}`, `Interactions-${HASH}`];
      await service.createAudienceModel({ name: other, trainingDatasetArn, tags: tags('Model', fate) });
      await service.createTrainingDataset({ name: dataset, tags: tags('Interactions', fate) });
      service.begin('DELETE_IN_PROGRESS');
      const deletion = await model.start(model.event('Delete', properties, undefined, model.name(properties)));
      service.resources.set('Model', { status, physicalId: other, updateTime: new Date(service.now) });
      service.resources.set('Interactions', { status, physicalId: dataset, updateTime: new Date(service.now) });
      await model.finish(deletion);
      expect(modelNames(service)).toEqual(stays ? [other] : []);
      // What is of another construct goes with the model only where it was kept.
      expect(service.datasets.some(({ name }) => name === dataset)).toBe(stays || fate === '');
    }
  });

  test('what was kept goes after its training, though all but a gate is left behind', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp({ training: HOUR / 2, deleteInTraining: 'validation' });
    await service.createAudienceModel({ name: 'kept', trainingDatasetArn, tags: tags('Gone') });
    service.begin('DELETE_IN_PROGRESS');
    await model.gate.delete(model.gateProperties(model.name(properties), properties));
    expect(modelNames(service)).toEqual([model.name(properties)]);
  });

  test('a kept model that others use holds up no other, nor a dataset', async () => {
    const { service, model, properties, trainingDatasetArn } = await setUp();
    const otherDataset = await service.createTrainingDataset({ name: 'kept', tags: tags('Gone') });
    const audienceModelArn = await service.createAudienceModel({ name: 'used', trainingDatasetArn, tags: tags('Gone') });
    await service.createAudienceModel({ name: 'unused', trainingDatasetArn: otherDataset, tags: tags('Gone') });
    service.now += HOUR;
    await service.createConfiguredAudienceModel({ name: 'theirs', audienceModelArn });
    service.begin('DELETE_IN_PROGRESS');
    await expect(model.delete(properties)).rejects.toThrow(/ConflictException/);
    expect(modelNames(service)).toEqual(['used']);
    expect(service.datasets.map(({ arn }) => arn)).toEqual([trainingDatasetArn]);
  });

  test('what cannot be deleted is not marked: who deletes the stack may want it retained', async () => {
    const { service, model, properties, arn } = await setUp();
    await service.createConfiguredAudienceModel({ name: 'theirs', audienceModelArn: arn });
    service.begin('DELETE_IN_PROGRESS');
    await expect(model.delete(properties)).rejects.toThrow(/ConflictException/);
    expect(service.models.map(fateOf)).toEqual(['']);
  });
});

describe('an update after one that CloudFormation never had an answer to', () => {
  test('marks what that one made, and retains what CloudFormation has', async () => {
    const { service, model, properties } = await setUp();
    const [second, third] = [{ Generation: '2' }, { Generation: '3', Retained: 'true' }].map((change) => changedModel(properties, change));
    service.begin('UPDATE_IN_PROGRESS');
    await model.run(model.event('Update', second, properties, model.name(properties)));
    service.begin('UPDATE_IN_PROGRESS');
    await model.run(model.event('Update', third, second, model.name(properties)));
    expect(service.models.map(fateOf)).toEqual([Fate.RETAINED, Fate.KEPT, Fate.RETAINED]);
  });
});

describe('a dataset that was taken up, and whose role is gone,', () => {
  test('is made anew when its description changes, though models use it', async () => {
    const { service, dataset } = await setUp();
    const [before, after] = ['before', 'after'].map((Description) => datasetProperties({ RoleArn: 'arn:aws:iam::111122223333:role/new', Description }));
    // The template has had the new role since it was taken up.
    const trainingDatasetArn = await service.createTrainingDataset({ name: dataset.name(before), tags: tags('Interactions', '') });
    await service.createAudienceModel({ name: 'uses it', trainingDatasetArn });
    service.begin('UPDATE_IN_PROGRESS');
    await dataset.update(before, after);
    expect(service.names).toContain(dataset.name(after));
  });
});

describe('an update whose old properties are the new ones, because one that failed is made again,', () => {
  test('changes what is not so yet', async () => {
    const { service, configured, arn } = await setUp();
    const properties = configuredProperties(arn, { Description: 'before' });
    await configured.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const wanted = configuredProperties(arn, { Description: 'after' });
    await configured.update(wanted, wanted);
    expect(service.count('UpdateConfiguredAudienceModel')).toBe(1);
  });

  test('is waited for in windows', async () => {
    const { service, model, properties } = await setUp();
    service.begin('UPDATE_IN_PROGRESS');
    const wait = properties.TrainingWait as object;
    const wanted = { ...properties, TrainingWait: { ...wait, Windows: ['New1', 'New2'] } };
    const execution = await model.start(model.event('Update', wanted, wanted, model.name(wanted)));
    await model.finish(execution);
    const windows = model.openWindows(wanted);
    await model.pass(300_000);
    expect(windows.map((window) => service.windows.status(window))).toEqual(windows.map(() => 'CREATE_COMPLETE'));
  });
});
