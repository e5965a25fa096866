import type { FakeService } from './fake-service';
import type { IsCompleteRequest, IsCompleteResponse, OnEventRequest, RawProperties } from '../../lambda/events';
import * as handler from '../../lambda/handler';
import { identityOf } from '../../lambda/identity';
import { typeOf } from '../../lambda/request';
import { ResourceType } from '../../src/private/contract';

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

export const modelProperties = (trainingDatasetArn: string, more: RawProperties = {}): RawProperties =>
  ({ TrainingDatasetArn: trainingDatasetArn, ...more });

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

/** One resource of the stack, driven as CloudFormation and the provider framework drive it. */
export class Driver {
  readonly lines: string[] = [];

  constructor(readonly service: FakeService, readonly resourceType: string, readonly logicalId: string) {}

  name(properties: RawProperties): string {
    return identityOf(typeOf(this.event('Create', properties)), STACK_ID, this.logicalId, properties).name;
  }

  event(requestType: OnEventRequest['RequestType'], properties: RawProperties, old?: RawProperties, physicalId?: string): OnEventRequest {
    return {
      RequestType: requestType,
      ResourceType: this.resourceType,
      StackId: STACK_ID,
      LogicalResourceId: this.logicalId,
      PhysicalResourceId: physicalId,
      ResourceProperties: properties,
      OldResourceProperties: old,
      ...{ RequestId: 'request', ResponseURL: RESPONSE_URL },
    };
  }

  /** What the framework hands to `isComplete`, after one trip through Step Functions. */
  async start(event: OnEventRequest): Promise<IsCompleteRequest> {
    const response = await handler.onEvent(event, this.environment());
    return JSON.parse(JSON.stringify({ ...event, ...response }));
  }

  async step(event: IsCompleteRequest): Promise<IsCompleteResponse> {
    return handler.isComplete(event, this.environment());
  }

  /** Steps every ten seconds until the request is done. */
  async finish(event: IsCompleteRequest): Promise<IsCompleteResponse> {
    for (;;) {
      const response = await this.step(event);
      if (response.IsComplete) return response;
      this.service.now += 10_000;
    }
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

  /** The ARN, if the resource has one. */
  async run(event: OnEventRequest): Promise<string> {
    const { Data } = await this.finish(await this.start(event));
    return Object.values(Data ?? {})[0] ?? '';
  }

  private environment(): handler.Environment {
    return {
      service: this.service,
      now: () => this.service.now,
      sleep: async (milliseconds) => { this.service.now += milliseconds; },
      log: (line) => this.lines.push(line),
    };
  }
}

export const datasetDriver = (service: FakeService) => new Driver(service, ResourceType.TRAINING_DATASET, 'Interactions');
export const modelDriver = (service: FakeService) => new Driver(service, ResourceType.AUDIENCE_MODEL, 'Model');
export const configuredDriver = (service: FakeService) => new Driver(service, ResourceType.CONFIGURED_AUDIENCE_MODEL, 'Configured');
export const policyDriver = (service: FakeService) => new Driver(service, ResourceType.CONFIGURED_AUDIENCE_MODEL_POLICY, 'Policy');
