import { IEnvironmentAware } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';

/** A reference to a configured audience model. */
export interface ConfiguredAudienceModelReference {
  /** The ARN of the configured audience model. */
  readonly configuredAudienceModelArn: string;
}

/** Indicates that this resource can be referenced as a configured audience model. */
export interface IConfiguredAudienceModelRef extends IConstruct, IEnvironmentAware {
  /** A reference to a configured audience model. */
  readonly configuredAudienceModelRef: ConfiguredAudienceModelReference;
}
