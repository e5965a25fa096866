import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';
import { Warning } from '../src/private/warnings';

/** One thing that users see, and what its docstring has. */
interface Documented {
  readonly name: string;
  readonly kind: 'type' | 'enum member' | 'property' | 'optional property' | 'method';
  readonly summary: string;
  readonly tags: { readonly name: string; readonly text: string }[];
}

const SRC = path.join(__dirname, '..', 'src');

function documented(source: string, fileName = 'source.ts'): Documented[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => {
    if (ts.isEnumDeclaration(statement)) {
      return [describeNode(statement, 'type'), ...statement.members.map((member) => describeNode(member, 'enum member', statement))];
    }
    // A class that is not exported still gives its members to the exported class that extends it.
    if (ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
      const members = [...statement.members].flatMap(withParameterProperties).filter(isPublic);
      return [
        ...(has(statement, ts.SyntaxKind.ExportKeyword) ? [describeNode(statement, 'type')] : []),
        ...members.map((member) => describeNode(member, kindOf(member), statement)),
      ];
    }
    return [];
  });
}

function describeNode(node: ts.Node & { name?: ts.Node }, kind: Documented['kind'], parent?: { name?: ts.Node }): Documented {
  const doc = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).pop();
  return {
    name: [parent?.name, node.name ?? 'constructor'].filter((part) => part !== undefined).map((part) => typeof part === 'string' ? part : part.getText()).join('.'),
    kind,
    summary: ts.getTextOfJSDocComment(doc?.comment) ?? '',
    tags: ts.getJSDocTags(node).map((tag) => ({ name: tag.tagName.text, text: tag.getText().replace(/^@\w+\s*/, '').trim() })),
  };
}

function withParameterProperties(member: ts.Node): ts.Node[] {
  return ts.isConstructorDeclaration(member) ? [member, ...member.parameters.filter((p) => ts.isParameterPropertyDeclaration(p, member))] : [member];
}

function isPublic(member: ts.Node): boolean {
  const isInternal = ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'internal');
  // What is abstract is documented where it is implemented.
  return !isInternal && !has(member, ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.AbstractKeyword);
}

function has(node: ts.Node, ...kinds: ts.SyntaxKind[]): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kinds.includes(kind));
}

function kindOf(member: ts.Node): Documented['kind'] {
  if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member) || ts.isConstructorDeclaration(member)) return 'method';
  return ts.isPropertySignature(member) && member.questionToken ? 'optional property' : 'property';
}

function faultsOf({ kind, summary, tags }: Documented): string[] {
  const texts = (name: string) => tags.filter((tag) => tag.name === name).map(({ text }) => text);
  const [defaults, sources] = [texts('default'), texts('see')];
  return [
    ...(summary === '' ? ['no summary'] : []),
    // The documentation of the published package shows one source for each thing.
    ...(kind !== 'enum member' && (sources.length !== 1 || !/^https:\/\/\S+$/.test(sources[0])) ? ['not exactly one @see with an address'] : []),
    ...(kind === 'optional property' && (defaults.length !== 1 || defaults[0] === '') ? ['no @default'] : []),
  ];
}

const PUBLIC = fs.readdirSync(SRC).filter((file) => file.endsWith('.ts')).flatMap((file) => documented(fs.readFileSync(path.join(SRC, file), 'utf8'), file));

test('everything that users see has a summary and a source, and every optional property a default', () => {
  expect(PUBLIC.flatMap((thing) => faultsOf(thing).map((fault) => `${thing.kind} ${thing.name}: ${fault}`))).toEqual([]);
});

test('all kinds of things are found', () => {
  const names = PUBLIC.map(({ name }) => name);
  for (const name of [
    'TrainingDataset', 'TrainingDataset.constructor', 'TrainingDataset.role', 'TrainingDataset.fromTrainingDatasetArn', 'TrainingDatasetProps.dataset',
    'CleanRoomsMlProvider.stateMachine', 'CleanRoomsMlProviderProps.vpc',
    'TrainingDatasetBase.trainingDatasetRef', 'ColumnType.USER_ID', 'ColumnSchema.columnName', 'ConfiguredAudienceModel.addToResourcePolicy',
  ]) expect(names).toContain(name);
  for (const name of [
    'CleanRoomsMlProvider._policy', 'CleanRoomsMlProvider.role', 'TrainingDatasetBase', 'ColumnSchema._render', 'Dataset.type', 'Dataset.schemaFaults',
    'ConfiguredAudienceModel.resourcePolicy',
  ]) expect(names).not.toContain(name);
});

test.each([
  ['export class A {}', ['no summary', 'not exactly one @see with an address']],
  ['/** @see https://a.b */ export class A {}', ['no summary']],
  ['/** A. */ export class A {}', ['not exactly one @see with an address']],
  ['/** A. @see the guide */ export class A {}', ['not exactly one @see with an address']],
  ['/** A.\n * @see https://a.b\n * @see https://a.c\n */ export class A {}', ['not exactly one @see with an address']],
  ['/** A.\n * @see https://a.b\n */ export class A {}', []],
  ['interface A {\n/** B.\n * @see https://a.b\n */ readonly b?: string }', ['no @default']],
  ['interface A {\n/** B.\n * @default - none\n * @see https://a.b\n */ readonly b?: string }', []],
  ['class A {\n/** B.\n * @see https://a.b\n */ public b(): void {} }', []],
  ['class A {\n public b(): void {} }', ['no summary', 'not exactly one @see with an address']],
  ['class A {\n private b(): void {} }', []],
  ['class A {\n constructor(public readonly b: string) {} }', ['no summary', 'not exactly one @see with an address', 'no summary', 'not exactly one @see with an address']],
  ['export enum A { B }', ['no summary', 'not exactly one @see with an address', 'no summary']],
])('the test itself finds what is missing: %j', (source, faults) => {
  expect(documented(source).flatMap(faultsOf)).toEqual(faults);
});

test.each(Object.values(Warning))('the README says what the warning %s is about', (id) => {
  const readme = fs.readFileSync(path.join(SRC, '..', 'README.md'), 'utf8');
  const [, table] = readme.split('## Warnings');
  expect(table.split('\n## ')[0]).toContain(`\`${id.split(':')[1]}\``);
});
