import { Build, Change } from './chains';
import { Clock } from '../local-aws/clock';
import { InProcessFunctions } from '../local-aws/lambda/in-process';
import { LocalAws } from '../local-aws/local-aws';
import { synthesize } from '../test/deploy/assembly';

/*
 * What one chain costs whose training takes no time, on the embedded AWS: simulated seconds, and calls of functions to AWS. The time that
 * the service itself takes to delete a model is not counted: it takes none. Nor does it refuse a model that is not ACTIVE yet, for which a stack
 * that is written by hand does not wait.
 */

export interface Phase {
  /** Of the stack afterwards. */
  readonly status: string;
  readonly seconds: number;
  readonly calls: number;
}

export type Lifecycle = Readonly<Record<'create' | 'change in place' | 'replace' | 'delete', Phase>>;

export async function lifecycle(build: Build): Promise<Lifecycle> {
  const functions = new InProcessFunctions();
  const settings = { trainingQueueTime: 0, trainingTime: 0, deletionQueueTime: 0, deletionTime: 0, throttling: false, inactiveAudienceModel: 'accepted' } as const;
  const aws = await LocalAws.start({ clock: Clock.frozen(), sandboxes: functions, settings });
  let calls = 0;
  functions.fault = () => {
    calls++;
    return undefined;
  };

  const deploy = async (change: Change): Promise<Phase> => {
    const { accountId, region } = aws.account;
    const { template, assets } = synthesize('Bench', accountId, region, (stack) => build(stack, 1, change));
    for (const [key, zip] of assets) aws.putAsset(key, await zip);
    return phase(async () => aws.cloudFormation.deploy('Bench', template));
  };
  const phase = async (work: () => Promise<{ readonly status: string }>): Promise<Phase> => {
    const [began, before] = [aws.clock.now(), calls];
    const { status } = await work();
    const measured = { seconds: Math.round((aws.clock.now() - began) / 1_000), calls: calls - before, status };
    // What follows is not to find what was made a moment ago.
    await aws.clock.sleep(3_600_000);
    return measured;
  };
  try {
    return {
      'create': await deploy({}),
      'change in place': await deploy({ seed: 1 }),
      'replace': await deploy({ seed: 1, generation: 1 }),
      'delete': await phase(async () => aws.cloudFormation.delete('Bench')),
    };
  } finally {
    await aws.close();
    await functions.close();
  }
}
