import { DAY, deleted, functions, HOUR, inUse, models, outcomeOf, retrained, run, start, TRAINING, weekly, weeklyWorld } from './weekly';
import { AwsError } from '../../../local-aws/aws';
import { generateAudience } from '../audience';
import type { World } from '../world';

/* What becomes of the generation before, where an audience is still generated with it. */

const KEEPS_NONE = weekly({ keep: 0 });

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const job = () => world.service.audienceGenerationJobs()[0].status;

/** An execution that ends while an audience is generated with the generation before. */
async function retrainedMeanwhile(): Promise<void> {
  const execution = start(world);
  await world.clock.sleep(15 * HOUR);
  await generateAudience(world);
  await execution.ended;
  const { status, durationSeconds } = outcomeOf(execution);
  expect([status, durationSeconds * 1_000 < TRAINING + HOUR]).toEqual(['TRAINED', true]);
  expect(job()).toBe('CREATE_IN_PROGRESS');
}

test('with keep: 0 it goes while the audience is generated', async () => {
  const { initial } = await retrained(world, KEEPS_NONE);
  await retrainedMeanwhile();
  expect(models(world)).toEqual([initial, inUse(world)]);
  await world.clock.sleep(DAY);
  await deleted(world);
});

test('with keep: 0, where the service does not let it go, the execution has trained all the same, and the next one deletes it', async () => {
  const { initial, generation } = await retrained(world, KEEPS_NONE);
  world.service.beforeCall = ({ operation }) => {
    if (operation === 'DeleteAudienceModel' && job() === 'CREATE_IN_PROGRESS') throw new AwsError('ConflictException', 'A job depends on it', 409);
  };
  await retrainedMeanwhile();
  expect(models(world)).toEqual([initial, generation, inUse(world)]);
  await world.clock.sleep(DAY);
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect(models(world)).toEqual([initial, inUse(world)]);
  await deleted(world);
});
