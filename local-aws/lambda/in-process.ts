import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CodeDirectories } from './code';
import { loader } from './in-process/modules';
import { CallFault, FunctionCall, Run, Surroundings } from './in-process/surroundings';
import type { Invocation, Outcome } from './sandbox';
import type { FunctionRunner, SandboxSpec } from './sandboxes';
import { buildSdk } from '../sdk/build';

type Handler = (event: unknown, context: object) => Promise<unknown>;

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
      const context = {
        awsRequestId: invocation.requestId,
        invokedFunctionArn: invocation.functionArn,
        logGroupName: spec.environment.AWS_LAMBDA_LOG_GROUP_NAME,
        logStreamName: spec.environment.AWS_LAMBDA_LOG_STREAM_NAME,
      };
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

function failure(errorType: string, errorMessage: string): Outcome {
  return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
}
