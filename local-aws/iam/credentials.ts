import { createHash } from 'node:crypto';
import type { Principal } from '../aws';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Credentials extends AccessKey {
  readonly sessionToken: string;
  readonly expiration: Date;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The same key for the same user, always: whoever exported it once can go on using it. */
export function accessKeyOf(principal: Principal): AccessKey {
  return { accessKeyId: `AKIA${base32(digest('key', principal.arn)).slice(0, 16)}`, secretAccessKey: secretOf(principal) };
}

/** The same credentials for the same session of a role, so that a process that got them can serve it again. */
export function sessionCredentialsOf(principal: Principal, expiration: Date): Credentials {
  return {
    accessKeyId: `ASIA${base32(digest('key', principal.arn)).slice(0, 16)}`,
    secretAccessKey: secretOf(principal),
    sessionToken: `IQoJb3JpZ2luX2VjE${Buffer.concat(['a', 'b', 'c', 'd'].map((part) => digest(part, principal.arn))).toString('base64')}`,
    expiration,
  };
}

function secretOf(principal: Principal): string {
  return digest('secret', principal.arn).toString('base64').slice(0, 40);
}

function digest(purpose: string, arn: string): Buffer {
  return createHash('sha256').update(`${purpose} ${arn}`).digest();
}

function base32(bytes: Buffer): string {
  return [...bytes].map((byte) => BASE32[byte % BASE32.length]).join('');
}
