import * as fs from 'node:fs';
import * as path from 'node:path';
import { transformSync } from 'esbuild';
import { Checkout, type Program, running } from './programs';

const BUNDLING = 'Bundling the handlers.';
const STOPPED = 'The embedded AWS has stopped, and everything in it is gone.';

let checkout: Checkout;
beforeEach(() => { checkout = new Checkout(); });
afterEach(async () => checkout.remove());

test.each<[string, number, (cli: Program) => void]>([
  ['Ctrl-C', 130, (cli) => cli.interrupt()],
  ['SIGINT, twice', 130, (cli) => {
    cli.signal('SIGINT');
    cli.signal('SIGINT');
  }],
  ['SIGTERM', 143, (cli) => cli.signal('SIGTERM')],
  ['SIGHUP', 129, (cli) => cli.signal('SIGHUP')],
])('it prints what to export, and %s ends it with one sentence', async (_signal, exitCode, interrupt) => {
  const cli = checkout.start(['cli', '--port', '0']);
  await cli.printed('npx cdk deploy\n');
  const printed = cli.stdout;
  expect(printed).toMatch(/^export AWS_ENDPOINT_URL='http:\/\/127\.0\.0\.1:\d+'$/m);
  const family = cli.family();
  interrupt(cli);
  expect(await cli.exit).toBe(exitCode);
  expect(cli.stdout.slice(printed.length).trim()).toBe(STOPPED);
  expect(cli.stderr).toBe('');
  expect(running(family)).toEqual([]);
  expect(checkout.temporaryFiles()).toEqual([]);
});

test('interrupted before it runs, it says the same sentence', async () => {
  const cli = checkout.start(['cli', '--port', '0']);
  await cli.printed(BUNDLING);
  const family = cli.family();
  cli.signal('SIGTERM');
  expect(await cli.exit).toBe(143);
  expect(cli.stdout).toBe(`${BUNDLING}\n\n${STOPPED}\n`);
  expect(running(family)).toEqual([]);
});

test('while it bundles, a Ctrl-C reaches nobody else', async () => {
  // Long enough to be looked at twice.
  checkout.edit('.projen/tasks.json', (tasks) => tasks.replace('"exec": "esbuild ', '"exec": "sleep 3 && esbuild '));
  const cli = checkout.start(['cli', '--port', '0']);
  await cli.printed(BUNDLING);
  expect(cli.family().length).toBeGreaterThan(1);
  expect(cli.foreground()).toEqual([cli.pid]);
  cli.interrupt();
  expect(await cli.exit).toBe(130);
  expect(cli.stdout).toBe(`${BUNDLING}\n\n${STOPPED}\n`);
});

test('interrupted again while it bundles, it does not wait for the end of that', async () => {
  // A bundling that hangs.
  checkout.edit('.projen/tasks.json', (tasks) => tasks.replace(/"exec": "esbuild [^"]*"/, '"exec": "sleep 1000"'));
  const cli = checkout.start(['cli', '--port', '0']);
  await cli.printed(BUNDLING);
  while (cli.family().length < 3) await new Promise(setImmediate);
  const family = cli.family();
  cli.signal('SIGINT');
  // Of another kind: of one kind, those that have not been delivered yet are one. Nothing says which of two kinds arrives first.
  cli.signal('SIGTERM');
  expect([130, 143]).toContain(await cli.exit);
  expect(cli.stdout).toBe(`${BUNDLING}\n\n${STOPPED}\n`);
  expect(running(family)).toEqual([]);
});

describe('Node.js', () => {
  function withVersion(version: string): Program {
    const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
    return checkout.start(['cli', '--port', '0'], { node: ['--import', `data:text/javascript,${encodeURIComponent(versions)}`] });
  }

  test.each(['6.17.1', '18.20.4', '20.2.0'])('%s is refused in one sentence', async (version) => {
    const cli = withVersion(version);
    expect(await cli.exit).toBe(1);
    expect(cli.stderr).toBe(`This needs Node.js 20.3 or later, and this is Node.js ${version}.\n`);
    expect(cli.stdout).toBe('');
  });

  test.each(['20.3.0', '20.19.0', '22.0.0', '100.0.0'])('%s is not', async (version) => {
    const cli = withVersion(version);
    await cli.printed(BUNDLING);
    cli.signal('SIGINT');
    expect(await cli.exit).toBe(130);
  });

  test('of any age understands the program that refuses it', () => {
    const source = fs.readFileSync(path.join(checkout.root, 'local-aws', 'start.js'), 'utf8');
    expect(() => transformSync(source, { target: 'es5' })).not.toThrow();
    expect(() => transformSync(`${source}\nconst modern = 1;`, { target: 'es5' })).toThrow();
  });
});

test('without dependencies it says what to run', async () => {
  fs.rmSync(checkout.modules);
  const cli = checkout.start(['cli']);
  expect(await cli.exit).toBe(1);
  expect(cli.stderr).toBe('The dependencies are not installed: run `npm ci` first.\n');
});

test('it says what is wrong with handlers that cannot be bundled', async () => {
  fs.writeFileSync(path.join(checkout.root, 'lambda', 'index.ts'), 'import "./nowhere";');
  const cli = checkout.start(['cli']);
  expect(await cli.exit).toBe(1);
  expect(cli.stderr).toMatch(/^Bundling the handlers failed:\n[^]*Could not resolve "\.\/nowhere"/);
});
