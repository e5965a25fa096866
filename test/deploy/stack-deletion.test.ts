import { RemovalPolicy } from 'aws-cdk-lib';
import { deleted, deployed } from './retained';
import { expectNoSecrets, running } from './trainings';
import { NOTHING, STACK, World } from './world';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* What is in the way of the deletion of a stack, and how that ends all the same. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(() => {
  expect(running(world)).toEqual([]);
  expectNoSecrets(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('the deletion of a stack', () => {
  /** Somebody's configured model, which uses ours. */
  async function inUse(): Promise<string> {
    const [{ outputConfig, sharedAudienceMetrics, audienceModelArn }] = world.service.configuredAudienceModels();
    const { configuredAudienceModelArn } = await world.service.createConfiguredAudienceModel(world.otherHands, {
      name: 'theirs', audienceModelArn, outputConfig, sharedAudienceMetrics,
    });
    return configuredAudienceModelArn;
  }

  const logicalIds = (...types: RegExp[]) => [...world.aws.cloudFormation.describe(STACK).resources.values()]
    .filter(({ type }) => types.some((one) => one.test(type))).map(({ logicalId }) => logicalId);

  const retaining = async (...logicalIdsOf: string[]) => world.aws.cloudFormation.delete(STACK, undefined, { retained: new Set(logicalIdsOf) });

  const MODEL = /CleanRoomsMLAudienceModel$/;
  const DATASET = /TrainingDataset$/;

  async function expectGone({ stackId, status }: StackOutcome): Promise<void> {
    expect(status).toBe('DELETE_COMPLETE');
    expect(world.events(stackId).at(-1)).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(world.aws.lambda.functionNames()).toEqual([]);
  }

  test('that cannot have a model is ended with --retain-resources of it and its dataset: they stay, and everything else goes', async () => {
    await deployed(world, {});
    const { trainingDatasets, audienceModels } = world.held();
    const theirs = await inUse();
    const failed = await world.delete();
    expect(failed.status).toBe('DELETE_FAILED');
    expect(world.reasons(failed)).toContain(`gave up after 55 minutes: DeleteAudienceModel: ConflictException: The configured audience model ${theirs} depends on`);

    await expectGone(await retaining(...logicalIds(MODEL, DATASET)));
    expect(world.held()).toEqual({ trainingDatasets, audienceModels, configuredAudienceModels: ['theirs'], policies: [] });
  });

  test('retaining the model alone says that it is in the way of the dataset, and leaves it, though nothing keeps it any longer', async () => {
    await deployed(world, {});
    const { trainingDatasets, audienceModels } = world.held();
    const [{ arn }] = world.service.audienceModels();
    const configuredAudienceModelArn = await inUse();
    await world.delete();
    const [model] = logicalIds(MODEL);
    await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });

    const failed = await retaining(model);
    expect(failed.status).toBe('DELETE_FAILED');
    expect(world.reasons(failed)).toContain(`The audience model ${arn} depends on`);
    expect(world.held()).toEqual({ ...NOTHING, trainingDatasets, audienceModels });

    await expectGone(await retaining(...logicalIds(DATASET)));
    expect(world.held()).toEqual({ ...NOTHING, trainingDatasets, audienceModels });
  });

  test('by force leaves what cannot be deleted, and nothing else', async () => {
    await deployed(world, {});
    const { trainingDatasets, audienceModels } = world.held();
    await inUse();
    await world.delete();

    await expectGone(await world.aws.cloudFormation.delete(STACK, undefined, { force: true }));
    expect(world.held()).toEqual({ trainingDatasets, audienceModels, configuredAudienceModels: ['theirs'], policies: [] });
  });

  test('with a dataset that is to go, of a model that is to stay, says so; it ends when the model has gone', async () => {
    await deployed(world, { model: { removalPolicy: RemovalPolicy.RETAIN } });
    const [{ arn: audienceModelArn }] = world.service.audienceModels();
    const failed = await world.delete();
    expect(failed.status).toBe('DELETE_FAILED');
    expect(world.reasons(failed)).toContain(`The audience model ${audienceModelArn} depends on`);

    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn });
    expect(await deleted(world)).toEqual([]);
    expect(world.held()).toEqual(NOTHING);
  });

  test('with a model that is to go, of a configured one that is to stay, says so; it ends when that has gone', async () => {
    await deployed(world, { configured: { removalPolicy: RemovalPolicy.RETAIN } });
    const [{ arn: configuredAudienceModelArn }] = world.service.configuredAudienceModels();
    const failed = await world.delete();
    expect(failed.status).toBe('DELETE_FAILED');
    expect(world.reasons(failed)).toContain(`The configured audience model ${configuredAudienceModelArn} depends on`);

    await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
    expect(await deleted(world)).toEqual([]);
    expect(world.held()).toEqual(NOTHING);
  });
});
