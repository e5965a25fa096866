import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ROOT, World } from './world';
import { CloudFormationApi } from '../../../local-aws/cloudformation/api';

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** AWS's own client, wired to the embedded service. */
export function clientOf(world: World): CloudFormationClient {
  return new CloudFormationClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      async handle({ method, path, headers, body = '' }: SentRequest) {
        const answer = await new CloudFormationApi(world.cloudFormation).handle({
          principal: ROOT, method, path, headers, query: new URLSearchParams(), body: Buffer.from(body),
        });
        return { response: { statusCode: answer.status, headers: answer.headers ?? {}, body: Buffer.from(answer.body ?? '') } };
      },
    },
  });
}
