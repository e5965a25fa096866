import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { DAY, functions, HOUR, inUse, MINUTE, models, outcomeOf, run, runs, start, TRAINING, WEEK, weekly, weeklyWorld } from './weekly';
import { AwsError } from '../../../local-aws/aws';
import { AudienceModelRetraining } from '../../../src';
import { expectNothingLeft } from '../trainings';
import { STACK, World } from '../world';

/* What an execution does while nobody deploys. */

let world: World;
beforeEach(async () => { world = await weeklyWorld(); });
afterEach(async () => {
  await world.aws.clock.sleep(HOUR);
  await world.delete();
  expectNothingLeft(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => functions.close());

const deploy = async (...args: Parameters<typeof weekly>) => {
  expect(world.reasons(await world.deploy(weekly(...args)))).toBe('');
  await world.clock.sleep(2 * DAY);
};
const told = () => world.aws.events.events().map(({ detailType, detail }) => [detailType, detail] as const);
const week = async (input?: unknown) => {
  const outcome = await run(world, input);
  await world.clock.sleep(WEEK - 2 * DAY);
  return outcome;
};

describe('a training that succeeds', () => {
  test('is pointed to, told of, and measured', async () => {
    let retraining: AudienceModelRetraining | undefined;
    await deploy({}, { more: ({ stack }) => { retraining = stack.node.findChild('Retraining') as AudienceModelRetraining; } });
    const [{ audienceModelArn: initial }] = world.service.configuredAudienceModels();
    const report = await run(world);
    const [configured] = world.service.configuredAudienceModels();
    expect(report).toMatchObject({
      status: 'TRAINED',
      retraining: retraining!.retrainingName,
      configuredAudienceModelArn: configured.arn,
      audienceModelArn: configured.audienceModelArn,
      previousAudienceModelArn: initial,
    });
    expect(configured.audienceModelArn).not.toBe(initial);
    expect(report.repointedByOthers).toBeUndefined();
    expect(told()).toEqual([['Audience Model Retrained', report]]);
    const { namespace, metricName, dimensions = {} } = retraining!.metricDuration() as cloudwatch.Metric;
    const points = world.aws.cloudWatch.datapoints({ namespace, metricName, dimensions: dimensions as Record<string, string> });
    expect(points.map(({ value }) => value)).toEqual([report.durationSeconds]);
    expect(report.durationSeconds * 1_000).toBeGreaterThan(TRAINING);
    expect(report.durationSeconds * 1_000).toBeLessThan(1.02 * TRAINING + 5 * MINUTE);
  });

  test('is not taken for deleted where its model is neither visible nor listed for a while', async () => {
    await deploy({});
    Object.assign(world.service.settings, { arnLag: 5_000, listLag: 20_000 });
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  });

  test.each([[0, 2], [1, 3], [3, 5]])('with keep: %i, so many models stay at most, the first one included: %i', async (keep, most) => {
    await deploy({ keep });
    const initial = inUse(world);
    const made: string[] = [];
    for (let count = 1; count <= most + 2; count++) {
      await week();
      made.push(inUse(world));
      expect(models(world).sort()).toEqual([initial, ...made.slice(-keep - 1)].sort());
      expect(models(world).length).toBeLessThanOrEqual(most);
    }
    expect(new Set(made).size).toBe(most + 2);
    expect(world.trainings).toBe(most + 3);
  });

  test('has the data of the time before it began, the tags that were asked for, and the key of the model that it replaces', async () => {
    const window = Duration.days(180);
    await deploy({ window, tags: { team: 'ads' } }, { encrypted: true });
    const execution = start(world);
    await execution.ended;
    const { request, tags } = world.service.audienceModels().at(-1)!;
    const began = execution.startDate;
    expect(new Date(request.trainingDataEndTime!).getTime()).toBe(Math.floor(began / 1_000) * 1_000);
    expect(began - new Date(request.trainingDataStartTime!).getTime()).toBeLessThan(180 * DAY + 1_000);
    expect(new Date(request.trainingDataEndTime!).getTime() - new Date(request.trainingDataStartTime!).getTime()).toBe(180 * DAY);
    expect(tags.team).toBe('ads');
    expect(request.kmsKeyArn).toMatch(/^arn:aws:kms:/);
    expect(request.kmsKeyArn).toBe(world.service.audienceModels()[0].request.kmsKeyArn);
  });

  test('without a window has all data', async () => {
    await deploy();
    await run(world);
    const { request } = world.service.audienceModels().at(-1)!;
    expect([request.trainingDataStartTime, request.trainingDataEndTime]).toEqual([undefined, undefined]);
  });
});

describe('a training that fails', () => {
  test('leaves the configured audience model where it was, and nothing behind', async () => {
    await deploy();
    const initial = inUse(world);
    const heal = world.service.failTraining(() => true, { statusCode: 'NOT_ENOUGH_USERS', message: 'too few users' });
    const report = await run(world);
    heal();
    expect(report).toMatchObject({ status: 'FAILED', error: 'RetrainingFailed', cause: expect.stringMatching(/NOT_ENOUGH_USERS: too few users$/) });
    expect([inUse(world), models(world)]).toEqual([initial, [initial]]);
    expect(told()).toEqual([['Audience Model Retraining Failed', expect.objectContaining({ status: 'FAILED', error: 'RetrainingFailed' })]]);
    await week();
    expect(inUse(world)).not.toBe(initial);
  });

  test('in the queue is given up after the timeout, and the message says what to do', async () => {
    await deploy({ timeout: Duration.hours(6) });
    world.service.settings.quotas.audienceModelsInTraining = 0;
    const report = await run(world);
    expect(report.cause).toMatch(/^gave up after 6 hours: CreateAudienceModel: ServiceQuotaExceededException: .*; set timeout to more, or have the quota L-11056252 raised/);
    expect(world.trainings).toBe(1);
  });

  test('after the timeout, trained a little later, is taken up by the next execution', async () => {
    await deploy({ timeout: Duration.hours(10) });
    const initial = inUse(world);
    const report = await run(world);
    expect(report).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^gave up after 10 hours: /) });
    await world.clock.sleep(2 * DAY);
    expect(inUse(world)).toBe(initial);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect([inUse(world) === initial, world.trainings]).toEqual([false, 2]);
  });

  test('is queued for where the quota is full, and goes on then', async () => {
    await deploy();
    world.service.settings.quotas.audienceModelsInTraining = 0;
    const execution = start(world);
    await world.clock.sleep(30 * HOUR);
    world.service.settings.quotas.audienceModelsInTraining = 2;
    await execution.ended;
    expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED' });
    expect(world.trainings).toBe(2);
  });
});

describe('going back', () => {
  test('points to the generation before, at once and without a training, and so on to the first model', async () => {
    await deploy({ keep: 2 });
    const names = [inUse(world)];
    for (let count = 0; count < 3; count++) {
      await week();
      names.push(inUse(world));
    }
    for (const name of names.slice(0, -1).reverse()) {
      const began = world.clock.now();
      expect(await run(world, { goBack: true })).toMatchObject({ status: 'WENT_BACK' });
      expect(world.clock.now() - began).toBeLessThan(3 * MINUTE);
      expect(inUse(world)).toBe(name);
    }
    expect(await run(world, { goBack: true })).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/there is nothing to go back to/) });
    expect(inUse(world)).toBe(names[0]);
    expect(world.trainings).toBe(4);
    expect(told().filter(([type]) => type === 'Audience Model Gone Back')).toHaveLength(3);
  });

  test('from the first one: the next execution trains, and what was gone back from goes, and is not gone back to', async () => {
    await deploy();
    const initial = inUse(world);
    await week();
    await week({ goBack: true });
    expect(inUse(world)).toBe(initial);
    await week();
    expect(models(world)).toEqual([inUse(world), initial].sort());
    expect(await run(world, { goBack: true })).toMatchObject({ status: 'WENT_BACK' });
    expect(inUse(world)).toBe(initial);
  });

  test('is not the end: the next execution trains, and what was gone back from goes', async () => {
    await deploy();
    await week();
    await week();
    const left = inUse(world);
    await week({ goBack: true });
    const back = inUse(world);
    await week();
    expect(models(world)).not.toContain(left);
    expect(models(world)).toEqual(expect.arrayContaining([back, inUse(world)]));
  });
});

describe('what cannot be done once something is trained', () => {
  test('is to point to it: the configured audience model stays where it was, and the next execution takes the generation up', async () => {
    await deploy();
    await week();
    const before = inUse(world);
    const grant = world.refuse('UpdateConfiguredAudienceModel');
    expect(await run(world)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/refused, as the test asked/) });
    expect(inUse(world)).toBe(before);
    grant();
    const trained = world.trainings;
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect([world.trainings, inUse(world) === before]).toEqual([trained, false]);
  });

  test('is to delete what is too old: the execution has trained all the same, and the next one deletes it', async () => {
    await deploy({ keep: 0 });
    await week();
    const heal = world.service.failDeletion(() => true, { statusCode: 'INTERNAL', message: 'as the test asked' });
    const report = await run(world);
    expect(report).toMatchObject({ status: 'TRAINED' });
    expect(report.durationSeconds * 1_000).toBeLessThan(TRAINING + HOUR);
    heal();
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect(models(world)).toHaveLength(2);
  });
});

test('what is deleted slowly, and still is when the timeout is over, does not make a failure of what is in use', async () => {
  await deploy({ keep: 0, timeout: Duration.hours(20.5) });
  await week();
  world.service.settings.deletionTime = 1.9 * HOUR;
  expect(await run(world)).toMatchObject({ status: 'TRAINED' });
  await world.clock.sleep(DAY);
  world.service.settings.deletionTime = MINUTE;
});

describe('one at a time', () => {
  test('while one is under way, another by hand fails and says so', async () => {
    await deploy();
    const first = start(world);
    await world.clock.sleep(HOUR);
    expect(await run(world)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^another execution, \S+, is under way: wait for its end, or stop it first$/) });
    expect(await run(world, { goBack: true })).toMatchObject({ status: 'FAILED' });
    await first.ended;
    expect(outcomeOf(first).status).toBe('TRAINED');
    expect(world.trainings).toBe(2);
  });

  test('two that begin at the same moment are one training', async () => {
    await deploy();
    const both = [start(world), start(world)];
    await Promise.all(both.map(({ ended }) => ended));
    expect(both.map((one) => outcomeOf(one).status).sort()).toEqual(['FAILED', 'TRAINED']);
    expect(world.trainings).toBe(2);
  });

  test('one that somebody stopped leaves its training to the next', async () => {
    await deploy();
    const first = start(world);
    await world.clock.sleep(HOUR);
    world.aws.states.stopExecution(first.arn);
    await world.clock.sleep(2 * DAY);
    expect(await run(world)).toMatchObject({ status: 'TRAINED' });
    expect(world.trainings).toBe(2);
  });

  test('a schedule trains every week, and not right after the deployment', async () => {
    expect(world.reasons(await world.deploy(weekly()))).toBe('');
    await world.aws.scheduler.runFor(30 * DAY);
    await world.clock.sleep(2 * DAY);
    expect(runs(world).map((one) => outcomeOf(one).status)).toEqual(['SKIPPED', 'TRAINED', 'TRAINED', 'TRAINED', 'TRAINED']);
    expect(told().map(([type]) => type)).toEqual(Array(4).fill('Audience Model Retrained'));
  });
});

test.each([[{ goBack: 'yes' }], [{ back: true }], [[]], ['x']])('an input that is none, %j, fails before anything is done', async (input) => {
  await deploy();
  expect(await run(world, input)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^the input must be \{\} or \{ "goBack": true \}; got /) });
  expect(world.trainings).toBe(1);
});

test('an execution that has the name of one before, as Step Functions allows after 90 days, trains too', async () => {
  await deploy();
  const { aws, clock } = world;
  const machine = [...aws.cloudFormation.stack(STACK).resources.values()].find(({ logicalId }) => logicalId.startsWith('RetrainingStateMachine'))!;
  for (const count of [2, 3]) {
    const execution = aws.states.startExecution(machine.physicalId!, '{}', 'quarterly');
    await execution.ended;
    expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED' });
    expect(world.trainings).toBe(count);
    await clock.sleep(91 * DAY);
  }
});

test('the schedule trains though others touch the model in use, as new tags may', async () => {
  await deploy();
  await world.clock.sleep(2 * DAY);
  world.service.beforeCall = ({ operation }) => {
    if (operation === 'GetAudienceModel') for (const model of world.service.audienceModels()) Object.assign(model, { updateTime: new Date(world.clock.now()) });
  };
  await world.aws.scheduler.runFor(5 * DAY);
  world.service.beforeCall = undefined;
  await world.clock.sleep(2 * DAY);
  expect(outcomeOf(runs(world)[0]).status).toBe('TRAINED');
});

describe('other hands', () => {
  test('that repoint to the model of the template leave as many generations as are to stay', async () => {
    await deploy({ keep: 3 });
    const initial = inUse(world);
    for (let time = 0; time < 4; time++) await week();
    const [{ arn }] = world.service.configuredAudienceModels();
    const { arn: theirs } = world.service.audienceModels().find(({ name }) => name === initial)!;
    await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn, audienceModelArn: theirs });
    const before = models(world).filter((name) => name !== initial);
    expect(await run(world)).toMatchObject({ status: 'TRAINED', repointedByOthers: true });
    expect(models(world).sort()).toEqual([initial, ...before.slice(-3), inUse(world)].sort());
  });

  test('that repoint are told of in the next event, and the training goes on from there', async () => {
    await deploy();
    await week();
    const { audienceModelArn: theirs } = await world.service.createAudienceModel(world.otherHands, {
      name: 'theirs', trainingDatasetArn: world.service.trainingDatasets()[0].arn,
    });
    await world.clock.sleep(2 * DAY);
    const [{ arn }] = world.service.configuredAudienceModels();
    await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn, audienceModelArn: theirs });
    expect(await run(world)).toMatchObject({ status: 'TRAINED', repointedByOthers: true, previousAudienceModelArn: theirs });
    expect(await run(world)).not.toHaveProperty('repointedByOthers');
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: theirs });
    await world.clock.sleep(HOUR);
  });

  test('that repoint while it trains stay, and the next execution takes up what was trained', async () => {
    await deploy();
    await week();
    const before = world.service.audienceModels()[0].arn;
    const execution = start(world);
    await world.clock.sleep(HOUR);
    const [{ arn }] = world.service.configuredAudienceModels();
    await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn, audienceModelArn: before });
    await execution.ended;
    expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/was put in place meanwhile: the next execution takes up/) });
    expect(told().at(-1)).toEqual(['Audience Model Retraining Failed', expect.objectContaining({ audienceModelArn: before })]);
    const trained = world.trainings;
    expect(await run(world)).toMatchObject({ status: 'TRAINED', previousAudienceModelArn: before });
    expect(world.trainings).toBe(trained);
  });

  test('that repoint while it deletes what is too old do not bring back what it has trained', async () => {
    await deploy({ keep: 0 });
    await week();
    const [{ arn: initial }] = world.service.audienceModels();
    world.service.settings.deletionTime = HOUR;
    const execution = start(world);
    await world.clock.sleep(TRAINING + HOUR / 2);
    expect(world.service.audienceModels().map(({ status }) => status)).toContain('DELETE_IN_PROGRESS');
    const [{ arn }] = world.service.configuredAudienceModels();
    await world.service.updateConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn, audienceModelArn: initial });
    await execution.ended;
    world.service.settings.deletionTime = MINUTE;
    expect(outcomeOf(execution)).toMatchObject({ status: 'TRAINED' });
    const trained = world.trainings;
    await world.clock.sleep(2 * DAY);
    expect(await run(world)).toMatchObject({ status: 'TRAINED', repointedByOthers: true, previousAudienceModelArn: initial });
    expect(world.trainings).toBe(trained + 1);
  });

  test('that delete a generation while it trains are told of, and nothing is trained twice', async () => {
    await deploy();
    const execution = start(world);
    await world.clock.sleep(HOUR);
    await world.service.deleteAudienceModel(world.otherHands, { audienceModelArn: world.service.audienceModels().at(-1)!.arn });
    await execution.ended;
    expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/was deleted by somebody else/) });
    expect(world.trainings).toBe(2);
  });

  test('that delete the configured audience model end the execution with a reason', async () => {
    await deploy({}, { collaborations: [] });
    const execution = start(world);
    await world.clock.sleep(HOUR);
    const [{ arn }] = world.service.configuredAudienceModels();
    await world.service.deleteConfiguredAudienceModel(world.otherHands, { configuredAudienceModelArn: arn });
    await execution.ended;
    expect(outcomeOf(execution)).toMatchObject({ status: 'FAILED', cause: expect.stringMatching(/^there is no configured audience model under Configured/) });
  });
});

test('a service that throttles and breaks now and then delays a training, and no more', async () => {
  await deploy();
  let calls = 1;
  world.service.beforeCall = ({ principal }) => {
    calls = (calls * 48_271) % 2_147_483_647;
    if (principal.arn !== world.otherHands.arn && calls % 3 === 0) throw new AwsError('ThrottlingException', 'Rate exceeded', 429);
  };
  const report = await run(world);
  world.service.beforeCall = undefined;
  expect(report).toMatchObject({ status: 'TRAINED' });
  expect(world.trainings).toBe(2);
});
