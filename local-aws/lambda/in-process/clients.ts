import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { HttpRequest, HttpResponse } from '@smithy/protocol-http';
import { refusal, reset, Surroundings } from './surroundings';
import { AwsError, AwsRequest } from '../../aws';
import type { CleanRoomsMlApi } from '../../cleanroomsml/api';
import type { Input, OperationName } from '../../cleanroomsml/model';
import type { CloudFormationApi } from '../../cloudformation/api';
import { ConnectionReset } from '../../faults';
import type { Invocation } from '../sandbox';

/** What a module exports. */
export type Exports = Record<string, unknown>;

/** The names that the services' requests are signed with, by what their clients call themselves. */
const SIGNING_NAMES: Record<string, string> = {
  CloudFormation: 'cloudformation', SFN: 'states', Lambda: 'lambda', CleanRoomsML: 'cleanrooms-ml', S3: 's3', IAM: 'iam',
};

/** The exports of an SDK client whose calls stay in this process. */
export function clientsOf(sdk: Exports, surroundings: Surroundings): Exports {
  return Object.fromEntries(Object.entries(sdk).map(([name, value]) => [name, isClient(value) ? clientOf(value, surroundings) : value]));
}

interface Configuration {
  readonly maxAttempts?: number;
}

interface Command {
  readonly input: Record<string, unknown>;
}

interface Client {
  readonly config: { readonly serviceId: string };
  send(command: Command, ...others: unknown[]): Promise<unknown>;
}

type ClientClass = new (configuration: object) => Client;

/** Of the SDK's clients. */
const DEFAULT_ATTEMPTS = 3;

function isClient(value: unknown): value is ClientClass {
  return typeof value === 'function' && typeof (value.prototype as { send?: unknown } | undefined)?.send === 'function';
}

function clientOf(Client: ClientClass, surroundings: Surroundings): ClientClass {
  if (Client.name === 'CleanRoomsMLClient') return cleanRoomsMlClient(surroundings);
  return class extends Client {
    private readonly maxAttempts: number;

    constructor(configuration: Configuration = {}) {
      super({
        ...configuration,
        region: 'us-east-1',
        endpoint: 'http://localhost',
        // Of S3.
        forcePathStyle: true,
        credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
        retryStrategy: new ConfiguredRetryStrategy(configuration.maxAttempts ?? DEFAULT_ATTEMPTS, () => 0),
        signer: { sign: async (request: unknown) => request },
        requestHandler: { handle: async (request: HttpRequest) => ({ response: await answer(request, this.config.serviceId, surroundings) }) },
      });
      this.maxAttempts = configuration.maxAttempts ?? DEFAULT_ATTEMPTS;
    }

    override async send(command: Command, ...others: unknown[]): Promise<unknown> {
      const operation = operationNameOf(command);
      const act = SHORT_CUTS[`${this.config.serviceId} ${operation}`];
      return act ? direct(surroundings, SIGNING_NAMES[this.config.serviceId], command, this.maxAttempts, act) : super.send(command, ...others);
    }
  };
}

/** How a call is made without the client's middleware, of which histories would need a million rounds. */
type Act = (invocation: Invocation, operation: string, input: Record<string, unknown>) => Promise<unknown>;

/** What is called all the time, by what its client calls itself. */
const SHORT_CUTS: Record<string, Act> = {
  'Lambda Invoke': async ({ frontDoor, principal }, _, { FunctionName, Payload }) => {
    const { status, headers = {}, body = '' } = await frontDoor.call('lambda', {
      principal,
      method: 'POST',
      path: `/2015-03-31/functions/${encodeURIComponent(String(FunctionName))}/invocations`,
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from(String(Payload ?? '')),
    });
    if (status >= 400) throw new AwsError(headers['x-amzn-errortype'], String(body), status);
    return { StatusCode: status, FunctionError: headers['x-amz-function-error'], Payload: Buffer.from(body) };
  },
  'CloudFormation DescribeStacks': async ({ frontDoor, principal }, operation, { StackName }) => {
    const cloudFormation = frontDoor.serviceNamed('cloudformation') as CloudFormationApi;
    const described = await cloudFormation.call(principal, operation, { StackName: String(StackName) });
    const { Stacks } = described as { Stacks: Record<string, string | undefined>[] };
    const date = (value?: string) => value === undefined ? undefined : new Date(value);
    return {
      Stacks: Stacks.map((stack) => ({ ...stack, CreationTime: date(stack.CreationTime), LastUpdatedTime: date(stack.LastUpdatedTime) })),
    };
  },
};

function cleanRoomsMlClient(surroundings: Surroundings): ClientClass {
  const act: Act = async ({ frontDoor, principal }, operation, input) =>
    (frontDoor.serviceNamed('cleanrooms-ml') as CleanRoomsMlApi).service.call(operation as OperationName, principal, input as Input<OperationName>);
  class CleanRoomsMLClient {
    readonly config = { serviceId: 'CleanRoomsML', region: async () => 'us-east-1' };
    private readonly maxAttempts: number;

    constructor({ maxAttempts = DEFAULT_ATTEMPTS }: Configuration = {}) {
      this.maxAttempts = maxAttempts;
    }

    async send(command: Command): Promise<unknown> {
      return direct(surroundings, 'cleanrooms-ml', command, this.maxAttempts, act);
    }
  }
  return CleanRoomsMLClient;
}

/** Takes a command to its service as it is. Retries as the client would, and errors come back as it would throw them. */
async function direct(surroundings: Surroundings, service: string, command: Command, maxAttempts: number, act: Act): Promise<unknown> {
  const operation = operationNameOf(command);
  for (let attempt = 1; ; attempt++) {
    try {
      const input = structuredClone(command.input);
      const output = await surroundings.call(service, operation, async (invocation) => act(invocation, operation, input), (status, code) => {
        throw new AwsError(code, 'injected', status);
      });
      return { ...structuredClone(output) as object, $metadata: { httpStatusCode: 200 } };
    } catch (error) {
      const thrown = error instanceof ConnectionReset ? reset() : error;
      const isTransient = !(thrown instanceof AwsError) || thrown.status >= 500 || thrown.status === 429;
      if (attempt < maxAttempts && isTransient) continue;
      if (!(thrown instanceof AwsError)) throw thrown;
      throw Object.assign(new Error(thrown.message), { name: thrown.code, $metadata: { httpStatusCode: thrown.status } });
    }
  }
}

function operationNameOf(command: Command): string {
  return command.constructor.name.replace(/Command$/, '');
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
