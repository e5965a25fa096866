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

/** What a function, or a state machine, is handed. */
interface Payload {
  /** Of a request that CloudFormation makes. */
  readonly RequestId?: string;
  /** Of a task of the state machine. */
  readonly Do?: string;
  readonly Data?: { readonly Event: { readonly RequestId: string } };
  /** Of EventBridge: an execution. */
  readonly Ended?: string;
}

/** What a stack is in the middle of. */
type Phase = Pick<Stack, 'stackId' | 'lastUpdatedTime' | 'status'>;

/** Follows the requests of custom resources, to tell what is denied to whom. */
export class Requests {
  readonly denials: Denial[] = [];
  /** When a request was made, by its id. */
  private readonly made = new Map<string, Phase>();
  private readonly answered = new Set<string>();
  private readonly payloads = new WeakMap<object, Payload>();

  constructor(aws: LocalAws, private readonly stack: () => Stack | undefined) {
    const { iam, s3: { responses } } = aws;
    const put = responses.put.bind(responses);
    responses.put = (path, query, ...others) => {
      put(path, query, ...others);
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
    if (RequestId === undefined) return;
    this.made.set(RequestId, this.phase());
    // An id may be used again.
    this.answered.delete(RequestId);
  }

  /** A function works, as the principal by which its calls are known. */
  note({ principal, payload }: Invocation): void {
    if (this.payloads.has(principal)) return;
    this.payloads.set(principal, JSON.parse(payload) as Payload);
  }

  private isLate(payload: Payload | undefined): boolean | undefined {
    if (payload === undefined) return undefined;
    // EventBridge tells of an execution when that is over, and the stack may be, too.
    if (payload.Ended !== undefined) return true;
    const RequestId = payload.Data?.Event.RequestId ?? payload.RequestId ?? '';
    // A training goes on after its request was answered.
    const made = this.made.get(RequestId);
    return made === undefined || !isSame(made, this.phase()) || (payload.Do !== 'TRAIN' && this.answered.has(RequestId));
  }

  private phase(): Phase {
    const { stackId = '', lastUpdatedTime, status = 'DELETE_COMPLETE' } = this.stack() ?? {};
    return { stackId, lastUpdatedTime, status };
  }
}

function isSame(one: Phase, other: Phase): boolean {
  return one.stackId === other.stackId && one.lastUpdatedTime === other.lastUpdatedTime && one.status === other.status;
}
