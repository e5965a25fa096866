import { Clock } from '../clock';
import { Accounts } from './accounts';
import { sizesOf } from './audience-sizes';
import { DEFAULTS } from './configured-audience-models';
import { DataAccess } from './data-access';
import { obstacleTo } from './inaccessible';
import { Deletion, enter, Mishaps } from './lifecycle';
import { checkSeedSize } from './seed';
import { Settings } from './settings';
import { AudienceGenerationJob, Generation } from './state';

/** What happens to an audience generation job while time passes. */
export class Generating {
  readonly failures = new Mishaps<Generation>();
  readonly deletion: Deletion<Generation>;

  constructor(
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly accounts: Accounts,
    private readonly dataAccess: DataAccess,
  ) {
    this.deletion = new Deletion(clock, settings, (generation) => {
      for (const { state } of accounts.whoSees(generation)) state.removeGeneration(generation);
    });
  }

  /** In the account that started the job. */
  async generate(job: AudienceGenerationJob): Promise<void> {
    const { generation } = job;
    const failed = await obstacleTo(this.work(job)) ?? this.failures.find(generation);
    if (!failed) generation.metrics = metricsOf(job, this.settings);
    enter(generation, failed ? 'CREATE_FAILED' : 'ACTIVE', this.clock, failed);
  }

  private async work(job: AudienceGenerationJob): Promise<void> {
    const { generationQueueTime, generationTime } = this.settings;
    const { minMatchingSeedSize = DEFAULTS.minMatchingSeedSize } = job.generation.model;
    await this.clock.sleep(generationQueueTime);
    enter(job.generation, 'CREATE_IN_PROGRESS', this.clock);
    await this.useModel(job.generation);
    checkSeedSize(await this.findSeed(job), minMatchingSeedSize);
    await this.clock.sleep(typeof generationTime === 'number' ? generationTime : generationTime(job));
    await this.useModel(job.generation);
  }

  /** The model that is read, and the audience that is written, are encrypted with the model's key. */
  private async useModel({ model }: Generation): Promise<void> {
    const owner = this.accounts.ownerOf(model.arn);
    const kmsKeyArn = owner?.state.audienceModels.find(model.audienceModelArn)?.request.kmsKeyArn;
    await this.clock.busy(async () => owner?.dataAccess.useGrants(kmsKeyArn));
  }

  /** How many users the seed has. */
  private async findSeed({ arn, request }: AudienceGenerationJob): Promise<number> {
    const { roleArn, dataSource } = request.seedAudience;
    if (dataSource) return this.clock.busy(() => this.dataAccess.readSeed(arn, roleArn, dataSource.s3Uri));
    await this.clock.busy(() => this.dataAccess.runSeedQuery(arn, roleArn, {
      analysisTemplateArn: request.seedAudience.sqlParameters?.analysisTemplateArn,
      collaborationArn: this.accounts.collaborationArn(request.collaborationId),
      memberships: this.settings.memberships,
    }));
    await this.clock.sleep(this.settings.seedQueryTime);
    const { seedQueryUsers } = this.settings;
    return typeof seedQueryUsers === 'number' ? seedQueryUsers : seedQueryUsers(request);
  }
}

function metricsOf(job: AudienceGenerationJob, { audienceQuality }: Settings): Generation['metrics'] {
  const { recall, relevance } = audienceQuality(job);
  const relevanceMetrics = sizesOf(job.generation.model).map((audienceSize) => ({ audienceSize, score: relevance(audienceSize) }));
  return { recallMetric: recall, relevanceMetrics };
}
