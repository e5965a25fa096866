import { ACCOUNT, awsRequest, CALLER, ROLE, settings, UNTRUSTING_ROLE, World, zip } from './harness';
import { LambdaApi } from '../../../local-aws/lambda/api';
import { Sandboxes } from '../../../local-aws/lambda/sandboxes';

const ARN = `arn:aws:lambda:us-east-1:${ACCOUNT.accountId}:function:fn`;
const CODE = `exports.handler = async (event) => {
  console.log('event ' + JSON.stringify(event));
  if (event.fail) throw new RangeError('as asked');
  return { event };
};`;

const sandboxes = new Sandboxes({ limit: 2 });
afterAll(() => sandboxes.close());

let code: Buffer;
let world: World;
beforeAll(async () => { code = await zip({ 'index.js': CODE, 'lib/': '', 'lib/deep/data.txt': 'data' }); });
beforeEach(() => { world = new World(sandboxes); });
afterEach(() => world.lambda.close());

const events = () => (world.lambda.logs.get('fn') ?? []).filter((line) => line.includes('event {'));

describe('a function is refused', () => {
  test.each([
    ['a name that is too long', { functionName: 'x'.repeat(65) }, 'ValidationException', /functionName/],
    ['a runtime of another language', { runtime: 'python3.13' }, 'InvalidParameterValueException', /not python3\.13/],
    ['no handler', { handler: '' }, 'ValidationException', /handler/],
    ['no time', { timeoutSeconds: 0 }, 'ValidationException', /between 1 and 900/],
    ['more than 15 minutes', { timeoutSeconds: 901 }, 'ValidationException', /between 1 and 900/],
    ['too little memory', { memoryMb: 127 }, 'ValidationException', /between 128 and 10240/],
    ['too much memory', { memoryMb: 10_241 }, 'ValidationException', /between 128 and 10240/],
    ['an environment over 4 KB', { environment: { NAME: 'x'.repeat(4086) } }, 'InvalidParameterValueException', /exceeded the 4KB limit/],
    ['a reserved name', { environment: { AWS_REGION: 'x', MINE: 'y' } }, 'InvalidParameterValueException', /Reserved keys used in this request: AWS_REGION$/],
    ['a malformed name', { environment: { '1X': 'x' } }, 'ValidationException', /'1X'/],
    ['code that is no zip file', { code: Buffer.from('nonsense') }, 'InvalidParameterValueException', /Could not unzip uploaded file/],
    ['a role that does not trust Lambda', { roleArn: UNTRUSTING_ROLE }, 'InvalidParameterValueException', /^The role defined for the function cannot be assumed by Lambda\.$/],
  ])('with %s', async (_, overrides, name, message) => {
    await expect(world.lambda.createFunction(settings(code, overrides)))
      .rejects.toMatchObject({ name, status: 400, message: expect.stringMatching(message) });
    expect(() => world.lambda.getFunction('fn')).toThrow('Function not found');
  });

  test('whose name is taken', async () => {
    await world.lambda.createFunction(settings(code));
    await expect(world.lambda.createFunction(settings(code))).rejects.toMatchObject({ name: 'ResourceConflictException', status: 409 });
  });
});

test.each([
  [{ functionName: 'x'.repeat(64) }], [{ timeoutSeconds: 900 }], [{ memoryMb: 10_240 }], [{ environment: { NAME: 'x'.repeat(4085) } }],
])('a function may go to the limit', async (overrides) => {
  await expect(world.lambda.createFunction(settings(code, overrides))).resolves.toEqual({ arn: expect.any(String) });
});

describe('an existing function', () => {
  beforeEach(() => world.lambda.createFunction(settings(code)));

  test.each(['fn', ARN, `${ARN}:$LATEST`, `${ACCOUNT.accountId}:function:fn`])('is found as %s', (name) => {
    expect(world.lambda.getFunction(name).arn).toBe(ARN);
  });

  test.each(['other', `${ARN}:1`, ARN.replace('us-east-1', 'eu-west-1'), ARN.replace(ACCOUNT.accountId, '999999999999')])('is not found as %s', (name) => {
    expect(() => world.lambda.getFunction(name)).toThrow(/^Function not found: arn:aws:lambda:/);
  });

  test('runs what it was updated to', async () => {
    await world.lambda.updateFunction('fn', settings(await zip({ 'index.js': 'exports.handler = async () => "new";' })));
    expect(await world.lambda.invoke('fn', {})).toEqual({ payload: '"new"' });
  });

  test('is what it was when its update is refused', async () => {
    await expect(world.lambda.updateFunction('fn', settings(code, { memoryMb: 1 }))).rejects.toThrow('memorySize');
    expect(world.lambda.getFunction('fn').settings.memoryMb).toBe(128);
  });

  test('cannot run once its role no longer trusts Lambda', async () => {
    world.iam.untrusting.add(ROLE);
    await expect(world.lambda.invoke('fn', {})).rejects.toMatchObject({ name: 'AccessDeniedException', status: 403 });
  });

  test('is gone when it was deleted, its log is not', async () => {
    await world.lambda.invoke('fn', { a: 1 });
    world.lambda.deleteFunction('fn');
    await expect(world.lambda.invoke('fn', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    expect(() => world.lambda.invokeAsync('fn', {})).toThrow('Function not found');
    expect(events()).toHaveLength(1);
  });
});

describe('an event', () => {
  beforeEach(() => world.lambda.createFunction(settings(code)));

  test('that succeeds is delivered once', async () => {
    world.lambda.invokeAsync('fn', { a: 1 });
    await world.clock.sleep(600_000);
    expect(events()).toHaveLength(1);
  });

  test('that fails is delivered three times, after one and two minutes, with the same request id', async () => {
    const start = world.clock.now();
    world.lambda.invokeAsync('fn', { fail: true });
    await world.clock.sleep(59_999);
    expect(events()).toHaveLength(1);
    await world.clock.sleep(2);
    expect(events()).toHaveLength(2);
    await world.clock.sleep(119_998);
    expect(events()).toHaveLength(2);
    await world.clock.sleep(2);
    expect(events()).toHaveLength(3);
    await world.clock.sleep(3_600_000);
    expect(events()).toHaveLength(3);
    expect(new Set(events().map((line) => line.split('\t')[1])).size).toBe(1);
    expect(world.clock.now() - start).toBe(59_999 + 2 + 119_998 + 2 + 3_600_000);
  });

  test('is dropped when its function is deleted before the next attempt', async () => {
    world.lambda.invokeAsync('fn', { fail: true });
    await world.clock.sleep(30_000);
    world.lambda.deleteFunction('fn');
    await world.clock.sleep(600_000);
    expect(events()).toHaveLength(1);
  });

  test('is tried again after its role could not be assumed', async () => {
    world.iam.untrusting.add(ROLE);
    world.lambda.invokeAsync('fn', { a: 1 });
    await world.clock.sleep(30_000);
    world.iam.untrusting.delete(ROLE);
    await world.clock.sleep(60_000);
    expect(events()).toHaveLength(1);
  });

  test('is dropped when the embedded AWS closes', async () => {
    world.lambda.invokeAsync('fn', { fail: true });
    await world.clock.sleep(30_000);
    await world.lambda.close();
    await world.clock.sleep(600_000);
    expect(events()).toHaveLength(1);
  });
});

describe('over HTTP', () => {
  beforeEach(() => world.lambda.createFunction(settings(code)));

  const call = (name: string, headers: Record<string, string> = {}, body: string | Buffer = '{"a":1}') =>
    new LambdaApi(world.lambda, world.iam).handle(awsRequest('POST', `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, headers, body));

  test.each(['fn', ARN])('%s is invoked', async (name) => {
    expect(await call(name)).toMatchObject({ status: 200, body: '{"event":{"a":1}}', headers: { 'x-amz-executed-version': '$LATEST' } });
    expect(world.iam.asked).toContain(`${CALLER.arn} lambda:InvokeFunction ${ARN}`);
  });

  test('an empty request is an empty event', async () => {
    expect(await call('fn', {}, '')).toMatchObject({ body: '{"event":{}}' });
  });

  test('an error of the function is a header of the answer', async () => {
    const answer = await call('fn', {}, '{"fail":true}');
    expect(answer).toMatchObject({ status: 200, headers: { 'x-amz-function-error': 'Unhandled' } });
    expect(JSON.parse(String(answer.body))).toMatchObject({ errorType: 'RangeError', errorMessage: 'as asked' });
  });

  test('an event is only accepted', async () => {
    expect(await call('fn', { 'x-amz-invocation-type': 'Event' })).toMatchObject({ status: 202 });
    await world.clock.sleep(1);
    expect(events()).toHaveLength(1);
  });

  test('a dry run only asks for permission', async () => {
    expect(await call('fn', { 'x-amz-invocation-type': 'DryRun' })).toEqual({ status: 204 });
    expect(events()).toHaveLength(0);
  });

  test.each([
    ['a function that does not exist', 'other', {}, '{}', 404, 'ResourceNotFoundException'],
    ['a body that is no JSON', 'fn', {}, '{', 400, 'InvalidRequestContentException'],
    ['an unknown invocation type', 'fn', { 'x-amz-invocation-type': 'Later' }, '{}', 400, 'InvalidParameterValueException'],
    ['more than 6 MB', 'fn', {}, `"${'x'.repeat(6_291_455)}"`, 413, 'RequestTooLargeException'],
    ['an event of more than 1 MB', 'fn', { 'x-amz-invocation-type': 'Event' }, `"${'x'.repeat(1_048_575)}"`, 413, 'RequestTooLargeException'],
  ])('%s is refused', async (_, name, headers, body, status, code_) => {
    const answer = await call(name, headers as Record<string, string>, body);
    expect(answer).toMatchObject({ status, headers: { 'x-amzn-errortype': code_ } });
    expect(JSON.parse(String(answer.body))).toEqual({ Type: 'User', Message: expect.any(String) });
    expect(events()).toHaveLength(0);
  });

  test.each([[{}, 6_291_454], [{ 'x-amz-invocation-type': 'Event' }, 1_048_574]])('a request may be as large as the limit %j', async (headers, size) => {
    expect((await call('fn', headers as Record<string, string>, `"${'x'.repeat(size)}"`)).status).toBeLessThan(300);
  });

  test('who may not invoke is refused, and does not learn whether the function exists', async () => {
    world.iam.denied.add('lambda:InvokeFunction');
    for (const name of ['fn', 'other']) {
      expect(await call(name)).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' } });
    }
    expect(events()).toHaveLength(0);
  });

  test('a function that exists is active', async () => {
    const answer = await new LambdaApi(world.lambda, world.iam).handle(awsRequest('GET', '/2015-03-31/functions/fn'));
    expect(JSON.parse(String(answer.body)).Configuration).toMatchObject({ FunctionArn: ARN, State: 'Active', LastUpdateStatus: 'Successful', Role: ROLE });
    const configuration = await new LambdaApi(world.lambda, world.iam).handle(awsRequest('GET', '/2015-03-31/functions/fn/configuration'));
    expect(JSON.parse(String(configuration.body))).toMatchObject({ FunctionName: 'fn', State: 'Active' });
    expect(world.iam.asked).toEqual(expect.arrayContaining([`${CALLER.arn} lambda:GetFunction ${ARN}`, `${CALLER.arn} lambda:GetFunctionConfiguration ${ARN}`]));
  });

  test('what the embedded AWS does not know it says', async () => {
    expect(await new LambdaApi(world.lambda, world.iam).handle(awsRequest('DELETE', '/2015-03-31/functions/fn'))).toMatchObject({ status: 404 });
  });
});
