import { TrainingGoal } from '../../src/private/contract';
import { Refusal } from '../errors';
import type { Operation } from '../events';
import { isOfThisOperation } from '../operation';
import { Properties } from '../properties';
import { isRollback } from '../request';
import type { AudienceModelDetail, Service, Tags } from '../service';
import { isTraining } from '../status';
import type { Kind, Step } from '../step';

/** Only tags can change; all else takes another training, which takes up to two days. */
export class AudienceModels implements Kind<AudienceModelDetail> {
  readonly noun = 'audience model';
  readonly uniqueNames = false;
  readonly nameProp = 'audienceModelName';
  private readonly service: Service;

  constructor(private readonly step: Step) {
    this.service = step.service;
  }

  /** Where the template asks for no more, a model in training will do. */
  isReady(status: string): boolean {
    const { properties, operation } = this.step.request;
    return isAwaited(status, new Properties(properties).object('TrainingWait').text('Until'), operation);
  }

  async list() { return this.service.listAudienceModels(); }
  async get(arn: string) { return this.service.getAudienceModel(arn); }
  async delete(arn: string) { return this.service.deleteAudienceModel(arn); }

  async create(name: string, properties: Properties, tags: Tags): Promise<string> {
    return this.service.createAudienceModel({ name, tags, ...audienceModel(properties) });
  }

  async checkCreate(): Promise<void> {
    const { identity, previous, operation } = this.step.request;
    if (previous === undefined) return;
    if (isRollback(operation)) {
      throw new Refusal(`the stack is rolling back to ${this.noun} ${identity.name}, which is gone; a rollback does not train it again`);
    }
    if (previous.identity.hash !== identity.hash) return;
    if (previous.identity.name !== identity.name) throw this.retraining(this.nameProp);
    throw new Refusal(`${this.noun} ${identity.name} is gone and nothing was changed that trains another: restore what was changed, or change generation to train again`);
  }

  /** Asked of the observed model and not of the old properties, so that the rollback of a refused change passes. */
  update(observed: AudienceModelDetail, wanted: Properties, previous: Properties | undefined): undefined {
    const made = previous === undefined && isOfThisOperation(this.step.request, observed.createTime);
    if (!made && wanted.differs('Description', previous) && (observed.description ?? '') !== (wanted.optionalText('Description') ?? '')) {
      throw this.retraining('description');
    }
    return undefined;
  }

  private retraining(prop: string): Refusal {
    return new Refusal(`a change of ${prop} needs the ${this.noun} to be trained again: undo it, or change generation to say that you mean it`);
  }
}

/** Whether a status is what the template waits for. A training that nobody waited for may have failed since; a rollback leaves it so. */
export function isAwaited(status: string, goal: string, operation: Operation): boolean {
  return status === 'ACTIVE' || (goal === TrainingGoal.ACCEPTED && (isTraining(status) || (status === 'CREATE_FAILED' && isRollback(operation))));
}

const MAX_MINUTES = 5 * 24 * 60;

/** What the deployment waits for, and how. */
export interface TrainingWait {
  readonly goal: string;
  readonly minutes: number;
  readonly windows: string[];
  readonly stateMachineArn: string;
}

export function trainingWait(properties: Properties): TrainingWait {
  const wait = properties.object('TrainingWait');
  return {
    goal: wait.text('Until'),
    minutes: wait.integer('Minutes', 1, MAX_MINUTES),
    windows: wait.texts('Windows'),
    stateMachineArn: properties.text('TrainingStateMachineArn'),
  };
}

export function audienceModel(properties: Properties) {
  return {
    trainingDatasetArn: properties.text('TrainingDatasetArn'),
    trainingDataStartTime: properties.optionalTime('TrainingDataStartTime'),
    trainingDataEndTime: properties.optionalTime('TrainingDataEndTime'),
    kmsKeyArn: properties.optionalText('KmsKeyArn'),
    description: properties.optionalText('Description'),
  };
}
