import { FakeService } from './fake-service';
import { modelDriver, modelProperties } from './harness';
import { ServiceError } from '../../lambda/errors';
import { leaveWindows } from '../../lambda/windows';

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
  expect(await leaveWindows(step, WINDOWS, 0, 0)).toEqual({ left: 0, moved: false });
  expect(await leaveWindows(step, WINDOWS, 2, 2)).toEqual({ left: 2, moved: false });
  expect(service.calls).toEqual([]);
});

test('one window is left by one signal, which CloudFormation needs the time to act upon', async () => {
  const { service, step, open, statuses, notes } = await setUp();
  open();
  expect(await leaveWindows(step, WINDOWS, 0, 1)).toEqual({ left: 0, moved: true });
  expect(service.calls).toEqual(['DescribeStackResource', 'SignalResource']);
  expect(notes).toContain('signalled Window1');
  expect(await leaveWindows(step, WINDOWS, 0, 1)).toEqual({ left: 1, moved: true });
  expect(service.calls).toEqual(['DescribeStackResource', 'SignalResource', 'DescribeStackResource']);
  expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS', undefined]);
});

test('all windows are left one after the other', async () => {
  const { service, step, open, statuses } = await setUp();
  open();
  let left = 0;
  for (let steps = 0; left < 3 && steps < 10; steps++) ({ left } = await leaveWindows(step, WINDOWS, left, 3));
  expect(statuses()).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE', 'CREATE_COMPLETE']);
  expect(service.count('SignalResource')).toBe(3);
});

test('what an earlier deployment has left is left', async () => {
  const { service, step, open } = await setUp();
  open();
  for (const id of WINDOWS) service.windows.signal(id);
  expect(await leaveWindows(step, WINDOWS, 0, 3)).toEqual({ left: 3, moved: true });
  expect(service.count('SignalResource')).toBe(0);
});

test('a window that CloudFormation has not come to is not signalled', async () => {
  const { service, step, open } = await setUp(5_000);
  expect(await leaveWindows(step, WINDOWS, 0, 3)).toEqual({ left: 0, moved: false });
  open();
  expect(await leaveWindows(step, WINDOWS, 0, 3)).toEqual({ left: 0, moved: false });
  expect(service.count('SignalResource')).toBe(0);
  service.now += 5_000;
  expect(await leaveWindows(step, WINDOWS, 0, 3)).toEqual({ left: 0, moved: true });
});

test('a window that has failed is not left', async () => {
  const { service, step, open } = await setUp();
  open();
  service.now += 12 * 3_600_000;
  expect(await leaveWindows(step, WINDOWS, 0, 3)).toEqual({ left: 0, moved: false });
  expect(service.count('SignalResource')).toBe(0);
});

test.each([['DescribeStackResource', false], ['SignalResource', false]])('where %s fails it is tried again later, and the reason is noted', async (call, moved) => {
  const { service, step, open, notes } = await setUp();
  open();
  service.fault = (operation) => operation === call ? new ServiceError(operation, 'ValidationError', 'can not be signaled', 400) : undefined;
  expect(await leaveWindows(step, WINDOWS, 0, 1)).toEqual({ left: 0, moved });
  expect(notes).toContain(`${call}: ValidationError: can not be signaled`);
});

test('a fault of our own is none of CloudFormation', async () => {
  const { service, step } = await setUp();
  service.resourceStatus = async () => { throw new TypeError('bug'); };
  await expect(leaveWindows(step, WINDOWS, 0, 1)).rejects.toThrow(TypeError);
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
