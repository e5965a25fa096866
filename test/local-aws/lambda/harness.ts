import * as http from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as yazl from 'yazl';
import type { Account, AwsRequest, AwsService, Principal } from '../../../local-aws/aws';
import { AwsError } from '../../../local-aws/aws';
import { Clock } from '../../../local-aws/clock';
import type { FunctionSettings } from '../../../local-aws/lambda/function';
import { Lambda, type LambdaIam } from '../../../local-aws/lambda/lambda';
import type { FunctionRunner } from '../../../local-aws/lambda/sandboxes';

export const ACCOUNT: Account = { accountId: '111122223333', region: 'us-east-1', partition: 'aws' };
export const ROLE = 'arn:aws:iam::111122223333:role/function';
export const UNTRUSTING_ROLE = 'arn:aws:iam::111122223333:role/untrusting';
/** The only one that there is. */
export const KEY = 'arn:aws:kms:us-east-1:111122223333:key/a1b2c3d4-5678-40ab-8def-1234567890ab';
export const CALLER: Principal = { arn: 'arn:aws:sts::111122223333:assumed-role/caller/me', accountId: ACCOUNT.accountId };

/** Allows everything that is not named in `denied`, and writes down what it was asked. */
export class FakeIam implements LambdaIam {
  readonly asked: string[] = [];
  readonly denied = new Set<string>();
  readonly untrusting = new Set([UNTRUSTING_ROLE]);

  async assumeRoleForService(roleArn: string, service: string): Promise<Principal> {
    this.asked.push(`${service} sts:AssumeRole ${roleArn}`);
    if (this.untrusting.has(roleArn)) throw new AwsError('AccessDenied', 'no trust', 403);
    return { arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${service}`, accountId: ACCOUNT.accountId, roleArn };
  }

  async authorize(principal: Principal, action: string, resource: string): Promise<void> {
    this.asked.push(`${principal.roleArn ?? principal.arn} ${action} ${resource}`);
    if (this.denied.has(action)) {
      throw new AwsError('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`, 403);
    }
  }

  roleExists(arn: string): boolean {
    return [ROLE, UNTRUSTING_ROLE].includes(arn);
  }

  credentialsFor({ arn }: Principal) {
    return { accessKeyId: 'ASIAFAKE', secretAccessKey: 'secret', sessionToken: Buffer.from(arn).toString('base64') };
  }
}

/** A world around Lambda: the services by their name, and whatever custom resources answered. */
export class World {
  readonly clock = Clock.frozen();
  readonly iam = new FakeIam();
  readonly services: Record<string, AwsService> = {};
  readonly answers: { readonly host: string; readonly path: string; readonly body: Record<string, unknown> }[] = [];
  /** Called whenever a custom resource answers. */
  onAnswer?: () => void;
  readonly lambda: Lambda;

  constructor(sandboxes: FunctionRunner) {
    this.lambda = new Lambda({
      account: ACCOUNT,
      clock: this.clock,
      iam: this.iam,
      kms: { checkState: async (key) => { if (key !== KEY) throw new AwsError('NotFoundException', `Key '${key}' does not exist`); } },
      sandboxes,
      frontDoor: {
        listener: (request, response) => void this.serve(request, response),
        call: async () => { throw new Error('not in this process'); },
        customResourceAnswer: () => { throw new Error('not in this process'); },
        serviceNamed: () => { throw new Error('not in this process'); },
      },
    });
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (request.method === 'PUT') {
      this.answers.push({ host: String(request.headers.host), path: String(request.url), body: JSON.parse(body.toString()) });
      response.writeHead(200).end();
      this.onAnswer?.();
      return;
    }
    const service = request.headers.authorization?.match(/Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//)?.[1] ?? '';
    const url = new URL(String(request.url), 'http://localhost');
    const answer = await this.clock.busy(() => this.services[service].handle({
      principal: CALLER,
      method: String(request.method),
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers as Record<string, string>,
      body,
    }));
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

export function settings(code: Buffer, overrides: Partial<FunctionSettings> = {}): FunctionSettings {
  return {
    functionName: 'fn', runtime: 'nodejs20.x', handler: 'index.handler', roleArn: ROLE, code, timeoutSeconds: 30, memoryMb: 128, environment: {}, ...overrides,
  };
}

export async function zip(files: Record<string, string | Buffer>): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) archive.addEmptyDirectory(name);
    else archive.addBuffer(Buffer.from(content), name, { mtime: new Date(0) });
  }
  archive.end();
  return buffer(archive.outputStream);
}

export function awsRequest(method: string, path: string, headers: Record<string, string> = {}, body: string | Buffer = ''): AwsRequest {
  return { principal: CALLER, method, path, query: new URLSearchParams(), headers, body: Buffer.from(body) };
}
