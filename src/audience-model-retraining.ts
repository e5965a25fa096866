import { ArnFormat, CfnElement, Duration, Lazy, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, IConstruct } from 'constructs';
import { AudienceModel } from './audience-model';
import { AudienceModelRetrainingProps } from './audience-model-retraining-props';
import { CleanRoomsMlProvider } from './clean-rooms-ml-provider';
import { ConfiguredAudienceModel } from './configured-audience-model';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { AudienceModelRetrainingProperties, ResourceType } from './private/contract';
import { TaggableCleanRoomsMlResource } from './private/custom-resource';
import { retrainingTimeout, retrainingWindow } from './private/durations';
import { throwIfFaulty } from './private/errors';
import { checkEventBus, ruleFor, toldBus } from './private/event-bus';
import { check, mismatch } from './private/faults';
import { listExecutionsStatement } from './private/jobs/audience-run';
import { retrainingRun } from './private/jobs/retraining-run';
import { EVENT_SOURCE, RETRAINING } from './private/jobs/run-contract';
import { startOn } from './private/jobs/starting';
import { allowServiceToUseKey, checkKey } from './private/keys';
import { checkTrainingDataset } from './private/references';
import { warnOfDeletedUse } from './private/retention';
import { RetrainingRoles } from './private/retraining-roles';
import { keptGenerations, removalPolicy, tags } from './private/validation';
import { warnOfFrequentTrainings } from './private/warnings';

const DEFAULTS = { schedule: scheduler.ScheduleExpression.rate(Duration.days(7)), keep: 1, timeout: Duration.days(5) };

/** Executions come days apart. */
const PERIOD = Duration.days(1);
const WIDGET_WIDTH = 8;

/**
 * A new audience model, again and again: a state machine that trains one, a *generation* (not the property `generation` of `AudienceModel`),
 * points the configured audience model to it, and deletes those that are too old. The configured audience model stays, with its policy and its
 * associations. The service does not retrain a model, and AWS recommends to train one every week.
 *
 * **Input.** An execution needs no input. With `{ "goBack": true }` it points the configured audience model to the generation before, within
 * three minutes and without a training; before the oldest comes the model that the template names. It fails where nothing older is left. The
 * schedule goes on: the next execution trains again, and deletes what was gone back from. Anything that is neither that nor
 * `{ "goBack": false }` fails the execution.
 *
 * **One at a time.** While an execution is under way, one that the schedule starts is skipped, and any other fails.
 *
 * **Nothing trained is lost.** A training that fails leaves the configured audience model where it was. What an execution has trained and did
 * not come to use, because it was stopped, say, the next execution takes up. A deployment points the configured audience model elsewhere
 * only where its `audienceModel` was changed. Where somebody has pointed it elsewhere by hand, the event of the next execution that trains and
 * succeeds says so (`repointedByOthers`).
 *
 * **Events.** Their source is `cdk-cleanrooms-ml` and their detail types are `Audience Model Retrained`, `Audience Model Gone Back` and
 * `Audience Model Retraining Failed`. The detail, which is also the output of an execution that succeeds, has `retraining`, `executionArn`,
 * `status` (`TRAINED`, `WENT_BACK` or `FAILED`), `durationSeconds`, `audienceModelArn` (the one in use now; if it failed, where that is
 * known), where it succeeded `configuredAudienceModelArn` and `previousAudienceModelArn`, and if it failed `error` and `cause`.
 *
 * **Metrics.** `Duration` in seconds, with the dimension `Retraining`, in the namespace `CleanRoomsML/Retraining`.
 *
 * **Removing it**, or deleting the stack, stops its executions, points the configured audience model back to the model that the template
 * names, and deletes all generations. Where that model is gone, the one in use stays.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-configure-model.html
 */
export class AudienceModelRetraining extends Construct {
  /**
   * The state machine: an execution trains once, or goes back.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-standard-vs-express.html
   */
  public readonly stateMachine: sfn.StateMachine;

  /**
   * Grants on the state machine, such as `startExecution`.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public readonly grants: sfn.StateMachineGrants;

  /**
   * What metrics and events call this retraining.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
   */
  public readonly retrainingName: string;

  private readonly eventBus?: events.IEventBus;

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  constructor(scope: Construct, id: string, props: AudienceModelRetrainingProps) {
    super(scope, id);
    const { configuredAudienceModel: configured, trainingDataset, window, eventBus, encryptionKey = keyOf(configured) } = props;
    const { schedule, keep, timeout } = { ...DEFAULTS, ...defined(props) };
    throwIfFaulty(this,
      checkConfigured(this, configured),
      checkTrainingDataset('trainingDataset', trainingDataset, this),
      checkKey('encryptionKey', encryptionKey, this),
      check('keep', keep, keptGenerations),
      check('window', window, retrainingWindow),
      check('timeout', timeout, retrainingTimeout),
      check('tags', props.tags, tags),
      check('removalPolicy', props.removalPolicy, removalPolicy),
      checkEventBus('eventBus', eventBus, this),
      typeof schedule?.expressionString === 'string' ? [] : [mismatch('schedule', schedule, 'a schedule, such as ScheduleExpression.rate(…)')],
    );
    warnOfFrequentTrainings(this, schedule.expressionString);
    if (encryptionKey) allowServiceToUseKey(this, encryptionKey);
    const provider = CleanRoomsMlProvider._of(this);
    if (encryptionKey) provider._allowUseOfKey(encryptionKey);
    const model = configured as ConfiguredAudienceModel;
    model._retraining = this.node.path;
    const { audienceModelArn } = model._audienceModel.audienceModelRef;
    const configuredLogicalId = logicalIdOf(this, () => model.node.defaultChild);

    this.retrainingName = Names.uniqueResourceName(this, { maxLength: 255, separator: '-' });
    this.eventBus = eventBus;
    const roles = RetrainingRoles.of(this);
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      comment: `Trains a new audience model for ${model.node.path}`,
      queryLanguage: sfn.QueryLanguage.JSONATA,
      role: roles.stateMachineRole,
      definitionBody: sfn.DefinitionBody.fromChainable(retrainingRun(new Construct(this, 'Run'), {
        retrainingName: this.retrainingName,
        handler: provider.handler,
        retraining: {
          LogicalId: logicalIdOf(this, () => resource),
          ConfiguredAudienceModel: configuredLogicalId,
          AudienceModelArn: audienceModelArn,
          TrainingDatasetArn: trainingDataset.trainingDatasetRef.trainingDatasetArn,
          WindowHours: window?.toHours(),
          KmsKeyArn: encryptionKey?.keyRef.keyArn,
          Keep: keep,
          Minutes: timeout.toMinutes(),
          ReleasesInitialModel: props.releaseInitialModel,
          Tags: Lazy.any({ produce: () => resource.renderedTags() }) as never,
        },
        eventBus: toldBus(this, eventBus),
      })),
    });
    this.grants = sfn.StateMachineGrants.fromStateMachine(this.stateMachine);

    const permissions = provider._allow(this, stopStatements(this, this.stateMachine));
    const resource: TaggableCleanRoomsMlResource<AudienceModelRetrainingProperties> = new TaggableCleanRoomsMlResource(this, {
      type: ResourceType.AUDIENCE_MODEL_RETRAINING,
      properties: {
        ConfiguredAudienceModelArn: model.configuredAudienceModelArn,
        ConfiguredAudienceModel: configuredLogicalId,
        AudienceModelArn: audienceModelArn,
        RetrainingArn: this.stateMachine.stateMachineArn,
      },
      tags: props.tags,
      removalPolicy: props.removalPolicy,
      dependencies: [permissions, roles],
    });
    warnOfDeletedUse(this, 'trainingDataset', trainingDataset);
    startOn(this, {
      stateMachine: this.stateMachine, schedule, description: `Trains again: ${this.retrainingName}`, role: roles.scheduleRole,
    }).node.addDependency(resource);
  }

  /**
   * How long executions took that trained, in seconds. By default the maximum of a day.
   *
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
   */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: RETRAINING.metricNamespace,
      metricName: RETRAINING.durationMetric,
      dimensionsMap: { [RETRAINING.dimension]: this.retrainingName },
      statistic: 'Maximum',
      period: PERIOD,
      ...props,
    }).attachTo(this);
  }

  /**
   * How many executions failed, in five minutes by default.
   *
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
   */
  public metricFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricFailed(props);
  }

  /**
   * A rule for executions that trained a model, which is in use now.
   *
   * Throws a `ValidationError` if the event bus is known to be of another account or Region than the stack of the rule.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onTrained(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onEvent(id, RETRAINING.detailTypes.TRAINED, options);
  }

  /**
   * A rule for executions that failed. One that somebody stopped tells nobody.
   *
   * Throws a `ValidationError` if the event bus is known to be of another account or Region than the stack of the rule.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
   */
  public onFailed(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onEvent(id, RETRAINING.detailTypes.FAILED, options);
  }

  /**
   * Widgets for a dashboard: how long executions took, and how they ended.
   *
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
   */
  public widgets(): cloudwatch.IWidget[] {
    const { stateMachine, node: { id } } = this;
    const daily = { period: PERIOD, statistic: 'Sum' };
    const graph = (title: string, left: cloudwatch.IMetric[]) => (
      new cloudwatch.GraphWidget({ title: `${id}: ${title}`, width: WIDGET_WIDTH, left, leftYAxis: { min: 0 } })
    );
    return [
      graph('duration', [this.metricDuration()]),
      graph('trainings', [stateMachine.metricSucceeded(daily), this.metricFailed(daily), stateMachine.metricAborted(daily)]),
    ];
  }

  private onEvent(id: string, detailType: string, options?: events.OnEventOptions): events.Rule {
    const pattern = { source: [EVENT_SOURCE], detailType: [detailType], detail: { retraining: [this.retrainingName] } };
    return ruleFor(this, id, this.eventBus, pattern, options);
  }
}

/** What was given: a property that is undefined is one that was left out. */
function defined(props: AudienceModelRetrainingProps): Pick<AudienceModelRetrainingProps, keyof typeof DEFAULTS> {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
}

function checkConfigured(construct: Construct, configured: IConfiguredAudienceModelRef): string[] {
  if (!ConfiguredAudienceModel.isConfiguredAudienceModel(configured) || Stack.of(configured) !== Stack.of(construct)) {
    return [mismatch('configuredAudienceModel', configured, 'a ConfiguredAudienceModel of the same stack')];
  }
  if (configured._retraining === undefined) return [];
  return [`configuredAudienceModel: got '${configured.node.path}', whose audience model '${configured._retraining}' exchanges already; `
    + 'two retrainings would train twice and undo what the other does, so let that one do both, or give each a configured audience model of its own'];
}

/** What replaces an encrypted model is encrypted, too. */
function keyOf(configured: IConfiguredAudienceModelRef): kms.IKeyRef | undefined {
  const model = ConfiguredAudienceModel.isConfiguredAudienceModel(configured) ? configured._audienceModel : undefined;
  return AudienceModel.isAudienceModel(model) ? model._encryptionKey : undefined;
}

/** A logical id may be overridden until the end of the synthesis. */
function logicalIdOf(construct: Construct, resource: () => IConstruct | undefined): string {
  return Lazy.string({ produce: () => Stack.of(construct).getLogicalId(resource() as CfnElement) });
}

/** What the handlers need to take it down, and to tell whether an execution is alone. */
function stopStatements(construct: Construct, { stateMachineArn, stateMachineName }: sfn.StateMachine): iam.PolicyStatement[] {
  const executions = Stack.of(construct).formatArn({
    service: 'states', resource: 'execution', resourceName: `${stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return [
    listExecutionsStatement(stateMachineArn),
    new iam.PolicyStatement({ actions: ['states:StopExecution'], resources: [executions] }),
  ];
}
