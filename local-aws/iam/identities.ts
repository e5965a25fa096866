import { createHash } from 'node:crypto';
import { AwsError, type Account } from '../aws';
import type { Clock } from '../clock';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies';
import { checkInlinePolicySize, checkManagedPolicySize, checkName, checkPoliciesPerRole, checkTrustPolicySize } from './limits';
import { awsPrincipals, validatePolicy, type PolicyDocument } from './policy-document';

export interface RoleProperties {
  readonly roleName: string;
  readonly path?: string;
  readonly assumeRolePolicyDocument: PolicyDocument;
  readonly description?: string;
  readonly maxSessionDuration?: number;
  readonly managedPolicyArns?: readonly string[];
  readonly inlinePolicies?: Readonly<Record<string, PolicyDocument>>;
  readonly permissionsBoundary?: string;
}

/** A role, and what was attached to it by others than its own definition. */
export interface Role {
  readonly arn: string;
  readonly roleId: string;
  /** Milliseconds. */
  readonly createDate: number;
  properties: RoleProperties;
  readonly inlinePolicies: Map<string, PolicyDocument>;
  readonly attachedPolicies: Set<string>;
}

export interface ManagedPolicy {
  readonly policyName: string;
  readonly path?: string;
  readonly document: PolicyDocument;
  readonly description?: string;
}

/** The roles and policies of an account, within IAM's limits. */
export class Identities {
  private readonly rolesByName = new Map<string, Role>();
  private readonly managedPolicies = new Map<string, ManagedPolicy>();

  constructor(protected readonly account: Account, protected readonly clock: Clock) {}

  // ---- Roles

  createRole(properties: RoleProperties): { arn: string; roleId: string } {
    const { roleName, path = '/' } = properties;
    checkName('roleName', roleName);
    if ([...this.rolesByName.keys()].some((other) => sameName(other, roleName))) {
      throw new AwsError('EntityAlreadyExists', `Role with name ${roleName} already exists.`, 409);
    }
    const arn = this.arn(`role${path}${roleName}`);
    const role: Role = {
      arn, roleId: uniqueId('AROA', arn), createDate: this.clock.now(), properties, inlinePolicies: new Map(), attachedPolicies: new Set(),
    };
    this.checkRole(role);
    this.rolesByName.set(roleName, role);
    return { arn, roleId: role.roleId };
  }

  updateRole(roleName: string, properties: RoleProperties): void {
    const role = this.role(roleName);
    this.checkRole({ ...role, properties });
    role.properties = properties;
  }

  /** Refused while anything hangs on the role that its own definition did not bring. */
  deleteRole(roleName: string): void {
    const role = this.role(roleName);
    if (role.attachedPolicies.size > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (role.inlinePolicies.size > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
    this.rolesByName.delete(roleName);
  }

  roles(): Role[] {
    return [...this.rolesByName.values()];
  }

  role(roleName: string): Role {
    const role = this.rolesByName.get(roleName);
    if (role === undefined) throw noSuchEntity(`The role with name ${roleName} cannot be found.`);
    return role;
  }

  /** What permissions on a role of that name are judged by. Of one that is not there nobody knows the path. */
  roleArnOf(roleName: string): string {
    return this.rolesByName.get(roleName)?.arn ?? this.arn(`role/${roleName}`);
  }

  roleExists(arn: string): boolean {
    return this.roleByArn(arn) !== undefined;
  }

  // ---- Policies

  putRolePolicy(roleName: string, policyName: string, document: PolicyDocument): void {
    const role = this.role(roleName);
    checkName('policyName', policyName);
    validatePolicy(document, 'identity');
    const inlinePolicies = new Map(role.inlinePolicies).set(policyName, document);
    checkInlinePolicySize(roleName, inlinePoliciesOf({ ...role, inlinePolicies }));
    role.inlinePolicies.set(policyName, document);
  }

  deleteRolePolicy(roleName: string, policyName: string): void {
    if (!this.role(roleName).inlinePolicies.delete(policyName)) {
      throw noSuchEntity(`The role policy with name ${policyName} cannot be found.`);
    }
  }

  createManagedPolicy(policy: ManagedPolicy): { arn: string } {
    const { policyName, path = '/' } = policy;
    checkName('policyName', policyName);
    const arn = this.arn(`policy${path}${policyName}`);
    if ([...this.managedPolicies.values()].some((other) => sameName(other.policyName, policyName))) throw new AwsError('EntityAlreadyExists', `A policy called ${policyName} already exists.`, 409);
    this.storeManagedPolicy(arn, policy);
    return { arn };
  }

  updateManagedPolicy(arn: string, document: PolicyDocument): void {
    this.storeManagedPolicy(arn, { ...this.ownManagedPolicy(arn), document });
  }

  deleteManagedPolicy(arn: string): void {
    this.ownManagedPolicy(arn);
    const inUse = this.roles().some((role) => managedPoliciesOf(role).has(arn) || role.properties.permissionsBoundary === arn);
    if (inUse) throw deleteConflict('Cannot delete a policy attached to entities.');
    this.managedPolicies.delete(arn);
  }

  attachRolePolicy(roleName: string, policyArn: string): void {
    const role = this.role(roleName);
    this.managedPolicy(policyArn);
    checkPoliciesPerRole(managedPoliciesOf(role).add(policyArn).size);
    role.attachedPolicies.add(policyArn);
  }

  detachRolePolicy(roleName: string, policyArn: string): void {
    if (!this.role(roleName).attachedPolicies.delete(policyArn)) throw noSuchEntity(`Policy ${policyArn} was not found.`);
  }

  /** Refuses a policy that names a role of this account which does not exist, as IAM, S3 and KMS do. */
  checkPrincipals(document: PolicyDocument, code = 'MalformedPolicyDocument'): void {
    const prefix = this.arn('role/');
    const missing = awsPrincipals(document).find((principal) => principal.startsWith(prefix) && !this.roleExists(principal));
    if (missing !== undefined) throw new AwsError(code, `Invalid principal in policy: "AWS":"${missing}"`);
  }

  protected roleByArn(arn: string): Role | undefined {
    const role = this.rolesByName.get(arn.slice(arn.lastIndexOf('/') + 1));
    return role?.arn === arn ? role : undefined;
  }

  /** Everything that gives the role permissions. */
  protected policiesOf(role: Role): PolicyDocument[] {
    return [...inlinePoliciesOf(role), ...[...managedPoliciesOf(role)].map((arn) => this.managedPolicy(arn))];
  }

  protected boundaryOf({ properties: { permissionsBoundary } }: Role): PolicyDocument | undefined {
    return permissionsBoundary === undefined ? undefined : this.managedPolicy(permissionsBoundary);
  }

  protected arn(resource: string): string {
    return `arn:${this.account.partition}:iam::${this.account.accountId}:${resource}`;
  }

  private checkRole(role: Role): void {
    const { roleName, assumeRolePolicyDocument, inlinePolicies = {} } = role.properties;
    validatePolicy(assumeRolePolicyDocument, 'trust');
    checkTrustPolicySize(assumeRolePolicyDocument);
    this.checkPrincipals(assumeRolePolicyDocument);
    for (const [name, document] of Object.entries(inlinePolicies)) {
      checkName('policyName', name);
      validatePolicy(document, 'identity');
    }
    checkInlinePolicySize(roleName, inlinePoliciesOf(role));
    checkPoliciesPerRole(managedPoliciesOf(role).size);
    this.policiesOf(role);
    this.boundaryOf(role);
  }

  private storeManagedPolicy(arn: string, policy: ManagedPolicy): void {
    validatePolicy(policy.document, 'identity');
    checkManagedPolicySize(policy.document);
    this.managedPolicies.set(arn, policy);
  }

  /** A policy that can be attached: the account's or one of AWS's. */
  private managedPolicy(arn: string): PolicyDocument {
    const document = this.managedPolicies.get(arn)?.document ?? AWS_MANAGED_POLICIES[arn];
    if (document === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    return document;
  }

  private ownManagedPolicy(arn: string): ManagedPolicy {
    const policy = this.managedPolicies.get(arn);
    if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  }
}

function inlinePoliciesOf({ properties, inlinePolicies }: Role): PolicyDocument[] {
  return [...Object.values(properties.inlinePolicies ?? {}), ...inlinePolicies.values()];
}

function managedPoliciesOf({ properties, attachedPolicies }: Role): Set<string> {
  return new Set([...properties.managedPolicyArns ?? [], ...attachedPolicies]);
}

/** Names are unique in an account, whatever their case and path. */
function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function uniqueId(prefix: string, arn: string): string {
  return prefix + createHash('sha256').update(arn).digest('hex').toUpperCase().slice(0, 17);
}

function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404);
}

function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', message, 409);
}
