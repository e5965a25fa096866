import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Checksum, HttpRequest, QueryParameterBag, SourceData } from '@smithy/types';
import { AwsError, type AwsRequest } from './aws';
import type { AccessKey } from './iam/credentials';

/** What a caller claims in the `Authorization` header. */
export interface Claim {
  readonly accessKeyId: string;
  readonly region: string;
  /** The service that the request was signed for: it decides who answers. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

type SigningKey = AccessKey & { readonly sessionToken?: string };
type UnauthenticatedRequest = Omit<AwsRequest, 'principal'>;

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Nothing if the request is not signed in its headers. */
export function claimOf(headers: AwsRequest['headers']): Claim | undefined {
  const [, accessKeyId, region, service, signedHeaders, signature] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  return signature === undefined ? undefined : { accessKeyId, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/**
 * Signs the request again with the key that the caller claims to have. When it was signed does not matter: the caller's clock
 * runs with the wall, this one's does not.
 */
export async function verifySignature(request: UnauthenticatedRequest, claim: Claim, key: SigningKey): Promise<void> {
  if (request.headers['x-amz-security-token'] !== key.sessionToken) {
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  }
  const signer = new SignatureV4({
    service: claim.service,
    region: claim.region,
    credentials: key,
    sha256: Sha256,
    uriEscapePath: claim.service !== 's3',
    applyChecksum: false,
  });
  const { headers } = await signer.sign(signedPartOf(request, claim), {
    signingDate: dateOf(request.headers['x-amz-date']),
    signableHeaders: new Set(claim.signedHeaders),
  });
  const expected = claimOf({ authorization: headers.authorization })?.signature ?? '';
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature)) || !bodyMatches(request)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
      403,
    );
  }
}

function signedPartOf({ method, path, query, headers, body }: UnauthenticatedRequest, { signedHeaders }: Claim): HttpRequest {
  const parameters: QueryParameterBag = {};
  for (const name of new Set(query.keys())) parameters[name] = query.getAll(name);
  return {
    method,
    path,
    query: parameters,
    headers: Object.fromEntries(signedHeaders.map((name) => [name, headers[name] ?? ''])),
    protocol: 'http:',
    hostname: headers.host ?? '',
    body,
  };
}

/** A body may be named by its hash, or left out of the signature. */
function bodyMatches({ headers, body }: UnauthenticatedRequest): boolean {
  const hash = headers['x-amz-content-sha256'];
  return hash === undefined || !/^[0-9a-f]{64}$/.test(hash) || hash === createHash('sha256').update(body).digest('hex');
}

function dateOf(amzDate: string | undefined): Date {
  const date = new Date((amzDate ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (isNaN(date.getTime())) throw new AwsError('IncompleteSignature', 'Authorization header requires a valid X-Amz-Date header.', 403);
  return date;
}

/** Node.js's SHA-256 and HMAC in the shape that the signer asks for. */
class Sha256 implements Checksum {
  private readonly hash;

  constructor(secret?: SourceData) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(chunk: Uint8Array): void {
    this.hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    throw new Error('A digest is made once.');
  }
}

function bytes(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
