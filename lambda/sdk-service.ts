/* eslint-disable @typescript-eslint/no-require-imports -- with `import *` the bundle would copy all names of a client at each cold start */
import ml = require('@aws-sdk/client-cleanroomsml');
import cloudFormation = require('@aws-sdk/client-cloudformation');
import sfn = require('@aws-sdk/client-sfn');
/* eslint-enable @typescript-eslint/no-require-imports */
import { ServiceError } from './errors';
import type { Operations, Service } from './service';
import { READ_TIMEOUT, REQUEST_TIMEOUT, WRITE_TIMEOUT } from './times';

const reading = { maxAttempts: 4, requestHandler: handler(REQUEST_TIMEOUT) };
// No token makes a repeated call safe: the next step observes before it tries again.
const writing = { maxAttempts: 1, requestHandler: handler(WRITE_TIMEOUT) };

/** Ends a call that is not answered; older SDKs know only the time that a socket may be silent. */
function handler(timeout: number) {
  return { connectionTimeout: 2_000, requestTimeout: timeout, throwOnRequestTimeout: true, socketTimeout: timeout };
}

type Options = { readonly abortSignal: AbortSignal };
type Send = (command: object, options: Options) => Promise<object>;
type CommandClass = new (input: object) => object;

/** The commands of a client and how to send one. */
interface Sender {
  readonly commands: object;
  readonly read: Send;
  readonly write: Send;
}

/** Who sends an operation. */
type Senders = (operation: keyof Operations) => Sender;

/** Of two clients with an operation of one name, the first one is meant. */
export function senders(): Senders {
  const all = [
    sender(ml, (config) => new ml.CleanRoomsMLClient(config)),
    sender(cloudFormation, (config) => new cloudFormation.CloudFormationClient(config)),
    sender(sfn, (config) => new sfn.SFNClient(config)),
  ];
  return (operation) => RARE[operation]?.() ?? all.find(({ commands }) => `${operation}Command` in commands) as Sender;
}

/* eslint-disable @typescript-eslint/no-require-imports -- `import()` would not find what the Lambda runtime provides */
/** Loaded only by the few requests that need them. */
const RARE: Partial<Record<keyof Operations, () => Sender>> = {
  HeadBucket: () => {
    const s3: typeof import('@aws-sdk/client-s3') = require('@aws-sdk/client-s3');
    return sender(s3, (config) => new s3.S3Client(config));
  },
  GetRole: () => {
    const iam: typeof import('@aws-sdk/client-iam') = require('@aws-sdk/client-iam');
    return sender(iam, (config) => new iam.IAMClient(config));
  },
};
/* eslint-enable @typescript-eslint/no-require-imports */

function sender(commands: object, client: (config: typeof reading) => { send: unknown }): Sender {
  const [reader, writer] = [client(reading), client(writing)] as { send: Send }[];
  return { commands, read: async (...args) => reader.send(...args), write: async (...args) => writer.send(...args) };
}

/** The services as AWS's SDK reaches them. */
export class SdkService implements Service {
  /** @param stop ends every call: a step must end before Lambda ends it. */
  constructor(private readonly via: Senders, private readonly stop: AbortSignal) {}

  async call<Name extends keyof Operations>(operation: Name, input: Operations[Name][0]): Promise<Operations[Name][1]> {
    const reads = /^(Get|List|Describe|Head)/.test(operation);
    const { commands, read, write } = this.via(operation);
    const Command = (commands as Record<string, CommandClass>)[`${operation}Command`];
    const abortSignal = AbortSignal.any([AbortSignal.timeout(reads ? READ_TIMEOUT : WRITE_TIMEOUT), this.stop]);
    try {
      return await (reads ? read : write)(new Command(input), { abortSignal }) as Operations[Name][1];
    } catch (error) {
      throw serviceError(operation, error);
    }
  }
}

/** Errors of the SDK carry the service's answer in `$metadata`; without one, or in an answer that broke off after its 200, the network failed. */
function serviceError(operation: string, error: unknown): ServiceError {
  if (!(error instanceof Error)) return new ServiceError(operation, 'UnknownError', String(error));
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  // Some versions of the SDK lose the name of an error of CloudFormation, and tell its code.
  const code = error.name === 'Error' && 'Code' in error ? String(error.Code) : error.name;
  return new ServiceError(operation, code, error.message, typeof status === 'number' && status >= 300 ? status : undefined);
}
