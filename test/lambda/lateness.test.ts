import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, Driver, LOG_STREAM, responseUrl, STACK_ID } from './harness';
import { ServiceError } from '../../lambda/errors';
import type { CustomResourceEvent } from '../../lambda/events';
import { lateness, signedAt } from '../../lambda/lateness';
import type { StackResourceState } from '../../lambda/stack';

const BEGUN = Date.parse('2026-03-01T00:00:00Z');

const sigV4 = (time: number) => responseUrl('request', time);
const sigV2 = (time: number) => `https://bucket.s3.amazonaws.com/secret?AWSAccessKeyId=AKIA&Expires=${Math.floor(time / 1_000) + 7_200}&Signature=0123`;
const UNTIMED = 'https://bucket.s3.amazonaws.com/secret?Signature=0123';

describe('when a URL was signed', () => {
  test.each<[string | undefined, number | undefined]>([
    [sigV4(BEGUN + 61_000), BEGUN + 61_000],
    [sigV4(BEGUN + 61_999), BEGUN + 61_000],
    [sigV2(BEGUN + 61_000), BEGUN + 61_000],
    ['https://b/?X-Amz-Date=20261231T235959Z', Date.UTC(2026, 11, 31, 23, 59, 59)],
    ['https://b/?X-Amz-Date=20261231T235959Z&Expires=7200', Date.UTC(2026, 11, 31, 23, 59, 59)],
    ['https://b/?X-Amz-Date=20261231&Expires=7200', 0],
    ['https://b/?X-Amz-Date=20261231T235959Zx', undefined],
    ['https://b/?X-Amz-Date=x20261231T235959Z', undefined],
    ['https://b/?Expires=1e9', undefined],
    ['https://b/?Expires=', undefined],
    ['https://b/?Expires=1234567890123', undefined],
    [UNTIMED, undefined],
    ['not a URL', undefined],
    [undefined, undefined],
  ])('%s: %p', (url, expected) => expect(signedAt(url)).toBe(expected));
});

type Type = CustomResourceEvent['RequestType'];

/** Why it is late, if it is, and whether CloudFormation was asked about the resource. */
async function judge(type: Type, status: string, url: string | undefined, resource?: StackResourceState) {
  const event = { RequestType: type, ResponseURL: url, LogicalResourceId: 'Model' } as CustomResourceEvent;
  let asked = false;
  const late = await lateness(event, { status, lastUpdatedTime: new Date(BEGUN).toISOString() }, async () => {
    asked = true;
    return resource;
  }, async () => undefined);
  return { late, asked };
}

const NOT_LATE = { late: undefined, asked: false };
const ASKED = { late: undefined, asked: true };

describe('a request that no operation in this status makes is late, whenever it was signed', () => {
  test.each<[Type, string]>([
    ['Create', 'ROLLBACK_IN_PROGRESS'], ['Create', 'UPDATE_ROLLBACK_IN_PROGRESS'], ['Create', 'DELETE_IN_PROGRESS'], ['Create', 'CREATE_COMPLETE'],
    ['Update', 'CREATE_IN_PROGRESS'], ['Update', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'], ['Update', 'DELETE_IN_PROGRESS'], ['Update', 'UPDATE_COMPLETE'],
    ['Delete', 'UPDATE_COMPLETE'], ['Delete', 'UPDATE_ROLLBACK_FAILED'], ['Delete', 'DELETE_FAILED'],
  ])('%s in %s', async (type, status) => {
    for (const url of [sigV4(BEGUN + 60_000), UNTIMED]) {
      expect(await judge(type, status, url)).toEqual({ late: `it is late: the stack has been in ${status} since 2026-03-01T00:00:00.000Z`, asked: false });
    }
  });
});

const ALL: [Type, string][] = [
  ['Create', 'CREATE_IN_PROGRESS'], ['Create', 'UPDATE_IN_PROGRESS'], ['Update', 'UPDATE_IN_PROGRESS'], ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS'],
  ['Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'], ['Delete', 'ROLLBACK_IN_PROGRESS'], ['Delete', 'DELETE_IN_PROGRESS'],
];

describe.each([['Signature Version 4', sigV4], ['Signature Version 2', sigV2]])('%s', (_, url) => {
  test.each(ALL)('a %s in %s that was signed before the operation began, by more than five seconds, is late', async (type, status) => {
    expect(await judge(type, status, url(BEGUN - 6_000))).toEqual({
      late: `it is late: it was made at 2026-02-28T23:59:54.000Z and the stack has been in ${status} since 2026-03-01T00:00:00.000Z`, asked: false,
    });
    expect((await judge(type, status, url(BEGUN - 5_000))).late).toBeUndefined();
  });

  test.each(ALL.filter(([type, status]) => type !== 'Delete' && !status.includes('ROLLBACK')))(
    'a %s in %s that was signed later than five seconds after that is not, and nothing is asked', async (type, status) => {
      expect(await judge(type, status, url(BEGUN + 6_000))).toEqual(NOT_LATE);
      expect(await judge(type, status, url(BEGUN + 5_000))).toEqual(ASKED);
    });

  test.each(ALL.filter(([type]) => type === 'Delete'))('a %s in %s is not, and nothing is asked', async (type, status) => {
    for (const after of [-5_000, 0, 60_000]) expect(await judge(type, status, url(BEGUN + after))).toEqual(NOT_LATE);
  });
});

describe('where the time says too little, the state of the resource tells', () => {
  const since = (status: string, time: number): StackResourceState => ({ status, updateTime: new Date(time) });

  test.each<[Type, string, number, StackResourceState | undefined, boolean]>([
    ['Create', 'CREATE_IN_PROGRESS', 0, undefined, false],
    ['Create', 'CREATE_IN_PROGRESS', 0, since('CREATE_IN_PROGRESS', BEGUN), false],
    ['Create', 'CREATE_IN_PROGRESS', 0, since('CREATE_IN_PROGRESS', BEGUN + 5_000), false],
    ['Create', 'CREATE_IN_PROGRESS', 0, since('CREATE_IN_PROGRESS', BEGUN + 5_001), true],
    ['Create', 'UPDATE_IN_PROGRESS', -5_000, since('CREATE_FAILED', BEGUN - 60_000), true],
    ['Create', 'UPDATE_IN_PROGRESS', 3_000, since('UPDATE_IN_PROGRESS', BEGUN), true],
    ['Create', 'CREATE_IN_PROGRESS', 0, since('CREATE_COMPLETE', BEGUN), true],
    ['Update', 'UPDATE_IN_PROGRESS', 0, since('UPDATE_IN_PROGRESS', BEGUN), false],
    ['Update', 'UPDATE_IN_PROGRESS', 0, since('CREATE_COMPLETE', BEGUN - 60_000), true],
    // A rollback may begin without a time of its own, so even a time long after does not tell.
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', 600_000, since('UPDATE_IN_PROGRESS', BEGUN + 600_000), false],
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', 600_000, since('UPDATE_IN_PROGRESS', BEGUN + 605_001), true],
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', 600_000, since('UPDATE_FAILED', BEGUN + 601_000), true],
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', 600_000, undefined, false],
  ])('a %s in %s signed %i ms after it began, and the resource is %j: late is %p', async (type, status, after, resource, isLate) => {
    const { late, asked } = await judge(type, status, sigV4(BEGUN + after), resource);
    expect(asked).toBe(true);
    expect(late).toBe(isLate ? `it is late: Model has been ${resource?.status} since ${resource?.updateTime.toISOString()}` : undefined);
  });

  test.each<[Type, string, StackResourceState | undefined, boolean]>([
    ['Create', 'CREATE_IN_PROGRESS', undefined, false],
    ['Create', 'CREATE_IN_PROGRESS', since('CREATE_IN_PROGRESS', BEGUN + 3_600_000), false],
    ['Create', 'UPDATE_IN_PROGRESS', since('CREATE_COMPLETE', BEGUN), true],
    ['Update', 'UPDATE_IN_PROGRESS', since('UPDATE_IN_PROGRESS', BEGUN), false],
    ['Update', 'UPDATE_ROLLBACK_IN_PROGRESS', since('UPDATE_FAILED', BEGUN), true],
  ])('of a %s in %s whose URL has no time: %j is late: %p', async (type, status, resource, isLate) => {
    for (const url of [UNTIMED, undefined]) {
      const { late, asked } = await judge(type, status, url, resource);
      expect([late !== undefined, asked]).toEqual([isLate, true]);
    }
  });

  test('which is looked at for eight seconds before a request is refused for it: it may not be shown yet', async () => {
    const event = { RequestType: 'Update', ResponseURL: sigV4(BEGUN), LogicalResourceId: 'Model' } as CustomResourceEvent;
    const stack = { status: 'UPDATE_ROLLBACK_IN_PROGRESS', lastUpdatedTime: new Date(BEGUN).toISOString() };
    for (const [shownAfter, isLate] of [[8_000, false], [8_001, true]] as const) {
      let now = 0;
      const describe = async () => now >= shownAfter ? since('UPDATE_IN_PROGRESS', BEGUN) : since('UPDATE_FAILED', BEGUN);
      const late = await lateness(event, stack, describe, async (milliseconds) => { now += milliseconds; });
      expect([late !== undefined, now]).toEqual([isLate, 8_000]);
    }
  });

  test('and a request is late where the resource goes while that is looked at', async () => {
    const event = { RequestType: 'Create', ResponseURL: sigV4(BEGUN), LogicalResourceId: 'Model' } as CustomResourceEvent;
    const shown = [since('CREATE_COMPLETE', BEGUN), undefined];
    const stack = { status: 'UPDATE_IN_PROGRESS', lastUpdatedTime: new Date(BEGUN).toISOString() };
    expect(await lateness(event, stack, async () => shown.shift(), async () => undefined)).toMatch(/^it is late: Model has been CREATE_COMPLETE/);
  });

  test.each(['UPDATE_ROLLBACK_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])('and may have a status of the rollback: %s', async (status) => {
    const { late } = await judge('Update', 'UPDATE_ROLLBACK_IN_PROGRESS', sigV4(BEGUN), since(status, BEGUN));
    expect(late).toBeUndefined();
  });

  test('of a Delete whose URL has no time nothing does, and the status of the stack is all there is', async () => {
    expect(await judge('Delete', 'DELETE_IN_PROGRESS', UNTIMED)).toEqual(NOT_LATE);
  });
});

describe('a late request', () => {
  const A = datasetProperties();
  const B = datasetProperties({ RoleArn: 'arn:aws:iam::111122223333:role/other' });

  /** A request of each type that was made in an operation which is over by now. */
  const scenes: [string, (driver: Driver) => Promise<CustomResourceEvent>][] = [
    ['create of a stack that is created anew', async (driver) => {
      const event = driver.event('Create', A);
      driver.service.moveTo('ROLLBACK_IN_PROGRESS');
      driver.service.begin('CREATE_IN_PROGRESS');
      return event;
    }],
    ['update before another update', async (driver) => {
      await driver.create(A);
      driver.service.begin('UPDATE_IN_PROGRESS');
      const event = driver.event('Update', B, A, driver.name(A));
      driver.service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
      driver.service.begin('UPDATE_IN_PROGRESS');
      return event;
    }],
    ['clean-up before another update', async (driver) => {
      await driver.create(A);
      driver.service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      const event = driver.event('Delete', A, undefined, driver.name(A));
      driver.service.begin('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      return event;
    }],
    ['update that is rolled back, whose time is that of the rollback', async (driver) => {
      await driver.create(A);
      driver.service.begin('UPDATE_IN_PROGRESS');
      driver.service.now += 60_000;
      const event = driver.event('Update', B, A, driver.name(A));
      driver.service.now += 1_000;
      driver.service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
      return event;
    }],
  ];

  test.each(scenes)('%s is answered FAILED at once, and changes nothing', async (_, arrange) => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const event = await arrange(dataset);
    const before = { datasets: service.datasets, executions: service.executions.all.length };
    await expect(dataset.start(event)).rejects.toThrow(/^it is late: /);
    await dataset.pass(86_400_000);
    expect(service.datasets).toEqual(before.datasets);
    expect(service.executions.all).toHaveLength(before.executions);
    expect(service.answerAt(event.ResponseURL)).toMatchObject({
      Status: 'FAILED', PhysicalResourceId: dataset.name(A), StackId: STACK_ID, Reason: expect.stringContaining(LOG_STREAM),
    });
    expect(dataset.lines.at(-1)).toMatch(/"Refused":"it is late: /);
  });

  test('update in a rollback about which CloudFormation tells nothing is handed over, and finds out itself', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const event = await scenes[3][1](dataset);
    service.resources.clear();
    await expect(dataset.run(event)).rejects.toThrow(/which is gone; a rollback does not create it again$/);
    expect(service.names).toEqual([dataset.name(A)]);
  });

  test('one is not answered as long as CloudFormation may still tell', async () => {
    const service = new FakeService();
    const dataset = datasetDriver(service);
    const event = dataset.event('Create', A);
    service.fault = (operation) => operation === 'DescribeStackResource' ? new ServiceError(operation, 'Throttling', 'slow down', 400) : undefined;
    await expect(dataset.start(event)).rejects.toThrow('DescribeStackResource: Throttling: slow down');
    expect([service.puts, service.executions.all]).toEqual([[], []]);
  });
});
