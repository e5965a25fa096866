import { FakeService } from './fake-service';
import { modelDriver, modelProperties, STACK_ID } from './harness';
import { ServiceError } from '../../lambda/errors';
import { passWindows } from '../../lambda/windows';

const WINDOWS = ['Window1', 'Window2', 'Window3'];

async function setUp(windowLag = 0) {
  const service = new FakeService({ windowLag });
  const model = modelDriver(service);
  const step = model.stepOf(await model.start(model.event('Create', modelProperties('arn'))));
  const open = () => service.windows.open(WINDOWS.map((id) => ({ id, minutes: 720 })));
  const statuses = () => WINDOWS.map((id) => service.windows.status(id));
  service.calls.length = 0;
  return { service, step, open, statuses, notes: model.lines };
}

test('nothing is asked where none is over', async () => {
  const { service, step, open } = await setUp();
  open();
  expect(await passWindows(step, WINDOWS, 0, 0)).toEqual({ passed: 0, moved: false });
  expect(await passWindows(step, WINDOWS, 2, 2)).toEqual({ passed: 2, moved: false });
  expect(await passWindows(step, [], 0, 0)).toEqual({ passed: 0, moved: false });
  expect(service.calls).toEqual([]);
});

test('one window is passed by one signal, which CloudFormation needs the time to act upon', async () => {
  const { service, step, open, statuses, notes } = await setUp();
  open();
  expect(await passWindows(step, WINDOWS, 0, 1)).toEqual({ passed: 0, moved: true });
  expect(service.calls).toEqual(['DescribeStackResource', 'SignalResource']);
  expect(notes).toContain('signalled Window1');
  expect(await passWindows(step, WINDOWS, 0, 1)).toEqual({ passed: 1, moved: true });
  expect(service.calls).toEqual(['DescribeStackResource', 'SignalResource', 'DescribeStackResource']);
  expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS', undefined]);
});

test('all windows are passed one after the other, each signalled in the step that sees its predecessor done', async () => {
  const { service, step, open, statuses } = await setUp();
  open();
  const passings = [];
  for (let passed = 0; passed < 3 && passings.length < 10; passed = passings[passings.length - 1].passed) {
    passings.push(await passWindows(step, WINDOWS, passed, 3));
  }
  expect(passings).toEqual([{ passed: 0, moved: true }, { passed: 1, moved: true }, { passed: 3, moved: true }]);
  expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE', 'CREATE_COMPLETE']);
  expect(service.count('SignalResource')).toBe(3);
});

test('the last one is passed once it is signalled, because nothing has to follow it; no other is', async () => {
  const { service, step, open } = await setUp(5_000);
  open();
  service.now += 5_000;
  expect(await passWindows(step, ['Window1'], 0, 1)).toEqual({ passed: 1, moved: true });
  expect(service.windows.status('Window1')).toBe('CREATE_IN_PROGRESS');
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 0, moved: true });
});

test('what an earlier deployment has passed is passed in one step', async () => {
  const { service, step, open } = await setUp();
  open();
  for (const id of WINDOWS) service.windows.signal(id);
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 3, moved: true });
  expect(service.count('SignalResource')).toBe(0);
});

test.each([['CREATE_COMPLETE', 1], ['UPDATE_COMPLETE', 1], ['UPDATE_IN_PROGRESS', 0], ['UPDATE_FAILED', 0], ['DELETE_COMPLETE', 0], ['CREATE_FAILED', 0]])(
  'one that is %s: %i is passed, and it is not signalled', async (status, passed) => {
    const { service, step } = await setUp();
    service.resources.set('Window1', { status, updateTime: new Date(service.now) });
    expect(await passWindows(step, WINDOWS, 0, 1)).toEqual({ passed, moved: passed > 0 });
    expect(service.count('SignalResource')).toBe(0);
  });

test('a window that CloudFormation has not come to is not signalled', async () => {
  const { service, step, open } = await setUp(5_000);
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 0, moved: false });
  open();
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 0, moved: false });
  expect(service.count('SignalResource')).toBe(0);
  service.now += 5_000;
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 0, moved: true });
});

test('a window that has failed is not passed', async () => {
  const { service, step, open } = await setUp();
  open();
  service.now += 12 * 3_600_000;
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 0, moved: false });
  expect(service.count('SignalResource')).toBe(0);
});

test.each(['DescribeStackResource', 'SignalResource'])('where %s fails it is tried again later, and the reason is noted', async (call) => {
  const { service, step, open, notes } = await setUp();
  open();
  service.fault = (operation) => operation === call ? new ServiceError(operation, 'Throttling', 'slow down', 400) : undefined;
  expect(await passWindows(step, WINDOWS, 0, 1)).toEqual({ passed: 0, moved: false });
  expect(notes).toContain(`${call}: Throttling: slow down`);
});

test('what was passed before a call failed stays passed', async () => {
  const { service, step, open } = await setUp();
  open();
  service.windows.signal('Window1');
  service.fault = (operation) => service.count(operation) > 1 ? 'throttled' : undefined;
  expect(await passWindows(step, WINDOWS, 0, 3)).toEqual({ passed: 1, moved: true });
});

test('a signal counts once however often it is sent', async () => {
  const { service, step, open } = await setUp(60_000);
  open();
  service.now += 60_000;
  for (let times = 0; times < 2; times++) await passWindows(step, WINDOWS, 0, 1);
  const signal = { StackName: STACK_ID, LogicalResourceId: 'Window1', UniqueId: 'training', Status: 'SUCCESS' };
  expect(service.inputsOf('SignalResource')).toEqual([signal, signal]);
});

test('a fault of our own is none of CloudFormation', async () => {
  const { service, step } = await setUp();
  service.fault = () => { throw new TypeError('bug'); };
  await expect(passWindows(step, WINDOWS, 0, 1)).rejects.toThrow(TypeError);
});

describe('the windows of the tests are as strict as CloudFormation’s', () => {
  test('only one that is being created takes a signal', async () => {
    const { service, open } = await setUp();
    expect(() => service.windows.signal('Window1')).toThrow('ValidationError');
    open();
    service.windows.signal('Window1');
    expect(() => service.windows.signal('Window1')).toThrow('ValidationError');
    expect(() => service.windows.signal('Window3')).toThrow('ValidationError');
  });

  test('each fails after its time, counted from when it began', async () => {
    const { service, open, statuses } = await setUp();
    open();
    service.now += 11 * 3_600_000;
    service.windows.signal('Window1');
    service.now += 12 * 3_600_000 - 1;
    expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS', undefined]);
    service.now += 1;
    expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_FAILED', undefined]);
  });

  test('a rollback ends them', async () => {
    const { service, open, statuses } = await setUp();
    open();
    service.windows.signal('Window1');
    service.moveTo('ROLLBACK_IN_PROGRESS');
    expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_FAILED', undefined]);
  });

  test('none waits for longer than twelve hours', async () => {
    const { service } = await setUp();
    expect(() => service.windows.open([{ id: 'Window', minutes: 721 }])).toThrow('CloudFormation does not wait 721 minutes');
  });
});
