import { World } from './harness';

const PASS = { Pass: { Type: 'Pass', End: true } };
const FAIL = { Fail: { Type: 'Fail', Error: 'Mine', Cause: 'because' } };

test('an execution is told of when it begins, and when it has succeeded', async () => {
  const world = new World();
  const { arn, name, stateMachineArn } = await world.run(PASS, { a: 1 });
  const common = { executionArn: arn, stateMachineArn, name, startDate: world.start, input: '{"a":1}', inputDetails: { included: true }, error: null, cause: null };
  expect(world.changes).toEqual([
    { ...change(arn), detail: { ...common, status: 'RUNNING', stopDate: null, output: null, outputDetails: null } },
    { ...change(arn), detail: { ...common, status: 'SUCCEEDED', stopDate: world.start, output: '{"a":1}', outputDetails: { included: true } } },
  ]);
});

test('one that fails says why', async () => {
  const world = new World();
  await world.run(FAIL);
  expect(world.changes.map(({ detail: { status, error, cause } }) => [status, error, cause])).toEqual([['RUNNING', null, null], ['FAILED', 'Mine', 'because']]);
});

test('one that is stopped is told of once', async () => {
  const world = new World();
  const execution = world.states.startExecution(await world.create({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 60, End: true } } }));
  await world.clock.sleep(1_000);
  world.states.stopExecution(execution.arn, undefined, 'enough');
  world.states.stopExecution(execution.arn, undefined, 'again');
  await world.clock.sleep(60_000);
  expect(world.changes.map(({ detail: { status, cause } }) => [status, cause])).toEqual([['RUNNING', null], ['ABORTED', 'enough']]);
});

function change(arn: string) {
  return { source: 'aws.states', detailType: 'Step Functions Execution Status Change', resources: [arn] };
}
