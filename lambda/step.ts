import type { Detail, Summary, Tags } from './detail';
import { isTransient, NotYet, ServiceError, Superseded } from './errors';
import type { Memory, Task } from './events';
import { supersededBy } from './operation';
import type { Properties } from './properties';
import { Request, requestOf } from './request';
import type { Service } from './service';
import { describeStack } from './stack';

/** One run of a step: observe, compare with what the template says, do one thing about it. It may be repeated, lost or late. */
export interface Step {
  readonly request: Request;
  readonly service: Service;
  readonly now: () => number;
  /** What the steps before it did, and what this one does. */
  readonly memory: Memory;
  /** Since when steps are refused what may only not be known everywhere yet. Milliseconds. */
  readonly refusedSince?: number;
  /** Whether there is still time to create. */
  readonly mayCreate: boolean;
  /** Records what was observed or done. */
  readonly note: (text: string) => void;
}

/** What differs between the resource types that have a name, a status and tags. */
export interface Kind<D extends Detail> {
  /** For messages: `audience model`. */
  readonly noun: string;
  /**
   * Whether there can be no two of a name. Where that is not known, a try to create whose answer was lost, and the next, may have
   * created one each.
   */
  readonly uniqueNames: boolean;
  /** The construct property that names it. */
  readonly nameProp: string;
  list(): Promise<Summary[]>;
  get(arn: string): Promise<D | undefined>;
  create(name: string, properties: Properties, tags: Tags): Promise<string>;
  delete(arn: string): Promise<void>;
  /** Whether a status is the one to wait for. */
  isReady(status: string): boolean;
  /** Whether what was found, though it is what is asked for, is of no use any more. */
  isOutdated?(observed: D): Promise<boolean>;
  /** Throws where to create it would do harm that the user has not asked for. */
  checkCreate(): Promise<void>;
  /**
   * The update that is missing, if any, with its own fence; throws where there can be none. `previous` is what the template said before this change, or
   * undefined where the resource must show all that the template says.
   */
  update(observed: D, wanted: Properties, previous: Properties | undefined): (() => Promise<void>) | undefined;
}

/** The step of a task, with what the one before it left. What it notes and remembers is to be found in `notes` and in `memory`. */
export function stepOf(task: Task, { service, now }: { readonly service: Service; readonly now: () => number }): Step & { readonly notes: string[] } {
  const { RefusedSince: refusedSince, ...memory } = task.Data.State?.Memory ?? {};
  const notes: string[] = [];
  return {
    request: requestOf(task),
    service,
    now,
    notes,
    note: (text) => notes.push(text),
    // The state machine has waited until the one before has ended, and a list shows what it did.
    memory: { UnsureUntil: task.RetryCount > 0 ? now() : undefined, ...memory },
    // Of a step that died nobody knows whether it was refused.
    refusedSince: task.RetryCount > 0 ? undefined : refusedSince,
    mayCreate: true,
  };
}

/** Throws where CloudFormation has given the request up. */
export async function mustStand({ request, service }: Step): Promise<void> {
  const reason = supersededBy(request, await describeStack(service, request.stackId));
  if (reason !== undefined) throw new Superseded(reason);
}

/** Must stand right before everything that changes something: nothing is done for a request that CloudFormation gave up. */
export async function fence(step: Step): Promise<void> {
  await mustStand(step);
  step.memory.Touched = true;
}

/** Whether the same step may succeed later. What only time makes known is waited for from the first refusal on. */
export function isNotYet(error: unknown, { memory, now, refusedSince }: Step): error is Error {
  if (error instanceof NotYet) return true;
  if (!(error instanceof ServiceError) || !isTransient(error, 0)) return false;
  if (isTransient(error, Infinity)) return true;
  memory.RefusedSince = refusedSince ?? now();
  return isTransient(error, now() - memory.RefusedSince);
}
