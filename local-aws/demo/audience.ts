import { inspect } from 'node:util';
import type { Cdk } from '../cdk';
import { JobReport } from './job-report';
import { expect, HOUR, inWords, MINUTE, type Stage } from './stage';
import type { Execution } from '../states/execution';

const STACK = 'Audiences';
const SEED = 'seeds/today.jsonl';
const SEED_USERS = 1_000;
/** As the example says. */
const SIZES = ['PERCENTAGE-1', 'PERCENTAGE-5'];
/** Of the embedded AWS. As AWS says: up to 10 hours. */
const GENERATION_TIME = 10 * HOUR;
/** Beyond the generation: the queue before it, what the embedded AWS itself needs, and looks at the job, 15 minutes apart at most. */
const MARGIN = HOUR;

const NAMESPACE = 'CleanRoomsML/Lookalike';
const FINISHED = 'Lookalike Audience Finished';

/** examples/audiences: an audience is generated with the model, judged, exported, and told of. */
export class AudienceDemo {
  private readonly jobs: JobReport;

  constructor(private readonly stage: Stage, private readonly cdk: Cdk) {
    this.jobs = new JobReport(stage.aws);
    stage.watch(() => this.jobs.printChanges());
  }

  async run(): Promise<void> {
    await this.deploy();
    const execution = await this.generate();
    this.showMetrics();
    this.showEvent(execution);
    this.showExports();
  }

  /** Goes before the model, because the schedule would start jobs, and a model with a job in progress cannot be deleted. */
  async destroy(): Promise<void> {
    this.stage.begin('destroy the audience');
    this.stage.emptyBuckets(STACK);
    await this.stage.cdkRun(this.cdk, 'destroy', '--all', '--force', ...this.context);
    this.stage.expectGone(STACK);
    await this.deleteJobs();
  }

  private async deploy(): Promise<void> {
    this.stage.begin('deploy an audience: its state machine and schedule, a dashboard and an alarm');
    await this.stage.cdkRun(this.cdk, 'deploy', STACK, ...this.context);
    const { cloudWatch, scheduler, states, s3 } = this.stage.aws;
    expect(states.stateMachines().some(({ arn }) => arn === this.output('StateMachineArn')), 'there is no state machine');
    expect(s3.hasBucket(this.output('SeedsBucket')), 'there is no bucket for seeds');
    const schedules = scheduler.schedules().filter(({ arn }) => arn.includes(`/${STACK}-`));
    const [dashboards, alarms] = [cloudWatch.dashboards(), cloudWatch.alarms()];
    expect(schedules.length === 1 && dashboards.length === 1 && alarms.length === 1, 'there is not one schedule, one dashboard and one alarm');
    console.log(`\nIts schedule is ${schedules[0].properties.scheduleExpression}. In the embedded AWS schedules start nothing by themselves, so the demo does.`);
  }

  private async generate(): Promise<Execution> {
    this.stage.begin(`generate, judge and export an audience for a seed of ${SEED_USERS.toLocaleString('en')} users`);
    const { cleanRoomsMl, s3, states } = this.stage.aws;
    const users = Array.from({ length: SEED_USERS }, (_, user) => JSON.stringify({ user_id: `user-${user}` }));
    s3.putObject(this.output('SeedsBucket'), SEED, Buffer.from(users.join('\n')));
    console.log(`Put the seed into s3://${this.output('SeedsBucket')}/${SEED}, and started an execution of the state machine.\n`);

    const execution = states.startExecution(this.output('StateMachineArn'));
    await execution.ended;
    const { status, error, cause, startDate, stopDate = NaN } = execution;
    expect(status === 'SUCCEEDED', `the execution is ${status}: ${error} ${cause}`);
    const jobs = cleanRoomsMl.audienceGenerationJobs();
    expect(jobs.length === 1 && cleanRoomsMl.generationsStarted.length === 1, 'there is not one generation job');
    const [generation, all] = [this.jobs.timeInProgress(jobs[0].arn), stopDate - startDate];
    console.log(`\nThe execution ${status} after ${inWords(all)} by the time of the embedded AWS, of which the generation took ${inWords(generation)}.`);
    expect(Math.abs(generation - GENERATION_TIME) < MINUTE, `the generation took ${inWords(generation)}`);
    expect(all < GENERATION_TIME + MARGIN, `the execution took ${inWords(all)}, and the generation ${inWords(GENERATION_TIME)}`);
    return execution;
  }

  private showMetrics(): void {
    const { cloudWatch } = this.stage.aws;
    console.log(`\nIts quality is in Amazon CloudWatch, in the namespace ${NAMESPACE}, the relevance for each size that the model offers:`);
    const audience = { Audience: this.output('AudienceName') };
    this.expectMeasured('Recall', audience);
    for (const size of SIZES) this.expectMeasured('Relevance', { ...audience, AudienceSize: size });
    for (const metric of cloudWatch.metrics()) {
      const values = cloudWatch.datapoints(metric).map(({ value }) => value.toFixed(3));
      const dimensions = Object.entries(metric.dimensions).map(([name, value]) => `${name} ${value}`);
      console.log(`  ${metric.metricName.padEnd('Relevance'.length)}  ${values.join(', ')}  ${dimensions.join(', ')}`);
    }
  }

  private expectMeasured(metricName: string, dimensions: Readonly<Record<string, string>>): void {
    const { length } = this.stage.aws.cloudWatch.datapoints({ namespace: NAMESPACE, metricName, dimensions });
    expect(length === 1, `the metric ${metricName} of ${Object.values(dimensions).join(', ')} was written ${length} times`);
  }

  private showEvent(execution: Execution): void {
    const events = this.stage.aws.events.events();
    expect(events.length === 1, `${events.length} events were sent`);
    const [{ time, detailType, source, detail }] = events;
    console.log(`\nOne event was sent to Amazon EventBridge, at ${time}: ${detailType}, of ${source}, with the detail`);
    console.log(inspect(detail, { depth: Infinity, breakLength: 150 }).replace(/^/gm, '  '));
    expect(detailType === FINISHED, `the event is ${detailType}`);
    expect(detail.executionArn === execution.arn, `the event tells of ${String(detail.executionArn)}`);
  }

  private showExports(): void {
    const { cleanRoomsMl, s3 } = this.stage.aws;
    const exported = cleanRoomsMl.audienceExportJobs();
    console.log(`\nThe users of the audience are in Amazon S3, in ${exported.length} sizes:`);
    for (const { request: { audienceSize }, status, outputLocation = '' } of exported) {
      const [bucketName, ...folder] = outputLocation.replace('s3://', '').split('/');
      const objects = status === 'ACTIVE' ? s3.objects(bucketName, folder.join('/')) : [];
      console.log(`  ${audienceSize.type}-${audienceSize.value}  ${outputLocation}  ${objects.map(({ key }) => key.split('/').at(-1)).join(', ')}`);
      expect(objects.length > 0, `the export is ${status}, and there is nothing in ${outputLocation}`);
    }
    const sizes = exported.map(({ request: { audienceSize: { type, value } } }) => `${type}-${value}`).sort();
    expect(sizes.join() === SIZES.join(), `the exports are ${sizes.join(', ')}`);
  }

  /** As a developer would. */
  private async deleteJobs(): Promise<void> {
    const { cleanRoomsMl, clock, iam: { developer: { principal } } } = this.stage.aws;
    const jobs = cleanRoomsMl.audienceGenerationJobs();
    expect(jobs.length === 1, `${jobs.length} jobs are left`);
    console.log('\nThe generation job is still there: a stack deletes what it has created, and the job was created by an execution.');
    console.log('So whoever does not want it any more deletes it, with DeleteAudienceGenerationJob.\n');
    for (const { arn } of jobs) await cleanRoomsMl.deleteAudienceGenerationJob(principal, { audienceGenerationJobArn: arn });
    const deadline = clock.now() + HOUR;
    for (;;) {
      const { audienceGenerationJobs: left } = await cleanRoomsMl.listAudienceGenerationJobs(principal, {});
      if (left.length === 0) return;
      expect(clock.now() < deadline, `the job ${left[0].name} is ${left[0].status} after an hour`);
      await clock.sleep(MINUTE);
    }
  }

  /** Whose users the audience is made of. */
  private get context(): string[] {
    const [{ arn }] = this.stage.aws.cleanRoomsMl.configuredAudienceModels();
    return ['--context', `configuredAudienceModelArn=${arn}`];
  }

  private output(name: string): string {
    const value = this.stage.outputs(STACK).get(name);
    expect(value !== undefined, `there is no output ${name}`);
    return value;
  }
}
