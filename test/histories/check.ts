import * as fc from 'fast-check';

/** What histories are about. */
export interface Subject<P> {
  /** What the command line calls it; nothing for the one that it is about by default. */
  readonly option: string;
  readonly plan: fc.Arbitrary<P>;
  live(plan: P): Promise<Report>;
}

export interface Report {
  /** How much there was of what, such as steps. */
  readonly counts: Readonly<Record<string, number>>;
  /** How many mishaps of each kind came about. */
  readonly mishaps: Readonly<Record<string, number>>;
  /** What a rule found wrong. */
  readonly violations: readonly string[];
}

export interface CheckOptions {
  readonly runs: number;
  readonly seed: number;
  /** Where in the run with this seed to begin: what a failure names, to be replayed. */
  readonly path?: string;
}

/** What happened in all histories together. */
export interface Tally {
  histories: number;
  readonly counts: Record<string, number>;
  readonly mishaps: Record<string, number>;
}

export interface Finding {
  readonly history: unknown;
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
export async function check<P>({ plan, live, option }: Subject<P>, { runs, seed, path }: CheckOptions): Promise<Result> {
  const tally = newTally();
  let violations: readonly string[] = [];
  const holds = fc.asyncProperty(plan, async (history) => {
    const lived = await live(history);
    add(tally, lived);
    if (lived.violations.length === 0) return;
    violations = lived.violations;
    throw new BrokenRule();
  });
  const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(holds, { numRuns: runs, seed, path });
  if (failed && !(errorInstance instanceof BrokenRule)) throw errorInstance;
  if (!failed || !counterexample) return { tally };
  const command = `npm run histories -- ${option}--seed ${seed} --path ${counterexamplePath}`;
  return { tally, finding: { history: counterexample[0], violations, command } };
}

/** Lives through histories that were written down. */
export async function replay<P>({ live }: Subject<P>, histories: readonly P[]): Promise<Result> {
  const tally = newTally();
  for (const history of histories) {
    const lived = await live(history);
    add(tally, lived);
    if (lived.violations.length > 0) return { tally, finding: { history, violations: lived.violations } };
  }
  return { tally };
}

function newTally(): Tally {
  return { histories: 0, counts: {}, mishaps: {} };
}

function add(tally: Tally, { counts, mishaps }: Report): void {
  tally.histories++;
  for (const [total, more] of [[tally.counts, counts], [tally.mishaps, mishaps]] as const) {
    for (const [what, count] of Object.entries(more)) total[what] = (total[what] ?? 0) + count;
  }
}

/** What several checks found, and what happened in them. */
export function summary(results: readonly Result[]): string[] {
  const tallies = results.map(({ tally }) => tally);
  const sum = (count: (tally: Tally) => number | undefined) => tallies.reduce((total, tally) => total + (count(tally) ?? 0), 0);
  const names = (of: (tally: Tally) => object) => [...new Set(tallies.flatMap((tally) => Object.keys(of(tally))))].sort();
  const findings = results.flatMap(({ finding }) => finding ?? []);
  return [
    ...findings.map(report),
    `Histories: ${sum(({ histories }) => histories)}`,
    ...names(({ counts }) => counts).map((what) => `${what}: ${sum(({ counts }) => counts[what])}`),
    ...names(({ mishaps }) => mishaps).map((kind) => `  ${kind}: ${sum(({ mishaps }) => mishaps[kind])}`),
    `Violations: ${findings.length}`,
  ];
}

/** What to do with a finding. */
function report({ history: found, violations, command }: Finding): string {
  return [...violations, JSON.stringify(found), ...command === undefined ? [] : [command]].join('\n');
}
