import { COLLABORATION_ID, createGenerated, DATASET, OUTPUT, ROLE_ARN, ROOT, SEED } from './fixture';
import { Principal } from '../../../local-aws/aws';
import { iamAction } from '../../../local-aws/cleanroomsml/authorization';
import { Input, OPERATION_NAMES, OperationName } from '../../../local-aws/cleanroomsml/model';

const CALLER: Principal = { arn: 'arn:aws:sts::111122223333:assumed-role/caller/session', accountId: '111122223333', roleArn: 'arn:aws:iam::111122223333:role/caller' };

const setUp = async () => {
  const fixture = await createGenerated();
  const { service, trainingDatasetArn, audienceModelArn, configuredAudienceModelArn, audienceGenerationJobArn } = fixture;
  service.collaborate(COLLABORATION_ID);
  const inputs: { [N in OperationName]: Input<N> } = {
    CreateTrainingDataset: { ...DATASET, name: 'new', tags: { team: 'ads' } },
    GetTrainingDataset: { trainingDatasetArn },
    ListTrainingDatasets: {},
    DeleteTrainingDataset: { trainingDatasetArn },
    CreateAudienceModel: { name: 'new', trainingDatasetArn, tags: { team: 'ads' } },
    GetAudienceModel: { audienceModelArn },
    ListAudienceModels: {},
    DeleteAudienceModel: { audienceModelArn },
    CreateConfiguredAudienceModel: { name: 'new', audienceModelArn, outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'], tags: { team: 'ads' } },
    GetConfiguredAudienceModel: { configuredAudienceModelArn },
    ListConfiguredAudienceModels: {},
    UpdateConfiguredAudienceModel: { configuredAudienceModelArn, audienceModelArn, outputConfig: OUTPUT },
    DeleteConfiguredAudienceModel: { configuredAudienceModelArn },
    PutConfiguredAudienceModelPolicy: { configuredAudienceModelArn, configuredAudienceModelPolicy: '{}' },
    GetConfiguredAudienceModelPolicy: { configuredAudienceModelArn },
    DeleteConfiguredAudienceModelPolicy: { configuredAudienceModelArn },
    StartAudienceGenerationJob: {
      name: 'new', configuredAudienceModelArn, seedAudience: SEED, collaborationId: COLLABORATION_ID, tags: { team: 'ads' },
    },
    GetAudienceGenerationJob: { audienceGenerationJobArn },
    ListAudienceGenerationJobs: {},
    DeleteAudienceGenerationJob: { audienceGenerationJobArn },
    StartAudienceExportJob: { name: 'new', audienceGenerationJobArn, audienceSize: { type: 'PERCENTAGE', value: 5 } },
    ListAudienceExportJobs: {},
    TagResource: { resourceArn: trainingDatasetArn, tags: { team: 'ads' } },
    UntagResource: { resourceArn: trainingDatasetArn, tagKeys: ['team'] },
    ListTagsForResource: { resourceArn: trainingDatasetArn },
  };
  fixture.others.asked.length = 0;
  return { ...fixture, inputs };
};

test('every operation is refused without its action, before anything happens', async () => {
  const { service, others, inputs } = await setUp();
  const held = () => JSON.stringify([
    service.trainingDatasets(), service.configuredAudienceModels(), service.audienceGenerationJobs(), service.audienceExportJobs(),
  ]);
  const before = held();
  for (const operation of OPERATION_NAMES) {
    others.denied.add(iamAction(operation));
    await expect(service.call(operation, CALLER, inputs[operation])).rejects.toMatchObject({
      name: 'AccessDeniedException', status: 403, message: expect.stringContaining(`${CALLER.arn} is not authorized to perform: ${iamAction(operation)} on resource: `),
    });
    others.denied.clear();
  }
  expect(held()).toBe(before);
});

test.each<[OperationName, string[]]>([
  ['CreateTrainingDataset', ['cleanrooms-ml:CreateTrainingDataset *', 'cleanrooms-ml:TagResource training-dataset', `iam:PassRole ${ROLE_ARN}`]],
  ['CreateAudienceModel', ['cleanrooms-ml:CreateAudienceModel training-dataset', 'cleanrooms-ml:TagResource audience-model']],
  ['CreateConfiguredAudienceModel', [
    'cleanrooms-ml:CreateConfiguredAudienceModel audience-model', 'cleanrooms-ml:TagResource configured-audience-model', `iam:PassRole ${OUTPUT.roleArn}`,
  ]],
  ['UpdateConfiguredAudienceModel', [
    'cleanrooms-ml:UpdateConfiguredAudienceModel configured-audience-model', 'cleanrooms-ml:UpdateConfiguredAudienceModel audience-model',
    `iam:PassRole ${OUTPUT.roleArn}`,
  ]],
  ['ListTrainingDatasets', ['cleanrooms-ml:ListTrainingDatasets *']],
  ['DeleteConfiguredAudienceModelPolicy', ['cleanrooms-ml:DeleteConfiguredAudienceModelPolicy configured-audience-model']],
  ['UntagResource', ['cleanrooms-ml:UnTagResource training-dataset']],
  ['StartAudienceGenerationJob', [
    'cleanrooms-ml:StartAudienceGenerationJob configured-audience-model', 'cleanrooms-ml:StartAudienceGenerationJob audience-generation-job',
    'cleanrooms-ml:TagResource audience-generation-job', `iam:PassRole ${SEED.roleArn}`,
    `cleanrooms:ListMembers arn:aws:cleanrooms:us-east-1:111122223333:collaboration/${COLLABORATION_ID}`,
  ]],
  ['GetAudienceGenerationJob', ['cleanrooms-ml:GetAudienceGenerationJob audience-generation-job']],
  ['ListAudienceGenerationJobs', ['cleanrooms-ml:ListAudienceGenerationJobs *']],
  ['DeleteAudienceGenerationJob', ['cleanrooms-ml:DeleteAudienceGenerationJob audience-generation-job']],
  ['StartAudienceExportJob', ['cleanrooms-ml:StartAudienceExportJob audience-generation-job']],
  ['ListAudienceExportJobs', ['cleanrooms-ml:ListAudienceExportJobs *']],
])('%s asks for what the service authorization reference names', async (operation, expected) => {
  const { service, others, inputs } = await setUp();
  await Promise.allSettled([service.call(operation, CALLER, inputs[operation])]);
  const asked = others.asked.filter(({ principal }) => principal === CALLER.arn)
    .map(({ action, resource }) => `${action} ${resource.replace(/^arn:aws:cleanrooms-ml:us-east-1:111122223333:([a-z-]+)\/.*$/, '$1')}`);
  expect(asked).toEqual(expected);
});

test('lists of jobs are about what they are narrowed to', async () => {
  const { service, others, configuredAudienceModelArn, audienceGenerationJobArn } = await setUp();
  await service.listAudienceGenerationJobs(CALLER, { configuredAudienceModelArn });
  await service.listAudienceExportJobs(CALLER, { audienceGenerationJobArn });
  await service.listAudienceGenerationJobs(CALLER, { collaborationId: COLLABORATION_ID });
  expect(others.asked.map(({ resource }) => resource)).toEqual([configuredAudienceModelArn, audienceGenerationJobArn, '*']);
});

test('the start of a job tells its tags, its collaboration, and on whose behalf members are listed', async () => {
  const { service, others, inputs, configuredAudienceModelArn: resourceArn } = await setUp();
  await service.tagResource(CALLER, { resourceArn, tags: { model: 'm' } });
  others.asked.length = 0;
  await service.startAudienceGenerationJob(CALLER, inputs.StartAudienceGenerationJob);
  const requested = { 'aws:RequestTag/team': 'ads', 'aws:TagKeys': ['team'] };
  const collaboration = { 'cleanrooms-ml:CollaborationId': COLLABORATION_ID };
  expect(others.asked.map(({ context }) => context).slice(0, 5)).toEqual([
    { ...requested, ...collaboration, 'aws:ResourceTag/model': 'm' },
    { ...requested, ...collaboration },
    requested,
    {},
    { 'aws:CalledVia': ['cleanrooms-ml.amazonaws.com'] },
  ]);
});

test('a job is judged by its tags', async () => {
  const { service, others, audienceGenerationJobArn: resourceArn } = await setUp();
  await service.tagResource(CALLER, { resourceArn, tags: { team: 'ads' } });
  others.asked.length = 0;
  await service.getAudienceGenerationJob(CALLER, { audienceGenerationJobArn: resourceArn });
  await service.startAudienceExportJob(CALLER, { name: 'e', audienceGenerationJobArn: resourceArn, audienceSize: { type: 'PERCENTAGE', value: 5 } });
  expect(others.asked.slice(0, 2).map(({ context }) => context)).toEqual([{ 'aws:ResourceTag/team': 'ads' }, { 'aws:ResourceTag/team': 'ads' }]);
});

test('the condition keys speak of the tags that are asked for and of those that are there', async () => {
  const { service, others, trainingDatasetArn: resourceArn } = await setUp();
  const contexts = () => others.asked.splice(0).map(({ context }) => context);
  await service.tagResource(CALLER, { resourceArn, tags: { team: 'ads', cost: '1' } });
  expect(contexts()).toEqual([{ 'aws:RequestTag/team': 'ads', 'aws:RequestTag/cost': '1', 'aws:TagKeys': ['team', 'cost'] }]);
  await service.untagResource(CALLER, { resourceArn, tagKeys: ['cost'] });
  expect(contexts()).toEqual([{ 'aws:ResourceTag/team': 'ads', 'aws:ResourceTag/cost': '1', 'aws:TagKeys': ['cost'] }]);
  await service.getTrainingDataset(CALLER, { trainingDatasetArn: resourceArn });
  expect(contexts()).toEqual([{ 'aws:ResourceTag/team': 'ads' }]);
});

test('tags on create need TagResource, and a create without tags does not', async () => {
  const { service, others } = await setUp();
  others.denied.add('cleanrooms-ml:TagResource');
  await expect(service.createTrainingDataset(CALLER, { ...DATASET, name: 'tagged', tags: { team: 'ads' } })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(service.createTrainingDataset(CALLER, { ...DATASET, name: 'plain' })).resolves.toBeDefined();
});

test('whoever may not see a resource does not learn whether it exists', async () => {
  const { service, others, trainingDatasetArn } = await setUp();
  others.denied.add('cleanrooms-ml:GetTrainingDataset');
  await expect(service.getTrainingDataset(CALLER, { trainingDatasetArn: `${trainingDatasetArn}x` })).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('nothing is callable from another account', async () => {
  const { service, trainingDatasetArn } = await setUp();
  const stranger = { arn: 'arn:aws:iam::444455556666:root', accountId: '444455556666' };
  await expect(service.getTrainingDataset(stranger, { trainingDatasetArn })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(service.getTrainingDataset(ROOT, { trainingDatasetArn })).resolves.toBeDefined();
});
