import { IResource, RemovalPolicy, Resource, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IAudienceModelRef } from './audience-model-ref';
import { AudienceSizeConfig } from './audience-size-config';
import { ChildResourceTagOnCreatePolicy } from './child-resource-tag-on-create-policy';
import { ConfiguredAudienceModelGrants } from './configured-audience-model-grants';
import { ConfiguredAudienceModelPolicy } from './configured-audience-model-policy';
import { ConfiguredAudienceModelReference, IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { Attribute, ConfiguredAudienceModelProperties, ResourceType } from './private/contract';
import { TaggableCleanRoomsMlResource } from './private/custom-resource';
import { checkAccount, checkRegion } from './private/environment';
import { throwIfFaulty } from './private/errors';
import { checkKey, targetKey } from './private/keys';
import { addStatements, asFolder, checkRole, createServiceRole, folderKeyStatements, folderStatements } from './private/roles';
import { allow, allowPassRole } from './private/service';
import { check, description, minMatchingSeedSize, objectPrefix, outputUri, resourceName, tags } from './private/validation';
import { warn, Warning } from './private/warnings';
import { SharedAudienceMetrics } from './shared-audience-metrics';

const IS_CONFIGURED_AUDIENCE_MODEL = Symbol.for('cdk-cleanrooms-ml.ConfiguredAudienceModel');

/** Below this AWS sees the privacy of the seed at risk. */
const RECOMMENDED_SEED_SIZE = 500;

/** A configured audience model of AWS Clean Rooms ML. */
export interface IConfiguredAudienceModel extends IResource, IConfiguredAudienceModelRef, iam.IResourceWithPolicyV2 {
  /**
   * The ARN of the configured audience model.
   *
   * @attribute
   */
  readonly configuredAudienceModelArn: string;
}

/** Properties of a configured audience model. */
export interface ConfiguredAudienceModelProps {
  /** The audience model, of the same account and Region. Changed in place: audiences of jobs that start later come from the new model. */
  readonly audienceModel: IAudienceModelRef;

  /**
   * The bucket that audiences are written to, in the same Region. Changed in place.
   *
   * The bucket's own encryption key counts: the role may encrypt with it.
   */
  readonly outputBucket: s3.IBucket;

  /**
   * The folder of the bucket that audiences are written to, such as `audiences/`. The role may write only there. Changed in place.
   *
   * It must not begin with a slash and may hold no `*` or `?`; a slash at its end is added where it is missing.
   * The whole URI, `s3://bucket/prefix`, has at most 1,285 characters.
   *
   * @default - the whole bucket
   */
  readonly outputPrefix?: string;

  /**
   * The role with which Clean Rooms ML writes audiences, of the same account. It must trust `cleanrooms-ml.amazonaws.com`.
   * Changed in place.
   *
   * The permissions to write to the folder are added to it, or a warning where that is not possible.
   *
   * @default - a role is created that may do no more than write to the folder
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly outputRole?: iam.IRole;

  /** Whether the metrics of audience generation jobs are shared. Changed in place. */
  readonly sharedAudienceMetrics: SharedAudienceMetrics;

  /**
   * The audience sizes that may be exported: 1 to 25, all of them distinct.
   * Changed in place; removing it replaces the configured audience model, because the service cannot unset it.
   *
   * @default - the service's default
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
   * Which tags audience generation jobs get. Changing it replaces the configured audience model.
   *
   * @default ChildResourceTagOnCreatePolicy.NONE
   */
  readonly childResourceTagOnCreatePolicy?: ChildResourceTagOnCreatePolicy;

  /**
   * The name of the configured audience model: 1 to 63 characters, not blank, without line breaks and emoji.
   *
   * A configured audience model with a name of its own cannot be replaced: give it another name together with the change that replaces it.
   *
   * @default - a name is generated
   */
  readonly configuredAudienceModelName?: string;

  /**
   * A description of at most 255 characters. Changed in place.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Tags: at most 47, with keys of 1 to 128 and values of at most 256 characters.
   * Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`. Changed in place.
   *
   * @default - no tags but those of `Tags.of`
   */
  readonly tags?: { [key: string]: string };

  /**
   * What becomes of the configured audience model when it is removed from the stack or replaced.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class ConfiguredAudienceModelBase extends Resource implements IConfiguredAudienceModel {
  public abstract readonly configuredAudienceModelArn: string;

  public get configuredAudienceModelRef(): ConfiguredAudienceModelReference {
    return { configuredAudienceModelArn: this.configuredAudienceModelArn };
  }

  public abstract addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;
}

/**
 * A configured audience model: an audience model together with where its audiences go and what others get to know of them.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-configure-model.html
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
 */
export class ConfiguredAudienceModel extends ConfiguredAudienceModelBase {
  /** A configured audience model that exists already. Its resource policy cannot be changed through it. */
  public static fromConfiguredAudienceModelArn(scope: Construct, id: string, configuredAudienceModelArn: string): IConfiguredAudienceModel {
    class Import extends ConfiguredAudienceModelBase {
      public readonly configuredAudienceModelArn = configuredAudienceModelArn;

      public addToResourcePolicy(_statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
        return { statementAdded: false };
      }
    }
    return new Import(scope, id, { environmentFromArn: configuredAudienceModelArn });
  }

  /** Whether something is a `ConfiguredAudienceModel`. */
  public static isConfiguredAudienceModel(x: unknown): x is ConfiguredAudienceModel {
    return typeof x === 'object' && x !== null && IS_CONFIGURED_AUDIENCE_MODEL in x;
  }

  /**
   * The ARN of the configured audience model.
   *
   * @attribute
   */
  public readonly configuredAudienceModelArn: string;

  /**
   * The name of the configured audience model.
   *
   * @attribute
   */
  public readonly configuredAudienceModelName: string;

  /** The role with which Clean Rooms ML writes audiences. */
  public readonly outputRole: iam.IRole;

  /** Grants on this configured audience model. */
  public readonly grants = ConfiguredAudienceModelGrants.fromConfiguredAudienceModel(this);

  private resourcePolicy?: ConfiguredAudienceModelPolicy;

  /** Fails if properties are not as documented; all faults are reported together. */
  constructor(scope: Construct, id: string, props: ConfiguredAudienceModelProps) {
    super(scope, id, { physicalName: props.configuredAudienceModelName });
    Object.defineProperty(this, IS_CONFIGURED_AUDIENCE_MODEL, { value: true });
    const { audienceModel, outputBucket, outputPrefix } = props;
    const bucketKey = outputBucket.encryptionKey && targetKey(outputBucket.encryptionKey);
    const output = `s3://${outputBucket.bucketName}/${asFolder(outputPrefix)}`;
    throwIfFaulty(this,
      check('configuredAudienceModelName', props.configuredAudienceModelName, resourceName),
      check('description', props.description, description),
      check('tags', props.tags, tags),
      check('minMatchingSeedSize', props.minMatchingSeedSize, minMatchingSeedSize),
      check('outputPrefix', outputPrefix, objectPrefix),
      check('outputPrefix', outputPrefix && asFolder(outputPrefix), outputUri(outputBucket.bucketName)),
      props.audienceSizeConfig?._faults('audienceSizeConfig') ?? [],
      checkAccount('audienceModel', audienceModel, this),
      checkRegion('audienceModel', audienceModel, this),
      checkRegion('outputBucket', outputBucket, this),
      checkKey('outputBucket.encryptionKey', bucketKey, this),
      checkRole('outputRole', props.outputRole, this),
    );
    if (props.minMatchingSeedSize !== undefined && !Token.isUnresolved(props.minMatchingSeedSize)
      && props.minMatchingSeedSize < RECOMMENDED_SEED_SIZE) {
      warn(this, Warning.SMALL_SEED_SIZE,
        `minMatchingSeedSize is ${props.minMatchingSeedSize}, but AWS recommends at least ${RECOMMENDED_SEED_SIZE} for the sake of privacy`);
    }

    const folder = { bucket: outputBucket, prefix: outputPrefix };
    this.outputRole = props.outputRole ?? createServiceRole(this, 'OutputRole', 'configured-audience-model');
    const rolePermissions = addStatements(this, this.outputRole, [
      ...folderStatements(folder, ['s3:PutObject']),
      ...folderKeyStatements(folder, bucketKey ? [bucketKey] : [], ['kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']),
    ]);

    const { audienceModelArn } = audienceModel.audienceModelRef;
    const resource = new TaggableCleanRoomsMlResource<ConfiguredAudienceModelProperties>(this, {
      type: ResourceType.CONFIGURED_AUDIENCE_MODEL,
      properties: {
        Name: this.physicalName,
        Description: props.description,
        AudienceModelArn: audienceModelArn,
        OutputConfig: { Destination: { S3Destination: { S3Uri: output } }, RoleArn: this.outputRole.roleArn },
        SharedAudienceMetrics: [props.sharedAudienceMetrics],
        MinMatchingSeedSize: props.minMatchingSeedSize,
        AudienceSizeConfig: props.audienceSizeConfig?._render(this),
        ChildResourceTagOnCreatePolicy: props.childResourceTagOnCreatePolicy,
      },
      tags: props.tags,
      removalPolicy: props.removalPolicy,
      permissions: [
        // Pointing the configured audience model to another audience model needs a permission on that one too.
        allow(['CreateConfiguredAudienceModel', 'UpdateConfiguredAudienceModel'], audienceModelArn),
        allowPassRole(this.outputRole),
      ],
      dependencies: [rolePermissions],
    });
    this.configuredAudienceModelArn = Token.asString(resource.getAtt(Attribute.CONFIGURED_AUDIENCE_MODEL_ARN));
    this.configuredAudienceModelName = resource.ref;
  }

  /** The resource policy, once a statement has been added to it. */
  public get policy(): ConfiguredAudienceModelPolicy | undefined {
    return this.resourcePolicy;
  }

  /**
   * Adds a statement to the resource policy, which is created with the first one.
   *
   * Statements that AWS Clean Rooms or others have put into the policy stay.
   */
  public addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult {
    this.resourcePolicy ??= new ConfiguredAudienceModelPolicy(this, 'Policy', { configuredAudienceModel: this });
    this.resourcePolicy.document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.resourcePolicy };
  }
}
