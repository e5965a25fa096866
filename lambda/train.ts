import { isTraining, Summary } from './detail';
import { NotYet, Refusal, ServiceError, Superseded } from './errors';
import { ExecutionData, State, STATE_VERSION, Task, TrainingState } from './events';
import { ensure } from './lifecycle';
import { logged } from './log';
import { isListed } from './operation';
import { StepEnvironment, strangeVersion } from './request-step';
import { AudienceModels, deletedByOthers, TO_TRAIN_AGAIN, TrainingWait, trainingWait } from './resources/audience-model';
import { pollInterval, SHORTEST_TRY, tryInterval, windowsOver } from './schedule';
import { isNotYet, mayBeUnseen, mustBeNamed, Step, stepOf } from './step';
import { passWindows } from './windows';
import { LONGEST_WAIT } from '../src/private/contract';

/** What was seen of the training. */
export interface Look extends Omit<TrainingState, 'WindowsPassed'> {
  /** Until the next look, in seconds. */
  readonly seconds: number;
}

/**
 * So soon after its predecessor, in seconds, a window begins; and so often it is looked for if CloudFormation takes its time, or where a
 * deployment has failed with rollback disabled and may go on. That is waited for as long as the longest wait takes.
 */
const NEXT_WINDOW = 1;
const NEXT_WINDOW_AT_LAST = 300;

/** One step of a training whose request is answered: looks at it, does what there is to do, and lets the deployment go on. */
export async function trainingStep(task: Task, { service, now, log }: StepEnvironment): Promise<State> {
  const { Event: event } = task.Data;
  return logged(event, log, async (line) => {
    try {
      const last = knownState(task.Data);
      const step = stepOf({ ...task, Data: { ...task.Data, State: last } }, { service, now });
      const { request, memory, notes, elapsed } = step;
      const wait = trainingWait(request.properties);
      // What begins when the wait is over would have to be deleted at once.
      const mayCreate = elapsed() < 60_000 * wait.minutes;
      const before = last?.Training ?? { WindowsPassed: 0, AudienceModelArn: memory.CreatedArn };
      const { seconds, next, training } = await advance({ ...step, mayCreate }, before, last?.Seconds ?? 0, wait);
      const state: State = { Version: STATE_VERSION, Next: next, Seconds: seconds, Cause: training.Cause, Memory: memory, Training: training };
      Object.assign(line, { Steps: notes, State: state });
      return state;
    } catch (error) {
      // Repeating it changes nothing.
      if (!(error instanceof Refusal)) throw error;
      return { Version: STATE_VERSION, Next: 'FAIL', Cause: error.message, Memory: {} };
    }
  });
}

/** The state that the step before left. Where another version of the handler did, the windows are opened, so that the gate says so. */
function knownState(data: ExecutionData): State | undefined {
  const Cause = strangeVersion(data);
  return Cause === undefined ? data.State : { Version: STATE_VERSION, Next: 'WAIT', Memory: {}, Training: { Outcome: 'FAIL', Cause, WindowsPassed: 0 } };
}

/** How a training goes that a deployment waits for. */
const OF_DEPLOYMENT = { kindOf: (step: Step) => new AudienceModels(step), limit: 'trainingWait', advice: TO_TRAIN_AGAIN };

interface Advance {
  readonly next: 'WAIT' | 'SUCCEED' | 'FAIL';
  readonly seconds: number;
  readonly training: TrainingState;
}

async function advance(step: Step, before: TrainingState, waited: number, wait: TrainingWait): Promise<Advance> {
  const since = step.elapsed() / 1_000;
  try {
    const { seconds, ...look } = before.Outcome ? { ...before, seconds: 0 } : await lookAt(step, before, { ...wait, ...OF_DEPLOYMENT });
    const { over, untilNext } = windowsOver(since, wait.lengths);
    const toPass = look.Outcome ? wait.windows.length : over;
    const isAwaited = before.WindowsPassed >= toPass || await mustBeNamed(step);
    if (!isAwaited && since > 60 * LONGEST_WAIT) return { next: look.Outcome ?? 'FAIL', seconds: 0, training: { ...before, ...look } };
    const { passed, moved } = await passWindows(step, wait.windows, before.WindowsPassed, toPass);

    const training = { ...look, WindowsPassed: passed };
    if (passed < toPass) {
      const patience = Math.min(Math.max(2 * waited, NEXT_WINDOW), NEXT_WINDOW_AT_LAST);
      return { next: 'WAIT', seconds: notTooSoon(look, moved ? NEXT_WINDOW : patience), training };
    }
    if (look.Outcome) return { next: look.Outcome, seconds: 0, training };
    return { next: 'WAIT', seconds: notTooSoon(look, Math.ceil(Math.min(seconds, untilNext))), training };
  } catch (error) {
    // Nobody waits any more, and nothing may be done.
    if (error instanceof Superseded) return { next: before.Outcome ?? 'FAIL', seconds: 0, training: { ...before, Cause: before.Cause ?? error.message } };
    if (error instanceof ServiceError) return { next: 'WAIT', seconds: SHORTEST_TRY, training: before };
    throw error;
  }
}

/** While there is no model to look at, every look may try to create one. */
function notTooSoon({ Outcome, AudienceModelArn }: Omit<TrainingState, 'WindowsPassed'>, seconds: number): number {
  return Outcome || AudienceModelArn ? seconds : Math.max(seconds, SHORTEST_TRY);
}

export interface TrainingOptions {
  readonly kindOf: (step: Step) => AudienceModels;
  /** How long it may take. */
  readonly minutes: number;
  /** The construct property that says so. */
  readonly limit: string;
  /** What to do where it was given up, as the end of a sentence. */
  readonly advice: string;
}

/** Looks at the training and does what there is to do about it. */
export async function lookAt(
  step: Step, before: Omit<TrainingState, 'WindowsPassed'>, { kindOf, minutes, limit, advice }: TrainingOptions,
): Promise<Look> {
  const { now, elapsed } = step;
  const since = elapsed() / 1_000;
  try {
    const { model, waitingFor } = await trainingNow(step, before, kindOf);
    if (waitingFor === undefined) return { Outcome: 'SUCCEED', seconds: 0 };
    const left = 60 * minutes - since;
    const WaitingFor = model || step.mayCreate ? waitingFor : before.WaitingFor ?? waitingFor;
    if (left <= 0) return { Outcome: 'FAIL', Cause: gaveUp(minutes, WaitingFor, limit), seconds: 0 };

    const AudienceModelArn = model?.arn ?? before.AudienceModelArn;
    const HasNoCopy = before.HasNoCopy || (model && (step.memory.UnsureUntil === undefined || isListed(model.createTime, now()))) || undefined;
    // Only a queue has patience: what trains is looked at soon even if this look has failed.
    const interval = model ? pollInterval((now() - model.createTime.getTime()) / 1_000) : tryInterval(AudienceModelArn ? 0 : since);
    return { AudienceModelArn, HasNoCopy, WaitingFor, seconds: Math.min(interval, left) };
  } catch (error) {
    if (error instanceof Superseded) return { Outcome: 'FAIL', Cause: `it was given up before it was trained: ${error.message}${advice}`, seconds: 0 };
    if (error instanceof Refusal || error instanceof ServiceError) return { Outcome: 'FAIL', Cause: error.message, seconds: 0 };
    throw error;
  }
}

interface Training {
  /** None where no training has been accepted. */
  readonly model?: Summary;
  /** Undefined once there is nothing to wait for. */
  readonly waitingFor?: string;
}

async function trainingNow(
  step: Step, { AudienceModelArn: arn, HasNoCopy }: Omit<TrainingState, 'WindowsPassed'>, kindOf: TrainingOptions['kindOf'],
): Promise<Training> {
  // One call where the whole step takes four. If it fails, the step finds out why.
  const model = arn === undefined ? null : await kindOf(step).get(arn).catch(() => null);
  if (HasNoCopy && model && isTraining(model.status)) return { model, waitingFor: `audience model ${model.name} is ${model.status}` };

  const isGone = model === undefined && !mayBeUnseen(step);
  const one = isGone ? { ...step, mayCreate: false } : step;
  try {
    await ensure(kindOf(one), one);
    return {};
  } catch (error) {
    // What was accepted is not given up for a look that failed.
    if (!isNotYet(error, step) && !(arn !== undefined && isFailedLook(error))) throw error;
    if (!(error instanceof NotYet)) return { waitingFor: (error as Error).message };
    const { training } = error.details;
    if (isGone && !training) throw deletedByOthers(step.request.identity.name);
    return { model: training, waitingFor: error.message };
  }
}

function isFailedLook(error: unknown): boolean {
  return error instanceof ServiceError && /^(Get|List|Describe)/.test(error.operation);
}

function gaveUp(minutes: number, waitingFor: string, limit: string): string {
  return `gave up after ${inWords(minutes)}: ${waitingFor}; set ${limit} to more, `
    + 'or have the quota L-11056252 raised, which says how many audience models are trained at a time; an account that has 500 must delete some';
}

function inWords(minutes: number): string {
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
