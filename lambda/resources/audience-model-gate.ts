import { NotYet, Refusal } from '../errors';
import { failureCause, isTrained } from '../executions';
import { isAbsenceCertain } from '../operation';
import { Properties } from '../properties';
import { byWorth } from '../search';
import type { AudienceModelDetail } from '../service';
import { fence, Step } from '../step';
import { generationOf } from '../tags';
import { isAwaited } from './audience-model';

/**
 * The ARN of the audience model, once it is what the template waits for. The windows before the gate should see to that; the gate
 * makes sure, and knows why a training failed.
 */
export async function openGate(step: Step): Promise<string> {
  const { name, training, goal, stateMachineArn } = gate(new Properties(step.request.properties));
  const [model] = byWorth(await modelsOf(step, name, training));
  if (model !== undefined && isAwaited(model.detail.status, goal, step.request.operation)) return model.detail.arn;

  const cause = await failureCause(step, stateMachineArn, training);
  if (cause !== undefined) throw new Refusal(cause);
  // Nobody need wait on for a deployment that was given up.
  await fence(step);
  if (model === undefined) {
    if (!isAbsenceCertain(step.request, step.now()) || await isTrained(step, stateMachineArn, training)) throw new NotYet(`audience model ${name} is not there`);
    throw new Refusal(`audience model ${name} is not there, and nothing trains it any more: somebody else has deleted it or stopped its training`);
  }
  throw new NotYet(`audience model ${name} is ${model.detail.status}; `
    + 'when this deployment was synthesized it was not to be known that it would train, so it waits an hour only: change generation in the same deployment');
}

async function modelsOf({ service, note }: Step, name: string, training: string) {
  const models: { detail: AudienceModelDetail }[] = [];
  for (const { arn } of (await service.listAudienceModels()).filter((summary) => summary.name === name)) {
    const detail = await service.getAudienceModel(arn);
    // A name that is not generated is no proof.
    const generation = name === training ? undefined : generationOf(await service.listTags(arn) ?? {});
    if (detail === undefined || (generation !== undefined && !training.endsWith(generation))) continue;
    note(`found ${arn} ${detail.status}`);
    models.push({ detail });
  }
  return models;
}

export function gate(properties: Properties) {
  return {
    name: properties.text('AudienceModelName'),
    training: properties.text('Training'),
    goal: properties.text('Until'),
    stateMachineArn: properties.text('TrainingStateMachineArn'),
  };
}
