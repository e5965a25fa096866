import { DATASET, KEY_ARN, OUTPUT, QUERY, ROLE_ARN, SEED } from './fixture';
import { OPERATIONS, OperationName } from '../../../local-aws/cleanroomsml/model';
import { validate } from '../../../local-aws/cleanroomsml/validation';

const arn = (type: string) => `arn:aws:cleanrooms-ml:us-east-1:111122223333:${type}/abc`;
const BASES = {
  CreateTrainingDataset: DATASET,
  CreateAudienceModel: { name: 'model', trainingDatasetArn: arn('training-dataset') },
  CreateConfiguredAudienceModel: { name: 'configured', audienceModelArn: arn('audience-model'), outputConfig: OUTPUT, sharedAudienceMetrics: ['ALL'] },
  UpdateConfiguredAudienceModel: { configuredAudienceModelArn: arn('configured-audience-model') },
  PutConfiguredAudienceModelPolicy: { configuredAudienceModelArn: arn('configured-audience-model'), configuredAudienceModelPolicy: '{}' },
  StartAudienceGenerationJob: { name: 'job', configuredAudienceModelArn: arn('configured-audience-model'), seedAudience: SEED },
  StartAudienceExportJob: { name: 'export', audienceGenerationJobArn: arn('audience-generation-job'), audienceSize: { type: 'ABSOLUTE', value: 1 } },
  ListAudienceGenerationJobs: {},
  TagResource: { resourceArn: arn('training-dataset'), tags: {} },
  UntagResource: { resourceArn: arn('training-dataset'), tagKeys: [] },
  ListAudienceModels: {},
} as const;

type Base = keyof typeof BASES;
const message = (operation: OperationName & Base, changes: object): string => {
  try {
    validate(OPERATIONS[operation].input.members, { ...BASES[operation], ...changes });
    return 'ok';
  } catch (error) {
    expect(error).toMatchObject({ name: 'ValidationException', status: 400 });
    return (error as Error).message;
  }
};
const column = (columnName: string) => ({
  trainingData: [{ type: 'INTERACTIONS', inputConfig: { schema: [{ columnName, columnTypes: ['USER_ID'] }], dataSource: DATASET.trainingData[0].inputConfig.dataSource } }],
});
const schema = (columns: number, columnTypes: readonly string[] = ['USER_ID']) => ({
  trainingData: [{
    type: 'INTERACTIONS',
    inputConfig: {
      schema: Array.from({ length: columns }, (_, index) => ({ columnName: `c${index}`, columnTypes })),
      dataSource: DATASET.trainingData[0].inputConfig.dataSource,
    },
  }],
});
const glue = (glueDataSource: object) => ({
  trainingData: [{ type: 'INTERACTIONS', inputConfig: { schema: DATASET.trainingData[0].inputConfig.schema, dataSource: { glueDataSource } } }],
});
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
const bins = (...audienceSizeBins: number[]) => ({ audienceSizeConfig: { audienceSizeType: 'ABSOLUTE', audienceSizeBins } });
const sql = (sqlParameters: object) => ({ seedAudience: { ...QUERY, sqlParameters } });
const compute = (sqlComputeConfiguration: object) => ({ seedAudience: { ...QUERY, sqlComputeConfiguration } });
const worker = (changes: object) => compute({ worker: changes });
const size = (audienceSize: object) => ({ audienceSize });
const TEMPLATE = 'arn:aws:cleanrooms:us-east-1:111122223333:membership/m-1/analysistemplate/t-1';
const output = (s3Uri: string) => ({ outputConfig: { roleArn: ROLE_ARN, destination: { s3Destination: { s3Uri } } } });

describe('what the model allows, up to its boundaries', () => {
  test.each<[Base, string, object]>([
    ['CreateTrainingDataset', 'a name of 1 character', { name: 'n' }],
    ['CreateTrainingDataset', 'a name of 63 characters', { name: 'n'.repeat(63) }],
    ['CreateTrainingDataset', 'a name with a tab', { name: 'a\tb' }],
    ['CreateTrainingDataset', 'an empty description', { description: '' }],
    ['CreateTrainingDataset', 'a description of 255 characters with a newline', { description: `\n${'d'.repeat(254)}` }],
    ['CreateTrainingDataset', 'a role of another partition', { roleArn: 'arn:aws-cn:iam::111122223333:role/path/r' }],
    ['CreateTrainingDataset', '200 tags', { tags: tags(200) }],
    ['CreateTrainingDataset', 'a tag key of 128 and a value of 256 characters', { tags: { ['k'.repeat(128)]: 'v'.repeat(256) } }],
    ['CreateTrainingDataset', 'a tag value of 256 characters, however they are encoded', { tags: { k: '😀'.repeat(256) } }],
    ['CreateTrainingDataset', 'an empty tag value', { tags: { key: '' } }],
    ['CreateTrainingDataset', 'columns with inner spaces and dashes', column('user id-x')],
    ['CreateTrainingDataset', 'a column of 128 characters', column('c'.repeat(128))],
    ['CreateTrainingDataset', 'a catalog id', glue({ tableName: 't', databaseName: 'd', catalogId: '123456789012' })],
    ['CreateTrainingDataset', 'a table and a database of 128 characters', glue({ tableName: 't'.repeat(128), databaseName: 'd'.repeat(128) })],
    ['CreateTrainingDataset', 'a role ARN of 2,048 characters', { roleArn: ROLE_ARN.padEnd(2048, 'r') }],
    ['CreateAudienceModel', 'a key ARN of 2,048 characters', { kmsKeyArn: KEY_ARN.padEnd(2048, '0') }],
    ['CreateAudienceModel', 'a dataset ARN of 2,048 characters', { trainingDatasetArn: arn('training-dataset').padEnd(2048, 'd') }],
    ['CreateAudienceModel', 'a window', { trainingDataStartTime: new Date(0), trainingDataEndTime: new Date(1) }],
    ['CreateConfiguredAudienceModel', 'a seed of 25', { minMatchingSeedSize: 25 }],
    ['CreateConfiguredAudienceModel', 'a seed of 500,000', { minMatchingSeedSize: 500_000 }],
    ['CreateConfiguredAudienceModel', 'bins from 1 to 20,000,000', bins(1, 20_000_000)],
    ['CreateConfiguredAudienceModel', '25 bins', bins(...Array.from({ length: 25 }, (_, index) => index + 1))],
    ['CreateConfiguredAudienceModel', 'an output URI of 1,285 characters', output(`s3://${'b'.repeat(1280)}`)],
    ['PutConfiguredAudienceModelPolicy', 'a policy of 20,480 characters', { configuredAudienceModelPolicy: 'p'.repeat(20_480) }],
    ['PutConfiguredAudienceModelPolicy', 'a hash of 64 digits', { previousPolicyHash: '0f'.repeat(32) }],
    ['PutConfiguredAudienceModelPolicy', 'a hash of 128 digits', { previousPolicyHash: '0f'.repeat(64) }],
    ['UntagResource', '200 tag keys, of up to 128 characters', { tagKeys: Object.keys(tags(199)).concat('k'.repeat(128)) }],
    ['ListAudienceModels', 'pages of 100', { maxResults: 100 }],
    ['ListAudienceModels', 'pages of 1', { maxResults: 1 }],
    ['ListAudienceModels', 'a token of 10,240 characters', { nextToken: 't'.repeat(10_240) }],
    ['StartAudienceGenerationJob', 'the seed in the output, and not', { includeSeedInOutput: false }],
    ['StartAudienceGenerationJob', 'a collaboration', { collaborationId: '01234567-89ab-4def-8123-456789abcdef' }],
    ['StartAudienceGenerationJob', 'a query of 500,000 characters', sql({ queryString: 'q'.repeat(500_000) })],
    ['StartAudienceGenerationJob', 'an analysis template with parameters', sql({ analysisTemplateArn: TEMPLATE, parameters: { min_0: 'v'.repeat(1000) } })],
    ['StartAudienceGenerationJob', '2 workers', worker({ type: 'CR.1X', number: 2 })],
    ['StartAudienceGenerationJob', '1,024 workers', worker({ type: 'CR.8X', number: 1024 })],
    ['StartAudienceGenerationJob', 'a worker of the service\'s choice', worker({})],
    ['StartAudienceGenerationJob', 'properties of Spark', worker({ properties: { spark: { ['k'.repeat(200)]: 'v'.repeat(500) } } })],
    ['StartAudienceGenerationJob', '50 properties', worker({ type: 'CR.4X', properties: { spark: tags(50) } })],
    ['StartAudienceGenerationJob', 'a parameter with a name of 100 characters', sql({ queryString: 'q', parameters: { ['k'.repeat(100)]: '' } })],
    ['StartAudienceGenerationJob', 'a template ARN of 200 characters', sql({ analysisTemplateArn: TEMPLATE.padEnd(200, 't') })],
    ['StartAudienceExportJob', '1 percent', size({ type: 'PERCENTAGE', value: 1 })],
    ['StartAudienceExportJob', '20,000,000 users', size({ type: 'ABSOLUTE', value: 20_000_000 })],
    ['ListAudienceGenerationJobs', 'both filters', {
      configuredAudienceModelArn: arn('configured-audience-model'), collaborationId: '01234567-89ab-4def-8123-456789abcdef',
    }],
  ])('%s: %s', (operation, _case, changes) => {
    expect(message(operation, changes)).toBe('ok');
  });
});

describe('what the model refuses, just beyond its boundaries', () => {
  test.each<[Base, string, object, string]>([
    ['CreateTrainingDataset', 'no name', { name: undefined }, "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"],
    ['CreateTrainingDataset', 'a blank name', { name: ' ' }, "Value ' ' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern"],
    ['CreateTrainingDataset', 'a name of 64 characters', { name: 'n'.repeat(64) }, "at 'name' failed to satisfy constraint: Member must have length less than or equal to 63"],
    ['CreateTrainingDataset', 'a name with a newline', { name: 'a\nb' }, 'regular expression pattern'],
    ['CreateTrainingDataset', 'a name with an emoji', { name: 'a😀' }, 'regular expression pattern'],
    ['CreateTrainingDataset', 'a description of 256 characters', { description: 'd'.repeat(256) }, 'length less than or equal to 255'],
    ['CreateTrainingDataset', 'a role ARN with one colon', { roleArn: 'arn:aws:iam:111122223333:role/r' }, "at 'roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern"],
    ['CreateTrainingDataset', 'something before the role ARN', { roleArn: `x${ROLE_ARN}` }, 'regular expression pattern'],
    ['CreateTrainingDataset', '201 tags', { tags: tags(201) }, "Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 200"],
    ['CreateTrainingDataset', 'an empty tag key', { tags: { '': 'v' } }, "at 'tags.key' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['CreateTrainingDataset', 'a tag key of 129 characters', { tags: { ['k'.repeat(129)]: 'v' } },
      "at 'tags.key' failed to satisfy constraint: Member must have length less"],
    ['CreateTrainingDataset', 'a role ARN of 2,049 characters', { roleArn: ROLE_ARN.padEnd(2049, 'r') }, 'length less than or equal to 2048'],
    ['CreateTrainingDataset', 'a user for a role', { roleArn: 'arn:aws:iam::111122223333:user/someone' }, "at 'roleArn' failed"],
    ['CreateTrainingDataset', 'another type of data', { trainingData: [{ ...DATASET.trainingData[0], type: 'USERS' }] },
      'enum value set: [INTERACTIONS]'],
    ['CreateTrainingDataset', 'a column of 129 characters', column('c'.repeat(129)), 'length less than or equal to 128'],
    ['CreateTrainingDataset', 'no columns', schema(0), "schema' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['CreateTrainingDataset', '101 columns', schema(101), "schema' failed to satisfy constraint: Member must have length less than or equal to 100"],
    ['CreateTrainingDataset', 'a column of no type', schema(1, []),
      "columnTypes' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['CreateTrainingDataset', 'a column of two types', schema(1, ['USER_ID', 'ITEM_ID']),
      "columnTypes' failed to satisfy constraint: Member must have length less"],
    ['CreateTrainingDataset', 'a column of an unknown type', schema(1, ['PRICE']),
      'enum value set: [USER_ID, ITEM_ID, TIMESTAMP, CATEGORICAL_FEATURE'],
    ['CreateTrainingDataset', 'a table of 129 characters', glue({ tableName: 't'.repeat(129), databaseName: 'd' }),
      'length less than or equal to 128'],
    ['CreateTrainingDataset', 'a database of 129 characters', glue({ tableName: 't', databaseName: 'd'.repeat(129) }),
      'length less than or equal to 128'],
    ['CreateTrainingDataset', 'no table and no database', glue({}),
      "2 validation errors detected: Value null at 'trainingData.1.member.inputConfig.dataSource"],
    ['CreateTrainingDataset', 'a catalog id of 11 digits', glue({ tableName: 't', databaseName: 'd', catalogId: '12345678901' }), 'catalogId'],
    ['CreateTrainingDataset', 'a catalog id of letters', glue({ tableName: 't', databaseName: 'd', catalogId: 'a'.repeat(12) }), 'catalogId'],
    ['CreateTrainingDataset', 'data of nothing', { trainingData: [{}] }, "2 validation errors detected: Value null at 'trainingData.1.member.type'"],
    ['CreateTrainingDataset', 'an input of nothing', { trainingData: [{ type: 'INTERACTIONS', inputConfig: {} }] },
      '2 validation errors detected: Value null at'],
    ['CreateTrainingDataset', 'a tag value of 257 characters', { tags: { k: 'v'.repeat(257) } }, "at 'tags.k.value' failed"],
    ['CreateTrainingDataset', 'a tag value of 257 characters, however they are encoded', { tags: { k: '😀'.repeat(257) } }, "at 'tags.k.value' failed"],
    ['CreateTrainingDataset', 'a list of tags', { tags: [{ key: 'k', value: 'v' }] }, "Value at 'tags' failed to satisfy constraint: Member must be a map"],
    ['CreateTrainingDataset', 'text for tags', { tags: 'k=v' }, "Value 'k=v' at 'tags' failed to satisfy constraint: Member must be a map"],
    ['CreateTrainingDataset', 'a number for a tag value', { tags: { k: 1 } }, "Value '1' at 'tags.k.value' failed to satisfy constraint: Member must be a string"],
    ['CreateTrainingDataset', 'a number for a name', { name: 1 }, "Value '1' at 'name' failed to satisfy constraint: Member must be a string"],
    ['CreateTrainingDataset', 'a structure for a list', { trainingData: DATASET.trainingData[0] }, "Value at 'trainingData' failed to satisfy constraint: Member must be a list"],
    ['CreateConfiguredAudienceModel', 'text for a list', { sharedAudienceMetrics: 'ALL' }, "Value 'ALL' at 'sharedAudienceMetrics' failed to satisfy constraint: Member must be a list"],
    ['CreateConfiguredAudienceModel', 'a list for a structure', { outputConfig: [OUTPUT] }, "Value at 'outputConfig' failed to satisfy constraint: Member must be a structure"],
    ['CreateTrainingDataset', 'a column with a leading space', column(' user'), "at 'trainingData.1.member.inputConfig.schema.1.member.columnName' failed"],
    ['CreateTrainingDataset', 'a column with a trailing dash', column('x-'), 'regular expression pattern'],
    ['CreateTrainingDataset', 'a database with a space', glue({ tableName: 't', databaseName: 'a b' }), 'databaseName'],
    ['CreateTrainingDataset', 'no training data', { trainingData: [] }, "at 'trainingData' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['CreateTrainingDataset', 'two training data', { trainingData: [...DATASET.trainingData, ...DATASET.trainingData] }, 'length less than or equal to 1'],
    ['CreateAudienceModel', 'a dataset ARN of another type', { trainingDatasetArn: arn('audience-model') }, 'trainingDatasetArn'],
    ['CreateAudienceModel', 'a dataset ARN of 2,049 characters', { trainingDatasetArn: arn('training-dataset').padEnd(2049, 'd') },
      'length less than or equal to 2048'],
    ['CreateAudienceModel', 'a key ARN of 2,049 characters', { kmsKeyArn: KEY_ARN.padEnd(2049, '0') }, 'length less than or equal to 2048'],
    ['CreateAudienceModel', 'an alias for a key', { kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:alias/mine' }, 'kmsKeyArn'],
    ['CreateAudienceModel', 'a time that is none', { trainingDataStartTime: 'yesterday' }, "Value 'yesterday' at 'trainingDataStartTime' failed to satisfy constraint: Member must be an ISO 8601 timestamp"],
    ['CreateAudienceModel', 'a member it does not know', { trainingDataset: 'x' }, "Value 'x' at 'trainingDataset' failed to satisfy constraint: Member must be a member of the request"],
    ['CreateConfiguredAudienceModel', 'a seed of 24', { minMatchingSeedSize: 24 }, "Value '24' at 'minMatchingSeedSize' failed to satisfy constraint: Member must have value greater than or equal to 25"],
    ['CreateConfiguredAudienceModel', 'a seed of 500,001', { minMatchingSeedSize: 500_001 }, 'value less than or equal to 500000'],
    ['CreateConfiguredAudienceModel', 'a seed that is a string', { minMatchingSeedSize: '500' }, 'Member must be a number'],
    ['CreateConfiguredAudienceModel', 'half a seed', { minMatchingSeedSize: 500.5 }, 'Member must be an integer'],
    ['CreateConfiguredAudienceModel', 'no bins', bins(), 'length greater than or equal to 1'],
    ['CreateConfiguredAudienceModel', '26 bins', bins(...Array.from({ length: 26 }, (_, index) => index + 1)), 'length less than or equal to 25'],
    ['CreateConfiguredAudienceModel', 'a bin of 20,000,001', bins(20_000_001), 'value less than or equal to 20000000'],
    ['CreateConfiguredAudienceModel', 'an output URI of 1,286 characters', output(`s3://${'b'.repeat(1281)}`), 'length less than or equal to 1285'],
    ['CreateConfiguredAudienceModel', 'a bin of 0', bins(0), 'value greater than or equal to 1'],
    ['CreateConfiguredAudienceModel', 'an output that is no URI of Amazon S3', output('https://output/'),
      "s3Uri' failed to satisfy constraint: Member must satisfy regular"],
    ['CreateConfiguredAudienceModel', 'an output in no bucket', output('s3://'), "s3Uri' failed to satisfy constraint: Member must satisfy regular"],
    ['CreateConfiguredAudienceModel', 'an output of nothing', { outputConfig: {} },
      "2 validation errors detected: Value null at 'outputConfig.destination'"],
    ['CreateConfiguredAudienceModel', 'a size of nothing', { audienceSizeConfig: {} },
      "2 validation errors detected: Value null at 'audienceSizeConfig.audienceSizeType'"],
    ['CreateConfiguredAudienceModel', 'an unknown type of size', { audienceSizeConfig: { audienceSizeType: 'SHARE', audienceSizeBins: [1] } },
      'enum value set: [ABSOLUTE, PERCENTAGE]'],
    ['CreateConfiguredAudienceModel', 'an unknown tag policy', { childResourceTagOnCreatePolicy: 'ALL' },
      'enum value set: [FROM_PARENT_RESOURCE, NONE]'],
    ['CreateConfiguredAudienceModel', 'no metrics', { sharedAudienceMetrics: [] }, 'length greater than or equal to 1'],
    ['CreateConfiguredAudienceModel', 'two metrics', { sharedAudienceMetrics: ['ALL', 'NONE'] }, 'sharedAudienceMetrics'],
    ['CreateConfiguredAudienceModel', 'an unknown metric', { sharedAudienceMetrics: ['SOME'] }, 'Member must satisfy enum value set: [ALL, NONE]'],
    ['UpdateConfiguredAudienceModel', 'a name', { name: 'new' }, 'Member must be a member of the request'],
    ['PutConfiguredAudienceModelPolicy', 'an empty policy', { configuredAudienceModelPolicy: '' }, 'length greater than or equal to 1'],
    ['PutConfiguredAudienceModelPolicy', 'a policy of 20,481 characters', { configuredAudienceModelPolicy: 'p'.repeat(20_481) }, 'length less than or equal to 20480'],
    ['PutConfiguredAudienceModelPolicy', 'a hash of 63 digits', { previousPolicyHash: 'f'.repeat(63) }, 'previousPolicyHash'],
    ['PutConfiguredAudienceModelPolicy', 'a hash of 129 digits', { previousPolicyHash: 'f'.repeat(129) }, 'length less than or equal to 128'],
    ['PutConfiguredAudienceModelPolicy', 'a hash in capitals', { previousPolicyHash: 'F'.repeat(64) }, 'regular expression pattern'],
    ['PutConfiguredAudienceModelPolicy', 'an unknown condition', { policyExistenceCondition: 'ANY' },
      'enum value set: [POLICY_MUST_EXIST, POLICY_MUST_NOT_EXIST]'],
    ['UntagResource', '201 tag keys', { tagKeys: Object.keys(tags(201)) }, 'length less than or equal to 200'],
    ['UntagResource', 'an ARN of what has no tags', { resourceArn: arn('audience-export-job') }, 'resourceArn'],
    ['UntagResource', 'an ARN of another service', { resourceArn: 'arn:aws:s3:::bucket-with-a-long-name' }, 'resourceArn'],
    ['StartAudienceGenerationJob', 'no seed', { seedAudience: undefined }, "Value null at 'seedAudience'"],
    ['StartAudienceGenerationJob', 'a flag that is a string', { includeSeedInOutput: 'true' }, "Value 'true' at 'includeSeedInOutput' failed to satisfy constraint: Member must be a boolean"],
    ['StartAudienceGenerationJob', 'a collaboration in capitals', { collaborationId: '01234567-89AB-4DEF-8123-456789ABCDEF' }, 'collaborationId'],
    ['StartAudienceGenerationJob', 'an ARN of a collaboration', { collaborationId: 'arn:aws:cleanrooms:us-east-1:111122223333:collaboration/c' }, 'collaborationId'],
    ['StartAudienceGenerationJob', 'a query of 500,001 characters', sql({ queryString: 'q'.repeat(500_001) }), 'length less than or equal to 500000'],
    ['StartAudienceGenerationJob', 'a template of another type', sql({ analysisTemplateArn: TEMPLATE.replace('analysistemplate', 'template') }), 'analysisTemplateArn'],
    ['StartAudienceGenerationJob', 'a parameter with a dash', sql({ queryString: 'q', parameters: { 'a-b': '1' } }), 'seedAudience.sqlParameters.parameters.key'],
    ['StartAudienceGenerationJob', 'a parameter of 1,001 characters', sql({ queryString: 'q', parameters: { a: 'v'.repeat(1001) } }), 'length less than or equal to 1000'],
    ['StartAudienceGenerationJob', 'a seed of nothing', { seedAudience: {} }, "Value null at 'seedAudience.roleArn'"],
    ['StartAudienceGenerationJob', 'a parameter with a name of 101 characters', sql({ queryString: 'q', parameters: { ['k'.repeat(101)]: '' } }),
      'length less than or equal to 100'],
    ['StartAudienceGenerationJob', 'a template ARN of 201 characters', sql({ analysisTemplateArn: TEMPLATE.padEnd(201, 't') }),
      'length less than or equal to 200'],
    ['StartAudienceGenerationJob', 'a property with a name of 201 characters', worker({ properties: { spark: { ['k'.repeat(201)]: '' } } }),
      'length less than or equal to 200'],
    ['StartAudienceGenerationJob', 'a property without a name', worker({ properties: { spark: { '': '' } } }), 'length greater than or equal to 1'],
    ['StartAudienceGenerationJob', 'a property of 501 characters', worker({ properties: { spark: { k: 'v'.repeat(501) } } }),
      'length less than or equal to 500'],
    ['StartAudienceGenerationJob', '1 worker', worker({ number: 1 }), 'value greater than or equal to 2'],
    ['StartAudienceGenerationJob', '1,025 workers', worker({ number: 1025 }), 'value less than or equal to 1024'],
    ['StartAudienceGenerationJob', 'an unknown worker', worker({ type: 'CR.2X' }), 'enum value set: [CR.1X, CR.4X, CR.8X]'],
    ['StartAudienceGenerationJob', 'a configuration of nothing', compute({}),
      "Value at 'seedAudience.sqlComputeConfiguration' failed to satisfy constraint: Member must set exactly one of its members"],
    ['StartAudienceGenerationJob', 'properties of nothing', worker({ properties: {} }), "worker.properties' failed to satisfy constraint: Member must set exactly one"],
    ['StartAudienceGenerationJob', '51 properties', worker({ properties: { spark: tags(51) } }), 'length less than or equal to 50'],
    ['StartAudienceExportJob', 'no size', size({ type: 'ABSOLUTE' }), "at 'audienceSize.value' failed to satisfy constraint: Member must not be null"],
    ['StartAudienceExportJob', 'a size of no type', size({ value: 1 }),
      "at 'audienceSize.type' failed to satisfy constraint: Member must not be null"],
    ['StartAudienceExportJob', 'an unknown type of size', size({ type: 'SHARE', value: 1 }), 'enum value set: [ABSOLUTE, PERCENTAGE]'],
    ['StartAudienceExportJob', '20,000,001 users', size({ type: 'ABSOLUTE', value: 20_000_001 }), 'value less than or equal to 20000000'],
    ['StartAudienceExportJob', 'a size of 0', size({ type: 'PERCENTAGE', value: 0 }), 'value greater than or equal to 1'],
    ['StartAudienceExportJob', 'tags', { tags: {} }, 'Member must be a member of the request'],
    ['ListAudienceModels', 'an empty token', { nextToken: '' }, 'length greater than or equal to 1'],
    ['ListAudienceModels', 'a token of 10,241 characters', { nextToken: 't'.repeat(10_241) }, 'length less than or equal to 10240'],
    ['ListAudienceModels', 'pages of 101', { maxResults: 101 }, 'value less than or equal to 100'],
    ['ListAudienceModels', 'pages of 0', { maxResults: 0 }, 'value greater than or equal to 1'],
  ])('%s: %s', (operation, _case, changes, expected) => {
    expect(message(operation, changes)).toContain(expected);
  });

  test('several faults are reported together', () => {
    expect(message('CreateAudienceModel', { name: '', description: 'd'.repeat(256) })).toMatch(/^3 validation errors detected: .*'name'.*; .*'name'.*; .*'description'/);
  });

  test('an input that is no object', () => {
    expect(() => validate(OPERATIONS.ListAudienceModels.input.members, 'list')).toThrow('Member must be a structure');
  });
});
