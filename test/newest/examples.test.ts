import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';

const EXAMPLES = path.join(__dirname, '..', '..', 'examples');
const WARNINGS_TOO = { '@aws-cdk/core:annotationsInValidationReport': true };

const environment = process.env;
let outdir: string;
beforeEach(() => { outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'example-')); });
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
  fs.rmSync(outdir, { recursive: true, force: true });
});

/** Synthesizes an app as the CDK CLI would, and returns what the CDK's own validation finds in its templates. */
function findings(app: () => void, context: object = {}): unknown[] {
  process.env = {
    ...environment,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...WARNINGS_TOO }),
    CDK_DEFAULT_ACCOUNT: '111122223333',
    CDK_DEFAULT_REGION: 'us-east-1',
    CDK_VALIDATION: 'true',
  };
  app();
  const report = JSON.parse(fs.readFileSync(path.join(outdir, 'validation-report.json'), 'utf8')) as { pluginReports: object[] };
  return report.pluginReports;
}

test.each(fs.readdirSync(EXAMPLES))('the CDK finds nothing to report in the templates of the example %s', (example) => {
  const directory = path.join(EXAMPLES, example);
  const { app, context } = JSON.parse(fs.readFileSync(path.join(directory, 'cdk.json'), 'utf8')) as { app: string; context: object };
  const file = path.join(directory, app.split(' ').at(-1)!);
  expect(findings(() => jest.isolateModules(() => { jest.requireActual(file); }), context)).toEqual([]);
});

test('the CDK would report what is wrong', () => {
  // It prints its report as well.
  jest.spyOn(console, 'error').mockImplementation();
  expect(findings(() => {
    const app = new App();
    new CfnBucket(new Stack(app, 'Stack'), 'Bucket').addPropertyOverride('Nonsense', true);
    app.synth();
  })).toMatchObject([{ violations: [{ violatingConstructs: [{ constructPath: 'Stack/Bucket' }] }] }]);
});
