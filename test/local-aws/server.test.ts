import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { DescribeStacksCommand, CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ACCOUNT, newIam, roleWith } from './account';
import { AwsError, type AwsRequest, type AwsResponse, type AwsService } from '../../local-aws/aws';
import { Clock } from '../../local-aws/clock';
import type { Iam } from '../../local-aws/iam/iam';
import { CustomResourceResponses } from '../../local-aws/s3/custom-resource-responses';
import { FrontDoor } from '../../local-aws/server';

/** Answers everything, and writes down what it got. */
class Recorder implements AwsService {
  readonly requests: AwsRequest[] = [];
  error?: Error;

  async handle(request: AwsRequest): Promise<AwsResponse> {
    this.requests.push(request);
    if (this.error) throw this.error;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"stateMachines":[]}' };
  }
}

let clock: Clock;
let iam: Iam;
let lambda: Recorder;
let states: Recorder;
let responses: CustomResourceResponses;
let server: http.Server;
let endpoint: string;

beforeEach(async () => {
  clock = Clock.frozen();
  iam = newIam(clock);
  lambda = new Recorder();
  states = new Recorder();
  responses = new CustomResourceResponses(ACCOUNT, clock);
  const frontDoor = new FrontDoor({ clock, iam, responses, services: { lambda, states } });
  server = http.createServer(frontDoor.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function clientOptions(credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = iam.developer) {
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
}

async function send(method: string, url: string, headers: http.OutgoingHttpHeaders = {}, body = ''): Promise<{ status?: number; body: string }> {
  const request = http.request(endpoint, { method, path: url, headers });
  request.end(body);
  const [response] = await once(request, 'response') as [http.IncomingMessage];
  return { status: response.statusCode, body: (await buffer(response)).toString() };
}

describe('a request of an SDK', () => {
  test('reaches the service it was signed for, with its caller', async () => {
    await new SFNClient(clientOptions()).send(new ListStateMachinesCommand({}));
    expect(states.requests).toMatchObject([{ principal: iam.developer.principal, method: 'POST', path: '/', headers: { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' } }]);
    expect(lambda.requests).toEqual([]);
  });

  test('keeps its path, query and body', async () => {
    const FunctionName = 'arn:aws:lambda:us-east-1:111122223333:function:fn';
    await new LambdaClient(clientOptions()).send(new InvokeCommand({ FunctionName, Payload: '{"a":"ü"}' }));
    await new LambdaClient(clientOptions()).send(new GetFunctionCommand({ FunctionName, Qualifier: 'a b/+' }));
    expect(lambda.requests[0].path).toBe(`/2015-03-31/functions/${encodeURIComponent(FunctionName)}/invocations`);
    expect(lambda.requests[0].body.toString()).toBe('{"a":"ü"}');
    expect(lambda.requests[1].query.get('Qualifier')).toBe('a b/+');
  });

  test('of a role comes with the role', async () => {
    const role = await roleWith(iam, 'fn');
    await new SFNClient(clientOptions(iam.credentialsFor(role))).send(new ListStateMachinesCommand({}));
    expect(states.requests[0].principal).toEqual(role);
  });

  test.each([
    ['with a wrong secret', { secretAccessKey: 'x'.repeat(40) }, 'SignatureDoesNotMatch'],
    ['with an unknown key', { accessKeyId: 'AKIAUNKNOWNUNKNOWN00' }, 'InvalidClientTokenId'],
    ['with a token that is not its own', { sessionToken: 'token' }, 'InvalidClientTokenId'],
  ])('%s is turned away', async (_, wrong, name) => {
    const client = new SFNClient(clientOptions({ ...iam.developer, ...wrong }));
    await expect(client.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
    expect(states.requests).toEqual([]);
  });

  test('for a service that is not there is told so', async () => {
    const client = new CloudFormationClient(clientOptions());
    await expect(client.send(new DescribeStacksCommand({}))).rejects.toMatchObject({
      name: 'UnknownService', message: 'The embedded AWS has no service "cloudformation". It has: lambda, states.',
    });
  });

  test('gets the error of a service that does not put it into its own protocol', async () => {
    states.error = new AwsError('ExecutionLimitExceeded', 'too many');
    await expect(new SFNClient(clientOptions()).send(new ListStateMachinesCommand({}))).rejects.toMatchObject({ name: 'ExecutionLimitExceeded' });
  });

  test('gets a server error when this program fails, and the failure is printed', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    states.error = new TypeError('x is undefined');
    await expect(new SFNClient(clientOptions()).send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
      name: 'InternalFailure', $metadata: { httpStatusCode: 500 },
    });
    expect(printed).toHaveBeenCalledWith(states.error);
  });
});

test('a request without a signature is turned away', async () => {
  await expect(send('POST', '/')).resolves.toMatchObject({ status: 403, body: expect.stringContaining('MissingAuthenticationToken') });
});

test('no time is skipped while a request is served', async () => {
  const started = clock.now();
  let elapsed: number | undefined;
  states.handle = async () => {
    void clock.sleep(3_600_000);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    elapsed = clock.now() - started;
    return { status: 200, body: '{"stateMachines":[]}' };
  };
  await new SFNClient(clientOptions()).send(new ListStateMachinesCommand({}));
  expect(elapsed).toBe(0);
});

describe('the answer of a custom resource', () => {
  const put = (url: string, body = 'answer', method = 'PUT') => {
    const { host, pathname, search } = new URL(url);
    return send(method, pathname + search, { host }, body);
  };

  test('arrives where it is waited for', async () => {
    const url = responses.urlFor('stack|resource|request');
    await expect(put(url)).resolves.toMatchObject({ status: 200 });
    await expect(responses.received('stack|resource|request')).resolves.toBe('answer');
  });

  test('needs the URL exactly as it was given out', async () => {
    const url = responses.urlFor('id');
    await expect(put(url.replace(/(X-Amz-Signature=)./, '$1_'))).resolves.toMatchObject({ status: 403, body: expect.stringContaining('SignatureDoesNotMatch') });
    await expect(put(url.replace('/id?', '/other?'))).resolves.toMatchObject({ status: 403 });
    await expect(put(url, 'answer', 'POST')).resolves.toMatchObject({ status: 405 });
  });
});
