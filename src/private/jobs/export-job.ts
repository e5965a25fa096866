import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { isOlderThan, jsonata } from './expressions';
import { checkTimes, JobStateOptions, JobStates, JobTimes, NAME_SUFFIX_LENGTH, timeoutOf } from './job-states';
import { CLEAN_ROOMS_ML_ERRORS, queued } from './service-call';
import { required, unlessExpression } from '../faults';
import { allow, serviceArn } from '../service';
import { description, namePrefix, serviceArns } from '../validation';

/** What the API is asked for. Everything may be an expression. */
export interface ExportRequest {
  readonly audienceGenerationJobArn: string;
  readonly size: unknown;
  readonly exportName: string;
  readonly description?: string;
}

const RESULT_FIELDS = ['AudienceGenerationJobArn', 'Name', 'AudienceSize', 'Status', 'OutputLocation'];

/** How often an export is begun, or looked for, where the answers do not say what became of it. */
const ATTEMPTS = 10;

/** What is known of a start: that it was carried out, that the service says so of an earlier one, or nothing. */
const Outcome = { STARTED: '"STARTED"', CONFLICT: '"CONFLICT"', UNKNOWN: '"UNKNOWN"' } as const;

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
 * Starts an export, and waits until it is ACTIVE. The service answers nothing to the start and may not insist on unique names: so an export is
 * begun only when the list does not show it, and the list is given time after a start whose outcome is unknown.
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

  const start = states.call('Start', 'startAudienceExportJob', argumentsOf, after(Outcome.STARTED),
    [allow(['StartAudienceExportJob'], serviceArn(scope, 'audience-generation-job'))]);
  start.addRetry(queued(timeoutOf(options), options.pace));
  const { look, lookLater } = lookAt(states, start, options);
  start.addCatch(look, { errors: CLEAN_ROOMS_ML_ERRORS.conflict, outputs: jsonata(after(Outcome.CONFLICT, '"Error": $states.errorOutput')) });
  start.addCatch(lookLater, { errors: CLEAN_ROOMS_ML_ERRORS.outcomeUnknown, outputs: jsonata(after(Outcome.UNKNOWN, '"Error": $states.errorOutput')) });
  start.next(look);

  const nothingYet = states.end('Begin', `{ "Request": $states.input.Request, "Attempts": 0, "StartTime": $now(), "Outcome": ${Outcome.UNKNOWN} }`);
  states.beginWith(rendered, states.nameJob(nothingYet.next(look)));
  return states.job;
}

function after(outcome: string, more = ''): string {
  return `{
    "Request": $states.input.Request, "Attempts": $states.input.Attempts + 1, "StartTime": $now(), "Outcome": ${outcome}${more === '' ? '' : `, ${more}`}
  }`;
}

/** Finds the export by its name, and decides what comes next. `lookLater` gives the list time before. */
function lookAt(states: JobStates, start: sfn.IChainable, options: JobTimes): { look: sfn.IChainable; lookLater: sfn.IChainable } {
  const { first, next } = states.list('Look', 'listAudienceExportJobs',
    { AudienceGenerationJobArn: jsonata('$states.input.Request.AudienceGenerationJobArn') },
    `{
      "Request": $states.input.Request,
      "Attempts": $states.input.Attempts,
      "StartTime": $states.input.StartTime,
      "Outcome": $states.input.Outcome,
      "Error": $states.input.Error,
      "Export": $states.result.AudienceExportJobs[Name = $states.input.Request.Name][0],
      "NextToken": $states.result.NextToken
    }`);
  const found = '$states.input.Export';
  const isMissing = `$not($exists(${found}))`;
  const has = (outcome: string) => `${isMissing} and $states.input.Outcome = ${outcome}`;
  const isEarly = `$states.input.Attempts < ${ATTEMPTS}`;
  const begun = `($exists(${found}) ? ${found}.CreateTime : $states.input.StartTime)`;
  const timeout = timeoutOf(options);
  const wait = states.waitForNextLook(begun, options);
  wait.next(first);
  const lookLater = states.waitUntilListed('Wait for list');
  lookLater.next(first);
  const count = states.end('Count', '$merge([$states.input, { "Attempts": $states.input.Attempts + 1 }])');
  count.next(lookLater);
  const notBegun = states.fail('Not begun', '$states.input.Error.Error', '$states.input.Error.Cause');
  const when = (condition: string) => sfn.Condition.jsonata(jsonata(condition));
  const decide = states.choice('Done?')
    .when(when(`${found}.Status = "ACTIVE"`), states.end('Result', `{
      "AudienceGenerationJobArn": $states.input.Request.AudienceGenerationJobArn,
      "Name": ${found}.Name,
      "AudienceSize": ${found}.AudienceSize,
      "Status": ${found}.Status,
      "OutputLocation": $exists(${found}.OutputLocation) ? ${found}.OutputLocation : null
    }`))
    .when(when(`${found}.Status = "CREATE_FAILED"`), states.fail('Failed',
      `$exists(${found}.StatusDetails.StatusCode) ? ${found}.StatusDetails.StatusCode : "AudienceExportFailed"`,
      `($exists(${found}.StatusDetails.Message) ? ${found}.StatusDetails.Message & " " : "") & "(the export " & ${found}.Name & " of " `
      + `& $states.input.Request.AudienceGenerationJobArn & " is " & ${found}.Status & ")"`))
    .when(when(`${isMissing} and $exists($states.input.NextToken)`), next)
    .when(when(`${has(Outcome.UNKNOWN)} and ${isEarly}`), start)
    .when(when(`${has(Outcome.CONFLICT)} and ${isEarly}`), count)
    .when(when(`${isMissing} and $states.input.Outcome != ${Outcome.STARTED}`), notBegun)
    .when(when(isOlderThan(begun, timeout.toSeconds())), states.fail('Timed out', '"AudienceExportTimedOut"',
      '"The export " & $states.input.Request.Name & " of " & $states.input.Request.AudienceGenerationJobArn & " is not ACTIVE after '
      + `${timeout.toHumanString()}. If it was begun, it goes on."`))
    .otherwise(wait);
  first.next(decide);
  next.next(decide);
  return { look: first, lookLater };
}
