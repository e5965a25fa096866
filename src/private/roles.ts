import { ArnFormat, Aws, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, DependencyGroup, IDependable } from 'constructs';
import { pathHash } from './path-hash';
import { SERVICE_PRINCIPAL, serviceArn } from './service';
import { check, mismatch, roleArn, sameAsStack } from './validation';
import { warn, Warning } from './warnings';

/** The types of resources on whose behalf the service assumes a role. */
export type RoleUser = 'training-dataset' | 'configured-audience-model' | 'audience-generation-job';

const ROLE_DESCRIPTIONS: Record<RoleUser, string> = {
  'training-dataset': 'Lets AWS Clean Rooms ML read training data',
  'configured-audience-model': 'Lets AWS Clean Rooms ML write audiences',
  'audience-generation-job': 'Lets AWS Clean Rooms ML read a seed',
};

/**
 * A role that only AWS Clean Rooms ML may assume, only for resources of one type in this account and Region.
 *
 * @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-roles.html
 */
export function createServiceRole(scope: Construct, id: string, user: RoleUser): iam.Role {
  const stack = Stack.of(scope);
  return new iam.Role(scope, id, {
    roleName: roleName(scope, id),
    description: ROLE_DESCRIPTIONS[user],
    assumedBy: new iam.ServicePrincipal(SERVICE_PRINCIPAL, {
      conditions: {
        StringEqualsIfExists: { 'aws:SourceAccount': [stack.account] },
        ArnLikeIfExists: { 'aws:SourceArn': serviceArn(scope, user) },
      },
    }),
  });
}

/**
 * AWS's managed policy AWSCleanRoomsMLFullAccess lets its users pass only roles whose name begins so.
 * Role names are global in an account, so the Region is in the name, and the hash tells stacks and constructs apart.
 */
function roleName(scope: Construct, id: string): string {
  const stack = Stack.of(scope);
  const region = Token.isUnresolved(stack.region) ? Aws.REGION : stack.region;
  const label = scope.node.id.replace(/[^A-Za-z0-9]/g, '').slice(0, 24);
  return ['cleanrooms-ml', region, label, pathHash(scope, id, 8)].filter((part) => part !== '').join('-');
}

/** The faults of a role that the user gave. */
export function checkRole(property: string, role: iam.IRole | undefined, construct: Construct): string[] {
  if (role === undefined) return [];
  if (typeof role?.roleArn !== 'string') return [mismatch(property, role, 'a role, such as Role.fromRoleArn(…)')];
  return [
    ...check(property, role.roleArn, roleArn),
    ...check(`${property}.account`, role.env.account,
      sameAsStack(Stack.of(construct).account, 'the service refuses roles of other accounts; use one in the same account')),
  ];
}

/** Adds statements to a role, and a warning where nothing can be added. The result stands for the policies that now hold them. */
export function addStatements(construct: Construct, role: iam.IRole, statements: iam.PolicyStatement[]): IDependable {
  const dependables = statements.map((statement) => role.addToPrincipalPolicy(statement).policyDependable ?? new DependencyGroup());
  // A role of this app gets its policies only at synthesis; any other has them by now, unless it takes none.
  if (!iam.Role.isRole(role) && dependables.some((dependable) => Dependable.of(dependable).dependencyRoots.length === 0)) {
    const actions = [...new Set(statements.flatMap((statement) => statement.actions))].sort();
    warn(construct, Warning.ROLE_NOT_MODIFIED,
      `the role '${role.node.path}' cannot be changed from here; see that it trusts ${SERVICE_PRINCIPAL} and allows ${actions.join(', ')}`);
  }
  return new DependencyGroup(...dependables);
}

/** What the Glue readers of a role need. */
export function glueStatements(construct: Construct, databaseName: string, tableName: string, catalogId?: string): iam.PolicyStatement[] {
  const arn = (resource: string) => Stack.of(construct).formatArn({
    service: 'glue',
    account: catalogId,
    resource,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
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
      resources: [arn(`database/${databaseName}`), arn(`table/${databaseName}/${tableName}`), arn('catalog'), defaultDatabase],
    }),
    new iam.PolicyStatement({ actions: ['glue:CreateDatabase'], resources: [defaultDatabase] }),
  ];
}
