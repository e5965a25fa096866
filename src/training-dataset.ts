import { IResource, Lazy, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CleanRoomsMlProvider } from './clean-rooms-ml-provider';
import { Dataset } from './dataset';
import { Attribute, ResourceType, RoleIdentityProperty, TrainingDatasetProperties } from './private/contract';
import { TaggableCleanRoomsMlResource } from './private/custom-resource';
import { environmentOf } from './private/environment';
import { throwIfFaulty, throwIfFaultyImport } from './private/errors';
import { check, checkOwnValue } from './private/faults';
import { addStatements, checkRole, createServiceRole, isServiceRoleOf, roleIdentity } from './private/roles';
import { description, removalPolicy, resourceName, serviceArns, tags } from './private/validation';
import { TrainingDatasetGrants } from './training-dataset-grants';

const IS_TRAINING_DATASET = Symbol.for('cdk-cleanrooms-ml.TrainingDataset');

/**
 * A training dataset of AWS Clean Rooms ML.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-training-data.html
 */
export interface ITrainingDataset extends IResource, cleanroomsml.ITrainingDatasetRef {
  /**
   * The ARN of the training dataset, `arn:aws:cleanrooms-ml:region:account:training-dataset/id`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetTrainingDataset.html
   */
  readonly trainingDatasetArn: string;

  /**
   * Grants on this training dataset.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  readonly grants: TrainingDatasetGrants;
}

/**
 * Properties of a training dataset.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateTrainingDataset.html
 */
export interface TrainingDatasetProps {
  /**
   * The data to train with. Another table, database, catalog or list of columns, if only in another order, replaces the training dataset and
   * trains its audience models again, which costs money. The bucket, its folder and the key only change what the role may read.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_Dataset.html
   */
  readonly dataset: Dataset;

  /**
   * The name of the training dataset: 1 to 63 characters, not blank, without line breaks and emoji, unique in the account and Region.
   *
   * A training dataset with a name of its own cannot be replaced: give it another name together with the change that replaces it.
   * Changing, adding or removing the name replaces the training dataset; alone that is refused while audience models use the dataset.
   *
   * @default - a name is generated
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateTrainingDataset.html
   */
  readonly trainingDatasetName?: string;

  /**
   * A description of at most 255 characters, without emoji and without control characters other than tabs and line breaks.
   *
   * Changing it replaces the training dataset; a change of the description alone is refused while audience models use the dataset.
   *
   * @default - no description
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateTrainingDataset.html
   */
  readonly description?: string;

  /**
   * The role with which Clean Rooms ML reads the data, of the same account. It must trust `cleanrooms-ml.amazonaws.com`;
   * there is a warning where a role of this app does not.
   *
   * The permissions to read the data are added to it, or a warning where that is not possible. Changing it, also from the created role to one
   * of your own, replaces the training dataset and trains its audience models again, which costs money.
   *
   * @default - a role is created with what AWS documents for it: to read the table and the data, to list the bucket, and to create the AWS Glue
   * database `default`
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly role?: iam.IRole;

  /**
   * Tags: at most 47 (the service's 50 less the 3 that this library sets), with keys of 1 to 128 and values of at most 256 characters.
   * Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`. Changed in place.
   *
   * @default - no tags but those of `Tags.of` and of the stack
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_TagResource.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * What becomes of the training dataset when it is removed from the stack or replaced: it is deleted or retained. `SNAPSHOT` is refused.
   *
   * @default RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class TrainingDatasetBase extends Resource implements ITrainingDataset {
  public abstract readonly trainingDatasetArn: string;

  /**
   * Grants on this training dataset.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public readonly grants = TrainingDatasetGrants.fromTrainingDataset(this);

  /**
   * A reference to this training dataset: its ARN.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
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
 */
export class TrainingDataset extends TrainingDatasetBase {
  /**
   * A training dataset that exists already. Its account and Region are those of the ARN.
   *
   * Throws a `ValidationError` if the ARN is not one of a training dataset, `arn:aws:cleanrooms-ml:region:account:training-dataset/id`;
   * tokens are allowed in it, wildcards are not.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  public static fromTrainingDatasetArn(scope: Construct, id: string, trainingDatasetArn: string): ITrainingDataset {
    throwIfFaultyImport('TrainingDataset', scope, id, check('trainingDatasetArn', trainingDatasetArn, serviceArns.trainingDataset));
    class ImportedTrainingDataset extends TrainingDatasetBase {
      public readonly trainingDatasetArn = trainingDatasetArn;
    }
    return new ImportedTrainingDataset(scope, id, environmentOf(trainingDatasetArn));
  }

  /**
   * Whether something is a `TrainingDataset` of this library, whichever copy of it. Imports are not. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Resource.html
   */
  public static isTrainingDataset(x: unknown): x is TrainingDataset {
    return typeof x === 'object' && x !== null && IS_TRAINING_DATASET in x;
  }

  /**
   * The ARN of the training dataset, `arn:aws:cleanrooms-ml:region:account:training-dataset/id`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetTrainingDataset.html
   */
  public readonly trainingDatasetArn: string;

  /**
   * The name of the training dataset, 1 to 63 characters. It is what `Ref` gives.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateTrainingDataset.html
   */
  public readonly trainingDatasetName: string;

  /**
   * The role with which Clean Rooms ML reads the data: the one that was given, or the one that was created.
   *
   * What must be there before the dataset and needs a role that was created, such as a grant of AWS Lake Formation, is a dependency of the
   * default child, `dataset.node.defaultChild.node.addDependency(grant)`: the role is a part of the dataset.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  public readonly role: iam.IRole;

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateTrainingDataset.html
   */
  constructor(scope: Construct, id: string, props: TrainingDatasetProps) {
    super(scope, id, { physicalName: props.trainingDatasetName });
    Object.defineProperty(this, IS_TRAINING_DATASET, { value: true });
    throwIfFaulty(this,
      check('trainingDatasetName', props.trainingDatasetName, resourceName),
      check('description', props.description, description),
      check('tags', props.tags, tags),
      check('removalPolicy', props.removalPolicy, removalPolicy),
      checkRole('role', props.role, this),
      checkOwnValue('dataset', props.dataset, 'a dataset, such as Dataset.interactions(…)', this),
    );

    const statements = props.dataset._readStatements(this);
    this.role = props.role ?? createServiceRole(this, 'Role', 'training-dataset', statements);
    const access = props.role ? addStatements(this, 'role', 'training-dataset', props.role, statements) : this.role;
    CleanRoomsMlProvider._of(this)._allowPassRole(this.role);

    const resource = new TaggableCleanRoomsMlResource<TrainingDatasetProperties>(this, {
      type: ResourceType.TRAINING_DATASET,
      properties: {
        Name: this.physicalName,
        Description: props.description,
        RoleArn: this.role.roleArn,
        RoleIdentity: isServiceRoleOf(this, this.role) ? lazyIdentity(this, this.role) : undefined,
        TrainingData: [props.dataset._render(this)],
      },
      tags: props.tags,
      removalPolicy: props.removalPolicy,
      dependencies: [access, ...props.dataset._dependencies()],
    });
    this.trainingDatasetArn = Token.asString(resource.getAtt(Attribute.TRAINING_DATASET_ARN));
    this.trainingDatasetName = resource.ref;
    if (props.removalPolicy) this.applyRemovalPolicy(props.removalPolicy);
  }

  /**
   * Says what becomes of the training dataset when it is removed from the stack or replaced; a role that was created for it stays or goes
   * with it. `SNAPSHOT` fails the synthesis of the app, if not this call.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
   */
  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    super.applyRemovalPolicy(policy);
    if (this.role.node.scope === this && isServiceRoleOf(this, this.role)) this.role.applyRemovalPolicy(policy);
  }
}

/** Who a role is, once aspects have done with it. */
function lazyIdentity(scope: Construct, role: iam.IRole): RoleIdentityProperty {
  return Lazy.uncachedAny({ produce: () => roleIdentity(scope, role) }) as unknown as RoleIdentityProperty;
}
