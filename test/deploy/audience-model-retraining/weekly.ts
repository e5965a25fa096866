import { Duration } from 'aws-cdk-lib';
import type { Settings } from '../../../local-aws/cleanroomsml/settings';
import { InProcessFunctions } from '../../../local-aws/lambda/in-process';
import type { Execution } from '../../../local-aws/states/execution';
import { AudienceModel, AudienceModelRetraining, AudienceModelRetrainingProps, ChildResourceTagOnCreatePolicy } from '../../../src';
import { failing, Retail, RetailProps } from '../retail';
import { DAY, expectNothingLeft, HOUR, MINUTE, trainingOf } from '../trainings';
import { STACK, World, WorldOptions } from '../world';

/** Shared by all worlds of a test file. Close it when all is over. */
export const functions = new InProcessFunctions();

/** A day's training, as AWS says: several hours to two days. */
export const TRAINING = 20 * HOUR;

export async function weeklyWorld(settings: Partial<Settings> = {}, options: WorldOptions = {}): Promise<World> {
  return World.start({ ...trainingOf(TRAINING), throttling: false, ...settings }, functions, options);
}

/** What is retrained every week. */
export function weekly(props: Partial<AudienceModelRetrainingProps> = {}, retail: RetailProps = {}): RetailProps {
  return {
    ...retail,
    more: (made) => {
      new AudienceModelRetraining(made.stack, 'Retraining', { configuredAudienceModel: made.configured!, trainingDataset: made.dataset, ...props });
      retail.more?.(made);
    },
  };
}

/** Replaces a configured audience model. */
export const TAGS_JOBS: RetailProps['configured'] = { childResourceTagOnCreatePolicy: ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE };

export const WEEK = 7 * DAY;
export const FORTNIGHT = Duration.days(14);

/** The executions of the retraining, the oldest first. */
export function runs({ aws }: World): Execution[] {
  return aws.states.executions().filter(({ stateMachineArn }) => stateMachineArn.includes('RetrainingStateMachine'));
}

/** What an execution tells. */
export interface Outcome {
  readonly status: string;
  readonly audienceModelArn?: string;
  readonly previousAudienceModelArn?: string;
  readonly configuredAudienceModelArn?: string;
  readonly repointedByOthers?: boolean;
  readonly error?: string;
  readonly cause?: string;
  readonly durationSeconds: number;
}

export function outcomeOf({ status, output, error, cause }: Execution): Outcome {
  return status === 'SUCCEEDED' ? JSON.parse(output!) as Outcome : { status, error, cause, durationSeconds: 0 };
}

/** Starts an execution by hand. */
export function start(world: World, input: unknown = {}): Execution {
  const { resources } = world.aws.cloudFormation.stack(STACK);
  const machine = [...resources.values()].find(({ logicalId }) => logicalId.startsWith('RetrainingStateMachine'));
  return world.aws.states.startExecution(machine!.physicalId!, JSON.stringify(input));
}

export async function run(world: World, input: unknown = {}): Promise<Outcome> {
  const execution = start(world, input);
  await execution.ended;
  return outcomeOf(execution);
}

/** The audience model in use. */
export function inUse(world: World): string {
  const [configured] = world.service.configuredAudienceModels();
  return world.service.audienceModels().find(({ arn }) => arn === configured.audienceModelArn)?.name ?? 'none';
}

/** The audience models that can be used. */
export function models(world: World): string[] {
  return world.service.audienceModels().filter(({ status }) => status === 'ACTIVE').map(({ name }) => name);
}

export async function deployed(world: World, props: RetailProps): Promise<void> {
  const outcome = await world.deploy(props);
  expect(world.reasons(outcome)).toBe('');
  expect(outcome.status).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
}

export async function deleted(world: World): Promise<void> {
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
}

/** Deployed, and retrained once. */
export async function retrained(world: World, props: RetailProps = weekly()): Promise<{ initial: string; generation: string }> {
  await deployed(world, props);
  const initial = inUse(world);
  await world.clock.sleep(2 * DAY);
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  return { initial, generation: inUse(world) };
}

/** Once all else is there. */
export function failingLast(retail: Retail): void {
  failing(retail, retail.stack.node.findChild('Retraining'));
}

/** Once all else is there, and another model has been trained after that. */
export function failingSlowly(retail: Retail): void {
  const third = new AudienceModel(retail.stack, 'Third', { trainingDataset: retail.dataset });
  third.node.addDependency(retail.stack.node.findChild('Retraining'));
  failing(retail, third);
}

export { DAY, HOUR, MINUTE };
