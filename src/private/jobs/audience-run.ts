import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { exportJob } from './export-job';
import { jsonata, literal } from './expressions';
import { generationJob, GenerationRequest } from './generation-job';
import { HASH_LENGTH, JobTimes } from './job-states';
import { judge } from './judgement';
import { deleteOlderJobs } from './older-jobs';
import { DetailType } from './run-contract';
import { tell } from './run-events';
import { plannedRun, readInput, RunDefaults } from './run-input';
import { putMetrics } from './run-metrics';
import { unlessAnotherRuns } from './running-executions';
import { ToldBus } from '../event-bus';

export interface AudienceRunProps extends JobTimes {
  readonly audienceName: string;
  readonly defaults: RunDefaults;
  readonly generation: Omit<GenerationRequest, 'seedAudience' | 'jobName'>;
  /** Ends the name of every job of this audience before its hash, and of no other's. */
  readonly jobNameSuffix: string;
  readonly exportDescription?: string;
  readonly minimumRelevance?: number;
  readonly minimumRecall?: number;
  readonly keepJobs?: number;
  readonly eventBus: ToldBus;
  /** The beginning of the names of executions of which only one may run at a time; undefined where there are none. */
  readonly exclusivePrefix?: string;
}

const JSONATA = { queryLanguage: sfn.QueryLanguage.JSONATA };

/**
 * All that an execution does: it generates, judges, exports and tells. The run itself is one state, so that whatever fails in it is told, too.
 * What comes out of it is the report that the event carries.
 */
export function audienceRun(scope: Construct, props: AudienceRunProps): sfn.IChainable {
  const run = sfn.Parallel.jsonata(scope, 'Run', { outputs: jsonata('$states.result[0]') }).branch(work(scope, props));

  const succeeded = sfn.Succeed.jsonata(scope, 'Done');
  const failed = sfn.Fail.jsonata(scope, 'Failed', { error: jsonata('$states.input.error'), cause: jsonata('$states.input.cause') });
  const end = sfn.Choice.jsonata(scope, 'Successful?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.status = "FAILED"')), failed)
    .otherwise(succeeded);
  // After runs that failed, too: one export that always does must not make jobs pile up.
  const telling = tell(scope, { ...props, detailTypes: DetailType }, props.keepJobs === undefined ? end : deleteOlderJobs(scope, {
    audienceName: props.audienceName,
    jobNameSuffix: props.jobNameSuffix,
    hashLength: HASH_LENGTH,
    keep: props.keepJobs,
  }, end));

  run.addCatch(telling, {
    outputs: jsonata(report(props, '"status": "FAILED", "error": $states.errorOutput.Error, "cause": $states.errorOutput.Cause')),
  });
  return run.next(sfn.Choice.jsonata(scope, 'Skipped?')
    .when(sfn.Condition.jsonata(jsonata('$states.input.status = "SKIPPED"')), succeeded)
    .otherwise(telling));
}

function report({ audienceName, generation: { model } }: AudienceRunProps, more: string): string {
  return `{
    "audience": ${literal(audienceName)},
    "configuredAudienceModelArn": ${literal(model.configuredAudienceModelRef.configuredAudienceModelArn)},
    "executionArn": $states.context.Execution.Id,
    ${more}
  }`;
}

function work(scope: Construct, props: AudienceRunProps): sfn.IChainable {
  const begin = planned(scope, props, generate(scope, props));
  if (props.exclusivePrefix === undefined) return begin;
  const skip = sfn.Pass.jsonata(scope, 'Skip', { outputs: jsonata(report(props, '"status": "SKIPPED"')) });
  return unlessAnotherRuns(scope, props.exclusivePrefix, begin, skip);
}

function planned(scope: Construct, { defaults }: AudienceRunProps, next: sfn.IChainable): sfn.IChainable {
  const plan = sfn.Pass.jsonata(scope, 'Plan', { outputs: jsonata(plannedRun(defaults)) });
  const wrong = sfn.Fail.jsonata(scope, 'Wrong input', { error: 'InvalidInput', cause: jsonata('$join($states.input.Faults, " ")') });
  return sfn.Pass.jsonata(scope, 'Read input', { outputs: readInput(defaults) })
    .next(sfn.Choice.jsonata(scope, 'Input right?')
      .when(sfn.Condition.jsonata(jsonata('$count($states.input.Faults) > 0')), wrong)
      .otherwise(plan.next(next)));
}

function generate(scope: Construct, props: AudienceRunProps): sfn.IChainable {
  const seed = Object.fromEntries(Object.keys(props.defaults.seedAudience).map((name) => [name, jsonata(`$states.input.Seed.${name}`)]));
  const generation = generationJob(new Construct(scope, 'Generation'), {
    ...props.generation,
    seedAudience: seed,
    jobName: jsonata(`$states.input.JobName & ${literal(props.jobNameSuffix)}`),
  }, { ...JSONATA, pollInterval: props.pollInterval, timeout: props.timeout, outputs: jsonata('$merge([$states.input, { "Generation": $states.result[0] }])') });

  const rejected = sfn.Pass.jsonata(scope, 'Rejected', { outputs: jsonata(report(props, `"status": "REJECTED", ${QUALITY}, "exports": []`)) });
  return generation.next(putMetrics(scope, props.audienceName, judge(scope, props, exportAll(scope, props), rejected)));
}

/** What a report says of the generated audience. */
const QUALITY = `
  "audienceGenerationJobArn": $states.input.Generation.AudienceGenerationJobArn,
  "recall": $states.input.Generation.Recall,
  "relevance": [$states.input.Generation.Relevance.{ "audienceSize": { "type": AudienceSize.Type, "value": AudienceSize.Value }, "score": Score }],
  "rejected": [$states.input.Judged[IsKnown and IsGood = false].{ "type": AudienceSize.Type, "value": AudienceSize.Value }]`;

/** An execution may have 25,000 events. So many exports look at the service, and queue, as often as one of them alone would. */
const EXPORTS_AT_FULL_PACE = 5;
const MOST_EXPORTS = 25;

/** Exports what is good enough, all at the same time. One export that fails does not keep the others from being reported. */
function exportAll(scope: Construct, props: AudienceRunProps): sfn.IChainable {
  const job = exportJob(new Construct(scope, 'Export'), {
    audienceGenerationJobArn: jsonata('$states.input.AudienceGenerationJobArn'),
    size: jsonata('$states.input.AudienceSize'),
    exportName: jsonata('$states.input.ExportName'),
    description: props.exportDescription,
  }, {
    ...JSONATA,
    pollInterval: props.pollInterval,
    timeout: props.timeout,
    pace: Math.ceil((props.defaults.offeredSizes?.length ?? MOST_EXPORTS) / EXPORTS_AT_FULL_PACE),
  });
  job.addCatch(sfn.Pass.jsonata(scope, 'Export failed'), {
    outputs: jsonata('{ "AudienceSize": $states.input.AudienceSize, "Status": "FAILED", "Error": $states.errorOutput.Error, "Cause": $states.errorOutput.Cause }'),
  });
  const all = sfn.Map.jsonata(scope, 'Export all', {
    items: sfn.ProvideItems.jsonata(jsonata('[$states.input.Judged[IsGood].AudienceSize]')),
    itemSelector: {
      AudienceGenerationJobArn: jsonata('$states.input.Generation.AudienceGenerationJobArn'),
      AudienceSize: jsonata('$states.context.Map.Item.Value'),
      ExportName: jsonata('$states.input.ExportName'),
    },
    outputs: jsonata(`$merge([$states.input, { "Exports": [$states.result, $states.input.Judged[IsKnown = false].{
      "AudienceSize": AudienceSize, "Status": "FAILED", "Error": "QualityUnknown",
      "Cause": "There is no relevance to judge the size by: the configured audience model may not offer it."
    }] }])`),
  }).itemProcessor(job);
  return all.next(sfn.Pass.jsonata(scope, 'Report', {
    outputs: jsonata(`(
      $failed := $states.input.Exports[Status = "FAILED"];
      $merge([
        ${report(props, `"status": $exists($failed) ? "FAILED" : "FINISHED", ${QUALITY}, "exports": [$states.input.Exports.{
          "audienceSize": { "type": AudienceSize.Type, "value": AudienceSize.Value },
          "status": Status, "name": Name, "outputLocation": OutputLocation, "error": Error, "cause": Cause
        }]`)},
        $exists($failed) ? {
          "error": $failed[0].Error,
          "cause": $count($failed) & " of " & $count($states.input.Exports) & " exports failed; the first: " & $failed[0].Cause
        } : {}
      ])
    )`),
  }));
}

/** What a state machine needs besides what its calls say: in the policy that it waits for, its own ARN would be a cycle. */
export function listExecutionsStatement(stateMachineArn: string): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: ['states:ListExecutions'], resources: [stateMachineArn] });
}
