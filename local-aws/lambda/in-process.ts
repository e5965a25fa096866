import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vm from 'node:vm';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { HttpRequest, HttpResponse } from '@smithy/protocol-http';
import { CodeDirectories } from './code';
import type { Invocation, Outcome } from './sandbox';
import type { FunctionRunner, SandboxSpec } from './sandboxes';
import { AwsError, AwsRequest, AwsResponse } from '../aws';
import type { CleanRoomsMl } from '../cleanroomsml/cleanroomsml';
import { ConnectionReset } from '../cleanroomsml/faults';
import type { Input, OperationName } from '../cleanroomsml/model';
import { buildSdk } from '../sdk/build';

/** A call that a function is about to make, or has just made. */
export interface FunctionCall {
  readonly functionArn: string;
  /** As requests to it are signed; `answer` for the answer of a custom resource. */
  readonly service: string;
  readonly operation: string;
}

/** What happens at the boundary of a call. */
export type CallFault =
  /** The service refuses for now. */
  | 'throttled' | 'unavailable'
  /** The connection breaks, before or after the service has acted. */
  | 'reset-before' | 'reset-after'
  /** The function dies, before or after the service has acted. */
  | 'killed-before' | 'killed-after';

/** The names that the services' requests are signed with, by what their clients call themselves. */
const SIGNING_NAMES: Record<string, string> = { CloudFormation: 'cloudformation', SFN: 'states', Lambda: 'lambda', CleanRoomsML: 'cleanrooms-ml' };

type Exports = Record<string, unknown>;
type Handler = (event: unknown, context: object) => Promise<unknown>;

/** One invocation of a function; a dead one gets no further. */
interface Run {
  readonly invocation: Invocation;
  dead: boolean;
  kill(): void;
}

/** An execution environment: the function's modules, loaded once, and the invocation that it works at. */
interface Environment {
  readonly handler: Handler;
  run?: Run;
}

/**
 * Runs functions in this process: the same bundles, the same SDK, but without processes, sockets and signatures between them. That
 * is many times as fast, and a fault can be put at the boundary of any call that a function makes. Whether the bundles work in a real
 * runtime is for the sandboxes to show.
 */
export class InProcessFunctions implements FunctionRunner {
  /** Asked about every call. */
  fault?: (call: FunctionCall) => CallFault | undefined;
  private readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'local-aws-functions-'));
  private readonly code = new CodeDirectories(this.directory);
  private readonly idle = new Map<string, Environment[]>();
  private readonly keys = new WeakMap<object, string>();
  private standIn?: Promise<string>;

  async run(spec: SandboxSpec, invocation: Invocation): Promise<Outcome> {
    const key = this.keyOf(spec);
    const idle = this.idle.get(key) ?? [];
    this.idle.set(key, idle);
    const environment = idle.pop() ?? await this.start(spec);
    const outcome = await new Promise<Outcome>((resolve) => {
      const run: Run = {
        invocation,
        dead: false,
        kill() {
          run.dead = true;
          resolve(failure('Runtime.ExitError', `RequestId: ${invocation.requestId} Error: Runtime exited with error: signal: killed`));
        },
      };
      environment.run = run;
      const context = { awsRequestId: invocation.requestId, invokedFunctionArn: invocation.functionArn };
      void environment.handler(JSON.parse(invocation.payload), context).then(
        (result) => resolve({ payload: JSON.stringify(result) ?? 'null' }),
        (error: unknown) => resolve(failure(error instanceof Error ? error.name : 'Error', error instanceof Error ? error.message : String(error))),
      );
    });
    // What died is not used again, and whatever it was about to do never happens.
    if (!environment.run?.dead) idle.push(environment);
    return outcome;
  }

  async close(): Promise<void> {
    await this.standIn;
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private keyOf({ code, handler, environment }: SandboxSpec): string {
    const known = this.keys.get(environment) ?? JSON.stringify([code.sha256, handler, environment]);
    this.keys.set(environment, known);
    return known;
  }

  private async start({ code, handler, environment: variables }: SandboxSpec): Promise<Environment> {
    const root = await this.code.of(code);
    const standIn = await (this.standIn ??= buildSdk(this.directory));
    const [file, name] = handler.split('.');
    const environment: { handler?: Handler; run?: Run } = {};
    const load = loader(standIn, variables, new Surroundings(() => environment.run, (call) => this.fault?.(call)));
    environment.handler = load(path.join(root, `${file}.js`))[name] as Handler;
    return environment as Environment;
  }
}

/** What a function finds around it instead of a network, a clock and timers. */
class Surroundings {
  constructor(private readonly current: () => Run | undefined, private readonly faultOf: (call: FunctionCall) => CallFault | undefined) {}

  get invocation(): Invocation {
    const run = this.current();
    if (run === undefined) throw new Error('There is nothing to do');
    return run.invocation;
  }

  /** Makes a call, with what befalls it. */
  async call<T>(
    service: string, operation: string, act: (invocation: Invocation) => Promise<T>, refuse: (status: number, code: string) => T,
  ): Promise<T> {
    const run = this.current();
    if (run === undefined || run.dead) return never();
    const { functionArn } = run.invocation;
    const fault = this.faultOf({ functionArn, service, operation });
    if (fault === 'throttled') return refuse(429, 'ThrottlingException');
    if (fault === 'unavailable') return refuse(503, 'ServiceUnavailable');
    if (fault === 'reset-before') throw reset();
    if (fault === 'killed-before') return die(run);
    const response = await act(run.invocation);
    if (run.dead) return never();
    if (fault === 'reset-after') throw reset();
    if (fault === 'killed-after') return die(run);
    return response;
  }

  readonly now = (): number => this.invocation.now();
  readonly log = (...values: unknown[]): void => this.invocation.log(values.map(String).join(' '));
}

async function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function die(run: Run): Promise<never> {
  run.kill();
  return never();
}

function reset(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function refusal(service: string, status: number, code: string): AwsResponse {
  return service === 'cloudformation'
    ? { status, headers: { 'content-type': 'text/xml' }, body: `<ErrorResponse><Error><Code>${code}</Code><Message>injected</Message></Error></ErrorResponse>` }
    : { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': code }, body: `{"__type":"${code}","message":"injected"}` };
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
}

/** Loads CommonJS modules with their own globals; the SDK's come from here and differ in how they reach AWS. */
function loader(standIn: string, variables: Readonly<Record<string, string>>, surroundings: Surroundings): (file: string) => Exports {
  const modules = new Map<string, { exports: Exports }>();
  const here = createRequire(__filename);
  const globals = {
    process: Object.assign(Object.create(process), { env: { ...variables } }),
    console: consoleOf(surroundings, variables.AWS_LAMBDA_LOG_LEVEL),
    Date: dateOf(surroundings.now),
    // A test runner may have one of its own.
    Error,
    // Time stands still while a function works, so whoever waits for it has waited long enough.
    setTimeout: (callback: (...values: unknown[]) => void, _milliseconds?: number, ...values: unknown[]) => setImmediate(callback, ...values),
    AbortSignal: { timeout: () => new AbortController().signal, any: (signals: AbortSignal[]) => AbortSignal.any(signals) },
  };
  const builtins: Record<string, Exports> = {
    'https': httpsOf(surroundings),
    'node:timers/promises': { setTimeout: async () => undefined },
  };

  const load = (file: string): Exports => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} as Exports };
    modules.set(file, module);
    const require = (request: string): unknown => {
      if (request in builtins) return builtins[request];
      if (request === '@aws-sdk/client-cleanroomsml') return clientsOf(here(standIn) as Exports, surroundings);
      if (request.startsWith('@aws-sdk/client-')) return clientsOf(here(request) as Exports, surroundings);
      return request.startsWith('.') ? load(createRequire(file).resolve(request)) : here(request);
    };
    compiled(file)(module.exports, require, module, file, path.dirname(file), ...Object.values(globals));
    return module.exports;
  };
  return load;

  function compiled(file: string): (...values: unknown[]) => void {
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname', ...Object.keys(globals)];
    const cached = COMPILED.get(file) ?? vm.compileFunction(fs.readFileSync(file, 'utf8'), parameters, { filename: file }) as (...values: unknown[]) => void;
    COMPILED.set(file, cached);
    return cached;
  }
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** What the function's logging configuration leaves of the console, as the runtime interface client does it. */
function consoleOf({ log }: Surroundings, level = 'TRACE'): Partial<Console> {
  const methods = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' };
  const isShown = (own: string) => LEVELS.indexOf(own) >= LEVELS.indexOf(level);
  return Object.fromEntries(Object.entries(methods).map(([name, own]) => [name, isShown(own) ? log : () => undefined]));
}

const COMPILED = new Map<string, (...values: unknown[]) => void>();

function dateOf(now: () => number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, values, newTarget) => Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}

/** The exports of an SDK client whose calls stay in this process. */
function clientsOf(sdk: Exports, surroundings: Surroundings): Exports {
  return Object.fromEntries(Object.entries(sdk).map(([name, value]) => [name, isClient(value) ? clientOf(value, surroundings) : value]));
}

type ClientClass = new (configuration: object) => { readonly config: { readonly serviceId: string } };

function isClient(value: unknown): value is ClientClass {
  return typeof value === 'function' && typeof (value.prototype as { send?: unknown } | undefined)?.send === 'function';
}

function clientOf(Client: ClientClass, surroundings: Surroundings): ClientClass {
  if (Client.name === 'CleanRoomsMLClient') return directClient(surroundings);
  return class extends Client {
    constructor(configuration: { readonly maxAttempts?: number } = {}) {
      super({
        ...configuration,
        region: 'us-east-1',
        endpoint: 'http://localhost',
        credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
        retryStrategy: new ConfiguredRetryStrategy(configuration.maxAttempts ?? 3, () => 0),
        signer: { sign: async (request: unknown) => request },
        requestHandler: { handle: async (request: HttpRequest) => ({ response: await answer(request, this.config.serviceId, surroundings) }) },
      });
    }
  };
}

/**
 * The client of Clean Rooms ML without its middleware, of which a history would need a million rounds: commands go to the service as
 * they are, and errors come back as the client would throw them.
 */
function directClient(surroundings: Surroundings): ClientClass {
  class CleanRoomsMLClient {
    readonly config = { serviceId: 'CleanRoomsML' };
    private readonly maxAttempts: number;

    constructor({ maxAttempts = 3 }: { readonly maxAttempts?: number } = {}) {
      this.maxAttempts = maxAttempts;
    }

    async send(command: { readonly input: object }): Promise<unknown> {
      const operation = command.constructor.name.replace(/Command$/, '') as OperationName;
      for (let attempt = 1; ; attempt++) {
        try {
          const input = structuredClone(command.input) as Input<typeof operation>;
          return structuredClone(await surroundings.call(
            'cleanrooms-ml',
            operation,
            async ({ frontDoor, principal }) => (frontDoor.serviceNamed('cleanrooms-ml') as CleanRoomsMl).call(operation, principal, input),
            (status, code) => { throw new AwsError(code, 'injected', status); },
          ));
        } catch (error) {
          const thrown = error instanceof ConnectionReset ? reset() : error;
          const isTransient = !(thrown instanceof AwsError) || thrown.status >= 500 || thrown.status === 429;
          if (attempt < this.maxAttempts && isTransient) continue;
          if (!(thrown instanceof AwsError)) throw thrown;
          throw Object.assign(new Error(thrown.message), { name: thrown.code, $metadata: { httpStatusCode: thrown.status } });
        }
      }
    }
  }
  return CleanRoomsMLClient;
}

async function answer(request: HttpRequest, serviceId: string, surroundings: Surroundings): Promise<HttpResponse> {
  const service = SIGNING_NAMES[serviceId];
  const { status, headers = {}, body = '' } = await surroundings.call(service, operationOf(request), async ({ frontDoor, principal }) =>
    frontDoor.call(service, { ...plain(request), principal }), (code, name) => refusal(service, code, name));
  return new HttpResponse({ statusCode: status, headers: { ...headers }, body: Buffer.from(body) });
}

function plain({ method, path: resource, query, headers, body }: HttpRequest): Omit<AwsRequest, 'principal'> {
  const parameters = Object.entries(query ?? {}).flatMap(([name, values]) => [values ?? ''].flat().map((value): [string, string] => [name, value]));
  return {
    method,
    path: resource,
    query: new URLSearchParams(parameters),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: ArrayBuffer.isView(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Buffer.from(String(body ?? '')),
  };
}

/** For whoever decides about faults: the target of JSON protocols, the action of the query protocol, else method and path. */
function operationOf({ method, path: resource, headers, body }: HttpRequest): string {
  const target = headers['x-amz-target'] ?? headers['X-Amz-Target'];
  if (target) return target.split('.')[1];
  return (typeof body === 'string' && /(?:^|&)Action=(\w+)/.exec(body)?.[1]) || `${method} ${resource}`;
}

/** `https`, as far as the provider framework uses it: to answer CloudFormation. */
function httpsOf(surroundings: Surroundings): Exports {
  return {
    request(options: { method: string; path: string }, callback: (response: { statusCode: number; resume(): void }) => void) {
      const chunks: string[] = [];
      const request = Object.assign(new EventEmitter(), {
        write: (chunk: string) => void chunks.push(chunk),
        end: () => {
          const [resource, query] = options.path.split(/\?(.*)/s);
          surroundings.call('answer', 'PUT', async ({ frontDoor }) => frontDoor.customResourceAnswer({
            method: options.method, path: resource, query: new URLSearchParams(query), headers: {}, body: Buffer.from(chunks.join('')),
          }), (code, name) => refusal('s3', code, name)).then(({ status }) => callback({ statusCode: status, resume: () => undefined }), (error) => request.emit('error', error));
        },
      });
      return request;
    },
  };
}
