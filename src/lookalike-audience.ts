import { createHash } from 'node:crypto';
import { Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { AudienceSize } from './audience-size';
import { ConfiguredAudienceModel } from './configured-audience-model';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { LookalikeAudienceProps } from './lookalike-audience-props';
import { SCHEDULED } from './private/contract';
import { throwIfFaulty } from './private/errors';
import { checkEventBus, ruleFor, toldBus } from './private/event-bus';
import { check, checkOwnValue, mismatch } from './private/faults';
import { audienceRun, listExecutionsStatement } from './private/jobs/audience-run';
import { checkGeneration } from './private/jobs/generation-job';
import { defaultJobName, NAME_SUFFIX_LENGTH } from './private/jobs/job-states';
import { checkKnown } from './private/jobs/languages';
import { AUDIENCE_TAG, DetailType, Dimension, EVENT_SOURCE, MetricName, METRIC_NAMESPACE } from './private/jobs/run-contract';
import { Size } from './private/jobs/run-input';
import { startOn } from './private/jobs/starting';
import { stateMachines } from './private/principals';
import { checkStartableModel } from './private/references';
import { addStatements, checkRole, createServiceRole } from './private/roles';
import { keptJobs, LONGEST_NAME, namePrefix, recall, relevance, tagsBeside } from './private/validation';

const MAX_SIZES = 25;
const AUDIENCE_HASH_LENGTH = 6;
const JOB_NAME_SUFFIX_LENGTH = '-'.length + AUDIENCE_HASH_LENGTH;

/** Up to 25 exports look at the service all that time, and an execution may have 25,000 events. */
const TIMES = { shortest: Duration.seconds(30), longest: Duration.days(2) };

/** Runs take hours, and come days apart. */
const DEFAULT_PERIOD = Duration.days(1);
const WIDGET_WIDTH = 8;

/**
 * A lookalike audience, again and again: a state machine that generates an audience from a seed, judges its quality, exports it in several
 * sizes at the same time, and tells of it.
 *
 * **Input.** An execution needs no input. It may be an object with any of `seed` (an S3 URI, or for a seed query an object with `parameters`,
 * `queryString` or `analysisTemplateArn`), `sizes` (such as `[{ "type": "PERCENTAGE", "value": 5 }]`), `jobName` and `exportName`; they replace
 * what the properties say. Anything else fails the execution at once with the error `InvalidInput` and a sentence for each fault. The seed role
 * can read another seed only where `SeedAudience.fromS3Uri` was told of a place that holds both.
 *
 * **Events.** Their source is `cdk-cleanrooms-ml` and their detail types are `Lookalike Audience Finished`, `Lookalike Audience Rejected`
 * (nothing was good enough) and `Lookalike Audience Failed`. The detail, which is also the output of an execution that succeeds, has `audience`,
 * `configuredAudienceModelArn`, `executionArn`, `status` (`FINISHED`, `REJECTED` or `FAILED`); unless the run failed before its exports,
 * `audienceGenerationJobArn`, `recall`, `relevance` (a list of `audienceSize` and `score`), `exports` (a list of `audienceSize`, `status` and
 * `name` and `outputLocation`, or `error` and `cause`) and `rejected` (a list of sizes); and if it failed, `error` and `cause`. In an event,
 * numbers have at most 15 digits. An event is sent once; but where the answer to its call is lost, it is sent again, and its `executionArn`
 * tells.
 *
 * **Metrics.** Namespace `CleanRoomsML/Lookalike`: `Recall` with the dimension `Audience`, and `Relevance`, of every size that the model
 * offers, with the dimensions `Audience` and `AudienceSize`, such as `PERCENTAGE-5`. They are not written where the owner of the model does
 * not share them; then a run that has a minimum to judge by fails with `QualityUnknown`. Where the answer to the call that writes them is lost
 * they count twice.
 *
 * No event tells of runs that were skipped or stopped, nor of those that die of what no state machine can catch (`States.Runtime` or
 * `States.DataLimitExceeded`); `metricFailed()` counts the latter.
 *
 * **What stays.** When an execution is stopped, its jobs go on, because the service cannot cancel them: no event tells, and they are found by
 * their tag `cdk-cleanrooms-ml:audience` and their names. With `keepJobs` a later run deletes them.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export class LookalikeAudience extends Construct {
  /**
   * The state machine: an execution generates and exports once.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-standard-vs-express.html
   */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * The role with which Clean Rooms ML reads the seed: the one that was given, or the one that was created.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  public readonly seedRole: iam.IRole;

  /**
   * What metrics, events and the tag `cdk-cleanrooms-ml:audience` of the jobs call this audience.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
   */
  public readonly audienceName: string;

  /**
   * Grants on the state machine, such as `startExecution`.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public readonly grants: sfn.StateMachineGrants;

  private readonly sizes: AudienceSize[];
  private readonly eventBus?: events.IEventBus;

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  constructor(scope: Construct, id: string, props: LookalikeAudienceProps) {
    super(scope, id);
    const { configuredAudienceModel: model, seedAudience, sizes, keepJobs, eventBus } = props;
    const offeredSizes = sizesOfferedBy(model);
    throwIfFaulty(this,
      checkStartableModel('configuredAudienceModel', model, this),
      checkOwnValue('seedAudience', seedAudience, 'a seed, such as SeedAudience.fromS3(…)', this),
      checkSizes(sizes, offeredSizes, this),
      checkRole('seedRole', props.seedRole, this),
      checkEventBus('eventBus', eventBus, this),
      checkGeneration(props, { nameSuffixLength: JOB_NAME_SUFFIX_LENGTH, times: TIMES }),
      checkKnown({ ...props, seedAudience: seedAudience?._rendered, sizes: Array.isArray(sizes) ? sizes.map((size) => size?.value) : undefined }),
      check('exportName', props.exportName, namePrefix(NAME_SUFFIX_LENGTH)),
      check('tags', props.tags, tagsBeside(1)),
      check('minimumRelevance', props.minimumRelevance, relevance),
      check('minimumRecall', props.minimumRecall, recall),
      check('keepJobs', keepJobs, keptJobs),
      props.schedule === undefined || typeof props.schedule?.expressionString === 'string'
        ? [] : [mismatch('schedule', props.schedule, 'a schedule, such as ScheduleExpression.rate(…)')],
    );

    this.audienceName = Names.uniqueResourceName(this, { maxLength: 255, separator: '-' });
    this.sizes = sizes;
    this.eventBus = eventBus;
    const seedStatements = seedAudience._statements(this);
    this.seedRole = props.seedRole ?? createServiceRole(this, 'SeedRole', 'audience-generation-job', seedStatements);
    const seedAccess = props.seedRole ? addStatements(this, 'seedRole', 'audience-generation-job', props.seedRole, seedStatements) : this.seedRole;

    // Not of the path: an audience is the same one where its stack moves to a stage.
    const jobNameSuffix = `-${createHash('sha256').update(this.audienceName).digest('hex').slice(0, AUDIENCE_HASH_LENGTH)}`;
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      comment: `Generates and exports the lookalike audience ${this.audienceName}`,
      role: new iam.Role(this, 'StateMachineRole', { assumedBy: stateMachines(Stack.of(this)) }),
      queryLanguage: sfn.QueryLanguage.JSONATA,
      logs: props.logs,
      tracingEnabled: props.tracingEnabled,
      definitionBody: sfn.DefinitionBody.fromChainable(audienceRun(new Construct(this, 'Run'), {
        audienceName: this.audienceName,
        defaults: {
          seedAudience: seedAudience._rendered,
          sizes: sizes.map((size) => size._render(this)),
          offeredSizes,
          jobName: props.jobName ?? defaultJobName(this),
          exportName: props.exportName ?? defaultJobName(this),
          longestJobName: LONGEST_NAME - NAME_SUFFIX_LENGTH - JOB_NAME_SUFFIX_LENGTH,
          longestExportName: LONGEST_NAME - NAME_SUFFIX_LENGTH,
        },
        generation: {
          model,
          seedRole: this.seedRole,
          collaborationId: props.collaborationId,
          includeSeedInOutput: props.includeSeedInOutput,
          description: props.description,
          tags: { ...props.tags, [AUDIENCE_TAG]: this.audienceName },
        },
        jobNameSuffix,
        exportDescription: props.description,
        pollInterval: props.pollInterval,
        timeout: props.timeout,
        minimumRelevance: props.minimumRelevance,
        minimumRecall: props.minimumRecall,
        keepJobs,
        eventBus: toldBus(this, eventBus),
        exclusivePrefix: props.schedule && SCHEDULED,
      })),
    });
    this.grants = sfn.StateMachineGrants.fromStateMachine(this.stateMachine);

    if (!props.schedule && keepJobs === undefined) return;
    // A policy of its own: in the one that the state machine waits for, its ARN would be a cycle.
    const listExecutions = new iam.Policy(this, 'ListExecutions', { statements: [listExecutionsStatement(this.stateMachine.stateMachineArn)] });
    this.stateMachine.role.attachInlinePolicy(listExecutions);
    if (!props.schedule) return;
    const description = `Generates the lookalike audience ${this.audienceName}`;
    // A rate starts the first run at once, which must be allowed by then all that it does.
    startOn(this, { stateMachine: this.stateMachine, schedule: props.schedule, description }).node.addDependency(listExecutions, seedAccess);
  }

  /**
   * The recall of generated audiences, from 0 to 1. By default the average of a day.
   *
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceQualityMetrics.html
   */
  public metricRecall(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(MetricName.RECALL, {}, props);
  }

  /**
   * The relevance of generated audiences of one size, from 0 to 10. By default the average of a day.
   *
   * Throws a `ValidationError` if the size is none, or known only to an execution.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_RelevanceMetric.html
   */
  public metricRelevance(size: AudienceSize, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    throwIfFaulty(this,
      checkOwnValue('size', size, 'an audience size, such as AudienceSize.percentage(…)', this),
      checkKnown({ size: size?.value }),
    );
    return this.metric(MetricName.RELEVANCE, { [Dimension.AUDIENCE_SIZE]: size._label }, props);
  }

  /**
   * How many runs failed, in five minutes by default.
   *
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
   */
  public metricFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricFailed(props);
  }

  /**
   * A rule for runs that exported an audience.
   *
   * Throws a `ValidationError` if the event bus is known to be of another account or Region than the stack of the rule.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onFinished(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onEvent(id, DetailType.FINISHED, options);
  }

  /**
   * A rule for runs whose audience was too poor to be exported, in any size.
   *
   * Throws a `ValidationError` if the event bus is known to be of another account or Region than the stack of the rule.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onRejected(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onEvent(id, DetailType.REJECTED, options);
  }

  /**
   * A rule for runs that failed. An execution that somebody stopped, or that died of what no state machine can catch, tells nobody.
   *
   * Throws a `ValidationError` if the event bus is known to be of another account or Region than the stack of the rule.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onFailed(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onEvent(id, DetailType.FAILED, options);
  }

  /**
   * Widgets for a dashboard: the quality over time, how long runs took, and how they ended.
   *
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
   */
  public widgets(): cloudwatch.IWidget[] {
    const { stateMachine, node: { id } } = this;
    const daily = { period: DEFAULT_PERIOD, statistic: 'Sum' };
    return [
      new cloudwatch.GraphWidget({
        title: `${id}: quality`,
        width: WIDGET_WIDTH,
        left: [this.metricRecall(), ...this.sizes.map((size) => this.metricRelevance(size, { label: `Relevance ${size._label}` }))],
        leftYAxis: { min: 0 },
      }),
      new cloudwatch.GraphWidget({
        title: `${id}: duration`,
        width: WIDGET_WIDTH,
        left: [stateMachine.metricTime({ period: DEFAULT_PERIOD, statistic: 'Maximum' })],
        leftYAxis: { min: 0 },
      }),
      new cloudwatch.GraphWidget({
        title: `${id}: runs`,
        width: WIDGET_WIDTH,
        left: [
          stateMachine.metricSucceeded(daily), this.metricFailed(daily), stateMachine.metricTimedOut(daily), stateMachine.metricAborted(daily),
        ],
        leftYAxis: { min: 0 },
      }),
    ];
  }

  private metric(metricName: string, dimensions: Record<string, string>, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [Dimension.AUDIENCE]: this.audienceName, ...dimensions },
      statistic: 'Average',
      period: DEFAULT_PERIOD,
      ...props,
    }).attachTo(this);
  }

  private onEvent(id: string, detailType: string, options?: events.OnEventOptions): events.Rule {
    const pattern = { source: [EVENT_SOURCE], detailType: [detailType], detail: { audience: [this.audienceName] } };
    return ruleFor(this, id, this.eventBus, pattern, options);
  }
}

/** As far as they are known. */
function sizesOfferedBy(model: IConfiguredAudienceModelRef): Size[] | undefined {
  const config = ConfiguredAudienceModel.isConfiguredAudienceModel(model) ? model._audienceSizeConfig : undefined;
  if (!config || config.audienceSizeBins.some((bin) => Token.isUnresolved(bin))) return undefined;
  return config.audienceSizeBins.map((Value) => ({ Type: config.audienceSizeType, Value }));
}

function checkSizes(sizes: AudienceSize[] | undefined, offered: Size[] | undefined, construct: Construct): string[] {
  const allowed = `1 to ${MAX_SIZES} audience sizes, such as [AudienceSize.percentage(1)]`;
  if (!Array.isArray(sizes) || sizes.length < 1 || sizes.length > MAX_SIZES) return [mismatch('sizes', sizes, allowed)];
  const faults = sizes.flatMap((size, index) => checkOwnValue(`sizes[${index}]`, size, 'an audience size, such as AudienceSize.percentage(…)', construct));
  if (faults.length > 0) return faults;
  const offers = offered?.map(({ Type, Value }) => `${Type}-${Value}`);
  return sizes.flatMap(({ audienceSizeType, value, _label }, index) => [
    ...(sizes.slice(0, index).some((other) => other.audienceSizeType === audienceSizeType && other.value === value)
      ? [`sizes[${index}]: got ${_label} again; each size may be given only once; remove the duplicate`] : []),
    ...(offers && !Token.isUnresolved(value) && !offers.includes(_label)
      ? [`sizes[${index}]: got ${_label}; it must be one of those that the configured audience model offers, ${offers.join(', ')}; `
        + 'choose one of them, or add it to audienceSizeConfig']
      : []),
  ]);
}
