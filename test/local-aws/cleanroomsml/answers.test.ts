import {
  ACCOUNT, COLLABORATION_ID, createConfigured, createGenerated, createService, createTrained, DATASET, HOUR, KEY_ARN, OUTPUT, ROOT, SEED, START,
} from './fixture';
import { start } from './generations';
import { Input, OperationName, OPERATIONS } from '../../../local-aws/cleanroomsml/model';
import { StructureShape } from '../../../local-aws/cleanroomsml/shapes';
import { validate } from '../../../local-aws/cleanroomsml/validation';

type Answering = Exclude<OperationName, `Delete${string}`>;

const TAGS = { team: 'ads' };

const setUp = async () => {
  const fixture = await createGenerated({}, { tags: TAGS, audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [5] } });
  const { service, clock, trainingDatasetArn, audienceModelArn, configuredAudienceModelArn, audienceGenerationJobArn } = fixture;
  service.collaborate(COLLABORATION_ID);
  const exported = { audienceGenerationJobArn, audienceSize: { type: 'PERCENTAGE', value: 5 } } as const;
  await service.startAudienceExportJob(ROOT, { name: 'export', ...exported });
  await service.createTrainingDataset(ROOT, { ...DATASET, name: 'second' });
  await clock.sleep(HOUR);
  const configuredAudienceModelPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{
      Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'cleanrooms-ml:StartAudienceGenerationJob', Resource: configuredAudienceModelArn,
    }],
  });
  const inputs: { [N in Answering]: Input<N> } = {
    CreateTrainingDataset: { ...DATASET, name: 'new', tags: TAGS },
    GetTrainingDataset: { trainingDatasetArn },
    ListTrainingDatasets: { maxResults: 1 },
    CreateAudienceModel: { name: 'new', trainingDatasetArn, trainingDataStartTime: new Date(0), trainingDataEndTime: new Date(1) },
    GetAudienceModel: { audienceModelArn },
    ListAudienceModels: {},
    CreateConfiguredAudienceModel: { name: 'new', audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] },
    GetConfiguredAudienceModel: { configuredAudienceModelArn },
    ListConfiguredAudienceModels: {},
    UpdateConfiguredAudienceModel: { configuredAudienceModelArn, description: 'changed' },
    PutConfiguredAudienceModelPolicy: { configuredAudienceModelArn, configuredAudienceModelPolicy },
    GetConfiguredAudienceModelPolicy: { configuredAudienceModelArn },
    StartAudienceGenerationJob: { name: 'new', configuredAudienceModelArn, seedAudience: SEED, collaborationId: COLLABORATION_ID },
    GetAudienceGenerationJob: { audienceGenerationJobArn },
    ListAudienceGenerationJobs: {},
    StartAudienceExportJob: { name: 'new', ...exported },
    ListAudienceExportJobs: {},
    TagResource: { resourceArn: trainingDatasetArn, tags: TAGS },
    ListTagsForResource: { resourceArn: trainingDatasetArn },
    UntagResource: { resourceArn: trainingDatasetArn, tagKeys: ['team'] },
  };
  return { ...fixture, inputs };
};

/** What comes before in the order of the inputs has happened. */
test('every answer is of the shape that the model gives it', async () => {
  const { service, clock, inputs } = await setUp();
  for (const operation of Object.keys(inputs) as Answering[]) {
    const answer = await clock.busy(() => service.call(operation, ROOT, inputs[operation]));
    const { output }: { output?: StructureShape } = OPERATIONS[operation];
    if (output) validate(output.members, answer);
    else expect([operation, answer]).toEqual([operation, undefined]);
  }
});

describe('what was asked for is shown', () => {
  test('of an audience model', async () => {
    const { service, clock, trainingDatasetArn } = await createTrained();
    const input = {
      name: 'new', description: 'd', trainingDatasetArn, trainingDataStartTime: new Date(0), trainingDataEndTime: new Date(1), kmsKeyArn: KEY_ARN, tags: TAGS,
    };
    const times = { createTime: new Date(clock.now()), updateTime: new Date(clock.now()) };
    const { audienceModelArn } = await clock.busy(() => service.createAudienceModel(ROOT, input));
    const { description, name } = input;
    const summary = { ...times, audienceModelArn, name, description, trainingDatasetArn, status: 'CREATE_PENDING' };
    expect((await service.listAudienceModels(ROOT, {})).audienceModels[1]).toEqual(summary);
    expect(await service.getAudienceModel(ROOT, { audienceModelArn })).toEqual({ ...input, ...summary });
  });

  const ASKED: Omit<Input<'CreateConfiguredAudienceModel'>, 'audienceModelArn' | 'name'> = {
    description: 'd',
    outputConfig: { ...OUTPUT, destination: { s3Destination: { s3Uri: 's3://output/elsewhere/' } } },
    sharedAudienceMetrics: ['NONE'],
    minMatchingSeedSize: 100,
    audienceSizeConfig: { audienceSizeType: 'ABSOLUTE', audienceSizeBins: [20_000] },
  };

  test('of a configured audience model', async () => {
    const { service, clock, audienceModelArn } = await createTrained();
    const input: Input<'CreateConfiguredAudienceModel'> = {
      ...ASKED, name: 'new', audienceModelArn, childResourceTagOnCreatePolicy: 'FROM_PARENT_RESOURCE', tags: TAGS,
    };
    const times = { createTime: new Date(clock.now()), updateTime: new Date(clock.now()) };
    const { configuredAudienceModelArn } = await service.createConfiguredAudienceModel(ROOT, input);
    const { name, description, outputConfig } = input;
    const summary = { ...times, configuredAudienceModelArn, name, description, audienceModelArn, outputConfig, status: 'ACTIVE' };
    expect((await service.listConfiguredAudienceModels(ROOT, {})).configuredAudienceModels).toEqual([summary]);
    expect(await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).toEqual({ ...input, ...summary });
  });

  test('of an update of each of its members', async () => {
    const { service, clock, configuredAudienceModelArn } = await createConfigured();
    await clock.sleep(HOUR);
    expect(await service.updateConfiguredAudienceModel(ROOT, { configuredAudienceModelArn, ...ASKED })).toEqual({ configuredAudienceModelArn });
    const updateTime = new Date(clock.now());
    expect(await service.getConfiguredAudienceModel(ROOT, { configuredAudienceModelArn })).toMatchObject({ ...ASKED, updateTime });
  });

  test('of a training dataset, in the list', async () => {
    const { service } = createService();
    const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, { ...DATASET, description: 'd' });
    const times = { createTime: new Date(START), updateTime: new Date(START) };
    expect((await service.listTrainingDatasets(ROOT, {})).trainingDatasets).toEqual([
      { ...times, trainingDatasetArn, name: DATASET.name, status: 'ACTIVE', description: 'd' },
    ]);
  });

  test('of an audience generation job, in the list', async () => {
    const fixture = await createConfigured();
    const { service, clock, configuredAudienceModelArn } = fixture;
    service.collaborate(COLLABORATION_ID);
    const times = { createTime: new Date(clock.now()), updateTime: new Date(clock.now()) };
    await clock.busy(async () => {
      const job = await start(fixture, { description: 'd', collaborationId: COLLABORATION_ID });
      expect((await service.listAudienceGenerationJobs(ROOT, {})).audienceGenerationJobs).toEqual([{
        ...times,
        ...job,
        name: 'job',
        description: 'd',
        status: 'CREATE_PENDING',
        configuredAudienceModelArn,
        collaborationId: COLLABORATION_ID,
        startedBy: ACCOUNT.accountId,
      }]);
    });
  });
});
