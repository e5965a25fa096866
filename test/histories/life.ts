import type { Stack } from 'aws-cdk-lib';
import { Deed, fateOf, isExplicit, isKept, Moment, noteDeeds } from './deeds';
import { failModels } from './failures';
import { Others } from './others';
import { CALM, History, StackPlan, Step } from './plan';
import { Remains } from './remains';
import { Requests } from './requests';
import { Trainings } from './trainings';
import { WRITE_TIMEOUT } from '../../lambda/times';
import { AwsError } from '../../local-aws/aws';
import { Clock } from '../../local-aws/clock';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import type { StackEvent } from '../../local-aws/cloudformation/stack';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { CallFault, FunctionCall } from '../../local-aws/lambda/in-process/surroundings';
import type { Invocation } from '../../local-aws/lambda/sandbox';
import { LocalAws } from '../../local-aws/local-aws';
import { Assembly, synthesize } from '../deploy/assembly';

export const STACK = 'Retail';

const MINUTE = 60_000;
/** Lambda tries an event again after one minute and after two more. */
const LATE = 3 * MINUTE;
const VERY_LATE = 100 * MINUTE;

/** What begins sooner after what was there before cannot be told from it: times may be cut to the second. No deployment is so quick. */
const BETWEEN_OPERATIONS = 2_000;

/** How often Lambda hands an event to a function. */
const LAMBDA_ATTEMPTS = 3;
const DROPPED = 'dropped after three deaths';
const STOPPED = 'stopped at a failure';
const AGAIN = 'delivered again, late';

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
  readonly stackId: string;
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

/** The life of one stack in an account of its own, where all that a history tells happens to it. */
export class Life {
  static async begin(history: History, build: Build): Promise<Life> {
    const { adoptIdOfFailedUpdate, forgetsFailedRollback, responseUrls, reusesRequestIds, rollbackMovesTime, executionLag } = history;
    const aws = await LocalAws.start({
      clock: Clock.frozen(),
      sandboxes: functions,
      settings: { ...QUICK, ...history.settings, trainingTime: history.trainingMinutes * MINUTE, throttling: false },
      cloudFormationSettings: {
        ...history.cloudFormation, ...defined({ adoptIdOfFailedUpdate, forgetsFailedRollback, responseUrls, reusesRequestIds, rollbackMovesTime }),
      },
      executionLag,
    });
    aws.cleanRoomsMl.settings.quotas.audienceModelsInTraining = history.quota;
    const life = new Life(aws, history, build, await Others.settle(aws));
    life.watch();
    return life;
  }

  /** How many mishaps of each kind came about. */
  readonly mishaps: Record<string, number> = {};
  /** What the handlers kept, took up again or deleted. */
  readonly deeds: Deed[] = [];
  readonly trainings: Trainings;
  readonly requests: Requests;
  /** What may be there that the template does not say. */
  readonly remains = new Remains(this);
  private readonly ending = new AbortController();
  /** How often functions died of each invocation. */
  private readonly deaths = new Map<string, number>();
  private operations = 0;
  private step?: Step;
  private calls = 0;
  private deliveries = 0;
  private excused = false;
  private deletionBroke = false;

  private constructor(readonly aws: LocalAws, readonly history: History, private readonly build: Build, readonly others: Others) {
    this.trainings = new Trainings(aws.cleanRoomsMl, others, () => this.moment());
    this.requests = new Requests(aws, () => this.stack);
  }

  private watch(): void {
    functions.fault = (made) => {
      const call = this.calls++;
      const { calls = [], denied } = this.step ?? {};
      const mishap = calls.find((one) => one.call === call) ?? (denied === made.operation ? { fault: 'denied' as const } : undefined);
      this.requests.note(made, mishap?.fault);
      this.trainings.note(made, mishap?.fault);
      if (!mishap) return undefined;
      this.count(mishap.fault);
      this.deletionBroke ||= breaksDeletion(made, mishap.fault);
      // Lambda hands it the request again, which may be answered by then.
      if (mishap.fault === 'killed-after' && isRequest(JSON.parse(made.invocation.payload))) this.count(AGAIN);
      if (mishap.fault.startsWith('killed')) this.noteDeath(made.invocation);
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

  /** Whether it was left as a failure made it. */
  get hasStopped(): boolean {
    return STOPPED in this.mishaps;
  }

  /** Whether nobody was there to answer. */
  get hasDropped(): boolean {
    return DROPPED in this.mishaps;
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
    this.remains.noteForgotten();
    return this.aws.cloudFormation.delete(STACK, undefined, { force: this.stack?.status === 'DELETE_FAILED' && this.remains.isInTheWay });
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
    if (this.stack) await clock.sleep(BETWEEN_OPERATIONS);
    Object.assign(this, { step, calls: 0, deliveries: 0, excused: false, operations: this.operations + 1 });
    this.deletionBroke = step.deletionsFail ?? false;
    const heal = failModels(this.service, step);
    const began = clock.now();
    this.trainings.operationBegins();
    const ours = this.ours.map((one) => ({ arn: one.arn, name: one.name, mayMakeRoom: mayMakeRoom(one) }));
    const before = { stack: this.newestStack, events: this.newestStack?.events.length, deeds: this.deeds.length, ours };
    const running = begin();
    for (const hand of step.hands) void this.later(hand.minute * MINUTE, () => this.others.act(hand.does));
    if (step.cancelledAfter !== undefined) void this.later(step.cancelledAfter * MINUTE, () => this.cancel());
    const outcome = await running;
    const minutes = (clock.now() - began) / MINUTE;
    // What is being deleted is to fail, too.
    if (step.deletionsFail) await clock.sleep(MINUTE);
    heal();
    if (outcome.status.includes('ROLLBACK')) this.count('rolled back');
    if (this.isPaused) this.count(STOPPED);
    const { newestStack } = this;
    const events = newestStack?.events.slice(newestStack === before.stack ? before.events : 0) ?? [];
    const { excused, deletionBroke } = this;
    const operation = { step, stackId: newestStack?.stackId ?? '', outcome, events, deeds: this.deeds.slice(before.deeds), deletionBroke, minutes, excused };
    this.remains.remember(operation, before.ours);
    for (const fate of operation.deeds.flatMap((deed) => fateOf(deed) ?? [])) this.count(fate);
    this.step = undefined;
    return operation;
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
    return { stackStatus: String(stack?.status), underWay: this.aws.clock.now() - Date.parse(String(since)) < WRITE_TIMEOUT, operation: operations };
  }

  private count(mishap: string): void {
    this.mishaps[mishap] = (this.mishaps[mishap] ?? 0) + 1;
  }
}

/** Even what was to be retained makes room for another one where its training failed, or where it was kept under a name that the other is given. */
function mayMakeRoom(one: Life['ours'][number]): boolean {
  return ('status' in one && one.status === 'CREATE_FAILED') || (isKept(one) && isExplicit(one));
}

/** Before something is deleted it is looked at; to be denied that is taken for the last word. */
function breaksDeletion({ operation }: FunctionCall, fault: CallFault): boolean {
  return operation.startsWith('Delete') || (fault === 'denied' && /^(ListAudienceModels|ListExecutions|StopExecution|DescribeStacks)$/.test(operation));
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
