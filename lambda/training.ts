import { NotYet } from './errors';
import { startExecution, stopExecutions } from './executions';
import { canonicalJson } from './identity';
import { dueUpdate, ensure, findOrRefuse } from './lifecycle';
import { isAbsenceCertain } from './operation';
import { removeForGood, removeLeftovers } from './removal';
import { isRollback, isStackDeletion, Request } from './request';
import { AudienceModels } from './resources/audience-model';
import { fence, Step } from './step';

/** Refuses what can never be, and hands over to the state machine what takes longer than a request may. */
export async function beginTraining(step: Step): Promise<void> {
  const { request } = step;
  const kind = new AudienceModels(step);
  if (isRollback(request.operation) && request.previous) await stopExecutions(step, request.previous.identity);
  await removeLeftovers(kind, step);
  if (!isWaitedFor(request)) {
    await ensure(kind, step);
    return;
  }
  const [found] = await findOrRefuse(kind, step);
  if (found) dueUpdate(kind, found, step);
  await fence(step);
  await startExecution(step);
}

/** Deletes the model, once nothing is left that could train it again. */
export async function endTraining(step: Step): Promise<void> {
  const { request, now } = step;
  await stopExecutions(step, isStackDeletion(request) ? undefined : request.identity);
  if (!isAbsenceCertain(request, now())) throw new NotYet('the last call of the training may still be under way');
  await removeForGood(new AudienceModels(step), step);
}

/** Whether the template has new windows, in which the deployment waits until it is let go on. */
function isWaitedFor({ requestType, identity, previous, properties, operation }: Request): boolean {
  if (requestType === 'Create') return true;
  if (isRollback(operation) || previous === undefined) return false;
  return identity.name !== previous.identity.name || identity.hash !== previous.identity.hash
    || canonicalJson(properties.TrainingWait) !== canonicalJson(previous.properties.TrainingWait);
}
