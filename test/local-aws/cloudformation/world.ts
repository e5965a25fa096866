import { Account, AwsError, Principal } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import { CloudFormation } from '../../../local-aws/cloudformation/cloudformation';
import { Services } from '../../../local-aws/cloudformation/services';
import { Settings } from '../../../local-aws/cloudformation/settings';
import { Values } from '../../../local-aws/cloudformation/values';

export const ACCOUNT: Account = { accountId: '111122223333', region: 'us-east-1', partition: 'aws' };
export const ROOT: Principal = { arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' };
export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:111122223333:function:handler';

export interface CustomEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ServiceToken: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly ResourceProperties: Values;
  readonly OldResourceProperties?: Values;
}

export interface Answer {
  readonly Status?: string;
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: Values;
}

/** Answers at once, later, or (with `undefined`) never. */
export type Handler = (event: CustomEvent) => Answer | string | undefined | Promise<Answer | string | undefined>;

const DUTIFUL: Handler = ({ PhysicalResourceId, LogicalResourceId }) => ({ PhysicalResourceId: PhysicalResourceId ?? `${LogicalResourceId}-1` });

/** Names resources by their `name` property, and fails what says so. */
export const byName: Handler = ({ RequestType, LogicalResourceId, ResourceProperties: { name, fail } }) => ({
  PhysicalResourceId: typeof name === 'string' ? `${LogicalResourceId}-${name}` : `${LogicalResourceId}-1`,
  Data: { Name: String(name) },
  ...fail === RequestType ? { Status: 'FAILED', Reason: 'asked to' } : {},
});

/** CloudFormation among services that only remember what they were told. */
export class World {
  readonly clock = Clock.frozen();
  readonly cloudFormation: CloudFormation;
  /** What the function behind the custom resources received. */
  readonly received: CustomEvent[] = [];
  /** Every other call, as `service.method(first argument)`. */
  readonly calls: string[] = [];
  readonly objects = new Map<string, Buffer>();
  readonly parameters = new Map<string, string>();
  /** Calls to refuse, by the same text. */
  readonly refused = new Map<string, AwsError>();
  readonly denied = new Set<string>();
  handler: Handler = DUTIFUL;
  private readonly waiting = new Map<string, (body: string) => void>();
  /** What was answered last. */
  private readonly answers = new Map<string, string>();

  constructor(settings?: Partial<Settings>) {
    this.cloudFormation = new CloudFormation({ account: ACCOUNT, clock: this.clock, services: this.services(), settings });
  }

  /** Puts an answer to a request, as its function would. */
  answer(event: CustomEvent, answer: Answer | string = {}): void {
    const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = `${event.LogicalResourceId}-1` } = event;
    const body = typeof answer === 'string'
      ? answer
      : JSON.stringify({ Status: 'SUCCESS', StackId, RequestId, LogicalResourceId, PhysicalResourceId, ...answer });
    const id = `${StackId}|${LogicalResourceId}|${RequestId}`;
    this.answers.set(id, body);
    this.waiting.get(id)?.(body);
  }

  /** What was asked of the custom resources, in short: `Create A`, `Delete B B-1`. */
  get story(): string[] {
    return this.received.map(({ RequestType, LogicalResourceId, PhysicalResourceId }) =>
      [RequestType, LogicalResourceId, ...PhysicalResourceId === undefined ? [] : [PhysicalResourceId]].join(' '));
  }

  /** The stack's statuses, in order. */
  statuses(stackName: string): string[] {
    return this.cloudFormation.events(stackName).filter(({ type }) => type === 'AWS::CloudFormation::Stack').map(({ status }) => status);
  }

  /** One resource's events, as `STATUS` or `STATUS: reason`. */
  history(stackName: string, wanted: string): string[] {
    return this.cloudFormation.events(stackName).filter(({ logicalId }) => logicalId === wanted)
      .map(({ status, reason }) => (reason === undefined ? status : `${status}: ${reason}`));
  }

  private call<T>(text: string, result: T): T {
    this.calls.push(text);
    const error = this.refused.get(text);
    if (error) throw error;
    return result;
  }

  private async invoke(event: CustomEvent): Promise<void> {
    const answer = await this.handler(event);
    if (answer !== undefined) this.answer(event, answer);
  }

  private services(): Services {
    const done = undefined;
    return {
      iam: {
        createRole: ({ roleName }) => this.call(`iam.createRole(${roleName})`, { arn: `arn:aws:iam::111122223333:role/${roleName}`, roleId: 'AROA1' }),
        updateRole: (roleName) => this.call(`iam.updateRole(${roleName})`, done),
        deleteRole: (roleName) => this.call(`iam.deleteRole(${roleName})`, done),
        putRolePolicy: (roleName, name) => this.call(`iam.putRolePolicy(${roleName}, ${name})`, done),
        deleteRolePolicy: (roleName, name) => this.call(`iam.deleteRolePolicy(${roleName}, ${name})`, done),
        createManagedPolicy: ({ policyName }) => this.call(`iam.createManagedPolicy(${policyName})`, { arn: `arn:aws:iam::111122223333:policy/${policyName}` }),
        updateManagedPolicy: (arn) => this.call(`iam.updateManagedPolicy(${arn})`, done),
        deleteManagedPolicy: (arn) => this.call(`iam.deleteManagedPolicy(${arn})`, done),
        attachRolePolicy: (roleName, arn) => this.call(`iam.attachRolePolicy(${roleName}, ${arn})`, done),
        detachRolePolicy: (roleName, arn) => this.call(`iam.detachRolePolicy(${roleName}, ${arn})`, done),
        passRole: async (_, roleArn) => this.call(`iam.passRole(${roleArn})`, done),
        assumeRoleForService: async (roleArn) => this.call(`iam.assumeRoleForService(${roleArn})`, { ...ROOT, arn: `${roleArn}/session`, roleArn }),
        authorize: async (principal, action, resource) => {
          if (this.denied.has(action)) throw new AwsError('AccessDenied', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`, 403);
        },
      },
      lambda: {
        createFunction: async ({ functionName, code }) =>
          this.call(`lambda.createFunction(${functionName}, ${code.length > 0})`, { arn: `arn:aws:lambda:us-east-1:111122223333:function:${functionName}` }),
        updateFunction: async (functionName) => this.call(`lambda.updateFunction(${functionName})`, done),
        deleteFunction: (functionName) => this.call(`lambda.deleteFunction(${functionName})`, done),
        getFunction: () => { throw new AwsError('ResourceNotFoundException', 'Function not found', 404); },
        addPermission: (functionName, { principal }) => this.call(`lambda.addPermission(${functionName}, ${principal})`, done),
        removePermission: (functionName) => this.call(`lambda.removePermission(${functionName})`, done),
        invokeAsync: (arn, payload) => {
          this.call(`lambda.invokeAsync(${arn})`, done);
          this.received.push(payload as CustomEvent);
          void this.invoke(payload as CustomEvent);
        },
      },
      states: {
        createStateMachine: ({ name }) => this.call(`states.createStateMachine(${name})`, { arn: `arn:aws:states:us-east-1:111122223333:stateMachine:${name}` }),
        updateStateMachine: (arn) => this.call(`states.updateStateMachine(${arn})`, done),
        deleteStateMachine: (arn) => this.call(`states.deleteStateMachine(${arn})`, done),
        stateMachineGone: async () => done,
      },
      logs: {
        createLogGroup: async ({ logGroupName }) => this.call(`logs.createLogGroup(${logGroupName})`, { arn: `arn:aws:logs:us-east-1:111122223333:log-group:${logGroupName}:*` }),
        updateLogGroup: async ({ logGroupName }) => this.call(`logs.updateLogGroup(${logGroupName})`, done),
        deleteLogGroup: (logGroupName) => this.call(`logs.deleteLogGroup(${logGroupName})`, done),
      },
      s3: {
        createBucket: ({ bucketName }) => this.call(`s3.createBucket(${bucketName})`, { arn: `arn:aws:s3:::${bucketName}` }),
        updateBucket: ({ bucketName }) => this.call(`s3.updateBucket(${bucketName})`, done),
        deleteBucket: (bucketName) => this.call(`s3.deleteBucket(${bucketName})`, done),
        getObject: (bucket, key) => {
          const found = this.objects.get(`${bucket}/${key}`);
          if (!found) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
          return found;
        },
        putBucketPolicy: (bucketName) => this.call(`s3.putBucketPolicy(${bucketName})`, done),
        deleteBucketPolicy: (bucketName) => this.call(`s3.deleteBucketPolicy(${bucketName})`, done),
        responseUrlFor: (id, style) => `https://answers/${id}${style === 'sigv4' ? '' : `?${style}`}`,
        forgetResponse: (id) => this.call(`s3.forgetResponse(${id})`, done),
        lastResponse: (id) => this.answers.get(id),
        onResponse: async (id) => new Promise((resolve) => this.waiting.set(id, resolve)),
      },
      kms: {
        createKey: () => this.call('kms.createKey()', { keyId: 'key-1', arn: 'arn:aws:kms:us-east-1:111122223333:key/key-1' }),
        updateKey: (key) => this.call(`kms.updateKey(${key})`, done),
        scheduleKeyDeletion: (key) => this.call(`kms.scheduleKeyDeletion(${key})`, done),
        createAlias: (name, key) => this.call(`kms.createAlias(${name}, ${key})`, done),
        updateAlias: (name, key) => this.call(`kms.updateAlias(${name}, ${key})`, done),
        deleteAlias: (name) => this.call(`kms.deleteAlias(${name})`, done),
      },
      glue: {
        createDatabase: ({ name }) => this.call(`glue.createDatabase(${name})`, done),
        updateDatabase: ({ name }) => this.call(`glue.updateDatabase(${name})`, done),
        deleteDatabase: (name) => this.call(`glue.deleteDatabase(${name})`, done),
        createTable: ({ databaseName, name }) => this.call(`glue.createTable(${databaseName}.${name})`, done),
        updateTable: ({ databaseName, name }) => this.call(`glue.updateTable(${databaseName}.${name})`, done),
        deleteTable: (databaseName, name) => this.call(`glue.deleteTable(${databaseName}.${name})`, done),
      },
      ssm: {
        putParameter: (name, value) => {
          this.call(`ssm.putParameter(${name})`, done);
          this.parameters.set(name, value);
        },
        deleteParameter: (name) => {
          this.call(`ssm.deleteParameter(${name})`, done);
          this.parameters.delete(name);
        },
        getParameter: (name) => {
          const value = this.parameters.get(name);
          if (value === undefined) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
          return value;
        },
      },
      cloudWatch: {
        putDashboard: ({ dashboardName }) => this.call(`cloudWatch.putDashboard(${dashboardName})`, done),
        deleteDashboard: (name) => this.call(`cloudWatch.deleteDashboard(${name})`, done),
        dashboards: () => [],
        putMetricAlarm: ({ alarmName }) => this.call(`cloudWatch.putMetricAlarm(${alarmName})`, { arn: `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${alarmName}` }),
        deleteAlarm: (name) => this.call(`cloudWatch.deleteAlarm(${name})`, done),
        alarms: () => [],
      },
      events: {
        createEventBus: ({ name }) => this.call(`events.createEventBus(${name})`, { arn: `arn:aws:events:us-east-1:111122223333:event-bus/${name}` }),
        updateEventBus: ({ name }) => this.call(`events.updateEventBus(${name})`, done),
        deleteEventBus: (name) => this.call(`events.deleteEventBus(${name})`, done),
        putRule: ({ name }) => this.call(`events.putRule(${name})`, { arn: `arn:aws:events:us-east-1:111122223333:rule/${name}` }),
        deleteRule: ({ rule }) => this.call(`events.deleteRule(${rule})`, done),
        rules: () => [],
        putTargets: async ({ rule, targets }) => this.call(`events.putTargets(${[rule, ...targets.map(({ id }) => id)].join(', ')})`, done),
        removeTargets: ({ rule, ids }) => this.call(`events.removeTargets(${[rule, ...ids].join(', ')})`, done),
      },
      scheduler: {
        createSchedule: async ({ name }) => this.call(`scheduler.createSchedule(${name})`, { arn: `arn:aws:scheduler:us-east-1:111122223333:schedule/default/${name}` }),
        updateSchedule: async ({ name }) => this.call(`scheduler.updateSchedule(${name})`, { arn: `arn:aws:scheduler:us-east-1:111122223333:schedule/default/${name}` }),
        deleteSchedule: ({ name }) => this.call(`scheduler.deleteSchedule(${name})`, done),
        createScheduleGroup: (name) => this.call(`scheduler.createScheduleGroup(${name})`, {
          name, arn: `arn:aws:scheduler:us-east-1:111122223333:schedule-group/${name}`, state: 'ACTIVE' as const, creationDate: new Date(this.clock.now()),
        }),
        deleteScheduleGroup: (name) => this.call(`scheduler.deleteScheduleGroup(${name})`, done),
      },
      cleanRoomsMl: {
        createTrainingDataset: async (_, input) => this.call(
          `cleanRoomsMl.createTrainingDataset(${JSON.stringify(input)})`,
          { trainingDatasetArn: `arn:aws:cleanrooms-ml:us-east-1:111122223333:training-dataset/${input.name}` },
        ),
        getTrainingDataset: async (_, input) => this.call(`cleanRoomsMl.getTrainingDataset(${JSON.stringify(input)})`, {} as never),
        deleteTrainingDataset: async () => this.call('cleanRoomsMl.deleteTrainingDataset()', done),
        tagResource: async (_, input) => this.call(`cleanRoomsMl.tagResource(${JSON.stringify(input)})`, {}),
        untagResource: async (_, input) => this.call(`cleanRoomsMl.untagResource(${JSON.stringify(input)})`, {}),
      },
    };
  }
}

/** A template of custom resources: what each has as properties and resource attributes. */
export function customs(resources: Record<string, Values & { readonly $?: Values }>, more: Values = {}): Values {
  return {
    Resources: Object.fromEntries(Object.entries(resources).map(([logicalId, { $ = {}, ...properties }]) => [
      logicalId, { Type: 'Custom::Thing', Properties: { ServiceToken: FUNCTION_ARN, ...properties }, ...$ },
    ])),
    ...more,
  };
}
