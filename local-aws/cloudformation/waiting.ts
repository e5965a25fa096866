import type { Clock } from '../clock';

export interface Waiting {
  readonly clock: Clock;
  readonly seconds: number;
  /** Aborted when nobody wants to wait any longer. */
  readonly signal: AbortSignal;
  /** What to throw when the time is over. */
  readonly late: Error;
  readonly cancelled: Error;
}

/** Waits for an event without being busy: the clock may skip to the end of the wait. An event that comes later finds nobody. */
export async function waitFor<T>(event: Promise<T>, { clock, seconds, signal, late, cancelled }: Waiting): Promise<T> {
  const over = new AbortController();
  const cancellation = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(cancelled);
    signal.addEventListener('abort', () => reject(cancelled), { once: true, signal: over.signal });
  });
  const timeout = clock.sleep(seconds * 1000, over.signal).then(() => { throw late; });
  try {
    return await Promise.race([event, cancellation, timeout]);
  } finally {
    over.abort();
  }
}
