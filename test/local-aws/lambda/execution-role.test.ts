import { KEY, ROLE, settings, World, zip } from './harness';
import type { FunctionSettings } from '../../../local-aws/lambda/function';
import type { Invocation } from '../../../local-aws/lambda/sandbox';

/* What Lambda itself does for a function, as the function's role. */

const STREAM = /^arn:aws:logs:us-east-1:111122223333:log-group:(.*):log-stream:\[\$LATEST\][0-9a-f]{32}$/;

let code: Buffer;
let world: World;
/** What the function does. */
let work: (invocation: Invocation) => void;
/** What the function was told of its surroundings. */
let environment: Readonly<Record<string, string>>;

beforeAll(async () => { code = await zip({ 'index.js': '' }); });
beforeEach(() => {
  work = ({ log }) => log('line');
  world = new World({
    run: async (spec, invocation) => {
      ({ environment } = spec);
      work(invocation);
      return { payload: 'null' };
    },
    close: async () => undefined,
  });
});

const create = async (more: Partial<FunctionSettings> = {}) => world.lambda.createFunction(settings(code, more));

describe.each<[string, Partial<FunctionSettings>, string, string]>([
  ['is traced', { tracing: 'Active' }, 'xray:PutTraceSegments', 'PutTraceSegments on XRAY'],
  ['is in a VPC', { subnetIds: ['subnet-1'] }, 'ec2:CreateNetworkInterface', 'CreateNetworkInterface on EC2'],
])('a function that %s', (_, asking, action, words) => {
  const refusal = {
    name: 'InvalidParameterValueException', status: 400, message: `The provided execution role does not have permissions to call ${words}`,
  };

  test('is created as a role that may do what this takes', async () => {
    await create(asking);
    expect(world.iam.asked).toContain(`${ROLE} ${action} *`);
  });

  test('is refused as any other', async () => {
    world.iam.denied.add(action);
    await expect(create(asking)).rejects.toMatchObject(refusal);
    expect(world.lambda.functionNames()).toEqual([]);
  });

  test('is refused when it becomes one, too, and stays as it was', async () => {
    await create();
    expect(world.iam.asked).not.toContain(`${ROLE} ${action} *`);
    world.iam.denied.add(action);
    await expect(world.lambda.updateFunction('fn', settings(code, asking))).rejects.toMatchObject(refusal);
    expect(world.lambda.getFunction('fn').settings).not.toMatchObject(asking);
  });
});

test.each([{ tracing: 'PassThrough' }, { subnetIds: [] }])('%j takes no permission', async (asking) => {
  for (const action of ['xray:PutTraceSegments', 'ec2:CreateNetworkInterface']) world.iam.denied.add(action);
  await expect(create(asking)).resolves.toEqual({ arn: expect.any(String) });
});

describe('what a function prints', () => {
  const logged = async (more: Partial<FunctionSettings> = {}) => {
    await create(more);
    await world.lambda.invoke('fn', {});
    return world.lambda.logs.get('fn') ?? [];
  };
  const groups = (action: string) => world.iam.asked.map((line) => line.split(' '))
    .filter(([principal, asked]) => principal === ROLE && asked === action).map(([, , resource]) => resource.match(STREAM)?.[1]);

  test.each<[string, Partial<FunctionSettings>, string]>([
    ['its own', {}, '/aws/lambda/fn'],
    ['another', { logging: { format: 'Text', logGroup: 'mine' } }, 'mine'],
  ])('is written into a log group, %s', async (_, more, group) => {
    expect(await logged(more)).toEqual(['line']);
    expect(groups('logs:CreateLogStream')).toEqual([group]);
    expect(groups('logs:PutLogEvents')).toEqual([group]);
    expect(environment.AWS_LAMBDA_LOG_GROUP_NAME).toBe(group);
  });

  test.each(['logs:CreateLogStream', 'logs:PutLogEvents'])('is lost without %s, and the function runs on', async (action) => {
    world.iam.denied.add(action);
    expect(await logged()).toEqual([]);
    expect(await world.lambda.invoke('fn', {})).toEqual({ payload: 'null' });
  });
});

describe('an environment', () => {
  const unable = 'Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant.'
    + ' Please check your KMS key settings. KMS Exception: ';

  test('is encrypted with a key that there is', async () => {
    await expect(create({ kmsKeyArn: KEY })).resolves.toEqual({ arn: expect.any(String) });
  });

  test.each([
    ['a key that there is not', `${KEY}0`, `NotFoundException KMS Message: Key '${KEY}0' does not exist`],
    ['an alias', KEY.replace(/key.*/, 'alias/mine'), 'InvalidArnException KMS Message: Key Aliases are not supported for this operation.'],
  ])('is not encrypted with %s', async (_, kmsKeyArn, cause) => {
    await expect(create({ kmsKeyArn })).rejects.toMatchObject({ name: 'InvalidParameterValueException', status: 400, message: unable + cause });
  });
});
