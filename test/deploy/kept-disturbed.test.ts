import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { anotherModel, BOTH, COUNTRY, deploy, deployed, expectEnd, failed, kept, mended, MODEL, NONE, SECOND, THIRD } from './kept';
import type { RetailProps } from './retail';
import { MINUTE } from './trainings';
import { STACK, World } from './world';
import { AwsError } from '../../local-aws/aws';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { OwnershipTag } from '../../src/private/contract';

/* What a rollback kept meets other hands, and what is not there any longer. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => expectEnd(world));
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('where the update that failed brought the first construct to the stack, and its handlers went with the rollback,', () => {
  const other = (stack: Stack) => { new s3.Bucket(stack, 'Other'); };
  const WITH_OTHER: RetailProps = { more: ({ stack }) => other(stack) };

  beforeEach(async () => {
    await deployed(world, other);
    await failed(world, WITH_OTHER);
    expect(kept(world)).toEqual(BOTH);
    expect(world.aws.cloudFormation.describe(STACK).resources.size).toBe(1);
  });

  test('it is taken up all the same', async () => mended(world, WITH_OTHER, 1));

  test('it stays when the stack is deleted, with tags that say whose it was, and others can delete it', async () => {
    const { service, otherHands } = world;
    const { stackId } = world.aws.cloudFormation.describe(STACK);
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expect(kept(world)).toEqual(BOTH);
    const left = [...service.audienceModels(), ...service.trainingDatasets()];
    for (const { tags } of left) expect(tags).toMatchObject({ [OwnershipTag.STACK_ID]: stackId });

    await service.deleteAudienceModel(otherHands, { audienceModelArn: service.audienceModels()[0].arn });
    await world.clock.sleep(10 * MINUTE);
    await service.deleteTrainingDataset(otherHands, { trainingDatasetArn: service.trainingDatasets()[0].arn });
  });
});

describe('where others were at what was kept', () => {
  const keptModel = () => world.service.audienceModels().at(-1)!;

  test('and took off its tags, it is taken up all the same, and has them back', async () => {
    await deployed(world);
    await failed(world, SECOND);
    const { arn: resourceArn, tags } = keptModel();
    await world.service.untagResource(world.otherHands, { resourceArn, tagKeys: Object.keys(tags) });

    await mended(world, SECOND, 2);
    expect(world.service.audienceModels()).toMatchObject([{ arn: resourceArn, tags: { [OwnershipTag.IDENTITY]: expect.stringMatching(/^[0-9a-f]{16}$/) } }]);
  });

  test('and took off its tags, nobody deletes it: the deletion of its dataset says that it is in the way', async () => {
    await deployed(world);
    await failed(world, SECOND);
    const { arn, tags } = keptModel();
    await world.service.untagResource(world.otherHands, { resourceArn: arn, tagKeys: Object.keys(tags) });
    await deployed(world, THIRD);
    expect(world.service.audienceModels().map((model) => model.arn)).toContain(arn);

    const blocked = await world.delete();
    expect(blocked.status).toBe('DELETE_FAILED');
    expect(world.reasons(blocked)).toMatch(new RegExp(`^Interactions.*${arn} depends on`));
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: arn });
  });

  test('and deleted it, it is trained again', async () => {
    await deployed(world);
    await failed(world, COUNTRY);
    const { arn: audienceModelArn, request: { trainingDatasetArn } } = keptModel();
    await expect(world.service.deleteTrainingDataset(world.otherHands, { trainingDatasetArn })).rejects.toThrow('depends on');
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn });
    await world.clock.sleep(10 * MINUTE);
    await world.service.deleteTrainingDataset(world.otherHands, { trainingDatasetArn });

    await deployed(world, COUNTRY);
    expect(world.trainings).toBe(3);
  });

  describe('and use it with a configured model of their own,', () => {
    async function used(): Promise<{ audienceModelArn: string; configuredAudienceModelArn: string }> {
      await deployed(world);
      await failed(world, SECOND);
      const { arn: audienceModelArn } = keptModel();
      const [{ outputConfig, sharedAudienceMetrics }] = world.service.configuredAudienceModels();
      const { configuredAudienceModelArn } = await world.service.createConfiguredAudienceModel(world.otherHands, {
        name: 'theirs', audienceModelArn, outputConfig, sharedAudienceMetrics,
      });
      return { audienceModelArn, configuredAudienceModelArn };
    }

    test('another deployment works, theirs stays as it is, and the deletion of the stack says who is in the way', async () => {
      const { audienceModelArn, configuredAudienceModelArn } = await used();
      const theirs = structuredClone(world.service.configuredAudienceModels().at(-1));
      await deployed(world, THIRD);
      expect(kept(world)).toEqual(MODEL);

      const blocked = await world.delete();
      expect(blocked.status).toBe('DELETE_FAILED');
      expect(world.reasons(blocked)).toContain(`The configured audience model ${configuredAudienceModelArn} depends on ${audienceModelArn}`);
      expect(world.service.configuredAudienceModels()).toEqual([theirs]);
      await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
    });

    test('it is taken up, and goes on to be used', async () => {
      const { configuredAudienceModelArn } = await used();
      await mended(world, SECOND, 2);
      await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
    });
  });
});

describe('where nobody may write tags, it is kept without its mark,', () => {
  async function failedUnmarked(said: RetailProps): Promise<void> {
    await deployed(world);
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'TagResource') throw new AwsError('AccessDeniedException', 'with an explicit deny in a service control policy', 403);
    };
    await failed(world, said);
    world.service.beforeCall = undefined;
    expect(kept(world)).toEqual(NONE);
    expect(world.service.audienceModels()).toHaveLength(2);
  }

  test('and taken up all the same', async () => {
    await failedUnmarked(SECOND);
    await mended(world, SECOND, 2);
  });

  test('and what replaces the model does not find it, but the deletion of the stack does', async () => {
    await failedUnmarked(SECOND);
    await deployed(world, THIRD);
    expect(world.service.audienceModels()).toMatchObject([{ status: 'ACTIVE' }, { status: 'ACTIVE' }]);
  });

  test('and nobody finds it whose construct is given up: the deletion of its dataset says that it is in the way', async () => {
    await failedUnmarked({ more: anotherModel });
    const { arn: audienceModelArn } = world.service.audienceModels().at(-1)!;
    const blocked = await world.delete();
    expect(blocked.status).toBe('DELETE_FAILED');
    expect(world.reasons(blocked)).toMatch(new RegExp(`^Interactions.*${audienceModelArn} depends on`));
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn });
  });
});

test('another description at its taking up is refused with the reason, and with the former it is taken up', async () => {
  const described = (description: string): RetailProps => ({ model: { generation: '2', description } });
  await deployed(world);
  await failed(world, described('one'));

  const refused = await deploy(world, described('another'));
  expect(refused.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.reasons(refused)).toMatch(/^Model\w{8}: .*a change of description needs the audience model to be trained again/);
  expect(world.trainings).toBe(2);
  expect(kept(world)).toEqual(MODEL);

  await mended(world, described('one'), 2);
});
