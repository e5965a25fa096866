import * as fs from 'node:fs';
import * as path from 'node:path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..', '..');
const SNIPPETS = [...fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/^ *```ts\n(.*?)^ *```$/gms)].map(([, code]) => code);

/** What the snippets take for granted. */
const FIXTURE = `
import { CfnElement, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { IConstruct } from 'constructs';
import { AudienceModel as Lookalikes, ConfiguredAudienceModel as Model, TrainingDataset as Interactions } from 'cdk-cleanrooms-ml';
declare const bucket: s3.IBucket;
declare const seeds: s3.IBucket;
declare const campaigns: iam.IRole;
declare const topic: sns.ITopic;
declare const vpc: ec2.IVpc;
declare const logGroup: logs.ILogGroup;
declare const collaborationId: string;
declare const membershipId: string;
`;
/** In all snippets but the one that makes them. */
const MADE = { configured: 'Model', dataset: 'Interactions', model: 'Lookalikes' };

/** A snippet as it would stand in a stack. */
function inStack(snippet: string): string {
  const imports = snippet.match(/^import [^;]*;\n/gms) ?? [];
  const body = imports.reduce((code, statement) => code.replace(statement, ''), snippet);
  const missing = Object.entries(MADE).filter(([name]) => !new RegExp(`const ${name}\\b`).test(body));
  const given = missing.map(([name, type]) => `declare const ${name}: ${type};\n`).join('');
  return `${FIXTURE}${imports.join('')}${given}export class Example extends Stack {\n  constructor() {\n    super();\n${body}\n  }\n}\n`;
}

function faultsIn(sources: Readonly<Record<string, string>>): string[] {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    paths: { 'cdk-cleanrooms-ml': [path.join(ROOT, 'src', 'index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const sourceOf = (file: string) => sources[path.relative(__dirname, file)];
  host.fileExists = (file) => sourceOf(file) !== undefined || fileExists(file);
  host.readFile = (file) => sourceOf(file) ?? readFile(file);
  host.getSourceFile = (file, version) => {
    const source = sourceOf(file);
    return source === undefined ? getSourceFile(file, version) : ts.createSourceFile(file, source, version);
  };
  const program = ts.createProgram(Object.keys(sources).map((name) => path.join(__dirname, name)), options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => (
    `${file ? path.relative(__dirname, file.fileName) : ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  ));
}

test('the snippets of the README compile, and one that does not is found', () => {
  expect(SNIPPETS.length).toBeGreaterThanOrEqual(4);
  const wrong = 'new LookalikeAudience(this, "A", {});';
  const sources = Object.fromEntries([...SNIPPETS, wrong].map((snippet, index) => [`snippet-${index + 1}.ts`, inStack(snippet)]));
  expect(faultsIn(sources)).toEqual([`snippet-${SNIPPETS.length + 1}.ts: Cannot find name 'LookalikeAudience'.`]);
});
