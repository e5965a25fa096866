import { Report, Subject } from './check';
import { ATTEMPTS, PAUSE } from './failures';
import { Build, Life, Operation } from './life';
import { CALM, history as plan, History } from './plan';
import { doubles, hangs, leaks, violations, violationsAfterwards } from './rules';
import { build } from './stack';

/** As long as anything that nobody waits for may go on. In minutes. */
const AFTERWARDS = 4 * 60;

/** Lives through a history until a rule is broken. */
async function live(history: History): Promise<Report> {
  return within(history, build, async (life) => {
    let steps = 0;
    const report = (found: readonly string[]): Report => ({
      counts: { 'Steps': steps, 'Trainings started': life.trainings.started.length }, mishaps: life.mishaps, violations: found,
    });
    for await (const { operation, number } of operations(life)) {
      steps++;
      const found = violations(life, operation);
      if (found.length > 0) return report(found.map((violation) => `step ${number} (${operation.outcome.status}): ${violation}`));
    }
    return report(violationsAfterwards(life));
  });
}

/** Stacks with a dataset, models and a configured model. */
export const stacks: Subject<History> = { option: '', plan, live };

/** What may come of a history that nobody wants. */
export interface Damage {
  /** Something is left that nobody will ever delete. */
  readonly leaks: boolean;
  readonly doublesTraining: boolean;
  readonly hangs: boolean;
  /** However often that is tried. */
  readonly cannotBeDeleted: boolean;
}

/** Lives through a history with whatever stack, to its end, and judges nothing. */
export async function damage(history: History, stack: Build): Promise<Damage> {
  return within(history, stack, async (life) => {
    let hung = false;
    for await (const { operation } of operations(life)) hung ||= hangs(life, operation).length > 0;
    return { leaks: leaks(life).length > 0, doublesTraining: doubles(life).length > 0, hangs: hung, cannotBeDeleted: life.stack !== undefined };
  });
}

async function within<T>(history: History, stack: Build, work: (life: Life) => Promise<T>): Promise<T> {
  const life = await Life.begin(history, stack);
  try {
    return await work(life);
  } finally {
    await life.end();
  }
}

/** All that a history tells, then the deletion of the stack, as often as it takes, and what comes late. */
async function* operations(life: Life): AsyncGenerator<{ readonly operation: Operation; readonly number: string }> {
  const { history } = life;
  for (const [index, step] of history.steps.entries()) {
    for await (const operation of life.take(step)) yield { operation, number: String(index + 1) };
  }
  for (let attempt = 0; life.stack !== undefined && attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await life.rest(PAUSE);
    for await (const operation of life.take(CALM)) yield { operation, number: 'end' };
  }
  await life.rest(AFTERWARDS + history.trainingMinutes);
}
