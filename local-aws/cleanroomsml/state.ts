/** What the service holds. Every change happens in one go, without an `await` between a check and its effect. */
import * as crypto from 'node:crypto';
import { Account } from '../aws';
import { failure } from './errors';
import { Lasting } from './lifecycle';
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

export interface AudienceModel extends Resource, Lasting {
  readonly request: Input<'CreateAudienceModel'>;
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

/** One generation of an audience. Up to two accounts see it, each as a job of its own. */
export interface Generation extends Lasting {
  /** With which the ARNs of the jobs end. */
  readonly id: string;
  readonly request: Input<'StartAudienceGenerationJob'>;
  readonly createTime: Date;
  readonly startedBy: string;
  /** The account of the configured audience model. */
  readonly ownedBy: string;
  /** The configured audience model as it was at the start. Later updates are for later jobs. */
  readonly model: Readonly<ConfiguredAudienceModel>;
  readonly protectedQueryIdentifier?: string;
  metrics?: Output<'GetAudienceGenerationJob'>['metrics'];
}

/** A generation as one account sees it. */
export class AudienceGenerationJob implements Resource {
  constructor(
    readonly arn: string,
    readonly sequence: number,
    readonly name: string,
    public tags: Record<string, string>,
    readonly generation: Generation,
  ) {}

  get request() { return this.generation.request; }
  get createTime() { return this.generation.createTime; }
  get updateTime() { return this.generation.updateTime; }
  get description() { return this.generation.request.description; }
  get status() { return this.generation.status; }
  get statusDetails() { return this.generation.statusDetails; }
}

/** One export of an audience, whoever sees it. */
export interface Export extends Lasting<Output<'ListAudienceExportJobs'>['audienceExportJobs'][number]['status']> {
  readonly generation: Generation;
  readonly request: Input<'StartAudienceExportJob'>;
  readonly createTime: Date;
  readonly startedBy: string;
  outputLocation?: string;
}

/** An export as one account sees it. It has no ARN. */
export class AudienceExportJob {
  constructor(readonly sequence: number, readonly job: AudienceGenerationJob, readonly work: Export) {}

  get name() { return this.work.name; }
  get request() { return this.work.request; }
  get createTime() { return this.work.createTime; }
  get updateTime() { return this.work.updateTime; }
  get status() { return this.work.status; }
  get statusDetails() { return this.work.statusDetails; }
  get outputLocation() { return this.work.outputLocation; }
}

export type ResourceTypeName = 'training-dataset' | 'audience-model' | 'configured-audience-model' | 'audience-generation-job';

export class Table<R extends Resource> {
  private readonly rows = new Map<string, R>();

  /** @param isKnown whether a resource is known by its ARN yet */
  constructor(private readonly type: ResourceTypeName, private readonly isKnown: (row: Resource) => boolean) {}

  all(): R[] {
    return [...this.rows.values()];
  }

  find(arn: string): R | undefined {
    const row = this.rows.get(arn);
    return row && this.isKnown(row) ? row : undefined;
  }

  get(arn: string): R {
    const row = this.find(arn);
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
  readonly trainingDatasets: Table<TrainingDataset>;
  readonly audienceModels: Table<AudienceModel>;
  readonly configuredAudienceModels: Table<ConfiguredAudienceModel>;
  readonly audienceGenerationJobs: Table<AudienceGenerationJob>;
  private exportJobs: AudienceExportJob[] = [];
  private sequence = 0;

  /** @param isKnown whether a resource is known by its ARN yet */
  constructor(private readonly account: Account, isKnown: (row: Resource) => boolean) {
    this.trainingDatasets = new Table('training-dataset', isKnown);
    this.audienceModels = new Table('audience-model', isKnown);
    this.configuredAudienceModels = new Table('configured-audience-model', isKnown);
    this.audienceGenerationJobs = new Table('audience-generation-job', isKnown);
  }

  /** Invents the ARN of a resource to be. It is the same in every run, so that a run can be repeated. */
  newArn(type: ResourceTypeName): { readonly arn: string; readonly sequence: number } {
    const sequence = this.newSequence();
    const { partition, region, accountId } = this.account;
    // Another account may get a job of the same id as this one's, among its own.
    const seed = type === 'audience-generation-job' ? `${type} ${accountId} ${sequence}` : `${type} ${sequence}`;
    return { arn: `arn:${partition}:cleanrooms-ml:${region}:${accountId}:${type}/${uuidOf(seed)}`, sequence };
  }

  newSequence(): number {
    return ++this.sequence;
  }

  audienceExportJobs(): AudienceExportJob[] {
    return this.exportJobs;
  }

  /** How this account sees a generation. */
  jobOf(generation: Generation): AudienceGenerationJob | undefined {
    return this.audienceGenerationJobs.all().find((job) => job.generation === generation);
  }

  addExport(audienceExport: Export): void {
    const job = this.jobOf(audienceExport.generation);
    if (job) this.exportJobs.push(new AudienceExportJob(this.newSequence(), job, audienceExport));
  }

  /** With its exports, but not with what they have written. */
  removeGeneration(generation: Generation): void {
    const job = this.jobOf(generation);
    if (job) this.audienceGenerationJobs.remove(job);
    this.exportJobs = this.exportJobs.filter((exportJob) => exportJob.work.generation !== generation);
  }

  /** A resource of any type. */
  find(arn: string): Resource | undefined {
    return this.trainingDatasets.find(arn) ?? this.audienceModels.find(arn) ?? this.configuredAudienceModels.find(arn) ??
      this.audienceGenerationJobs.find(arn);
  }
}

/** A UUID that is the same in every run. */
export function uuidOf(seed: string): string {
  const hex = crypto.createHash('sha256').update(seed).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
