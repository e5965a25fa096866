import type { Principal } from '../aws';
import { Blueprint } from './blueprint';
import { ResourceChange } from './changes';
import { OnFailure } from './operation';
import { Stack, Tag } from './stack';

export const NO_CHANGES = 'The submitted information didn\'t contain changes. Submit different information to create a change set.';

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly stack: Stack;
  readonly description?: string;
  readonly creationTime: string;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly statusReason?: string;
  executionStatus: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_IN_PROGRESS' | 'EXECUTE_COMPLETE' | 'EXECUTE_FAILED';
  readonly changes: readonly ResourceChange[];
  readonly blueprint: Blueprint;
  readonly tags: readonly Tag[];
  readonly roleArn?: string;
  readonly principal: Principal;
  readonly onFailure?: OnFailure;
}
