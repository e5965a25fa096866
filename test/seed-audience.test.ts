import { Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as cleanrooms from 'aws-cdk-lib/aws-cleanrooms';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { AudienceGeneration, SeedAudience, SeedQuery, SeedQueryWorkerType } from '../src';
import { ACCOUNT, testBucket, testImportedConfigured, testStack } from './fixtures';
import { machineOf, statementsOf, statesOf } from './machines';

const MEMBERSHIP = 'c1b2c3d4-5678-90ab-cdef-1234567890ab';
const TEMPLATE = `arn:aws:cleanrooms:us-east-1:${ACCOUNT}:membership/${MEMBERSHIP}/analysistemplate/d1b2c3d4-5678-90ab-cdef-1234567890ab`;

function generation(stack: Stack, seedAudience: SeedAudience): AudienceGeneration {
  return new AudienceGeneration(stack, 'Generate', { configuredAudienceModel: testImportedConfigured(stack), seedAudience });
}

/** What the service is asked for, but for the role. */
function rendered(seedOf: (stack: Stack) => SeedAudience): Record<string, unknown> {
  const stack = testStack();
  const states = statesOf(machineOf(stack, generation(stack, seedOf(stack))));
  const { Request: { SeedAudience: { RoleArn, ...seed } } } = states['Generate: Prepare'].Parameters as { Request: { SeedAudience: Record<string, unknown> } };
  expect(RoleArn).toMatch(/^GenerateSeedRole/);
  return seed;
}

function permissions(seedOf: (stack: Stack) => SeedAudience): Record<string, unknown>[] {
  const stack = testStack();
  machineOf(stack, generation(stack, seedOf(stack)));
  return statementsOf(stack, 'GenerateSeedRole');
}

function faults(seedOf: (stack: Stack) => SeedAudience): string[] {
  const stack = testStack();
  try {
    generation(stack, seedOf(stack));
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.replace(/^ {2}- /, ''));
  }
}

const query = (props: Partial<SeedQuery>) => () => SeedAudience.fromQuery({ membershipId: MEMBERSHIP, ...props });
const ownAccount = { StringEquals: { 's3:ResourceAccount': [ACCOUNT] } };

describe('what the service gets', () => {
  test.each<[string, (stack: Stack) => SeedAudience, Record<string, unknown>]>([
    ['an object', (stack) => SeedAudience.fromS3(testBucket(stack), 'seeds/today.jsonl'), { DataSource: { S3Uri: 's3://retail-data/seeds/today.jsonl' } }],
    ['a URI', () => SeedAudience.fromS3Uri('s3://other/today.jsonl'), { DataSource: { S3Uri: 's3://other/today.jsonl' } }],
    ['a URI that the execution knows', (stack) => SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed'), { bucket: testBucket(stack) }),
      { DataSource: { 'S3Uri.$': '$.seed' } }],
    ['a query', query({ queryString: 'SELECT 1', parameters: { since: '2026' }, compute: { workerType: SeedQueryWorkerType.CR_4X, workerCount: 8, sparkProperties: { a: 'b' } } }), {
      SqlParameters: { QueryString: 'SELECT 1', Parameters: { since: '2026' } },
      SqlComputeConfiguration: { Worker: { Type: 'CR.4X', Number: 8, Properties: { Spark: { a: 'b' } } } },
    }],
    ['a template', (stack) => SeedAudience.fromQuery({
      membershipId: MEMBERSHIP,
      analysisTemplate: new cleanrooms.CfnAnalysisTemplate(stack, 'Template', { format: 'SQL', membershipIdentifier: MEMBERSHIP, name: 'seed', source: { text: 'SELECT 1' } }),
    }), { SqlParameters: { AnalysisTemplateArn: 'Template' } }],
    ['the template of another member', query({ analysisTemplateArn: TEMPLATE }), { SqlParameters: { AnalysisTemplateArn: TEMPLATE } }],
  ])('%s', (_, seedOf, expected) => {
    expect(rendered(seedOf)).toEqual(expected);
  });
});

describe('the role may do exactly what is documented', () => {
  test.each<[string, (stack: Stack) => SeedAudience, string, string]>([
    ['an object', (stack) => SeedAudience.fromS3(testBucket(stack), 'seeds/today.jsonl'), 'retail-data', 'seeds/today.jsonl'],
    ['a folder', (stack) => SeedAudience.fromS3(testBucket(stack), 'seeds/'), 'retail-data', 'seeds/*'],
    ['a URI', () => SeedAudience.fromS3Uri('s3://other/a/b.jsonl'), 'other', 'a/b.jsonl'],
    ['the URI of a folder', () => SeedAudience.fromS3Uri('s3://other/a/'), 'other', 'a/*'],
    ['a URI with a place that says nothing', () => SeedAudience.fromS3Uri('s3://other/a/b.jsonl', {}), 'other', 'a/b.jsonl'],
    ['a place for seeds', (stack) => SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed'), { bucket: testBucket(stack), prefix: 'seeds' }), 'retail-data', 'seeds/*'],
    ['a bucket for seeds', (stack) => SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed'), { bucket: testBucket(stack) }), 'retail-data', '*'],
  ])('%s', (_, seedOf, bucket, objects) => {
    expect(permissions(seedOf)).toEqual([
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}`, Condition: ownAccount },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/${objects}`, Condition: ownAccount },
    ]);
  });

  test('the key of the bucket', () => {
    const key = 'arn:aws:kms:us-east-1:111122223333:key/abc';
    expect(permissions((stack) => SeedAudience.fromS3(testBucket(stack, { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', key) }), 'today.jsonl')).slice(2)).toEqual([
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: key,
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:s3:arn': ['arn:aws:s3:::retail-data', 'arn:aws:s3:::retail-data/today.jsonl'] } },
      },
      { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: key },
    ]);
  });

  test('a query', () => {
    expect(permissions(query({ queryString: 'SELECT 1' }))).toEqual([
      { Effect: 'Allow', Action: ['cleanrooms:GetCollaborationAnalysisTemplate', 'cleanrooms:GetSchema', 'cleanrooms:StartProtectedQuery'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['cleanrooms:GetProtectedQuery', 'cleanrooms:UpdateProtectedQuery'],
        Resource: `arn:aws:cleanrooms:us-east-1:${ACCOUNT}:membership/${MEMBERSHIP}`,
      },
    ]);
  });

  test('a place that only the execution knows is warned about', () => {
    const stack = testStack();
    machineOf(stack, generation(stack, SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed'))));
    Annotations.fromStack(stack).hasWarning('/Retail/Generate', Match.stringLikeRegexp('where the seed is will be known only when a job starts.*seedLocationUnknown'));
    expect(statementsOf(stack, 'GenerateSeedRole')).toEqual([]);
  });
});

describe('bad input', () => {
  test.each<[string, (stack: Stack) => SeedAudience, string]>([
    ['an empty key', (stack) => SeedAudience.fromS3(testBucket(stack), ''), 'seedAudience.key: got ""; it must be a string that is not empty'],
    ['a key with a wildcard', (stack) => SeedAudience.fromS3(testBucket(stack), 'seeds/*'), 'seedAudience.key: got "seeds/*"; it must be a string'],
    ['a key that is too long', (stack) => SeedAudience.fromS3(testBucket(stack), 'x'.repeat(1269)), 's3://bucket/prefix may have at most 1285 characters but has 1286'],
    ['no bucket', () => SeedAudience.fromS3(undefined as unknown as s3.IBucket, 'x'), 'seedAudience.bucket: got undefined; it must be a bucket'],
    ['no S3 URI', () => SeedAudience.fromS3Uri('https://x/y'), 'seedAudience.uri: got "https://x/y"; it must look like s3://bucket/key'],
    ['a URI with a wildcard', () => SeedAudience.fromS3Uri('s3://seeds/*/x'), 'seedAudience.uri: got "s3://seeds/*/x"; it must hold no "*", "?" or "${"'],
    ['a URI without a key', () => SeedAudience.fromS3Uri('s3://seeds'), 'seedAudience.uri: got "s3://seeds"; it must look like s3://bucket/key'],
    ['a URI elsewhere than the place', (stack) => SeedAudience.fromS3Uri('s3://other/seeds/x', { bucket: testBucket(stack), prefix: 'seeds' }),
      'seedAudience.uri: got "s3://other/seeds/x"; it must be in the location that is given, s3://retail-data/seeds/'],
    ['a URI in JSONata with spaces around it', () => SeedAudience.fromS3Uri(' {% $states.input.seed %}'), 'seedAudience.uri: got " {% $states.input.seed %}"; it must look like s3://bucket/key'],
    ['a URI in JSONata for a state in JSONPath', () => SeedAudience.fromS3Uri('{% $states.input.seed %}'),
      'seedAudience: got "{% $states.input.seed %}"; it must be an expression in JSONPath'],
    ['a key in JSONata', (stack) => SeedAudience.fromS3(testBucket(stack), '{% $states.input.key %}'),
      'seedAudience.key: got "{% $states.input.key %}"; it must be known at synthesis; for a seed that only the execution knows, use SeedAudience.fromS3Uri(expression, { bucket })'],
    ['a key in JSONata with spaces around it', (stack) => SeedAudience.fromS3(testBucket(stack), ' {% $states.input.key %}'),
      'seedAudience.key: got " {% $states.input.key %}"; it must be known at synthesis'],
    ['a key in JSONPath', (stack) => SeedAudience.fromS3(testBucket(stack), sfn.JsonPath.stringAt('$.key')),
      'seedAudience.key: got "<path:$.key>"; it must be known at synthesis; for a seed that only the execution knows, use SeedAudience.fromS3Uri(expression, { bucket })'],
    ['a key that is partly in JSONPath', (stack) => SeedAudience.fromS3(testBucket(stack), `seeds/${sfn.JsonPath.stringAt('$.key')}`), 'seedAudience.key: got "seeds/${Token[key.'],
    ['a bucket in JSONPath', (stack) => SeedAudience.fromS3(testBucket(stack, { bucketName: sfn.JsonPath.stringAt('$.bucket') }), 'x'),
      'seedAudience.bucket.bucketName: got "<path:$.bucket>"; it must be known at synthesis; a policy names it; give the bucket that holds all seeds'],
    ['a bucket in JSONPath for the place', (stack) => SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed'), {
      bucket: testBucket(stack, { bucketName: sfn.JsonPath.stringAt('$.bucket') }),
    }), 'seedAudience.location.bucket.bucketName: got "<path:$.bucket>"; it must be known at synthesis'],
    ['a folder in JSONata for the place', (stack) => SeedAudience.fromS3Uri(sfn.JsonPath.stringAt('$.seed'), { bucket: testBucket(stack), prefix: '{% $states.input.folder %}' }),
      'seedAudience.location.prefix: got "{% $states.input.folder %}"; it must be known at synthesis; give the folder that holds all seeds, or the whole bucket'],
    ['a place that is none', (stack) => SeedAudience.fromS3Uri('s3://x/y', { bucket: testBucket(stack), prefix: '/x' }), 'seedAudience.location.prefix: got "/x"'],
    ['a prefix without a bucket', () => SeedAudience.fromS3Uri('s3://x/y', { prefix: 'seeds' }), 'seedAudience.location.bucket: got undefined; it must be a bucket'],
    ['neither query nor template', query({}), 'seedAudience: got 0 of queryString, analysisTemplate and analysisTemplateArn; it must be exactly one'],
    ['query and template', query({ queryString: 'SELECT 1', analysisTemplateArn: TEMPLATE }), 'seedAudience: got 2 of queryString'],
    ['an empty query', query({ queryString: '' }), 'seedAudience.queryString: got ""; it must have 1 to 500000 characters but has 0'],
    ['a query that is too long', query({ queryString: 'x'.repeat(500_001) }), 'it must have 1 to 500000 characters but has 500001'],
    ['an ARN that is none', query({ analysisTemplateArn: 'arn:aws:cleanrooms:us-east-1:111122223333:membership/x' }), 'it must look like arn:aws:cleanrooms'],
    ['a membership that is none', query({ queryString: 'SELECT 1', membershipId: 'mine' }), 'seedAudience.membershipId: got "mine"; it must have 36 characters'],
    ['a membership in JSONPath', query({ queryString: 'SELECT 1', membershipId: sfn.JsonPath.stringAt('$.m') }),
      'seedAudience.membershipId: got "<path:$.m>"; it must be known at synthesis; a policy names it; give the id itself'],
    ['a membership in JSONata', query({ queryString: 'SELECT 1', membershipId: '{% $states.input.m %}' }),
      'seedAudience.membershipId: got "{% $states.input.m %}"; it must be known at synthesis; a policy names it; give the id itself'],
    ['the name of a parameter', query({ queryString: 'SELECT 1', parameters: { 'a-b': '1' } }), 'name "a-b": it must consist of letters, digits and underscores'],
    ['the value of a parameter', query({ queryString: 'SELECT 1', parameters: { a: 'x'.repeat(1001) } }), 'value of "a": it must have 0 to 1000 characters but has 1001'],
    ['the name of a parameter in JSONPath', query({ queryString: 'SELECT 1', parameters: { [sfn.JsonPath.stringAt('$.name')]: '1' } }),
      'seedAudience: got "<path:$.name>"; it must be known at synthesis where it is a key or a name'],
    ['a worker type that does not exist', query({ queryString: 'SELECT 1', compute: { workerType: 'CR.2X' as SeedQueryWorkerType } }),
      'seedAudience.compute.workerType: got "CR.2X"; it must be one of "CR.1X", "CR.4X", "CR.8X"'],
    ['one worker', query({ queryString: 'SELECT 1', compute: { workerCount: 1 } }), 'seedAudience.compute.workerCount: got 1; it must be a whole number from 2 to 1024'],
    ['too many workers', query({ queryString: 'SELECT 1', compute: { workerCount: 1025 } }), 'it must be a whole number from 2 to 1024'],
    ['too many Spark properties', query({ queryString: 'SELECT 1', compute: { sparkProperties: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`p${n}`, ''])) } }),
      'there may be at most 50 of the Spark properties but there are 51'],
    ['no seed', () => undefined as unknown as SeedAudience, 'seedAudience: got undefined; it must be a seed, such as SeedAudience.fromS3(…)'],
    ['something that is no seed', () => ({}) as unknown as SeedAudience, 'seedAudience: got {}; it must be a seed'],
  ])('%s', (_, seedOf, message) => {
    expect(faults(seedOf).join('\n')).toContain(message);
  });

  test.each<[string, (stack: Stack) => SeedAudience]>([
    ['the longest query', query({ queryString: 'x'.repeat(500_000) })],
    ['two and 1,024 workers', query({ queryString: 'SELECT 1', compute: { workerCount: 2 } })],
    ['the longest key', (stack) => SeedAudience.fromS3(testBucket(stack), 'x'.repeat(1268))],
    ['what only deployment knows', query({ queryString: Lazy.string({ produce: () => 'SELECT 1' }), membershipId: Lazy.string({ produce: () => MEMBERSHIP }) })],
  ])('not: %s', (_, seedOf) => {
    expect(faults(seedOf)).toEqual([]);
  });

  test('a query that Step Functions cannot carry is warned about', () => {
    const stack = testStack();
    machineOf(stack, generation(stack, SeedAudience.fromQuery({ membershipId: MEMBERSHIP, queryString: '"'.repeat(120_000) })));
    Annotations.fromStack(stack).hasWarning('/Retail/Generate', Match.stringLikeRegexp('the query has 240002 bytes as JSON, but Step Functions carries no more than 240000'));
  });
});
