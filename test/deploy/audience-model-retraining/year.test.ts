import { DAY, functions, inUse, outcomeOf, runs, WEEK, weekly, weeklyWorld } from './weekly';
import { expectNothingLeft } from '../trainings';
import type { World } from '../world';

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const WEEKS = 52;
const KEEP = 2;

test('a year, in which one training in ten fails and the stack is deployed every other week', async () => {
  const { service, aws, clock } = world;
  const deploy = async (week: number) => {
    const outcome = await world.deploy(weekly({ keep: KEEP }, { configured: { tags: { week: `${week}` } } }));
    expect(world.reasons(outcome)).toBe('');
  };
  await deploy(0);
  const initial = inUse(world);
  const heal = service.failTraining(({ name }) => name.startsWith('Retraining') && (service.trainingsStarted.length - 1) % 10 === 0, {
    statusCode: 'NOT_ENOUGH_USERS', message: 'too few users',
  });

  // Whatever happens in between: the configured audience model is on one that can be used.
  const unusable: string[] = [];
  service.afterCall = () => {
    const [configured] = service.configuredAudienceModels();
    const model = service.audienceModels().find(({ arn }) => arn === configured.audienceModelArn);
    if (model?.status !== 'ACTIVE') unusable.push(`${model?.name} is ${model?.status}`);
  };
  for (let week = 1; week <= WEEKS; week++) {
    await aws.scheduler.runFor(WEEK);
    if (week % 2 === 0) {
      // Right into a training.
      const before = inUse(world);
      await deploy(week);
      expect(inUse(world)).toBe(before);
    }
    const older = service.audienceModels().filter(({ name, arn, status }) => (
      status === 'ACTIVE' && name !== initial && arn !== service.configuredAudienceModels()[0].audienceModelArn
    ));
    expect(older.length).toBeLessThanOrEqual(KEEP);
  }
  await clock.sleep(3 * DAY);
  service.afterCall = undefined;
  heal();

  expect(unusable).toEqual([]);
  const statuses = runs(world).map((one) => outcomeOf(one).status);
  expect(statuses.filter((status) => status === 'FAILED')).toHaveLength(5);
  expect(statuses.filter((status) => status === 'TRAINED')).toHaveLength(WEEKS - 5);
  const trained = service.trainingsStarted.map(({ input }) => input.name);
  expect(new Set(trained).size).toBe(trained.length);
  expect(trained).toHaveLength(WEEKS + 1);
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
}, 600_000);
