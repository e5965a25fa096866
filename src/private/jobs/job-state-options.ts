import { Duration } from 'aws-cdk-lib';

/**
 * How a job stands among the other states of a state machine, whatever its language.
 *
 * @internal
 */
export interface JobOptions {
  /**
   * The shortest time between two looks at the job, in whole seconds from 1 up to `timeout`. Later looks come after a twentieth of the job's age,
   * if that is longer, but after 15 minutes, or this interval if that is more, at most.
   *
   * @default Duration.minutes(1)
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
   */
  readonly pollInterval?: Duration;

  /**
   * A comment on the state.
   *
   * @default - no comment
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
   */
  readonly comment?: string;

  /**
   * Workflow variables to set.
   *
   * @default - no variables are set
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
   */
  readonly assign?: { [name: string]: any };
}

/**
 * And in JSONPath.
 *
 * @internal
 */
export interface JobJsonPathOptions {
  /**
   * What of the state's input is looked at.
   *
   * @default $
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
   */
  readonly inputPath?: string;

  /**
   * What of the state's input, with the result in it, the next state gets.
   *
   * @default $
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
   */
  readonly outputPath?: string;

  /**
   * Where in the state's input the result is put; `sfn.JsonPath.DISCARD` leaves it out.
   *
   * @default $
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html
   */
  readonly resultPath?: string;
}

/**
 * And in JSONata.
 *
 * @internal
 */
export interface JobJsonataOptions {
  /**
   * What the next state gets. In it, `$states.result[0]` is the result.
   *
   * @default - the result
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
   */
  readonly outputs?: any;
}
