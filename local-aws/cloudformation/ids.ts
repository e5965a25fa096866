import * as crypto from 'node:crypto';

const DIGITS = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function digest(parts: readonly (string | number)[]): Buffer {
  return crypto.createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** Ids are made from what they identify, so that the same history gives the same ids. */
export function uuidFrom(...parts: (string | number)[]): string {
  const hex = digest(parts).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function suffixFrom(length: number, ...parts: (string | number)[]): string {
  const alphabet = UPPER + DIGITS;
  return [...digest(parts).subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

/** `<stack>-<logical id>-<suffix>`, where the first two give way so that the suffix always fits. */
export function physicalName(stackName: string, logicalId: string, suffix: string, maxLength: number): string {
  const room = maxLength - suffix.length - 2;
  const readable = stackName.length + logicalId.length <= room ? [stackName, logicalId] : shortened(stackName, logicalId, room);
  return [...readable, suffix].join('-');
}

/** With a suffix of letters in both cases. */
export function withMixedCase(name: string): string {
  const suffix = name.lastIndexOf('-') + 1;
  return name.slice(0, suffix) + [...name.slice(suffix)].map((char, index) => (index % 2 === 0 ? char : char.toLowerCase())).join('');
}

function shortened(stackName: string, logicalId: string, room: number): [string, string] {
  const forLogicalId = Math.min(logicalId.length, Math.max(Math.ceil(room / 2), room - stackName.length));
  return [stackName.slice(0, room - forLogicalId), logicalId.slice(0, forLogicalId)];
}
