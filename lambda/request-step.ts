import { failed, untouchedId } from './answer';
import { NotYet, Refusal } from './errors';
import { ExecutionData, Memory, State, STATE_VERSION, Task } from './events';
import { describe, logged } from './log';
import { elapsed, untilDrained } from './operation';
import { Request, requestOf } from './request';
import { RESOURCES } from './resources';
import type { Ensured } from './resources/resource-handler';
import type { Service } from './service';
import { isNotYet, Step } from './step';
import { LAST_PATIENCE, lookInterval, PATIENCE } from './times';

export interface StepEnvironment {
  readonly service: Service;
  readonly now: () => number;
  readonly log: (line: string) => void;
  readonly logStream: string;
}

/** One step of a request, until it says what to answer. */
export async function requestStep(task: Task, { service, now, log, logStream }: StepEnvironment): Promise<State> {
  const { Data, RetryCount } = task;
  const { Event: event } = Data;
  return logged(event, log, async (line) => {
    const memory: Memory = { UnsureUntil: RetryCount > 0 ? now() : undefined, ...Data.State?.Memory };
    try {
      checkVersion(Data);
      const request = requestOf(task);
      const notes: string[] = [];
      Object.assign(line, { Steps: notes });
      const step: Step = { request, service, now, memory, mayCreate: true, note: (text) => notes.push(text) };
      const outcome = await advance(step);
      Object.assign(line, 'waitingFor' in outcome ? { WaitingFor: outcome.waitingFor } : { Data: outcome.attributes });
      if ('waitingFor' in outcome) return { Version: STATE_VERSION, Next: 'WAIT', Seconds: Math.ceil(outcome.milliseconds / 1_000), Memory: memory };
      const { attributes, trains } = outcome;
      return {
        Version: STATE_VERSION,
        Next: 'ANSWER',
        Answer: { Status: 'SUCCESS', PhysicalResourceId: physicalId(event, request), ...Object.keys(attributes).length > 0 && { Data: attributes } },
        Then: trains ? 'TRAIN' : 'SUCCEED',
        Memory: memory,
      };
    } catch (error) {
      Object.assign(line, { Error: describe(error) });
      const id = memory.Touched ? physicalId(event, requestOf(task)) : untouchedId(event);
      return { Version: STATE_VERSION, Next: 'ANSWER', Answer: failed(error, id, logStream), Then: 'FAIL', Memory: memory };
    }
  });
}

export function checkVersion({ State: state }: ExecutionData): void {
  if (state !== undefined && state.Version !== STATE_VERSION) {
    throw new Refusal(`the state is of version ${state.Version}, and this handler knows ${STATE_VERSION}: it was deployed meanwhile`);
  }
}

/** CloudFormation knows a resource that is deleted by the id it was told, and any other by what it is asked to be. */
function physicalId({ PhysicalResourceId }: ExecutionData['Event'], { requestType, identity }: Request): string {
  return requestType === 'Delete' && PhysicalResourceId !== undefined ? PhysicalResourceId : identity.name;
}

interface Waiting {
  readonly waitingFor: string;
  readonly milliseconds: number;
}

/** Does one thing about the request. Throws only what repeating cannot mend. */
async function advance(step: Step): Promise<Ensured | Waiting> {
  const { request, now } = step;
  const handler = RESOURCES[request.type];
  try {
    const pause = untilDrained(request, now());
    if (pause > 0) throw new NotYet('the cancelled request before this one may still be at work', { pause });
    if (request.requestType !== 'Delete') return await handler.ensure(step);
    await handler.remove(step);
    return { attributes: {} };
  } catch (error) {
    if (!isNotYet(error, step)) throw error;
    const since = elapsed(request, now());
    const { isLast, pause: until = 0 } = error instanceof NotYet ? error.details : {};
    const left = (isLast || handler.isPatient ? LAST_PATIENCE : PATIENCE) - since;
    if (left <= 0) throw new Refusal(`gave up after ${Math.floor(since / 60_000)} minutes: ${error.message}`);
    const interval = handler.interval?.(step) ?? lookInterval(since);
    return { waitingFor: error.message, milliseconds: Math.min(Math.max(interval, until), left) };
  }
}
