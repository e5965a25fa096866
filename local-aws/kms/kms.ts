import { createHash } from 'node:crypto';
import { AwsError, type Account, type Principal } from '../aws';
import { checkPresence, checkState, checkUse, type Key, type KeyProperties } from './key';
import type { Context, Iam } from '../iam/iam';
import { validatePolicy, type PolicyDocument } from '../iam/policy-document';

/** Keys and who may use them. Nothing here encrypts. */
export class Kms {
  private readonly keysByArn = new Map<string, Key>();
  private readonly aliases = new Map<string, string>();

  constructor(private readonly account: Account, private readonly iam: Iam) {}

  createKey(properties: KeyProperties = {}): { keyId: string; arn: string } {
    this.checkPolicy(properties);
    const keyId = uuid(`${this.account.accountId} key ${this.keysByArn.size}`);
    const arn = this.arn(`key/${keyId}`);
    this.keysByArn.set(arn, { keyId, arn, properties, pendingDeletion: false });
    return { keyId, arn };
  }

  updateKey(key: string, properties: KeyProperties): void {
    this.checkPolicy(properties);
    this.key(key).properties = properties;
  }

  /** Its aliases stay for as long as it waits. */
  scheduleKeyDeletion(key: string): void {
    this.key(key).pendingDeletion = true;
  }

  createAlias(aliasName: string, targetKey: string): void {
    if (this.aliases.has(aliasName)) throw new AwsError('AlreadyExistsException', `An alias with the name ${this.arn(aliasName)} already exists`);
    this.aliases.set(aliasName, this.presentKey(targetKey).arn);
  }

  updateAlias(aliasName: string, targetKey: string): void {
    this.aliasTarget(aliasName);
    this.aliases.set(aliasName, this.presentKey(targetKey).arn);
  }

  deleteAlias(aliasName: string): void {
    this.aliasTarget(aliasName);
    this.aliases.delete(aliasName);
  }

  /** The keys that do not wait for their deletion. */
  keys(): Key[] {
    return [...this.keysByArn.values()].filter((key) => !key.pendingDeletion);
  }

  /** A key by its ARN, id, alias name or alias ARN. */
  key(nameOrArn: string): Key {
    const name = nameOrArn.split(':').pop() ?? '';
    const arn = name.startsWith('alias/') ? this.aliasTarget(name) : this.arn(`key/${name.replace(/^key\//, '')}`);
    const key = this.keysByArn.get(arn);
    if (key === undefined || (nameOrArn.startsWith('arn:') && !nameOrArn.startsWith(this.arn('')))) {
      throw notFound(`Key '${nameOrArn}' does not exist`);
    }
    return key;
  }

  /** Whether someone may use a key that is good for it. The key's own policy has the first word: IAM policies count only if it lets the account decide. */
  async authorize(principal: Principal, action: string, key: string, context: Context = {}): Promise<void> {
    const found = this.key(key);
    checkUse(found, action);
    await this.iam.authorize(principal, action, found.arn, context, found.properties.keyPolicy ?? this.defaultPolicy());
  }

  /** Whether a key can be used by whoever may. */
  async checkState(key: string): Promise<void> {
    checkState(this.key(key));
  }

  private presentKey(key: string): Key {
    const found = this.key(key);
    checkPresence(found);
    return found;
  }

  private checkPolicy({ keyPolicy }: KeyProperties): void {
    if (keyPolicy === undefined) return;
    validatePolicy(keyPolicy, 'resource', 'MalformedPolicyDocumentException');
    this.iam.checkPrincipals(keyPolicy, 'MalformedPolicyDocumentException');
  }

  private defaultPolicy(): PolicyDocument {
    const root = `arn:${this.account.partition}:iam::${this.account.accountId}:root`;
    return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' }] };
  }

  private aliasTarget(aliasName: string): string {
    const arn = this.aliases.get(aliasName);
    if (arn === undefined) throw notFound(`Alias ${this.arn(aliasName)} is not found.`);
    return arn;
  }

  private arn(resource: string): string {
    return `arn:${this.account.partition}:kms:${this.account.region}:${this.account.accountId}:${resource}`;
  }
}

function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message);
}

function uuid(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
