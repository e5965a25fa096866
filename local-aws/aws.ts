/** What every service of the embedded AWS speaks: requests, answers, errors and who is calling. */

export interface Account {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** Who makes a call: an assumed role of the account, or the account's root user (the CLI before it assumes a role). */
export interface Principal {
  /** `arn:aws:sts::…:assumed-role/ROLE/SESSION`, or `arn:aws:iam::…:root`. */
  readonly arn: string;
  readonly accountId: string;
  /** The role behind an assumed-role session. */
  readonly roleArn?: string;
}

export interface AwsRequest {
  readonly principal: Principal;
  readonly method: string;
  /** The path as it was sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One AWS API endpoint. It turns every `AwsError` into its own protocol's error answer. */
export interface AwsService {
  handle(request: AwsRequest): Promise<AwsResponse>;
}

/** An error as AWS would answer it. */
export class AwsError extends Error {
  constructor(
    /** For example `ResourceNotFoundException`. */
    readonly code: string,
    message: string,
    readonly status: number = 400,
    /** More fields of the modelled error, for example `quotaName`. */
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** Does what another service may refuse, which the one that asks puts in its own words. */
export async function inOwnWords<T>(work: () => Promise<T>, words: (refusal: AwsError) => AwsError): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AwsError ? words(error) : error;
  }
}
