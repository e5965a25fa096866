import { CfnDeletionPolicy, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { failing, Retail, retail, RetailProps } from './retail';
import { at, expectNothingLeft, failingAfter, HOUR, MINUTE } from './trainings';
import { STACK, World, WorldOptions } from './world';
import { AwsError } from '../../local-aws/aws';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { AudienceModel, ColumnSchema, Dataset, GlueDataSource, TrainingDataset, TrainingWait } from '../../src';
import { OwnershipTag } from '../../src/private/contract';

/* An update that fails when its model is trained costs no training: the rollback keeps the model, and the next deployment takes it up. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => {
  if (world.aws.cloudFormation.findStack(STACK)) expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
  expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

type Build = (stack: Stack, more: NonNullable<RetailProps['more']>) => void;

/** What a template says: the props of the retail stack, or what makes a stack, with something at its end. */
type Said = RetailProps | Build;

async function deploy(said: Said, more: NonNullable<RetailProps['more']> = () => undefined): Promise<StackOutcome> {
  return world.deployTemplate(await world.synthesize((stack) => {
    if (typeof said === 'function') said(stack, more);
    else retail(stack, { ...said, more: (all) => { said.more?.(all); more(all); } });
  }));
}

async function deployed(said: Said = {}): Promise<void> {
  const outcome = await deploy(said);
  expect(world.reasons(outcome)).toBe('');
  expect(outcome).toMatchObject({ status: expect.stringMatching(/^(CREATE|UPDATE)_COMPLETE$/), changed: true });
}

/** An update that fails when all else is there, and is rolled back to what was before. */
async function failed(said: Said): Promise<void> {
  const before = inUse();
  const outcome = await deploy(said, late);
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.reasons(outcome)).toMatch(/^Failing: /);
  expect(inUse()).toEqual(before);
}

function late(all: Retail): void {
  failing(all, ...all.stack.node.children.filter(({ node: { id } }) => /^(Interactions|Model|Configured|More)/.test(id)));
}

/** A deployment that goes on at once, and trains nothing. */
async function mended(said: Said, trainings: number): Promise<void> {
  const began = world.clock.now();
  await deployed(said);
  expect(at(world.events(), /^Retail$/, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS') - began).toBeLessThan(MINUTE);
  expect(world.trainings).toBe(trainings);
  expect(kept()).toEqual(NONE);
}

/** What is there beside what the template says. */
function kept(): { datasets: number; models: number } {
  const arns = world.kept().map(({ arn }) => arn);
  return { datasets: arns.filter((arn) => arn.includes(':training-dataset/')).length, models: arns.filter((arn) => arn.includes(':audience-model/')).length };
}

const NONE = { datasets: 0, models: 0 };
const MODEL = { datasets: 0, models: 1 };
const BOTH = { datasets: 1, models: 1 };

/** What the configured model of the stack uses. */
function inUse(): unknown {
  return world.service.configuredAudienceModels().filter(({ tags }) => OwnershipTag.STACK_ID in tags).map(({ audienceModelArn }) => audienceModelArn);
}

const generation = (value: string): RetailProps => ({ model: { generation: value } });
const SECOND = generation('2');
const THIRD = generation('3');
const COUNTRY: RetailProps = { features: ['country'] };

const SERVICE = new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com');

/** Another dataset of its own, with a generated role, and a model that is trained with it. */
function another({ stack, bucket, dataset }: Retail): void {
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
function anotherModel({ stack, dataset }: Retail): void {
  new AudienceModel(stack, 'MoreModel', { trainingDataset: dataset });
}

describe('a late failure costs no training', () => {
  test.each<[string, RetailProps, RetailProps, object, number]>([
    ['the model is another one', {}, SECOND, MODEL, 2],
    ['the dataset is another one, too', {}, COUNTRY, BOTH, 2],
    ['the dataset is a new construct, and so is its role', {}, { more: another }, BOTH, 2],
    ['the model is a new construct', {}, { more: anotherModel }, MODEL, 2],
    ['two models have one dataset', { more: anotherModel }, { ...COUNTRY, more: anotherModel }, { datasets: 1, models: 2 }, 4],
    ['the model has a name', { model: { audienceModelName: 'buyers' } }, { model: { audienceModelName: 'buyers-2', generation: '2' } }, MODEL, 2],
    ['the dataset has a name', { dataset: { trainingDatasetName: 'clicks' } }, { ...COUNTRY, dataset: { trainingDatasetName: 'clicks-2' } }, BOTH, 2],
  ])('where %s', async (_, from, to, keeps, trainings) => {
    await deployed(from);
    await failed(to);
    expect(world.trainings).toBe(trainings);
    expect(kept()).toEqual(keeps);
    expect(world.logs()).toContain('kept audience model');
    expect(await deploy(from)).toMatchObject({ changed: false });

    await mended(to, trainings);
  });

  test('where the model is retained when it is removed, but not when it is replaced', async () => {
    const policies = (props: RetailProps): RetailProps => ({
      ...props,
      more: ({ model }) => Object.assign((model!.node.defaultChild as CfnResource).cfnOptions, { deletionPolicy: CfnDeletionPolicy.RETAIN }),
    });
    await deployed(policies({}));
    await failed(policies(SECOND));
    expect(kept()).toEqual(MODEL);
    await mended(policies(SECOND), 2);
    await deployed(SECOND);
  });

  test('where it fails once more', async () => {
    await deployed();
    await failed(SECOND);
    await failed(SECOND);
    expect(kept()).toEqual(MODEL);
    await mended(SECOND, 2);
  });

  test('where others fail in between, and each is kept until one succeeds', async () => {
    await deployed();
    await failed(SECOND);
    await failed(COUNTRY);
    expect(kept()).toEqual({ datasets: 1, models: 2 });
    await failed(SECOND);
    expect(kept()).toEqual({ datasets: 1, models: 2 });
    await mended(SECOND, 3);
  });

  test('where a change in place succeeds in between, which leaves what was kept', async () => {
    await deployed();
    await failed(SECOND);
    await deployed({ model: { tags: { a: '1' } }, configured: { minMatchingSeedSize: 1_000 } });
    expect(kept()).toEqual(MODEL);
    await mended({ ...SECOND, configured: { minMatchingSeedSize: 1_000 } }, 2);
  });

  test('where the mended deployment says other tags, and would wait for another time', async () => {
    await deployed();
    await failed({ model: { generation: '2', tags: { a: '1', b: '1' } } });
    await mended({ model: { generation: '2', tags: { b: '2' }, trainingWait: TrainingWait.upTo(Duration.days(5)) } }, 2);
    expect(world.service.audienceModels()).toMatchObject([{ tags: { b: '2' } }]);
  });

  test.each<[string, WorldOptions['cloudFormationSettings']]>([
    ['the time of the stack moves with the rollback', { rollbackMovesTime: true }],
    ['lists of resources lag and show what is gone', { resourceListLag: 10_000, showsDeparted: 'all' }],
  ])('where %s', async (_, cloudFormationSettings) => {
    await world.close();
    world = await World.start({ listLag: 20_000 }, functions, { cloudFormationSettings });
    await deployed();
    await failed(COUNTRY);
    expect(kept()).toEqual(BOTH);
    await mended(COUNTRY, 2);
  });

  test('where somebody cancels the update when all is trained', async () => {
    await deployed();
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'UpdateConfiguredAudienceModel') throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
    };
    const update = deploy(SECOND);
    while (world.trainings < 2) await world.clock.sleep(1_000);
    await world.clock.sleep(10 * MINUTE);
    world.aws.cloudFormation.cancelUpdate(STACK);
    await world.clock.sleep(1_000);
    world.service.beforeCall = undefined;
    expect((await update).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept()).toEqual(MODEL);

    await mended(SECOND, 2);
  });

  test('where the rollback fails, too, and goes on later', async () => {
    await deployed();
    const { lambda, cloudFormation } = world.aws;
    const invoke = lambda.invoke.bind(lambda);
    lambda.invoke = async (name, payload) => {
      if (cloudFormation.describe(STACK).status !== 'UPDATE_ROLLBACK_IN_PROGRESS') return invoke(name, payload);
      return { payload: '{"errorType":"Runtime.ExitError","errorMessage":"killed"}', functionError: 'Unhandled' };
    };
    expect((await deploy(SECOND, late)).status).toBe('UPDATE_ROLLBACK_FAILED');
    lambda.invoke = invoke;
    expect((await cloudFormation.continueUpdateRollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept()).toEqual(MODEL);

    await mended(SECOND, 2);
  });

  test('where the deployment does not wait for the training, and that ends before something fails', async () => {
    const unawaited: RetailProps = { model: { generation: '2', trainingWait: TrainingWait.none() } };
    await deployed();
    expect((await deploy(unawaited, failingAfter(60))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept()).toEqual(MODEL);
    await mended(unawaited, 2);
  });

  test('where the training was not over, and the service does not delete what trains: once that is over, it is taken up', async () => {
    Object.assign(world.service.settings, { trainingTime: 20 * HOUR, deleteDuringTraining: 'ConflictException' });
    await deployed();
    expect((await deploy(SECOND, failingAfter(60))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept()).toEqual(MODEL);
    await world.clock.sleep(20 * HOUR);

    await mended(SECOND, 2);
  });
});

describe('a late failure does cost a training', () => {
  test('where the training is not over when something else fails', async () => {
    await deployed();
    world.service.settings.trainingTime = 20 * HOUR;
    const outcome = await deploy(SECOND, failingAfter(60));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.trainings).toBe(2);
    expect(kept()).toEqual(NONE);
    expect(world.held().audienceModels).toHaveLength(1);
  });

  test('where the training failed', async () => {
    await deployed();
    world.service.failTraining(() => true, { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' });
    expect((await deploy(SECOND)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.held().audienceModels).toHaveLength(1);
  });

  test('of the first deployment', async () => {
    const outcome = await deploy({}, late);
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expectNothingLeft(world);
  });

  const role = (roleName?: string): Build => (stack, more) => {
    retail(stack, { dataset: { role: new iam.Role(stack, 'OwnRole', { assumedBy: SERVICE, roleName }) }, more });
  };
  const key: Build = (stack, more) => {
    retail(stack, { model: { encryptionKey: new kms.Key(stack, 'OwnKey', { removalPolicy: RemovalPolicy.DESTROY }) }, more });
  };

  test.each<[string, Build, object]>([
    ['a role of the app that was new in it', role(), BOTH],
    ['a key that was new in it', key, MODEL],
  ])('with %s, whose ARN is another one the next time: it is trained again, and what was kept goes with the success', async (_, to, keeps) => {
    await deployed();
    await failed(to);
    expect(kept()).toEqual(keeps);

    await deployed(to);
    expect(world.trainings).toBe(3);
    expect(kept()).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('and not with a role of the app whose name is its own: that has the same ARN the next time', async () => {
    await deployed();
    await failed(role('own'));
    await mended(role('own'), 2);
  });
});

describe('what was kept goes', () => {
  test('when another model takes the place of what it should have replaced', async () => {
    await deployed();
    await failed(SECOND);
    await deployed(THIRD);
    expect(kept()).toEqual(NONE);
    expect(world.held().audienceModels).toHaveLength(1);
    expect(world.trainings).toBe(3);
  });

  test('with its dataset', async () => {
    await deployed();
    await failed(COUNTRY);
    await deployed(SECOND);
    expect(kept()).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('when the model is removed', async () => {
    await deployed();
    await failed(COUNTRY);
    await deployed({ model: false });
    expect(kept()).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [] });
  });

  test('with the stack, its dataset included, though its construct is given up', async () => {
    await deployed();
    await failed({ more: another });
    expect(kept()).toEqual(BOTH);
  });

  test('with the next clean-up of anything, where its construct is given up', async () => {
    await deployed();
    await failed({ more: another });
    await deployed({ configured: { minMatchingSeedSize: 1_000 } });
    expect(kept()).toEqual(BOTH);

    await deployed(SECOND);
    expect(kept()).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('with the stack, though it says RetainExceptOnCreate and was new', async () => {
    await deployed({ model: false });
    const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    await failed({ model: { removalPolicy } });
    expect(kept()).toEqual(MODEL);
  });

  test('with the stack, though it says RetainExceptOnCreate, and was taken up and kept again', async () => {
    await deployed({ model: false });
    const retained: RetailProps = { model: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } };
    await failed(retained);
    await failed(retained);
    expect(kept()).toEqual(MODEL);
    expect(world.trainings).toBe(1);
  });

  test('and its dataset stays, where only that is to be retained', async () => {
    const removalPolicy = RemovalPolicy.RETAIN;
    await deployed({ dataset: { removalPolicy } });
    await failed({ ...COUNTRY, dataset: { removalPolicy } });
    expect(kept()).toEqual(MODEL);
    await deployed({ ...SECOND, dataset: { removalPolicy } });
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String), expect.any(String)], audienceModels: [expect.any(String)] });

    await deployed(SECOND);
    const [, { arn: trainingDatasetArn }] = world.service.trainingDatasets();
    await world.service.deleteTrainingDataset(world.otherHands, { trainingDatasetArn });
  });

  test('and not what another stack has kept', async () => {
    const theirs = { stackName: 'Travel' };
    await deployed();
    expect((await world.deploy({}, undefined, theirs)).status).toBe('CREATE_COMPLETE');
    expect((await world.deploy({ ...COUNTRY, more: late }, undefined, theirs)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await deployed(COUNTRY);
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expect(kept()).toEqual(BOTH);
    expect((await world.deploy(COUNTRY, undefined, theirs)).status).toBe('UPDATE_COMPLETE');
    expect(world.trainings).toBe(4);
    expect((await world.delete('Travel')).status).toBe('DELETE_COMPLETE');
  });

  test('with each of two constructs, and the dataset with the last', async () => {
    await deployed({ more: anotherModel });
    await failed({ ...COUNTRY, more: anotherModel });
    expect(kept()).toEqual({ datasets: 1, models: 2 });

    await deployed({ ...SECOND, more: anotherModel });
    expect(kept()).toEqual(BOTH);
    await deployed(SECOND);
    expect(kept()).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('when its name is wanted for another, that is kept in its turn', async () => {
    const named = (value: string): RetailProps => ({ model: { audienceModelName: 'buyers', generation: value } });
    await deployed();
    await failed(named('2'));
    await failed(named('3'));
    expect(kept()).toEqual(MODEL);
    await failed(named('3'));
    expect(world.trainings).toBe(3);

    await deployed(named('2'));
    expect(world.trainings).toBe(4);
    expect(kept()).toEqual(NONE);
    expect(world.held().audienceModels).toEqual(['buyers ACTIVE']);
  });

  test.each<[string, RetailProps, RetailProps, number]>([
    ['model', { model: { audienceModelName: 'buyers', generation: '2' } }, { model: { audienceModelName: 'buyers', generation: '3' } }, 3],
    ['dataset', { ...COUNTRY, dataset: { trainingDatasetName: 'clicks' } }, { features: ['country', 'device'], dataset: { trainingDatasetName: 'clicks' } }, 3],
  ])('when its name is wanted for another %s', async (_, first, second, trainings) => {
    await deployed();
    await failed(first);
    await deployed(second);
    expect(world.trainings).toBe(trainings);
    expect(kept()).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });
});

describe('where the update that failed brought the first construct to the stack, and its handlers went with the rollback,', () => {
  const other = (stack: Stack) => { new s3.Bucket(stack, 'Other'); };
  const WITH_OTHER: RetailProps = { more: ({ stack }) => other(stack) };

  beforeEach(async () => {
    await deployed(other);
    await failed(WITH_OTHER);
    expect(kept()).toEqual(BOTH);
    expect(world.aws.cloudFormation.describe(STACK).resources.size).toBe(1);
  });

  test('it is taken up all the same', async () => mended(WITH_OTHER, 1));

  test('it stays when the stack is deleted, with tags that say whose it was, and others can delete it', async () => {
    const { service, otherHands } = world;
    const { stackId } = world.aws.cloudFormation.describe(STACK);
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expect(kept()).toEqual(BOTH);
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
    await deployed();
    await failed(SECOND);
    const { arn: resourceArn, tags } = keptModel();
    await world.service.untagResource(world.otherHands, { resourceArn, tagKeys: Object.keys(tags) });

    await mended(SECOND, 2);
    expect(world.service.audienceModels()).toMatchObject([{ arn: resourceArn, tags: { [OwnershipTag.IDENTITY]: expect.stringMatching(/^[0-9a-f]{16}$/) } }]);
  });

  test('and took off its tags, nobody deletes it: the deletion of its dataset says that it is in the way', async () => {
    await deployed();
    await failed(SECOND);
    const { arn, tags } = keptModel();
    await world.service.untagResource(world.otherHands, { resourceArn: arn, tagKeys: Object.keys(tags) });
    await deployed(THIRD);
    expect(world.service.audienceModels().map((model) => model.arn)).toContain(arn);

    const blocked = await world.delete();
    expect(blocked.status).toBe('DELETE_FAILED');
    expect(world.reasons(blocked)).toMatch(new RegExp(`^Interactions.*${arn} depends on`));
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: arn });
  });

  test('and deleted it, it is trained again', async () => {
    await deployed();
    await failed(COUNTRY);
    const { arn: audienceModelArn, request: { trainingDatasetArn } } = keptModel();
    await expect(world.service.deleteTrainingDataset(world.otherHands, { trainingDatasetArn })).rejects.toThrow('depends on');
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn });
    await world.clock.sleep(10 * MINUTE);
    await world.service.deleteTrainingDataset(world.otherHands, { trainingDatasetArn });

    await deployed(COUNTRY);
    expect(world.trainings).toBe(3);
  });

  describe('and use it with a configured model of their own,', () => {
    async function used(): Promise<{ audienceModelArn: string; configuredAudienceModelArn: string }> {
      await deployed();
      await failed(SECOND);
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
      await deployed(THIRD);
      expect(kept()).toEqual(MODEL);

      const blocked = await world.delete();
      expect(blocked.status).toBe('DELETE_FAILED');
      expect(world.reasons(blocked)).toContain(`The configured audience model ${configuredAudienceModelArn} depends on ${audienceModelArn}`);
      expect(world.service.configuredAudienceModels()).toEqual([theirs]);
      await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
    });

    test('it is taken up, and goes on to be used', async () => {
      const { configuredAudienceModelArn } = await used();
      await mended(SECOND, 2);
      await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn });
    });
  });
});

test('another description at its taking up is refused with the reason, and with the former it is taken up', async () => {
  const described = (description: string): RetailProps => ({ model: { generation: '2', description } });
  await deployed();
  await failed(described('one'));

  const refused = await deploy(described('another'));
  expect(refused.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(world.reasons(refused)).toMatch(/^Model\w{8}: .*a change of description needs the audience model to be trained again/);
  expect(world.trainings).toBe(2);
  expect(kept()).toEqual(MODEL);

  await mended(described('one'), 2);
});
