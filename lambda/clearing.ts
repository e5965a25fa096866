import type { Found } from './detail';
import { isTransient, NotYet, ServiceError } from './errors';
import { birthOf, Generations, generationsOf } from './generations';
import { InUse, remove, removeIfLet } from './removal';
import { AudienceModels } from './resources/audience-model';
import { TrainingDatasets } from './resources/training-dataset';
import { tagged, tagsOf } from './search';
import { describeStack } from './stack';
import type { Step } from './step';
import { hasFate, isOfStack } from './tags';
import { Fate, RetrainingProperties } from '../src/private/contract';

/* What goes when a retraining has put another generation in use. */

/** The ARNs of the audience models that were in use before, and are now. */
interface Change {
  /** Undefined: others had pointed elsewhere. */
  readonly from?: string;
  readonly to: string;
}

/** Deletes the generations that are too old to go back to, and those that were gone back from or failed. */
export async function clear(step: Step, retraining: RetrainingProperties, { from, to }: Change): Promise<void> {
  const { request } = step;
  const generations = await generationsOf(step);
  const since = from === undefined ? Infinity : birthOf(await new AudienceModels(step).list(), from) ?? Infinity;
  // One in use for the model that the template named before was not gone back from, but a deployment has ended its time.
  const older = generations.filter(({ detail: { arn, createTime, status }, tags }) => arn !== to && status === 'ACTIVE'
    && (hasFate(tags, Fate.IN_USE) || hasFate(tags, Fate.FORMER) && createTime.getTime() <= since));
  // A deployment under way may yet be rolled back to what was in use for a model that the template named, or to that model; and then what
  // was trained beside it is the younger one.
  const rests = await isAtRest(step);
  const isForRollback = ({ detail: { status }, tags }: Found) => status === 'ACTIVE' && (hasFate(tags, Fate.IN_USE) || hasFate(tags, Fate.NEW));
  const stay = [...older.slice(0, Number(retraining.Keep)), ...rests ? [] : generations.filter(isForRollback)];
  const staying = [to, ...stay.map(({ detail: { arn } }) => arn)];
  await removeIfLet(new Generations(step), generations.filter(({ detail: { arn } }) => !staying.includes(arn)), step);
  if (rests && retraining.ReleasesInitialModel) await release(step, retraining.AudienceModelArn);

  // A deployment kept what it could not delete because of a generation.
  const datasets = new TrainingDatasets(step);
  const unused: Found[] = [];
  for (const one of await tagged(datasets, step, await datasets.list(), (tags) => isOfStack(request, tags) && hasFate(tags, Fate.KEPT))) {
    if (!await datasets.isNeeded(one)) unused.push(one);
  }
  await removeIfLet(datasets, unused, step);
}

/** Whether no deployment is under way that may be rolled back. */
export async function isAtRest({ service, request }: Step): Promise<boolean> {
  return (await describeStack(service, request.stackId)).status.endsWith('_COMPLETE');
}

/** Deletes the audience model that the template names, where it is this stack's and may go. */
async function release(step: Step, arn: string): Promise<void> {
  const models = new AudienceModels(step);
  const detail = await models.get(arn);
  const tags = detail && await tagsOf(step.service, arn);
  if (!detail || !tags || !isOfStack(step.request, tags) || hasFate(tags, Fate.RETAINED)) return;
  await remove(models, [{ detail, tags }], step).catch((error: unknown) => {
    if (error instanceof NotYet || !(error instanceof ServiceError) || isTransient(error, Infinity) && !(error instanceof InUse)) throw error;
    step.note(`left for later: ${error.message}`);
  });
}
