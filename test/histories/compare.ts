import * as fc from 'fast-check';
import { damage, Damage } from './history';
import type { Build } from './life';
import { buildPlain } from './plain-stack';
import { history } from './plan';
import { build } from './stack';

const STACKS: Readonly<Record<string, Build>> = { 'this library': build, 'AwsCustomResource': buildPlain };

const COLUMNS: Readonly<Record<string, keyof Damage>> = {
  'leave something behind': 'leaks',
  'train twice': 'doublesTraining',
  'hang': 'hangs',
  'cannot be deleted': 'cannotBeDeleted',
};

/** In how many histories each damage came about, by the kind of stack. */
export type Comparison = Readonly<Record<string, Record<keyof Damage | 'histories', number>>>;

const NONE = { histories: 0, leaks: 0, doublesTraining: 0, hangs: 0, cannotBeDeleted: 0 };

/** Lives through the same random histories with a stack of each kind, and counts what comes of it. */
export async function compare({ runs, seed }: { readonly runs: number; readonly seed: number }): Promise<Comparison> {
  const result: Comparison = Object.fromEntries(Object.keys(STACKS).map((kind) => [kind, { ...NONE }]));
  for (const plan of fc.sample(history, { numRuns: runs, seed })) {
    for (const [kind, stack] of Object.entries(STACKS)) {
      const done = await damage(plan, stack);
      result[kind].histories++;
      for (const what of Object.values(COLUMNS)) result[kind][what] += Number(done[what]);
    }
  }
  return result;
}

/** A table of several comparisons together. */
export function table(comparisons: readonly Comparison[]): string[] {
  const row = (first: string, others: readonly (string | number)[]) => [first.padEnd(20), ...others.map((one) => String(one).padStart(24))].join('');
  return [
    row('', ['histories', ...Object.keys(COLUMNS)]),
    ...Object.keys(STACKS).map((kind) => row(kind, (['histories', ...Object.values(COLUMNS)] as const)
      .map((what) => comparisons.reduce((sum, comparison) => sum + comparison[kind][what], 0)))),
  ];
}
