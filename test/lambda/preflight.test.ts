import { changedModel } from './harness';
import { Scene, setUp } from './model-scene';
import { ServiceError } from '../../lambda/errors';
import { trusting } from '../local-aws/account';

const BUCKET = 'arn:aws:s3:::audiences';
const ROLE = 'arn:aws:iam::111122223333:role/audiences/writer';
const SERVICE = 'cleanrooms-ml.amazonaws.com';
const MINUTE = 60_000;

const looks = ({ service }: Scene) => service.count('HeadBucket') + service.count('GetRole');

/** A bucket and a role that will do, and a model that they are looked at for. */
async function scene(behaviour: Parameters<typeof setUp>[0] = {}) {
  const { properties, ...others } = await setUp(behaviour);
  const made = { ...others, properties: changedModel(properties, { Preflight: [BUCKET, ROLE] }) };
  made.service.buckets.set('audiences', 'us-east-1');
  made.service.roles.set(ROLE, trusting(SERVICE));
  return made;
}

async function expectTraining({ service, model, properties }: Scene): Promise<void> {
  await model.create(properties);
  expect(service.trainings).toHaveLength(1);
}

async function expectRefusal({ service, model, properties }: Scene, reason: string): Promise<void> {
  await expect(model.create(properties)).rejects.toThrow(`nothing was trained, because a configured audience model would fail: ${reason}`);
  expect(service.count('CreateAudienceModel')).toBe(0);
}

test('a bucket that is answered for without its Region is where it was asked for', async () => {
  const made = await scene();
  const call = made.service.call.bind(made.service);
  jest.spyOn(made.service, 'call').mockImplementation(async (operation, input) => {
    const answer = await call(operation, input);
    return operation === 'HeadBucket' ? {} as never : answer;
  });
  await expectTraining(made);
});

test('where all is well the model is trained, and nothing but what it needs was asked for', async () => {
  const made = await scene();
  await expectTraining(made);
  expect(made.service.inputsOf('HeadBucket')).toEqual([{ Bucket: 'audiences' }]);
  expect(made.service.inputsOf('GetRole')).toEqual([{ RoleName: 'writer' }]);
  expect(made.service.trainings[0]).not.toHaveProperty('preflight');
});

describe('nothing is trained where', () => {
  test('the bucket is not there', async () => {
    const made = await scene();
    made.service.buckets.clear();
    await expectRefusal(made, 'outputBucket audiences does not exist: correct it, or create it before this deployment');
  });

  test('the bucket is in another Region', async () => {
    const made = await scene();
    made.service.buckets.set('audiences', 'eu-west-1');
    const began = made.service.now;
    await expectRefusal(made, 'outputBucket audiences is not in us-east-1: use one in the Region of the stack');
    expect(made.service.now - began).toBeLessThan(MINUTE / 2);
  });

  test('the bucket says itself that it is in another Region', async () => {
    const made = await scene();
    const call = made.service.call.bind(made.service);
    jest.spyOn(made.service, 'call').mockImplementation(async (operation, input) => {
      const answer = await call(operation, input);
      return operation === 'HeadBucket' ? { BucketRegion: 'eu-west-1' } as never : answer;
    });
    await expectRefusal(made, 'outputBucket audiences is not in us-east-1');
  });

  test('the role is not there', async () => {
    const made = await scene();
    made.service.roles.clear();
    await expectRefusal(made, `outputRole ${ROLE} does not exist: correct it, or create it before this deployment`);
  });

  test('the role of that name is another one', async () => {
    const made = await scene();
    made.service.roles.clear();
    made.service.roles.set('arn:aws:iam::111122223333:role/writer', trusting(SERVICE));
    await expectRefusal(made, `outputRole ${ROLE} does not exist: the role of that name is arn:aws:iam::111122223333:role/writer`);
  });

  test('more than one thing is wrong, and all of it is told', async () => {
    const made = await scene();
    made.service.buckets.clear();
    made.service.roles.set(ROLE, trusting('lambda.amazonaws.com'));
    await expectRefusal(made, 'outputBucket audiences does not exist: correct it, or create it before this deployment; '
      + `outputRole ${ROLE} does not trust ${SERVICE}: let its trust policy allow that service to sts:AssumeRole`);
  });

  test('another is to replace it, and the old one stays', async () => {
    const made = await scene();
    await expectTraining(made);
    const { service, model, properties } = made;
    service.buckets.clear();
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await expect(model.update(properties, changed)).rejects.toThrow('outputBucket audiences does not exist');
    await model.rollBack(changed, properties);
    expect([service.trainings.length, service.models.length]).toEqual([1, 1]);
  });
});

describe('whom a role trusts', () => {
  const allow = (more: object) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: SERVICE }, ...more });

  test.each<[string, object]>([
    ['the service', allow({})],
    ['the service among others', allow({ Principal: { Service: ['lambda.amazonaws.com', SERVICE] } })],
    ['everyone', allow({ Principal: '*' })],
    ['everyone by another word', allow({ Principal: { AWS: '*' } })],
    ['the service for several actions', allow({ Action: ['sts:TagSession', 'STS:AssumeRole'] })],
    ['the service for everything', allow({ Action: 'sts:*' })],
    ['the service for all that is written alike', allow({ Action: 'sts:AssumeRol?' })],
    ['the service on conditions, which are not judged', allow({ Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } })],
    ['all but others, which is not judged', { Effect: 'Allow', Action: 'sts:AssumeRole', NotPrincipal: { Service: 'lambda.amazonaws.com' } }],
    ['the service for all but other actions, which is not judged', { Effect: 'Allow', NotAction: 'sts:TagSession', Principal: { Service: SERVICE } }],
  ])('%s: it will do', async (_whom, statement) => {
    const made = await scene();
    made.service.roles.set(ROLE, { Statement: [allow({ Principal: { Service: 'lambda.amazonaws.com' } }), statement] });
    await expectTraining(made);
  });

  test('a document of one statement is read, too', async () => {
    const made = await scene();
    made.service.roles.set(ROLE, { Statement: allow({}) });
    await expectTraining(made);
  });

  test.each<[string, object]>([
    ['another service', allow({ Principal: { Service: 'lambda.amazonaws.com' } })],
    ['an account', allow({ Principal: { AWS: '111122223333' } })],
    ['the service for another action', allow({ Action: 'sts:TagSession' })],
    ['not the service', allow({ Effect: 'Deny' })],
  ])('%s: it will not', async (_whom, statement) => {
    const made = await scene();
    made.service.roles.set(ROLE, { Statement: [statement] });
    await expectRefusal(made, `outputRole ${ROLE} does not trust ${SERVICE}: let its trust policy allow that service to sts:AssumeRole`);
  });
});

describe('what cannot be looked at is not judged, and noted:', () => {
  test.each<[string, ServiceError, boolean]>([
    // Permissions may be too new to be known everywhere.
    ['looking is denied', new ServiceError('x', 'AccessDenied', 'not authorized', 403), true],
    ['throttling', new ServiceError('x', 'Throttling', 'Rate exceeded', 400), true],
    ['an error of the service', new ServiceError('x', 'InternalError', 'oops', 500), true],
    ['no answer', new ServiceError('x', 'TimeoutError', 'timed out'), true],
    ['a request that S3 does not understand', new ServiceError('x', '400', 'UnknownError', 400), false],
  ])('%s', async (_what, error, isInsistent) => {
    const made = await scene();
    const began = made.service.now;
    let waited = 0;
    made.service.fault = (operation) => {
      if (operation === 'CreateAudienceModel') waited = made.service.now - began;
      return ['HeadBucket', 'GetRole'].includes(operation) ? error : undefined;
    };
    await expectTraining(made);
    for (const arn of [BUCKET, ROLE]) expect(made.model.lines.join()).toContain(`not looked at ${arn}: ${error.message}`);
    expect(waited >= MINUTE).toBe(isInsistent);
    expect(waited).toBeLessThan(1.5 * MINUTE);
  });

  test('a policy that is no JSON', async () => {
    const made = await scene();
    made.service.roles.set(ROLE, { toJSON: () => undefined });
    await expectTraining(made);
    expect(made.model.lines.join()).toContain(`not looked at ${ROLE}: `);
  });
});

test('what was created a moment ago may not be known everywhere: it is waited for', async () => {
  const made = await scene();
  const { service } = made;
  const [bucket, role] = [service.buckets.get('audiences'), service.roles.get(ROLE)];
  service.buckets.clear();
  service.roles.clear();
  const known = service.now + 30_000;
  service.fault = () => {
    if (service.now < known) return undefined;
    service.buckets.set('audiences', String(bucket));
    service.roles.set(ROLE, role as object);
    return undefined;
  };
  await expectTraining(made);
});

describe('nothing is looked at', () => {
  test('where nothing is named', async () => {
    const made = await setUp();
    await made.model.create(made.properties);
    expect(looks(made)).toBe(0);
  });

  test('twice for one deployment, however long the model queues', async () => {
    const made = await scene();
    const { service, model, properties } = made;
    service.quota = 0;
    await model.step(await model.start(model.event('Create', properties)));
    await model.pass(4 * 60 * MINUTE);
    expect(service.count('CreateAudienceModel')).toBeGreaterThan(5);
    expect(looks(made)).toBe(2);
  });

  test('twice where the step is repeated before the training is accepted', async () => {
    const made = await scene();
    const known = made.service.now + 30_000;
    made.service.fault = (operation) => operation === 'CreateAudienceModel' && made.service.now < known
      ? new ServiceError(operation, 'AccessDeniedException', 'not known yet', 403) : undefined;
    await expectTraining(made);
    expect(made.service.count('CreateAudienceModel')).toBeGreaterThan(2);
    expect(looks(made)).toBe(2);
  });

  test('where the model is there', async () => {
    const made = await scene();
    await expectTraining(made);
    const { service, model, properties } = made;
    service.buckets.clear();
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, { ...properties, Tags: [{ Key: 'a', Value: '1' }] });
    service.begin('UPDATE_IN_PROGRESS');
    await model.update(properties, changedModel(properties, { Preflight: ['arn:aws:s3:::elsewhere'] }));
    expect(looks(made)).toBe(2);
    expect(service.trainings).toHaveLength(1);
  });

  test('in a rollback', async () => {
    const made = await scene();
    await expectTraining(made);
    const { service, model, properties } = made;
    service.begin('UPDATE_IN_PROGRESS');
    const changed = changedModel(properties, { Generation: '2' });
    await model.update(properties, changed);
    await service.deleteModelsByOtherHands();
    const before = looks(made);
    await expect(model.rollBack(changed, properties)).rejects.toThrow('the stack is rolling back to');
    expect(looks(made)).toBe(before);
  });
});
