import * as cleanroomsml from 'aws-cdk-lib/aws-cleanroomsml';
import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Grants on a training dataset.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
 */
export class TrainingDatasetGrants {
  /** Grants on any training dataset: of this library, imported, or a `CfnTrainingDataset`. */
  public static fromTrainingDataset(resource: cleanroomsml.ITrainingDatasetRef): TrainingDatasetGrants {
    return new TrainingDatasetGrants(resource);
  }

  private constructor(private readonly resource: cleanroomsml.ITrainingDatasetRef) {}

  /** Allows to read the training dataset and its tags. Reading it is not possible from another account. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['cleanrooms-ml:GetTrainingDataset', 'cleanrooms-ml:ListTagsForResource'],
      resourceArns: [this.resource.trainingDatasetRef.trainingDatasetArn],
    });
  }
}
