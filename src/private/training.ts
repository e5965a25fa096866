import { ArnFormat, Aws, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';

/** The state machine that trains the audience models of a stack: it does steps until one says that it is over. */
export class Training extends Construct {
  public readonly stateMachineArn: string;
  private readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, step: lambda.IFunction) {
    super(scope, id);
    const train = new tasks.LambdaInvoke(this, 'Train', {
      lambdaFunction: step,
      payloadResponseOnly: true,
      resultPath: '$.State',
      retryOnServiceExceptions: false,
    });
    // A call whose answer was lost may have begun a training, and the list must have had the time to show it.
    train.addRetry({
      errors: [sfn.Errors.ALL], interval: Duration.minutes(1), backoffRate: 2, maxDelay: Duration.minutes(15), maxAttempts: 1_000,
    });
    const wait = new sfn.Wait(this, 'Wait', { time: sfn.WaitTime.secondsPath('$.State.Seconds') });
    const succeed = new sfn.Succeed(this, 'Trained');
    const fail = new sfn.Fail(this, 'Failed', { error: 'TrainingFailed', causePath: '$.State.Cause' });
    const decide = new sfn.Choice(this, 'Decide')
      .when(sfn.Condition.stringEquals('$.State.Next', 'WAIT'), wait.next(train))
      .when(sfn.Condition.stringEquals('$.State.Next', 'SUCCEED'), succeed)
      .otherwise(fail);

    const machines = Stack.of(this).formatArn({ service: 'states', resource: 'stateMachine', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account }, ArnLike: { 'aws:SourceArn': machines } },
      }),
    });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      role,
      comment: 'Trains AWS Clean Rooms ML audience models, and lets the deployment go on',
      definitionBody: sfn.DefinitionBody.fromChainable(train.next(decide)),
    });
    this.stateMachineArn = this.stateMachine.stateMachineArn;
  }

  /** What the handler needs to hand over to the state machine, to stop it, and to let a deployment go on. */
  public statements(): iam.PolicyStatement[] {
    const executions = Stack.of(this).formatArn({
      service: 'states', resource: 'execution', resourceName: `${this.stateMachine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return [
      new iam.PolicyStatement({ actions: ['states:ListExecutions', 'states:StartExecution'], resources: [this.stateMachineArn] }),
      new iam.PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executions] }),
      new iam.PolicyStatement({ actions: ['cloudformation:DescribeStackResource', 'cloudformation:SignalResource'], resources: [Aws.STACK_ID] }),
    ];
  }
}
