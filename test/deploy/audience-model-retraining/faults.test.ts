import { functions, HOUR, inUse, MINUTE, Outcome, run, weekly, weeklyWorld } from './weekly';
import type { CallFault, FunctionCall } from '../../../local-aws/lambda/in-process/surroundings';
import { expectNothingLeft, trainingOf } from '../trainings';
import type { World } from '../world';

/* Wherever a step of an execution is cut off, and whatever call fails once: the end is as if nothing had been. */

let world: World;
afterEach(async () => {
  functions.fault = () => undefined;
  await world.close();
});
afterAll(async () => functions.close());

const isRead = ({ operation }: FunctionCall) => /^(Describe|List|Get)/.test(operation);

/**
 * Lets one call fail, counted from now; false where there were not so many. An answer that is lost is worth a try only of what changes
 * something: a read that nobody learns of is none.
 */
async function withFault(call: number, fault: CallFault, work: () => Promise<Outcome>): Promise<{ report: Outcome; cameAbout: boolean }> {
  let calls = 0;
  functions.fault = (one) => {
    if (fault.endsWith('-after') && isRead(one)) return undefined;
    return calls++ === call ? fault : undefined;
  };
  const report = await work();
  functions.fault = () => undefined;
  return { report, cameAbout: calls > call };
}

test.each<CallFault>(['killed-before', 'killed-after', 'reset-before', 'reset-after', 'unavailable', 'throttled', 'denied'])('%s', async (fault) => {
  world = await weeklyWorld(trainingOf(2 * MINUTE));
  expect(world.reasons(await world.deploy(weekly({ keep: 1 })))).toBe('');
  const usable = () => world.service.audienceModels().filter(({ status }) => status === 'ACTIVE').map(({ name }) => name);
  const names: string[] = [inUse(world)];
  for (let call = 0; ; call++) {
    await world.clock.sleep(HOUR);
    const before = world.trainings;
    const { report, cameAbout } = await withFault(call, fault, async () => run(world));
    expect([call, report]).toEqual([call, expect.objectContaining({ status: 'TRAINED' })]);
    expect([call, world.trainings]).toEqual([call, before + 1]);
    names.push(inUse(world));
    expect(new Set(names).size).toBe(names.length);
    if (!cameAbout) break;
  }
  // Once more, with nothing in the way of what was left for later.
  await world.clock.sleep(HOUR);
  await run(world);
  expect(usable()).toHaveLength(3);

  for (let call = 0; ; call++) {
    await world.clock.sleep(HOUR);
    const from = inUse(world);
    const { report, cameAbout } = await withFault(call, fault, async () => run(world, { goBack: true }));
    expect([call, report]).toEqual([call, expect.objectContaining({ status: 'WENT_BACK' })]);
    const back = inUse(world);
    expect(back).not.toBe(from);
    // Not further than to the one before: there is another one, the first model.
    expect(back).toMatch(/^Retraining/);
    await world.clock.sleep(HOUR);
    await run(world);
    if (!cameAbout) break;
  }
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});

test('handlers that always die end it at last, and an event tells of that', async () => {
  world = await weeklyWorld(trainingOf(2 * MINUTE));
  expect(world.reasons(await world.deploy(weekly()))).toBe('');
  const before = inUse(world);
  functions.fault = () => 'killed-before';
  const report = await run(world);
  functions.fault = () => undefined;
  expect(report).toMatchObject({ status: 'FAILED', error: expect.any(String), cause: expect.any(String) });
  const [{ detailType, detail }] = world.aws.events.events();
  expect([detailType, detail.status]).toEqual(['Audience Model Retraining Failed', 'FAILED']);
  expect(Number(detail.durationSeconds) * 1_000).toBeGreaterThan(5 * 24 * HOUR);
  expect(inUse(world)).toBe(before);
});
