import { Fate, GATE_MINUTES, OwnershipTag } from '../../../src/private/contract';
import { FakeExecution, STATE_MACHINE } from '../fake-executions';
import { FakeService } from '../fake-service';
import { Driver, ModelDriver, modelDriver, modelProperties, STACK_ID } from '../harness';

const HOUR = 3_600_000;

async function setUp(more: Record<string, string> = {}, goal = 'ACTIVE', behaviour: ConstructorParameters<typeof FakeService>[0] = {}) {
  const service = new FakeService({ training: 0, uniqueNames: false, ...behaviour });
  const dataset = await service.createTrainingDataset({ name: 'd' });
  const model = modelDriver(service);
  const properties = modelProperties(dataset, more, { goal });
  const name = model.name(properties);
  const hash = model.name({ ...properties, Name: undefined }).slice(-16);
  const train = async (identity: string = hash) =>
    service.createAudienceModel({ name, trainingDatasetArn: dataset, tags: { [OwnershipTag.IDENTITY]: identity } });
  return { service, gate: model.gate, properties: model.gateProperties(name, properties), name, train };
}

/** An execution for a training, which does nothing by itself. */
function execution(service: FakeService, training: unknown, type = 'Create'): FakeExecution {
  const hash = String(training).slice(-16);
  const began = service.executions.start(STATE_MACHINE, `${type}-Model-${hash}-${service.executions.all.length.toString().padStart(16, '0')}`, '{}');
  began.dueAt = Infinity;
  return began;
}

const start = async (gate: Driver, properties: Parameters<Driver['event']>[1]) => gate.start(gate.event('Create', properties));
const WAIT = { done: false };

test('gives the ARN of a model that is active, and changes nothing', async () => {
  const { service, gate, properties, train } = await setUp();
  const arn = await train();
  service.calls.length = 0;
  expect(await gate.step(await start(gate, properties))).toEqual({ done: true, Data: { AudienceModelArn: arn } });
  expect(service.calls.slice(service.calls.indexOf('StartExecution') + 1)).toEqual(['ListAudienceModels', 'GetAudienceModel']);
});

test.each([
  ['ACTIVE', 'CREATE_PENDING', false],
  ['ACTIVE', 'CREATE_IN_PROGRESS', false],
  ['ACCEPTED', 'CREATE_PENDING', true],
  ['ACCEPTED', 'CREATE_IN_PROGRESS', true],
  ['ACCEPTED', 'ACTIVE', true],
])('where the template waits for %s, a model that is %s opens it: %p', async (goal, status, opens) => {
  const { service, gate, properties, train } = await setUp({}, goal, { training: HOUR });
  await train();
  service.now += { CREATE_PENDING: 0, CREATE_IN_PROGRESS: HOUR / 2, ACTIVE: HOUR }[status] ?? 0;
  expect((await gate.step(await start(gate, properties))).done).toBe(opens);
});

test.each(['ACTIVE', 'ACCEPTED'])('a model that failed does not open it, whatever the template waits for (%s)', async (goal) => {
  const { gate, properties, train } = await setUp({}, goal, { trainingFails: true });
  await train();
  expect(await gate.step(await start(gate, properties))).toEqual(WAIT);
});

describe('a model that others could not delete', () => {
  async function left(status: string) {
    const scene = await setUp();
    const { service, gate, properties, train } = scene;
    const arn = await train();
    const mend = service.failDeletions();
    await service.deleteModelsByOtherHands();
    mend();
    service.begin(status);
    const { Until: _, ...more } = properties;
    return { arn, gate, request: await gate.start(gate.event('Update', properties, { ...more, Until: 'ACCEPTED' }, gate.name(properties))) };
  }

  test('fails a deployment as soon as it is certain that nothing trains it', async () => {
    const { gate, request } = await left('UPDATE_IN_PROGRESS');
    expect(await gate.step(request)).toEqual(WAIT);
    await expect(gate.finish(request)).rejects.toThrow(/^audience model \S+ could not be deleted: INTERNAL_ERROR: internal error; change generation to have it trained$/);
  });

  test('fails no rollback', async () => {
    const { arn, gate, request } = await left('UPDATE_ROLLBACK_IN_PROGRESS');
    expect(await gate.finish(request)).toEqual({ done: true, Data: { AudienceModelArn: arn } });
  });
});

test('a training that failed long ago is reported within a minute', async () => {
  const { service, gate, properties, train } = await setUp({}, 'ACTIVE', { trainingFails: true });
  await train();
  service.now += 100 * HOUR;
  service.begin('UPDATE_IN_PROGRESS');
  const began = service.now;
  await expect(gate.create(properties)).rejects.toThrow(/failed: NOT_ENOUGH_USERS: too few users; change generation to have it trained$/);
  expect(service.now - began).toBeLessThan(60_000);
});

test.each([['ACCEPTED', 'opens it'], ['ACTIVE', 'is refused with the reason']])('a rollback to a model that failed later, where the template waits for %s, %s', async (goal, outcome) => {
  const { service, gate, properties, train } = await setUp({}, goal, { trainingFails: true });
  await train();
  service.begin('UPDATE_IN_PROGRESS');
  service.moveTo('UPDATE_ROLLBACK_IN_PROGRESS');
  const event = await gate.start(gate.event('Update', properties, { ...properties, Training: 'other' }, gate.name(properties)));
  service.now += 40_000;
  const step = gate.step(event);
  if (outcome === 'opens it') expect((await step).done).toBe(true);
  else await expect(step).rejects.toThrow(/^audience model \S+ failed: NOT_ENOUGH_USERS: too few users$/);
});

test('does not take the model of another', async () => {
  const { service, gate, properties } = await setUp();
  await service.createAudienceModel({ name: 'Model', trainingDatasetArn: service.datasets[0].arn });
  expect(await gate.step(await start(gate, properties))).toEqual(WAIT);
});

test('of two with the name takes the one that lives, and of those the oldest', async () => {
  const { service, gate, properties, train } = await setUp({}, 'ACTIVE', { deletion: HOUR });
  const gone = await train();
  await service.deleteAudienceModel(gone);
  service.now += 1_000;
  const oldest = await train();
  service.now += 1_000;
  await train();
  expect((await gate.step(await start(gate, properties))).Data).toEqual({ AudienceModelArn: oldest });
});

describe('under a name that the user gave', () => {
  test('takes the model that is of this identity', async () => {
    const { service, gate, properties, train } = await setUp({ Name: 'mine' });
    await train('0123456789abcdef');
    service.now += 1_000;
    const arn = await train();
    expect((await gate.step(await start(gate, properties))).Data).toEqual({ AudienceModelArn: arn });
  });

  test('does not take one of another generation', async () => {
    const { gate, properties, train } = await setUp({ Name: 'mine' });
    await train('0123456789abcdef');
    expect(await gate.step(await start(gate, properties))).toEqual(WAIT);
  });

  test.each(Object.values(Fate))('takes the model whose tag begins with %s', async (fate) => {
    const { gate, properties, train } = await setUp({ Name: 'mine' });
    const arn = await train(`${fate}${fate.endsWith(':') ? '' : 'more:'}${String(properties.Training).slice(-16)}`);
    expect((await gate.step(await start(gate, properties))).Data).toEqual({ AudienceModelArn: arn });
  });

  test('takes the adopted model whose tag another hand has removed', async () => {
    const { service, gate, properties, train } = await setUp({ Name: 'mine' });
    const arn = await train();
    await service.byOtherHands('UntagResource', { resourceArn: arn, tagKeys: Object.keys(service.models[0].tags) });
    expect((await gate.step(await start(gate, properties))).Data).toEqual({ AudienceModelArn: arn });
  });
});

describe('a training that failed', () => {
  const fail = (service: FakeService, training: unknown, cause: string) => {
    Object.assign(execution(service, training), { status: 'FAILED', error: 'RequestFailed', cause });
  };

  test('is told by its own reason', async () => {
    const { service, gate, properties } = await setUp();
    fail(service, properties.Training, 'audience model x failed: NOT_ENOUGH_USERS: too few users');
    await expect(gate.step(await start(gate, properties))).rejects.toThrow(/^audience model x failed: NOT_ENOUGH_USERS: too few users$/);
  });

  test.each([
    ['ABORTED', { cause: 'too dear' }, 'stopped by somebody: too dear'],
    ['ABORTED', {}, 'stopped by somebody'],
    ['FAILED', { error: 'States.Runtime', cause: 'its input was {…}' }, 'broken off: States.Runtime'],
    ['TIMED_OUT', { error: 'States.Timeout' }, 'broken off: States.Timeout'],
  ])('by other hands (%s %j) is told as that', async (status, more, end) => {
    const { service, gate, properties, name } = await setUp();
    Object.assign(execution(service, properties.Training), { status, ...more });
    await expect(gate.step(await start(gate, properties))).rejects.toThrow(new RegExp(`^audience model ${name} is not trained: its execution was ${end}$`));
  });

  test('does not close it where there is a model', async () => {
    const { service, gate, properties, train } = await setUp();
    const arn = await train();
    fail(service, properties.Training, 'superseded');
    expect((await gate.step(await start(gate, properties))).Data).toEqual({ AudienceModelArn: arn });
  });

  test('in an earlier deployment is none of this one', async () => {
    const { service, gate, properties } = await setUp();
    fail(service, properties.Training, 'long ago');
    service.begin('UPDATE_IN_PROGRESS');
    expect(await gate.step(await start(gate, properties))).toEqual(WAIT);
  });

  test('of another model is none of this one', async () => {
    const { service, gate, properties } = await setUp();
    fail(service, `${String(properties.Training).slice(0, -1)}_`, 'other');
    expect(await gate.step(await start(gate, properties))).toEqual(WAIT);
  });
});

test('gives up after fifty-eight minutes', async () => {
  const { service, gate, properties, name, train } = await setUp({}, 'ACTIVE', { training: 2 * HOUR });
  await train();
  const began = service.now;
  await expect(gate.create(properties)).rejects.toThrow(new RegExp(`^gave up after 58 minutes: audience model ${name} is CREATE_IN_PROGRESS$`));
  expect(service.now - began).toBe(58 * 60_000);
});

test('is told at once that a training is given up at the end of the wait, though the model trains on', async () => {
  const { service, gate, properties, train } = await setUp({}, 'ACTIVE', { training: 2 * HOUR });
  await train();
  const training = execution(service, properties.Training);
  const event = await start(gate, properties);
  const end = service.now + GATE_MINUTES * 60_000;
  await gate.pass(end + 1_000 - service.now);
  Object.assign(training, { status: 'FAILED', error: 'RequestFailed', cause: 'gave up after 1 day' });
  await expect(gate.finish(event)).rejects.toThrow(/^gave up after 1 day$/);
  expect(service.now - end).toBeLessThanOrEqual(20_000);
});

describe('without a model', () => {
  test('looks the more rarely the longer there is none, and once a minute at least', async () => {
    const { service, gate, properties } = await setUp();
    execution(service, properties.Training);
    const began = service.now;
    const looks: number[] = [];
    service.fault = (operation) => {
      if (operation === 'ListAudienceModels') looks.push(service.now - began);
      return undefined;
    };
    await start(gate, properties);
    await gate.pass(50 * 60_000);
    const late = looks.slice(1).map((time, index) => ({ after: looks[index], pause: time - looks[index] })).filter(({ after }) => after > 120_000);
    for (const { after, pause } of late) expect(Math.abs(pause - Math.min(after / 10, 60_000))).toBeLessThanOrEqual(1_000);
    expect(late.length).toBeGreaterThan(40);
  });

  test('waits for fifty-eight minutes while one is to be trained, and says so', async () => {
    const { service, gate, properties, name } = await setUp();
    execution(service, properties.Training);
    await expect(gate.create(properties)).rejects.toThrow(new RegExp(`^gave up after 58 minutes: audience model ${name} is not there$`));
  });

  test.each([['nothing', undefined], ['another model', 'Model-0000000000000000']])('does not wait where %s is trained, once a list would show it', async (_, other) => {
    const { service, gate, properties, name } = await setUp();
    if (other !== undefined) execution(service, other);
    const event = await start(gate, properties);
    service.now += 39_999;
    expect(await gate.step(event)).toEqual(WAIT);
    service.now += 1;
    await expect(gate.step(event)).rejects.toThrow(
      `audience model ${name} is not there, and nothing trains it any more: somebody else has deleted it or stopped its training`);
  });
});

test('ends where the deployment was given up, and looks for nothing more', async () => {
  const { service, gate, properties, train } = await setUp({}, 'ACTIVE', { training: 2 * HOUR });
  await train();
  const event = await start(gate, properties);
  expect(await gate.step(event)).toEqual(WAIT);
  service.moveTo('ROLLBACK_IN_PROGRESS');
  service.calls.length = 0;
  await expect(gate.step(event)).rejects.toThrow(/the stack is now in ROLLBACK_IN_PROGRESS/);
  expect(service.count('ListExecutions')).toBe(0);
});

test.each(['throttled', 'reset-before', 'reset-after', 'error-after'] as const)('a call that fails (%s) is tried again', async (fault) => {
  const { service, gate, properties, train } = await setUp();
  const arn = await train();
  const event = await start(gate, properties);
  for (const call of ['ListAudienceModels', 'GetAudienceModel']) {
    service.fault = (operation) => operation === call ? fault : undefined;
    expect(await gate.step(event)).toEqual(WAIT);
  }
  service.fault = () => undefined;
  expect((await gate.step(event)).Data).toEqual({ AudienceModelArn: arn });
});

test('there is nothing to delete, but for what was kept', async () => {
  const { service, gate, properties, train } = await setUp();
  await train();
  service.begin('DELETE_IN_PROGRESS');
  service.calls.length = 0;
  expect(await gate.step(await gate.start(gate.event('Delete', properties, undefined, gate.name(properties))))).toEqual({ done: true });
  expect(service.calls.filter((call) => !/^(List|Describe)/.test(call))).toEqual(['StartExecution']);
  await service.createAudienceModel({
    name: 'kept', trainingDatasetArn: service.datasets[0].arn, tags: { [OwnershipTag.STACK_ID]: STACK_ID, [OwnershipTag.IDENTITY]: `${Fate.KEPT}${'0'.repeat(16)}` },
  });
  service.begin('DELETE_IN_PROGRESS');
  await gate.delete(properties);
  expect(service.models).toHaveLength(1);
});

test('is another one for another training, so that CloudFormation asks it again', () => {
  const { gate } = new ModelDriver(new FakeService(), 'Model');
  const properties = { AudienceModelName: 'mine', Training: 'a', Until: 'ACTIVE', StateMachineArn: STATE_MACHINE };
  expect(gate.name(properties)).not.toBe(gate.name({ ...properties, Training: 'b' }));
  expect(gate.name(properties)).toBe(gate.name({ ...properties, Until: 'ACCEPTED' }));
});
