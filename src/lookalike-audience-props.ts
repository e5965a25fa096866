import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { AudienceSize } from './audience-size';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { SeedAudience } from './seed-audience';

/**
 * Properties of a lookalike audience.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export interface LookalikeAudienceProps {
  /**
   * The configured audience model, of the same Region. It may be another account's, if its resource policy allows to start jobs.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly configuredAudienceModel: IConfiguredAudienceModelRef;

  /**
   * The users to whom those of the audience are to be alike. The input of an execution may name others.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-seed-data-requirements.html
   */
  readonly seedAudience: SeedAudience;

  /**
   * The sizes to export: 1 to 25, all of them distinct, and each one of those of the configured audience model. The input of an execution may
   * name others. An export of fewer than 10,000 users fails.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSize.html
   */
  readonly sizes: AudienceSize[];

  /**
   * The least relevance score of an audience, from 0 to 10. Audiences of sizes with a lower score are not exported.
   *
   * @default - the relevance does not matter
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_RelevanceMetric.html
   */
  readonly minimumRelevance?: number;

  /**
   * The least recall, from 0 to 1. With a lower one nothing is exported.
   *
   * @default - the recall does not matter
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceQualityMetrics.html
   */
  readonly minimumRecall?: number;

  /**
   * When audiences are generated. A `rate` begins with the deployment, a `cron` at its time.
   *
   * A run that the schedule starts while an earlier one of it is not over ends after a minute, with the status `SKIPPED` and without an event.
   *
   * @default - whoever may starts executions
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * How many ACTIVE audience generation jobs stay, at least 1. After each run that was not skipped or stopped, whatever its outcome, the older
   * ones of this audience are deleted, with their data; so are those that failed before the oldest that stays. What was exported stays in the
   * bucket. Where the configured audience model is another account's, AWS says that jobs do not get the tag that tells them: then none is deleted.
   *
   * @default - all jobs stay, also when the stack is deleted; they may keep the configured audience model from being deleted
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_DeleteAudienceGenerationJob.html
   */
  readonly keepJobs?: number;

  /**
   * The role with which Clean Rooms ML reads the seed, of the same account. It must trust `cleanrooms-ml.amazonaws.com`;
   * there is a warning where a role of this app does not.
   *
   * The permissions to read the seed are added to it, or a warning where that is not possible.
   *
   * @default - a role is created that may read the seed and list its bucket; for a query, start (in any membership) and follow protected queries
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  readonly seedRole?: iam.IRole;

  /**
   * What the names of jobs begin with: 1 to 39 characters, not blank, without line breaks and emoji. Hyphens and 22 hexadecimal digits follow.
   * The input of an execution may say another one.
   *
   * @default - the letters, digits, underscores and hyphens of this construct's id, at most 24 of them; `audience` if there are none
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly jobName?: string;

  /**
   * What the names of exports begin with: 1 to 46 characters, not blank, without line breaks and emoji. A hyphen and 16 hexadecimal digits
   * follow. The input of an execution may say another one.
   *
   * @default - the letters, digits, underscores and hyphens of this construct's id, at most 24 of them; `audience` if there are none
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  readonly exportName?: string;

  /**
   * The id of the AWS Clean Rooms collaboration: a UUID of 36 characters in lower case. There is a warning where a model of another account
   * has none: its policy will hardly allow jobs of no collaboration.
   *
   * @default - the jobs belong to no collaboration
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly collaborationId?: string;

  /**
   * Whether the users of the seed are in the audience, too. They come first in it then, so whoever gets the audience can tell them.
   *
   * @default false
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly includeSeedInOutput?: boolean;

  /**
   * A description of the jobs and exports, of at most 255 characters, without emoji and without control characters other than tabs and line breaks.
   *
   * @default - no description
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly description?: string;

  /**
   * Tags of the jobs: at most 49 (the service's 50 less the one that this library sets), with keys of 1 to 128 and values of at most 256
   * characters. Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`. The state machine gets the tags of `Tags.of`.
   *
   * @default - no tags but `cdk-cleanrooms-ml:audience`, which is the name of the audience
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_TagResource.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * The shortest time between two looks at a job, in whole seconds from 30 up to `timeout`. Later looks come after a twentieth of the job's age,
   * if that is longer, but after 15 minutes, or this interval if that is more, at most. At exports it looks up to five times more seldom,
   * depending on how many sizes the model offers, because they share the history of one execution.
   *
   * @default Duration.minutes(1)
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
   */
  readonly pollInterval?: Duration;

  /**
   * How long the generation, and then each export, may take from when the service accepted it, in whole seconds from `pollInterval` up to 2 days.
   * Waiting for a place in a full quota comes on top, and lasts about as long at most.
   *
   * @default Duration.hours(24)
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  readonly timeout?: Duration;

  /**
   * The event bus that hears of finished, rejected and failed runs. It must be of the same Region.
   *
   * It may be another account's, if its policy lets this one put events. Rules on it belong in a stack of its own account then:
   * `onFinished(id, { crossStackScope, target })`.
   *
   * @default - the default event bus of the account
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
   */
  readonly eventBus?: events.IEventBus;

  /**
   * What of the executions is logged. With execution data that is the seed query, too.
   *
   * @default - nothing is logged
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
   */
  readonly logs?: sfn.LogOptions;

  /**
   * Whether executions are traced with AWS X-Ray.
   *
   * @default false
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
   */
  readonly tracingEnabled?: boolean;
}
