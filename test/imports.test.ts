import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..');
const FOLDERS = ['lambda', 'local-aws', 'src'];

const files = FOLDERS.flatMap((folder) => fs.readdirSync(path.join(ROOT, folder), { encoding: 'utf8', recursive: true })
  .map((file) => path.join(folder, file))).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));

/** The files that a file imports by a relative path, types included. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(fs.readFileSync(path.join(ROOT, file), 'utf8'));
  return importedFiles.map(({ fileName }) => path.join(path.dirname(file), fileName))
    .flatMap((imported) => [`${imported}.ts`, path.join(imported, 'index.ts')].filter((candidate) => files.includes(candidate)));
}

/** All that a file leads to, itself only if it is in a circle. */
function reachable(file: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(imports.get(file));
  for (const next of found) for (const further of imports.get(next) ?? []) found.add(further);
  return found;
}

test('no file imports itself in a roundabout way', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  expect([...imports.values()].flat().length).toBeGreaterThan(files.length);
  expect(files.filter((file) => reachable(file, imports).has(file))).toEqual([]);
});
