import { CreationPolicy } from './creation-policy';
import { validationError } from './errors';

export type SignalStatus = 'SUCCESS' | 'FAILURE';

/** The signals that a resource under creation receives, until they decide how the creation ends. */
export class Signals {
  /** Resolves as soon as there are enough successes, or with the reason as soon as there is a failure. */
  readonly decided: Promise<string | undefined>;
  private readonly received = new Map<string, SignalStatus>();
  private decide?: (failure?: string) => void;

  constructor(readonly policy: CreationPolicy) {
    this.decided = new Promise((resolve) => { this.decide = resolve; });
    this.weigh();
  }

  /** A success counts once, and may only be taken back. */
  receive(logicalId: string, uniqueId: string, status: SignalStatus): void {
    if (status === 'SUCCESS' && this.received.has(uniqueId)) {
      throw validationError(
        `Signal with ID ${uniqueId} for resource ${logicalId} already exists. Signals may only be updated with a FAILURE status.`,
      );
    }
    this.received.set(uniqueId, status);
    if (status === 'FAILURE') this.decide?.(`Received FAILURE signal with UniqueId ${uniqueId}`);
    else this.weigh();
  }

  private weigh(): void {
    if (this.received.size >= this.policy.count) this.decide?.();
  }
}
