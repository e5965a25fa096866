/** Which other accounts this one has to do with, and in which collaborations of AWS Clean Rooms. All of them are in one Region. */
import { Account } from '../aws';
import type { DataAccess } from './data-access';
import { failure } from './errors';
import type { Generation, State } from './state';

/** What the service holds, and can reach, for one account. */
export interface Side {
  readonly account: Account;
  readonly state: State;
  readonly dataAccess: DataAccess;
}

export interface Collaboration {
  /** It belongs to the account that created it. */
  readonly arn: string;
  readonly members: Set<string>;
}

export class Accounts {
  private readonly sides = new Map<string, Side>();
  private readonly collaborations = new Map<string, Collaboration>();

  constructor(private readonly own: Side) {
    this.sides.set(own.account.accountId, own);
  }

  /** Makes this account and others members of a collaboration. It is this one's if it is new. */
  collaborate(id: string, others: readonly Accounts[]): void {
    const collaboration = this.collaborations.get(id) ?? { arn: arnOf(this.own.account, id), members: new Set<string>() };
    for (const accounts of [this, ...others]) {
      collaboration.members.add(accounts.own.account.accountId);
      accounts.collaborations.set(id, collaboration);
      for (const other of [this, ...others]) accounts.meet(other.own);
    }
  }

  /** One that this account is a member of. */
  collaboration(id: string): Collaboration | undefined {
    return this.collaborations.get(id);
  }

  /** Of a collaboration that nobody names, only the service knows the id. */
  collaborationArn(id = '00000000-0000-4000-a000-000000000000'): string {
    return this.collaborations.get(id)?.arn ?? arnOf(this.own.account, id);
  }

  /** Whose a resource is. */
  ownerOf(arn: string): Side | undefined {
    const [, , , region, accountId] = arn.split(':');
    return region === this.own.account.region ? this.sides.get(accountId) : undefined;
  }

  /** Who sees a generation: the account that started it, and the one whose model it uses. */
  whoSees({ startedBy, ownedBy }: Pick<Generation, 'startedBy' | 'ownedBy'>): Side[] {
    return [...new Set([startedBy, ownedBy])].map((accountId) => {
      const side = this.sides.get(accountId);
      if (!side) throw new Error(`The account ${accountId} is not known here`);
      return side;
    });
  }

  private meet(other: Side): void {
    const { accountId, region } = other.account;
    if (region !== this.own.account.region) throw new Error(`${accountId} is in ${region}, not in ${this.own.account.region}`);
    const known = this.sides.get(accountId);
    if (known && known.state !== other.state) throw new Error(`There are two accounts ${accountId}`);
    this.sides.set(accountId, other);
  }
}

function arnOf({ partition, region, accountId }: Account, collaborationId: string): string {
  return `arn:${partition}:cleanrooms:${region}:${accountId}:collaboration/${collaborationId}`;
}

export function checkMembers(collaboration: Collaboration | undefined, id: string, accountIds: readonly string[]): asserts collaboration {
  const missing = accountIds.find((accountId) => !collaboration?.members.has(accountId));
  if (missing !== undefined) throw failure('ValidationException', `The account ${missing} is not an active member of the collaboration ${id}`);
}
