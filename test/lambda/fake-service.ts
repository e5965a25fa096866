import * as crypto from 'node:crypto';
import type {
  AudienceModelStatus, AudienceModelSummary, ConfiguredAudienceModelSummary, CreateAudienceModelRequest, CreateConfiguredAudienceModelRequest,
  CreateTrainingDatasetRequest, GetAudienceModelResponse, GetConfiguredAudienceModelResponse, GetTrainingDatasetResponse,
  PutConfiguredAudienceModelPolicyRequest, TrainingDatasetSummary, UpdateConfiguredAudienceModelRequest,
} from '@aws-sdk/client-cleanroomsml';
import { FakeExecution, FakeExecutions } from './fake-executions';
import { FakeWindows } from './fake-windows';
import { ServiceError } from '../../lambda/errors';
import type { Answer } from '../../lambda/events';
import type { Operations, Service } from '../../lambda/service';

const ARN = 'arn:aws:cleanrooms-ml:us-east-1:111122223333';

/** How the service behaves where its documentation leaves it open. */
export interface Behaviour {
  uniqueNames: boolean;
  /** What a create of a taken name answers where names are unique. */
  repeatedCreate: 'conflict' | 'same-arn';
  deleteInTraining: 'accept' | 'conflict' | 'validation';
  ignoresEmptyDescription: boolean;
  lostRace: 'validation' | 'conflict';
  /** Milliseconds. */
  training: number;
  trainingFails: boolean;
  deletion: number;
  /** For so long a list does not show what was created, nor a tag list its tags. */
  listLag: number;
  tagLag: number;
  /** What CloudFormation takes to begin with a wait condition, and to notice that one is over. */
  windowLag: number;
  /** For so long a list does not show an execution that began. */
  executionLag: number;
}

export type Fault = 'throttled' | 'reset-before' | 'reset-after' | 'error-after';

interface Held {
  readonly name: string;
  readonly arn: string;
  readonly createTime: Date;
  updateTime: Date;
  readonly fails: boolean;
  description?: string;
  tags: Record<string, string>;
  deletedAt?: number;
  /** Instead of the status that its age and its end give it. */
  forcedStatus?: AudienceModelStatus;
}

/** What CloudFormation was told about a request. */
export interface SentAnswer extends Answer {
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

/** CloudFormation takes no more than so many bytes. */
const LONGEST_ANSWER = 4_096;

/** All operations, as the services do them, without what `Operations` makes of the class that all commands extend. */
type Acts = { readonly [Name in Exclude<keyof Operations, ''>]: (input: Operations[Name][0]) => Operations[Name][1] };

type Faults = (operation: string) => Fault | ServiceError | undefined;

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
type HeldDataset = Held & CreateTrainingDatasetRequest;
type HeldModel = Held & CreateAudienceModelRequest;
type HeldConfigured = Held & Mutable<CreateConfiguredAudienceModelRequest>;

/** A strict stand-in for the services: for CloudFormation and Step Functions as well. Its own clock moves only when told. */
export class FakeService implements Service {
  readonly behaviour: Behaviour;
  /** Asked before every call. */
  fault: Faults;
  readonly calls: string[] = [];
  private readonly inputs: { readonly operation: string; readonly input: object }[] = [];
  now = Date.parse('2026-03-01T00:00:00Z');
  stack = { status: 'CREATE_IN_PROGRESS', lastUpdatedTime: new Date(this.now).toISOString() };
  quota = Infinity;
  readonly windows: FakeWindows;
  readonly executions: FakeExecutions;
  /** The status of each resource of the stack that CloudFormation has come to. */
  readonly resources = new Map<string, { status: string; updateTime: Date }>();
  /** What was put, in order. */
  readonly puts: { readonly url: string; readonly body: string }[] = [];
  /** Asked before every answer is taken: an HTTP status, or an error. */
  putFault: () => number | Error | undefined;

  datasets: HeldDataset[] = [];
  models: HeldModel[] = [];
  configured: HeldConfigured[] = [];
  readonly policies = new Map<string, string>();
  readonly trainings: CreateAudienceModelRequest[] = [];
  private serial = 0;

  private readonly acts: Acts = {
    DescribeStacks: () => ({ Stacks: [this.describedStack()] }),
    DescribeStackResource: ({ LogicalResourceId: id = '' }) => {
      const found = this.windows.state(id) ?? this.resources.get(id);
      if (found === undefined) throw new ServiceError('DescribeStackResource', 'ValidationError', `Resource ${id} does not exist for stack Lookalike`, 400);
      return { StackResourceDetail: { LogicalResourceId: id, ResourceType: 'x', ResourceStatus: found.status as never, LastUpdatedTimestamp: found.updateTime } };
    },
    SignalResource: ({ LogicalResourceId: id = '' }) => {
      this.windows.signal(id);
      return {};
    },

    StartExecution: ({ stateMachineArn = '', name = '', input = '{}' }) => {
      const { arn, startTime } = this.executions.start(stateMachineArn, name, input);
      return { executionArn: arn, startDate: startTime };
    },
    ListExecutions: ({ stateMachineArn = '', statusFilter }) => ({ executions: this.executions.list(stateMachineArn, statusFilter).map(described) }),
    DescribeExecution: ({ executionArn = '' }) => {
      const execution = this.executions.find('DescribeExecution', executionArn);
      return { ...described(execution), input: execution.input, cause: execution.cause };
    },
    StopExecution: ({ executionArn = '', cause }) => {
      this.executions.stop(executionArn, cause);
      return { stopDate: new Date(this.now) };
    },

    ListTrainingDatasets: () => ({ trainingDatasets: this.listed(this.datasets).map((held) => datasetSummary(held)) }),
    GetTrainingDataset: ({ trainingDatasetArn }) => this.get('GetTrainingDataset', this.datasets, trainingDatasetArn, datasetDetail),
    CreateTrainingDataset: (request) => ({ trainingDatasetArn: this.create('CreateTrainingDataset', 'training-dataset', this.datasets, request, true) }),
    DeleteTrainingDataset: ({ trainingDatasetArn: arn }) => {
      mustBe(this.datasets, 'DeleteTrainingDataset', arn);
      if (this.alive(this.models).some((model) => model.trainingDatasetArn === arn)) throw inUse('DeleteTrainingDataset');
      this.datasets = this.datasets.filter((held) => held.arn !== arn);
      return {};
    },

    ListAudienceModels: () => ({ audienceModels: this.listed(this.alive(this.models)).map((held) => this.modelSummary(held)) }),
    GetAudienceModel: ({ audienceModelArn }) => this.get('GetAudienceModel', this.alive(this.models), audienceModelArn, (held) => this.modelDetail(held)),
    CreateAudienceModel: (request) => ({ audienceModelArn: this.train(request) }),
    DeleteAudienceModel: ({ audienceModelArn: arn }) => {
      const model = mustBe(this.alive(this.models), 'DeleteAudienceModel', arn);
      const status = this.statusOf(model);
      if (status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS') {
        if (this.behaviour.deleteInTraining === 'conflict') throw inUse('DeleteAudienceModel');
        if (this.behaviour.deleteInTraining === 'validation') throw new ServiceError('DeleteAudienceModel', 'ValidationException', 'in training', 400);
      }
      if (this.configured.some((held) => held.audienceModelArn === arn)) throw inUse('DeleteAudienceModel');
      model.deletedAt ??= this.now;
      return {};
    },

    ListConfiguredAudienceModels: () => ({ configuredAudienceModels: this.listed(this.configured).map((held) => configuredSummary(held)) }),
    GetConfiguredAudienceModel: ({ configuredAudienceModelArn: arn }) => this.get('GetConfiguredAudienceModel', this.configured, arn, configuredDetail),
    CreateConfiguredAudienceModel: (request) => {
      this.mustBeActive('CreateConfiguredAudienceModel', request.audienceModelArn);
      const { uniqueNames } = this.behaviour;
      const arn = this.create('CreateConfiguredAudienceModel', 'configured-audience-model', this.configured, request, uniqueNames);
      return { configuredAudienceModelArn: arn };
    },
    UpdateConfiguredAudienceModel: (request) => this.updateConfigured(request),
    DeleteConfiguredAudienceModel: ({ configuredAudienceModelArn: arn }) => {
      mustBe(this.configured, 'DeleteConfiguredAudienceModel', arn);
      this.configured = this.configured.filter((held) => held.arn !== arn);
      this.policies.delete(arn);
      return {};
    },

    GetConfiguredAudienceModelPolicy: ({ configuredAudienceModelArn: arn }) => {
      const policy = this.policies.get(arn);
      if (policy === undefined) throw notFound('GetConfiguredAudienceModelPolicy', arn);
      return { configuredAudienceModelArn: arn, configuredAudienceModelPolicy: policy, policyHash: hash(policy) };
    },
    PutConfiguredAudienceModelPolicy: (request) => this.putPolicy(request),
    DeleteConfiguredAudienceModelPolicy: ({ configuredAudienceModelArn: arn }) => {
      if (!this.policies.delete(arn)) throw notFound('DeleteConfiguredAudienceModelPolicy', arn);
      return {};
    },

    ListTagsForResource: ({ resourceArn }) => {
      const held = mustBe(this.all(), 'ListTagsForResource', resourceArn);
      return { tags: this.now - held.createTime.getTime() < this.behaviour.tagLag ? {} : { ...held.tags } };
    },
    TagResource: ({ resourceArn, tags }) => {
      const held = mustBe(this.all(), 'TagResource', resourceArn);
      Object.assign(held.tags, tags);
      if (Object.keys(held.tags).length > 50) throw new ServiceError('TagResource', 'ValidationException', 'more than 50 tags', 400);
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys }) => {
      const held = mustBe(this.all(), 'UntagResource', resourceArn);
      for (const key of tagKeys) delete held.tags[key];
      return {};
    },
  };

  constructor(behaviour: Partial<Behaviour> = {}) {
    this.behaviour = {
      uniqueNames: true,
      repeatedCreate: 'conflict',
      deleteInTraining: 'conflict',
      ignoresEmptyDescription: false,
      lostRace: 'validation',
      training: 120_000,
      trainingFails: false,
      deletion: 0,
      listLag: 0,
      tagLag: 0,
      windowLag: 0,
      executionLag: 0,
      ...behaviour,
    };
    this.windows = new FakeWindows(() => this.now, this.behaviour.windowLag);
    this.executions = new FakeExecutions(() => this.now, () => this.behaviour.executionLag);
    this.fault = () => undefined;
    this.putFault = () => undefined;
  }

  /** Moves the stack into another status, as part of the same operation. */
  moveTo(status: string): void {
    this.stack = { ...this.stack, status };
    if (status.includes('ROLLBACK') || status.includes('DELETE')) {
      this.windows.cancel();
      this.settle('FAILED');
    }
  }

  /** Starts a new stack operation. */
  begin(status: string): void {
    this.settle('COMPLETE');
    this.now += 60_000;
    this.stack = { status, lastUpdatedTime: new Date(this.now).toISOString() };
  }

  /** CloudFormation begins with a request. */
  request(logicalId: string, requestType: 'Create' | 'Update' | 'Delete'): void {
    this.resources.set(logicalId, { status: `${requestType.toUpperCase()}_IN_PROGRESS`, updateTime: new Date(this.now) });
  }

  /** Where answers go. */
  async put(url: string, body: string): Promise<number> {
    const fault = this.putFault();
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) return fault;
    if (Buffer.byteLength(body) > LONGEST_ANSWER) throw new Error(`CloudFormation does not take an answer of ${Buffer.byteLength(body)} bytes`);
    const { Status, LogicalResourceId } = JSON.parse(body) as SentAnswer;
    this.puts.push({ url, body });
    this.settle(Status === 'SUCCESS' ? 'COMPLETE' : 'FAILED', LogicalResourceId);
    return 200;
  }

  /** The answer that CloudFormation has had at a URL: the first one counts. */
  answerAt(url: string | undefined): SentAnswer | undefined {
    const put = this.puts.find((one) => one.url === url);
    return put && JSON.parse(put.body) as SentAnswer;
  }

  private settle(as: 'COMPLETE' | 'FAILED', logicalId?: string): void {
    for (const [id, resource] of this.resources) {
      if (!resource.status.endsWith('_IN_PROGRESS') || (logicalId !== undefined && id !== logicalId)) continue;
      this.resources.set(id, { status: resource.status.replace('IN_PROGRESS', as), updateTime: new Date(this.now) });
    }
  }

  count(operation: string): number {
    return this.calls.filter((call) => call === operation).length;
  }

  /** What all calls of an operation were made with, in order. */
  inputsOf<Name extends keyof Operations>(operation: Name): Operations[Name][0][] {
    return this.inputs.filter((one) => one.operation === operation).map(({ input }) => input as Operations[Name][0]);
  }

  /** What a test arranges with, or does by another hand. */
  async createTrainingDataset(request: CreateTrainingDatasetRequest): Promise<string> {
    return (await this.call('CreateTrainingDataset', request)).trainingDatasetArn;
  }

  async createAudienceModel(request: CreateAudienceModelRequest): Promise<string> {
    return (await this.call('CreateAudienceModel', request)).audienceModelArn;
  }

  async deleteAudienceModel(audienceModelArn: string): Promise<void> {
    await this.call('DeleteAudienceModel', { audienceModelArn });
  }

  async listAudienceModels(): Promise<{ readonly arn: string; readonly name: string }[]> {
    const { audienceModels } = await this.call('ListAudienceModels', {});
    return audienceModels.map(({ audienceModelArn, name }) => ({ arn: audienceModelArn, name }));
  }

  async createConfiguredAudienceModel(request: CreateConfiguredAudienceModelRequest): Promise<string> {
    return (await this.call('CreateConfiguredAudienceModel', request)).configuredAudienceModelArn;
  }

  async updateConfiguredAudienceModel(request: UpdateConfiguredAudienceModelRequest): Promise<void> {
    await this.call('UpdateConfiguredAudienceModel', request);
  }

  async deleteConfiguredAudienceModel(configuredAudienceModelArn: string): Promise<void> {
    await this.call('DeleteConfiguredAudienceModel', { configuredAudienceModelArn });
  }

  async call<Name extends keyof Operations>(operation: Name, input: Operations[Name][0]): Promise<Operations[Name][1]> {
    this.calls.push(operation);
    this.inputs.push({ operation, input: structuredClone(input) });
    const fault = this.fault(operation);
    if (fault instanceof ServiceError) throw fault;
    if (fault === 'throttled') throw new ServiceError(operation, 'ThrottlingException', 'slow down', 429);
    if (fault === 'reset-before') throw new ServiceError(operation, 'ECONNRESET', 'socket hang up');
    this.models = this.alive(this.models);
    const act = this.acts[operation as keyof Acts] as (given: Operations[Name][0]) => Operations[Name][1];
    const result = act(input);
    if (fault === 'reset-after') throw new ServiceError(operation, 'ECONNRESET', 'socket hang up');
    if (fault === 'error-after') throw new ServiceError(operation, 'InternalServerException', 'internal error', 500);
    return structuredClone(result);
  }

  /** Everything it holds, without what is being deleted. */
  get names(): string[] {
    return [...this.datasets, ...this.models.filter(({ deletedAt }) => deletedAt === undefined), ...this.configured].map(({ name }) => name).sort();
  }

  private describedStack() {
    const { status, lastUpdatedTime } = this.stack;
    return { StackName: 'Lookalike', StackStatus: status as never, CreationTime: new Date(0), LastUpdatedTime: new Date(lastUpdatedTime) };
  }

  private train(request: CreateAudienceModelRequest): string {
    mustBe(this.datasets, 'CreateAudienceModel', request.trainingDatasetArn);
    const training = this.models.filter((held) => this.statusOf(held).startsWith('CREATE_') && this.statusOf(held) !== 'CREATE_FAILED');
    const taken = this.models.some(({ name }) => name === request.name);
    if (training.length >= this.quota && !taken) throw new ServiceError('CreateAudienceModel', 'ServiceQuotaExceededException', 'two at a time', 402);
    const before = this.models.length;
    const arn = this.create('CreateAudienceModel', 'audience-model', this.models, request, this.behaviour.uniqueNames);
    if (this.models.length > before) this.trainings.push(request);
    return arn;
  }

  private updateConfigured({ configuredAudienceModelArn, ...changes }: UpdateConfiguredAudienceModelRequest) {
    const held = mustBe(this.configured, 'UpdateConfiguredAudienceModel', configuredAudienceModelArn);
    if (changes.audienceModelArn !== undefined) this.mustBeActive('UpdateConfiguredAudienceModel', changes.audienceModelArn);
    if (Object.values(changes).some((value) => value === undefined)) throw new Error('an update names only what it changes');
    const { description, ...others } = changes;
    Object.assign(held, others, { updateTime: new Date(this.now) });
    if (description !== undefined && !(description === '' && this.behaviour.ignoresEmptyDescription)) held.description = description;
    return { configuredAudienceModelArn };
  }

  private putPolicy(request: PutConfiguredAudienceModelPolicyRequest) {
    const { configuredAudienceModelArn: arn, configuredAudienceModelPolicy: text, ...conditions } = request;
    mustBe(this.configured, 'PutConfiguredAudienceModelPolicy', arn);
    const { previousPolicyHash, policyExistenceCondition } = conditions;
    const current = this.policies.get(arn);
    const holds = policyExistenceCondition === 'POLICY_MUST_NOT_EXIST' ? current === undefined : current !== undefined && hash(current) === previousPolicyHash;
    if (!holds) {
      throw this.behaviour.lostRace === 'conflict'
        ? new ServiceError('PutConfiguredAudienceModelPolicy', 'ConflictException', 'changed', 409)
        : new ServiceError('PutConfiguredAudienceModelPolicy', 'ValidationException', 'precondition failed', 400);
    }
    if (text.length > 20_480 || JSON.parse(text).Statement.length === 0) throw new Error('not a policy');
    this.policies.set(arn, text);
    return { configuredAudienceModelPolicy: text, policyHash: hash(text) };
  }

  private get<H extends Held, D>(operation: string, all: H[], arn: string, detail: (held: H) => D): D {
    return detail(mustBe(all, operation, arn));
  }

  private create<H extends Held, R extends { name: string; description?: string; tags?: Record<string, string> }>(
    operation: string, type: string, all: (H & R)[], request: R, unique: boolean): string {
    if (request.name.length < 1 || request.name.length > 63) throw new ServiceError(operation, 'ValidationException', 'name is too long', 400);
    const taken = all.find(({ name }) => name === request.name);
    if (unique && taken !== undefined) {
      if (this.behaviour.repeatedCreate === 'same-arn') return taken.arn;
      throw new ServiceError(operation, 'ConflictException', `${request.name} exists`, 409);
    }
    const time = new Date(this.now);
    const arn = `${ARN}:${type}/${(this.serial++).toString().padStart(4, '0')}`;
    const held = { ...request, tags: { ...request.tags }, arn, createTime: time, updateTime: time, fails: this.behaviour.trainingFails };
    all.push(held as unknown as H & R);
    return arn;
  }

  private statusOf(held: Held): AudienceModelStatus {
    if (held.forcedStatus !== undefined) return held.forcedStatus;
    const age = this.now - held.createTime.getTime();
    if (held.deletedAt !== undefined) return this.now - held.deletedAt < this.behaviour.deletion / 2 ? 'DELETE_PENDING' : 'DELETE_IN_PROGRESS';
    if (age < this.behaviour.training / 4) return 'CREATE_PENDING';
    if (age < this.behaviour.training) return 'CREATE_IN_PROGRESS';
    return held.fails ? 'CREATE_FAILED' : 'ACTIVE';
  }

  private alive<H extends Held>(all: H[]): H[] {
    return all.filter(({ deletedAt }) => deletedAt === undefined || this.now - deletedAt < this.behaviour.deletion);
  }

  private listed<H extends Held>(all: H[]): H[] {
    return all.filter(({ createTime }) => this.now - createTime.getTime() >= this.behaviour.listLag);
  }

  private all(): Held[] {
    return [...this.datasets, ...this.alive(this.models), ...this.configured];
  }

  private mustBeActive(operation: string, arn: string): void {
    const model = mustBe(this.models, operation, arn);
    if (this.statusOf(model) !== 'ACTIVE') throw new ServiceError(operation, 'ValidationException', 'the audience model is not active', 400);
  }

  private modelSummary(held: HeldModel): AudienceModelSummary {
    const { name, createTime, description, trainingDatasetArn } = held;
    const status = this.statusOf(held);
    const updateTime = status === 'CREATE_FAILED' ? new Date(createTime.getTime() + this.behaviour.training) : held.updateTime;
    return { name, createTime, updateTime, description, trainingDatasetArn, audienceModelArn: held.arn, status };
  }

  private modelDetail(held: HeldModel): GetAudienceModelResponse {
    const { trainingDataStartTime, trainingDataEndTime, kmsKeyArn } = held;
    const summary = this.modelSummary(held);
    const statusDetails = summary.status === 'CREATE_FAILED' ? { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' } : undefined;
    return { ...summary, trainingDataStartTime, trainingDataEndTime, kmsKeyArn, statusDetails };
  }
}

function datasetSummary({ name, createTime, updateTime, description, arn }: HeldDataset): TrainingDatasetSummary {
  return { name, createTime, updateTime, description, trainingDatasetArn: arn, status: 'ACTIVE' };
}

function datasetDetail(held: HeldDataset): GetTrainingDatasetResponse {
  const { trainingData, roleArn } = held;
  return { ...datasetSummary(held), trainingData, roleArn };
}

function configuredSummary(held: HeldConfigured): ConfiguredAudienceModelSummary {
  const { name, createTime, updateTime, audienceModelArn, outputConfig, description, arn } = held;
  return { name, createTime, updateTime, audienceModelArn, outputConfig, description, configuredAudienceModelArn: arn, status: 'ACTIVE' };
}

function configuredDetail(held: HeldConfigured): GetConfiguredAudienceModelResponse {
  const { sharedAudienceMetrics, minMatchingSeedSize = 500, audienceSizeConfig, childResourceTagOnCreatePolicy } = held;
  return { ...configuredSummary(held), sharedAudienceMetrics, minMatchingSeedSize, audienceSizeConfig, childResourceTagOnCreatePolicy };
}

function described({ arn, name, status, startTime, stopDate }: FakeExecution) {
  return { executionArn: arn, stateMachineArn: undefined, name, status, startDate: startTime, stopDate };
}

function mustBe<H extends Held>(all: H[], operation: string, arn: string): H {
  const held = all.find((one) => one.arn === arn);
  if (held === undefined) throw notFound(operation, arn);
  return held;
}

function inUse(operation: string): ServiceError {
  return new ServiceError(operation, 'ConflictException', 'another resource depends on this resource', 409);
}

function notFound(operation: string, arn: string): ServiceError {
  return new ServiceError(operation, 'ResourceNotFoundException', `${arn} does not exist`, 404);
}

function hash(policy: string): string {
  return crypto.createHash('sha256').update(policy).digest('hex');
}
