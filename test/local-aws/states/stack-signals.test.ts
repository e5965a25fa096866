import { Clock } from '../../../local-aws/clock';
import type { StackOutcome } from '../../../local-aws/cloudformation/cloudformation';
import { LocalAws } from '../../../local-aws/local-aws';
import type { Execution } from '../../../local-aws/states/execution';

const SIGNAL = 'arn:aws:states:::aws-sdk:cloudformation:signalResource';

describe('a state machine of a stack signals the wait conditions of that stack', () => {
  const WINDOW = 42_300;
  let aws: LocalAws;
  beforeEach(async () => { aws = await LocalAws.start({ clock: Clock.frozen() }); });
  afterEach(async () => { await aws.close(); });

  const names = Array.from({ length: 10 }, (_, index) => `Wait${index}`);

  function template(allowed: string): object {
    const map = {
      Type: 'Map',
      ItemsPath: '$.windows',
      MaxConcurrency: 1,
      ItemSelector: { 'window.$': '$$.Map.Item.Value', 'stack.$': '$.stack' },
      ItemProcessor: {
        StartAt: 'Wait',
        States: {
          Wait: { Type: 'Wait', Seconds: WINDOW, Next: 'Signal' },
          Signal: {
            Type: 'Task',
            Resource: SIGNAL,
            Parameters: { 'StackName.$': '$.stack', 'LogicalResourceId.$': '$.window', 'UniqueId.$': '$$.Execution.Name', 'Status': 'SUCCESS' },
            End: true,
          },
        },
      },
      End: true,
    };
    const statement = (more: object) => ({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...more } });
    const wait = (after: string) => ({ Type: 'AWS::CloudFormation::WaitCondition', DependsOn: after, CreationPolicy: { ResourceSignal: { Timeout: 'PT12H' } } });
    return {
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: statement({ Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' }),
            Policies: [{ PolicyName: 'signal', PolicyDocument: statement({ Action: allowed, Resource: { Ref: 'AWS::StackId' } }) }],
          },
        },
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] }, DefinitionString: JSON.stringify({ StartAt: 'Map', States: { Map: map } }) },
        },
        ...Object.fromEntries(names.map((name, index) => [name, wait(index === 0 ? 'Machine' : names[index - 1])])),
      },
    };
  }

  /** Deploys, and starts the machine as soon as the first window is open. */
  async function deploy(allowed: string): Promise<{ deployment: Promise<StackOutcome>; execution: Execution }> {
    return aws.clock.busy(async () => {
      const deployment = aws.cloudFormation.deploy('Stack', template(allowed));
      while (!aws.cloudFormation.findStack('Stack')?.resources.get('Wait0')?.physicalId) await new Promise(setImmediate);
      const stack = aws.cloudFormation.describe('Stack');
      const execution = aws.states.startExecution(stack.resource('Machine').physicalId ?? '', JSON.stringify({ stack: stack.stackId, windows: names }), 'training');
      return { deployment, execution };
    });
  }

  test('for almost five days', async () => {
    const start = aws.clock.now();
    const { deployment, execution } = await deploy('cloudformation:SignalResource');
    expect(await deployment).toMatchObject({ status: 'CREATE_COMPLETE' });
    await execution.ended;
    expect(execution.status).toBe('SUCCEEDED');
    expect(aws.clock.now() - start).toBe(10 * WINDOW * 1000);
  });

  test('only if its role may', async () => {
    const start = aws.clock.now();
    const { deployment, execution } = await deploy('cloudformation:DescribeStacks');
    expect(await deployment).toMatchObject({ status: 'ROLLBACK_COMPLETE', failures: [{ logicalId: 'Wait0', reason: expect.stringContaining('Failed to receive 1 resource signal') }] });
    expect(execution).toMatchObject({
      status: 'FAILED', error: 'CloudFormation.CloudFormationException', cause: expect.stringContaining('is not authorized to perform: cloudformation:SignalResource'),
    });
    expect(aws.clock.now() - start).toBe(12 * 3_600_000);
  });

  test('and keeps the stack from being deleted for as long as its execution sleeps', async () => {
    const { deployment, execution } = await deploy('cloudformation:SignalResource');
    const start = aws.clock.now();
    aws.cloudFormation.deleteStack(aws.cloudFormation.describe('Stack'));
    const reason = expect.stringMatching(/^Resource of type 'AWS::StepFunctions::StateMachine' with identifier '.+' did not stabilize\.$/);
    expect(await deployment).toMatchObject({
      status: 'DELETE_FAILED', failures: [{ logicalId: 'Wait0', reason: 'Resource creation cancelled' }, { logicalId: 'Machine', reason }],
    });
    expect(aws.clock.now() - start).toBe(2 * 3_600_000);
    expect(await aws.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_FAILED' });
    await execution.ended;
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringMatching(/^State machine Stack-Machine-\w+ has been deleted\.$/) });
    expect(await aws.cloudFormation.delete('Stack')).toMatchObject({ status: 'DELETE_COMPLETE' });
  });

  test('and lets it go at once where the execution was stopped', async () => {
    const { deployment, execution } = await deploy('cloudformation:SignalResource');
    const start = aws.clock.now();
    aws.cloudFormation.deleteStack(aws.cloudFormation.describe('Stack'));
    aws.states.stopExecution(execution.arn);
    expect(await deployment).toMatchObject({ status: 'DELETE_COMPLETE' });
    expect(aws.clock.now()).toBe(start);
  });
});
