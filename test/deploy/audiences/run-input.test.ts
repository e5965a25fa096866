import { Lazy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { HOUR, outputOf, SEEDS, World } from './world';
import { MEMBERSHIP_ID } from '../../../local-aws/cleanroomsml/settings';
import { AudienceSize, LookalikeAudience, SeedAudience } from '../../../src';

const NAME = 'is not blank and holds no line break, control character or emoji.';

let world: World;
beforeAll(async () => {
  world = await World.start({ generationTime: HOUR });
  await world.deploy((stack) => {
    new LookalikeAudience(stack, 'Audience', {
      configuredAudienceModel: world.model(stack),
      seedAudience: SeedAudience.fromS3Uri(`s3://${SEEDS}/seeds/today.jsonl`, { bucket: s3.Bucket.fromBucketName(stack, 'Seeds', SEEDS), prefix: 'seeds/' }),
      sizes: [AudienceSize.percentage(1)],
      jobName: 'weekly',
    });
  });
  world.putSeed('seeds/today.jsonl');
  world.putSeed('seeds/other.jsonl');
});
afterAll(async () => world.close());

describe('an execution may say', () => {
  test('nothing', async () => {
    expect(outputOf(await world.run('Audience'))).toMatchObject({ status: 'FINISHED', exports: [{ audienceSize: { type: 'PERCENTAGE', value: 1 } }] });
    expect(world.service.generationsStarted.at(-1)!.input.name).toMatch(/^weekly-[0-9a-f]{6}-[0-9a-f]{16}$/);
  });

  test('everything', async () => {
    const input = {
      seed: `s3://${SEEDS}/seeds/other.jsonl`, sizes: [{ type: 'PERCENTAGE', value: 5 }, { type: 'PERCENTAGE', value: 10 }], jobName: 'x'.repeat(39), exportName: 'y'.repeat(46),
    };
    const report = outputOf(await world.run('Audience', input));
    expect((report.exports as { audienceSize: unknown }[]).map(({ audienceSize }) => audienceSize)).toEqual(input.sizes);
    expect(world.service.generationsStarted.at(-1)!.input).toMatchObject({
      name: expect.stringMatching(/^x{39}-[0-9a-f]{6}-[0-9a-f]{16}$/), seedAudience: { dataSource: { s3Uri: input.seed } },
    });
    expect(world.service.exportsStarted.at(-1)!.input.name).toMatch(/^y{46}-[0-9a-f]{16}$/);
  });

  test('one size only', async () => {
    const report = outputOf(await world.run('Audience', { sizes: [{ type: 'PERCENTAGE', value: 5 }] }));
    expect(report).toMatchObject({ exports: [{ audienceSize: { type: 'PERCENTAGE', value: 5 } }] });
  });
});

describe('what is wrong fails at once, with a sentence for each fault', () => {
  test.each<[string, unknown, string]>([
    ['no object', ['seed'], 'The input must be an object; see the documentation of LookalikeAudience.'],
    ['text', 'seed', 'The input must be an object; see the documentation of LookalikeAudience.'],
    ['an unknown field', { sead: 'x' }, 'The input has the field sead, but may have only exportName, jobName, seed, sizes; see the documentation of LookalikeAudience.'],
    ['a seed that is no S3 URI', { seed: 'x' }, 'seed is x, but must be an S3 URI such as s3://bucket/key.'],
    ['a seed that is a query', { seed: { queryString: 'SELECT 1' } }, 'seed is {"queryString":"SELECT 1"}, but must be an S3 URI such as s3://bucket/key.'],
    ['a name that is too long', { jobName: 'x'.repeat(40) }, `jobName is ${'x'.repeat(40)}, but must be a string of 1 to 39 characters that ${NAME}`],
    ['a blank name', { exportName: ' ' }, `exportName is  , but must be a string of 1 to 46 characters that ${NAME}`],
    ['a name that is a number', { jobName: 5 }, `jobName is 5, but must be a string of 1 to 39 characters that ${NAME}`],
    ['a name that is null', { jobName: null }, `jobName is null, but must be a string of 1 to 39 characters that ${NAME}`],
    ['a name of two lines', { jobName: 'a\nb' }, expect.stringContaining('holds no line break')],
    ['a name with an emoji', { exportName: 'spring 🌷' }, expect.stringContaining('holds no line break, control character or emoji')],
    ['a seed in no bucket', { seed: 's3://' }, 'seed is s3://, but must be an S3 URI such as s3://bucket/key.'],
    ['no sizes', { sizes: [] }, 'sizes is [], but must be a list of 1 to 25 sizes.'],
    ['sizes that are none', { sizes: 5 }, 'sizes is 5, but must be a list of 1 to 25 sizes.'],
    ['an unknown type of size', { sizes: [{ type: 'RELATIVE', value: 5 }] },
      'sizes holds {"type":"RELATIVE","value":5}, but a size must look like {"type":"PERCENTAGE","value":5} or {"type":"ABSOLUTE","value":10000}.'],
    ['half a percent', { sizes: [{ type: 'PERCENTAGE', value: 0.5 }] },
      'sizes holds {"type":"PERCENTAGE","value":0.5}, but a size must look like {"type":"PERCENTAGE","value":5} or {"type":"ABSOLUTE","value":10000}.'],
    ['101 percent', { sizes: [{ type: 'PERCENTAGE', value: 101 }] }, expect.stringContaining('sizes holds {"type":"PERCENTAGE","value":101}')],
    ['a size with more to it', { sizes: [{ type: 'PERCENTAGE', value: 1, unit: '%' }] }, expect.stringContaining('a size must look like')],
    ['a size that is a number', { sizes: [5] }, expect.stringContaining('sizes holds 5, but a size must look like')],
    ['a size twice', { sizes: [{ type: 'PERCENTAGE', value: 1 }, { type: 'PERCENTAGE', value: 1 }] }, 'sizes holds the same size twice.'],
    ['26 sizes', { sizes: Array.from({ length: 26 }, (_, index) => ({ type: 'ABSOLUTE', value: index + 1 })) }, expect.stringMatching(/^sizes is \[.{99}…, but must be a list of 1 to 25 sizes\.$/)],
    ['several things', { a: 1, jobName: '', sizes: [5, 6] },
      expect.stringMatching(/^The input has the field a, .*\. jobName is , .*\. sizes holds 5, .*\. sizes holds 6, .*\.$/)],
  ])('%s', async (_, input, cause) => {
    const started = world.service.generationsStarted.length;
    expect(await world.run('Audience', input)).toMatchObject({ status: 'FAILED', error: 'InvalidInput', cause });
    expect(world.service.generationsStarted).toHaveLength(started);
    expect(world.aws.events.events().at(-1)).toMatchObject({ detailType: 'Lookalike Audience Failed', detail: { error: 'InvalidInput' } });
  });
});

describe('a seed that is a query', () => {
  let queries: World;
  beforeAll(async () => {
    queries = await World.start({ generationTime: HOUR, seedQueryTime: 0 });
    // What only deployment knows may hold quotes, too.
    const queryString = Lazy.string({ produce: () => 'SELECT "user_id" FROM t' });
    const seedAudience = SeedAudience.fromQuery({ membershipId: MEMBERSHIP_ID, queryString });
    await queries.deployAudience({ sizes: [AudienceSize.percentage(5)], seedAudience });
  });
  afterAll(async () => queries.close());

  test('is what the properties say, where the input says nothing', async () => {
    expect(outputOf(await queries.run('Audience')).status).toBe('FINISHED');
    expect(queries.service.generationsStarted.at(-1)!.input.seedAudience.sqlParameters).toEqual({ queryString: 'SELECT "user_id" FROM t' });
  });

  test('may be another one', async () => {
    const parameters = { since: '2026', empty: '' };
    expect(outputOf(await queries.run('Audience', { seed: { queryString: 'SELECT 2', parameters } })).status).toBe('FINISHED');
    expect(queries.service.generationsStarted.at(-1)!.input.seedAudience.sqlParameters).toEqual({ queryString: 'SELECT 2', parameters });
  });

  test.each<[string, unknown]>([
    ['a URI', 's3://bucket/key'],
    ['a query that is a number', { queryString: 5 }],
    ['an empty query', { queryString: '' }],
    ['a query that is null', { queryString: null }],
    ['a template that is no ARN', { analysisTemplateArn: 'the-template-with-the-query' }],
    ['a query and a template', { queryString: 'SELECT 1', analysisTemplateArn: 'arn:aws:cleanrooms:us-east-1:111122223333:membership/m/analysistemplate/t' }],
    ['parameters that are text', { parameters: 'since=2026' }],
    ['a parameter that is a number', { parameters: { since: 2026 } }],
    ['the name of a parameter', { parameters: { 'since-when': '2026' } }],
    ['a long parameter', { parameters: { since: 'x'.repeat(1_001) } }],
    ['something else', { query: 'SELECT 1' }],
  ])('is refused at once, with a sentence and an event: %s', async (_, seed) => {
    const started = queries.service.generationsStarted.length;
    const told = queries.aws.events.events().length;
    const cause: unknown = expect.stringMatching(/^seed is .*, but must be an object with/);
    expect(await queries.run('Audience', { seed })).toMatchObject({ status: 'FAILED', error: 'InvalidInput', cause });
    expect(queries.service.generationsStarted).toHaveLength(started);
    expect(queries.aws.events.events()).toHaveLength(told + 1);
  });
});
