import { generateAudience } from './audience';
import type { RetailProps } from './retail';
import { deleted, deployed } from './retained';
import { DAY, expectNothingLeft } from './trainings';
import { World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { ChildResourceTagOnCreatePolicy } from '../../src';

/* A configured audience model whose audiences hold it: which jobs do, if any, nobody could find out. Here all that there are. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({ deleteModelWithJobs: 'ConflictException for any job' }, functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

/** A stack whose audience ran, and is done. */
async function generated(props: RetailProps): Promise<string> {
  await deployed(world, props);
  const job = await generateAudience(world);
  await world.clock.sleep(DAY);
  expect(world.service.audienceGenerationJobs()).toMatchObject([{ status: 'ACTIVE' }]);
  return job;
}

async function deleteJob(audienceGenerationJobArn: string): Promise<void> {
  await world.service.deleteAudienceGenerationJob(world.otherHands, { audienceGenerationJobArn });
  await world.clock.sleep(DAY);
  expect(world.service.audienceGenerationJobs()).toEqual([]);
}

test('the deletion of its stack says which job is in the way, and ends when that has gone', async () => {
  const job = await generated({});
  const [{ arn }] = world.service.configuredAudienceModels();
  const { trainingDatasets, audienceModels, configuredAudienceModels } = world.held();

  const failed = await world.delete();
  expect(failed.status).toBe('DELETE_FAILED');
  expect(world.reasons(failed)).toContain(
    `gave up after 55 minutes: DeleteConfiguredAudienceModel: ConflictException: The audience generation job ${job} uses ${arn}`,
  );
  expect(world.held()).toEqual({ trainingDatasets, audienceModels, configuredAudienceModels, policies: [] });

  await deleteJob(job);
  expect(await deleted(world)).toEqual([]);
  expectNothingLeft(world);
});

/** An update that replaces the model with one whose jobs get its tags, and cannot delete the old one. */
async function replaced(): Promise<void> {
  const childResourceTagOnCreatePolicy = ChildResourceTagOnCreatePolicy.FROM_PARENT_RESOURCE;
  const { status, failures } = await world.deploy({ configured: { childResourceTagOnCreatePolicy } });
  expect(status).toBe('UPDATE_COMPLETE');
  expect(failures.map(({ reason }) => reason)).toEqual(Array(3).fill(expect.stringContaining('ConflictException: The audience generation job')));
}

test('an update that replaces it succeeds and leaves it; the one that goes back takes it up again, job or no job', async () => {
  await generated({});
  const before = world.held();
  await replaced();
  const { configuredAudienceModels, ...others } = world.held();
  expect(others).toMatchObject({ trainingDatasets: before.trainingDatasets, audienceModels: before.audienceModels });
  expect(configuredAudienceModels).toEqual([...before.configuredAudienceModels, expect.any(String)]);

  await deployed(world, {});
  expect(world.held()).toEqual(before);
});

test('what an update left because of a job goes with the stack when the job has gone', async () => {
  const job = await generated({});
  await replaced();
  const failed = await world.delete();
  expect(failed.status).toBe('DELETE_FAILED');
  expect(world.reasons(failed)).toContain(`ConflictException: The audience generation job ${job} uses`);

  await deleteJob(job);
  await deleted(world);
  expectNothingLeft(world);
});

test('what an update left because of a job goes with the next replacement when the job has gone', async () => {
  const job = await generated({});
  await replaced();
  await deleteJob(job);
  await deployed(world, { configured: { configuredAudienceModelName: 'another' } });
  expect(world.held().configuredAudienceModels).toEqual(['another']);
});
