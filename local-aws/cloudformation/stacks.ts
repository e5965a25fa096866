import type { Account, Principal } from '../aws';
import type { Exports } from './exports';
import type { Operation, OperationOptions } from './operation';
import type { ResourceTypes } from './resource-types';
import type { Services } from './services';
import type { Stack } from './stack';
import type { Template } from './template';

/** All stacks, with what it takes to make them and to begin operations on them. */
export interface Stacks {
  readonly account: Account;
  readonly services: Services;
  readonly exports: Exports;
  readonly types: ResourceTypes;
  findStack(nameOrId: string): Stack | undefined;
  /** Throws where there is none. */
  stack(nameOrId: string): Stack;
  /** One that does not exist before it is added. */
  newStack(stackName: string, principal: Principal): Stack;
  /** From now on the stack exists. */
  add(stack: Stack): void;
  /** Reads and checks a template as every operation does that is given one. */
  checkedTemplate(source: string | object): Template;
  assume(roleArn: string): Promise<Principal>;
  /** Begins an operation on a stack. */
  run(stack: Stack, work: (operation: Operation) => Promise<void>, options?: OperationOptions): Operation;
  /** Resolves when no operation is under way on the stack. */
  settled(stack: Stack): Promise<void>;
}
