import type { Stack } from 'aws-cdk-lib';
import { failing, Retail, retail, RetailProps } from './retail';
import { at, expectNothingLeft, MINUTE } from './trainings';
import { STACK, World } from './world';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { AudienceModel, ColumnSchema, Dataset, GlueDataSource, TrainingDataset } from '../../src';
import { OwnershipTag } from '../../src/private/contract';

/* Updates that fail when all is trained, and what their rollbacks keep. */

type More = NonNullable<RetailProps['more']>;

export type Build = (stack: Stack, more: More) => void;

/** What a template says: the props of the retail stack, or what makes a stack, with something at its end. */
type Said = RetailProps | Build;

export async function deploy(world: World, said: Said, more: More = () => undefined): Promise<StackOutcome> {
  return world.deployTemplate(await world.synthesize((stack) => {
    if (typeof said === 'function') said(stack, more);
    else retail(stack, { ...said, more: (all) => { said.more?.(all); more(all); } });
  }));
}

export async function deployed(world: World, said: Said = {}): Promise<void> {
  const outcome = await deploy(world, said);
  expect(world.reasons(outcome)).toBe('');
  expect(outcome).toMatchObject({ status: expect.stringMatching(/^(CREATE|UPDATE)_COMPLETE$/), changed: true });
}

/** An update that fails when all else is there, and is rolled back to what was before. */
export async function failed(world: World, said: Said): Promise<void> {
  const before = inUse(world);
  const outcome = await deploy(world, said, late);
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.reasons(outcome)).toMatch(/^Failing: /);
  expect(inUse(world)).toEqual(before);
}

/** What fails when all else is there. */
export function late(all: Retail): void {
  failing(all, ...all.stack.node.children.filter(({ node: { id } }) => /^(Interactions|Model|Configured|More)/.test(id)));
}

/** What the configured model of the stack uses. */
function inUse(world: World): unknown {
  return world.service.configuredAudienceModels().filter(({ tags }) => OwnershipTag.STACK_ID in tags).map(({ audienceModelArn }) => audienceModelArn);
}

/** A deployment that goes on at once, and trains nothing. */
export async function mended(world: World, said: Said, trainings: number): Promise<void> {
  const began = world.clock.now();
  await deployed(world, said);
  expect(at(world.events(), /^Retail$/, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS') - began).toBeLessThan(MINUTE);
  expect(world.trainings).toBe(trainings);
  expect(kept(world)).toEqual(NONE);
}

export interface Kept {
  readonly datasets: number;
  readonly models: number;
}

export const NONE: Kept = { datasets: 0, models: 0 };
export const MODEL: Kept = { datasets: 0, models: 1 };
export const BOTH: Kept = { datasets: 1, models: 1 };

/** What is there beside what the template says. */
export function kept(world: World): Kept {
  const arns = world.kept().map(({ arn }) => arn);
  return { datasets: arns.filter((arn) => arn.includes(':training-dataset/')).length, models: arns.filter((arn) => arn.includes(':audience-model/')).length };
}

/** With the stack goes all that was kept, and nothing was denied on the way. */
export async function expectEnd(world: World): Promise<void> {
  if (world.aws.cloudFormation.findStack(STACK)) expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
  expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
}

const generation = (value: string): RetailProps => ({ model: { generation: value } });
export const SECOND = generation('2');
export const THIRD = generation('3');
export const COUNTRY: RetailProps = { features: ['country'] };

/** Another dataset of its own, with a generated role, and a model that is trained with it. */
export function another({ stack, bucket, dataset }: Retail): void {
  const more = new TrainingDataset(stack, 'MoreInteractions', {
    dataset: Dataset.interactions({
      source: GlueDataSource.fromTable({ databaseName: STACK.toLowerCase(), tableName: 'clicks', bucket, prefix: 'clicks/' }),
      schema: [ColumnSchema.userId('user_id'), ColumnSchema.itemId('item_id'), ColumnSchema.timestamp('ts')],
    }),
  });
  more.node.addDependency(dataset);
  new AudienceModel(stack, 'MoreModel', { trainingDataset: more });
}

/** Another model, of the same dataset. */
export function anotherModel({ stack, dataset }: Retail): void {
  new AudienceModel(stack, 'MoreModel', { trainingDataset: dataset });
}
