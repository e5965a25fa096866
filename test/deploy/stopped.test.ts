import { Duration } from 'aws-cdk-lib';
import type { RetailProps } from './retail';
import { at, expectNothingLeft, GATE, goingOn, HOUR, MINUTE, trainingOf } from './trainings';
import { World } from './world';
import { AwsError } from '../../local-aws/aws';
import { InProcessFunctions } from '../../local-aws/lambda/in-process';
import type { Execution } from '../../local-aws/states/execution';
import { TrainingWait } from '../../src';

/* Somebody stops an execution of the state machine, or it breaks: its deployment knows within minutes. */

const functions = new InProcessFunctions();

let world: World;
beforeEach(async () => { world = await World.start(trainingOf(20 * HOUR), functions); });
afterEach(async () => world.close());
afterAll(async () => functions.close());

const PATIENT: RetailProps = { model: { trainingWait: TrainingWait.upTo(Duration.days(5)) } };

/** The execution that trains, once it has been at it for some hours. */
async function training(): Promise<Execution> {
  await world.until(() => world.trainings > 0);
  await world.clock.sleep(3 * HOUR);
  return world.executions().find(({ status, name }) => status === 'RUNNING' && name.startsWith('Create-Model'))!;
}

test('one that trains: the windows open, and the gate says what happened', async () => {
  const deployment = world.deploy(PATIENT);
  world.aws.states.stopExecution((await training()).arn, undefined, 'ended by the night shift');
  const stopped = world.clock.now();

  const outcome = await deployment;

  expect(outcome.status).toBe('ROLLBACK_COMPLETE');
  expect(world.reasons(outcome)).toMatch(/is not trained: its execution was stopped by somebody: ended by the night shift/);
  expect(at(world.events(), GATE, 'CREATE_FAILED') - stopped).toBeLessThan(5 * MINUTE);
  expect(await goingOn(world)).toEqual([]);
  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
  expect(world.trainings).toBe(1);
});

test('one that has not answered yet: the request fails at once, and not after an hour', async () => {
  world.service.beforeCall = ({ operation }) => { if (operation === 'ListTrainingDatasets') throw new AwsError('ThrottlingException', 'slow down'); };
  const deployment = world.deploy(PATIENT);
  await world.until(() => world.executions().length > 0);
  await world.clock.sleep(MINUTE);
  const stopped = world.clock.now();
  world.service.beforeCall = () => undefined;
  world.aws.states.stopExecution(world.executions()[0].arn);

  const outcome = await deployment;

  expect(outcome.status).toBe('ROLLBACK_COMPLETE');
  expect(world.reasons(outcome)).toMatch(/its execution was stopped by somebody \(See the details/);
  expect(world.clock.now() - stopped).toBeLessThan(5 * MINUTE);
  expect(world.trainings).toBe(0);
});

test('one that deletes, when the rule that would tell has gone with its stack: CloudFormation waits its hour, and the next deletion goes on', async () => {
  Object.assign(world.service.settings, { trainingTime: MINUTE, deletionTime: 30 * MINUTE });
  expect((await world.deploy()).status).toBe('CREATE_COMPLETE');
  const deletion = world.delete();
  const deletes = () => world.executions().find(({ status, name }) => status === 'RUNNING' && name.startsWith('Delete-Model'));
  await world.until(() => deletes() !== undefined);
  await world.clock.sleep(10 * MINUTE);
  world.aws.states.stopExecution(deletes()!.arn);
  const stopped = world.clock.now();

  const outcome = await deletion;
  expect(outcome.status).toBe('DELETE_FAILED');
  expect(world.reasons(outcome)).toMatch(/^Model\w+: CloudFormation did not receive a response/m);
  expect(world.clock.now() - stopped).toBeLessThan(HOUR);

  expect((await world.delete()).status).toBe('DELETE_COMPLETE');
  expectNothingLeft(world);
});
