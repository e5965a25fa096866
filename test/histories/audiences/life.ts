import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { AudienceHistory, AudiencePlan, Fault, Hand, RunPlan } from './plan';
import { AwsError, Principal } from '../../../local-aws/aws';
import { MEMBERSHIP_ID } from '../../../local-aws/cleanroomsml/settings';
import { AudienceGenerationJob } from '../../../local-aws/cleanroomsml/state';
import { ConnectionReset } from '../../../local-aws/faults';
import type { Execution } from '../../../local-aws/states/execution';
import { AudienceSize, LookalikeAudience, SeedAudience } from '../../../src';
import { Assembly } from '../../deploy/assembly';
import { SEEDS, World } from '../../deploy/audiences/world';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Beyond the longest that anything may take: a day in a full quota, a day of generation, and the same for exports. */
const AFTERWARDS = 12 * DAY;

/** How long others fill the quotas. */
const FULL_FOR_MINUTES = 6 * 60;

const COLLABORATION = 'a1b2c3d4-5678-90ab-cdef-1234567890ab';
const AUDIENCE_TAG = 'cdk-cleanrooms-ml:audience';

export const GOOD = { recall: 0.5, relevance: ({ value }: { readonly value: number }) => 1 - value / 20 };
export const POOR = { recall: 0.1, relevance: () => 0.1 };

/** Templates differ by nothing but the audience. */
const assemblies = new Map<string, Assembly>();

/** One run, and what it did. */
export interface Run {
  readonly plan: RunPlan;
  readonly execution: Execution;
  readonly jobs: string[];
  readonly exports: string[];
  /** Whether somebody else put an end to something that it needed. */
  disturbed: boolean;
}

/** The runs of one audience in an account of its own, where all that a history tells happens to them. */
export class Life {
  static async begin(history: AudienceHistory): Promise<Life> {
    const world = await World.start({
      ...history.settings,
      throttling: false,
      arnLag: 0,
      generationQueueTime: MINUTE,
      generationTime: history.generationMinutes * MINUTE,
      seedQueryTime: MINUTE,
      exportQueueTime: MINUTE,
      exportTime: history.exportMinutes * MINUTE,
      // What is not ACTIVE cannot be used: then there would be no audience to speak of.
      inactiveAudienceModel: 'ValidationException',
    });
    const life = new Life(world, history);
    world.service.collaborate(COLLABORATION);
    life.setQuotas(history.quota);
    world.service.settings.audienceQuality = (job) => (life.runOf(job)?.plan.isPoor ? POOR : GOOD);
    await life.deploy(history.audience);
    // Nobody starts a run so soon after the deployment that the configured audience model is not there yet.
    const { arnLag = 0 } = history.settings;
    world.service.settings.arnLag = arnLag;
    await world.clock.sleep(arnLag);
    life.watch();
    return life;
  }

  readonly runs: Run[] = [];
  readonly mishaps: Record<string, number> = {};
  /** The ARNs of jobs that others started, and of those that others deleted or took the tag of. */
  readonly theirs = new Set<string>();
  readonly deletedByOthers = new Set<string>();
  readonly untagged = new Set<string>();
  /** How many answers to calls that were carried out got lost, by operation and execution: their events, or metrics, may be there once more. */
  private readonly lost = new Map<string, number>();
  private readonly counts = new Map<string, number>();
  private readonly ending = new AbortController();
  /** When nothing goes wrong any more. */
  private peaceful = false;
  /** What is to go wrong when the call at hand has been carried out. */
  private after?: Fault;

  private constructor(readonly world: World, readonly history: AudienceHistory) {}

  get service() { return this.world.service; }
  get clock() { return this.world.clock; }

  /** All runs, to their ends, and one more in peace. */
  async live(): Promise<void> {
    const hands = Promise.all(this.history.hands.map(async (hand) => this.act(hand)));
    for (const plan of this.history.runs) {
      await this.clock.sleep(plan.afterMinutes * MINUTE);
      this.start(plan, this.runs.length);
    }
    await hands;
    await this.rest();
    this.setQuotas(10);
    this.peaceful = true;
    this.start({ afterMinutes: 0, isSchedules: false, jobFails: false, exportsFail: false, isPoor: false }, this.runs.length);
    await this.rest();
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.world.close();
  }

  lostAnswers(operation: string, { execution }: Run): number {
    return this.lost.get(`${operation} ${execution.name}`) ?? 0;
  }

  runOf(job: Pick<AudienceGenerationJob, 'arn'>): Run | undefined {
    return this.runs.find(({ jobs }) => jobs.includes(job.arn));
  }

  /** Until no execution runs, but not for ever. */
  private async rest(): Promise<void> {
    const over = new AbortController();
    void Promise.all(this.runs.map(async ({ execution }) => execution.ended)).then(() => over.abort());
    await this.clock.sleep(AFTERWARDS, over.signal);
    await this.clock.sleep(DAY);
  }

  private start(plan: RunPlan, number: number): void {
    const name = `${plan.isSchedules && this.history.audience.scheduled ? 'schedule-' : 'by-hand-'}${number}`;
    const execution = this.world.start('Audience', plan.size === undefined ? {} : { sizes: [{ type: 'PERCENTAGE', value: plan.size }] }, name);
    this.runs.push({ plan, execution, jobs: [], exports: [], disturbed: false });
    if (plan.stoppedAfterMinutes !== undefined) void this.later(plan.stoppedAfterMinutes, () => execution.stop());
  }

  private async later(minutes: number, work: () => unknown): Promise<void> {
    await this.clock.sleep(minutes * MINUTE, this.ending.signal);
    if (!this.ending.signal.aborted) await work();
  }

  private setQuotas(quota: number): void {
    Object.assign(this.service.settings.quotas, { audienceGenerationJobsInProgress: quota, audienceExportJobsInProgress: quota });
  }

  private async deploy(plan: AudiencePlan): Promise<void> {
    const key = JSON.stringify([plan, this.world.configuredAudienceModelArn]);
    const assembly = assemblies.get(key) ?? this.world.synthesize((stack) => {
      new LookalikeAudience(stack, 'Audience', {
        configuredAudienceModel: this.world.model(stack),
        seedAudience: plan.query
          ? SeedAudience.fromQuery({ membershipId: MEMBERSHIP_ID, queryString: 'SELECT 1' })
          : SeedAudience.fromS3(s3.Bucket.fromBucketName(stack, 'Seeds', SEEDS), 'today.jsonl'),
        sizes: plan.sizes.map((size) => AudienceSize.percentage(size)),
        keepJobs: plan.keepJobs,
        minimumRecall: plan.minimumRecall,
        minimumRelevance: plan.minimumRelevance,
        collaborationId: plan.inCollaboration ? COLLABORATION : undefined,
        schedule: plan.scheduled ? scheduler.ScheduleExpression.rate(Duration.days(7)) : undefined,
      });
    });
    assemblies.set(key, assembly);
    await this.world.deployTemplate(assembly.template);
  }

  /** Who made a call: the session of a state machine's role has the name of the execution. */
  private callerOf({ arn }: Principal): Run | undefined {
    const name = arn.split('/').at(-1);
    return this.runs.find(({ execution }) => execution.name === name);
  }

  private watch(): void {
    const { aws } = this.world;
    const { generationsStarted, exportsStarted } = this.service;
    let [generations, exports] = [0, 0];
    aws.events.failEntries = this.history.refusedEvents;
    this.service.beforeCall = ({ operation, principal }) => this.breakBefore(operation, principal);
    this.service.afterCall = ({ operation, principal }) => {
      const run = this.callerOf(principal);
      for (const { audienceGenerationJobArn: arn } of generationsStarted.slice(generations)) {
        if (run) this.begun(run, arn);
        else this.theirs.add(arn);
      }
      for (const { input } of exportsStarted.slice(exports)) run?.exports.push(JSON.stringify(input.audienceSize));
      [generations, exports] = [generationsStarted.length, exportsStarted.length];
      this.breakAfter(operation, principal);
    };
    for (const service of [aws.cloudWatch, aws.events]) {
      service.beforeCall = ({ operation, principal }: { operation: string; principal: Principal }) => this.breakBefore(operation, principal);
      service.afterCall = ({ operation, principal }: { operation: string; principal: Principal }) => this.breakAfter(operation, principal);
    }
    const { states } = aws.apis;
    const call = states.call.bind(states);
    states.call = async (principal, action, parameters) => {
      this.breakBefore(action, principal);
      const result = await call(principal, action, parameters);
      this.breakAfter(action, principal);
      return result;
    };
  }

  private begun(run: Run, arn: string): void {
    run.jobs.push(arn);
    const isIts = ({ id }: { readonly id: string }) => arn.endsWith(id);
    if (run.plan.jobFails) this.service.failGeneration(isIts, { statusCode: 'PLANNED', message: 'The history says so' });
    if (run.plan.exportsFail) this.service.failExport(({ generation }) => isIts(generation), { statusCode: 'PLANNED', message: 'The history says so' });
  }

  private breakBefore(operation: string, principal: Principal): void {
    this.after = undefined;
    if (this.peaceful || !this.callerOf(principal)) return;
    const call = this.counts.get(operation) ?? 0;
    this.counts.set(operation, call + 1);
    const fault = this.history.mishaps.find((mishap) => mishap.operation === operation && mishap.call === call)?.fault;
    if (fault === undefined) return;
    this.mishaps[fault] = (this.mishaps[fault] ?? 0) + 1;
    if (fault === 'throttled') throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
    if (fault === 'unavailable') throw new AwsError('ServiceUnavailable', 'Try again', 503);
    if (fault === 'reset-before') throw new ConnectionReset();
    this.after = fault;
  }

  private breakAfter(operation: string, principal: Principal): void {
    const { after } = this;
    this.after = undefined;
    if (after === undefined) return;
    const key = `${operation} ${this.callerOf(principal)!.execution.name}`;
    this.lost.set(key, (this.lost.get(key) ?? 0) + 1);
    throw new ConnectionReset();
  }

  private async act({ minute, does }: Hand): Promise<void> {
    await this.clock.sleep(minute * MINUTE);
    const { service, world: { otherHands } } = this;
    const ours = service.audienceGenerationJobs().filter(({ arn }) => !this.theirs.has(arn));
    try {
      switch (does) {
        case 'fills the quotas':
          this.setQuotas(0);
          void this.later(FULL_FOR_MINUTES, () => this.setQuotas(this.history.quota));
          break;
        case 'generates':
          await service.startAudienceGenerationJob(otherHands, {
            ...service.generationsStarted.find(({ audienceGenerationJobArn }) => !this.theirs.has(audienceGenerationJobArn))!.input,
            name: `theirs-${minute}-${this.theirs.size}`,
          });
          break;
        case 'takes a tag off a job':
          await service.untagResource(otherHands, { resourceArn: ours[0].arn, tagKeys: [AUDIENCE_TAG] });
          this.untagged.add(ours[0].arn);
          break;
        case 'deletes a job': {
          const job = ours.find(({ status }) => status === 'ACTIVE')!;
          await service.deleteAudienceGenerationJob(otherHands, { audienceGenerationJobArn: job.arn });
          this.deletedByOthers.add(job.arn);
          const run = this.runOf(job);
          if (run?.execution.status === 'RUNNING') run.disturbed = true;
          break;
        }
      }
      this.mishaps[does] = (this.mishaps[does] ?? 0) + 1;
    } catch {
      // There was nothing to do it with, or the service refused.
    }
  }
}
