import { ServiceError } from '../../lambda/errors';
import type { Execution } from '../../lambda/service';
import type { TrainingState } from '../../lambda/train';

export const STATE_MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:Training';

/** As the definition of the state machine says. */
const FIRST_RETRY = 60_000;
const LONGEST_RETRY = 15 * 60_000;
/** A step that fails more often in a test will always fail, and an execution that takes more will never end. */
const MAX_RETRIES = 20;
const MAX_STEPS = 2_000;

export interface FakeExecution extends Execution {
  readonly input: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  state?: TrainingState;
  cause?: string;
  /** When the next step is run. */
  dueAt: number;
  /** How often the step has failed. */
  failures: number;
  steps: number;
}

/** The executions of the state machine that trains. */
export class FakeExecutions {
  readonly all: FakeExecution[] = [];

  constructor(private readonly now: () => number) {}

  start(stateMachineArn: string, name: string, input: object): void {
    this.mustExist('StartExecution', stateMachineArn);
    if (!/^[\w-]{1,80}$/.test(name)) throw new ServiceError('StartExecution', 'InvalidName', `Invalid Name: '${name}'`, 400);
    if (this.all.some((execution) => execution.name === name)) return;
    this.all.push({
      arn: `${STATE_MACHINE.replace('stateMachine', 'execution')}:${name}`,
      name,
      startTime: new Date(this.now()),
      input: JSON.stringify(input),
      status: 'RUNNING',
      dueAt: this.now(),
      failures: 0,
      steps: 0,
    });
  }

  list(stateMachineArn: string, status: string): Execution[] {
    if (stateMachineArn !== STATE_MACHINE) return [];
    return this.all.filter((execution) => execution.status === status).reverse().map(({ arn, name, startTime }) => ({ arn, name, startTime }));
  }

  stop(arn: string): void {
    const execution = this.all.find((one) => one.arn === arn);
    if (execution?.status === 'RUNNING') execution.status = 'ABORTED';
  }

  cause(arn: string): string | undefined {
    const execution = this.all.find((one) => one.arn === arn);
    if (execution === undefined) throw new ServiceError('DescribeExecution', 'ExecutionDoesNotExist', arn, 400);
    return execution.cause;
  }

  /** The one whose step comes next, if any comes by then. */
  due(until: number): FakeExecution | undefined {
    return this.all.filter(({ status, dueAt }) => status === 'RUNNING' && dueAt <= until).sort((a, b) => a.dueAt - b.dueAt)[0];
  }

  /** What becomes of it after a step. */
  goOn(execution: FakeExecution, state: TrainingState): void {
    const { Next, Seconds, Cause } = execution.state = JSON.parse(JSON.stringify(state)) as TrainingState;
    if (execution.steps++ === MAX_STEPS) throw new Error(`${execution.name} goes round in circles`);
    execution.failures = 0;
    if (Next === 'WAIT') {
      if (!Number.isInteger(Seconds) || Seconds < 0) throw new Error(`a Wait state cannot wait ${Seconds} seconds`);
      execution.dueAt = this.now() + Seconds * 1_000;
    } else if (execution.status === 'RUNNING') {
      if (Next === 'FAIL' && Cause === undefined) throw new Error('there is nothing at $.State.Cause');
      execution.status = Next === 'FAIL' ? 'FAILED' : 'SUCCEEDED';
      execution.cause = Cause;
    }
  }

  /** A step that threw is repeated. */
  retry(execution: FakeExecution, error: unknown): void {
    if (execution.failures === MAX_RETRIES || execution.steps > MAX_STEPS) throw error;
    execution.dueAt = this.now() + Math.min(FIRST_RETRY * 2 ** execution.failures++, LONGEST_RETRY);
  }

  private mustExist(operation: string, stateMachineArn: string): void {
    if (stateMachineArn !== STATE_MACHINE) throw new ServiceError(operation, 'StateMachineDoesNotExist', stateMachineArn, 400);
  }
}
