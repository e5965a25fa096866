import type { AwsResponse, Principal } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import type { Iam } from '../../../local-aws/iam/iam';
import { Kms } from '../../../local-aws/kms/kms';
import { S3Api } from '../../../local-aws/s3/api';
import { S3 } from '../../../local-aws/s3/s3';
import { ACCOUNT, allow, awsRequest, codeOf, element, newIam, policy, roleWith } from '../account';

let iam: Iam;
let kms: Kms;
let s3: S3;
let developer: Principal;
beforeEach(() => {
  const clock = Clock.frozen(Date.parse('2026-01-01T00:00:00Z'));
  iam = newIam(clock);
  kms = new Kms(ACCOUNT, iam);
  s3 = new S3(ACCOUNT, clock, iam, kms);
  s3.createBucket({ bucketName: 'bucket' });
  developer = iam.developer.principal;
});

function send(principal: Principal, method: string, url: string, body = '', headers: Record<string, string> = {}): Promise<AwsResponse> {
  return new S3Api(s3).handle(awsRequest(principal, { method, url, body: Buffer.from(body), headers }));
}

describe('an object', () => {
  test('is put, read, asked about and deleted', async () => {
    await expect(send(developer, 'PUT', '/bucket/folder/a%20b.txt', 'content')).resolves.toMatchObject({
      status: 200, headers: { etag: '"9a0364b9e99bb480dd25e1f0284c8555"' },
    });
    expect(s3.getObject('bucket', 'folder/a b.txt').toString()).toBe('content');
    await expect(send(developer, 'GET', '/bucket/folder/a%20b.txt')).resolves.toMatchObject({ status: 200, body: Buffer.from('content') });
    const head = await send(developer, 'HEAD', '/bucket/folder/a%20b.txt');
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': '7', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } });
    expect(head.body).toBeUndefined();
    await expect(send(developer, 'DELETE', '/bucket/folder/a%20b.txt')).resolves.toMatchObject({ status: 204 });
    expect(s3.objects('bucket')).toEqual([]);
  });

  test('may come in chunks', async () => {
    const body = '4;chunk-signature=abc\r\nabcd\r\n3\r\nefg\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';
    await send(developer, 'PUT', '/bucket/key', body, { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' });
    expect(s3.getObject('bucket', 'key').toString()).toBe('abcdefg');
  });

  test('may come in parts, in any order', async () => {
    const uploadId = element(await send(developer, 'POST', '/bucket/key?uploads'), 'UploadId');
    await expect(send(developer, 'PUT', `/bucket/key?partNumber=2&uploadId=${uploadId}`, 'second')).resolves.toEqual({
      status: 200, headers: { etag: '"a9f0e61a137d86aa9db53465e0801612"' },
    });
    await send(developer, 'PUT', `/bucket/key?partNumber=1&uploadId=${uploadId}`, 'first ');
    expect(s3.objects('bucket')).toEqual([]);
    await expect(send(developer, 'POST', `/bucket/key?uploadId=${uploadId}`)).resolves.toMatchObject({ status: 200 });
    expect(s3.getObject('bucket', 'key').toString()).toBe('first second');
    expect(element(await send(developer, 'POST', `/bucket/key?uploadId=${uploadId}`), 'Code')).toBe('NoSuchUpload');
  });

  test('of an upload that was given up never exists', async () => {
    const uploadId = element(await send(developer, 'POST', '/bucket/key?uploads'), 'UploadId');
    await expect(send(developer, 'DELETE', `/bucket/key?uploadId=${uploadId}`)).resolves.toMatchObject({ status: 204 });
    const late = await send(developer, 'PUT', `/bucket/key?partNumber=1&uploadId=${uploadId}`);
    expect([late.status, element(late, 'Code')]).toEqual([404, 'NoSuchUpload']);
    expect(element(await send(developer, 'DELETE', `/bucket/key?uploadId=${uploadId}`), 'Code')).toBe('NoSuchUpload');
  });

  test('that does not exist is not found', async () => {
    const missing = await send(developer, 'GET', '/bucket/none');
    expect([missing.status, element(missing, 'Code'), element(missing, 'Key')]).toEqual([404, 'NoSuchKey', 'none']);
    await expect(send(developer, 'HEAD', '/bucket/none')).resolves.toEqual({ status: 404 });
  });
});

describe('a bucket', () => {
  test('tells its Region, which is nothing for us-east-1', async () => {
    s3.createBucket({ bucketName: 'abroad', region: 'eu-west-1' });
    expect(String((await send(developer, 'GET', '/bucket?location')).body)).toContain('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>');
    expect(element(await send(developer, 'GET', '/abroad?location'), 'LocationConstraint')).toBe('eu-west-1');
  });

  test('tells those who may list it that it is there, and whoever asks in another Region where it is', async () => {
    s3.createBucket({ bucketName: 'abroad', region: 'eu-west-1' });
    const lister = await roleWith(iam, 'lister', { list: allow('s3:ListBucket', 'arn:aws:s3:::bucket') });
    const nobody = await roleWith(iam, 'nobody');
    await expect(send(lister, 'HEAD', '/bucket')).resolves.toEqual({ status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } });
    await expect(send(nobody, 'HEAD', '/bucket')).resolves.toEqual({ status: 403 });
    for (const asked of [lister, nobody]) {
      await expect(send(asked, 'HEAD', '/abroad')).resolves.toEqual({ status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } });
      await expect(send(asked, 'HEAD', '/nowhere')).resolves.toEqual({ status: 404 });
    }
  });

  test('tells how it is encrypted', async () => {
    const { arn: kmsKeyArn } = kms.createKey();
    s3.createBucket({ bucketName: 'kms', encryption: {} });
    s3.createBucket({ bucketName: 'key', encryption: { kmsKeyArn, bucketKeyEnabled: true } });
    const [plain, managed, own] = await Promise.all(['bucket', 'kms', 'key'].map((name) => send(developer, 'GET', `/${name}?encryption`)));
    expect([element(managed, 'BucketKeyEnabled'), element(own, 'BucketKeyEnabled')]).toEqual([undefined, 'true']);
    expect([element(plain, 'SSEAlgorithm'), element(managed, 'SSEAlgorithm'), element(own, 'SSEAlgorithm')]).toEqual(['AES256', 'aws:kms', 'aws:kms']);
    expect([element(managed, 'KMSMasterKeyID'), element(own, 'KMSMasterKeyID')]).toEqual([undefined, kmsKeyArn]);
  });

  test('lists its objects by prefix, in order, page by page', async () => {
    for (const key of ['b/2', 'a/1', 'b/1', 'b/3']) s3.putObject('bucket', key, Buffer.from(key));
    const keys = (answer: AwsResponse) => [...String(answer.body).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);
    const first = await send(developer, 'GET', '/bucket/?list-type=2&prefix=b%2F&max-keys=2');
    expect(keys(first)).toEqual(['b/1', 'b/2']);
    expect(element(first, 'IsTruncated')).toBe('true');
    const token = encodeURIComponent(element(first, 'NextContinuationToken')!);
    const second = await send(developer, 'GET', `/bucket/?list-type=2&prefix=b%2F&max-keys=2&continuation-token=${token}`);
    expect(keys(second)).toEqual(['b/3']);
    expect(element(second, 'IsTruncated')).toBe('false');
  });

  test('lists 1,000 objects at most, all of them or those behind a key', async () => {
    for (let index = 1000; index < 2002; index++) s3.putObject('bucket', `${index}`, Buffer.alloc(0));
    const countOf = async (query: string) => element(await send(developer, 'GET', `/bucket?list-type=2${query}`), 'KeyCount');
    expect(s3.objects('bucket')).toHaveLength(1002);
    expect(await Promise.all(['', '&max-keys=1001', '&max-keys=999', '&start-after=1010'].map(countOf))).toEqual(['1000', '1000', '999', '991']);
    expect(await countOf('&start-after=1999&continuation-token=2000')).toBe('1');
  });

  test('is encrypted as its last update says', () => {
    s3.updateBucket({ bucketName: 'bucket', encryption: {} });
    expect(s3.bucket('bucket')).toEqual({ bucketName: 'bucket', region: 'us-east-1', encryption: {} });
  });

  test('has a name that is allowed and free', async () => {
    expect(await codeOf(() => s3.createBucket({ bucketName: 'bucket' }))).toBe('BucketAlreadyOwnedByYou');
    for (const bucketName of ['ab', 'A'.repeat(5), 'a'.repeat(64), '-abc', 'abc-', 'a..b', '192.168.1.1']) {
      expect(await codeOf(() => s3.createBucket({ bucketName }))).toBe('InvalidBucketName');
    }
    expect(s3.createBucket({ bucketName: 'abc' })).toEqual({ arn: 'arn:aws:s3:::abc' });
    s3.createBucket({ bucketName: 'a'.repeat(63) });
    expect(s3.buckets().map(({ bucketName }) => bucketName)).toEqual(['bucket', 'abc', 'a'.repeat(63)]);
  });

  test('goes only when it is empty', async () => {
    s3.putObject('bucket', 'key', Buffer.from('x'));
    expect(await codeOf(() => s3.deleteBucket('bucket'))).toBe('BucketNotEmpty');
    s3.deleteObject('bucket', 'key');
    s3.deleteBucket('bucket');
    expect(s3.hasBucket('bucket')).toBe(false);
    const gone = await send(developer, 'GET', '/bucket?location');
    expect([gone.status, element(gone, 'Code'), element(gone, 'BucketName')]).toEqual([404, 'NoSuchBucket', 'bucket']);
  });

  test('knows no other operation', async () => {
    const others = [
      ['GET', '/bucket?acl'], ['PUT', '/bucket?location'], ['PUT', '/bucket?encryption'], ['POST', '/bucket?list-type=2'], ['PATCH',
        '/bucket/key'], ['POST', '/bucket/key'],
    ];
    for (const [method, url] of others) {
      const answer = await send(developer, method, url);
      expect([url, answer.status, element(answer, 'Code')]).toEqual([url, 501, 'NotImplemented']);
    }
  });
});

describe('an answer is the document of the API reference', () => {
  const xml = (root: string, content: string) => ({
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${root}>`,
  });

  test('to a list', async () => {
    s3.putObject('bucket', 'a/1', Buffer.from('content'));
    const list = [
      '<Name>bucket</Name><Prefix>a</Prefix><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>',
      '<Contents><Key>a/1</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"9a0364b9e99bb480dd25e1f0284c8555"</ETag>',
      '<Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>',
    ].join('').replace(/"/g, '&quot;');
    await expect(send(developer, 'GET', '/bucket?list-type=2&prefix=a')).resolves.toEqual({ status: 200, ...xml('ListBucketResult', list) });
  });

  test('to an upload in parts', async () => {
    const started = await send(developer, 'POST', '/bucket/key?uploads');
    const uploadId = element(started, 'UploadId')!;
    const named = '<Bucket>bucket</Bucket><Key>key</Key>';
    expect(started).toEqual({ status: 200, ...xml('InitiateMultipartUploadResult', `${named}<UploadId>${uploadId}</UploadId>`) });
    await send(developer, 'PUT', `/bucket/key?partNumber=1&uploadId=${uploadId}`, 'content');
    await expect(send(developer, 'POST', `/bucket/key?uploadId=${uploadId}`)).resolves.toEqual({
      status: 200, ...xml('CompleteMultipartUploadResult', `${named}<ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555&quot;</ETag>`),
    });
  });

  test('to a question about encryption', async () => {
    const rule = '<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>';
    await expect(send(developer, 'GET', '/bucket?encryption')).resolves.toEqual({ status: 200, ...xml('ServerSideEncryptionConfiguration', rule) });
  });

  test('to what cannot be done', async () => {
    await expect(send(developer, 'GET', '/bucket/none')).resolves.toEqual({
      status: 404, ...xml('Error', '<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>none</Key>'),
    });
  });

  test('to a read, with the headers of the object', async () => {
    s3.putObject('bucket', 'key', Buffer.from('content'));
    await expect(send(developer, 'GET', '/bucket/key')).resolves.toMatchObject({
      headers: { 'etag': '"9a0364b9e99bb480dd25e1f0284c8555"', 'content-type': 'binary/octet-stream' },
    });
  });
});

describe('access', () => {
  beforeEach(() => { s3.putObject('bucket', 'key', Buffer.from('x')); });

  test.each([
    ['GET', '/bucket/key', 's3:GetObject', 'arn:aws:s3:::bucket/key'],
    ['HEAD', '/bucket/key', 's3:GetObject', 'arn:aws:s3:::bucket/key'],
    ['PUT', '/bucket/key', 's3:PutObject', 'arn:aws:s3:::bucket/key'],
    ['DELETE', '/bucket/key', 's3:DeleteObject', 'arn:aws:s3:::bucket/key'],
    ['POST', '/bucket/key?uploads', 's3:PutObject', 'arn:aws:s3:::bucket/key'],
    ['GET', '/bucket?location', 's3:GetBucketLocation', 'arn:aws:s3:::bucket'],
    ['GET', '/bucket?encryption', 's3:GetEncryptionConfiguration', 'arn:aws:s3:::bucket'],
    ['GET', '/bucket?list-type=2', 's3:ListBucket', 'arn:aws:s3:::bucket'],
  ])('to %s %s takes %s', async (method, url, action, resource) => {
    const allowed = await roleWith(iam, 'allowed', { it: allow(action, resource) });
    const rest = await roleWith(iam, 'rest', { it: policy({ Effect: 'Allow', NotAction: action, Resource: '*' }) });
    expect((await send(allowed, method, url)).status).toBeLessThan(300);
    expect((await send(rest, method, url)).status).toBe(403);
  });

  test('to an upload that is given up takes s3:AbortMultipartUpload', async () => {
    const quitter = await roleWith(iam, 'quitter', { it: allow('s3:AbortMultipartUpload', 'arn:aws:s3:::bucket/key') });
    const rest = await roleWith(iam, 'rest', { it: policy({ Effect: 'Allow', NotAction: 's3:AbortMultipartUpload', Resource: '*' }) });
    const uploadId = s3.startUpload();
    expect((await send(rest, 'DELETE', `/bucket/key?uploadId=${uploadId}`)).status).toBe(403);
    expect((await send(quitter, 'DELETE', `/bucket/key?uploadId=${uploadId}`)).status).toBe(204);
  });

  test('is granted and taken by the policy of the bucket', async () => {
    const reader = await roleWith(iam, 'reader');
    const statement = { Effect: 'Allow', Principal: { AWS: reader.roleArn }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' };
    s3.putBucketPolicy('bucket', policy(statement));
    expect((await send(reader, 'GET', '/bucket/key')).status).toBe(200);
    s3.deleteBucketPolicy('bucket');
    expect((await send(reader, 'GET', '/bucket/key')).status).toBe(403);
    s3.putBucketPolicy('bucket', policy(statement, { ...statement, Effect: 'Deny' }));
    expect((await send(reader, 'GET', '/bucket/key')).status).toBe(403);
  });

  test('to encrypted objects takes their key', async () => {
    const { arn: kmsKeyArn } = kms.createKey();
    s3.createBucket({ bucketName: 'encrypted', encryption: { kmsKeyArn } });
    const statements = { s3: allow('s3:*') };
    const without = await roleWith(iam, 'without', statements);
    const reader = await roleWith(iam, 'reader', { ...statements, kms: allow('kms:Decrypt', kmsKeyArn) });
    const writer = await roleWith(iam, 'writer', { ...statements, kms: allow('kms:GenerateDataKey', kmsKeyArn) });
    const outcomes = async (principal: Principal) => [
      (await send(principal, 'PUT', '/encrypted/key', 'x')).status, (await send(principal, 'GET', '/encrypted/key')).status,
    ];
    s3.putObject('encrypted', 'key', Buffer.from('x'));
    await expect(outcomes(without)).resolves.toEqual([403, 403]);
    await expect(outcomes(reader)).resolves.toEqual([403, 200]);
    await expect(outcomes(writer)).resolves.toEqual([200, 403]);
  });

  test("to encrypted objects is the key's to give to Amazon S3, for one object", async () => {
    const condition = {
      StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com', 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::encrypted/key' },
    };
    const { arn: kmsKeyArn } = kms.createKey();
    s3.createBucket({ bucketName: 'encrypted', encryption: { kmsKeyArn } });
    const reader = await roleWith(iam, 'reader', { s3: allow('s3:*'), kms: allow('kms:Decrypt', kmsKeyArn, condition) });
    for (const key of ['key', 'other']) s3.putObject('encrypted', key, Buffer.from('x'));
    expect((await send(reader, 'GET', '/encrypted/key')).status).toBe(200);
    expect((await send(reader, 'GET', '/encrypted/other')).status).toBe(403);
  });

  test.each([[undefined, 'object'], [false, 'object'], [true, 'bucket']])(
    'to encrypted objects of a bucket whose BucketKeyEnabled is %s is asked for with the ARN of the %s', async (bucketKeyEnabled, named) => {
      const { arn: kmsKeyArn } = kms.createKey();
      s3.createBucket({ bucketName: 'encrypted', encryption: { kmsKeyArn, bucketKeyEnabled } });
      s3.putObject('encrypted', 'key', Buffer.from('x'));
      for (const [name, arn] of [['object', 'arn:aws:s3:::encrypted/key'], ['bucket', 'arn:aws:s3:::encrypted']]) {
        const condition = { StringEquals: { 'kms:EncryptionContext:aws:s3:arn': arn } };
        const user = await roleWith(iam, name, { s3: allow('s3:*'), kms: allow('kms:*', kmsKeyArn, condition) });
        const status = name === named ? 200 : 403;
        expect([(await send(user, 'GET', '/encrypted/key')).status, (await send(user, 'PUT', '/encrypted/key', 'x')).status]).toEqual([status, status]);
      }
    });
});

test('what is there already, or is not empty, is a conflict', () => {
  s3.putObject('bucket', 'key', Buffer.from('x'));
  expect(() => s3.createBucket({ bucketName: 'bucket' })).toThrow(expect.objectContaining({ code: 'BucketAlreadyOwnedByYou', status: 409 }));
  expect(() => s3.deleteBucket('bucket')).toThrow(expect.objectContaining({ code: 'BucketNotEmpty', status: 409 }));
});

test('the policy of a bucket is well-formed and names nobody who does not exist', async () => {
  expect(await codeOf(() => s3.putBucketPolicy('bucket', allow('s3:*')))).toBe('MalformedPolicy');
  const stranger = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:role/none' }, Action: 's3:*', Resource: 'arn:aws:s3:::bucket' };
  expect(await codeOf(() => s3.putBucketPolicy('bucket', policy(stranger)))).toBe('MalformedPolicy');
});

test('the policy of a bucket is about that bucket and what is in it', () => {
  const about = (...Resource: string[]) => () => s3.putBucketPolicy('bucket', policy({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource }));
  expect(about('arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/clicks/*')).not.toThrow();
  for (const resource of ['arn:aws:s3:::other', 'arn:aws:s3:::bucket-2/*', 'arn:aws:s3:::*', '*']) {
    expect(about('arn:aws:s3:::bucket', resource)).toThrow(expect.objectContaining({
      code: 'MalformedPolicy', status: 400, message: 'Policy has invalid resource',
    }));
  }
});
