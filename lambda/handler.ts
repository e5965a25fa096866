import { answer } from './answer';
import { Environment, receive } from './entry';
import type { CustomResourceEvent, ExecutionData, State, Task } from './events';
import { isRecord } from './properties';
import { requestStep } from './request-step';
import { RunState, runStep, RunTask } from './run';
import { takeOver } from './takeover';
import { trainingStep } from './train';

/** What the function does: it takes requests from CloudFormation, tasks from the state machine, and word of executions that broke. */
export async function handle(event: unknown, environment: Environment): Promise<void | State | ExecutionData | RunState> {
  if (isRunTask(event)) return runStep(event, environment);
  if (isTask(event)) {
    if (event.Do === 'ANSWER') return answer(event.Data, environment);
    return event.Do === 'STEP' ? requestStep(event, environment) : trainingStep(event, environment);
  }
  if (isRequest(event)) return receive(event, environment);
  if (isRecord(event) && typeof event.Ended === 'string') return takeOver({ Ended: event.Ended }, environment);
  environment.log(JSON.stringify({ Error: 'neither a request of CloudFormation nor a task of the state machine: nothing done' }));
}

function isTask(event: unknown): event is Task {
  return isRecord(event) && typeof event.Do === 'string' && ['STEP', 'ANSWER', 'TRAIN'].includes(event.Do) && isRecord(event.Data);
}

function isRunTask(event: unknown): event is RunTask {
  return isRecord(event) && event.Do === 'RETRAIN' && isRecord(event.Data) && isRecord(event.Data.Retraining);
}

function isRequest(event: unknown): event is CustomResourceEvent {
  return isRecord(event) && ['Create', 'Update', 'Delete'].includes(String(event.RequestType)) && isRecord(event.ResourceProperties)
    && ['RequestId', 'ResourceType', 'StackId', 'LogicalResourceId'].every((field) => typeof event[field] === 'string');
}
