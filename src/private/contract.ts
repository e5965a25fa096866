/**
 * What the constructs write into a template and the handlers read back: the shapes as the constructs write them. No type ties the readers of
 * the handlers to them, so these must agree.
 *
 * Everything here is a contract from the first release on, because a handler of a newer version still receives
 * the properties that an older version wrote (as `OldResourceProperties`, or in a Delete).
 * CloudFormation turns every scalar into a string on the way and leaves out what is undefined.
 */

/** The CloudFormation resource types. They cannot change on update. */
export const ResourceType = {
  TRAINING_DATASET: 'Custom::CleanRoomsMLTrainingDataset',
  AUDIENCE_MODEL: 'Custom::CleanRoomsMLAudienceModel',
  /** Behind the wait for a training: hands out the model's ARN. */
  AUDIENCE_MODEL_GATE: 'Custom::CleanRoomsMLAudienceModelGate',
  CONFIGURED_AUDIENCE_MODEL: 'Custom::CleanRoomsMLConfiguredAudienceModel',
  CONFIGURED_AUDIENCE_MODEL_POLICY: 'Custom::CleanRoomsMLConfiguredAudienceModelPolicy',
  AUDIENCE_MODEL_RETRAINING: 'Custom::CleanRoomsMLAudienceModelRetraining',
} as const;

/** Who assumes the roles that the service is given. */
export const SERVICE_PRINCIPAL = 'cleanrooms-ml.amazonaws.com';

/** The attributes that `Fn::GetAtt` finds. Every answer carries them, because CloudFormation insists that they exist. */
export const Attribute = {
  TRAINING_DATASET_ARN: 'TrainingDatasetArn',
  /** Of the gate. */
  AUDIENCE_MODEL_ARN: 'AudienceModelArn',
  /** Of the audience model: what the executions of the state machine that trains it are called. */
  TRAINING: 'Training',
  CONFIGURED_AUDIENCE_MODEL_ARN: 'ConfiguredAudienceModelArn',
} as const;

/** The tags that say whose a resource is. No tag of a user's may start with this prefix. */
export const OWNERSHIP_TAG_PREFIX = 'cdk-cleanrooms-ml:';
export const OwnershipTag = {
  STACK_ID: `${OWNERSHIP_TAG_PREFIX}stack-id`,
  LOGICAL_ID: `${OWNERSHIP_TAG_PREFIX}logical-id`,
  /** The content hash of what replaces the resource: tells a rollback from a replacement under an explicit name. */
  IDENTITY: `${OWNERSHIP_TAG_PREFIX}identity`,
} as const;

/** How the identity tag begins, before the hash, where something is to be known about the resource's end. */
export const Fate = {
  /** CloudFormation does not know it any more. It stays until it is wanted again, superseded, or the stack is deleted. */
  KEPT: 'kept:',
  /** The template says that it stays when it is replaced or removed. */
  RETAINED: 'retained:',
  /** CloudFormation had left it behind, and an update took it up: it is left behind again if that is rolled back. After `RETAINED`, or alone. */
  TAKEN_UP: 'again:',
  /** A deployment that retains it took it up, and CloudFormation had not left it behind; a hash of the deployment follows. After `RETAINED`. */
  BY: 'by/',
  /** A retraining made it, and nothing has pointed to it yet; a hash of what it is trained with follows. */
  NEW: 'new/',
  /** A retraining has pointed a configured audience model to it; a hash of that one's logical id and of the model that it names follows. */
  IN_USE: 'in-use/',
  /** A retraining pointed the configured audience model to it, and then to another. */
  FORMER: 'former:',
} as const;

/** How many hexadecimal digits of a hash tell resources apart. */
export const IDENTITY_HASH_LENGTH = 16;

/** The error of an execution that failed by itself, and has told CloudFormation. */
export const REQUEST_FAILED = 'RequestFailed';

/**
 * How the Sid of each statement begins that the handler writes into a resource policy; the number of the statement follows.
 * Nobody else's Sids begin so, which is how ours are found again.
 */
export function sidPrefix(identityHash: string): string {
  return `Cdk${identityHash}N`;
}

/** The longest resource policy that the service takes, in characters. */
export const MAX_POLICY_LENGTH = 20_480;

/** What every resource has. */
export interface CommonProperties {
  /** The state machine that works at it. It keeps the order of deletion, too: as long as there is a resource, there is the machine. */
  readonly StateMachineArn: string;
}

export interface TagProperty {
  readonly Key: string;
  readonly Value: string;
}

export interface ColumnSchemaProperty {
  readonly ColumnName: string;
  readonly ColumnTypes: string[];
}

export interface DatasetProperty {
  readonly Type: string;
  readonly InputConfig: {
    readonly Schema: ColumnSchemaProperty[];
    readonly DataSource: {
      readonly GlueDataSource: {
        readonly TableName: string;
        readonly DatabaseName: string;
        readonly CatalogId?: string;
      };
    };
  };
}

export interface RoleIdentityProperty {
  readonly LogicalId: string;
  readonly RoleName?: string;
  readonly Path?: string;
}

export interface TrainingDatasetProperties {
  readonly Name?: string;
  readonly Description?: string;
  readonly RoleArn: string;
  /**
   * Who a role is that was created for the dataset: it is the same role, although its ARN is another, once it was deleted and created
   * again. Left out for other roles, which their ARN tells apart.
   */
  readonly RoleIdentity?: RoleIdentityProperty;
  readonly TrainingData: DatasetProperty[];
  readonly Tags?: TagProperty[];
  readonly Retained?: boolean | string;
}

/** What the deployment waits for. */
export const TrainingGoal = {
  /** The model can be used. */
  ACTIVE: 'ACTIVE',
  /** The service has taken the training on. */
  ACCEPTED: 'ACCEPTED',
} as const;

/** So far apart the windows of a wait begin, at most. CloudFormation waits 12 hours in one; the rest is for passing on to the next. */
export const WINDOW_MINUTES = 707;

/** The last of a wait passes in the gate, which CloudFormation gives an hour. */
export const GATE_MINUTES = 55;

/** The longest wait, in minutes: five days. */
export const LONGEST_WAIT = 5 * 24 * 60;

/** How long the deployment waits in each window of a wait: what is left is for the gate. */
export function windowLengths(minutes: number): number[] {
  const inWindows = Math.max(minutes - GATE_MINUTES, 0);
  return Array.from({ length: Math.ceil(inWindows / WINDOW_MINUTES) }, (_, index) => Math.min(inWindows - index * WINDOW_MINUTES, WINDOW_MINUTES));
}

export interface TrainingWaitProperty {
  /** One of `TrainingGoal`. */
  readonly Until: string;
  /** How long at most. A whole number; a string once CloudFormation has passed it on. */
  readonly Minutes: number | string;
  /** The logical ids of the wait conditions in which the deployment waits, one after the other. Left out where there are none. */
  readonly Windows?: string[];
}

export interface AudienceModelProperties {
  readonly Name?: string;
  readonly Description?: string;
  readonly TrainingDatasetArn: string;
  /** ISO 8601 with milliseconds, as `Date.toISOString` writes it. */
  readonly TrainingDataStartTime?: string;
  readonly TrainingDataEndTime?: string;
  readonly KmsKeyArn?: string;
  readonly Generation?: string;
  readonly TrainingWait: TrainingWaitProperty;
  /** The ARNs of buckets and roles that are looked at before a training begins. Left out where there are none. */
  readonly Preflight?: string[];
  readonly Tags?: TagProperty[];
  readonly Retained?: boolean | string;
}

export interface AudienceModelGateProperties {
  readonly AudienceModelName: string;
  /** The attribute of the audience model. */
  readonly Training: string;
  /** One of `TrainingGoal`. */
  readonly Until: string;
}

export interface AudienceSizeConfigProperty {
  readonly AudienceSizeType: string;
  /** Whole numbers; strings once CloudFormation has passed them on. */
  readonly AudienceSizeBins: (number | string)[];
}

export interface ConfiguredAudienceModelProperties {
  readonly Name?: string;
  readonly Description?: string;
  readonly AudienceModelArn: string;
  readonly OutputConfig: {
    readonly Destination: { readonly S3Destination: { readonly S3Uri: string } };
    readonly RoleArn: string;
  };
  readonly SharedAudienceMetrics: string[];
  /** A whole number; a string once CloudFormation has passed it on. */
  readonly MinMatchingSeedSize?: number | string;
  readonly AudienceSizeConfig?: AudienceSizeConfigProperty;
  readonly ChildResourceTagOnCreatePolicy?: string;
  readonly Tags?: TagProperty[];
  readonly Retained?: boolean | string;
}

export interface ConfiguredAudienceModelPolicyProperties {
  readonly ConfiguredAudienceModelArn: string;
  /** The policy document as JSON text. */
  readonly PolicyDocument: string;
}

/** What a retraining is about, for the one who takes it down. */
export interface AudienceModelRetrainingProperties {
  readonly ConfiguredAudienceModelArn: string;
  /** Its logical id. */
  readonly ConfiguredAudienceModel: string;
  /** The audience model that the template names. */
  readonly AudienceModelArn: string;
  /** The state machine that trains. */
  readonly RetrainingArn: string;
  readonly Retained?: boolean | string;
}

/** The task of the function in a state machine that trains, as the definition has it. An execution keeps the one that it began with. */
export interface RetrainingProperties {
  /** Of the retraining. */
  readonly LogicalId: string;
  /** Of the configured audience model: whatever is there under it when the training is over. */
  readonly ConfiguredAudienceModel: string;
  /** The audience model that the template names. */
  readonly AudienceModelArn: string;
  readonly TrainingDatasetArn: string;
  /** How far back the training data go from when an execution begins. Left out where all are used. */
  readonly WindowHours?: number;
  readonly KmsKeyArn?: string;
  /** How many older generations stay. */
  readonly Keep: number;
  /** How long a training may take, its queue included. */
  readonly Minutes: number;
  /** Whether the audience model that the template names goes once another is in use. */
  readonly ReleasesInitialModel?: boolean;
  readonly Tags?: TagProperty[];
}

/** How an execution ended, by which its event is named. */
export const RetrainingStatus = {
  TRAINED: 'TRAINED',
  WENT_BACK: 'WENT_BACK',
  /** Another one is running, or what is in use is so new that the schedule need not train again. */
  SKIPPED: 'SKIPPED',
  FAILED: 'FAILED',
} as const;

/** Executions whose names begin so are a schedule's. */
export const SCHEDULED = 'schedule-';
