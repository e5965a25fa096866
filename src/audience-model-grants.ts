import * as iam from 'aws-cdk-lib/aws-iam';
import { IAudienceModelRef } from './audience-model-ref';
import { throwIfFaulty } from './private/errors';
import { check } from './private/faults';
import { serviceArns } from './private/validation';

/**
 * Grants on an audience model.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
 */
export class AudienceModelGrants {
  /**
   * Grants on any audience model: of this library, or imported. Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public static fromAudienceModel(resource: IAudienceModelRef): AudienceModelGrants {
    return new AudienceModelGrants(resource);
  }

  private constructor(private readonly resource: IAudienceModelRef) {}

  /**
   * Allows to read the audience model and its tags. Reading it is not possible from another account.
   *
   * Throws a `ValidationError` if the audience model has an ARN that is not one of an audience model.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    const arn = this.resource.audienceModelRef.audienceModelArn;
    throwIfFaulty(this.resource, check('audienceModelArn', arn, serviceArns.audienceModel));
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['cleanrooms-ml:GetAudienceModel', 'cleanrooms-ml:ListTagsForResource'],
      resourceArns: [arn],
    });
  }
}
