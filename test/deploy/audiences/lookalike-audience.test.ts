import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { DAY, HOUR, MINUTE, OUTPUT, outputOf, World } from './world';
import { AwsError } from '../../../local-aws/aws';
import { MEMBERSHIP_ID } from '../../../local-aws/cleanroomsml/settings';
import { ConnectionReset } from '../../../local-aws/faults';
import { AudienceSize, LookalikeAudience, SeedAudience } from '../../../src';

let world: World;
afterEach(async () => world?.close());

const percent = (...sizes: number[]) => sizes.map((size) => AudienceSize.percentage(size));
const details = () => world.aws.events.events().map(({ detailType, detail }) => [detailType, detail] as const);
interface ExportReport { readonly status: string; readonly outputLocation: string; readonly error?: string; readonly audienceSize: unknown }
const exportsIn = (report: Record<string, unknown>) => report.exports as ExportReport[];

/** The value of the metric that a construct gives to users, as far as there is one. */
function values(metric: cloudwatch.Metric): number[] {
  const { namespace, metricName, dimensions = {} } = metric;
  return world.aws.cloudWatch.datapoints({ namespace, metricName, dimensions: dimensions as Record<string, string> }).map(({ value }) => value);
}

describe('a good audience', () => {
  let audience: LookalikeAudience;
  let report: Record<string, unknown>;

  beforeEach(async () => {
    world = await World.start({ generationTime: 10 * HOUR });
    audience = await world.deployAudience({ sizes: percent(1, 5, 10), minimumRelevance: 0.2, minimumRecall: 0.5, tags: { team: 'ads' } });
    report = outputOf(await world.run('Audience'));
  });

  test('is exported in all sizes, each into the bucket', () => {
    expect(report.status).toBe('FINISHED');
    expect(exportsIn(report).map(({ status, audienceSize }) => [status, audienceSize])).toEqual(
      [1, 5, 10].map((value) => ['ACTIVE', { type: 'PERCENTAGE', value }]),
    );
    const objects = world.aws.s3.objects(OUTPUT).map(({ key }) => `s3://${OUTPUT}/${key}`);
    for (const { outputLocation } of exportsIn(report)) expect(objects.some((uri) => uri.startsWith(outputLocation))).toBe(true);
    expect(objects).toHaveLength(3);
  });

  test('is told of once, with what the execution puts out', () => {
    expect(details()).toEqual([['Lookalike Audience Finished', report]]);
    expect(world.aws.events.events()[0].resources).toEqual([report.executionArn]);
  });

  test('is measured once', () => {
    expect(values(audience.metricRecall())).toEqual([report.recall]);
    const relevance = report.relevance as { audienceSize: { value: number }; score: number }[];
    for (const { audienceSize: { value }, score } of relevance) {
      expect(values(audience.metricRelevance(AudienceSize.percentage(value)))).toEqual([score]);
    }
    expect(relevance).toHaveLength(3);
  });

  test('is one job, whose tags say whose it is', () => {
    expect(world.service.generationsStarted).toHaveLength(1);
    expect(world.service.audienceGenerationJobs()[0].tags).toEqual({ 'team': 'ads', 'cdk-cleanrooms-ml:audience': audience.audienceName });
  });

  test('is looked at seldom, and noticed soon', () => {
    const looks = world.service.calls.filter(({ operation }) => operation === 'GetAudienceGenerationJob');
    expect(looks.length).toBeLessThan(100);
    const [job] = world.service.audienceGenerationJobs();
    const noticed = looks.at(-1)!.time.getTime() - job.updateTime.getTime();
    expect(noticed).toBeGreaterThanOrEqual(0);
    expect(noticed).toBeLessThanOrEqual(15 * MINUTE);
  });

  test('nobody was denied anything', () => {
    expect(world.denied()).toEqual([]);
  });
});

describe('a seed from a query', () => {
  const query = SeedAudience.fromQuery({ membershipId: MEMBERSHIP_ID, queryString: 'SELECT "user_id" FROM seeds -- \'%}\'', parameters: { since: '2026' } });

  test('takes 22 hours, and the query arrives as it was written', async () => {
    world = await World.start({ generationTime: 10 * HOUR, seedQueryTime: 12 * HOUR });
    await world.deployAudience({ sizes: percent(5), seedAudience: query });
    const began = world.clock.now();
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
    expect(world.clock.now() - began).toBeGreaterThan(22 * HOUR);
    expect(world.service.generationsStarted[0].input.seedAudience.sqlParameters)
      .toEqual({ queryString: 'SELECT "user_id" FROM seeds -- \'%}\'', parameters: { since: '2026' } });
    expect(world.denied()).toEqual([]);
  });

  test('may be another one, or have other parameters, in one execution', async () => {
    world = await World.start({ generationTime: HOUR, seedQueryTime: 0 });
    await world.deployAudience({ sizes: percent(5), seedAudience: query });
    for (const [seed, expected] of [
      [{ parameters: { since: '2025' } }, { queryString: expect.any(String), parameters: { since: '2025' } }],
      [{ queryString: 'SELECT 2' }, { queryString: 'SELECT 2', parameters: { since: '2026' } }],
    ] as const) {
      outputOf(await world.run('Audience', { seed }));
      expect(world.service.generationsStarted.at(-1)!.input.seedAudience.sqlParameters).toEqual(expected);
    }
  });
});

describe('a poor audience', () => {
  test.each([[{ minimumRecall: 0.51 }], [{ minimumRelevance: 0.96 }]])('is not exported: %j', async (minimum) => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(1, 5), ...minimum });
    const report = outputOf(await world.run('Audience'));
    expect(report).toMatchObject({ status: 'REJECTED', exports: [], rejected: [{ type: 'PERCENTAGE', value: 1 }, { type: 'PERCENTAGE', value: 5 }] });
    expect(details()).toEqual([['Lookalike Audience Rejected', report]]);
    expect(world.service.exportsStarted).toEqual([]);
    expect(world.aws.cloudWatch.metrics().length).toBeGreaterThan(0);
  });

  test('in one size does not keep the others back', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(1, 10), minimumRelevance: 0.6 });
    const report = outputOf(await world.run('Audience'));
    expect(report).toMatchObject({ status: 'FINISHED', rejected: [{ type: 'PERCENTAGE', value: 10 }], exports: [{ audienceSize: { value: 1 } }] });
  });

  test('is one as good as the minimum not', async () => {
    world = await World.start({ generationTime: HOUR, audienceQuality: () => ({ recall: 0, relevance: () => 0 }) });
    await world.deployAudience({ sizes: percent(1), minimumRelevance: 0, minimumRecall: 0 });
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
  });
});

describe('a size of which nothing is known', () => {
  test('does not keep the others back, and is reported', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(5, 7), minimumRelevance: 0.1 });
    const execution = await world.run('Audience');
    expect(execution).toMatchObject({ status: 'FAILED', error: 'QualityUnknown', cause: expect.stringMatching(/^1 of 2 exports failed; .* may not offer it\.$/) });
    const [[type, detail]] = details();
    expect(type).toBe('Lookalike Audience Failed');
    expect(exportsIn(detail)).toMatchObject([
      { status: 'ACTIVE', audienceSize: { value: 5 } }, { status: 'FAILED', audienceSize: { value: 7 }, error: 'QualityUnknown' },
    ]);
    expect(detail.rejected).toEqual([]);
  });

  test('is no reason to call a poor audience rejected', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(5, 7), minimumRelevance: 0.9 });
    expect((await world.run('Audience')).error).toBe('QualityUnknown');
    expect(details()[0][1]).toMatchObject({ rejected: [{ value: 5 }], exports: [{ audienceSize: { value: 7 } }] });
  });
});

describe('a run that fails', () => {
  test('because of the job says what the service says, and tells it', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(5) });
    world.service.failGeneration(() => true, { statusCode: 'INTERNAL_PROBLEM', message: 'The audience could not be generated' });
    const execution = await world.run('Audience');
    const [job] = world.service.audienceGenerationJobs();
    expect(execution).toMatchObject({ status: 'FAILED', error: 'INTERNAL_PROBLEM', cause: `The audience could not be generated (${job.arn} is CREATE_FAILED)` });
    expect(details()).toEqual([['Lookalike Audience Failed', {
      audience: expect.any(String),
      configuredAudienceModelArn: world.configuredAudienceModelArn,
      executionArn: execution.arn,
      status: 'FAILED',
      error: execution.error,
      cause: execution.cause,
    }]]);
  });

  test('because the seed is too small ends so, too', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(5) });
    world.putSeed(undefined, 499);
    expect(await world.run('Audience')).toMatchObject({ status: 'FAILED', error: 'INSUFFICIENT_MATCHING_SEED' });
  });

  test('in one of its exports reports the others', async () => {
    world = await World.start({ generationTime: HOUR, trainedUsers: 200_000 });
    await world.deployAudience({ sizes: percent(1, 5) });
    const execution = await world.run('Audience');
    // One percent are 2,000 users, and an export needs 10,000.
    expect(execution.status).toBe('FAILED');
    expect(execution.cause).toMatch(/^1 of 2 exports failed; the first: /);
    const [[type, detail]] = details();
    expect(type).toBe('Lookalike Audience Failed');
    expect(exportsIn(detail).map(({ status, error }) => [status, error])).toEqual([['FAILED', execution.error], ['ACTIVE', undefined]]);
  });

  test('is not tried again where that cannot help', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(5) });
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'StartAudienceGenerationJob') throw new AwsError('ValidationException', 'No', 400);
    };
    const execution = await world.run('Audience');
    expect(execution).toMatchObject({ status: 'FAILED', error: 'CleanRoomsMl.ValidationException', cause: expect.stringContaining('No') });
    expect(world.service.calls.filter(({ operation }) => operation === 'StartAudienceGenerationJob')).toHaveLength(1);
  });

  test('for want of metrics does not export what it cannot judge', async () => {
    world = await World.start({ generationTime: HOUR });
    await world.deployAudience({ sizes: percent(5), minimumRecall: 0.1 });
    world.service.settings.audienceQuality = () => ({ recall: undefined as never, relevance: () => 0.5 });
    expect(await world.run('Audience')).toMatchObject({ status: 'FAILED', error: 'QualityUnknown' });
    expect(world.service.exportsStarted).toEqual([]);
  });
});

describe('faults', () => {
  beforeEach(async () => {
    world = await World.start({ generationTime: HOUR });
  });

  const once = (...operations: string[]) => {
    const left = new Set(operations);
    return ({ operation }: { operation: string }) => left.delete(operation);
  };

  test.each(['StartAudienceGenerationJob', 'StartAudienceExportJob'])('an answer to %s that is lost starts nothing twice', async (operation) => {
    await world.deployAudience({ sizes: percent(5) });
    const isDue = once(operation);
    world.service.afterCall = (call) => { if (isDue(call)) throw new ConnectionReset(); };
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
    expect([world.service.generationsStarted.length, world.service.exportsStarted.length]).toEqual([1, 1]);
  });

  test.each([[{ listLag: 60_000 }], [{ repeatedCreate: 'sameArn' as const }], [{ exportNamesUnique: false }], [{ pageSize: 1 }]])(
    'nor where the service behaves otherwise: %j', async (settings) => {
      Object.assign(world.service.settings, settings);
      await world.deployAudience({ sizes: percent(1, 5) });
      const isDue = once('StartAudienceGenerationJob', 'StartAudienceExportJob');
      world.service.afterCall = (call) => { if (isDue(call)) throw new ConnectionReset(); };
      expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
      expect([world.service.generationsStarted.length, world.service.exportsStarted.length]).toEqual([1, 2]);
    });

  test('a call that never arrived is made again', async () => {
    await world.deployAudience({ sizes: percent(5) });
    const isDue = once('StartAudienceGenerationJob', 'GetAudienceGenerationJob', 'StartAudienceExportJob', 'ListAudienceExportJobs');
    world.service.beforeCall = (call) => { if (isDue(call)) throw new ConnectionReset(); };
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
    expect([world.service.generationsStarted.length, world.service.exportsStarted.length]).toEqual([1, 1]);
  });

  test('throttling and server errors are waited out', async () => {
    await world.deployAudience({ sizes: percent(5) });
    const seen = new Map<string, number>();
    world.service.beforeCall = ({ operation }) => {
      const count = (seen.get(operation) ?? 0) + 1;
      seen.set(operation, count);
      if (count <= 3) throw count === 2 ? new AwsError('InternalServerException', 'Oh', 500) : new AwsError('ThrottlingException', 'Rate exceeded', 429);
    };
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
  });

  test('a full quota is waited for', async () => {
    Object.assign(world.service.settings.quotas, { audienceGenerationJobsInProgress: 0, audienceExportJobsInProgress: 0 });
    await world.deployAudience({ sizes: percent(5) });
    const execution = world.start('Audience');
    await world.clock.sleep(5 * HOUR);
    expect(world.service.generationsStarted).toEqual([]);
    Object.assign(world.service.settings.quotas, { audienceGenerationJobsInProgress: 10 });
    await world.clock.sleep(3 * HOUR);
    expect(world.service.generationsStarted).toHaveLength(1);
    expect(execution.status).toBe('RUNNING');
    Object.assign(world.service.settings.quotas, { audienceExportJobsInProgress: 20 });
    await execution.ended;
    expect(outputOf(execution).status).toBe('FINISHED');
  });

  test('more exports than the quota allows take turns', async () => {
    await world.close();
    const sizes = Array.from({ length: 20 }, (_, index) => index + 1);
    world = await World.start({ generationTime: HOUR }, { sizes });
    Object.assign(world.service.settings.quotas, { audienceExportJobsInProgress: 3 });
    await world.deployAudience({ sizes: percent(...sizes) });
    expect(exportsIn(outputOf(await world.run('Audience'))).map(({ status }) => status)).toEqual(sizes.map(() => 'ACTIVE'));
    expect(world.service.exportsStarted).toHaveLength(20);
  });

  test('the longest queues and exports of the most sizes fit into the history of an execution', async () => {
    await world.close();
    const sizes = Array.from({ length: 25 }, (_, index) => index + 1);
    world = await World.start({ generationTime: 23 * HOUR, exportTime: 23 * HOUR }, { sizes });
    Object.assign(world.service.settings.quotas, { audienceExportJobsInProgress: 0 });
    await world.deployAudience({ sizes: percent(...sizes) });
    const execution = world.start('Audience');
    await world.clock.sleep(36 * HOUR);
    Object.assign(world.service.settings.quotas, { audienceExportJobsInProgress: 25 });
    await execution.ended;
    expect(exportsIn(outputOf(execution)).map(({ status }) => status)).toEqual(sizes.map(() => 'ACTIVE'));
    expect(execution.history.length).toBeLessThan(20_000);
  });

  test('an event that the bus does not take is sent again', async () => {
    await world.deployAudience({ sizes: percent(5) });
    world.aws.events.failEntries = 3;
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
    expect(details().map(([type]) => type)).toEqual(['Lookalike Audience Finished']);
  });

  test('an event that the bus never takes makes the execution fail, which is told by its metric', async () => {
    await world.deployAudience({ sizes: percent(5) });
    world.aws.events.failEntries = Infinity;
    expect(await world.run('Audience')).toMatchObject({ status: 'FAILED', error: 'InternalFailure', cause: expect.stringContaining('The event was not taken') });
  });

  test('an audience is not lost for a metric', async () => {
    await world.deployAudience({ sizes: percent(5) });
    world.aws.cloudWatch.beforeCall = () => { throw new AwsError('InternalServiceFault', 'Oh', 500); };
    expect(outputOf(await world.run('Audience')).status).toBe('FINISHED');
    expect(world.aws.cloudWatch.metrics()).toEqual([]);
  });
});

describe('an execution that is stopped', () => {
  test('leaves its job, which can be found and goes on', async () => {
    world = await World.start({ generationTime: HOUR });
    const audience = await world.deployAudience({ sizes: percent(5) });
    const execution = world.start('Audience');
    await world.clock.sleep(30 * MINUTE);
    world.aws.states.stopExecution(execution.arn);
    await world.clock.sleep(DAY);
    expect(world.service.audienceGenerationJobs()).toMatchObject([{ status: 'ACTIVE', tags: { 'cdk-cleanrooms-ml:audience': audience.audienceName } }]);
    expect(details()).toEqual([]);
    expect(world.service.exportsStarted).toEqual([]);
  });
});

test('a generation that takes too long ends the run; the job goes on', async () => {
  world = await World.start({ generationTime: 30 * HOUR });
  await world.deployAudience({ sizes: percent(5) });
  const execution = await world.run('Audience');
  expect(execution).toMatchObject({ status: 'FAILED', error: 'AudienceGenerationTimedOut', cause: expect.stringContaining('is CREATE_IN_PROGRESS after 1 day') });
  expect(world.service.audienceGenerationJobs()[0].status).toBe('CREATE_IN_PROGRESS');
});

test('events go to the bus that was given, and to the rules of the construct', async () => {
  world = await World.start({ generationTime: HOUR });
  await world.deploy((stack) => {
    const eventBus = new events.EventBus(stack, 'Bus', { eventBusName: 'audiences' });
    new LookalikeAudience(stack, 'Audience', { configuredAudienceModel: world.model(stack), seedAudience: world.seed(stack), sizes: percent(5), eventBus })
      .onFinished('Finished', { target: { bind: () => ({ arn: `arn:aws:sns:${stack.region}:${stack.account}:topic` }) } });
  });
  outputOf(await world.run('Audience'));
  expect(world.aws.events.events()).toEqual([]);
  expect(world.aws.events.events('audiences').map(({ detailType }) => detailType)).toEqual(['Lookalike Audience Finished']);
  expect(world.aws.events.undelivered()).toHaveLength(1);
});
