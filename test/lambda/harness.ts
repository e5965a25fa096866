import { FakeExecution, STATE_MACHINE } from './fake-executions';
import type { FakeService } from './fake-service';
import type { IsCompleteRequest, IsCompleteResponse, OnEventRequest, RawProperties } from '../../lambda/events';
import * as handler from '../../lambda/handler';
import { canonicalJson, identityOf, shortHash } from '../../lambda/identity';
import { requestOf, typeOf } from '../../lambda/request';
import type { Step } from '../../lambda/step';
import { train, TrainingState } from '../../lambda/train';
import { Attribute, ResourceType, TrainingGoal, WINDOW_MINUTES } from '../../src/private/contract';

export const STACK_ID = 'arn:aws:cloudformation:us-east-1:111122223333:stack/Lookalike/51af3dc0-da77-11e4-872e-1234567db123';
export const RESPONSE_URL = 'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/secret?X-Amz-Signature=0123';
export const ROLE = 'arn:aws:iam::111122223333:role/cleanrooms-ml-reader';

export const datasetProperties = (more: RawProperties = {}): RawProperties => ({
  ServiceToken: 'arn:aws:lambda:us-east-1:111122223333:function:provider',
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

/** As the construct writes them: the windows are new whenever the training is. */
export function modelProperties(trainingDatasetArn: string, more: RawProperties = {}, wait: Wait = {}): RawProperties {
  const { goal = TrainingGoal.ACTIVE, minutes = 1_440 } = wait;
  const { Tags, Description, ...inputs } = more;
  const hash = shortHash(canonicalJson([trainingDatasetArn, inputs, minutes]));
  const windows = Array.from({ length: Math.ceil(minutes / WINDOW_MINUTES) }, (_, index) => `ModelWindow${index + 1}${hash}`);
  return {
    TrainingDatasetArn: trainingDatasetArn,
    TrainingStateMachineArn: STATE_MACHINE,
    TrainingWait: { Until: goal, Minutes: `${minutes}`, Windows: windows },
    ...more,
  };
}

/** The same model after a change of the template. */
export function changedModel(properties: RawProperties, change: RawProperties, wait: Wait = {}): RawProperties {
  const { TrainingDatasetArn, TrainingStateMachineArn, TrainingWait, ...inputs } = { ...properties, ...change };
  const { Until, Minutes } = TrainingWait as { Until: string; Minutes: string };
  return modelProperties(String(TrainingDatasetArn), inputs, { goal: Until, minutes: Number(Minutes), ...wait });
}

export const configuredProperties = (audienceModelArn: string, more: RawProperties = {}): RawProperties => ({
  AudienceModelArn: audienceModelArn,
  OutputConfig: { Destination: { S3Destination: { S3Uri: 's3://bucket/audiences/' } }, RoleArn: ROLE },
  SharedAudienceMetrics: ['ALL'],
  ...more,
});

export const policyProperties = (configuredAudienceModelArn: string, accounts: string[] = ['444455556666']): RawProperties => ({
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

export type Attempt = <T>(work: () => Promise<T>, kind: 'request' | 'training') => Promise<T>;

/** One resource of the stack, driven as CloudFormation and the provider framework drive it. */
export class Driver {
  readonly lines: string[] = [];
  /** How a step is run. */
  attempt: Attempt;
  private requests = 0;

  constructor(readonly service: FakeService, readonly resourceType: string, readonly logicalId: string) {
    this.attempt = async (work) => work();
  }

  name(properties: RawProperties): string {
    return identityOf(typeOf(this.event('Create', properties)), STACK_ID, this.logicalId, properties).name;
  }

  event(requestType: OnEventRequest['RequestType'], properties: RawProperties, old?: RawProperties, physicalId?: string): OnEventRequest {
    return {
      RequestId: `request-${this.logicalId}-${this.requests++}`,
      RequestType: requestType,
      ResourceType: this.resourceType,
      StackId: STACK_ID,
      LogicalResourceId: this.logicalId,
      PhysicalResourceId: physicalId,
      ResourceProperties: properties,
      OldResourceProperties: old,
      ...{ ResponseURL: RESPONSE_URL },
    };
  }

  /** What the framework hands to `isComplete`, after one trip through Step Functions. */
  async start(event: OnEventRequest): Promise<IsCompleteRequest> {
    const response = await handler.onEvent(event, this.environment());
    return JSON.parse(JSON.stringify({ ...event, ...response }));
  }

  async step(event: IsCompleteRequest): Promise<IsCompleteResponse> {
    return this.attempt(async () => handler.isComplete(event, this.environment()), 'request');
  }

  /** Steps every ten seconds until the request is done. */
  async finish(event: IsCompleteRequest): Promise<IsCompleteResponse> {
    for (;;) {
      try {
        const response = await this.step(event);
        if (response.IsComplete) return response;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      await this.pass(10_000);
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
      try {
        service.executions.goOn(execution, await this.attempt(async () => this.train(execution), 'training'));
      } catch (error) {
        service.executions.retry(execution, error);
      }
    }
    service.now = Math.max(service.now, until);
  }

  /** A step of the state machine. */
  async train({ input, state }: Pick<FakeExecution, 'input' | 'state'>): Promise<TrainingState> {
    return train({ ...JSON.parse(input), State: state }, this.environment());
  }

  /** What a step of a request has at hand. */
  stepOf(event: IsCompleteRequest): Step {
    const { service, lines } = this;
    return { request: requestOf(event), service, now: () => service.now, mayCreate: true, trains: false, note: (text) => lines.push(text) };
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

  async run(event: OnEventRequest): Promise<string> {
    return this.complete(await this.start(event));
  }

  /** The ARN, if the resource has one. */
  async complete(event: IsCompleteRequest): Promise<string> {
    const { Data } = await this.finish(event);
    return Object.values(Data ?? {})[0] ?? '';
  }

  protected environment(): handler.Environment {
    return {
      service: this.service,
      now: () => this.service.now,
      sleep: async (milliseconds) => { this.service.now += milliseconds; },
      log: (line) => this.lines.push(line),
    };
  }
}

/** An audience model: its own resource, the windows that the deployment waits in, and the gate, which has the ARN. */
export class ModelDriver extends Driver {
  readonly gate: Driver;
  private arn = '';

  constructor(service: FakeService, logicalId: string) {
    super(service, ResourceType.AUDIENCE_MODEL, logicalId);
    this.gate = new Driver(service, ResourceType.AUDIENCE_MODEL_GATE, `${logicalId}Gate`);
    this.gate.attempt = async (work, kind) => this.attempt(work, kind);
  }

  override async complete(event: IsCompleteRequest): Promise<string> {
    const { RequestType, PhysicalResourceId, ResourceProperties, OldResourceProperties } = event;
    const { Data } = await this.finish(event);
    if (RequestType === 'Delete') return '';
    if (!event.Operation.StackStatus.includes('ROLLBACK')) await this.waitInWindows(ResourceProperties);

    const properties = this.gateProperties(PhysicalResourceId, ResourceProperties, Data?.[Attribute.TRAINING]);
    const old = OldResourceProperties && this.gateProperties(this.name(OldResourceProperties), OldResourceProperties);
    // CloudFormation asks for no update of what is the same.
    if (canonicalJson(properties) === canonicalJson(old)) return this.arn;
    const type = old ? 'Update' : 'Create';
    return this.arn = await this.gate.complete(await this.gate.start(this.gate.event(type, properties, old, old && this.gate.name(old))));
  }

  /** CloudFormation begins with the windows once the model's request is answered. */
  openWindows({ TrainingWait }: RawProperties): string[] {
    const { Windows, Minutes } = TrainingWait as { Windows: string[]; Minutes: string };
    this.service.windows.open(Windows.map((id, index) => ({ id, minutes: Math.min(Number(Minutes) - index * WINDOW_MINUTES, WINDOW_MINUTES) + 30 })));
    return Windows;
  }

  gateProperties(name: string, properties: RawProperties, training = this.training(properties)): RawProperties {
    const { Until } = properties.TrainingWait as { Until: string };
    return { AudienceModelName: name, Training: training, Until, TrainingStateMachineArn: STATE_MACHINE };
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
