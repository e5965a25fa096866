import { Stack } from 'aws-cdk-lib';
import { DAY, HOUR, MINUTE, outputOf, World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { AudienceSize, LookalikeAudience } from '../../../src';

let world: World;
afterEach(async () => world.close());

const sizes = [AudienceSize.percentage(5)];
const jobs = () => world.service.audienceGenerationJobs();
const week = async () => {
  const execution = await world.run('Audience');
  await world.clock.sleep(7 * DAY);
  return execution;
};

test('over a year never more than so many jobs stay, the newest ones', async () => {
  world = await World.start({ generationTime: HOUR, pageSize: 3 });
  await world.deployAudience({ sizes, keepJobs: 4 });
  for (let run = 1; run <= 52; run++) {
    outputOf(await week());
    expect(jobs()).toHaveLength(Math.min(run, 4));
  }
  const started = world.service.generationsStarted.map(({ input }) => input.name);
  expect(jobs().map(({ name }) => name)).toEqual(started.slice(-4));
  expect(world.aws.s3.objects('retail-audiences')).toHaveLength(52);
  expect(world.denied()).toEqual([]);
});

test('those that failed go with the older ones, and do not count', async () => {
  world = await World.start({ generationTime: HOUR });
  await world.deployAudience({ sizes, keepJobs: 2 });
  const fails = async (count: number) => {
    const mend = world.service.failGeneration(() => true, { statusCode: 'NO_GOOD', message: 'No good' });
    for (let run = 0; run < count; run++) await week();
    mend();
  };
  await fails(2);
  outputOf(await week());
  expect(jobs().map(({ status }) => status)).toEqual(['CREATE_FAILED', 'CREATE_FAILED', 'ACTIVE']);
  await fails(1);
  outputOf(await week());
  expect(jobs().map(({ status }) => status)).toEqual(['ACTIVE', 'CREATE_FAILED', 'ACTIVE']);
});

test('runs that fail delete, too: one export that always fails does not make jobs pile up', async () => {
  world = await World.start({ generationTime: HOUR, trainedUsers: 200_000 });
  await world.deployAudience({ sizes: [AudienceSize.percentage(1), AudienceSize.percentage(5)], keepJobs: 1 });
  for (let run = 0; run < 3; run++) expect((await week()).status).toBe('FAILED');
  expect(jobs()).toHaveLength(1);
});

test('where there are very many, each run deletes some of them, and always the oldest', async () => {
  world = await World.start({ generationTime: HOUR, generationQueueTime: MINUTE });
  await world.deployAudience({ sizes, keepJobs: 2 });
  outputOf(await week());
  const { input } = world.service.generationsStarted[0];
  world.service.settings.quotas.audienceGenerationJobsInProgress = Infinity;
  for (let job = 0; job < 700; job++) {
    await world.service.startAudienceGenerationJob(world.otherHands, { ...input, name: `${input.name.slice(0, -16)}${job.toString(16).padStart(16, '0')}` });
    if (job % 5 === 4) await world.clock.sleep(10_000);
  }
  await world.clock.sleep(DAY);
  world.service.settings.pageSize = 100;
  for (const left of [504, 307, 110, 2]) {
    outputOf(await week());
    expect(jobs()).toHaveLength(left);
  }
  expect(jobs().map(({ name }) => name)).toEqual(world.service.generationsStarted.slice(-2).map(({ input: { name } }) => name));
});

test('nothing of others is touched: other audiences, other jobs of the model', async () => {
  world = await World.start({ generationTime: HOUR });
  await world.deploy((stack: Stack) => {
    const model = world.model(stack);
    const seedAudience = world.seed(stack);
    for (const id of ['Audience', 'Other']) new LookalikeAudience(stack, id, { configuredAudienceModel: model, seedAudience, sizes, keepJobs: 1, jobName: 'weekly' });
  });
  await world.run('Other');
  const { input } = world.service.generationsStarted[0];
  // By hand, under a name like ours.
  const [, , ownHash] = (outputOf(await week()), world.service.generationsStarted.at(-1)!.input.name.split(/^(weekly-[0-9a-f]{6})/));
  expect(ownHash).toBeDefined();
  const likeOurs = `${world.service.generationsStarted.at(-1)!.input.name.slice(0, -16)}0123456789abcdef`;
  for (const name of ['by-hand', likeOurs]) await world.service.startAudienceGenerationJob(world.otherHands, { ...input, name, tags: undefined });
  await world.clock.sleep(DAY);
  for (let run = 0; run < 3; run++) outputOf(await week());
  expect(jobs().map(({ name }) => name)).toEqual(expect.arrayContaining([input.name, 'by-hand', likeOurs]));
  expect(jobs()).toHaveLength(4);
});

test('the job of another run that is not over stays', async () => {
  world = await World.start({ generationTime: HOUR, exportTime: 12 * HOUR });
  await world.deployAudience({ sizes, keepJobs: 1 });
  const first = world.start('Audience');
  await world.clock.sleep(5 * MINUTE);
  const second = world.start('Audience', { sizes: [{ type: 'PERCENTAGE', value: 1 }] });
  // The second, newer job is exported while the first run waits for a place.
  world.service.settings.quotas.audienceExportJobsInProgress = 0;
  await world.clock.sleep(3 * HOUR);
  world.service.beforeCall = ({ operation, input }) => {
    const { audienceSize } = input as { audienceSize?: { value: number } };
    if (operation === 'StartAudienceExportJob' && audienceSize?.value === 5) throw new AwsError('ServiceQuotaExceededException', 'Full', 402);
  };
  world.service.settings.quotas.audienceExportJobsInProgress = 20;
  await second.ended;
  expect(jobs()).toHaveLength(2);
  world.service.beforeCall = undefined;
  await first.ended;
  expect([first, second].map((execution) => outputOf(execution).status)).toEqual(['FINISHED', 'FINISHED']);
  await world.clock.sleep(HOUR);
  outputOf(await week());
  expect(jobs()).toHaveLength(1);
});

test.each(['ListAudienceGenerationJobs', 'DeleteAudienceGenerationJob'])('where %s fails, the run is a success all the same, and the next one deletes', async (operation) => {
  world = await World.start({ generationTime: HOUR });
  await world.deployAudience({ sizes, keepJobs: 1 });
  outputOf(await week());
  world.service.beforeCall = (call) => { if (call.operation === operation) throw new AwsError('ValidationException', 'No', 400); };
  expect(outputOf(await week()).status).toBe('FINISHED');
  expect(jobs()).toHaveLength(2);
  world.service.beforeCall = undefined;
  outputOf(await week());
  expect(jobs()).toHaveLength(1);
});
