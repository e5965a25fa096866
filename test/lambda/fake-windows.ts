import { ServiceError } from '../../lambda/errors';

const MINUTE = 60_000;

/** A wait condition with a creation policy. */
export interface FakeWindow {
  readonly id: string;
  /** How long CloudFormation waits for the signal, in minutes. */
  readonly minutes: number;
}

interface Held extends FakeWindow {
  readonly openedAt: number;
  /** The one it is created after. */
  readonly after?: Held;
  signalledAt?: number;
  cancelledAt?: number;
}

/** The wait conditions of a stack, which CloudFormation creates one after the other. */
export class FakeWindows {
  private readonly held = new Map<string, Held>();

  /** @param lag what CloudFormation takes to begin with one, and to notice that one is over */
  constructor(private readonly now: () => number, private readonly lag: number) {}

  /** Creates those that the stack does not have yet. */
  open(chain: FakeWindow[]): void {
    let after: Held | undefined;
    for (const { id, minutes } of chain) {
      if (minutes > 12 * 60) throw new Error(`CloudFormation does not wait ${minutes} minutes`);
      const known = this.held.get(id);
      const window: Held = known && known.cancelledAt === undefined ? known : { id, minutes, openedAt: this.now(), after };
      this.held.set(id, window);
      after = window;
    }
  }

  status(id: string): string | undefined {
    return this.state(id)?.status;
  }

  /** The status, and since when. */
  state(id: string): { readonly status: string; readonly updateTime: Date } | undefined {
    const window = this.held.get(id);
    return window && this.statusOf(window);
  }

  signal(id: string): void {
    const status = this.status(id);
    if (status !== 'CREATE_IN_PROGRESS') {
      throw new ServiceError('SignalResource', 'ValidationError', `Stack is in ${status ?? 'no'} state and can not be signaled`, 400);
    }
    const window = this.held.get(id)!;
    window.signalledAt ??= this.now();
  }

  /** The stack rolls back. */
  cancel(): void {
    for (const window of this.held.values()) {
      if (this.statusOf(window)?.status !== 'CREATE_COMPLETE') window.cancelledAt = this.now();
    }
  }

  /** The stack has none any more. */
  remove(): void {
    this.held.clear();
  }

  private statusOf(window: Held): { readonly status: string; readonly updateTime: Date } | undefined {
    const begins = this.beginOf(window);
    if (begins === undefined || this.now() < begins) return undefined;
    const since = (status: string, time: number) => ({ status, updateTime: new Date(time) });
    if (window.cancelledAt !== undefined) return since('CREATE_FAILED', window.cancelledAt);
    const over = window.signalledAt === undefined ? undefined : window.signalledAt + this.lag;
    const fails = begins + window.minutes * MINUTE;
    if (over !== undefined && this.now() >= over) return since('CREATE_COMPLETE', over);
    return over !== undefined || this.now() < fails ? since('CREATE_IN_PROGRESS', begins) : since('CREATE_FAILED', fails);
  }

  private beginOf({ after, openedAt }: Held): number | undefined {
    if (after === undefined) return openedAt + this.lag;
    return after.signalledAt === undefined ? undefined : Math.max(openedAt, after.signalledAt + this.lag) + this.lag;
  }
}
