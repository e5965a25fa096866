import { failed, send, untouchedId } from './answer';
import type { Environment } from './entry';
import { ServiceError } from './errors';
import type { ExecutionData } from './events';
import { endOf } from './executions';
import { logged } from './log';
import { supersededBy } from './operation';
import { trainingWait } from './resources/audience-model';
import { describeStack, describeStackResource } from './stack';
import { stepOf } from './step';
import { passWindows } from './windows';
import { REQUEST_FAILED, ResourceType } from '../src/private/contract';

/** So long the function passes windows before it gives up, and Lambda calls it again. The next window takes CloudFormation a moment. */
const INSISTENCE = 40_000;
const PAUSE = 3_000;

/** What EventBridge tells of an execution that did not end well. */
export interface Ended {
  /** Its ARN. */
  readonly Ended: string;
}

/** Somebody stopped an execution, or it broke. Its deployment is not left waiting: it has an answer, or the windows opened, and the gate fails. */
export async function takeOver({ Ended: executionArn }: Ended, environment: Environment): Promise<void> {
  const { service, now, sleep, log, logStream, put } = environment;
  const { input = '', name = '', status, startDate, error, cause } = await service.call('DescribeExecution', { executionArn });
  // What fails by itself has said so.
  if (status === 'RUNNING' || status === 'SUCCEEDED' || error === REQUEST_FAILED) return;
  const data = JSON.parse(input) as ExecutionData;
  const { Event: event } = data;
  await logged(event, log, async (line) => {
    const step = stepOf({ Do: 'TRAIN', Execution: name, StartedAt: String(startDate?.toISOString()), RetryCount: 0, Data: data }, environment);
    Object.assign(line, { Ended: name, Steps: step.notes });
    for (let passed = 0, end = now() + INSISTENCE; ;) {
      const superseded = supersededBy(step.request, await describeStack(service, event.StackId));
      if (superseded !== undefined) return step.note(superseded);
      if (event.RequestType === 'Delete' || await isAwaited(step)) {
        return send(event, failed(new Error(endOf(status, cause ?? error)), untouchedId(event), logStream), put);
      }
      const windows = step.request.type === ResourceType.AUDIENCE_MODEL ? trainingWait(event.ResourceProperties).windows : [];
      ({ passed } = await passWindows(step, windows, passed, windows.length));
      if (passed === windows.length) return;
      if (now() + PAUSE > end) throw new ServiceError('SignalResource', 'NotYet', `${windows[passed]} is not over`);
      await sleep(PAUSE);
    }
  });
}

/** Whether CloudFormation still waits for the answer. */
async function isAwaited({ service, request }: ReturnType<typeof stepOf>): Promise<boolean> {
  const resource = await describeStackResource(service, request.stackId, request.logicalId);
  return resource?.status === `${request.requestType.toUpperCase()}_IN_PROGRESS`;
}
