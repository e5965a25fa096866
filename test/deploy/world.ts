import type { Stack } from 'aws-cdk-lib';
import { Assembly, synthesize, Template } from './assembly';
import { retail, RetailProps } from './retail';
import { hasFate } from '../../lambda/tags';
import { AwsError } from '../../local-aws/aws';
import type { Settings } from '../../local-aws/cleanroomsml/settings';
import { Clock } from '../../local-aws/clock';
import type { DeployOptions, StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import type { StackEvent } from '../../local-aws/cloudformation/stack';
import { FunctionRunner, Sandboxes } from '../../local-aws/lambda/sandboxes';
import { LocalAws, LocalAwsOptions } from '../../local-aws/local-aws';
import type { Execution } from '../../local-aws/states/execution';
import { Fate } from '../../src/private/contract';

export const STACK = 'Retail';

export interface WorldDeployOptions extends DeployOptions {
  readonly stackName?: string;
}

/** How the rest of AWS behaves where nobody could find out. */
export type WorldOptions = Pick<LocalAwsOptions, 'cloudFormationSettings' | 'executionLag'>;

/** Changes a template before it is deployed. */
export type Edit = (template: Template) => void;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Long enough for every status to be seen, and short enough to be polled through quickly. */
const QUICK: Partial<Settings> = { trainingQueueTime: MINUTE / 2, trainingTime: MINUTE, deletionQueueTime: MINUTE / 6, deletionTime: MINUTE / 3 };

/** Everything but the CLI: the synthesized template, the engine, the real state machine and the real handler bundle. */
export class World {
  /** The processes outlive a world, so that the next one need not start them again. Close them when all is over. */
  static readonly sandboxes = new Sandboxes({ limit: 24 });

  static async start(settings: Partial<Settings> = {}, functions: FunctionRunner = World.sandboxes, options: WorldOptions = {}): Promise<World> {
    const clock = Clock.frozen();
    return new World(await LocalAws.start({ ...options, clock, sandboxes: functions, settings: { ...QUICK, ...settings } }));
  }

  private constructor(readonly aws: LocalAws) {}

  get service() { return this.aws.cleanRoomsMl; }
  get clock() { return this.aws.clock; }
  /** Somebody who is not this library: a person, a retraining job. */
  get otherHands() { return this.aws.cloudFormation.root; }

  async deploy(props: RetailProps = {}, edit: Edit = () => {}, { stackName = STACK, ...options }: WorldDeployOptions = {}): Promise<StackOutcome> {
    return this.deployTemplate(await this.synthesize((stack) => retail(stack, props), stackName), edit, { stackName, ...options });
  }

  async synthesize(build: (stack: Stack) => void, stackName: string = STACK): Promise<Assembly> {
    return synthesize(stackName, this.aws.account.accountId, this.aws.account.region, build);
  }

  async deployTemplate(
    { template, assets }: Assembly, edit: Edit = () => {}, { stackName = STACK, ...options }: WorldDeployOptions = {},
  ): Promise<StackOutcome> {
    for (const [key, zip] of assets) this.aws.putAsset(key, await zip);
    const edited = structuredClone(template);
    edit(edited);
    return this.aws.cloudFormation.deploy(stackName, edited, options);
  }

  /** Lets time pass until something holds, which a deployment that has failed would never bring about. */
  async until(holds: () => boolean, interval: number = 1_000): Promise<void> {
    for (const end = this.clock.now() + 3 * DAY; !holds(); await this.clock.sleep(interval)) {
      if (this.clock.now() >= end) throw new Error(`in three days this never held: ${holds}`);
    }
  }

  /** The service refuses an operation until the function that it returns is called. */
  refuse(refused: string): () => void {
    this.service.beforeCall = ({ operation }) => {
      if (operation === refused) throw new AwsError('ValidationException', 'refused, as the test asked');
    };
    return () => { this.service.beforeCall = undefined; };
  }

  async delete(stackName: string = STACK): Promise<StackOutcome> {
    return this.aws.cloudFormation.delete(stackName);
  }

  /** What is ours in the service, in the fewest words. */
  held({ butForKept = false } = {}): Record<string, string[]> {
    const { service } = this;
    const kept = new Set(butForKept ? this.kept().map(({ name }) => name) : []);
    const names = (resources: readonly { readonly name: string }[]) => resources.map(({ name }) => name).filter((name) => !kept.has(name));
    return {
      trainingDatasets: names(service.trainingDatasets()),
      audienceModels: service.audienceModels().filter(({ name }) => !kept.has(name)).map(({ name, status }) => `${name} ${status}`),
      configuredAudienceModels: names(service.configuredAudienceModels()),
      policies: Object.keys(this.service.policies()),
    };
  }

  /** What a rollback left of what was trained. */
  kept(): { readonly name: string; readonly arn: string }[] {
    const { service } = this;
    return [...service.trainingDatasets(), ...service.audienceModels()].filter(({ tags }) => hasFate(tags, Fate.KEPT));
  }

  get trainings(): number { return this.service.trainingsStarted.length; }

  /** The executions of this library's own state machine. */
  executions(): Execution[] {
    return this.aws.states.executions().filter(({ stateMachineArn }) => stateMachineArn.includes('CleanRoomsMLProvider'));
  }

  events(stackName: string = STACK): readonly StackEvent[] {
    return this.aws.cloudFormation.events(stackName);
  }

  /** The reasons of what failed, as `cdk deploy` prints them. */
  reasons(outcome: StackOutcome): string {
    return outcome.failures.map(({ logicalId, reason }) => `${logicalId}: ${reason}`).join('\n');
  }

  logs(): string {
    return [...this.aws.lambda.logs.values()].flat().join('\n');
  }

  async close(): Promise<void> {
    await this.aws.close();
  }
}

export const NOTHING = { trainingDatasets: [], audienceModels: [], configuredAudienceModels: [], policies: [] };
