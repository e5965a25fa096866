import { Superseded } from './errors';
import { supersededBy } from './operation';
import type { Properties } from './properties';
import type { Request } from './request';
import type { Detail, Service, Summary, Tags } from './service';

/** One run of the reconcile step. */
export interface Step {
  readonly request: Request;
  readonly service: Service;
  readonly now: () => number;
  /** Whether a try to create is due: the API knows no token by which it would tell a second try from a second resource. */
  readonly mayCreate: boolean;
  /** Whether this is a step of the state machine that trains audience models. */
  readonly trains: boolean;
  /** Records what was observed or done. */
  readonly note: (text: string) => void;
}

/** What differs between the resource types that have a name, a status and tags. */
export interface Kind<D extends Detail> {
  /** For messages: `audience model`. */
  readonly noun: string;
  /**
   * Whether there can be no two of a name. Where that is not known, two copies of one request may have created one each, at the same time.
   */
  readonly uniqueNames: boolean;
  /** The construct property that names it. */
  readonly nameProp: string;
  list(): Promise<Summary[]>;
  get(arn: string): Promise<D | undefined>;
  create(name: string, properties: Properties, tags: Tags): Promise<string>;
  delete(arn: string): Promise<void>;
  /** Whether a status is the one to wait for. */
  isReady(status: string): boolean;
  /** Throws where to create it would do harm that the user has not asked for. */
  checkCreate(): Promise<void>;
  /**
   * The update that is due, if any; throws where there can be none. `previous` is what the template said before this change, or
   * undefined where the resource must show all that the template says.
   */
  update(observed: D, wanted: Properties, previous: Properties | undefined): (() => Promise<void>) | undefined;
}

/** Must stand right before everything that changes something: nothing is done for a request that CloudFormation gave up. */
export async function fence({ request, service }: Step): Promise<void> {
  const reason = supersededBy(request, await service.describeStack(request.stackId));
  if (reason !== undefined) throw new Superseded(reason);
}
