import { Duration } from 'aws-cdk-lib';
import { DEFAULT_SETTINGS, type Settings } from '../local-aws/cleanroomsml/settings';
import { TrainingWait } from '../src';
import type { RetailProps } from '../test/deploy/retail';
import { at, DAY, HOUR, MINUTE } from '../test/deploy/trainings';
import { World } from '../test/deploy/world';

/*
 * What waiting for a training costs: how often Clean Rooms ML is called, and how long after ACTIVE the deployment goes on.
 * Simulated, on the embedded AWS, with the Lambda functions and the state machine as they are deployed.
 */

const TRAININGS = [['1 hour', HOUR], ['24 hours', DAY], ['48 hours', 2 * DAY], ['4 days', 4 * DAY], ['5 days less a minute', 5 * DAY - MINUTE]] as const;

const PATIENT: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.days(5)) }, configured: false };

interface Figures {
  readonly calls: number;
  /** Between ACTIVE and the answer of the gate, in seconds. */
  readonly lateness: number;
}

/** Deploys a stack with nothing in it but a training dataset and a model. */
async function deploy(settings: Partial<Settings>, during: (world: World) => Promise<void> = async () => {}): Promise<Figures> {
  const world = await World.start({ trainingQueueTime: 0, ...settings });
  try {
    const [outcome] = await Promise.all([world.deploy(PATIENT), during(world)]);
    if (outcome.status !== 'CREATE_COMPLETE') throw new Error(world.reasons(outcome));
    const [model] = world.service.audienceModels();
    return { calls: world.service.calls.length, lateness: (at(world.events(), /^ModelGate/, 'CREATE_COMPLETE') - model.updateTime.getTime()) / 1000 };
  } finally {
    await world.close();
  }
}

export interface TrainingFigures extends Figures {
  readonly training: string;
  /** Of the training's duration, in per cent. */
  readonly share: number;
}

export async function trainings(): Promise<TrainingFigures[]> {
  const all: TrainingFigures[] = [];
  for (const [training, trainingTime] of TRAININGS) {
    const { calls, lateness } = await deploy({ trainingTime });
    all.push({ training, calls, lateness, share: lateness / trainingTime * 100_000 });
  }
  const quotas = { ...DEFAULT_SETTINGS.quotas, audienceModelsInTraining: 0 };
  const queued = await deploy({ trainingTime: HOUR, quotas }, async ({ clock, service }) => {
    await clock.sleep(DAY);
    service.settings.quotas = { ...quotas, audienceModelsInTraining: 2 };
  });
  await World.sandboxes.close();
  return [...all, { training: '1 hour after 24 hours in the queue', ...queued, share: queued.lateness / HOUR * 100_000 }];
}
