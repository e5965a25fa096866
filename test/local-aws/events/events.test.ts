import { FUNCTION, World } from './harness';
import { AwsError } from '../../../local-aws/aws';
import { ConnectionReset } from '../../../local-aws/faults';
import { allow, codeOf, roleWith } from '../account';

const EVENT = { Source: 'jobs', DetailType: 'Job ended', Detail: '{"status":"ACTIVE"}' };
const BUS = 'arn:aws:events:us-east-1:111122223333:event-bus/jobs';

let world: World;
beforeEach(async () => { world = await World.create(); });

describe('events', () => {
  test('are kept by their bus', async () => {
    world.events.createEventBus({ name: 'jobs' });
    const detailed = { ...EVENT, Resources: ['arn:1'], Time: '2025-12-31T10:00:00.123Z', EventBusName: 'jobs' };
    const answer = await world.put(EVENT, detailed, { ...EVENT, EventBusName: BUS });
    const accepted = { EventId: expect.any(String) };
    expect(answer).toEqual({ FailedEntryCount: 0, Entries: [accepted, accepted, accepted] });
    const [first, second, third] = answer.Entries.map(({ EventId }) => EventId);
    const event = { source: 'jobs', detailType: 'Job ended', detail: { status: 'ACTIVE' }, resources: [], time: '2026-01-01T00:00:00Z' };
    expect(world.events.events()).toEqual([{ ...event, id: first }]);
    expect(world.events.events('jobs')).toEqual([{ ...event, id: second, resources: ['arn:1'], time: '2025-12-31T10:00:00Z' }, { ...event, id: third }]);
  });

  test.each<[string, object, string]>([
    ['a source', { Source: undefined }, 'InvalidArgument'],
    ['a detail type', { DetailType: undefined }, 'InvalidArgument'],
    ['a detail', { Detail: undefined }, 'InvalidArgument'],
    ['a detail that is JSON', { Detail: '{' }, 'MalformedDetail'],
    ['a detail that is an object', { Detail: '[]' }, 'MalformedDetail'],
    ['a source of its own', { Source: 'aws.events' }, 'NotAuthorizedForSourceException'],
    ['a detail type of at most 128 characters', { DetailType: 'd'.repeat(129) }, 'InvalidArgument'],
    ['a bus that exists', { EventBusName: 'none' }, 'ResourceNotFoundException'],
  ])('need %s, each of them by itself', async (_, change, ErrorCode) => {
    expect(await world.put({ ...EVENT, ...change }, EVENT)).toEqual({
      FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: expect.any(String) }, { EventId: expect.any(String) }],
    });
    expect(world.events.events()).toHaveLength(1);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['nothing', {}],
    ['no entries', { Entries: [] }],
    ['11 entries', { Entries: Array.from({ length: 11 }, () => EVENT) }],
    ['an entry that is none', { Entries: ['event'] }],
    ['an entry with another field', { Entries: [{ ...EVENT, Bus: 'x' }] }],
    ['a detail that is no text', { Entries: [{ ...EVENT, Detail: {} }] }],
    ['a time that is none', { Entries: [{ ...EVENT, Time: 'now' }] }],
    ['another parameter', { Entries: [EVENT], EndpointId: 'x' }],
    ['more than 256 KB', { Entries: [{ ...EVENT, Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) }] }],
  ])('are refused as a whole with %s', async (_, parameters) => {
    expect(await codeOf(() => world.events.call(world.iam.developer.principal, 'PutEvents', parameters))).toBe('ValidationException');
    expect(world.events.events()).toEqual([]);
  });

  test('may be ten, of 256 KB together', async () => {
    const text = JSON.stringify({ text: 'x'.repeat(26_000) });
    expect(await world.put(...Array.from({ length: 10 }, () => ({ ...EVENT, Detail: text })))).toMatchObject({ FailedEntryCount: 0 });
  });

  test.each<[string, object]>([['what they have to have', {}], ['a time', { Time: '2026-01-01T00:00:00Z' }], ['resources', { Resources: ['arn:1', 'ä'] }]])(
    'with %s have 262,144 bytes at most', async (_, more) => {
      // A time counts for 14 bytes.
      const others = 'jobs'.length + 'Job ended'.length + ('Time' in more ? 14 : 0) + ('Resources' in more ? 'arn:1'.length + 2 : 0);
      const sized = (bytes: number) => ({ Source: 'jobs', DetailType: 'Job ended', Detail: JSON.stringify({ x: 'x'.repeat(bytes - others - '{"x":""}'.length) }), ...more });
      expect(await world.put(sized(262_144))).toMatchObject({ FailedEntryCount: 0 });
      expect(await codeOf(() => world.put(sized(262_145)))).toBe('ValidationException');
    },
  );

  test('may have a detail type of 128 characters', async () => {
    expect(await world.put({ ...EVENT, DetailType: 'd'.repeat(128) })).toMatchObject({ FailedEntryCount: 0 });
  });

  test('are put by whoever may put all of them', async () => {
    const source = { 'ForAllValues:StringEquals': { 'events:source': 'jobs' } };
    const sender = await roleWith(world.iam, 'sender', { put: allow('events:PutEvents', BUS.replace('/jobs', '/default'), source) });
    world.events.createEventBus({ name: 'jobs' });
    const put = async (...Entries: object[]): Promise<string> => codeOf(() => world.events.call(sender, 'PutEvents', { Entries }));
    expect(await put(EVENT)).toBe('nothing was thrown');
    expect(await put(EVENT, { ...EVENT, Source: 'others' })).toBe('AccessDeniedException');
    expect(await put({ ...EVENT, EventBusName: 'jobs' })).toBe('AccessDeniedException');
    expect(world.events.events()).toHaveLength(1);
  });
});

describe('events of AWS itself', () => {
  test('go to the rules of the default bus, and of no other, under a source that nobody else may use', async () => {
    world.events.createEventBus({ name: 'jobs' });
    world.lambda.addPermission(FUNCTION, { statementId: 'events', action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com' });
    for (const eventBusName of ['default', 'jobs']) {
      world.events.putRule({ name: 'ended', eventBusName, eventPattern: '{"source":["aws.states"]}' });
      await world.events.putTargets({ rule: 'ended', eventBusName, targets: [{ id: 'fn', arn: FUNCTION }] });
    }
    world.events.emit({ source: 'aws.states', detailType: 'x', resources: ['arn:1'], detail: { status: 'FAILED' } });
    await world.clock.sleep(1);
    expect(world.received).toEqual([expect.objectContaining({
      'source': 'aws.states', 'detail-type': 'x', 'resources': ['arn:1'], 'detail': { status: 'FAILED' }, 'time': '2026-01-01T00:00:00Z',
    })]);
  });
});

describe('calls', () => {
  test('are written down with what came of them', async () => {
    await world.put(EVENT);
    expect(world.events.calls).toMatchObject([{ operation: 'PutEvents', principal: world.iam.developer.principal, input: { Entries: [EVENT] }, outcome: 'ok' }]);
  });

  test('can be broken before they do anything, or lose their answer afterwards', async () => {
    world.events.beforeCall = () => { throw new AwsError('InternalFailure', 'broken', 500); };
    expect(await codeOf(() => world.put(EVENT))).toBe('InternalFailure');
    expect(world.events.events()).toEqual([]);
    world.events.beforeCall = undefined;
    world.events.afterCall = () => { throw new ConnectionReset(); };
    expect(await codeOf(() => world.put(EVENT))).toBe('ConnectionReset');
    expect(world.events.events()).toHaveLength(1);
    expect(world.events.calls.map(({ outcome }) => outcome)).toEqual(['InternalFailure', 'ok']);
  });

  test('can fail for some entries inside an answer that is a success', async () => {
    world.events.failEntries = 1;
    expect(await world.put(EVENT, EVENT)).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }, { EventId: expect.any(String) }] });
    Object.assign(world.events, { failEntries: 1, failEntriesWith: 'ThrottlingException' });
    expect(await world.put(EVENT)).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
    expect(await world.put(EVENT)).toMatchObject({ FailedEntryCount: 0 });
    expect(world.events.events()).toHaveLength(2);
  });

  test('of other actions are refused', async () => {
    expect(await codeOf(() => world.events.call(world.iam.developer.principal, 'PutRule', {}))).toBe('UnknownOperationException');
  });
});

describe('buses', () => {
  const names = () => world.events.eventBuses().map(({ name }) => name);

  test('are created, updated and deleted', async () => {
    expect(world.events.createEventBus({ name: 'jobs' })).toEqual({ arn: BUS });
    world.events.updateEventBus({ name: 'jobs', description: 'Jobs' });
    expect(world.events.eventBuses()).toEqual([{ name: 'default', arn: BUS.replace('/jobs', '/default') }, { name: 'jobs', description: 'Jobs', arn: BUS }]);
    world.events.deleteEventBus('jobs');
    world.events.deleteEventBus('jobs');
    expect(names()).toEqual(['default']);
    expect(await codeOf(() => world.events.updateEventBus({ name: 'jobs' }))).toBe('ResourceNotFoundException');
  });

  test('exist once, under a name that is allowed', async () => {
    world.events.createEventBus({ name: 'jobs' });
    expect(await codeOf(() => world.events.createEventBus({ name: 'jobs' }))).toBe('ResourceAlreadyExistsException');
    expect(await codeOf(() => world.events.createEventBus({ name: 'default' }))).toBe('ResourceAlreadyExistsException');
    expect(await codeOf(() => world.events.createEventBus({ name: 'a/b' }))).toBe('ValidationException');
  });

  test('are not deleted while they have rules, and the default one never', async () => {
    world.events.createEventBus({ name: 'jobs' });
    world.events.putRule({ name: 'rule', eventBusName: 'jobs', eventPattern: '{"source":["jobs"]}' });
    expect(await codeOf(() => world.events.deleteEventBus('jobs'))).toBe('ValidationException');
    expect(await codeOf(() => world.events.deleteEventBus('default'))).toBe('ValidationException');
    world.events.deleteRule({ rule: 'rule', eventBusName: 'jobs' });
    world.events.deleteEventBus('jobs');
    expect(names()).toEqual(['default']);
  });
});
