/**
 * `npm run histories -- --runs N --seed N [--path P] [--workers N]`: lives through random histories and says what broke a rule.
 * `npm run histories -- FILE...`: lives through histories that were written down.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { parseArgs } from 'node:util';
import { check, replay, report, Result, Tally } from './check';
import { functions } from './life';
import type { History } from './plan';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    path: { type: 'string' },
    workers: { type: 'string', default: '1' },
  },
});
const [runs, seed, workers] = [values.runs, values.seed, values.workers].map(Number);

async function main(): Promise<void> {
  const began = Date.now();
  const results = await find();
  await functions.close();
  if (process.send) {
    process.send(results[0]);
    process.disconnect();
    return;
  }
  for (const line of summary(results)) console.log(line);
  console.log(`Seconds: ${Math.round((Date.now() - began) / 1_000)}`);
  process.exitCode = results.some(({ finding }) => finding) ? 1 : 0;
}

async function find(): Promise<readonly Result[]> {
  if (positionals.length > 0) return [await replay(positionals.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')) as History))];
  if (workers > 1) return Promise.all(Array.from({ length: workers }, (_, index) => inWorker(Math.ceil(runs / workers), seed + index)));
  return [await check({ runs, seed, path: values.path })];
}

async function inWorker(share: number, from: number): Promise<Result> {
  const worker = fork(__filename, ['--runs', String(share), '--seed', String(from)], { execArgv: process.execArgv });
  const [result] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => { throw new Error(`a worker ended with exit code ${code}`); }),
  ]) as [Result];
  return result;
}

function summary(results: readonly Result[]): string[] {
  const sum = (count: (tally: Tally) => number) => results.reduce((total, { tally }) => total + count(tally), 0);
  const kinds = [...new Set(results.flatMap(({ tally }) => Object.keys(tally.mishaps)))].sort();
  const findings = results.flatMap(({ finding }) => finding ?? []);
  return [
    ...findings.map(report),
    `Histories: ${sum(({ histories }) => histories)}`,
    `Steps: ${sum(({ steps }) => steps)}`,
    ...kinds.map((kind) => `  ${kind}: ${sum(({ mishaps }) => mishaps[kind] ?? 0)}`),
    `Trainings started: ${sum(({ trainings }) => trainings)}`,
    `Violations: ${findings.length}`,
  ];
}

void main();
