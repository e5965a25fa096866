import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties } from './harness';

const mockService = new FakeService();

jest.mock('../../lambda/sdk-service', () => ({
  clients: () => ({}),
  SdkService: function SdkService() { return mockService; },
}));

import { isComplete, onEvent } from '../../lambda';

test('the functions that Lambda calls work by the wall clock and write to standard output', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation();
  const dataset = datasetDriver(mockService);
  const event = dataset.event('Create', datasetProperties());
  const before = Date.now();
  const response = await onEvent(event);
  expect(Date.parse(response.Operation.StartedAt)).toBeGreaterThanOrEqual(before);
  expect(await isComplete({ ...event, ...response })).toEqual({ IsComplete: true, Data: { TrainingDatasetArn: mockService.datasets[0].arn } });
  expect(log.mock.calls.map(([line]) => JSON.parse(line).RequestType)).toEqual(['Create', 'Create']);
  log.mockRestore();
});
