import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { LocalAws } from './local-aws';

const CDK = require.resolve('aws-cdk/bin/cdk');

/** The real CDK CLI, pointed at an embedded AWS. */
export class Cdk {
  private readonly output = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-out-'));
  private running?: ChildProcess;
  private stopped = false;

  constructor(private readonly aws: LocalAws, private readonly appDirectory: string) {}

  /** Runs a command to its end and returns its exit code. */
  async run(...args: string[]): Promise<number> {
    if (this.stopped) throw new Error('The CDK CLI was stopped.');
    const child = spawn(process.execPath, [CDK, ...args, '--output', this.output, '--no-notices'], {
      cwd: this.appDirectory,
      env: { ...withoutAws(process.env), ...this.aws.environment(), CDK_DISABLE_CLI_TELEMETRY: 'true' },
      stdio: ['ignore', 'inherit', 'inherit'],
      // A process group of its own, so that the app that the CLI starts ends with it.
      detached: true,
    });
    this.running = child;
    const [code] = await once(child, 'exit') as [number | null];
    this.running = undefined;
    return code ?? 1;
  }

  /** Ends what runs, for good, and removes what it wrote. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.running) await ended(this.running);
    fs.rmSync(this.output, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Ends a process group, whose leader may have ended by itself a moment ago. */
async function ended(leader: ChildProcess): Promise<void> {
  const exit = leader.exitCode === null && leader.signalCode === null ? once(leader, 'exit') : undefined;
  try {
    if (leader.pid !== undefined) process.kill(-leader.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await exit;
}

/** Nobody's real account is to get in between. */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}
