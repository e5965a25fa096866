import { CfnDeletionPolicy, CfnResource } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { warn, Warning } from './warnings';

const RETAINING: readonly (CfnDeletionPolicy | undefined)[] = [CfnDeletionPolicy.RETAIN, CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE];

/** Whether a resource stays when it is removed, or when it is replaced. */
export function isEverRetained({ cfnOptions: { deletionPolicy, updateReplacePolicy } }: CfnResource): boolean {
  return [deletionPolicy, updateReplacePolicy].some((policy) => RETAINING.includes(policy));
}

/**
 * Has the synthesis say when a construct stays, and what it uses goes with its stack: the service deletes nothing that is in use. Asked in
 * validation, when all removal policies are final.
 *
 * @param used anything of the same stack; nobody knows what becomes of imports, and other stacks may be there for good
 */
export function warnOfDeletedUse(construct: Construct, property: string, used: IConstruct): void {
  construct.node.addValidation({
    validate: () => {
      const [user, base] = [resourceOf(construct), resourceOf(used)];
      if (user && base && user.stack === base.stack && isEverRetained(user) && !RETAINING.includes(base.cfnOptions.deletionPolicy)) {
        warn(construct, Warning.RETAINED_DEPENDS_ON_DELETED,
          `${property} is '${used.node.path}', which is deleted with the stack, but this is retained; the service deletes nothing that is in use, `
          + `so the deletion of the stack would fail: retain '${used.node.path}', too, with RemovalPolicy.RETAIN`);
      }
      return [];
    },
  });
}

function resourceOf(construct: IConstruct): CfnResource | undefined {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild;
  return resource && CfnResource.isCfnResource(resource) ? resource : undefined;
}
