import { failed, idOf, send } from './answer';
import type { Environment } from './entry';
import { NotYet } from './errors';
import { ExecutionData, State, STATE_VERSION } from './events';
import { endOf, startExecution, SUPERSEDED } from './executions';
import { isUnderWay } from './lateness';
import { logged } from './log';
import { supersededBy } from './operation';
import { executionName, requestOf } from './request';
import { trainingWait } from './resources/audience-model';
import { describeStack, describeStackResource } from './stack';
import { REQUEST_FAILED, ResourceType } from '../src/private/contract';

/** What EventBridge tells of an execution that did not end well. */
export interface Ended {
  /** Its ARN. */
  readonly Ended: string;
}

/**
 * Somebody stopped an execution, or it broke. Its deployment is not left waiting: it has an answer, and another execution opens the windows
 * that are left, so that the gate says what happened.
 */
export async function takeOver({ Ended: executionArn }: Ended, environment: Environment): Promise<void> {
  const { service, log, logStream, put } = environment;
  const { input = '', name = '', status, startDate, stateMachineArn = '', error, cause } = await service.call('DescribeExecution', { executionArn });
  if (status === 'RUNNING') throw new NotYet(`${name} has ended, and is shown as if it had not`);
  // What fails by itself has said so.
  if (status === 'SUCCEEDED' || error === REQUEST_FAILED || error === SUPERSEDED) return;
  const data = JSON.parse(input) as ExecutionData;
  await logged(data.Event, log, async (line) => {
    const { ResponseURL: _, ...event } = data.Event;
    const { RequestType, StackId, LogicalResourceId } = event;
    const request = requestOf({ Data: data, StartedAt: String(startDate?.toISOString()), Execution: name });
    const stack = await describeStack(service, StackId);
    const superseded = supersededBy(request, stack);
    Object.assign(line, { Ended: name, Superseded: superseded });
    // A deployment that stopped there with rollback disabled may yet go on.
    if (superseded !== undefined && !/^(CREATE_FAILED|UPDATE_FAILED|UPDATE_IN_PROGRESS)$/.test(stack.status)) return;
    const resource = await describeStackResource(service, StackId, LogicalResourceId);
    // Unless it is asked for anew there: then another execution is at work.
    const isAskedAnew = stack.lastUpdatedTime !== data.Operation.LastUpdatedTime
      && resource && resource.updateTime.getTime() >= Date.parse(stack.lastUpdatedTime);
    if (superseded !== undefined && (isAskedAnew || resource?.physicalId !== request.identity.name)) return;
    const why = endOf(status, error, cause);
    // Whether or not it has answered, which does not show at once; and first, for CloudFormation may take no second answer.
    if (request.type === ResourceType.AUDIENCE_MODEL && RequestType !== 'Delete' && trainingWait(event.ResourceProperties).windows.length > 0) {
      const Cause = `audience model ${request.identity.name} is not trained: ${why}`;
      const state: State = { Version: STATE_VERSION, Next: 'TRAIN', Memory: {}, Training: { Outcome: 'FAIL', Cause, WindowsPassed: 0 } };
      await startExecution(service, stateMachineArn, executionName(event, name), { Event: event, Operation: data.Operation, State: state });
    }
    if (superseded === undefined && (RequestType === 'Delete' || (resource && isUnderWay(RequestType, resource.status)))) {
      await send(data.Event, failed(new Error(why), idOf(event), logStream), put);
    }
  });
}
