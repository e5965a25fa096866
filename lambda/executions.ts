import { NotYet } from './errors';
import { generatedName, Identity } from './identity';
import { isRollback } from './request';
import { pagesOf, Service, unless } from './service';
import { isAbsenceCertain, Step } from './step';
import { DRAIN } from './times';

/* The executions of the state machine. Their names hold who the resource is: the last but one part, a hash. */

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly startTime: Date;
}

/** The error of an execution that a later request has stopped: nobody waits for it any more. */
export const SUPERSEDED = 'Superseded';

/** Answers false where there is, or has been, an execution of that name with other data. */
export async function startExecution(service: Service, stateMachineArn: string, name: string, data: object): Promise<boolean> {
  const started = await unless('ExecutionAlreadyExists', service.call('StartExecution', { stateMachineArn, name, input: JSON.stringify(data) }));
  return started !== undefined;
}

export async function describeExecution(service: Service, stateMachineArn: string, name: string) {
  return service.call('DescribeExecution', { executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}` });
}

/** The newest first. */
export async function listExecutions(service: Service, stateMachineArn: string, statusFilter?: 'RUNNING'): Promise<Execution[]> {
  const pages = await unless('StateMachineDoesNotExist', pagesOf(async (nextToken) =>
    service.call('ListExecutions', { stateMachineArn, statusFilter, maxResults: 1_000, nextToken })));
  return (pages ?? []).flatMap(({ executions = [] }) => executions).map(({ executionArn, name, status, startDate }) => ({
    arn: String(executionArn), name: String(name), status: String(status), startTime: startDate ?? new Date(0),
  }));
}

/** What all executions for an audience model are for; a part of it is in their names. */
export function trainingOf(logicalId: string, { hash }: Identity): string {
  return generatedName(logicalId, hash);
}

/**
 * Stops what still works for an audience model. A stack that is deleted creates nothing any more,
 * so there all that creates is stopped. Never what began after this request.
 */
export async function stopExecutions(step: Step, { hash }: Identity): Promise<void> {
  const { request } = step;
  const isDeletion = request.requestType === 'Delete' && request.operation.StackStatus === 'DELETE_IN_PROGRESS';
  const isMeant = ({ name }: Execution) => isFor(hash, name) || (isDeletion && creates(name));
  await stop(step, String(request.properties.StateMachineArn), (one) => (
    one.name !== request.execution && one.startTime.getTime() <= request.startedAt && isMeant(one)
  ));
}

/**
 * Stops, once, what works for the audience model that an update takes back. Returns once a list shows what that has begun: where both are of
 * one operation, its fence has not held it.
 */
export async function stopPrevious(step: Step): Promise<void> {
  const { request: { previous, abandoned, operation }, memory, now } = step;
  if (previous === undefined || (abandoned === undefined && !isRollback(operation))) return;
  if (memory.ListedAt === undefined) {
    await stopExecutions(step, previous.identity);
    memory.ListedAt = now();
  }
  const pause = isRollback(operation) ? 0 : memory.ListedAt + DRAIN - now();
  if (pause > 0) throw new NotYet('what the cancelled update has begun may not be listed yet', { pause });
}

/** Stops all executions of a state machine. One that is too young to be listed has begun nothing, and may not begin any more. */
export async function stopAll(step: Step, stateMachineArn: string): Promise<void> {
  await untilQuiet(step, async () => stop(step, stateMachineArn, () => true));
}

/** Returns once nothing that was to be stopped is at work: they are stopped at first, and once more when no other can show up in the list. */
export async function untilQuiet(step: Step, stopThem: () => Promise<void>): Promise<void> {
  const { memory, request, now } = step;
  if (memory.ListedAt === undefined || (memory.ListedAt < request.startedAt + DRAIN && isAbsenceCertain(step))) {
    await stopThem();
    memory.ListedAt = now();
  }
  const pause = (memory.StoppedAt ?? -Infinity) + DRAIN - now();
  if (pause > 0) throw new NotYet('the last call of what was stopped may still be under way', { pause });
}

async function stop(step: Step, stateMachineArn: string, isMeant: (execution: Execution) => boolean): Promise<void> {
  const { service, request, memory, now, note } = step;
  const running = (await listExecutions(service, stateMachineArn, 'RUNNING')).filter(isMeant);
  for (const { arn, name } of running) {
    await unless('ExecutionDoesNotExist', service.call('StopExecution', {
      executionArn: arn, error: SUPERSEDED, cause: `${request.requestType} of ${request.logicalId}`,
    }));
    memory.StoppedAt = now();
    note(`stopped ${name}`);
  }
}

/** The newest execution that trains, or has trained. */
export async function newestOf({ service, request }: Step, training: string): Promise<Execution | undefined> {
  const hash = training.slice(training.lastIndexOf('-') + 1);
  const all = await listExecutions(service, String(request.properties.StateMachineArn));
  return all.find(({ name }) => isFor(hash, name));
}

/** Whether an execution brings about what has this identity: two that delete it do no harm to each other. */
function isFor(hash: string, name: string): boolean {
  return creates(name) && name.split('-').at(-2) === hash;
}

function creates(name: string): boolean {
  return !name.startsWith('Delete-');
}

/** What became of an execution that did not end well. What AWS says of one that broke may quote its data, and with them a secret. */
export function endOf(status: string | undefined, error: string | undefined, cause: string | undefined): string {
  const why = status === 'ABORTED' ? cause ?? error : error;
  return `its execution was ${status === 'ABORTED' ? 'stopped by somebody' : 'broken off'}${why ? `: ${why}` : ''}`;
}
