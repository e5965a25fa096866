import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

const RUNS = 300;
const SEED = 20261122;

/** In a process of its own: Jest's modules are not those that functions find in theirs. */
async function histories(...args: string[]): Promise<string> {
  // A violation ends it with 1, and what it printed says more than that.
  const ended = promisify(execFile)(process.execPath, ['--import', 'tsx', path.join(__dirname, 'cli.ts'), ...args]);
  return ended.then(({ stdout }) => stdout, ({ stdout }: { readonly stdout: string }) => stdout);
}

test(`${RUNS} histories of deployments, mishaps and other hands keep the rules`, async () => {
  const printed = await histories('--runs', String(RUNS), '--seed', String(SEED), '--workers', '2');
  expect(printed).toContain(`Histories: ${RUNS}\n`);
  expect(printed).toContain('Violations: 0\n');
  for (const mishap of ['cancelled', 'delivered late', 'delivered twice', 'killed-after', 'reset-after', 'throttled']) expect(printed).toMatch(new RegExp(`  ${mishap}: [1-9]`));
}, 1_200_000);

const AUDIENCE_RUNS = 150;

test(`${AUDIENCE_RUNS} histories of the runs of audiences keep theirs`, async () => {
  const printed = await histories('--audiences', '--runs', String(AUDIENCE_RUNS), '--seed', String(SEED), '--workers', '2');
  expect(printed).toContain(`Histories: ${AUDIENCE_RUNS}\n`);
  expect(printed).toContain('Violations: 0\n');
  for (const mishap of ['reset-after', 'reset-before', 'throttled', 'unavailable', 'fills the quotas']) expect(printed).toMatch(new RegExp(`  ${mishap}: [1-9]`));
}, 600_000);

const REGRESSIONS = path.join(__dirname, 'regressions');

test.each([['', REGRESSIONS], ['--audiences', path.join(__dirname, 'audiences', 'regressions')]])('the histories that once broke a rule keep them now %s', async (option, folder) => {
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const printed = await histories(...option === '' ? [] : [option], ...files);
  expect(printed).toContain(`Histories: ${files.length}\n`);
  expect(printed).toContain('Violations: 0\n');
}, 120_000);

test('damage is seen where there is some: the same histories with stacks that were written by hand', async () => {
  const printed = await histories('--compare', '--runs', '6', '--seed', '4');
  expect(printed).toMatch(/^this library +6 +0 +0 +0 +0$/m);
  expect(printed).toMatch(/^AwsCustomResource +6 +[1-9] +/m);
}, 240_000);
