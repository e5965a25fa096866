import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';
import { throwIfFaulty } from './private/errors';
import { check } from './private/faults';
import { serviceArns } from './private/validation';

/**
 * Grants on a training dataset.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
 */
export class TrainingDatasetGrants {
  /**
   * Grants on any training dataset: of this library, imported, or a `CfnTrainingDataset`. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public static fromTrainingDataset(resource: cleanroomsml.ITrainingDatasetRef): TrainingDatasetGrants {
    return new TrainingDatasetGrants(resource);
  }

  private constructor(private readonly resource: cleanroomsml.ITrainingDatasetRef) {}

  /**
   * Allows to read the training dataset and its tags. Reading it is not possible from another account.
   *
   * Throws a `ValidationError` if the training dataset has an ARN that is not one of a training dataset.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    const arn = this.resource.trainingDatasetRef.trainingDatasetArn;
    throwIfFaulty(this.resource, check('trainingDatasetArn', arn, serviceArns.trainingDataset));
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['cleanrooms-ml:GetTrainingDataset', 'cleanrooms-ml:ListTagsForResource'],
      resourceArns: [arn],
    });
  }
}
