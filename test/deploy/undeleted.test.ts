import type { RetailProps } from './retail';
import { expectNothingLeft, HOUR, MINUTE } from './trainings';
import { World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel } from '../../src';

/* A deletion that the service takes may fail all the same, hours later. CloudFormation asks three times, and forgets. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const another = (generation: string): RetailProps => ({
  more: ({ stack, dataset }) => { new AudienceModel(stack, 'Another', { trainingDataset: dataset, generation }); },
});

async function deployed(props: RetailProps): Promise<void> {
  expect((await world.deploy(props)).status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
}

/** While no model can be deleted. */
async function failing(act: () => Promise<void>): Promise<void> {
  const heal = world.service.failDeletion(() => true, { statusCode: 'INTERNAL', message: 'as the test asked' });
  await act();
  await world.clock.sleep(HOUR);
  heal();
}

function undeleted(): string[] {
  return world.service.audienceModels().filter(({ status }) => status === 'DELETE_FAILED').map(({ name }) => name);
}

describe.each<[string, RetailProps]>([
  ['was removed', {}],
  ['was replaced', another('2')],
])('an audience model that %s and could not be deleted goes', (_, after) => {
  beforeEach(async () => {
    await deployed(another('1'));
    await failing(async () => deployed(after));
    expect(undeleted()).toEqual([expect.stringMatching(/^Another/)]);
  });

  test('with the stack', async () => {
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
  });

  test('with its dataset, when that is replaced', async () => {
    await deployed({ ...after, features: ['device', 'country'] });
    expect(undeleted()).toEqual([]);
    expect(world.service.trainingDatasets()).toHaveLength(1);
  });
});

describe('an audience model that was removed and could not be deleted', () => {
  beforeEach(async () => {
    await deployed(another('1'));
    await failing(async () => deployed({}));
  });

  test('goes with the next deployment that deletes something', async () => {
    await deployed({ model: { generation: '2' } });
    expect(undeleted()).toEqual([]);
  });

  test('holds nothing else up where it cannot be deleted yet', async () => {
    await failing(async () => {
      const began = world.clock.now();
      await deployed({ configured: false });
      expect(world.clock.now() - began).toBeLessThan(10 * MINUTE);
    });
    expect(undeleted()).toHaveLength(1);
  });
});

test('a dataset whose models could not be deleted goes after them', async () => {
  await deployed({});
  await failing(async () => deployed({ features: ['device', 'country'] }));
  expect(undeleted()).toHaveLength(1);
  expect(world.service.trainingDatasets()).toHaveLength(2);
  await deployed({ features: ['device', 'country'], model: { generation: '2' } });
  expect(undeleted()).toEqual([]);
  expect(world.service.trainingDatasets()).toHaveLength(1);
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
