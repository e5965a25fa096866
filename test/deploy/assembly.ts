import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { App, Stack } from 'aws-cdk-lib';
import { AssetManifestArtifact } from 'aws-cdk-lib/cx-api';
import { ZipFile } from 'yazl';

/** A synthesized stack, ready to be deployed without the CLI. */
export interface Assembly {
  readonly template: Template;
  readonly assets: ReadonlyMap<string, Promise<Buffer>>;
}

export interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown>; readonly DeletionPolicy?: string }>;
  readonly [section: string]: unknown;
}

export function synthesize(stackName: string, account: string, region: string, build: (stack: Stack) => void): Assembly {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-'));
  try {
    const app = new App({ outdir, analyticsReporting: false, stackTraces: false, treeMetadata: false, context: { 'aws:cdk:disable-asset-staging': true } });
    build(new Stack(app, stackName, { env: { account, region } }));
    const assembly = app.synth();
    const { template } = assembly.getStackByName(stackName);
    const assets = new Map<string, Promise<Buffer>>();
    for (const manifest of assembly.artifacts.filter(AssetManifestArtifact.isAssetManifestArtifact)) {
      for (const { source, destinations } of Object.values(manifest.contents.files ?? {})) {
        if (source.path === undefined) continue;
        const file = path.resolve(outdir, source.path);
        for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, source.packaging === 'zip' ? zipped(file, objectKey) : Promise.resolve(fs.readFileSync(file)));
      }
    }
    return { template, assets };
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

/** The key of an asset is the hash of its content. */
const zips = new Map<string, Promise<Buffer>>();

/** Has read the directory when it returns. */
function zipped(directory: string, key: string): Promise<Buffer> {
  const known = zips.get(key);
  if (known) return known;
  const zip = new ZipFile();
  for (const file of fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    const full = path.join(file.parentPath, file.name);
    zip.addBuffer(fs.readFileSync(full), path.relative(directory, full), { mtime: new Date(0) });
  }
  zip.end();
  const content = buffer(zip.outputStream);
  zips.set(key, content);
  return content;
}
