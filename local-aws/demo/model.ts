import type { Cdk } from '../cdk';
import { TRAINING_TIME } from '../command';
import { RETRAININGS } from './retraining';
import { expect, HOUR, inWords, type Stage } from './stage';

const DATA_STACK = 'LookalikeData';
const MODEL_STACK = 'Lookalike';

/** Beyond the training itself: the queue before it, at most a fiftieth of it until the end is seen, and everything else in the stack. */
const MARGIN = HOUR;
/** CloudFormation waits for 12 hours at most in one window, and training takes 24. */
const WINDOWS_OF_A_TRAINING = 2;
const WINDOW = 'AWS::CloudFormation::WaitCondition';

/** examples/lookalike: a model is deployed, which trains it, changed in place, and trained anew. */
export class ModelDemo {
  /** What was seen since the current deployment began. */
  private statuses: string[] = [];
  private windowsPassed = 0;
  /** What was reported since the demo began. */
  private eventsSeen = 0;
  private readonly lastStatuses = new Map<string, string>();

  constructor(private readonly stage: Stage, private readonly cdk: Cdk) {
    stage.watch(() => this.report());
  }

  async run(): Promise<void> {
    await this.deployData();
    await this.deploy();
    await this.changeInPlace();
    await this.replace();
  }

  async destroy(): Promise<void> {
    this.stage.begin('destroy the model and its data');
    this.stage.emptyBuckets(DATA_STACK);
    await this.stage.cdkRun(this.cdk, 'destroy', '--all', '--force');
    this.show();
    this.stage.expectGone(MODEL_STACK, DATA_STACK);
    expect(this.trainings === 2 + RETRAININGS, `${this.trainings} trainings were started`);
  }

  private async deployData(): Promise<void> {
    this.stage.begin('deploy a Glue table and buckets');
    await this.stage.cdkRun(this.cdk, 'deploy', DATA_STACK);
    const { glue } = this.stage.aws;
    expect(glue.hasDatabase('retail') && glue.hasTable('retail', 'clicks'), 'there is no table');
    console.log(`\nThe table's data would be in ${glue.table('retail', 'clicks').location}; the embedded AWS trains without.`);
  }

  private async deploy(): Promise<void> {
    this.stage.begin('deploy a training dataset, an audience model, a configured audience model and its policy');
    await this.trainingRun();
    this.show();
    const { held } = this;
    expect(held.datasets.length === 1 && held.models.length === 1 && held.configured.length === 1, 'there is not one resource of each kind');
    expect(held.models[0].status === 'ACTIVE', `the model is ${held.models[0].status}`);
    expect(held.policies.length === 1 && held.policies[0] === held.configured[0].arn, 'the configured audience model has no resource policy');
    this.expectOutputs();
  }

  private async changeInPlace(): Promise<void> {
    this.stage.begin('change in place: a seed of 1,000 users');
    const { models: [model], configured: [configured] } = this.held;
    const { arn } = configured;
    const took = await this.stage.cdkRun(this.cdk, 'deploy', MODEL_STACK, '--context', 'minMatchingSeedSize=1000');
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
    this.stage.begin('replace: train again, with generation 2');
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

  /** The stack says of its resources what the service says of them. */
  private expectOutputs(): void {
    const { datasets: [dataset], models: [model], configured: [configured] } = this.held;
    const outputs = this.stage.outputs(MODEL_STACK);
    const expected = { TrainingDatasetArn: dataset.arn, AudienceModelArn: model.arn, ConfiguredAudienceModelArn: configured.arn };
    for (const [name, arn] of Object.entries(expected)) {
      expect(outputs.get(name) === arn, `the output ${name} is ${outputs.get(name)}, and the service holds ${arn}`);
    }
  }

  private get held() {
    const { cleanRoomsMl } = this.stage.aws;
    return {
      datasets: cleanRoomsMl.trainingDatasets(),
      models: cleanRoomsMl.audienceModels(),
      configured: cleanRoomsMl.configuredAudienceModels(),
      policies: Object.keys(cleanRoomsMl.policies()),
    };
  }

  private get trainings(): number {
    return this.stage.aws.cleanRoomsMl.trainingsStarted.length;
  }

  /** A deployment that trains a model, and waits for it in the windows. */
  private async trainingRun(...args: string[]): Promise<void> {
    this.statuses = [];
    this.windowsPassed = 0;
    const took = await this.stage.cdkRun(this.cdk, 'deploy', MODEL_STACK, ...args);
    for (const status of ['CREATE_PENDING', 'CREATE_IN_PROGRESS', 'ACTIVE']) {
      expect(this.statuses.includes(status), `the training was not seen in ${status}`);
    }
    expect(this.windowsPassed >= WINDOWS_OF_A_TRAINING, `${this.windowsPassed} windows passed while the model was in training`);
    expect(took >= TRAINING_TIME && took < TRAINING_TIME + MARGIN, `it took ${inWords(took)}, and the training ${inWords(TRAINING_TIME)}`);
  }

  /** Prints what has changed about trainings and the windows in which the deployment waits for them, with the time of the embedded AWS. */
  private report(): void {
    const { cleanRoomsMl, cloudFormation, clock } = this.stage.aws;
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
