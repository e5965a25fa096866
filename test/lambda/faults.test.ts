import * as fc from 'fast-check';
import type { FakeExecution } from './fake-executions';
import { Behaviour, FakeService, Fault } from './fake-service';
import {
  changedModel, configuredDriver, configuredProperties, datasetDriver, datasetProperties, Driver, dying, ModelDriver, modelDriver, modelProperties,
  policyDriver, policyProperties, SECRET,
} from './harness';
import type { CustomResourceEvent, ExecutionData, RawProperties, Task } from '../../lambda/events';
import { Fate, OwnershipTag } from '../../src/private/contract';

/*
 * Whatever happens at the boundary of a call, and wherever a step is cut off, run twice or overtaken by a rollback: the end is as if
 * nothing had happened.
 */

const behaviours: fc.Arbitrary<Partial<Behaviour>> = fc.record({
  repeatedCreate: fc.constantFrom('conflict', 'same-arn'),
  uniqueNames: fc.boolean(),
  deleteInTraining: fc.constantFrom('accept', 'conflict', 'validation'),
  emptyDescription: fc.constantFrom('removed', 'empty', 'ignored'),
  lostRace: fc.constantFrom('validation', 'conflict'),
  training: fc.constantFrom(0, 35_000, 300_000),
  deletion: fc.constantFrom(0, 45_000),
  listLag: fc.constantFrom(0, 10_000, 20_000),
  tagLag: fc.constantFrom(0, 20_000),
  windowLag: fc.constantFrom(0, 5_000, 40_000),
  executionLag: fc.constantFrom(0, 10_000, 20_000),
});

const waits = fc.oneof(fc.record({ goal: fc.constant('ACTIVE'), minutes: fc.constantFrom(50, 60, 1_440, 7_200) }), fc.record({ goal: fc.constant('ACCEPTED') }));

/** What becomes of each call in turn, until the list is used up. */
const faults = fc.array(fc.option(fc.constantFrom<Fault>('throttled', 'reset-before', 'reset-after', 'error-after'), { nil: undefined, freq: 3 }), { maxLength: 30 });

/** Whether each task in turn is run once, twice at the same time, or dies after so many calls. */
const runs = fc.array(fc.oneof(fc.constantFrom('once' as const, 'twice' as const), fc.nat({ max: 7 })), { maxLength: 10 });

type Run = 'once' | 'twice' | number;

/** The engine insists where something is not to be had, but not for ever. */
const MAX_FAULTS_IN_A_ROW = 4;

function inject(service: FakeService, list: (Fault | undefined)[]): void {
  const left = [...list];
  let inARow = 0;
  service.fault = () => {
    const fault = inARow < MAX_FAULTS_IN_A_ROW ? left.shift() : undefined;
    inARow = fault ? inARow + 1 : 0;
    return fault;
  };
}

/** Runs the tasks so. The state machine repeats what was killed. */
function runSteps(driver: Driver, how: Run[]): void {
  const { service } = driver;
  const left = [...how];
  driver.attempt = async (work, kind) => {
    const run = left.shift() ?? 'once';
    if (run === 'twice' && mayOverlap(driver, kind)) return (await Promise.all([work(), work()]))[0];
    return typeof run === 'string' ? work() : dying(service, run, work);
  };
}

/**
 * Two creates at the very same time are told apart by their name or not at all: the API has nothing else for it. What is made twice is
 * deleted again, but a training has begun. So an execution is one and runs one task at a time.
 */
function mayOverlap({ service }: Driver, kind: Task['Do']): boolean {
  return service.behaviour.uniqueNames || kind === 'ANSWER';
}

interface World {
  readonly service: FakeService;
  readonly foreign: string;
}

/** A service that holds resources of others under names like ours. */
async function world(behaviour: Partial<Behaviour>): Promise<World> {
  const service = new FakeService(behaviour);
  const trainingDatasetArn = await service.createTrainingDataset({ name: 'Interactions' });
  const { audienceModelArn } = await service.byOtherHands('CreateAudienceModel', { name: 'Model', trainingDatasetArn });
  service.now += 3_600_000;
  await service.createConfiguredAudienceModel({ name: 'Configured', audienceModelArn });
  service.now += 3_600_000;
  return { service, foreign: JSON.stringify([service.datasets, service.models, service.configured]) };
}

function theirs(service: FakeService): string {
  const first = <T>(all: T[]) => all.slice(0, 1);
  return JSON.stringify([first(service.datasets), first(service.models), first(service.configured)]);
}

async function request(driver: Driver, status: string, type: 'Create' | 'Update' | 'Delete', properties: RawProperties, how: Run[], list: (Fault | undefined)[],
  old?: RawProperties, physicalId?: string): Promise<string> {
  driver.service.fault = () => undefined;
  const execution = await driver.start(driver.event(type, properties, old, physicalId));
  expect((JSON.parse(execution.input) as ExecutionData).Operation.StackStatus).toBe(status);
  inject(driver.service, list);
  runSteps(driver, how);
  const arn = await driver.complete(execution);
  runSteps(driver, []);
  driver.service.fault = () => undefined;
  expect(driver.lines.join()).not.toMatch(SECRET);
  return arn;
}

const settings = { numRuns: 100, seed: 20260301 };

/** Of a test that goes through a hundred scenes, on a machine that has other things to do. */
const TIMEOUT = 300_000;

test('a whole stack is created, changed and deleted: one of each, one training, nobody else’s touched', async () => {
  const requests = { minLength: 12, maxLength: 12 };
  await fc.assert(fc.asyncProperty(behaviours, fc.boolean(), waits, fc.array(faults, requests), fc.array(runs, requests),
    async (behaviour, named, wait, lists, hows) => {
      const { service, foreign } = await world(behaviour);
      const drivers = {
        dataset: datasetDriver(service), model: modelDriver(service), configured: configuredDriver(service), policy: policyDriver(service),
      };
      const name = (value: string) => named ? { Name: value } : {};
      let turn = 0;
      const next = async (driver: Driver, type: 'Create' | 'Update' | 'Delete', properties: RawProperties, old?: RawProperties) => {
        const physicalId = type === 'Create' ? undefined : driver.name(old ?? properties);
        const at = turn++;
        return request(driver, service.stack.status, type, properties, hows[at], lists[at], old, physicalId);
      };

      service.begin('CREATE_IN_PROGRESS');
      const dataset = datasetProperties(name('dataset'));
      const model = modelProperties(await next(drivers.dataset, 'Create', dataset), name('model'), wait);
      const audienceModelArn = await next(drivers.model, 'Create', model);
      // A model that is not waited for can only be used later.
      service.now += 300_000;
      const configured = configuredProperties(audienceModelArn, { ...name('configured'), Description: 'd', MinMatchingSeedSize: '700' });
      const configuredArn = await next(drivers.configured, 'Create', configured);
      const policy = policyProperties(configuredArn);
      await next(drivers.policy, 'Create', policy);

      expect(service.trainings).toHaveLength(1);
      expect([service.datasets.length, service.models.length, service.configured.length]).toEqual([2, 2, 2]);
      expect(service.policies.size).toBe(1);

      service.begin('UPDATE_IN_PROGRESS');
      const tags = { Tags: [{ Key: 'team', Value: 'a' }] };
      await next(drivers.dataset, 'Update', { ...dataset, ...tags }, dataset);
      expect(await next(drivers.model, 'Update', { ...model, ...tags }, model)).toBe(audienceModelArn);
      const changed = configuredProperties(audienceModelArn, { ...name('configured'), ...tags, SharedAudienceMetrics: ['NONE'] });
      expect(await next(drivers.configured, 'Update', changed, configured)).toBe(configuredArn);
      await next(drivers.policy, 'Update', policyProperties(configuredArn, ['111111111111', '222222222222']), policy);

      expect(service.trainings).toHaveLength(1);
      for (const [held] of [service.datasets.slice(1), service.models.slice(1), service.configured.slice(1)]) expect(held.tags).toMatchObject({ team: 'a' });
      const [, ours] = service.configured;
      expect(ours).toMatchObject({ sharedAudienceMetrics: ['NONE'], minMatchingSeedSize: 500 });
      expect(ours.description).toBe({ removed: undefined, empty: '', ignored: 'd' }[behaviour.emptyDescription ?? 'empty']);
      expect(JSON.parse([...service.policies.values()][0]).Statement).toHaveLength(2);
      expect(theirs(service)).toBe(foreign);

      service.begin('DELETE_IN_PROGRESS');
      await next(drivers.policy, 'Delete', policyProperties(configuredArn, ['111111111111', '222222222222']));
      await next(drivers.configured, 'Delete', changed);
      await next(drivers.model, 'Delete', { ...model, ...tags });
      await next(drivers.dataset, 'Delete', { ...dataset, ...tags });
      expect([service.datasets.length, service.policies.size, service.configured.length]).toEqual([1, 0, 1]);
      expect((await service.listAudienceModels()).map((held) => held.name)).toEqual(['Model']);
      expect(theirs(service)).toBe(foreign);
    }), settings);
}, TIMEOUT);

/** Lets a request, and the deployment behind it, go on for so many steps and no further. */
async function goOn(driver: ModelDriver, event: CustomResourceEvent, steps: number, how: Run[], list: (Fault | undefined)[]): Promise<FakeExecution> {
  const { service } = driver;
  const execution = await driver.start(event);
  inject(service, list);
  runSteps(driver, how);
  for (let step = 0; step < steps; step++) {
    await driver.pass(step === 0 ? 0 : 10_000);
    if (service.answerAt(event.ResponseURL)?.Status === 'SUCCESS') driver.openWindows(event.ResourceProperties);
  }
  runSteps(driver, []);
  service.fault = () => undefined;
  return execution;
}

/** Tasks of what was given up that come late, and the request itself once more. Their answers do not count any more; what they do would. */
async function comeLate(driver: ModelDriver, event: CustomResourceEvent): Promise<void> {
  const { executions } = driver.service;
  for (let late = 0; late < 4; late++) {
    await driver.handle(event);
    for (const execution of [...executions.all]) await driver.task(executions.taskOf(execution)).catch(() => undefined);
    await driver.pass(10_000);
  }
}

const running = ({ executions }: FakeService) => executions.all.filter(({ status }) => status === 'RUNNING').map(({ name }) => name);

test('a replacement that is cancelled anywhere is rolled back to the old model without another training, and the new one is gone or kept', async () => {
  const cancelledAfter = fc.nat({ max: 14 });
  const scenes = [behaviours, waits, faults, runs, faults, runs, cancelledAfter] as const;
  await fc.assert(fc.asyncProperty(...scenes, async (behaviour, wait, list, how, backList, backHow, steps) => {
    const { service, foreign } = await world(behaviour);
    const model = modelDriver(service);
    const old = modelProperties(service.datasets[0].arn, {}, wait);
    const changed = changedModel(old, { Generation: '2' });
    service.begin('CREATE_IN_PROGRESS');
    const arn = await request(model, 'CREATE_IN_PROGRESS', 'Create', old, [], []);

    service.begin('UPDATE_IN_PROGRESS');
    const event = model.event('Update', changed, old, model.name(old));
    await goOn(model, event, steps, how, list);
    const trainings = service.trainings.length;

    service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await request(model, 'UPDATE_ROLLBACK_IN_PROGRESS', 'Update', old, backHow, backList, changed, model.name(old))).toBe(arn);
    await comeLate(model, event);
    await model.pass(300_000);
    expect(running(service)).toEqual([]);
    const left = service.models.filter(({ tags }) => !tags[OwnershipTag.IDENTITY]?.startsWith(Fate.KEPT));
    expect(left.map(({ name }) => name)).toEqual(['Model', model.name(old)]);
    expect(service.trainings).toHaveLength(trainings);
    expect(trainings).toBeLessThanOrEqual(2);
    expect(theirs(service)).toBe(foreign);
  }), settings);
}, TIMEOUT);

test('a training that fails fails the deployment by its own reason, once, and its rollback leaves nothing', async () => {
  await fc.assert(fc.asyncProperty(behaviours, faults, runs, faults, runs, async (behaviour, list, how, backList, backHow) => {
    const { service, foreign } = await world(behaviour);
    const model = modelDriver(service);
    const properties = modelProperties(service.datasets[0].arn);
    service.behaviour.trainingFails = true;
    service.begin('CREATE_IN_PROGRESS');
    await expect(request(model, 'CREATE_IN_PROGRESS', 'Create', properties, how, list)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users$/);
    expect(service.trainings).toHaveLength(1);

    service.moveTo('ROLLBACK_IN_PROGRESS');
    await request(model, 'ROLLBACK_IN_PROGRESS', 'Delete', properties, backHow, backList, undefined, model.name(properties));
    await model.pass(300_000);
    expect(running(service)).toEqual([]);
    expect((await service.listAudienceModels()).map(({ name }) => name)).toEqual(['Model']);
    expect(theirs(service)).toBe(foreign);
  }), settings);
}, TIMEOUT);

test('a create that is cancelled anywhere leaves nothing', async () => {
  const cancelledAfter = fc.nat({ max: 14 });
  const scenes = [behaviours, fc.boolean(), waits, faults, runs, faults, runs, cancelledAfter] as const;
  await fc.assert(fc.asyncProperty(...scenes, async (behaviour, named, wait, list, how, backList, backHow, steps) => {
    const { service, foreign } = await world(behaviour);
    const model = modelDriver(service);
    const properties = modelProperties(service.datasets[0].arn, named ? { Name: 'named' } : {}, wait);
    service.begin('CREATE_IN_PROGRESS');
    const event = model.event('Create', properties);
    await goOn(model, event, steps, how, list);
    service.moveTo('ROLLBACK_IN_PROGRESS');
    await request(model, 'ROLLBACK_IN_PROGRESS', 'Delete', properties, backHow, backList, undefined, 'Lookalike-Model-1ABCDEFGHIJKL');
    await comeLate(model, event);
    await model.pass(86_400_000);
    expect(running(service)).toEqual([]);
    expect((await service.listAudienceModels()).map(({ name }) => name)).toEqual(['Model']);
    expect(service.trainings.length).toBeLessThanOrEqual(1);
    expect(theirs(service)).toBe(foreign);
  }), settings);
}, TIMEOUT);
