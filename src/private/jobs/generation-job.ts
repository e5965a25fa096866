import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { isOlderThan, jsonata } from './expressions';
import { checkTimes, JobStateOptions, JobStates, JobTimes, NAME_SUFFIX_LENGTH, TimeLimits, timeoutOf } from './job-states';
import { startStatements } from './permissions';
import { CLEAN_ROOMS_ML_ERRORS, NOT_VISIBLE_YET, OUTCOME_UNKNOWN, queued } from './service-call';
import { IConfiguredAudienceModelRef } from '../../configured-audience-model-ref';
import { unlessExpression } from '../faults';
import { allow, serviceArn } from '../service';
import { collaborationId, description, namePrefix } from '../validation';
import { warnOfNoCollaboration } from '../warnings';

/** What the API is asked for. Everything but the model, the role and the keys of the tags may be an expression. */
export interface GenerationRequest {
  readonly model: IConfiguredAudienceModelRef;
  /** As the API takes it, but for the role. */
  readonly seedAudience: { readonly [name: string]: unknown };
  readonly seedRole: iam.IRole;
  readonly jobName: string;
  readonly collaborationId?: string;
  readonly includeSeedInOutput?: boolean;
  readonly description?: string;
  readonly tags?: { readonly [key: string]: string };
}

const RESULT_FIELDS = ['AudienceGenerationJobArn', 'Name', 'Status', 'Recall', 'Relevance'];

/** How often a job is looked for by its name, where the service says that the name is taken. */
const SEARCHES = 10;

/** The faults of what both constructs that generate audiences take. */
export function checkGeneration(
  options: { jobName?: string; collaborationId?: string; description?: string } & JobTimes,
  { nameSuffixLength = 0, times }: { nameSuffixLength?: number; times?: TimeLimits } = {},
): string[] {
  return [
    ...unlessExpression('jobName', options.jobName, namePrefix(NAME_SUFFIX_LENGTH + nameSuffixLength)),
    ...unlessExpression('collaborationId', options.collaborationId, collaborationId),
    ...unlessExpression('description', options.description, description),
    ...checkTimes(options, times),
  ];
}

/** Starts a job, and waits until it is ACTIVE. */
export function generationJob(scope: Construct, request: GenerationRequest, options: JobStateOptions & JobTimes): sfn.Parallel {
  warnOfNoCollaboration(scope, request.model, request.collaborationId);
  const states = new JobStates(scope, options, RESULT_FIELDS);
  const timeout = timeoutOf(options);
  const rendered = render(request);
  const argumentsOf = Object.fromEntries(Object.keys(rendered).map((name) => [name, jsonata(`$states.input.Request.${name}`)]));

  const look = states.read('Look', 'getAudienceGenerationJob', { AudienceGenerationJobArn: jsonata('$states.input.Arn') },
    `$merge([$states.input, { "Job": {
      "Status": $states.result.Status,
      "StatusDetails": $states.result.StatusDetails,
      "CreateTime": $states.result.CreateTime,
      "Metrics": $states.result.Metrics
    } }])`,
    allow(['GetAudienceGenerationJob'], serviceArn(scope, 'audience-generation-job')));
  look.addRetry(NOT_VISIBLE_YET);
  look.next(decide(states, look, options));

  const start = states.call('Start', 'startAudienceGenerationJob', argumentsOf,
    '$merge([$states.input, { "Arn": $states.result.AudienceGenerationJobArn }])',
    startStatements(scope, request));
  // A call whose answer was lost may be made again: the name is taken if it was carried out.
  start.addRetry(OUTCOME_UNKNOWN);
  start.addRetry(queued(timeout));
  start.addCatch(search(states, look), {
    errors: CLEAN_ROOMS_ML_ERRORS.conflict,
    outputs: jsonata('$merge([$states.input, { "Searches": 1, "Conflict": $states.errorOutput.Cause }])'),
  });
  start.next(look);

  states.beginWith(rendered, states.nameJob(start));
  return states.job;
}

function render({ model, seedAudience, seedRole, tags = {}, ...request }: GenerationRequest): { readonly [name: string]: unknown } {
  const all = {
    Name: request.jobName,
    ConfiguredAudienceModelArn: model.configuredAudienceModelRef.configuredAudienceModelArn,
    SeedAudience: { ...seedAudience, RoleArn: seedRole.roleArn },
    IncludeSeedInOutput: request.includeSeedInOutput,
    CollaborationId: request.collaborationId,
    Description: request.description,
    Tags: Object.keys(tags).length > 0 ? tags : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** What becomes of a job that was looked at. */
function decide(states: JobStates, look: sfn.IChainable, options: JobTimes): sfn.IChainable {
  const job = '$states.input.Job';
  const timeout = timeoutOf(options);
  const isUnfinished = `${job}.Status in ["CREATE_PENDING", "CREATE_IN_PROGRESS"]`;
  const wait = states.waitForNextLook(`${job}.CreateTime`, options);
  wait.next(look);
  return states.choice('Done?')
    .when(sfn.Condition.jsonata(jsonata(`${job}.Status = "ACTIVE"`)), states.end('Result', `{
      "AudienceGenerationJobArn": $states.input.Arn,
      "Name": $states.input.Request.Name,
      "Status": ${job}.Status,
      "Recall": $exists(${job}.Metrics.RecallMetric) ? ${job}.Metrics.RecallMetric : null,
      "Relevance": [${job}.Metrics.RelevanceMetrics.{ "AudienceSize": AudienceSize, "Score": $exists(Score) ? Score : null }]
    }`))
    .when(sfn.Condition.jsonata(jsonata(`${isUnfinished} and ${isOlderThan(`${job}.CreateTime`, timeout.toSeconds())}`)),
      states.fail('Timed out', '"AudienceGenerationTimedOut"',
        `"The audience generation job " & $states.input.Arn & " is " & ${job}.Status & " after ${timeout.toHumanString()}. It goes on; delete it when it has ended."`))
    .when(sfn.Condition.jsonata(jsonata(isUnfinished)), wait)
    .otherwise(states.fail('Failed',
      `$exists(${job}.StatusDetails.StatusCode) ? ${job}.StatusDetails.StatusCode : "AudienceGenerationFailed"`,
      `($exists(${job}.StatusDetails.Message) ? ${job}.StatusDetails.Message & " " : "") & "(" & $states.input.Arn & " is " & ${job}.Status & ")"`));
}

/** Finds a job whose name is taken: an earlier call made it, and its answer was lost. */
function search(states: JobStates, found: sfn.IChainable): sfn.IChainable {
  // Not by the model: it may be another account's, on which nobody here may list. Names are unique in an account.
  const { first, next } = states.list('Search', 'listAudienceGenerationJobs', {},
    `{
      "Request": $states.input.Request,
      "Searches": $states.input.Searches,
      "Conflict": $states.input.Conflict,
      "Arn": $states.result.AudienceGenerationJobs[Name = $states.input.Request.Name].AudienceGenerationJobArn,
      "NextToken": $states.result.NextToken
    }`);
  const again = states.waitUntilListed('Wait for list');
  again.next(states.end('Count', '$merge([$states.input, { "Searches": $states.input.Searches + 1 }])')).next(first);
  const isFound = states.choice('Found?')
    .when(sfn.Condition.jsonata(jsonata('$exists($states.input.Arn)')), found)
    .when(sfn.Condition.jsonata(jsonata('$exists($states.input.NextToken)')), next)
    .when(sfn.Condition.jsonata(jsonata(`$states.input.Searches < ${SEARCHES}`)), again)
    .otherwise(states.fail('Name taken', '"CleanRoomsMl.ConflictException"', '$states.input.Conflict'));
  first.next(isFound);
  next.next(isFound);
  return first;
}
