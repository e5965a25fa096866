import * as fc from 'fast-check';
import { live, Report } from './history';
import { History, history } from './plan';

export interface CheckOptions {
  readonly runs: number;
  readonly seed: number;
  /** Where in the run with this seed to begin: what a failure names, to be replayed. */
  readonly path?: string;
}

/** What happened in all histories together. */
export interface Tally {
  histories: number;
  steps: number;
  trainings: number;
  mishaps: Record<string, number>;
}

export interface Finding {
  readonly history: History;
  readonly violations: readonly string[];
  /** How to see it again, where it was found by chance. */
  readonly command?: string;
}

/** What came of it: the first finding, if there is one. */
export interface Result {
  readonly tally: Tally;
  readonly finding?: Finding;
}

class BrokenRule extends Error {}

/** Lives through random histories until a rule is broken, and then finds a short one that breaks it too. */
export async function check({ runs, seed, path }: CheckOptions): Promise<Result> {
  const tally: Tally = { histories: 0, steps: 0, trainings: 0, mishaps: {} };
  let violations: readonly string[] = [];
  const holds = fc.asyncProperty(history, async (plan) => {
    const lived = await live(plan);
    add(tally, lived);
    if (lived.violations.length === 0) return;
    violations = lived.violations;
    throw new BrokenRule();
  });
  const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(holds, { numRuns: runs, seed, path });
  if (failed && !(errorInstance instanceof BrokenRule)) throw errorInstance;
  if (!failed || !counterexample) return { tally };
  return { tally, finding: { history: counterexample[0], violations, command: `npm run histories -- --seed ${seed} --path ${counterexamplePath}` } };
}

/** Lives through histories that were written down. */
export async function replay(histories: readonly History[]): Promise<Result> {
  const tally: Tally = { histories: 0, steps: 0, trainings: 0, mishaps: {} };
  for (const plan of histories) {
    const lived = await live(plan);
    add(tally, lived);
    if (lived.violations.length > 0) return { tally, finding: { history: plan, violations: lived.violations } };
  }
  return { tally };
}

function add(tally: Tally, { steps, trainings, mishaps }: Report): void {
  tally.histories++;
  tally.steps += steps;
  tally.trainings += trainings;
  for (const [mishap, count] of Object.entries(mishaps)) tally.mishaps[mishap] = (tally.mishaps[mishap] ?? 0) + count;
}

/** What several checks found, and what happened in them. */
export function summary(results: readonly Result[]): string[] {
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

/** What to do with a finding. */
function report({ history: found, violations, command }: Finding): string {
  return [...violations, JSON.stringify(found), ...command === undefined ? [] : [command]].join('\n');
}
