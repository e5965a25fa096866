import { changedModel, Wait } from './harness';
import { modelNames, setUp as scene } from './model-scene';
import { ServiceError } from '../../lambda/errors';
import type { RawProperties } from '../../lambda/events';

const HOUR = 3_600_000;

/** A model that was trained, and the stack in its next update. */
async function setUp(wait: Wait = {}) {
  const { service, other, model, properties } = await scene({ training: HOUR / 2 }, wait);
  const arn = await model.create(properties);
  service.begin('UPDATE_IN_PROGRESS');
  return { service, other, model, properties, arn, dataset: String(properties.TrainingDatasetArn) };
}

describe('windows that are over', () => {
  const refused = /^the deployment would not wait for the training: its wait conditions \(ModelWindow1\w*, …\) are those of an earlier one, .* change generation/;

  test('refuse a training that only the deployment knows of, before it begins', async () => {
    const { service, other, model, properties, arn } = await setUp();
    const began = service.now;
    // What changed is not in the windows' names: a parameter, say.
    await expect(model.update(properties, { ...properties, TrainingDatasetArn: other })).rejects.toThrow(refused);
    expect(service.now - began).toBeLessThan(60_000);
    expect(service.trainings).toHaveLength(1);
    expect(service.models.map((one) => one.arn)).toEqual([arn]);
  });

  test('refuse the training of a model whose logical id is new, and whose windows are not', async () => {
    const { service, model, properties } = await scene();
    for (const id of model.openWindows(properties)) service.windows.signal(id);
    await expect(model.create(properties)).rejects.toThrow(refused);
    expect(service.trainings).toHaveLength(0);
  });

  test('refuse a training also where an update has gone over them', async () => {
    const { service, other, model, properties } = await setUp();
    const [first] = model.openWindows(properties);
    service.windows.remove();
    service.resources.set(first, { status: 'UPDATE_COMPLETE', updateTime: new Date(service.now) });
    await expect(model.update(properties, { ...properties, TrainingDatasetArn: other })).rejects.toThrow(refused);
    expect(service.trainings).toHaveLength(1);
  });

  test('are new where the template knows of the change', async () => {
    const { service, other, model, properties } = await setUp();
    await model.update(properties, changedModel(properties, { TrainingDatasetArn: other }));
    expect(service.trainings).toHaveLength(2);
  });

  test.each<[string, Wait]>([['none()', { goal: 'ACCEPTED' }], ['a wait that passes in the gate', { minutes: 40 }]])('refuse nothing where there are none: %s', async (_, wait) => {
    const { service, other, model, properties } = await setUp(wait);
    await model.update(properties, changedModel(properties, { TrainingDatasetArn: other }));
    expect(service.trainings).toHaveLength(2);
  });

  test('refuse nothing where no model is made: tags, and the way back', async () => {
    const { service, other, model, properties } = await setUp();
    await model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] });
    const wrong = { ...properties, TrainingDatasetArn: other };
    await expect(model.update(properties, wrong)).rejects.toThrow(refused);
    service.begin('UPDATE_ROLLBACK_IN_PROGRESS');
    await model.rollBack(wrong, properties);
    expect(service.trainings).toHaveLength(1);
    expect(modelNames({ service })).toEqual([model.name(properties)]);
  });

  test('refuse nothing once the request is answered: they are over one by one while the training is queued', async () => {
    const { service, model, properties } = await scene({ training: HOUR }, { minutes: 26 * 60 });
    service.quota = 0;
    const execution = await model.start(model.event('Create', properties));
    await model.finish(execution);
    model.openWindows(properties);
    await model.pass(13 * HOUR);
    expect(service.windows.status(model.openWindows(properties)[0])).toBe('CREATE_COMPLETE');
    service.quota = 1;
    await model.pass(HOUR / 2);
    expect(service.trainings).toHaveLength(1);
  });
});

describe('an export', () => {
  const values: [string, (setting: Awaited<ReturnType<typeof setUp>>) => string][] = [
    ['the ARN of the old model', ({ arn }) => arn],
    ['the name of the old model', ({ model, properties }) => model.name(properties)],
    ['the ARN of the old dataset', ({ dataset }) => dataset],
    ['the name of the old dataset', () => 'dataset'],
  ];
  const change = ({ other, properties }: { other: string; properties: RawProperties }) => changedModel(properties, { TrainingDatasetArn: other });

  test.each(values)('of %s that another stack imports refuses the training before it begins', async (_, valueOf) => {
    const setting = await setUp();
    const { service, model, properties } = setting;
    service.exports = [{ Name: 'other', Value: 'x', importedBy: ['Else'] }, { Name: 'Shared', Value: valueOf(setting), importedBy: ['Reports', 'Ads'] }];
    await expect(model.update(properties, change(setting))).rejects.toThrow(
      `the change replaces ${valueOf(setting)}, which Reports, Ads imports as Shared, and AWS CloudFormation would refuse that after the training: `
      + 'undo it, or have it imported by a weak reference first (CrossStackReferences)');
    expect(service.trainings).toHaveLength(1);
  });

  test.each(values)('of %s that nobody imports does not', async (_, valueOf) => {
    const setting = await setUp();
    setting.service.exports = [{ Name: 'Shared', Value: valueOf(setting) }];
    await setting.model.update(setting.properties, change(setting));
    expect(setting.service.trainings).toHaveLength(2);
  });

  test('of a dataset that stays does not', async () => {
    const { service, model, properties, dataset } = await setUp();
    service.exports = [{ Name: 'Shared', Value: dataset, importedBy: ['Ads'] }];
    await model.update(properties, changedModel(properties, { Generation: '2' }));
    expect(service.trainings).toHaveLength(2);
  });

  test.each(values)('of %s by another stack stays as it is, and refuses nothing', async (_, valueOf) => {
    const setting = await setUp();
    setting.service.exports = [{ Name: 'Shared', Value: valueOf(setting), importedBy: ['Lookalike'], ExportingStackId: 'arn:aws:cloudformation:x:1:stack/Data/1' }];
    await setting.model.update(setting.properties, change(setting));
    expect(setting.service.trainings).toHaveLength(2);
  });

  test.each(['ParentId', 'RootId'])('by the stack that this one is nested in (%s) refuses', async (which) => {
    const setting = await setUp();
    const { service, model, properties, arn } = setting;
    service.nestedIn = { [which]: 'parent' };
    service.exports = [{ Name: 'Shared', Value: arn, importedBy: ['Ads'], ExportingStackId: 'parent' }];
    await expect(model.update(properties, change(setting))).rejects.toThrow('which Ads imports as Shared');
  });

  test('of what CloudFormation has, though the update before asked for another and failed', async () => {
    const setting = await setUp();
    const { service, model, properties, arn } = setting;
    service.exports = [{ Name: 'Shared', Value: arn, importedBy: ['Ads'] }];
    const third = changedModel(properties, { Generation: '3' });
    const update = model.event('Update', third, changedModel(properties, { Generation: '2' }), model.name(properties));
    await expect(model.run(update)).rejects.toThrow('which Ads imports as Shared');
    expect(service.trainings).toHaveLength(1);
  });

  test('is not looked at where nothing is trained, or where that is denied', async () => {
    const setting = await setUp();
    const { service, model, properties, arn } = setting;
    service.exports = [{ Name: 'Shared', Value: arn, importedBy: ['Ads'] }];
    service.calls.length = 0;
    await model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] });
    expect(service.count('ListExports')).toBe(0);
    const began = service.now;
    let waited = 0;
    service.fault = (operation) => {
      if (operation === 'CreateAudienceModel') waited = service.now - began;
      return operation === 'ListExports' ? new ServiceError(operation, 'AccessDenied', 'not allowed', 403) : undefined;
    };
    await model.update(properties, change(setting));
    expect(service.trainings).toHaveLength(2);
    // The permission may be new, so it is not given up at once.
    expect(waited).toBeGreaterThanOrEqual(60_000);
    expect(model.lines.join()).toContain('not looked at: ListExports: AccessDenied: not allowed');
  });

  test('is looked at once more where that fails for a while', async () => {
    const setting = await setUp();
    const { service, model, properties, arn } = setting;
    service.exports = [{ Name: 'Shared', Value: arn, importedBy: ['Ads'] }];
    let failures = 2;
    service.fault = (operation) => operation === 'ListExports' && failures-- > 0 ? 'throttled' : undefined;
    await expect(model.update(properties, change(setting))).rejects.toThrow('which Ads imports as Shared');
    expect(service.trainings).toHaveLength(1);
  });
});

describe('what else the request waits for', () => {
  test('is no reason to answer before all was looked at', async () => {
    const setting = await setUp();
    const { service, model, properties, other, arn } = setting;
    service.exports = [{ Name: 'Shared', Value: arn, importedBy: ['Ads'] }];
    const began = service.now;
    service.fault = (operation) => operation === 'ListExports' && service.now - began < 10 * 60_000 ? 'throttled' : undefined;
    await expect(model.update(properties, changedModel(properties, { TrainingDatasetArn: other }))).rejects.toThrow('which Ads imports as Shared');
    expect(service.now - began).toBeGreaterThan(10 * 60_000);
    expect(service.trainings).toHaveLength(1);
  });

  test('the same change again makes what the update before it could not', async () => {
    const { service, model, properties } = await setUp();
    const second = changedModel(properties, { Generation: '2' });
    // With rollback disabled CloudFormation may take what the failed update asked for as what was before.
    await model.run(model.event('Update', second, second, model.name(properties)));
    expect(service.trainings).toHaveLength(2);
  });
});
