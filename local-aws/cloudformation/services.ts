import type { CleanRoomsMl } from '../cleanroomsml/cleanroomsml';
import type { CloudWatch } from '../cloudwatch/cloudwatch';
import type { EventBridge } from '../events/events';
import type { Glue } from '../glue/glue';
import type { Iam } from '../iam/iam';
import type { Kms } from '../kms/kms';
import type { Lambda } from '../lambda/lambda';
import type { Logs } from '../logs/logs';
import type { S3 } from '../s3/s3';
import type { Scheduler } from '../scheduler/scheduler';
import type { Ssm } from '../ssm/ssm';
import type { Logging } from '../states/state-machine';

/** What CloudFormation asks of the other services. */
export interface Services {
  readonly iam: IamService;
  readonly lambda: LambdaService;
  readonly states: StatesService;
  readonly logs: LogsService;
  readonly s3: S3Service;
  readonly kms: KmsService;
  readonly glue: GlueService;
  readonly ssm: SsmService;
  readonly cleanRoomsMl: CleanRoomsMlService;
  readonly cloudWatch: CloudWatchService;
  readonly events: EventsService;
  readonly scheduler: SchedulerService;
}

export type IamService = Pick<
  Iam,
  'createRole' | 'updateRole' | 'deleteRole' | 'putRolePolicy' | 'deleteRolePolicy' | 'createManagedPolicy' | 'updateManagedPolicy' |
  'deleteManagedPolicy' | 'attachRolePolicy' | 'detachRolePolicy' | 'authorize' | 'passRole' | 'assumeRoleForService'
>;
export type LambdaService = Pick<
  Lambda, 'createFunction' | 'updateFunction' | 'deleteFunction' | 'getFunction' | 'addPermission' | 'removePermission' | 'invokeAsync'
>;
export type LogsService = Pick<Logs, 'createLogGroup' | 'updateLogGroup' | 'deleteLogGroup'>;
export type KmsService = Pick<Kms, 'createKey' | 'updateKey' | 'scheduleKeyDeletion' | 'createAlias' | 'updateAlias' | 'deleteAlias'>;
export type GlueService = Pick<Glue, 'createDatabase' | 'updateDatabase' | 'deleteDatabase' | 'createTable' | 'updateTable' | 'deleteTable'>;
export type SsmService = Pick<Ssm, 'putParameter' | 'deleteParameter' | 'getParameter'>;

export interface StateMachineInput {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly logging: Logging;
}

export interface StatesService {
  createStateMachine(stateMachine: StateMachineInput): { arn: string } | Promise<{ arn: string }>;
  updateStateMachine(arn: string, change: { readonly definition: string; readonly roleArn: string; readonly logging: Logging }): void | Promise<void>;
  deleteStateMachine(arn: string): void | Promise<void>;
  /** Resolves when there is no such state machine any more. */
  stateMachineGone(arn: string): Promise<void>;
}

export type S3Service = Pick<
  S3,
  'createBucket' | 'updateBucket' | 'deleteBucket' | 'getObject' | 'putBucketPolicy' | 'deleteBucketPolicy' | 'responseUrlFor' | 'onResponse'
  | 'lastResponse' | 'forgetResponse'
>;
export type CleanRoomsMlService = Pick<
  CleanRoomsMl, 'createTrainingDataset' | 'getTrainingDataset' | 'deleteTrainingDataset' | 'tagResource' | 'untagResource'
>;
export type CloudWatchService = Pick<CloudWatch, 'putDashboard' | 'deleteDashboard' | 'dashboards' | 'putMetricAlarm' | 'deleteAlarm' | 'alarms'>;
export type EventsService = Pick<
  EventBridge, 'createEventBus' | 'updateEventBus' | 'deleteEventBus' | 'putRule' | 'deleteRule' | 'rules' | 'putTargets' | 'removeTargets'
>;
export type SchedulerService = Pick<
  Scheduler, 'createSchedule' | 'updateSchedule' | 'deleteSchedule' | 'createScheduleGroup' | 'deleteScheduleGroup'
>;
