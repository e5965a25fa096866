import { AudienceModels } from './audience-model';
import { ConfiguredAudienceModels } from './configured-audience-model';
import type { ResourceHandler } from './resource-handler';
import { Fate } from '../../src/private/contract';
import type { Found } from '../detail';
import { stopAll } from '../executions';
import { Generations, generationsOf, repoint } from '../generations';
import { object, text } from '../properties';
import { mark, remove } from '../removal';
import type { Step } from '../step';
import { hasFate } from '../tags';

const retraining = object({ ConfiguredAudienceModelArn: text, AudienceModelArn: text, RetrainingArn: text });

/** What trains generation after generation beside CloudFormation: here it is taken down. */
export const audienceModelRetrainingType: ResourceHandler = {
  check: (properties) => retraining(properties, ''),
  ensure: async (step) => {
    await carryOver(step);
    return { attributes: {} };
  },
  remove: takeDown,
};

/** A configured audience model that takes the place of another one is to use what that one used, unless the template names another. */
async function carryOver(step: Step): Promise<void> {
  const { previous, properties } = step.request;
  if (previous === undefined || previous.properties.ConfiguredAudienceModelArn === properties.ConfiguredAudienceModelArn) return;
  const { configuredAudienceModelArn: arn, audienceModelArn } = retraining(properties, '');
  const generations = await generationsOf(step);
  const inUse = generations.find(({ detail: { status }, tags }) => status === 'ACTIVE' && hasFate(tags, Fate.IN_USE));
  const configured = await new ConfiguredAudienceModels(step).get(arn);
  if (inUse && configured?.audienceModelArn === audienceModelArn && previous.properties.AudienceModelArn === audienceModelArn) {
    await repoint(step, configured, inUse.detail.arn);
  }
}

/** Stops what trains, points the configured audience model back, and deletes all generations. */
async function takeDown(step: Step): Promise<void> {
  const { RetrainingArn: stateMachineArn } = step.request.properties;
  if (typeof stateMachineArn !== 'string') return;
  await stopAll(step, stateMachineArn);
  const generations = await generationsOf(step);
  const staying = await pointBack(step, generations);
  await remove(new Generations(step), generations.filter((one) => one !== staying), step);
}

/** The one that stays in use, because what the template names is gone. */
async function pointBack(step: Step, generations: readonly Found[]): Promise<Found | undefined> {
  const { ConfiguredAudienceModelArn: arn, AudienceModelArn: initial } = step.request.properties;
  const configured = typeof arn === 'string' ? await new ConfiguredAudienceModels(step).get(arn) : undefined;
  const inUse = generations.find(({ detail }) => detail.arn === configured?.audienceModelArn);
  if (configured === undefined || inUse === undefined) return undefined;
  const model = typeof initial === 'string' ? await new AudienceModels(step).get(initial) : undefined;
  if (model?.status === 'ACTIVE') {
    await repoint(step, configured, model.arn);
    return undefined;
  }
  await mark(inUse, Fate.KEPT, step);
  step.memory.Said = `kept audience model ${inUse.detail.name}, which ${configured.name} uses: the audience model that the template names is gone`;
  return inUse;
}
