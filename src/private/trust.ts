import { CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { SERVICE_PRINCIPAL } from './contract';
import { warn, Warning } from './warnings';

/** The types of resources on whose behalf the service assumes a role. */
export type RoleUser = 'training-dataset' | 'configured-audience-model' | 'audience-generation-job';

/** Warns, once all that can change has changed, where a role of this app does not let the service assume it. Of other roles nothing is known. */
export function warnOfMissingTrust(construct: Construct, property: string, user: RoleUser, role: iam.IRole): void {
  construct.node.addValidation({
    validate: () => {
      if (!mayTrustService(role, user)) {
        warn(construct, Warning.ROLE_NOT_ASSUMABLE,
          `${property}: the role '${role.node.path}' does not let ${SERVICE_PRINCIPAL} assume it for resources of the type ${user}, so the service cannot work with it; `
          + `create it with assumedBy: new iam.ServicePrincipal('${SERVICE_PRINCIPAL}'), or add such a statement to its assumeRolePolicy`);
      }
      return [];
    },
  });
}

/** Whether a role may trust the service. What only deployment knows may be anybody. */
function mayTrustService(role: iam.IRole, user: RoleUser): boolean {
  const resource = iam.Role.isRole(role) ? role.node.defaultChild : undefined;
  if (!CfnResource.isCfnResource(resource) || isOverridden(resource)) return true;
  const { Statement: statements = [] } = Stack.of(role).resolve((resource as iam.CfnRole).assumeRolePolicyDocument) as Document | undefined ?? {};
  return [statements].flat().some(({ Effect, Action, Principal, Condition }) => Effect === 'Allow'
    && [Action].flat().some((action) => isUnknown(action) || ['sts:AssumeRole', 'sts:*', '*'].includes(action as string))
    && principalsOf(Principal).some((principal) => isUnknown(principal) || principal === '*' || principal === SERVICE_PRINCIPAL)
    && mayBeFor(user, Condition));
}

/** Whether a condition may hold for resources of this type: the roles of this library are for those of one. Otherwise conditions are not judged. */
function mayBeFor(user: RoleUser, condition: Statement['Condition']): boolean {
  const arns = JSON.stringify(condition?.ArnLikeIfExists?.['aws:SourceArn'] ?? '');
  return !/:(training-dataset|configured-audience-model|audience-generation-job)\//.test(arns) || arns.includes(`:${user}/`);
}

interface Document {
  readonly Statement?: Statement | Statement[];
}

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: { readonly ArnLikeIfExists?: { readonly 'aws:SourceArn'?: unknown } };
}

/** Services, and whoever is everybody. */
function principalsOf(principal: unknown): unknown[] {
  if (typeof principal !== 'object' || principal === null) return [principal];
  const { Service: services = [], AWS: others } = principal as { readonly Service?: unknown; readonly AWS?: unknown };
  return [...[services].flat(), ...[others].flat().filter((other) => other === '*')];
}

function isUnknown(value: unknown): boolean {
  return typeof value === 'object';
}

/** An escape hatch says what the template says. */
function isOverridden(resource: CfnResource): boolean {
  const { rawOverrides } = resource as unknown as { readonly rawOverrides: { readonly Properties?: object } };
  return 'AssumeRolePolicyDocument' in (rawOverrides.Properties ?? {});
}
