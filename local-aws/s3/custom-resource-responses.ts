import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Account } from '../aws';
import type { Clock } from '../clock';

/** How the URLs are signed. What holds no time is not known of AWS; whoever reads the time must be able to do without. */
export type UrlStyle = 'sigv4' | 'sigv2' | 'undated';

interface Expected {
  readonly url: URL;
  /** The signatures of all its URLs, and until when they are good. */
  readonly signatures: Map<string, number>;
  readonly body: Promise<string>;
  readonly receive: (body: string) => void;
  /** What is left there now. */
  last?: string;
}

/** Two hours, less the second that CloudFormation takes off. */
const EXPIRES_SECONDS = 7199;
const SIGV2_EXPIRES_SECONDS = 7200;

/** The bucket of CloudFormation's own where custom resources leave their answers, each behind a pre-signed URL. */
export class CustomResourceResponses {
  readonly host: string;

  private readonly secret = randomUUID();
  private readonly expected = new Map<string, Expected>();
  /** Signatures of requests whose ids were used again, behind the ids: they open the door still, and nobody listens. */
  private readonly former = new Map<string, number>();

  constructor(private readonly account: Account, private readonly clock: Clock) {
    const { region } = account;
    const endpoint = region === 'us-east-1' ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`;
    this.host = `cloudformation-custom-resource-response-${region.replace(/-/g, '')}.${endpoint}`;
  }

  /** The URL to answer to. The same request gets the same URL again. */
  urlFor(id: string, style: UrlStyle = 'sigv4'): string {
    const known = this.expected.get(id);
    if (known !== undefined) return known.url.href;
    const signed = this.sign(id, style);
    let receive: (body: string) => void = () => undefined;
    const body = new Promise<string>((resolve) => { receive = resolve; });
    this.expected.set(id, { url: signed.url, signatures: new Map([[signed.signature, signed.expiresAt]]), body, receive });
    return signed.url.href;
  }

  /** Another URL for the same answer, signed now. */
  signedAnew(id: string, style: UrlStyle = 'sigv4'): string {
    this.urlFor(id, style);
    const { url, signature, expiresAt } = this.sign(id, style);
    this.expected.get(id)!.signatures.set(signature, expiresAt);
    return url.href;
  }

  /** The first answer, whenever it comes. */
  received(id: string): Promise<string> {
    this.urlFor(id);
    return this.expected.get(id)!.body;
  }

  /** The last answer until now. */
  last(id: string): string | undefined {
    return this.expected.get(id)?.last;
  }

  /** Makes an id one of a new request. */
  forget(id: string): void {
    for (const [signature, expiresAt] of this.expected.get(id)?.signatures ?? []) this.former.set(`${id} ${signature}`, expiresAt);
    this.expected.delete(id);
  }

  /** Someone puts an answer. Only a URL as it was given out opens the door, only while it is fresh, and no content type was signed. */
  put(path: string, query: URLSearchParams, body: Buffer, contentType = ''): void {
    const id = decodeURIComponent(path.slice(1));
    const expected = this.expected.get(id);
    const signature = query.get('X-Amz-Signature') ?? query.get('Signature') ?? '';
    const expiresAt = expected?.signatures.get(signature) ?? this.former.get(`${id} ${signature}`);
    if (expiresAt === undefined || (query.has('Signature') && contentType !== '')) {
      throw new AwsError('SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.', 403);
    }
    if (this.clock.now() > expiresAt) throw new AwsError('AccessDenied', 'Request has expired', 403);
    if (!expected?.signatures.has(signature)) return;
    expected.last = body.toString();
    expected.receive(expected.last);
  }

  private sign(id: string, style: UrlStyle): { readonly url: URL; readonly signature: string; readonly expiresAt: number } {
    const url = new URL(`https://${this.host}/${encodeURIComponent(id)}`);
    const { region } = this.account;
    const now = this.clock.iso().replace(/[-:]|\.\d+/g, '');
    const signature = createHash('sha256').update(`${this.secret} ${id} ${now} ${this.former.size}`).digest('hex');
    const seconds = style === 'sigv2' ? SIGV2_EXPIRES_SECONDS : EXPIRES_SECONDS;
    const parameters: Record<UrlStyle, Record<string, string>> = {
      sigv4: {
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Date': now,
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Expires': `${EXPIRES_SECONDS}`,
        'X-Amz-Credential': `AKIALOCALCLOUDFORM/${now.slice(0, 8)}/${region}/s3/aws4_request`,
        'X-Amz-Signature': signature,
      },
      sigv2: { AWSAccessKeyId: 'AKIALOCALCLOUDFORM', Expires: `${Math.floor(this.clock.now() / 1000) + SIGV2_EXPIRES_SECONDS}`, Signature: signature },
      undated: { 'X-Amz-Signature': signature },
    };
    url.search = new URLSearchParams(parameters[style]).toString();
    return { url, signature, expiresAt: this.clock.now() + seconds * 1000 };
  }
}
