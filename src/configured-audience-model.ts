import { IResource, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AudienceModel } from './audience-model';
import { IAudienceModelRef } from './audience-model-ref';
import { AudienceSizeConfig } from './audience-size-config';
import { ChildResourceTagOnCreatePolicy } from './child-resource-tag-on-create-policy';
import { CleanRoomsMlProvider } from './clean-rooms-ml-provider';
import { ConfiguredAudienceModelGrants } from './configured-audience-model-grants';
import { ConfiguredAudienceModelPolicy } from './configured-audience-model-policy';
import { ConfiguredAudienceModelReference, IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { Attribute, ConfiguredAudienceModelProperties, ResourceType } from './private/contract';
import { TaggableCleanRoomsMlResource } from './private/custom-resource';
import { environmentOf } from './private/environment';
import { throwIfFaulty, throwIfFaultyImport } from './private/errors';
import { check, checkOwnValue, required } from './private/faults';
import { asFolder, bucketKey, checkBucket, folderKeyStatements, folderStatements } from './private/folders';
import { foreignNeeds } from './private/preflight';
import { checkAudienceModel } from './private/references';
import { warnOfDeletedUse } from './private/retention';
import { addStatements, checkRole, createServiceRole, isServiceRoleOf } from './private/roles';
import {
  description, minMatchingSeedSize, objectPrefix, oneOf, outputUri, removalPolicy, resourceName, serviceArns, tags,
} from './private/validation';
import { warn, Warning } from './private/warnings';
import { SharedAudienceMetrics } from './shared-audience-metrics';

const IS_CONFIGURED_AUDIENCE_MODEL = Symbol.for('cdk-cleanrooms-ml.ConfiguredAudienceModel');

/** Below this AWS sees the privacy of the seed at risk. */
const RECOMMENDED_SEED_SIZE = 500;

/**
 * A configured audience model of AWS Clean Rooms ML.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-configure-model.html
 */
export interface IConfiguredAudienceModel extends IResource, IConfiguredAudienceModelRef, iam.IResourceWithPolicyV2 {
  /**
   * The ARN of the configured audience model, `arn:aws:cleanrooms-ml:region:account:configured-audience-model/id`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetConfiguredAudienceModel.html
   */
  readonly configuredAudienceModelArn: string;

  /**
   * Grants on this configured audience model.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  readonly grants: ConfiguredAudienceModelGrants;
}

/**
 * Properties of a configured audience model.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
 */
export interface ConfiguredAudienceModelProps {
  /**
   * The audience model, of the same account and Region. Changed in place: audiences of jobs that start later come from the new model.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_UpdateConfiguredAudienceModel.html
   */
  readonly audienceModel: IAudienceModelRef;

  /**
   * The bucket that audiences are written to, in the same Region. Changed in place.
   *
   * Where it is imported, and the audience model is one of the same stack, it is looked at before the model is trained: if it is not there,
   * or in another Region, the deployment fails before anything is trained. Not looked at are a bucket of another account, what has a condition,
   * and what the handler may not see.
   *
   * The bucket's own encryption key counts: the role may encrypt with it.
   * A bucket of another account must be imported with `Bucket.fromBucketAttributes(scope, id, { bucketName, account, … })`: the role may use
   * the bucket only in the account that the library knows of. The policy of that bucket, which is its owner's, must allow the role too.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_ConfiguredAudienceModelOutputConfig.html
   */
  readonly outputBucket: s3.IBucket;

  /**
   * The folder of the bucket that audiences are written to, such as `audiences/`. The role may write only there. Changed in place.
   *
   * It must not begin with a slash and may hold no `*`, `?` or `${`; a slash at its end is added where it is missing.
   * The whole URI, `s3://bucket/prefix`, has at most 1,285 characters.
   *
   * @default - the whole bucket
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_S3ConfigMap.html
   */
  readonly outputPrefix?: string;

  /**
   * The role with which Clean Rooms ML writes audiences, of the same account. It must trust `cleanrooms-ml.amazonaws.com`;
   * there is a warning where a role of this app does not.
   * Changed in place.
   *
   * The permissions to write to the folder are added to it, or a warning where that is not possible. Where the app does not create it, and
   * the audience model is one of the same stack, it is looked at before the model is trained: if it is not there, or does not trust the
   * service, the deployment fails before anything is trained. Not looked at are what has a condition, and what the handler may not see.
   *
   * @default - a role is created that may write to the folder and list the bucket
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly outputRole?: iam.IRole;

  /**
   * Whether the metrics of audience generation jobs are shared. Changed in place.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
   */
  readonly sharedAudienceMetrics: SharedAudienceMetrics;

  /**
   * The audience sizes that may be exported: 1 to 25, all of them distinct.
   *
   * Other sizes and another unit are changed in place. Adding the sizes where there were none replaces the configured audience model, as does
   * removing them, because the service cannot unset them. A replacement has to be associated anew (see `ConfiguredAudienceModel`).
   *
   * @default - no sizes are configured, and the choice is left to the service
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSizeConfig.html
   */
  readonly audienceSizeConfig?: AudienceSizeConfig;

  /**
   * The least number of users in a seed that must be found in the training data: 25 to 500,000. Changed in place.
   * Below 500 there is a warning, because AWS recommends at least 500 for the sake of privacy.
   *
   * @default 500
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-privacy.html
   */
  readonly minMatchingSeedSize?: number;

  /**
   * Which tags audience generation jobs get. Changing it replaces the configured audience model, which has to be associated anew then.
   * Writing down `NONE` where there was nothing does not.
   *
   * @default - the choice is left to the service; this library takes it for `NONE`
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
   */
  readonly childResourceTagOnCreatePolicy?: ChildResourceTagOnCreatePolicy;

  /**
   * The name of the configured audience model: 1 to 63 characters, not blank, without line breaks and emoji.
   *
   * A configured audience model with a name of its own cannot be replaced: give it another name together with the change that replaces it.
   * Changing, adding or removing the name replaces it, too.
   *
   * @default - a name is generated
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
   */
  readonly configuredAudienceModelName?: string;

  /**
   * A description of at most 255 characters, without emoji and without control characters other than tabs and line breaks. Changed in place.
   *
   * @default - no description
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
   */
  readonly description?: string;

  /**
   * Tags: at most 47 (the service's 50 less the 3 that this library sets), with keys of 1 to 128 and values of at most 256 characters.
   * Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`. Changed in place.
   *
   * @default - no tags but those of `Tags.of` and of the stack
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_TagResource.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * What becomes of the configured audience model when it is removed from the stack or replaced: it is deleted or retained. `SNAPSHOT` is
   * refused.
   *
   * What grants allow other accounts is not retained with it, because a grant that is removed from the app must end. Where it is to outlive
   * the stack: `configured.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN)`.
   *
   * @default RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class ConfiguredAudienceModelBase extends Resource implements IConfiguredAudienceModel {
  public abstract readonly configuredAudienceModelArn: string;

  /**
   * Grants on this configured audience model.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public readonly grants = ConfiguredAudienceModelGrants.fromConfiguredAudienceModel(this);

  /**
   * A reference to this configured audience model: its ARN.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  public get configuredAudienceModelRef(): ConfiguredAudienceModelReference {
    return { configuredAudienceModelArn: this.configuredAudienceModelArn };
  }

  public abstract addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;
}

/**
 * A configured audience model: an audience model together with where its audiences go and what others get to know of them.
 *
 * A replacement has another ARN. Where the old one is deleted, AWS removes it from its collaborations, and what AWS Clean Rooms wrote into its
 * policy goes with it: associate the new one.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-configure-model.html
 */
export class ConfiguredAudienceModel extends ConfiguredAudienceModelBase {
  /**
   * A configured audience model that exists already. Its account and Region are those of the ARN, and its resource policy cannot be changed
   * through it: `addToResourcePolicy` adds nothing. A `ConfiguredAudienceModelPolicy` can.
   *
   * Throws a `ValidationError` if the ARN is not one of a configured audience model,
   * `arn:aws:cleanrooms-ml:region:account:configured-audience-model/id`; tokens are allowed in it, wildcards are not.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  public static fromConfiguredAudienceModelArn(scope: Construct, id: string, configuredAudienceModelArn: string): IConfiguredAudienceModel {
    throwIfFaultyImport('ConfiguredAudienceModel', scope, id,
      check('configuredAudienceModelArn', configuredAudienceModelArn, serviceArns.configuredAudienceModel));
    class ImportedConfiguredAudienceModel extends ConfiguredAudienceModelBase {
      public readonly configuredAudienceModelArn = configuredAudienceModelArn;

      public addToResourcePolicy(_statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
        return { statementAdded: false };
      }
    }
    return new ImportedConfiguredAudienceModel(scope, id, environmentOf(configuredAudienceModelArn));
  }

  /**
   * Whether something is a `ConfiguredAudienceModel` of this library, whichever copy of it. Imports are not. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.Resource.html
   */
  public static isConfiguredAudienceModel(x: unknown): x is ConfiguredAudienceModel {
    return typeof x === 'object' && x !== null && IS_CONFIGURED_AUDIENCE_MODEL in x;
  }

  /**
   * The ARN of the configured audience model, `arn:aws:cleanrooms-ml:region:account:configured-audience-model/id`.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetConfiguredAudienceModel.html
   */
  public readonly configuredAudienceModelArn: string;

  /**
   * The name of the configured audience model, 1 to 63 characters. It is what `Ref` gives.
   *
   * @attribute
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
   */
  public readonly configuredAudienceModelName: string;

  /**
   * The role with which Clean Rooms ML writes audiences: the one that was given, or the one that was created.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  public readonly outputRole: iam.IRole;

  /**
   * The sizes that audiences may be exported in, where the choice is not left to the service.
   *
   * @internal
   */
  public readonly _audienceSizeConfig?: AudienceSizeConfig;

  /**
   * The audience model that the template names.
   *
   * @internal
   */
  public readonly _audienceModel: IAudienceModelRef;

  /**
   * The path of what exchanges its audience model, from when there is one.
   *
   * @internal
   */
  public _retraining?: string;

  private resourcePolicy?: ConfiguredAudienceModelPolicy;

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
   */
  constructor(scope: Construct, id: string, props: ConfiguredAudienceModelProps) {
    super(scope, id, { physicalName: props.configuredAudienceModelName });
    Object.defineProperty(this, IS_CONFIGURED_AUDIENCE_MODEL, { value: true });
    const { audienceModel, outputBucket, outputPrefix, audienceSizeConfig } = props;
    const prefixFaults = check('outputPrefix', outputPrefix, objectPrefix);
    throwIfFaulty(this,
      check('configuredAudienceModelName', props.configuredAudienceModelName, resourceName),
      check('description', props.description, description),
      check('tags', props.tags, tags),
      check('removalPolicy', props.removalPolicy, removalPolicy),
      check('minMatchingSeedSize', props.minMatchingSeedSize, minMatchingSeedSize),
      check('sharedAudienceMetrics', props.sharedAudienceMetrics, required(oneOf(SharedAudienceMetrics), 'say whether metrics are shared')),
      check('childResourceTagOnCreatePolicy', props.childResourceTagOnCreatePolicy, oneOf(ChildResourceTagOnCreatePolicy)),
      prefixFaults.length > 0 ? prefixFaults : check('outputPrefix', asFolder(outputPrefix), outputUri(outputBucket?.bucketName)),
      audienceSizeConfig === undefined
        ? []
        : checkOwnValue('audienceSizeConfig', audienceSizeConfig, 'audience sizes, such as AudienceSizeConfig.percentage(…)', this),
      checkAudienceModel('audienceModel', audienceModel, this),
      checkBucket('outputBucket', outputBucket, this),
      checkRole('outputRole', props.outputRole, this),
    );
    if (props.minMatchingSeedSize !== undefined && !Token.isUnresolved(props.minMatchingSeedSize)
      && props.minMatchingSeedSize < RECOMMENDED_SEED_SIZE) {
      warn(this, Warning.SMALL_SEED_SIZE,
        `minMatchingSeedSize is ${props.minMatchingSeedSize}, but AWS recommends at least ${RECOMMENDED_SEED_SIZE} for the sake of privacy`);
    }

    this._audienceSizeConfig = audienceSizeConfig;
    this._audienceModel = audienceModel;
    const outputKey = bucketKey(outputBucket);
    const folder = { bucket: outputBucket, prefix: outputPrefix };
    const statements = [
      ...folderStatements(folder, ['s3:PutObject']),
      ...folderKeyStatements(folder, outputKey ? [outputKey] : [], ['kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']),
    ];
    this.outputRole = props.outputRole ?? createServiceRole(this, 'OutputRole', 'configured-audience-model', statements);
    const access = props.outputRole ? addStatements(this, 'outputRole', 'configured-audience-model', props.outputRole, statements) : this.outputRole;
    CleanRoomsMlProvider._of(this)._allowPassRole(this.outputRole);

    if (AudienceModel.isAudienceModel(audienceModel) && !audienceModel._waitsForTraining) {
      warn(this, Warning.TRAINING_NOT_WAITED_FOR,
        `${audienceModel.node.path} has TrainingWait.none(), so this will be created while the audience model is still in training; `
        + 'AWS does not document whether that is allowed, and the deployment fails and is rolled back if it is not');
    }
    if (AudienceModel.isAudienceModel(audienceModel) && Stack.of(audienceModel) === Stack.of(this)) {
      const needs = foreignNeeds(this, outputBucket, this.outputRole);
      audienceModel._needs.push(...needs);
      for (const { statement } of needs) CleanRoomsMlProvider._of(this)._allowLook(statement);
    }
    const { audienceModelArn } = audienceModel.audienceModelRef;
    const s3Uri = `s3://${outputBucket.bucketName}/${asFolder(outputPrefix)}`;
    const resource = new TaggableCleanRoomsMlResource<ConfiguredAudienceModelProperties>(this, {
      type: ResourceType.CONFIGURED_AUDIENCE_MODEL,
      properties: {
        Name: this.physicalName,
        Description: props.description,
        AudienceModelArn: audienceModelArn,
        OutputConfig: { Destination: { S3Destination: { S3Uri: s3Uri } }, RoleArn: this.outputRole.roleArn },
        SharedAudienceMetrics: [props.sharedAudienceMetrics],
        MinMatchingSeedSize: props.minMatchingSeedSize,
        AudienceSizeConfig: audienceSizeConfig?._render(this),
        ChildResourceTagOnCreatePolicy: props.childResourceTagOnCreatePolicy,
      },
      tags: props.tags,
      removalPolicy: props.removalPolicy,
      dependencies: [access],
    });
    this.configuredAudienceModelArn = Token.asString(resource.getAtt(Attribute.CONFIGURED_AUDIENCE_MODEL_ARN));
    this.configuredAudienceModelName = resource.ref;
    warnOfDeletedUse(this, 'audienceModel', audienceModel);
    if (props.removalPolicy) this.applyRemovalPolicy(props.removalPolicy);
  }

  /**
   * Says what becomes of the configured audience model when it is removed from the stack or replaced; a role that was created for it
   * stays or goes with it. `SNAPSHOT` fails the synthesis of the app, if not this call.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
   */
  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    super.applyRemovalPolicy(policy);
    if (this.outputRole.node.scope === this && isServiceRoleOf(this, this.outputRole)) this.outputRole.applyRemovalPolicy(policy);
  }

  /**
   * The resource policy, once a statement has been added to it; undefined before.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_PutConfiguredAudienceModelPolicy.html
   */
  public get policy(): ConfiguredAudienceModelPolicy | undefined {
    return this.resourcePolicy;
  }

  /**
   * Adds a statement to the resource policy, which is created with the first one.
   *
   * Statements that AWS Clean Rooms or others have put into the policy stay. Throws nothing itself: a statement that is not valid in a
   * resource policy, or a document of more than 20,480 characters, fails the synthesis of the app; with the statements of others it must not
   * be longer either, or the deployment fails.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_PutConfiguredAudienceModelPolicy.html
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.resourcePolicy ??= new ConfiguredAudienceModelPolicy(this, 'Policy', { configuredAudienceModel: this });
    this.resourcePolicy.document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.resourcePolicy };
  }
}
