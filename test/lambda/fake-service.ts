import * as crypto from 'node:crypto';
import type {
  AudienceModelStatus, CreateAudienceModelRequest, CreateConfiguredAudienceModelRequest, CreateTrainingDatasetRequest,
  PutConfiguredAudienceModelPolicyRequest, UpdateConfiguredAudienceModelRequest,
} from '@aws-sdk/client-cleanroomsml';
import { FakeExecutions } from './fake-executions';
import { FakeWindows } from './fake-windows';
import { ServiceError } from '../../lambda/errors';
import type { Service, Tags } from '../../lambda/service';

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
}

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
  now = Date.parse('2026-03-01T00:00:00Z');
  stack = { status: 'CREATE_IN_PROGRESS', lastUpdatedTime: new Date(this.now).toISOString() };
  quota = Infinity;
  readonly windows: FakeWindows;
  readonly executions = new FakeExecutions(() => this.now);

  datasets: HeldDataset[] = [];
  models: HeldModel[] = [];
  configured: HeldConfigured[] = [];
  readonly policies = new Map<string, string>();
  readonly trainings: CreateAudienceModelRequest[] = [];
  private serial = 0;

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
      ...behaviour,
    };
    this.windows = new FakeWindows(() => this.now, this.behaviour.windowLag);
    this.fault = () => undefined;
  }

  /** Moves the stack into another status, as part of the same operation. */
  moveTo(status: string): void {
    this.stack = { ...this.stack, status };
    if (status.includes('ROLLBACK') || status.includes('DELETE')) this.windows.cancel();
  }

  /** Starts a new stack operation. */
  begin(status: string): void {
    this.now += 60_000;
    this.stack = { status, lastUpdatedTime: new Date(this.now).toISOString() };
  }

  count(operation: string): number {
    return this.calls.filter((call) => call === operation).length;
  }

  async describeStack(): Promise<{ status: string; lastUpdatedTime: string }> {
    return this.call('DescribeStacks', () => this.stack);
  }

  async resourceStatus(_stackId: string, logicalId: string) {
    return this.call('DescribeStackResource', () => this.windows.status(logicalId));
  }

  async signalResource(_stackId: string, logicalId: string) {
    return this.call('SignalResource', () => this.windows.signal(logicalId));
  }

  async startExecution(stateMachineArn: string, name: string, input: object) {
    return this.call('StartExecution', () => this.executions.start(stateMachineArn, name, input));
  }

  async listExecutions(stateMachineArn: string, status: 'RUNNING' | 'FAILED') {
    return this.call('ListExecutions', () => this.executions.list(stateMachineArn, status));
  }

  async stopExecution(executionArn: string) {
    return this.call('StopExecution', () => this.executions.stop(executionArn));
  }

  async executionCause(executionArn: string) {
    return this.call('DescribeExecution', () => this.executions.cause(executionArn));
  }

  async listTrainingDatasets() {
    return this.call('ListTrainingDatasets', () => this.listed(this.datasets).map((held) => this.dataset(held)));
  }

  async getTrainingDataset(arn: string) {
    return this.call('GetTrainingDataset', () => this.datasets.filter((held) => held.arn === arn).map((held) => this.dataset(held))[0]);
  }

  async createTrainingDataset(request: CreateTrainingDatasetRequest) {
    return this.call('CreateTrainingDataset', () => this.create('CreateTrainingDataset', 'training-dataset', this.datasets, request, true));
  }

  async deleteTrainingDataset(arn: string) {
    return this.call('DeleteTrainingDataset', () => {
      if (this.alive(this.models).some((model) => model.trainingDatasetArn === arn)) throw inUse('DeleteTrainingDataset');
      this.datasets = this.datasets.filter((held) => held.arn !== arn);
    });
  }

  async listAudienceModels() {
    return this.call('ListAudienceModels', () => this.listed(this.alive(this.models)).map((held) => this.model(held)));
  }

  async getAudienceModel(arn: string) {
    return this.call('GetAudienceModel', () => this.alive(this.models).filter((held) => held.arn === arn).map((held) => this.model(held))[0]);
  }

  async createAudienceModel(request: CreateAudienceModelRequest) {
    return this.call('CreateAudienceModel', () => {
      if (!this.datasets.some(({ arn }) => arn === request.trainingDatasetArn)) throw notFound('CreateAudienceModel', request.trainingDatasetArn);
      const training = this.models.filter((held) => this.statusOf(held).startsWith('CREATE_') && this.statusOf(held) !== 'CREATE_FAILED');
      const taken = this.models.some(({ name }) => name === request.name);
      if (training.length >= this.quota && !taken) throw new ServiceError('CreateAudienceModel', 'ServiceQuotaExceededException', 'two at a time', 402);
      const before = this.models.length;
      const arn = this.create('CreateAudienceModel', 'audience-model', this.models, request, this.behaviour.uniqueNames);
      if (this.models.length > before) this.trainings.push(request);
      return arn;
    });
  }

  async deleteAudienceModel(arn: string) {
    return this.call('DeleteAudienceModel', () => {
      const model = this.alive(this.models).find((held) => held.arn === arn);
      if (model === undefined) return;
      const status = this.statusOf(model);
      if (status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS') {
        if (this.behaviour.deleteInTraining === 'conflict') throw inUse('DeleteAudienceModel');
        if (this.behaviour.deleteInTraining === 'validation') throw new ServiceError('DeleteAudienceModel', 'ValidationException', 'in training', 400);
      }
      if (this.configured.some((held) => held.audienceModelArn === arn)) throw inUse('DeleteAudienceModel');
      model.deletedAt ??= this.now;
    });
  }

  async listConfiguredAudienceModels() {
    return this.call('ListConfiguredAudienceModels', () => this.listed(this.configured).map((held) => this.configuredModel(held)));
  }

  async getConfiguredAudienceModel(arn: string) {
    return this.call('GetConfiguredAudienceModel', () => this.configured.filter((held) => held.arn === arn).map((held) => this.configuredModel(held))[0]);
  }

  async createConfiguredAudienceModel(request: CreateConfiguredAudienceModelRequest) {
    return this.call('CreateConfiguredAudienceModel', () => {
      this.mustBeActive('CreateConfiguredAudienceModel', request.audienceModelArn);
      return this.create('CreateConfiguredAudienceModel', 'configured-audience-model', this.configured, request, this.behaviour.uniqueNames);
    });
  }

  async updateConfiguredAudienceModel({ configuredAudienceModelArn, ...changes }: UpdateConfiguredAudienceModelRequest) {
    return this.call('UpdateConfiguredAudienceModel', () => {
      const held = this.configured.find(({ arn }) => arn === configuredAudienceModelArn);
      if (held === undefined) throw notFound('UpdateConfiguredAudienceModel', configuredAudienceModelArn);
      if (changes.audienceModelArn !== undefined) this.mustBeActive('UpdateConfiguredAudienceModel', changes.audienceModelArn);
      if (Object.values(changes).some((value) => value === undefined)) throw new Error('an update names only what it changes');
      const { description, ...others } = changes;
      Object.assign(held, others, { updateTime: new Date(this.now) });
      if (description !== undefined && !(description === '' && this.behaviour.ignoresEmptyDescription)) held.description = description;
    });
  }

  async deleteConfiguredAudienceModel(arn: string) {
    return this.call('DeleteConfiguredAudienceModel', () => {
      this.configured = this.configured.filter((held) => held.arn !== arn);
      this.policies.delete(arn);
    });
  }

  async getConfiguredAudienceModelPolicy(arn: string) {
    return this.call('GetConfiguredAudienceModelPolicy', () => {
      const policy = this.policies.get(arn);
      return policy === undefined ? undefined : { configuredAudienceModelArn: arn, configuredAudienceModelPolicy: policy, policyHash: hash(policy) };
    });
  }

  async putConfiguredAudienceModelPolicy(request: PutConfiguredAudienceModelPolicyRequest) {
    return this.call('PutConfiguredAudienceModelPolicy', () => {
      const { configuredAudienceModelArn: arn, configuredAudienceModelPolicy: text, previousPolicyHash, policyExistenceCondition } = request;
      if (!this.configured.some((held) => held.arn === arn)) throw notFound('PutConfiguredAudienceModelPolicy', arn);
      const current = this.policies.get(arn);
      const holds = policyExistenceCondition === 'POLICY_MUST_NOT_EXIST' ? current === undefined : current !== undefined && hash(current) === previousPolicyHash;
      if (!holds) {
        throw this.behaviour.lostRace === 'conflict'
          ? new ServiceError('PutConfiguredAudienceModelPolicy', 'ConflictException', 'changed', 409)
          : new ServiceError('PutConfiguredAudienceModelPolicy', 'ValidationException', 'precondition failed', 400);
      }
      if (text.length > 20_480 || JSON.parse(text).Statement.length === 0) throw new Error('not a policy');
      this.policies.set(arn, text);
    });
  }

  async deleteConfiguredAudienceModelPolicy(arn: string) {
    return this.call('DeleteConfiguredAudienceModelPolicy', () => void this.policies.delete(arn));
  }

  async listTags(arn: string) {
    return this.call('ListTagsForResource', () => {
      const held = this.held(arn);
      return held && (this.now - held.createTime.getTime() < this.behaviour.tagLag ? {} : { ...held.tags });
    });
  }

  async tag(arn: string, tags: Tags) {
    return this.call('TagResource', () => {
      const held = this.held(arn);
      if (held === undefined) throw notFound('TagResource', arn);
      Object.assign(held.tags, tags);
      if (Object.keys(held.tags).length > 50) throw new ServiceError('TagResource', 'ValidationException', 'more than 50 tags', 400);
    });
  }

  async untag(arn: string, tagKeys: string[]) {
    return this.call('UntagResource', () => {
      const held = this.held(arn);
      if (held === undefined) throw notFound('UntagResource', arn);
      for (const key of tagKeys) delete held.tags[key];
    });
  }

  /** Everything it holds, without what is being deleted. */
  get names(): string[] {
    return [...this.datasets, ...this.models.filter(({ deletedAt }) => deletedAt === undefined), ...this.configured].map(({ name }) => name).sort();
  }

  private async call<T>(operation: string, act: () => T): Promise<T> {
    this.calls.push(operation);
    const fault = this.fault(operation);
    if (fault instanceof ServiceError) throw fault;
    if (fault === 'throttled') throw new ServiceError(operation, 'ThrottlingException', 'slow down', 429);
    if (fault === 'reset-before') throw new ServiceError(operation, 'ECONNRESET', 'socket hang up');
    this.models = this.alive(this.models);
    const result = act();
    if (fault === 'reset-after') throw new ServiceError(operation, 'ECONNRESET', 'socket hang up');
    if (fault === 'error-after') throw new ServiceError(operation, 'InternalServerException', 'internal error', 500);
    return structuredClone(result);
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

  private held(arn: string): Held | undefined {
    return [...this.datasets, ...this.alive(this.models), ...this.configured].find((held) => held.arn === arn);
  }

  private mustBeActive(operation: string, arn: string): void {
    const model = this.models.find((held) => held.arn === arn);
    if (model === undefined) throw notFound(operation, arn);
    if (this.statusOf(model) !== 'ACTIVE') throw new ServiceError(operation, 'ValidationException', 'the audience model is not active', 400);
  }

  private dataset(held: HeldDataset) {
    return { ...held, trainingDatasetArn: held.arn, status: 'ACTIVE' as const };
  }

  private model(held: HeldModel) {
    const status = this.statusOf(held);
    const failure = {
      updateTime: new Date(held.createTime.getTime() + this.behaviour.training),
      statusDetails: { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' },
    };
    return { ...held, audienceModelArn: held.arn, status, ...status === 'CREATE_FAILED' ? failure : {} };
  }

  private configuredModel(held: HeldConfigured) {
    return { minMatchingSeedSize: 500, ...held, configuredAudienceModelArn: held.arn, status: 'ACTIVE' as const };
  }
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
