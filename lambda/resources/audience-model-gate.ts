import { AudienceModels, isAwaited, TO_TRAIN_AGAIN } from './audience-model';
import type { ResourceHandler } from './resource-handler';
import { Attribute, GATE_MINUTES, REQUEST_FAILED } from '../../src/private/contract';
import { Detail, isTraining } from '../detail';
import { NotYet, Refusal, ServiceError } from '../errors';
import { endOf, newestOf } from '../executions';
import { failureOf } from '../lifecycle';
import { isOfThisOperation } from '../operation';
import { object, text } from '../properties';
import { isRollback } from '../request';
import { pollInterval } from '../schedule';
import { byWorth, tagsOf } from '../search';
import { isAbsenceCertain, Step } from '../step';
import { hashOf } from '../tags';

/** Looks are apart at most so long, in milliseconds: the wait ends in the gate. */
const LONGEST_INTERVAL = 300_000;
const LONGEST_INTERVAL_WITHOUT_MODEL = 60_000;

/** After so long the wait of a training that is not over is; then the looks are as close as this. */
const WAIT = GATE_MINUTES * 60_000;
const INTERVAL_AFTERWARDS = 20_000;

const gate = object({ AudienceModelName: text, Training: text, Until: text });

/** Behind the wait for a training: hands out the ARN. */
export const audienceModelGateType: ResourceHandler = {
  check: (properties) => gate(properties, ''),
  ensure: async (step) => ({ attributes: { [Attribute.AUDIENCE_MODEL_ARN]: await openGate(step).catch(patiently) } }),
  remove: async () => { /* There is nothing behind it. */ },
  isPatient: true,
};

/** It only looks, and a training is not given up for a look that failed. */
function patiently(error: unknown): never {
  throw error instanceof ServiceError ? new NotYet(error.message) : error;
}

/**
 * The ARN of the audience model, once it is what the template waits for. The windows before the gate should see to that; the gate
 * makes sure, and knows why a training failed.
 */
async function openGate(step: Step): Promise<string> {
  const { audienceModelName: name, training, until: goal } = gate(step.request.properties, '');
  const { request: { operation } } = step;
  const [model] = byWorth(await modelsOf(step, name, training));
  // What others could not delete, no rollback waits for.
  const isLeft = model?.detail.status === 'DELETE_FAILED' && isRollback(operation);
  if (model !== undefined && (isLeft || isAwaited(model.detail.status, goal, operation))) return model.detail.arn;

  // Nobody need wait on for a deployment that was given up.
  await step.mustStand();
  const is = model === undefined ? `audience model ${name} is not there` : `audience model ${name} is ${model.detail.status}`;
  const pause = pauseOf(step, model && isTraining(model.detail.status) ? model.detail : undefined);
  if (model !== undefined && isTraining(model.detail.status) && wasListed(step)) throw new NotYet(is, { pause });

  step.memory.ListedAt = step.now();
  const execution = await newestOf(step, training);
  // An older one is the newest only once the list shows those that began a moment ago.
  const isCertain = isAbsenceCertain(step);
  if (execution && !/^(RUNNING|SUCCEEDED)$/.test(execution.status) && (isCertain || isOfThisOperation(step.request, execution.startTime))) {
    const { error, cause } = await step.service.call('DescribeExecution', { executionArn: execution.arn });
    const why = error === REQUEST_FAILED && cause ? cause : `audience model ${name} is not trained: ${endOf(execution.status, error, cause)}`;
    throw new Refusal(adviseOn(why, execution.startTime, step));
  }
  if (execution?.status === 'RUNNING' || !isCertain) throw new NotYet(is, { pause });
  if (model === undefined) throw new Refusal(`${is}, and nothing trains it any more: somebody else has deleted it or stopped its training`);
  if (/^(CREATE|DELETE)_FAILED$/.test(model.detail.status)) throw new Refusal(adviseOn(failureOf('audience model', model.detail), model.detail.createTime, step));
  throw new NotYet(is, { pause });
}

/** What began in an earlier deployment is not begun again by itself. */
function adviseOn(why: string, began: Date, { request }: Step): string {
  return isRollback(request.operation) || isOfThisOperation(request, began) || why.endsWith(TO_TRAIN_AGAIN) ? why : `${why}${TO_TRAIN_AGAIN}`;
}

/** Executions are not listed in every look: the account may do so twice a second. */
function wasListed(step: Step): boolean {
  const { memory, now } = step;
  return memory.ListedAt !== undefined && now() - memory.ListedAt < LONGEST_INTERVAL && !isWaitOver(step);
}

function isWaitOver({ elapsed }: Step): boolean {
  return elapsed() >= WAIT;
}

/** Never beyond the end of the wait: the training is given up then, and the deployment is to know at once. */
function pauseOf(step: Step, model: Detail | undefined): number {
  if (isWaitOver(step)) return INTERVAL_AFTERWARDS;
  const { now, elapsed } = step;
  const since = elapsed();
  const pause = model === undefined
    ? Math.min(since / 10, LONGEST_INTERVAL_WITHOUT_MODEL)
    : Math.min(1_000 * pollInterval((now() - model.createTime.getTime()) / 1_000), LONGEST_INTERVAL);
  return Math.min(pause, WAIT - since);
}

async function modelsOf(step: Step, name: string, training: string): Promise<{ detail: Detail }[]> {
  const { service, note } = step;
  const kind = new AudienceModels(step);
  const models: { detail: Detail }[] = [];
  for (const { arn } of (await kind.list()).filter((summary) => summary.name === name)) {
    const detail = await kind.get(arn);
    // A name that is not generated is no proof.
    const hash = name === training ? undefined : hashOf(await tagsOf(service, arn) ?? {});
    if (detail === undefined || (hash !== undefined && !training.endsWith(hash))) continue;
    note(`found ${arn} ${detail.status}`);
    models.push({ detail });
  }
  return models;
}
