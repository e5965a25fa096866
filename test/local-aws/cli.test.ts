import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { Program, withTakenPort } from './programs';

const ROOT = path.join(__dirname, '..', '..');

/** Without start.js, which start.test.ts is about. */
function run(args: string[] = [], environment: Record<string, string> = {}): Program {
  return new Program(spawn(process.execPath, ['--require', 'tsx/cjs', path.join(ROOT, 'local-aws', 'cli.ts'), ...args], {
    cwd: ROOT, env: { ...process.env, ...environment },
  }));
}

async function exported(environment: Record<string, string> = {}): Promise<Record<string, string>> {
  const cli = run(['--port', '0'], environment);
  await cli.printed('npx cdk deploy\n');
  cli.signal('SIGTERM');
  expect(await cli.exit).toBe(143);
  return Object.fromEntries([...cli.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]));
}

test('it prints what to export', async () => {
  const environment = await exported({ NO_PROXY: '', no_proxy: '' });
  expect(environment).toMatchObject({ AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^.{40}$/), NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' });
});

test('hosts that need no proxy stay so', async () => {
  const environment = await exported({ NO_PROXY: 'intranet.example, localhost', no_proxy: 'localhost,.internal' });
  expect(environment).toMatchObject({ NO_PROXY: 'intranet.example,localhost,.internal,127.0.0.1', no_proxy: environment.NO_PROXY });
});

test('it says in one sentence that its port is taken', () => withTakenPort(async (port) => {
  const cli = run([], { LOCAL_AWS_PORT: String(port) });
  expect(await cli.exit).toBe(1);
  expect(cli.stderr).toBe(`Port ${port} is taken: stop what listens there, or choose another one with --port.\n`);
}));

test.each([
  [['--port', '65536'], '"65536" is not a port: it is a number from 0, for any free one, to 65535.\n'],
  [['--port', '-1'], expect.stringContaining('The only option is --port.')],
  [['--prot', '1'], expect.stringContaining('The only option is --port.')],
])('it refuses %j', async (args, message) => {
  const cli = run(args);
  expect(await cli.exit).toBe(1);
  expect(cli.stderr).toEqual(message);
});
