import { AwsError } from '../../local-aws/aws';
import type { Stack } from '../../local-aws/cloudformation/stack';
import type { CallFault, FunctionCall } from '../../local-aws/lambda/in-process/surroundings';
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

/** What CloudFormation was told by an execution. */
export interface Answers {
  readonly bodies: string[];
  /** How often the execution cannot know that it has answered. */
  lost: number;
}

/** What a function, or a state machine, is handed. */
interface Payload {
  /** Of a request that CloudFormation makes. */
  readonly RequestId?: string;
  readonly ResponseURL?: string;
  /** Of a task of the state machine. */
  readonly Do?: string;
  readonly Execution?: string;
  readonly Data?: { readonly Event: { readonly RequestId: string } };
  /** Of EventBridge: an execution. */
  readonly Ended?: string;
}

/** What a stack is in the middle of. */
type Phase = Pick<Stack, 'stackId' | 'lastUpdatedTime' | 'status'>;

/** Of any URL that answers are put to. */
const SECRET = 'Signature';

/** Follows the requests of custom resources, to tell what is denied to whom, and who answers what. */
export class Requests {
  readonly denials: Denial[] = [];
  /** By the names of executions. */
  readonly answers = new Map<string, Answers>();
  /** Where the URL of an answer was that it had no business to be. */
  readonly exposed: string[] = [];
  /** Which execution is about to answer. */
  private answering?: Answers;
  /** The URLs of requests that a function was at when CloudFormation was at something else. */
  readonly late = new Set<string>();
  /** When a request was made, by its id. */
  private readonly made = new Map<string, Phase>();
  /** And by its URL, for an id may be used again. */
  private readonly signed = new Map<string, Phase>();
  private readonly answered = new Set<string>();
  private readonly payloads = new WeakMap<object, Payload>();

  constructor(aws: LocalAws, private readonly stack: () => Stack | undefined) {
    const { iam, s3: { responses } } = aws;
    const put = responses.put.bind(responses);
    responses.put = (path, query, ...others) => {
      const [body] = others;
      if (body.includes(SECRET)) this.exposed.push('an answer');
      put(path, query, ...others);
      this.answering?.bodies.push(body.toString());
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
    const { RequestId, ResponseURL = '' } = payload as Payload;
    if (RequestId === undefined) return;
    this.made.set(RequestId, this.phase());
    this.signed.set(ResponseURL, this.phase());
    // An id may be used again.
    this.answered.delete(RequestId);
  }

  /** A function makes a call, as the principal by which its calls are known. */
  note({ invocation: { principal, payload }, service }: FunctionCall, fault: CallFault | undefined): void {
    const known = this.payloads.get(principal) ?? JSON.parse(payload) as Payload;
    const { Do, Execution = '', ResponseURL } = known;
    const signed = ResponseURL === undefined ? undefined : this.signed.get(ResponseURL);
    if (ResponseURL !== undefined && signed && !isSame(signed, this.phase())) this.late.add(ResponseURL);
    if (!this.payloads.has(principal) && Do === 'TRAIN' && payload.includes(SECRET)) this.exposed.push(`${Execution} after its answer`);
    this.payloads.set(principal, known);
    this.answering = service === 'answer' && Do === 'ANSWER' ? this.answersOf(Execution) : undefined;
    if (this.answering && fault?.endsWith('-after')) this.answering.lost++;
  }

  answersOf(execution: string): Answers {
    const answers = this.answers.get(execution) ?? { bodies: [], lost: 0 };
    this.answers.set(execution, answers);
    return answers;
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
