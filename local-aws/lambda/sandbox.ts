import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import { type AddressInfo } from 'node:net';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import type { Principal } from '../aws';
import type { FrontDoor } from '../server';

const RUNTIME_API = '/2018-06-01/runtime/';
/** For loading the code, on a machine that may have much else to do. */
const MAX_INIT_SECONDS = 60;
const MAX_RESPONSE_BYTES = 6_291_556;
const RUNTIME_INTERFACE_CLIENT = require.resolve('aws-lambda-ric');
const NODE_MODULES = path.dirname(path.dirname(require.resolve('aws-lambda-ric/package.json')));
const PRELOAD = path.join(__dirname, 'sandbox', 'preload.cjs');

/** One event on its way through a function, and who to turn to meanwhile. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly payload: string;
  readonly timeoutSeconds: number;
  /** Answers the AWS calls that the function makes. */
  readonly frontDoor: Pick<FrontDoor, 'listener' | 'call' | 'customResourceAnswer' | 'serviceNamed'>;
  /** Who the function is to AWS. */
  readonly principal: Principal;
  /** The time of the embedded AWS that invokes. */
  now(): number;
  /** Lets its time pass. */
  pause(milliseconds: number): Promise<void>;
  log(line: string): void;
}

export interface Outcome {
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

export interface SandboxProps {
  /** The directory with the function's code. */
  readonly taskRoot: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The module that is `@aws-sdk/client-cleanroomsml` where the real one is not installed. */
  readonly standIn: string;
}

/**
 * One execution environment: an operating system process with a function's code in it, and the HTTP server that it has
 * for a world. The server is both Lambda's runtime API and the endpoint of every AWS service: calls go to whichever
 * embedded AWS the current invocation came from.
 */
export class Sandbox {
  static async start({ taskRoot, handler, environment, standIn }: SandboxProps): Promise<Sandbox> {
    const server = http.createServer();
    // An idle sandbox keeps one connection open, for as long as it takes until the next event.
    server.keepAliveTimeout = 0;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const child = spawn(process.execPath, ['--require', PRELOAD, RUNTIME_INTERFACE_CLIENT], {
      cwd: taskRoot,
      env: {
        ...environment,
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: taskRoot,
        // Here and nowhere else a function may look for someone's AWS configuration.
        HOME: taskRoot,
        PATH: process.env.PATH,
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        NODE_PATH: NODE_MODULES,
        LOCAL_AWS_CLEANROOMSML_CLIENT: standIn,
        AWS_ENDPOINT_URL: `http://${address}`,
        AWS_LAMBDA_RUNTIME_API: address,
        AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true',
      },
    });
    return new Sandbox(server, child);
  }

  /** When the process is gone. */
  readonly ended: Promise<void>;
  private running = true;
  private current?: Invocation;
  /** The process's request for its next event, while there is none. */
  private next?: http.ServerResponse;
  private delivered = false;
  private settle?: (outcome: Outcome) => void;
  private timeout?: NodeJS.Timeout;

  private constructor(server: http.Server, private readonly child: ChildProcess) {
    server.on('request', (request, response) => void this.serve(request, response));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) readline.createInterface({ input: stream }).on('line', (line) => this.current?.log(line));
    }
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => {
        this.running = false;
        this.settle?.(failure('Runtime.ExitError', `RequestId: ${this.current?.requestId} Error: ${reason}`));
        server.close();
        server.closeAllConnections();
        resolve();
      };
      child.on('close', (code, signal) => end(`Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`));
      child.on('error', (error) => end(`Runtime failed to start: ${error.message}`));
    });
  }

  get alive(): boolean {
    return this.running;
  }

  /**
   * Runs one event, never two at a time. The timeout is counted in real seconds although the clock of the embedded AWS
   * stands still meanwhile: it is there to end what hangs.
   */
  async run(invocation: Invocation): Promise<Outcome> {
    const outcome = new Promise<Outcome>((resolve) => { this.settle = resolve; });
    this.current = invocation;
    this.delivered = false;
    try {
      if (!this.running) return failure('Runtime.ExitError', `RequestId: ${invocation.requestId} Error: Runtime exited without providing a reason`);
      this.endAfter(MAX_INIT_SECONDS);
      this.deliver();
      return await outcome;
    } finally {
      clearTimeout(this.timeout);
      // What the function printed was written before its answer, but comes through another pipe.
      await setImmediate();
    }
  }

  kill(): void {
    this.running = false;
    this.child.kill('SIGKILL');
  }

  private endAfter(seconds: number): void {
    clearTimeout(this.timeout);
    this.timeout = setTimeout(() => {
      this.settle?.(failure('Sandbox.Timedout', `RequestId: ${this.current?.requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`));
      this.kill();
    }, seconds * 1000);
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const pause = request.headers['x-local-aws-pause'];
    if (pause !== undefined) await this.current?.pause(Number(pause));
    const now = this.current?.now() ?? Date.now();
    response.sendDate = false;
    response.setHeader('date', new Date(now).toUTCString());
    response.setHeader('x-local-aws-now', now);
    if (request.url?.startsWith(RUNTIME_API)) {
      this.serveRuntime(request.url.slice(RUNTIME_API.length), request, response);
    } else if (pause !== undefined) {
      response.writeHead(204).end();
    } else if (this.current) {
      void this.current.frontDoor.listener(request, response);
    } else {
      response.writeHead(503).end();
    }
  }

  private serveRuntime(resource: string, request: http.IncomingMessage, response: http.ServerResponse): void {
    if (resource === 'invocation/next') {
      this.next = response;
      this.deliver();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      response.writeHead(202).end();
      const body = Buffer.concat(chunks);
      if (resource === 'init/error') {
        this.settle?.({ payload: body.toString(), functionError: 'Unhandled' });
        this.kill();
      } else if (resource === `invocation/${this.current?.requestId}/error`) {
        this.settle?.({ payload: body.toString(), functionError: 'Unhandled' });
      } else if (resource === `invocation/${this.current?.requestId}/response`) {
        this.settle?.(body.length > MAX_RESPONSE_BYTES
          ? failure('Function.ResponseSizeTooLarge', `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`)
          : { payload: body.toString() });
      }
    });
  }

  /** Brings event and process together, whichever comes last. */
  private deliver(): void {
    if (!this.next || !this.current || this.delivered) return;
    const { requestId, functionArn, payload, timeoutSeconds } = this.current;
    this.delivered = true;
    this.endAfter(timeoutSeconds);
    this.next.writeHead(200, {
      'content-type': 'application/json',
      // The process may have asked long before there was anything to do.
      'x-local-aws-now': this.current.now(),
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-invoked-function-arn': functionArn,
      'lambda-runtime-deadline-ms': this.current.now() + timeoutSeconds * 1000,
    }).end(payload);
    this.next = undefined;
  }
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
}
