import type { ResourceHandler } from './resource-handler';
import { Attribute, TrainingGoal, windowLengths } from '../../src/private/contract';
import { mustBeWaitedFor, mustNotBeImported, replacedBy } from '../before-training';
import { Detail, isTraining } from '../detail';
import { NotYet, Refusal, ServiceError } from '../errors';
import type { Operation, RawProperties } from '../events';
import { stopExecutions, stopPrevious, trainingOf, untilQuiet } from '../executions';
import { Kind } from '../kind';
import { ensure } from '../lifecycle';
import { isOfThisOperation } from '../operation';
import { preflight } from '../preflight';
import { differs, integer, list, object, optional, optionalText, text, time } from '../properties';
import { isRefusal, leave, removeOwn } from '../removal';
import { isRollback, Request } from '../request';
import { find } from '../search';
import type { Step } from '../step';
import { GRACE } from '../times';

/** What to do where a training is not begun again by itself, as the end of a sentence. */
export const TO_TRAIN_AGAIN = '; change generation to have it trained';

export const audienceModelType: ResourceHandler = {
  check: (properties) => [audienceModel(properties, ''), trainingWait(properties)],
  ensure: async (step) => ({
    trains: await beginTraining(step),
    attributes: { [Attribute.TRAINING]: trainingOf(step.request.logicalId, step.request.identity) },
  }),
  remove: endTraining,
};

/**
 * Asks for the training once, so that what the service refuses for good fails the model itself, and tells whether the execution has to
 * go on with it: to have it accepted, to look at it, and to let the deployment out of its windows.
 */
async function beginTraining(step: Step): Promise<boolean> {
  const { request, memory, elapsed } = step;
  const kind = new AudienceModels(step);
  await stopPrevious(step);
  const trains = isWaitedFor(request);
  try {
    await ensure(kind, step);
  } catch (error) {
    if (error instanceof Gone) memory.Said = error.message;
    else if (!trains || !isBegun(error, memory.Foreseen === true && elapsed() > GRACE)) throw error;
    step.note(error instanceof Error ? error.message : String(error));
  }
  return trains;
}

/** Others deleted the model, or tried to, of which a rollback would take back a change in place: nothing is to be taken back. */
class Gone extends Refusal {}

/**
 * Whether an answer to CreateAudienceModel, or a model, was seen that says that time will bring what is asked for; or nothing speaks against
 * it, and it `isDelayed`.
 */
function isBegun(error: unknown, isDelayed: boolean): boolean {
  if (error instanceof NotYet) return error.details.training !== undefined || error.details.pause !== undefined || isDelayed;
  return error instanceof ServiceError
    && ((error.operation === 'CreateAudienceModel' && /^(ServiceQuotaExceeded|Conflict)/.test(error.code)) || isDelayed);
}

/** Deletes the model, once nothing is left that could train it again. */
async function endTraining(step: Step): Promise<void> {
  const { identity } = step.request;
  const kind = new AudienceModels(step);
  await untilQuiet(step, async () => stopExecutions(step, identity)).catch(async (error: unknown) => {
    if (error instanceof ServiceError && isRefusal(error)) await leave(step, (await find(kind, identity, step)).ours);
    throw error;
  });
  await removeOwn(kind, step);
}

/** Whether the template has new windows, in which the deployment waits until it is let go on, or no windows at all. */
function isWaitedFor({ requestType, identity, physicalId, previous, properties, operation, unchanged }: Request): boolean {
  if (requestType === 'Create') return true;
  if (isRollback(operation) || previous === undefined) return false;
  return unchanged || identity.name !== physicalId || identity.name !== previous.identity.name || identity.hash !== previous.identity.hash
    || differs('TrainingWait', properties, previous.properties);
}

const audienceModel = object({
  TrainingDatasetArn: text,
  TrainingDataStartTime: optional(time),
  TrainingDataEndTime: optional(time),
  KmsKeyArn: optionalText,
  Description: optionalText,
});

/** Only tags can change; all else takes another training, which takes up to two days. */
export class AudienceModels extends Kind {
  public override readonly isCostly: boolean = true;

  constructor(step: Step) { super('AudienceModel', audienceModel, step); }

  /** Where the template asks for no more, a model in training will do. */
  public override isReady(status: string): boolean {
    const { properties, operation } = this.step.request;
    return isAwaited(status, trainingWait(properties).goal, operation);
  }

  public override async isTrained({ status }: Detail): Promise<boolean> { return status === 'ACTIVE'; }

  public override async checkCreate(): Promise<void> {
    const { step, step: { request, memory }, service } = this;
    const { identity, previous, operation, properties, physicalId } = request;
    if (previous && isRollback(operation)) {
      const isInPlace = previous.identity.name === identity.name && physicalId === identity.name;
      if (isInPlace) throw new Gone(`${this.noun} ${identity.name} is gone or DELETE_FAILED; change generation to have it trained again`);
      throw new Refusal(`the stack is rolling back to ${this.noun} ${identity.name}, which is gone or DELETE_FAILED; a rollback does not train it again`);
    }
    if (memory.CreatedArn !== undefined) throw deletedByOthers(identity.name);
    // Else the update that was to make it has failed, and is made again.
    if (previous && previous.identity.hash === identity.hash && (previous.identity.name !== identity.name || physicalId === identity.name)) {
      if (previous.identity.name !== identity.name) throw this.retraining(this.nameProp);
      throw new Refusal(`${this.noun} ${identity.name} is gone or DELETE_FAILED and nothing was changed that trains another: restore what was changed, or change generation to train again`);
    }
    if (memory.Foreseen) return;
    // Once that has gone on, its windows may be over one by one.
    if (!step.isAnswered) await mustBeWaitedFor(step, trainingWait(properties).windows);
    if (previous) await mustNotBeImported(step, await replacedBy(service, request, await this.list()));
    await preflight(step);
    memory.Foreseen = true;
  }

  /** Asked of the observed model and not of the old properties, so that the rollback of a refused change passes. */
  public override update({ createTime, description }: Detail, wanted: RawProperties, previous: RawProperties | undefined): undefined {
    const made = previous === undefined && isOfThisOperation(this.step.request, createTime);
    if (made || !differs('Description', wanted, previous) || (description ?? '') === (wanted.Description ?? '')) return undefined;
    throw this.retraining('description');
  }

  private retraining(prop: string): Refusal {
    return new Refusal(`a change of ${prop} needs the ${this.noun} to be trained again: undo it, or change generation to say that you mean it`);
  }
}

export function deletedByOthers(name: string): Refusal {
  return new Refusal(`audience model ${name} was deleted by somebody else; it is not trained twice for one deployment`);
}

/** Whether a status is what the template waits for. A training that nobody waited for may have failed since; a rollback leaves it so. */
export function isAwaited(status: string, goal: string, operation: Operation): boolean {
  return status === 'ACTIVE' || (goal === TrainingGoal.ACCEPTED && (isTraining(status) || (status === 'CREATE_FAILED' && isRollback(operation))));
}

/** What the deployment waits for, and how. */
export interface TrainingWait {
  readonly goal: string;
  readonly minutes: number;
  readonly windows: readonly string[];
  /** How long the deployment waits in each window, in minutes. */
  readonly lengths: readonly number[];
}

const readWait = object({
  TrainingWait: object({ Until: text, Minutes: integer(1, 5 * 24 * 60), Windows: optional(list(text)) }),
});

export function trainingWait(properties: RawProperties): TrainingWait {
  const { until: goal, minutes, windows = [] } = readWait(properties, '').trainingWait;
  return { goal, minutes, windows, lengths: windowLengths(minutes).slice(0, windows.length) };
}
