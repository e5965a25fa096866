import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, policyDriver, policyProperties } from './harness';
import { setUp } from './model-scene';
import { ServiceError } from '../../lambda/errors';

/* What is refused for a moment, and what that must not end. */

const HOUR = 3_600_000;
const denied = (operation: string) => new ServiceError(operation, 'AccessDeniedException', 'not authorized', 403);

describe('a training of most of a day', () => {
  test('whose first call was refused is not given up for a look that is refused hours later', async () => {
    const { service, model, properties } = await setUp({ training: 22 * HOUR });
    const began = service.now;
    service.fault = (operation) => {
      const age = service.now - began;
      if (operation === 'CreateAudienceModel' && age < 5_000) return denied(operation);
      return /^(Get|List)/.test(operation) && age > 20 * HOUR && age < 20 * HOUR + 1_800_000 ? denied(operation) : undefined;
    };
    expect(await model.create(properties)).toMatch(/^arn:/);
    expect(service.trainings).toHaveLength(1);
  });

  test('is not given up in the gate for looks that are refused', async () => {
    const { service, model, properties } = await setUp({ training: 24 * HOUR - 600_000 });
    const began = service.now;
    service.fault = (operation) => {
      const age = service.now - began;
      return /^(Get|List)/.test(operation) && age > 23.2 * HOUR && age < 23.7 * HOUR ? denied(operation) : undefined;
    };
    expect(await model.create(properties)).toMatch(/^arn:/);
  });
});

test('a refusal for good fails the request when its grace is over, counted from the first refusal', async () => {
  const service = new FakeService();
  const dataset = datasetDriver(service);
  const began = service.now;
  service.fault = (operation) => {
    if (operation === 'ListTrainingDatasets' && service.now < began + 120_000) return 'throttled';
    return operation === 'CreateTrainingDataset' ? denied(operation) : undefined;
  };
  await expect(dataset.create(datasetProperties())).rejects.toThrow('CreateTrainingDataset: AccessDeniedException: not authorized');
  expect(service.now - began).toBeGreaterThanOrEqual(180_000);
  expect(service.now - began).toBeLessThan(200_000);
});

test('a list that fails in a model’s first step is no answer to CreateAudienceModel: the request waits for one', async () => {
  const { service, model, properties } = await setUp({ training: HOUR });
  let failures = 3;
  service.fault = (operation) => {
    if (operation === 'ListAudienceModels' && failures-- > 0) return 'reset-before';
    return operation === 'CreateAudienceModel' ? new ServiceError(operation, 'ValidationException', 'bad window', 400) : undefined;
  };
  await expect(model.finish(await model.start(model.event('Create', properties)))).rejects.toThrow('CreateAudienceModel: ValidationException: bad window');
});

describe('statements for what is no configured audience model', () => {
  test.each(['', undefined, 'arn:aws:s3:::bucket'])('are refused, and their deletion succeeds: %p', async (arn) => {
    const service = new FakeService();
    const policy = policyDriver(service);
    const properties = { ...policyProperties('arn'), ConfiguredAudienceModelArn: arn };
    service.fault = (operation) => (operation === 'GetConfiguredAudienceModelPolicy'
      ? new ServiceError(operation, 'ValidationException', 'not an ARN', 400) : undefined);
    await expect(policy.create(properties)).rejects.toThrow(/ConfiguredAudienceModelArn must be|not an ARN/);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await policy.delete(properties);
  });
});

test('a deletion that is throttled while it reads tags goes on where it was, and reads none twice', async () => {
  const service = new FakeService();
  const dataset = datasetDriver(service);
  const properties = datasetProperties();
  await dataset.create(properties);
  for (let index = 0; index < 40; index++) await service.createTrainingDataset({ name: `theirs-${index}` });
  service.begin('DELETE_IN_PROGRESS');
  service.calls.length = 0;
  let reads = 0;
  service.fault = (operation) => operation === 'ListTagsForResource' && ++reads % 12 === 0 ? 'throttled' : undefined;
  await dataset.delete(properties);
  expect(service.datasets).toHaveLength(40);
  expect(service.count('ListTagsForResource')).toBeLessThan(60);
});
