import { LOG_GROUP, ROLE, World } from './harness';
import type { Logging } from '../../../local-aws/states/state-machine';

/* Where executions log: nothing here logs, but what AWS would refuse is refused. */

const DEFINITION = { StartAt: 'S', States: { S: { Type: 'Succeed' } } };
const destination = `arn:aws:logs:us-east-1:111122223333:log-group:${LOG_GROUP}:*`;
const LOGGING: Logging = { level: 'ERROR', destinations: [destination] };

let world: World;
beforeEach(() => { world = new World(); });
afterEach(() => world.states.close());

const create = async (logging?: Logging) => world.create(DEFINITION, { logging });

test.each<[string, Logging, string]>([
  ['to nowhere', { level: 'ALL', destinations: [] }, 'Must specify exactly one Log Destination.'],
  ['to two places', { level: 'ALL', destinations: [destination, destination] }, 'Must specify exactly one Log Destination.'],
  ['nothing, to two places', { level: 'OFF', destinations: [destination, destination] }, 'Must specify exactly one Log Destination.'],
  ['to a log group without its streams', { level: 'ALL', destinations: [destination.slice(0, -2)] }, "Log Group ARN must be provided with '*' qualifier."],
  ['to a log group that there is not', { level: 'ALL', destinations: [destination.replace('/machine:', '/other:')] }, 'does not exist.'],
])('a state machine does not log %s', async (_, logging, message) => {
  await expect(create(logging)).rejects.toMatchObject({ name: 'InvalidLoggingConfiguration', status: 400, message: expect.stringContaining(message) });
  expect(world.states.stateMachines()).toEqual([]);
});

test('a state machine logs in a level that there is', async () => {
  await expect(create({ ...LOGGING, level: 'ERRORS' })).rejects.toMatchObject({ name: 'ValidationException', status: 400 });
  for (const level of ['ALL', 'ERROR', 'FATAL', 'OFF']) await world.create(DEFINITION, { name: level, logging: { ...LOGGING, level } });
});

describe.each([
  'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries',
  'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups',
])('a role without %s', (action) => {
  const refusal = { name: 'AccessDeniedException', status: 400, message: 'The state machine IAM Role is not authorized to access the Log Destination' };
  beforeEach(() => { world.iam.denied.add(action); });

  test('is refused where executions log', async () => {
    await expect(create(LOGGING)).rejects.toMatchObject(refusal);
    expect(world.iam.asked).toContain(`${ROLE} ${action} *`);
  });

  test('is refused where they are to', async () => {
    const arn = await create({ level: 'OFF', destinations: [] });
    await expect(world.states.updateStateMachine(arn, { logging: LOGGING })).rejects.toMatchObject(refusal);
    expect(world.states.getStateMachine(arn).logging).toEqual({ level: 'OFF', destinations: [] });
  });

  test('will do where they do not', async () => {
    await create();
    await world.create(DEFINITION, { name: 'other', logging: { ...LOGGING, level: 'OFF' } });
  });
});

test('a state machine that logs otherwise is another one', async () => {
  const arn = await create(LOGGING);
  expect(await create({ ...LOGGING })).toBe(arn);
  await expect(create({ ...LOGGING, level: 'ALL' })).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
});

test('an update that does not speak of the log leaves it', async () => {
  const arn = await create(LOGGING);
  await world.states.updateStateMachine(arn, { roleArn: ROLE });
  expect(world.states.getStateMachine(arn).logging).toEqual(LOGGING);
});
