import * as ml from '@aws-sdk/client-cleanroomsml';
import { CloudFormationClient, DescribeStackResourceCommand, DescribeStacksCommand, SignalResourceCommand } from '@aws-sdk/client-cloudformation';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { ServiceError } from './errors';
import type { Execution, Service, StackState, Tags } from './service';

const requestHandler = { connectionTimeout: 2_000, requestTimeout: 8_000 };

/** How long a call may take with all its retries. What writes must end well within the 30 s that a successor waits for it. */
const READ_TIMEOUT = 15_000;
const WRITE_TIMEOUT = 10_000;

/** One signal opens a window, so a second one may count as the same. */
const SIGNAL = 'training';

export interface Clients {
  readonly cloudFormation: CloudFormationClient;
  readonly stepFunctions: SFNClient;
  readonly reading: ml.CleanRoomsMLClient;
  readonly writing: ml.CleanRoomsMLClient;
}

export function clients(): Clients {
  return {
    cloudFormation: new CloudFormationClient({ maxAttempts: 4, requestHandler }),
    stepFunctions: new SFNClient({ maxAttempts: 4, requestHandler }),
    reading: new ml.CleanRoomsMLClient({ maxAttempts: 3, requestHandler }),
    // No token makes a repeated call safe: the next step observes before it tries again.
    writing: new ml.CleanRoomsMLClient({ maxAttempts: 1, requestHandler }),
  };
}

/** The service as AWS's SDK reaches it. */
export class SdkService implements Service {
  /** @param stop ends every call: a step must end before Lambda ends it. */
  constructor(private readonly via: Clients, private readonly stop: AbortSignal) {}

  async describeStack(stackId: string): Promise<StackState> {
    const { Stacks } = await this.call('DescribeStacks', READ_TIMEOUT, async (options) =>
      this.via.cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }), options));
    const stack = Stacks?.[0];
    if (stack?.StackStatus === undefined) throw new ServiceError('DescribeStacks', 'NoStack', `${stackId} is not described`);
    return { status: stack.StackStatus, lastUpdatedTime: (stack.LastUpdatedTime ?? stack.CreationTime ?? new Date(0)).toISOString() };
  }

  async resourceStatus(stackId: string, logicalId: string): Promise<string | undefined> {
    const input = { StackName: stackId, LogicalResourceId: logicalId };
    const found = await this.call('DescribeStackResource', READ_TIMEOUT, async (options) =>
      this.via.cloudFormation.send(new DescribeStackResourceCommand(input), options))
      // That a resource is not there yet has no error code of its own.
      .catch(undefinedIf('ValidationError'));
    return found?.StackResourceDetail?.ResourceStatus;
  }

  async signalResource(stackId: string, logicalId: string): Promise<void> {
    await this.call('SignalResource', WRITE_TIMEOUT, async (options) => this.via.cloudFormation.send(
      new SignalResourceCommand({ StackName: stackId, LogicalResourceId: logicalId, UniqueId: SIGNAL, Status: 'SUCCESS' }), options));
  }

  async startExecution(stateMachineArn: string, name: string, input: object): Promise<void> {
    await this.call('StartExecution', WRITE_TIMEOUT, async (options) =>
      this.via.stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }), options))
      .catch(undefinedIf('ExecutionAlreadyExists'));
  }

  async listExecutions(stateMachineArn: string, status: 'RUNNING' | 'FAILED'): Promise<Execution[]> {
    const found: Execution[] = [];
    let nextToken: string | undefined;
    do {
      const input = { stateMachineArn, statusFilter: status, maxResults: 1000, nextToken };
      const page = await this.call('ListExecutions', READ_TIMEOUT, async (options) =>
        this.via.stepFunctions.send(new ListExecutionsCommand(input), options)).catch(undefinedIf('StateMachineDoesNotExist'));
      for (const { executionArn, name, startDate } of page?.executions ?? []) {
        if (executionArn && name && startDate) found.push({ arn: executionArn, name, startTime: startDate });
      }
      nextToken = page?.nextToken;
    } while (nextToken !== undefined);
    return found;
  }

  async stopExecution(executionArn: string, cause: string): Promise<void> {
    await this.call('StopExecution', WRITE_TIMEOUT, async (options) => this.via.stepFunctions.send(new StopExecutionCommand({ executionArn, cause }), options))
      .catch(undefinedIf('ExecutionDoesNotExist'));
  }

  async executionCause(executionArn: string): Promise<string | undefined> {
    return (await this.call('DescribeExecution', READ_TIMEOUT, async (options) =>
      this.via.stepFunctions.send(new DescribeExecutionCommand({ executionArn }), options))).cause;
  }

  async listTrainingDatasets() {
    const pages = await this.pages(async (page) => this.read(new ml.ListTrainingDatasetsCommand(page)));
    return pages.flatMap((page) => page.trainingDatasets).map((summary) => ({ ...summary, arn: summary.trainingDatasetArn }));
  }

  async getTrainingDataset(arn: string) {
    const detail = await this.find(new ml.GetTrainingDatasetCommand({ trainingDatasetArn: arn }));
    return detail && { ...detail, arn: detail.trainingDatasetArn };
  }

  async createTrainingDataset(request: ml.CreateTrainingDatasetRequest) {
    return (await this.write(new ml.CreateTrainingDatasetCommand(request))).trainingDatasetArn;
  }

  async deleteTrainingDataset(arn: string) {
    await this.remove(new ml.DeleteTrainingDatasetCommand({ trainingDatasetArn: arn }));
  }

  async listAudienceModels() {
    const pages = await this.pages(async (page) => this.read(new ml.ListAudienceModelsCommand(page)));
    return pages.flatMap((page) => page.audienceModels).map((summary) => ({ ...summary, arn: summary.audienceModelArn }));
  }

  async getAudienceModel(arn: string) {
    const detail = await this.find(new ml.GetAudienceModelCommand({ audienceModelArn: arn }));
    return detail && { ...detail, arn: detail.audienceModelArn };
  }

  async createAudienceModel(request: ml.CreateAudienceModelRequest) {
    return (await this.write(new ml.CreateAudienceModelCommand(request))).audienceModelArn;
  }

  async deleteAudienceModel(arn: string) {
    await this.remove(new ml.DeleteAudienceModelCommand({ audienceModelArn: arn }));
  }

  async listConfiguredAudienceModels() {
    const pages = await this.pages(async (page) => this.read(new ml.ListConfiguredAudienceModelsCommand(page)));
    return pages.flatMap((page) => page.configuredAudienceModels).map((summary) => ({ ...summary, arn: summary.configuredAudienceModelArn }));
  }

  async getConfiguredAudienceModel(arn: string) {
    const detail = await this.find(new ml.GetConfiguredAudienceModelCommand({ configuredAudienceModelArn: arn }));
    return detail && { ...detail, arn: detail.configuredAudienceModelArn };
  }

  async createConfiguredAudienceModel(request: ml.CreateConfiguredAudienceModelRequest) {
    return (await this.write(new ml.CreateConfiguredAudienceModelCommand(request))).configuredAudienceModelArn;
  }

  async updateConfiguredAudienceModel(request: ml.UpdateConfiguredAudienceModelRequest) {
    await this.write(new ml.UpdateConfiguredAudienceModelCommand(request));
  }

  async deleteConfiguredAudienceModel(arn: string) {
    await this.remove(new ml.DeleteConfiguredAudienceModelCommand({ configuredAudienceModelArn: arn }));
  }

  async getConfiguredAudienceModelPolicy(arn: string) {
    return this.find(new ml.GetConfiguredAudienceModelPolicyCommand({ configuredAudienceModelArn: arn }));
  }

  async putConfiguredAudienceModelPolicy(request: ml.PutConfiguredAudienceModelPolicyRequest) {
    await this.write(new ml.PutConfiguredAudienceModelPolicyCommand(request));
  }

  async deleteConfiguredAudienceModelPolicy(arn: string) {
    await this.remove(new ml.DeleteConfiguredAudienceModelPolicyCommand({ configuredAudienceModelArn: arn }));
  }

  async listTags(arn: string) {
    return (await this.find(new ml.ListTagsForResourceCommand({ resourceArn: arn })))?.tags;
  }

  async tag(arn: string, tags: Tags) {
    await this.write(new ml.TagResourceCommand({ resourceArn: arn, tags }));
  }

  async untag(arn: string, tagKeys: string[]) {
    await this.write(new ml.UntagResourceCommand({ resourceArn: arn, tagKeys }));
  }

  private async pages<Page extends { nextToken?: string }>(list: (request: ml.ListRequest) => Promise<Page>): Promise<Page[]> {
    const pages: Page[] = [];
    let nextToken: string | undefined;
    do {
      const page = await list({ maxResults: 100, nextToken });
      pages.push(page);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return pages;
  }

  private async read<Input, Output>(command: ml.Command<Input, Output>): Promise<Output> {
    return this.call(nameOf(command), READ_TIMEOUT, async (options) => this.via.reading.send(command, options));
  }

  private async find<Input, Output>(command: ml.Command<Input, Output>): Promise<Output | undefined> {
    return this.read(command).catch(undefinedIfNotFound);
  }

  private async write<Input, Output>(command: ml.Command<Input, Output>): Promise<Output> {
    return this.call(nameOf(command), WRITE_TIMEOUT, async (options) => this.via.writing.send(command, options));
  }

  private async remove<Input, Output>(command: ml.Command<Input, Output>): Promise<void> {
    await this.write(command).catch(undefinedIfNotFound);
  }

  private async call<T>(operation: string, timeout: number, send: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await send({ abortSignal: AbortSignal.any([AbortSignal.timeout(timeout), this.stop]) });
    } catch (error) {
      throw serviceError(operation, error);
    }
  }
}

function nameOf(command: object): string {
  return command.constructor.name.replace(/Command$/, '');
}

function undefinedIf(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof ServiceError && error.code === code) return undefined;
    throw error;
  };
}

const undefinedIfNotFound = undefinedIf('ResourceNotFoundException');

/** Errors of the SDK carry the service's answer in `$metadata`; without one the network failed. */
function serviceError(operation: string, error: unknown): ServiceError {
  if (!(error instanceof Error)) return new ServiceError(operation, 'UnknownError', String(error));
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  return new ServiceError(operation, error.name, error.message, typeof status === 'number' ? status : undefined);
}
