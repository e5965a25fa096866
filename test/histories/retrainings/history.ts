import { Life } from './life';
import { RetrainingHistory, retrainingHistory } from './plan';
import { violations, violationsAfterwards, violationsInPeace } from './rules';
import { Report, Subject } from '../check';

async function live(history: RetrainingHistory): Promise<Report> {
  const life = await Life.begin(history);
  try {
    await life.live();
    const found = violations(life);
    const report = (violationsFound: readonly string[]): Report => ({
      counts: { 'Executions': life.runs.length, 'Deployments': life.deployments.length, 'Trainings started': life.service.trainingsStarted.length },
      mishaps: life.mishaps,
      violations: violationsFound,
    });
    if (found.length > 0) return report(found);
    const inPeace = violationsInPeace(life, await life.run());
    if (inPeace.length > 0) return report(inPeace);
    await life.delete();
    return report(violationsAfterwards(life));
  } finally {
    await life.end();
  }
}

/** A configured audience model whose audience model is retrained. */
export const retrainings: Subject<RetrainingHistory> = { option: '--retrainings ', plan: retrainingHistory, live };
