import { FN, ROLE, World } from './harness';
import type { Execution } from '../../../local-aws/states/execution';
import { CALLER, UNTRUSTING_ROLE } from '../lambda/harness';

const DAY = 86_400;
const DAYS_90 = 90 * DAY * 1000;
const ARN = 'arn:aws:states:us-east-1:111122223333:stateMachine:machine';
const WAIT = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, Next: 'S' }, S: { Type: 'Succeed' } } };
const SUCCEED = { StartAt: 'S', States: { S: { Type: 'Succeed' } } };
const TASK = { StartAt: 'T', States: { T: { Type: 'Task', Resource: FN, End: true, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: 99_999_999, BackoffRate: 1 }] } } };

let world: World;
beforeEach(() => { world = new World(); });
afterEach(() => world.states.close());

const events = (execution: Execution) => execution.history.map(({ type }) => type);

describe('creating a state machine', () => {
  test('twice the same is once', async () => {
    expect(await world.create(WAIT)).toBe(ARN);
    expect(await world.create(WAIT)).toBe(ARN);
  });

  test.each<[string, object, object, string]>([
    ['another definition under the same name', SUCCEED, {}, 'StateMachineAlreadyExists'],
    ['another role under the same name', WAIT, { roleArn: `${ROLE}2` }, 'StateMachineAlreadyExists'],
    ['an invalid definition', { StartAt: 'A' }, { name: 'other' }, 'InvalidDefinition'],
    ['an invalid name', WAIT, { name: 'a b' }, 'InvalidName'],
    ['a name of 81 characters', WAIT, { name: 'n'.repeat(81) }, 'InvalidName'],
    ['an Express workflow', WAIT, { name: 'other', type: 'EXPRESS' }, 'StateMachineTypeNotSupported'],
    ['a role that does not trust Step Functions', WAIT, { name: 'other', roleArn: UNTRUSTING_ROLE }, 'AccessDeniedException'],
  ])('refuses %s', async (_, definition, settings, name) => {
    await world.create(WAIT);
    await expect(world.create(definition, settings)).rejects.toMatchObject({ name, status: 400 });
  });

  test('says what is wrong with the role', async () => {
    await expect(world.create(WAIT, { roleArn: UNTRUSTING_ROLE })).rejects.toThrow(
      'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
    );
  });
});

describe('updating a state machine', () => {
  test('is for executions to come', async () => {
    const arn = await world.create(WAIT);
    const before = world.states.startExecution(arn);
    await world.states.updateStateMachine(arn, { definition: JSON.stringify({ ...SUCCEED, Comment: 'new' }) });
    const after = await world.finish(world.states.startExecution(arn));
    expect(events(after)).toEqual(['ExecutionStarted', 'SucceedStateEntered', 'SucceedStateExited', 'ExecutionSucceeded']);
    expect(events(await world.finish(before))).toContain('WaitStateExited');
  });

  test('refused leaves it as it was', async () => {
    const arn = await world.create(WAIT);
    await expect(world.states.updateStateMachine(arn, { definition: '{}' })).rejects.toMatchObject({ name: 'InvalidDefinition' });
    await expect(world.states.updateStateMachine(arn, { roleArn: UNTRUSTING_ROLE })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(world.states.getStateMachine(arn)).toMatchObject({ roleArn: ROLE, definition: JSON.stringify(WAIT) });
  });
});

describe('deleting a state machine', () => {
  test('without executions removes it at once, and again is a success', async () => {
    const arn = await world.create(WAIT);
    world.states.deleteStateMachine(arn);
    world.states.deleteStateMachine(arn);
    expect(() => world.states.getStateMachine(arn)).toThrow(`State Machine Does Not Exist: '${arn}'`);
    expect(() => world.states.startExecution(arn)).toThrow(expect.objectContaining({ name: 'StateMachineDoesNotExist' }));
  });

  test('takes no more executions and ends those that run at their next step', async () => {
    const arn = await world.create(WAIT);
    const execution = world.states.startExecution(arn);
    await world.clock.sleep(10_000);
    world.states.deleteStateMachine(arn);
    expect(() => world.states.startExecution(arn)).toThrow(expect.objectContaining({ name: 'StateMachineDeleting' }));
    await expect(world.create(WAIT)).rejects.toMatchObject({ name: 'StateMachineDeleting' });
    expect(execution.status).toBe('RUNNING');
    const gone = world.states.stateMachineGone(arn);
    expect(world.states.getStateMachine(arn)).toMatchObject({ status: 'DELETING' });
    await gone;
    expect(() => world.states.getStateMachine(arn)).toThrow('State Machine Does Not Exist');
    expect(execution).toMatchObject({
      status: 'FAILED', error: 'States.Runtime', cause: 'State machine machine has been deleted.', stopDate: execution.startDate + 60_000,
    });
    expect(() => world.states.describeExecution(execution.arn)).toThrow('Execution Does Not Exist');
    expect(await world.create(WAIT)).toBe(arn);
  });

  test('ends a task before its next attempt', async () => {
    let calls = 0;
    world.lambda.functions[FN] = () => { calls++; throw new Error('again'); };
    const arn = await world.create(TASK);
    const execution = world.states.startExecution(arn);
    await world.clock.sleep(15_000);
    world.states.deleteStateMachine(arn);
    expect((await world.finish(execution)).status).toBe('FAILED');
    await world.clock.sleep(100_000);
    expect(calls).toBe(2);
  });
});

describe('the name of an execution', () => {
  test('is the same execution while that runs with the same input', async () => {
    const arn = await world.create(WAIT);
    const first = world.states.startExecution(arn, '{"a":1}', 'name');
    expect(world.states.startExecution(arn, '{"a":1}', 'name')).toBe(first);
    expect(world.states.executions()).toHaveLength(1);
  });

  test('is taken for another input, and for 90 days after the end', async () => {
    const arn = await world.create(WAIT);
    const again = (input = '{}') => world.states.startExecution(arn, input, 'name');
    const first = again();
    expect(() => again('{"a":1}')).toThrow(`Execution Already Exists: '${first.arn}'`);
    await world.finish(first);
    expect(() => again()).toThrow(expect.objectContaining({ name: 'ExecutionAlreadyExists' }));
    await world.clock.sleep(Number(first.stopDate) + DAYS_90 - world.clock.now() - 1);
    expect(() => again()).toThrow('Execution Already Exists');
    await world.clock.sleep(1);
    expect(again().status).toBe('RUNNING');
  });

  test('is free in another state machine', async () => {
    const first = world.states.startExecution(await world.create(WAIT), '{}', 'name');
    const second = world.states.startExecution(await world.create(WAIT, { name: 'other' }), '{}', 'name');
    expect(second.arn).not.toBe(first.arn);
  });

  test.each(['', 'a b', 'a/b', 'n'.repeat(81), 'a\n'])('may not be %j', async (name) => {
    const arn = await world.create(WAIT);
    expect(() => world.states.startExecution(arn, '{}', name)).toThrow(expect.objectContaining({ name: 'InvalidName' }));
  });
});

test.each([['{', 'InvalidExecutionInput'], [`"${'x'.repeat(262_143)}"`, 'InvalidExecutionInput']])('an execution refuses its input', async (input, name) => {
  const arn = await world.create(WAIT);
  expect(() => world.states.startExecution(arn, input)).toThrow(expect.objectContaining({ name }));
});

test('an execution takes an input of 256 KiB', async () => {
  const arn = await world.create(WAIT);
  expect(world.states.startExecution(arn, `"${'x'.repeat(262_142)}"`).status).toBe('RUNNING');
});

describe('stopping an execution', () => {
  test('ends a wait at once', async () => {
    const execution = world.states.startExecution(await world.create(WAIT));
    await world.clock.sleep(10_000);
    world.states.stopExecution(execution.arn, 'Mine', 'enough');
    expect(execution).toMatchObject({ status: 'ABORTED', error: 'Mine', cause: 'enough', stopDate: execution.startDate + 10_000 });
    await world.clock.sleep(100_000);
    expect(events(execution)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionAborted']);
  });

  test('does not wait for the task in flight, which runs to its end', async () => {
    let finish: (value: unknown) => void = () => {};
    const finished = jest.fn();
    world.lambda.functions[FN] = async () => {
      await new Promise((resolve) => { finish = resolve; });
      finished();
    };
    const execution = world.states.startExecution(await world.create(TASK));
    await new Promise(setImmediate);
    world.states.stopExecution(execution.arn);
    expect(execution.status).toBe('ABORTED');
    finish(1);
    await world.clock.sleep(1);
    expect(finished).toHaveBeenCalledTimes(1);
    expect(events(execution).at(-1)).toBe('ExecutionAborted');
  });

  test('keeps it from being tried again', async () => {
    let calls = 0;
    world.lambda.functions[FN] = () => { calls++; throw new Error('again'); };
    const execution = world.states.startExecution(await world.create(TASK));
    await world.clock.sleep(15_000);
    world.states.stopExecution(execution.arn);
    await world.clock.sleep(100_000);
    expect(calls).toBe(2);
  });

  test('that has ended changes nothing', async () => {
    const execution = await world.finish(world.states.startExecution(await world.create(SUCCEED)));
    expect(world.states.stopExecution(execution.arn)).toMatchObject({ status: 'SUCCEEDED', stopDate: execution.stopDate });
  });
});

describe('an execution that runs for a year', () => {
  const YEAR = 365 * DAY;

  test.each<[number, object, string]>([[YEAR - 1, {}, 'SUCCEEDED'], [YEAR + 1, {}, 'TIMED_OUT'], [YEAR + 1, { TimeoutSeconds: 2 * YEAR }, 'TIMED_OUT']])(
    'and waits for %s seconds, with %j: %s', async (seconds, topLevel, status) => {
      const execution = await world.run({ W: { Type: 'Wait', Seconds: seconds, Next: 'S' }, S: { Type: 'Succeed' } }, {}, topLevel);
      expect(execution.status).toBe(status);
      expect(world.elapsed).toBe(Math.min(seconds, YEAR));
    });
});

describe('the history of an execution', () => {
  test('tells each attempt of a task', async () => {
    let calls = 0;
    world.lambda.functions[FN] = () => { if (calls++ === 0) throw new Error('again'); };
    const execution = await world.finish(world.states.startExecution(await world.create(TASK)));
    expect(events(execution)).toEqual([
      'ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionFailed',
      'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'TaskStateExited', 'ExecutionSucceeded',
    ]);
  });

  test('ends the execution when it holds 25,000 events', async () => {
    world.lambda.functions[FN] = () => { throw new Error('again'); };
    const execution = await world.finish(world.states.startExecution(await world.create(TASK)));
    expect(execution).toMatchObject({ status: 'FAILED', cause: 'The execution reached the maximum number of history events (25000).' });
    expect(execution.history).toHaveLength(25_000);
  });

  test('of five days of polling every five minutes stays below that', async () => {
    const states = {
      W: { Type: 'Wait', Seconds: 300, Next: 'T' },
      T: { Type: 'Task', Resource: FN, Next: 'C' },
      C: { Type: 'Choice', Choices: [{ Variable: '$', BooleanEquals: true, Next: 'S' }], Default: 'W' },
      S: { Type: 'Succeed' },
    };
    world.lambda.functions[FN] = () => world.elapsed >= 5 * DAY;
    const execution = await world.run(states);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.history.length).toBeLessThan(15_000);
    expect((Number(execution.stopDate) - execution.startDate) / 1000).toBe(5 * DAY);
  });
});

describe('over HTTP', () => {
  test('an execution is started, described, listed and stopped, each with the permission for it', async () => {
    const stateMachineArn = await world.create(WAIT);
    const started = await world.call('StartExecution', { stateMachineArn, input: '{"a":1}', name: 'one' });
    const executionArn = 'arn:aws:states:us-east-1:111122223333:execution:machine:one';
    expect(started).toEqual({ status: 200, body: { executionArn, startDate: world.start / 1000 } });
    await world.call('StartExecution', { stateMachineArn });
    expect((await world.call('DescribeExecution', { executionArn })).body).toMatchObject({ executionArn, stateMachineArn, name: 'one', status: 'RUNNING', input: '{"a":1}' });
    expect((await world.call('StopExecution', { executionArn, error: 'E', cause: 'C' })).body).toEqual({ stopDate: world.start / 1000 });
    expect((await world.call('DescribeExecution', { executionArn })).body).toMatchObject({ status: 'ABORTED', error: 'E', cause: 'C' });
    expect((await world.call('ListExecutions', { stateMachineArn, statusFilter: 'ABORTED' })).body).toEqual({ executions: [expect.objectContaining({ executionArn })] });
    const asked = world.iam.asked.filter((line) => line.startsWith(CALLER.arn)).map((line) => line.slice(CALLER.arn.length + 1));
    expect(asked).toEqual([
      `states:StartExecution ${stateMachineArn}`, `states:StartExecution ${stateMachineArn}`, `states:DescribeExecution ${executionArn}`,
      `states:StopExecution ${executionArn}`, `states:DescribeExecution ${executionArn}`, `states:ListExecutions ${stateMachineArn}`,
    ]);
  });

  test('a list comes in pages, the newest first', async () => {
    const stateMachineArn = await world.create(WAIT);
    for (const name of ['a', 'b', 'c']) await world.call('StartExecution', { stateMachineArn, name });
    const first = await world.call('ListExecutions', { stateMachineArn, maxResults: 2 });
    expect(first.body).toMatchObject({ executions: [{ name: 'c' }, { name: 'b' }], nextToken: expect.any(String) });
    const second = await world.call('ListExecutions', { stateMachineArn, maxResults: 2, nextToken: first.body.nextToken });
    expect(second.body).toEqual({ executions: [expect.objectContaining({ name: 'a' })] });
  });

  test.each([[undefined, 100], [0, 100], [99, 99], [1000, 101]])('a page of a list with maxResults %s has %s of 101 executions', async (maxResults, length) => {
    const stateMachineArn = await world.create(SUCCEED);
    for (let count = 0; count < 101; count++) world.states.startExecution(stateMachineArn);
    const { body } = await world.call('ListExecutions', { stateMachineArn, maxResults });
    expect(body.executions).toHaveLength(length);
    expect('nextToken' in body).toBe(length < 101);
  });

  describe('what lags by 20 seconds', () => {
    beforeEach(() => { world = new World({}, 20_000); });

    async function listed(stateMachineArn: string, statusFilter?: string): Promise<string[]> {
      const { body } = await world.call('ListExecutions', { stateMachineArn, statusFilter });
      return (body.executions as { name: string; status: string }[]).map(({ name, status }) => `${name} ${status}`);
    }

    async function described(executionArn: unknown): Promise<unknown> {
      return (await world.call('DescribeExecution', { executionArn })).body;
    }

    test('shows what began 20 seconds ago', async () => {
      const stateMachineArn = await world.create(WAIT);
      const { body: { executionArn } } = await world.call('StartExecution', { stateMachineArn, name: 'a' });
      expect(await listed(stateMachineArn)).toEqual([]);
      await world.clock.sleep(19_999);
      expect(await listed(stateMachineArn)).toEqual([]);
      expect(await described(executionArn)).toMatchObject({ __type: 'ExecutionDoesNotExist' });
      await world.clock.sleep(1);
      expect(await described(executionArn)).toMatchObject({ status: 'RUNNING' });
      expect(await listed(stateMachineArn)).toEqual(['a RUNNING']);
    });

    test('shows the status of 20 seconds ago, and finds by it', async () => {
      const stateMachineArn = await world.create(WAIT);
      const { body: { executionArn } } = await world.call('StartExecution', { stateMachineArn, name: 'a' });
      await world.clock.sleep(30_000);
      await world.call('StopExecution', { executionArn, cause: 'why' });
      await world.clock.sleep(19_999);
      expect(await described(executionArn)).toMatchObject({ status: 'RUNNING' });
      expect(Object.keys(await described(executionArn) as object)).not.toEqual(expect.arrayContaining([expect.stringMatching(/stopDate|cause/)]));
      expect(await listed(stateMachineArn, 'RUNNING')).toEqual(['a RUNNING']);
      expect(await listed(stateMachineArn, 'ABORTED')).toEqual([]);
      await world.clock.sleep(1);
      expect(await listed(stateMachineArn, 'RUNNING')).toEqual([]);
      expect(await listed(stateMachineArn, 'ABORTED')).toEqual(['a ABORTED']);
      expect(await described(executionArn)).toMatchObject({ status: 'ABORTED', stopDate: expect.any(Number), cause: 'why' });
    });
  });

  test.each([
    ['StartExecution', { stateMachineArn: `${ARN}2` }, 'StateMachineDoesNotExist'],
    ['StartExecution', { stateMachineArn: ARN, input: '{' }, 'InvalidExecutionInput'],
    ['StartExecution', {}, 'ValidationException'],
    ['DescribeExecution', { executionArn: 'arn:none' }, 'ExecutionDoesNotExist'],
    ['StopExecution', { executionArn: 'arn:none' }, 'ExecutionDoesNotExist'],
    ['StopExecution', { executionArn: 'arn:none', error: 'x'.repeat(257) }, 'ValidationException'],
    ['StopExecution', { executionArn: 'arn:none', cause: 'x'.repeat(32_769) }, 'ValidationException'],
    ['StopExecution', { executionArn: 'arn:none', error: 'x'.repeat(256), cause: 'x'.repeat(32_768) }, 'ExecutionDoesNotExist'],
    ['ListExecutions', { stateMachineArn: ARN, statusFilter: 'DONE' }, 'ValidationException'],
    ['ListExecutions', { stateMachineArn: ARN, maxResults: 1001 }, 'ValidationException'],
    ['ListExecutions', { stateMachineArn: ARN, maxResults: -1 }, 'ValidationException'],
    ['ListExecutions', { stateMachineArn: ARN, nextToken: 'next' }, 'InvalidToken'],
    ['StartExecution', { stateMachineArn: ARN, input: {} }, 'SerializationException'],
    ['SendTaskSuccess', {}, 'UnknownOperationException'],
  ])('%s %j is refused', async (operation, input, code) => {
    await world.create(WAIT);
    expect(await world.call(operation, input)).toEqual({ status: 400, body: { __type: code, message: expect.any(String) } });
  });

  test('who may not is refused, and nothing happens', async () => {
    const stateMachineArn = await world.create(WAIT);
    world.iam.denied.add('states:StartExecution');
    expect(await world.call('StartExecution', { stateMachineArn })).toMatchObject({ status: 400, body: { __type: 'AccessDeniedException' } });
    expect(world.states.executions()).toHaveLength(0);
  });
});
