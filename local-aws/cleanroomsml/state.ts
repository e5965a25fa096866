/** What the service holds. Every change happens in one go, without an `await` between a check and its effect. */
import * as crypto from 'node:crypto';
import { Account } from '../aws';
import { failure } from './errors';
import { Input, Output } from './model';

export interface Resource {
  readonly arn: string;
  readonly name: string;
  readonly sequence: number;
  readonly createTime: Date;
  updateTime: Date;
  description?: string;
  tags: Record<string, string>;
}

export interface TrainingDataset extends Resource {
  readonly request: Input<'CreateTrainingDataset'>;
}

export interface AudienceModel extends Resource {
  readonly request: Input<'CreateAudienceModel'>;
  status: Output<'GetAudienceModel'>['status'];
  statusDetails?: Output<'GetAudienceModel'>['statusDetails'];
  /** Ends the training when the model is deleted. */
  readonly deleted: AbortController;
}

export interface ConfiguredAudienceModel extends Resource {
  readonly request: Input<'CreateConfiguredAudienceModel'>;
  audienceModelArn: string;
  outputConfig: Input<'CreateConfiguredAudienceModel'>['outputConfig'];
  sharedAudienceMetrics: Input<'CreateConfiguredAudienceModel'>['sharedAudienceMetrics'];
  minMatchingSeedSize?: number;
  audienceSizeConfig?: Input<'CreateConfiguredAudienceModel'>['audienceSizeConfig'];
  policy?: { readonly document: string; readonly hash: string };
}

export type ResourceTypeName = 'training-dataset' | 'audience-model' | 'configured-audience-model';

export class Table<R extends Resource> {
  private readonly rows = new Map<string, R>();

  constructor(private readonly type: ResourceTypeName) {}

  all(): R[] {
    return [...this.rows.values()];
  }

  find(arn: string): R | undefined {
    return this.rows.get(arn);
  }

  get(arn: string): R {
    const row = this.rows.get(arn);
    if (!row) throw failure('ResourceNotFoundException', `Resource of type ${this.type} with ARN ${arn} does not exist`);
    return row;
  }

  add(row: R): void {
    this.rows.set(row.arn, row);
  }

  remove(row: R): void {
    this.rows.delete(row.arn);
  }
}

export class State {
  readonly trainingDatasets = new Table<TrainingDataset>('training-dataset');
  readonly audienceModels = new Table<AudienceModel>('audience-model');
  readonly configuredAudienceModels = new Table<ConfiguredAudienceModel>('configured-audience-model');
  private sequence = 0;

  constructor(private readonly account: Account) {}

  /** Invents the ARN of a resource to be. It is the same in every run, so that a run can be repeated. */
  newArn(type: ResourceTypeName): { readonly arn: string; readonly sequence: number } {
    const sequence = ++this.sequence;
    const hex = crypto.createHash('sha256').update(`${type} ${sequence}`).digest('hex');
    const uuid = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
    const { partition, region, accountId } = this.account;
    return { arn: `arn:${partition}:cleanrooms-ml:${region}:${accountId}:${type}/${uuid}`, sequence };
  }

  /** A resource of any type. */
  find(arn: string): Resource | undefined {
    return this.trainingDatasets.find(arn) ?? this.audienceModels.find(arn) ?? this.configuredAudienceModels.find(arn);
  }
}
