import { createHash } from 'node:crypto';

/** Numbers that look random and are the same ones for the same seed, so that every run of a test is the same. */
export class Random {
  private drawn = 0;

  constructor(private readonly seed: string) {}

  /** At least 0 and less than 1. */
  number(): number {
    return this.bytes().readUInt32BE() / 2 ** 32;
  }

  /** Version 4. */
  uuid(): string {
    const bytes = this.bytes();
    bytes[6] = 0x40 + bytes[6] % 0x10;
    bytes[8] = 0x80 + bytes[8] % 0x40;
    return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  private bytes(): Buffer {
    return createHash('sha256').update(`${this.seed}:${this.drawn++}`).digest();
  }
}
