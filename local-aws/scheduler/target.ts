import { AwsError } from '../aws';
import { isObject, type Json } from '../states/json';

export interface TargetProperties {
  /** A state machine, or `arn:aws:scheduler:::aws-sdk:sfn:startExecution`. */
  readonly arn: string;
  readonly roleArn: string;
  /** JSON: the execution's input, or the request of the API action. */
  readonly input?: string;
  readonly retryPolicy?: RetryPolicy;
  /** A queue. What is dropped does not get there: this AWS has none. */
  readonly deadLetterArn?: string;
}

export interface RetryPolicy {
  /** Default: 185. */
  readonly maximumRetryAttempts?: number;
  /** Default: 86,400, a day. */
  readonly maximumEventAgeInSeconds?: number;
}

/** What Scheduler knows about one attempt, and puts into the input for `<aws.scheduler.…>`. */
export interface ContextAttributes {
  readonly 'schedule-arn': string;
  readonly 'scheduled-time': string;
  readonly 'execution-id': string;
  readonly 'attempt-number': string;
}

export interface StartExecution {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
}

export const DEFAULT_RETRY_POLICY = { maximumRetryAttempts: 185, maximumEventAgeInSeconds: 86_400 };

const STATE_MACHINE = /^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:[^:]+$/;
const START_EXECUTION = /^arn:[^:]+:scheduler:::aws-sdk:sfn:startExecution$/;
const REQUEST_FIELDS = ['StateMachineArn', 'Name', 'Input'];

/** Refuses a target that this AWS could not invoke. The role is checked elsewhere. */
export function checkTarget({ arn, roleArn, input, retryPolicy = {}, deadLetterArn }: TargetProperties): void {
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(roleArn)) throw invalid(`Value '${roleArn}' at 'target.roleArn' failed to satisfy constraint: it must be the ARN of a role.`);
  if (START_EXECUTION.test(arn)) checkRequest(input);
  else if (!STATE_MACHINE.test(arn)) throw invalid(`The embedded AWS does not have the target ${arn}.`);
  else if (input !== undefined && parsed(input) === undefined) throw invalid(`Invalid Input for target ${arn}. Reason: it is not JSON.`);
  const { maximumRetryAttempts, maximumEventAgeInSeconds } = { ...DEFAULT_RETRY_POLICY, ...retryPolicy };
  checkRange('maximumRetryAttempts', maximumRetryAttempts, 0, 185);
  checkRange('maximumEventAgeInSeconds', maximumEventAgeInSeconds, 60, 86_400);
  if (deadLetterArn !== undefined && !/^arn:[^:]+:sqs:[^:]+:\d{12}:.+$/.test(deadLetterArn)) throw invalid(`Dead letter queue ${deadLetterArn} is no queue of Amazon SQS.`);
}

/** The call that an attempt makes. Without a name, Scheduler chooses one. */
export function requestOf({ arn, input }: TargetProperties, attributes: ContextAttributes, notification: Json): StartExecution {
  const filled = input?.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => attributes[name as keyof ContextAttributes] ?? whole);
  if (STATE_MACHINE.test(arn)) return { stateMachineArn: arn, input: filled ?? JSON.stringify(notification), name: attributes['execution-id'] };
  const { StateMachineArn, Name, Input } = JSON.parse(filled ?? '{}') as { StateMachineArn: string; Name?: string; Input?: string };
  return { stateMachineArn: StateMachineArn, name: Name ?? attributes['execution-id'], input: Input };
}

function checkRequest(input: string | undefined): void {
  const request = parsed(input ?? '');
  if (!isObject(request)) throw invalid('Invalid RequestJson provided. Reason: it is not a JSON object.');
  const unknown = Object.keys(request).find((name) => !REQUEST_FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(`Invalid RequestJson provided. Reason: The field '${unknown}' is not supported.`);
  const wrong = Object.keys(request).find((name) => typeof request[name] !== 'string');
  if (wrong !== undefined) throw invalid(`Invalid RequestJson provided. Reason: The field '${wrong}' must be a string.`);
  if (!STATE_MACHINE.test(String(request.StateMachineArn))) throw invalid('Invalid RequestJson provided. Reason: StateMachineArn is required.');
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(`Value '${value}' at 'target.retryPolicy.${name}' failed to satisfy constraint: Member must have value from ${least} to ${most}`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
