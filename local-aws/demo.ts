/** `npm run demo`: the real CDK CLI deploys examples/lookalike to the embedded AWS, changes it twice and destroys it. */
import * as path from 'node:path';
import { Cdk } from './cdk';
import { fail, onInterrupt, startLocalAws } from './command';
import type { LocalAws } from './local-aws';

const MINUTE = 60_000;
const EXAMPLE = path.join(__dirname, '..', 'examples', 'lookalike');

async function main(): Promise<void> {
  const aws = await startLocalAws({ settings: { trainingTime: 40 * MINUTE } });
  const cdk = new Cdk(aws, EXAMPLE);
  const stop = async () => {
    cdk.stop();
    await aws.close();
  };
  onInterrupt('The demo was interrupted, and nothing of it is left running.', stop);
  const demo = new Demo(aws, cdk);
  try {
    await demo.run();
  } catch (error) {
    await stop();
    fail(`\nThe demo failed at "${demo.step}": ${(error as Error).message}`);
  }
  await stop();
  console.log('\nEvery step was seen to hold.');
}

class Demo {
  step = '';
  private readonly statuses: string[] = [];

  constructor(private readonly aws: LocalAws, private readonly cdk: Cdk) {
    this.reportTrainings();
  }

  async run(): Promise<void> {
    await this.deploy();
    await this.changeInPlace();
    await this.replace();
    await this.destroy();
  }

  private async deploy(): Promise<void> {
    this.begin('deploy');
    await this.cdkRun('deploy');
    this.show();
    const { statuses, held } = this;
    for (const status of ['CREATE_PENDING', 'CREATE_IN_PROGRESS', 'ACTIVE']) {
      expect(statuses.includes(status), `the training was not seen in ${status}`);
    }
    expect(held.datasets.length === 1 && held.models.length === 1 && held.configured.length === 1, 'there is not one resource of each kind');
    expect(held.models[0].status === 'ACTIVE', `the model is ${held.models[0].status}`);
    expect(held.policies.length === 1, 'there is no resource policy');
  }

  private async changeInPlace(): Promise<void> {
    this.begin('change in place: a seed of 1,000 users');
    const { models: [model], configured: [configured] } = this.held;
    const { arn } = configured;
    await this.cdkRun('deploy', '--context', 'minMatchingSeedSize=1000');
    this.show();
    const { held } = this;
    expect(held.configured.length === 1 && held.configured[0].arn === arn, 'the configured audience model is another one');
    expect(held.configured[0].minMatchingSeedSize === 1_000, `the seed size is ${held.configured[0].minMatchingSeedSize}`);
    expect(held.models.length === 1 && held.models[0].arn === model.arn, 'the model is another one');
    expect(this.trainings === 1, `${this.trainings} trainings were started`);
  }

  private async replace(): Promise<void> {
    this.begin('replace: train again, with generation 2');
    const { models: [model], configured: [{ arn }] } = this.held;
    await this.cdkRun('deploy', '--context', 'minMatchingSeedSize=1000', '--context', 'generation=2');
    this.show();
    const { held } = this;
    expect(held.models.length === 1, `there are ${held.models.length} models`);
    expect(held.models[0].arn !== model.arn, 'the model is the old one');
    expect(held.models[0].status === 'ACTIVE', `the model is ${held.models[0].status}`);
    expect(held.configured[0].arn === arn, 'the configured audience model is another one');
    expect(held.configured[0].audienceModelArn === held.models[0].arn, 'the configured audience model points elsewhere');
    expect(this.trainings === 2, `${this.trainings} trainings were started`);
  }

  private async destroy(): Promise<void> {
    this.begin('destroy');
    await this.cdkRun('destroy', '--force');
    this.show();
    const { datasets, models, configured, policies } = this.held;
    const left = [...datasets, ...models, ...configured].map(({ arn }) => arn);
    expect(left.length === 0 && policies.length === 0, `${[...left, ...policies].join(', ')} is left`);
    expect(this.aws.cloudFormation.findStack('Lookalike') === undefined, 'the stack is left');
    expect(this.trainings === 2, `${this.trainings} trainings were started`);
  }

  private get held() {
    const { cleanRoomsMl } = this.aws;
    return {
      datasets: cleanRoomsMl.trainingDatasets(),
      models: cleanRoomsMl.audienceModels(),
      configured: cleanRoomsMl.configuredAudienceModels(),
      policies: Object.keys(cleanRoomsMl.policies()),
    };
  }

  private get trainings(): number {
    return this.aws.cleanRoomsMl.trainingsStarted.length;
  }

  private begin(step: string): void {
    this.step = step;
    console.log(`\n=== ${step}\n`);
  }

  private async cdkRun(command: string, ...args: string[]): Promise<void> {
    const approval = command === 'deploy' ? ['--require-approval', 'never'] : [];
    const code = await this.cdk.run(command, 'Lookalike', ...approval, ...args);
    expect(code === 0, `cdk ${command} ended with exit code ${code}`);
  }

  /** Prints each status that a poll of the handler meets, with the time of the embedded AWS. */
  private reportTrainings(): void {
    const { cleanRoomsMl, clock } = this.aws;
    const last = new Map<string, string>();
    cleanRoomsMl.afterCall = () => {
      for (const { arn, name, status } of cleanRoomsMl.audienceModels()) {
        if (last.get(arn) === status) continue;
        last.set(arn, status);
        this.statuses.push(status);
        console.log(`${clock.iso()}  audience model ${name}: ${status}`);
      }
    };
  }

  private show(): void {
    const { datasets, models, configured, policies } = this.held;
    const rows = [
      ...datasets.map(({ name }) => `training dataset           ${name}`),
      ...models.map(({ name, status }) => `audience model             ${name}  ${status}`),
      ...configured.map(({ name, minMatchingSeedSize, audienceModelArn }) =>
        `configured audience model  ${name}  seed of ${minMatchingSeedSize ?? 500}  uses ${models.find(({ arn }) => arn === audienceModelArn)?.name}`),
      ...policies.map((arn) => `resource policy of         ${configured.find((model) => model.arn === arn)?.name}`),
    ];
    console.log(`\nAWS Clean Rooms ML now holds ${rows.length === 0 ? 'nothing' : `\n  ${rows.join('\n  ')}`}`);
    console.log(`Trainings started so far: ${this.trainings}`);
  }
}

function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

void main();
