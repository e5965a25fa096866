import { Fate, OwnershipTag } from '../../../src/private/contract';
import { changeByOtherHands, full, setUp } from '../configured-scene';
import { STACK_ID } from '../fake-service';
import { configuredProperties } from '../harness';

describe('where rollback is disabled, and a replacement under the same name was refused,', () => {
  async function refuse() {
    const scene = await setUp();
    const { service, configured, first, second } = scene;
    const stable = configuredProperties(first, { Name: 'mine', Description: 'd' });
    const changed = configuredProperties(second, { Name: 'mine', Description: 'e' });
    const refused = { ...changed, ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' };
    await configured.create(stable);
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(stable, changed);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(configured.update(changed, refused)).rejects.toThrow(/the new one cannot have the name of the old/);
    return { ...scene, stable, changed, refused };
  }

  test.each(['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS'])('what was before comes back (%s)', async (status) => {
    const { service, configured, first, stable, refused } = await refuse();
    service.begin(status);
    await configured.update(refused, stable);
    expect(service.configured).toMatchObject([{ audienceModelArn: first, description: 'd' }]);
  });

  test('what was refused is not taken for what is there', async () => {
    const { service, configured, stable, changed, second } = await refuse();
    const refused = { ...stable, ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' };
    service.begin('UPDATE_IN_PROGRESS');
    await expect(configured.update(changed, refused)).rejects.toThrow(/the new one cannot have the name of the old/);
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(refused, stable);
    expect(service.configured).toMatchObject([{ audienceModelArn: stable.AudienceModelArn, description: 'd' }]);
    expect(service.configured[0].audienceModelArn).not.toBe(second);
  });

  test('a rollback leaves what other hands changed', async () => {
    const { service, configured, first, third, stable } = await refuse();
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(configuredProperties(first, { Name: 'mine', Description: 'e' }), stable);
    await changeByOtherHands(service, { audienceModelArn: third });
    const refused = { ...stable, Description: 'f', ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' };
    service.begin('UPDATE_IN_PROGRESS');
    await expect(configured.update(stable, refused)).rejects.toThrow(/the new one cannot have the name of the old/);
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await configured.update(refused, stable);
    expect(service.configured).toMatchObject([{ audienceModelArn: third, description: 'd' }]);
  });
});

describe('a rollback after one that failed, of which CloudFormation no longer knows what it goes back from', () => {
  /** What the failed update does, and what the rollback then sends; that may have a time of its own. */
  async function rollBackAfter(
    update: (scene: Awaited<ReturnType<typeof setUp>>, arn: string) => Promise<void>, begin: 'begin' | 'moveTo' = 'moveTo',
  ): Promise<object[]> {
    const scene = await setUp();
    const { service, configured, first, sent } = scene;
    const properties = full(first);
    const arn = await configured.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await update(scene, arn);
    service[begin]('UPDATE_ROLLBACK_IN_PROGRESS');
    sent.length = 0;
    await configured.run(configured.event('Update', properties, properties, configured.name(properties)));
    return sent;
  }

  /** The update points it to a model of its stack. */
  const pointedTo = (fate: string) => async ({ service }: Awaited<ReturnType<typeof setUp>>, configuredAudienceModelArn: string) => {
    const { trainingDatasetArn } = service.models[0];
    const tags = { [OwnershipTag.STACK_ID]: STACK_ID, [OwnershipTag.IDENTITY]: `${fate}${'0'.repeat(16)}` };
    const audienceModelArn = await service.createAudienceModel({ name: 'new', trainingDatasetArn, tags });
    await service.updateConfiguredAudienceModel({ configuredAudienceModelArn, audienceModelArn, description: 'e' });
  };

  test.each([
    ['', 'moveTo'], ['', 'begin'], [Fate.RETAINED, 'begin'],
  ] as const)('takes back what the update changed: to a model marked "%s", %s', async (fate, begin) => {
    expect(await rollBackAfter(pointedTo(fate), begin)).toEqual([{ audienceModelArn: expect.stringContaining('audience-model/'), description: 'd' }]);
  });

  test.each([
    [Fate.IN_USE, 'moveTo'], [Fate.IN_USE, 'begin'], [Fate.FORMER, 'begin'], [Fate.NEW, 'begin'], [Fate.KEPT, 'begin'],
  ] as const)('leaves the model alone that a retraining has trained: marked "%s", %s', async (fate, begin) => {
    expect(await rollBackAfter(pointedTo(fate), begin)).toEqual([{ description: 'd' }]);
  });

  test('leaves the older model alone that another hand repointed it to', async () => {
    expect(await rollBackAfter(async ({ service, third }, configuredAudienceModelArn) => {
      await service.updateConfiguredAudienceModel({ configuredAudienceModelArn, audienceModelArn: third, description: 'e' });
    })).toEqual([{ description: 'd' }]);
  });

  test('sends nothing where nothing was changed since', async () => {
    expect(await rollBackAfter(async ({ service, third }) => {
      await changeByOtherHands(service, { audienceModelArn: third });
    })).toEqual([]);
  });

  test('puts tags back that were taken off, and takes none off', async () => {
    const { service, configured, first } = await setUp();
    const properties = { ...full(first), Tags: [{ Key: 'a', Value: '1' }] };
    await configured.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(properties, { ...properties, Tags: [{ Key: 'b', Value: '1' }] });
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    await configured.run(configured.event('Update', properties, properties, configured.name(properties)));
    expect(service.configured[0].tags).toMatchObject({ a: '1', b: '1' });
  });
});
