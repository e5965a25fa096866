import { NativeDefinition } from '../native-type';
import { CDK_METADATA } from './cdk-metadata';
import { TRAINING_DATASET } from './cleanrooms-ml-training-dataset';
import { WAIT_CONDITION } from './cloudformation-wait-condition';
import { ALARM } from './cloudwatch-alarm';
import { DASHBOARD } from './cloudwatch-dashboard';
import { EVENT_BUS } from './events-event-bus';
import { RULE } from './events-rule';
import { DATABASE } from './glue-database';
import { TABLE } from './glue-table';
import { IAM_MANAGED_POLICY } from './iam-managed-policy';
import { IAM_POLICY } from './iam-policy';
import { IAM_ROLE } from './iam-role';
import { ALIAS } from './kms-alias';
import { KEY } from './kms-key';
import { LAMBDA_FUNCTION } from './lambda-function';
import { LAMBDA_PERMISSION } from './lambda-permission';
import { LOG_GROUP } from './logs-log-group';
import { BUCKET } from './s3-bucket';
import { BUCKET_POLICY } from './s3-bucket-policy';
import { SCHEDULE } from './scheduler-schedule';
import { SCHEDULE_GROUP } from './scheduler-schedule-group';
import { PARAMETER } from './ssm-parameter';
import { STATE_MACHINE } from './step-functions-state-machine';

export const NATIVE_TYPES: readonly NativeDefinition[] = [
  ALARM, ALIAS, BUCKET, BUCKET_POLICY, CDK_METADATA, DASHBOARD, DATABASE, EVENT_BUS, IAM_MANAGED_POLICY, IAM_POLICY, IAM_ROLE, KEY, LAMBDA_FUNCTION,
  LAMBDA_PERMISSION, LOG_GROUP, PARAMETER, RULE, SCHEDULE, SCHEDULE_GROUP, STATE_MACHINE, TABLE, TRAINING_DATASET, WAIT_CONDITION,
];
