import { Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConfiguredAudienceModelRef } from './configured-audience-model-ref';
import { throwIfFaulty } from './private/errors';
import { check, checkFixed, required } from './private/faults';
import { inCollaboration, jobsOf, listMembersStatement, startResources } from './private/jobs/permissions';
import { collaborationId, serviceArns } from './private/validation';

/**
 * Options of a grant to start audience generation jobs: in which collaboration.
 *
 * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
 */
export interface StartAudienceGenerationJobOptions {
  /**
   * The id of the AWS Clean Rooms collaboration: a UUID of 36 characters in lower case.
   *
   * @see https://docs.aws.amazon.com/cleanrooms-ml/latest/APIReference/API_StartAudienceGenerationJob.html
   */
  readonly collaborationId: string;
}

/**
 * Grants on a configured audience model.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
 */
export class ConfiguredAudienceModelGrants {
  /**
   * Grants on any configured audience model: of this library, or imported.
   *
   * The resource policy of an imported one cannot be changed, so a grant to another account needs the owner's agreement.
   * Throws nothing.
   *
   * @see https://docs.aws.amazon.com/cdk/v2/guide/permissions.html
   */
  public static fromConfiguredAudienceModel(resource: IConfiguredAudienceModelRef): ConfiguredAudienceModelGrants {
    return new ConfiguredAudienceModelGrants(resource);
  }

  private constructor(private readonly resource: IConfiguredAudienceModelRef) {}

  /**
   * Allows to read the configured audience model, its policy and its tags. Reading it is not possible from another account.
   *
   * Throws a `ValidationError` if the configured audience model has an ARN that is not one of a configured audience model.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_cleanroomsml.html
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'cleanrooms-ml:GetConfiguredAudienceModel',
        'cleanrooms-ml:GetConfiguredAudienceModelPolicy',
        'cleanrooms-ml:ListTagsForResource',
      ],
      resourceArns: [this.modelArn()],
    });
  }

  /**
   * Allows to start audience generation jobs with this model in one collaboration.
   *
   * In the account of the model this is a matter of the grantee's identity policy; across accounts the resource policy
   * of the model allows it as well. Whoever starts a job also needs `iam:PassRole` for the role that reads the seed
   * (`seedRole.grantPassRole(grantee)`).
   *
   * Throws a `ValidationError` if the collaboration id is not a UUID, or the configured audience model has an ARN that is not one of a
   * configured audience model.
   *
   * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-behaviors.html
   */
  public startAudienceGenerationJob(grantee: iam.IGrantable, options: StartAudienceGenerationJobOptions): iam.Grant {
    throwIfFaulty(this.resource,
      checkFixed('collaborationId', options?.collaborationId, required(collaborationId, 'jobs are allowed in one collaboration only'),
        'a policy names it; give the id itself'));

    const model = this.modelArn();
    const owner = this.resource.env.account;
    const caller = grantee.grantPrincipal.principalAccount;
    const actions = ['cleanrooms-ml:StartAudienceGenerationJob'];
    const conditions = inCollaboration(options.collaborationId);
    const ownerArns = [model, jobsOf(this.resource, owner)];

    const identity = iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: startResources(this.resource, owner, caller ?? owner),
      conditions,
    }).combine(grantStatement(grantee, listMembersStatement(this.resource, options.collaborationId)));

    if (identity.success && caller !== undefined && isSameAccount(owner, caller)) return identity;
    if (!iam.GrantableResources.isResourceWithPolicy(this.resource)) return identity;
    const statement = new iam.PolicyStatement({ principals: [grantee.grantPrincipal], actions, resources: ownerArns, conditions });
    return identity.combine(iam.Grant.addStatementToResourcePolicy({
      grantee,
      actions,
      resourceArns: ownerArns,
      resource: this.resource,
      statement,
    }));
  }

  private modelArn(): string {
    const arn = this.resource.configuredAudienceModelRef.configuredAudienceModelArn;
    throwIfFaulty(this.resource, check('configuredAudienceModelArn', arn, serviceArns.configuredAudienceModel));
    return arn;
  }
}

function grantStatement(grantee: iam.IGrantable, { actions, resources, conditions }: iam.PolicyStatement): iam.Grant {
  return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions: conditions as Record<string, Record<string, unknown>> });
}

/** As the CDK does: two accounts of which nothing is known are taken for the same. */
function isSameAccount(one: string, other: string): boolean {
  const comparison = Token.compareStrings(one, other);
  return comparison === TokenComparison.SAME || comparison === TokenComparison.BOTH_UNRESOLVED;
}
