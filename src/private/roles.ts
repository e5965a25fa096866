import { ArnFormat, Aws, CfnResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, DependencyGroup, IDependable } from 'constructs';
import { canonicalJson } from './canonical-json';
import { RoleIdentityProperty, SERVICE_PRINCIPAL } from './contract';
import { check, checkFixed, mismatch } from './faults';
import { serviceArn } from './service';
import { RoleUser, warnOfMissingTrust } from './trust';
import { roleArn, sameAsStack } from './validation';
import { warn, Warning } from './warnings';

const ROLE_DESCRIPTIONS: Record<RoleUser, string> = {
  'training-dataset': 'Lets AWS Clean Rooms ML read training data',
  'configured-audience-model': 'Lets AWS Clean Rooms ML write audiences',
  'audience-generation-job': 'Lets AWS Clean Rooms ML read a seed',
};

const IS_SERVICE_ROLE = Symbol.for('cdk-cleanrooms-ml.ServiceRole');

/**
 * A role that only AWS Clean Rooms ML may assume, only for resources of one type in this account and Region. What it may do is in the
 * role itself, or in a policy that stays or goes with it. Its name is left to CloudFormation: nothing collides, and nothing is renamed by a move.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
 */
export function createServiceRole(scope: Construct, id: string, user: RoleUser, statements: iam.PolicyStatement[]): iam.Role {
  const stack = Stack.of(scope);
  // The policy of a key may name the role, and then the role can name neither the key nor a bucket that is encrypted with it.
  const isKeyUsed = statements.some(({ actions }) => actions.some((action) => action.startsWith('kms:')));
  const role = new ServiceRole(scope, id, {
    path: servicePath(stack),
    description: ROLE_DESCRIPTIONS[user],
    assumedBy: new iam.ServicePrincipal(SERVICE_PRINCIPAL, {
      conditions: {
        StringEqualsIfExists: { 'aws:SourceAccount': [stack.account] },
        ArnLikeIfExists: { 'aws:SourceArn': serviceArn(scope, user) },
      },
    }),
    inlinePolicies: isKeyUsed || statements.length === 0 ? undefined : { Access: new iam.PolicyDocument({ statements }) },
  });
  if (isKeyUsed) for (const statement of statements) role.addToPrincipalPolicy(statement);
  Object.defineProperty(role, IS_SERVICE_ROLE, { value: true });
  return role;
}

/** What it may do stays or goes with it, whenever that is said. */
class ServiceRole extends iam.Role {
  private removalPolicy?: RemovalPolicy;

  public override applyRemovalPolicy(policy: RemovalPolicy): void {
    super.applyRemovalPolicy(policy);
    this.removalPolicy = policy;
    this.applyToPolicy();
  }

  public override addToPrincipalPolicy(statement: iam.PolicyStatement): iam.AddToPrincipalPolicyResult {
    const result = super.addToPrincipalPolicy(statement);
    this.applyToPolicy();
    return result;
  }

  private applyToPolicy(): void {
    if (this.removalPolicy === undefined) return;
    (this.node.tryFindChild('DefaultPolicy') as iam.Policy | undefined)?.applyRemovalPolicy(this.removalPolicy);
  }
}

/**
 * AWS's managed policy AWSCleanRoomsMLFullAccess lets its users pass only roles whose ARN begins so. Roles are global in an account, so
 * the Region is in the path, and the stack, whose handler may pass what is below.
 */
function servicePath(stack: Stack): string {
  const region = Token.isUnresolved(stack.region) ? Aws.REGION : stack.region;
  return `/cleanrooms-ml/${region}/${stack.stackName}/`;
}

/** All roles that were created for the service in the stack. */
export function serviceRoleArns(scope: Construct): string {
  const stack = Stack.of(scope);
  return stack.formatArn({ service: 'iam', region: '', resource: `role${servicePath(stack)}*`, arnFormat: ArnFormat.NO_RESOURCE_NAME });
}

/** Whether a role was created for the service in the stack of the construct. Of what `Role.customizeRoles` made of it, nothing is known. */
export function isServiceRoleOf(construct: Construct, role: iam.IRole): role is iam.Role {
  return IS_SERVICE_ROLE in role && Stack.of(role) === Stack.of(construct) && CfnResource.isCfnResource(role.node.defaultChild);
}

/** Whether an aspect, or an escape hatch, has moved it to another path. */
export function isMoved(role: iam.IRole): boolean {
  const stack = Stack.of(role);
  // Where it names what only the deployment knows, each rendering is an object of its own.
  return canonicalJson(rendered(role)?.Path) !== canonicalJson(stack.resolve(servicePath(stack)));
}

/** Who a role is that was created for the service, whichever ARN it has; undefined for other roles. */
export function roleIdentity(construct: Construct, role: iam.IRole): RoleIdentityProperty | undefined {
  return isServiceRoleOf(construct, role) ? rendered(role) : undefined;
}

/** What the template says of a role. The whole of it is not resolved: it is asked for often. */
function rendered(role: iam.IRole): RoleIdentityProperty | undefined {
  const resource = role.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) return undefined;
  const { roleName: RoleName, path: Path } = resource as iam.CfnRole;
  const { rawOverrides: overrides } = resource as unknown as { readonly rawOverrides: { readonly Properties?: Partial<RoleIdentityProperty> } };
  const { RoleName: name, Path: path } = { RoleName, Path, ...overrides.Properties };
  const stack = Stack.of(role);
  return stack.resolve({ LogicalId: resource.logicalId, RoleName: name, Path: path }) as RoleIdentityProperty;
}

/** The faults of a role that the user gave. */
export function checkRole(property: string, role: iam.IRole | undefined, construct: Construct): string[] {
  if (role === undefined) return [];
  if (typeof role?.roleArn !== 'string') return [mismatch(property, role, 'a role, such as Role.fromRoleArn(…)')];
  return [
    ...checkFixed(property, role.roleArn, roleArn, 'a policy names it; give the role itself'),
    ...check(`${property}.account`, role.env.account,
      sameAsStack(Stack.of(construct).account, 'the service refuses roles of other accounts; use one in the same account')),
  ];
}

/**
 * Adds statements to a role that the user gave, and a warning where nothing can be added, or where the service may not assume it. The result
 * stands for the policies that now hold them.
 */
export function addStatements(
  construct: Construct, property: string, user: RoleUser, role: iam.IRole, statements: iam.PolicyStatement[],
): IDependable {
  warnOfMissingTrust(construct, property, user, role);
  const dependables = statements.map((statement) => role.addToPrincipalPolicy(statement).policyDependable ?? new DependencyGroup());
  // A role of this app gets its policies only at synthesis; any other has them by now, unless it takes none.
  if (!iam.Role.isRole(role) && dependables.some((dependable) => Dependable.of(dependable).dependencyRoots.length === 0)) {
    warnOfFixedRole(construct, role, SERVICE_PRINCIPAL, statements);
  }
  return new DependencyGroup(...dependables);
}

/** Says what a role that cannot be changed must allow. */
export function warnOfFixedRole(construct: Construct, role: iam.IRole, principal: string, statements: iam.PolicyStatement[]): void {
  const actions = [...new Set(statements.flatMap((statement) => statement.actions))].sort();
  warn(construct, Warning.ROLE_NOT_MODIFIED,
    `the role '${role.node.path}' cannot be changed from here; see that it trusts ${principal} and allows ${actions.join(', ')}`);
}

/** What the Glue readers of a role need. */
export function glueStatements(construct: Construct, databaseName: string, tableName: string, catalogId?: string): iam.PolicyStatement[] {
  const arn = (resource: string) => Stack.of(construct).formatArn({
    service: 'glue',
    account: catalogId,
    resource,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
  const catalog = arn('catalog');
  const defaultDatabase = arn('database/default');
  return [
    new iam.PolicyStatement({
      actions: [
        'glue:GetDatabase',
        'glue:GetDatabases',
        'glue:GetTable',
        'glue:GetTables',
        'glue:GetPartitions',
        'glue:GetPartition',
        'glue:BatchGetPartition',
        'glue:GetUserDefinedFunctions',
      ],
      resources: [arn(`database/${databaseName}`), arn(`table/${databaseName}/${tableName}`), catalog, defaultDatabase],
    }),
    // The user guide names the database alone, but AWS Glue asks for what is above it, too.
    new iam.PolicyStatement({ actions: ['glue:CreateDatabase'], resources: [catalog, defaultDatabase] }),
  ];
}
