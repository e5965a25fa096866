/** `npm run demo`: the real CDK CLI deploys examples/lookalike to the embedded AWS, changes it twice and destroys it. */
import * as path from 'node:path';
import { Cdk } from './cdk';
import { census } from './census';
import { run, startLocalAws, TRAINING_TIME } from './command';
import type { LocalAws } from './local-aws';

const EXAMPLE = path.join(__dirname, '..', 'examples', 'lookalike');
const DATA_STACK = 'LookalikeData';
const MODEL_STACK = 'Lookalike';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Beyond the training itself: the queue before it, at most a fiftieth of it until the end is seen, and everything else in the stack. */
const MARGIN = HOUR;
/** CloudFormation waits for 12 hours at most in one window, and training takes 24. */
const WINDOWS_OF_A_TRAINING = 2;
const WINDOW = 'AWS::CloudFormation::WaitCondition';

/** What has to be stopped, as far as the program has come. */
const started: { aws?: LocalAws; cdk?: Cdk } = {};

async function main(): Promise<void> {
  const aws = started.aws = await startLocalAws();
  const cdk = started.cdk = new Cdk(aws, EXAMPLE);
  await new Demo(aws, cdk).run();
  console.log('\nEvery step was seen to hold.');
}

async function stop(): Promise<void> {
  await started.cdk?.stop();
  await started.aws?.close();
}

class Demo {
  private step = '';
  /** What was seen since the current step began. */
  private statuses: string[] = [];
  private windowsPassed = 0;
  /** What was reported since the demo began. */
  private eventsSeen = 0;
  private readonly lastStatuses = new Map<string, string>();
  /** What is there before anything is deployed. */
  private readonly bootstrapped: string[];

  constructor(private readonly aws: LocalAws, private readonly cdk: Cdk) {
    this.bootstrapped = census(aws);
    aws.cleanRoomsMl.afterCall = () => this.report();
  }

  async run(): Promise<void> {
    try {
      await this.deployData();
      await this.deploy();
      await this.changeInPlace();
      await this.replace();
      await this.destroy();
    } catch (error) {
      throw new Error(`The demo failed at "${this.step}": ${(error as Error).message}`);
    }
  }

  private async deployData(): Promise<void> {
    this.begin('deploy a Glue table and buckets');
    await this.cdkRun('deploy', DATA_STACK);
    const { glue } = this.aws;
    expect(glue.hasDatabase('retail') && glue.hasTable('retail', 'clicks'), 'there is no table');
    console.log(`\nThe table's data would be in ${glue.table('retail', 'clicks').location}; the embedded AWS trains without.`);
  }

  private async deploy(): Promise<void> {
    this.begin('deploy a training dataset, an audience model, a configured audience model and its policy');
    await this.trainingRun();
    this.show();
    const { held } = this;
    expect(held.datasets.length === 1 && held.models.length === 1 && held.configured.length === 1, 'there is not one resource of each kind');
    expect(held.models[0].status === 'ACTIVE', `the model is ${held.models[0].status}`);
    expect(held.policies.length === 1 && held.policies[0] === held.configured[0].arn, 'the configured audience model has no resource policy');
    this.expectOutputs();
  }

  private async changeInPlace(): Promise<void> {
    this.begin('change in place: a seed of 1,000 users');
    const { models: [model], configured: [configured] } = this.held;
    const { arn } = configured;
    const took = await this.cdkRun('deploy', MODEL_STACK, '--context', 'minMatchingSeedSize=1000');
    this.show();
    const { held } = this;
    expect(held.configured.length === 1 && held.configured[0].arn === arn, 'the configured audience model is another one');
    expect(held.configured[0].minMatchingSeedSize === 1_000, `the seed size is ${held.configured[0].minMatchingSeedSize}`);
    expect(held.models.length === 1 && held.models[0].arn === model.arn, 'the model is another one');
    this.expectOutputs();
    expect(this.trainings === 1, `${this.trainings} trainings were started`);
    expect(took < HOUR, `it took ${inWords(took)} without a training`);
  }

  private async replace(): Promise<void> {
    this.begin('replace: train again, with generation 2');
    const { models: [model], configured: [{ arn }] } = this.held;
    await this.trainingRun('--context', 'minMatchingSeedSize=1000', '--context', 'generation=2');
    this.show();
    const { held } = this;
    expect(held.models.length === 1, `there are ${held.models.length} models`);
    expect(held.models[0].arn !== model.arn, 'the model is the old one');
    expect(held.models[0].status === 'ACTIVE', `the model is ${held.models[0].status}`);
    expect(held.configured[0].arn === arn, 'the configured audience model is another one');
    expect(held.configured[0].audienceModelArn === held.models[0].arn, 'the configured audience model points elsewhere');
    this.expectOutputs();
    expect(this.trainings === 2, `${this.trainings} trainings were started`);
  }

  private async destroy(): Promise<void> {
    this.begin('destroy');
    await this.cdkRun('destroy', '--all', '--force');
    this.show();
    const { cloudFormation } = this.aws;
    for (const name of [MODEL_STACK, DATA_STACK]) expect(cloudFormation.findStack(name) === undefined, `the stack ${name} is left`);
    const now = census(this.aws);
    const left = now.filter((name) => !this.bootstrapped.includes(name));
    const gone = this.bootstrapped.filter((name) => !now.includes(name));
    expect(left.length === 0, `left: ${left.join(', ')}`);
    expect(gone.length === 0, `gone, although it was there before: ${gone.join(', ')}`);
    console.log(`The account is what it was before, with nothing in it but\n  ${now.join('\n  ')}`);
    expect(this.trainings === 2, `${this.trainings} trainings were started`);
  }

  /** The stack says of its resources what the service says of them. */
  private expectOutputs(): void {
    const { datasets: [dataset], models: [model], configured: [configured] } = this.held;
    const outputs = new Map(this.aws.cloudFormation.describe(MODEL_STACK).outputs.map(({ key, value }) => [key, value]));
    const expected = { TrainingDatasetArn: dataset.arn, AudienceModelArn: model.arn, ConfiguredAudienceModelArn: configured.arn };
    for (const [name, arn] of Object.entries(expected)) {
      expect(outputs.get(name) === arn, `the output ${name} is ${outputs.get(name)}, and the service holds ${arn}`);
    }
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
    this.statuses = [];
    this.windowsPassed = 0;
    console.log(`\n=== ${step}\n`);
  }

  /** A deployment that trains a model, and waits for it in the windows. */
  private async trainingRun(...args: string[]): Promise<void> {
    const took = await this.cdkRun('deploy', MODEL_STACK, ...args);
    for (const status of ['CREATE_PENDING', 'CREATE_IN_PROGRESS', 'ACTIVE']) {
      expect(this.statuses.includes(status), `the training was not seen in ${status}`);
    }
    expect(this.windowsPassed >= WINDOWS_OF_A_TRAINING, `${this.windowsPassed} windows passed while the model was in training`);
    expect(took >= TRAINING_TIME && took < TRAINING_TIME + MARGIN, `it took ${inWords(took)}, and the training ${inWords(TRAINING_TIME)}`);
  }

  /** Returns how long it took by the time of the embedded AWS. */
  private async cdkRun(command: string, ...args: string[]): Promise<number> {
    const { clock } = this.aws;
    const approval = command === 'deploy' ? ['--require-approval', 'never'] : [];
    const began = clock.now();
    const code = await this.cdk.run(command, ...args, ...approval);
    expect(code === 0, `cdk ${command} ended with exit code ${code}`);
    const took = clock.now() - began;
    console.log(`\ncdk ${command} took ${inWords(took)} by the time of the embedded AWS.`);
    return took;
  }

  /** Prints what has changed about trainings and the windows in which the deployment waits for them, with the time of the embedded AWS. */
  private report(): void {
    const { cleanRoomsMl, cloudFormation, clock } = this.aws;
    const events = cloudFormation.findStack(MODEL_STACK)?.events ?? [];
    for (const { type, status, logicalId, timestamp } of events.slice(this.eventsSeen)) {
      if (type !== WINDOW || status !== 'CREATE_COMPLETE') continue;
      const inTraining = [...this.lastStatuses.values()].some((last) => last.startsWith('CREATE_'));
      if (inTraining) this.windowsPassed++;
      console.log(`${timestamp}  window ${logicalId} is over${inTraining ? ', the training is not' : ''}`);
    }
    this.eventsSeen = events.length;
    for (const { arn, name, status } of cleanRoomsMl.audienceModels()) {
      if (this.lastStatuses.get(arn) === status) continue;
      this.lastStatuses.set(arn, status);
      this.statuses.push(status);
      console.log(`${clock.iso()}  audience model ${name}: ${status}`);
    }
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

function inWords(milliseconds: number): string {
  return milliseconds < HOUR ? `${(milliseconds / MINUTE).toFixed(1)} minutes` : `${(milliseconds / HOUR).toFixed(1)} hours`;
}

function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

void run(main, stop);
