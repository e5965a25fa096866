import type { AudienceModel } from './state';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How an operation answers where it is not known whether the service goes along or, if not, with which error it refuses. */
export type Reaction = 'accepted' | 'ConflictException' | 'ValidationException';

/** What differs from account to account, and one switch for each behaviour of the service that nobody could verify. Times are in milliseconds. */
export interface Settings {
  // ---- What differs from account to account and from day to day.

  /** How long an audience model stays CREATE_PENDING. */
  trainingQueueTime: number;
  /** How long it then is CREATE_IN_PROGRESS. The documentation says "up to 24 hours" and "several hours to 2 days". */
  trainingTime: number | ((model: AudienceModel) => number);
  /** How long an audience model stays DELETE_PENDING. */
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
  };
  /** Whether calls beyond the documented rates and bursts get a `ThrottlingException`. */
  throttling: boolean;

  // ---- What nobody could verify.

  /** What `DeleteAudienceModel` answers while the model is CREATE_PENDING or CREATE_IN_PROGRESS. Accepted means that the training ends there. */
  deleteDuringTraining: Reaction;
  /** What a delete answers when the model is being deleted already. */
  deleteDuringDeletion: Reaction;
  /** What `Create-` and `UpdateConfiguredAudienceModel` answer when the audience model is not ACTIVE. */
  inactiveAudienceModel: Reaction;
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
  /** How long it takes until a list shows a new resource. */
  listLag: number;
  /** How many resources a list returns at most. `maxResults` may ask for fewer. */
  pageSize: number;
}

export const DEFAULT_SETTINGS: Readonly<Settings> = {
  trainingQueueTime: 5 * MINUTE,
  trainingTime: 24 * HOUR,
  deletionQueueTime: MINUTE,
  deletionTime: 5 * MINUTE,
  quotas: { trainingDatasets: 500, audienceModels: 500, configuredAudienceModels: 10_000, audienceModelsInTraining: 2 },
  throttling: true,

  deleteDuringTraining: 'accepted',
  deleteDuringDeletion: 'accepted',
  inactiveAudienceModel: 'ValidationException',
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
  listLag: 0,
  pageSize: 100,
};

/** Every switch with its positions, so that tests can run through all of them. */
export const UNKNOWN_BEHAVIOURS: { readonly [S in keyof Settings]?: readonly Settings[S][] } = {
  deleteDuringTraining: ['accepted', 'ConflictException', 'ValidationException'],
  deleteDuringDeletion: ['accepted', 'ConflictException', 'ValidationException'],
  inactiveAudienceModel: ['accepted', 'ConflictException', 'ValidationException'],
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
  listLag: [0, 20_000],
  pageSize: [100, 1],
};
