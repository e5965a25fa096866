import { ServiceError } from '../../lambda/errors';
import type { Answer, ExecutionData, State, Task } from '../../lambda/events';

export const STATE_MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Requests';

const SECOND = 1_000;

/** As the definition of the state machine says. */
const RETRIES = {
  STEP: { first: 75 * SECOND, factor: 1, longest: 75 * SECOND, attempts: 24 },
  ANSWER: { first: 5 * SECOND, factor: 2, longest: 60 * SECOND, attempts: 60 },
  TRAIN: { first: 75 * SECOND, factor: 2, longest: 240 * SECOND, attempts: 2_000 },
};

/** An execution that takes more in a test will never end. */
const MAX_STEPS = 4_000;

export interface FakeExecution {
  readonly arn: string;
  readonly name: string;
  readonly input: string;
  readonly startTime: Date;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  error?: string;
  cause?: string;
  stopDate?: Date;
  /** The task that is run next, on these data. */
  task: Task['Do'];
  data: ExecutionData;
  /** What it fixed as the answer, before it sent that. */
  answer?: Answer;
  /** When the task is run. */
  dueAt: number;
  /** How often this very task has failed. */
  failures: number;
  steps: number;
}

/** The state machine of `src/private/state-machine.ts`, and its executions. */
export class FakeExecutions {
  readonly all: FakeExecution[] = [];

  /** @param lag for so long a list does not show an execution that began */
  constructor(private readonly now: () => number, private readonly lag: () => number = () => 0) {}

  /** A name is taken once: only an execution that runs, with the same input, is started again for nothing. */
  start(stateMachineArn: string, name: string, input: string): FakeExecution {
    this.mustExist('StartExecution', stateMachineArn);
    if (!/^[\w-]{1,80}$/.test(name)) throw new ServiceError('StartExecution', 'InvalidName', `Invalid Name: '${name}'`, 400);
    const taken = this.all.find((execution) => execution.name === name);
    if (taken?.status === 'RUNNING' && taken.input === input) return taken;
    if (taken !== undefined) throw new ServiceError('StartExecution', 'ExecutionAlreadyExists', `Execution Already Exists: '${taken.arn}'`, 400);
    const execution: FakeExecution = {
      arn: `${STATE_MACHINE.replace(':stateMachine:', ':execution:')}:${name}`,
      name,
      startTime: new Date(this.now()),
      input,
      status: 'RUNNING',
      task: 'State' in (JSON.parse(input) as ExecutionData) ? 'TRAIN' : 'STEP',
      data: JSON.parse(input) as ExecutionData,
      dueAt: this.now(),
      failures: 0,
      steps: 0,
    };
    this.all.push(execution);
    return execution;
  }

  /** The newest first. */
  list(stateMachineArn: string, statusFilter?: string): FakeExecution[] {
    this.mustExist('ListExecutions', stateMachineArn);
    return this.all
      .filter(({ status, startTime }) => (statusFilter === undefined || status === statusFilter) && this.now() - startTime.getTime() >= this.lag())
      .reverse();
  }

  find(operation: string, arn: string): FakeExecution {
    const execution = this.all.find((one) => one.arn === arn);
    if (execution === undefined) throw new ServiceError(operation, 'ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`, 400);
    return execution;
  }

  stop(arn: string, cause?: string, error?: string): void {
    const execution = this.find('StopExecution', arn);
    if (execution.status === 'RUNNING') this.end(execution, 'ABORTED', cause, error);
  }

  /** Those that run, without what is under way elsewhere. The one whose task comes next, if any comes by then. */
  due(until: number): FakeExecution | undefined {
    return this.all.filter(({ status, dueAt }) => status === 'RUNNING' && dueAt <= until).sort((a, b) => a.dueAt - b.dueAt)[0];
  }

  /** What the function is handed. */
  taskOf({ task, name, startTime, failures, data }: FakeExecution): Task {
    return JSON.parse(JSON.stringify({ Do: task, Execution: name, StartedAt: startTime.toISOString(), RetryCount: failures, Data: data })) as Task;
  }

  /** What becomes of an execution after its task. */
  goOn(execution: FakeExecution, output: State | ExecutionData): void {
    if (execution.status !== 'RUNNING') return;
    if (execution.steps++ === MAX_STEPS) throw new Error(`${execution.name} goes round in circles`);
    const result = JSON.parse(JSON.stringify(output)) as State | ExecutionData;
    execution.data = execution.task === 'ANSWER' ? result as ExecutionData : { ...execution.data, State: result as State };
    const { State: state } = execution.data;
    if (state === undefined) throw new Error('there is nothing at $.State.Next');
    if (execution.task === 'STEP') execution.answer = state.Answer;

    const { Next, Seconds, Cause } = state;
    if (Next === 'WAIT' && execution.task !== 'ANSWER') return this.schedule(execution, execution.task, wait(Seconds));
    if (execution.task === 'STEP') return this.schedule(execution, 'ANSWER', 0);
    if (Next === 'TRAIN' && execution.task === 'ANSWER') return this.schedule(execution, 'TRAIN', 0);
    if (Next === 'SUCCEED') return this.end(execution, 'SUCCEEDED');
    if (Cause === undefined) throw new Error('there is nothing at $.State.Cause');
    this.end(execution, 'FAILED', Cause, 'RequestFailed');
  }

  /** What becomes of an execution whose task threw. */
  retry(execution: FakeExecution, error: unknown): void {
    if (execution.status !== 'RUNNING') return;
    if (execution.steps++ === MAX_STEPS) throw error;
    const { first, factor, longest, attempts } = RETRIES[execution.task];
    if (execution.failures < attempts) {
      execution.dueAt = this.now() + Math.min(first * factor ** execution.failures++, longest);
      return;
    }
    const Error = error instanceof globalThis.Error ? error.name : 'Error';
    if (execution.task !== 'STEP') return this.end(execution, 'FAILED', `{"errorMessage":"${Error}"}`, Error);
    execution.data = { ...execution.data, Failure: { Error } };
    this.schedule(execution, 'ANSWER', 0);
  }

  private schedule(execution: FakeExecution, task: Task['Do'], milliseconds: number): void {
    Object.assign(execution, { task, failures: 0, dueAt: this.now() + milliseconds });
  }

  private end(execution: FakeExecution, status: FakeExecution['status'], cause?: string, error?: string): void {
    Object.assign(execution, { status, error, cause, stopDate: new Date(this.now()) });
  }

  private mustExist(operation: string, stateMachineArn: string): void {
    if (stateMachineArn !== STATE_MACHINE) throw new ServiceError(operation, 'StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`, 400);
  }
}

function wait(seconds: number | undefined): number {
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 0) throw new Error(`a Wait state cannot wait ${String(seconds)} seconds`);
  return seconds * SECOND;
}
