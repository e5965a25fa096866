import * as iam from 'aws-cdk-lib/aws-iam';
import { IAudienceModelRef } from './audience-model-ref';

/**
 * Grants on an audience model.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
 */
export class AudienceModelGrants {
  /** Grants on any audience model: of this library, or imported. */
  public static fromAudienceModel(resource: IAudienceModelRef): AudienceModelGrants {
    return new AudienceModelGrants(resource);
  }

  private constructor(private readonly resource: IAudienceModelRef) {}

  /** Allows to read the audience model and its tags. Reading it is not possible from another account. */
  public read(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['cleanrooms-ml:GetAudienceModel', 'cleanrooms-ml:ListTagsForResource'],
      resourceArns: [this.resource.audienceModelRef.audienceModelArn],
    });
  }
}
