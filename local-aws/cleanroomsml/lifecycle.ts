/** What audience models, audience generation jobs and exports have in common: they take their time to come, and most of them to go. */
import { Clock } from '../clock';
import { Output } from './model';

export interface StatusDetails {
  readonly statusCode: string;
  readonly message: string;
}

/** Something whose status changes by itself. */
export interface Lasting<S extends string = Output<'GetAudienceModel'>['status']> {
  readonly name: string;
  updateTime: Date;
  status: S;
  statusDetails?: Partial<StatusDetails>;
}

export function enter<S extends string>(lasting: Lasting<S>, status: S, clock: Clock, statusDetails?: StatusDetails): void {
  lasting.status = status;
  lasting.statusDetails = statusDetails;
  lasting.updateTime = new Date(clock.now());
}

type HasStatus = Pick<Lasting<string>, 'status'>;

export const inCreation = ({ status }: HasStatus) => status === 'CREATE_PENDING' || status === 'CREATE_IN_PROGRESS';
export const inDeletion = ({ status }: HasStatus) => status === 'DELETE_PENDING' || status === 'DELETE_IN_PROGRESS';

/** Which ones a fault is for: those of a name, or those that a test chooses. */
export type Which<L> = string | ((lasting: L) => boolean);

/** Faults that tests ask for. */
export class Mishaps<L extends { readonly name: string }> {
  private readonly entries: { readonly which: Which<L>; readonly details: StatusDetails }[] = [];

  add(which: Which<L>, details: StatusDetails): () => void {
    const entry = { which, details };
    this.entries.push(entry);
    return () => {
      const index = this.entries.indexOf(entry);
      if (index >= 0) this.entries.splice(index, 1);
    };
  }

  find(lasting: L): StatusDetails | undefined {
    return this.entries.find(({ which }) => (typeof which === 'string' ? lasting.name === which : which(lasting)))?.details;
  }
}

export interface DeletionTimes {
  readonly deletionQueueTime: number;
  readonly deletionTime: number;
}

/** How something goes once its deletion is accepted. */
export class Deletion<L extends Lasting> {
  readonly failures = new Mishaps<L>();

  constructor(private readonly clock: Clock, private readonly times: DeletionTimes, private readonly remove: (lasting: L) => void) {}

  async delete(lasting: L): Promise<void> {
    enter(lasting, 'DELETE_PENDING', this.clock);
    await this.clock.sleep(this.times.deletionQueueTime);
    enter(lasting, 'DELETE_IN_PROGRESS', this.clock);
    await this.clock.sleep(this.times.deletionTime);
    const failed = this.failures.find(lasting);
    if (failed) enter(lasting, 'DELETE_FAILED', this.clock, failed);
    else this.remove(lasting);
  }
}
