import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { REQUEST_FAILED } from './contract';
import { stateMachines } from './principals';

/**
 * A step ends itself after 45 seconds, and what it did shows in a list 20 seconds later: no sooner may the next one begin whose
 * predecessor failed, because that may be at work still.
 */
const AFTER_FAILURE = Duration.seconds(75);

/** Longer, and a window of the wait could end before the machine works again. */
const LONGEST_RETRY = Duration.minutes(4);

/** A step that fails from the first time on has FAILED answered within CloudFormation's hour, even where each try takes the minute that it may. */
const WITHIN_THE_HOUR = 24;

/** A wait lasts five days at most. */
const UNTIL_THE_WAIT_ENDS = 2_000;

/**
 * The state machine that works at the custom resources of a stack, one execution for each request: it does steps until one says what to
 * answer CloudFormation, answers once, and goes on with a training until that is over.
 */
export function createStateMachine(scope: Construct, handler: lambda.IFunction): sfn.StateMachine {
  const task = (id: string, does: string, resultPath: string) => new tasks.LambdaInvoke(scope, id, {
    lambdaFunction: handler,
    payloadResponseOnly: true,
    payload: sfn.TaskInput.fromObject({
      Do: does,
      Execution: sfn.JsonPath.stringAt('$$.Execution.Name'),
      StartedAt: sfn.JsonPath.stringAt('$$.Execution.StartTime'),
      RetryCount: sfn.JsonPath.numberAt('$$.State.RetryCount'),
      Data: sfn.JsonPath.entirePayload,
    }),
    resultPath,
    retryOnServiceExceptions: false,
  });
  const wait = (id: string) => new sfn.Wait(scope, id, { time: sfn.WaitTime.secondsPath('$.State.Seconds') });
  const next = (is: string) => sfn.Condition.stringEquals('$.State.Next', is);

  const step = task('Step', 'STEP', '$.State');
  const answer = task('Answer', 'ANSWER', '$');
  const train = task('Train', 'TRAIN', '$.State');
  step.addRetry({ errors: [sfn.Errors.ALL], interval: AFTER_FAILURE, backoffRate: 1, maxAttempts: WITHIN_THE_HOUR });
  step.addCatch(answer, { resultPath: '$.Failure' });
  answer.addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(5), backoffRate: 2, maxDelay: Duration.minutes(1), maxAttempts: 60 });
  train.addRetry({ errors: [sfn.Errors.ALL], interval: AFTER_FAILURE, backoffRate: 2, maxDelay: LONGEST_RETRY, maxAttempts: UNTIL_THE_WAIT_ENDS });

  const succeed = new sfn.Succeed(scope, 'Succeeded');
  const fail = new sfn.Fail(scope, 'Failed', { error: REQUEST_FAILED, causePath: '$.State.Cause' });
  const isTraining = new sfn.Choice(scope, 'IsTraining')
    .when(next('WAIT'), wait('WaitForTraining').next(train))
    .when(next('SUCCEED'), succeed)
    .otherwise(fail);
  const isAnswered = new sfn.Choice(scope, 'IsOver').when(next('TRAIN'), train).when(next('SUCCEED'), succeed).otherwise(fail);
  // One that takes over from another has nothing left but to let the deployment out of its windows.
  const begin = new sfn.Choice(scope, 'TakesOver').when(sfn.Condition.isPresent('$.State'), train).otherwise(step);
  step.next(new sfn.Choice(scope, 'IsDone').when(next('WAIT'), wait('Wait').next(step)).otherwise(answer));
  answer.next(isAnswered);
  train.next(isTraining);

  return new sfn.StateMachine(scope, 'StateMachine', {
    role: new iam.Role(scope, 'StateMachineRole', { assumedBy: stateMachines(Stack.of(scope)) }),
    comment: 'Works at the AWS Clean Rooms ML resources of a stack, one execution for each request of CloudFormation',
    definitionBody: sfn.DefinitionBody.fromChainable(begin),
  });
}

/** Tells the handler of executions that somebody stopped or that broke, so that no deployment waits for them to the end of its wait. */
export function watch(scope: Construct, stateMachine: sfn.IStateMachine, handler: lambda.IFunction): void {
  new events.Rule(scope, 'Ended', {
    description: 'Executions for AWS Clean Rooms ML resources that did not end well',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [stateMachine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    },
    targets: [new targets.LambdaFunction(handler, {
      // Its input has the URL of the answer in it, which is nobody's business.
      event: events.RuleTargetInput.fromObject({ Ended: events.EventField.fromPath('$.detail.executionArn') }),
    })],
  });
}
