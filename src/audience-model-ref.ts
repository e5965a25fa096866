import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';

/** A reference to an audience model. */
export interface AudienceModelReference {
  /** The ARN of the audience model. */
  readonly audienceModelArn: string;
}

/** Indicates that this resource can be referenced as an audience model. */
export interface IAudienceModelRef extends IConstruct, IEnvironmentAware {
  /** A reference to an audience model. */
  readonly audienceModelRef: AudienceModelReference;
}
