import { AudienceModels } from './audience-model';
import { ConfiguredAudienceModels } from './configured-audience-model';
import type { ResourceHandler } from './resource-handler';
import { Fate, OwnershipTag } from '../../src/private/contract';
import type { Detail, Found, Tags } from '../detail';
import { NotYet } from '../errors';
import { stopAll } from '../executions';
import { Generations, generationsOf, point, repoint } from '../generations';
import { DetailOf, listAll } from '../kind';
import { isOfThisOperation } from '../operation';
import { object, text } from '../properties';
import { leave, mark, remove } from '../removal';
import { isRollback } from '../request';
import { tagged, tagsOf } from '../search';
import { describeStackResource } from '../stack';
import { isAbsenceCertain, Step } from '../step';
import { inUseFor, successorOf } from '../successor';
import { isOfStack } from '../tags';
import { DRAIN } from '../times';

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
 * A configured audience model that takes the place of another one is to use the generation that this one uses. Where a deployment names
 * another audience model, and then the one of before again, the generation of that time has had its time.
 */
async function succeed(step: Step): Promise<void> {
  const { previous, properties } = step.request;
  if (previous === undefined) return;
  const { configuredAudienceModelArn: arn, configuredAudienceModel: logicalId, audienceModelArn } = retraining(properties, '');
  const before = previous.properties;
  const kind = new ConfiguredAudienceModels(step);
  if (before.AudienceModelArn !== audienceModelArn) {
    const isInPlace = (await kind.get(arn))?.audienceModelArn === audienceModelArn;
    const successor = isInPlace ? await successorOf(step, logicalId, audienceModelArn) : undefined;
    if (successor) await mark(successor, Fate.FORMER, step);
  } else if (before.ConfiguredAudienceModelArn !== arn) {
    const configured = await kind.get(arn);
    if (configured === undefined || !takesThePlace(configured, before.ConfiguredAudienceModel === logicalId, step)) return;
    // The one before is there until the clean-up.
    const shown = (await kind.get(String(before.ConfiguredAudienceModelArn)))?.audienceModelArn
      ?? (await successorOf(step, String(before.ConfiguredAudienceModel), audienceModelArn))?.detail.arn;
    const generations = await generationsOf(step);
    const inUse = generations.find(({ detail }) => detail.arn === shown && detail.status === 'ACTIVE');
    if (inUse === undefined || ![shown, audienceModelArn].includes(configured.audienceModelArn)) return;
    await point(step, inUseFor(logicalId, audienceModelArn), configured, inUse.detail.arn, generations);
  }
}

/** Whether it was made for that. One that was there before, under another logical id, has a use of its own. */
function takesThePlace({ createTime }: Pick<Detail, 'createTime'>, isSame: boolean, { request }: Step): boolean {
  return isSame || isRollback(request.operation) || isOfThisOperation(request, createTime);
}

/** Stops what trains, points back what uses generations, and deletes them. */
async function takeDown(step: Step): Promise<void> {
  const { identity, properties: { RetrainingArn: stateMachineArn } } = step.request;
  // One whose creation was refused has an id of its own, and has begun nothing.
  if (typeof stateMachineArn !== 'string' || identity.explicit) return;
  await stopAll(step, stateMachineArn);
  // Somebody else may have stopped one a moment ago.
  if (!isAbsenceCertain(step)) throw new NotYet('a generation may not be listed yet', { pause: DRAIN - step.elapsed() });
  const generations = await generationsOf(step);
  const staying = await pointBack(step, generations).catch(async (error: unknown) => {
    await leave(step, generations);
    throw error;
  });
  await remove(new Generations(step), generations.filter((one) => !staying.includes(one)), step);
}

/**
 * Those that stay in use, because what the template names is gone, or because what uses them was in the retraining's care before and has a
 * model of its own. Any other is pointed back: it may be one that a failed rollback left.
 */
async function pointBack(step: Step, generations: readonly Found[]): Promise<Found[]> {
  const { request, service, memory } = step;
  const { AudienceModelArn: initial } = request.properties;
  const model = typeof initial === 'string' ? await namedNow(step, initial) : undefined;
  const kind = new ConfiguredAudienceModels(step);
  const listed = (await listAll(service, 'ConfiguredAudienceModel'))
    .filter(({ audienceModelArn }) => generations.some(({ detail: { arn } }) => arn === audienceModelArn));
  const held: string[] = [];
  for (const { detail, tags } of await tagged(kind, step, listed, (one) => isOfStack(request, one))) {
    const user = detail as DetailOf<'ConfiguredAudienceModel'>;
    if (model?.status === 'ACTIVE' && !await isOfAnother(user, tags, step)) await repoint(step, user, model.arn);
    else held.push(user.audienceModelArn);
  }
  const staying = generations.filter(({ detail: { arn } }) => held.includes(arn));
  for (const one of staying) {
    await mark(one, Fate.KEPT, step);
    memory.Said = `kept audience model ${one.detail.name}, which is in use: ${model ? 'not by what the retraining is for' : 'the audience model that the template names is gone'}`;
  }
  return staying;
}

/** Whether CloudFormation has it under another logical id than the one that the retraining is for. */
async function isOfAnother({ name }: Pick<Detail, 'name'>, tags: Tags, { request, service }: Step): Promise<boolean> {
  const logicalId = tags[OwnershipTag.LOGICAL_ID];
  return logicalId !== request.properties.ConfiguredAudienceModel
    && (await describeStackResource(service, request.stackId, logicalId))?.physicalId === name;
}

/** What the template names: the deployment that removes the retraining may have replaced it, and is about to delete what it was. */
async function namedNow(step: Step, initial: string): Promise<Detail | undefined> {
  const { request, service } = step;
  const kind = new AudienceModels(step);
  const model = await kind.get(initial);
  const tags = model && await tagsOf(service, initial);
  if (!model || !tags || !isOfStack(request, tags)) return model;
  const name = (await describeStackResource(service, request.stackId, tags[OwnershipTag.LOGICAL_ID]))?.physicalId ?? model.name;
  const successor = name === model.name ? undefined : (await kind.list()).find((one) => one.name === name && one.status === 'ACTIVE');
  return successor === undefined ? model : kind.get(successor.arn);
}
