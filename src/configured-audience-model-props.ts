import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IAudienceModelRef } from './audience-model-ref';
import { AudienceSizeConfig } from './audience-size-config';
import { ChildResourceTagOnCreatePolicy } from './child-resource-tag-on-create-policy';
import { SharedAudienceMetrics } from './shared-audience-metrics';

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
