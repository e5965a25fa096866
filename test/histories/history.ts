import { Life } from './life';
import type { History, Step } from './plan';
import { violations } from './rules';

const CALM: Step = { calls: [], deliveries: [], hands: [], trainingFails: false };

/** As long as anything that nobody waits for may go on. */
const AFTERWARDS = 4 * 60;
const PATIENCE = 30;

export interface Report {
  readonly steps: number;
  readonly trainings: number;
  readonly mishaps: Readonly<Record<string, number>>;
  /** What a rule found wrong, and after which step. */
  readonly violations: readonly string[];
}

/** Lives through a history, and then deletes the stack, as often as it takes. */
export async function live(history: History): Promise<Report> {
  const life = await Life.begin(history);
  const found: string[] = [];
  let steps = 0;
  const take = async (step: Step, number: string) => {
    const operation = await life.take(step);
    if (operation === undefined) return;
    steps++;
    found.push(...violations(life, operation).map((violation) => `step ${number} (${operation.outcome.status}): ${violation}`));
  };
  try {
    for (const [index, step] of history.steps.entries()) {
      if (found.length === 0) await take(step, String(index + 1));
    }
    for (let attempt = 0; found.length === 0 && life.stack !== undefined && attempt < PATIENCE; attempt++) await take(CALM, 'end');
    if (found.length === 0) {
      if (life.stack !== undefined) found.push(`the stack cannot be deleted: ${life.stack.reason}`);
      await life.rest(AFTERWARDS + history.trainingMinutes);
      found.push(...life.ours.filter(({ name }) => !life.mayStay(name)).map(({ name }) => `${name} is left after all`));
    }
    return { steps, trainings: life.trainings.length, mishaps: life.mishaps, violations: found };
  } finally {
    await life.end();
  }
}
