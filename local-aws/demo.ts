/**
 * `npm run demo`: the real CDK CLI deploys examples/lookalike to the embedded AWS and changes it twice, deploys examples/audiences, which
 * generates an audience with the model, lets three retrainings pass by, and destroys both.
 */
import * as path from 'node:path';
import { Cdk } from './cdk';
import { census } from './census';
import { run, startLocalAws } from './command';
import { AudienceDemo } from './demo/audience';
import { ModelDemo } from './demo/model';
import { RetrainingDemo } from './demo/retraining';
import { expect, Stage } from './demo/stage';
import type { LocalAws } from './local-aws';

const EXAMPLES = path.join(__dirname, '..', 'examples');

/** What has to be stopped, as far as the program has come. */
const started: { aws?: LocalAws; readonly cdks: Cdk[] } = { cdks: [] };

async function main(): Promise<void> {
  const aws = started.aws = await startLocalAws();
  const stage = new Stage(aws);
  const model = new ModelDemo(stage, cdkIn(aws, 'lookalike'));
  const retraining = new RetrainingDemo(stage);
  const audience = new AudienceDemo(stage, cdkIn(aws, 'audiences'));
  const bootstrapped = census(aws);
  await stage.play(async () => {
    await model.run();
    await audience.run();
    await retraining.run();
    await audience.destroy();
    await model.destroy();
    expectAsBefore(bootstrapped, census(aws));
  });
  console.log('\nEvery step was seen to hold.');
}

function cdkIn(aws: LocalAws, example: string): Cdk {
  const cdk = new Cdk(aws, path.join(EXAMPLES, example));
  started.cdks.push(cdk);
  return cdk;
}

function expectAsBefore(before: readonly string[], now: readonly string[]): void {
  const left = now.filter((name) => !before.includes(name));
  const gone = before.filter((name) => !now.includes(name));
  expect(left.length === 0, `left: ${left.join(', ')}`);
  expect(gone.length === 0, `gone, although it was there before: ${gone.join(', ')}`);
  console.log(`The account is what it was before, with nothing in it but\n  ${now.join('\n  ')}`);
}

async function stop(): Promise<void> {
  await Promise.all(started.cdks.map((cdk) => cdk.stop()));
  await started.aws?.close();
}

void run(main, stop);
