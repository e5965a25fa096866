import { setImmediate } from 'node:timers/promises';
import { settings, World, zip } from './harness';
import { InProcessFunctions } from '../../../local-aws/lambda/in-process';

test('a pause ends with its invocation, so that time stands still for the next one', async () => {
  const seen = new Set<number>();
  const world = new World({
    run: async (_, { payload, pause, now }) => {
      // As the call of a function that dies, or whose time is over, while it waits.
      if (payload === '"first"') void pause(3_600_000);
      else for (let turn = 0; turn < 20; turn++) await setImmediate().then(() => seen.add(now()));
      return { payload: 'null' };
    },
    close: async () => undefined,
  });
  await world.lambda.createFunction(settings(await zip({ 'index.js': '' })));
  const start = world.clock.now();
  await world.lambda.invoke('fn', 'first');
  const sleeping = world.clock.sleep(1000);
  await world.lambda.invoke('fn', 'second');
  expect([...seen, world.clock.now()]).toEqual([start, start]);
  await sleeping;
  expect(world.clock.now()).toBe(start + 1000);
});

test('a function in this process that died in a pause does not go on when it ends', async () => {
  const functions = new InProcessFunctions();
  functions.fault = () => 'killed-before';
  const world = new World(functions);
  const code = `exports.handler = async () => {
    console.log('waiting');
    const waiting = require('node:timers/promises').setTimeout(1000).then(() => console.log('going on'));
    require('node:https').request({ method: 'PUT', path: '/?', headers: {} }, () => undefined).end();
    await waiting;
  };`;
  await world.lambda.createFunction(settings(await zip({ 'index.js': code })));
  const { payload } = await world.lambda.invoke('fn', {});
  await setImmediate();
  expect(JSON.parse(payload)).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect(world.lambda.logs.get('fn')).toEqual(['waiting']);
  await functions.close();
});
