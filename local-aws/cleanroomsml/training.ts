import { Clock } from '../clock';
import { DataAccess, Inaccessible } from './data-access';
import { Settings } from './settings';
import { AudienceModel, State } from './state';

export interface StatusDetails {
  readonly statusCode: string;
  readonly message: string;
}

export type Which = string | ((model: AudienceModel) => boolean);

/** Faults that tests ask for. */
export class Mishaps {
  private readonly entries: { readonly which: Which; readonly details: StatusDetails }[] = [];

  add(which: Which, details: StatusDetails): () => void {
    const entry = { which, details };
    this.entries.push(entry);
    return () => {
      const index = this.entries.indexOf(entry);
      if (index >= 0) this.entries.splice(index, 1);
    };
  }

  find(model: AudienceModel): StatusDetails | undefined {
    return this.entries.find(({ which }) => (typeof which === 'string' ? model.name === which : which(model)))?.details;
  }
}

/** What happens to an audience model while time passes. */
export class Training {
  readonly failures = new Mishaps();
  readonly deletionFailures = new Mishaps();

  constructor(
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly state: State,
    private readonly dataAccess: DataAccess,
  ) {}

  async train(model: AudienceModel): Promise<void> {
    const { trainingQueueTime, trainingTime } = this.settings;
    const { signal } = model.deleted;
    await this.clock.sleep(trainingQueueTime, signal);
    if (signal.aborted) return;
    this.enter(model, 'CREATE_IN_PROGRESS');
    const inaccessible = await this.clock.busy(() => this.readData(model));
    if (!inaccessible) await this.clock.sleep(typeof trainingTime === 'number' ? trainingTime : trainingTime(model), signal);
    if (signal.aborted) return;
    const failed = inaccessible ?? this.failures.find(model);
    this.enter(model, failed ? 'CREATE_FAILED' : 'ACTIVE', failed);
  }

  async delete(model: AudienceModel): Promise<void> {
    model.deleted.abort();
    this.enter(model, 'DELETE_PENDING');
    await this.clock.sleep(this.settings.deletionQueueTime);
    this.enter(model, 'DELETE_IN_PROGRESS');
    await this.clock.sleep(this.settings.deletionTime);
    const failed = this.deletionFailures.find(model);
    if (failed) this.enter(model, 'DELETE_FAILED', failed);
    else this.state.audienceModels.remove(model);
  }

  private async readData(model: AudienceModel): Promise<StatusDetails | undefined> {
    try {
      await this.dataAccess.readTrainingData(this.state.trainingDatasets.get(model.request.trainingDatasetArn));
      if (model.request.kmsKeyArn && this.settings.keyPermissions !== 'caller') await this.dataAccess.useKey(model.request.kmsKeyArn);
      return undefined;
    } catch (error) {
      if (error instanceof Inaccessible) return { statusCode: error.statusCode, message: error.message };
      throw error;
    }
  }

  private enter(model: AudienceModel, status: AudienceModel['status'], statusDetails?: StatusDetails): void {
    model.status = status;
    model.statusDetails = statusDetails;
    model.updateTime = new Date(this.clock.now());
  }
}

export const inTraining = ({ status }: AudienceModel) => status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';
export const inDeletion = ({ status }: AudienceModel) => status === 'DELETE_PENDING' || status === 'DELETE_IN_PROGRESS';
