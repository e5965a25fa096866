import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { isOlderThan, jsonata } from './expressions';
import { checkTimes, JobStateOptions, JobStates, JobTimes, NAME_SUFFIX_LENGTH, timeoutOf } from './job-states';
import { CLEAN_ROOMS_ML_ERRORS, queued } from './service-call';
import { allow, serviceArn } from '../service';
import { description, namePrefix, required, serviceArns, unlessExpression } from '../validation';

/** What the API is asked for. Everything may be an expression. */
export interface ExportRequest {
  readonly audienceGenerationJobArn: string;
  readonly size: unknown;
  readonly exportName: string;
  readonly description?: string;
}

const RESULT_FIELDS = ['AudienceGenerationJobArn', 'Name', 'AudienceSize', 'Status', 'OutputLocation'];

/** How often an export is begun whose call gets no answer that says what became of it. */
const STARTS = 10;

export function checkExport(
  options: { audienceGenerationJobArn?: string; exportName?: string; description?: string } & JobTimes,
): string[] {
  return [
    ...unlessExpression('audienceGenerationJobArn', options.audienceGenerationJobArn,
      required(serviceArns.audienceGenerationJob, 'give the ARN of an audience generation job')),
    ...unlessExpression('exportName', options.exportName, namePrefix(NAME_SUFFIX_LENGTH)),
    ...unlessExpression('description', options.description, description),
    ...checkTimes(options),
  ];
}

/**
 * Starts an export, and waits until it is ACTIVE. The service answers nothing to the start and may not insist on unique names: so a start
 * whose outcome is unknown is repeated only when the list, given time, does not show the export.
 */
export function exportJob(scope: Construct, request: ExportRequest, options: JobStateOptions & JobTimes): sfn.Parallel {
  const states = new JobStates(scope, options, RESULT_FIELDS);
  const rendered = Object.fromEntries(Object.entries({
    Name: request.exportName,
    AudienceGenerationJobArn: request.audienceGenerationJobArn,
    AudienceSize: request.size,
    Description: request.description,
  }).filter(([, value]) => value !== undefined));
  const argumentsOf = Object.fromEntries(Object.keys(rendered).map((name) => [name, jsonata(`$states.input.Request.${name}`)]));
  const jobs = serviceArn(scope, 'audience-generation-job');

  const start = states.call('Start', 'startAudienceExportJob', argumentsOf, started('"Started": true'), [allow(['StartAudienceExportJob'], jobs)]);
  start.addRetry(queued(timeoutOf(options)));
  const look = lookAt(states, start, options);
  start.addCatch(look, { errors: CLEAN_ROOMS_ML_ERRORS.conflict, outputs: jsonata(started('"Started": true')) });
  const waitForOutcome = states.waitUntilListed('Wait for outcome');
  waitForOutcome.next(look);
  start.addCatch(waitForOutcome, {
    errors: CLEAN_ROOMS_ML_ERRORS.outcomeUnknown,
    outputs: jsonata(started('"Started": false, "Error": $states.errorOutput')),
  });
  start.next(look);

  states.beginWith(rendered, states.nameJob(start));
  return states.job;
}

function started(outcome: string): string {
  return `{
    "Request": $states.input.Request,
    "Starts": ($exists($states.input.Starts) ? $states.input.Starts : 0) + 1,
    "StartTime": $now(),
    ${outcome}
  }`;
}

/** Finds the export by its name, and decides what comes next. */
function lookAt(states: JobStates, start: sfn.IChainable, options: JobTimes): sfn.IChainable {
  const { first, next } = states.list('Look', 'listAudienceExportJobs',
    { AudienceGenerationJobArn: jsonata('$states.input.Request.AudienceGenerationJobArn') },
    `{
      "Request": $states.input.Request,
      "Starts": $states.input.Starts,
      "StartTime": $states.input.StartTime,
      "Started": $states.input.Started,
      "Error": $states.input.Error,
      "Export": $states.result.AudienceExportJobs[Name = $states.input.Request.Name][0],
      "NextToken": $states.result.NextToken
    }`);
  const found = '$states.input.Export';
  const begun = `($exists(${found}) ? ${found}.CreateTime : $states.input.StartTime)`;
  const timeout = timeoutOf(options);
  const wait = states.waitForNextLook(begun, options);
  wait.next(first);
  const decide = states.choice('Done?')
    .when(sfn.Condition.jsonata(jsonata(`${found}.Status = "ACTIVE"`)), states.end('Result', `{
      "AudienceGenerationJobArn": $states.input.Request.AudienceGenerationJobArn,
      "Name": ${found}.Name,
      "AudienceSize": ${found}.AudienceSize,
      "Status": ${found}.Status,
      "OutputLocation": $exists(${found}.OutputLocation) ? ${found}.OutputLocation : null
    }`))
    .when(sfn.Condition.jsonata(jsonata(`${found}.Status = "CREATE_FAILED"`)), states.fail('Failed',
      `$exists(${found}.StatusDetails.StatusCode) ? ${found}.StatusDetails.StatusCode : "AudienceExportFailed"`,
      `($exists(${found}.StatusDetails.Message) ? ${found}.StatusDetails.Message & " " : "") & "(the export " & ${found}.Name & " of " `
      + `& $states.input.Request.AudienceGenerationJobArn & " is " & ${found}.Status & ")"`))
    .when(sfn.Condition.jsonata(jsonata(`$not($exists(${found})) and $exists($states.input.NextToken)`)), next)
    .when(sfn.Condition.jsonata(jsonata(`$not($exists(${found})) and $not($states.input.Started) and $states.input.Starts < ${STARTS}`)), start)
    .when(sfn.Condition.jsonata(jsonata(`$not($exists(${found})) and $not($states.input.Started)`)),
      states.fail('Not started', '$states.input.Error.Error', '$states.input.Error.Cause'))
    .when(sfn.Condition.jsonata(jsonata(isOlderThan(begun, timeout.toSeconds()))), states.fail('Timed out', '"AudienceExportTimedOut"',
      '"The export " & $states.input.Request.Name & " of " & $states.input.Request.AudienceGenerationJobArn & " is not ACTIVE after '
      + `${timeout.toHumanString()}. If it was begun, it goes on."`))
    .otherwise(wait);
  first.next(decide);
  next.next(decide);
  return first;
}
