import { Clock } from '../../../local-aws/clock';
import { CustomResourceResponses, UrlStyle } from '../../../local-aws/s3/custom-resource-responses';
import { ACCOUNT, codeOf } from '../account';

const SECONDS = 1000;

let clock: Clock;
let responses: CustomResourceResponses;
beforeEach(() => {
  clock = Clock.frozen();
  responses = new CustomResourceResponses(ACCOUNT, clock);
});

function put(url: string, body: string, contentType?: string): void {
  const { pathname, searchParams } = new URL(url);
  responses.put(pathname, searchParams, Buffer.from(body), contentType);
}

function parameters(url: string): Record<string, string> {
  return Object.fromEntries(new URL(url).searchParams);
}

test('a URL looks like the ones of AWS', () => {
  const url = new URL(responses.urlFor('arn:aws:cloudformation:us-east-1:111122223333:stack/s/1|Resource|2'));
  expect(url.host).toBe('cloudformation-custom-resource-response-useast1.s3.amazonaws.com');
  expect(url.pathname).toBe('/arn%3Aaws%3Acloudformation%3Aus-east-1%3A111122223333%3Astack%2Fs%2F1%7CResource%7C2');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('7199');
  expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
});

test('other Regions have hosts of their own', () => {
  expect(new CustomResourceResponses({ ...ACCOUNT, region: 'eu-west-1' }, clock).host).toBe('cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com');
});

test('the same request has the same URL, another one another signature', () => {
  expect(responses.urlFor('a')).toBe(responses.urlFor('a'));
  const signature = (id: string) => new URL(responses.urlFor(id)).searchParams.get('X-Amz-Signature');
  expect(signature('a')).not.toBe(signature('b'));
});

test('the first answer counts', async () => {
  const received = responses.received('a');
  put(responses.urlFor('a'), 'first');
  put(responses.urlFor('a'), 'second');
  await expect(received).resolves.toBe('first');
  expect(responses.last('a')).toBe('second');
});

test('the last one is not that of another request with the same id', () => {
  const former = responses.urlFor('a');
  put(former, 'former');
  responses.forget('a');
  put(former, 'late');
  expect(responses.last('a')).toBeUndefined();
  responses.urlFor('a');
  put(former, 'very late');
  expect(responses.last('a')).toBeUndefined();
});

test('a URL works for 7,199 seconds', async () => {
  const url = responses.urlFor('a');
  await clock.sleep(7199 * SECONDS);
  put(url, 'in time');
  await clock.sleep(1);
  expect(await codeOf(() => put(url, 'too late'))).toBe('AccessDenied');
});

test('a URL of another embedded AWS does not work', async () => {
  const foreign = new CustomResourceResponses(ACCOUNT, clock).urlFor('a');
  responses.urlFor('a');
  expect(await codeOf(() => put(foreign, 'answer'))).toBe('SignatureDoesNotMatch');
});

test('what is not signed, and what is signed no longer, is forbidden', async () => {
  const url = new URL(responses.urlFor('a'));
  expect(() => put(`${url.origin}${url.pathname}`, 'answer')).toThrow(expect.objectContaining({ code: 'SignatureDoesNotMatch', status: 403 }));
  await clock.sleep(7200 * SECONDS);
  expect(() => put(url.href, 'answer')).toThrow(expect.objectContaining({ code: 'AccessDenied', status: 403 }));
});

describe('the style of a URL', () => {
  test('SigV4: tells when it was signed, and for how long it is good', async () => {
    await clock.sleep(90 * SECONDS);
    expect(parameters(responses.urlFor('a'))).toEqual({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': expect.stringMatching(/^\w+\/20260101\/us-east-1\/s3\/aws4_request$/),
      'X-Amz-Date': '20260101T000130Z',
      'X-Amz-Expires': '7199',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('SigV2: tells until when it is good, two hours', async () => {
    await clock.sleep(90 * SECONDS + 999);
    const url = responses.urlFor('a', 'sigv2');
    expect(parameters(url)).toEqual({
      AWSAccessKeyId: expect.any(String), Expires: `${Date.parse('2026-01-01T02:01:30Z') / 1000}`, Signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    await clock.sleep(7200 * SECONDS);
    put(url, 'in time');
    await clock.sleep(1);
    expect(await codeOf(() => put(url, 'too late'))).toBe('AccessDenied');
  });

  test('undated: tells no time, and is good as long as the others', async () => {
    const url = responses.urlFor('a', 'undated');
    expect(parameters(url)).toEqual({ 'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) });
    await clock.sleep(7199 * SECONDS + 1);
    expect(await codeOf(() => put(url, 'too late'))).toBe('AccessDenied');
  });

  test.each<[UrlStyle, string | undefined]>([
    ['sigv4', undefined], ['sigv4', 'application/json'], ['undated', 'application/json'], ['sigv2', undefined], ['sigv2', ''],
  ])('%s: an answer of the content type %s is taken', async (style, contentType) => {
    put(responses.urlFor('a', style), 'answer', contentType);
    await expect(responses.received('a')).resolves.toBe('answer');
  });

  test('SigV2 signs the content type, and none was signed', async () => {
    const received = responses.received('b');
    const url = responses.urlFor('a', 'sigv2');
    expect(await codeOf(() => put(url, 'answer', 'application/json'))).toBe('SignatureDoesNotMatch');
    put(url, 'without');
    put(responses.urlFor('b'), 'other');
    await expect(Promise.all([responses.received('a'), received])).resolves.toEqual(['without', 'other']);
  });
});

describe('a request that is signed anew', () => {
  test.each<UrlStyle>(['sigv4', 'sigv2', 'undated'])('has another %s URL for the same answer, good for two hours from then', async (style) => {
    const first = responses.urlFor('a', style);
    await clock.sleep(3600 * SECONDS);
    const second = responses.signedAnew('a', style);
    expect(second).not.toBe(first);
    expect(new URL(second).pathname).toBe(new URL(first).pathname);
    expect(responses.urlFor('a', style)).toBe(first);

    await clock.sleep(4000 * SECONDS);
    expect(await codeOf(() => put(first, 'too late'))).toBe('AccessDenied');
    put(second, 'in time');
    await expect(responses.received('a')).resolves.toBe('in time');
  });

  test('may be one that nobody asked for before', async () => {
    put(responses.signedAnew('a'), 'answer');
    await expect(responses.received('a')).resolves.toBe('answer');
  });

  test('is answered by whichever URL comes first', async () => {
    const first = responses.urlFor('a');
    await clock.sleep(60 * SECONDS);
    const second = responses.signedAnew('a');
    put(first, 'by the first');
    put(second, 'by the second');
    await expect(responses.received('a')).resolves.toBe('by the first');
  });
});

describe('a request whose id was used before', () => {
  test('has a URL of its own, and the answer to the former is taken, but nobody hears it', async () => {
    const former = responses.urlFor('a');
    const again = responses.signedAnew('a', 'sigv2');
    put(former, 'former');
    responses.forget('a');
    const received = responses.received('a');
    const present = responses.urlFor('a');
    expect(present).not.toBe(former);

    put(former, 'late');
    put(again, 'late and signed anew');
    put(present, 'present');
    await expect(received).resolves.toBe('present');
  });

  test('does not open the door for others, nor for longer', async () => {
    const former = new URL(responses.urlFor('a'));
    responses.forget('a');
    responses.urlFor('b');
    const elsewhere = Object.assign(new URL(former), { pathname: '/b' });
    expect(await codeOf(() => put(elsewhere.href, 'answer'))).toBe('SignatureDoesNotMatch');
    await clock.sleep(7199 * SECONDS + 1);
    expect(await codeOf(() => put(former.href, 'answer'))).toBe('AccessDenied');
  });

  test('may be one that nobody knows', () => {
    responses.forget('a');
    expect(responses.urlFor('a')).toBe(responses.urlFor('a'));
  });
});
