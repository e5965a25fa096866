import { CfnOutput, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  AudienceModel, AudienceSizeConfig, ColumnSchema, ConfiguredAudienceModel, Dataset, GlueDataSource, SharedAudienceMetrics, TrainingDataset,
} from '../../src';

export interface LookalikeStackProps extends StackProps {
  readonly minMatchingSeedSize: number;
  readonly generation: string;
}

/** Clickstream data in S3, catalogued by Glue, and a lookalike model that a collaborator may generate audiences from. */
export class LookalikeStack extends Stack {
  constructor(scope: Construct, id: string, props: LookalikeStackProps) {
    super(scope, id, props);

    const interactions = new s3.Bucket(this, 'InteractionsBucket', secureBucket);
    const audiences = new s3.Bucket(this, 'AudiencesBucket', secureBucket);

    const database = new glue.CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: { name: 'retail' },
    });
    const table = new glue.CfnTable(this, 'Clicks', {
      catalogId: this.account,
      databaseName: 'retail',
      tableInput: {
        name: 'clicks',
        tableType: 'EXTERNAL_TABLE',
        parameters: { classification: 'parquet' },
        storageDescriptor: {
          location: interactions.s3UrlForObject('clicks/'),
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
          columns: [
            { name: 'user_id', type: 'string' },
            { name: 'item_id', type: 'string' },
            { name: 'ts', type: 'bigint' },
            { name: 'device', type: 'string' },
            { name: 'price', type: 'double' },
          ],
        },
      },
    });
    table.node.addDependency(database);

    const dataset = new TrainingDataset(this, 'Interactions', {
      dataset: Dataset.interactions({
        source: GlueDataSource.fromTable({ databaseName: 'retail', tableName: 'clicks', bucket: interactions, prefix: 'clicks/' }),
        schema: [
          ColumnSchema.userId('user_id'),
          ColumnSchema.itemId('item_id'),
          ColumnSchema.timestamp('ts'),
          ColumnSchema.categoricalFeature('device'),
          ColumnSchema.numericalFeature('price'),
        ],
      }),
    });
    dataset.node.addDependency(table);

    const model = new AudienceModel(this, 'Model', {
      trainingDataset: dataset,
      trainingDataStartTime: new Date('2026-01-01T00:00:00Z'),
      trainingDataEndTime: new Date('2026-06-30T00:00:00Z'),
      generation: props.generation,
    });

    const configured = new ConfiguredAudienceModel(this, 'Configured', {
      audienceModel: model,
      outputBucket: audiences,
      outputPrefix: 'audiences/',
      sharedAudienceMetrics: SharedAudienceMetrics.ALL,
      audienceSizeConfig: AudienceSizeConfig.percentage(1, 5, 10),
      minMatchingSeedSize: props.minMatchingSeedSize,
    });
    configured.grants.startAudienceGenerationJob(new iam.AccountPrincipal('444455556666'), {
      collaborationId: 'a1b2c3d4-5678-90ab-cdef-1234567890ab',
    });

    new CfnOutput(this, 'TrainingDatasetArn', { value: dataset.trainingDatasetArn });
    new CfnOutput(this, 'AudienceModelArn', { value: model.audienceModelArn });
    new CfnOutput(this, 'ConfiguredAudienceModelArn', { value: configured.configuredAudienceModelArn });
  }
}

const secureBucket: s3.BucketProps = {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  encryption: s3.BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
};
