import * as crypto from 'node:crypto';
import { CfnResource, CfnWaitCondition, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { WINDOW_MINUTES } from './contract';

/** What there is between the end of a window's part of the wait and the end of CloudFormation's patience. */
const MARGIN_MINUTES = 30;

/** Of hexadecimal digits: short, because the logical id of a model may be long already. */
const HASH_LENGTH = 12;

/**
 * The chain of wait conditions in which a deployment waits for a training. They are waited for only when they are created, so their
 * logical ids must be new whenever a training is: they carry a hash of `inputs`.
 */
export class TrainingWindows {
  /** The logical ids, in order. */
  public readonly logicalIds: string[];
  private readonly windows: CfnWaitCondition[];

  /** @param inputs is asked during synthesis, when all that can change has changed */
  constructor(scope: Construct, minutes: number, inputs: () => unknown) {
    const count = Math.ceil(minutes / WINDOW_MINUTES);
    this.windows = Array.from({ length: count }, (_, index) => {
      const window = new CfnWaitCondition(scope, `Window${index + 1}`);
      const timeout = Duration.minutes(Math.min(minutes - index * WINDOW_MINUTES, WINDOW_MINUTES) + MARGIN_MINUTES).toIsoString();
      window.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout } };
      const original = Stack.of(scope).getLogicalId(window);
      window.overrideLogicalId(Lazy.uncachedString({
        produce: ({ resolve }) => `${original}${hash(resolve([inputs(), minutes]))}`,
      }));
      return window;
    });
    this.logicalIds = this.windows.map(({ logicalId }) => logicalId);
  }

  /** Puts the wait between what begins the training and what needs it. */
  public standBetween(begin: CfnResource, end: CfnResource): void {
    [...this.windows, end].reduce((before, after) => {
      after.node.addDependency(before);
      return after;
    }, begin);
  }
}

function hash(value: unknown): string {
  return crypto.createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, HASH_LENGTH);
}
