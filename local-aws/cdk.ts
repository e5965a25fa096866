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

  constructor(private readonly aws: LocalAws, private readonly appDirectory: string) {}

  /** Runs a command to its end and returns its exit code. */
  async run(...args: string[]): Promise<number> {
    const child = spawn(process.execPath, [CDK, ...args, '--output', this.output, '--no-notices', '--progress', 'events'], {
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

  /** Ends what runs and removes what it wrote. */
  stop(): void {
    const { pid } = this.running ?? {};
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended by itself a moment ago.
    }
    fs.rmSync(this.output, { recursive: true, force: true });
  }
}

/** Nobody's real account is to get in between. */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}
