import * as path from 'node:path';
import { build } from 'esbuild';

/** Bundles the stand-in for `@aws-sdk/client-cleanroomsml` into one CommonJS file that needs no `node_modules`, and returns where it is. */
export async function buildSdk(directory: string): Promise<string> {
  const outfile = path.join(directory, 'client-cleanroomsml.js');
  await build({
    entryPoints: [path.join(__dirname, 'client-cleanroomsml', 'index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'warning',
  });
  return outfile;
}
