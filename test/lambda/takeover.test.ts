import { FakeExecution } from './fake-executions';
import { FakeService } from './fake-service';
import {
  configuredDriver, configuredProperties, datasetDriver, datasetProperties, Driver, lastLine, ModelDriver, modelDriver, modelProperties, reasonOf,
} from './harness';
import { setUp } from './model-scene';

const HOUR = 3_600_000;

/** EventBridge tells the function of the end of an execution. */
const tell = async (driver: Driver, { arn }: FakeExecution) => driver.handle({ Ended: arn });
const stop = (service: FakeService, { arn }: FakeExecution, cause?: string) => service.executions.stop(arn, cause);

/** A training of 20 hours in a wait of five days, which is eleven windows, an hour after its request was answered. */
async function training(windowLag = 1_000) {
  const { service, model, properties } = await setUp({ training: 20 * HOUR, windowLag }, { minutes: 5 * 24 * 60 });
  const execution = await model.start(model.event('Create', properties));
  await model.finish(execution);
  const windows = model.openWindows(properties);
  await model.pass(HOUR);
  return { service, model, properties, execution, windows };
}

/** Lets time pass until the last window is open, and fails where that takes longer than CloudFormation may. */
async function opened(service: FakeService, model: ModelDriver, windows: string[]): Promise<void> {
  const status = () => service.windows.status(windows.at(-1)!);
  for (let seconds = 0; status() !== 'CREATE_COMPLETE' && seconds < 1_200; seconds++) await model.pass(1_000);
  expect(status()).toBe('CREATE_COMPLETE');
}

describe('an execution that somebody stopped', () => {
  test.each([1_000, 15_000])('is replaced by one that opens the windows that are left, within minutes, and the gate says why (CloudFormation takes %d ms)', async (lag) => {
    const { service, model, properties, execution, windows } = await training(lag);
    stop(service, execution, 'too dear');
    const began = service.now;
    await tell(model, execution);
    await opened(service, model, windows);
    expect(service.now - began).toBeLessThan(windows.length * 50_000);
    const gate = model.gateProperties(model.name(properties), properties);
    await expect(model.gate.create(gate)).rejects.toThrow(`audience model ${model.name(properties)} is not trained: its execution was stopped by somebody: too dear`);
    expect(service.trainings).toHaveLength(1);
    expect(model.lines.join()).not.toContain('amazonaws.com/');
  });

  test('is replaced once, however often that is told, and not at all once that has ended', async () => {
    const { service, model, execution, windows } = await training();
    stop(service, execution);
    const before = service.executions.all.length;
    await tell(model, execution);
    await tell(model, execution);
    expect(service.executions.all).toHaveLength(before + 1);
    const next = service.executions.all.at(-1)!;
    expect(JSON.parse(next.input)).toMatchObject({ State: { Next: 'TRAIN', Training: { Outcome: 'FAIL' } } });
    expect(next.input).not.toContain('ResponseURL');
    await opened(service, model, windows);
    await model.pass(60_000);
    expect(next).toMatchObject({ status: 'FAILED', error: 'RequestFailed' });
    await tell(model, next);
    expect(service.executions.all).toHaveLength(before + 1);
  });

  test('and whose replacement somebody stops, too, is replaced again', async () => {
    const { service, model, execution, windows } = await training(15_000);
    stop(service, execution);
    await tell(model, execution);
    const next = service.executions.all.at(-1)!;
    stop(service, next);
    await tell(model, next);
    await opened(service, model, windows);
    expect(service.trainings).toHaveLength(1);
  });

  test.each([['UPDATE_ROLLBACK_IN_PROGRESS'], ['DELETE_IN_PROGRESS'], ['CREATE_COMPLETE']])(
    'needs nobody where the stack has gone on to %s: we stopped it, or it was over', async (status) => {
      const { service, model, execution } = await training();
      stop(service, execution);
      service.moveTo(status);
      service.calls.length = 0;
      await tell(model, execution);
      expect(service.calls).toEqual(['DescribeExecution', 'DescribeStacks']);
      expect(lastLine(model)).toMatchObject({ Ended: execution.name, Superseded: expect.stringContaining(`the stack is now in ${status}`) });
    });

  test.each([['CREATE_FAILED'], ['UPDATE_FAILED']])('is replaced where the stack stopped in %s, for it may be deployed on', async (status) => {
    const { service, model, execution, windows } = await training();
    stop(service, execution);
    service.moveTo(status);
    const puts = service.puts.length;
    await tell(model, execution);
    await opened(service, model, windows);
    expect(service.puts).toHaveLength(puts);
  });

  test('is replaced where a deployment that failed with rollback disabled is deployed on', async () => {
    const { service, model, properties, execution, windows } = await training();
    service.moveTo('CREATE_FAILED');
    await model.pass(HOUR);
    service.begin('UPDATE_IN_PROGRESS');
    model.openWindows(properties);
    stop(service, execution);
    await tell(model, execution);
    await model.pass(HOUR);
    expect(service.windows.status(windows[0])).toBe('CREATE_COMPLETE');
  });

  test.each([['before', -1_000, true], ['since', 1_000, false]])(
    'is replaced in a deployment that came after it, unless that has asked for the model anew (the resource has changed %s)', async (_, after, isReplaced) => {
      const { service, model, execution } = await training();
      service.moveTo('CREATE_FAILED');
      await model.pass(HOUR);
      service.begin('UPDATE_IN_PROGRESS');
      service.resources.set('Model', { status: 'UPDATE_COMPLETE', updateTime: new Date(service.now + after), physicalId: model.name(execution.data.Event.ResourceProperties) });
      service.now += 10_000;
      stop(service, execution);
      const before = service.executions.all.length;
      await tell(model, execution);
      expect(service.executions.all).toHaveLength(before + (isReplaced ? 1 : 0));
    });

  test('and that a later request has stopped, needs nobody, whatever the stack has gone on to since', async () => {
    const { service, model, execution } = await training();
    service.executions.stop(execution.arn, 'Update of Model', 'Superseded');
    const before = service.executions.all.length;
    service.calls.length = 0;
    await tell(model, execution);
    expect(service.calls).toEqual(['DescribeExecution']);
    expect(service.executions.all).toHaveLength(before);
  });

  test('and that is shown as if it went on, is told again', async () => {
    const { service, model, execution, windows } = await training();
    stop(service, execution);
    const { find } = service.executions;
    service.executions.find = (operation, arn) => ({ ...find.call(service.executions, operation, arn), status: 'RUNNING' });
    await expect(tell(model, execution)).rejects.toThrow(/has ended, and is shown as if it had not$/);
    service.executions.find = find;
    await tell(model, execution);
    await opened(service, model, windows);
  });

  test('is not replaced where the stack stopped with another model', async () => {
    const { service, model, execution } = await training();
    stop(service, execution);
    service.moveTo('UPDATE_FAILED');
    service.resources.set('Model', { status: 'UPDATE_COMPLETE', updateTime: new Date(service.now), physicalId: 'another' });
    const before = service.executions.all.length;
    await tell(model, execution);
    expect(service.executions.all).toHaveLength(before);
  });

  test('just after it answered, which does not show yet: the answer is sent to no avail, and the windows are opened', async () => {
    const { service, model, execution, windows } = await training();
    service.resources.set('Model', { status: 'CREATE_IN_PROGRESS', updateTime: new Date(service.now) });
    stop(service, execution);
    await tell(model, execution);
    await opened(service, model, windows);
    expect(service.puts).toHaveLength(2);
  });

  test('opens the windows even where CloudFormation takes no second answer', async () => {
    const { service, model, execution, windows } = await training();
    service.resources.set('Model', { status: 'CREATE_IN_PROGRESS', updateTime: new Date(service.now) });
    stop(service, execution);
    service.putFault = () => 403;
    await expect(tell(model, execution)).rejects.toThrow('CloudFormation does not take the answer');
    await opened(service, model, windows);
    expect(service.trainings).toHaveLength(1);
  });

  test('in a rollback is answered for, however its resource is shown', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const properties = datasetProperties();
    await dataset.create(properties);
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    const execution = await dataset.start(dataset.event('Update', properties, datasetProperties({ Description: 'new' }), dataset.name(properties)));
    service.resources.set('Interactions', { status: 'UPDATE_ROLLBACK_IN_PROGRESS', updateTime: new Date(service.now) });
    stop(service, execution);
    const puts = service.puts.length;
    await tell(dataset, execution);
    expect(service.puts).toHaveLength(puts + 1);
  });

  test.each<[string, (service: FakeService) => Promise<readonly [Driver, FakeExecution]>]>([
    ['a dataset', async (service) => {
      const dataset = datasetDriver(service);
      return [dataset, await dataset.start(dataset.event('Create', datasetProperties()))];
    }],
    ['a model', async (service) => {
      const model = modelDriver(service);
      return [model, await model.start(model.event('Create', modelProperties('arn')))];
    }],
    ['a configured model', async (service) => {
      const configured = configuredDriver(service);
      service.begin('UPDATE_IN_PROGRESS');
      const [old, properties] = [configuredProperties('arn'), configuredProperties('other')];
      return [configured, await configured.start(configured.event('Update', properties, old, configured.name(old)))];
    }],
  ])('before it answered for %s is answered for, once', async (_, start) => {
    const service = new FakeService();
    const [driver, execution] = await start(service);
    stop(service, execution, 'mistake');
    await tell(driver, execution);
    const { Event } = JSON.parse(execution.input) as { Event: { ResponseURL: string } };
    const answer = service.answerAt(Event.ResponseURL)!;
    expect(answer.Status).toBe('FAILED');
    expect(reasonOf(answer)).toBe('its execution was stopped by somebody: mistake');
    expect(service.puts).toHaveLength(1);
    expect(driver.lines.join()).not.toContain(Event.ResponseURL);
    expect(service.calls.filter((call) => /^(Create|Update|Delete|Tag|Signal)/.test(call))).toEqual([]);
  });

  test('before it answered a deletion is answered for, whatever is shown of the resource', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    await dataset.create(datasetProperties());
    service.begin('UPDATE_IN_PROGRESS');
    service.moveTo('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const execution = await dataset.start(dataset.event('Delete', datasetProperties(), undefined, dataset.name(datasetProperties())));
    service.resources.set('Interactions', { status: 'UPDATE_COMPLETE', updateTime: new Date(service.now) });
    stop(service, execution);
    const puts = service.puts.length;
    await tell(dataset, execution);
    expect(service.puts.slice(puts).map(({ body }) => (JSON.parse(body) as { Status: string }).Status)).toEqual(['FAILED']);
  });
});

test.each<[string, Partial<FakeExecution>]>([
  ['failed by itself', { status: 'FAILED', error: 'RequestFailed', cause: 'audience model x failed' }],
  ['succeeded', { status: 'SUCCEEDED' }],
])('an execution that %s needs nobody', async (_, state) => {
  const { service, model, execution } = await training();
  Object.assign(execution, state);
  service.calls.length = 0;
  await tell(model, execution);
  expect(service.calls).toEqual(['DescribeExecution']);
});

test('an execution that broke says with what', async () => {
  const service = new FakeService();
  const dataset = datasetDriver(service);
  const execution = await dataset.start(dataset.event('Create', datasetProperties()));
  Object.assign(execution, { status: 'FAILED', error: 'States.Runtime' });
  await tell(dataset, execution);
  expect(reasonOf(JSON.parse(service.puts[0].body) as { Reason: string })).toBe('its execution was broken off: States.Runtime');
});

test('what is done for another resource than a model opens nothing', async () => {
  const service = new FakeService();
  const dataset = datasetDriver(service);
  const execution = await dataset.start(dataset.event('Create', datasetProperties()));
  service.resources.set('Interactions', { status: 'CREATE_COMPLETE', updateTime: new Date(service.now) });
  stop(service, execution);
  await tell(dataset, execution);
  expect(service.puts).toEqual([]);
  expect(service.count('SignalResource')).toBe(0);
});
