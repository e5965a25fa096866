import { createConfigured, createTrained, HOUR, KEY_ARN, OUTPUT, ROOT } from './fixture';
import { Input } from '../../../local-aws/cleanroomsml/model';

const CONFIGURE = { name: 'configured', outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] } as const;
type SizeConfig = NonNullable<Input<'CreateConfiguredAudienceModel'>['audienceSizeConfig']>;

test('a configured audience model is ACTIVE at once and shows the defaults', async () => {
  const { service, audienceModelArn, configuredAudienceModelArn } = await createConfigured();
  expect(await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).toMatchObject({
    ...CONFIGURE, audienceModelArn, configuredAudienceModelArn, status: 'ACTIVE', minMatchingSeedSize: 500, childResourceTagOnCreatePolicy: 'NONE', tags: {},
  });
});

test('or leaves the defaults out', async () => {
  const { service, configuredAudienceModelArn } = await createConfigured({ defaultsShown: false });
  const model = await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
  expect(model).not.toHaveProperty('minMatchingSeedSize');
  expect(model).not.toHaveProperty('childResourceTagOnCreatePolicy');
});

test.each<[string, SizeConfig, string | undefined]>([
  ['percentages of 1 and 100', { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [1, 100] }, undefined],
  ['a percentage of 101', { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [1, 101] }, 'between 1 and 100, but one is 101'],
  ['an absolute 101', { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [101] }, undefined],
  ['a bin twice', { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [5, 5] }, 'must be distinct'],
])('%s, at create and at update', async (_case, audienceSizeConfig, expected) => {
  const { service, audienceModelArn, configuredAudienceModelArn } = await createConfigured();
  for (const call of [
    service.createConfiguredAudienceModel(ROOT, { ...CONFIGURE, name: 'other', audienceModelArn, audienceSizeConfig }),
    service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, audienceSizeConfig }),
  ]) {
    if (expected) await expect(call).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining(expected) });
    else await expect(call).resolves.toBeDefined();
  }
});

describe('an update', () => {
  test('changes what is given and leaves the rest', async () => {
    const { service, clock, trainingDatasetArn, configuredAudienceModelArn } = await createConfigured();
    const { audienceModelArn } = await service.createAudienceModel(ROOT, { name: 'next', trainingDatasetArn });
    await clock.sleep(25 * HOUR);
    const before = await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
    await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, audienceModelArn, minMatchingSeedSize: 25 });
    expect(await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).toEqual({
      ...before, audienceModelArn, minMatchingSeedSize: 25, updateTime: new Date(clock.now()),
    });
  });

  test.each<['removed' | 'empty' | 'ignored', string | undefined]>([
    ['removed', undefined], ['empty', ''], ['ignored', 'before'],
  ])('to an empty description: %s', async (emptyDescription, expected) => {
    const { service, configuredAudienceModelArn } = await createConfigured({ emptyDescription });
    await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, description: 'before' });
    await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, description: '' });
    expect((await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).description).toBe(expected);
  });

  test('of one that does not exist changes nothing', async () => {
    const { service, configuredAudienceModelArn } = await createConfigured();
    await service.deleteConfiguredAudienceModel(ROOT, { configuredAudienceModelArn });
    for (const change of [{ minMatchingSeedSize: 25 }, { outputConfig: OUTPUT }]) {
      await expect(service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, ...change })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
  });

  test('to an audience model that does not exist', async () => {
    const { service, audienceModelArn, configuredAudienceModelArn } = await createConfigured();
    await expect(service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, audienceModelArn: `${audienceModelArn}x` })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('passes a role only if it names one', async () => {
    const { service, others, configuredAudienceModelArn } = await createConfigured();
    others.passed.length = 0;
    await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, minMatchingSeedSize: 30 });
    expect(others.passed).toEqual([]);
    await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, outputConfig: OUTPUT });
    expect(others.passed).toEqual([OUTPUT.roleArn]);
  });
});

describe('the output', () => {
  type Others = Awaited<ReturnType<typeof createTrained>>['others'];

  test.each<[string, (others: Others) => void, string]>([
    ['a role that does not trust the service', (others) => others.untrusting.add(OUTPUT.roleArn), 'cannot be assumed'],
    ['a role that may not write', (others) => others.denied.add('s3:PutObject'), 's3:PutObject on resource: arn:aws:s3:::output/audiences/part-00000'],
    ['no bucket', (others) => others.buckets.delete('output'), 'output does not exist'],
    ['a bucket in another Region', (others) => others.buckets.set('output', { region: 'eu-west-1' }), 'in eu-west-1'],
    ...['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'].map((action): [string, (others: Others) => void, string] => [
      `a bucket with a key but no ${action}`, (others) => {
        others.buckets.set('output', { encryption: { kmsKeyArn: KEY_ARN } });
        others.denied.add(action);
      }, `${action} on resource: ${KEY_ARN}`,
    ]),
  ])('%s is refused at create and at update', async (_case, prepare, message) => {
    const { service, others, audienceModelArn, configuredAudienceModelArn } = await createConfigured();
    prepare(others);
    const refused = { name: 'ValidationException', message: expect.stringContaining(message) };
    await expect(service.createConfiguredAudienceModel(ROOT, { ...CONFIGURE, name: 'other', audienceModelArn })).rejects.toMatchObject(refused);
    await expect(service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, outputConfig: OUTPUT })).rejects.toMatchObject(refused);
  });

  test('is not looked at with the switch off', async () => {
    const { service, others, audienceModelArn } = await createTrained({ outputValidated: false });
    others.buckets.delete('output');
    await expect(service.createConfiguredAudienceModel(ROOT, { ...CONFIGURE, audienceModelArn })).resolves.toBeDefined();
  });

  test('the role is assumed on behalf of the configured audience model', async () => {
    const { others, configuredAudienceModelArn } = await createConfigured();
    expect(others.assumed.at(-1)).toEqual({ roleArn: OUTPUT.roleArn, sourceArn: configuredAudienceModelArn, sourceAccount: '111122223333' });
  });
});
