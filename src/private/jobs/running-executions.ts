import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata } from './expressions';
import { errorsOf, retried, ServiceCall } from './service-call';

/**
 * Lists the executions of the state machine that run, this one among them. Its permission is for whoever makes the state machine to give: in
 * the policy that the state machine waits for, its own ARN would be a cycle.
 */
export function listRunningExecutions(scope: Construct, id: string, output: string): ServiceCall {
  const list = new ServiceCall(scope, id, {
    service: 'sfn',
    action: 'listExecutions',
    arguments: { StateMachineArn: jsonata('$states.context.StateMachine.Id'), StatusFilter: 'RUNNING', MaxResults: 1000 },
    output: jsonata(output),
    statements: [],
  });
  const { throttled, outcomeUnknown } = errorsOf('Sfn');
  list.addRetry(retried([...throttled, ...outcomeUnknown]));
  return list;
}

/** Long enough for the list to show every execution that began before it is read. */
const UNTIL_LISTED = 60;

/**
 * Lets only one of the executions run whose names begin so: the one that began first. A schedule may start a run while the last one is not
 * over, and may start the same run twice.
 */
export function unlessAnotherRuns(scope: Construct, prefix: string, run: sfn.IChainable, otherwise: sfn.IChainable): sfn.IChainable {
  const own = '$states.context.Execution';
  const isExclusive = (name: string) => `$substring(${name}, 0, ${prefix.length}) = "${prefix}"`;
  const wait = sfn.Wait.jsonata(scope, 'Wait for others', { time: sfn.WaitTime.seconds(jsonata(String(UNTIL_LISTED))) });
  // All runs compare the same dates, those of the list; only where this one is not in it yet, the context has to do.
  const list = listRunningExecutions(scope, 'List others', `(
    $listed := $states.result.Executions[ExecutionArn = ${own}.Id].StartDate;
    $begun := $toMillis($exists($listed) ? $listed : ${own}.StartTime);
    { "Earlier": [$filter($states.result.Executions, function($other) {
      ${isExclusive('$other.Name')} and $other.ExecutionArn != ${own}.Id and (
        $toMillis($other.StartDate) < $begun or ($toMillis($other.StartDate) = $begun and $other.ExecutionArn < ${own}.Id)
      )
    }).ExecutionArn] }
  )`);
  const isFirst = sfn.Choice.jsonata(scope, 'First?')
    .when(sfn.Condition.jsonata(jsonata('$count($states.input.Earlier) = 0')), run)
    .otherwise(otherwise);
  return sfn.Choice.jsonata(scope, 'Exclusive?')
    .when(sfn.Condition.jsonata(jsonata(isExclusive(`${own}.Name`))), wait.next(list).next(isFirst))
    .otherwise(run);
}
