import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Account } from '../aws';
import type { Clock } from '../clock';

interface Expected {
  readonly url: URL;
  readonly expiresAt: number;
  readonly body: Promise<string>;
  readonly receive: (body: string) => void;
}

/** Two hours, less the second that CloudFormation takes off. */
const EXPIRES_SECONDS = 7199;

/** The bucket of CloudFormation's own where custom resources leave their answers, each behind a pre-signed URL. */
export class CustomResourceResponses {
  readonly host: string;

  private readonly secret = randomUUID();
  private readonly expected = new Map<string, Expected>();

  constructor(private readonly account: Account, private readonly clock: Clock) {
    const { region } = account;
    const endpoint = region === 'us-east-1' ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`;
    this.host = `cloudformation-custom-resource-response-${region.replace(/-/g, '')}.${endpoint}`;
  }

  /** The URL to answer to. The same request gets the same URL again. */
  urlFor(id: string): string {
    const known = this.expected.get(id);
    if (known !== undefined) return known.url.href;
    const url = new URL(`https://${this.host}/${encodeURIComponent(id)}`);
    const { region } = this.account;
    const now = this.clock.iso().replace(/[-:]|\.\d+/g, '');
    url.search = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Date': now,
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Expires': `${EXPIRES_SECONDS}`,
      'X-Amz-Credential': `AKIALOCALCLOUDFORM/${now.slice(0, 8)}/${region}/s3/aws4_request`,
      'X-Amz-Signature': createHash('sha256').update(`${this.secret} ${id} ${now}`).digest('hex'),
    }).toString();
    let receive: (body: string) => void = () => undefined;
    const body = new Promise<string>((resolve) => { receive = resolve; });
    this.expected.set(id, { url, expiresAt: this.clock.now() + EXPIRES_SECONDS * 1000, body, receive });
    return url.href;
  }

  /** The first answer, whenever it comes. */
  received(id: string): Promise<string> {
    this.urlFor(id);
    return this.expected.get(id)!.body;
  }

  /** Someone puts an answer. Only the URL as it was given out opens the door, and only while it is fresh. */
  put(path: string, query: URLSearchParams, body: Buffer): void {
    const expected = this.expected.get(decodeURIComponent(path.slice(1)));
    if (expected === undefined || query.get('X-Amz-Signature') !== expected.url.searchParams.get('X-Amz-Signature')) {
      throw new AwsError('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.', 403);
    }
    if (this.clock.now() > expected.expiresAt) throw new AwsError('AccessDenied', 'Request has expired', 403);
    expected.receive(body.toString());
  }
}
