import { AwsError } from '../../local-aws/aws';
import type { Stack } from '../../local-aws/cloudformation/stack';
import type { Invocation } from '../../local-aws/lambda/sandbox';
import type { LocalAws } from '../../local-aws/local-aws';

/** A call that IAM did not allow. */
export interface Denial {
  readonly action: string;
  readonly resource: string;
  /**
   * Whether the request that it was made for was over: answered, or given up by CloudFormation. Its permissions may be gone then.
   * Undefined where it was not made for a request, but by a state machine.
   */
  readonly late?: boolean;
}

/** What a late request is taken for: nothing about it tells when it was made. */
export enum Stray {
  OPERATION = 'taken for a request of a later operation',
  ROLLBACK = 'taken for a request of the rollback',
}

/** The part of the events and payloads of functions that tells one request from another. */
interface Payload {
  readonly RequestId?: string;
  /** What the handlers add to it, once they have seen it. */
  readonly Operation?: unknown;
  /** In the steps of a training: the request that asked for it. */
  readonly Request?: Payload;
}

/** What a stack is in the middle of. */
type Phase = Pick<Stack, 'stackId' | 'lastUpdatedTime' | 'status'>;

/** Follows the requests of custom resources, to tell what is denied to whom. */
export class Requests {
  readonly denials: Denial[] = [];
  /** When a request was made, by its id. */
  private readonly made = new Map<string, Phase>();
  private readonly strays = new Set<string>();
  private readonly answered = new Set<string>();
  private readonly payloads = new WeakMap<object, Payload>();

  constructor(aws: LocalAws, private readonly stack: () => Stack | undefined) {
    const { iam, s3: { responses } } = aws;
    const put = responses.put.bind(responses);
    responses.put = (path, query, body) => {
      put(path, query, body);
      this.answered.add(decodeURIComponent(path).split('|').at(-1) ?? '');
    };
    const authorize = iam.authorize.bind(iam);
    iam.authorize = async (principal, action, resource, ...others) => {
      try {
        await authorize(principal, action, resource, ...others);
      } catch (error) {
        if (error instanceof AwsError && principal.arn.includes('CleanRoomsMLProvider')) {
          this.denials.push({ action, resource, late: this.isLate(this.payloads.get(principal)) });
        }
        throw error;
      }
    };
  }

  /** CloudFormation makes a request. */
  sent(payload: unknown): void {
    const { RequestId } = payload as Payload;
    if (RequestId !== undefined) this.made.set(RequestId, this.phase());
  }

  /** A function works, as the principal by which its calls are known. */
  note({ principal, payload }: Invocation): void {
    if (this.payloads.has(principal)) return;
    this.payloads.set(principal, JSON.parse(payload) as Payload);
  }

  /**
   * What a function takes a request for that it sees for the first time, or again as if for the first time, when the stack is no longer
   * in the state that made it. Answers once for each.
   */
  strayOf({ principal }: Invocation): Stray | undefined {
    const { RequestId = '', Operation } = this.payloads.get(principal) ?? {};
    const [made, now] = [this.made.get(RequestId), this.phase()];
    if (Operation !== undefined || made?.stackId !== now.stackId || this.strays.has(RequestId)) return undefined;
    const stray = made.lastUpdatedTime !== now.lastUpdatedTime && now.status.endsWith('_IN_PROGRESS') ? Stray.OPERATION
      : made.status !== now.status && now.status === 'UPDATE_ROLLBACK_IN_PROGRESS' ? Stray.ROLLBACK
        : undefined;
    if (stray !== undefined) this.strays.add(RequestId);
    return stray;
  }

  private isLate(payload: Payload | undefined): boolean | undefined {
    if (payload === undefined) return undefined;
    const { RequestId = '' } = payload.Request ?? payload;
    // A training goes on after its request was answered.
    const made = this.made.get(RequestId);
    return made === undefined || !isSame(made, this.phase()) || (payload.Request === undefined && this.answered.has(RequestId));
  }

  private phase(): Phase {
    const { stackId = '', lastUpdatedTime, status = 'DELETE_COMPLETE' } = this.stack() ?? {};
    return { stackId, lastUpdatedTime, status };
  }
}

function isSame(one: Phase, other: Phase): boolean {
  return one.stackId === other.stackId && one.lastUpdatedTime === other.lastUpdatedTime && one.status === other.status;
}
