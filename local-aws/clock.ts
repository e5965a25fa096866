import { setImmediate } from 'node:timers/promises';

interface Timer {
  readonly at: number;
  readonly sequence: number;
  readonly fire: () => void;
}

/**
 * Time as the embedded AWS sees it. It skips ahead whenever all that is left to do is wait, so that a training of
 * two days takes as long as the work around it. `busy` holds it still; never `sleep` inside `busy`, but `pause`.
 */
export class Clock {
  /** A clock that also runs with the wall, for people and tools that compare its time with their own. */
  static wall(): Clock {
    return new Clock(() => Date.now());
  }

  /** A clock that stands still but for its skips, for tests. */
  static frozen(start: number = Date.parse('2026-01-01T00:00:00Z')): Clock {
    return new Clock(() => start);
  }

  private skipped = 0;
  private sequence = 0;
  private working = 0;
  private skipping = false;
  private timers: Timer[] = [];

  private constructor(private readonly base: () => number) {}

  /** Milliseconds since the epoch. */
  now(): number {
    return this.base() + this.skipped;
  }

  /** The same, as AWS APIs print it. */
  iso(): string {
    return new Date(this.now()).toISOString();
  }

  /** Waits; an aborted wait ends at once and without an error. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const fire = () => {
        signal?.removeEventListener('abort', fire);
        this.timers = this.timers.filter((other) => other !== timer);
        resolve();
      };
      const timer: Timer = { at: this.now() + milliseconds, sequence: this.sequence++, fire };
      this.timers.push(timer);
      signal?.addEventListener('abort', fire);
      void this.skipWhenIdle();
    });
  }

  /** Does work during which no time is skipped. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.working++;
    try {
      return await work();
    } finally {
      this.working--;
      void this.skipWhenIdle();
    }
  }

  /**
   * A pause in the middle of `busy` work, during which time may be skipped. It must end with the work: what outlives it takes the signal.
   * And no other work may wait for that: time would stand still for both.
   */
  async pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.working--;
    try {
      await this.sleep(milliseconds, signal);
    } finally {
      this.working++;
    }
  }

  private async skipWhenIdle(): Promise<void> {
    if (this.skipping) return;
    this.skipping = true;
    try {
      while (this.timers.length > 0) {
        // What the last timer or piece of work set off gets the chance to become busy or to set timers of its own.
        for (let turn = 0; turn < 3; turn++) await setImmediate();
        if (this.working > 0) return;
        const next = this.timers.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.sequence < a.sequence) ? b : a), this.timers[0]);
        if (!next) return;
        this.skipped += Math.max(0, next.at - this.now());
        next.fire();
      }
    } finally {
      this.skipping = false;
    }
  }
}
