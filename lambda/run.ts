import { clear, isAtRest } from './clearing';
import { Found, isAlive } from './detail';
import { isTransient, NotYet, Refusal, ServiceError, Superseded } from './errors';
import { Memory, STATE_VERSION, TrainingState } from './events';
import { listExecutions } from './executions';
import { birthOf, configuredOf, Generations, generationsOf, point } from './generations';
import { generatedName, identityOfName, shortHash, canonicalJson } from './identity';
import type { Log } from './log';
import { isRecord } from './properties';
import { mark, removeIfLet } from './removal';
import type { Request } from './request';
import { AudienceModels, deletedByOthers } from './resources/audience-model';
import { pollInterval } from './schedule';
import type { Service } from './service';
import { describeStack, describeStackResource } from './stack';
import { isNotYet, Step, stepFor } from './step';
import { inUseFor } from './successor';
import { hasFate } from './tags';
import { DRAIN } from './times';
import { Look, lookAt } from './train';
import { Fate, ResourceType, RetrainingProperties, RetrainingStatus, SCHEDULED } from '../src/private/contract';

/*
 * An execution of a retraining: it trains another generation, or goes back to the one before, and points the configured audience model to
 * it. CloudFormation has no part in it, so a step asks only whether the retraining is still wanted.
 */

/** What the state machine of a retraining hands to the function. */
export interface RunTask {
  readonly Do: 'RETRAIN';
  /** What the execution is called. */
  readonly Execution: string;
  /** When it began. ISO 8601. */
  readonly StartedAt: string;
  readonly RetryCount: number;
  readonly StateMachineArn: string;
  readonly Data: {
    readonly Retraining: RetrainingProperties;
    /** What whoever started it asks for. */
    readonly Input: unknown;
    readonly State?: RunState | null;
  };
}

/** What one step of an execution leaves for the next. */
export interface RunState {
  readonly Version: typeof STATE_VERSION;
  readonly Next: 'WAIT' | 'END';
  readonly Seconds?: number;
  readonly Memory: Memory;
  readonly Plan?: Plan;
  readonly Training?: Omit<TrainingState, 'WindowsPassed'>;
  readonly Report?: Report;
}

/** What an execution does. */
interface Plan {
  /** The ARN of the configured audience model when it began. */
  readonly Of: string;
  /** The audience model that was in use when it began. */
  readonly From: string;
  /** Whether somebody else has pointed there. */
  readonly RepointedByOthers?: true;
  /** The name of the generation that it trains. */
  readonly Generation?: string;
  /** The audience model that it points to, once that is there. */
  readonly To?: string;
  /** Since when that is there, in milliseconds. */
  readonly Since?: number;
  /** The ARN of the configured audience model that it has pointed there. */
  readonly Pointed?: string;
}

/** What an execution tells of itself, in the words of its event. */
export interface Report {
  readonly status: keyof typeof RetrainingStatus;
  readonly configuredAudienceModelArn?: string;
  readonly audienceModelArn?: string;
  readonly previousAudienceModelArn?: string;
  readonly repointedByOthers?: boolean;
  /** Why it failed, or was skipped. */
  readonly cause?: string;
  readonly durationSeconds: number;
}

interface Environment {
  readonly service: Service;
  readonly now: () => number;
  readonly log: Log;
  readonly stackId: string;
}

interface Run {
  readonly step: Step;
  readonly retraining: RetrainingProperties;
  readonly isScheduled: boolean;
  readonly goesBack: boolean;
  plan?: Plan;
  training: Omit<TrainingState, 'WindowsPassed'>;
  /** The ARN of the audience model that was last seen in use. */
  inUse?: string;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** What became ACTIVE so short a time ago, the schedule does not train again: a rate begins with the deployment that has just trained. */
const FRESH = 24 * HOUR;
const LONGEST_TRAINING = 48 * HOUR;

/** So long after the longest training nothing is worth waiting for any more, in minutes. */
const TO_END = 60;

/** What is not gone so long after another one came into use, the next execution deletes. */
const CLEARING = 2 * HOUR;

/** Nothing is to be done, and that is no failure. */
class Skipped extends Error {}

export async function runStep(task: RunTask, environment: Environment): Promise<RunState> {
  const { Retraining: retraining, Input: input, State: last } = task.Data;
  const step = stepOfRun(task, environment);
  const { memory, notes, elapsed } = step;
  const line = { Retraining: retraining.LogicalId, Execution: task.Execution, Steps: notes };
  const run: Run = {
    step,
    retraining,
    isScheduled: task.Execution.startsWith(SCHEDULED),
    goesBack: isRecord(input) && input.goBack === true,
    plan: last?.Plan,
    training: last?.Training ?? {},
  };
  const end = (report: Omit<Report, 'durationSeconds'>): RunState => {
    Object.assign(line, { Report: report });
    return { Version: STATE_VERSION, Next: 'END', Memory: memory, Report: { ...report, durationSeconds: Math.round(elapsed() / 1_000) } };
  };
  try {
    checkInput(input);
    if (last && last.Version !== STATE_VERSION) throw new Refusal(`the state is of version ${last.Version}, and this handler knows ${STATE_VERSION}`);
    return end(await advance(run));
  } catch (error) {
    const seconds = patience(error, run);
    if (seconds === undefined) return end(endedBy(error, run.inUse ?? run.plan?.From));
    Object.assign(line, { WaitingFor: (error as Error).message });
    return { Version: STATE_VERSION, Next: 'WAIT', Seconds: seconds, Memory: memory, Plan: run.plan, Training: run.training };
  } finally {
    environment.log(JSON.stringify(line));
  }
}

/** Until the next step, in seconds; undefined where there is no point in one. */
function patience(error: unknown, { step, plan, retraining: { Minutes } }: Run): number | undefined {
  const { elapsed, now, request } = step;
  if (!isNotYet(error, step) || elapsed() > (Number(Minutes) + TO_END) * MINUTE) return undefined;
  const pause = error instanceof NotYet ? error.details.pause ?? 0 : 0;
  return Math.ceil(Math.max(pollInterval((now() - (plan?.Since ?? request.startedAt)) / 1_000), pause / 1_000));
}

function endedBy(error: unknown, audienceModelArn?: string): Omit<Report, 'durationSeconds'> {
  const cause = error instanceof Error ? error.message : String(error);
  if (error instanceof Skipped) return { status: 'SKIPPED', cause };
  if (!isExpected(error)) throw error;
  return { status: 'FAILED', cause, audienceModelArn };
}

/** Whether it is not the handler's fault. */
function isExpected(error: unknown): error is Error {
  return error instanceof Refusal || error instanceof ServiceError || error instanceof NotYet || error instanceof Superseded;
}

function checkInput(input: unknown): void {
  const isKnown = isRecord(input) && Object.entries(input).every(([key, value]) => key === 'goBack' && typeof value === 'boolean');
  if (!isKnown) throw new Refusal(`the input must be {} or { "goBack": true }; got ${JSON.stringify(input)}`);
}

function stepOfRun(task: RunTask, { service, now, stackId }: Environment) {
  const { Execution, StartedAt, RetryCount, StateMachineArn, Data: { Retraining: retraining, State: last } } = task;
  const { LogicalId: logicalId, TrainingDatasetArn, KmsKeyArn, WindowHours, Tags } = retraining;
  const began = Date.parse(StartedAt);
  // Step Functions takes a name again after 90 days.
  const hash = shortHash(canonicalJson([stackId, logicalId, Execution, StartedAt]));
  const name = last?.Plan?.Generation ?? generatedName(logicalId, hash);
  const request: Request = {
    requestType: 'Create',
    type: ResourceType.AUDIENCE_MODEL,
    stackId,
    logicalId,
    identity: identityOfName(logicalId, name) ?? { name, hash, explicit: false },
    properties: {
      StateMachineArn,
      TrainingDatasetArn,
      KmsKeyArn,
      Tags,
      ...WindowHours !== undefined && {
        TrainingDataStartTime: new Date(began - Number(WindowHours) * HOUR).toISOString(), TrainingDataEndTime: new Date(began).toISOString(),
      },
    },
    afterCancellation: false,
    unchanged: false,
    // What was made before this execution has failed before it.
    operation: { StackStatus: 'UPDATE_IN_PROGRESS', LastUpdatedTime: StartedAt },
    startedAt: began,
    execution: Execution,
    fate: newMark(retraining),
  };
  return stepFor(request, { RetryCount, memory: last?.Memory ?? {}, isAnswered: true }, { service, now }, async () => {
    const stack = await describeStack(service, stackId);
    const resource = await describeStackResource(service, stackId, logicalId);
    const isGoing = /^(DELETE|ROLLBACK)_/.test(stack.status) || resource === undefined || resource.status.startsWith('DELETE_');
    if (isGoing) throw new Superseded(`the retraining ${logicalId} is being deleted`);
  });
}

async function advance(run: Run): Promise<Omit<Report, 'durationSeconds'>> {
  const { step, goesBack } = run;
  if (run.plan === undefined) {
    run.plan = await decide(run);
    // What a step does that dies, another one does again: not what it would decide then.
    throw new NotYet('it has decided what to do');
  }
  if (run.plan.To === undefined) run.plan = { ...run.plan, To: await train(run), Since: step.now() };
  const { From, To, RepointedByOthers } = run.plan as Plan & { To: string };
  // What becomes of it once it is in use, is none of the execution's business any more.
  const pointed = run.plan.Pointed ?? await putInPlace(run, To);
  run.plan = { ...run.plan, Pointed: pointed };
  if (!goesBack) await clearInTime(run, From, To);
  return {
    status: goesBack ? 'WENT_BACK' : 'TRAINED',
    configuredAudienceModelArn: pointed,
    audienceModelArn: To,
    previousAudienceModelArn: From,
    ...RepointedByOthers && { repointedByOthers: true },
  };
}

/** Points the configured audience model, whose ARN it returns, to what has been trained, or gone back to. */
async function putInPlace(run: Run, to: string): Promise<string> {
  const { step, plan, retraining: { AudienceModelArn: initial } } = run;
  const configured = await configuredNow(run);
  const { arn, audienceModelArn: current } = configured;
  const isAsLeft = [plan?.From, to].includes(current) || (current === initial && await beginsAnew(arn, run));
  if (!isAsLeft) await yieldTo(current, run, to);
  await point(step, inUseMark(run), configured, to, await generationsOf(step));
  run.inUse = to;
  return configured.arn;
}

/** Whether it is on what the template names because it is another one, or because what it used has gone with another retraining. */
async function beginsAnew(arn: string, { step, plan }: Run): Promise<boolean> {
  return plan === undefined || arn !== plan.Of || birthOf(await new AudienceModels(step).list(), plan.From) === undefined;
}

/** What a deployment, or another hand, has put in place meanwhile stays. The next execution takes up what is younger than that. */
async function yieldTo(inUse: string, { step, goesBack, retraining }: Run, to: string): Promise<never> {
  const models = await new AudienceModels(step).list();
  const isYounger = (birthOf(models, inUse) ?? 0) < (birthOf(models, to) ?? 0);
  const made = goesBack ? [] : (await generationsOf(step)).filter(({ detail: { arn } }) => arn === to);
  // If that is rolled back, this one is younger than what is in use then.
  const stays = isYounger || !await isAtRest(step);
  for (const one of made) await (stays ? mark(one, newMark(retraining), step) : removeIfLet(new Generations(step), [one], step));
  const advice = made.length > 0 && isYounger ? ': the next execution takes up what this one has trained, if it would train with the same' : '';
  throw new Refusal(`another audience model, ${inUse}, was put in place meanwhile${advice}`);
}

/** What is written on a generation that nothing has pointed to yet: an execution takes up only what was trained with what it would train with. */
function newMark({ TrainingDatasetArn, KmsKeyArn, WindowHours }: RetrainingProperties): string {
  return `${Fate.NEW}${shortHash(canonicalJson({ TrainingDatasetArn, KmsKeyArn, WindowHours }))}:`;
}

/** What is written on the generation that is in use for the model that the template names. */
function inUseMark({ retraining }: Run): string {
  return inUseFor(retraining.ConfiguredAudienceModel, retraining.AudienceModelArn);
}

/** Decides what the execution is to do, once it is certain that it is the only one. */
async function decide(run: Run): Promise<Plan> {
  const { step, retraining, retraining: { AudienceModelArn: initial }, goesBack, isScheduled } = run;
  await mustBeAlone(run);
  const { arn: Of, audienceModelArn: From } = await configuredNow(run);
  const generations = await generationsOf(step);
  const used = generations.find(({ detail: { arn } }) => arn === From);
  // It stayed in use when the retraining was removed, and had no model to point back to.
  const wasKept = used !== undefined && hasFate(used.tags, Fate.KEPT);
  if (wasKept) await mark(used, inUseMark(run), step);
  if (goesBack) return { Of, From, To: await before(run, From, generations) };

  if (isScheduled && await isFresh(step, From)) throw new Skipped(`the audience model in use, ${From}, has been trained a moment ago`);
  const isMarked = ({ tags }: Found) => hasFate(tags, inUseMark(run));
  const isKnown = From === initial ? !generations.some(isMarked) : used !== undefined && (wasKept || isMarked(used));
  // One whose execution was stopped, or could not point to it, is not trained in vain.
  const since = birthOf(await new AudienceModels(step).list(), From) ?? 0;
  const orphan = generations.find(({ detail: { status, createTime }, tags }) => (
    hasFate(tags, newMark(retraining)) && isAlive(status) && createTime.getTime() > since
  ));
  return { Of, From, ...!isKnown && { RepointedByOthers: true }, Generation: orphan?.detail.name ?? step.request.identity.name };
}

/** A schedule may start one before the last is over, and may start the same one twice. */
async function mustBeAlone({ step: { request, service, elapsed }, isScheduled }: Run): Promise<void> {
  const pause = DRAIN - elapsed();
  if (pause > 0) throw new NotYet('others that have begun may not be listed yet', { pause });
  const running = await listExecutions(service, String(request.properties.StateMachineArn), 'RUNNING');
  const own = { name: request.execution, startTime: new Date(request.startedAt), ...running.find(({ name }) => name === request.execution) };
  const isEarlier = (a: typeof own, b: typeof own) => a.startTime.getTime() - b.startTime.getTime() || (a.name < b.name ? -1 : 1);
  const other = running.find((one) => one.name !== own.name && isEarlier(one, own) < 0);
  if (other === undefined) return;
  const why = `another execution, ${other.name}, is under way`;
  throw isScheduled ? new Skipped(why) : new Refusal(`${why}: wait for its end, or stop it first`);
}

async function configuredNow(run: Run) {
  const { step, retraining: { ConfiguredAudienceModel: logicalId } } = run;
  const configured = await configuredOf(step, logicalId);
  // Or one that replaces it is not listed yet: then the next execution takes up what this one has trained.
  if (configured === undefined) throw new Refusal(`there is no configured audience model under ${logicalId}`);
  run.inUse = configured.audienceModelArn;
  return configured;
}

async function isFresh({ service, now }: Step, audienceModelArn: string): Promise<boolean> {
  const model = await service.call('GetAudienceModel', { audienceModelArn }).catch((error: unknown) => {
    // Others may have pointed to one that may not be seen.
    if (error instanceof ServiceError && !isTransient(error, Infinity)) return undefined;
    throw error;
  });
  // Whether tags move the time of its update is not known.
  return model?.status === 'ACTIVE' && now() - model.updateTime.getTime() < FRESH && now() - model.createTime.getTime() < FRESH + LONGEST_TRAINING;
}

/** The audience model before the one in use: the youngest that is older, of the generations and the one that the template names. */
async function before({ step, retraining: { AudienceModelArn: initial } }: Run, inUse: string, generations: Found[]): Promise<string> {
  const used = generations.filter(hasBeenUsed);
  const candidates = [initial, ...used.map(({ detail: { arn } }) => arn)];
  const models = await new AudienceModels(step).list();
  const since = birthOf(models, inUse) ?? Infinity;
  const [found] = models.filter(({ arn, status, createTime }) => status === 'ACTIVE' && candidates.includes(arn) && createTime.getTime() < since)
    .sort((a, b) => b.createTime.getTime() - a.createTime.getTime());
  if (found === undefined) throw new Refusal(`there is nothing to go back to: no model is left that is older than ${inUse}; keep says how many stay`);
  return found.arn;
}

function hasBeenUsed({ tags }: Found): boolean {
  return hasFate(tags, Fate.IN_USE) || hasFate(tags, Fate.FORMER);
}

/** The ARN of the generation, once it can be used. */
async function train(run: Run): Promise<string> {
  const { step, training, retraining: { Minutes: minutes } } = run;
  const mayCreate = step.elapsed() < minutes * MINUTE;
  const { seconds = 0, ...look }: Partial<Look> = training.Outcome ? training : await lookAt({ ...step, mayCreate }, training, {
    kindOf: (one) => new Generations(one), minutes, limit: 'timeout', advice: '',
  });
  run.training = look;
  if (look.Outcome === undefined) throw new NotYet(look.WaitingFor ?? 'it trains', { pause: 1_000 * seconds });
  const made = (await generationsOf(step)).filter(({ detail: { name } }) => name === step.request.identity.name);
  const usable = made.find(({ detail: { status } }) => status === 'ACTIVE');
  if (look.Outcome === 'SUCCEED' && usable) return usable.detail.arn;
  await removeIfLet(new Generations(step), made.filter(({ detail: { status } }) => status === 'CREATE_FAILED'), step);
  throw look.Cause === undefined ? deletedByOthers(step.request.identity.name) : new Refusal(look.Cause);
}

async function clearInTime(run: Run, from: string, to: string): Promise<void> {
  const { step, step: { now }, plan } = run;
  // What others went back over was not gone back from.
  await clear(step, run.retraining, { from: plan?.RepointedByOthers ? undefined : from, to }).catch((error: unknown) => {
    const isToWait = error instanceof Superseded || patience(error, run) !== undefined && now() - (plan?.Since ?? 0) < CLEARING;
    if (isToWait || !isExpected(error)) throw error;
    step.note(`left to the next execution: ${error.message}`);
  });
}
