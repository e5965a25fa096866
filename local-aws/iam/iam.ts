import { AwsError, type Account, type Principal } from '../aws';
import type { Clock } from '../clock';
import { ADMINISTRATOR_ACCESS, AWS_MANAGED_POLICIES } from './aws-managed-policies';
import { accessKeyOf, sessionCredentialsOf, type AccessKey, type Credentials } from './credentials';
import { evaluate, type AccessRequest, type Decision } from './evaluator';
import { Identities, type Role } from './identities';
import type { PolicyDocument } from './policy-document';

/** The condition keys of a request. */
export type Context = Readonly<Record<string, string | string[]>>;

/** One answer to the question whether someone may do something. */
export interface LoggedDecision {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
}

export interface ServiceContext {
  /** `aws:SourceArn`: the resource on whose behalf the service asks. */
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  readonly sessionName?: string;
}

/** What `sts:AssumeRole` hands out. */
export interface RoleSession extends Credentials {
  readonly principal: Principal;
  readonly roleId: string;
}

/** Long-lived keys have no token. */
export interface AuthenticatedKey extends AccessKey {
  readonly principal: Principal;
  readonly sessionToken?: string;
}

const SESSION_MILLISECONDS = 3_600_000;

/** Who there is, and the judgement on everything they do. */
export class Iam extends Identities {
  /** The person in front of the terminal: an administrator. */
  readonly developer: AuthenticatedKey;
  /** Every decision taken, in order. */
  readonly decisions: LoggedDecision[] = [];

  private readonly sessions = new Map<string, Credentials & { readonly principal: Principal }>();

  constructor(account: Account, clock: Clock) {
    super(account, clock);
    const principal = { arn: this.arn('user/developer'), accountId: account.accountId };
    this.developer = { ...accessKeyOf(principal), principal };
  }

  // ---- Judgement

  /** Throws as the action's service does when its caller may not do that. */
  async authorize(principal: Principal, action: string, resource: string, context: Context = {}, resourcePolicy?: PolicyDocument): Promise<void> {
    const role = this.roleByArn(principal.roleArn ?? '');
    const decision = await this.decide({
      principal: principal.arn,
      action,
      resource,
      context: { ...this.contextOf(principal, resource), ...context },
      identityPolicies: role === undefined ? policiesWithoutRole(principal) : this.policiesOf(role),
      permissionsBoundary: role && this.boundaryOf(role),
      resourcePolicy,
    });
    if (!decision.allowed) {
      throw accessDenied(action, `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${decision.reason}`);
    }
  }

  /** The check that a service makes when it is handed a role. */
  async passRole(principal: Principal, roleArn: string, service: string): Promise<void> {
    await this.authorize(principal, 'iam:PassRole', roleArn, { 'iam:PassedToService': service });
  }

  /** A service takes on a role, if the role trusts it. */
  async assumeRoleForService(roleArn: string, service: string, { sourceArn, sourceAccount, sessionName }: ServiceContext = {}): Promise<Principal> {
    const role = this.roleByArn(roleArn);
    const decision = role && await this.decide({
      principal: service,
      action: 'sts:AssumeRole',
      resource: roleArn,
      context: {
        ...(sourceArn !== undefined && { 'aws:SourceArn': sourceArn }),
        ...(sourceAccount !== undefined && { 'aws:SourceAccount': sourceAccount }),
      },
      identityPolicies: [],
      resourcePolicy: role.properties.assumeRolePolicyDocument,
    });
    if (role === undefined || !decision?.allowed) throw notAssumable(service, roleArn);
    return this.sessionOf(role, sessionName ?? service.split('.')[0]);
  }

  /** `sts:AssumeRole` of a person or another role. */
  async assumeRole(principal: Principal, roleArn: string, sessionName: string, context: Context = {}): Promise<RoleSession> {
    const role = this.roleByArn(roleArn);
    if (role === undefined) throw notAssumable(principal.arn, roleArn);
    try {
      await this.authorize(principal, 'sts:AssumeRole', roleArn, context, role.properties.assumeRolePolicyDocument);
    } catch (error) {
      // Whoever is turned away does not learn by which policy.
      throw error instanceof AwsError ? notAssumable(principal.arn, roleArn) : error;
    }
    const session = this.sessionOf(role, sessionName);
    return { ...this.credentialsFor(session), principal: session, roleId: role.roleId };
  }

  // ---- Credentials

  credentialsFor(principal: Principal): Credentials {
    const credentials = sessionCredentialsOf(principal, new Date(this.clock.now() + SESSION_MILLISECONDS));
    this.sessions.set(credentials.accessKeyId, { ...credentials, principal });
    return credentials;
  }

  /** Whose key it is, and what must have been signed with. */
  authenticate(accessKeyId: string): AuthenticatedKey {
    const key = accessKeyId === this.developer.accessKeyId ? this.developer : this.sessions.get(accessKeyId);
    const roleArn = key?.principal.roleArn;
    if (key === undefined || (roleArn !== undefined && !this.roleExists(roleArn))) {
      throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
    }
    return key;
  }

  private async decide(request: Omit<AccessRequest, 'resourceAccount'>): Promise<Decision> {
    const { principal, action, resource } = request;
    const decision = await this.clock.busy(() => evaluate({ ...request, resourceAccount: this.ownerOf(resource) }));
    this.decisions.push({ principal, action, resource, allowed: decision.allowed });
    return decision;
  }

  /** What every request carries, whoever serves it. */
  private contextOf(principal: Principal, resource: string): Context {
    const request = {
      'aws:RequestedRegion': this.account.region,
      'aws:ResourceAccount': this.ownerOf(resource),
      'aws:SecureTransport': 'true',
      's3:ResourceAccount': this.ownerOf(resource),
    };
    if (isService(principal)) return { ...request, 'aws:PrincipalIsAWSService': 'true', 'aws:PrincipalServiceName': principal.arn };
    return {
      ...request,
      'aws:PrincipalAccount': principal.accountId,
      'aws:PrincipalArn': principal.roleArn ?? principal.arn,
      'aws:PrincipalIsAWSService': 'false',
      'aws:PrincipalType': principalType(principal),
      'kms:CallerAccount': principal.accountId,
    };
  }

  private ownerOf(resource: string): string {
    return resource.split(':')[4] || this.account.accountId;
  }

  private sessionOf(role: Role, sessionName: string): Principal {
    const { partition, accountId } = this.account;
    return { arn: `arn:${partition}:sts::${accountId}:assumed-role/${role.properties.roleName}/${sessionName}`, accountId, roleArn: role.arn };
  }
}

/** People are administrators. A service in its own name, and a session whose role is gone, have nothing but what resources grant them. */
function policiesWithoutRole(principal: Principal): PolicyDocument[] {
  return principal.roleArn === undefined && !isService(principal) ? [AWS_MANAGED_POLICIES[ADMINISTRATOR_ACCESS]] : [];
}

/** A service that acts in its own name has no ARN. */
function isService(principal: Principal): boolean {
  return !principal.arn.startsWith('arn:');
}

function principalType({ arn, roleArn }: Principal): string {
  if (roleArn !== undefined) return 'AssumedRole';
  return arn.endsWith(':root') ? 'Account' : 'User';
}

function notAssumable(principal: string, roleArn: string): AwsError {
  return accessDenied('sts:AssumeRole', `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
}

/** JSON services say AccessDeniedException, the older XML ones AccessDenied. */
function accessDenied(action: string, message: string): AwsError {
  const xml = ['cloudformation', 'iam', 's3', 'sts'].includes(action.split(':')[0]);
  return new AwsError(xml ? 'AccessDenied' : 'AccessDeniedException', message, 403);
}
