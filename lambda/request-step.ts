import { failed, untouchedId } from './answer';
import { NotYet, Refusal } from './errors';
import { ExecutionData, State, STATE_VERSION, Task } from './events';
import { signedAt } from './lateness';
import { describe, logged } from './log';
import type { Request } from './request';
import { RESOURCES, sweepAll } from './resources';
import type { Ensured } from './resources/resource-handler';
import type { Service } from './service';
import { describeStackResource } from './stack';
import { isAbsenceCertain, isNotYet, Step, stepOf } from './step';
import { DRAIN, LAST_PATIENCE, lookInterval, PATIENCE } from './times';

export interface StepEnvironment {
  readonly service: Service;
  readonly now: () => number;
  readonly log: (line: string) => void;
  readonly logStream: string;
}

/** One step of a request, until it says what to answer. */
export async function requestStep(task: Task, { service, now, log, logStream }: StepEnvironment): Promise<State> {
  const { Event: event } = task.Data;
  return logged(event, log, async (line) => {
    const step = stepOf(task, { service, now });
    const { request, memory, notes } = step;
    Object.assign(line, { Steps: notes });
    try {
      const strange = strangeVersion(task.Data);
      if (strange !== undefined) throw new Refusal(strange);
      const outcome = await advance(step, signedAt(event.ResponseURL));
      Object.assign(line, 'waitingFor' in outcome ? { WaitingFor: outcome.waitingFor } : { Data: outcome.attributes });
      if ('waitingFor' in outcome) return { Version: STATE_VERSION, Next: 'WAIT', Seconds: Math.ceil(outcome.milliseconds / 1_000), Memory: memory };
      const { attributes, trains } = outcome;
      return {
        Version: STATE_VERSION,
        Next: 'ANSWER',
        Answer: {
          Status: 'SUCCESS',
          PhysicalResourceId: physicalId(event, request),
          ...memory.Said && { Reason: memory.Said },
          ...Object.keys(attributes).length > 0 && { Data: attributes },
        },
        Then: trains ? 'TRAIN' : 'SUCCEED',
        // Nothing is swept any more.
        Memory: { ...memory, Passed: undefined },
      };
    } catch (error) {
      Object.assign(line, { Error: describe(error) });
      const id = memory.Touched ? physicalId(event, request) : untouchedId(event);
      return { Version: STATE_VERSION, Next: 'ANSWER', Answer: failed(error, id, logStream), Then: 'FAIL', Memory: memory };
    }
  });
}

/** Why the state cannot be read, if that is so. */
export function strangeVersion({ State: state }: ExecutionData): string | undefined {
  if (state === undefined || state.Version === STATE_VERSION) return undefined;
  return `the state is of version ${state.Version}, and this handler knows ${STATE_VERSION}: it was deployed meanwhile`;
}

/** CloudFormation knows a resource that is deleted by the id it was told, and any other by what it is asked to be. */
function physicalId({ PhysicalResourceId }: ExecutionData['Event'], { requestType, identity }: Request): string {
  return requestType === 'Delete' && PhysicalResourceId !== undefined ? PhysicalResourceId : identity.name;
}

interface Waiting {
  readonly waitingFor: string;
  readonly milliseconds: number;
}

/**
 * Does one thing about the request. Throws only what repeating cannot mend.
 *
 * @param made when CloudFormation began to wait. Where that is not known the request may have been on its way for some minutes
 */
async function advance(step: Step, made: number | undefined): Promise<Ensured | Waiting> {
  const { request, now, elapsed } = step;
  const handler = RESOURCES[request.type];
  try {
    const pause = DRAIN - elapsed();
    // What is observed must be all that the cancelled request before this one has done.
    if (request.afterCancellation && pause > 0) throw new NotYet('the cancelled request before this one may still be at work', { pause });
    if (request.requestType !== 'Delete') return await handler.ensure(step);
    if (!await isInUse(step)) await handler.remove(step);
    await sweepAll(step);
    return { attributes: {} };
  } catch (error) {
    if (!isNotYet(error, step)) throw error;
    const since = now() - (made ?? request.startedAt);
    const { isLast, pause: until = 0 } = error instanceof NotYet ? error.details : {};
    const left = (made !== undefined && (isLast || handler.isPatient) ? LAST_PATIENCE : PATIENCE) - since;
    if (left <= 0) throw new Refusal(`gave up after ${Math.floor(since / 60_000)} minutes: ${error.message}`);
    return { waitingFor: error.message, milliseconds: Math.min(Math.max(lookInterval(elapsed()), until), left) };
  }
}

/**
 * Whether CloudFormation, where rollback was disabled, has in the stack what it asks to delete: of a creation it never learnt the name, and
 * a later one has made what has that name now; or a later update went back to what another had replaced.
 */
async function isInUse(step: Step): Promise<boolean> {
  const { request, request: { identity: { name } }, service, note } = step;
  const isByName = request.physicalId === name;
  if (request.physicalId === undefined || (isByName && !request.operation.StackStatus.includes('CLEANUP'))) return false;
  const resource = await describeStackResource(service, request.stackId, request.logicalId);
  if (resource?.physicalId !== name || resource.status.startsWith('DELETE_')) return false;
  // What is shown may be as it was before the clean-up.
  if (isByName && !isAbsenceCertain(step)) throw new NotYet(`the stack may still be shown with ${name}`);
  note(`${name} stays: the stack has it`);
  return true;
}
