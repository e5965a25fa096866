import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { outputOf, World } from './world';
import { AudienceSize, LookalikeAudience } from '../../../src';
import type { Template } from '../assembly';

/* Step Functions looks at where the executions log when it makes the state machine, as the state machine's role. */

const LOG_GROUP = '/aws/vendedlogs/states/audience';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(async () => world.close());

async function deploy(destination: (stack: Stack) => logs.ILogGroup, edit?: (template: Template) => void): Promise<void> {
  await world.deploy((stack) => {
    new LookalikeAudience(stack, 'Audience', {
      configuredAudienceModel: world.model(stack),
      seedAudience: world.seed(stack),
      sizes: [AudienceSize.percentage(5)],
      logs: { destination: destination(stack), level: sfn.LogLevel.ALL, includeExecutionData: true },
      tracingEnabled: true,
    });
  }, edit);
}

const logging = () => world.aws.states.stateMachines().map((machine) => machine.logging);
const own = (stack: Stack) => new logs.LogGroup(stack, 'Logs', { logGroupName: LOG_GROUP });
const imported = (stack: Stack) => logs.LogGroup.fromLogGroupName(stack, 'Logs', LOG_GROUP);

test.each([['of its stack', own], ['from elsewhere', imported]])('an audience logs to a log group %s', async (_, destination) => {
  if (destination === imported) await world.aws.logs.createLogGroup({ logGroupName: LOG_GROUP });
  await deploy(destination);
  expect(logging()).toEqual([{ level: 'ALL', destinations: [world.aws.logs.arnOf(LOG_GROUP)] }]);
  expect(outputOf(await world.run('Audience'))).toMatchObject({ status: 'FINISHED' });
  expect(world.denied()).toEqual([]);
});

test('an audience does not log to a log group that is not there', async () => {
  await expect(deploy(imported)).rejects.toThrow('Invalid Logging Configuration');
});

test('an audience does not log without the permissions that its role has for it', async () => {
  const deliveryOf = ({ Action }: { readonly Action: string | string[] }) => [Action].flat().includes('logs:CreateLogDelivery');
  await expect(deploy(own, ({ Resources }) => {
    for (const { Type, Properties } of Object.values(Resources)) {
      if (Type !== iam.CfnPolicy.CFN_RESOURCE_TYPE_NAME) continue;
      const document = Properties!.PolicyDocument as { Statement: { readonly Action: string | string[] }[] };
      document.Statement = document.Statement.filter((statement) => !deliveryOf(statement));
    }
  })).rejects.toThrow('The state machine IAM Role is not authorized to access the Log Destination');
});
