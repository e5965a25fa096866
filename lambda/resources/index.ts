import { audienceModelType } from './audience-model';
import { audienceModelGateType } from './audience-model-gate';
import { configuredAudienceModelType } from './configured-audience-model';
import { configuredAudienceModelPolicyType } from './configured-audience-model-policy';
import type { ResourceHandler } from './resource-handler';
import { trainingDatasetType } from './training-dataset';
import { ResourceType } from '../../src/private/contract';
import type { RawProperties, ResourceTypeName } from '../events';
import { object, text } from '../properties';
import { wantedTags } from '../tags';

/** What does the work for each resource type. */
export const RESOURCES: Record<ResourceTypeName, ResourceHandler> = {
  [ResourceType.TRAINING_DATASET]: trainingDatasetType,
  [ResourceType.AUDIENCE_MODEL]: audienceModelType,
  [ResourceType.AUDIENCE_MODEL_GATE]: audienceModelGateType,
  [ResourceType.CONFIGURED_AUDIENCE_MODEL]: configuredAudienceModelType,
  [ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY]: configuredAudienceModelPolicyType,
};

const common = object({ StateMachineArn: text });

/** Throws a `Refusal` that names the property. */
export function check(type: ResourceTypeName, properties: RawProperties): void {
  common(properties, '');
  wantedTags(properties);
  RESOURCES[type].check(properties);
}
