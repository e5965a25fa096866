import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';

/**
 * A reference to an audience model.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
 */
export interface AudienceModelReference {
  /**
   * The ARN of the audience model, `arn:aws:cleanrooms-ml:region:account:audience-model/id`.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_GetAudienceModel.html
   */
  readonly audienceModelArn: string;
}

/**
 * Indicates that this resource can be referenced as an audience model.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
 */
export interface IAudienceModelRef extends IConstruct, IEnvironmentAware {
  /**
   * A reference to an audience model.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/resources.html
   */
  readonly audienceModelRef: AudienceModelReference;
}
