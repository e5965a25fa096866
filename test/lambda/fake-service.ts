import { FakeCleanRooms, isMlOperation, MlOperation, OUTPUT, ROLE_ARN, TRAINING_DATA } from './fake-clean-rooms';
import { FakeExecution, FakeExecutions, STATE_MACHINE } from './fake-executions';
import { FakeWindows } from './fake-windows';
import { ServiceError } from '../../lambda/errors';
import type { Answer } from '../../lambda/events';
import type { Operations, Service } from '../../lambda/service';
import type { Input, OperationName, Output } from '../../local-aws/cleanroomsml/model';
import { DEFAULT_SETTINGS, Settings } from '../../local-aws/cleanroomsml/settings';

export const STACK_ID = 'arn:aws:cloudformation:us-east-1:111122223333:stack/Lookalike/51af3dc0-da77-11e4-872e-1234567db123';

/** How the service behaves where its documentation leaves it open. */
export interface Behaviour {
  uniqueNames: boolean;
  /** What a create of a taken name answers where names are unique. */
  repeatedCreate: 'conflict' | 'same-arn';
  deleteInTraining: 'accept' | 'conflict' | 'validation';
  /** Whether a configured audience model may name an audience model that is not trained yet. */
  usableInTraining: boolean;
  emptyDescription: Settings['emptyDescription'];
  lostRace: 'validation' | 'conflict';
  /** Milliseconds. */
  training: number;
  trainingFails: boolean;
  deletion: number;
  /** For so long what was created is not found by its ARN, a list does not show it, nor a tag list its tags. */
  arnLag: number;
  listLag: number;
  tagLag: number;
  /** What CloudFormation takes to begin with a wait condition, and to notice that one is over. */
  windowLag: number;
  /** For so long a list does not show an execution that began. */
  executionLag: number;
}

export type Fault = 'throttled' | 'reset-before' | 'reset-after' | 'error-after';

/** What CloudFormation was told about a request. */
export interface SentAnswer extends Answer {
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

const REGION = 'us-east-1';

/** CloudFormation takes no more than so many bytes. */
const LONGEST_ANSWER = 4_096;

/** What CloudFormation and Step Functions do. */
type Acts = {
  readonly [Name in Exclude<keyof Operations, MlOperation | ''>]: (input: Operations[Name][0]) => Operations[Name][1];
};

type Faults = (operation: string) => Fault | ServiceError | undefined | Promise<Fault | ServiceError | undefined>;

/** What a create of a test need not say. */
type Named<Name extends OperationName, Given extends string> = Omit<Input<Name>, Given> & Partial<Input<Name>>;

const REACTIONS = { accept: 'accepted', conflict: 'ConflictException', validation: 'ValidationException' } as const;

/**
 * The services, as the handlers call them. AWS Clean Rooms ML is the strict one of the embedded AWS. The stack, its windows and the
 * executions are small fakes: the embedded CloudFormation and Step Functions run whole stacks, and these tests one request or one step.
 * Time moves only when told.
 */
export class FakeService implements Service {
  readonly behaviour: Behaviour;
  /** Asked before every call. */
  fault: Faults;
  readonly calls: string[] = [];
  private readonly inputs: { readonly operation: string; readonly input: object }[] = [];
  now = Date.parse('2026-03-01T00:00:00Z');
  stack = { status: 'CREATE_IN_PROGRESS', lastUpdatedTime: new Date(this.now).toISOString() };
  quota = Infinity;
  /** The Region of each bucket. */
  readonly buckets = new Map<string, string>();
  /** The trust policy of each role, by its ARN. */
  readonly roles = new Map<string, object>();
  readonly windows: FakeWindows;
  readonly executions: FakeExecutions;
  /** The status of each resource of the stack that CloudFormation has come to. */
  readonly resources = new Map<string, { status: string; updateTime: Date; physicalId?: string }>();
  /** What stacks export, of this stack or another. */
  exports: { readonly Name: string; readonly Value: string; readonly importedBy?: string[]; readonly ExportingStackId?: string }[] = [];
  /** The stacks that this one is nested in. */
  nestedIn: { readonly ParentId?: string; readonly RootId?: string } = {};
  /** What was put, in order. */
  readonly puts: { readonly url: string; readonly body: string }[] = [];
  /** Asked before every answer is taken: an HTTP status, or an error. */
  putFault: () => number | Error | undefined;

  private readonly cleanRooms: FakeCleanRooms;
  private readonly trainedByOthers = new Set<string>();

  private readonly acts: Acts = {
    DescribeStacks: () => ({ Stacks: [this.describedStack()] }),
    DescribeStackResource: ({ LogicalResourceId: id = '' }) => {
      const found: { status: string; updateTime: Date; physicalId?: string } | undefined = this.windows.state(id) ?? this.resources.get(id);
      if (found === undefined) throw new ServiceError('DescribeStackResource', 'ValidationError', `Resource ${id} does not exist for stack Lookalike`, 400);
      const { status, updateTime, physicalId } = found;
      return {
        StackResourceDetail: {
          LogicalResourceId: id, PhysicalResourceId: physicalId, ResourceType: 'x', ResourceStatus: status as never, LastUpdatedTimestamp: updateTime,
        },
      };
    },
    ListExports: ({ NextToken }) => NextToken === undefined ? { Exports: [], NextToken: 'more' } : { Exports: this.exports.map((one) => ({ ExportingStackId: STACK_ID, ...one })) },
    ListImports: ({ ExportName }) => {
      const importing = this.exports.find(({ Name }) => Name === ExportName)?.importedBy ?? [];
      if (importing.length === 0) throw new ServiceError('ListImports', 'ValidationError', `Export '${ExportName}' is not imported by any stack.`, 400);
      return { Imports: importing };
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
      return { ...described(execution), stateMachineArn: STATE_MACHINE, input: execution.input, error: execution.error, cause: execution.cause };
    },
    StopExecution: ({ executionArn = '', cause, error }) => {
      this.executions.stop(executionArn, cause, error);
      return { stopDate: new Date(this.now) };
    },

    HeadBucket: ({ Bucket = '' }) => {
      const region = this.buckets.get(Bucket);
      if (region === undefined) throw new ServiceError('HeadBucket', 'NotFound', 'UnknownError', 404);
      if (region !== REGION) throw new ServiceError('HeadBucket', '301', 'UnknownError', 301);
      return { BucketRegion: region };
    },
    GetRole: ({ RoleName = '' }) => {
      const [Arn, trust] = [...this.roles].find(([arn]) => arn.endsWith(`/${RoleName}`)) ?? [];
      if (Arn === undefined) throw new ServiceError('GetRole', 'NoSuchEntityException', `The role with name ${RoleName} cannot be found.`, 404);
      const AssumeRolePolicyDocument = encodeURIComponent(JSON.stringify(trust));
      return { Role: { Arn, RoleName, RoleId: 'AROA', Path: '/', CreateDate: new Date(0), AssumeRolePolicyDocument } };
    },
  };

  constructor(behaviour: Partial<Behaviour> = {}) {
    this.behaviour = {
      uniqueNames: true,
      repeatedCreate: 'conflict',
      deleteInTraining: 'conflict',
      usableInTraining: false,
      emptyDescription: 'empty',
      lostRace: 'validation',
      training: 120_000,
      trainingFails: false,
      deletion: 0,
      arnLag: 0,
      listLag: 0,
      tagLag: 0,
      windowLag: 0,
      executionLag: 0,
      ...behaviour,
    };
    this.cleanRooms = new FakeCleanRooms(() => this.now, () => this.settings(), () => this.behaviour.trainingFails);
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
    const { Status, LogicalResourceId, PhysicalResourceId } = JSON.parse(body) as SentAnswer;
    this.puts.push({ url, body });
    this.settle(Status === 'SUCCESS' ? 'COMPLETE' : 'FAILED', LogicalResourceId, PhysicalResourceId);
    return 200;
  }

  /** The answer that CloudFormation has had at a URL: the first one counts. */
  answerAt(url: string | undefined): SentAnswer | undefined {
    const put = this.puts.find((one) => one.url === url);
    return put && JSON.parse(put.body) as SentAnswer;
  }

  private settle(as: 'COMPLETE' | 'FAILED', logicalId?: string, physicalId?: string): void {
    for (const [id, resource] of this.resources) {
      if (!resource.status.endsWith('_IN_PROGRESS') || (logicalId !== undefined && id !== logicalId)) continue;
      this.resources.set(id, { status: resource.status.replace('IN_PROGRESS', as), updateTime: new Date(this.now), physicalId: physicalId ?? resource.physicalId });
    }
  }

  count(operation: string): number {
    return this.calls.filter((call) => call === operation).length;
  }

  /** What all calls of an operation were made with, in order. */
  inputsOf<Name extends keyof Operations>(operation: Name): Operations[Name][0][] {
    return this.inputs.filter((one) => one.operation === operation).map(({ input }) => input as Operations[Name][0]);
  }

  /** What a test arranges: logged, and hit by faults, like the calls of the handlers. */
  async createTrainingDataset(request: Named<'CreateTrainingDataset', 'roleArn' | 'trainingData'>): Promise<string> {
    return (await this.arrange('CreateTrainingDataset', { roleArn: ROLE_ARN, trainingData: TRAINING_DATA, ...request })).trainingDatasetArn;
  }

  async createAudienceModel(request: Input<'CreateAudienceModel'>): Promise<string> {
    return (await this.arrange('CreateAudienceModel', request)).audienceModelArn;
  }

  async deleteAudienceModel(audienceModelArn: string): Promise<void> {
    await this.arrange('DeleteAudienceModel', { audienceModelArn });
  }

  async listAudienceModels(): Promise<{ readonly arn: string; readonly name: string }[]> {
    const { audienceModels } = await this.call('ListAudienceModels', {});
    return audienceModels.map(({ audienceModelArn, name }) => ({ arn: audienceModelArn, name }));
  }

  async createConfiguredAudienceModel(
    request: Named<'CreateConfiguredAudienceModel', 'outputConfig' | 'sharedAudienceMetrics'>,
  ): Promise<string> {
    const all = { outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] as const, ...request };
    return (await this.arrange('CreateConfiguredAudienceModel', all)).configuredAudienceModelArn;
  }

  async updateConfiguredAudienceModel(request: Input<'UpdateConfiguredAudienceModel'>): Promise<void> {
    await this.arrange('UpdateConfiguredAudienceModel', request);
  }

  async deleteConfiguredAudienceModel(configuredAudienceModelArn: string): Promise<void> {
    await this.arrange('DeleteConfiguredAudienceModel', { configuredAudienceModelArn });
  }

  /** What somebody else does: no fault hits it, and it is no call and no training of the handlers. */
  async byOtherHands<Name extends OperationName>(operation: Name, input: Input<Name>): Promise<Output<Name>> {
    const output = await this.cleanRooms.call(operation, input);
    if (operation === 'CreateAudienceModel') this.trainedByOthers.add((output as Output<'CreateAudienceModel'>).audienceModelArn);
    return output;
  }

  /** Somebody else deletes all audience models. */
  async deleteModelsByOtherHands(): Promise<void> {
    for (const { arn } of this.models) await this.byOtherHands('DeleteAudienceModel', { audienceModelArn: arn });
  }

  /** Somebody else writes a resource policy, with a statement for each id. */
  async putForeignPolicy(configuredAudienceModelArn: string, ...sids: string[]): Promise<string> {
    const Statement = (sids.length > 0 ? sids : ['theirs']).map((Sid) => ({
      Sid, Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'cleanrooms-ml:StartAudienceGenerationJob', Resource: configuredAudienceModelArn,
    }));
    const configuredAudienceModelPolicy = JSON.stringify({ Version: '2012-10-17', Statement });
    await this.byOtherHands('PutConfiguredAudienceModelPolicy', { configuredAudienceModelArn, configuredAudienceModelPolicy });
    return configuredAudienceModelPolicy;
  }

  /** Lets deletions of models end in DELETE_FAILED, until the function that it returns is called. */
  failDeletions(): () => void {
    return this.cleanRooms.ml.failDeletion(() => true, { statusCode: 'INTERNAL_ERROR', message: 'internal error' });
  }

  async call<Name extends keyof Operations>(operation: Name, input: Operations[Name][0]): Promise<Operations[Name][1]> {
    this.calls.push(operation);
    this.inputs.push({ operation, input: structuredClone(input) });
    const fault = await this.fault(operation);
    if (fault instanceof ServiceError) throw fault;
    if (fault === 'throttled') throw new ServiceError(operation, 'ThrottlingException', 'slow down', 429);
    if (fault === 'reset-before') throw new ServiceError(operation, 'ECONNRESET', 'socket hang up');
    const result = await this.act(operation, input);
    if (fault === 'reset-after') throw new ServiceError(operation, 'ECONNRESET', 'socket hang up');
    if (fault === 'error-after') throw new ServiceError(operation, 'InternalServerException', 'internal error', 500);
    return result;
  }

  get datasets() {
    return this.cleanRooms.datasets;
  }

  /** Without what is being deleted. */
  get models() {
    return this.cleanRooms.models.filter(({ status }) => !status.startsWith('DELETE_') || status === 'DELETE_FAILED');
  }

  get configured() {
    return this.cleanRooms.configured;
  }

  /** By the ARN of the configured audience model. */
  get policies(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.cleanRooms.ml.policies()));
  }

  /** What the handlers had trained. */
  get trainings(): Input<'CreateAudienceModel'>[] {
    const { trainingsStarted } = this.cleanRooms.ml;
    return trainingsStarted.filter(({ audienceModelArn }) => !this.trainedByOthers.has(audienceModelArn)).map(({ input }) => input);
  }

  /** Everything it holds, without what is being deleted. */
  get names(): string[] {
    return [...this.datasets, ...this.models, ...this.configured].map(({ name }) => name).sort();
  }

  private describedStack() {
    const { status, lastUpdatedTime } = this.stack;
    return { ...this.nestedIn, StackName: 'Lookalike', StackStatus: status as never, CreationTime: new Date(0), LastUpdatedTime: new Date(lastUpdatedTime) };
  }

  private async arrange<Name extends MlOperation>(operation: Name, input: Input<Name>): Promise<Operations[Name][1]> {
    return this.call(operation, input as Operations[Name][0]);
  }

  private async act<Name extends keyof Operations>(operation: Name, input: Operations[Name][0]): Promise<Operations[Name][1]> {
    if (!isMlOperation(operation)) {
      const act = this.acts[operation as keyof Acts] as (given: Operations[Name][0]) => Operations[Name][1];
      return structuredClone(act(input));
    }
    const output = await this.cleanRooms.call(operation, input) as Operations[Name][1];
    const isTags = operation === 'ListTagsForResource' && this.tagsLag((input as Input<'ListTagsForResource'>).resourceArn);
    return isTags ? { tags: {} } : output;
  }

  /** The embedded service shows its tags at once. */
  private tagsLag(resourceArn: string): boolean {
    const { tagLag } = this.behaviour;
    return tagLag > 0 && [...this.datasets, ...this.models, ...this.configured].some(({ arn, createTime }) =>
      arn === resourceArn && this.now - createTime.getTime() < tagLag);
  }

  private settings(): Partial<Settings> {
    const { uniqueNames, repeatedCreate, lostRace, emptyDescription, arnLag, listLag, ...others } = this.behaviour;
    const { deleteInTraining, usableInTraining, training, deletion } = others;
    return {
      namesUnique: uniqueNames,
      repeatedCreate: repeatedCreate === 'same-arn' ? 'sameArn' : repeatedCreate,
      deleteDuringTraining: REACTIONS[deleteInTraining],
      inactiveAudienceModel: usableInTraining ? 'accepted' : 'ValidationException',
      emptyDescription,
      policyMismatchError: REACTIONS[lostRace],
      trainingQueueTime: training / 4,
      trainingTime: training * 3 / 4,
      deletionQueueTime: deletion / 2,
      deletionTime: deletion / 2,
      arnLag,
      listLag,
      throttling: false,
      quotas: { ...DEFAULT_SETTINGS.quotas, audienceModels: Infinity, audienceModelsInTraining: this.quota },
    };
  }
}

function described({ arn, name, status, startTime, stopDate }: FakeExecution) {
  return { executionArn: arn, stateMachineArn: undefined, name, status, startDate: startTime, stopDate };
}
