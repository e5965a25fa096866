import { XMLBuilder } from 'fast-xml-parser';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService } from '../aws';
import type { BucketEncryption } from './bucket-encryption';
import { decodeChunked } from './chunked';
import type { S3, StoredObject } from './s3';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
/** A list has no more, whatever is asked for. */
const MAX_KEYS = 1000;

/** S3's REST protocol, path style. */
export class S3Api implements AwsService {
  constructor(private readonly s3: S3) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      return await answer(this.s3, request);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return errorAnswer(error, request.method);
    }
  }
}

async function answer(s3: S3, request: AwsRequest): Promise<AwsResponse> {
  const [bucket, ...rest] = request.path.slice(1).split('/').map(decodeURIComponent);
  const key = rest.join('/');
  return key === '' ? bucketOperation(s3, request, bucket) : objectOperation(s3, request, bucket, key);
}

function errorAnswer(error: AwsError, method: string): AwsResponse {
  if (method === 'HEAD') return { status: error.status };
  return xml(error.status, 'Error', { Code: error.code, Message: error.message, ...error.fields });
}

async function bucketOperation(s3: S3, request: AwsRequest, bucket: string): Promise<AwsResponse> {
  const { principal, method, query } = request;
  if (method === 'HEAD' && s3.isElsewhere(bucket)) return { status: 301, headers: { 'x-amz-bucket-region': s3.bucket(bucket).region } };
  if (method === 'GET' && query.has('location')) {
    await s3.authorize(principal, 's3:GetBucketLocation', bucket);
    const { region } = s3.bucket(bucket);
    return xml(200, 'LocationConstraint', region === 'us-east-1' ? {} : { '#text': region });
  }
  if (method === 'GET' && query.has('encryption')) {
    await s3.authorize(principal, 's3:GetEncryptionConfiguration', bucket);
    return xml(200, 'ServerSideEncryptionConfiguration', { Rule: encryptionRule(s3.bucket(bucket).encryption) });
  }
  if (method === 'GET' && query.has('list-type')) {
    await s3.authorize(principal, 's3:ListBucket', bucket);
    return listObjects(s3, bucket, query);
  }
  if (method === 'HEAD') {
    await s3.authorize(principal, 's3:ListBucket', bucket);
    return { status: 200, headers: { 'x-amz-bucket-region': s3.bucket(bucket).region } };
  }
  throw notImplemented(request);
}

async function objectOperation(s3: S3, request: AwsRequest, bucket: string, key: string): Promise<AwsResponse> {
  const { principal, method, query } = request;
  const uploadId = query.get('uploadId');
  switch (method) {
    case 'GET':
    case 'HEAD':
      await s3.authorize(principal, 's3:GetObject', bucket, key);
      return objectAnswer(s3.object(bucket, key), method);
    case 'PUT':
      await s3.authorize(principal, 's3:PutObject', bucket, key);
      if (uploadId !== null) return { status: 200, headers: { etag: s3.uploadPart(uploadId, Number(query.get('partNumber')), payload(request)) } };
      return { status: 200, headers: { etag: s3.putObject(bucket, key, payload(request)).etag } };
    case 'POST':
      await s3.authorize(principal, 's3:PutObject', bucket, key);
      if (query.has('uploads')) return xml(200, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: s3.startUpload() });
      if (uploadId === null) throw notImplemented(request);
      return xml(200, 'CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: s3.completeUpload(uploadId, bucket, key).etag });
    case 'DELETE':
      await s3.authorize(principal, uploadId === null ? 's3:DeleteObject' : 's3:AbortMultipartUpload', bucket, key);
      if (uploadId === null) s3.deleteObject(bucket, key); else s3.abortUpload(uploadId);
      return { status: 204 };
    default:
      throw notImplemented(request);
  }
}

function listObjects(s3: S3, bucket: string, query: URLSearchParams): AwsResponse {
  const prefix = query.get('prefix') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? MAX_KEYS), MAX_KEYS);
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const matching = s3.objects(bucket, prefix).filter(({ key }) => key > after);
  const page = matching.slice(0, maxKeys);
  const truncated = page.length < matching.length;
  return xml(200, 'ListBucketResult', {
    Name: bucket,
    Prefix: prefix,
    KeyCount: page.length,
    MaxKeys: maxKeys,
    IsTruncated: truncated,
    ...(truncated && { NextContinuationToken: page[page.length - 1].key }),
    Contents: page.map(({ key, body, etag, modified }) => ({
      Key: key, LastModified: new Date(modified).toISOString(), ETag: etag, Size: body.length, StorageClass: 'STANDARD',
    })),
  });
}

function objectAnswer({ body, etag, modified }: StoredObject, method: string): AwsResponse {
  const headers = { etag, 'last-modified': new Date(modified).toUTCString(), 'content-length': `${body.length}`, 'content-type': 'binary/octet-stream' };
  return { status: 200, headers, ...(method === 'GET' && { body }) };
}

function encryptionRule(encryption: BucketEncryption | undefined): object {
  if (encryption === undefined) return { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };
  const { kmsKeyArn, bucketKeyEnabled } = encryption;
  return {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', ...(kmsKeyArn !== undefined && { KMSMasterKeyID: kmsKeyArn }) },
    ...(bucketKeyEnabled !== undefined && { BucketKeyEnabled: bucketKeyEnabled }),
  };
}

function payload({ headers, body }: AwsRequest): Buffer {
  return headers['x-amz-content-sha256']?.startsWith('STREAMING-') ? decodeChunked(body) : body;
}

function notImplemented({ method, path, query }: AwsRequest): AwsError {
  return new AwsError('NotImplemented', `The embedded AWS has no S3 operation for ${method} ${path}?${query.toString()}.`, 501);
}

function xml(status: number, root: string, content: object): AwsResponse {
  const builder = new XMLBuilder({ ignoreAttributes: false });
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: { '@_xmlns': NAMESPACE, ...content } })}`;
  return { status, headers: { 'content-type': 'application/xml' }, body: document };
}
