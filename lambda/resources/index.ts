import { AudienceModels, audienceModelType } from './audience-model';
import { audienceModelGateType } from './audience-model-gate';
import { audienceModelRetrainingType } from './audience-model-retraining';
import { ConfiguredAudienceModels, configuredAudienceModelType } from './configured-audience-model';
import { configuredAudienceModelPolicyType } from './configured-audience-model-policy';
import type { ResourceHandler } from './resource-handler';
import { TrainingDatasets, trainingDatasetType } from './training-dataset';
import { ResourceType } from '../../src/private/contract';
import type { RawProperties, ResourceTypeName } from '../events';
import { object, text } from '../properties';
import { each, sweep } from '../removal';
import { isEndOfStack } from '../request';
import type { Step } from '../step';
import { wantedTags } from '../tags';

/** What does the work for each resource type. */
export const RESOURCES: Record<ResourceTypeName, ResourceHandler> = {
  [ResourceType.TRAINING_DATASET]: trainingDatasetType,
  [ResourceType.AUDIENCE_MODEL]: audienceModelType,
  [ResourceType.AUDIENCE_MODEL_GATE]: audienceModelGateType,
  [ResourceType.CONFIGURED_AUDIENCE_MODEL]: configuredAudienceModelType,
  [ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY]: configuredAudienceModelPolicyType,
  [ResourceType.AUDIENCE_MODEL_RETRAINING]: audienceModelRetrainingType,
};

/** All kinds of which something may be left, and what uses others first. */
const SWEPT = [ConfiguredAudienceModels, AudienceModels, TrainingDatasets];

/** After a Delete: with the stack goes all that is left. What others have still to let go is not waited for. */
export async function sweepAll(step: Step): Promise<void> {
  const { request, request: { type } } = step;
  if (type === ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY) return;
  await each(SWEPT, async (KindOf) => {
    const isLast = type === ResourceType.AUDIENCE_MODEL || type === ResourceType.TRAINING_DATASET || KindOf === ConfiguredAudienceModels
      || (type === ResourceType.AUDIENCE_MODEL_GATE && KindOf === AudienceModels);
    await sweep(new KindOf(step), step, isEndOfStack(request) && isLast);
  });
}

const common = object({ StateMachineArn: text });

/** Throws a `Refusal` that names the property. */
export function check(type: ResourceTypeName, properties: RawProperties): void {
  common(properties, '');
  wantedTags(properties);
  RESOURCES[type].check(properties);
}
