/** `npm run local-aws`: leaves the embedded AWS running until Ctrl-C. */
import { run, startLocalAws } from './command';
import type { LocalAws } from './local-aws';

let aws: LocalAws | undefined;

async function main(): Promise<void> {
  aws = await startLocalAws();
  console.log(`The embedded AWS listens on ${aws.endpoint} until you press Ctrl-C. To use it, run this in another terminal:\n`);
  for (const [name, value] of Object.entries(aws.environment())) console.log(`export ${name}='${value}'`);
  console.log('\nThen, for example: npx cdk deploy');
  return new Promise(() => {});
}

void run(main, async () => aws?.close());
