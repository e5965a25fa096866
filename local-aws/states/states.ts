import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AwsError, inOwnWords, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import { Execution, type ExecutionStatus } from './execution';
import type { Json } from './json';
import { checkLogDestination, checkLogging, type StatesLogs } from './log-destination';
import type { StateMachine, StateMachineSettings } from './state-machine';
import { type Integrations, type TaskIam, type TaskLambda, Tasks } from './tasks';
import { parseDefinition } from './validate';

const MAX_INPUT_BYTES = 262_144;
const NAME_TAKEN_FOR = 90 * 24 * 3_600_000;

/** What Step Functions needs of IAM. */
export interface StatesIam extends TaskIam {
  assumeRoleForService(
    roleArn: string, service: string, context: { readonly sourceArn: string; readonly sourceAccount: string; readonly sessionName: string },
  ): Promise<Principal>;
}

export interface StatesProps {
  readonly account: Account;
  readonly clock: Clock;
  readonly iam: StatesIam;
  readonly lambda: TaskLambda;
  readonly logs: StatesLogs;
  /** AWS API actions that tasks may call. */
  readonly integrations?: Integrations;
  /** How long it takes, in milliseconds, until an execution is shown, and that it has ended: lists and descriptions are eventually consistent. */
  readonly lag?: number;
  /** Told of every execution when it has begun, and when it has ended. */
  readonly onStatusChange?: (execution: Execution) => void;
}

/** An execution with the status that it is shown in. */
export interface ShownExecution {
  readonly execution: Execution;
  readonly status: ExecutionStatus;
}

/** AWS Step Functions: Standard workflows in JSONPath and JSONata. */
export class StepFunctions {
  private readonly tasks: Tasks;
  private readonly machines = new Map<string, StateMachine>();
  /** Every execution there ever was, the oldest first. */
  private readonly all: Execution[] = [];

  constructor(private readonly props: StatesProps) {
    this.tasks = new Tasks(props.lambda, props.iam, props.integrations ?? {});
  }

  /** The same machine again is a success, another one of the same name is not. */
  async createStateMachine(settings: StateMachineSettings): Promise<{ arn: string }> {
    checkName(settings.name);
    if ((settings.type ?? 'STANDARD') !== 'STANDARD') throw new AwsError('StateMachineTypeNotSupported', 'The embedded AWS runs Standard workflows only.');
    const arn = this.arn('stateMachine', settings.name);
    const existing = this.machines.get(arn);
    if (existing?.status === 'DELETING') throw deleting(arn);
    const created = await this.checked(arn, settings);
    if (existing && !isSame(existing, settings)) {
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    this.machines.set(arn, created);
    return { arn };
  }

  /** Executions that run already go on as they were started. */
  async updateStateMachine(arn: string, settings: Partial<Pick<StateMachineSettings, 'definition' | 'roleArn' | 'logging'>>): Promise<void> {
    const existing = this.getStateMachine(arn);
    if (existing.status === 'DELETING') throw deleting(arn);
    this.machines.set(arn, await this.checked(arn, { ...existing, ...settings }));
  }

  /** Takes no more executions. Those that run end at their next step, and only then the machine is gone. */
  deleteStateMachine(arn: string): void {
    const existing = this.machines.get(arn);
    if (!existing) return;
    this.machines.set(arn, { ...existing, status: 'DELETING' });
    this.removeWhenDone(arn);
  }

  /** Resolves when there is no such state machine any more. */
  async stateMachineGone(arn: string): Promise<void> {
    await Promise.all(this.all.filter((one) => one.stateMachineArn === arn).map(({ ended }) => ended));
  }

  getStateMachine(arn: string): StateMachine {
    const found = this.machines.get(arn);
    if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  /** Also those that still end. */
  stateMachines(): StateMachine[] {
    return [...this.machines.values()];
  }

  /** A name is taken once: the same input while the first execution runs is the same execution, anything else is refused for 90 days. */
  startExecution(stateMachineArn: string, input: string = '{}', name: string = randomUUID()): Execution {
    const stateMachine = this.getStateMachine(stateMachineArn);
    if (stateMachine.status === 'DELETING') throw deleting(stateMachineArn);
    checkName(name);
    const data = parseInput(input);
    const arn = this.arn('execution', `${stateMachine.name}:${name}`);
    const existing = this.find(arn);
    if (existing?.status === 'RUNNING' && existing.input === input) return existing;
    if (existing && (existing.stopDate ?? Infinity) + NAME_TAKEN_FOR > this.props.clock.now()) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = new Execution({
      arn,
      name,
      input,
      stateMachine,
      clock: this.props.clock,
      // Not the name, which is random itself where none is given.
      seed: String(this.all.length),
      isDeleting: () => this.machines.get(stateMachineArn)?.status === 'DELETING',
      task: (resource, parameters) => this.props.clock.busy(async () => (
        this.tasks.run(resource, parameters, await this.assumeRole(stateMachine, name))
      )),
    });
    this.all.push(execution);
    this.follow(execution);
    void execution.run(data);
    return execution;
  }

  /** Lets an execution that did not succeed go on where it ended, under its old name. */
  redriveExecution(arn: string): Execution {
    const execution = this.getExecution(arn);
    if (this.machines.get(execution.stateMachineArn)?.status === 'DELETING') throw deleting(execution.stateMachineArn);
    execution.redrive();
    this.follow(execution);
    return execution;
  }

  /** From when it has begun, or goes on, until its end. */
  private follow(execution: Execution): void {
    this.props.onStatusChange?.(execution);
    void execution.ended.then(() => {
      this.props.onStatusChange?.(execution);
      this.removeWhenDone(execution.stateMachineArn);
    });
  }

  /** Ends an execution at once; a task in flight runs on, unheard. One that has ended stays as it is. */
  stopExecution(arn: string, error?: string, cause?: string): Execution {
    const execution = this.getExecution(arn);
    execution.stop(error, cause);
    return execution;
  }

  describeExecution(arn: string): ShownExecution {
    const execution = this.getExecution(arn);
    if (execution.startDate > this.shownTime) throw noExecution(arn);
    return { execution, status: execution.statusAt(this.shownTime) };
  }

  /** The newest first. */
  listExecutions(stateMachineArn: string, statusFilter?: ExecutionStatus): ShownExecution[] {
    this.getStateMachine(stateMachineArn);
    return this.all
      .filter((one) => one.stateMachineArn === stateMachineArn && one.startDate <= this.shownTime)
      .map((execution) => ({ execution, status: execution.statusAt(this.shownTime) }))
      .filter(({ status }) => (statusFilter ?? status) === status)
      .reverse();
  }

  /** Also those whose state machine is gone, which the API would not show. */
  executions(): readonly Execution[] {
    return this.all;
  }

  /** Ends all executions. */
  close(): void {
    for (const execution of this.all) execution.stop();
  }

  private async checked(arn: string, settings: StateMachineSettings): Promise<StateMachine> {
    const machine = parseDefinition(settings.definition, (resource) => this.tasks.knows(resource));
    const stateMachine: StateMachine = { ...settings, arn, machine, status: 'ACTIVE' };
    checkLogging(settings.logging);
    const principal = await this.validationRole(stateMachine);
    await checkLogDestination(settings.logging, this.props.logs, async (action) => this.props.iam.authorize(principal, action, '*'));
    return stateMachine;
  }

  private async validationRole(stateMachine: StateMachine): Promise<Principal> {
    return inOwnWords(async () => this.assumeRole(stateMachine, 'validate'), () => new AwsError(
      'AccessDeniedException', 'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
    ));
  }

  private async assumeRole({ arn, roleArn }: StateMachine, sessionName: string): Promise<Principal> {
    return this.props.iam.assumeRoleForService(roleArn, 'states.amazonaws.com', {
      sourceArn: arn, sourceAccount: this.props.account.accountId, sessionName: sessionName.slice(0, 64),
    });
  }

  private removeWhenDone(arn: string): void {
    const isRunning = this.all.some((one) => one.stateMachineArn === arn && one.status === 'RUNNING');
    if (this.machines.get(arn)?.status === 'DELETING' && !isRunning) this.machines.delete(arn);
  }

  /** As of when executions are shown. */
  private get shownTime(): number {
    return this.props.clock.now() - (this.props.lag ?? 0);
  }

  private getExecution(arn: string): Execution {
    const found = this.find(arn);
    if (!found || !this.machines.has(found.stateMachineArn)) throw noExecution(arn);
    return found;
  }

  private find(arn: string): Execution | undefined {
    return this.all.filter((one) => one.arn === arn).at(-1);
  }

  private arn(type: string, name: string): string {
    const { partition, region, accountId } = this.props.account;
    return `arn:${partition}:states:${region}:${accountId}:${type}:${name}`;
  }
}

function isSame(one: StateMachineSettings, other: StateMachineSettings): boolean {
  return one.definition === other.definition && one.roleArn === other.roleArn && isDeepStrictEqual(one.logging, other.logging);
}

function deleting(arn: string): AwsError {
  return new AwsError('StateMachineDeleting', `State Machine Being Deleted: '${arn}'`);
}

function noExecution(arn: string): AwsError {
  return new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

function checkName(name: string): void {
  if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

function parseInput(input: string): Json {
  if (Buffer.byteLength(input) > MAX_INPUT_BYTES) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: 'The input exceeds ${MAX_INPUT_BYTES} bytes'`);
  }
  try {
    return JSON.parse(input) as Json;
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
}
