import { randomUUID } from 'node:crypto';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService, type Principal } from '../aws';
import type { Lambda, LambdaFunction, LambdaIam } from './lambda';

const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)(\/invocations|\/configuration)?$/;
const MAX_SYNCHRONOUS_BYTES = 6_291_456;
const MAX_ASYNCHRONOUS_BYTES = 1_048_576;

/** Lambda's REST-JSON protocol, for the operations that functions and the CLI call. */
export class LambdaApi implements AwsService {
  constructor(private readonly lambda: Lambda, private readonly iam: LambdaIam) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      return await answer(this.lambda, this.iam, request);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return json(error.status, { Type: error.status < 500 ? 'User' : 'Service', Message: error.message, ...error.fields }, { 'x-amzn-errortype': error.code });
    }
  }
}

async function answer(lambda: Lambda, iam: LambdaIam, request: AwsRequest): Promise<AwsResponse> {
  const [, name, resource] = request.path.match(FUNCTION_PATH) ?? [];
  const route = `${request.method} ${resource ?? ''}`;
  if (name !== undefined && route === 'POST /invocations') return invoke(lambda, iam, decodeURIComponent(name), request);
  if (name !== undefined && (route === 'GET ' || route === 'GET /configuration')) {
    return getFunction(lambda, iam, decodeURIComponent(name), resource !== undefined, request);
  }
  throw new AwsError('UnknownOperationException', `The embedded AWS does not serve ${request.method} ${request.path}`, 404);
}

async function invoke(lambda: Lambda, iam: LambdaIam, name: string, { principal, headers, body }: AwsRequest): Promise<AwsResponse> {
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const limit = type === 'Event' ? MAX_ASYNCHRONOUS_BYTES : MAX_SYNCHRONOUS_BYTES;
  const { arn } = await authorized(lambda, iam, 'lambda:InvokeFunction', name, principal);
  if (body.length > limit) {
    throw new AwsError('RequestTooLargeException', `Request must be smaller than ${limit} bytes for the InvokeFunction operation`, 413);
  }
  const payload = parse(body);
  if (type === 'DryRun') return { status: 204 };
  if (type === 'Event') {
    lambda.invokeAsync(arn, payload);
    return { status: 202, headers: { 'x-amzn-requestid': randomUUID() } };
  }
  if (type !== 'RequestResponse') throw new AwsError('InvalidParameterValueException', `Unsupported invocation type: ${type}`);
  const outcome = await lambda.invoke(arn, payload);
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': randomUUID(),
      'x-amz-executed-version': '$LATEST',
      ...(outcome.functionError && { 'x-amz-function-error': outcome.functionError }),
    },
    body: outcome.payload,
  };
}

async function getFunction(lambda: Lambda, iam: LambdaIam, name: string, onlyConfiguration: boolean, request: AwsRequest): Promise<AwsResponse> {
  const action = onlyConfiguration ? 'lambda:GetFunctionConfiguration' : 'lambda:GetFunction';
  const configuration = configurationOf(await authorized(lambda, iam, action, name, request.principal));
  return json(200, onlyConfiguration ? configuration : { Configuration: configuration, Code: { RepositoryType: 'S3' }, Tags: {} });
}

/** Asks IAM first: who may not know whether a function exists is only told that it is not allowed. */
async function authorized(lambda: Lambda, iam: LambdaIam, action: string, name: string, principal: Principal): Promise<LambdaFunction> {
  const arn = lambda.arnOf(name);
  await iam.authorize(principal, action, arn);
  return lambda.getFunction(arn);
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${(error as Error).message}`);
  }
}

function configurationOf({ arn, settings, code, lastModified }: LambdaFunction): object {
  return {
    FunctionName: settings.functionName,
    FunctionArn: arn,
    Description: settings.description ?? '',
    Runtime: settings.runtime,
    Handler: settings.handler,
    Role: settings.roleArn,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMb,
    Environment: { Variables: settings.environment },
    Architectures: settings.architectures ?? ['x86_64'],
    PackageType: 'Zip',
    CodeSize: code.zip.length,
    CodeSha256: code.sha256,
    Version: '$LATEST',
    LastModified: lastModified,
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}

function json(status: number, body: object, headers: Record<string, string> = {}): AwsResponse {
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers }, body: JSON.stringify(body) };
}
