/** A program with a sandbox, to be ended from outside. */
import { settings, World, zip } from './harness';
import { Sandboxes } from '../../../local-aws/lambda/sandboxes';

async function main(): Promise<void> {
  const world = new World(new Sandboxes());
  const code = 'exports.handler = async () => ({ pid: process.pid, root: process.env.LAMBDA_TASK_ROOT });';
  await world.lambda.createFunction(settings(await zip({ 'index.js': code })));
  console.log((await world.lambda.invoke('fn', {})).payload);
}

void main();
