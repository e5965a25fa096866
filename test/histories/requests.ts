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

/** The part of the events and payloads of functions that tells one request from another. */
interface Payload {
  readonly RequestId?: string;
  /** What the handlers add to it, once they have seen it. */
  readonly Operation?: unknown;
  /** In the steps of a training: the request that asked for it. */
  readonly Request?: Payload;
}

/** Follows the requests of custom resources, to tell what is denied to whom. */
export class Requests {
  readonly denials: Denial[] = [];
  /** The state of the stack in which a request was made, by its id. */
  private readonly made = new Map<string, string>();
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
    if (RequestId !== undefined) this.made.set(RequestId, this.state());
  }

  /** A function works, as the principal by which its calls are known. */
  note({ principal, payload }: Invocation): void {
    if (this.payloads.has(principal)) return;
    this.payloads.set(principal, JSON.parse(payload) as Payload);
  }

  /**
   * Whether a function works for a request that an earlier operation of the stack made, and sees it for the first time or again as if
   * for the first time: then it takes it for one of the operation under way. Answers so once for each.
   */
  isStray({ principal }: Invocation): boolean {
    const { RequestId = '', Operation } = this.payloads.get(principal) ?? {};
    const made = this.made.get(RequestId);
    const { status = '', lastUpdatedTime = '' } = this.stack() ?? {};
    const isStray = made !== undefined && Operation === undefined && status.endsWith('_IN_PROGRESS') && !made.endsWith(` ${lastUpdatedTime}`);
    if (!isStray || this.strays.has(RequestId)) return false;
    this.strays.add(RequestId);
    return true;
  }

  private isLate(payload: Payload | undefined): boolean | undefined {
    if (payload === undefined) return undefined;
    const { RequestId = '' } = payload.Request ?? payload;
    // A training goes on after its request was answered.
    return this.made.get(RequestId) !== this.state() || (payload.Request === undefined && this.answered.has(RequestId));
  }

  private state(): string {
    const stack = this.stack();
    return `${stack?.status} ${stack?.lastUpdatedTime ?? ''}`;
  }
}
