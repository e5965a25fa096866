import * as os from 'node:os';
import { Cdk } from '../../local-aws/cdk';
import { Clock } from '../../local-aws/clock';
import { LocalAws } from '../../local-aws/local-aws';

let aws: LocalAws;
beforeEach(async () => { aws = await LocalAws.start({ clock: Clock.frozen() }); });
afterEach(async () => { await aws.close(); });

test('once stopped it starts nothing more', async () => {
  const cdk = new Cdk(aws, os.tmpdir());
  await cdk.stop();
  await expect(cdk.run('--version')).rejects.toThrow('The CDK CLI was stopped.');
});

test('it can be stopped twice, also while it runs', async () => {
  const cdk = new Cdk(aws, os.tmpdir());
  const exitCode = cdk.run('--version');
  await Promise.all([cdk.stop(), cdk.stop()]);
  expect(await exitCode).toBe(1);
});
