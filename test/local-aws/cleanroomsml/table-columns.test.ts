import { createService, DATASET, HOUR, ROOT, TRAINING_DATA } from './fixture';
import { TableProperties } from '../../../local-aws/glue/glue';

type Prepared = (fixture: ReturnType<typeof createService>) => void;

const train = async (prepare: Prepared, catalogId?: string) => {
  const fixture = createService();
  const { service, clock } = fixture;
  const [{ type, inputConfig }] = TRAINING_DATA;
  const dataSource = { glueDataSource: { ...inputConfig.dataSource.glueDataSource, catalogId } };
  const dataset = { ...DATASET, trainingData: [{ type, inputConfig: { ...inputConfig, dataSource } }] };
  const { trainingDatasetArn } = await service.createTrainingDataset(ROOT, dataset);
  prepare(fixture);
  await service.createAudienceModel(ROOT, { name: 'model', trainingDatasetArn });
  await clock.sleep(25 * HOUR);
  return service.audienceModels()[0];
};

const TYPES = [
  'string', 'int', 'bigint', 'float', 'double', 'boolean', 'timestamp', 'array<string>', 'decimal(10,2)', 'date', 'char(1)', 'map<string,int>', 'binary',
];

/** @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/ml-training-data-requirements.html */
test.each<[string, number, string[]]>([
  ['USER_ID', 0, ['string', 'int', 'bigint']],
  ['ITEM_ID', 1, ['string', 'int', 'bigint']],
  ['TIMESTAMP', 2, ['int', 'bigint', 'timestamp']],
  ['CATEGORICAL_FEATURE', 3, ['string', 'int', 'bigint', 'float', 'double', 'boolean', 'array<string>']],
  ['NUMERICAL_FEATURE', 4, ['int', 'bigint', 'float', 'double']],
])('a %s is of one of its types', async (_columnType, index, expected) => {
  const accepted: string[] = [];
  for (const type of TYPES) {
    const { status } = await train(({ others: { columns } }) => { columns[index] = { ...columns[index], type }; });
    if (status === 'ACTIVE') accepted.push(type);
  }
  expect(accepted).toEqual(expected);
});

test('types may be written in capitals', async () => {
  expect(await train(({ others: { columns } }) => { columns[3].type = 'ARRAY<STRING>'; })).toMatchObject({ status: 'ACTIVE' });
});

test('a table without data in Amazon S3 is none to train on', async () => {
  const model = await train(({ others }) => {
    others.glue.table = (databaseName, name) => ({ databaseName, name, columns: others.columns, location: '' });
  });
  expect(model).toMatchObject({ status: 'CREATE_FAILED', statusDetails: { statusCode: 'GLUE_TABLE_NOT_IN_S3' } });
});

test.each([['111122223333', 'ACTIVE'], ['444455556666', 'CREATE_FAILED']])('a table in the catalog of %s: %s', async (catalogId, status) => {
  expect(await train(() => undefined, catalogId)).toMatchObject({ status });
});

/** @see https://docs.aws.amazon.com/clean-rooms/latest/userguide/create-ml-model-training-data.html */
test.each<[string, Pick<TableProperties, 'inputFormat' | 'classification'>, string | undefined]>([
  ['nothing', {}, undefined],
  ['Parquet', { classification: 'parquet', inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat' }, undefined],
  ['CSV', { classification: 'csv', inputFormat: 'org.apache.hadoop.mapred.TextInputFormat' }, undefined],
  ['JSON', { classification: 'json', inputFormat: 'org.apache.hadoop.mapred.TextInputFormat' }, undefined],
  ['what nobody knows', { classification: 'ours', inputFormat: 'com.example.OurInputFormat' }, undefined],
  ['ORC', { inputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat' }, 'orc'],
  ['Avro', { inputFormat: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat' }, 'avro'],
  ['ORC by its classification', { classification: 'ORC' }, 'orc'],
  ['XML', { classification: 'xml', inputFormat: 'org.apache.hadoop.mapred.TextInputFormat' }, 'xml'],
])('a table that says %s of its format', async (_, format, refused) => {
  const model = await train(({ others }) => {
    others.glue.table = (databaseName, name) => ({ databaseName, name, columns: others.columns, location: 's3://data/clicks/', ...format });
  });
  expect(model).toMatchObject(refused === undefined ? { status: 'ACTIVE' } : {
    status: 'CREATE_FAILED',
    statusDetails: {
      statusCode: 'UNSUPPORTED_FORMAT',
      message: `The AWS Glue table retail.clicks has data of the format ${refused}, which must be one of parquet, csv, json`,
    },
  });
});
