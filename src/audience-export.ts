import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { AudienceSize } from './audience-size';
import { throwIfFaulty } from './private/errors';
import { checkOwnValue } from './private/faults';
import { checkExport, exportJob } from './private/jobs/export-job';
import { JobJsonataOptions, JobJsonPathOptions, JobOptions } from './private/jobs/job-state-options';
import { defaultJobName } from './private/jobs/job-states';
import { checkLanguage } from './private/jobs/languages';

interface AudienceExportOptions extends JobOptions {
  /**
   * The ARN of the audience generation job, `arn:aws:cleanrooms-ml:region:account:audience-generation-job/id`, of the account and Region that
   * the state machine is in. The job must be ACTIVE.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  readonly audienceGenerationJobArn: string;

  /**
   * The size of the audience: one of those of the configured audience model. The service refuses others, and an export of fewer than 10,000
   * users fails. Its value may be known only when the export starts, as `sfn.JsonPath.numberAt('$.percent')` is, where the state is in JSONPath.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_AudienceSize.html
   */
  readonly size: AudienceSize;

  /**
   * What the name of the export begins with: 1 to 46 characters, not blank, without line breaks and emoji. A hyphen and 16 hexadecimal digits
   * follow, which are the same whenever the same execution asks for the same.
   *
   * @default - the letters, digits, underscores and hyphens of this construct's id, at most 24 of them; `audience` if there are none
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  readonly exportName?: string;

  /**
   * A description of the export, of at most 255 characters, without emoji and without control characters other than tabs and line breaks.
   *
   * @default - no description
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  readonly description?: string;

  /**
   * How long the export may take from when the service accepted it, in whole seconds from `pollInterval` up to 7 days. After that the state fails
   * with `AudienceExportTimedOut`; the export itself goes on, because the service cannot cancel it.
   *
   * Where the account has 20 exports in progress, this one waits for its turn about as long before. One generation job has at most 25 ACTIVE
   * exports, which cannot be deleted: another one waits as long, and fails.
   *
   * @default Duration.hours(24)
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  readonly timeout?: Duration;
}

/**
 * Properties of the export of an audience in a state machine in JSONPath.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
 */
export interface AudienceExportJsonPathProps extends AudienceExportOptions, JobJsonPathOptions {}

/**
 * Properties of the export of an audience in JSONata.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
 */
export interface AudienceExportJsonataProps extends AudienceExportOptions, JobJsonataOptions {}

/**
 * Properties of the export of an audience.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
 */
export interface AudienceExportProps extends AudienceExportOptions, JobJsonPathOptions, JobJsonataOptions {
  /**
   * The language of the expressions in these properties.
   *
   * @default JSONPath
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
   */
  readonly queryLanguage?: sfn.QueryLanguage;
}

/**
 * The export of an audience, in a state machine: starts an audience export job, and waits until it is ACTIVE.
 *
 * It is one state, with the id of this construct, or its first 80 characters, as its name, whose result is
 * `{ AudienceGenerationJobArn, Name, AudienceSize: { Type, Value }, Status: "ACTIVE", OutputLocation }`. The location is in the bucket that the
 * configured audience model writes to.
 *
 * An export that fails makes the state fail, with the service's status code as the error and its message as the cause. It is begun once,
 * whatever goes wrong between the execution and the service. Throttling and full quotas are waited for; what cannot succeed is not tried
 * again. When the execution is stopped the export goes on.
 *
 * The state machine must be a Standard one: an Express one ends after five minutes, and each attempt would begin another export.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
 */
export class AudienceExport extends sfn.StateMachineFragment {
  /**
   * The export of an audience in a state machine in JSONPath. In the properties, use `sfn.JsonPath` for what only the execution knows.
   *
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  public static jsonPath(scope: Construct, id: string, props: AudienceExportJsonPathProps): AudienceExport {
    return new AudienceExport(scope, id, props);
  }

  /**
   * The export of an audience in JSONata. In the properties, use `{% … %}` for what only the execution knows.
   *
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  public static jsonata(scope: Construct, id: string, props: AudienceExportJsonataProps): AudienceExport {
    return new AudienceExport(scope, id, { ...props, queryLanguage: sfn.QueryLanguage.JSONATA });
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

  private readonly job: sfn.Parallel;

  /**
   * Throws a `ValidationError` if properties are not as documented; it reports all faults together.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceExportJob.html
   */
  constructor(scope: Construct, id: string, props: AudienceExportProps) {
    super(scope, id);
    throwIfFaulty(this,
      checkExport(props),
      checkLanguage({ ...props, size: props.size?.value }, props.queryLanguage),
      checkOwnValue('size', props.size, 'an audience size, such as AudienceSize.percentage(…)', this),
    );
    this.job = exportJob(this, {
      audienceGenerationJobArn: props.audienceGenerationJobArn,
      size: props.size._render(this),
      exportName: props.exportName ?? defaultJobName(this),
      description: props.description,
    }, props);
    this.startState = this.job;
    this.endStates = [this.job];
  }

  /**
   * Goes on elsewhere when the export fails, instead of failing the execution. Throws nothing.
   *
   * @param handler where to go on
   * @param props which errors, and what becomes of them; by default all errors
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
   */
  public addCatch(handler: sfn.IChainable, props?: sfn.CatchProps): void {
    this.job.addCatch(handler, props);
  }
}
