import { Duration } from 'aws-cdk-lib';
import type { Template } from './assembly';
import type { RetailProps } from './retail';
import {
  allowedLateness, at, CustomEvent, DAY, dropEvents, expectNothingLeft, GATE, HOUR, isGate, isModel,
  latenessOf, longest, MINUTE, running, trainingOf, windows,
} from './trainings';
import { World } from './world';
import type { Task } from '../../lambda/events';
import { AwsError } from '../../local-aws/aws';
import type { Call } from '../../local-aws/faults';
import { AudienceModel, TrainingWait } from '../../src';

/* A training takes longer than anything in CloudFormation may, and longer still where it queues. */

let world: World;
// The processes start once, and what is measured is not their start.
beforeAll(async () => {
  world = await World.start();
  await world.deploy();
  await world.close();
});
beforeEach(async () => { world = await World.start(); });
afterEach(async () => {
  for (const { stackName, status } of world.aws.cloudFormation.allStacks()) {
    if (status !== 'DELETE_COMPLETE') expect((await world.delete(stackName)).status).toBe('DELETE_COMPLETE');
  }
  expectNothingLeft(world);
});
// A hook of its own, so that it also runs where the one before fails.
afterEach(async () => world.close());
afterAll(async () => World.sandboxes.close());

const LONGEST = TrainingWait.upTo(Duration.days(5));
const PATIENT: RetailProps = { model: { trainingWait: LONGEST } };
const CUSTOM = /^Custom::/;
const WINDOW = /^AWS::CloudFormation::WaitCondition$/;

describe('a deployment waits', () => {
  test.each([['48 hours', 2 * DAY], ['5 days', 5 * DAY - MINUTE]])('for a training of %s, and no resource of it longer than it may', async (_, duration) => {
    Object.assign(world.service.settings, trainingOf(duration));

    const created = await world.deploy(PATIENT);

    expect(world.reasons(created)).toBe('');
    expect(created.status).toBe('CREATE_COMPLETE');
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
    expect(world.trainings).toBe(1);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(HOUR);
    expect(longest(world.events(), WINDOW)).toBeLessThan(12 * HOUR);
    expect(longest(world.events(), WINDOW)).toBeGreaterThan(11 * HOUR);
    // Not the windows alone: nobody gets the ARN while the model is still training.
    expect(at(world.events(), GATE, 'CREATE_COMPLETE')).toBeGreaterThan(world.service.audienceModels()[0].updateTime.getTime());
  });

  test('and not in one window: without the passing on, CloudFormation gives up after 12 hours', async () => {
    Object.assign(world.service.settings, trainingOf(20 * HOUR));
    world.aws.cloudFormation.signalResource = () => { throw new AwsError('ValidationError', 'no signals today'); };

    const failed = await world.deploy();

    expect(world.reasons(failed)).toMatch(/^Model\w{8}Window1\w+: Failed to receive 1 resource signal\(s\) within the specified duration/);
    expect(longest(world.events(), WINDOW)).toBeLessThanOrEqual(12 * HOUR + MINUTE);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
  });

  test('and not in a longer window: CloudFormation refuses it', async () => {
    const longer = ({ Resources }: Template) => {
      for (const resource of Object.values(Resources).filter(({ Type }) => WINDOW.test(Type))) {
        Object.assign(resource, { CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT12H1M' } } });
      }
    };

    await expect(world.deploy({}, longer)).rejects.toThrow('longer than the maximum of 12 hours');
  });

  test('and not in the gate: without windows it gives up before the hour is over', async () => {
    Object.assign(world.service.settings, trainingOf(61 * MINUTE));

    const failed = await world.deploy({}, (template) => {
      for (const [logicalId, resource] of Object.entries(template.Resources)) {
        if (WINDOW.test(resource.Type)) delete template.Resources[logicalId];
        else if (GATE.test(logicalId)) Object.assign(resource, { DependsOn: [] });
      }
    });

    // The last of a wait passes in the gate, so it is as patient as CloudFormation lets it be.
    expect(world.reasons(failed)).toMatch(/^ModelGate.*gave up after 58 minutes: audience model Model\S+ is CREATE_IN_PROGRESS/);
    expect(longest(world.events().filter(({ logicalId }) => GATE.test(logicalId)), CUSTOM)).toBeLessThan(HOUR);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
  });

  test('and no custom resource longer than an hour: CloudFormation gives up', async () => {
    dropEvents(world, (event) => isGate(event) && event.RequestType === 'Create');

    const failed = await world.deploy();

    expect(world.reasons(failed)).toMatch(/^ModelGate.*: CloudFormation did not receive a response from your Custom Resource/);
    expect(longest(world.events().filter(({ logicalId }) => GATE.test(logicalId)), CUSTOM)).toBeCloseTo(HOUR, -3);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
  });
});

describe('under a quota of two trainings', () => {
  const more = (count: number): RetailProps['more'] => ({ stack, dataset }) => {
    for (let number = 2; number <= count; number++) new AudienceModel(stack, `Model${number}`, { trainingDataset: dataset, trainingWait: LONGEST });
  };

  /** How many trained at a time at most, and at the beginning of each training. */
  function together(duration: number): number[] {
    const starts = world.service.trainingsStarted.map(({ time }) => time.getTime());
    return starts.map((start) => starts.filter((other) => other <= start && start < other + duration).length);
  }

  function expectTwoByTwo(duration: number): void {
    expect(world.trainings).toBe(6);
    expect(Math.max(...together(duration))).toBe(2);
    expect(world.held().audienceModels).toEqual(Array(6).fill(expect.stringMatching(/ ACTIVE$/)));
    expect(world.service.calls.some(({ operation, outcome }) => operation === 'CreateAudienceModel' && /Quota/.test(outcome))).toBe(true);
    // A free place is taken soon.
    const [first] = world.service.trainingsStarted;
    const last = Math.max(...world.service.audienceModels().map(({ updateTime }) => updateTime.getTime()));
    expect(last - first.time.getTime()).toBeLessThan(3 * duration + 2 * 16 * MINUTE);
  }

  test('six models of a stack train two by two, and all end ACTIVE', async () => {
    Object.assign(world.service.settings, trainingOf(4 * HOUR));

    const created = await world.deploy({ ...PATIENT, more: more(6) });

    expect(world.reasons(created)).toBe('');
    expectTwoByTwo(4 * HOUR);
  });

  test('so do those of three stacks that are deployed at the same time', async () => {
    Object.assign(world.service.settings, trainingOf(4 * HOUR));

    const outcomes = await Promise.all(['Retail', 'Travel', 'Media'].map(async (stackName) =>
      world.deploy({ ...PATIENT, more: more(2) }, undefined, { stackName })));

    expect(outcomes.map((outcome) => world.reasons(outcome))).toEqual(['', '', '']);
    expectTwoByTwo(4 * HOUR);
  });
});

describe('a training that fails', () => {
  test.each([['10 minutes', 10 * MINUTE], ['10 hours', 10 * HOUR], ['40 hours', 40 * HOUR]])(
    'after %s fails the deployment within one poll, with the reason, and leaves nothing', async (_, duration) => {
      Object.assign(world.service.settings, trainingOf(duration));
      world.service.failTraining(() => true, { statusCode: 'INSUFFICIENT_DATA', message: 'fewer than 100,000 users' });

      const failed = await world.deploy(PATIENT);

      expect(world.reasons(failed)).toMatch(/^ModelGate\w+: .*audience model Model\S+ failed: INSUFFICIENT_DATA: fewer than 100,000 users/);
      const ended = world.service.trainingsStarted[0].time.getTime() + duration;
      expect(at(world.events(), GATE, 'CREATE_FAILED') - ended).toBeLessThanOrEqual(allowedLateness(duration));
      expect(failed.status).toBe('ROLLBACK_COMPLETE');
      expectNothingLeft(world);
    });

  test.each([
    ['in training', 60 * HOUR, 2, /^ModelGate\w+: .*gave up after 48 hours: audience model Model\S+ is CREATE_IN_PROGRESS/],
    ['in the queue', HOUR, 0, /^ModelGate\w+: .*gave up after 48 hours: CreateAudienceModel: ServiceQuotaExceededException/],
  ])('to be over in the time that it is given, %s, fails the deployment with it, and leaves nothing', async (_, duration, places, reason) => {
    Object.assign(world.service.settings, trainingOf(duration));
    world.service.settings.quotas = { ...world.service.settings.quotas, audienceModelsInTraining: places };

    const failed = await world.deploy();

    expect(world.reasons(failed)).toMatch(reason);
    expect(at(world.events(), GATE, 'CREATE_FAILED') - at(world.events(), /^Model\w{8}$/, 'CREATE_COMPLETE')).toBeLessThan(2 * DAY + MINUTE);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expectNothingLeft(world);
  });

  test('at once, because the service refuses it, fails the deployment at once', async () => {
    world.service.beforeCall = ({ operation }) => {
      if (operation === 'CreateAudienceModel') throw new AwsError('ValidationException', 'no such thing');
    };

    const failed = await world.deploy();

    expect(world.reasons(failed)).toMatch(/^Model\w{8}: .*CreateAudienceModel: ValidationException: no such thing/);
    expect(longest(world.events().filter(({ logicalId }) => /^Model\w{8}$/.test(logicalId)), CUSTOM)).toBeLessThan(MINUTE);
    expect(windows(world)).toEqual([]);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
  });
});

describe('looking', () => {
  test.each([
    ['1 minute', MINUTE], ['30 minutes', 30 * MINUTE], ['3 hours', 3 * HOUR], ['24 hours', DAY], ['48 hours', 2 * DAY], ['5 days', 5 * DAY - MINUTE],
  ])('the gate opens soon after a training of %s', async (_, duration) => {
    Object.assign(world.service.settings, trainingOf(duration));

    const created = await world.deploy({ ...PATIENT, configured: false });

    expect(world.reasons(created)).toBe('');
    expect(latenessOf(world)).toBeGreaterThan(0);
    expect(latenessOf(world)).toBeLessThanOrEqual(allowedLateness(duration));
  });

  test('the gate opens soon whenever a training ends: had it ended right after a look, the next one would have been in time', async () => {
    Object.assign(world.service.settings, trainingOf(4 * DAY));

    await world.deploy({ ...PATIENT, configured: false });

    const began = world.service.trainingsStarted[0].time.getTime();
    const looks = world.service.calls.filter(({ operation }) => operation === 'GetAudienceModel').map(({ time }) => time.getTime() - began);
    const ended = 4 * DAY;
    const behind = at(world.events(), GATE, 'CREATE_COMPLETE') - began - (looks.find((look) => look >= ended) ?? NaN);
    const late = looks.slice(1).filter((next, index) => next <= ended && next - looks[index] + behind > allowedLateness(looks[index]));
    expect(late).toEqual([]);
  });

  test('takes at most 300 calls over a training of 24 hours, all told', async () => {
    Object.assign(world.service.settings, trainingOf(DAY));

    await world.deploy({ ...PATIENT, configured: false });

    expect(world.service.calls.length).toBeLessThanOrEqual(300);
  });
});

describe('TrainingWait.none()', () => {
  const ACCEPTED: RetailProps = { model: { trainingWait: TrainingWait.none() }, configured: false };

  test('returns when the training is accepted', async () => {
    Object.assign(world.service.settings, trainingOf(20 * HOUR));

    const created = await world.deploy(ACCEPTED);

    expect(world.reasons(created)).toBe('');
    expect(created.status).toBe('CREATE_COMPLETE');
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ CREATE_(PENDING|IN_PROGRESS)$/)]);
    expect(windows(world)).toEqual([]);
    expect(at(world.events(), /^Retail$/, 'CREATE_COMPLETE') - at(world.events(), /^Model\w{8}$/, 'CREATE_COMPLETE')).toBeLessThan(MINUTE);
    await world.clock.sleep(MINUTE);
    expect(running(world)).toEqual([]);
    expect(await world.deploy(ACCEPTED)).toMatchObject({ changed: false });
  });

  test.each([['half an hour', 30 * MINUTE], ['all the time that there is', 50 * MINUTE]])(
    'waits for a place where the quota is full, for %s', async (_, full) => {
      Object.assign(world.service.settings, trainingOf(HOUR));
      const { quotas } = world.service.settings;
      world.service.settings.quotas = { ...quotas, audienceModelsInTraining: 0 };
      const deployment = world.deploy(ACCEPTED);
      await world.clock.sleep(full);
      expect(world.trainings).toBe(0);
      world.service.settings.quotas = quotas;
      const freed = world.clock.now();

      expect(world.reasons(await deployment)).toBe('');
      expect(world.trainings).toBe(1);
      // A queue is asked after a tenth of the time that it has taken.
      expect(world.service.trainingsStarted[0].time.getTime() - freed).toBeLessThanOrEqual(full / 10);
    });

  test('gives up a place that does not come free within the hour of the gate, says what to do, and leaves nothing', async () => {
    const { quotas } = world.service.settings;
    world.service.settings.quotas = { ...quotas, audienceModelsInTraining: 0 };

    const failed = await world.deploy(ACCEPTED);

    expect(world.reasons(failed)).toMatch(/^ModelGate\w+: .*gave up after 55 minutes: CreateAudienceModel: ServiceQuotaExceeded.*have the quota L-11056252 raised/);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(HOUR);
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expectNothingLeft(world);
    world.service.settings.quotas = quotas;
    await world.clock.sleep(2 * HOUR);
    expect(world.trainings).toBe(0);
  });

  test('hands out what waits for the end of the training after all, when the template says so', async () => {
    Object.assign(world.service.settings, trainingOf(20 * HOUR));
    await world.deploy(ACCEPTED);
    expect(windows(world)).toEqual([]);

    const waited = await world.deploy(PATIENT);

    expect(world.reasons(waited)).toBe('');
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
    expect(windows(world)).toHaveLength(11);
    expect(world.trainings).toBe(1);
  });
});

describe('once only', () => {
  test.each([
    ['at once', 0, true],
    ['at once, where names are not unique', 0, false],
    ['a minute later', MINUTE, false],
    // CloudFormation takes an answer for two hours.
    ['an hour later', HOUR, false],
  ])('an event that is delivered twice, %s, starts one execution and one training', async (_, delay, namesUnique) => {
    Object.assign(world.service.settings, trainingOf(10 * HOUR), { namesUnique });
    const { lambda } = world.aws;
    const invokeAsync = lambda.invokeAsync.bind(lambda);
    const again: Promise<void>[] = [];
    lambda.invokeAsync = (...event) => {
      invokeAsync(...event);
      if (delay === 0) invokeAsync(...event);
      else if (again.length === 0 && isModel(event[1] as CustomEvent)) again.push(world.clock.sleep(delay).then(() => invokeAsync(...event)));
    };

    const created = await world.deploy();
    await Promise.all(again);

    expect(world.reasons(created)).toBe('');
    expectOneExecutionEach();
    expect(world.trainings).toBe(1);
    expect(world.held().audienceModels).toEqual([expect.stringMatching(/ ACTIVE$/)]);
  });

  test('a step that fails is repeated when a list shows what it did, then after longer, and nothing is lost', async () => {
    Object.assign(world.service.settings, trainingOf(10 * HOUR));
    const steps = failSteps((number) => [2, 3, 10].includes(number));

    const created = await world.deploy();

    expect(world.reasons(created)).toBe('');
    expect(world.trainings).toBe(1);
    expectOneExecutionEach();
    expect([steps[2] - steps[1], steps[3] - steps[2], steps[10] - steps[9]]).toEqual([75_000, 150_000, 75_000]);
  });

  test.each(['STEP', 'TRAIN'] as const)('a first %s whose answer is lost after it created the model does not create it again', async (task) => {
    Object.assign(world.service.settings, trainingOf(10 * HOUR), { namesUnique: false, listLag: 20_000 });
    // The first to ask is the request's own step; where it is refused, the training's.
    if (task === 'TRAIN') world.service.beforeCall = firstIsThrottled;
    const { lambda } = world.aws;
    const invoke = lambda.invoke.bind(lambda);
    let lost = 0;
    lambda.invoke = async (name, payload) => {
      const before = world.trainings;
      const outcome = await invoke(name, payload);
      return (payload as Task).Do === task && (world.trainings > before || lost > 0) && lost++ === 0 ? TIMED_OUT : outcome;
    };

    const created = await world.deploy();

    expect(world.reasons(created)).toBe('');
    expect(lost).toBeGreaterThan(1);
    expect(world.trainings).toBe(1);
    expectOneExecutionEach();
  });

  const TIMED_OUT = { payload: JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' }), functionError: 'Unhandled' as const };

  let asked = 0;
  beforeEach(() => { asked = 0; });
  function firstIsThrottled({ operation }: Call): void {
    if (operation === 'CreateAudienceModel' && asked++ === 0) throw new AwsError('ServiceQuotaExceededException', 'no place yet', 402);
  }

  /** The dataset, the model, its gate, the configured model and its policy: one request each, and one execution for each. */
  function expectOneExecutionEach(): void {
    expect(world.executions().map(({ name }) => name.split('-').slice(0, 2).join('-').replace(/\w{8}$/, '')).sort()).toEqual(
      ['Create-Configured', 'Create-ConfiguredPolicy', 'Create-Interactions', 'Create-Model', 'Create-ModelGate']);
  }

  /** The times of the steps of the training, the failed ones included. */
  function failSteps(which: (number: number) => boolean): number[] {
    const { lambda } = world.aws;
    const invoke = lambda.invoke.bind(lambda);
    const times: number[] = [];
    lambda.invoke = async (name, payload) => ((payload as Task).Do === 'TRAIN' && which(times.push(world.clock.now())) ? TIMED_OUT : invoke(name, payload));
    return times;
  }
});
