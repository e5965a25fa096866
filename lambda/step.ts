import { isTransient, NotYet, ServiceError, Superseded } from './errors';
import type { Memory, Task } from './events';
import { isListed, supersededBy } from './operation';
import { Request, requestOf } from './request';
import type { Service } from './service';
import { describeStack, describeStackResource } from './stack';
import { DRAIN } from './times';

/** One run of a step: observe, compare with what the template says, do one thing about it. It may be repeated, lost or late. */
export interface Step {
  readonly request: Request;
  readonly service: Service;
  readonly now: () => number;
  /** Since its execution began. Milliseconds. */
  readonly elapsed: () => number;
  /** What the steps before it did, and what this one does. */
  readonly memory: Memory;
  /** Since when steps are refused what may only not be known everywhere yet. Milliseconds. */
  readonly refusedSince?: number;
  /** Whether CloudFormation has had its answer, and has gone on. */
  readonly isAnswered: boolean;
  /** Whether there is still time to create. */
  readonly mayCreate: boolean;
  /** Throws where nobody wants any more what the step is to bring about. */
  readonly mustStand: () => Promise<void>;
  /** Records what was observed or done. */
  readonly note: (text: string) => void;
}

type Environment = Pick<Step, 'service' | 'now'>;

interface Told extends Pick<Step, 'memory' | 'isAnswered'> {
  readonly RetryCount: number;
}

/** The step of a task, with what the one before it left. */
export function stepOf(task: Task, environment: Environment): Noted {
  const request = requestOf(task);
  const told: Told = { RetryCount: task.RetryCount, memory: task.Data.State?.Memory ?? {}, isAnswered: task.Do === 'TRAIN' };
  // Not where CloudFormation has given the request up.
  return stepFor(request, told, environment, async () => {
    const reason = supersededBy(request, await describeStack(environment.service, request.stackId));
    if (reason !== undefined) throw new Superseded(reason);
  });
}

type Noted = Step & { readonly notes: string[] };

/** A step of a request. What it notes and remembers is to be found in `notes` and in `memory`. */
export function stepFor(request: Request, told: Told, { service, now }: Environment, mustStand: Step['mustStand']): Noted {
  const { RetryCount, isAnswered, memory: { RefusedSince: refusedSince, ...memory } } = told;
  const notes: string[] = [];
  return {
    request,
    service,
    now,
    elapsed: () => now() - request.startedAt,
    notes,
    note: (text) => notes.push(text),
    // The state machine has waited until the one before has ended, and a list shows what it did.
    memory: { ...RetryCount > 0 && { UnsureUntil: now(), Touched: true }, ...memory },
    // Of a step that died nobody knows whether it was refused.
    refusedSince: RetryCount > 0 ? undefined : refusedSince,
    isAnswered,
    mayCreate: true,
    mustStand,
  };
}

/**
 * Whether CloudFormation still waits for the request. Throws where it does not and will not: a deployment that failed with rollback disabled
 * is deployed on, and then nothing is asked for again that was made.
 */
export async function mustBeNamed({ request, service }: Step): Promise<boolean> {
  const stack = await describeStack(service, request.stackId);
  const reason = supersededBy(request, stack);
  if (reason === undefined) return true;
  const mayGoOn = /^(CREATE_FAILED|UPDATE_FAILED|UPDATE_IN_PROGRESS)$/.test(stack.status)
    && (await describeStackResource(service, request.stackId, request.logicalId))?.physicalId === request.identity.name;
  if (!mayGoOn) throw new Superseded(reason);
  return false;
}

/** Must stand right before everything that changes something: nothing is done for a request that CloudFormation gave up. */
export async function fence(step: Step): Promise<void> {
  await step.mustStand();
  step.memory.Touched = true;
}

/** Does to other resources what does not touch the one that the request is for. */
export async function aside(step: Step, act: () => Promise<void>): Promise<void> {
  const { memory, memory: { Touched } } = step;
  try {
    await act();
  } finally {
    memory.Touched = Touched;
  }
}

/** Whether what is not listed is not there. What was created a moment before the request may not be listed yet. */
export function isAbsenceCertain({ elapsed }: Step): boolean {
  return elapsed() >= DRAIN;
}

/** Whether what the request has created may not be visible yet, though nobody has deleted it. */
export function mayBeUnseen({ memory: { CreatedAt }, now }: Step): boolean {
  return CreatedAt !== undefined && !isListed(new Date(CreatedAt), now());
}

/** Whether the same step may succeed later. What only time makes known is waited for from the first refusal on. */
export function isNotYet(error: unknown, { memory, now, refusedSince }: Step): error is Error {
  if (error instanceof NotYet) return true;
  if (!(error instanceof ServiceError) || !isTransient(error, 0)) return false;
  if (isTransient(error, Infinity)) return true;
  memory.RefusedSince = refusedSince ?? now();
  return isTransient(error, now() - memory.RefusedSince);
}
