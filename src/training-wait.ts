import { Duration } from 'aws-cdk-lib';
import { GATE_MINUTES, LONGEST_WAIT, TrainingGoal } from './private/contract';
import { mismatch } from './private/faults';

/** In minutes. */
const SHORTEST = 1;

/**
 * How long a deployment waits for an audience model to be trained.
 *
 * Training takes several hours, up to two days; and it queues where the account trains as many models at a time as its quota allows.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-create-model.html
 */
export class TrainingWait {
  /**
   * The deployment waits until the model is ACTIVE. If it is not after this time, queueing included, the deployment fails and is rolled back.
   *
   * Throws nothing; an audience model with a duration beyond the limits throws a `ValidationError`.
   *
   * @param duration from one minute to five days; what is not a whole number of minutes is rounded up
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-create-model.html
   */
  public static upTo(duration: Duration): TrainingWait {
    return new TrainingWait(TrainingGoal.ACTIVE, duration);
  }

  /**
   * The deployment goes on as soon as the service has accepted the training. Where the quota is used up that may take a while: the
   * deployment waits for it up to 55 minutes, and then fails and is rolled back. Nothing tells afterwards whether the training ends well.
   *
   * What needs an ACTIVE model, as a configured audience model may, cannot be in the same deployment. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  public static none(): TrainingWait {
    return new TrainingWait(TrainingGoal.ACCEPTED, Duration.minutes(GATE_MINUTES));
  }

  private constructor(private readonly goal: string, private readonly duration: Duration) {}

  /** @internal */
  public get _isNone(): boolean {
    return this.goal === TrainingGoal.ACCEPTED;
  }

  /** @internal */
  public _faults(property: string): string[] {
    const expected = 'a Duration from 1 minute to 5 days that is known at synthesis; or wait for no more than the start, with TrainingWait.none()';
    if (!(this.duration instanceof Duration) || this.duration.isUnresolved()) return [mismatch(property, this.duration, expected)];
    const minutes = this.duration.toMinutes({ integral: false });
    return minutes >= SHORTEST && minutes <= LONGEST_WAIT ? [] : [mismatch(property, this.duration.toHumanString(), expected)];
  }

  /** @internal */
  public _render(): { readonly Until: string; readonly Minutes: number } {
    return { Until: this.goal, Minutes: Math.ceil(this.duration.toMinutes({ integral: false })) };
  }
}
