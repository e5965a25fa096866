import type { TopLevelMachine } from './asl';

/** Where, and how much of them, executions log. */
export interface Logging {
  readonly level: string;
  /** The ARNs of log groups. */
  readonly destinations: readonly string[];
}

export interface StateMachineSettings {
  readonly name: string;
  /** In the Amazon States Language. */
  readonly definition: string;
  readonly roleArn: string;
  readonly type?: string;
  /** Default: they do not. */
  readonly logging?: Logging;
}

export interface StateMachine extends StateMachineSettings {
  readonly arn: string;
  readonly machine: TopLevelMachine;
  readonly status: 'ACTIVE' | 'DELETING';
}
