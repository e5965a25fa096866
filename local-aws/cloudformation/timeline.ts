import { Clock } from '../clock';

/** Times of events and change sets: the clock's, but no two alike, because readers order events by time. */
export class Timeline {
  private last = 0;

  constructor(private readonly clock: Clock) {}

  next(): string {
    this.last = Math.max(this.clock.now(), this.last + 1);
    return new Date(this.last).toISOString();
  }
}
