import { isTransient, NotYet, ServiceError } from './errors';
import type { RawProperties, ResourceTypeName } from './events';
import { trainingOf } from './executions';
import { ensure } from './lifecycle';
import { elapsed, isDrained } from './operation';
import { Properties } from './properties';
import { removeForGood, removeLeftovers } from './removal';
import { audienceModel, AudienceModels, trainingWait } from './resources/audience-model';
import { gate, openGate } from './resources/audience-model-gate';
import { configuredAudienceModel, ConfiguredAudienceModels } from './resources/configured-audience-model';
import { ensurePolicy, policy, removePolicy } from './resources/configured-audience-model-policy';
import { trainingDataset, TrainingDatasets } from './resources/training-dataset';
import type { Detail, Summary } from './service';
import type { Kind, Step } from './step';
import { beginTraining, endTraining } from './training';
import { Attribute, ResourceType } from '../src/private/contract';

export type Outcome =
  | { readonly done: true; readonly attributes: Readonly<Record<string, string>> }
  | { readonly done: false; readonly reason: Error; readonly training?: Summary };

interface Resource {
  /** Throws a `Refusal` for properties that cannot be. */
  readonly check: (properties: Properties) => unknown;
  /** Both end with `NotYet` where the step must be repeated. */
  readonly ensure: (step: Step) => Promise<Readonly<Record<string, string>>>;
  readonly remove: (step: Step) => Promise<void>;
}

const RESOURCES: Record<ResourceTypeName, Resource> = {
  [ResourceType.TRAINING_DATASET]: synchronous(Attribute.TRAINING_DATASET_ARN, trainingDataset, (step) => new TrainingDatasets(step)),
  [ResourceType.AUDIENCE_MODEL]: {
    check: (properties) => [audienceModel(properties), trainingWait(properties)],
    ensure: async (step) => {
      await (step.trains ? ensure(new AudienceModels(step), step) : beginTraining(step));
      return { [Attribute.TRAINING]: trainingOf(step.request.logicalId, step.request.identity) };
    },
    remove: endTraining,
  },
  [ResourceType.AUDIENCE_MODEL_GATE]: {
    check: gate,
    ensure: async (step) => ({ [Attribute.AUDIENCE_MODEL_ARN]: await openGate(step) }),
    remove: async () => { /* There is nothing behind it. */ },
  },
  [ResourceType.CONFIGURED_AUDIENCE_MODEL]: synchronous(
    Attribute.CONFIGURED_AUDIENCE_MODEL_ARN, configuredAudienceModel, (step) => new ConfiguredAudienceModels(step),
  ),
  [ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY]: {
    check: policy,
    ensure: async (step) => {
      await ensurePolicy(step);
      return {};
    },
    remove: removePolicy,
  },
};

/** What is there as soon as the service has created it. */
function synchronous<D extends Detail>(attribute: string, checkProperties: Resource['check'], kindOf: (step: Step) => Kind<D>): Resource {
  return {
    check: checkProperties,
    ensure: async (step) => {
      const arn = await ensure(kindOf(step), step);
      await removeLeftovers(kindOf(step), step);
      return { [attribute]: arn };
    },
    remove: async (step) => removeForGood(kindOf(step), step),
  };
}

/** Throws a `Refusal` that names the property. */
export function check(type: ResourceTypeName, raw: RawProperties): void {
  const properties = new Properties(raw);
  properties.tags();
  RESOURCES[type].check(properties);
}

/**
 * The reconcile step: observe, compare with what the template says, do one thing about it. It may be repeated, lost, run twice or late.
 * Throws only what repeating cannot mend.
 */
export async function reconcile(step: Step): Promise<Outcome> {
  const { request, now } = step;
  try {
    if (!isDrained(request, now())) throw new NotYet('the cancelled request before this one may still be at work');
    const resource = RESOURCES[request.type];
    if (request.requestType !== 'Delete') return { done: true, attributes: await resource.ensure(step) };
    await resource.remove(step);
    return { done: true, attributes: {} };
  } catch (error) {
    const transient = error instanceof NotYet || (error instanceof ServiceError && isTransient(error, elapsed(request, now())));
    if (!transient) throw error;
    return { done: false, reason: error, training: error instanceof NotYet ? error.training : undefined };
  }
}
