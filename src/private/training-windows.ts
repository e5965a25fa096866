import * as crypto from 'node:crypto';
import { CfnResource, CfnWaitCondition, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { windowLengths } from './contract';

/** What there is between the end of a window's part of the wait and the end of CloudFormation's patience. */
const MARGIN_MINUTES = 13;

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
    // Every reference to a window asks for it; once the tree is validated nothing changes any more. While references are looked for, it
    // must not name what it is made of.
    let isFinal = false;
    let known: string | undefined;
    scope.node.addValidation({
      validate: () => {
        isFinal = true;
        known = undefined;
        return [];
      },
    });
    const hashOf = (resolve: (value: unknown) => unknown): string => {
      const result = known ?? hash(resolve([inputs(), minutes]));
      if (isFinal) known = result;
      return result;
    };
    this.windows = windowLengths(minutes).map((length, index) => {
      const window = new CfnWaitCondition(scope, `Window${index + 1}`);
      const timeout = Duration.minutes(length + MARGIN_MINUTES).toIsoString();
      window.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout } };
      const original = Stack.of(scope).getLogicalId(window);
      window.overrideLogicalId(Lazy.uncachedString({ produce: ({ preparing, resolve }) => (preparing ? original : `${original}${hashOf(resolve)}`) }));
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
