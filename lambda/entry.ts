import { AnswerEnvironment, failed, send, untouchedId } from './answer';
import { isTransient, Refusal, ServiceError, Superseded } from './errors';
import type { CustomResourceEvent, Operation } from './events';
import { describeExecution, startExecution } from './executions';
import { lateness, signedAt, stackOf } from './lateness';
import { logged } from './log';
import { Doubtful, repeatOf } from './repeated-id';
import { executionName, typeOf } from './request';
import { check } from './resources';
import type { Service } from './service';
import { describeStack, describeStackResource } from './stack';
import { PAUSE } from './times';

export interface Environment extends AnswerEnvironment {
  readonly service: Service;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The stack that the function is part of. */
  readonly stackId: string;
}

/**
 * So long the function insists before it gives a request back to Lambda, which hands it over again after one minute and after two more.
 * What is left of the minute that it may run is for the answer.
 */
const INSISTENCE = 30_000;
const TO_ANSWER = 10_000;

/** When Lambda hands a request over for the last time, it is older than this, and at the second time it is not. */
const LAST_ATTEMPT = 200_000;

/** Hands a request over to the state machine, or answers it at once where that may not be. */
export async function receive(event: CustomResourceEvent, environment: Environment): Promise<void> {
  const { log, logStream, now, put } = environment;
  const insist = insistence(environment, INSISTENCE);
  await logged(event, log, async (line) => {
    try {
      const begun = await begin(event, environment, insist);
      Object.assign(line, begun);
      if (begun === NOTHING) await insist(async () => send(event, { Status: 'SUCCESS', PhysicalResourceId: untouchedId(event) }, put));
    } catch (error) {
      if (!isFinal(error) && !isLastAttempt(event, now())) throw error;
      Object.assign(line, { Refused: error instanceof Error ? error.message : String(error) });
      // What is refused has not been begun, and what bears the name is not it.
      const id = error instanceof Refusal ? event.PhysicalResourceId ?? event.RequestId : untouchedId(event);
      const sent = insistence(environment, TO_ANSWER)(async () => send(event, failed(error, id, logStream), put));
      // Nobody waits for the answer to a request that is over, and its URL may be over, too.
      await (error instanceof Superseded ? sent.catch(() => undefined) : sent);
    }
  });
}

/** There is nothing to do. */
const NOTHING = { Nothing: 'there is no state machine, so there is nothing to delete' };

async function begin(event: CustomResourceEvent, { service, stackId, now, sleep }: Environment, insist: Insist): Promise<object> {
  const { StackId, LogicalResourceId, RequestType, ResourceProperties } = event;
  if (StackId !== stackId) throw new Refusal(`the handler of ${stackId} does nothing for ${StackId}`);
  if (RequestType !== 'Delete') check(typeOf(event), ResourceProperties);
  // Nothing was ever created without a state machine, and nothing can be deleted.
  if (RequestType === 'Delete' && typeof ResourceProperties.StateMachineArn !== 'string') return NOTHING;
  const stack = await stackOf(event, async () => insist(async () => describeStack(service, StackId)), { now, sleep });
  const describeOwn = async () => insist(async () => describeStackResource(service, StackId, LogicalResourceId));
  const late = await lateness(event, stack, describeOwn, sleep);
  if (late !== undefined) throw new Superseded(late);

  const operation: Operation = { StackStatus: stack.status, LastUpdatedTime: stack.lastUpdatedTime };
  const stateMachineArn = String(ResourceProperties.StateMachineArn);
  const start = async (name: string) => insist(async () => startExecution(service, stateMachineArn, name, { Event: event, Operation: operation }));
  const describe = async (name: string) => insist(async () => describeExecution(service, stateMachineArn, name));
  const doubtful: Doubtful = { event, operation, describeExecution: describe, describeResource: describeOwn, now, sleep };
  for (let name = executionName(event, stack.lastUpdatedTime); ;) {
    if (await start(name)) return { Operation: operation, Execution: name };
    const { repeat, status } = await repeatOf(name, doubtful);
    if (repeat === 'a copy') return { Operation: operation, Execution: name, Again: status };
    if (repeat === 'over') throw new Superseded(`its execution ${name} has ${status} already`);
    name = executionName(event, `after ${name}`);
  }
}

/** Whether handing the request over again would change nothing. */
function isFinal(error: unknown): boolean {
  return !(error instanceof ServiceError) || !isTransient(error, 0);
}

/** Where the URL does not tell, rather a failure at once than an hour of silence. */
function isLastAttempt({ ResponseURL }: CustomResourceEvent, now: number): boolean {
  const signed = signedAt(ResponseURL);
  return signed === undefined || now - signed > LAST_ATTEMPT;
}

type Insist = <T>(call: () => Promise<T>) => Promise<T>;

/** The role may be so new that IAM does not know it everywhere, and a failure here would fail the deployment. */
function insistence({ now, sleep }: Environment, milliseconds: number): Insist {
  const end = now() + milliseconds;
  return async (call) => {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (now() + PAUSE > end || isFinal(error)) throw error;
        await sleep(PAUSE);
      }
    }
  };
}
