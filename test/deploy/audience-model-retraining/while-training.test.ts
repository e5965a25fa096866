import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DAY, deleted, deployed, failingLast, failingSlowly, functions, HOUR, inUse, models, outcomeOf, retrained, run, start, TAGS_JOBS, weekly, weeklyWorld } from './weekly';
import type { Execution } from '../../../local-aws/states/execution';
import { AudienceModel, AudienceModelRetraining } from '../../../src';
import { ResourceType } from '../../../src/private/contract';
import { failing, Retail } from '../retail';
import { dropEvents } from '../trainings';
import { STACK, World } from '../world';

/* What deployments do to an execution that trains. */

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

async function training(): Promise<Execution> {
  await retrained(world);
  const execution = start(world);
  await world.clock.sleep(HOUR);
  expect(world.service.audienceModels().some(({ status }) => status === 'CREATE_IN_PROGRESS')).toBe(true);
  return execution;
}

test('a deployment that changes something else does no harm', async () => {
  const execution = await training();
  await deployed(world, weekly({ keep: 2 }, { configured: { tags: { team: 'ads' } } }));
  await execution.ended;
  const report = outcomeOf(execution);
  expect(report).toMatchObject({ status: 'TRAINED' });
  expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(report.audienceModelArn);
  await deleted(world);
});

test('a replacement of the configured audience model is followed', async () => {
  const execution = await training();
  await deployed(world, weekly({}, { configured: TAGS_JOBS }));
  await execution.ended;
  expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED', configuredAudienceModelArn: world.service.configuredAudienceModels()[0].arn });
  expect(world.service.configuredAudienceModels()[0].audienceModelArn).toBe(outcomeOf(execution).audienceModelArn);
  await deleted(world);
});

test('a replacement of the configured audience model that is not over when the training is, is followed, too', async () => {
  const execution = await training();
  const slow = weekly({}, {
    configured: TAGS_JOBS,
    more: ({ stack, dataset, configured }) => {
      const third = new AudienceModel(stack, 'Third', { trainingDataset: dataset });
      third.node.addDependency(configured!);
      stack.node.findChild('Retraining').node.addDependency(third);
    },
  });
  const deployment = world.deploy(slow);
  await execution.ended;
  expect(world.aws.cloudFormation.stack(STACK).status).toBe('UPDATE_IN_PROGRESS');
  const report = outcomeOf(execution);
  expect(report).toMatchObject({ status: 'TRAINED' });
  expect((await deployment).status).toBe('UPDATE_COMPLETE');
  const [{ arn, audienceModelArn }, ...others] = world.service.configuredAudienceModels();
  expect([arn, audienceModelArn, others]).toEqual([report.configuredAudienceModelArn, report.audienceModelArn, []]);
  await deleted(world);
});

test('a replacement of the dataset lets it end', async () => {
  const execution = await training();
  await deployed(world, weekly({}, { features: ['country'] }));
  await execution.ended;
  expect(outcomeOf(execution).status).toMatch(/^(TRAINED|FAILED)$/);
  await deleted(world);
});

/** What the configured audience model uses was trained with. */
function usedWith(): { readonly trainingDatasetArn: string; readonly kmsKeyArn?: string; readonly trainingDataStartTime?: unknown } {
  const [{ audienceModelArn }] = world.service.configuredAudienceModels();
  return world.service.audienceModels().find(({ arn }) => arn === audienceModelArn)!.request;
}

test('a generation that was trained with the dataset of before never takes the place of a model with the new one', async () => {
  const { trainingDatasetArn: old } = await retrained(world).then(usedWith);
  const deployment = world.deploy(weekly({}, { features: ['country'] }));
  await world.clock.sleep(HOUR);
  const execution = start(world);
  expect((await deployment).status).toBe('UPDATE_COMPLETE');
  await execution.ended;
  expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/takes up what this one has trained, if it would train with the same$/) });
  await world.clock.sleep(5 * DAY);
  const trained = world.trainings;
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect([world.trainings - trained, usedWith().trainingDatasetArn === old]).toEqual([1, false]);
  await deleted(world);
});

test.each<[string, Parameters<typeof weekly>[0], (made: Retail) => Parameters<typeof weekly>[0]]>([
  ['another window', { window: Duration.days(1) }, () => ({ window: Duration.days(30) })],
  ['a key', {}, ({ stack }) => ({ encryptionKey: new kms.Key(stack, 'RetrainingKey', { removalPolicy: RemovalPolicy.DESTROY }) })],
])('what was stopped for it is not taken up with %s', async (_, before, after) => {
  await deployed(world, weekly(before));
  await world.clock.sleep(2 * DAY);
  const execution = start(world);
  await world.clock.sleep(HOUR);
  world.aws.states.stopExecution(execution.arn);
  await deployed(world, {
    more: (made) => {
      new AudienceModelRetraining(made.stack, 'Retraining', { configuredAudienceModel: made.configured!, trainingDataset: made.dataset, ...after(made) });
    },
  });
  const trained = world.trainings;
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect(world.trainings - trained).toBe(1);
  await deleted(world);
});

test('what it trained is not taken up where somebody stopped it, and deleted that', async () => {
  const execution = await training();
  world.aws.states.stopExecution(execution.arn);
  const unwanted = world.service.audienceModels().find(({ status }) => status === 'CREATE_IN_PROGRESS')!;
  await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: unwanted.arn });
  await world.clock.sleep(HOUR);
  const trained = world.trainings;
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect([world.trainings - trained, inUse(world) === unwanted.name]).toEqual([1, false]);
  await deleted(world);
});

test('the model that the template names is not released while a deployment may yet be rolled back to it', async () => {
  await deployed(world, weekly({ releaseInitialModel: true }));
  await world.clock.sleep(2 * DAY);
  const initial = inUse(world);
  const execution = start(world);
  await world.clock.sleep(12 * HOUR);
  const outcome = await world.deploy(weekly({ releaseInitialModel: true }, { model: { generation: '2' }, more: failingLast }));
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  await execution.ended;
  expect(models(world)).toContain(initial);
  // The next execution does.
  await run(world);
  expect(models(world)).not.toContain(initial);
  await deleted(world);
});

test('a deployment that puts a younger audience model in place keeps that', async () => {
  const execution = await training();
  const before = inUse(world);
  world.service.settings.trainingTime = 10 * HOUR;
  await deployed(world, weekly({}, { model: { generation: '2' } }));
  const second = inUse(world);
  await execution.ended;
  expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^another audience model, \S+, was put in place meanwhile/) });
  expect(inUse(world)).toBe(second);
  // What was trained is the older one of the two.
  await world.clock.sleep(DAY);
  expect(models(world)).toEqual([before, second]);
  const trained = world.trainings;
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect(world.trainings).toBe(trained + 1);
  await deleted(world);
});

test.each([false, true])('a deployment that puts a younger audience model in place, and is rolled back, leaves what was trained (another begins in the middle: %p)', async (another) => {
  const execution = await training();
  world.service.settings.trainingTime = 10 * HOUR;
  const deployment = world.deploy(weekly({}, { model: { generation: '2' }, more: failingSlowly }));
  await execution.ended;
  expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/was put in place meanwhile/) });
  world.service.settings.trainingTime = HOUR / 6;
  if (another) await run(world);
  expect(world.aws.cloudFormation.stack(STACK).status).toBe('UPDATE_IN_PROGRESS');
  expect((await deployment).status).toBe('UPDATE_ROLLBACK_COMPLETE');
  const trained = world.trainings;
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  expect(world.trainings).toBe(trained);
  await deleted(world);
});

test('the clean-up of a deployment that made the retraining again, for its first creation was lost, does no harm', async () => {
  await world.close();
  world = await weeklyWorld({}, { cloudFormationSettings: { failedCreation: 'deleted last' } });
  await deployed(world, {});
  let lost = 0;
  dropEvents(world, ({ ResourceType: type }) => type === ResourceType.AUDIENCE_MODEL_RETRAINING && lost++ === 0);
  expect((await world.deploy(weekly(), undefined, { rollback: false })).status).toBe('UPDATE_FAILED');

  // It goes on for long after the retraining is there.
  const another = ({ stack, dataset }: Retail) => {
    const third = new AudienceModel(stack, 'Third', { trainingDataset: dataset });
    third.node.addDependency(stack.node.findChild('Retraining'));
  };
  const deployment = world.deploy(weekly({}, { more: another }), undefined, { rollback: false });
  await world.clock.sleep(HOUR);
  const execution = start(world);
  expect(await deployment).toMatchObject({ status: 'UPDATE_COMPLETE' });
  await execution.ended;
  expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED' });
  expect(inUse(world)).toMatch(/^Retraining/);
  await deleted(world);
});

test('a rollback does no harm', async () => {
  const execution = await training();
  const change = weekly({}, { configured: { minMatchingSeedSize: 1_000 }, more: (retail) => failing(retail, retail.configured) });
  const outcome = await world.deploy(change);
  expect(outcome.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  await execution.ended;
  expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED' });
  await deleted(world);
});

test('the deletion of the stack stops it, and nothing is left', async () => {
  const execution = await training();
  await deleted(world);
  expect(execution.status).toBe('ABORTED');
});

test('the removal of the retraining stops it, points back, and deletes its generations', async () => {
  const execution = await training();
  await deployed(world, {});
  expect(execution.status).toBe('ABORTED');
  expect(models(world)).toEqual([inUse(world)]);
  expect(inUse(world)).toMatch(/^Model/);
  await deleted(world);
});
