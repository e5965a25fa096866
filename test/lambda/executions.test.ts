import { STATE_MACHINE } from './fake-executions';
import { FakeService } from './fake-service';
import { ModelDriver, modelProperties, STACK_ID } from './harness';
import { failureCause, startExecution, stopExecutions, trainingOf } from '../../lambda/executions';
import { identityOf } from '../../lambda/identity';
import { ResourceType } from '../../src/private/contract';

const identity = (logicalId: string, properties = modelProperties('arn')) => identityOf(ResourceType.AUDIENCE_MODEL, STACK_ID, logicalId, properties);

async function setUp(logicalId = 'Model') {
  const service = new FakeService();
  const model = new ModelDriver(service, logicalId);
  const request = model.event('Create', modelProperties('arn'));
  return { service, model, request, step: model.stepOf(await model.start(request)) };
}

const statuses = ({ executions }: FakeService) => executions.all.map(({ status }) => status);

describe('a training is called', () => {
  test('by who the model is, not by the name that the user gave', () => {
    expect(trainingOf('Model', identity('Model'))).toBe(identity('Model').name);
    expect(trainingOf('Model', identity('Model', modelProperties('arn', { Name: 'mine' })))).toBe(identity('Model').name);
    expect(trainingOf('Model', identity('Model', modelProperties('arn', { Generation: '2' })))).not.toBe(identity('Model').name);
  });

  test.each([1, 46, 255])('what Step Functions takes, for a logical id of %i characters', async (length) => {
    const { service, step } = await setUp('L'.repeat(length));
    await startExecution(step);
    expect(service.executions.all[0].name).toMatch(/^[\w-]{1,80}$/);
  });
});

describe('to start', () => {
  test('twice for a request starts one, even after that has ended', async () => {
    const { service, model, request, step } = await setUp();
    await Promise.all([startExecution(step), startExecution(step)]);
    service.now += 10_000;
    service.executions.all[0].status = 'FAILED';
    await startExecution(model.stepOf(await model.start(request)));
    expect(statuses(service)).toEqual(['FAILED']);
  });

  test('for another request of the same model starts another', async () => {
    const { service, model, step } = await setUp();
    await startExecution(step);
    await startExecution(model.stepOf(await model.start(model.event('Create', modelProperties('arn')))));
    expect(new Set(service.executions.all.map(({ name }) => name)).size).toBe(2);
  });

  test('hands over the request without where to answer it', async () => {
    const { service, request, step } = await setUp();
    expect(Object.keys(request)).toContain('ResponseURL');
    await startExecution(step);
    expect(service.executions.all[0].input).not.toMatch(/ResponseURL|X-Amz|https:/);
    expect(JSON.parse(service.executions.all[0].input).Request).toMatchObject({ RequestId: request.RequestId, StackId: STACK_ID });
  });
});

describe('to stop', () => {
  test('ends what is running for the model and nothing else', async () => {
    const { service, model, step } = await setUp();
    const { name } = identity('Model');
    for (const other of [`${name}-ended`, `${name}-a`, `${name}-b`, `${name}x-a`, 'Model-0123456789abcdef-a', 'Mode']) service.executions.start(STATE_MACHINE, other, {});
    service.executions.all[0].status = 'SUCCEEDED';
    await stopExecutions(step, identity('Model'));
    expect(statuses(service)).toEqual(['SUCCEEDED', 'ABORTED', 'ABORTED', 'RUNNING', 'RUNNING', 'RUNNING']);
    expect(model.lines).toEqual(expect.arrayContaining([`stopped ${name}-a`, `stopped ${name}-b`]));
  });

  test('succeeds where the state machine is gone, or never was', async () => {
    const { service, model } = await setUp();
    for (const arn of [STATE_MACHINE.replace('Training', 'Gone'), undefined]) {
      const properties = { ...modelProperties('arn'), TrainingStateMachineArn: arn };
      const event = await model.start(model.event('Delete', properties, undefined, model.name(properties)));
      await expect(stopExecutions(model.stepOf(event), identity('Model'))).resolves.toBeUndefined();
    }
    expect(service.count('StopExecution')).toBe(0);
  });
});

describe('the cause of a failure', () => {
  const fail = (service: FakeService, name: string, cause: string) => {
    service.executions.start(STATE_MACHINE, name, {});
    Object.assign(service.executions.all[service.executions.all.length - 1], { status: 'FAILED', cause });
  };

  test('is that of the newest of this stack operation', async () => {
    const { service, step } = await setUp();
    const { name } = identity('Model');
    fail(service, `${name}-a`, 'first');
    service.now += 1_000;
    fail(service, `${name}-b`, 'second');
    service.now += 1_000;
    fail(service, 'Model2-0123456789abcdef-a', 'another model');
    expect(await failureCause(step, STATE_MACHINE, name)).toBe('second');
  });

  test.each([[-1_000, undefined], [-999, 'old'], [0, 'old']])('is not what failed before it, whose times may be cut to the second (%i ms)', async (after, expected) => {
    const { service, model } = await setUp();
    const began = service.now;
    service.now += after;
    fail(service, `${identity('Model').name}-a`, 'old');
    service.now = began;
    const step = model.stepOf(await model.start(model.event('Create', modelProperties('arn'))));
    expect(await failureCause(step, STATE_MACHINE, identity('Model').name)).toBe(expected);
  });

  test.each(['RUNNING', 'SUCCEEDED', 'ABORTED'] as const)('is none of an execution that is %s', async (status) => {
    const { service, step } = await setUp();
    fail(service, `${identity('Model').name}-a`, 'x');
    service.executions.all[0].status = status;
    expect(await failureCause(step, STATE_MACHINE, identity('Model').name)).toBeUndefined();
  });
});
