/**
 * `npm run histories -- --runs N --seed N [--path P] [--workers N]`: lives through random histories and says what broke a rule.
 * `npm run histories -- FILE...`: lives through histories that were written down.
 * With `--audiences` or `--retrainings`, before the others, they are about the runs of an audience, or of a retraining, instead of stacks.
 * `npm run histories -- --compare --runs N --seed N [--workers N]`: lives through random histories with stacks of this library and with
 * stacks that were written by hand, and counts what comes of each.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import { audiences } from './audiences/history';
import { check, replay, Result, Subject, summary } from './check';
import { compare, Comparison, table } from './compare';
import { stacks } from './history';
import { functions } from './life';
import { retrainings } from './retrainings/history';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    path: { type: 'string' },
    workers: { type: 'string', default: '1' },
    compare: { type: 'boolean', default: false },
    audiences: { type: 'boolean', default: false },
    retrainings: { type: 'boolean', default: false },
  },
});
const [runs, seed, workers] = [values.runs, values.seed, values.workers].map(Number);

async function main(): Promise<void> {
  const began = Date.now();
  if (values.compare) {
    const comparisons = await shared(async () => compare({ runs, seed }));
    if (!process.send) print(table(comparisons), began);
    return;
  }
  const results = await shared(find);
  if (process.send) return;
  print(summary(results), began);
  process.exitCode = results.some(({ finding }) => finding) ? 1 : 0;
}

async function find(): Promise<Result> {
  if (values.retrainings) return findIn(retrainings);
  return values.audiences ? findIn(audiences) : findIn(stacks);
}

async function findIn<P>(subject: Subject<P>): Promise<Result> {
  return positionals.length > 0
    ? replay(subject, positionals.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')) as P))
    : check(subject, { runs, seed, path: values.path });
}

/** Does the work here, or a share of it in each of several processes. A process that has a share sends what came of it. */
async function shared<T extends Result | Comparison>(work: () => Promise<T>): Promise<readonly T[]> {
  if (workers > 1) return Promise.all(Array.from({ length: workers }, async (_, index) => inWorker<T>(Math.ceil(runs / workers), seed + index)));
  const result = await work();
  await functions.close();
  process.send?.(result);
  if (process.send) process.disconnect();
  return [result];
}

async function inWorker<T>(share: number, from: number): Promise<T> {
  const mode = (['compare', 'audiences', 'retrainings'] as const).filter((name) => values[name]).map((name) => `--${name}`);
  const worker = fork(__filename, [...mode, '--runs', String(share), '--seed', String(from)], { execArgv: process.execArgv });
  const [result] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => { throw new Error(`a worker ended with exit code ${code}`); }),
  ]) as [T];
  return result;
}

function print(lines: readonly string[], began: number): void {
  for (const line of lines) console.log(line);
  console.log(`Seconds: ${Math.round((Date.now() - began) / 1_000)}`);
}

void main();
