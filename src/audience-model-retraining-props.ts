import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ITrainingDatasetRef } from 'aws-cdk-lib/aws-cleanroomsml';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';

/**
 * Properties of the retraining of an audience model.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-configure-model.html
 */
export interface AudienceModelRetrainingProps {
  /**
   * The configured audience model that is to use the newest model. It must be a `ConfiguredAudienceModel` of the same stack, with no other
   * retraining. Where it is changed to one that was there before, the former one stays on its generation.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_UpdateConfiguredAudienceModel.html
   */
  readonly configuredAudienceModel: IConfiguredAudienceModelRef;

  /**
   * What is trained with, of the same account and Region. A training reads what the tables hold when it begins.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly trainingDataset: ITrainingDatasetRef;

  /**
   * When to train. **Each training costs money**, and there is always a schedule: without this property a new model is trained every week.
   * A training takes several hours to two days, so there is a warning where it is more often than every two days.
   *
   * A `rate` begins with the deployment: it trains at once, unless the model in use became ACTIVE less than a day ago; a `cron` comes at its
   * time. An execution that the schedule starts ends soon, with the status `SKIPPED` and without an event, where that is so, or while another
   * one is not over.
   *
   * @default ScheduleExpression.rate(Duration.days(7))
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
   */
  readonly schedule?: scheduler.ScheduleExpression;

  /**
   * How far back the training data go from when an execution begins, in whole hours, from one day to 36,500 days.
   *
   * @default - all data
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_CreateAudienceModel.html
   */
  readonly window?: Duration;

  /**
   * How many older generations stay for going back, from 0 to 490: an account has 500 audience models unless its quota is raised. With 0 the
   * generation before is deleted as soon as another one is in use, even if an audience generation job still uses it.
   *
   * @default 1
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  readonly keep?: number;

  /**
   * Whether the model that the template names, if it is this stack's and not retained, is deleted once another one is in use and no
   * deployment is under way. It saves the place of a model in the quota. A later deployment that changes that model in place, if only by a
   * tag of the stack, fails then and says that it is gone; one that has it trained again, such as by another `generation`, works. One that
   * replaces the configured audience model, or adds another one for that model, fails, too. Where a deployment that replaced that model
   * fails, its rollback fails as well, because what it goes back to is gone. Another retraining of the same model cannot go back to it either.
   * Removing the retraining keeps the model in use, because there is none to go back to.
   *
   * @default false
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_DeleteAudienceModel.html
   */
  readonly releaseInitialModel?: boolean;

  /**
   * The key with which models are encrypted: an enabled symmetric key for encryption of the same Region, not an alias. The service is
   * allowed to use it, or there is a warning.
   *
   * @default - the key of the audience model that the template names, where that is an `AudienceModel` of this app which has one; else a
   * key that AWS owns
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/data-protection.html
   */
  readonly encryptionKey?: kms.IKeyRef;

  /**
   * How long a training may take from when its execution begins, queueing for the quota included, in whole minutes from an hour to five days.
   * After that the execution fails. A training that has begun goes on, and the next execution takes it up.
   *
   * @default Duration.days(5)
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/clean-rooms-ml-quotas.html
   */
  readonly timeout?: Duration;

  /**
   * Tags of the models: at most 47 (the service's 50 less the 3 that this library sets), with keys of 1 to 128 and values of at most 256
   * characters. Keys must not begin with `aws:` or `cdk-cleanrooms-ml:`.
   *
   * @default - no tags but those of `Tags.of` and of the stack
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_TagResource.html
   */
  readonly tags?: { [key: string]: string };

  /**
   * The event bus that hears how executions ended. It must be of the same Region.
   *
   * It may be another account's, if its policy lets this one put events. Rules on it belong in a stack of its own account then:
   * `onTrained(id, { crossStackScope, target })`.
   *
   * @default - the default event bus of the account
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
   */
  readonly eventBus?: events.IEventBus;

  /**
   * What becomes of the generations when the construct is removed or the stack is deleted: they are deleted, or retained with the configured
   * audience model on the one in use. Retain the training dataset too then, or there is a warning, for the service deletes none that has models.
   * `SNAPSHOT` is refused.
   *
   * @default RemovalPolicy.DESTROY
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.RemovalPolicy.html
   */
  readonly removalPolicy?: RemovalPolicy;
}
