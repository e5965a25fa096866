import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata, literal } from './expressions';
import { EVENT_SOURCE } from './run-contract';
import { errorsOf, retried, ServiceCall } from './service-call';
import { ToldBus } from '../event-bus';

export interface Telling {
  /** What an event is called, by the status that it tells. */
  readonly detailTypes: Readonly<Record<string, string>>;
  readonly eventBus: ToldBus;
}

/** How often an event is put again that the bus did not take. */
const ATTEMPTS = 10;
const BETWEEN_ATTEMPTS = Duration.seconds(30);

/** Sends the state's input as an event, whose type is the outcome that it names, and gives it on to what comes after. */
export function tell(scope: Construct, { eventBus, detailTypes }: Telling, next: sfn.IChainable): sfn.IChainable {
  const put = new ServiceCall(scope, 'Tell', {
    service: 'eventbridge',
    action: 'putEvents',
    arguments: {
      Entries: [{
        EventBusName: eventBus.name,
        Source: EVENT_SOURCE,
        DetailType: jsonata(`$lookup(${JSON.stringify(detailTypes)}, $states.input.Report.status)`),
        Detail: jsonata('$string($states.input.Report)'),
        Resources: [jsonata('$states.context.Execution.Id')],
      }],
    },
    // A bus may take the call and not the event.
    output: jsonata(`{
      "Report": $states.input.Report, "Attempts": $states.input.Attempts + 1,
      "Refused": $states.result.FailedEntryCount > 0 ? $states.result.Entries[0] : null
    }`),
    statements: [new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [eventBus.arn],
      conditions: { 'ForAllValues:StringEquals': { 'events:source': [EVENT_SOURCE] } },
    })],
  });
  const { throttled, outcomeUnknown } = errorsOf('EventBridge');
  put.addRetry(retried([...throttled, ...outcomeUnknown, 'EventBridge.InternalException']));

  const again = sfn.Wait.jsonata(scope, 'Wait to tell again', { time: sfn.WaitTime.duration(BETWEEN_ATTEMPTS) });
  again.next(put);
  const refused = sfn.Fail.jsonata(scope, 'Not told', {
    error: jsonata('$states.input.Refused.ErrorCode'),
    cause: jsonata(`"The event was not taken: " & $states.input.Refused.ErrorMessage & ${literal(' It was to say: ')} & $string($states.input.Report)`),
  });
  put.next(sfn.Choice.jsonata(scope, 'Told?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.Refused = null')),
      sfn.Pass.jsonata(scope, 'As told', { outputs: jsonata('$states.input.Report') }).next(next))
    .when(sfn.Condition.jsonata(jsonata(`$states.input.Attempts < ${ATTEMPTS}`)), again)
    .otherwise(refused));
  return sfn.Pass.jsonata(scope, 'Prepare to tell', { outputs: { Report: jsonata('$states.input'), Attempts: 0 } }).next(put);
}
