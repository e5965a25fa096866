import { createService, DATASET, ROOT } from './fixture';
import { OperationName } from '../../../local-aws/cleanroomsml/model';
import { Throttle } from '../../../local-aws/cleanroomsml/throttle';

const acceptedAt = (throttle: Throttle, operation: OperationName, now: number, calls: number) => {
  let accepted = 0;
  for (let call = 0; call < calls; call++) {
    try {
      throttle.take(operation, now);
      accepted++;
    } catch (error) {
      expect(error).toMatchObject({ name: 'ThrottlingException', status: 429 });
    }
  }
  return accepted;
};

test('a burst, and then the documented rate', () => {
  const throttle = new Throttle();
  expect(acceptedAt(throttle, 'CreateAudienceModel', 0, 10)).toBe(3);
  expect(acceptedAt(throttle, 'CreateAudienceModel', 999, 10)).toBe(0);
  expect(acceptedAt(throttle, 'CreateAudienceModel', 1000, 10)).toBe(1);
  expect(acceptedAt(throttle, 'CreateAudienceModel', 61_000, 10)).toBe(3);
});

test('every operation has its own', () => {
  const throttle = new Throttle();
  expect(acceptedAt(throttle, 'DeleteAudienceModel', 0, 20)).toBe(10);
  expect(acceptedAt(throttle, 'GetAudienceModel', 0, 60)).toBe(50);
});

/** As the service's quotas have it: the rate per second, and the burst. */
test.each<[OperationName, number, number]>([
  ['CreateTrainingDataset', 10, 10], ['GetTrainingDataset', 50, 50], ['ListTrainingDatasets', 50, 50], ['DeleteTrainingDataset', 10, 10],
  ['CreateAudienceModel', 1, 3], ['GetAudienceModel', 50, 50], ['ListAudienceModels', 50, 50], ['DeleteAudienceModel', 2, 10],
  ['CreateConfiguredAudienceModel', 10, 10], ['GetConfiguredAudienceModel', 50, 50], ['ListConfiguredAudienceModels', 50, 50],
  ['UpdateConfiguredAudienceModel', 10, 10], ['DeleteConfiguredAudienceModel', 10, 10],
  ['PutConfiguredAudienceModelPolicy', 25, 25], ['GetConfiguredAudienceModelPolicy', 50, 50], ['DeleteConfiguredAudienceModelPolicy', 25, 25],
  ['StartAudienceGenerationJob', 1, 5], ['GetAudienceGenerationJob', 50, 50], ['ListAudienceGenerationJobs', 50, 50],
  ['DeleteAudienceGenerationJob', 2, 10], ['StartAudienceExportJob', 1, 3], ['ListAudienceExportJobs', 50, 50],
  ['TagResource', 10, 10], ['UntagResource', 50, 50], ['ListTagsForResource', 50, 50],
])('%s: %i a second, and a burst of %i', (operation, perSecond, burst) => {
  const throttle = new Throttle();
  expect(acceptedAt(throttle, operation, 0, 60)).toBe(burst);
  expect(acceptedAt(throttle, operation, 1000, 60)).toBe(perSecond);
});

test('the service throttles before it does anything, unless a setting relaxes it', async () => {
  const { service, clock } = createService({ throttling: true });
  await clock.busy(async () => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => service.createTrainingDataset(ROOT, { ...DATASET, name: `d${index}` })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(service.trainingDatasets()).toHaveLength(10);
    service.settings.throttling = false;
    await expect(service.createTrainingDataset(ROOT, { ...DATASET, name: 'more' })).resolves.toBeDefined();
  });
});
