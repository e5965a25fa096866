import { FakeExecution, STATE_MACHINE } from './fake-executions';
import { FakeService, SentAnswer, STACK_ID } from './fake-service';
import type { Environment } from '../../lambda/entry';
import type { CustomResourceEvent, ExecutionData, RawProperties, State, Task } from '../../lambda/events';
import { handle } from '../../lambda/handler';
import { canonicalJson, identityOf, shortHash } from '../../lambda/identity';
import { requestOf, typeOf } from '../../lambda/request';
import type { Step } from '../../lambda/step';
import { Attribute, GATE_MINUTES, ResourceType, TrainingGoal, windowLengths } from '../../src/private/contract';

export { STACK_ID };

export const ROLE = 'arn:aws:iam::111122223333:role/cleanrooms-ml-reader';
export const LOG_STREAM = '2026/03/01/[$LATEST]0123456789abcdef';

const BUCKET = 'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/secret';

/** Where a request is to be answered, as CloudFormation signs it. */
export function responseUrl(requestId: string, signedAt: number): string {
  const date = new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${BUCKET}/${requestId}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-Expires=7200&X-Amz-Signature=0123`;
}

/** The same request, handed over as CloudFormation signs it at another time. */
export function signedAnew(event: CustomResourceEvent, time: number): CustomResourceEvent {
  return { ...event, ResponseURL: responseUrl(event.RequestId, time) };
}

export function lastLine(driver: Driver): Record<string, unknown> {
  return JSON.parse(driver.lines[driver.lines.length - 1]) as Record<string, unknown>;
}

/** What no log, no error and no state may hold once the request is answered. */
export const SECRET = /ResponseURL|X-Amz|secret|https:/;

const common = { ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:handler', StateMachineArn: STATE_MACHINE };

export const datasetProperties = (more: RawProperties = {}): RawProperties => ({
  ...common,
  RoleArn: ROLE,
  TrainingData: [{
    Type: 'INTERACTIONS',
    InputConfig: {
      Schema: [
        { ColumnName: 'user_id', ColumnTypes: ['USER_ID'] },
        { ColumnName: 'item_id', ColumnTypes: ['ITEM_ID'] },
        { ColumnName: 'ts', ColumnTypes: ['TIMESTAMP'] },
      ],
      DataSource: { GlueDataSource: { TableName: 'clicks', DatabaseName: 'retail' } },
    },
  }],
  ...more,
});

export interface Wait {
  readonly goal?: string;
  readonly minutes?: number;
}

/** As the construct writes them: the windows are new whenever the training is, and what fits into the gate has none. */
export function modelProperties(trainingDatasetArn: string, more: RawProperties = {}, wait: Wait = {}): RawProperties {
  const { goal = TrainingGoal.ACTIVE, minutes = goal === TrainingGoal.ACCEPTED ? GATE_MINUTES : 1_440 } = wait;
  const { Tags, Description, Preflight, ...inputs } = more;
  const hash = shortHash(canonicalJson([trainingDatasetArn, inputs, minutes]));
  const windows = windowLengths(minutes).map((_, index) => `ModelWindow${index + 1}${hash}`);
  return {
    ...common,
    TrainingDatasetArn: trainingDatasetArn,
    TrainingWait: { Until: goal, Minutes: `${minutes}`, ...windows.length > 0 && { Windows: windows } },
    ...more,
  };
}

/** The same model after a change of the template. */
export function changedModel(properties: RawProperties, change: RawProperties, wait: Wait = {}): RawProperties {
  const { TrainingDatasetArn, TrainingWait, ServiceToken, StateMachineArn, ...inputs } = { ...properties, ...change };
  const { Until, Minutes } = TrainingWait as { Until: string; Minutes: string };
  const { goal = Until, minutes = goal === Until ? Number(Minutes) : undefined } = wait;
  return modelProperties(String(TrainingDatasetArn), inputs, { goal, minutes });
}

export const configuredProperties = (audienceModelArn: string, more: RawProperties = {}): RawProperties => ({
  ...common,
  AudienceModelArn: audienceModelArn,
  OutputConfig: { Destination: { S3Destination: { S3Uri: 's3://output/audiences/' } }, RoleArn: ROLE },
  SharedAudienceMetrics: ['ALL'],
  ...more,
});

export const policyProperties = (configuredAudienceModelArn: string, accounts: string[] = ['444455556666']): RawProperties => ({
  ...common,
  ConfiguredAudienceModelArn: configuredAudienceModelArn,
  PolicyDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: accounts.map((account) => ({
      Effect: 'Allow', Principal: { AWS: account }, Action: 'cleanrooms-ml:StartAudienceGenerationJob', Resource: configuredAudienceModelArn,
    })),
  }),
});

/** A Lambda function died on the way; who called it calls again. */
export class Killed extends Error {}

/** What the service says where it trains as many audience models as `service.quota = 0` allows. */
export const QUOTA_REACHED = 'You have reached the quota of 0 for: Pending/in-progress audience models';

/** Runs a task that dies right before its call of that number. */
export async function dying<T>(service: FakeService, call: number, work: () => Promise<T>): Promise<T> {
  const { fault } = service;
  let calls = 0;
  service.fault = (operation) => {
    if (calls++ >= call) throw new Killed();
    return fault(operation);
  };
  await work().catch(() => undefined);
  service.fault = fault;
  throw new Killed();
}

export type Attempt = <T>(work: () => Promise<T>, kind: Task['Do']) => Promise<T>;

/** What CloudFormation has heard of a request. */
export interface Progress {
  readonly done: boolean;
  readonly Data?: Readonly<Record<string, string>>;
}

/** One resource of the stack, driven as CloudFormation, Lambda and Step Functions drive it. */
export class Driver {
  readonly lines: string[] = [];
  /** How a task is run. */
  attempt: Attempt;
  private requests = 0;

  constructor(readonly service: FakeService, readonly resourceType: string, readonly logicalId: string) {
    this.attempt = async (work) => work();
  }

  name(properties: RawProperties): string {
    return identityOf(typeOf({ ResourceType: this.resourceType }), STACK_ID, this.logicalId, properties).name;
  }

  /** A request that CloudFormation makes now. */
  event(requestType: CustomResourceEvent['RequestType'], properties: RawProperties, old?: RawProperties, physicalId?: string): CustomResourceEvent {
    const RequestId = `request-${this.logicalId}-${this.requests++}`;
    this.service.request(this.logicalId, requestType);
    return {
      RequestId,
      RequestType: requestType,
      ResponseURL: responseUrl(RequestId, this.service.now),
      ResourceType: this.resourceType,
      StackId: STACK_ID,
      LogicalResourceId: this.logicalId,
      PhysicalResourceId: physicalId,
      ResourceProperties: properties,
      OldResourceProperties: old,
    };
  }

  /** Hands a request to the function; throws where it is answered by a failure at once. */
  async start(event: CustomResourceEvent): Promise<FakeExecution> {
    const { service } = this;
    const before = service.puts.length;
    await this.handle(event);
    const [put] = service.puts.slice(before);
    if (put !== undefined) throw new Error(reasonOf(JSON.parse(put.body) as SentAnswer));
    const execution = [...service.executions.all].reverse().find(({ data }) => data.Event.RequestId === event.RequestId);
    if (execution === undefined) throw new Error('neither answered nor handed over');
    return execution;
  }

  /** The next step of a request, now; and its answer where it comes to that. */
  async step(execution: FakeExecution): Promise<Progress> {
    if (execution.task !== 'STEP' || execution.status !== 'RUNNING') throw new Error(`${execution.name} has no step left: ${execution.status}`);
    await this.runTask(execution);
    if (isAnswering(execution)) await this.runTask(execution);
    return this.progress(execution);
  }

  /** Lets time pass until the request is answered. */
  async finish(execution: FakeExecution): Promise<Progress> {
    const { executions } = this.service;
    for (;;) {
      const progress = this.progress(execution);
      if (progress.done) return progress;
      if (execution.status !== 'RUNNING') throw new Error(`${execution.name} has ended without an answer: ${execution.status}`);
      const next = executions.due(Infinity);
      if (next === undefined) throw new Error(`nothing happens any more, and ${execution.name} is not answered`);
      await this.pass(Math.max(next.dueAt - this.service.now, 0));
    }
  }

  /** Lets time pass; the state machine works meanwhile. */
  async pass(milliseconds: number): Promise<void> {
    const { service } = this;
    const until = service.now + milliseconds;
    for (;;) {
      const execution = service.executions.due(until);
      if (execution === undefined) break;
      service.now = Math.max(service.now, execution.dueAt);
      await this.runTask(execution);
    }
    service.now = Math.max(service.now, until);
  }

  /** One task of an execution, as the state machine runs it. */
  async runTask(execution: FakeExecution): Promise<void> {
    const { executions } = this.service;
    const task = executions.taskOf(execution);
    let output: State | ExecutionData;
    try {
      output = await this.attempt(async () => this.task(task), task.Do);
    } catch (error) {
      executions.retry(execution, error);
      return;
    }
    executions.goOn(execution, output);
  }

  /** Lets the next task die right before its call of this number. What it did until then is done. */
  dieBefore(call: number): void {
    const { attempt, service } = this;
    this.attempt = async (work) => {
      this.attempt = attempt;
      return dying(service, call, work);
    };
  }

  /** What the function makes of a task. */
  async task(task: Task): Promise<State & ExecutionData> {
    return await this.handle(task) as State & ExecutionData;
  }

  /** What the function does with what it is invoked with. */
  async handle(event: object): Promise<unknown> {
    return handle(JSON.parse(JSON.stringify(event)), this.environment());
  }

  /** What a step of a request has at hand. */
  stepOf(execution: FakeExecution): Step {
    const { service, lines } = this;
    const request = requestOf(service.executions.taskOf(execution));
    const elapsed = () => service.now - request.startedAt;
    const mustStand = async () => undefined;
    const note = (text: string) => lines.push(text);
    return { request, service, now: () => service.now, elapsed, memory: {}, isAnswered: false, mayCreate: true, mustStand, note };
  }

  async create(properties: RawProperties): Promise<string> {
    return this.run(this.event('Create', properties));
  }

  async update(old: RawProperties, properties: RawProperties, physicalId = this.name(old)): Promise<string> {
    return this.run(this.event('Update', properties, old, physicalId));
  }

  /** Like an update, but CloudFormation has had no answer: the physical id is still the one from before. */
  async rollBack(attempted: RawProperties, properties: RawProperties, physicalId = this.name(properties)): Promise<string> {
    this.service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    return this.run(this.event('Update', properties, attempted, physicalId));
  }

  async delete(properties: RawProperties, physicalId = this.name(properties)): Promise<void> {
    await this.run(this.event('Delete', properties, undefined, physicalId));
  }

  async run(event: CustomResourceEvent): Promise<string> {
    return this.complete(await this.start(event));
  }

  /** The ARN, if the resource has one. */
  async complete(execution: FakeExecution): Promise<string> {
    const progress = await this.finish(execution);
    return Object.values(progress.Data ?? {})[0] ?? '';
  }

  environment(): Environment {
    return {
      service: this.service,
      now: () => this.service.now,
      sleep: async (milliseconds) => { this.service.now += milliseconds; },
      log: (line) => this.lines.push(line),
      put: async (url, body) => this.service.put(url, body),
      logStream: LOG_STREAM,
      stackId: STACK_ID,
    };
  }

  /** Throws the reason of a failure. */
  protected progress({ input }: FakeExecution): Progress {
    const { Event } = JSON.parse(input) as ExecutionData;
    const answer = this.service.answerAt(Event.ResponseURL);
    if (answer === undefined) return { done: false };
    if (answer.Status === 'FAILED') throw new Error(reasonOf(answer));
    return { done: true, ...answer.Data && { Data: answer.Data } };
  }
}

function isAnswering({ status, task }: FakeExecution): boolean {
  return status === 'RUNNING' && task === 'ANSWER';
}

/** The one sentence, without where to read more. */
export function reasonOf({ Reason = '' }: Pick<SentAnswer, 'Reason'>): string {
  const suffix = ` (See the details in CloudWatch Log Stream: ${LOG_STREAM})`;
  if (!Reason.endsWith(suffix)) throw new Error(`no log stream in: ${Reason}`);
  return Reason.slice(0, -suffix.length);
}

/** What CloudFormation has beyond the end of a window's part of the wait. */
const MARGIN_MINUTES = 13;

/** An audience model: its own resource, the windows that the deployment waits in, and the gate, which has the ARN. */
export class ModelDriver extends Driver {
  readonly gate: Driver;
  private arn = '';

  constructor(service: FakeService, logicalId: string) {
    super(service, ResourceType.AUDIENCE_MODEL, logicalId);
    this.gate = new Driver(service, ResourceType.AUDIENCE_MODEL_GATE, `${logicalId}Gate`);
    this.gate.attempt = async (work, kind) => this.attempt(work, kind);
  }

  override async complete(execution: FakeExecution): Promise<string> {
    const { Event, Operation } = JSON.parse(execution.input) as ExecutionData;
    const { RequestType, ResourceProperties, OldResourceProperties } = Event;
    const progress = await this.finish(execution);
    if (RequestType === 'Delete') return '';
    if (!Operation.StackStatus.includes('ROLLBACK')) await this.waitInWindows(ResourceProperties);

    const training = progress.Data?.[Attribute.TRAINING];
    const properties = this.gateProperties(this.name(ResourceProperties), ResourceProperties, training);
    const old = OldResourceProperties && this.gateProperties(this.name(OldResourceProperties), OldResourceProperties);
    // CloudFormation asks for no update of what is the same.
    if (canonicalJson(properties) === canonicalJson(old)) return this.arn;
    const type = old ? 'Update' : 'Create';
    return this.arn = await this.gate.complete(await this.gate.start(this.gate.event(type, properties, old, old && this.gate.name(old))));
  }

  /** CloudFormation begins with the windows once the model's request is answered. */
  openWindows({ TrainingWait }: RawProperties): string[] {
    const { Windows = [], Minutes } = TrainingWait as { Windows?: string[]; Minutes: string };
    const lengths = windowLengths(Number(Minutes));
    this.service.windows.open(Windows.map((id, index) => ({ id, minutes: lengths[index] + MARGIN_MINUTES })));
    return Windows;
  }

  gateProperties(name: string, properties: RawProperties, training = this.training(properties)): RawProperties {
    const { Until } = properties.TrainingWait as { Until: string };
    return { ...common, AudienceModelName: name, Training: training, Until };
  }

  /** What its executions are called. */
  training(properties: RawProperties): string {
    return this.name({ ...properties, Name: undefined });
  }

  private async waitInWindows(properties: RawProperties): Promise<void> {
    for (const id of this.openWindows(properties)) {
      for (;;) {
        const status = this.service.windows.status(id);
        if (status === 'CREATE_COMPLETE') break;
        if (status === 'CREATE_FAILED') throw new Error(`${id} failed to receive 1 resource signal(s) within the specified duration`);
        await this.pass(1_000);
      }
    }
  }
}

export const datasetDriver = (service: FakeService) => new Driver(service, ResourceType.TRAINING_DATASET, 'Interactions');
export const modelDriver = (service: FakeService) => new ModelDriver(service, 'Model');
export const configuredDriver = (service: FakeService) => new Driver(service, ResourceType.CONFIGURED_AUDIENCE_MODEL, 'Configured');
export const policyDriver = (service: FakeService) => new Driver(service, ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY, 'Policy');
