import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';

const RUNS = 300;
const SEED = 66_004;

/** In a process of its own: Jest's modules are not those that functions find in theirs. */
async function histories(...args: string[]): Promise<string> {
  // A violation ends it with 1, and what it printed says more than that.
  const ended = promisify(execFile)(process.execPath, ['--import', 'tsx', path.join(__dirname, 'cli.ts'), ...args]);
  return ended.then(({ stdout }) => stdout, ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => `${stdout}${stderr}`);
}

test(`${RUNS} histories of deployments, mishaps and other hands keep the rules`, async () => {
  const printed = await histories('--runs', String(RUNS), '--seed', String(SEED), '--workers', '2');
  expect(printed).toContain(`Histories: ${RUNS}\n`);
  expect(printed).toContain('Violations: 0\n');
  const mishaps = [
    'cancelled', 'delivered late', 'delivered twice', 'killed-after', 'reset-after', 'cut-after', 'denied', 'throttled', 'stopped at a failure', 'mended',
    'kept', 'kept, then taken up', 'kept, then superseded', 'kept, then deleted with the stack',
  ];
  for (const mishap of mishaps) expect(printed).toMatch(new RegExp(`  ${mishap}: [1-9]`));
}, 1_200_000);

const AUDIENCE_RUNS = 150;
const AUDIENCE_SEED = 20261122;

test(`${AUDIENCE_RUNS} histories of the runs of audiences keep theirs`, async () => {
  const printed = await histories('--audiences', '--runs', String(AUDIENCE_RUNS), '--seed', String(AUDIENCE_SEED), '--workers', '2');
  expect(printed).toContain(`Histories: ${AUDIENCE_RUNS}\n`);
  expect(printed).toContain('Violations: 0\n');
  for (const mishap of ['reset-after', 'reset-before', 'throttled', 'unavailable', 'fills the quotas']) expect(printed).toMatch(new RegExp(`  ${mishap}: [1-9]`));
}, 600_000);

const RETRAINING_RUNS = 80;
const RETRAINING_SEED = 41;

test(`${RETRAINING_RUNS} histories of retrainings keep theirs`, async () => {
  const printed = await histories('--retrainings', '--runs', String(RETRAINING_RUNS), '--seed', String(RETRAINING_SEED), '--workers', '2');
  expect(printed).toContain(`Histories: ${RETRAINING_RUNS}\n`);
  expect(printed).toContain('Violations: 0\n');
  const mishaps = ['killed-after', 'reset-after', 'cut-after', 'throttled', 'refused', 'repoints', 'stops executions', 'rolled back'];
  for (const mishap of mishaps) expect(printed).toMatch(new RegExp(`  ${mishap}: [1-9]`));
}, 600_000);

const REGRESSIONS = path.join(__dirname, 'regressions');

test.each([
  ['', REGRESSIONS],
  ...['audiences', 'retrainings'].map((name) => [`--${name}`, path.join(__dirname, name, 'regressions')]),
])('the histories that once broke a rule keep them now %s', async (option, folder) => {
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const printed = await histories(...option === '' ? [] : [option], ...files);
  expect(printed).toContain(`Histories: ${files.length}\n`);
  expect(printed).toContain('Violations: 0\n');
}, 600_000);

test('a stack that stopped at a failure is mended, or rolled back before a deployment that is not to stop', async () => {
  const model = { generation: 0, tag: 0, waits: true, named: false };
  const stack = { column: 0, datasetTag: 0, datasetNamed: false, models: [model], fails: false };
  const calm = { calls: [], deliveries: [], hands: [], trainingFails: false };
  const history = {
    settings: {},
    adoptIdOfFailedUpdate: true,
    forgetsFailedRollback: true,
    retain: false,
    trainingMinutes: 40,
    quota: 1,
    steps: [
      { ...calm, rollbackDisabled: true, deploy: { ...stack, fails: true } },
      { ...calm, rollbackDisabled: true, deploy: stack },
      { ...calm, rollbackDisabled: true, deploy: { ...stack, models: [{ ...model, tag: 1 }], fails: true } },
      { ...calm, rollbackDisabled: false, deploy: { ...stack, models: [{ ...model, generation: 1 }] } },
    ],
  };
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'history-')), 'paused.json');
  fs.writeFileSync(file, JSON.stringify(history));
  const printed = await histories(file);
  fs.rmSync(path.dirname(file), { recursive: true });
  // Four deployments, a rollback and the deletion at the end.
  expect(printed).toContain('Steps: 6\nTrainings started: 2\n');
  for (const line of ['mended: 1', 'rolled back: 1', 'stopped at a failure: 2', 'Violations: 0']) expect(printed).toContain(`${line}\n`);
});

test('damage is seen where there is some: the same histories with stacks that were written by hand', async () => {
  const printed = await histories('--compare', '--runs', '6', '--seed', '4');
  expect(printed).toMatch(/^this library +6 +0 +0 +0 +0$/m);
  expect(printed).toMatch(/^AwsCustomResource +6 +[1-9] +/m);
});
