import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  AudienceExport, AudienceExportProps, AudienceGeneration, AudienceGenerationProps, AudienceModel, AudienceModelProps, AudienceSizeConfig,
  AudienceSizeType, ColumnSchema, ColumnType, ConfiguredAudienceModel, ConfiguredAudienceModelPolicy, ConfiguredAudienceModelPolicyProps,
  ConfiguredAudienceModelProps, Dataset, GlueDataSource, GlueTableOptions, GlueTableRefOptions, InteractionsDatasetOptions, LookalikeAudience,
  LookalikeAudienceProps, SeedAudience, SeedQuery, StartAudienceGenerationJobOptions, TrainingDataset, TrainingDatasetProps,
} from '../src';
import { COLUMNS, testBucket, testConfigured, testDataset, testImportedConfigured, testModel, testStack } from './fixtures';

/** What TypeScript would not let through, but JavaScript does. */
type Untyped = Record<string, unknown>;

/** The faults that making something reports. */
function faultsOf(make: (scope: Construct) => unknown): string[] {
  try {
    make(testStack());
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.replace(/^ {2}- /, ''));
  }
  return [];
}

const dataset = (props: Untyped) => faultsOf((scope) => testDataset(scope, props as Partial<TrainingDatasetProps>));
const model = (props: Untyped) => faultsOf((scope) => testModel(scope, props as Partial<AudienceModelProps>));
const configured = (props: Untyped) => faultsOf((scope) => testConfigured(scope, props as Partial<ConfiguredAudienceModelProps>));
const interactions = (options: Untyped) => faultsOf((scope) => new TrainingDataset(scope, 'Interactions', {
  dataset: Dataset.interactions({ schema: COLUMNS, source: source(scope, {}), ...options as Partial<InteractionsDatasetOptions> }),
}));
const source = (scope: Construct, options: Untyped) => GlueDataSource.fromTable({
  databaseName: 'retail', tableName: 'clicks', bucket: testBucket(scope), ...options as Partial<GlueTableOptions>,
});

describe('what is missing is said, all of it together', () => {
  test.each<[string, (scope: Construct) => unknown, string[]]>([
    ['TrainingDataset', (scope) => new TrainingDataset(scope, 'X', {} as TrainingDatasetProps), [
      'dataset: got undefined; it must be a dataset, such as Dataset.interactions(…)',
    ]],
    ['AudienceModel', (scope) => new AudienceModel(scope, 'X', {} as AudienceModelProps), [
      'trainingDataset: got undefined; it must be a training dataset, such as TrainingDataset.fromTrainingDatasetArn(…)',
    ]],
    ['ConfiguredAudienceModel', (scope) => new ConfiguredAudienceModel(scope, 'X', {} as ConfiguredAudienceModelProps), [
      'sharedAudienceMetrics: got undefined; it is required; say whether metrics are shared',
      'audienceModel: got undefined; it must be an audience model, such as AudienceModel.fromAudienceModelArn(…)',
      'outputBucket: got undefined; it must be a bucket, such as Bucket.fromBucketName(…)',
    ]],
    ['ConfiguredAudienceModelPolicy', (scope) => new ConfiguredAudienceModelPolicy(scope, 'X', {} as ConfiguredAudienceModelPolicyProps), [
      'configuredAudienceModel: got undefined; it must be a configured audience model, such as ConfiguredAudienceModel.fromConfiguredAudienceModelArn(…)',
    ]],
    ['AudienceGeneration', (scope) => new AudienceGeneration(scope, 'X', {} as AudienceGenerationProps), [
      'configuredAudienceModel: got undefined; it must be a configured audience model, such as ConfiguredAudienceModel.fromConfiguredAudienceModelArn(…)',
      'seedAudience: got undefined; it must be a seed, such as SeedAudience.fromS3(…)',
    ]],
    ['AudienceExport', (scope) => new AudienceExport(scope, 'X', {} as AudienceExportProps), [
      'audienceGenerationJobArn: got undefined; it is required; give the ARN of an audience generation job',
      'size: got undefined; it must be an audience size, such as AudienceSize.percentage(…)',
    ]],
    ['LookalikeAudience', (scope) => new LookalikeAudience(scope, 'X', {} as LookalikeAudienceProps), [
      'configuredAudienceModel: got undefined; it must be a configured audience model, such as ConfiguredAudienceModel.fromConfiguredAudienceModelArn(…)',
      'seedAudience: got undefined; it must be a seed, such as SeedAudience.fromS3(…)',
      'sizes: got undefined; it must be 1 to 25 audience sizes, such as [AudienceSize.percentage(1)]',
    ]],
    ['SeedAudience.fromQuery', (scope) => new AudienceGeneration(scope, 'X', {
      configuredAudienceModel: testImportedConfigured(scope), seedAudience: SeedAudience.fromQuery(undefined as unknown as SeedQuery),
    }), ['seedAudience: got undefined; it must be a query']],
    ['Dataset.interactions', (scope) => new TrainingDataset(scope, 'X', { dataset: Dataset.interactions({} as InteractionsDatasetOptions) }), [
      'dataset.source: got undefined; it must be a data source, such as GlueDataSource.fromTable(…)',
      'dataset.schema: got undefined; it must be a list of columns, such as ColumnSchema.userId(…)',
    ]],
    ...([
      ['fromTable', GlueDataSource.fromTable({} as GlueTableOptions)],
      ['fromTableRef', GlueDataSource.fromTableRef({} as GlueTableRefOptions)],
    ] as const).map(([name, empty]): [string, (scope: Construct) => unknown, string[]] => [
      `GlueDataSource.${name}`, (scope) => new TrainingDataset(scope, 'X', { dataset: Dataset.interactions({ source: empty, schema: COLUMNS }) }), [
        'dataset.source.databaseName: got undefined; it is required; use the name as it is in the AWS Glue Data Catalog',
        'dataset.source.tableName: got undefined; it is required; use the name as it is in the AWS Glue Data Catalog',
        'dataset.source.bucket: got undefined; it must be a bucket, such as Bucket.fromBucketName(…)',
      ],
    ]),
    ['startAudienceGenerationJob', (scope) => testConfigured(scope).grants.startAudienceGenerationJob(
      new iam.User(scope, 'User'), {} as StartAudienceGenerationJobOptions), [
      'collaborationId: got undefined; it is required; jobs are allowed in one collaboration only',
    ]],
  ])('%s', (_name, make, faults) => expect(faultsOf(make)).toEqual(faults));
});

describe('what is something else is refused with what was given', () => {
  test.each<[string, string[], string]>([
    ['a dataset without the factory', dataset({ dataset: { source: 1 } }), 'dataset: got {"source":1}; it must be a dataset'],
    ['a role that is an ARN', dataset({ role: 'arn:aws:iam::111122223333:role/r' }), 'role: got "arn:aws:iam::111122223333:role/r"; it must be a role'],
    ['a name that is a number', dataset({ trainingDatasetName: 5 }), 'trainingDatasetName: got 5; it must be a string; choose another name'],
    ['a description that is null', dataset({ description: null }), 'description: got null; it must be a string'],
    ['tags that are a list', dataset({ tags: [{ key: 'a', value: 'b' }] }), 'tags: got [{"key":"a","value":"b"}]; it must be an object'],
    ['tags that are a text', dataset({ tags: 'a=b' }), 'tags: got "a=b"; it must be an object with the keys and values of the tags'],
    ['a tag that is a number', dataset({ tags: { a: 1 } }), 'tags: got {"a":1}; tag "a": its value: it must be a string'],
    ['columns that are one column', interactions({ schema: COLUMNS[0] }), 'dataset.schema: got "[ColumnSchema]"; it must be a list of columns'],
    ['a column that is a name', interactions({ schema: [...COLUMNS, 'price'] }), 'dataset.schema[3]: got "price"; it must be a column'],
    ['a column that is missing', interactions({ schema: [...COLUMNS, undefined] }), 'dataset.schema[3]: got undefined; it must be a column'],
    ['a column without a name', interactions({ schema: [...COLUMNS, Reflect.construct(ColumnSchema, [undefined, ColumnType.NUMERICAL_FEATURE])] }),
      'dataset.schema[3].columnName: got undefined; it is required'],
    ['a column of an unknown type', interactions({ schema: [...COLUMNS, Reflect.construct(ColumnSchema, ['price', 'FEATURE'])] }),
      'dataset.schema[3].columnType: got "FEATURE"; it must be one of "USER_ID", "ITEM_ID", "TIMESTAMP", "CATEGORICAL_FEATURE", "NUMERICAL_FEATURE"'],
    ['a bucket that is a name', faultsOf((scope) => new TrainingDataset(scope, 'Interactions', {
      dataset: Dataset.interactions({ source: source(scope, { bucket: 'retail' }), schema: COLUMNS }),
    })), 'dataset.source.bucket: got "retail"; it must be a bucket'],
    ['a prefix that is a number', configured({ outputPrefix: 5 }), 'outputPrefix: got 5; it must be a string'],
    ['a training dataset that is an ARN', model({ trainingDataset: 'arn:x' }), 'trainingDataset: got "arn:x"; it must be a training dataset'],
    ['a date that is a text', model({ trainingDataStartTime: '2026-01-01', trainingDataEndTime: new Date(0) }),
      'trainingDataStartTime: got "2026-01-01"; it must be a valid date; give a Date'],
    ['a key that is an ARN', model({ encryptionKey: 'arn:x' }), 'encryptionKey: got "arn:x"; it must be a key, such as Key.fromKeyArn(…)'],
    ['an audience model that is another construct', configured({ audienceModel: new Construct(testStack(), 'Other') }),
      'audienceModel: got "[Construct]"; it must be an audience model'],
    ['an output bucket that is a name', configured({ outputBucket: 'retail' }), 'outputBucket: got "retail"; it must be a bucket'],
    ['a seed size that is a text', configured({ minMatchingSeedSize: '500' }), 'minMatchingSeedSize: got "500"; it must be a whole number'],
    ['sizes that are a list', configured({ audienceSizeConfig: [1, 2] }), 'audienceSizeConfig: got [1,2]; it must be audience sizes, such as'],
    ['sizes without a list', configured({ audienceSizeConfig: Reflect.construct(AudienceSizeConfig, [AudienceSizeType.ABSOLUTE]) }),
      'audienceSizeConfig.audienceSizeBins: got undefined; it must be a list of whole numbers'],
    ['sizes of an unknown type', configured({ audienceSizeConfig: Reflect.construct(AudienceSizeConfig, ['absolute', [1]]) }),
      'audienceSizeConfig.audienceSizeType: got "absolute"; it must be one of "ABSOLUTE", "PERCENTAGE"'],
    ['unknown metrics', configured({ sharedAudienceMetrics: 'all' }), 'sharedAudienceMetrics: got "all"; it must be one of "ALL", "NONE"'],
    ['metrics that are a list', configured({ sharedAudienceMetrics: ['ALL'] }), 'sharedAudienceMetrics: got ["ALL"]; it must be one of "ALL", "NONE"'],
    ['an unknown tag policy', configured({ childResourceTagOnCreatePolicy: 'ALL' }),
      'childResourceTagOnCreatePolicy: got "ALL"; it must be one of "FROM_PARENT_RESOURCE", "NONE"'],
    ['a document that is plain JSON', faultsOf((scope) => new ConfiguredAudienceModelPolicy(scope, 'Policy', {
      configuredAudienceModel: testConfigured(scope), ...{ document: { Statement: [] } } as unknown as Partial<ConfiguredAudienceModelPolicyProps>,
    })), 'document: got {"Statement":[]}; it must be a policy document, such as PolicyDocument.fromJson(…)'],
  ])('%s', (_name, faults, fault) => expect(faults).toEqual([expect.stringContaining(fault)]));
});

test('an ARN in the place of the key of the data is refused', () => {
  const key = 'arn:x' as unknown as kms.IKeyRef;
  expect(faultsOf((scope) => testDataset(scope, { source: { encryptionKey: key } })))
    .toEqual(['dataset.source.encryptionKey: got "arn:x"; it must be a key, such as Key.fromKeyArn(…)']);
});
