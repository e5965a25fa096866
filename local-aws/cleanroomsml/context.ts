import { Account, Principal } from '../aws';
import { Clock } from '../clock';
import { Accounts } from './accounts';
import { Authorization } from './authorization';
import { DataAccess } from './data-access';
import { Input, OperationName, Output } from './model';
import { Settings } from './settings';
import { State } from './state';

/** What every operation works with. */
export interface Context {
  readonly account: Account;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly state: State;
  readonly accounts: Accounts;
  readonly authorization: Authorization;
  readonly dataAccess: DataAccess;
}

export type Handlers = { readonly [N in OperationName]: (principal: Principal, input: Input<N>) => Promise<Output<N>> };
