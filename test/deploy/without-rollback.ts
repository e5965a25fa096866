import type { RetailProps } from './retail';
import { at, expectNothingLeft, HOUR, MINUTE } from './trainings';
import { STACK, World } from './world';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';

export const SECOND: RetailProps = { model: { generation: '2' } };
export const FAILED = { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' };

export interface Deployed extends StackOutcome {
  readonly took: number;
}

/** A deployment with rollback disabled, and how long it takes, without its clean-up. */
export async function deploy(world: World, props: RetailProps = {}): Promise<Deployed> {
  const began = world.clock.now();
  const outcome = await world.deploy(props, undefined, { rollback: false });
  const done = outcome.status === 'UPDATE_COMPLETE' ? 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' : outcome.status;
  return { ...outcome, took: at(world.events(), /^Retail$/, done) - began };
}

/** Such a deployment, cancelled when its training has lasted an hour. */
export async function cancelled(world: World): Promise<Deployed> {
  const update = deploy(world, SECOND);
  await world.until(() => world.trainings >= 2);
  await world.clock.sleep(HOUR);
  world.aws.cloudFormation.cancelUpdate(STACK);
  return update;
}

/** Nothing was trained for it, nor waited for. */
export function expectMended(world: World, mended: Deployed, trainings: number, within: number = MINUTE): void {
  expect(world.reasons(mended)).toBe('');
  expect(mended).toMatchObject({ status: 'UPDATE_COMPLETE', changed: true });
  expect(mended.took).toBeLessThan(within);
  expect(world.trainings).toBe(trainings);
  expectOneOfEach(world);
}

export function expectOneOfEach(world: World): void {
  expect(world.held()).toEqual({
    trainingDatasets: [expect.any(String)],
    audienceModels: [expect.stringMatching(/ ACTIVE$/)],
    configuredAudienceModels: [expect.any(String)],
    policies: [expect.any(String)],
  });
  expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(world.service.audienceModels()[0].arn);
}

/** The stack can be deleted, and takes everything along. */
export async function expectEnd(world: World): Promise<void> {
  if (world.aws.cloudFormation.findStack(STACK)) expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
}
