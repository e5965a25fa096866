import { Refusal } from '../errors';
import type { Kind, Step } from '../lifecycle';
import { isOfThisOperation } from '../operation';
import type { Properties } from '../properties';
import { isRollback } from '../request';
import type { AudienceModelDetail, Service, Tags } from '../service';

/** Only tags can change; all else takes another training, which takes up to two days. */
export class AudienceModels implements Kind<AudienceModelDetail> {
  readonly noun = 'audience model';
  readonly nameProp = 'audienceModelName';
  private readonly service: Service;

  constructor(private readonly step: Step) {
    this.service = step.service;
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
    if (previous.identity.hash === identity.hash && previous.identity.name !== identity.name) throw this.retraining(this.nameProp);
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

export function audienceModel(properties: Properties) {
  return {
    trainingDatasetArn: properties.text('TrainingDatasetArn'),
    trainingDataStartTime: properties.optionalTime('TrainingDataStartTime'),
    trainingDataEndTime: properties.optionalTime('TrainingDataEndTime'),
    kmsKeyArn: properties.optionalText('KmsKeyArn'),
    description: properties.optionalText('Description'),
  };
}
