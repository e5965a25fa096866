import { IResource, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { AudienceModel } from './audience-model';
import { IAudienceModelRef } from './audience-model-ref';
import { AudienceSizeConfig } from './audience-size-config';
import { ChildResourceTagOnCreatePolicy } from './child-resource-tag-on-create-policy';
import { CleanRoomsMlProvider } from './clean-rooms-ml-provider';
import { ConfiguredAudienceModelGrants } from './configured-audience-model-grants';
import { ConfiguredAudienceModelPolicy } from './configured-audience-model-policy';
import { ConfiguredAudienceModelProps } from './configured-audience-model-props';
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
