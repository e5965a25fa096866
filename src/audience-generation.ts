import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { throwIfFaulty } from './private/errors';
import { check, checkOwnValue } from './private/faults';
import { checkGeneration, generationJob } from './private/jobs/generation-job';
import { JobJsonataOptions, JobJsonPathOptions, JobOptions } from './private/jobs/job-state-options';
import { defaultJobName } from './private/jobs/job-states';
import { checkLanguage } from './private/jobs/languages';
import { checkStartableModel } from './private/references';
import { addStatements, checkRole, createServiceRole } from './private/roles';
import { tagsBeside } from './private/validation';
import { SeedAudience } from './seed-audience';

interface AudienceGenerationOptions extends JobOptions {
  /**
   * The configured audience model, of the same Region. It may be another account's, if its resource policy allows to start jobs.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly configuredAudienceModel: IConfiguredAudienceModelRef;

  /**
   * The users to whom those of the audience are to be alike.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-seed-data-requirements.html
   */
  readonly seedAudience: SeedAudience;

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
   * What the name of the job begins with: 1 to 46 characters, not blank, without line breaks and emoji. A hyphen and 16 hexadecimal digits
   * follow, which are the same whenever the same execution asks for the same.
   *
   * So within an execution the same job is not done twice. Where it should be, as in a loop, let the name differ each time.
   *
   * @default - the letters, digits, underscores and hyphens of this construct's id, at most 24 of them; `audience` if there are none
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly jobName?: string;

  /**
   * The id of the AWS Clean Rooms collaboration: a UUID of 36 characters in lower case. There is a warning where a model of another account
   * has none: its policy will hardly allow jobs of no collaboration.
   *
   * @default - the job belongs to no collaboration
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
   * A description of the job, of at most 255 characters, without emoji and without control characters other than tabs and line breaks.
   *
   * @default - no description
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly description?: string;

  /**
   * Tags of the job: at most 50, with keys of 1 to 128 and values of at most 256 characters. Keys must not begin with `aws:` or
   * `cdk-cleanrooms-ml:`. Where the configured audience model is another account's, AWS says that they are not applied.
   *
   * @default - no tags
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_TagResource.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * How long the job may take from when the service accepted it, in whole seconds from `pollInterval` up to 7 days. After that the state fails with
   * `AudienceGenerationTimedOut`; the job itself goes on, because the service cannot cancel it.
   *
   * Where the account has as many jobs in progress as its quota allows, 10 by default, the job waits for its turn about as long before.
   *
   * @default Duration.hours(24)
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  readonly timeout?: Duration;
}

/**
 * Properties of the generation of an audience in a state machine in JSONPath.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export interface AudienceGenerationJsonPathProps extends AudienceGenerationOptions, JobJsonPathOptions {}

/**
 * Properties of the generation of an audience in JSONata.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export interface AudienceGenerationJsonataProps extends AudienceGenerationOptions, JobJsonataOptions {}

/**
 * Properties of the generation of an audience.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export interface AudienceGenerationProps
  extends AudienceGenerationOptions, JobJsonPathOptions, JobJsonataOptions {
  /**
   * The language of the expressions in these properties.
   *
   * @default JSONPath
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
   */
  readonly queryLanguage?: sfn.QueryLanguage;
}

/**
 * The generation of an audience, in a state machine: starts an audience generation job, and waits until it is ACTIVE.
 *
 * It is one state, with the id of this construct, or its first 80 characters, as its name, whose result is
 * `{ AudienceGenerationJobArn, Name, Status: "ACTIVE", Recall, Relevance: [{ AudienceSize: { Type, Value }, Score }] }`. `Recall` is null and
 * `Relevance` empty where the owner of the configured audience model does not share its metrics.
 *
 * The service may take 10 hours, and 12 more if the seed is a query. A job that fails makes the state fail, with the service's status code as
 * the error and its message as the cause. The job is begun once, whatever goes wrong between the execution and the service. Throttling and
 * full quotas are waited for; what cannot succeed is not tried again. When the execution is stopped the job goes on, and is found under its
 * name.
 *
 * The state machine must be a Standard one: an Express one ends after five minutes, and each attempt would begin another job.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export class AudienceGeneration extends sfn.StateMachineFragment {
  /**
   * The generation of an audience in a state machine in JSONPath. In the properties, use `sfn.JsonPath` for what only the execution knows.
   *
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  public static jsonPath(scope: Construct, id: string, props: AudienceGenerationJsonPathProps): AudienceGeneration {
    return new AudienceGeneration(scope, id, props);
  }

  /**
   * The generation of an audience in JSONata. In the properties, use `{% … %}` for what only the execution knows.
   *
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  public static jsonata(scope: Construct, id: string, props: AudienceGenerationJsonataProps): AudienceGeneration {
    return new AudienceGeneration(scope, id, { ...props, queryLanguage: sfn.QueryLanguage.JSONATA });
  }

  /**
   * The state that this is.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
   */
  public readonly startState: sfn.State;

  /**
   * The state that this is, for what comes after it.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
   */
  public readonly endStates: sfn.INextable[];

  /**
   * The role with which Clean Rooms ML reads the seed: the one that was given, or the one that was created.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
   */
  public readonly seedRole: iam.IRole;

  private readonly job: sfn.Parallel;

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  constructor(scope: Construct, id: string, props: AudienceGenerationProps) {
    super(scope, id);
    const { configuredAudienceModel, seedAudience } = props;
    throwIfFaulty(this,
      checkStartableModel('configuredAudienceModel', configuredAudienceModel, this),
      checkOwnValue('seedAudience', seedAudience, 'a seed, such as SeedAudience.fromS3(…)', this),
      checkRole('seedRole', props.seedRole, this),
      checkGeneration(props),
      checkLanguage({ ...props, seedAudience: seedAudience?._rendered }, props.queryLanguage),
      check('tags', props.tags, tagsBeside(0)),
    );

    const seedStatements = seedAudience._statements(this);
    this.seedRole = props.seedRole ?? createServiceRole(this, 'SeedRole', 'audience-generation-job', seedStatements);
    if (props.seedRole) addStatements(this, 'seedRole', 'audience-generation-job', props.seedRole, seedStatements);
    this.job = generationJob(this, {
      ...props,
      model: configuredAudienceModel,
      seedAudience: seedAudience._rendered,
      seedRole: this.seedRole,
      jobName: props.jobName ?? defaultJobName(this),
    }, props);
    this.startState = this.job;
    this.endStates = [this.job];
  }

  /**
   * Goes on elsewhere when the job fails, instead of failing the execution. Throws nothing.
   *
   * @param handler where to go on
   * @param props which errors, and what becomes of them; by default all errors
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
   */
  public addCatch(handler: sfn.IChainable, props?: sfn.CatchProps): void {
    this.job.addCatch(handler, props);
  }
}
