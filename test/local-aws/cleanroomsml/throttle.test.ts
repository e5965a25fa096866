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

test.each<[OperationName, number]>([
  ['StartAudienceGenerationJob', 5], ['StartAudienceExportJob', 3], ['DeleteAudienceGenerationJob', 10], ['GetAudienceGenerationJob', 50],
  ['ListAudienceGenerationJobs', 50], ['ListAudienceExportJobs', 50],
])('%s has a burst of %i', (operation, burst) => {
  expect(acceptedAt(new Throttle(), operation, 0, 60)).toBe(burst);
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
