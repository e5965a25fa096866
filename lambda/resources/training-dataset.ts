import { AudienceModels } from './audience-model';
import { ResourceHandler, synchronous } from './resource-handler';
import { Attribute, Fate } from '../../src/private/contract';
import type { Detail, Found, Tags } from '../detail';
import { Refusal } from '../errors';
import type { RawProperties } from '../events';
import { isForGood, isLeft } from '../garbage';
import { canonicalJson } from '../identity';
import { DetailOf, Kind, listAll } from '../kind';
import { list, object, optionalText, text } from '../properties';
import { remove } from '../removal';
import { isEndOfStack, isRollback } from '../request';
import { tagged } from '../search';
import { fence, Step } from '../step';
import { hasFate, isGeneration, isOfStack } from '../tags';

const trainingDataset = object({
  RoleArn: text,
  TrainingData: list(object({
    Type: text,
    InputConfig: object({
      Schema: list(object({ ColumnName: text, ColumnTypes: list(text) })),
      DataSource: object({ GlueDataSource: object({ TableName: text, DatabaseName: text, CatalogId: optionalText }) }),
    }),
  })),
  Description: optionalText,
});

/** Only tags can change. */
export class TrainingDatasets extends Kind<DetailOf<'TrainingDataset'>> {
  public override readonly uniqueNames = true;

  constructor(step: Step) { super('TrainingDataset', trainingDataset, step); }

  /** With the models that were left: the service deletes no dataset that has models. */
  public override async delete(arn: string): Promise<void> {
    const { step, step: { request } } = this;
    const models = new AudienceModels(step);
    const left = await tagged(models, step, await this.modelsOf([arn]), (tags, { status }) => isOfStack(request, tags) && isLeft({ tags, status }));
    // What became ACTIVE meanwhile keeps its dataset, unless that makes room for another of its name.
    const mayEnd = request.requestType !== 'Delete' || isForGood(request);
    await remove(models, left.filter(({ detail: { status } }) => mayEnd || status !== 'ACTIVE'), step);
    await fence(this.step);
    await super.delete(arn);
  }

  /**
   * What was left behind, or retained, may have a role that was deleted and created anew since: nothing can be trained with it. What was
   * trained can be used, so then it stays.
   */
  public override async isOutdated({ arn, roleArn }: DetailOf<'TrainingDataset'>): Promise<boolean> {
    const { request } = this.step;
    return roleArn !== request.properties.RoleArn && !isRollback(request.operation) && !await this.isTrained({ arn });
  }

  /** Whether a model that can be used hangs on it. */
  public override async isTrained({ arn }: Pick<Detail, 'arn'>): Promise<boolean> {
    const models = await tagged(new AudienceModels(this.step), this.step, await this.modelsOf([arn]), (tags) => isOfStack(this.step.request, tags));
    // A list may show an earlier status.
    return models.some(({ detail: { status } }) => status === 'ACTIVE');
  }

  /** Whether a generation of a retraining hangs on it: the next one makes it free. */
  public override async isHeld({ arn }: Pick<Detail, 'arn'>): Promise<boolean> {
    const { step, step: { request } } = this;
    const holds = (tags: Tags) => isOfStack(request, tags) && isGeneration(tags);
    return (await tagged(new AudienceModels(step), step, await this.modelsOf([arn]), holds)).length > 0;
  }

  /** It costs nothing to make another one, but for the models that hang on it; at the end of the stack, but for those that stay. */
  public override async isNeeded(found: Found): Promise<boolean> {
    const { step, step: { request } } = this;
    const models = await this.modelsOf([found.detail.arn]);
    const stays = (tags: Tags) => !isOfStack(request, tags) || hasFate(tags, Fate.RETAINED);
    const users = isEndOfStack(request) ? await tagged(new AudienceModels(step), step, models, stays) : models;
    return users.length > 0 || this.isNamed(found);
  }

  /** A new dataset has a new ARN, and with that every model is trained again: not for a comment. */
  public override async checkCreate(): Promise<void> {
    const { properties, previous } = this.step.request;
    if (previous === undefined || data(previous.properties) !== data(properties)) return;
    const old = (await this.list()).filter(({ name }) => name === previous.identity.name).map(({ arn }) => arn);
    // With a role that is gone nothing is trained again anyway.
    for (const arn of old) if ((await this.get(arn))?.roleArn !== properties.RoleArn) return;
    const users = (await this.modelsOf(old)).filter(({ status }) => !status.startsWith('DELETE_'));
    if (users.length === 0) return;
    throw new Refusal('a change of description or trainingDatasetName alone replaces the training dataset, and would train again what uses it '
      + `(${users.slice(0, 3).map(({ name }) => name).join(', ')}${users.length > 3 ? ', …' : ''}): undo it, or make it together with a change of the dataset or the role`);
  }

  private async modelsOf(arns: string[]) {
    return (await listAll(this.service, 'AudienceModel')).filter(({ trainingDatasetArn }) => arns.includes(trainingDatasetArn));
  }
}

function data({ RoleArn, TrainingData }: RawProperties): string {
  return canonicalJson({ RoleArn, TrainingData });
}

export const trainingDatasetType: ResourceHandler = synchronous(
  Attribute.TRAINING_DATASET_ARN, trainingDataset, (step) => new TrainingDatasets(step),
);
