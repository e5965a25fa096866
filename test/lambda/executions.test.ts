import { FakeExecution, STATE_MACHINE } from './fake-executions';
import { FakeService } from './fake-service';
import { ModelDriver, modelProperties, STACK_ID } from './harness';
import { describeExecution, newestOf, startExecution, stopExecutions, trainingOf } from '../../lambda/executions';
import { identityOf } from '../../lambda/identity';
import type { Step } from '../../lambda/step';
import { ResourceType } from '../../src/private/contract';

const identity = (logicalId: string, properties = modelProperties('arn')) => identityOf(ResourceType.AUDIENCE_MODEL, STACK_ID, logicalId, properties);
const OURS = identity('Model').hash;
const OTHERS = '0123456789abcdef';

/** A request that looks for executions; those that it finds began before it. */
async function setUp(type: 'Create' | 'Update' | 'Delete' = 'Delete', status = 'ROLLBACK_IN_PROGRESS') {
  const service = new FakeService();
  const model = new ModelDriver(service, 'Model');
  const begin = (name: string, more: Partial<FakeExecution> = {}) =>
    Object.assign(service.executions.start(STATE_MACHINE, `${name}-${service.executions.all.length.toString().padStart(16, '0')}`, '{}'), more);
  const look = async (): Promise<Step> => {
    service.moveTo(status);
    const properties = modelProperties('arn');
    const old = type === 'Update' ? modelProperties('arn', { Generation: '0' }) : undefined;
    return model.stepOf(await model.start(model.event(type, properties, old, type === 'Create' ? undefined : model.name(old ?? properties))));
  };
  return { service, model, begin, look };
}

describe('a training is called', () => {
  test('by who the model is, not by the name that the user gave', () => {
    expect(trainingOf('Model', identity('Model'))).toBe(identity('Model').name);
    expect(trainingOf('Model', identity('Model', modelProperties('arn', { Name: 'mine' })))).toBe(identity('Model').name);
    expect(trainingOf('Model', identity('Model', modelProperties('arn', { Generation: '2' })))).not.toBe(identity('Model').name);
  });
});

describe('to start', () => {
  test('twice with the same data starts one', async () => {
    const { service } = await setUp();
    expect(await Promise.all([1, 2].map(async () => startExecution(service, STATE_MACHINE, 'name', { a: 1 })))).toEqual([true, true]);
    expect(service.executions.all.map(({ name, input }) => [name, input])).toEqual([['name', '{"a":1}']]);
  });

  test.each<[string, (execution: FakeExecution) => object]>([
    ['has other data', () => ({ a: 2 })],
    ['has ended', (execution) => {
      execution.status = 'SUCCEEDED';
      return { a: 1 };
    }],
  ])('where one of the name %s starts none, and says so', async (_, data) => {
    const { service } = await setUp();
    await startExecution(service, STATE_MACHINE, 'name', { a: 1 });
    expect(await startExecution(service, STATE_MACHINE, 'name', data(service.executions.all[0]))).toBe(false);
    expect(service.executions.all).toHaveLength(1);
  });

  test('where the state machine is not there is an error', async () => {
    const { service } = await setUp();
    await expect(startExecution(service, `${STATE_MACHINE}x`, 'name', {})).rejects.toMatchObject({ code: 'StateMachineDoesNotExist' });
  });
});

test('an execution is described by its name', async () => {
  const { service } = await setUp();
  await startExecution(service, STATE_MACHINE, 'name', {});
  Object.assign(service.executions.all[0], { status: 'FAILED', cause: 'why' });
  expect(await describeExecution(service, STATE_MACHINE, 'name')).toMatchObject({ status: 'FAILED', cause: 'why' });
  expect(service.inputsOf('DescribeExecution')).toEqual([{ executionArn: 'arn:aws:states:us-east-1:111122223333:execution:Requests:name' }]);
});

describe('to stop', () => {
  const statuses = ({ executions }: FakeService) => executions.all.map(({ name, status }) => [name.split('-').slice(0, -1).join('-'), status]);

  test('ends what is running for the identity, whatever it is called besides, and nothing else', async () => {
    const { service, model, begin, look } = await setUp();
    begin(`Create-Model-${OURS}`, { status: 'SUCCEEDED' });
    for (const name of [`Create-Model-${OURS}`, `Update-Cut${OURS}`, `Update-Cut-${OURS}`, `Create-Model-${OTHERS}`, `Create-${OURS}-${OTHERS}`]) begin(name);
    const step = await look();
    await stopExecutions(step, identity('Model'));
    expect(step.memory.StoppedAt).toBe(service.now);
    expect(statuses(service)).toEqual([
      [`Create-Model-${OURS}`, 'SUCCEEDED'],
      [`Create-Model-${OURS}`, 'ABORTED'],
      [`Update-Cut${OURS}`, 'RUNNING'],
      [`Update-Cut-${OURS}`, 'ABORTED'],
      [`Create-Model-${OTHERS}`, 'RUNNING'],
      [`Create-${OURS}-${OTHERS}`, 'RUNNING'],
      [`Delete-Model-${OURS}`, 'RUNNING'],
    ]);
    expect(model.lines).toEqual(expect.arrayContaining([1, 3].map((index) => `stopped ${service.executions.all[index].name}`)));
    expect(service.inputsOf('StopExecution').map(({ error, cause }) => [error, cause])).toEqual([['Superseded', 'Delete of Model'], ['Superseded', 'Delete of Model']]);
    expect(step.memory.StoppedAt).toBe(service.now);
  });

  test('tells where there is nothing', async () => {
    const { begin, look } = await setUp();
    begin(`Create-Model-${OTHERS}`);
    const step = await look();
    await stopExecutions(step, identity('Model'));
    expect(step.memory.StoppedAt).toBeUndefined();
  });

  test('never ends itself, nor what began after it', async () => {
    const { service, begin, look } = await setUp('Update', 'UPDATE_IN_PROGRESS');
    begin(`Create-Model-${OURS}`);
    const step = await look();
    begin(`Update-Model-${OURS}`);
    service.now += 1;
    begin(`Update-Model-${OURS}`);
    await stopExecutions(step, identity('Model'));
    expect(service.executions.all.map(({ status }) => status)).toEqual(['ABORTED', 'RUNNING', 'ABORTED', 'RUNNING']);
  });

  test.each([['DELETE_IN_PROGRESS', 'ABORTED'], ['ROLLBACK_IN_PROGRESS', 'RUNNING'], ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'RUNNING']])(
    'with the stack ends all that creates, and no deletion (%s)', async (status, expected) => {
      const { service, begin, look } = await setUp('Delete', status);
      for (const type of ['Create', 'Update', 'Delete']) begin(`${type}-Other-${OTHERS}`);
      await stopExecutions(await look(), identity('Model'));
      expect(service.executions.all.slice(0, 3).map((one) => one.status)).toEqual([expected, expected, 'RUNNING']);
    });

  test('succeeds where one has ended and gone meanwhile', async () => {
    const { service, begin, look } = await setUp();
    begin(`Create-Model-${OURS}`);
    const step = await look();
    service.fault = (operation) => {
      if (operation === 'StopExecution') service.executions.all.shift();
      return undefined;
    };
    await stopExecutions(step, identity('Model'));
    expect(step.memory.StoppedAt).toBe(service.now);
  });

  test.each([STATE_MACHINE.replace('Requests', 'Gone'), undefined])('finds none where the state machine is gone, or never was: %s', async (arn) => {
    const { look } = await setUp();
    const step = await look();
    const request = { ...step.request, properties: { ...step.request.properties, StateMachineArn: arn } };
    await stopExecutions({ ...step, request }, identity('Model'));
    expect(step.memory.StoppedAt).toBeUndefined();
  });

  test('is an error where the list is not to be had', async () => {
    const { service, look } = await setUp();
    const step = await look();
    service.fault = (operation) => operation === 'ListExecutions' ? 'throttled' : undefined;
    await expect(stopExecutions(step, identity('Model'))).rejects.toMatchObject({ code: 'ThrottlingException' });
  });
});

describe('the newest', () => {
  test('is the last one that trains, however it stands, and not a deletion nor another model’s', async () => {
    const { service, begin, look } = await setUp('Update', 'UPDATE_IN_PROGRESS');
    begin(`Create-Model-${OURS}`, { status: 'FAILED' });
    service.now += 1_000;
    begin(`Update-Model-${OURS}`, { status: 'ABORTED' });
    service.now += 1_000;
    begin(`Delete-Model-${OURS}`);
    begin(`Create-Model-${OTHERS}`);
    const step = await look();
    service.executions.all.pop();
    expect(await newestOf(step, identity('Model').name)).toMatchObject({ name: `Update-Model-${OURS}-0000000000000001`, status: 'ABORTED' });
    expect(await newestOf(step, 'Model-fedcba9876543210')).toBeUndefined();
  });
});
