import { AudienceSize } from './audience-sizes';
import { failure } from './errors';
import { Input } from './model';
import type { AudienceGenerationJob, AudienceModel } from './state';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How an operation answers where it is not known whether the service goes along or, if not, with which error it refuses. */
export type Reaction = 'accepted' | 'ConflictException' | 'ValidationException';

/** Answers as a switch says. */
export function react(reaction: Reaction, message: string): void {
  if (reaction !== 'accepted') throw failure(reaction, message);
}

/** How good an audience is, in the terms of the job's metrics. */
export interface AudienceQuality {
  readonly recall: number;
  relevance(size: AudienceSize): number;
}

/** The membership of this account in its collaborations, unless the setting names others. */
export const MEMBERSHIP_ID = '5a3c1f9e-7b2d-4e60-a8c4-1d9f0b6e2a75';

/** What differs from account to account, and one switch for each behaviour of the service that nobody could verify. Times are in milliseconds. */
export interface Settings {
  // ---- What differs from account to account and from day to day.

  /** How long an audience model stays CREATE_PENDING. */
  trainingQueueTime: number;
  /** How long it then is CREATE_IN_PROGRESS. The documentation says "up to 24 hours" and "several hours to 2 days". */
  trainingTime: number | ((model: AudienceModel) => number);
  /** How long an audience generation job stays CREATE_PENDING. */
  generationQueueTime: number;
  /** How long it then is CREATE_IN_PROGRESS, at most 10 hours by the documentation. */
  generationTime: number | ((job: AudienceGenerationJob) => number);
  /** What the query of a seed adds to that, at most 12 hours by the documentation. */
  seedQueryTime: number;
  /** How long an audience export job stays CREATE_PENDING. */
  exportQueueTime: number;
  /** How long it then is CREATE_IN_PROGRESS. The documentation does not say. */
  exportTime: number;
  /** How long an audience model, or an audience generation job, stays DELETE_PENDING. */
  deletionQueueTime: number;
  /** How long it then is DELETE_IN_PROGRESS. */
  deletionTime: number;
  /** The service quotas of the account and Region. */
  quotas: {
    trainingDatasets: number;
    audienceModels: number;
    configuredAudienceModels: number;
    /** Models in CREATE_PENDING or CREATE_IN_PROGRESS. */
    audienceModelsInTraining: number;
    /** Jobs of this account in CREATE_PENDING or CREATE_IN_PROGRESS. */
    audienceGenerationJobsInProgress: number;
    /** Exports by this account in CREATE_PENDING or CREATE_IN_PROGRESS. */
    audienceExportJobsInProgress: number;
    /** Exports of one job that are ACTIVE, or about to be. */
    activeExportsPerJob: number;
  };
  /** Whether calls beyond the documented rates and bursts get a `ThrottlingException`. */
  throttling: boolean;
  /** How many users a model was trained with. A percentage of them makes an audience. */
  trainedUsers: number;
  /** How many users the query of a seed finds. */
  seedQueryUsers: number | ((input: Input<'StartAudienceGenerationJob'>) => number);
  /** How good an audience is, once it is generated. */
  audienceQuality: (job: AudienceGenerationJob) => AudienceQuality;
  /** The ids of the memberships of this account in which the queries of seeds run. A request names none. */
  memberships: readonly string[];

  // ---- What nobody could verify.

  /** What `DeleteAudienceModel` answers while the model is CREATE_PENDING or CREATE_IN_PROGRESS. Accepted means that the training ends there. */
  deleteDuringTraining: Reaction;
  /** What `DeleteAudienceGenerationJob` answers while the job is CREATE_PENDING or CREATE_IN_PROGRESS. */
  deleteDuringGeneration: 'ConflictException' | 'ValidationException';
  /**
   * What `DeleteConfiguredAudienceModel` answers while jobs of the model are CREATE_PENDING or CREATE_IN_PROGRESS; or as long as there are any,
   * over or not.
   */
  deleteModelWithJobs: 'accepted' | 'ConflictException' | 'ConflictException for any job';
  /** What a delete answers when the model, or the job, is being deleted already. */
  deleteDuringDeletion: Reaction;
  /** What `Create-` and `UpdateConfiguredAudienceModel` answer when the audience model is not ACTIVE. */
  inactiveAudienceModel: Reaction;
  /** What `StartAudienceExportJob` answers when the audience generation job is not ACTIVE. */
  inactiveGenerationJob: 'ConflictException' | 'ValidationException';
  /** Whether the names of the export jobs of an account are unique. */
  exportNamesUnique: boolean;
  /** Whether the names of audience models and of configured audience models are unique, as those of training datasets are. */
  namesUnique: boolean;
  /** What a create answers that repeats an earlier one word for word. With `sameArn` it creates nothing. */
  repeatedCreate: 'conflict' | 'sameArn';
  /** What a wrong `previousPolicyHash` or `policyExistenceCondition` gets. */
  policyMismatchError: 'ConflictException' | 'ValidationException';
  /** What `DeleteConfiguredAudienceModelPolicy` answers where there is no policy. */
  deleteMissingPolicy: 'accepted' | 'ResourceNotFoundException';
  /** What an update to the description `''` does. */
  emptyDescription: 'removed' | 'empty' | 'ignored';
  /** Whether Get shows what the service filled in: the seed size of 500, the tag policy NONE. */
  defaultsShown: boolean;
  /** When the dataset's role, Glue table and bucket are looked at. The documentation says that the table is read at CreateAudienceModel only. */
  datasetValidatedAt: 'createTrainingDataset' | 'createAudienceModel' | 'training';
  /** Whether the role and bucket that a configured audience model writes to are looked at when they are set. */
  outputValidated: boolean;
  /** The error where such a look fails within a call. During a training the model ends CREATE_FAILED. */
  roleError: 'AccessDeniedException' | 'ValidationException';
  /** Which of the KMS permissions that the user guide lists, for custom models, an audience model with a key of its own needs. */
  keyPermissions: 'callerAndService' | 'caller' | 'service';
  /** How long after the service first meets a role it still cannot assume it (IAM propagates slowly). */
  newRoleDelay: number;
  /** How long it takes until a new resource is found by its ARN. */
  arnLag: number;
  /** How long it takes until a list shows a new resource. */
  listLag: number;
  /** How many resources a list returns at most. `maxResults` may ask for fewer. */
  pageSize: number;
}

export const DEFAULT_SETTINGS: Readonly<Settings> = {
  trainingQueueTime: 5 * MINUTE,
  trainingTime: 24 * HOUR,
  generationQueueTime: 5 * MINUTE,
  generationTime: 10 * HOUR,
  seedQueryTime: 12 * HOUR,
  exportQueueTime: 2 * MINUTE,
  exportTime: 20 * MINUTE,
  deletionQueueTime: MINUTE,
  deletionTime: 5 * MINUTE,
  quotas: {
    trainingDatasets: 500,
    audienceModels: 500,
    configuredAudienceModels: 10_000,
    audienceModelsInTraining: 2,
    audienceGenerationJobsInProgress: 10,
    audienceExportJobsInProgress: 20,
    activeExportsPerJob: 25,
  },
  throttling: true,
  trainedUsers: 1_000_000,
  seedQueryUsers: 10_000,
  audienceQuality: () => ({ recall: 0.5, relevance: largerIsLessRelevant }),
  memberships: [MEMBERSHIP_ID],

  deleteDuringTraining: 'accepted',
  deleteDuringGeneration: 'ConflictException',
  deleteModelWithJobs: 'ConflictException',
  deleteDuringDeletion: 'accepted',
  inactiveAudienceModel: 'ValidationException',
  inactiveGenerationJob: 'ValidationException',
  exportNamesUnique: true,
  namesUnique: true,
  repeatedCreate: 'conflict',
  policyMismatchError: 'ValidationException',
  deleteMissingPolicy: 'ResourceNotFoundException',
  emptyDescription: 'removed',
  defaultsShown: true,
  datasetValidatedAt: 'training',
  outputValidated: true,
  roleError: 'ValidationException',
  keyPermissions: 'callerAndService',
  newRoleDelay: 0,
  arnLag: 0,
  listLag: 0,
  pageSize: 100,
};

function largerIsLessRelevant({ type, value }: AudienceSize): number {
  return 1 / (1 + value / (type === 'PERCENTAGE' ? 10 : 100_000));
}

/** Every switch with its positions, so that tests can run through all of them. */
export const UNKNOWN_BEHAVIOURS: { readonly [S in keyof Settings]?: readonly Settings[S][] } = {
  deleteDuringTraining: ['accepted', 'ConflictException', 'ValidationException'],
  deleteDuringGeneration: ['ConflictException', 'ValidationException'],
  deleteModelWithJobs: ['accepted', 'ConflictException', 'ConflictException for any job'],
  deleteDuringDeletion: ['accepted', 'ConflictException', 'ValidationException'],
  inactiveAudienceModel: ['accepted', 'ConflictException', 'ValidationException'],
  inactiveGenerationJob: ['ConflictException', 'ValidationException'],
  exportNamesUnique: [true, false],
  namesUnique: [true, false],
  repeatedCreate: ['conflict', 'sameArn'],
  policyMismatchError: ['ConflictException', 'ValidationException'],
  deleteMissingPolicy: ['accepted', 'ResourceNotFoundException'],
  emptyDescription: ['removed', 'empty', 'ignored'],
  defaultsShown: [true, false],
  datasetValidatedAt: ['createTrainingDataset', 'createAudienceModel', 'training'],
  outputValidated: [true, false],
  roleError: ['AccessDeniedException', 'ValidationException'],
  keyPermissions: ['callerAndService', 'caller', 'service'],
  newRoleDelay: [0, 15_000],
  arnLag: [0, 5_000],
  listLag: [0, 20_000],
  pageSize: [100, 1],
};
