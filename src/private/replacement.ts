import { ResourceType } from './contract';

/** By name, as CloudFormation passes them on or as the constructs write them. */
type Properties = Readonly<Record<string, any>>;

/**
 * The properties whose change replaces a resource, by its type: said here once, for the names of resources and for the windows in
 * which a deployment waits. A contract from the first release on: a property added later joins only where it is set.
 */
export const REPLACING: Record<(typeof ResourceType)[keyof typeof ResourceType], (properties: Properties) => Readonly<Record<string, unknown>>> = {
  [ResourceType.TRAINING_DATASET]: ({ RoleArn, RoleIdentity, TrainingData, Description }) => ({
    ...RoleIdentity === undefined ? { RoleArn } : { RoleIdentity }, TrainingData, Description: Description || undefined,
  }),
  [ResourceType.AUDIENCE_MODEL]: ({ TrainingDatasetArn, TrainingDataStartTime, TrainingDataEndTime, KmsKeyArn, Generation }) => ({
    TrainingDatasetArn, TrainingDataStartTime, TrainingDataEndTime, KmsKeyArn, Generation,
  }),
  [ResourceType.AUDIENCE_MODEL_GATE]: ({ Training }) => ({ Training }),
  [ResourceType.CONFIGURED_AUDIENCE_MODEL]: ({ ChildResourceTagOnCreatePolicy, AudienceSizeConfig }) => ({
    // NONE is the service's default, so writing it down replaces nothing.
    ChildResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy === 'FROM_PARENT_RESOURCE' ? ChildResourceTagOnCreatePolicy : undefined,
    // The bins can change, but once set they cannot be unset.
    AudienceSizeConfig: AudienceSizeConfig === undefined ? undefined : true,
  }),
  [ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY]: ({ ConfiguredAudienceModelArn }) => ({ ConfiguredAudienceModelArn }),
  // Its generations are its own, whatever they were trained from.
  [ResourceType.AUDIENCE_MODEL_RETRAINING]: () => ({}),
};
