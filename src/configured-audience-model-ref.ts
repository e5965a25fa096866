import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';

/**
 * A reference to a configured audience model.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateConfiguredAudienceModel.html
 */
export interface ConfiguredAudienceModelReference {
  /**
   * The ARN of the configured audience model, `arn:aws:cleanrooms-ml:region:account:configured-audience-model/id`.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetConfiguredAudienceModel.html
   */
  readonly configuredAudienceModelArn: string;
}

/**
 * Indicates that this resource can be referenced as a configured audience model.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
 */
export interface IConfiguredAudienceModelRef extends IConstruct, IEnvironmentAware {
  /**
   * A reference to a configured audience model.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  readonly configuredAudienceModelRef: ConfiguredAudienceModelReference;
}
