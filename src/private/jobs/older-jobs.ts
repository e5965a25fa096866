import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { jsonata } from './expressions';
import { AUDIENCE_TAG } from './run-contract';
import { listRunningExecutions } from './running-executions';
import { CLEAN_ROOMS_ML_ERRORS, retried, ServiceCall } from './service-call';
import { allow, serviceArn } from '../service';

export interface OlderJobs {
  readonly audienceName: string;
  /** Ends the name of every job of the audience before its hash, and of no other's. */
  readonly jobNameSuffix: string;
  readonly hashLength: number;
  readonly keep: number;
}

/**
 * A state's data and an execution's history are limited. Where there are more jobs, those that are not seen can only be more reason to delete
 * the oldest of those that are; the next run goes on.
 */
const ENOUGH = 200;

/**
 * Deletes the jobs of an audience that are older than its newest ACTIVE ones, and older than every execution that still runs, which may need
 * its own. Those in progress cannot be deleted. A deletion that fails is left to the next run.
 *
 * The state's input is kept as `Kept`, and given on to what comes after.
 */
export function deleteOlderJobs(scope: Construct, jobs: OlderJobs, next: sfn.IChainable): sfn.IChainable {
  const done = sfn.Pass.jsonata(scope, 'Older jobs deleted', { outputs: jsonata('$states.input.Kept') });
  done.next(next);

  const remove = new ServiceCall(scope, 'Delete job', {
    service: 'cleanroomsml',
    action: 'deleteAudienceGenerationJob',
    arguments: { AudienceGenerationJobArn: jsonata('$states.input') },
    output: jsonata('$states.input'),
    statements: [ownJobsOnly(scope, jobs.audienceName)],
  });
  remove.addRetry(retried([...CLEAN_ROOMS_ML_ERRORS.throttled, ...CLEAN_ROOMS_ML_ERRORS.outcomeUnknown]));
  remove.addCatch(sfn.Pass.jsonata(scope, 'Job not deleted'));
  const deleteAll = sfn.Map.jsonata(scope, 'Delete older jobs', {
    items: sfn.ProvideItems.jsonata(jsonata(olderJobs(jobs.keep))),
    maxConcurrency: 1,
    outputs: jsonata('$states.input'),
  }).itemProcessor(remove);
  deleteAll.addCatch(done, { outputs: jsonata('$states.input') });

  const running = listRunningExecutions(scope, 'List running executions',
    '$merge([$states.input, { "Running": [$states.result.Executions.$toMillis(StartDate)] }])');
  running.addCatch(done, { outputs: jsonata('$states.input') });
  return listJobs(scope, jobs, running.next(deleteAll).next(done), done);
}

/** Only those with the audience's tag: others may have names like ours. */
function ownJobsOnly(scope: Construct, audienceName: string): iam.PolicyStatement {
  const statement = allow(['DeleteAudienceGenerationJob'], serviceArn(scope, 'audience-generation-job'));
  statement.addConditions({ StringEquals: { [`aws:ResourceTag/${AUDIENCE_TAG}`]: audienceName } });
  return statement;
}

function listJobs(
  scope: Construct, { jobNameSuffix, hashLength }: OlderJobs, next: sfn.IChainable, done: sfn.IChainable,
): sfn.IChainable {
  // What other accounts started with the same model is theirs, whatever its name.
  const account = '$split($states.context.Execution.Id, ":")[4]';
  const isOurs = `$contains(Name, /${jobNameSuffix}-[0-9a-f]{${hashLength}}$/) and ($exists(StartedBy) ? StartedBy = ${account} : true)`;
  const page = (id: string, kept: string, soFar: string, token: object) => {
    const call = new ServiceCall(scope, id, {
      service: 'cleanroomsml',
      action: 'listAudienceGenerationJobs',
      arguments: { MaxResults: 100, ...token },
      output: jsonata(`{
        "Kept": ${kept},
        "Jobs": [${soFar}$states.result.AudienceGenerationJobs[${isOurs}].{
          "Arn": AudienceGenerationJobArn, "Status": Status, "Created": $toMillis(CreateTime)
        }],
        "NextToken": $states.result.NextToken
      }`),
      // Of all models: that of this audience may be another account's, on which nobody here may list.
      statements: [allow(['ListAudienceGenerationJobs'], '*')],
    });
    call.addRetry(retried([...CLEAN_ROOMS_ML_ERRORS.throttled, ...CLEAN_ROOMS_ML_ERRORS.outcomeUnknown]));
    call.addCatch(done, { outputs: jsonata(`{ "Kept": ${kept} }`) });
    return call;
  };
  const first = page('List jobs', '$states.input', '', {});
  const more = page('List more jobs', '$states.input.Kept', '$states.input.Jobs, ', { NextToken: jsonata('$states.input.NextToken') });
  const isMore = sfn.Choice.jsonata(scope, 'More jobs?')
    .when(sfn.Condition.jsonata(jsonata(`$exists($states.input.NextToken) and $count($states.input.Jobs) < ${ENOUGH}`)), more)
    .otherwise(next);
  first.next(isMore);
  more.next(isMore);
  return first;
}

/** The ARNs of the jobs to delete. */
function olderJobs(keep: number): string {
  return `(
    $isOlder := function($a, $b) { $a.Created < $b.Created or ($a.Created = $b.Created and $a.Arn < $b.Arn) };
    $last := $sort($states.input.Jobs[Status = "ACTIVE"], $isOlder)[${keep} - 1];
    $begun := $min($states.input.Running);
    $exists($last) ? [$filter($states.input.Jobs, function($job) {
      $job.Status in ["ACTIVE", "CREATE_FAILED", "DELETE_FAILED"] and $job.Created < $begun and $isOlder($job, $last)
    }).Arn] : []
  )`;
}
