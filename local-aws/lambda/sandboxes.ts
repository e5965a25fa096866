import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CodeBundle, CodeDirectories } from './code';
import { type Invocation, type Outcome, Sandbox } from './sandbox';
import { buildSdk } from '../sdk/build';

const DEFAULT_LIMIT = 16;
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Everything that two invocations must have in common to run in the same process, one after the other. */
export interface SandboxSpec {
  readonly code: CodeBundle;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What runs functions. */
export interface FunctionRunner {
  run(spec: SandboxSpec, invocation: Invocation): Promise<Outcome>;
  close(): Promise<void>;
}

interface Idle {
  readonly key: string;
  readonly sandbox: Sandbox;
}

/**
 * The pool of processes that run functions. It can serve any number of embedded AWSs, also one after the other, and
 * reuses a process wherever code and environment are the same. Idle processes beyond the limit end, longest unused first.
 * Whoever makes a pool closes it; a process that exits or is interrupted does that by itself.
 */
export class Sandboxes implements FunctionRunner {
  private readonly limit: number;
  private readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'local-aws-lambda-'));
  private readonly codeDirectories = new CodeDirectories(this.directory);
  private readonly all = new Set<Sandbox>();
  /** The most recently used last. */
  private idle: Idle[] = [];
  private closed = false;
  /** Where the stand-in for the Clean Rooms ML client is, once the first process needs it. */
  private standIn?: Promise<string>;

  constructor(settings: { readonly limit?: number } = {}) {
    this.limit = settings.limit ?? DEFAULT_LIMIT;
    process.once('exit', this.dispose);
    // First in line, to see who else has plans.
    for (const signal of ENDING_SIGNALS) process.prependOnceListener(signal, this.interrupt);
  }

  /** How many processes there are now. */
  get size(): number {
    return this.all.size;
  }

  async run(spec: SandboxSpec, invocation: Invocation): Promise<Outcome> {
    const key = keyOf(spec);
    const sandbox = this.takeIdle(key) ?? await this.start(spec);
    const outcome = await sandbox.run(invocation);
    if (sandbox.alive && !this.closed) {
      this.idle.push({ key, sandbox });
      this.evict(this.limit);
    }
    return outcome;
  }

  /** Ends all processes, also those at work, and removes their files. */
  async close(): Promise<void> {
    const ended = [...this.all].map((sandbox) => sandbox.ended);
    this.dispose();
    await Promise.allSettled([...ended, this.standIn]);
    // What was still being built had to go somewhere.
    fs.rmSync(this.directory, { recursive: true, force: true });
    process.off('exit', this.dispose);
    for (const signal of ENDING_SIGNALS) process.off(signal, this.interrupt);
  }

  private takeIdle(key: string): Sandbox | undefined {
    this.idle = this.idle.filter(({ sandbox }) => sandbox.alive);
    const index = this.idle.map((candidate) => candidate.key).lastIndexOf(key);
    return index < 0 ? undefined : this.idle.splice(index, 1)[0].sandbox;
  }

  private async start(spec: SandboxSpec): Promise<Sandbox> {
    this.evict(this.limit - 1);
    const taskRoot = await this.codeDirectories.of(spec.code);
    const standIn = await (this.standIn ??= buildSdk(this.directory));
    if (this.closed) throw new Error('The sandboxes are closed.');
    const sandbox = await Sandbox.start({ taskRoot, handler: spec.handler, environment: spec.environment, standIn });
    this.all.add(sandbox);
    void sandbox.ended.then(() => this.all.delete(sandbox));
    if (this.closed) sandbox.kill();
    return sandbox;
  }

  /** Processes at work never wait for each other: one may be invoking the other. So the limit only ends idle ones. */
  private evict(limit: number): void {
    const living = [...this.all].filter((sandbox) => sandbox.alive).length;
    for (const { sandbox } of this.idle.splice(0, Math.max(0, living - limit))) sandbox.kill();
  }

  private readonly dispose = (): void => {
    this.closed = true;
    this.idle = [];
    for (const sandbox of this.all) sandbox.kill();
    fs.rmSync(this.directory, { recursive: true, force: true });
  };

  private readonly interrupt = (signal: NodeJS.Signals): void => {
    this.dispose();
    // Listening to a signal stops Node.js from ending the process. If nobody else has plans, that is still what was asked for.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
}

function keyOf({ code, handler, environment }: SandboxSpec): string {
  const entries = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify([code.sha256, handler, entries])).digest('hex');
}
