import { FN, outputOf, World } from './harness';
import type { Execution } from '../../../local-aws/states/execution';

const DAY = 86_400_000;
const MACHINE = {
  QueryLanguage: 'JSONata',
  StartAt: 'P',
  States: {
    P: { Type: 'Pass', Assign: { kept: 'variable' }, Output: 'input', Next: 'T' },
    T: {
      Type: 'Task',
      Resource: FN,
      Arguments: '{% $states.input & " " & $kept & " " & $string($states.context.Execution.RedriveCount) & " " & $states.context.Execution.StartTime %}',
      Next: 'W',
    },
    W: { Type: 'Wait', Seconds: 60, Next: 'S' },
    S: { Type: 'Succeed' },
  },
};

let world: World;
beforeEach(() => { world = new World(); });
afterEach(() => world.states.close());

/** One whose first task fails a minute after it began, or one whose task does not. */
async function started(isFailing: boolean): Promise<Execution> {
  let isFirst = true;
  world.lambda.functions[FN] = (payload) => {
    if (isFailing && isFirst) {
      isFirst = false;
      throw new Error('not yet');
    }
    return payload;
  };
  return world.states.startExecution(await world.create(MACHINE));
}

describe('a redrive', () => {
  test('goes on with the state that failed, its input and the variables, as the same execution', async () => {
    const execution = await world.finish(await started(true));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Error', stopDate: world.start });
    await world.clock.sleep(14 * DAY);
    expect(world.states.redriveExecution(execution.arn)).toBe(execution);
    expect(execution).toMatchObject({ status: 'RUNNING', error: undefined, cause: undefined, stopDate: undefined, startDate: world.start });
    expect(outputOf(await world.finish(execution))).toBe('input variable 1 2026-01-01T00:00:00.000Z');
    expect(execution.history.map(({ type }) => type).filter((type) => /^(Execution|Pass)/.test(type))).toEqual(
      ['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionFailed', 'ExecutionRedriven', 'ExecutionSucceeded']);
    expect(world.changes.map(({ detail: { status } }) => status)).toEqual(['RUNNING', 'FAILED', 'RUNNING', 'SUCCEEDED']);
  });

  test('at the moment of a stop goes on all the same, and waits anew', async () => {
    const execution = await started(false);
    await world.clock.sleep(30_000);
    world.states.stopExecution(execution.arn);
    world.states.redriveExecution(execution.arn);
    expect(outputOf(await world.finish(execution))).toMatch(/^input variable 0/);
    expect(world.elapsed).toBe(90);
  });

  test.each<[string, boolean, (execution: Execution) => Promise<void>]>([
    ['runs', false, async () => {}],
    ['has succeeded', false, async ({ ended }) => ended],
    ['failed more than 14 days ago', true, async ({ ended }) => {
      await ended;
      await world.clock.sleep(14 * DAY + 1);
    }],
  ])('of one that %s is refused', async (_, isFailing, wait) => {
    const execution = await started(isFailing);
    await wait(execution);
    expect(() => world.states.redriveExecution(execution.arn)).toThrow(expect.objectContaining({ name: 'ExecutionNotRedrivable' }));
  });
});
