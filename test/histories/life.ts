import type { Stack } from 'aws-cdk-lib';
import { Others } from './others';
import { CALM, History, StackPlan, Step } from './plan';
import { Denial, Requests } from './requests';
import { hasFate } from '../../lambda/tags';
import { WRITE_TIMEOUT } from '../../lambda/times';
import { AwsError } from '../../local-aws/aws';
import { Clock } from '../../local-aws/clock';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { Invocation } from '../../local-aws/lambda/sandbox';
import { LocalAws } from '../../local-aws/local-aws';
import { Fate } from '../../src/private/contract';
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
export type Build = (stack: Stack, plan: StackPlan, retain: boolean) => void;

const assemblies = new Map<Build, Map<string, Assembly>>();

/** What an operation was like. */
export interface Operation {
  readonly step: Step;
  readonly outcome: StackOutcome;
  readonly minutes: number;
  /** Whether something happened that a deployment cannot survive. */
  readonly excused: boolean;
}

export interface StartedTraining {
  readonly name: string;
  readonly stackStatus: string;
  /** Whether the call may have been under way when the stack came into this status: it asked right before. */
  readonly underWay: boolean;
  /** Whether there was one already. */
  readonly alive: boolean;
  /** Which operation of the stack it was for. */
  readonly operation: number;
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
  private readonly ending = new AbortController();
  /** The ARNs of what stayed when CloudFormation let go of it. */
  private readonly retained = new Set<string>();
  private rollbackFailed = false;
  private readonly requests: Requests;
  /** How often functions died of each invocation. */
  private readonly deaths = new Map<string, number>();
  private started = 0;
  private operations = 0;
  private step?: Step;
  private calls = 0;
  private deliveries = 0;
  private excused = false;

  private constructor(readonly aws: LocalAws, readonly history: History, private readonly build: Build, readonly others: Others) {
    this.requests = new Requests(aws, () => this.stack);
  }

  private watch(): void {
    functions.fault = ({ invocation }) => {
      this.requests.note(invocation);
      const call = this.calls++;
      const mishap = this.step?.calls.find((one) => one.call === call);
      if (!mishap) return undefined;
      this.count(mishap.fault);
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
      const { name } = input as { readonly name: string };
      if (name.startsWith('theirs-')) return;
      const alive = this.service.audienceModels().filter((model) => model.name === name && !/FAILED|DELETE/.test(model.status));
      this.trainings.push({ name, ...this.stackStatus(), alive: alive.length > 1, operation: this.operations });
    };
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

  /** Whether something may be there that the template does not say: it was to be retained, or CloudFormation gave it up and said so. */
  mayStay(name: string): boolean {
    return this.history.retain || this.lost.some((one) => one.name === name)
      || (this.stack !== undefined && this.ours.some((one) => one.name === name && hasFate(one.tags, Fate.KEPT)));
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
    return (this.rollbackFailed && this.history.forgetsFailedRollback) || this.retained.has(arn);
  }

  /** Whether a late request could be taken for another: its URL does not tell when it was made. */
  get cannotTellTime(): boolean {
    return this.history.responseUrls === 'undated' && Object.keys(this.mishaps).some((mishap) => /delivered .*late/.test(mishap));
  }

  /** Whether CloudFormation took what failed half-way for what it was before, and asked nobody to make it so. */
  get mayBeHalfDone(): boolean {
    return this.history.cloudFormation?.failedUpdate === 'assumed back' && STOPPED in this.mishaps;
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

  /** Calls of functions and state machines that were denied since this was last asked. */
  denials(): Denial[] {
    return this.requests.denials.splice(0);
  }

  /** Does what a step says, after whatever must come before it. */
  async* take(step: Step): AsyncGenerator<Operation> {
    const { cloudFormation } = this.aws;
    const { deploy, rollbackDisabled = false } = step;
    if (deploy) yield* this.makeReady(rollbackDisabled);
    if (deploy ? !this.isReady(rollbackDisabled) : this.stack === undefined) return;
    const template = deploy && await this.template(deploy);
    yield await this.operate(step, async () => template
      ? cloudFormation.deploy(STACK, template, { rollback: !rollbackDisabled })
      : cloudFormation.delete(STACK));
  }

  /** A stack whose last operation failed takes no update: the rollback begins or goes on, or the stack is deleted. */
  private async* makeReady(rollbackDisabled: boolean): AsyncGenerator<Operation> {
    const { cloudFormation } = this.aws;
    if (this.isReady(rollbackDisabled)) {
      if (this.isPaused) this.count('mended');
      return;
    }
    // As the CDK CLI does.
    if (this.isPaused) yield await this.operate(CALM, async () => cloudFormation.rollback(STACK, { retainExceptOnCreate: true }));
    if (this.stack?.status === 'UPDATE_ROLLBACK_FAILED') yield await this.operate(CALM, async () => cloudFormation.continueUpdateRollback(STACK));
    if (!this.isReady(rollbackDisabled)) yield await this.operate(CALM, async () => cloudFormation.delete(STACK));
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
    Object.assign(this, { step, calls: 0, deliveries: 0, excused: false, operations: this.operations + 1 });
    const healed = step.trainingFails ? this.service.failTraining(() => true, { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' }) : () => undefined;
    const began = clock.now();
    const running = begin();
    for (const hand of step.hands) void this.later(hand.minute * MINUTE, () => this.others.act(hand.does));
    if (step.cancelledAfter !== undefined) void this.later(step.cancelledAfter * MINUTE, () => this.cancel());
    const outcome = await running;
    const minutes = (clock.now() - began) / MINUTE;
    healed();
    if (outcome.status.includes('ROLLBACK')) this.count('rolled back');
    if (this.isPaused) this.count(STOPPED);
    this.remember(outcome);
    this.step = undefined;
    return { step, outcome, minutes, excused: this.excused };
  }

  private remember({ status }: StackOutcome): void {
    this.rollbackFailed ||= status === 'UPDATE_ROLLBACK_FAILED';
    const { physicalIds } = this;
    if (this.history.retain) this.ours.filter(({ name }) => !physicalIds.has(name)).forEach(({ arn }) => this.retained.add(arn));
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
    const key = JSON.stringify([plan, retain]);
    const assembly = known.get(key) ?? synthesize(STACK, account.accountId, account.region, (stack) => build(stack, plan, retain));
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

  private stackStatus(): Pick<StartedTraining, 'stackStatus' | 'underWay'> {
    const [stack] = this.aws.cloudFormation.allStacks().slice(-1);
    const since = stack.events.filter(({ logicalId }) => logicalId === stack.stackName).at(-1)?.timestamp ?? stack.creationTime;
    return { stackStatus: stack.status, underWay: this.aws.clock.now() - Date.parse(since) < LONGEST_CALL };
  }

  private count(mishap: string): void {
    this.mishaps[mishap] = (this.mishaps[mishap] ?? 0) + 1;
  }
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
