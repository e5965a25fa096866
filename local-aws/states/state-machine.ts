import type { TopLevelMachine } from './asl';

export interface StateMachineSettings {
  readonly name: string;
  /** In the Amazon States Language. */
  readonly definition: string;
  readonly roleArn: string;
  readonly type?: string;
}

export interface StateMachine extends StateMachineSettings {
  readonly arn: string;
  readonly machine: TopLevelMachine;
  readonly status: 'ACTIVE' | 'DELETING';
}
