import { Duration, IResource, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AudienceModelGrants } from './audience-model-grants';
import { AudienceModelReference, IAudienceModelRef } from './audience-model-ref';
import { CleanRoomsMlProvider } from './clean-rooms-ml-provider';
import { Attribute, AudienceModelGateProperties, AudienceModelProperties, ResourceType } from './private/contract';
import { CleanRoomsMlResource, TaggableCleanRoomsMlResource } from './private/custom-resource';
import { environmentOf } from './private/environment';
import { throwIfFaulty, throwIfFaultyImport } from './private/errors';
import { check, checkOwnValue } from './private/faults';
import { allowServiceToUseKey, checkKey } from './private/keys';
import { arnsOf, Need } from './private/preflight';
import { checkTrainingDataset } from './private/references';
import { warnOfDeletedUse } from './private/retention';
import { TrainingWindows } from './private/training-windows';
import { description, generation, removalPolicy, resourceName, serviceArns, tags, timeWindow, validDate } from './private/validation';
import { warnOfTrainingTime } from './private/warnings';
import { TrainingWait } from './training-wait';

const IS_AUDIENCE_MODEL = Symbol.for('cdk-cleanrooms-ml.AudienceModel');

/**
 * An audience model of AWS Clean Rooms ML.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-create-model.html
 */
export interface IAudienceModel extends IResource, IAudienceModelRef {
  /**
   * The ARN of the audience model, `arn:aws:cleanrooms-ml:region:account:audience-model/id`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetAudienceModel.html
   */
  readonly audienceModelArn: string;

  /**
   * Grants on this audience model.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  readonly grants: AudienceModelGrants;
}

/**
 * Properties of an audience model.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
 */
export interface AudienceModelProps {
  /**
   * The training dataset, of the same account and Region. Changing it trains a new model.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly trainingDataset: cleanroomsml.ITrainingDatasetRef;

  /**
   * Interactions before this are left out. In the years 1970 to 9999, and before the end. Changing it trains a new model: one that is read
   * from a clock changes with each deployment. `AudienceModelRetraining` trains with the newest data. Say the time zone (`…Z`): otherwise
   * it depends on where the app is synthesized, and so does whether it changes.
   *
   * @default - the data is used from its beginning
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly trainingDataStartTime?: Date;

  /**
   * Interactions after this are left out. In the years 1970 to 9999, and after the start. Changing it trains a new model: one that is read
   * from a clock changes with each deployment. `AudienceModelRetraining` trains with the newest data. Say the time zone (`…Z`): otherwise
   * it depends on where the app is synthesized, and so does whether it changes.
   *
   * @default - the data is used to its end
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly trainingDataEndTime?: Date;

  /**
   * The KMS key that the model and the audience generation jobs are encrypted with: an enabled symmetric key for encryption of the same
   * Region, not an alias.
   *
   * Clean Rooms ML is allowed to use the key, or there is a warning where the key's policy cannot be changed.
   * Changing it trains a new model.
   *
   * @default - a key that AWS owns
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/data-protection.html
   */
  readonly encryptionKey?: kms.IKeyRef;

  /**
   * The name of the audience model: 1 to 63 characters, not blank, without line breaks and emoji.
   *
   * A model with a name of its own cannot be replaced: give it another name together with the change that replaces it. Changing, adding or
   * removing the name alone is refused: change `generation` too to say that you mean a training. The training of a named model begins
   * 40 seconds later: by then a list shows what another stack had made under it when this one asked.
   *
   * @default - a name is generated
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly audienceModelName?: string;

  /**
   * A description of at most 255 characters, without emoji and without control characters other than tabs and line breaks.
   *
   * Nothing can change it without training again, so a change of the description alone is refused: change `generation` too to say you mean it.
   *
   * @default - no description
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly description?: string;

  /**
   * Any text of 1 to 64 characters that this library, not the service, keeps. Changing it trains a new model, with the data as it then is.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-create-model.html
   */
  readonly generation?: string;

  /**
   * How long the deployment waits for the training, from one minute to five days. Changing it trains nothing.
   *
   * The default is the longest that AWS names for a training: a deployment that gives up before its training ends has paid for nothing.
   * Give more where models queue for the quota of trainings.
   *
   * @default TrainingWait.upTo(Duration.hours(48))
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-create-model.html
   */
  readonly trainingWait?: TrainingWait;

  /**
   * Tags: at most 47 (the service's 50 less the 3 that this library sets), with keys of 1 to 128 and values of at most 256 characters.
   * Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`. Changed in place.
   *
   * @default - no tags but those of `Tags.of` and of the stack
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_TagResource.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * What becomes of the audience model when it is removed from the stack or replaced: it is deleted or retained. `SNAPSHOT` is refused.
   *
   * @default RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class AudienceModelBase extends Resource implements IAudienceModel {
  public abstract readonly audienceModelArn: string;

  /**
   * Grants on this audience model.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public readonly grants = AudienceModelGrants.fromAudienceModel(this);

  /**
   * A reference to this audience model: its ARN.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  public get audienceModelRef(): AudienceModelReference {
    return { audienceModelArn: this.audienceModelArn };
  }
}

/**
 * An audience model: a lookalike model that Clean Rooms ML trains with a training dataset.
 *
 * The deployment waits until the model is ACTIVE, for as long as `trainingWait` says, or not at all where that is `TrainingWait.none()`.
 *
 * A training is refused before it begins where its deployment could not wait for it, because what changed is a value that only deployment
 * knows (change `generation` in the same deployment), or where another stack imports the ARN or the name of the model that it replaces.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-create-model.html
 */
export class AudienceModel extends AudienceModelBase {
  /**
   * An audience model that exists already. Its account and Region are those of the ARN.
   *
   * Throws a `ValidationError` if the ARN is not one of an audience model, `arn:aws:cleanrooms-ml:region:account:audience-model/id`;
   * tokens are allowed in it, wildcards are not.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  public static fromAudienceModelArn(scope: Construct, id: string, audienceModelArn: string): IAudienceModel {
    throwIfFaultyImport('AudienceModel', scope, id, check('audienceModelArn', audienceModelArn, serviceArns.audienceModel));
    class ImportedAudienceModel extends AudienceModelBase {
      public readonly audienceModelArn = audienceModelArn;
    }
    return new ImportedAudienceModel(scope, id, environmentOf(audienceModelArn));
  }

  /**
   * Whether something is an `AudienceModel` of this library, whichever copy of it. Imports are not. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Resource.html
   */
  public static isAudienceModel(x: unknown): x is AudienceModel {
    return typeof x === 'object' && x !== null && IS_AUDIENCE_MODEL in x;
  }

  /**
   * The ARN of the audience model, `arn:aws:cleanrooms-ml:region:account:audience-model/id`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetAudienceModel.html
   */
  public readonly audienceModelArn: string;

  /**
   * The name of the audience model, 1 to 63 characters. It is what `Ref` gives.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  public readonly audienceModelName: string;

  /** @internal */
  public readonly _waitsForTraining: boolean;

  /** @internal */
  public readonly _encryptionKey?: kms.IKeyRef;

  /**
   * What its configured audience models need, and what is therefore looked at before the training begins.
   *
   * @internal
   */
  public readonly _needs: Need[] = [];

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  constructor(scope: Construct, id: string, props: AudienceModelProps) {
    super(scope, id, { physicalName: props.audienceModelName });
    Object.defineProperty(this, IS_AUDIENCE_MODEL, { value: true });
    const { trainingWait = TrainingWait.upTo(Duration.hours(48)) } = props;
    const { trainingDataset, trainingDataStartTime, trainingDataEndTime, encryptionKey } = props;
    throwIfFaulty(this,
      check('audienceModelName', props.audienceModelName, resourceName),
      check('description', props.description, description),
      check('generation', props.generation, generation),
      check('tags', props.tags, tags),
      check('removalPolicy', props.removalPolicy, removalPolicy),
      checkOwnValue('trainingWait', trainingWait, 'a wait, such as TrainingWait.upTo(Duration.hours(48))', this),
      check('trainingDataStartTime', trainingDataStartTime, validDate),
      check('trainingDataEndTime', trainingDataEndTime, validDate),
      check('trainingDataStartTime', trainingDataStartTime, (start) => timeWindow(start, trainingDataEndTime)),
      checkTrainingDataset('trainingDataset', trainingDataset, this),
      checkKey('encryptionKey', encryptionKey, this),
    );
    warnOfTrainingTime(this, 'trainingDataStartTime', trainingDataStartTime);
    warnOfTrainingTime(this, 'trainingDataEndTime', trainingDataEndTime);
    if (encryptionKey) allowServiceToUseKey(this, encryptionKey);

    this._encryptionKey = encryptionKey;
    this._waitsForTraining = !trainingWait._isNone;
    if (encryptionKey) CleanRoomsMlProvider._of(this)._allowUseOfKey(encryptionKey);
    const wait = trainingWait._render();
    if (this._waitsForTraining) CleanRoomsMlProvider._of(this)._awaits({ path: this.node.path, minutes: wait.Minutes });
    const windows: TrainingWindows = new TrainingWindows(this, wait.Minutes, () => resource);
    const resource = new TaggableCleanRoomsMlResource<AudienceModelProperties>(this, {
      type: ResourceType.AUDIENCE_MODEL,
      properties: {
        Name: this.physicalName,
        Description: props.description,
        TrainingDatasetArn: trainingDataset.trainingDatasetRef.trainingDatasetArn,
        TrainingDataStartTime: trainingDataStartTime?.toISOString(),
        TrainingDataEndTime: trainingDataEndTime?.toISOString(),
        KmsKeyArn: encryptionKey?.keyRef.keyArn,
        Generation: props.generation,
        TrainingWait: { ...wait, Windows: windows.logicalIds.length > 0 ? windows.logicalIds : undefined },
        Preflight: arnsOf(this._needs),
      },
      tags: props.tags,
      removalPolicy: props.removalPolicy,
    });
    const gate = new CleanRoomsMlResource<AudienceModelGateProperties>(new Construct(this, 'Gate'), {
      type: ResourceType.AUDIENCE_MODEL_GATE,
      properties: {
        AudienceModelName: resource.ref,
        Training: Token.asString(resource.getAtt(Attribute.TRAINING)),
        Until: wait.Until,
      },
    });
    windows.standBetween(resource, gate);
    resource.shareReferenceStrength(gate);
    this.audienceModelArn = Token.asString(gate.getAtt(Attribute.AUDIENCE_MODEL_ARN));
    this.audienceModelName = resource.ref;
    warnOfDeletedUse(this, 'trainingDataset', trainingDataset);
  }
}
