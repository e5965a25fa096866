import type { Cdk } from '../cdk';
import type { LocalAws } from '../local-aws';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** What the parts of the demo share: the step that they are at, and how they use the CDK CLI. */
export class Stage {
  private step = '';
  private readonly watchers: (() => void)[] = [];

  constructor(readonly aws: LocalAws) {
    aws.cleanRoomsMl.afterCall = () => this.watchers.forEach((watch) => watch());
  }

  /** Runs steps. The first one that fails is named. */
  async play(steps: () => Promise<void>): Promise<void> {
    try {
      await steps();
    } catch (error) {
      throw new Error(`The demo failed at "${this.step}": ${(error as Error).message}`);
    }
  }

  begin(step: string): void {
    this.step = step;
    console.log(`\n=== ${step}\n`);
  }

  /** Looks after each call to Clean Rooms ML: time passes for it in between only. */
  watch(watcher: () => void): void {
    this.watchers.push(watcher);
  }

  /** Returns how long it took by the time of the embedded AWS. */
  async cdkRun(cdk: Cdk, command: string, ...args: string[]): Promise<number> {
    const { clock } = this.aws;
    const options = command === 'deploy' ? ['--require-approval', 'never', '--progress', 'events'] : [];
    const began = clock.now();
    const code = await cdk.run(command, ...args, ...options);
    expect(code === 0, `cdk ${command} ended with exit code ${code}`);
    const took = clock.now() - began;
    console.log(`\ncdk ${command} took ${inWords(took)} by the time of the embedded AWS.`);
    return took;
  }

  outputs(stackName: string): ReadonlyMap<string, string> {
    return new Map(this.aws.cloudFormation.describe(stackName).outputs.map(({ key, value }) => [key, value]));
  }

  /** Which a stack leaves to whoever deletes it. */
  emptyBuckets(stackName: string): void {
    const { cloudFormation, s3 } = this.aws;
    for (const { type, physicalId: bucketName } of cloudFormation.stack(stackName).resources.values()) {
      if (type !== 'AWS::S3::Bucket' || bucketName === undefined) continue;
      const keys = s3.objects(bucketName).map(({ key }) => key);
      if (keys.length === 0) continue;
      for (const key of keys) s3.deleteObject(bucketName, key);
      console.log(`In AWS, too, a bucket must be empty before it can be deleted. Emptied s3://${bucketName} of\n  ${keys.join('\n  ')}\n`);
    }
  }

  expectGone(...stackNames: string[]): void {
    for (const name of stackNames) expect(this.aws.cloudFormation.findStack(name) === undefined, `the stack ${name} is left`);
  }
}

export function inWords(milliseconds: number): string {
  return milliseconds < HOUR ? `${(milliseconds / MINUTE).toFixed(1)} minutes` : `${(milliseconds / HOUR).toFixed(1)} hours`;
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
