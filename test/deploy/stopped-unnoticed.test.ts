import { CUSTOM, deliver, expectAnswers, expectEnd, NotingWorld, signedAnew, startNoting } from './requests';
import { at, DAY, expectNothingLeft, HOUR, longest, MINUTE, trainingOf } from './trainings';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';

/* Somebody stops an execution of the state machine, and nothing tells the function: its deployment ends all the same. */

const functions = new InProcessFunctions();

let world: NotingWorld;
afterEach(async () => world.close());
afterAll(async () => functions.close());

describe('an execution that somebody stops, where EventBridge tells nobody', () => {
  beforeEach(async () => {
    world = await startNoting(functions);
    world.aws.events.emit = () => undefined;
  });

  function stop(name: RegExp): void {
    const found = world.executions().filter((execution) => execution.status === 'RUNNING' && name.test(execution.name));
    expect(found).toHaveLength(1);
    world.aws.states.stopExecution(found[0].arn, undefined, 'somebody');
  }

  /** While the quota, until it is mended, keeps a dataset from being created. */
  async function stopBeforeAnAnswer() {
    const { settings, settings: { quotas } } = world.service;
    settings.quotas = { ...quotas, trainingDatasets: 0 };
    const deployment = world.deploy({}, undefined, { rollback: false });
    await world.until(() => world.executions().length > 0);
    await world.clock.sleep(5 * MINUTE);
    stop(/^Create-Interactions/);
    return { deployment, mend: () => { settings.quotas = quotas; } };
  }

  test('before it answers: the request is answered with a failure when it comes again', async () => {
    const { deployment, mend } = await stopBeforeAnAnswer();
    await world.clock.sleep(MINUTE);
    deliver(world, signedAnew(world, world.requests[0], 'sigv4'));
    deliver(world, world.requests[0]);

    const failed = await deployment;
    expect(world.reasons(failed)).toMatch(/^Interactions\w+: .*its execution Create-Interactions\S+ has ABORTED already/);
    expect(longest(world.events(), CUSTOM)).toBeLessThan(10 * MINUTE);
    mend();
    await expectEnd(world);
  });

  test('before it answers, and nobody asks again: CloudFormation gives up after an hour, and the next deployment works', async () => {
    const { deployment, mend } = await stopBeforeAnAnswer();

    expect(world.reasons(await deployment)).toMatch(/^Interactions\w+: CloudFormation did not receive a response/);
    mend();
    await expectEnd(world);
    expect(world.reasons(await world.deploy())).toBe('');
    await expectEnd(world);
  });

  test('while it trains: the deployment fails when the window is over, and leaves nothing', async () => {
    Object.assign(world.service.settings, trainingOf(20 * HOUR));
    const deployment = world.deploy();
    await world.until(() => world.trainings >= 1);
    await world.clock.sleep(2 * HOUR);
    stop(/^Create-Model/);

    const failed = await deployment;
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
    expect(at(world.events(), /^Retail$/, 'ROLLBACK_COMPLETE') - world.service.trainingsStarted[0].time.getTime()).toBeLessThan(DAY / 2 + HOUR);
    expectNothingLeft(world);
    expectAnswers(world);
  });
});
