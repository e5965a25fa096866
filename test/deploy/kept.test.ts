import { CfnDeletionPolicy, CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { another, anotherModel, BOTH, Build, COUNTRY, deploy, deployed, expectEnd, failed, Kept, kept, late, mended, MODEL, NONE, SECOND } from './kept';
import { retail, RetailProps } from './retail';
import { expectNothingLeft, failingAfter, HOUR, MINUTE } from './trainings';
import { STACK, World, WorldOptions } from './world';
import { AwsError } from '../../local-aws/aws';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { TrainingWait } from '../../src';

/* An update that fails when its model is trained costs no training: the rollback keeps the model, and the next deployment takes it up. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => expectEnd(world));
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('a late failure costs no training', () => {
  test.each<[string, RetailProps, RetailProps, Kept, number]>([
    ['the model is another one', {}, SECOND, MODEL, 2],
    ['the dataset is another one, too', {}, COUNTRY, BOTH, 2],
    ['the dataset is a new construct, and so is its role', {}, { more: another }, BOTH, 2],
    ['the model is a new construct', {}, { more: anotherModel }, MODEL, 2],
    ['two models have one dataset', { more: anotherModel }, { ...COUNTRY, more: anotherModel }, { datasets: 1, models: 2 }, 4],
    ['the model has a name', { model: { audienceModelName: 'buyers' } }, { model: { audienceModelName: 'buyers-2', generation: '2' } }, MODEL, 2],
    ['the dataset has a name', { dataset: { trainingDatasetName: 'clicks' } }, { ...COUNTRY, dataset: { trainingDatasetName: 'clicks-2' } }, BOTH, 2],
  ])('where %s', async (_, from, to, keeps, trainings) => {
    await deployed(world, from);
    await failed(world, to);
    expect(world.trainings).toBe(trainings);
    expect(kept(world)).toEqual(keeps);
    expect(world.logs()).toContain('kept audience model');
    expect(await deploy(world, from)).toMatchObject({ changed: false });

    await mended(world, to, trainings);
  });

  test('where the model is retained when it is removed, but not when it is replaced', async () => {
    const policies = (props: RetailProps): RetailProps => ({
      ...props,
      more: ({ model }) => Object.assign((model!.node.defaultChild as CfnResource).cfnOptions, { deletionPolicy: CfnDeletionPolicy.RETAIN }),
    });
    await deployed(world, policies({}));
    await failed(world, policies(SECOND));
    expect(kept(world)).toEqual(MODEL);
    await mended(world, policies(SECOND), 2);
    await deployed(world, SECOND);
  });

  test('where it fails once more', async () => {
    await deployed(world);
    await failed(world, SECOND);
    await failed(world, SECOND);
    expect(kept(world)).toEqual(MODEL);
    await mended(world, SECOND, 2);
  });

  test('where others fail in between, and each is kept until one succeeds', async () => {
    await deployed(world);
    await failed(world, SECOND);
    await failed(world, COUNTRY);
    expect(kept(world)).toEqual({ datasets: 1, models: 2 });
    await failed(world, SECOND);
    expect(kept(world)).toEqual({ datasets: 1, models: 2 });
    await mended(world, SECOND, 3);
  });

  test('where a change in place succeeds in between, which leaves what was kept', async () => {
    await deployed(world);
    await failed(world, SECOND);
    await deployed(world, { model: { tags: { a: '1' } }, configured: { minMatchingSeedSize: 1_000 } });
    expect(kept(world)).toEqual(MODEL);
    await mended(world, { ...SECOND, configured: { minMatchingSeedSize: 1_000 } }, 2);
  });

  test('where the mended deployment says other tags, and would wait for another time', async () => {
    await deployed(world);
    await failed(world, { model: { generation: '2', tags: { a: '1', b: '1' } } });
    await mended(world, { model: { generation: '2', tags: { b: '2' }, trainingWait: TrainingWait.upTo(Duration.days(5)) } }, 2);
    expect(world.service.audienceModels()).toMatchObject([{ tags: { b: '2' } }]);
  });

  test.each<[string, WorldOptions['cloudFormationSettings']]>([
    ['the time of the stack moves with the rollback', { rollbackMovesTime: true }],
    ['lists of resources lag and show what is gone', { resourceListLag: 10_000, showsDeparted: 'all' }],
  ])('where %s', async (_, cloudFormationSettings) => {
    await world.close();
    world = await World.start({ listLag: 20_000 }, functions, { cloudFormationSettings });
    await deployed(world);
    await failed(world, COUNTRY);
    expect(kept(world)).toEqual(BOTH);
    await mended(world, COUNTRY, 2);
  });

  test('where somebody cancels the update when all is trained', async () => {
    await deployed(world);
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'UpdateConfiguredAudienceModel') throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
    };
    const update = deploy(world, SECOND);
    await world.until(() => world.trainings >= 2);
    await world.clock.sleep(10 * MINUTE);
    world.aws.cloudFormation.cancelUpdate(STACK);
    await world.clock.sleep(1_000);
    world.service.beforeCall = undefined;
    expect((await update).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept(world)).toEqual(MODEL);

    await mended(world, SECOND, 2);
  });

  test('where the rollback fails, too, and goes on later', async () => {
    await deployed(world);
    const { lambda, cloudFormation } = world.aws;
    const invoke = lambda.invoke.bind(lambda);
    lambda.invoke = async (name, payload) => {
      if (cloudFormation.describe(STACK).status !== 'UPDATE_ROLLBACK_IN_PROGRESS') return invoke(name, payload);
      return { payload: '{"errorType":"Runtime.ExitError","errorMessage":"killed"}', functionError: 'Unhandled' };
    };
    expect((await deploy(world, SECOND, late)).status).toBe('UPDATE_ROLLBACK_FAILED');
    lambda.invoke = invoke;
    expect((await cloudFormation.continueUpdateRollback(STACK)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept(world)).toEqual(MODEL);

    await mended(world, SECOND, 2);
  });

  test('where the deployment does not wait for the training, and that ends before something fails', async () => {
    const unawaited: RetailProps = { model: { generation: '2', trainingWait: TrainingWait.none() } };
    await deployed(world);
    expect((await deploy(world, unawaited, failingAfter(60))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept(world)).toEqual(MODEL);
    await mended(world, unawaited, 2);
  });

  test('where the training was not over, and the service does not delete what trains: once that is over, it is taken up', async () => {
    Object.assign(world.service.settings, { trainingTime: 20 * HOUR, deleteDuringTraining: 'ConflictException' });
    await deployed(world);
    expect((await deploy(world, SECOND, failingAfter(60))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(kept(world)).toEqual(MODEL);
    await world.clock.sleep(20 * HOUR);

    await mended(world, SECOND, 2);
  });
});

describe('a late failure does cost a training', () => {
  test('where the training is not over when something else fails', async () => {
    await deployed(world);
    world.service.settings.trainingTime = 20 * HOUR;
    const outcome = await deploy(world, SECOND, failingAfter(60));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.trainings).toBe(2);
    expect(kept(world)).toEqual(NONE);
    expect(world.held().audienceModels).toHaveLength(1);
  });

  test('where the training failed', async () => {
    await deployed(world);
    world.service.failTraining(() => true, { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' });
    expect((await deploy(world, SECOND)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(world.held().audienceModels).toHaveLength(1);
  });

  test('of the first deployment', async () => {
    const outcome = await deploy(world, {}, late);
    expect(outcome.status).toBe('ROLLBACK_COMPLETE');
    expectNothingLeft(world);
  });

  const role = (roleName?: string): Build => (stack, more) => {
    retail(stack, { dataset: { role: new iam.Role(stack, 'OwnRole', { assumedBy: new iam.ServicePrincipal('cleanrooms-ml.amazonaws.com'), roleName }) }, more });
  };
  const key: Build = (stack, more) => {
    retail(stack, { model: { encryptionKey: new kms.Key(stack, 'OwnKey', { removalPolicy: RemovalPolicy.DESTROY }) }, more });
  };

  test.each<[string, Build, Kept]>([
    ['a role of the app that was new in it', role(), BOTH],
    ['a key that was new in it', key, MODEL],
  ])('with %s, whose ARN is another one the next time: it is trained again, and what was kept goes with the success', async (_, to, keeps) => {
    await deployed(world);
    await failed(world, to);
    expect(kept(world)).toEqual(keeps);

    await deployed(world, to);
    expect(world.trainings).toBe(3);
    expect(kept(world)).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('and not with a role of the app whose name is its own: that has the same ARN the next time', async () => {
    await deployed(world);
    await failed(world, role('own'));
    await mended(world, role('own'), 2);
  });
});
