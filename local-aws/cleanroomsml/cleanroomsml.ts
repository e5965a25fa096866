import { Account, Principal } from '../aws';
import { Clock } from '../clock';
import { Accounts } from './accounts';
import { audienceExportJobs, StartedExport } from './audience-export-jobs';
import { audienceGenerationJobs, StartedGeneration } from './audience-generation-jobs';
import { audienceModels, StartedTraining } from './audience-models';
import { Authorization } from './authorization';
import { configuredAudienceModels } from './configured-audience-models';
import { Handlers } from './context';
import { Collaborators, DataAccess } from './data-access';
import { Exporting } from './exporting';
import { Generating } from './generation';
import { StatusDetails, Which } from './lifecycle';
import { Input, OperationName, OPERATIONS, Output } from './model';
import { policies } from './policies';
import { DEFAULT_SETTINGS, Settings } from './settings';
import { AudienceExportJob, AudienceGenerationJob, AudienceModel, ConfiguredAudienceModel, Export, Generation, State, TrainingDataset } from './state';
import { tagging } from './tagging';
import { Throttle } from './throttle';
import { Training } from './training';
import { trainingDatasets } from './training-datasets';
import { validate } from './validation';
import { RecordedCalls } from '../recorded-calls';

export interface CleanRoomsMlProps extends Collaborators {
  readonly account: Account;
  readonly clock: Clock;
  readonly settings?: Partial<Settings>;
}

/** AWS Clean Rooms ML, as far as lookalike modelling needs it. */
export class CleanRoomsMl extends RecordedCalls<OperationName> {
  /** May be changed at any time. */
  readonly settings: Settings;
  /** Every training that was paid for. */
  readonly trainingsStarted: StartedTraining[] = [];
  /** Every generation of an audience that this account has started. */
  readonly generationsStarted: StartedGeneration[] = [];
  /** Every export of an audience that this account has started. */
  readonly exportsStarted: StartedExport[] = [];

  readonly createTrainingDataset = this.method('CreateTrainingDataset');
  readonly getTrainingDataset = this.method('GetTrainingDataset');
  readonly listTrainingDatasets = this.method('ListTrainingDatasets');
  readonly deleteTrainingDataset = this.method('DeleteTrainingDataset');
  readonly createAudienceModel = this.method('CreateAudienceModel');
  readonly getAudienceModel = this.method('GetAudienceModel');
  readonly listAudienceModels = this.method('ListAudienceModels');
  readonly deleteAudienceModel = this.method('DeleteAudienceModel');
  readonly createConfiguredAudienceModel = this.method('CreateConfiguredAudienceModel');
  readonly getConfiguredAudienceModel = this.method('GetConfiguredAudienceModel');
  readonly listConfiguredAudienceModels = this.method('ListConfiguredAudienceModels');
  readonly updateConfiguredAudienceModel = this.method('UpdateConfiguredAudienceModel');
  readonly deleteConfiguredAudienceModel = this.method('DeleteConfiguredAudienceModel');
  readonly putConfiguredAudienceModelPolicy = this.method('PutConfiguredAudienceModelPolicy');
  readonly getConfiguredAudienceModelPolicy = this.method('GetConfiguredAudienceModelPolicy');
  readonly deleteConfiguredAudienceModelPolicy = this.method('DeleteConfiguredAudienceModelPolicy');
  readonly startAudienceGenerationJob = this.method('StartAudienceGenerationJob');
  readonly getAudienceGenerationJob = this.method('GetAudienceGenerationJob');
  readonly listAudienceGenerationJobs = this.method('ListAudienceGenerationJobs');
  readonly deleteAudienceGenerationJob = this.method('DeleteAudienceGenerationJob');
  readonly startAudienceExportJob = this.method('StartAudienceExportJob');
  readonly listAudienceExportJobs = this.method('ListAudienceExportJobs');
  readonly tagResource = this.method('TagResource');
  readonly untagResource = this.method('UntagResource');
  readonly listTagsForResource = this.method('ListTagsForResource');

  private readonly state: State;
  private readonly accounts: Accounts;
  private readonly training: Training;
  private readonly generating: Generating;
  private readonly exporting: Exporting;
  private readonly throttle = new Throttle();
  private readonly handlers: Handlers;

  constructor({ account, clock, settings, ...collaborators }: CleanRoomsMlProps) {
    super(clock);
    this.settings = { ...DEFAULT_SETTINGS, quotas: { ...DEFAULT_SETTINGS.quotas }, ...settings };
    this.state = new State(account, ({ createTime }) => createTime.getTime() + this.settings.arnLag <= clock.now());
    const dataAccess = new DataAccess(account, clock, collaborators, this.settings);
    this.accounts = new Accounts({ account, state: this.state, dataAccess });
    this.training = new Training(clock, this.settings, this.state, dataAccess);
    this.generating = new Generating(clock, this.settings, this.accounts, dataAccess);
    this.exporting = new Exporting(clock, this.settings, this.accounts);
    const context = {
      account,
      clock,
      settings: this.settings,
      state: this.state,
      accounts: this.accounts,
      dataAccess,
      authorization: new Authorization(account, collaborators.iam, this.state),
    };
    this.handlers = {
      ...trainingDatasets(context),
      ...audienceModels(context, this.training, this.trainingsStarted),
      ...configuredAudienceModels(context),
      ...policies(context),
      ...audienceGenerationJobs(context, this.generating, this.generationsStarted),
      ...audienceExportJobs(context, this.exporting, this.exportsStarted),
      ...tagging(context),
    };
  }

  /** One call of the API, with everything that comes with it: faults, throttling, validation, authorization. */
  async call<N extends OperationName>(operation: N, principal: Principal, input: Input<N>): Promise<Output<N>> {
    return this.record(operation, principal, input, async () => {
      if (this.settings.throttling) this.throttle.take(operation, this.clock.now());
      validate(OPERATIONS[operation].input.members, input);
      return this.handlers[operation](principal, input);
    });
  }

  /** What the service holds, without asking anybody. */
  trainingDatasets(): TrainingDataset[] {
    return this.state.trainingDatasets.all();
  }

  audienceModels(): AudienceModel[] {
    return this.state.audienceModels.all();
  }

  configuredAudienceModels(): ConfiguredAudienceModel[] {
    return this.state.configuredAudienceModels.all();
  }

  audienceGenerationJobs(): AudienceGenerationJob[] {
    return this.state.audienceGenerationJobs.all();
  }

  audienceExportJobs(): AudienceExportJob[] {
    return [...this.state.audienceExportJobs()];
  }

  /** The resource policies by the ARN of their configured audience model. */
  policies(): Record<string, string> {
    return Object.fromEntries(this.configuredAudienceModels().flatMap(({ arn, policy }) => (policy ? [[arn, policy.document]] : [])));
  }

  /** Lets trainings fail at their end, until the function that it returns is called. */
  failTraining(which: Which<AudienceModel>, details: StatusDetails): () => void {
    return this.training.failures.add(which, details);
  }

  /** Lets deletions of audience models end in DELETE_FAILED, until the function that it returns is called. */
  failDeletion(which: Which<AudienceModel>, details: StatusDetails): () => void {
    return this.training.deletion.failures.add(which, details);
  }

  /** Lets generations fail at their end, until the function that it returns is called. */
  failGeneration(which: Which<Generation>, details: StatusDetails): () => void {
    return this.generating.failures.add(which, details);
  }

  /** Lets deletions of audience generation jobs end in DELETE_FAILED, until the function that it returns is called. */
  failJobDeletion(which: Which<Generation>, details: StatusDetails): () => void {
    return this.generating.deletion.failures.add(which, details);
  }

  /** Lets exports fail at their end, until the function that it returns is called. */
  failExport(which: Which<Export>, details: StatusDetails): () => void {
    return this.exporting.failures.add(which, details);
  }

  /**
   * Makes this account and others active members of a collaboration of AWS Clean Rooms, which this one created if there was none of
   * that id. From then on they can be allowed to use each other's configured audience models, in a collaboration or in none. They must
   * have one clock.
   */
  collaborate(collaborationId: string, ...others: CleanRoomsMl[]): void {
    this.accounts.collaborate(collaborationId, others.map(({ accounts }) => accounts));
  }

  private method<N extends OperationName>(operation: N): (principal: Principal, input: Input<N>) => Promise<Output<N>> {
    return (principal, input) => this.call(operation, principal, input);
  }
}
