import { randomUUID } from 'node:crypto';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService, type Principal } from '../aws';
import type { ExecutionStatus } from './execution';
import type { ShownExecution, StepFunctions } from './states';
import type { TaskIam } from './tasks';

const TARGET = /^AWSStepFunctions\.(\w+)$/;
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
const DEFAULT_RESULTS = 100;
const MAX_RESULTS = 1000;
const MAX_ERROR_LENGTH = 256;
const MAX_CAUSE_LENGTH = 32_768;

type Input = Readonly<Record<string, unknown>>;
interface Operation {
  /** The field with the ARN that the permission is about. */
  readonly resource: string;
  run(states: StepFunctions, input: Input): object;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  StartExecution: {
    resource: 'stateMachineArn',
    run: (states, input) => {
      const { arn, startDate } = states.startExecution(text(input, 'stateMachineArn'), optional(input, 'input'), optional(input, 'name'));
      return { executionArn: arn, startDate: seconds(startDate) };
    },
  },
  StopExecution: {
    resource: 'executionArn',
    run: (states, input) => {
      const { stopDate } = states.stopExecution(
        text(input, 'executionArn'), limited(input, 'error', MAX_ERROR_LENGTH), limited(input, 'cause', MAX_CAUSE_LENGTH),
      );
      return { stopDate: seconds(stopDate) };
    },
  },
  DescribeExecution: {
    resource: 'executionArn',
    run: (states, input) => {
      const shown = states.describeExecution(text(input, 'executionArn'));
      const { input: given, output, error, cause } = shown.execution;
      return { ...summary(shown), input: given, inputDetails: { included: true }, ...shown.status !== 'RUNNING' && { output, error, cause } };
    },
  },
  ListExecutions: {
    resource: 'stateMachineArn',
    run: (states, input) => {
      const status = optional(input, 'statusFilter');
      if (status !== undefined && !STATUSES.includes(status)) throw new AwsError('ValidationException', `'${status}' is not a status of executions`);
      const found = states.listExecutions(text(input, 'stateMachineArn'), status as ExecutionStatus | undefined);
      const size = Number(input.maxResults ?? 0);
      if (!Number.isInteger(size) || size < 0 || size > MAX_RESULTS) throw new AwsError('ValidationException', `maxResults must be from 0 to ${MAX_RESULTS}`);
      const token = optional(input, 'nextToken') ?? '0';
      if (!/^\d+$/.test(token)) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
      const start = Number(token);
      const end = start + (size || DEFAULT_RESULTS);
      const executions = found.slice(start, end).map(summary);
      return { executions, ...(end < found.length && { nextToken: String(end) }) };
    },
  },
};

/** Step Functions' JSON 1.0 protocol, for the operations that functions call. */
export class StatesApi implements AwsService {
  constructor(private readonly states: StepFunctions, private readonly iam: TaskIam) {}

  async handle({ principal, headers, body }: AwsRequest): Promise<AwsResponse> {
    try {
      const name = headers['x-amz-target']?.match(TARGET)?.[1] ?? String(headers['x-amz-target']);
      return json(200, await this.call(principal, name, parse(body)));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // This service answers every refusal with 400, also those that are 403 elsewhere.
      return json(error.status < 500 ? 400 : error.status, { __type: error.code, message: error.message, ...error.fields });
    }
  }

  /** Does what is asked for, if IAM allows it. */
  async call(principal: Principal, name: string, input: Input): Promise<object> {
    if (!Object.hasOwn(OPERATIONS, name)) throw new AwsError('UnknownOperationException', `The embedded AWS does not serve ${name}`);
    const operation = OPERATIONS[name];
    await this.iam.authorize(principal, `states:${name}`, text(input, operation.resource));
    return operation.run(this.states, input);
  }
}

function parse(body: Buffer): Input {
  try {
    return JSON.parse(body.toString() || '{}') as Input;
  } catch {
    throw new AwsError('SerializationException', 'The request is not JSON.');
  }
}

function text(input: Input, field: string): string {
  const value = optional(input, field);
  if (value === undefined) {
    throw new AwsError('ValidationException', `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`);
  }
  return value;
}

function optional(input: Input, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AwsError('SerializationException', `${field} is not a string`);
  return value;
}

function limited(input: Input, field: string, maxLength: number): string | undefined {
  const value = optional(input, field);
  if (value === undefined || value.length <= maxLength) return value;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length less than or equal to ${maxLength}`,
  );
}

function summary({ execution: { arn, stateMachineArn, name, startDate, stopDate }, status }: ShownExecution): object {
  return { executionArn: arn, stateMachineArn, name, status, startDate: seconds(startDate), ...status !== 'RUNNING' && { stopDate: seconds(stopDate) } };
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function json(status: number, body: object): AwsResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() }, body: JSON.stringify(body) };
}
