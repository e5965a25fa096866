import { request as send } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { ServiceError } from './errors';
import { handle } from './handler';
import { SdkService, senders } from './sdk-service';
import { REQUEST_TIMEOUT, STEP_TIMEOUT } from './times';

const shared = senders();

/** What the function needs of its surroundings: AWS, a clock, a log, and a way to answer CloudFormation. */
export async function handler(event: unknown, { logStreamName }: { readonly logStreamName: string }) {
  return handle(event, {
    service: new SdkService(shared, AbortSignal.timeout(STEP_TIMEOUT)),
    now: Date.now,
    sleep: async (milliseconds) => setTimeout(milliseconds),
    log: (line) => console.log(line),
    put,
    logStream: logStreamName,
    stackId: String(process.env.STACK_ID),
  });
}

/** The URL is signed for no content type. What is thrown does not hold it. */
async function put(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(new ServiceError('PutAnswer', error.code ?? 'Error', 'CloudFormation is not reached'));
    const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
    const { hostname, pathname, search } = new URL(url);
    const request = send({ hostname, path: `${pathname}${search}`, method: 'PUT', headers, timeout: REQUEST_TIMEOUT }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', fail).on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })));
    request.write(body);
    request.end();
  });
}
