import { DAY, deleted, deployed, failingLast, failingSlowly, functions, HOUR, inUse, models, outcomeOf, retrained, run, start, TAGS_JOBS, weekly, weeklyWorld } from './weekly';
import { AwsError } from '../../../local-aws/aws';
import { AudienceModel, AudienceModelRetraining, AudienceModelRetrainingProps, ConfiguredAudienceModel, SharedAudienceMetrics } from '../../../src';
import { failing, Retail, RetailProps } from '../retail';
import { STACK, World } from '../world';

/* What deployments do to what was retrained. */

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

type Making = Pick<RetailProps, 'configured' | 'more'> & { readonly retraining?: Partial<AudienceModelRetrainingProps> };

/** A configured audience model under an id of its own, which makes it another resource. */
const under = (id: string, { configured, more }: Making = {}): RetailProps => ({
  configured: false,
  more: (made) => {
    retrain(made, id, made.model!, configured);
    more?.(made);
  },
});

/** One that uses `Model`, or a second model, which is there in either case. */
const using = (name: 'Model' | 'Second', { configured, retraining, more }: Making = {}): RetailProps => ({
  configured: false,
  more: (made) => {
    const second = new AudienceModel(made.stack, 'Second', { trainingDataset: made.dataset });
    retrain(made, 'Configured', name === 'Model' ? made.model! : second, configured, retraining);
    more?.(made);
  },
});

function retrain(
  { stack, dataset, bucket }: Retail, id: string, audienceModel: AudienceModel, props: Making['configured'], retraining: Making['retraining'] = {},
): void {
  const configuredAudienceModel = new ConfiguredAudienceModel(stack, id, {
    audienceModel, outputBucket: bucket, outputPrefix: 'audiences/', sharedAudienceMetrics: SharedAudienceMetrics.ALL, ...props,
  });
  new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset: dataset, ...retraining });
}

describe('a later deployment', () => {
  test.each<[string, RetailProps]>([
    ['tags', { configured: { tags: { team: 'ads' } } }],
    ['the seed size', { configured: { minMatchingSeedSize: 1_000 } }],
    ['the policy', { collaborations: [] }],
    ['the tags of the model', { model: { tags: { team: 'ads' } } }],
    ['the retraining', weekly({ keep: 3 })],
  ])('that changes %s does not repoint', async (_, change) => {
    const { generation } = await retrained(world);
    await deployed(world, { ...weekly(), ...change });
    expect(inUse(world)).toBe(generation);
    await deleted(world);
  });

  test('that changes the audience model points to the new one, and the next execution goes on from there', async () => {
    const { initial } = await retrained(world);
    await deployed(world, weekly({}, { model: { generation: '2' } }));
    const second = inUse(world);
    expect(second).toMatch(/^Model/);
    expect(models(world)).not.toContain(initial);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect(await run(world, { goBack: true })).toMatchObject({ status: 'WENT_BACK' });
    expect(inUse(world)).toBe(second);
    await deleted(world);
  });

  test('that is rolled back goes back to what was in use', async () => {
    const { generation, initial } = await retrained(world);
    const outcome = await world.deploy(weekly({}, { model: { generation: '2' }, more: (retail) => failing(retail, retail.configured) }));
    expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(inUse(world)).toBe(generation);
    expect(models(world)).toEqual(expect.arrayContaining([initial, generation]));
    await deleted(world);
  });

  test('that is rolled back after one that had changed the audience model goes back to that one\'s', async () => {
    await retrained(world);
    await deployed(world, weekly({}, { model: { generation: '2' } }));
    const second = inUse(world);
    await world.deploy(weekly({}, { model: { generation: '3' }, more: (retail) => failing(retail, retail.configured) }));
    expect(inUse(world)).toBe(second);
    await deleted(world);
  });

  test('that failed with rollback disabled, mended, does not repoint', async () => {
    const { generation } = await retrained(world);
    const tags = { configured: { tags: { team: 'ads' } } };
    await world.deploy(weekly({}, { ...tags, more: (retail) => failing(retail, retail.configured) }), undefined, { rollback: false });
    expect(inUse(world)).toBe(generation);
    const mended = await world.deploy(weekly({}, tags), undefined, { rollback: false });
    expect(world.reasons(mended)).toBe('');
    expect(inUse(world)).toBe(generation);
    await deleted(world);
  });

  test('that replaces the configured audience model leaves the generation in use, and the execution after it works', async () => {
    const { generation } = await retrained(world);
    const change = weekly({}, { configured: TAGS_JOBS });
    const before = world.service.configuredAudienceModels()[0].arn;
    await deployed(world, change);
    expect(world.service.configuredAudienceModels()).toHaveLength(1);
    expect(world.service.configuredAudienceModels()[0].arn).not.toBe(before);
    expect(inUse(world)).toBe(generation);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    await deleted(world);
  });

  test('that puts a model in place which is older than the generation in use ends that: one that replaces the configured audience model leaves it so', async () => {
    await deployed(world, weekly());
    const first = inUse(world);
    const change = weekly({}, { model: { generation: '2' }, more: (retail) => failing(retail, retail.configured) });
    expect((await world.deploy(change)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await world.clock.sleep(2 * DAY);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    const trained = world.trainings;
    await deployed(world, weekly({}, { model: { generation: '2' } }));
    // It was kept.
    expect(world.trainings).toBe(trained);
    const second = inUse(world);
    expect([first === second, second]).toEqual([false, expect.stringMatching(/^Model/)]);
    await deployed(world, weekly({}, { model: { generation: '2' }, configured: TAGS_JOBS }));
    expect(inUse(world)).toBe(second);
    await deleted(world);
  });

  describe('that names another audience model of the stack', () => {
    test('and then the first one again, ends what was in use for that', async () => {
      const { generation } = await retrained(world, using('Model'));
      await deployed(world, using('Second'));
      expect(inUse(world)).toMatch(/^Second/);
      await deployed(world, using('Model'));
      const first = inUse(world);
      expect(first).toMatch(/^Model/);
      await deployed(world, using('Model', { configured: TAGS_JOBS }));
      expect(inUse(world)).toBe(first);
      expect(models(world)).toContain(generation);
      await deleted(world);
    });

    test('goes back to what was in use in its rollback, however often', async () => {
      const { generation } = await retrained(world, using('Model'));
      for (let count = 0; count < 2; count++) {
        expect((await world.deploy(using('Second', { more: failingLast }))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
        expect(inUse(world)).toBe(generation);
      }
      await deployed(world, using('Model', { configured: TAGS_JOBS }));
      expect(inUse(world)).toBe(generation);
      await deleted(world);
    });

    test('goes back to that, too, where an execution has put another generation in its place meanwhile', async () => {
      const { generation } = await retrained(world, using('Model'));
      const stopped = start(world);
      await world.clock.sleep(HOUR);
      world.aws.states.stopExecution(stopped.arn);
      await world.clock.sleep(2 * DAY);
      const deployment = world.deploy(using('Second', { more: failingSlowly }));
      await world.clock.sleep(2 * HOUR);
      expect(await run(world)).toMatchObject({ status: 'TRAINED' });
      expect([inUse(world) === generation, inUse(world)]).toEqual([false, expect.stringMatching(/^Retraining/)]);
      expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(inUse(world)).toBe(generation);
      await deleted(world);
    });

    test.each([false, true])('goes back to that, too, where no older generation is to stay (releaseInitialModel: %p)', async (releaseInitialModel) => {
      const retraining = { keep: 0, releaseInitialModel };
      const { generation } = await retrained(world, using('Model', { retraining }));
      await world.clock.sleep(2 * DAY);
      const deployment = world.deploy(using('Second', { retraining, more: failingSlowly }));
      await world.clock.sleep(2 * HOUR);
      expect(inUse(world)).toMatch(/^Second/);
      world.service.settings.trainingTime = 10 * HOUR;
      expect(await run(world)).toMatchObject({ status: 'TRAINED' });
      expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(inUse(world)).toBe(generation);
      expect(await run(world)).toMatchObject({ status: 'TRAINED' });
      expect(models(world)).not.toContain(generation);
      await deleted(world);
    });

    test('and whose rollback comes after an execution that went back, leaves the generation that this one went back to', async () => {
      const { generation } = await retrained(world, using('Model'));
      const deployment = world.deploy({
        ...using('Model', { more: failingSlowly }), model: { generation: '2' },
      });
      await world.clock.sleep(22 * HOUR);
      expect(inUse(world)).toMatch(/^Model/);
      expect(await run(world, { goBack: true })).toMatchObject({ status: 'WENT_BACK' });
      expect(inUse(world)).toBe(generation);
      expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(inUse(world)).toBe(generation);
      await deleted(world);
    });

    test('while an execution trains, keeps it, and the next execution takes up what this one has trained', async () => {
      await retrained(world, using('Model'));
      const execution = start(world);
      await world.clock.sleep(HOUR);
      await deployed(world, using('Second'));
      const second = inUse(world);
      await execution.ended;
      expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/was put in place meanwhile: the next execution takes up what this one has trained, if it would train with the same$/) });
      expect(inUse(world)).toBe(second);
      const trained = world.trainings;
      expect(await run(world)).toMatchObject({ status: 'TRAINED' });
      expect([world.trainings, inUse(world)]).toEqual([trained, expect.stringMatching(/^Retraining/)]);
      await deployed(world, using('Second', { configured: TAGS_JOBS }));
      expect(inUse(world)).toMatch(/^Retraining/);
      await deleted(world);
    });
  });

  test('that replaces the configured audience model does not bring back the generation that somebody pointed away from', async () => {
    const { initial } = await retrained(world);
    const [{ arn, audienceModelArn }] = world.service.configuredAudienceModels();
    const first = world.service.audienceModels().find(({ name }) => name === initial)!;
    expect(first.arn).not.toBe(audienceModelArn);
    await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn, audienceModelArn: first.arn });
    await deployed(world, weekly({}, { configured: TAGS_JOBS }));
    expect(inUse(world)).toBe(initial);
    expect(await run(world)).toMatchObject({ status: 'TRAINED', repointedByOthers: true });
    await deleted(world);
  });

  test('that failed at the configured audience model, with rollback disabled, leaves the generation in use', async () => {
    await world.close();
    world = await weeklyWorld({}, { cloudFormationSettings: { failedUpdate: 'updated back' } });
    const { generation } = await retrained(world);
    let refused = 0;
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'UpdateConfiguredAudienceModel' && refused++ === 0) throw new AwsError('ValidationException', 'refused, as the test asked');
    };
    const failed = await world.deploy(weekly({}, { model: { generation: '2' } }), undefined, { rollback: false });
    expect([failed.status, world.reasons(failed)]).toEqual(['UPDATE_FAILED', expect.stringMatching(/refused, as the test asked/)]);
    expect(inUse(world)).toBe(generation);
    await world.aws.cloudFormation.rollback(STACK);
    expect(inUse(world)).toBe(generation);
    await deleted(world);
  });

  describe('whose configured audience model has another id', () => {
    test('takes the generation over, also where the handler dies before it points there', async () => {
      const { generation } = await retrained(world, under('One'));
      let deaths = 0;
      functions.fault = ({ operation }) => (operation === 'UpdateConfiguredAudienceModel' && deaths++ === 0 ? 'killed-before' : undefined);
      await deployed(world, under('Two'));
      functions.fault = () => undefined;
      expect([deaths > 1, inUse(world)]).toEqual([true, generation]);
      expect(await run(world)).not.toHaveProperty('repointedByOthers');
      await deleted(world);
    });

    test('and is rolled back, leaves the generation in use for the first one', async () => {
      const { generation } = await retrained(world, under('One'));
      const outcome = await world.deploy(under('Two', { more: failingLast }));
      expect([outcome.status, inUse(world)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', generation]);
      await deployed(world, under('One', { configured: TAGS_JOBS }));
      expect(inUse(world)).toBe(generation);
      expect(await run(world)).not.toHaveProperty('repointedByOthers');
      await deleted(world);
    });
  });

  test('that replaces the dataset keeps the old one as long as a generation hangs on it, and no longer', async () => {
    await retrained(world);
    const began = world.clock.now();
    await deployed(world, weekly({}, { features: ['country'] }));
    expect(world.clock.now() - began).toBeLessThan(22 * HOUR);
    expect(world.service.trainingDatasets()).toHaveLength(2);
    for (let count = 0; count < 2; count++) {
      await world.clock.sleep(2 * DAY);
      expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    }
    expect(world.service.trainingDatasets()).toHaveLength(1);
    await deleted(world);
  });

  test('that replaces the dataset, and then the end of the stack, leave nothing', async () => {
    await retrained(world);
    await deployed(world, weekly({}, { features: ['country'] }));
    await deleted(world);
  });
});

test('two retrainings in a stack do not meddle with each other', async () => {
  const two = weekly({}, {
    more: ({ stack, dataset, bucket }) => {
      const model = new AudienceModel(stack, 'OtherModel', { trainingDataset: dataset });
      const configured = new ConfiguredAudienceModel(stack, 'OtherConfigured', {
        audienceModel: model, outputBucket: bucket, outputPrefix: 'other/', sharedAudienceMetrics: SharedAudienceMetrics.ALL,
      });
      new AudienceModelRetraining(stack, 'OtherRetraining', { configuredAudienceModel: configured, trainingDataset: dataset });
    },
  });
  await deployed(world, two);
  await world.clock.sleep(2 * DAY);
  const other = () => world.service.configuredAudienceModels().find(({ name }) => name.startsWith('OtherConfigured'))!.audienceModelArn;
  const before = other();
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect(other()).toBe(before);
  await deployed(world, weekly());
  await deleted(world);
});

describe('a retraining that moves to another path', () => {
  test('puts in place what it trained while the old one went, and pointed back', async () => {
    const { initial } = await retrained(world);
    const deployment = world.deploy({
      more: ({ stack, dataset, configured }) => {
        const third = new AudienceModel(stack, 'Third', { trainingDataset: dataset });
        third.node.addDependency(new AudienceModelRetraining(stack, 'Weekly', { configuredAudienceModel: configured!, trainingDataset: dataset }));
      },
    });
    await world.clock.sleep(HOUR);
    const machine = [...world.aws.cloudFormation.stack(STACK).resources.values()].find(({ logicalId }) => logicalId.startsWith('WeeklyStateMachine'));
    const execution = world.aws.states.startExecution(machine!.physicalId!, '{}');
    expect((await deployment).status).toBe('UPDATE_COMPLETE');
    expect([inUse(world), outcomeOf(execution).status]).toEqual([initial, 'RUNNING']);
    await execution.ended;
    expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED' });
    expect(inUse(world)).toMatch(/^Weekly/);
    await deleted(world);
  });
});

describe('a retraining that is given another configured audience model of the stack', () => {
  /** Two configured audience models, of a model each or both of the first, and which of them is retrained. */
  const two = (which: 'Configured' | 'Other' | undefined, isShared = false, more?: RetailProps['more']): RetailProps => ({
    more: (made) => {
      const { stack, dataset, bucket } = made;
      const second = new AudienceModel(stack, 'Second', { trainingDataset: dataset });
      const other = new ConfiguredAudienceModel(stack, 'Other', {
        audienceModel: isShared ? made.model! : second, outputBucket: bucket, outputPrefix: 'others/', sharedAudienceMetrics: SharedAudienceMetrics.ALL,
      });
      const configuredAudienceModel = which === 'Other' ? other : made.configured!;
      if (which) new AudienceModelRetraining(stack, 'Retraining', { configuredAudienceModel, trainingDataset: dataset });
      more?.(made);
    },
  });
  /** What each of the two uses. */
  const used = () => Object.fromEntries(world.service.configuredAudienceModels().map(({ name, audienceModelArn }) => (
    [name.split(/[0-9A-F]{8}/)[0], world.service.audienceModels().find(({ arn }) => arn === audienceModelArn)!.name.split(/[0-9A-F]{8}/)[0]])));

  test('leaves the former one where it is, and to each its own model when it is removed', async () => {
    await retrained(world, two('Configured'));
    expect(used()).toEqual({ Configured: 'Retraining', Other: 'Second' });
    await deployed(world, two('Other'));
    expect(used()).toEqual({ Configured: 'Retraining', Other: 'Second' });
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect(used()).toEqual({ Configured: 'Retraining', Other: 'Retraining' });
    await deployed(world, two(undefined));
    expect(used()).toEqual({ Configured: 'Retraining', Other: 'Second' });
    await deleted(world);
  });

  test('leaves that one on its own model, also where both have the same and the update fails', async () => {
    await retrained(world, two('Configured', true));
    expect((await world.deploy(two('Other', true, failingLast))).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(used()).toEqual({ Configured: 'Retraining', Other: 'Model' });
    expect(await run(world)).not.toHaveProperty('repointedByOthers');
    await deleted(world);
  });
});
