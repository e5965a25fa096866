import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Cdk } from '../../local-aws/cdk';
import { Clock } from '../../local-aws/clock';
import { LocalAws } from '../../local-aws/local-aws';

/* What the real CDK CLI does with failures that it is told not to roll back. */

const STACK = 'Paused';
const TIME_FOR_THE_CLI = 600_000;

let aws: LocalAws;
let cdk: Cdk;
let directory: string;
beforeEach(async () => {
  aws = await LocalAws.start({ clock: Clock.frozen() });
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-rollback-'));
  cdk = new Cdk(aws, directory);
});
afterEach(async () => {
  await cdk.stop();
  await aws.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** An app with a parameter, and log groups that are created after it. */
function app(parameter: string, ...logGroupNames: string[]): string {
  const { accountId: account, region } = aws.account;
  const outdir = fs.mkdtempSync(path.join(directory, 'assembly-'));
  const synthesized = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(synthesized, STACK, { env: { account, region } });
  const first = new CfnResource(stack, 'Parameter', { type: 'AWS::SSM::Parameter', properties: { Name: 'p', Type: 'String', Value: parameter } });
  for (const LogGroupName of logGroupNames) {
    new CfnResource(stack, `Group${LogGroupName}`, { type: 'AWS::Logs::LogGroup', properties: { LogGroupName } }).addDependency(first);
  }
  synthesized.synth();
  return outdir;
}

const deploy = async (assembly: string, ...options: string[]) => cdk.run('deploy', '--app', assembly, '--require-approval', 'never', ...options);
const state = () => [aws.cloudFormation.stack(STACK).status, aws.ssm.getParameter('p')];

test('it mends a creation, rolls an update back, and does so by itself before a deployment that is not to stop at a failure', async () => {
  await aws.logs.createLogGroup({ logGroupName: 'One' });
  const first = app('1', 'One');
  expect(await deploy(first, '--no-rollback')).toBe(1);
  expect(state()).toEqual(['CREATE_FAILED', '1']);
  aws.logs.deleteLogGroup('One');
  expect(await deploy(first, '--no-rollback')).toBe(0);
  expect(state()).toEqual(['UPDATE_COMPLETE', '1']);

  await aws.logs.createLogGroup({ logGroupName: 'Two' });
  const second = app('2', 'One', 'Two');
  expect(await deploy(second, '--no-rollback')).toBe(1);
  expect(state()).toEqual(['UPDATE_FAILED', '2']);
  expect(await cdk.run('rollback', '--app', second)).toBe(0);
  expect(state()).toEqual(['UPDATE_ROLLBACK_COMPLETE', '1']);

  expect(await deploy(second, '--no-rollback')).toBe(1);
  expect(await deploy(app('3', 'One'), '--force')).toBe(0);
  expect(state()).toEqual(['UPDATE_COMPLETE', '3']);
  const statuses = aws.cloudFormation.events(STACK).filter(({ logicalId }) => logicalId === STACK).map(({ status }) => status);
  expect(statuses.slice(-6)).toEqual([
    'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE',
    'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE',
  ]);
}, TIME_FOR_THE_CLI);
