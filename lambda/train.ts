import { Refusal, ServiceError, Superseded } from './errors';
import type { IsCompleteRequest } from './events';
import { Environment, logged } from './handler';
import { elapsed, isListed } from './operation';
import { Properties } from './properties';
import { reconcile } from './reconcile';
import { requestOf } from './request';
import { TrainingWait, trainingWait } from './resources/audience-model';
import { pollInterval, SHORTEST_TRY, tryInterval, untilNextWindow, windowsOver } from './schedule';
import type { Summary } from './service';
import { isTraining } from './status';
import { fence, Step } from './step';
import { leaveWindows } from './windows';

export interface TrainRequest {
  readonly Request: IsCompleteRequest;
  /** None in the first step. */
  readonly State?: TrainingState;
}

/** What one step leaves for the next. */
export interface TrainingState extends Look {
  /** What the state machine does now. */
  readonly Next: 'WAIT' | Ending;
  /** How long it waits. */
  readonly Seconds: number;
  /** How many windows the deployment has left. */
  readonly WindowsLeft: number;
}

type Ending = 'SUCCEED' | 'FAIL';

/** What was seen of the training. */
interface Look {
  /** How it ended: what is left to do then is to let the deployment go on. */
  readonly Outcome?: Ending;
  /** Why it failed. */
  readonly Cause?: string;
  /** The model in training. If it is gone, others have deleted it. */
  readonly AudienceModelArn?: string;
  /** Whether a list has shown that it is the only one of its name. From then on it is all there is to look at. */
  readonly HasNoCopy?: boolean;
  /** What is waited for. Once the wait is over the service is not asked to train again, and so does not say again why it does not. */
  readonly WaitingFor?: string;
  /** Until the next look. */
  readonly Seconds: number;
}

/** So soon after its predecessor, in seconds, a window begins; and so long it is waited for if CloudFormation takes its time. */
const NEXT_WINDOW = 1;
const NEXT_WINDOW_AT_LAST = 30;

/** One step of the state machine that trains: looks at the training, does what is due about it, and lets the deployment go on. */
export async function train({ Request, State }: TrainRequest, { service, now, log }: Environment): Promise<TrainingState> {
  return logged(Request, log, async (line) => {
    const request = requestOf(Request);
    const notes: string[] = [];
    const wait = trainingWait(new Properties(request.properties));
    // What begins when the wait is over would have to be deleted at once.
    const mayCreate = elapsed(request, now()) < 60_000 * wait.minutes;
    const step: Step = { request, service, now, mayCreate, trains: true, note: (text) => notes.push(text) };
    const state = await advance(step, State ?? { Next: 'WAIT', Seconds: 0, WindowsLeft: 0 }, wait);
    Object.assign(line, { Steps: notes, State: state });
    return state;
  });
}

async function advance(step: Step, before: TrainingState, wait: TrainingWait): Promise<TrainingState> {
  const seconds = elapsed(step.request, step.now()) / 1_000;
  const { length } = wait.windows;
  try {
    const look = before.Outcome ? before : await lookAt(step, before, wait);
    const over = look.Outcome ? length : windowsOver(seconds, length);
    if (before.WindowsLeft < over) await fence(step);
    const { left, moved } = await leaveWindows(step, wait.windows, before.WindowsLeft, over);

    const after = { ...look, WindowsLeft: left };
    if (left < over) {
      const patience = Math.min(Math.max(2 * before.Seconds, NEXT_WINDOW), NEXT_WINDOW_AT_LAST);
      return { ...after, Next: 'WAIT', Seconds: notTooSoon(look, moved ? NEXT_WINDOW : patience) };
    }
    if (look.Outcome) return { ...after, Next: look.Outcome };
    return { ...after, Next: 'WAIT', Seconds: notTooSoon(look, Math.ceil(Math.min(look.Seconds, untilNextWindow(seconds, length)))) };
  } catch (error) {
    // Nobody waits any more, and nothing may be done.
    if (error instanceof Superseded) return { ...before, Next: before.Outcome ?? 'FAIL', Cause: before.Cause ?? error.message };
    if (error instanceof ServiceError) return { ...before, Next: 'WAIT', Seconds: SHORTEST_TRY };
    throw error;
  }
}

/** While there is no model to look at, every look may try to create one. */
function notTooSoon({ Outcome, AudienceModelArn }: Look, seconds: number): number {
  return Outcome || AudienceModelArn ? seconds : Math.max(seconds, SHORTEST_TRY);
}

/** Looks at the training and does what is due about it. */
async function lookAt(step: Step, before: TrainingState, { minutes }: TrainingWait): Promise<Look> {
  const { request, now } = step;
  const seconds = elapsed(request, now()) / 1_000;
  try {
    const { model, waitingFor } = await trainingNow(step, before);
    if (waitingFor === undefined) return { Outcome: 'SUCCEED', Seconds: 0 };
    const left = 60 * minutes - seconds;
    const WaitingFor = model || step.mayCreate ? waitingFor : before.WaitingFor ?? waitingFor;
    if (left <= 0) return { Outcome: 'FAIL', Cause: `gave up after ${inWords(minutes)}: ${WaitingFor}`, Seconds: 0 };

    const AudienceModelArn = model?.arn ?? before.AudienceModelArn;
    const HasNoCopy = before.HasNoCopy || (model && isListed(model.createTime, now())) || undefined;
    // Only a queue has patience: what trains is looked at soon even if this look has failed.
    const interval = model ? pollInterval((now() - model.createTime.getTime()) / 1_000) : tryInterval(AudienceModelArn ? 0 : seconds);
    return { AudienceModelArn, HasNoCopy, WaitingFor, Seconds: Math.min(interval, left) };
  } catch (error) {
    if (error instanceof Refusal || error instanceof ServiceError) return { Outcome: 'FAIL', Cause: error.message, Seconds: 0 };
    throw error;
  }
}

interface Training {
  /** None where no training has been accepted. */
  readonly model?: Summary;
  /** Undefined once there is nothing to wait for. */
  readonly waitingFor?: string;
}

async function trainingNow(step: Step, { AudienceModelArn: arn, HasNoCopy }: TrainingState): Promise<Training> {
  // One call where the whole step takes four. If it fails, the step finds out why.
  const model = arn === undefined ? null : await step.service.getAudienceModel(arn).catch(() => null);
  if (HasNoCopy && model && isTraining(model.status)) return { model, waitingFor: `audience model ${model.name} is ${model.status}` };

  const isGone = model === undefined;
  const outcome = await reconcile(isGone ? { ...step, mayCreate: false } : step);
  if (outcome.done) return {};
  if (isGone && !outcome.training && !(outcome.reason instanceof ServiceError)) {
    throw new Refusal(`audience model ${step.request.identity.name} was deleted by somebody else; it is not trained twice for one deployment`);
  }
  return { model: outcome.training, waitingFor: outcome.reason.message };
}

function inWords(minutes: number): string {
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
