/** `npm run local-aws`: leaves the embedded AWS running until Ctrl-C. */
import { onInterrupt, startLocalAws } from './command';

async function main(): Promise<void> {
  const aws = await startLocalAws();
  onInterrupt('The embedded AWS has stopped, and everything in it is gone.', async () => aws.close());
  console.log(`The embedded AWS listens on ${aws.endpoint} until you press Ctrl-C. To use it, run this in another terminal:\n`);
  for (const [name, value] of Object.entries(aws.environment())) console.log(`export ${name}='${value}'`);
  console.log('\nThen, for example: npx cdk deploy');
}

void main();
