import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as net from 'node:net';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

interface Run {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  /** Everything printed so far. */
  output(): string;
}

function run(args: string[] = [], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'local-aws', 'cli.ts'), ...args], {
    cwd: ROOT, env: { ...process.env, ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += String(chunk); });
  return { child, output: () => output, exit: once(child, 'close').then(([code]) => code as number | null) };
}

async function ready(cli: Run): Promise<URL> {
  const ended = cli.exit.then(() => { throw new Error(cli.output()); });
  while (!cli.output().includes('npx cdk deploy')) await Promise.race([once(cli.child.stdout!, 'data'), ended]);
  return new URL(/AWS_ENDPOINT_URL='([^']*)'/.exec(cli.output())![1]);
}

test.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('it prints what to export, and %s ends it with one sentence', async (signal, exitCode) => {
  const cli = run(['--port', '0']);
  const endpoint = await ready(cli);
  const printed = cli.output();
  expect(printed).toMatch(/^export AWS_SECRET_ACCESS_KEY='.{40}'$/m);
  cli.child.kill(signal);
  cli.child.kill(signal);
  expect(await cli.exit).toBe(exitCode);
  expect(cli.output().slice(printed.length).trim()).toBe('The embedded AWS has stopped, and everything in it is gone.');
  await expect(once(net.connect(Number(endpoint.port), endpoint.hostname), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('it says in one sentence that its port is taken', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  try {
    const cli = run([], { LOCAL_AWS_PORT: String(port) });
    expect(await cli.exit).toBe(1);
    expect(cli.output()).toBe(`Port ${port} is taken: stop what listens there, or choose another one with --port.\n`);
  } finally {
    server.close();
  }
});

test.each([
  [['--port', '65536'], '"65536" is not a port: it is a number from 0, for any free one, to 65535.\n'],
  [['--prot', '1'], expect.stringContaining('The only option is --port.')],
])('it refuses %j', async (args, message) => {
  const cli = run(args);
  expect(await cli.exit).toBe(1);
  expect(cli.output()).toEqual(message);
});
