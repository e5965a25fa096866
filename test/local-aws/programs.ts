/** The project's programs, as a newcomer runs them: through local-aws/start.js, in a checkout of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const FILES = ['.projen', 'examples', 'lambda', 'local-aws', 'package.json', 'src', 'tsconfig.json'];

/** A copy, because starting a program writes the bundle that other tests read meanwhile. */
export class Checkout {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), 'checkout-'));
  private readonly programs: Program[] = [];
  private readonly originals = new Map<string, string>();
  private readonly temporary = path.join(this.root, 'tmp');

  constructor() {
    fs.mkdirSync(this.temporary);
    for (const file of FILES) fs.cpSync(path.join(ROOT, file), path.join(this.root, file), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules'), this.modules);
  }

  get modules(): string {
    return path.join(this.root, 'node_modules');
  }

  /** Changes a source file until `restore`. */
  edit(file: string, change: (source: string) => string): void {
    const edited = path.join(this.root, file);
    const source = fs.readFileSync(edited, 'utf8');
    const changed = change(source);
    if (changed === source) throw new Error(`${file} is as it was.`);
    if (!this.originals.has(edited)) this.originals.set(edited, source);
    fs.writeFileSync(edited, changed);
  }

  /** Ends what runs still, where a test failed, and takes back what was edited. */
  async restore(): Promise<void> {
    for (const program of this.programs.splice(0)) await program.end();
    for (const [file, source] of this.originals) fs.writeFileSync(file, source);
    this.originals.clear();
  }

  start(args: readonly string[], { node = [], environment = {} }: { node?: string[]; environment?: Record<string, string> } = {}): Program {
    const program = new Program(spawn(process.execPath, [...node, path.join(this.root, 'local-aws', 'start.js'), ...args], {
      cwd: this.root, env: { ...process.env, TMPDIR: this.temporary, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    }));
    this.programs.push(program);
    return program;
  }

  /** The temporary files that are there now, save for the cache of the TypeScript loader. */
  temporaryFiles(): string[] {
    return fs.readdirSync(this.temporary).filter((name) => !name.startsWith('tsx-'));
  }

  async remove(): Promise<void> {
    await this.restore();
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

export class Program {
  /** When it is over, and everything that it printed has arrived. */
  readonly exit: Promise<number | null>;
  stdout = '';
  stderr = '';
  private onPrint?: () => void;

  constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk) => {
      this.stdout += String(chunk);
      this.onPrint?.();
    });
    child.stderr!.on('data', (chunk) => { this.stderr += String(chunk); });
    this.exit = once(child, 'close').then(([code]) => code as number | null);
  }

  /** Resolves once it has printed that. */
  async printed(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.onPrint = () => { if (this.stdout.includes(text)) resolve(); };
      this.onPrint();
      void this.exit.then(() => reject(new Error(`It ended without printing "${text}":\n${this.stdout}\n${this.stderr}`)));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** As a terminal does it: the signal goes to all processes of the foreground group. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  /** The process ids of itself, its children, their children and so on. */
  family(): number[] {
    const all = processes();
    const family = [this.pid];
    for (const ancestor of family) family.push(...all.filter(({ parent }) => parent === ancestor).map(({ pid }) => pid));
    return family;
  }

  /** The process ids of those whom a terminal interrupts with it. */
  foreground(): number[] {
    return processes().filter(({ group }) => group === this.child.pid).map(({ pid }) => pid);
  }

  get pid(): number {
    return this.child.pid!;
  }

  async end(): Promise<void> {
    const left = this.child.exitCode === null && this.child.signalCode === null ? this.family() : [];
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It went with another one.
      }
    }
    await this.exit;
  }
}

/** Which of these processes still run. Those that nobody has waited for yet do not. */
export function running(pids: readonly number[]): number[] {
  return processes().filter(({ pid, state }) => pids.includes(pid) && !state.startsWith('Z')).map(({ pid }) => pid);
}

function processes(): { pid: number; parent: number; group: number; state: string }[] {
  return execFileSync('ps', ['-axo', 'pid=,ppid=,pgid=,state='], { encoding: 'utf8' }).trim().split('\n').map((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), group: Number(group), state };
  });
}

/** Listens on a port of its own for as long as `use` takes. */
export async function withTakenPort(use: (port: number) => Promise<void>): Promise<void> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    server.close();
  }
}
