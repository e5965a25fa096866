import { Clock } from '../clock';
import { DataAccess } from './data-access';
import { obstacleTo } from './inaccessible';
import { Deletion, enter, Mishaps } from './lifecycle';
import { Settings } from './settings';
import { AudienceModel, State } from './state';

/** What happens to an audience model while time passes. */
export class Training {
  readonly failures = new Mishaps<AudienceModel>();
  readonly deletion: Deletion<AudienceModel>;

  constructor(
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly state: State,
    private readonly dataAccess: DataAccess,
  ) {
    this.deletion = new Deletion(clock, settings, (model) => state.audienceModels.remove(model));
  }

  async train(model: AudienceModel): Promise<void> {
    const { trainingQueueTime, trainingTime } = this.settings;
    const { signal } = model.deleted;
    await this.clock.sleep(trainingQueueTime, signal);
    if (signal.aborted) return;
    enter(model, 'CREATE_IN_PROGRESS', this.clock);
    const unreadable = await this.clock.busy(() => obstacleTo(this.readData(model)));
    if (!unreadable) await this.clock.sleep(typeof trainingTime === 'number' ? trainingTime : trainingTime(model), signal);
    const obstacle = unreadable ?? await this.clock.busy(() => obstacleTo(this.dataAccess.useGrants(model.request.kmsKeyArn)));
    if (signal.aborted) return;
    const failed = obstacle ?? this.failures.find(model);
    enter(model, failed ? 'CREATE_FAILED' : 'ACTIVE', this.clock, failed);
  }

  async delete(model: AudienceModel): Promise<void> {
    model.deleted.abort();
    await this.deletion.delete(model);
  }

  private async readData(model: AudienceModel): Promise<void> {
    await this.dataAccess.readTrainingData(this.state.trainingDatasets.get(model.request.trainingDatasetArn));
    if (model.request.kmsKeyArn && this.settings.keyPermissions !== 'caller') await this.dataAccess.useKey(model.request.kmsKeyArn);
  }
}
