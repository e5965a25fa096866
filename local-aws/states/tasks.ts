import { AwsError, type Principal } from '../aws';
import { runtimeError, StateError } from './errors';
import { isObject, type Json, type JsonObject } from './json';
import { sdkError } from './sdk-errors';

/** What Step Functions needs of Lambda. */
export interface TaskLambda {
  arnOf(nameOrArn: string): string;
  invoke(nameOrArn: string, payload: unknown): Promise<{ readonly payload: string; readonly functionError?: string }>;
  invokeAsync(nameOrArn: string, payload: unknown): void;
}

/** What Step Functions needs of IAM to do a task. */
export interface TaskIam {
  authorize(principal: Principal, action: string, resource: string): Promise<void>;
}

/** An AWS API action that a task can call. It asks IAM itself, and throws an `AwsError` when it fails. */
export type Integration = (principal: Principal, parameters: JsonObject) => Promise<unknown>;

/** By service and action as in the resource, for example `cloudformation:signalResource`. */
export type Integrations = Readonly<Record<string, Integration>>;

const FUNCTION = /^arn:[^:]+:lambda:[^:]*:\d{12}:function:[^:]+(:[^:]+)?$/;
const LAMBDA_INVOKE = /^arn:[^:]+:states:::lambda:invoke$/;
const AWS_SDK = /^arn:[^:]+:states:::aws-sdk:([^:.]+:[^:.]+)$/;

/** The work that Task states do, each as the role of its state machine. */
export class Tasks {
  constructor(private readonly lambda: TaskLambda, private readonly iam: TaskIam, private readonly integrations: Integrations) {}

  knows(resource: string): boolean {
    return FUNCTION.test(resource) || LAMBDA_INVOKE.test(resource) || Object.hasOwn(this.integrations, resource.match(AWS_SDK)?.[1] ?? '');
  }

  /** Throws a `StateError` with the names that Step Functions gives to failures. */
  async run(resource: string, parameters: Json, principal: Principal): Promise<Json> {
    if (FUNCTION.test(resource)) return this.invoke(resource, parameters, principal);
    if (LAMBDA_INVOKE.test(resource)) return this.lambdaInvoke(parameters, principal);
    if (!isObject(parameters)) throw runtimeError(`The Parameters '${JSON.stringify(parameters)}' could not be used to start the Task: they are no object`);
    const action = resource.match(AWS_SDK)?.[1] ?? '';
    try {
      const result = await this.integrations[action](principal, parameters);
      return JSON.parse(JSON.stringify(result ?? {})) as Json;
    } catch (error) {
      throw sdkError(action, error);
    }
  }

  private async lambdaInvoke(parameters: Json, principal: Principal): Promise<Json> {
    const { FunctionName, Payload = {}, InvocationType = 'RequestResponse', Qualifier } = isObject(parameters) ? parameters : {};
    const name = `${String(FunctionName)}${Qualifier === undefined ? '' : `:${String(Qualifier)}`}`;
    if (InvocationType === 'Event') {
      await this.asLambda(principal, name, async () => this.lambda.invokeAsync(name, Payload));
      return { StatusCode: 202, Payload: '' };
    }
    return { ExecutedVersion: '$LATEST', StatusCode: 200, Payload: await this.invoke(name, Payload, principal) };
  }

  private async invoke(name: string, payload: Json, principal: Principal): Promise<Json> {
    const outcome = await this.asLambda(principal, name, () => this.lambda.invoke(name, payload));
    if (outcome.functionError !== undefined) throw new StateError(errorTypeOf(outcome.payload), outcome.payload);
    return JSON.parse(outcome.payload) as Json;
  }

  private async asLambda<T>(principal: Principal, name: string, work: () => Promise<T>): Promise<T> {
    try {
      await this.iam.authorize(principal, 'lambda:InvokeFunction', this.lambda.arnOf(name));
      return await work();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const modelled = ['ResourceNotFoundException', 'TooManyRequestsException', 'ServiceException', 'InvalidRequestContentException'].includes(error.code);
      throw new StateError(`Lambda.${modelled ? error.code : 'AWSLambdaException'}`, causeOf('AWSLambda', error));
    }
  }
}

/** What the handler's language calls the error. */
function errorTypeOf(payload: string): string {
  const parsed = JSON.parse(payload) as Json;
  return isObject(parsed) && typeof parsed.errorType === 'string' ? parsed.errorType : 'Lambda.Unknown';
}

function causeOf(service: string, { message, status, code }: AwsError): string {
  return `${message} (Service: ${service}; Status Code: ${status}; Error Code: ${code})`;
}
