import type { Found, Summary } from './detail';
import { identityOfName } from './identity';
import type { DetailOf } from './kind';
import { mark, writeTags } from './removal';
import { AudienceModels, deletedByOthers } from './resources/audience-model';
import { ConfiguredAudienceModels } from './resources/configured-audience-model';
import { tagged } from './search';
import { describeStackResource } from './stack';
import { fence, Step } from './step';
import { hasFate, isOfLogicalId } from './tags';
import { Fate, OwnershipTag } from '../src/private/contract';

/* The audience models that a retraining makes, and which of them is in use. */

export class Generations extends AudienceModels {
  /** Nobody waits for less. */
  public override isReady(status: string): boolean { return status === 'ACTIVE'; }

  /** Each execution means another one. */
  public override async checkCreate(): Promise<void> {
    const { memory, request } = this.step;
    if (memory.CreatedArn !== undefined) throw deletedByOthers(request.identity.name);
  }

  public override update(): undefined { return undefined; }
}

/** All that there are, the newest first. */
export async function generationsOf(step: Step): Promise<Found[]> {
  const { request } = step;
  const kind = new Generations(step);
  const named = (await kind.list()).filter(({ name }) => identityOfName(request.logicalId, name) !== undefined);
  const found = await tagged(kind, step, named, (tags) => isOfLogicalId(request, tags));
  return found.sort((a, b) => b.detail.createTime.getTime() - a.detail.createTime.getTime());
}

/** When an audience model was made, in milliseconds. */
export function birthOf(models: readonly Summary[], sought: string): number | undefined {
  return models.find(({ arn }) => arn === sought)?.createTime.getTime();
}

type ConfiguredAudienceModel = DetailOf<'ConfiguredAudienceModel'>;

/** The configured audience model that CloudFormation has under a logical id: it may have replaced the one of before. */
export async function configuredOf(step: Step, logicalId: string): Promise<ConfiguredAudienceModel | undefined> {
  const { request: { stackId }, service } = step;
  const name = (await describeStackResource(service, stackId, logicalId))?.physicalId;
  if (name === undefined) return undefined;
  const kind = new ConfiguredAudienceModels(step);
  const named = (await kind.list()).filter((one) => one.name === name);
  const [found] = await tagged(kind, step, named, (tags) => isOfLogicalId({ ...step.request, logicalId }, tags));
  return found?.detail as ConfiguredAudienceModel | undefined;
}

/**
 * Points a configured audience model to an audience model, which may be a generation, and notes which one is in use.
 * @param inUse what is written on that one
 */
export async function point(
  step: Step, inUse: string, configured: Pick<ConfiguredAudienceModel, 'arn' | 'audienceModelArn'>, to: string, generations: readonly Found[],
): Promise<void> {
  const made = generations.find(({ detail: { arn } }) => arn === to);
  // Before it is so: what is in use is never taken for what may go.
  if (made) await mark(made, inUse, step);
  try {
    await repoint(step, configured, to);
  } catch (error) {
    // If it never comes to be in use, others are to find it as it was.
    if (made) await writeTags(made, { [OwnershipTag.IDENTITY]: made.tags[OwnershipTag.IDENTITY] ?? '' }, step);
    throw error;
  }
  for (const one of generations) if (one !== made && hasFate(one.tags, inUse)) await mark(one, Fate.FORMER, step);
}

export async function repoint(step: Step, { arn, audienceModelArn }: Pick<ConfiguredAudienceModel, 'arn' | 'audienceModelArn'>, to: string): Promise<void> {
  if (audienceModelArn === to) return;
  await fence(step);
  await step.service.call('UpdateConfiguredAudienceModel', { configuredAudienceModelArn: arn, audienceModelArn: to });
  step.note(`pointed ${arn} to ${to}`);
}
