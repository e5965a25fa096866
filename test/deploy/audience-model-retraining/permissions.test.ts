import { DAY, functions, HOUR, outcomeOf, run, runs, start, WEEK, weekly, weeklyWorld } from './weekly';
import { Assembly, synthesize } from '../assembly';
import { retail, RetailProps } from '../retail';
import { Permission, permissionsOf, without } from '../statements';
import { expectNothingLeft, trainingOf } from '../trainings';
import { STACK, World } from '../world';

/* What a retraining may do, it has to; and nothing is denied. */

function assembly(props: RetailProps): Assembly {
  return synthesize(STACK, '111122223333', 'us-east-1', (stack) => retail(stack, props));
}

const RETRAINED = assembly(weekly());
const before = new Set(permissionsOf(assembly({})).map(({ title }) => title));
const added = permissionsOf(RETRAINED).filter(({ title }) => !before.has(title));

let world: World;
beforeEach(async () => { world = await weeklyWorld(trainingOf(2 * HOUR)); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

/** By the schedule, by hand, back, and into the deletion of the stack. */
async function live(taken: readonly Permission[]): Promise<void> {
  const { aws, clock } = world;
  await world.deployTemplate(RETRAINED, without(taken));
  if (aws.cloudFormation.findStack(STACK)?.status !== 'CREATE_COMPLETE') return;
  await clock.sleep(2 * DAY);
  await aws.scheduler.runFor(WEEK);
  await clock.sleep(DAY);
  await run(world, { goBack: true });
  start(world);
  await clock.sleep(HOUR);
  await world.delete();
}

const denied = () => world.aws.iam.decisions.filter(({ allowed }) => !allowed).map(({ action }) => action);

test('with all, everything works and nothing is denied', async () => {
  await live([]);
  expect(runs(world).map((one) => outcomeOf(one).status)).toEqual(['TRAINED', 'TRAINED', 'WENT_BACK', 'ABORTED']);
  expect(denied()).toEqual([]);
  expectNothingLeft(world);
});

test('they are few', () => {
  expect(added.map(({ action }) => action).sort()).toEqual([
    'cloudwatch:PutMetricData', 'events:PutEvents', 'lambda:InvokeFunction', 'states:ListExecutions', 'states:StartExecution', 'states:StopExecution',
    'sts:AssumeRole', 'sts:AssumeRole',
  ]);
});

test.each(added)('$title is missed', async (permission) => {
  await live([permission]);
  const isTrust = permission.action === 'sts:AssumeRole';
  expect(denied().length > 0 || world.aws.cloudFormation.findStack(STACK)?.status !== 'CREATE_COMPLETE').toBe(true);
  if (!isTrust) expect(denied()).toContain(permission.action);
});
