import { CfnOutput, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { GlueDataSource } from '../../src';

/** Clickstream data in S3, catalogued by Glue, and a bucket for what is made of it. */
export class LookalikeDataStack extends Stack {
  readonly clicks: GlueDataSource;
  readonly audiences: s3.IBucket;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const bucket = new s3.Bucket(this, 'ClicksBucket', secureBucket);
    this.audiences = new s3.Bucket(this, 'AudiencesBucket', secureBucket);

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
          location: bucket.s3UrlForObject('clicks/'),
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

    this.clicks = GlueDataSource.fromTable({ databaseName: 'retail', tableName: 'clicks', bucket, prefix: 'clicks/' });
    new CfnOutput(this, 'Location', { value: bucket.s3UrlForObject('clicks/') });
  }
}

const secureBucket: s3.BucketProps = {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  encryption: s3.BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
};
