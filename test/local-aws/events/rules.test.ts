import { FUNCTION, MACHINE, World } from './harness';
import type { Target } from '../../../local-aws/events/target';
import { codeOf, trusting } from '../account';

const RULE = 'arn:aws:events:us-east-1:111122223333:rule/rule';
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:topic';
const PATTERN = '{"source":["jobs"]}';

let world: World;
beforeEach(async () => { world = await World.create(); });

const putRule = (more: object = {}) => world.events.putRule({ name: 'rule', eventPattern: PATTERN, ...more });
const putTargets = async (...targets: Target[]) => world.events.putTargets({ rule: 'rule', targets });
const letIn = (sourceArn?: string) => world.lambda.addPermission('fn', {
  statementId: 'events', action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com', ...sourceArn !== undefined && { sourceArn },
});
const errors = () => world.events.failedDeliveries().map(({ error }) => error.code);

describe('rules', () => {
  test('are put, put again and deleted', async () => {
    world.events.createEventBus({ name: 'jobs' });
    expect(putRule()).toEqual({ arn: RULE });
    expect(putRule({ eventBusName: 'jobs' })).toEqual({ arn: 'arn:aws:events:us-east-1:111122223333:rule/jobs/rule' });
    await putTargets({ id: 'topic', arn: TOPIC });
    putRule({ description: 'again' });
    const found = world.events.rules().map(({ properties, eventBusName, targets }) => [eventBusName, properties.description, ...targets.keys()]);
    expect(found).toEqual([['default', 'again', 'topic'], ['jobs', undefined]]);
    world.events.removeTargets({ rule: 'rule', ids: ['topic'] });
    world.events.deleteRule({ rule: 'rule' });
    world.events.deleteRule({ rule: 'rule' });
    expect(world.events.rules()).toHaveLength(1);
  });

  test('are not deleted while they have targets', async () => {
    putRule();
    await putTargets({ id: 'topic', arn: TOPIC });
    expect(await codeOf(() => world.events.deleteRule({ rule: 'rule' }))).toBe('ValidationException');
  });

  test.each<[string, object]>([
    ['a name of 64 characters', { name: 'a-Z_0.9'.padEnd(64, 'n') }],
    ['a description of 512', { description: 'd'.repeat(512) }],
    ['each state', { state: 'DISABLED' }],
    ['each state', { state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' }],
  ])('may have %s', async (_, more) => {
    putRule(more);
    expect(world.events.rules()).toMatchObject([{ properties: more }]);
  });

  test.each<[string, object, string]>([
    ['another character in the name', { name: 'a b' }, 'ValidationException'],
    ['a name that is too long', { name: 'n'.repeat(65) }, 'ValidationException'],
    ['another state', { state: 'ON' }, 'ValidationException'],
    ['a long description', { description: 'd'.repeat(513) }, 'ValidationException'],
    ['a schedule', { eventPattern: undefined, scheduleExpression: 'rate(1 day)' }, 'ValidationException'],
    ['neither pattern nor schedule', { eventPattern: undefined }, 'ValidationException'],
    ['a pattern that is none', { eventPattern: '{"source":"jobs"}' }, 'InvalidEventPatternException'],
    ['a bus that does not exist', { eventBusName: 'none' }, 'ResourceNotFoundException'],
  ])('cannot have %s', async (_, more, code) => {
    expect(await codeOf(() => putRule(more))).toBe(code);
    expect(world.events.rules()).toEqual([]);
  });
});

/** So many names of that kind for a part of the event. */
const mapOf = (count: number, prefix = 'n') => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, '$.detail']));

describe('targets', () => {
  test.each<[string, Target]>([
    ['a function', { id: 'a', arn: FUNCTION }],
    ['a topic', { id: 'a', arn: TOPIC }],
    ['fixed input', { id: 'a', arn: TOPIC, input: '{"a":1}' }],
    ['a part of the event', { id: 'a', arn: TOPIC, inputPath: '$.detail' }],
    ['a template', {
      id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: { status: '$.detail.status' }, inputTemplate: '{"a":<status>,"b":<aws.events.rule-arn>}' },
    }],
    ['a template of 100 names, each of 256 characters at most', {
      id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: mapOf(100, 'a-Z_9'.padEnd(253, 'n')), inputTemplate: '{}' },
    }],
  ])('can be %s', async (_, target) => {
    putRule();
    await putTargets(target);
    expect([...world.events.rules()[0].targets.values()]).toEqual([target]);
  });

  test.each<[string, Target]>([
    ['another character in the id', { id: 'a b', arn: TOPIC }],
    ['what is no ARN', { id: 'a', arn: 'topic' }],
    ['a state machine without a role', { id: 'a', arn: MACHINE }],
    ['a function with a role', { id: 'a', arn: FUNCTION, roleArn: 'arn:aws:iam::111122223333:role/function' }],
    ['a role that does not exist', { id: 'a', arn: MACHINE, roleArn: 'arn:aws:iam::111122223333:role/none' }],
    ['a role that does not trust EventBridge', { id: 'a', arn: MACHINE, roleArn: 'arn:aws:iam::111122223333:role/machine' }],
    ['two kinds of input', { id: 'a', arn: TOPIC, input: '{}', inputPath: '$.detail' }],
    ['input that is not JSON', { id: 'a', arn: TOPIC, input: 'text' }],
    ['a path that is none', { id: 'a', arn: TOPIC, inputPath: 'detail' }],
    ['a template with an unknown name', { id: 'a', arn: TOPIC, inputTransformer: { inputTemplate: '<status>' } }],
    ['a name for what is no path', { id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: { status: 'detail' }, inputTemplate: '<status>' } }],
    ['a template of 101 names', { id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: mapOf(101), inputTemplate: '{}' } }],
    ['a name of 257 characters', { id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: mapOf(1, 'n'.repeat(256)), inputTemplate: '{}' } }],
    ['a name with another character', { id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: mapOf(1, 'a.b'), inputTemplate: '{}' } }],
    ['a name that is reserved', { id: 'a', arn: TOPIC, inputTransformer: { inputPathsMap: { AWSx: '$.detail' }, inputTemplate: '<AWSx>' } }],
  ])('cannot be %s', async (_, target) => {
    putRule();
    expect(await codeOf(() => putTargets(target))).toBe('ValidationException');
    expect(world.events.rules()[0].targets.size).toBe(0);
  });

  test('are five at most, of a rule that exists', async () => {
    const targets = Array.from({ length: 6 }, (_, index) => ({ id: `t${index}`, arn: TOPIC }));
    expect(await codeOf(() => putTargets(targets[0]))).toBe('ResourceNotFoundException');
    putRule();
    expect(await codeOf(() => putTargets(...targets))).toBe('LimitExceededException');
    await putTargets(...targets.slice(1));
    await putTargets({ ...targets[5], input: '{}' });
    expect(world.events.rules()[0].targets.size).toBe(5);
  });

  test('that this AWS does not have are only written down', async () => {
    putRule();
    await putTargets({ id: 'topic', arn: TOPIC, inputPath: '$.detail.status' });
    await world.deliver();
    expect(world.events.undelivered()).toEqual([{ ruleArn: RULE, targetArn: TOPIC, event: world.events.events()[0], input: 'ACTIVE' }]);
  });
});

describe('a function', () => {
  test('gets the events that match', async () => {
    putRule();
    await putTargets({ id: 'function', arn: FUNCTION });
    letIn(RULE);
    await world.deliver();
    await world.deliver({ Source: 'others' });
    expect(world.received).toEqual([{
      'version': '0',
      'id': world.events.events()[0].id,
      'detail-type': 'Job ended',
      'source': 'jobs',
      'account': '111122223333',
      'time': '2026-01-01T00:00:00Z',
      'region': 'us-east-1',
      'resources': [],
      'detail': { status: 'ACTIVE', size: 5 },
    }]);
    expect(errors()).toEqual([]);
  });

  test('gets nothing of a disabled rule or another bus', async () => {
    world.events.createEventBus({ name: 'jobs' });
    putRule({ state: 'DISABLED' });
    await putTargets({ id: 'function', arn: FUNCTION });
    putRule({ name: 'other', eventBusName: 'jobs' });
    await world.events.putTargets({ rule: 'other', eventBusName: 'jobs', targets: [{ id: 'function', arn: FUNCTION }] });
    letIn();
    await world.deliver();
    expect(world.received).toEqual([]);
    await world.deliver({ EventBusName: 'jobs' });
    expect(world.received).toHaveLength(1);
  });

  test.each<[string, () => void]>([
    ['nobody', () => undefined],
    ['another rule', () => letIn('arn:aws:events:us-east-1:111122223333:rule/other')],
    ['another service', () => world.lambda.addPermission('fn', { statementId: 's3', action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com' })],
    ['a rule that was let in once', () => {
      letIn();
      world.lambda.removePermission('fn', 'events');
    }],
  ])('that lets in %s gets nothing', async (_, permit) => {
    putRule();
    await putTargets({ id: 'function', arn: FUNCTION });
    permit();
    await world.deliver();
    expect(world.received).toEqual([]);
    expect(world.events.failedDeliveries()).toEqual([expect.objectContaining({ ruleArn: RULE, targetArn: FUNCTION, time: new Date('2026-01-01T00:00:00Z') })]);
    expect(errors()).toEqual(['AccessDeniedException']);
  });

  test('that is gone gets nothing', async () => {
    putRule();
    await putTargets({ id: 'function', arn: FUNCTION });
    world.lambda.deleteFunction('fn');
    await world.deliver();
    expect(errors()).toEqual(['ResourceNotFoundException']);
  });
});

describe('the permissions of a function', () => {
  test('have ids of their own', async () => {
    letIn();
    expect(await codeOf(() => letIn())).toBe('ResourceConflictException');
    world.lambda.removePermission('fn', 'events');
    expect(await codeOf(() => world.lambda.removePermission('fn', 'events'))).toBe('ResourceNotFoundException');
    expect(world.lambda.resourcePolicy('fn')).toBeUndefined();
  });

  test.each<[object, object]>([
    [{ principal: '*' }, { Principal: '*' }],
    [{ principal: '222233334444' }, { Principal: { AWS: 'arn:aws:iam::222233334444:root' } }],
    [{ principal: 'arn:aws:iam::222233334444:role/other' }, { Principal: { AWS: 'arn:aws:iam::222233334444:role/other' } }],
    [
      { principal: 's3.amazonaws.com', sourceAccount: '222233334444', sourceArn: 'arn:aws:s3:::bucket' },
      {
        Principal: { Service: 's3.amazonaws.com' },
        Condition: { StringEquals: { 'AWS:SourceAccount': '222233334444' }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } },
      },
    ],
  ])('of %j are %j', (permission, statement) => {
    world.lambda.addPermission('fn', { statementId: 'id', action: 'lambda:InvokeFunction', principal: '*', ...permission });
    const general = { Sid: 'id', Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: FUNCTION };
    expect(world.lambda.resourcePolicy('fn')).toMatchObject({ Statement: [{ ...general, ...statement }] });
  });

  test.each<[string, object, string]>([
    ['another character in the id', { statementId: 'a b' }, 'ValidationException'],
    ['an action of another service', { action: 's3:GetObject' }, 'ValidationException'],
    ['nobody', { principal: 'somebody' }, 'InvalidParameterValueException'],
    ['a role that does not exist', { principal: 'arn:aws:iam::111122223333:role/missing' }, 'InvalidParameterValueException'],
  ])('cannot name %s', async (_, more, code) => {
    const permission = { statementId: 'id', action: 'lambda:InvokeFunction', principal: '111122223333', ...more };
    expect(await codeOf(() => world.lambda.addPermission('fn', permission))).toBe(code);
  });

  test('can name a role once it exists', () => {
    const { arn: principal } = world.iam.createRole({ roleName: 'there', assumeRolePolicyDocument: trusting('lambda.amazonaws.com') });
    world.lambda.addPermission('fn', { statementId: 'id', action: 'lambda:InvokeFunction', principal });
    expect(world.lambda.resourcePolicy('fn')).toMatchObject({ Statement: [{ Principal: { AWS: principal } }] });
  });

  test('go with the function', async () => {
    letIn();
    world.lambda.deleteFunction('fn');
    expect(await codeOf(() => world.lambda.resourcePolicy('fn'))).toBe('ResourceNotFoundException');
  });
});

describe('a state machine', () => {
  const start = async (roleArn: string, more: object = {}) => {
    putRule();
    await putTargets({ id: 'machine', arn: MACHINE, roleArn, ...more });
    await world.deliver({ Resources: ['arn:1'] });
  };

  test('is started with the event, under a name that begins with its id', async () => {
    const rules = { StringEquals: { 'aws:SourceAccount': '111122223333' }, ArnEquals: { 'aws:SourceArn': RULE } };
    await start(world.role('starter', 'states:StartExecution', rules));
    const [event] = world.events.events();
    const [execution] = world.states.executions();
    expect(execution).toMatchObject({ stateMachineArn: MACHINE, status: 'SUCCEEDED', name: expect.stringMatching(`^${event.id}_`) });
    expect(JSON.parse(execution.input)).toMatchObject({ id: event.id, detail: event.detail });
  });

  test('is not started by a role that may not', async () => {
    await start(world.role('starter', 'states:StopExecution'));
    expect(world.states.executions()).toEqual([]);
    expect(errors()).toEqual(['AccessDeniedException']);
  });

  test('is not started by a role that trusts EventBridge no more', async () => {
    const roleArn = world.role('starter', 'states:StartExecution');
    putRule();
    await putTargets({ id: 'machine', arn: MACHINE, roleArn });
    world.iam.updateRole('starter', { roleName: 'starter', assumeRolePolicyDocument: trusting('lambda.amazonaws.com') });
    await world.deliver();
    expect(errors()).toEqual(['AccessDenied']);
  });

  test.each<[string, object, unknown]>([
    ['fixed input', { input: '{"a":1}' }, { a: 1 }],
    ['a part of the event', { inputPath: '$.detail.size' }, 5],
    ['an item of a list', { inputPath: '$.resources[0]' }, 'arn:1'],
    ['a part that is not there', { inputPath: '$.detail.other' }, null],
    ['parts of the event', {
      inputTransformer: {
        inputPathsMap: { status: '$.detail.status', size: '$.detail.size', detail: '$.detail', none: '$.detail.none' },
        inputTemplate: '{"status":<status>,"size":<size>,"detail":<detail>,"none":<none>,"text":"It is <status> of <size><none>.","rule":"<aws.events.rule-name>"}',
      },
    }, { status: 'ACTIVE', size: 5, detail: { status: 'ACTIVE', size: 5 }, none: '', text: 'It is ACTIVE of 5.', rule: 'rule' }],
    ['one text', { inputTransformer: { inputPathsMap: { status: '$.detail.status' }, inputTemplate: '"It is <status>."' } }, 'It is ACTIVE.'],
  ])('is given %s', async (_, more, input) => {
    await start(world.role('starter', 'states:StartExecution'), more);
    expect(JSON.parse(world.states.executions()[0].input)).toEqual(input);
  });

  test('is not started with what is not JSON', async () => {
    await start(world.role('starter', 'states:StartExecution'), { inputTransformer: { inputTemplate: 'text' } });
    expect(errors()).toEqual(['InvalidInput']);
  });
});
