import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, modelDriver, modelProperties, RESPONSE_URL, STACK_ID } from './harness';
import { ServiceError } from '../../lambda/errors';

const properties = datasetProperties();

describe('onEvent', () => {
  test('names the resource and notes the circumstances', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.now += 1_500;
    expect(await dataset.start(dataset.event('Create', properties))).toMatchObject({
      PhysicalResourceId: dataset.name(properties),
      Operation: { StackStatus: 'CREATE_IN_PROGRESS', LastUpdatedTime: '2026-03-01T00:00:00.000Z', StartedAt: '2026-03-01T00:00:01.500Z' },
    });
    expect(service.calls).toEqual(['DescribeStacks']);
  });

  test('keeps the physical id of a delete, whatever it is, because the framework insists', async () => {
    const dataset = datasetDriver(new FakeService());
    expect((await dataset.start(dataset.event('Delete', properties, undefined, 'invented'))).PhysicalResourceId).toBe('invented');
  });

  test('does not look at the properties of a delete', async () => {
    const dataset = datasetDriver(new FakeService());
    expect(await dataset.start(dataset.event('Delete', {}, undefined, 'invented'))).toMatchObject({ PhysicalResourceId: 'invented' });
  });

  test('refuses properties that cannot be, without a call', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    await expect(dataset.start(dataset.event('Create', {}))).rejects.toThrow('RoleArn must be a non-empty string, got nothing');
    expect(service.calls).toEqual([]);
  });

  test('refuses a type that it does not know', async () => {
    const dataset = datasetDriver(new FakeService());
    await expect(dataset.start({ ...dataset.event('Create', properties), ResourceType: 'Custom::Other' })).rejects.toThrow('unknown resource type Custom::Other');
  });

  test.each([[5, true], [6, false]])('insists on the stack’s status; after %i failures it has it: %p', async (failures, succeeds) => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.fault = (operation) => service.count(operation) > failures ? undefined : new ServiceError(operation, 'AccessDenied', 'not yet', 403);
    const started = dataset.start(dataset.event('Create', properties));
    if (succeeds) await expect(started).resolves.toMatchObject({ Operation: { StartedAt: '2026-03-01T00:00:00.000Z' } });
    else await expect(started).rejects.toThrow('DescribeStacks: AccessDenied: not yet');
  });

  test('does not insist where there is no stack', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.fault = (operation) => new ServiceError(operation, 'ValidationError', 'does not exist', 400);
    await expect(dataset.start(dataset.event('Create', properties))).rejects.toThrow(/does not exist/);
    expect(service.calls).toHaveLength(1);
  });
});

describe('isComplete', () => {
  test('answers with the attribute once all is so', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const response = await dataset.step(await dataset.start(dataset.event('Create', properties)));
    expect(response).toEqual({ IsComplete: true, Data: { TrainingDatasetArn: service.datasets[0].arn } });
  });

  test('says no more than that it is not, because the framework allows no data with it', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.fault = (operation) => operation === 'ListTrainingDatasets' ? 'throttled' : undefined;
    expect(await dataset.step(await dataset.start(dataset.event('Create', properties)))).toEqual({ IsComplete: false });
  });

  test('answers for an audience model with what its executions are called, before anything is trained', async () => {
    const service = new FakeService();
    const arn = await service.createTrainingDataset({ name: 'd', roleArn: 'r', trainingData: [] });
    const model = modelDriver(service);
    const named = modelProperties(arn, { Name: 'mine' });
    const response = await model.step(await model.start(model.event('Create', named)));
    expect(response).toEqual({ IsComplete: true, Data: { Training: model.name({ ...named, Name: undefined }) } });
    expect(service.models).toEqual([]);
  });

  test('answers a delete without data', async () => {
    const service = new FakeService();
    service.begin('DELETE_IN_PROGRESS');
    const dataset = datasetDriver(service);
    expect(await dataset.finish(await dataset.start(dataset.event('Delete', properties, undefined, dataset.name(properties))))).toEqual({ IsComplete: true });
  });

  test('cuts a message to what an answer can hold', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.fault = (operation) => operation === 'CreateTrainingDataset' ? new ServiceError(operation, 'ValidationException', 'x'.repeat(5_000), 400) : undefined;
    const error = await dataset.create(properties).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    const { message, stack } = error as Error;
    expect(message).toMatch(/^CreateTrainingDataset: ValidationException: x+…$/);
    expect(message).toHaveLength(1_000);
    expect(stack?.length).toBeLessThan(3_000);
  });

  test('does not mistake an error of its own for one of the service', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.listTrainingDatasets = async () => { throw new TypeError('bug'); };
    await expect(dataset.create(properties)).rejects.toThrow('bug');
    expect(JSON.parse(dataset.lines[1]).Error).toMatch(/^TypeError: bug\n +at/);
  });
});

describe('the log', () => {
  test('has one line of JSON per step that says who, what was observed and what was done', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    await dataset.create(properties);
    const [arn] = service.datasets.map((held) => held.arn);
    const who = { RequestType: 'Create', ResourceType: 'Custom::CleanRoomsMLTrainingDataset', LogicalResourceId: 'Interactions', PhysicalResourceId: dataset.name(properties) };
    expect(dataset.lines.map((line) => JSON.parse(line))).toEqual([
      { ...who, Operation: { StackStatus: 'CREATE_IN_PROGRESS', LastUpdatedTime: '2026-03-01T00:00:00.000Z', StartedAt: '2026-03-01T00:00:00.000Z' } },
      { ...who, Steps: [`created ${arn}`, `found ${arn} ACTIVE`], Data: { TrainingDatasetArn: arn } },
    ]);
  });

  test('says what a step waits for', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    service.fault = (operation) => operation === 'ListTrainingDatasets' ? 'throttled' : undefined;
    await dataset.step(await dataset.start(dataset.event('Create', properties)));
    expect(JSON.parse(dataset.lines[1])).toMatchObject({ Steps: [], WaitingFor: 'ListTrainingDatasets: ThrottlingException: slow down' });
  });

  test('says that a superseded step did nothing', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const event = await dataset.start(dataset.event('Create', properties));
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await expect(dataset.step(event)).rejects.toThrow(/^the Create of Interactions was made in CREATE_IN_PROGRESS /);
    expect(JSON.parse(dataset.lines[1]).Error).toMatch(/^superseded, nothing done: the Create of Interactions was made in CREATE_IN_PROGRESS/);
  });

  test('never has the URL that the answer goes to', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    await dataset.create(properties);
    await expect(dataset.start({ ...dataset.event('Create', {}) })).rejects.toThrow('RoleArn must be a non-empty string, got nothing');
    service.begin('DELETE_IN_PROGRESS');
    await dataset.delete(properties);
    expect(dataset.lines.length).toBeGreaterThanOrEqual(5);
    expect(dataset.lines.join()).not.toMatch(/ResponseURL|X-Amz|secret/);
    expect(RESPONSE_URL).toMatch(/X-Amz/);
    expect(dataset.lines.join()).not.toContain(STACK_ID);
  });
});
