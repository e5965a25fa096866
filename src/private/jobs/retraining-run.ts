import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { jsonata, literal } from './expressions';
import { RETRAINING } from './run-contract';
import { tell } from './run-events';
import { putDuration } from './run-metrics';
import { RetrainingProperties } from '../contract';
import { ToldBus } from '../event-bus';

export interface RetrainingRunProps {
  readonly retrainingName: string;
  readonly handler: lambda.IFunction;
  readonly retraining: RetrainingProperties;
  readonly eventBus: ToldBus;
}

/** A step ends itself after 45 seconds, and what it did shows in a list 20 seconds later: the next one begins no sooner. */
const AFTER_FAILURE = Duration.seconds(75);
const LONGEST_RETRY = Duration.minutes(15);

/** As long as the longest training may take, and more. */
const UNTIL_IT_ENDS = 700;

/** All that an execution does: it lets the handlers of the stack do step after step, and tells what came of it. */
export function retrainingRun(scope: Construct, props: RetrainingRunProps): sfn.IChainable {
  const context = '$states.context';
  const step = tasks.LambdaInvoke.jsonata(scope, 'Step', {
    lambdaFunction: props.handler,
    payload: sfn.TaskInput.fromObject({
      Do: 'RETRAIN',
      Execution: jsonata(`${context}.Execution.Name`),
      StartedAt: jsonata(`${context}.Execution.StartTime`),
      StateMachineArn: jsonata(`${context}.StateMachine.Id`),
      RetryCount: jsonata(`${context}.State.RetryCount`),
      Data: {
        Retraining: props.retraining,
        Input: jsonata(`${context}.Execution.Input`),
        // The first step has none.
        State: jsonata('$states.input.Next = "WAIT" ? $states.input : null'),
      },
    }),
    outputs: jsonata('$states.result.Payload'),
    retryOnServiceExceptions: false,
  });
  step.addRetry({ errors: [sfn.Errors.ALL], interval: AFTER_FAILURE, backoffRate: 2, maxDelay: LONGEST_RETRY, maxAttempts: UNTIL_IT_ENDS });

  const succeeded = sfn.Succeed.jsonata(scope, 'Done');
  const failed = sfn.Fail.jsonata(scope, 'Failed', { error: jsonata('$states.input.error'), cause: jsonata('$states.input.cause') });
  const end = sfn.Choice.jsonata(scope, 'Successful?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.status = "FAILED"')), failed)
    .otherwise(succeeded);
  const telling = putDuration(scope, props.retrainingName, tell(scope, { eventBus: props.eventBus, detailTypes: RETRAINING.detailTypes }, end));

  const report = (fields: string) => jsonata(`$merge([{ "retraining": ${literal(props.retrainingName)}, "executionArn": ${context}.Execution.Id }, ${fields}])`);
  const reported = sfn.Pass.jsonata(scope, 'Report', {
    outputs: report('$states.input.Report, $states.input.Report.status = "FAILED" ? { "error": "RetrainingFailed" } : {}'),
  });
  reported.next(sfn.Choice.jsonata(scope, 'Skipped?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.status = "SKIPPED"')), succeeded)
    .otherwise(telling));
  step.addCatch(sfn.Pass.jsonata(scope, 'Broken', {
    outputs: report('{ "status": "FAILED", "error": $states.input.Error, "cause": $states.input.Cause, "durationSeconds": $round(('
      + '$millis() - $toMillis($states.context.Execution.StartTime)) / 1000) }'),
  }).next(telling), { outputs: jsonata('$states.errorOutput') });

  const wait = sfn.Wait.jsonata(scope, 'Wait', { time: sfn.WaitTime.seconds(jsonata('$states.input.Seconds')) });
  return step.next(sfn.Choice.jsonata(scope, 'Is over?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.Next = "WAIT"')), wait.next(step))
    .otherwise(reported));
}
