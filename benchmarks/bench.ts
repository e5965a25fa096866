/**
 * `npm run bench`: what a stack of this library costs beside one that is written by hand, all in one run. `npm run bench -- --json` prints the figures alone.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { STACKS } from './chains';
import { depths } from './depth';
import { lifecycle, Lifecycle, Phase } from './lifecycle';
import { synthesis, Synthesis } from './synthesis';
import { trainings } from './trainings';

const CHAINS = [1, 10, 40];
const RUNS = 5;

interface Row {
  readonly what: string;
  /** By the kind of stack. */
  readonly figures: Readonly<Record<string, string | number>>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const rows = [...await synthesisRows(), ...await lifecycleRows(), bundle(), ...await trainingRows()];
  if (values.json) console.log(JSON.stringify(rows, undefined, 2));
  else print(rows);
}

async function synthesisRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const chains of CHAINS) {
    const measured = await sideBySide(chains);
    const first = (figure: (one: Synthesis) => number) => byKind((kind) => figure(measured[kind][0]));
    const median = (figure: (one: Synthesis) => number) => byKind((kind) => Math.round(medianOf(measured[kind].map(figure))));
    const row = (what: string, figures: Row['figures']) => rows.push({ what: `${what}, ${chains} chain${chains === 1 ? '' : 's'}`, figures });
    const count = (type: RegExp) => first(({ template }) => Object.values(template.Resources).filter(({ Type }) => type.test(Type)).length);
    row('resources', count(/./));
    row('functions', count(/^AWS::Lambda::Function$/));
    row('template (bytes)', first(({ template }) => JSON.stringify(template).length));
    row('synthesis (ms)', median(({ milliseconds }) => milliseconds));
    row('memory (MB)', median(({ megabytes }) => megabytes));
    if (chains > 1) continue;
    row('first custom resource (depth)', first(({ template }) => Math.min(...depths(template, /^Custom::/))));
    row('configured model (depth)', first(({ template }) => Math.max(...depths(template, /^Custom::\w*ConfiguredAudienceModel$/))));
    rows.push({ what: 'import (ms)', figures: { 'this library': Math.round(medianOf(measured['this library'].map((one) => one.importMilliseconds))) } });
  }
  return rows;
}

/** In turns, so that whatever else the machine does meets both. */
async function sideBySide(chains: number): Promise<Record<string, Synthesis[]>> {
  const measured: Record<string, Synthesis[]> = Object.fromEntries(Object.keys(STACKS).map((kind) => [kind, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const kind of Object.keys(STACKS)) measured[kind].push(await synthesis(kind, chains));
  }
  return measured;
}

async function lifecycleRows(): Promise<Row[]> {
  const measured: Record<string, Lifecycle> = {};
  for (const [kind, build] of Object.entries(STACKS)) measured[kind] = await lifecycle(build);
  const phases = Object.keys(measured['this library']) as (keyof Lifecycle)[];
  return phases.flatMap((phase) => [
    { what: `${phase} (simulated s)`, figures: byKind((kind) => secondsOf(measured[kind][phase])) },
    { what: `${phase} (calls)`, figures: byKind((kind) => measured[kind][phase].calls) },
  ]);
}

function secondsOf({ seconds, status }: Phase): string | number {
  return /^(CREATE|UPDATE|DELETE)_COMPLETE$/.test(status) ? seconds : status;
}

function bundle(): Row {
  const { size } = fs.statSync(path.join(__dirname, '..', 'assets', 'handler', 'index.js'));
  return { what: 'handler bundle (bytes)', figures: { 'this library': size } };
}

async function trainingRows(): Promise<Row[]> {
  return (await trainings()).flatMap(({ training, calls, lateness, share }) => [
    { what: `training of ${training} (calls to Clean Rooms ML)`, figures: { 'this library': calls } },
    { what: `training of ${training} (gate late by)`, figures: { 'this library': `${lateness.toFixed(0)} s, ${share.toFixed(2)} %` } },
  ]);
}

function byKind<T>(figure: (kind: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(STACKS).map((kind) => [kind, figure(kind)]));
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(rows: readonly Row[]): void {
  const kinds = Object.keys(STACKS);
  console.log(['', ...kinds].map((column, index) => (index === 0 ? column.padEnd(66) : column.padStart(16))).join(''));
  for (const { what, figures } of rows) console.log(what.padEnd(66) + kinds.map((kind) => `${figures[kind] ?? ''}`.padStart(16)).join(''));
}

void main();
