import { IResource, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Dataset } from './dataset';
import { Attribute, ResourceType, TrainingDatasetProperties } from './private/contract';
import { TaggableCleanRoomsMlResource } from './private/custom-resource';
import { throwIfFaulty } from './private/errors';
import { addStatements, checkRole, createServiceRole } from './private/roles';
import { allow, allowPassRole } from './private/service';
import { check, description, resourceName, tags } from './private/validation';
import { TrainingDatasetGrants } from './training-dataset-grants';

const IS_TRAINING_DATASET = Symbol.for('cdk-cleanrooms-ml.TrainingDataset');

/** A training dataset of AWS Clean Rooms ML. */
export interface ITrainingDataset extends IResource, cleanroomsml.ITrainingDatasetRef {
  /**
   * The ARN of the training dataset.
   *
   * @attribute
   */
  readonly trainingDatasetArn: string;
}

/** Properties of a training dataset. */
export interface TrainingDatasetProps {
  /** The data to train with. Changing it replaces the training dataset, and the audience models trained with it. */
  readonly dataset: Dataset;

  /**
   * The name of the training dataset: 1 to 63 characters, not blank, without line breaks and emoji, unique in the account and Region.
   *
   * A training dataset with a name of its own cannot be replaced: give it another name together with the change that replaces it.
   *
   * @default - a name is generated
   */
  readonly trainingDatasetName?: string;

  /**
   * A description of at most 255 characters.
   *
   * Changing it replaces the training dataset; a change of the description alone is refused while audience models use the dataset.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * The role with which Clean Rooms ML reads the data, of the same account. It must trust `cleanrooms-ml.amazonaws.com`.
   *
   * The permissions to read the data are added to it, or a warning where that is not possible. Changing it replaces the training dataset.
   *
   * @default - a role is created that may do no more than read the data
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly role?: iam.IRole;

  /**
   * Tags: at most 47, with keys of 1 to 128 and values of at most 256 characters.
   * Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`. Changed in place.
   *
   * @default - no tags but those of `Tags.of`
   */
  readonly tags?: { [key: string]: string };

  /**
   * What becomes of the training dataset when it is removed from the stack or replaced.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class TrainingDatasetBase extends Resource implements ITrainingDataset {
  public abstract readonly trainingDatasetArn: string;

  public get trainingDatasetRef(): cleanroomsml.TrainingDatasetReference {
    return { trainingDatasetArn: this.trainingDatasetArn };
  }
}

/**
 * A training dataset: the metadata of the data that lookalike models are trained with.
 *
 * Clean Rooms ML reads the data itself when an audience model is trained.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-training-data.html
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateTrainingDataset.html
 */
export class TrainingDataset extends TrainingDatasetBase {
  /** A training dataset that exists already. */
  public static fromTrainingDatasetArn(scope: Construct, id: string, trainingDatasetArn: string): ITrainingDataset {
    class Import extends TrainingDatasetBase {
      public readonly trainingDatasetArn = trainingDatasetArn;
    }
    return new Import(scope, id, { environmentFromArn: trainingDatasetArn });
  }

  /** Whether something is a `TrainingDataset`. */
  public static isTrainingDataset(x: unknown): x is TrainingDataset {
    return typeof x === 'object' && x !== null && IS_TRAINING_DATASET in x;
  }

  /**
   * The ARN of the training dataset.
   *
   * @attribute
   */
  public readonly trainingDatasetArn: string;

  /**
   * The name of the training dataset.
   *
   * @attribute
   */
  public readonly trainingDatasetName: string;

  /** The role with which Clean Rooms ML reads the data. */
  public readonly role: iam.IRole;

  /** Grants on this training dataset. */
  public readonly grants = TrainingDatasetGrants.fromTrainingDataset(this);

  /** Fails if properties are not as documented; all faults are reported together. */
  constructor(scope: Construct, id: string, props: TrainingDatasetProps) {
    super(scope, id, { physicalName: props.trainingDatasetName });
    Object.defineProperty(this, IS_TRAINING_DATASET, { value: true });
    throwIfFaulty(this,
      check('trainingDatasetName', props.trainingDatasetName, resourceName),
      check('description', props.description, description),
      check('tags', props.tags, tags),
      checkRole('role', props.role, this),
      props.dataset._faults('dataset', this),
    );

    this.role = props.role ?? createServiceRole(this, 'Role', 'training-dataset');
    const rolePermissions = addStatements(this, this.role, props.dataset._readStatements(this));

    const resource = new TaggableCleanRoomsMlResource<TrainingDatasetProperties>(this, {
      type: ResourceType.TRAINING_DATASET,
      properties: {
        Name: this.physicalName,
        Description: props.description,
        RoleArn: this.role.roleArn,
        TrainingData: [props.dataset._render()],
      },
      tags: props.tags,
      removalPolicy: props.removalPolicy,
      permissions: [allow(['CreateTrainingDataset'], '*'), allowPassRole(this.role)],
      dependencies: [rolePermissions, ...props.dataset._dependencies()],
    });
    this.trainingDatasetArn = Token.asString(resource.getAtt(Attribute.TRAINING_DATASET_ARN));
    this.trainingDatasetName = resource.ref;
  }
}
