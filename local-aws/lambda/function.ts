import { AwsError } from '../aws';

const RUNTIMES = ['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'];
const MAX_ENVIRONMENT_BYTES = 4096;

/** What `CreateFunction` and `UpdateFunction…` take, as far as the embedded AWS has use for it. */
export interface FunctionSettings {
  readonly functionName: string;
  readonly runtime: string;
  readonly handler: string;
  readonly roleArn: string;
  /** The deployment package, a zip file. */
  readonly code: Buffer;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly architectures?: readonly string[];
  /** Default: everything, as text, in a log group of the function's name. */
  readonly logging?: { readonly format: string; readonly applicationLevel?: string; readonly logGroup?: string };
  readonly tracing?: string;
  /** Where it is in a VPC. */
  readonly subnetIds?: readonly string[];
  /** What its environment is encrypted with, if not with a key of Lambda's own. */
  readonly kmsKeyArn?: string;
  readonly description?: string;
}

/** Names that Lambda sets and nobody else may. */
const RESERVED = [
  '_HANDLER', '_X_AMZN_TRACE_ID', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'AWS_EXECUTION_ENV', 'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR',
];

/** Throws what Lambda answers to settings that it does not take. */
export function validateFunction(settings: FunctionSettings): void {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(settings.functionName)) {
    throw constraint(settings.functionName, 'functionName', 'Member must satisfy regular expression pattern: [a-zA-Z0-9-_]{1,64}');
  }
  if (!RUNTIMES.includes(settings.runtime)) {
    throw new AwsError('InvalidParameterValueException', `The embedded AWS runs ${RUNTIMES.join(', ')}, not ${settings.runtime}`);
  }
  if (!/^[^\s]{1,128}$/.test(settings.handler)) {
    throw constraint(settings.handler, 'handler', 'Member must satisfy regular expression pattern: [^\\s]+');
  }
  if (!Number.isInteger(settings.timeoutSeconds) || settings.timeoutSeconds < 1 || settings.timeoutSeconds > 900) {
    throw constraint(settings.timeoutSeconds, 'timeout', 'Member must have value between 1 and 900');
  }
  if (!Number.isInteger(settings.memoryMb) || settings.memoryMb < 128 || settings.memoryMb > 10_240) {
    throw constraint(settings.memoryMb, 'memorySize', 'Member must have value between 128 and 10240');
  }
  validateEnvironment(settings.environment);
  const { tracing = 'PassThrough' } = settings;
  if (!['Active', 'PassThrough'].includes(tracing)) throw constraint(tracing, 'tracingConfig.mode', 'Member must satisfy enum value set: [Active, PassThrough]');
  const { format = 'Text', applicationLevel } = settings.logging ?? {};
  if (!['Text', 'JSON'].includes(format)) throw constraint(format, 'loggingConfig.logFormat', 'Member must satisfy enum value set: [JSON, Text]');
  if (format === 'Text' && applicationLevel !== undefined) {
    throw new AwsError('InvalidParameterValueException', 'The application log level needs the log format JSON.');
  }
}

function validateEnvironment(environment: Readonly<Record<string, string>>): void {
  const unable = 'Lambda was unable to configure your environment variables because the environment variables you have provided';
  const reserved = Object.keys(environment).filter((name) => RESERVED.includes(name));
  if (reserved.length > 0) {
    throw new AwsError(
      'InvalidParameterValueException',
      `${unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const malformed = Object.keys(environment).find((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name));
  if (malformed !== undefined) {
    throw constraint(malformed, 'environment.variables', 'Map keys must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+');
  }
  if (Buffer.byteLength(JSON.stringify(environment)) > MAX_ENVIRONMENT_BYTES) {
    throw new AwsError('InvalidParameterValueException', `${unable} exceeded the 4KB limit`);
  }
}

function constraint(value: unknown, member: string, rule: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`,
  );
}
