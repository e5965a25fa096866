import { FakeService } from './fake-service';
import { datasetDriver, datasetProperties, lastLine, responseUrl, signedAnew } from './harness';
import { ServiceError } from '../../lambda/errors';

const properties = datasetProperties();
const tagged = { ...properties, Tags: [{ Key: 'team', Value: 'ads' }] };

function setUp() {
  const service = new FakeService();
  return { service, dataset: datasetDriver(service) };
}

describe('an id that CloudFormation uses again', () => {
  test('in a later operation is another request', async () => {
    const { service, dataset } = setUp();
    const event = dataset.event('Create', properties);
    const first = await dataset.start(event);
    Object.assign(first, { status: 'ABORTED', stopDate: new Date(service.now) });
    service.moveTo('ROLLBACK_IN_PROGRESS');
    service.begin('UPDATE_IN_PROGRESS');
    service.request('Interactions', 'Create');
    await dataset.run(signedAnew(event, service.now));
    expect(service.executions.all).toHaveLength(2);
    expect(service.names).toEqual([dataset.name(properties)]);
  });

  test.each<[string, number, number]>([['later is another one', 1_000, 2], ['at its beginning is a copy', -1_000, 1]])(
    'in a rollback that goes on, for what had succeeded in it: a request made %s', async (_, after, count) => {
      const { service, dataset } = setUp();
      await dataset.create(properties);
      service.begin('UPDATE_IN_PROGRESS');
      service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
      service.now += 5_000;
      const event = dataset.event('Update', properties, tagged, dataset.name(properties));
      await dataset.run(event);
      const ended = service.now;
      service.now += 60_000;
      service.resources.set('Interactions', { status: 'UPDATE_IN_PROGRESS', updateTime: new Date(ended + after) });
      const puts = service.puts.length;
      await dataset.handle({ ...event, ResponseURL: responseUrl(event.RequestId, ended + after) });
      await dataset.pass(120_000);
      expect(service.executions.all.filter(({ name }) => name.startsWith('Update-'))).toHaveLength(count);
      expect(service.puts).toHaveLength(puts + count - 1);
    });

  describe('in the rollback of an update', () => {
    /** A request of the update, whose resource waits for the one that takes it back. */
    async function takenBack(fails: boolean) {
      const { service, dataset } = setUp();
      await dataset.create(properties);
      service.begin('UPDATE_IN_PROGRESS');
      const event = dataset.event('Update', tagged, properties, dataset.name(properties));
      service.fault = (operation) => fails && operation === 'TagResource' ? new ServiceError(operation, 'ValidationException', 'never', 400) : undefined;
      await dataset.run(event).catch(() => undefined);
      service.fault = () => undefined;
      service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
      service.now += 2_000;
      service.resources.set('Interactions', { status: 'UPDATE_IN_PROGRESS', updateTime: new Date(service.now) });
      return { service, dataset, event };
    }
    const updates = (service: FakeService) => service.executions.all.filter(({ name }) => name.startsWith('Update-'));

    test.each([[false], [true]])('a copy of one of the update is one, also where its resource waits again; it had failed: %p', async (fails) => {
      const { service, dataset, event } = await takenBack(fails);
      await dataset.handle(event).catch(() => undefined);
      await dataset.pass(120_000);
      expect(updates(service)).toHaveLength(1);
    });

    test('what takes it back is another one, though it has the id of the other, and the very second', async () => {
      const { service, dataset, event } = await takenBack(false);
      await dataset.run({ ...event, ResourceProperties: event.OldResourceProperties!, OldResourceProperties: event.ResourceProperties });
      expect(updates(service)).toHaveLength(2);
    });
  });

  /** The deletion of a stack that is tried twice: both have one time. */
  async function deletedTwice(signedAfter: number | undefined, resource?: number) {
    const { service, dataset } = setUp();
    await dataset.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    service.now += 100_000;
    const event = dataset.event('Delete', properties, undefined, dataset.name(properties));
    service.fault = (operation) => operation === 'DeleteTrainingDataset' ? new ServiceError(operation, 'ValidationException', 'never', 400) : undefined;
    await expect(dataset.run(event)).rejects.toThrow('DeleteTrainingDataset: ValidationException: never');
    service.fault = () => undefined;
    const ended = service.now;
    service.now += 600_000;
    if (resource === undefined) service.resources.clear();
    else service.resources.set('Interactions', { status: 'DELETE_IN_PROGRESS', updateTime: new Date(ended + resource) });
    const again = { ...event, ResponseURL: signedAfter === undefined ? 'https://secret/?again' : responseUrl(event.RequestId, ended + signedAfter) };
    return { service, dataset, again, ended };
  }

  test.each([[1_000, undefined], [60_000, undefined], [undefined, 1_000]])('in the same operation is another request where it was made after the end of the first (%p, %p)', async (signed, resource) => {
    const { service, dataset, again } = await deletedTwice(signed, resource);
    await dataset.run(again);
    expect(service.names).toEqual([]);
    expect(service.answerAt(again.ResponseURL)).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each([[-1_000, undefined], [-60_000, undefined], [undefined, -1_000], [undefined, undefined]])(
    'in the same operation is the first once more where it was not, or that is not known (%p, %p)', async (signed, resource) => {
      const { service, dataset, again } = await deletedTwice(signed, resource);
      await expect(dataset.start(again)).rejects.toThrow(/^its execution Delete-Interactions-[0-9a-f-]+ has FAILED already$/);
      expect(service.names).toEqual([dataset.name(properties)]);
    });

  test.each([['late', 1_000, 18_000, 2], ['never', 1_000, 1_000_000, 1], ['late, for a copy', -60_000, 18_000, 1]])(
    'in the same operation, where the end of the first shows %s', async (_, signedAfter, lag, count) => {
      const { service, dataset, again, ended } = await deletedTwice(signedAfter);
      const find = service.executions.find.bind(service.executions);
      service.executions.find = (operation, arn) => {
        const found = find(operation, arn);
        return found.stopDate && service.now < ended + 600_000 + lag ? { ...found, status: 'RUNNING', stopDate: undefined, error: undefined } : found;
      };
      const began = service.now;
      await dataset.handle(again);
      expect(service.executions.all.filter(({ name }) => name.startsWith('Delete-'))).toHaveLength(count);
      expect(service.now - began).toBe(signedAfter < 0 ? 0 : Math.min(lag, 20_000));
      if (count === 1) expect(lastLine(dataset)).toMatchObject({ Again: 'RUNNING' });
    });

  test('in the same operation is a copy where the first comes to a good end while it is looked at', async () => {
    const { service, dataset } = setUp();
    await dataset.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    service.now += 100_000;
    const event = dataset.event('Delete', properties, undefined, dataset.name(properties));
    const execution = await dataset.start(event);
    const find = service.executions.find.bind(service.executions);
    let looks = 0;
    service.executions.find = (operation, arn) => (
      looks++ === 0 ? find(operation, arn) : { ...find(operation, arn), status: 'SUCCEEDED', stopDate: new Date(service.now) });
    service.now += 1_000;
    service.resources.set('Interactions', { status: 'DELETE_IN_PROGRESS', updateTime: new Date(service.now + 60_000) });
    await dataset.handle(signedAnew(event, service.now));
    expect(looks).toBe(2);
    expect(service.executions.all.filter(({ name }) => name.startsWith('Delete-'))).toEqual([execution]);
  });

  test.each<[string, number | undefined, number, number]>([
    ['another one where it was made after that', 2_000, 2_000, 2], ['a copy where it was made before', -1_000, 2_000, 1],
    ['another one where it does not tell when it was made, and its resource waits again', undefined, 2_000, 2],
    ['a copy where it does not tell that, and its resource waited then', undefined, 1_000, 1],
  ])('in the same operation, where the good end of the first shows late, is %s', async (_, signedAfter, awaitedAfter, count) => {
    const { service, dataset } = setUp();
    await dataset.create(properties);
    service.begin('DELETE_IN_PROGRESS');
    service.now += 100_000;
    const event = dataset.event('Delete', properties, undefined, dataset.name(properties));
    await dataset.run(event);
    const ended = service.now;
    const find = service.executions.find.bind(service.executions);
    service.executions.find = (operation, arn) => {
      const found = find(operation, arn);
      return found.stopDate && service.now < ended + 18_000 ? { ...found, status: 'RUNNING', stopDate: undefined } : found;
    };
    service.now += 2_000;
    service.resources.set('Interactions', { status: 'DELETE_IN_PROGRESS', updateTime: new Date(ended + awaitedAfter) });
    await dataset.handle({ ...event, ResponseURL: signedAfter === undefined ? 'https://secret/?again' : responseUrl(event.RequestId, ended + signedAfter) });
    await dataset.pass(120_000);
    expect(service.executions.all.filter(({ name }) => name.startsWith('Delete-'))).toHaveLength(count);
  });

  test.each([['one more', 600_000], ['one more where the first two ended at the same moment', 0]])('a third time is %s', async (_, later) => {
    const { service, dataset, again, ended } = await deletedTwice(1_000);
    service.now = ended + later;
    service.fault = (operation) => operation === 'DeleteTrainingDataset' ? new ServiceError(operation, 'ValidationException', 'never', 400) : undefined;
    await expect(dataset.run(again)).rejects.toThrow('DeleteTrainingDataset: ValidationException: never');
    service.fault = () => undefined;
    service.now += 60_000;
    const third = signedAnew(again, service.now);
    await dataset.run(third);
    expect(service.names).toEqual([]);
    expect(new Set(service.executions.all.map(({ name }) => name)).size).toBe(4);
  });
});
