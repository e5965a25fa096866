import { inspect } from 'node:util';
import { expect, HOUR, inWords, type Stage } from './stage';

const STACK = 'Lookalike';
const WEEK = 7 * 24 * HOUR;
/** As the example says, by default: older generations that stay. */
const KEEP = 1;

/** How many trainings the demo adds to those of the deployments. */
export const RETRAININGS = 3;

/** examples/lookalike, once it is deployed: a new model every week, and back to the one before. */
export class RetrainingDemo {
  constructor(private readonly stage: Stage) {}

  async run(): Promise<void> {
    const { clock } = this.stage.aws;
    this.stage.begin(`let ${RETRAININGS} weeks pass: a new model every week`);
    const used = [this.modelInUse];
    for (let week = 1; week <= RETRAININGS; week++) {
      const began = clock.now();
      const report = await this.execute();
      used.push(this.modelInUse);
      console.log(`\nWeek ${week}: ${String(report.status)} after ${inWords(clock.now() - began)}. In use: ${used.at(-1)!.split('/').at(-1)}\n`);
      expect(report.status === 'TRAINED', `the execution ended with ${inspect(report)}`);
      expect(report.audienceModelArn === used.at(-1) && report.previousAudienceModelArn === used.at(-2), 'another model is in use');
      await clock.sleep(WEEK - (clock.now() - began));
    }
    const generations = this.models.filter(({ arn }) => used.slice(1).includes(arn));
    expect(generations.length === KEEP + 1, `${generations.length} generations are there`);

    this.stage.begin('go back to the generation before');
    const began = clock.now();
    const report = await this.execute({ goBack: true });
    console.log(`${String(report.status)} after ${inWords(clock.now() - began)}, without a training.`);
    expect(this.modelInUse === used.at(-2), 'the generation before is not in use');
  }

  private async execute(input: object = {}): Promise<Record<string, unknown>> {
    const execution = this.stage.aws.states.startExecution(this.stage.outputs(STACK).get('RetrainingArn') ?? '', JSON.stringify(input));
    await execution.ended;
    expect(execution.status === 'SUCCEEDED', `the execution is ${execution.status}: ${execution.error} ${execution.cause}`);
    return JSON.parse(execution.output ?? '{}') as Record<string, unknown>;
  }

  private get models() {
    return this.stage.aws.cleanRoomsMl.audienceModels();
  }

  private get modelInUse(): string {
    const [configured] = this.stage.aws.cleanRoomsMl.configuredAudienceModels();
    const model = this.models.find(({ arn }) => arn === configured.audienceModelArn);
    expect(model?.status === 'ACTIVE', `the model in use is ${model?.status}`);
    return model.arn;
  }
}
