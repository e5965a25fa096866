import { Clock } from '../../../local-aws/clock';
import { CustomResourceResponses } from '../../../local-aws/s3/custom-resource-responses';
import { ACCOUNT, codeOf } from '../account';

const SECONDS = 1000;

let clock: Clock;
let responses: CustomResourceResponses;
beforeEach(() => {
  clock = Clock.frozen();
  responses = new CustomResourceResponses(ACCOUNT, clock);
});

function put(url: string, body: string): void {
  const { pathname, searchParams } = new URL(url);
  responses.put(pathname, searchParams, Buffer.from(body));
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
