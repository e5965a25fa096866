import type { Principal } from './aws';
import type { Clock } from './clock';
import type { Call, Hook } from './faults';

/** What services have in common whose calls tests watch and break. */
export class RecordedCalls<O extends string> {
  /** Every call, in the order of arrival. */
  readonly calls: Call<O>[] = [];
  /** Runs before the service looks at a call, and may break it. */
  beforeCall?: Hook<O>;
  /** Runs when the service has acted, and may lose the answer. */
  afterCall?: Hook<O>;

  protected constructor(protected readonly clock: Clock) {}

  protected async record<T>(operation: O, principal: Principal, input: unknown, work: () => T | Promise<T>): Promise<T> {
    return this.clock.busy(async () => {
      const call: Call<O> = { operation, principal, input, time: new Date(this.clock.now()), outcome: 'pending' };
      this.calls.push(call);
      const output = await this.serve(call, work);
      await this.afterCall?.(call);
      return output;
    });
  }

  private async serve<T>(call: Call<O>, work: () => T | Promise<T>): Promise<T> {
    try {
      await this.beforeCall?.(call);
      const output = await work();
      call.outcome = 'ok';
      return output;
    } catch (error) {
      call.outcome = error instanceof Error ? error.name : String(error);
      throw error;
    }
  }
}
