import { Duration } from 'aws-cdk-lib';
import type { RetailProps } from './retail';
import { expectNothingLeft, failingAfter, goingOn, HOUR, trainingOf } from './trainings';
import { NOTHING, STACK, World } from './world';
import type { Reaction } from '../../local-aws/cleanroomsml/settings';
import type { StackOutcome } from '../../local-aws/cloudformation/cloudformation';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import { TrainingWait } from '../../src';

/* What becomes of a training that the deployment no longer wants. */

/** Many hours of steps: in this process they are many times as fast. */
const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start({}, functions); });
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

const REACTIONS: Reaction[] = ['accepted', 'ConflictException', 'ValidationException'];
const PATIENT: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.days(5)) } };
const NEW: RetailProps = { model: { ...PATIENT.model, generation: '2' } };

async function training(count: number): Promise<void> {
  await world.until(() => world.trainings >= count);
  await world.clock.sleep(HOUR);
}

describe.each(REACTIONS)('where the service answers the deletion of a model in training with %s,', (deleteDuringTraining) => {
  const refuses = deleteDuringTraining !== 'accepted';

  async function expectEnd(outcome: StackOutcome, status: string): Promise<void> {
    if (refuses) {
      expect(outcome.status).toBe(status === 'DELETE_COMPLETE' ? 'DELETE_FAILED' : 'ROLLBACK_FAILED');
      expect(world.reasons(outcome)).toMatch(/^Model\w{8}: .*gave up after 55 minutes: .*(is CREATE_IN_PROGRESS|cannot be deleted in status CREATE_IN_PROGRESS)/m);
    } else {
      expect(outcome.status).toBe(status);
      expect(world.held()).toEqual(NOTHING);
    }
    expect(await goingOn(world)).toEqual([]);
    // The training is over some time, and then there is nothing to refuse.
    await world.clock.sleep(20 * HOUR);
    const { stackId } = outcome;
    if (world.aws.cloudFormation.stack(stackId).status !== 'DELETE_COMPLETE') expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    expectNothingLeft(world);
    expect(world.trainings).toBe(1);
  }

  beforeEach(() => Object.assign(world.service.settings, trainingOf(20 * HOUR), { deleteDuringTraining }));

  test('a creation that is cancelled by a deletion', async () => {
    const deployment = world.deploy(PATIENT);
    await training(1);

    await expectEnd(await world.delete(), 'DELETE_COMPLETE');
    await deployment;
  });

  test('a creation that fails elsewhere', async () => {
    await expectEnd(await world.deploy({ ...PATIENT, more: failingAfter(120) }), 'ROLLBACK_COMPLETE');
  });

  test('a stack that did not wait', async () => {
    await world.deploy({ model: { trainingWait: TrainingWait.none() }, configured: false });
    await training(1);

    await expectEnd(await world.delete(), 'DELETE_COMPLETE');
  });

  describe('an update', () => {
    let before: Record<string, string[]>;
    beforeEach(async () => {
      Object.assign(world.service.settings, trainingOf(60_000));
      expect((await world.deploy(PATIENT)).status).toBe('CREATE_COMPLETE');
      before = world.held();
      Object.assign(world.service.settings, trainingOf(20 * HOUR));
    });

    async function expectBack(outcome: StackOutcome): Promise<void> {
      expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(await goingOn(world)).toEqual([]);
      const old = world.held().audienceModels.filter((model) => before.audienceModels.includes(model));
      expect(old).toEqual(before.audienceModels);
      if (refuses) {
        expect(world.reasons(outcome)).toMatch(/^Model\w{8}: .*gave up after 55 minutes: .*(is CREATE_IN_PROGRESS|cannot be deleted in status CREATE_IN_PROGRESS)/m);
      } else {
        expect(world.held()).toEqual(before);
      }
      await world.clock.sleep(20 * HOUR);
      await expectDeletion();
      expectNothingLeft(world);
      expect(world.trainings).toBe(2);
    }

    /** CloudFormation tries to delete what it created three times, and then forgets it. The handler does not. */
    async function expectDeletion(): Promise<void> {
      const forgotten = world.service.audienceModels().find(({ name, status }) => !before.audienceModels.includes(`${name} ${status}`));
      expect(forgotten !== undefined).toBe(refuses);
      expect((await world.delete()).status).toBe('DELETE_COMPLETE');
    }

    test('that is cancelled', async () => {
      const deployment = world.deploy(NEW);
      await training(2);
      world.aws.cloudFormation.cancelUpdate(STACK);

      await expectBack(await deployment);
    });

    test('that no longer has the model, nor has the next', async () => {
      await world.deploy({ ...NEW, model: { generation: '2', trainingWait: TrainingWait.none() }, configured: false });
      expect((await world.deploy({ model: false })).status).toBe('UPDATE_COMPLETE');
      expect(world.service.audienceModels()).toHaveLength(refuses ? 1 : 0);
      await world.clock.sleep(20 * HOUR);
      expect((await world.delete()).status).toBe('DELETE_COMPLETE');
      expectNothingLeft(world);
      expect(world.aws.iam.decisions.filter(({ allowed }) => !allowed)).toEqual([]);
    });

    test('that fails elsewhere', async () => {
      await expectBack(await world.deploy({ ...NEW, more: failingAfter(120) }));
    });
  });
});

test('a deletion that begins while the model is being created deletes it too', async () => {
  Object.assign(world.service.settings, trainingOf(20 * HOUR));
  world.service.beforeCall = ({ operation }) => {
    if (operation !== 'CreateAudienceModel') return;
    world.service.beforeCall = undefined;
    world.aws.cloudFormation.deleteStack(world.aws.cloudFormation.stack(STACK));
  };

  await world.deploy(PATIENT);

  expect(world.aws.cloudFormation.allStacks()).toMatchObject([{ status: 'DELETE_COMPLETE' }]);
  expect(world.trainings).toBe(1);
  expectNothingLeft(world);
});

test('a queue that is given up is left for good', async () => {
  const { quotas } = world.service.settings;
  world.service.settings.quotas = { ...quotas, audienceModelsInTraining: 0 };
  const failed = await world.deploy({ ...PATIENT, more: failingAfter(120) });
  world.service.settings.quotas = quotas;

  expect(failed.status).toBe('ROLLBACK_COMPLETE');
  await world.clock.sleep(10 * HOUR);
  expect(world.trainings).toBe(0);
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
