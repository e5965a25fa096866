import type { Dataset, GetTrainingDatasetResponse } from '@aws-sdk/client-cleanroomsml';
import { AudienceModels, listAudienceModels } from './audience-model';
import { ResourceHandler, synchronous } from './resource-handler';
import { Attribute } from '../../src/private/contract';
import type { Detail, Tags } from '../detail';
import { Refusal } from '../errors';
import { canonicalJson } from '../identity';
import type { Properties } from '../properties';
import { removeDue } from '../removal';
import { isRollback } from '../request';
import { tagged } from '../search';
import { ifFound, pagesOf, Service } from '../service';
import { fence, Kind, Step } from '../step';
import { isOfStack } from '../tags';

type TrainingDatasetDetail = Detail & GetTrainingDatasetResponse;

/** Only tags can change. */
export class TrainingDatasets implements Kind<TrainingDatasetDetail> {
  readonly noun = 'training dataset';
  readonly uniqueNames = true;
  readonly nameProp = 'trainingDatasetName';
  private readonly service: Service;

  constructor(private readonly step: Step) {
    this.service = step.service;
  }

  isReady(status: string) { return status === 'ACTIVE'; }

  async list() {
    const pages = await pagesOf(async (nextToken) => this.service.call('ListTrainingDatasets', { maxResults: 100, nextToken }));
    return pages.flatMap((page) => page.trainingDatasets).map((summary) => ({ ...summary, arn: summary.trainingDatasetArn }));
  }

  async get(arn: string): Promise<TrainingDatasetDetail | undefined> {
    const detail = await ifFound(this.service.call('GetTrainingDataset', { trainingDatasetArn: arn }));
    return detail && { ...detail, arn: detail.trainingDatasetArn };
  }

  /** With the models that a clean-up had to leave, for their construct may have gone: the service deletes no dataset that has models. */
  async delete(arn: string) {
    const { step, service } = this;
    const models = (await listAudienceModels(service)).filter(({ trainingDatasetArn }) => trainingDatasetArn === arn);
    await removeDue(new AudienceModels(step), models, step);
    await fence(step);
    await ifFound(service.call('DeleteTrainingDataset', { trainingDatasetArn: arn }));
  }

  async create(name: string, properties: Properties, tags: Tags): Promise<string> {
    return (await this.service.call('CreateTrainingDataset', { name, tags, ...trainingDataset(properties) })).trainingDatasetArn;
  }

  /**
   * What was left behind, or retained, may have a role that was deleted and created anew since: nothing can be trained with it. What was
   * trained can be used, so then it stays.
   */
  async isOutdated({ arn, roleArn }: TrainingDatasetDetail): Promise<boolean> {
    const { request, service } = this.step;
    if (roleArn === request.properties.RoleArn || isRollback(request.operation)) return false;
    const trained = (await listAudienceModels(service)).filter((model) => model.trainingDatasetArn === arn && model.status === 'ACTIVE');
    return (await tagged(new AudienceModels(this.step), this.step, trained, (tags) => isOfStack(request, tags))).length === 0;
  }

  /** A new dataset has a new ARN, and with that every model is trained again: not for a comment. */
  async checkCreate(): Promise<void> {
    const { properties, previous } = this.step.request;
    if (previous === undefined || data(previous.properties) !== data(properties)) return;
    const old = (await this.list()).filter(({ name }) => name === previous.identity.name).map(({ arn }) => arn);
    const users = (await listAudienceModels(this.service))
      .filter(({ trainingDatasetArn, status }) => old.includes(trainingDatasetArn) && !status.startsWith('DELETE_'));
    if (users.length === 0) return;
    throw new Refusal('a change of description or trainingDatasetName alone replaces the training dataset, and would train again what uses it '
      + `(${users.slice(0, 3).map(({ name }) => name).join(', ')}${users.length > 3 ? ', …' : ''}): undo it, or make it together with a change of the dataset or the role`);
  }

  update(): undefined {
    return undefined;
  }
}

function data({ RoleArn, TrainingData }: Readonly<Record<string, unknown>>): string {
  return canonicalJson({ RoleArn, TrainingData });
}

export function trainingDataset(properties: Properties) {
  return {
    roleArn: properties.text('RoleArn'),
    trainingData: properties.objects('TrainingData').map(dataset),
    description: properties.optionalText('Description'),
  };
}

function dataset(properties: Properties): Dataset {
  const input = properties.object('InputConfig');
  const table = input.object('DataSource').object('GlueDataSource');
  return {
    type: properties.text('Type'),
    inputConfig: {
      schema: input.objects('Schema').map((column) => ({ columnName: column.text('ColumnName'), columnTypes: column.texts('ColumnTypes') })),
      dataSource: {
        glueDataSource: {
          tableName: table.text('TableName'),
          databaseName: table.text('DatabaseName'),
          catalogId: table.optionalText('CatalogId'),
        },
      },
    },
  };
}

export const trainingDatasetType: ResourceHandler = synchronous(
  Attribute.TRAINING_DATASET_ARN, trainingDataset, (step) => new TrainingDatasets(step),
);
