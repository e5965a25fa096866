import { AudienceModels } from './audience-model';
import { ConfiguredAudienceModels } from './configured-audience-model';
import type { ResourceHandler } from './resource-handler';
import { Fate } from '../../src/private/contract';
import type { Found } from '../detail';
import { stopAll } from '../executions';
import { Generations, generationsOf, repoint } from '../generations';
import { DetailOf, listAll } from '../kind';
import { object, text } from '../properties';
import { mark, remove } from '../removal';
import { tagged } from '../search';
import type { Step } from '../step';
import { inUseFor, successorOf } from '../successor';
import { isOfStack } from '../tags';

const retraining = object({ ConfiguredAudienceModelArn: text, ConfiguredAudienceModel: text, AudienceModelArn: text, RetrainingArn: text });

/** What trains generation after generation beside CloudFormation: here it is taken down. */
export const audienceModelRetrainingType: ResourceHandler = {
  check: (properties) => retraining(properties, ''),
  ensure: async (step) => {
    await succeed(step);
    return { attributes: {} };
  },
  remove: takeDown,
};

/**
 * A configured audience model that takes the place of another one is to use the generation that was in use. Where a deployment names
 * another audience model, and then the one of before again, that generation has had its time.
 */
async function succeed(step: Step): Promise<void> {
  const { previous, properties } = step.request;
  if (previous === undefined) return;
  const { configuredAudienceModelArn: arn, configuredAudienceModel: logicalId, audienceModelArn } = retraining(properties, '');
  const before = previous.properties;
  const isNamedAnew = before.AudienceModelArn !== audienceModelArn;
  if (!isNamedAnew && before.ConfiguredAudienceModelArn === arn) return;
  const configured = await new ConfiguredAudienceModels(step).get(arn);
  const successor = await successorOf(step, String(before.ConfiguredAudienceModel), audienceModelArn);
  if (successor === undefined || configured?.audienceModelArn !== audienceModelArn) return;
  await mark(successor, isNamedAnew ? Fate.FORMER : inUseFor(logicalId, audienceModelArn), step);
  if (!isNamedAnew) await repoint(step, configured, successor.detail.arn);
}

/** Stops what trains, points back what uses generations, and deletes them. */
async function takeDown(step: Step): Promise<void> {
  const { RetrainingArn: stateMachineArn } = step.request.properties;
  if (typeof stateMachineArn !== 'string') return;
  await stopAll(step, stateMachineArn);
  const generations = await generationsOf(step);
  const staying = await pointBack(step, generations);
  await remove(new Generations(step), generations.filter((one) => !staying.includes(one)), step);
}

/**
 * Those that stay in use, because what the template names is gone. What uses them may be another configured audience model than the
 * template's: one that a failed rollback left.
 */
async function pointBack(step: Step, generations: readonly Found[]): Promise<Found[]> {
  const { request, service, memory } = step;
  const { AudienceModelArn: initial } = request.properties;
  const model = typeof initial === 'string' ? await new AudienceModels(step).get(initial) : undefined;
  const kind = new ConfiguredAudienceModels(step);
  const listed = (await listAll(service, 'ConfiguredAudienceModel'))
    .filter(({ audienceModelArn }) => generations.some(({ detail: { arn } }) => arn === audienceModelArn));
  const users = (await tagged(kind, step, listed, (tags) => isOfStack(request, tags)))
    .map(({ detail }) => detail as DetailOf<'ConfiguredAudienceModel'>);
  if (model?.status === 'ACTIVE') {
    for (const one of users) await repoint(step, one, model.arn);
    return [];
  }
  const staying = generations.filter(({ detail: { arn } }) => users.some(({ audienceModelArn }) => audienceModelArn === arn));
  for (const one of staying) {
    await mark(one, Fate.KEPT, step);
    memory.Said = `kept audience model ${one.detail.name}, which is in use: the audience model that the template names is gone`;
  }
  return staying;
}
