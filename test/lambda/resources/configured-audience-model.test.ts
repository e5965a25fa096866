import { bins, changeByOtherHands, full, NO_MODEL, OTHER_ROLE, setUp } from '../configured-scene';
import { OUTPUT } from '../fake-clean-rooms';
import { configuredProperties, ROLE } from '../harness';

test('a create makes one with what the template says', async () => {
  const { service, configured, first } = await setUp();
  const arn = await configured.create(configuredProperties(first, {
    MinMatchingSeedSize: '700', AudienceSizeConfig: bins('1', '5'), ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE', Description: 'd', Tags: [{ Key: 'a', Value: '1' }],
  }));
  expect(service.configured).toMatchObject([{
    arn,
    audienceModelArn: first,
    outputConfig: { destination: { s3Destination: { s3Uri: 's3://output/audiences/' } } },
    sharedAudienceMetrics: ['ALL'],
    minMatchingSeedSize: 700,
    audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [1, 5] },
    childResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE',
    description: 'd',
    tags: { a: '1' },
  }]);
  expect(service.count('UpdateConfiguredAudienceModel') + service.count('TagResource')).toBe(0);
});

describe('copies of one create', () => {
  test.each([0, 1, 2, 3, 4, 5])('are none where a step dies after %i calls and is run again, though names are not unique and lists lag', async (calls) => {
    const { service, configured, first } = await setUp({ uniqueNames: false, listLag: 25_000 });
    configured.dieBefore(calls);
    const arn = await configured.create(configuredProperties(first));
    expect(service.configured.map((held) => held.arn)).toEqual([arn]);
    expect(service.count('DeleteConfiguredAudienceModel')).toBe(0);
  });

  test.each(['reset-after', 'error-after'] as const)('are none where the answer is lost (%s), though names are not unique and lists lag', async (fault) => {
    const { service, configured, first } = await setUp({ uniqueNames: false, listLag: 25_000 });
    service.fault = (operation) => operation === 'CreateConfiguredAudienceModel' ? fault : undefined;
    const arn = await configured.create(configuredProperties(first));
    expect(service.configured.map((held) => held.arn)).toEqual([arn]);
    expect(service.count('CreateConfiguredAudienceModel')).toBe(1);
  });

  test('are none where what was made is neither listed nor visible for a while, though names are not unique', async () => {
    const { service, configured, first } = await setUp({ uniqueNames: false });
    Object.assign(service.behaviour, { listLag: 20_000, arnLag: 5_000 });
    const arn = await configured.create(configuredProperties(first));
    expect(service.configured.map((held) => held.arn)).toEqual([arn]);
  });

  test('that were made in spite of all that end with exactly one, the oldest', async () => {
    const { service, configured, first } = await setUp({ uniqueNames: false, listLag: 10_000 });
    const execution = await configured.start(configured.event('Create', configuredProperties(first)));
    await service.createConfiguredAudienceModel({
      name: configured.name(configuredProperties(first)),
      audienceModelArn: first,
      sharedAudienceMetrics: ['ALL'],
      outputConfig: { destination: { s3Destination: { s3Uri: 's3://output/audiences/' } }, roleArn: ROLE },
    });
    configured.dieBefore(0);
    service.behaviour.listLag = 80_000;
    await configured.pass(75_000);
    const [oldest] = service.configured.map(({ arn }) => arn);
    expect(service.configured).toHaveLength(2);
    expect(await configured.complete(execution)).toBe(oldest);
    expect(service.configured.map(({ arn }) => arn)).toEqual([oldest]);
  });

  test.each([[39_999, false], [40_000, true]])('may show that long after a step that was run twice, so that %i ms after it was made one is done: %p', async (later, done) => {
    const { service, configured, first } = await setUp({ uniqueNames: false });
    const execution = await configured.start(configured.event('Create', configuredProperties(first)));
    configured.dieBefore(1);
    await configured.pass(0);
    service.now += 75_000;
    expect(await configured.step(execution)).toEqual({ done: false });
    service.now += later;
    expect((await configured.step(execution)).done).toBe(done);
    const line = configured.lines.map((one) => JSON.parse(one)).filter(({ Steps }) => Steps !== undefined).at(-1);
    expect(line.WaitingFor).toBe(done ? undefined : `configured audience model ${configured.name(configuredProperties(first))} may have a copy that is not listed yet`);
  });

  test('cannot be where one step did all: a create is done at once', async () => {
    const { service, configured, first } = await setUp({ uniqueNames: false });
    const execution = await configured.start(configured.event('Create', configuredProperties(first)));
    expect(await configured.step(execution)).toEqual({ done: true, Data: { ConfiguredAudienceModelArn: service.configured[0].arn } });
  });

  test('are none where the resource is older: a change does not wait', async () => {
    const { service, configured, first, second } = await setUp({ uniqueNames: false });
    await configured.create(configuredProperties(first));
    service.begin('UPDATE_IN_PROGRESS');
    const began = service.now;
    await configured.update(configuredProperties(first), configuredProperties(second));
    expect(service.now).toBe(began);
  });
});

describe('a change in place sends what changed and nothing else', () => {
  const output = { Destination: { S3Destination: { S3Uri: 's3://data/' } }, RoleArn: OTHER_ROLE };

  test.each([
    ['output', { OutputConfig: output }, { outputConfig: { destination: { s3Destination: { s3Uri: 's3://data/' } }, roleArn: OTHER_ROLE } }],
    ['shared metrics', { SharedAudienceMetrics: ['NONE'] }, { sharedAudienceMetrics: ['NONE'] }],
    ['seed size', { MinMatchingSeedSize: '25' }, { minMatchingSeedSize: 25 }],
    ['no seed size', { MinMatchingSeedSize: undefined }, { minMatchingSeedSize: 500 }],
    ['bins', { AudienceSizeConfig: bins('2') }, { audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [2] } }],
    ['description', { Description: 'e' }, { description: 'e' }],
    ['no description', { Description: undefined }, { description: '' }],
    ['two things', { Description: 'e', MinMatchingSeedSize: '26' }, { description: 'e', minMatchingSeedSize: 26 }],
  ])('%s', async (_, change, expected) => {
    const { service, configured, first, sent } = await setUp();
    const arn = await configured.create(full(first));
    service.begin('UPDATE_IN_PROGRESS');
    expect(await configured.update(full(first), { ...full(first), ...change })).toBe(arn);
    expect(sent).toEqual([expected]);
    expect(service.configured).toHaveLength(1);
  });

  test('the audience model', async () => {
    const { service, configured, first, second, sent } = await setUp();
    await configured.create(full(first));
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(full(first), full(second));
    expect(sent).toEqual([{ audienceModelArn: second }]);
  });

  test('an empty description that the service ignores is sent once', async () => {
    const { service, configured, first, sent } = await setUp({ emptyDescription: 'ignored' });
    await configured.create(full(first));
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(full(first), { ...full(first), Description: undefined });
    expect(sent).toEqual([{ description: '' }]);
  });

  test('what is so already is not sent', async () => {
    const { service, configured, first, second, sent } = await setUp();
    await configured.create(full(first));
    await changeByOtherHands(service, { description: 'e' });
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(full(first), { ...full(first), Description: 'e' });
    expect(sent).toEqual([]);
    await configured.update(full(first), { ...full(second), Description: 'e' });
    expect(sent).toEqual([{ audienceModelArn: second }]);
  });

  test('what other hands changed stays where the template does not change it', async () => {
    const { service, configured, first, third, sent } = await setUp();
    await configured.create(full(first));
    await changeByOtherHands(service, { audienceModelArn: third, minMatchingSeedSize: 999 });
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(full(first), { ...full(first), Description: 'e' });
    expect(sent).toEqual([{ description: 'e' }]);
    expect(service.configured[0]).toMatchObject({ audienceModelArn: third, minMatchingSeedSize: 999, description: 'e' });
  });

  test('its rollback takes back what was sent, and only that', async () => {
    const { service, configured, first, second } = await setUp();
    await configured.create(full(first));
    service.begin('UPDATE_IN_PROGRESS');
    await changeByOtherHands(service, { minMatchingSeedSize: 999 });
    const changed = { ...full(second), Description: 'e' };
    await configured.update(full(first), changed);
    await configured.rollBack(changed, full(first));
    expect(service.configured[0]).toMatchObject({ audienceModelArn: first, description: 'd', minMatchingSeedSize: 999 });
  });

  test('a call of the cancelled update that lands late is taken back too', async () => {
    const { service, configured, first, second } = await setUp();
    const arn = await configured.create(full(first));
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    const event = await configured.start(configured.event('Update', full(first), full(second), configured.name(full(first))));
    expect(await configured.step(event)).toEqual({ done: false });
    service.now += 9_999;
    await service.updateConfiguredAudienceModel({ configuredAudienceModelArn: arn, audienceModelArn: second });
    await configured.finish(event);
    expect(service.configured[0].audienceModelArn).toBe(first);
  });
});

describe('a replacement', () => {
  test.each([
    ['another tag policy', {}, { ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' }],
    ['no more bins', { AudienceSizeConfig: bins('1') }, {}],
    ['bins for the first time', {}, { AudienceSizeConfig: bins('1') }],
    ['another name', { Name: 'a' }, { Name: 'b' }],
  ])('%s', async (_, was, is) => {
    const { service, configured, first } = await setUp();
    const [old, changed] = [configuredProperties(first, was), configuredProperties(first, is)];
    await configured.create(old);
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(old, changed);
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await configured.delete(old);
    expect(service.configured.map(({ name }) => name)).toEqual([configured.name(changed)]);
  });

  test('under an explicit name is refused', async () => {
    const { service, configured, first } = await setUp();
    const named = configuredProperties(first, { Name: 'mine' });
    await configured.create(named);
    service.begin('UPDATE_IN_PROGRESS');
    await expect(configured.update(named, { ...named, AudienceSizeConfig: bins('1') })).rejects.toThrow(/change configuredAudienceModelName too/);
  });

  test('that was refused under an explicit name, and not rolled back, does not hide it from the deletion of the stack', async () => {
    const { service, configured, first } = await setUp();
    const properties = configuredProperties(first, { Name: 'mine' });
    await configured.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    const refused = { ...properties, ChildResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE' };
    await expect(configured.update(properties, refused)).rejects.toThrow('cannot have the name of the old');
    service.moveTo('DELETE_IN_PROGRESS');
    await configured.delete(refused);
    expect(service.configured).toEqual([]);
  });

  test('that is rolled back finds the old one as other hands left it', async () => {
    const { service, configured, first, third, sent } = await setUp();
    const [old, changed] = [configuredProperties(first, { AudienceSizeConfig: bins('1') }), configuredProperties(first, { Description: 'new' })];
    await configured.create(old);
    await changeByOtherHands(service, { audienceModelArn: third });
    await service.byOtherHands('TagResource', { resourceArn: service.configured[0].arn, tags: { theirs: 'x' } });
    const before = service.configured;
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(old, changed);
    await configured.rollBack(changed, old);
    expect(service.configured).toEqual(before);
    expect(sent).toEqual([]);
  });

  test('that finds what an older deployment left brings it up to date', async () => {
    const { service, configured, first, second } = await setUp();
    const [old, changed] = [configuredProperties(first), configuredProperties(second, { AudienceSizeConfig: bins('2') })];
    await configured.create(configuredProperties(first, { AudienceSizeConfig: bins('1'), Description: 'left' }));
    await configured.create(old);
    service.begin('UPDATE_IN_PROGRESS');
    await configured.update(old, changed);
    expect(service.configured[0]).toMatchObject({ audienceModelArn: second, description: '', audienceSizeConfig: { audienceSizeBins: [2] } });
    expect(service.configured).toHaveLength(2);
  });
});

describe('a delete where names are not unique', () => {
  test('takes every one that a lost answer left under the name', async () => {
    const { service, configured, first } = await setUp({ uniqueNames: false });
    await configured.create(configuredProperties(first));
    const [{ name, tags }] = service.configured;
    await service.createConfiguredAudienceModel({ name, tags, audienceModelArn: first });
    expect(service.configured).toHaveLength(2);
    service.begin('DELETE_IN_PROGRESS');
    await configured.delete(configuredProperties(first));
    expect(service.configured).toEqual([]);
  });

  test('tells ours from an older one of the same name by others', async () => {
    const { service, configured, first } = await setUp({ uniqueNames: false });
    const named = configuredProperties(first, { Name: 'mine' });
    service.fault = async (operation) => {
      if (operation !== 'CreateConfiguredAudienceModel') return undefined;
      await service.byOtherHands(operation, { name: 'mine', audienceModelArn: first, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] });
      service.now += 1_000;
      return undefined;
    };
    const ours = await configured.create(named);
    const [{ arn: theirs }] = service.configured;
    expect(service.configured.map(({ arn }) => arn)).toEqual([theirs, ours]);
    service.begin('DELETE_IN_PROGRESS');
    await configured.delete(named);
    expect(service.configured.map(({ arn }) => arn)).toEqual([theirs]);
  });
});

test('a model that another hand deleted is made again by a change', async () => {
  const { service, configured, first } = await setUp();
  await configured.create(configuredProperties(first));
  await service.byOtherHands('DeleteConfiguredAudienceModel', { configuredAudienceModelArn: service.configured[0].arn });
  service.begin('UPDATE_IN_PROGRESS');
  await configured.update(configuredProperties(first), configuredProperties(first, { Description: 'e' }));
  expect(service.configured).toMatchObject([{ description: 'e' }]);
});

test('an audience model that is not there is an error after a minute', async () => {
  const { service, configured } = await setUp();
  const began = service.now;
  await expect(configured.create(configuredProperties(NO_MODEL))).rejects.toThrow(
    `CreateConfiguredAudienceModel: ResourceNotFoundException: Resource of type audience-model with ARN ${NO_MODEL} does not exist`);
  expect(service.now - began).toBeGreaterThanOrEqual(60_000);
});
