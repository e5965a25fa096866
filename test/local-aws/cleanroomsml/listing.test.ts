import { createService, DATASET, ROOT } from './fixture';

const createDatasets = async (count: number, settings: Parameters<typeof createService>[0] = {}) => {
  const fixture = createService(settings);
  for (let index = 0; index < count; index++) await fixture.service.createTrainingDataset(ROOT, { ...DATASET, name: `d${index}` });
  const namesOf = async (maxResults?: number) => {
    const pages: string[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await fixture.service.listTrainingDatasets(ROOT, { maxResults, nextToken });
      pages.push(page.trainingDatasets.map(({ name }) => name));
      nextToken = page.nextToken;
    } while (nextToken);
    return pages;
  };
  return { ...fixture, namesOf };
};

test('an empty list', async () => {
  const { namesOf } = await createDatasets(0);
  expect(await namesOf()).toEqual([[]]);
});

test('pages of the size that was asked for, and no empty page at the end', async () => {
  const { namesOf } = await createDatasets(4);
  expect(await namesOf(3)).toEqual([['d0', 'd1', 'd2'], ['d3']]);
  expect(await namesOf(2)).toEqual([['d0', 'd1'], ['d2', 'd3']]);
  expect(await namesOf()).toEqual([['d0', 'd1', 'd2', 'd3']]);
});

test('pages of the size that the service likes, if more is asked for', async () => {
  const { namesOf } = await createDatasets(2, { pageSize: 1 });
  expect(await namesOf()).toEqual([['d0'], ['d1']]);
  expect(await namesOf(100)).toEqual([['d0'], ['d1']]);
});

test('a resource that goes between pages takes no other with it', async () => {
  const { service } = await createDatasets(3);
  const { nextToken, trainingDatasets: [{ trainingDatasetArn }] } = await service.listTrainingDatasets(ROOT, { maxResults: 1 });
  await service.deleteTrainingDataset(ROOT, { trainingDatasetArn });
  const { trainingDatasets } = await service.listTrainingDatasets(ROOT, { nextToken });
  expect(trainingDatasets.map(({ name }) => name)).toEqual(['d1', 'd2']);
});

test('an invented token is refused', async () => {
  const { service } = await createDatasets(1);
  await expect(service.listTrainingDatasets(ROOT, { nextToken: 'invented' })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('a new resource can take its time to be found by its ARN', async () => {
  const { service, clock, namesOf } = await createDatasets(1, { arnLag: 5000 });
  const [{ arn }] = service.trainingDatasets();
  const missing = { name: 'ResourceNotFoundException' };
  expect(await namesOf()).toEqual([['d0']]);
  await clock.sleep(4999);
  await expect(service.getTrainingDataset(ROOT, { trainingDatasetArn: arn })).rejects.toMatchObject(missing);
  await expect(service.listTagsForResource(ROOT, { resourceArn: arn })).rejects.toMatchObject(missing);
  await expect(service.createAudienceModel(ROOT, { name: 'model', trainingDatasetArn: arn })).rejects.toMatchObject(missing);
  await clock.sleep(1);
  await expect(service.getTrainingDataset(ROOT, { trainingDatasetArn: arn })).resolves.toMatchObject({ name: 'd0' });
  await expect(service.listTagsForResource(ROOT, { resourceArn: arn })).resolves.toBeDefined();
});

test('a new resource can take its time to be listed, while Get already finds it', async () => {
  const { service, clock, namesOf } = await createDatasets(1, { listLag: 5000 });
  const [{ arn }] = service.trainingDatasets();
  await expect(service.getTrainingDataset(ROOT, { trainingDatasetArn: arn })).resolves.toBeDefined();
  await clock.sleep(4999);
  expect(await namesOf()).toEqual([[]]);
  await clock.sleep(1);
  expect(await namesOf()).toEqual([['d0']]);
});
