import { codeOf } from './account';
import { claimOf, verifySignature } from '../../local-aws/signature';

/** Requests with signatures that AWS's own documentation works out. */
const EXAMPLES = {
  /** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
  s3: {
    request: {
      method: 'GET',
      path: '/test.txt',
      query: new URLSearchParams(),
      headers: {
        'host': 'examplebucket.s3.amazonaws.com',
        'range': 'bytes=0-9',
        'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        'x-amz-date': '20130524T000000Z',
        'authorization': 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,'
          + 'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,'
          + 'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      },
      body: Buffer.alloc(0),
    },
    key: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  },
  /** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
  iam: {
    request: {
      method: 'GET',
      path: '/',
      query: new URLSearchParams('Action=ListUsers&Version=2010-05-08'),
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'host': 'iam.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        'authorization': 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, '
          + 'SignedHeaders=content-type;host;x-amz-date, '
          + 'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
      },
      body: Buffer.alloc(0),
    },
    key: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  },
};

type Example = typeof EXAMPLES[keyof typeof EXAMPLES];

function verify({ request, key }: { request: Omit<Example['request'], 'headers'> & { headers: Record<string, string> }; key: object }) {
  return codeOf(() => verifySignature(request, claimOf(request.headers)!, key as Example['key']));
}

describe.each(Object.entries(EXAMPLES))('the example of %s', (_, example) => {
  const { request, key } = example;
  const authorization = request.headers.authorization;

  test('is authentic', async () => {
    expect(await verify(example)).toBe('nothing was thrown');
  });

  test.each([
    ['another method', { ...request, method: 'PUT' }],
    ['another path', { ...request, path: '/other' }],
    ['another query', { ...request, query: new URLSearchParams('Action=DeleteUser') }],
    ['another signed header', { ...request, headers: { ...request.headers, host: 'example.com' } }],
    ['another time', { ...request, headers: { ...request.headers, 'x-amz-date': '20130524T000001Z' } }],
    ['another body', { ...request, body: Buffer.from('x') }],
    ['another Region', { ...request, headers: { ...request.headers, authorization: authorization.replace('us-east-1', 'us-east-2') } }],
    ['another signature', { ...request, headers: { ...request.headers, authorization: authorization.replace(/.$/, (digit) => digit === '0' ? '1' : '0') } }],
  ])('is not with %s', async (__, changed) => {
    expect(await verify({ request: changed, key })).toBe('SignatureDoesNotMatch');
  });

  test('is not with another secret', async () => {
    expect(await verify({ request, key: { ...key, secretAccessKey: `${key.secretAccessKey}x` } })).toBe('SignatureDoesNotMatch');
  });

  test('is not without the token of the session', async () => {
    expect(await verify({ request, key: { ...key, sessionToken: 'token' } })).toBe('InvalidClientTokenId');
  });

  test('is not without a time', async () => {
    expect(await verify({ request: { ...request, headers: { ...request.headers, 'x-amz-date': 'today' } }, key })).toBe('IncompleteSignature');
  });
});

test('the claim names the service', () => {
  expect(claimOf(EXAMPLES.iam.request.headers)).toMatchObject({ accessKeyId: 'AKIDEXAMPLE', region: 'us-east-1', service: 'iam' });
});

test.each([undefined, 'Bearer x', 'AWS4-HMAC-SHA256 Credential=x'])('%s makes no claim', (authorization) => {
  expect(claimOf(authorization === undefined ? {} : { authorization })).toBeUndefined();
});
