import type { Found, Summary } from './detail';
import { canonicalJson, shortHash } from './identity';
import { AudienceModels } from './resources/audience-model';
import { tagged } from './search';
import type { Step } from './step';
import { hasFate, isOfStack } from './tags';
import { Fate } from '../src/private/contract';

/**
 * What is written on a generation that the configured audience model under a logical id uses in the place of an audience model that the
 * template names. So a deployment that names another one ends it, and its rollback finds it again.
 */
export function inUseFor(logicalId: string, audienceModelArn: string): string {
  return `${Fate.IN_USE}${shortHash(canonicalJson([logicalId, audienceModelArn]))}:`;
}

/** The generation that a retraining has put in the place of an audience model, for the configured one under a logical id. */
export async function successorOf(
  step: Step, logicalId: string, audienceModelArn: string, mayBe: (model: Summary) => boolean = () => true,
): Promise<Found | undefined> {
  const kind = new AudienceModels(step);
  const usable = (await kind.list()).filter((model) => model.status === 'ACTIVE' && mayBe(model));
  const mark = inUseFor(logicalId, audienceModelArn);
  const [found] = await tagged(kind, step, usable, (tags) => isOfStack(step.request, tags) && hasFate(tags, mark));
  return found;
}
