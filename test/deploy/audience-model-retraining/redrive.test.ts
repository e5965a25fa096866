import { DAY, deleted, deployed, functions, HOUR, inUse, run, start, weekly, weeklyWorld } from './weekly';
import type { World } from '../world';

/* What an execution does that was stopped, and is redriven. */

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const inTraining = () => world.service.audienceModels().filter(({ status }) => status.startsWith('CREATE_'));

test('it trains beside the one that is under way, as one that is started does not', async () => {
  await deployed(world, weekly());
  await world.clock.sleep(2 * DAY);
  world.service.settings.quotas.audienceModelsInTraining = 0;
  const stopped = start(world);
  await world.clock.sleep(HOUR);
  world.aws.states.stopExecution(stopped.arn);
  const other = start(world);
  await world.clock.sleep(HOUR);
  world.aws.states.redriveExecution(stopped.arn);
  expect(await run(world)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^another execution, \S+, is under way/) });
  world.service.settings.quotas.audienceModelsInTraining = 2;
  await world.clock.sleep(2 * HOUR);
  expect([stopped.status, other.status, inTraining().length]).toEqual(['RUNNING', 'RUNNING', 2]);

  await Promise.all([stopped.ended, other.ended]);
  expect(inUse(world)).toMatch(/^Retraining/);
  await deleted(world);
});
