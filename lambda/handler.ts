import { isTransient, Refusal, ServiceError, Superseded } from './errors';
import type { IsCompleteRequest, IsCompleteResponse, OnEventRequest, OnEventResponse } from './events';
import { identityOf } from './identity';
import { elapsed, isOver, mayTryToCreate } from './operation';
import { check, reconcile } from './reconcile';
import { requestOf, typeOf } from './request';
import type { Service, StackState } from './service';

export interface Environment {
  readonly service: Service;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Takes one line. It never sees a ResponseURL, because nothing here reads it. */
  readonly log: (line: string) => void;
}

/** CloudFormation takes 4,096 bytes in all, and the framework adds its own stack trace. */
const MAX_MESSAGE = 1_000;

const ATTEMPTS = 6;

/** Checks the properties and says who the resource is. Has no side effect, so that nothing is lost where its answer is. */
export async function onEvent(event: OnEventRequest, environment: Environment): Promise<OnEventResponse> {
  const { RequestType, StackId, LogicalResourceId, PhysicalResourceId, ResourceProperties } = event;
  return logged(event, environment.log, async (line) => {
    const type = typeOf(event);
    const startedAt = environment.now();
    if (RequestType !== 'Delete') check(type, ResourceProperties);
    const stack = await describeStack(StackId, environment);
    const { name } = identityOf(type, StackId, LogicalResourceId, ResourceProperties);
    const response = {
      PhysicalResourceId: RequestType === 'Delete' && PhysicalResourceId !== undefined ? PhysicalResourceId : name,
      Operation: {
        StackStatus: stack.status,
        LastUpdatedTime: stack.lastUpdatedTime,
        StartedAt: new Date(startedAt).toISOString(),
        PreviousPhysicalResourceId: PhysicalResourceId,
      },
    };
    Object.assign(line, response);
    return response;
  });
}

/** The role may be so new that IAM does not know it everywhere, and a failure here would fail the deployment: insist. */
async function describeStack(stackId: string, { service, sleep }: Environment): Promise<StackState> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await service.describeStack(stackId);
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ServiceError && isTransient(error, 0))) throw error;
      await sleep(2_000);
    }
  }
}

/** One reconcile step. */
export async function isComplete(event: IsCompleteRequest, { service, now, log }: Environment): Promise<IsCompleteResponse> {
  return logged(event, log, async (line) => {
    const request = requestOf(event);
    const steps: string[] = [];
    Object.assign(line, { Steps: steps });
    const mayCreate = mayTryToCreate(request, now());
    const outcome = await reconcile({ request, service, now, mayCreate, trains: false, note: (text) => steps.push(text) });
    if (outcome.done) {
      Object.assign(line, { Data: outcome.attributes });
      return Object.keys(outcome.attributes).length > 0 ? { IsComplete: true, Data: outcome.attributes } : { IsComplete: true };
    }
    const { message } = outcome.reason;
    if (isOver(request, now(), outcome.reason)) throw new Refusal(`gave up after ${Math.floor(elapsed(request, now()) / 60_000)} minutes: ${message}`);
    Object.assign(line, { WaitingFor: message });
    return { IsComplete: false };
  });
}

/** Writes one line for what `work` observed and did, however it ends, and cuts what it throws to what an answer can hold. */
export async function logged<T>(event: OnEventRequest, log: Environment['log'], work: (line: object) => Promise<T>): Promise<T> {
  const { RequestType, ResourceType, LogicalResourceId, PhysicalResourceId } = event;
  const line = { RequestType, ResourceType, LogicalResourceId, PhysicalResourceId };
  try {
    const result = await work(line);
    log(JSON.stringify(line));
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log(JSON.stringify({ ...line, Error: describe(error) }));
    throw new Error(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message);
  }
}

function describe(error: unknown): unknown {
  if (error instanceof Superseded) return `superseded, nothing done: ${error.message}`;
  if (error instanceof Refusal || error instanceof ServiceError) return error.message;
  // A fault of our own: where it happened is all there is to find it by.
  return error instanceof Error ? error.stack : String(error);
}
