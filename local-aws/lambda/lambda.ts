import { createHash, randomUUID } from 'node:crypto';
import { AwsError, inOwnWords, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import { CodeBundle } from './code';
import { checkExecutionRole, mayLog } from './execution-role';
import { type FunctionSettings, validateFunction } from './function';
import { type Permission, statementOf } from './resource-policy';
import type { Invocation, Outcome } from './sandbox';
import type { FunctionRunner } from './sandboxes';
import type { PolicyDocument } from '../iam/policy-document';

const MINUTE = 60_000;
/** How long Lambda waits before it tries an asynchronous invocation again. */
const RETRY_PAUSES = [MINUTE, 2 * MINUTE];

/** What Lambda needs of IAM. */
export interface LambdaIam {
  assumeRoleForService(roleArn: string, service: string, context: { readonly sessionName?: string }): Promise<Principal>;
  authorize(principal: Principal, action: string, resource: string): Promise<void>;
  roleExists(arn: string): boolean;
  credentialsFor(principal: Principal): { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
}

/** What Lambda needs of KMS. */
export interface LambdaKms {
  /** Throws if there is no such key, or none that can be used. */
  checkState(arn: string): Promise<void>;
}

export interface LambdaFunction {
  readonly arn: string;
  readonly settings: FunctionSettings;
  readonly code: CodeBundle;
  readonly lastModified: string;
}

export interface LambdaProps {
  readonly account: Account;
  readonly clock: Clock;
  readonly iam: LambdaIam;
  readonly kms: LambdaKms;
  readonly sandboxes: FunctionRunner;
  /** Answers the AWS calls that functions make. */
  readonly frontDoor: Invocation['frontDoor'];
}

/** AWS Lambda: zip packages for Node.js, run by AWS's own runtime interface client. */
export class Lambda {
  /** What each function printed and its role let Lambda write down, by function name; it outlives the function. */
  readonly logs = new Map<string, string[]>();
  private readonly functions = new Map<string, LambdaFunction>();
  /** The statements of each function's resource policy, by function name and statement id. */
  private readonly permissions = new Map<string, Map<string, object>>();
  private readonly environments = new WeakMap<LambdaFunction, Record<string, string>>();
  private readonly closing = new AbortController();
  private readonly events = new Set<Promise<void>>();

  constructor(private readonly props: LambdaProps) {}

  async createFunction(settings: FunctionSettings): Promise<{ arn: string }> {
    const { functionName } = settings;
    if (this.functions.has(functionName)) {
      throw new AwsError('ResourceConflictException', `Function already exist: ${functionName}`, 409);
    }
    return this.put(settings);
  }

  async updateFunction(functionName: string, settings: FunctionSettings): Promise<void> {
    this.getFunction(functionName);
    await this.put({ ...settings, functionName });
  }

  /** Invocations that run go on to their end; events that wait for their next attempt are dropped. */
  deleteFunction(nameOrArn: string): void {
    const { settings: { functionName } } = this.getFunction(nameOrArn);
    this.functions.delete(functionName);
    this.permissions.delete(functionName);
  }

  /** Finds a function as the API does: by name, partial ARN or ARN, with `$LATEST` as the only version. */
  getFunction(nameOrArn: string): LambdaFunction {
    const arn = this.arnOf(nameOrArn);
    const found = this.functions.get(arn.split(':')[6]);
    if (!found || (arn !== found.arn && arn !== `${found.arn}:$LATEST`)) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
    }
    return found;
  }

  /** Lets somebody else use the function, most often a service. */
  addPermission(nameOrArn: string, permission: Permission): void {
    const { arn, settings: { functionName } } = this.getFunction(nameOrArn);
    const statements = this.permissions.get(functionName) ?? new Map<string, object>();
    if (statements.has(permission.statementId)) {
      throw new AwsError('ResourceConflictException', `The statement id (${permission.statementId}) provided already exists.`, 409);
    }
    // A policy document is replaced, never changed: IAM remembers what it decided about one.
    this.permissions.set(functionName, new Map(statements).set(permission.statementId, statementOf(permission, arn, this.props)));
  }

  removePermission(nameOrArn: string, statementId: string): void {
    const { settings: { functionName } } = this.getFunction(nameOrArn);
    const statements = new Map(this.permissions.get(functionName));
    if (!statements.delete(statementId)) {
      throw new AwsError('ResourceNotFoundException', `Statement ${statementId} is not found in resource policy.`, 404);
    }
    this.permissions.set(functionName, statements);
  }

  /** Whom the function lets in besides those whom their own policies do. */
  resourcePolicy(nameOrArn: string): PolicyDocument | undefined {
    const statements = [...this.permissions.get(this.getFunction(nameOrArn).settings.functionName)?.values() ?? []];
    return statements.length === 0 ? undefined : { Version: '2012-10-17', Id: 'default', Statement: statements };
  }

  functionNames(): string[] {
    return [...this.functions.keys()];
  }

  /** The ARN that a name, partial ARN or ARN stands for, whether or not there is such a function. */
  arnOf(nameOrArn: string): string {
    const { partition, region, accountId } = this.props.account;
    const [, prefix = `arn:${partition}:lambda:${region}:`, owner = accountId, name = nameOrArn] =
      nameOrArn.match(/^(?:(arn:[^:]+:lambda:[^:]+:)?(\d{12}):function:)?([^:]+(?::[^:]+)?)$/) ?? [];
    return `${prefix}${owner}:function:${name}`;
  }

  /** Invokes and waits. A function that throws is an outcome, not an error. */
  async invoke(nameOrArn: string, payload: unknown): Promise<Outcome> {
    return this.run(this.getFunction(nameOrArn), JSON.stringify(payload), randomUUID());
  }

  /** Hands over an event. When the function fails it is tried twice more, then the event is dropped. */
  invokeAsync(nameOrArn: string, payload: unknown): void {
    const { settings: { functionName } } = this.getFunction(nameOrArn);
    const event = this.deliver(functionName, JSON.stringify(payload)).finally(() => this.events.delete(event));
    this.events.add(event);
  }

  /** Drops the events that still wait. The sandboxes belong to whoever made them. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.events);
  }

  private async put(settings: FunctionSettings): Promise<{ arn: string }> {
    validateFunction(settings);
    const { partition, region, accountId } = this.props.account;
    const arn = `arn:${partition}:lambda:${region}:${accountId}:function:${settings.functionName}`;
    const code = await this.props.clock.busy(() => CodeBundle.from(settings.code));
    const principal = await this.assumeRole(settings, 'InvalidParameterValueException', 400);
    await checkExecutionRole(settings, async (action, resource) => this.props.iam.authorize(principal, action, resource));
    await this.checkKey(settings);
    this.functions.set(settings.functionName, { arn, settings, code, lastModified: this.props.clock.iso() });
    return { arn };
  }

  private async checkKey({ kmsKeyArn }: FunctionSettings): Promise<void> {
    if (kmsKeyArn === undefined) return;
    await inOwnWords(async () => {
      if (kmsKeyArn.includes(':alias/')) throw new AwsError('InvalidArnException', 'Key Aliases are not supported for this operation.');
      await this.props.kms.checkState(kmsKeyArn);
    }, ({ code, message }) => new AwsError(
      'InvalidParameterValueException',
      'Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. '
      + `Please check your KMS key settings. KMS Exception: ${code} KMS Message: ${message}`,
    ));
  }

  private async assumeRole({ roleArn, functionName }: FunctionSettings, code: string, status: number): Promise<Principal> {
    return inOwnWords(
      async () => this.props.iam.assumeRoleForService(roleArn, 'lambda.amazonaws.com', { sessionName: functionName }),
      () => new AwsError(code, 'The role defined for the function cannot be assumed by Lambda.', status),
    );
  }

  private async deliver(functionName: string, payload: string): Promise<void> {
    const requestId = randomUUID();
    for (const pause of [...RETRY_PAUSES, undefined]) {
      const found = this.functions.get(functionName);
      if (!found || this.closing.signal.aborted || await this.succeeds(found, payload, requestId) || pause === undefined) return;
      await this.props.clock.sleep(pause, this.closing.signal);
    }
  }

  private async succeeds(found: LambdaFunction, payload: string, requestId: string): Promise<boolean> {
    try {
      return (await this.run(found, payload, requestId)).functionError === undefined;
    } catch (error) {
      this.log(found, `${requestId} ${String(error)}`);
      return false;
    }
  }

  private async run(found: LambdaFunction, payload: string, requestId: string): Promise<Outcome> {
    const { clock, iam, sandboxes, frontDoor } = this.props;
    return clock.busy(async () => {
      const principal = await this.assumeRole(found.settings, 'AccessDeniedException', 403);
      const environment = this.environmentOf(found, principal);
      const isLogged = await mayLog(this.logStreamArn(environment), async (action, resource) => iam.authorize(principal, action, resource));
      const over = new AbortController();
      return sandboxes.run(
        { code: found.code, handler: found.settings.handler, environment },
        {
          requestId,
          functionArn: found.arn,
          payload,
          timeoutSeconds: found.settings.timeoutSeconds,
          now: () => clock.now(),
          pause: async (milliseconds) => clock.pause(milliseconds, over.signal),
          log: (line) => { if (isLogged) this.log(found, line); },
          frontDoor,
          principal,
        },
      ).finally(() => over.abort());
    });
  }

  /** Nothing in it changes from one invocation to the next, so that sandboxes can be used again. */
  private environmentOf(found: LambdaFunction, principal: Principal): Record<string, string> {
    const environment = this.environments.get(found) ?? this.newEnvironment(found, principal);
    this.environments.set(found, environment);
    return environment;
  }

  /** As Lambda's documentation lists them. */
  private newEnvironment({ settings, code }: LambdaFunction, principal: Principal): Record<string, string> {
    const { accessKeyId, secretAccessKey, sessionToken } = this.props.iam.credentialsFor(principal);
    const { region } = this.props.account;
    const stream = createHash('sha256').update(`${settings.functionName} ${code.sha256}`).digest('hex').slice(0, 32);
    return {
      ...settings.environment,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: settings.functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_FORMAT: settings.logging?.format ?? 'Text',
      ...settings.logging?.applicationLevel && { AWS_LAMBDA_LOG_LEVEL: settings.logging.applicationLevel },
      AWS_LAMBDA_LOG_GROUP_NAME: settings.logging?.logGroup ?? `/aws/lambda/${settings.functionName}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `[$LATEST]${stream}`,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
  }

  private logStreamArn({ AWS_LAMBDA_LOG_GROUP_NAME: group, AWS_LAMBDA_LOG_STREAM_NAME: stream }: Record<string, string>): string {
    const { partition, region, accountId } = this.props.account;
    return `arn:${partition}:logs:${region}:${accountId}:log-group:${group}:log-stream:${stream}`;
  }

  private log({ settings: { functionName } }: LambdaFunction, line: string): void {
    const lines = this.logs.get(functionName) ?? [];
    this.logs.set(functionName, lines);
    lines.push(line);
  }
}
