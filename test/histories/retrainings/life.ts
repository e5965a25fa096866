import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Hand, RetrainingHistory, Run, Step, TemplatePlan } from './plan';
import { AwsError } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import type { StackOutcome } from '../../../local-aws/cloudformation/cloudformation';
import { LocalAws } from '../../../local-aws/local-aws';
import type { Execution } from '../../../local-aws/states/execution';
import {
  AudienceModel, AudienceModelRetraining, ChildResourceTagOnCreatePolicy, ColumnSchema, ConfiguredAudienceModel, Dataset, GlueDataSource,
  SharedAudienceMetrics, TrainingDataset,
} from '../../../src';
import { SCHEDULED } from '../../../src/private/contract';
import { Assembly, synthesize } from '../../deploy/assembly';
import { COLUMNS, data, failing } from '../data';
import { isKept } from '../deeds';
import { ATTEMPTS, failModels, PAUSE } from '../failures';
import { functions } from '../life';
import { Others } from '../others';

const STACK = 'Retail';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const QUICK = { trainingQueueTime: MINUTE, deletionQueueTime: MINUTE / 6 };

/** What begins sooner after what was there before cannot be told from it: times may be cut to the second. */
const BETWEEN_STEPS = 2_000;

/** Longer than any execution may take: five days, and what comes behind. */
const LONGEST = 7 * DAY;

const assemblies = new Map<string, Assembly>();

/** What became of an execution. */
export interface Lived {
  readonly plan: Run;
  readonly execution: Execution;
  /** The audience model that was in use when it had ended. */
  inUse?: string;
}

export interface Deployment {
  readonly before?: TemplatePlan;
  readonly plan: TemplatePlan;
  readonly outcome: StackOutcome;
  /** What was in use before and after it, where neither an execution nor another hand was at work. */
  readonly inUse?: readonly [string | undefined, string | undefined];
}

/** One stack whose audience model is retrained, in an account of its own, where all that a history tells happens to it. */
export class Life {
  static async begin(history: RetrainingHistory): Promise<Life> {
    const aws = await LocalAws.start({
      clock: Clock.frozen(),
      sandboxes: functions,
      settings: {
        ...QUICK,
        ...history.settings,
        trainingTime: history.trainingMinutes * MINUTE,
        deletionTime: (history.deletionMinutes ?? 0.5) * MINUTE,
        throttling: false,
      },
      cloudFormationSettings: history.cloudFormation,
      executionLag: history.executionLag,
    });
    return new Life(aws, history, await Others.settle(aws));
  }

  readonly runs: Lived[] = [];
  readonly deployments: Deployment[] = [];
  readonly mishaps: Record<string, number> = {};
  /** When a configured audience model pointed to something that cannot be used. */
  readonly unusable: string[] = [];
  /** The ARNs of what must outlive the stack. */
  staying: readonly string[] = [];
  private readonly ending = new AbortController();
  /** What was deployed last with success. */
  template?: TemplatePlan;
  private calls = 0;
  private step?: Step;
  private refusals = 0;
  private handled = 0;
  /** The last deployment, which may be under way. */
  private deploying: Promise<void> = Promise.resolve();

  private constructor(readonly aws: LocalAws, readonly history: RetrainingHistory, readonly others: Others) {
    functions.fault = () => {
      const call = this.calls++;
      const mishap = this.step?.calls.find((one) => one.call === call);
      if (mishap) this.count(mishap.fault);
      return mishap?.fault;
    };
    aws.cleanRoomsMl.beforeCall = ({ operation, principal }) => {
      if (operation !== 'UpdateConfiguredAudienceModel' || principal.arn === aws.cloudFormation.root.arn || this.refusals === 0) return;
      this.refusals--;
      this.count('refused');
      throw new AwsError('AccessDeniedException', 'as the history asked', 403);
    };
    aws.cleanRoomsMl.afterCall = () => this.look();
  }

  get service() { return this.aws.cleanRoomsMl; }
  get stack() { return this.aws.cloudFormation.findStack(STACK); }

  get isStable() { return /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(this.stack?.status ?? ''); }

  /** Whether a failure left it as it was, because rollback was disabled. */
  get isPaused() { return this.stack?.status === 'UPDATE_FAILED'; }

  /** What the service holds that is not of others. */
  get ours() {
    const { service } = this;
    return [...service.trainingDatasets(), ...service.audienceModels(), ...service.configuredAudienceModels()]
      .filter((one) => !this.others.isTheirs(one));
  }

  get generations() {
    return this.service.audienceModels().filter(({ name }) => name.startsWith('Retraining'));
  }

  get configured() {
    return this.service.configuredAudienceModels().find((one) => !this.others.isTheirs(one) && !isKept(one));
  }

  async live(): Promise<void> {
    const { service, history } = this;
    await this.deploy(history.first);
    service.settings.quotas.audienceModelsInTraining = history.quota;
    for (const step of history.steps) {
      await this.aws.clock.sleep(step.minutes * MINUTE + BETWEEN_STEPS);
      await this.take(step);
    }
    await this.deploying;
    await this.rest();
    await this.rollBack();
  }

  /** Until no execution runs. */
  async rest(): Promise<void> {
    const over = new AbortController();
    void Promise.all(this.runs.map(async ({ execution }) => execution.ended)).then(() => over.abort());
    await this.aws.clock.sleep(LONGEST, over.signal);
  }

  /** In peace. */
  async run(plan: Partial<Run> = {}): Promise<Lived | undefined> {
    Object.assign(this, { step: undefined, refusals: 0 });
    Object.assign(this.service.settings.quotas, { audienceModelsInTraining: 5 });
    return this.start({ goesBack: false, isScheduled: false, isAwaited: true, ...plan });
  }

  async delete(): Promise<void> {
    this.step = undefined;
    this.staying = this.history.retains && this.isStable ? this.generations.filter(({ status }) => status === 'ACTIVE').map(({ arn }) => arn) : [];
    for (let attempt = 0; this.stack !== undefined && attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await this.aws.clock.sleep(PAUSE * MINUTE);
      await this.aws.cloudFormation.delete(STACK);
    }
    await this.aws.clock.sleep(DAY);
  }

  async end(): Promise<void> {
    this.ending.abort();
    functions.fault = () => undefined;
    await this.aws.close();
  }

  private async take(step: Step): Promise<void> {
    Object.assign(this, { step, calls: 0, refusals: step.refusals ?? 0 });
    const heal = failModels(this.service, step, (model) => !this.others.isTheirs(model));
    if (step.deploy) {
      await this.deploying;
      this.deploying = this.deploy(step.deploy, step);
      if (step.isLeftAlone) return void this.deploying.then(heal);
      await this.deploying;
    }
    if (step.run) await this.start(step.run);
    if (step.hand) await this.act(step.hand);
    // What is being deleted is to fail, too.
    if (step.deletionsFail) await this.aws.clock.sleep(MINUTE);
    heal();
  }

  private async deploy(plan: TemplatePlan, { rollbackDisabled = false, cancelledAfterMinutes }: Partial<Step> = {}): Promise<void> {
    const { cloudFormation } = this.aws;
    if (!rollbackDisabled) await this.rollBack();
    if (this.stack && !this.isStable && !this.isPaused) return;
    const assembly = this.assembly(plan);
    for (const [key, zip] of assembly.assets) this.aws.putAsset(key, await zip);
    const isQuiet = () => this.runs.every(({ execution }) => execution.status !== 'RUNNING');
    const [quiet, inUse, handled, runs] = [isQuiet(), this.configured?.audienceModelArn, this.handled, this.runs.length];
    const before = this.isPaused ? undefined : this.template;
    const running = cloudFormation.deploy(STACK, assembly.template, { rollback: !rollbackDisabled });
    if (cancelledAfterMinutes !== undefined) void this.later(cancelledAfterMinutes, () => this.cancel());
    const outcome = await running;
    const isAlone = quiet && isQuiet() && handled === this.handled && runs === this.runs.length;
    this.deployments.push({ before, plan, outcome, ...isAlone && { inUse: [inUse, this.configured?.audienceModelArn] as const } });
    if (outcome.status.includes('ROLLBACK')) this.count('rolled back');
    else if (this.isPaused) this.count('stopped at a failure');
    else this.template = plan;
  }

  /** What a failure left as it was, because rollback was disabled. */
  private async rollBack(): Promise<void> {
    if (this.isPaused) await this.aws.cloudFormation.rollback(STACK);
  }

  private cancel(): void {
    if (this.stack?.status !== 'UPDATE_IN_PROGRESS') return;
    this.aws.cloudFormation.cancelUpdate(STACK);
    this.count('cancelled');
  }

  private async start(plan: Run): Promise<Lived | undefined> {
    const machine = [...this.stack?.resources.values() ?? []]
      .find(({ type, logicalId }) => type === 'AWS::StepFunctions::StateMachine' && logicalId.startsWith('Retraining'));
    if (machine?.physicalId === undefined) return undefined;
    const name = `${plan.isScheduled ? SCHEDULED : 'by-hand-'}${this.runs.length}`;
    const execution = this.aws.states.startExecution(machine.physicalId, JSON.stringify(plan.goesBack ? { goBack: true } : {}), name);
    const lived: Lived = { plan, execution };
    this.runs.push(lived);
    const ended = execution.ended.then(() => { lived.inUse = this.configured?.audienceModelArn; });
    if (plan.stoppedAfterMinutes !== undefined) void this.later(plan.stoppedAfterMinutes, () => execution.stop());
    const { meanwhile } = plan;
    if (meanwhile) void this.later(meanwhile.afterMinutes, () => { if (this.step) void this.act(meanwhile.hand); });
    if (plan.isAwaited) await Promise.race([ended, this.aws.clock.sleep(LONGEST, this.ending.signal)]);
    return lived;
  }

  /** Whatever cannot be done is not done. */
  private async act(hand: Hand): Promise<void> {
    const { service, configured, aws: { cloudFormation: { root } } } = this;
    this.count(hand);
    this.handled++;
    try {
      if (hand === 'fills the quota') {
        service.settings.quotas.audienceModelsInTraining = 0;
        void this.later(600, () => { service.settings.quotas.audienceModelsInTraining = this.history.quota; });
      } else if (hand === 'deletes a generation') {
        for (const { arn, name } of this.generations.slice(-1)) {
          await service.deleteAudienceModel(root, { audienceModelArn: arn }).then(() => this.others.deleted.add(name));
        }
      } else if (hand === 'points back' && configured) {
        const [model] = service.audienceModels().filter((one) => !this.others.isTheirs(one) && one.status === 'ACTIVE');
        if (model) await service.updateConfiguredAudienceModel(root, { configuredAudienceModelArn: configured.arn, audienceModelArn: model.arn });
      } else if (hand !== 'points back') {
        await this.others.act(hand);
      }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
    }
  }

  private look(): void {
    for (const configured of this.service.configuredAudienceModels()) {
      const model = this.service.audienceModels().find(({ arn }) => arn === configured.audienceModelArn);
      if (model?.status !== 'ACTIVE') this.unusable.push(`${configured.name} points to ${model?.name}, which is ${model?.status}`);
    }
  }

  private assembly(plan: TemplatePlan): Assembly {
    const { aws: { account }, history: { retains = false } } = this;
    const key = JSON.stringify([plan, retains]);
    const assembly = assemblies.get(key) ?? synthesize(STACK, account.accountId, account.region, (stack) => build(stack, plan, retains));
    assemblies.set(key, assembly);
    return assembly;
  }

  private async later(minutes: number, act: () => void): Promise<void> {
    await this.aws.clock.sleep(minutes * MINUTE, this.ending.signal);
    if (!this.ending.signal.aborted) act();
  }

  private count(mishap: string): void {
    this.mishaps[mishap] = (this.mishaps[mishap] ?? 0) + 1;
  }
}

function build(stack: Stack, { column, generation, tagsJobs, isRenamed = false, tag, keep, releases, fails }: TemplatePlan, retains: boolean): void {
  const { bucket, table } = data(stack);
  const dataset = new TrainingDataset(stack, 'Dataset', {
    dataset: Dataset.interactions({
      source: GlueDataSource.fromTable({ databaseName: 'retail', tableName: 'clicks', bucket, prefix: 'clicks/' }),
      schema: [ColumnSchema.userId('user_id'), ColumnSchema.itemId('item_id'), ColumnSchema.timestamp('ts'), ColumnSchema.categoricalFeature(COLUMNS[column])],
    }),
  });
  dataset.node.addDependency(table);
  if (retains) dataset.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const configured = new ConfiguredAudienceModel(stack, isRenamed ? 'Renamed' : 'Configured', {
    audienceModel: new AudienceModel(stack, 'Model', { trainingDataset: dataset, generation: String(generation) }),
    outputBucket: bucket,
    outputPrefix: 'audiences/',
    sharedAudienceMetrics: SharedAudienceMetrics.ALL,
    childResourceTagOnCreatePolicy: tagsJobs ? ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE : undefined,
    tags: tag === 0 ? undefined : { team: `team-${tag}` },
  });
  const retraining = keep === undefined ? undefined : new AudienceModelRetraining(stack, 'Retraining', {
    configuredAudienceModel: configured,
    trainingDataset: dataset,
    keep,
    releaseInitialModel: releases,
    removalPolicy: retains ? RemovalPolicy.RETAIN : undefined,
    // Histories start what the schedule would.
    schedule: scheduler.ScheduleExpression.rate(Duration.days(7)),
  });
  if (fails) failing(stack).node.addDependency(retraining ?? configured);
}
