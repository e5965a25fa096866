import { generatedName, Identity, namePrefix, shortHash } from './identity';
import { isOfThisOperation } from './operation';
import { Properties } from './properties';
import { trainingWait } from './resources/audience-model';
import type { Step } from './step';

/*
 * The executions of the state machine that trains. Their names begin with who the audience model is, and end with the request that
 * asked for it: Step Functions takes a name once, so however often a request is delivered, there is one that trains for it.
 */

/** What all executions for an audience model are called, without their last part. */
export function trainingOf(logicalId: string, identity: Identity): string {
  return generatedName(logicalId, identity.hash);
}

/** Hands the request over to the state machine. */
export async function startExecution({ service, request, note }: Step): Promise<void> {
  const { stateMachineArn } = trainingWait(new Properties(request.properties));
  const name = `${trainingOf(request.logicalId, request.identity)}-${shortHash(request.id)}`;
  await service.startExecution(stateMachineArn, name, { Request: request.event });
  note(`started ${name}`);
}

/** Stops what still trains for an audience model, or for any model of the logical id. */
export async function stopExecutions({ service, request, note }: Step, identity?: Identity): Promise<void> {
  const stateMachineArn = new Properties(request.properties).optionalText('TrainingStateMachineArn');
  // What was refused without one has not begun.
  if (stateMachineArn === undefined) return;
  const training = identity ? trainingOf(request.logicalId, identity) : namePrefix(request.logicalId);
  for (const { arn, name } of await service.listExecutions(stateMachineArn, 'RUNNING')) {
    if (!isOf(training, name)) continue;
    await service.stopExecution(arn, `${request.requestType} of ${request.logicalId}`);
    note(`stopped ${name}`);
  }
}

/** Why the training for this stack operation failed, if it did. */
export async function failureCause({ service, request }: Step, stateMachineArn: string, training: string): Promise<string | undefined> {
  const failed = (await service.listExecutions(stateMachineArn, 'FAILED'))
    .find(({ name, startTime }) => isOf(training, name) && isOfThisOperation(request, startTime));
  return failed && await service.executionCause(failed.arn);
}

/** Whether something still trains. */
export async function isTrained({ service }: Step, stateMachineArn: string, training: string): Promise<boolean> {
  return (await service.listExecutions(stateMachineArn, 'RUNNING')).some(({ name }) => isOf(training, name));
}

function isOf(training: string, name: string): boolean {
  return name.startsWith(`${training}-`);
}
