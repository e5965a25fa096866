import { Duration } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { DAY, HOUR, MINUTE, World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { AudienceSize, LookalikeAudienceProps } from '../../../src';

let world: World;
afterEach(async () => world.close());

const sizes = [AudienceSize.percentage(5)];
const DAILY: Partial<LookalikeAudienceProps> = { sizes, schedule: scheduler.ScheduleExpression.cron({ minute: '0', hour: '6' }) };
const statuses = () => world.aws.states.executions().map(({ output }) => (JSON.parse(output ?? '{}') as { status?: string }).status);
const finished = () => world.aws.events.events().filter(({ detailType }) => detailType === 'Lookalike Audience Finished');

test('an audience is generated at the deployment, and then as often as the rate says', async () => {
  world = await World.start({ generationTime: 10 * HOUR });
  await world.deployAudience({ sizes, schedule: scheduler.ScheduleExpression.rate(Duration.days(7)) });
  await world.aws.scheduler.runFor(DAY);
  expect(finished()).toHaveLength(1);
  await world.aws.scheduler.runFor(28 * DAY);
  expect(finished()).toHaveLength(5);
  expect(new Set(world.service.generationsStarted.map(({ input }) => input.name)).size).toBe(5);
  expect(world.denied()).toEqual([]);
});

test('a run that is still going lets the next one of the schedule pass', async () => {
  world = await World.start({ generationTime: 20 * HOUR, generationQueueTime: 10 * HOUR });
  await world.deployAudience({ ...DAILY, timeout: Duration.hours(48) });
  await world.aws.scheduler.runFor(4 * DAY + HOUR);
  await world.clock.sleep(2 * DAY);
  expect(statuses()).toEqual(['FINISHED', 'SKIPPED', 'FINISHED', 'SKIPPED']);
  expect(world.service.generationsStarted).toHaveLength(2);
  expect(world.aws.events.events()).toHaveLength(2);
});

test('the same run that the schedule starts twice is one', async () => {
  world = await World.start({ generationTime: HOUR });
  await world.deployAudience(DAILY);
  world.aws.scheduler.deliveries = 2;
  await world.aws.scheduler.runFor(DAY + HOUR);
  await world.clock.sleep(DAY);
  expect(statuses().sort()).toEqual(['FINISHED', 'SKIPPED']);
  expect(world.service.generationsStarted).toHaveLength(1);
  expect(finished()).toHaveLength(1);
});

test('a run by hand is nobody\'s turn', async () => {
  world = await World.start({ generationTime: 10 * HOUR });
  await world.deployAudience(DAILY);
  const byHand = [world.start('Audience'), world.start('Audience')];
  await world.aws.scheduler.runFor(DAY + MINUTE);
  await Promise.all(byHand.map(({ ended }) => ended));
  await world.clock.sleep(DAY);
  expect(statuses()).toEqual(['FINISHED', 'FINISHED', 'FINISHED']);
});

test('a run that cannot be started at once is started later', async () => {
  world = await World.start({ generationTime: HOUR });
  await world.deployAudience(DAILY);
  let refusals = 3;
  const { states } = world.aws;
  const start = states.startExecution.bind(states);
  jest.spyOn(states, 'startExecution').mockImplementation((...args) => {
    if (refusals-- > 0) throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
    return start(...args);
  });
  await world.aws.scheduler.runFor(DAY + 6 * HOUR);
  expect(finished()).toHaveLength(1);
});
