import { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Account } from '../../../local-aws/aws';
import type { Settings } from '../../../local-aws/cleanroomsml/settings';
import { Clock } from '../../../local-aws/clock';
import { InProcessFunctions } from '../../../local-aws/lambda/in-process';
import { LocalAws } from '../../../local-aws/local-aws';
import type { Execution } from '../../../local-aws/states/execution';
import { ConfiguredAudienceModel, IConfiguredAudienceModel, LookalikeAudience, LookalikeAudienceProps, SeedAudience } from '../../../src';
import { trainingData } from '../../training-data';
import { Assembly, synthesize, Template } from '../assembly';

// The CDK's own validation of templates takes seconds for each one; the examples are validated.
process.env.CDK_VALIDATION = 'false';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const SEEDS = 'retail-seeds';
export const SEED = 'today.jsonl';
export const OUTPUT = 'retail-audiences';
const STACK = 'Retail';
const SIZES = [1, 5, 10];

/** In numbers that look the same wherever they are printed. */
const QUALITY = { recall: 0.5, relevance: ({ value }: { readonly value: number }) => 1 - value / 20 };

/** The stacks here have no functions, so nothing ever runs in it. */
const functions = new InProcessFunctions();

/** An account with a trained and configured model, which deploys nothing itself: what is tested begins after that. */
export class World {
  static async start(
    settings: Partial<Settings> = {}, options: { clock?: Clock; account?: Account; sizes?: readonly number[] } = {},
  ): Promise<World> {
    const aws = await LocalAws.start({
      clock: options.clock ?? Clock.frozen(),
      account: options.account,
      sandboxes: functions,
      settings: { trainingQueueTime: MINUTE, trainingTime: MINUTE, audienceQuality: () => QUALITY, ...settings },
    });
    const world = new World(aws);
    for (const bucketName of [SEEDS, OUTPUT]) aws.s3.createBucket({ bucketName });
    world.putSeed();
    world.configuredAudienceModelArn = await world.configuredModel(options.sizes ?? SIZES);
    return world;
  }

  configuredAudienceModelArn = '';

  private constructor(readonly aws: LocalAws) {}

  get service() { return this.aws.cleanRoomsMl; }
  get clock() { return this.aws.clock; }
  /** Somebody who is not this library. */
  get otherHands() { return this.aws.cloudFormation.root; }

  putSeed(key: string = SEED, users: number = 1_000): void {
    this.aws.s3.putObject(SEEDS, key, Buffer.from(Array.from({ length: users }, (_, user) => JSON.stringify({ user_id: `user-${user}` })).join('\n')));
  }

  synthesize(build: (stack: Stack) => void): Assembly {
    const { accountId, region } = this.aws.account;
    return synthesize(STACK, accountId, region, build);
  }

  async deployTemplate(template: Template): Promise<void> {
    const { failures } = await this.aws.cloudFormation.deploy(STACK, template);
    if (failures.length > 0) throw new Error(failures.map(({ logicalId, reason }) => `${logicalId}: ${reason}`).join('\n'));
  }

  /** Deploys what is built. */
  async deploy(build: (stack: Stack) => void, edit: (template: Template) => void = () => {}): Promise<void> {
    const { template } = this.synthesize(build);
    const edited = structuredClone(template);
    edit(edited);
    await this.deployTemplate(edited);
  }

  /** A stack with an audience, and what else is built. */
  async deployAudience(props: Partial<LookalikeAudienceProps> = {}, edit?: (template: Template) => void): Promise<LookalikeAudience> {
    let audience: LookalikeAudience | undefined;
    await this.deploy((stack) => {
      audience = new LookalikeAudience(stack, 'Audience', { configuredAudienceModel: this.model(stack), seedAudience: this.seed(stack), sizes: [], ...props });
    }, edit);
    return audience!;
  }

  model(stack: Stack): IConfiguredAudienceModel {
    return ConfiguredAudienceModel.fromConfiguredAudienceModelArn(stack, 'Model', this.configuredAudienceModelArn);
  }

  seed(stack: Stack): SeedAudience {
    return SeedAudience.fromS3Uri(`s3://${SEEDS}/${SEED}`, { bucket: s3.Bucket.fromBucketName(stack, 'Seeds', SEEDS) });
  }

  start(machine: string, input: unknown = {}, name?: string): Execution {
    const { resources } = this.aws.cloudFormation.stack(STACK);
    const [resource] = [...resources.values()].filter(({ type, logicalId }) => type === 'AWS::StepFunctions::StateMachine' && logicalId.startsWith(machine));
    return this.aws.states.startExecution(resource.physicalId!, JSON.stringify(input), name);
  }

  async run(machine: string, input: unknown = {}): Promise<Execution> {
    const execution = this.start(machine, input);
    await execution.ended;
    return execution;
  }

  /** What was refused to state machines and to roles, of which nothing may be. */
  denied(): string[] {
    return this.aws.iam.decisions.filter(({ allowed, principal }) => !allowed && principal.includes('assumed-role')).map(({ action, resource }) => `${action} ${resource}`);
  }

  async close(): Promise<void> {
    await this.aws.close();
  }

  private async configuredModel(sizes: readonly number[]): Promise<string> {
    const { aws: { iam, glue, account }, service, otherHands } = this;
    const anything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const { arn: roleArn } = iam.createRole({
      roleName: 'cleanrooms-ml-data',
      assumeRolePolicyDocument: {
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'cleanrooms-ml.amazonaws.com' } }],
      },
      inlinePolicies: { Anything: anything },
    });
    glue.createDatabase({ name: 'retail' });
    glue.createTable({
      databaseName: 'retail',
      name: 'clicks',
      location: `s3://${SEEDS}/clicks/`,
      columns: [{ name: 'user_id', type: 'string' }, { name: 'item_id', type: 'string' }, { name: 'ts', type: 'bigint' }],
    });
    const { trainingDatasetArn } = await service.createTrainingDataset(otherHands, { name: 'dataset', roleArn, trainingData: trainingData('retail') });
    const { audienceModelArn } = await service.createAudienceModel(otherHands, { name: `model-${account.accountId}`, trainingDatasetArn });
    await this.clock.sleep(HOUR);
    const { configuredAudienceModelArn } = await service.createConfiguredAudienceModel(otherHands, {
      name: 'configured',
      audienceModelArn,
      outputConfig: { destination: { s3Destination: { s3Uri: `s3://${OUTPUT}/audiences/` } }, roleArn },
      sharedAudienceMetrics: ['ALL'],
      audienceSizeConfig: { audienceSizeType: 'PERCENTAGE', audienceSizeBins: [...sizes] },
    });
    return configuredAudienceModelArn;
  }
}

/** Of an execution that succeeded. */
export function outputOf(execution: Execution): Record<string, unknown> {
  if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.status}: ${execution.error} ${execution.cause}`);
  return JSON.parse(execution.output ?? 'null') as Record<string, unknown>;
}

