import type { Stack } from 'aws-cdk-lib';
import { Deed, isKept, Moment, noteDeeds } from './deeds';
import { Others } from './others';
import { CALM, History, StackPlan, Step } from './plan';
import { Requests } from './requests';
import type { Tags } from '../../lambda/detail';
import { hashOf, hasFate } from '../../lambda/tags';
import { WRITE_TIMEOUT } from '../../lambda/times';
import { AwsError } from '../../local-aws/aws';
import { Clock } from '../../local-aws/clock';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import type { StackEvent } from '../../local-aws/cloudformation/stack';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { Invocation } from '../../local-aws/lambda/sandbox';
import { LocalAws } from '../../local-aws/local-aws';
import { Fate, OwnershipTag, ResourceType } from '../../src/private/contract';
import { Assembly, synthesize } from '../deploy/assembly';

export const STACK = 'Retail';

const MINUTE = 60_000;
/** Lambda tries an event again after one minute and after two more. */
const LATE = 3 * MINUTE;
const VERY_LATE = 100 * MINUTE;

/** What the handlers give a call that writes. */
const LONGEST_CALL = WRITE_TIMEOUT;

/** How often Lambda hands an event to a function. */
const LAMBDA_ATTEMPTS = 3;
const DROPPED = 'dropped after three deaths';
const STOPPED = 'stopped at a failure';

/** Where nothing else is said, what counts is not how long it takes. */
const QUICK = { trainingQueueTime: MINUTE, deletionQueueTime: MINUTE / 6, deletionTime: MINUTE / 2 };

/** The functions outlive a life, so that the next one need not load them again. */
export const functions = new InProcessFunctions();

/** Makes the stack that a plan describes. */
export type Build = (stack: Stack, plan: StackPlan) => void;

const assemblies = new Map<Build, Map<string, Assembly>>();

/** What an operation was like. */
export interface Operation {
  readonly step: Step;
  readonly outcome: StackOutcome;
  /** Of the stack, in it. */
  readonly events: readonly StackEvent[];
  readonly deeds: readonly Deed[];
  /** Whether a call that deletes something was broken. */
  readonly deletionBroke: boolean;
  readonly minutes: number;
  /** Whether something happened that a deployment cannot survive. */
  readonly excused: boolean;
}

export interface StartedTraining extends Moment {
  readonly name: string;
  /** Whether there was one already. */
  readonly alive: boolean;
  /** Whether there was one that could be used when the operation began. */
  readonly wasTrained: boolean;
}

/** The life of one stack in an account of its own, where all that a history tells happens to it. */
export class Life {
  static async begin(history: History, build: Build): Promise<Life> {
    const { adoptIdOfFailedUpdate, forgetsFailedRollback, responseUrls, reusesRequestIds, rollbackMovesTime, executionListLag } = history;
    const aws = await LocalAws.start({
      clock: Clock.frozen(),
      sandboxes: functions,
      settings: { ...QUICK, ...history.settings, trainingTime: history.trainingMinutes * MINUTE, throttling: false },
      cloudFormationSettings: {
        ...history.cloudFormation, ...defined({ adoptIdOfFailedUpdate, forgetsFailedRollback, responseUrls, reusesRequestIds, rollbackMovesTime }),
      },
      executionListLag,
    });
    aws.cleanRoomsMl.settings.quotas.audienceModelsInTraining = history.quota;
    const life = new Life(aws, history, build, await Others.settle(aws));
    life.watch();
    return life;
  }

  /** How many mishaps of each kind came about. */
  readonly mishaps: Record<string, number> = {};
  /** Every training of ours that was started. */
  readonly trainings: StartedTraining[] = [];
  /** What the handlers kept, took up again or deleted. */
  readonly deeds: Deed[] = [];
  /** What CloudFormation left behind, and has not come back to: names by ARNs. */
  readonly retained = new Map<string, string>();
  private readonly ending = new AbortController();
  /** The ARNs of what CloudFormation forgot, although a template says that something is to stay. */
  private readonly forgotten = new Set<string>();
  /** The ARNs of all that stayed when CloudFormation had let go of it. */
  private readonly stayed = new Set<string>();
  /** The models that can be used when an operation begins: their names and identities. */
  private trained: readonly string[] = [];
  private rollbackFailed = false;
  /** Whether it went back over several updates that had failed: nobody takes back what one changed in place of what a later one replaced. */
  wentBackFar = false;
  readonly requests: Requests;
  /** How often functions died of each invocation. */
  private readonly deaths = new Map<string, number>();
  private started = 0;
  private operations = 0;
  private step?: Step;
  private calls = 0;
  private deliveries = 0;
  private excused = false;
  private deletionBroke = false;
  /** Whether something could not be deleted because of what CloudFormation left behind. */
  private isHeldUp = false;

  private constructor(readonly aws: LocalAws, readonly history: History, private readonly build: Build, readonly others: Others) {
    this.requests = new Requests(aws, () => this.stack);
  }

  private watch(): void {
    functions.fault = (made) => {
      const { invocation } = made;
      const call = this.calls++;
      const mishap = this.step?.calls.find((one) => one.call === call);
      this.requests.note(made, mishap?.fault);
      if (!mishap) return undefined;
      this.count(mishap.fault);
      this.deletionBroke ||= /^Delete/.test(made.operation);
      const dies = mishap.fault.startsWith('killed');
      if (dies) this.noteDeath(invocation);
      return mishap.fault;
    };
    const { lambda } = this.aws;
    const invokeAsync = lambda.invokeAsync.bind(lambda);
    lambda.invokeAsync = (name, payload) => {
      // What EventBridge delivers is no request.
      if (!isRequest(payload)) return invokeAsync(name, payload);
      this.requests.sent(payload);
      const delivery = this.deliveries++;
      const fate = this.step?.deliveries.find((one) => one.delivery === delivery)?.fate;
      if (fate) this.count(`delivered ${fate}`);
      if (fate !== 'late') invokeAsync(name, payload);
      if (fate === 'twice') invokeAsync(name, payload);
      if (fate === 'twice, signed anew') invokeAsync(name, this.signedAnew(payload));
      if (fate === 'late') void this.later(LATE, () => attempt(() => invokeAsync(name, payload)));
      if (fate === 'twice, once late') void this.later(VERY_LATE, () => attempt(() => invokeAsync(name, payload)));
    };
    this.service.afterCall = ({ operation, input }) => {
      const { trainingsStarted } = this.service;
      if (operation !== 'CreateAudienceModel' || trainingsStarted.length === this.started) return;
      this.started = trainingsStarted.length;
      const { name, tags = {} } = input as { readonly name: string; readonly tags?: Record<string, string> };
      if (name.startsWith('theirs-')) return;
      const alive = this.service.audienceModels().filter((model) => model.name === name && !/FAILED|DELETE/.test(model.status));
      const wasTrained = this.trained.includes(identity({ name, tags })) && !this.others.deleted.has(name);
      this.trainings.push({ name, ...this.moment(), alive: alive.length > 1, wasTrained });
    };
    noteDeeds(this.aws, this.deeds, () => this.moment());
  }

  get service() { return this.aws.cleanRoomsMl; }
  get stack() { return this.aws.cloudFormation.findStack(STACK); }

  /** What the service holds that is not of others. */
  get ours() {
    const { service } = this;
    return [...service.trainingDatasets(), ...service.audienceModels(), ...service.configuredAudienceModels()]
      .filter((one) => !this.others.isTheirs(one));
  }

  get runningTrainings(): string[] {
    return this.aws.states.executions()
      .filter(({ stateMachineArn, status }) => stateMachineArn.includes('CleanRoomsMLProvider') && status === 'RUNNING')
      .map(({ name }) => name);
  }

  /** Whether something may be there that the template does not say: CloudFormation left it behind, or it was kept while the stack lives. */
  mayStay(one: Life['ours'][number]): boolean {
    return this.isLeftBehind(one.arn) || this.lost.includes(one) || this.isTakenForRetained(one) || (this.stack !== undefined && isKept(one));
  }

  /** Whether it looks as if it had been retained before the update that made it: a rollback with a time of its own hides when that began. */
  private isTakenForRetained({ tags }: Life['ours'][number]): boolean {
    return this.history.rollbackMovesTime === true && hasFate(tags, Fate.RETAINED);
  }

  /** Whether CloudFormation left something behind, or what depends on it, so that the service does not let it go. */
  private isLeftBehind(arn: string): boolean {
    const { service } = this;
    return this.retained.has(arn) || this.forgotten.has(arn)
      || service.audienceModels().some((model) => model.request.trainingDatasetArn === arn && this.isLeftBehind(model.arn))
      || service.configuredAudienceModels().some((configured) => configured.audienceModelArn === arn && this.isLeftBehind(configured.arn));
  }

  /** What nothing tells to be ours any more: others took its tags, and CloudFormation forgot it in a rollback that failed. */
  get lost() {
    return this.rollbackFailed ? this.ours.filter(({ arn, name }) => this.others.untagged.has(arn) && !this.physicalIds.has(name)) : [];
  }

  private get physicalIds(): ReadonlySet<string | undefined> {
    return new Set([...this.stack?.resources.values() ?? []].map(({ physicalId }) => physicalId));
  }

  /** Whether something may have tags that only an earlier template said: nobody knows any more that they were ours. */
  mayBearMore(arn: string): boolean {
    return (this.rollbackFailed && this.history.forgetsFailedRollback) || this.hasStopped || this.stayed.has(arn);
  }

  /** Whether a late request could be taken for another: its URL does not tell when it was made. */
  get cannotTellTime(): boolean {
    return this.history.responseUrls === 'undated' && Object.keys(this.mishaps).some((mishap) => /delivered .*late/.test(mishap));
  }

  /** Whether CloudFormation took what failed half-way for what it was before, and asked nobody to make it so. */
  get mayBeHalfDone(): boolean {
    return this.history.cloudFormation?.failedUpdate === 'assumed back' && this.hasStopped;
  }

  /** Whether it was left as a failure made it. */
  get hasStopped(): boolean {
    return STOPPED in this.mishaps;
  }

  /** Whether nobody was there to answer. */
  get hasDropped(): boolean {
    return DROPPED in this.mishaps;
  }

  /** The service may refuse to delete a model in training, and then the stack says that this is what it waits for. */
  isWaitingForTraining(reason: string): boolean {
    return this.history.settings.deleteDuringTraining !== 'accepted'
      && /gave up after 55 minutes: (.*CREATE_(PENDING|IN_PROGRESS)|DeleteTrainingDataset)/.test(reason);
  }

  /** Does what a step says, after whatever must come before it. */
  async* take(step: Step): AsyncGenerator<Operation> {
    const { cloudFormation } = this.aws;
    const { deploy, rollbackDisabled = false } = step;
    if (step.rollsBack) {
      if (this.isPaused) yield await this.operate(step, async () => this.rollBack());
      return;
    }
    if (deploy) yield* this.makeReady(rollbackDisabled);
    if (deploy ? !this.isReady(rollbackDisabled) : this.stack === undefined) return;
    const template = deploy && await this.template(deploy);
    yield await this.operate(step, async () => template
      ? cloudFormation.deploy(STACK, template, { rollback: !rollbackDisabled })
      : this.delete());
  }

  /** A stack whose last operation failed takes no update: the rollback begins or goes on, or the stack is deleted. */
  private async* makeReady(rollbackDisabled: boolean): AsyncGenerator<Operation> {
    const { cloudFormation } = this.aws;
    if (this.isReady(rollbackDisabled)) {
      if (this.isPaused) this.count('mended');
      return;
    }
    if (this.isPaused) yield await this.operate(CALM, async () => this.rollBack());
    if (this.stack?.status === 'UPDATE_ROLLBACK_FAILED') yield await this.operate(CALM, async () => cloudFormation.continueUpdateRollback(STACK));
    if (!this.isReady(rollbackDisabled)) yield await this.operate(CALM, async () => this.delete());
  }

  /** As the CDK CLI does. */
  private async rollBack(): Promise<StackOutcome> {
    return this.aws.cloudFormation.rollback(STACK, { retainExceptOnCreate: true });
  }

  /** What cannot go because of what was left behind is left behind, too. */
  private async delete(): Promise<StackOutcome> {
    this.noteForgotten();
    return this.aws.cloudFormation.delete(STACK, undefined, { force: this.stack?.status === 'DELETE_FAILED' && this.isHeldUp });
  }

  /** What an update replaced is left behind without a word where the deletion does not know of it, and a template says that something is to stay. */
  private noteForgotten(): void {
    const { stack } = this;
    if (!stack || !this.history.cloudFormation?.deletionForgetsReplaced) return;
    const replaced = stack.fallback?.replaced.filter(({ resource }) => [resource, stack.resources.get(resource.logicalId)]
      .some((one) => one && [one.definition.deletionPolicy, one.definition.updateReplacePolicy].some((policy) => policy.startsWith('Retain')))) ?? [];
    const names = new Set(replaced.map(({ resource }) => resource.physicalId));
    for (const { arn, name } of this.ours) if (names.has(name)) this.forgotten.add(arn);
  }

  /** Whether it is because of what CloudFormation left behind that something cannot be deleted. */
  isHeld(reason: string): boolean {
    return [...this.retained.keys(), ...this.forgotten].some((arn) => reason.includes(`${arn} depends on`));
  }

  private isReady(rollbackDisabled: boolean): boolean {
    const { stack } = this;
    return stack === undefined || /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status) || (rollbackDisabled && this.isPaused);
  }

  /** Whether it stopped at a failure because rollback was disabled. */
  private get isPaused(): boolean {
    return /^(CREATE|UPDATE)_FAILED$/.test(this.stack?.status ?? '');
  }

  private async operate(step: Step, begin: () => Promise<StackOutcome>): Promise<Operation> {
    const { clock } = this.aws;
    Object.assign(this, { step, calls: 0, deliveries: 0, excused: false, deletionBroke: false, operations: this.operations + 1 });
    const healed = step.trainingFails ? this.service.failTraining(() => true, { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' }) : () => undefined;
    const began = clock.now();
    this.trained = this.service.audienceModels().filter(({ status }) => status === 'ACTIVE').map(identity);
    const before = { stack: this.newestStack, events: this.newestStack?.events.length, deeds: this.deeds.length, ours: this.ours };
    const running = begin();
    for (const hand of step.hands) void this.later(hand.minute * MINUTE, () => this.others.act(hand.does));
    if (step.cancelledAfter !== undefined) void this.later(step.cancelledAfter * MINUTE, () => this.cancel());
    const outcome = await running;
    const minutes = (clock.now() - began) / MINUTE;
    healed();
    if (outcome.status.includes('ROLLBACK')) this.count('rolled back');
    if (this.isPaused) this.count(STOPPED);
    const { newestStack } = this;
    const events = newestStack?.events.slice(newestStack === before.stack ? before.events : 0) ?? [];
    const { excused, deletionBroke } = this;
    const operation = { step, outcome, events, deeds: this.deeds.slice(before.deeds), deletionBroke, minutes, excused };
    this.remember(operation, before.ours);
    this.step = undefined;
    return operation;
  }

  private remember({ outcome, events, deeds }: Operation, before: Life['ours']): void {
    this.rollbackFailed ||= outcome.status === 'UPDATE_ROLLBACK_FAILED';
    this.wentBackFar ||= 'mended' in this.mishaps && outcome.status === 'UPDATE_ROLLBACK_COMPLETE';
    const { physicalIds, retained } = this;
    const idsOf = (sought: string) => new Set(events.filter(({ status }) => status === sought).map(({ physicalId }) => physicalId));
    const [skipped, asked] = [idsOf('DELETE_SKIPPED'), idsOf('DELETE_IN_PROGRESS')];
    // What somebody was asked to delete before may be gone.
    for (const { arn, name } of [...this.ours, ...before.filter((one) => !asked.has(one.name))]) if (skipped.has(name)) retained.set(arn, name);
    // What never told its name has one that was made up.
    const unnamed = new Set(events.filter(({ status, reason }) => status === 'CREATE_FAILED' && reason?.endsWith('cancelled'))
      .filter(({ physicalId }) => skipped.has(physicalId)).map(({ logicalId }) => logicalId));
    for (const { arn, name, tags } of this.ours) if (unnamed.has(tags[OwnershipTag.LOGICAL_ID])) retained.set(arn, name);
    // What came back is no longer to be retained, nor what somebody was asked to delete now.
    for (const [arn, name] of retained) if (physicalIds.has(name) || (asked.has(name) && !skipped.has(name))) retained.delete(arn);
    for (const { arn } of this.ours.filter((one) => isKept(one) || retained.has(one.arn))) this.stayed.add(arn);
    this.isHeldUp = outcome.failures.some(({ reason }) => this.isHeld(reason));
    for (const deed of deeds) if (deed.call.outcome === 'ok' && deed.type === 'audience model' && deed.isTrained) this.countKept(deed);
  }

  /** What became of models that were trained, and whose deployment failed. */
  private countKept(deed: Deed): void {
    const { does, stackStatus } = deed;
    if (does === 'keeps') this.count('kept');
    else if (does === 'takes up') this.count('kept, then taken up');
    else if (isKept(deed)) this.count(stackStatus === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' ? 'kept, then superseded' : 'kept, then deleted with the stack');
  }

  /** Time in which nothing is asked for: late events arrive, and trainings that nobody waits for end. */
  async rest(minutes: number): Promise<void> {
    await this.aws.clock.sleep(minutes * MINUTE);
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.aws.close();
  }

  private async template(plan: StackPlan): Promise<Assembly['template']> {
    const { aws: { account }, build, history: { retain } } = this;
    const known = assemblies.get(build) ?? new Map<string, Assembly>();
    const retaining: StackPlan = retain ? { deletionPolicy: 'Retain', updateReplacePolicy: 'Retain', ...plan } : plan;
    const key = JSON.stringify(retaining);
    const assembly = known.get(key) ?? synthesize(STACK, account.accountId, account.region, (stack) => build(stack, retaining));
    assemblies.set(build, known.set(key, assembly));
    for (const [name, zip] of assembly.assets) this.aws.putAsset(name, await zip);
    return assembly.template;
  }

  /** An event for which a function dies every time is dropped by Lambda, and nobody answers CloudFormation. */
  private noteDeath({ requestId }: Invocation): void {
    const deaths = (this.deaths.get(requestId) ?? 0) + 1;
    this.deaths.set(requestId, deaths);
    if (deaths === LAMBDA_ATTEMPTS) this.count(DROPPED);
  }

  /** The same request, with another URL for its answer. */
  private signedAnew<P extends { readonly ResponseURL: string }>(payload: P): P {
    const id = decodeURIComponent(new URL(payload.ResponseURL).pathname.slice(1));
    return { ...payload, ResponseURL: this.aws.s3.responses.signedAnew(id, this.history.responseUrls) };
  }

  private cancel(): void {
    const { cloudFormation } = this.aws;
    if (this.stack?.status === 'UPDATE_IN_PROGRESS') cloudFormation.cancelUpdate(STACK);
    else if (this.stack?.status === 'CREATE_IN_PROGRESS') cloudFormation.deleteStack(this.stack);
    else return;
    this.count('cancelled');
    this.excused = true;
  }

  private async later(milliseconds: number, act: () => void | Promise<void>): Promise<void> {
    await this.aws.clock.sleep(milliseconds, this.ending.signal);
    if (!this.ending.signal.aborted) await act();
  }

  /** The one that is there, or was last. */
  private get newestStack() {
    return this.aws.cloudFormation.allStacks().at(-1);
  }

  private moment(): Moment {
    const { newestStack: stack, operations } = this;
    const since = stack?.events.filter(({ logicalId }) => logicalId === stack.stackName).at(-1)?.timestamp ?? stack?.creationTime;
    return { stackStatus: String(stack?.status), underWay: this.aws.clock.now() - Date.parse(String(since)) < LONGEST_CALL, operation: operations };
  }

  private count(mishap: string): void {
    this.mishaps[mishap] = (this.mishaps[mishap] ?? 0) + 1;
  }
}

const SWEEPING: readonly string[] = [ResourceType.TRAINING_DATASET, ResourceType.AUDIENCE_MODEL, ResourceType.CONFIGURED_AUDIENCE_MODEL];

/** Whether CloudFormation had something deleted, and with that what was kept of it or of what is gone. */
export function isSwept({ status, type, physicalId }: StackEvent): boolean {
  return status === 'DELETE_COMPLETE' && physicalId !== '' && SWEEPING.includes(type);
}

/** Who a model is: its name alone does not tell where the user gave it. */
function identity({ name, tags }: { readonly name: string; readonly tags: Tags }): string {
  return `${name} ${hashOf(tags)}`;
}

/** The function may be gone by then. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
  }
}

/** Without what is undefined: older histories do not say everything. */
function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function isRequest(payload: unknown): payload is { readonly RequestId: string; readonly ResponseURL: string } {
  return typeof payload === 'object' && payload !== null && 'RequestId' in payload;
}
