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

function print(...columns: string[]): void {
  console.log(columns.map((column, index) => (index === 0 ? column.padEnd(34) : column.padStart(16))).join(''));
}

async function main(): Promise<void> {
  print('training', 'calls', 'gate late by', 'of the duration');
  for (const [title, trainingTime] of TRAININGS) {
    const { calls, lateness } = await deploy({ trainingTime });
    print(title, `${calls}`, `${lateness.toFixed(0)} s`, `${(lateness / trainingTime * 100_000).toFixed(2)} %`);
  }
  const quotas = { ...DEFAULT_SETTINGS.quotas, audienceModelsInTraining: 0 };
  const { calls } = await deploy({ trainingTime: HOUR, quotas }, async ({ clock, service }) => {
    await clock.sleep(DAY);
    service.settings.quotas = { ...quotas, audienceModelsInTraining: 2 };
  });
  print('1 hour after 24 hours in the queue', `${calls}`);
}

void main().finally(async () => World.sandboxes.close());
