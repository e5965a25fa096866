import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { ACCOUNT, settings, World, zip } from './harness';
import { Sandboxes } from '../../../local-aws/lambda/sandboxes';
import { running } from '../programs';

const HANDLER = `
  let count = 0;
  exports.handler = async (event, context) => {
    const works = {
      async echo() { return event; },
      async count() { return { pid: process.pid, count: ++count }; },
      async environment() { return process.env; },
      async context() { return { ...context, remaining: context.getRemainingTimeInMillis(), now: Date.now(), iso: new Date().toISOString(), given: new Date(5).getTime() }; },
      async dates() { return [new Date() instanceof Date, new Date().constructor === Date, typeof Date(), Date.UTC(1970, 0, 1), JSON.stringify(new Date(0))]; },
      async fail() { class Odd extends Error { name = 'Odd.Error'; } throw new Odd('because'); },
      async nothing() {},
      async exit() { process.exit(3); },
      async hang() { console.log('hanging'); await new Promise((resolve) => setTimeout(resolve, 600_000)); },
      async print() { console.log('one', { two: 2 }); console.error('three'); process.stdout.write('four\\n'); },
      async large() { return 'x'.repeat(event.size); },
      async pause() { await new Promise((resolve) => setTimeout(resolve, 100)); return { pid: process.pid }; },
      async wait() {
        const began = Date.now();
        const value = await require('node:timers/promises').setTimeout(event.milliseconds, 'waited');
        return { value, passed: Date.now() - began };
      },
      async modules() { return ['client-lambda', 'client-sfn', 'client-cloudformation'].map((name) => typeof require('@aws-sdk/' + name)); },
      async cleanroomsml() {
        const { CleanRoomsMLClient, ListTrainingDatasetsCommand } = require('@aws-sdk/client-cleanroomsml');
        return new CleanRoomsMLClient({}).send(new ListTrainingDatasetsCommand({}));
      },
      async missing() { return require('@aws-sdk/client-nowhere'); },
      async get() {
        return new Promise((resolve) => require(event.url.split(':')[0]).get(event.url, (r) => resolve(r.statusCode)).on('error', (e) => resolve(e.message)));
      },
      async fetch() { return fetch(event.url).then((r) => r.status, (e) => e.cause.message); },
      async put() {
        return new Promise((resolve, reject) => require('https')
          .request(event.url, { method: 'PUT' }, (r) => resolve(r.statusCode)).on('error', reject).end(JSON.stringify(event.body)));
      },
    };
    return works[event.work]();
  };`;

const sandboxes = new Sandboxes({ limit: 3 });
afterAll(() => sandboxes.close());

describe('a function in its sandbox', () => {
  const world = new World(sandboxes);
  beforeAll(async () => {
    await world.lambda.createFunction(settings(await zip({ 'index.js': HANDLER }), { environment: { COLOUR: 'blue' } }));
  });

  async function invoke(work: string, more: object = {}) {
    const { payload, functionError } = await world.lambda.invoke('fn', { work, ...more });
    return { value: JSON.parse(payload), functionError };
  }

  test('receives its event and answers', async () => {
    expect(await invoke('echo', { a: [1, null, 'ü'] })).toEqual({ value: { work: 'echo', a: [1, null, 'ü'] }, functionError: undefined });
  });

  test('answers null where it returns nothing', async () => {
    expect(await invoke('nothing')).toEqual({ value: null, functionError: undefined });
  });

  test('runs again in the same process', async () => {
    const [first, second] = [await invoke('count'), await invoke('count')];
    expect(second.value).toEqual({ pid: first.value.pid, count: first.value.count + 1 });
  });

  test('runs in as many processes as there are invocations at a time', async () => {
    const pids = await Promise.all([invoke('pause'), invoke('pause')]);
    expect(new Set(pids.map(({ value }) => value.pid)).size).toBe(2);
  });

  test('lets the time of the embedded AWS pass where it waits', async () => {
    const began = world.clock.now();
    const { value: { value, passed } } = await invoke('wait', { milliseconds: 3_600_000 });

    expect(value).toBe('waited');
    // The process's own clock runs on with the wall.
    expect(Math.abs(passed - 3_600_000)).toBeLessThan(5_000);
    expect(world.clock.now()).toBe(began + 3_600_000);
  });

  test('finds the environment that Lambda promises, and nothing of the surrounding one', async () => {
    process.env.AWS_PROFILE = 'the-developers-own';
    try {
      const { value } = await invoke('environment');
      expect(value).toMatchObject({
        COLOUR: 'blue',
        _HANDLER: 'index.handler',
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: 'fn',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_ACCESS_KEY_ID: 'ASIAFAKE',
        AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      });
      expect(value).not.toHaveProperty('AWS_PROFILE');
      expect(fs.existsSync(`${value.LAMBDA_TASK_ROOT}/index.js`)).toBe(true);
    } finally {
      delete process.env.AWS_PROFILE;
    }
  });

  test('knows who it is and how long it has', async () => {
    const { value } = await invoke('context');
    expect(value).toMatchObject({ functionName: 'fn', invokedFunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT.accountId}:function:fn`, given: 5 });
    expect(value.remaining).toBeGreaterThan(25_000);
    expect(value.remaining).toBeLessThanOrEqual(30_000);
  });

  test('lives in the time of the embedded AWS, also after that has skipped ahead', async () => {
    const began = world.clock.now();
    expect(Math.abs((await invoke('context')).value.now - began)).toBeLessThan(5_000);
    await world.clock.sleep(172_800_000);
    const { value } = await invoke('context');
    expect(Math.abs(value.now - began - 172_800_000)).toBeLessThan(5_000);
    expect(Math.abs(Date.parse(value.iso) - value.now)).toBeLessThan(1_000);
  });

  test('sees dates that behave like dates', async () => {
    expect((await invoke('dates')).value).toEqual([true, true, 'string', 0, '"1970-01-01T00:00:00.000Z"']);
  });

  test('fails with type and message of what it throws', async () => {
    expect(await invoke('fail')).toEqual({ value: expect.objectContaining({ errorType: 'Odd.Error', errorMessage: 'because' }), functionError: 'Unhandled' });
    expect((await invoke('echo')).functionError).toBeUndefined();
  });

  test('fails when its process ends, and gets a new one', async () => {
    expect(await invoke('exit')).toEqual({
      value: { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/) },
      functionError: 'Unhandled',
    });
    expect((await invoke('count')).functionError).toBeUndefined();
  });

  test('may answer 6 MB and not more', async () => {
    expect((await invoke('large', { size: 6_291_554 })).functionError).toBeUndefined();
    expect(await invoke('large', { size: 6_291_555 })).toMatchObject({ value: { errorType: 'Function.ResponseSizeTooLarge' }, functionError: 'Unhandled' });
  });

  test('leaves everything it prints in its log', async () => {
    const before = world.lambda.logs.get('fn')?.length ?? 0;
    await invoke('print');
    const lines = world.lambda.logs.get('fn')?.slice(before).join('\n');
    for (const text of ['INFO\tone { two: 2 }', 'ERROR\tthree', 'four']) expect(lines).toContain(text);
  });

  test('finds the AWS SDK without bringing it', async () => {
    expect((await invoke('modules')).value).toEqual(['object', 'object', 'object']);
    expect((await invoke('missing')).value.errorMessage).toMatch(/Cannot find module '@aws-sdk\/client-nowhere'/);
  });

  test('finds a client for Clean Rooms ML, and the service behind it', async () => {
    const handle = jest.fn(async () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{"trainingDatasets":[]}' }));
    world.services['cleanrooms-ml'] = { handle };
    expect(await invoke('cleanroomsml')).toMatchObject({ value: { trainingDatasets: [] }, functionError: undefined });
    expect(handle).toHaveBeenCalledWith(expect.objectContaining({ method: 'GET', path: '/training-dataset' }));
  });

  test.each(['get', 'fetch'])('reaches nothing outside (%s)', async (work) => {
    for (const url of ['https://example.com/', 'http://10.0.0.1/', 'https://s3.us-east-1.amazonaws.com/']) {
      expect((await invoke(work, { url })).value).toMatch(/reach nothing but the embedded AWS/);
    }
  });

  test.each([
    'cloudformation-custom-resource-response-useast1.s3.amazonaws.com',
    'cloudformation-custom-resource-response-eucentral1.s3.eu-central-1.amazonaws.com',
  ])('answers a custom resource at %s, which is the embedded AWS', async (host) => {
    expect((await invoke('put', { url: `https://${host}/a%20b?X-Amz-Signature=1`, body: { Status: 'SUCCESS' } })).value).toBe(200);
    expect(world.answers.at(-1)).toEqual({ host, path: '/a%20b?X-Amz-Signature=1', body: { Status: 'SUCCESS' } });
  });
});

test('a function that hangs is ended after its timeout', async () => {
  const world = new World(sandboxes);
  await world.lambda.createFunction(settings(await zip({ 'index.js': HANDLER }), { timeoutSeconds: 1 }));
  const { payload, functionError } = await world.lambda.invoke('fn', { work: 'hang' });
  expect(functionError).toBe('Unhandled');
  expect(JSON.parse(payload)).toEqual({ errorType: 'Sandbox.Timedout', errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/) });
});

test.each([
  ['code that cannot be loaded', { 'index.js': 'throw new TypeError("at once");' }, 'TypeError', 'at once'],
  ['code that cannot be parsed', { 'index.js': 'exports.' }, 'Runtime.UserCodeSyntaxError', 'SyntaxError'],
  ['a handler that does not exist', { 'index.js': 'exports.other = () => {};' }, 'Runtime.HandlerNotFound', 'index.handler is undefined'],
  ['a file that does not exist', { 'other.js': '' }, 'Runtime.ImportModuleError', "Cannot find module 'index'"],
])('%s is an error of the function', async (_, files, errorType, errorMessage) => {
  const world = new World(sandboxes);
  await world.lambda.createFunction(settings(await zip(files)));
  const { payload, functionError } = await world.lambda.invoke('fn', {});
  expect(functionError).toBe('Unhandled');
  expect(JSON.parse(payload)).toMatchObject({ errorType, errorMessage: expect.stringContaining(errorMessage) });
});

describe('the pool', () => {
  async function pidIn(pool: Sandboxes, environment: Record<string, string>): Promise<number> {
    const world = new World(pool);
    await world.lambda.createFunction(settings(await zip({ 'index.js': HANDLER }), { environment }));
    return JSON.parse((await world.lambda.invoke('fn', { work: 'count' })).payload).pid;
  }

  test('lends a process to another embedded AWS if the environment is the same', async () => {
    expect(await pidIn(sandboxes, { AA: '1', BB: '2' })).toBe(await pidIn(sandboxes, { BB: '2', AA: '1' }));
    expect(await pidIn(sandboxes, { AB: '1' })).not.toBe(await pidIn(sandboxes, { AB: '2' }));
  });

  test('ends the process that was idle for longest when there are too many', async () => {
    const pool = new Sandboxes({ limit: 2 });
    try {
      const oldest = await pidIn(pool, { XX: '1' });
      const older = await pidIn(pool, { XX: '2' });
      expect(await pidIn(pool, { XX: '1' })).toBe(oldest);
      await pidIn(pool, { XX: '3' });
      expect(await pidIn(pool, { XX: '1' })).toBe(oldest);
      expect(await pidIn(pool, { XX: '2' })).not.toBe(older);
    } finally {
      await pool.close();
    }
  });

  test('leaves neither process nor file nor listener when it is closed', async () => {
    const listeners = process.listenerCount('SIGINT');
    const pool = new Sandboxes();
    const world = new World(pool);
    await world.lambda.createFunction(settings(await zip({ 'index.js': HANDLER })));
    const environment = JSON.parse((await world.lambda.invoke('fn', { work: 'environment' })).payload);
    const { pid } = JSON.parse((await world.lambda.invoke('fn', { work: 'count' })).payload);
    const hanging = world.lambda.invoke('fn', { work: 'hang' });
    while (!world.lambda.logs.get('fn')?.join().includes('hanging')) await setImmediate();
    await pool.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(fs.existsSync(environment.LAMBDA_TASK_ROOT)).toBe(false);
    expect(process.listenerCount('SIGINT')).toBe(listeners);
    expect(pool.size).toBe(0);
    expect((await hanging).functionError).toBe('Unhandled');
    await expect(world.lambda.invoke('fn', { work: 'count' })).rejects.toThrow('closed');
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('a program that ends by %s', (signal) => {
  test('takes its sandboxes with it', async () => {
    const program = spawn(process.execPath, ['--require', 'tsx/cjs', path.join(__dirname, 'program.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(readline.createInterface({ input: program.stdout }), 'line');
    const { pid, root } = JSON.parse(line);
    expect(process.kill(pid, 0)).toBe(true);
    program.kill(signal);
    expect(await once(program, 'exit')).toEqual([null, signal]);
    while (running([pid]).length > 0) await setImmediate();
    // Nobody can clean up after SIGKILL but the operating system.
    if (signal !== 'SIGKILL') expect(fs.existsSync(root)).toBe(false);
    fs.rmSync(path.dirname(root), { recursive: true, force: true });
  });
});
