import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, modelDriver, modelProperties } from './harness';

const mockService = new FakeService();

jest.mock('../../lambda/sdk-service', () => ({
  clients: () => ({}),
  SdkService: function SdkService() { return mockService; },
}));

import { isComplete, onEvent, train } from '../../lambda';

test('the functions that Lambda calls work by the wall clock and write to standard output', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation();
  const dataset = datasetDriver(mockService);
  const event = dataset.event('Create', datasetProperties());
  const before = Date.now();
  const response = await onEvent(event);
  expect(Date.parse(response.Operation.StartedAt)).toBeGreaterThanOrEqual(before);
  expect(await isComplete({ ...event, ...response })).toEqual({ IsComplete: true, Data: { TrainingDatasetArn: mockService.datasets[0].arn } });
  expect(log.mock.calls.map(([line]) => JSON.parse(line).RequestType)).toEqual(['Create', 'Create']);

  const model = modelDriver(mockService);
  const request = model.event('Create', modelProperties(mockService.datasets[0].arn));
  mockService.now = Date.now();
  const state = await train({ Request: { ...request, ...await onEvent(request) } });
  expect(mockService.models).toHaveLength(1);
  expect(state).toMatchObject({ Next: 'WAIT', Seconds: 40 });
  log.mockRestore();
});
