import { RemovalPolicy } from 'aws-cdk-lib';
import {
  DAY, deleted, deployed, failingLast, functions, HOUR, inUse, models, retrained, run, start, weekly, weeklyWorld,
} from './weekly';
import { AwsError } from '../../../local-aws/aws';
import { AudienceModel } from '../../../src';
import { failingAfter } from '../trainings';
import type { World } from '../world';

/* What becomes of the generations when the retraining goes. */

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('the removal of the retraining', () => {
  test('points back to the model of the template, and deletes the generations', async () => {
    const { initial } = await retrained(world);
    await deployed(world, {});
    expect([inUse(world), models(world)]).toEqual([initial, [initial]]);
    await deleted(world);
  });

  test('points back to the model that the same deployment has put in the place of that one', async () => {
    await retrained(world);
    await world.clock.sleep(2 * DAY);
    const deployment = world.deploy({
      model: { generation: '2' },
      more: ({ stack, dataset, configured }) => {
        const third = new AudienceModel(stack, 'Third', { trainingDataset: dataset });
        third.node.addDependency(configured!);
      },
    });
    await world.clock.sleep(22 * HOUR);
    const second = inUse(world);
    expect(second).toMatch(/^Model/);
    world.service.settings.trainingTime = 10 * HOUR;
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect(inUse(world)).toMatch(/^Retraining/);
    expect((await deployment).status).toBe('UPDATE_COMPLETE');
    expect([inUse(world), models(world)]).toEqual([second, [second, expect.stringMatching(/^Third/)]]);
    await deleted(world);
  });

  test.each([false, true])('deletes what an execution began right before somebody stopped it (with the stack: %p)', async (isWithStack) => {
    world.service.settings.listLag = 20_000;
    await deployed(world, weekly());
    const execution = start(world);
    const trained = world.trainings;
    await world.until(() => world.trainings > trained, 500);
    world.aws.states.stopExecution(execution.arn);
    if (!isWithStack) {
      await deployed(world, {});
      await world.clock.sleep(2 * DAY);
      expect(models(world)).toEqual([inUse(world)]);
    }
    await deleted(world);
  });

  test('keeps the generation in use where that model is gone, and says so; the stack takes it along', async () => {
    const { generation } = await retrained(world, weekly({ releaseInitialModel: true }));
    expect(models(world)).toEqual([generation]);
    await deployed(world, {});
    expect([inUse(world), models(world)]).toEqual([generation, [generation]]);
    expect(world.logs()).toContain(`kept audience model ${generation}`);
    await deleted(world);
  });

  test('is taken back: what was kept is no stranger to the next execution, and goes in time', async () => {
    const { generation } = await retrained(world, weekly({ releaseInitialModel: true }));
    await deployed(world, {});
    await deployed(world, weekly({ keep: 0 }));
    await world.clock.sleep(2 * DAY);
    expect(await run(world)).not.toHaveProperty('repointedByOthers');
    expect([inUse(world) === generation, models(world)]).toEqual([false, [inUse(world)]]);
    await deleted(world);
  });

  test('is taken back: what was kept can be gone back to', async () => {
    const { generation } = await retrained(world, weekly({ releaseInitialModel: true }));
    await deployed(world, {});
    await deployed(world, weekly());
    await world.clock.sleep(2 * DAY);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect(await run(world, { goBack: true })).toMatchObject({ status: 'WENT_BACK' });
    expect(inUse(world)).toBe(generation);
    await deleted(world);
  });

  test('leaves what the service fails to delete, and the stack takes it along', async () => {
    const { initial } = await retrained(world);
    const heal = world.service.failDeletion(() => true, { statusCode: 'INTERNAL', message: 'as the test asked' });
    expect((await world.deploy({})).status).toBe('UPDATE_COMPLETE');
    expect([inUse(world), models(world)]).toEqual([initial, [initial]]);
    await world.clock.sleep(DAY);
    heal();
    await deleted(world);
  });

  test.each(['ConflictException', 'ValidationException'])('where the service does not let it point back (%s) leaves what the next deployments delete', async (code) => {
    const { initial, generation } = await retrained(world);
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'UpdateConfiguredAudienceModel') throw new AwsError(code, 'jobs are under way');
    };
    expect((await world.deploy({})).status).toBe('UPDATE_COMPLETE');
    expect([inUse(world), models(world)]).toEqual([generation, [initial, generation]]);
    world.service.beforeCall = undefined;
    await deployed(world, { model: { generation: '2' } });
    expect(models(world)).toEqual([inUse(world)]);
    await deleted(world);
  });

  test.each(['ConflictException', 'ValidationException'] as const)('while it trains, and that may not be ended (%s), leaves what the next clean-up deletes', async (reaction) => {
    world.service.settings.deleteDuringTraining = reaction;
    await retrained(world);
    start(world);
    await world.clock.sleep(HOUR);
    expect((await world.deploy({})).status).toBe('UPDATE_COMPLETE');
    await world.clock.sleep(2 * DAY);
    await deployed(world, { model: { generation: '2' } });
    expect(models(world)).toEqual([inUse(world)]);
    await deleted(world);
  });

  test('with RETAIN keeps all, and the configured audience model where it is', async () => {
    const retain = { removalPolicy: RemovalPolicy.RETAIN };
    const { generation, initial } = await retrained(world, weekly(retain));
    await deployed(world, {});
    expect(inUse(world)).toBe(generation);
    expect(models(world).sort()).toEqual([generation, initial].sort());
  });

  test('in the rollback of the update that added it leaves nothing of it', async () => {
    await deployed(world, {});
    const initial = inUse(world);
    const outcome = await world.deploy(weekly({}, { more: failingLast }));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([inUse(world), models(world)]).toEqual([initial, [initial]]);
    await deleted(world);
  });

  test('in the rollback of the update that added it deletes what is trained by then and in use, which is trained again', async () => {
    await deployed(world, {});
    const initial = inUse(world);
    await world.clock.sleep(DAY);
    world.service.settings.trainingTime = HOUR;
    const deployment = world.deploy(weekly({}, { more: failingAfter(300) }));
    await world.clock.sleep(HOUR);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    const generation = inUse(world);
    expect(models(world)).toEqual([initial, generation]);
    expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([inUse(world), models(world), world.kept()]).toEqual([initial, [initial], []]);

    await deployed(world, weekly());
    const trained = world.trainings;
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect([world.trainings, inUse(world) === generation]).toEqual([trained + 1, false]);
    await deleted(world);
  });
});
