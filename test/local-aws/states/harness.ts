import { AwsError, type Account, type AwsResponse } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import { StatesApi } from '../../../local-aws/states/api';
import type { Execution } from '../../../local-aws/states/execution';
import type { Json, JsonObject } from '../../../local-aws/states/json';
import type { StateMachineSettings } from '../../../local-aws/states/state-machine';
import { StepFunctions } from '../../../local-aws/states/states';
import { statusChange } from '../../../local-aws/states/status-change';
import type { Integrations, TaskLambda } from '../../../local-aws/states/tasks';
import { awsRequest, FakeIam } from '../lambda/harness';

export const ACCOUNT: Account = { accountId: '111122223333', region: 'us-east-1', partition: 'aws' };
export const ROLE = 'arn:aws:iam::111122223333:role/machine';
/** The only one that there is. */
export const LOG_GROUP = '/aws/vendedlogs/states/machine';
export const FN = 'arn:aws:lambda:us-east-1:111122223333:function:fn';

/** A Lambda whose functions are plain functions here. */
export class FakeLambda implements TaskLambda {
  readonly functions: Record<string, (payload: Json) => unknown> = {};
  readonly events: Json[] = [];

  arnOf(name: string): string {
    return name.startsWith('arn:') ? name : `arn:aws:lambda:us-east-1:111122223333:function:${name}`;
  }

  async invoke(name: string, payload: unknown) {
    const found = this.functions[this.arnOf(name)];
    if (!found) throw new AwsError('ResourceNotFoundException', `Function not found: ${this.arnOf(name)}`, 404);
    try {
      return { payload: JSON.stringify(await found(payload as Json) ?? null) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
    }
  }

  invokeAsync(_: string, payload: unknown): void {
    this.events.push(payload as Json);
  }
}

export class World {
  readonly clock = Clock.frozen();
  readonly start = this.clock.now();
  readonly iam = new FakeIam();
  readonly lambda = new FakeLambda();
  readonly states: StepFunctions;
  readonly api: StatesApi;

  /** The events of executions that began or ended. */
  readonly changes: ReturnType<typeof statusChange>[] = [];

  constructor(integrations: Integrations = {}, lag?: number) {
    const onStatusChange = (execution: Execution) => this.changes.push(statusChange(execution));
    const { clock, iam, lambda } = this;
    const logs = { hasLogGroup: (name: string) => name === LOG_GROUP };
    this.states = new StepFunctions({ account: ACCOUNT, clock, iam, lambda, logs, integrations, lag, onStatusChange });
    this.api = new StatesApi(this.states, this.iam);
  }

  /** Seconds since the beginning. */
  get elapsed(): number {
    return (this.clock.now() - this.start) / 1000;
  }

  async create(definition: object, settings: Partial<StateMachineSettings> = {}): Promise<string> {
    return (await this.states.createStateMachine({ name: 'machine', roleArn: ROLE, definition: JSON.stringify(definition), ...settings })).arn;
  }

  /** Runs a machine of these states, the first of which is where it starts, to its end. */
  async run(states: Record<string, object>, input: Json = {}, topLevel: object = {}): Promise<Execution> {
    const arn = await this.create({ StartAt: Object.keys(states)[0], States: states, ...topLevel }, { name: `machine-${this.states.executions().length}` });
    return this.finish(this.states.startExecution(arn, JSON.stringify(input)));
  }

  async finish(execution: Execution): Promise<Execution> {
    await execution.ended;
    return execution;
  }

  async call(operation: string, input: object): Promise<{ status: number; body: JsonObject }> {
    const answer: AwsResponse = await this.api.handle(awsRequest('POST', '/', { 'x-amz-target': `AWSStepFunctions.${operation}` }, JSON.stringify(input)));
    return { status: answer.status, body: JSON.parse(String(answer.body)) };
  }
}

export function outputOf(execution: Execution): Json {
  if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.status}: ${execution.error} ${execution.cause}`);
  return JSON.parse(String(execution.output));
}
