import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as yauzl from 'yauzl';
import { AwsError } from '../aws';

const MAX_UNZIPPED_BYTES = 262_144_000;

/** A deployment package as it was uploaded. */
export class CodeBundle {
  /** Reads the whole archive once, because Lambda refuses a bad one when it is uploaded, not when it is run. */
  static async from(zip: Buffer): Promise<CodeBundle> {
    let size = 0;
    for await (const { entry } of entries(zip)) size += entry.uncompressedSize;
    if (size > MAX_UNZIPPED_BYTES) {
      throw new AwsError('InvalidParameterValueException', `Unzipped size must be smaller than ${MAX_UNZIPPED_BYTES} bytes`);
    }
    return new CodeBundle(zip, createHash('sha256').update(zip).digest('base64'));
  }

  private constructor(
    readonly zip: Buffer,
    /** Base64, as Lambda prints it. */
    readonly sha256: string,
  ) {}
}

/** Unpacks each bundle once, into a directory of its own. */
export class CodeDirectories {
  private readonly unpacked = new Map<string, Promise<string>>();

  constructor(private readonly root: string) {}

  /** The directory with the bundle's files. */
  async of(code: CodeBundle): Promise<string> {
    const known = this.unpacked.get(code.sha256);
    if (known) return known;
    const directory = path.join(this.root, Buffer.from(code.sha256, 'base64').toString('hex'));
    const unpacking = unpack(code.zip, directory).then(() => directory);
    this.unpacked.set(code.sha256, unpacking);
    return unpacking;
  }
}

async function unpack(zip: Buffer, directory: string): Promise<void> {
  await fs.promises.mkdir(directory);
  for await (const { entry, archive } of entries(zip)) {
    const file = path.join(directory, entry.fileName);
    if (entry.fileName.endsWith('/')) {
      await fs.promises.mkdir(file, { recursive: true });
    } else {
      await fs.promises.mkdir(path.dirname(file), { recursive: true });
      await pipeline(await archive.openReadStreamPromise(entry), fs.createWriteStream(file));
    }
  }
}

async function* entries(zip: Buffer): AsyncGenerator<{ entry: yauzl.Entry; archive: yauzl.ZipFile }> {
  try {
    // yauzl itself refuses names that would lead out of the directory.
    const archive = await yauzl.fromBufferPromise(zip, { lazyEntries: true });
    for await (const entry of archive.eachEntry()) yield { entry, archive };
  } catch {
    throw new AwsError('InvalidParameterValueException', 'Could not unzip uploaded file. Please check your file, then try to upload again.');
  }
}
