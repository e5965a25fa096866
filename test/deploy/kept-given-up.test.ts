import { RemovalPolicy } from 'aws-cdk-lib';
import { another, anotherModel, BOTH, COUNTRY, deployed, expectEnd, failed, kept, late, MODEL, NONE, SECOND, THIRD } from './kept';
import type { RetailProps } from './retail';
import { World } from './world';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* What a rollback kept, and nobody asks for any longer, goes. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
afterEach(async () => expectEnd(world));
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('what was kept goes', () => {
  test('when another model takes the place of what it should have replaced', async () => {
    await deployed(world);
    await failed(world, SECOND);
    await deployed(world, THIRD);
    expect(kept(world)).toEqual(NONE);
    expect(world.held().audienceModels).toHaveLength(1);
    expect(world.trainings).toBe(3);
  });

  test('with its dataset', async () => {
    await deployed(world);
    await failed(world, COUNTRY);
    await deployed(world, SECOND);
    expect(kept(world)).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('when the model is removed', async () => {
    await deployed(world);
    await failed(world, COUNTRY);
    await deployed(world, { model: false });
    expect(kept(world)).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [] });
  });

  test('with the stack, its dataset included, though its construct is given up', async () => {
    await deployed(world);
    await failed(world, { more: another });
    expect(kept(world)).toEqual(BOTH);
  });

  test('with the next clean-up of anything, where its construct is given up', async () => {
    await deployed(world);
    await failed(world, { more: another });
    await deployed(world, { configured: { minMatchingSeedSize: 1_000 } });
    expect(kept(world)).toEqual(BOTH);

    await deployed(world, SECOND);
    expect(kept(world)).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('with the stack, though it says RetainExceptOnCreate and was new', async () => {
    await deployed(world, { model: false });
    const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    await failed(world, { model: { removalPolicy } });
    expect(kept(world)).toEqual(MODEL);
  });

  test('with the stack, though it says RetainExceptOnCreate, and was taken up and kept again', async () => {
    await deployed(world, { model: false });
    const retained: RetailProps = { model: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } };
    await failed(world, retained);
    await failed(world, retained);
    expect(kept(world)).toEqual(MODEL);
    expect(world.trainings).toBe(1);
  });

  test('and its dataset stays, where only that is to be retained', async () => {
    const removalPolicy = RemovalPolicy.RETAIN;
    await deployed(world, { dataset: { removalPolicy } });
    await failed(world, { ...COUNTRY, dataset: { removalPolicy } });
    expect(kept(world)).toEqual(MODEL);
    await deployed(world, { ...SECOND, dataset: { removalPolicy } });
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String), expect.any(String)], audienceModels: [expect.any(String)] });

    await deployed(world, SECOND);
    const [, { arn: trainingDatasetArn }] = world.service.trainingDatasets();
    await world.service.deleteTrainingDataset(world.otherHands, { trainingDatasetArn });
  });

  test('and not what another stack has kept', async () => {
    const theirs = { stackName: 'Travel' };
    await deployed(world);
    expect((await world.deploy({}, undefined, theirs)).status).toBe('CREATE_COMPLETE');
    expect((await world.deploy({ ...COUNTRY, more: late }, undefined, theirs)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await deployed(world, COUNTRY);
    expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expect(kept(world)).toEqual(BOTH);
    expect((await world.deploy(COUNTRY, undefined, theirs)).status).toBe('UPDATE_COMPLETE');
    expect(world.trainings).toBe(4);
    expect((await world.delete('Travel')).status).toBe('DELETE_COMPLETE');
  });

  test('with each of two constructs, and the dataset with the last', async () => {
    await deployed(world, { more: anotherModel });
    await failed(world, { ...COUNTRY, more: anotherModel });
    expect(kept(world)).toEqual({ datasets: 1, models: 2 });

    await deployed(world, { ...SECOND, more: anotherModel });
    expect(kept(world)).toEqual(BOTH);
    await deployed(world, SECOND);
    expect(kept(world)).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });

  test('when its name is wanted for another, that is kept in its turn', async () => {
    const named = (value: string): RetailProps => ({ model: { audienceModelName: 'buyers', generation: value } });
    await deployed(world);
    await failed(world, named('2'));
    await failed(world, named('3'));
    expect(kept(world)).toEqual(MODEL);
    await failed(world, named('3'));
    expect(world.trainings).toBe(3);

    await deployed(world, named('2'));
    expect(world.trainings).toBe(4);
    expect(kept(world)).toEqual(NONE);
    expect(world.held().audienceModels).toEqual(['buyers ACTIVE']);
  });

  test.each<[string, RetailProps, RetailProps, number]>([
    ['model', { model: { audienceModelName: 'buyers', generation: '2' } }, { model: { audienceModelName: 'buyers', generation: '3' } }, 3],
    ['dataset', { ...COUNTRY, dataset: { trainingDatasetName: 'clicks' } }, { features: ['country', 'device'], dataset: { trainingDatasetName: 'clicks' } }, 3],
  ])('when its name is wanted for another %s', async (_, first, second, trainings) => {
    await deployed(world);
    await failed(world, first);
    await deployed(world, second);
    expect(world.trainings).toBe(trainings);
    expect(kept(world)).toEqual(NONE);
    expect(world.held()).toMatchObject({ trainingDatasets: [expect.any(String)], audienceModels: [expect.any(String)] });
  });
});
