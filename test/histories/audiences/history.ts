import { Life } from './life';
import { AudienceHistory, audienceHistory } from './plan';
import { violations } from './rules';
import { Report, Subject } from '../check';

async function live(history: AudienceHistory): Promise<Report> {
  const life = await Life.begin(history);
  try {
    await life.live();
    const { service, runs, mishaps } = life;
    return {
      counts: { 'Runs': runs.length, 'Jobs started': service.generationsStarted.length, 'Exports started': service.exportsStarted.length },
      mishaps,
      violations: violations(life),
    };
  } finally {
    await life.end();
  }
}

/** An audience, and its runs. */
export const audiences: Subject<AudienceHistory> = { option: '--audiences ', plan: audienceHistory, live };
