import { shortHash } from './identity';
import { AudienceModels } from './resources/audience-model';
import { tagged } from './search';
import type { Step } from './step';
import { hasFate, isOfStack } from './tags';
import { Fate } from '../src/private/contract';

/** What is written on the generation that the configured audience model under a logical id uses. */
export function inUseBy(logicalId: string): string {
  return `${Fate.IN_USE}${shortHash(logicalId)}:`;
}

/**
 * The generation that a retraining has put in the place of an audience model, for the configured one that the request is about. None where
 * the model is the younger: then a deployment has put it in the place of the generation.
 */
export async function successorOf(step: Step, audienceModelArn: string): Promise<string | undefined> {
  const { request } = step;
  const kind = new AudienceModels(step);
  const models = await kind.list();
  const since = models.find(({ arn }) => arn === audienceModelArn)?.createTime.getTime() ?? -Infinity;
  const younger = models.filter(({ status, createTime }) => status === 'ACTIVE' && createTime.getTime() > since);
  const [found] = await tagged(kind, step, younger, (tags) => isOfStack(request, tags) && hasFate(tags, inUseBy(request.logicalId)));
  return found?.detail.arn;
}
